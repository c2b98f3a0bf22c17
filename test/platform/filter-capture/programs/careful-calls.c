// Programs that know what each call must give, and end with a message at the first that gives something else: for a filter that is killed
// meanwhile. Each works in a folder of its own.
//
//   careful-calls FOLDER SEED PROGRAMS ROUNDS
//
// A dot is written for each round that is over.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static int program;
static long number;

#define must(condition) \
  do { \
    if (!(condition)) { \
      fprintf(stderr, "program %d, round %ld, line %d: %s: %s\n", program, number, __LINE__, #condition, strerror(errno)); \
      _exit(1); \
    } \
  } while (0)
#define must_fail(call, number) must((call) < 0 && errno == (number))

static unsigned random_state;
static unsigned chance(unsigned below) {
  random_state = random_state * 1103515245u + 12345u;
  return (random_state >> 8) % below;
}

static char expected[1 << 17], got[1 << 17];

static void write_and_read(const char *name) {
  int file = open(name, O_CREAT | O_EXCL | O_RDWR, 0640);
  must(file >= 0);
  must_fail(open(name, O_CREAT | O_EXCL | O_RDWR, 0640), EEXIST);
  size_t size = 0;
  for (int piece = 0; piece < 8; piece++) {
    size_t length = 1 + chance(12000);
    size_t at = chance(2) ? size : chance(size + 1);
    if (at + length > sizeof expected) break;
    for (size_t i = 0; i < length; i++) expected[at + i] = (char)chance(256);
    must(pwrite(file, expected + at, length, at) == (ssize_t)length);
    if (at + length > size) size = at + length;
  }
  struct stat s;
  must(fstat(file, &s) == 0 && (size_t)s.st_size == size && s.st_nlink == 1 && (s.st_mode & 0777) == 0640);
  must(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0);
  must(pread(file, got, sizeof got, 0) == (ssize_t)size && memcmp(got, expected, size) == 0);
  int more = open(name, O_WRONLY | O_APPEND | (chance(2) ? O_DSYNC : 0));
  must(more >= 0);
  for (int line = 0; line < 5; line++) {
    if (size + 10 > sizeof expected) break;
    memcpy(expected + size, "appended..", 10);
    must(write(more, expected + size, 10) == 10);
    size += 10;
  }
  must(close(more) == 0);
  must(fstat(file, &s) == 0 && (size_t)s.st_size == size);
  must(ftruncate(file, size / 2) == 0);
  must(pread(file, got, sizeof got, 0) == (ssize_t)(size / 2) && memcmp(got, expected, size / 2) == 0);
  if (chance(8) == 0) must(fsync(file) == 0);
  must(close(file) == 0);
}

static void rename_and_link(const char *name) {
  char other[64], third[64];
  snprintf(other, sizeof other, "%s.other", name);
  snprintf(third, sizeof third, "%s.third", name);
  must(link(name, other) == 0);
  must_fail(link(name, other), EEXIST);
  struct stat s;
  must(stat(name, &s) == 0 && s.st_nlink == 2);
  must(rename(other, third) == 0);
  must_fail(stat(other, &s), ENOENT);
  must(unlink(name) == 0);
  must_fail(unlink(name), ENOENT);
  must(stat(third, &s) == 0 && s.st_nlink == 1);
  must(symlink("somewhere", other) == 0);
  must_fail(symlink("somewhere", other), EEXIST);
  must(renameat2(AT_FDCWD, other, AT_FDCWD, third, RENAME_EXCHANGE) == 0);
  must(readlink(third, got, 100) == 9);
  must_fail(renameat2(AT_FDCWD, other, AT_FDCWD, third, RENAME_NOREPLACE), EEXIST);
  must(rename(other, third) == 0);
  must(lstat(third, &s) == 0 && S_ISREG(s.st_mode));
  must(rename(third, name) == 0);
}

static void attributes(const char *name) {
  struct stat s;
  must(chmod(name, 0604) == 0 && stat(name, &s) == 0 && (s.st_mode & 0777) == 0604);
  must(setxattr(name, "user.a", "one", 3, XATTR_CREATE) == 0);
  must_fail(setxattr(name, "user.a", "two", 3, XATTR_CREATE), EEXIST);
  must(setxattr(name, "user.a", "three", 5, XATTR_REPLACE) == 0);
  must(getxattr(name, "user.a", got, 100) == 5 && memcmp(got, "three", 5) == 0);
  must(removexattr(name, "user.a") == 0);
  must_fail(removexattr(name, "user.a"), ENODATA);
  struct timespec times[2] = {{1000, 1}, {2000, 2}};
  must(utimensat(AT_FDCWD, name, times, 0) == 0 && stat(name, &s) == 0 && s.st_mtim.tv_sec == 2000);
}

static void folders(const char *name) {
  char folder[64], inside[100], moved[64];
  snprintf(folder, sizeof folder, "%s.d", name);
  snprintf(moved, sizeof moved, "%s.m", name);
  must(mkdir(folder, 0750) == 0);
  must_fail(mkdir(folder, 0750), EEXIST);
  for (int i = 0; i < 6; i++) {
    snprintf(inside, sizeof inside, "%s/file-%d", folder, i);
    int file = open(inside, O_CREAT | O_EXCL | O_WRONLY, 0600);
    must(file >= 0 && write(file, inside, 5) == 5 && close(file) == 0);
  }
  must_fail(rmdir(folder), ENOTEMPTY);
  must(rename(folder, moved) == 0);
  DIR *dir = opendir(moved);
  must(dir != NULL);
  int count = 0;
  for (struct dirent *entry; (entry = readdir(dir));) count++;
  must(count == 8);
  closedir(dir);
  for (int i = 0; i < 6; i++) {
    snprintf(inside, sizeof inside, "%s/file-%d", moved, i);
    must(unlink(inside) == 0);
  }
  must(rmdir(moved) == 0);
  must_fail(rmdir(moved), ENOENT);
}

/** A file that has lost its name is kept over many rounds. */
static void lost(const char *name, int *file, size_t *size) {
  if (*file < 0) {
    char path[64];
    snprintf(path, sizeof path, "%s.lost", name);
    *file = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
    *size = 0;
    must(*file >= 0 && unlink(path) == 0);
  }
  char piece[100];
  memset(piece, 'l', sizeof piece);
  must(pwrite(*file, piece, sizeof piece, *size) == sizeof piece);
  *size += sizeof piece;
  struct stat s;
  must(fstat(*file, &s) == 0 && (size_t)s.st_size == *size && s.st_nlink == 0);
  must(posix_fadvise(*file, 0, 0, POSIX_FADV_DONTNEED) == 0);
  must(pread(*file, got, sizeof got, 0) == (ssize_t)*size && got[0] == 'l' && got[*size - 1] == 'l');
  if (chance(6) == 0) {
    must(close(*file) == 0);
    *file = -1;
  }
}

static void stored(char *map, size_t size, int file) {
  size_t at = chance(size);
  map[at] = (char)chance(256);
  must(msync(map, size, MS_SYNC) == 0);
  must(pread(file, got, 1, at) == 1 && got[0] == map[at]);
}

static void work(unsigned seed, long rounds) {
  random_state = seed * 7919u + program;
  char name[32];
  snprintf(name, sizeof name, "program-%d", program);
  must(mkdir(name, 0700) == 0 && chdir(name) == 0);
  int file = -1, mapped = open("mapped", O_CREAT | O_RDWR, 0600);
  size_t size = 0;
  must(mapped >= 0 && ftruncate(mapped, 100000) == 0);
  char *map = mmap(NULL, 100000, PROT_READ | PROT_WRITE, MAP_SHARED, mapped, 0);
  must(map != MAP_FAILED);
  for (number = 0; number < rounds; number++) {
    snprintf(name, sizeof name, "f%ld", number);
    write_and_read(name);
    rename_and_link(name);
    attributes(name);
    folders(name);
    lost(name, &file, &size);
    stored(map, 100000, mapped);
    if (chance(3) != 0) must(unlink(name) == 0);
    must(write(1, ".", 1) == 1);
  }
}

int main(int count, char **words) {
  if (count != 5 || chdir(words[1]) < 0) return 2;
  for (program = 0; program < atoi(words[3]); program++)
    if (fork() == 0) {
      work((unsigned)atoi(words[2]), atol(words[4]));
      _exit(0);
    }
  int all = 0;
  for (int status; wait(&status) > 0;) all |= status;
  return all != 0;
}
