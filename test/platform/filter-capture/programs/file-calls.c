// Makes many kinds of calls below one folder and writes what came of each, so that two folders can be compared: one of a file system
// itself, one that is filtered. What differs by nature (inode numbers, times) is not written.
//
//   file-calls FOLDER
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static void say(const char *what, long result) {
  if (result < 0) printf("%s: %s\n", what, strerrorname_np(errno));
  else printf("%s: %ld\n", what, result);
  fflush(stdout);
}

static void show(const char *path) {
  struct stat s;
  if (lstat(path, &s) < 0) { say(path, -1); return; }
  long size = S_ISDIR(s.st_mode) ? 0 : (long)s.st_size;
  printf("%s: mode %o links %ld owner %u:%u size %ld device %x\n", path, s.st_mode, (long)s.st_nlink, s.st_uid, s.st_gid, size, (unsigned)s.st_rdev);
}

static void content(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) { say(path, -1); return; }
  unsigned char piece[65536];
  unsigned long sum = 5381, all = 0;
  for (ssize_t n; (n = read(fd, piece, sizeof piece)) > 0;) {
    for (ssize_t i = 0; i < n; i++) sum = sum * 33 + piece[i];
    all += n;
  }
  close(fd);
  printf("%s: %lu bytes, sum %lx\n", path, all, sum);
}

static void files(void) {
  int fd = open("f", O_CREAT | O_EXCL | O_RDWR, 0666);
  say("create", fd >= 0);
  say("create again", open("f", O_CREAT | O_EXCL | O_RDWR, 0666));
  say("write", write(fd, "hello world", 11));
  say("pwrite far", pwrite(fd, "tail", 4, 1000000));
  say("size by seek", lseek(fd, 0, SEEK_END));
  say("hole", lseek(fd, 0, SEEK_HOLE) >= 11);
  say("no data", lseek(fd, 2000000, SEEK_DATA));
  char text[16] = {0};
  say("pread", pread(fd, text, 5, 6));
  puts(text);
  say("truncate", ftruncate(fd, 5000));
  say("grow", ftruncate(fd, 9000));
  int more = open("f", O_WRONLY | O_APPEND);
  say("append", write(more, "appended", 8));
  say("append", write(more, "appended", 8));
  close(more);
  content("f");
  say("allocate", fallocate(fd, 0, 0, 20000));
  say("keep size", fallocate(fd, FALLOC_FL_KEEP_SIZE, 20000, 20000));
  say("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 8));
  say("zero", fallocate(fd, FALLOC_FL_ZERO_RANGE, 9000, 4));
  show("f");
  content("f");
  say("fsync", fsync(fd));
  say("fdatasync", fdatasync(fd));
  close(fd);
  fd = open("f", O_WRONLY | O_TRUNC | O_DSYNC);
  say("cut when opened", write(fd, "new", 3));
  close(fd);
  content("f");
  say("truncate by name", truncate("f", 2));
  content("f");
  say("read what is for writing", read(open("f", O_WRONLY), text, 1));
  say("no such file", open("none", O_RDONLY));
  say("no such folder", open("none/f", O_CREAT | O_WRONLY, 0600));
  say("a file is no folder", open("f/g", O_RDONLY));
  char name[300];
  memset(name, 'n', 299);
  name[299] = 0;
  say("long name", open(name, O_CREAT | O_WRONLY, 0600));
  name[255] = 0;
  int longest = open(name, O_CREAT | O_WRONLY, 0600);
  say("longest name", longest >= 0);
  close(longest);
  say("unlink it", unlink(name));
  fd = open("bytes-\xff\xfe", O_CREAT | O_WRONLY, 0600);
  say("a name that is no text", write(fd, "x", 1));
  close(fd);
  show("bytes-\xff\xfe");
  char *large = malloc(3 << 20);
  for (int i = 0; i < 3 << 20; i++) large[i] = (char)(i * 7 + (i >> 9));
  fd = open("large", O_CREAT | O_RDWR, 0640);
  say("write 3 MiB", write(fd, large, 3 << 20));
  void *aligned;
  if (posix_memalign(&aligned, 4096, 65536) != 0) abort();
  memset(aligned, 'd', 65536);
  int direct = open("large", O_RDWR | O_DIRECT);
  say("direct write", pwrite(direct, aligned, 65536, 8192));
  say("direct read", pread(direct, aligned, 65536, 4096));
  close(direct);
  content("large");
  close(fd);
}

static void names(void) {
  say("mkdir", mkdir("d", 0777));
  say("mkdir again", mkdir("d", 0777));
  say("mkdir sticky", mkdir("d/s", 01755));
  show("d");
  say("symlink", symlink("d/../f", "l"));
  char target[64] = {0};
  say("readlink", readlink("l", target, 64));
  puts(target);
  show("l");
  content("l");
  say("link", link("f", "d/h"));
  say("link again", link("f", "d/h"));
  show("f");
  show("d/h");
  int fd = open("d/h", O_WRONLY | O_APPEND);
  say("write to one name", write(fd, "seen by the other", 17));
  close(fd);
  content("f");
  say("rename", rename("d/h", "d/i"));
  say("rename of the same", rename("d/i", "f"));
  show("d/i");
  say("unlink one", unlink("f"));
  show("d/i");
  content("d/i");
  say("fifo", mkfifo("p", 0644));
  show("p");
  say("device", mknod("c", S_IFCHR | 0600, makedev(1, 3)));
  show("c");
  int null = open("c", O_WRONLY);
  say("write to the device", write(null, "x", 1));
  say("large device number", mknod("b", S_IFBLK | 0600, makedev(259, 70000)));
  show("b");
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "sock"};
  say("socket", bind(s, (struct sockaddr *)&address, sizeof address));
  show("sock");
  say("listen", listen(s, 1));
  int client = socket(AF_UNIX, SOCK_STREAM, 0);
  say("connect", connect(client, (struct sockaddr *)&address, sizeof address));
  say("rmdir of what is full", rmdir("d"));
  say("unlink of a folder", unlink("d"));
  say("rmdir", rmdir("d/s"));
  say("rmdir again", rmdir("d/s"));
  close(open("x", O_CREAT | O_WRONLY, 0600));
  close(open("y", O_CREAT | O_WRONLY, 0644));
  say("no replace", renameat2(AT_FDCWD, "x", AT_FDCWD, "y", RENAME_NOREPLACE));
  say("exchange", renameat2(AT_FDCWD, "x", AT_FDCWD, "d", RENAME_EXCHANGE));
  show("x");
  show("d");
  content("x/i");
  say("exchange back", renameat2(AT_FDCWD, "x", AT_FDCWD, "d", RENAME_EXCHANGE));
  say("replace", rename("x", "y"));
  show("x");
  show("y");
  mkdir("e", 0700);
  mkdir("e/f", 0700);
  say("folder into itself", rename("e", "e/f/g"));
  say("folder over a full one", rename("d", "e"));
  say("folder over a file", rename("d", "y"));
  say("move a folder", rename("d", "e/f/d"));
  content("e/f/d/i");
  fd = open("e/f/d/i", O_RDWR);
  rename("e", "e2");
  say("write after the folder moved", pwrite(fd, "moved", 5, 0));
  content("e2/f/d/i");
  close(fd);
}

static void lost(void) {
  int fd = open("gone", O_CREAT | O_RDWR, 0600);
  say("write", write(fd, "still here", 10));
  say("unlink", unlink("gone"));
  char text[16] = {0};
  say("read what is unlinked", pread(fd, text, 10, 0));
  puts(text);
  struct stat s;
  say("stat what is unlinked", fstat(fd, &s));
  printf("links %ld size %ld\n", (long)s.st_nlink, (long)s.st_size);
  say("write to it", pwrite(fd, "more", 4, 10));
  say("truncate it", ftruncate(fd, 12));
  say("chmod it", fchmod(fd, 0640));
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int again = open(path, O_RDONLY);
  say("open it again", pread(again, text, 12, 0));
  puts(text);
  close(again);
  say("link it back", linkat(AT_FDCWD, path, AT_FDCWD, "back", AT_SYMLINK_FOLLOW));
  close(fd);
  close(open("victim", O_CREAT | O_WRONLY, 0600));
  fd = open("victim", O_RDWR);
  close(open("winner", O_CREAT | O_WRONLY, 0600));
  say("rename over what is open", rename("winner", "victim"));
  say("write to what was replaced", write(fd, "old", 3));
  show("victim");
  close(fd);
  mkdir("left", 0700);
  int folder = open("left", O_RDONLY | O_DIRECTORY);
  say("rmdir of what is open", rmdir("left"));
  say("create in it", openat(folder, "f", O_CREAT | O_WRONLY, 0600));
  say("stat it", fstat(folder, &s));
  printf("links %ld\n", (long)s.st_nlink);
  close(folder);
}

static void attributes(void) {
  close(open("a", O_CREAT | O_WRONLY, 0644));
  say("chmod", chmod("a", 04751));
  show("a");
  say("chown", chown("a", 1000, 1001));
  show("a");
  say("chown one", chown("a", -1, 7));
  show("a");
  struct timespec times[2] = {{1000000000, 123456789}, {-5, 999999999}};
  say("times", utimensat(AT_FDCWD, "a", times, 0));
  struct stat s;
  stat("a", &s);
  printf("accessed %ld.%09ld modified %ld.%09ld\n", s.st_atim.tv_sec, s.st_atim.tv_nsec, s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
  symlink("nowhere", "sl");
  say("times of a link", utimensat(AT_FDCWD, "sl", times, AT_SYMLINK_NOFOLLOW));
  lstat("sl", &s);
  printf("modified %ld.%09ld\n", s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
  say("chown a link", lchown("sl", 5, 6));
  show("sl");
  struct statx x;
  say("statx", statx(AT_FDCWD, "a", 0, STATX_BASIC_STATS | STATX_BTIME, &x));
  printf("birth %d\n", (x.stx_mask & STATX_BTIME) != 0 && x.stx_btime.tv_sec > 0);
  say("setxattr", setxattr("a", "user.note", "value", 5, 0));
  say("create it again", setxattr("a", "user.note", "value", 5, XATTR_CREATE));
  say("replace none", setxattr("a", "user.none", "value", 5, XATTR_REPLACE));
  say("empty value", setxattr("a", "user.empty", "", 0, 0));
  say("trusted", setxattr("a", "trusted.t", "t", 1, 0));
  char value[300] = {0};
  say("getxattr", getxattr("a", "user.note", value, 300));
  puts(value);
  say("its size", getxattr("a", "user.note", NULL, 0));
  say("too small", getxattr("a", "user.note", value, 2));
  say("none", getxattr("a", "user.none", value, 300));
  say("listxattr", listxattr("a", value, 300));
  say("list too small", listxattr("a", value, 3));
  say("removexattr", removexattr("a", "user.note"));
  say("remove none", removexattr("a", "user.note"));
  say("on a link", lsetxattr("sl", "trusted.l", "v", 1, 0));
  say("user on a link", lsetxattr("sl", "user.l", "v", 1, 0));
  struct statvfs fs;
  say("statvfs", statvfs(".", &fs));
  printf("blocks of %lu, names of %lu\n", fs.f_bsize, fs.f_namemax);
  int fd = open("a", O_RDONLY);
  say("ioctl of a terminal", isatty(fd));
  printf("%s\n", strerrorname_np(errno));
  close(fd);
}

static void folders(void) {
  mkdir("many", 0755);
  char name[64];
  for (int i = 0; i < 5000; i++) {
    snprintf(name, sizeof name, "many/entry-%d-%.*s", i, i % 40, "oooooooooooooooooooooooooooooooooooooooo");
    close(open(name, O_CREAT | O_WRONLY, 0600));
  }
  DIR *dir = opendir("many");
  unsigned long sum = 0;
  int count = 0;
  long middle = 0;
  for (struct dirent *entry; (entry = readdir(dir));) {
    unsigned long one = 5381;
    for (char *c = entry->d_name; *c; c++) one = one * 33 + (unsigned char)*c;
    sum += one;
    if (++count == 2500) middle = telldir(dir);
  }
  printf("%d entries, sum %lx\n", count, sum);
  seekdir(dir, middle);
  int after = 0;
  while (readdir(dir)) after++;
  printf("%d after the middle\n", after);
  rewinddir(dir);
  int removed = 0;
  for (struct dirent *entry; (entry = readdir(dir));)
    if (entry->d_name[0] != '.' && unlinkat(dirfd(dir), entry->d_name, 0) == 0) removed++;
  printf("%d removed while reading\n", removed);
  closedir(dir);
  say("empty", rmdir("many"));
}

static void shared(void) {
  int fd = open("map", O_CREAT | O_RDWR, 0600);
  ftruncate(fd, 100000);
  char *map = mmap(NULL, 100000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  say("map", map != MAP_FAILED);
  memset(map + 50000, 'm', 30000);
  char text[8] = {0};
  say("read what was stored", pread(fd, text, 4, 60000));
  puts(text);
  say("write under the map", pwrite(fd, "under", 5, 70000));
  printf("%.5s\n", map + 70000);
  say("msync", msync(map, 100000, MS_SYNC));
  munmap(map, 100000);
  close(fd);
  content("map");
  int one = open("lock", O_CREAT | O_RDWR, 0600);
  say("flock", flock(one, LOCK_EX));
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 10};
  say("range", fcntl(one, F_SETLK, &range));
  pid_t child = fork();
  if (child == 0) {
    int other = open("lock", O_RDWR);
    say("flock of another", flock(other, LOCK_EX | LOCK_NB));
    range.l_start = 15;
    say("range of another", fcntl(other, F_SETLK, &range));
    range.l_start = 30;
    say("range beside", fcntl(other, F_SETLK, &range));
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

static void another(void) {
  umask(027);
  mkdir("open", 0777);
  chmod("open", 01777);
  mkdir("group", 0777);
  chown("group", 0, 1234);
  chmod("group", 02777);
  mkdir("closed", 0700);
  close(open("open/of-root", O_CREAT | O_WRONLY, 0666));
  int rights = open("open/rights", O_CREAT | O_WRONLY, 0755);
  fchmod(rights, 06777);
  close(rights);
  pid_t child = fork();
  if (child == 0) {
    gid_t groups[] = {2000, 3000};
    setgroups(2, groups);
    if (setgid(2000) < 0 || setuid(1000) < 0) _exit(1);
    say("create", open("open/own", O_CREAT | O_WRONLY, 0666) >= 0);
    show("open/own");
    say("mkdir", mkdir("group/d", 0777));
    show("group/d");
    say("create", open("group/f", O_CREAT | O_WRONLY, 0666) >= 0);
    show("group/f");
    say("symlink", symlink("x", "group/l"));
    show("group/l");
    say("closed", open("closed/f", O_CREAT | O_WRONLY, 0666));
    say("of root", open("open/of-root", O_WRONLY));
    say("unlink of root's", unlink("open/of-root"));
    say("chown", chown("open/own", 0, -1));
    say("to a group of its own", chown("open/own", -1, 3000));
    say("chmod of root's", chmod("open/of-root", 0777));
    int fd = open("open/rights", O_WRONLY);
    show("open/rights");
    say("write to a program", write(fd, "x", 1));
    show("open/rights");
    say("trusted", setxattr("open/own", "trusted.t", "t", 1, 0));
    say("times now", utimensat(AT_FDCWD, "open/rights", NULL, 0));
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  printf("ended with %d\n", status);
  show("open/own");
  umask(022);
}

int main(int count, char **words) {
  if (count != 2 || chdir(words[1]) < 0) return 2;
  umask(022);
  files();
  names();
  lost();
  attributes();
  folders();
  shared();
  another();
  return 0;
}
