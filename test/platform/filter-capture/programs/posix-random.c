// Random calls on a few names and open files, by root and by a user, from one seed (posix-frame.h says what for).
//
//   posix-random FOLDER SEED STEPS
#include "posix-frame.h"
#include <linux/falloc.h>

static unsigned random_state;
static unsigned chance(unsigned below) {
  random_state = random_state * 1103515245u + 12345u;
  return (random_state >> 8) % below;
}

enum { open_max = 8, map_bytes = 20000 };
static int opened[open_max];
static char piece[30000], name[200], other[200];

static const char *any_name(char *to) {
  static const char *const folders[] = {"", "", "d/", "e/", "d/e/", "l/", "closed/"};
  static const char *const names[] = {"a", "b", "c", "d", "e", "l", "a/", "d/."};
  sprintf(to, "%s%s", folders[chance(count_of(folders))], names[chance(chance(6) == 0 ? 8 : 6)]);
  return to;
}

static int any_file(void) { return opened[chance(open_max)]; }

static size_t any_piece(void) {
  size_t size = chance(4) == 0 ? chance(sizeof piece) : chance(300);
  unsigned from = chance(256);
  for (size_t i = 0; i < size; i++) piece[i] = (char)(from + i * 31 + i / 256);
  return size;
}

static long any_place(void) { return chance(3) == 0 ? chance(4) * 4096 : chance(20000); }

static void on_names(void) {
  static const int flags[] = {0, O_CREAT, O_CREAT | O_EXCL, O_TRUNC, O_CREAT | O_TRUNC, O_APPEND | O_CREAT, O_DIRECTORY, O_NOFOLLOW, O_SYNC};
  static const unsigned renames[] = {0, 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE};
  any_name(name);
  any_name(other);
  int way = chance(20), file;
  switch (way) {
    case 0: case 1: case 2: case 3:
      file = open(name, flags[chance(count_of(flags))] | chance(3) | O_NONBLOCK, chance(01000));
      result("open", file < 0 ? -1 : 0);
      if (file < 0) return;
      int at = chance(open_max);
      if (opened[at] >= 0) close(opened[at]);
      opened[at] = file;
      return;
    case 4: case 5: CALL(unlink(name)); return;
    case 6: CALL(mkdir(name, 0777)); return;
    case 7: CALL(rmdir(name)); return;
    case 8: case 9: case 10: CALL(renameat2(AT_FDCWD, name, AT_FDCWD, other, renames[chance(5)])); return;
    case 11: CALL(link(name, other)); return;
    case 12: CALL(symlink(name, other)); return;
    case 13: CALL(truncate(name, any_place())); return;
    case 14: CALL(chmod(name, chance(010000))); return;
    case 15: CALL(chance(2) ? lchown(name, chance(2) * 1000, -1) : lchown(name, -1, 3000)); return;
    case 16: CALL(utimensat(AT_FDCWD, name, (struct timespec[]){{chance(1000), 5}, {chance(1000), 6}}, chance(2) ? AT_SYMLINK_NOFOLLOW : 0)); return;
    case 17: CALL(lsetxattr(name, chance(2) ? "user.a" : "user.b", piece, any_piece() % 2000, chance(3))); return;
    case 18: CALL(lremovexattr(name, chance(2) ? "user.a" : "user.b")); return;
    default: CALL(mknod(name, chance(2) ? S_IFIFO | 0644 : S_IFSOCK | 0600, 0)); return;
  }
}

static void on_files(void) {
  static const int allocations[] = {0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE};
  int file = any_file();
  struct stat s;
  if (file < 0 || fstat(file, &s) < 0 || S_ISFIFO(s.st_mode)) return;
  size_t size = any_piece();
  long at = any_place(), got;
  switch (chance(14)) {
    case 0: case 1: case 2: CALL(pwrite(file, piece, size, at)); return;
    case 3: case 4: CALL(write(file, piece, size)); return;
    case 5: case 6:
      got = CALL(pread(file, piece, size, at));
      if (got > 0) printf("%s: read %lx\n", label, sum_of(5381, piece, got));
      return;
    case 7: CALL(ftruncate(file, at)); return;
    case 8: CALL(fallocate(file, allocations[chance(5)], at, 1 + chance(9000))); return;
    case 9: CALL(chance(2) ? fsync(file) : fdatasync(file)); return;
    case 10: { int whence = chance(3); if (S_ISREG(s.st_mode)) { printf("%s: %ld of %ld, %d\n", label, at, (long)s.st_size, whence); CALL(lseek(file, at, whence)); } return; }
    case 11: CALL(fchmod(file, chance(010000))); return;
    case 12: got = copy_file_range(any_file(), &(long){at}, file, &(long){any_place()}, 1 + size % 4000, 0); result("copy range", got < 0 ? got : 0); return;
    default:
      if (!S_ISREG(s.st_mode) || (fcntl(file, F_GETFL) & O_ACCMODE) != O_RDWR || s.st_size == 0) return;
      char *map = mmap(NULL, map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
      if (at >= s.st_size) at = s.st_size - 1;
      map[at] = (char)chance(256);
      if (chance(2)) CALL(msync(map, map_bytes, MS_SYNC));
      munmap(map, map_bytes);
  }
}

static void look(void) {
  int file = any_file();
  struct stat s;
  if (file >= 0 && CALL(fstat(file, &s)) == 0)
    printf("%s: %o %ld %u:%u %ld\n", label, s.st_mode, (long)s.st_nlink, s.st_uid, s.st_gid, S_ISDIR(s.st_mode) ? 0 : (long)s.st_size);
  show(any_name(name));
  int count;
  char **names = names_in(any_name(name), &count);
  for (int i = 0; i < count; i++) { printf("%s ", names[i]); free(names[i]); }
  printf("\n");
  free(names);
}

int main(int count, char **words) {
  if (count != 4 || chdir(words[1]) < 0) return 2;
  random_state = (unsigned)atoi(words[2]) * 7919u;
  umask(022);
  memset(opened, -1, sizeof opened);
  if (chmod(".", 0777) < 0) return 2;
  mkdir("d", 0777);
  chmod("d", 01777);
  mkdir("closed", 0750);
  for (long step = 0; step < atol(words[3]); step++) {
    title("%ld", step);
    if (chance(40) == 0) as(chance(2) * 1000);
    unsigned way = chance(10);
    if (way < 5) on_names();
    else if (way < 9) on_files();
    else look();
    if (step % 500 == 499) show_all(".");
  }
  as(0);
  show_all(".");
  return 0;
}
