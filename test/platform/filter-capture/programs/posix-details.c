// What calls do to content, times, attributes, locks, maps and lost files (posix-frame.h says what for). The parts named "known" are those in
// which a filtered folder differs, as the DESIGN.md of the filter says.
//
//   posix-details FOLDER [PART]
#include "posix-frame.h"
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <signal.h>
#include <time.h>

static char block[1 << 16];

static int made(const char *name, int flags) {
  int file = open(name, O_CREAT | O_RDWR | flags, 0644);
  if (file < 0) abort();
  return file;
}

static void appends(void) {
  title("append");
  int file = made("f", O_APPEND), other = made("f", 0), third = made("f", O_APPEND);
  CALL(write(file, "one", 3));
  CALL(write(third, "two", 3));
  CALL(pwrite(file, "three", 5, 0));
  CALL(lseek(file, 0, SEEK_CUR));
  CALL(write(other, "X", 1));
  CALL(lseek(other, 100, SEEK_END));
  CALL(write(other, "far", 3));
  CALL(write(file, "end", 3));
  CALL(lseek(file, -200, SEEK_CUR));
  CALL(fcntl(other, F_SETFL, O_APPEND));
  CALL(pwrite(other, "Y", 1, 0));
  CALL(fcntl(other, F_SETFL, 0));
  CALL(pwrite(other, "Z", 1, 0));
  struct iovec parts[] = {{"ab", 2}, {"cde", 3}, {"", 0}, {"f", 1}};
  CALL(writev(file, parts, 4));
  CALL(pwritev2(other, parts, 4, 1, RWF_APPEND));
  CALL(pwritev2(other, parts, 4, 1, RWF_DSYNC));
  CALL(pwritev2(other, parts, 4, 1, 0x4000));
  show_all(".");
}

static void offsets(void) {
  title("offsets");
  int file = made("f", 0), only = open("f", O_RDONLY), write_only = open("f", O_WRONLY);
  char text[10];
  CALL(pwrite(file, "x", 1, -1));
  CALL(pread(file, text, 1, -1));
  CALL(pwrite(file, "x", 1, 1l << 62));
  CALL(ftruncate(file, 1l << 62));
  CALL(ftruncate(file, 1l << 40));
  CALL(ftruncate(file, -5));
  CALL(ftruncate(only, 5));
  CALL(write(only, "x", 1));
  CALL(read(write_only, text, 1));
  CALL(ftruncate(file, 10));
  CALL(pread(file, text, 10, 8));
  CALL(pread(file, text, 10, 10));
  CALL(pread(file, text, 10, 1000));
  CALL(lseek(file, -1, SEEK_SET));
  CALL(lseek(file, 5, 77));
  CALL(write(file, NULL, 0));
  CALL(pwrite(file, NULL, 4, 0));
  CALL(pread(file, NULL, 4, 0));
  struct rlimit limit = {1000, RLIM_INFINITY};
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  CALL(pwrite(file, block, 500, 800));
  CALL(pwrite(file, block, 500, 1000));
  CALL(ftruncate(file, 2000));
  CALL(fallocate(file, 0, 0, 2000));
  limit.rlim_cur = RLIM_INFINITY;
  setrlimit(RLIMIT_FSIZE, &limit);
  int folder = open(".", O_RDONLY | O_DIRECTORY);
  CALL(read(folder, text, 1));
  CALL(fsync(folder));
  CALL(ftruncate(folder, 0));
  CALL(fallocate(folder, 0, 0, 1));
  CALL(open(".", O_RDWR));
  CALL(fsync(only));
  CALL(fdatasync(only));
  CALL(syncfs(only));
  CALL(sync_file_range(file, 0, 10, SYNC_FILE_RANGE_WRITE));
  CALL(posix_fadvise(file, 0, 10, POSIX_FADV_DONTNEED));
  CALL(readahead(file, 0, 10));
  int unread = 0;
  CALL(ioctl(file, FIONREAD, &unread));
  printf("%d to read\n", unread);
  CALL(ioctl(file, 0x5401, block));
  show_all(".");
}

static void holes(void) {
  static const struct { const char *name; int mode; } modes[] = {
    {"allocate", 0}, {"keep size", FALLOC_FL_KEEP_SIZE}, {"punch", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE},
    {"punch without keeping", FALLOC_FL_PUNCH_HOLE}, {"zero", FALLOC_FL_ZERO_RANGE}, {"zero keep", FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE},
    {"an unknown one", 0x4000},
  };
  static const long ranges[][2] = {{0, 0}, {0, 10}, {4096, 4096}, {5000, 9000}, {60000, 10000}, {100000, 5000}, {-1, 5}, {5, -1}, {1l << 62, 1l << 62}};
  for (int mode = 0; mode < count_of(modes); mode++)
    for (int range = 0; range < count_of(ranges); range++) {
      title("%s %ld %ld", modes[mode].name, ranges[range][0], ranges[range][1]);
      int file = made("f", 0);
      // What is not yet on the disk has its holes later.
      if (write(file, block, 65000) != 65000 || fsync(file) < 0) abort();
      CALL(fallocate(file, modes[mode].mode, ranges[range][0], ranges[range][1]));
      if (fsync(file) < 0 || close(file) < 0) abort();
      // With a descriptor for reading and writing, a filter may say that there are no holes.
      file = open("f", O_RDONLY);
      for (long at = 0; at < 120000; at += 30000) { CALL(lseek(file, at, SEEK_DATA)); CALL(lseek(file, at, SEEK_HOLE)); }
      struct stat s;
      fstat(file, &s);
      printf("%s: %ld blocks\n", label, (long)s.st_blocks);
      show_all(".");
      close(file);
      clean(".");
    }
}

static void copies(void) {
  static const long ranges[][3] = {{0, 0, 100}, {0, 200, 70000}, {60000, 0, 70000}, {0, 100, 50}, {100, 90, 50}, {70000, 0, 10}, {0, 1l << 62, 10}, {-1, 0, 10}};
  for (int is_same = 0; is_same < 2; is_same++)
    for (int range = 0; range < count_of(ranges); range++) {
      title("copy range %ld to %ld, %ld bytes, %s", ranges[range][0], ranges[range][1], ranges[range][2], is_same ? "in one file" : "to another");
      int file = made("f", 0), other = is_same ? file : made("g", 0);
      if (write(file, block, 65000) != 65000) abort();
      long from = ranges[range][0], to = ranges[range][1];
      long all = 0, got;
      // One call may copy less.
      do {
        got = copy_file_range(file, &from, other, &to, ranges[range][2] - all, 0);
        if (got > 0) all += got;
      } while (got > 0 && all < ranges[range][2]);
      result("the last", got < 0 ? got : 0);
      printf("%s: %ld, from %ld to %ld\n", label, all, from, to);
      show_all(".");
      clean(".");
      closefrom(3);
    }
  title("send");
  int file = made("f", 0), other = made("g", 0), line[2];
  if (write(file, block, 65000) != 65000 || pipe(line) < 0) abort();
  off_t at = 5;
  CALL(sendfile(other, file, &at, 1000));
  CALL(splice(file, &at, line[1], NULL, 4000, 0));
  CALL(splice(line[0], NULL, other, NULL, 4000, 0));
  CALL(copy_file_range(file, NULL, other, NULL, 10, 1));
  CALL(ioctl(other, FICLONE, made("h", 0)) < 0 ? 0 : 1);
  int only = open("f", O_RDONLY), append = open("g", O_WRONLY | O_APPEND);
  CALL(copy_file_range(other, NULL, only, NULL, 10, 0));
  CALL(copy_file_range(only, NULL, append, NULL, 10, 0));
  show_all(".");
}

/** Which times of an object and its folder a call changes. */
static void times(void) {
  static const char *const what[] = {
    "write", "write nothing", "read", "truncate to the same", "truncate", "ftruncate to the same", "ftruncate", "open TRUNC", "open TRUNC of empty", "chmod", "chmod to the same", "chown",
    "chown to the same", "link", "unlink of another name", "rename", "rename in place", "setxattr", "removexattr", "times", "times of one", "now", "allocate", "punch", "store", "fsync", "mkdir beside",
    "unlink beside", "symlink beside", "read link", "list", "exchange", "append", "copy range", "rename over it", "rename a folder", "ACL",
  };
  static const struct timespec sets[2] = {{100, 5}, {0, UTIME_OMIT}};
  static const struct timespec tick = {0, 12000000};
  for (int call = 0; call < count_of(what); call++) {
    title("times of %s", what[call]);
    int file = made("f", call == 32 ? O_APPEND : 0);
    if (call != 8 && write(file, "content", 7) != 7) abort();
    mkdir("d", 0755);
    put("g", "x", 0644, 0);
    link("f", "other");
    symlink("f", "to");
    setxattr("f", "user.there", "a", 1, 0);
    char *map = mmap(NULL, 7, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    static const char *const shown[] = {"f", ".", "d", "g", "to"};
    struct statx before[5], after[5];
    nanosleep(&tick, NULL);
    for (int i = 0; i < 5; i++) statx(AT_FDCWD, shown[i], AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &before[i]);
    char text[10];
    int done = 0;
    switch (call) {
      case 0: case 32: done = pwrite(file, "w", 1, 0); break;
      case 1: done = write(file, "", 0); break;
      case 2: done = pread(file, text, 5, 0); break;
      case 3: done = truncate("f", 7); break;
      case 4: done = truncate("f", 3); break;
      case 5: done = ftruncate(file, 7); break;
      case 6: done = ftruncate(file, 30); break;
      case 7: case 8: done = open("f", O_WRONLY | O_TRUNC) < 0 ? -1 : 0; break;
      case 9: done = chmod("f", 0600); break;
      case 10: done = chmod("f", 0644); break;
      case 11: done = chown("f", 5, 5); break;
      case 12: done = chown("f", 0, 0); break;
      case 13: done = link("f", "more"); break;
      case 14: done = unlink("other"); break;
      case 15: done = rename("f", "d/f"); if (rename("d/f", "f") < 0) abort(); break;
      case 16: done = rename("f", "other"); break;
      case 17: done = setxattr("f", "user.a", "b", 1, 0); break;
      case 18: done = removexattr("f", "user.there"); break;
      case 19: done = utimensat(AT_FDCWD, "f", (struct timespec[]){{7, 8}, {9, 10}}, 0); break;
      case 20: done = utimensat(AT_FDCWD, "f", sets, 0); break;
      case 21: done = utimensat(AT_FDCWD, "f", NULL, 0); break;
      case 22: done = fallocate(file, 0, 0, 5000); break;
      case 23: done = fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 3); break;
      case 24: map[0] = 'm'; done = msync(map, 7, MS_SYNC); break;
      case 25: done = fsync(file); break;
      case 26: done = mkdir("d/e", 0700); break;
      case 27: done = unlink("g"); put("g", "x", 0644, 0); break;
      case 28: done = symlink("x", "d/s"); break;
      case 29: done = readlink("to", text, 10); break;
      case 30: { int n; char **names = names_in("d", &n); done = n; free(names); break; }
      case 31: done = renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_EXCHANGE); break;
      case 33: done = copy_file_range(file, &(long){0}, open("g", O_RDWR), NULL, 4, 0); break;
      case 34: done = rename("g", "f"); put("g", "x", 0644, 0); break;
      case 35: mkdir("e", 0700); done = rename("d", "e/d"); if (rename("e/d", "d") < 0) abort(); break;
      case 36: done = setxattr("f", "system.posix_acl_access", "\2\0\0\0\1\0\6\0\377\377\377\377\4\0\4\0\377\377\377\377\40\0\4\0\377\377\377\377", 28, 0); break;
    }
    result("call", done);
    munmap(map, 7);
    for (int i = 0; i < 5; i++) {
      statx(AT_FDCWD, shown[i], AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &after[i]);
      struct statx *one = &before[i], *two = &after[i];
      // A file that was made anew may have the number of the one before, as the file system has it.
      int anew = (call == 27 || call == 34) && strcmp(shown[i], "g") == 0;
      if (anew || one->stx_ino != two->stx_ino) { printf("%s: %s is another\n", label, shown[i]); continue; }
#define changed(field) (memcmp(&one->field, &two->field, sizeof one->field) != 0)
#define later(field, than) (two->field.tv_sec != two->than.tv_sec ? two->field.tv_sec > two->than.tv_sec : two->field.tv_nsec > two->than.tv_nsec)
      printf("%s: %s modified %d changed %d born %d, born after changed %d, modified after changed %d, mask %x\n", label, shown[i], changed(stx_mtime), changed(stx_ctime),
             changed(stx_btime), later(stx_btime, stx_ctime), later(stx_mtime, stx_ctime), two->stx_mask & (STATX_BASIC_STATS | STATX_BTIME));
      if (call == 19 || call == 20) printf("%s: %s %lld.%u %lld.%u\n", label, shown[i], i == 0 ? two->stx_atime.tv_sec : 0, i == 0 ? two->stx_atime.tv_nsec : 0, i == 0 && call == 19 ? two->stx_mtime.tv_sec : 0, i == 0 && call == 19 ? two->stx_mtime.tv_nsec : 0);
    }
    clean(".");
    closefrom(3);
  }
}

static void extended(void) {
  static const char *const names[] = {"user.a", "trusted.a", "security.a", "security.capability", "system.a", "system.posix_acl_access", "system.posix_acl_default", "a", "user.", "", "os2.a", "btrfs.a", "USER.a"};
  static const int sizes[] = {0, 5, 2000, 65536, 65537};
  static char value[70000], text[70000], long_name[300];
  static const unsigned users[] = {0, 1000};
  for (int kind = 0; kind < kind_count; kind++)
    for (int name = 0; name < count_of(names); name++)
      for (int user = 0; user < 2; user++) {
        title("attribute %s of %s by %u", names[name], kind_names[kind], users[user]);
        make(kind, "x");
        as(users[user]);
        CALL(lsetxattr("x", names[name], value, 20, 0));
        CALL(lsetxattr("x", names[name], value, 21, XATTR_CREATE));
        CALL(lsetxattr("x", names[name], value, 22, XATTR_REPLACE));
        CALL(lsetxattr("x", names[name], value, 22, 77));
        CALL(lgetxattr("x", names[name], text, sizeof text));
        CALL(lgetxattr("x", names[name], text, 1));
        CALL(lgetxattr("x", names[name], NULL, 0));
        CALL(llistxattr("x", text, sizeof text));
        CALL(llistxattr("x", text, 1));
        show("x");
        CALL(lremovexattr("x", names[name]));
        CALL(lremovexattr("x", names[name]));
        clean(".");
      }
  for (int size = 0; size < count_of(sizes); size++) {
    title("attribute of %d bytes", sizes[size]);
    put("x", "y", 0644, 0);
    CALL(setxattr("x", "user.large", value, sizes[size], 0));
    CALL(getxattr("x", "user.large", text, sizeof text));
    memset(long_name, 'n', sizeof long_name - 1);
    memcpy(long_name, "user.", 5);
    long_name[size == 0 ? 255 : 256] = 0;
    CALL(setxattr("x", long_name, value, 1, 0));
    show("x");
    clean(".");
  }
  title("many attributes");
  put("x", "y", 0644, 0);
  for (int i = 0; i < 60; i++) {
    sprintf(long_name, "user.attribute-%d-of-many", i);
    result(long_name, setxattr("x", long_name, value, 30, 0));
  }
  CALL(listxattr("x", text, sizeof text));
  show("x");
}

/** struct posix_acl_xattr: a version, then entries of tag, rights, id. */
static size_t list_of(char *to, int group, int named, int mask, int others) {
  short *at = (short *)(to + 4);
  memcpy(to, "\2\0\0\0", 4);
#define entry(tag, rights, id) (at[0] = (tag), at[1] = (rights), memcpy(at + 2, &(int){id}, 4), at += 4)
  entry(1, 6, -1);
  if (named >= 0) entry(2, named, 1000);
  entry(4, group, -1);
  if (mask >= 0) entry(16, mask, -1);
  entry(32, others, -1);
  return (char *)at - to;
}

static void access_lists(void) {
  static const mode_t modes[] = {0777, 0640, 02750, 0700};
  static const mode_t masks[] = {0, 022, 077};
  char list[100];
  for (int named = -1; named < 8; named += 3)
    for (int mask = -1; mask < 8; mask += 3)
      for (int mode = 0; mode < count_of(modes); mode++) {
        title("ACL named %d mask %d mode %o", named, mask, modes[mode]);
        mkdir("d", 0755);
        put("f", "x", modes[mode], 5);
        chmod("d", modes[mode]);
        size_t size = list_of(list, 5, named, mask, 1);
        CALL(setxattr("f", "system.posix_acl_access", list, size, 0));
        CALL(setxattr("d", "system.posix_acl_access", list, size, 0));
        CALL(setxattr("d", "system.posix_acl_default", list, size, 0));
        CALL(setxattr("f", "system.posix_acl_default", list, size, 0));
        umask(masks[mode % 3]);
        CALL(mkdir("d/e", 0777));
        WELL(open("d/f", O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
        CALL(mkfifo("d/p", 0666));
        CALL(symlink("x", "d/l"));
        umask(022);
        as(1000);
        CALL(access("f", R_OK) + 2 * access("f", W_OK));
        WELL(open("f", O_RDWR | O_CLOEXEC));
        WELL(open("d/new", O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
        CALL(setxattr("f", "system.posix_acl_access", list, size, 0));
        as(0);
        CALL(chmod("f", 0751));
        show_all(".");
        CALL(removexattr("f", "system.posix_acl_access"));
        show("f");
        clean(".");
        closefrom(3);
      }
}

static void in_child(void (*work)(void)) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) { work(); fflush(stdout); _exit(0); }
  int status;
  waitpid(child, &status, 0);
  printf("%s: ended with %d\n", label, status);
}

static void try_locks(void) {
  int file = open("f", O_RDWR);
  struct flock range = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10};
  CALL(flock(file, LOCK_SH | LOCK_NB));
  CALL(flock(file, LOCK_EX | LOCK_NB));
  for (range.l_start = 0; range.l_start < 50; range.l_start += 7)
    for (range.l_type = F_RDLCK; range.l_type <= F_WRLCK; range.l_type++) {
      CALL(fcntl(file, F_SETLK, &range));
      struct flock question = range;
      CALL(fcntl(file, F_GETLK, &question));
      printf("%s: %ld: %d %d from %ld, %ld bytes\n", label, (long)range.l_start, range.l_type, question.l_type, (long)question.l_start, (long)question.l_len);
      struct flock own = range;
      own.l_pid = 0;
      CALL(fcntl(file, F_OFD_SETLK, &own));
    }
}

static void locks(void) {
  title("locks");
  int file = made("f", 0), only = open("f", O_RDONLY);
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 10};
  for (int how = 0; how < 3; how++) {
    title("locks %d", how);
    CALL(flock(file, how == 0 ? LOCK_SH : how == 1 ? LOCK_EX : LOCK_UN));
    range.l_start += 11;
    range.l_type = how == 1 ? F_RDLCK : F_WRLCK;
    CALL(fcntl(how == 1 ? only : file, how == 2 ? F_OFD_SETLK : F_SETLK, &range));
    CALL(fcntl(only, F_SETLK, &(struct flock){.l_type = F_WRLCK, .l_start = 90, .l_len = 1}));
    in_child(try_locks);
  }
  CALL(close(open("f", O_RDONLY)));
  in_child(try_locks);
  CALL(fcntl(only, F_SETLEASE, F_RDLCK));
  CALL(fcntl(file, F_GETLEASE));
}

static void beyond_the_end(void) {
  int file = open("f", O_RDWR);
  char *map = mmap(NULL, 20000, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  map[15000] = 1;
}

static void maps(void) {
  title("stored and not yet written");
  int sparse = made("s", 0), reading = open("s", O_RDONLY);
  CALL(ftruncate(sparse, 100000));
  char *stored = mmap(NULL, 100000, PROT_READ | PROT_WRITE, MAP_SHARED, sparse, 0);
  CALL(close(sparse));
  stored[50000] = 'x';
  long data = lseek(reading, 0, SEEK_DATA), hole = lseek(reading, 50000, SEEK_HOLE);
  printf("%d %d\n", data >= 0 && data <= 50000, hole > 50000);
  munmap(stored, 100000);
  CALL(lseek(reading, 0, SEEK_DATA));
  CALL(lseek(reading, 50000, SEEK_HOLE));
  CALL(lseek(reading, 100000, SEEK_HOLE));
  title("maps");
  int file = made("f", 0), only = open("f", O_RDONLY), exact = open("f", O_RDWR | O_DIRECT);
  if (pwrite(file, block, 10000, 0) != 10000) abort();
  CALL(mmap(NULL, 100, PROT_WRITE, MAP_SHARED, only, 0) == MAP_FAILED);
  char *map = mmap(NULL, 20000, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), *own = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_PRIVATE, only, 0);
  memcpy(map + 5000, "stored", 6);
  char text[10] = "";
  CALL(pread(only, text, 6, 5000));
  printf("%s|%.6s\n", text, own + 5000);
  own[0] = 'p';
  CALL(pwrite(file, "written", 7, 5003));
  printf("%.10s|%.10s|%c\n", map + 5000, own + 5000, map[0] ? map[0] : '0');
  CALL(msync(map, 20000, MS_SYNC));
  char *aligned = aligned_alloc(4096, 8192);
  memset(aligned, 'd', 8192);
  CALL(pwrite(exact, aligned, 4096, 4096));
  CALL(pread(exact, aligned, 8192, 0));
  printf("%lx %.8s\n", sum_of(5381, aligned, 8192), map + 5000);
  map[9999] = 'e';
  CALL(ftruncate(file, 11000));
  printf("%d %d\n", map[9999], map[10500]);
  in_child(beyond_the_end);
  CALL(ftruncate(file, 3000));
  in_child(beyond_the_end);
  CALL(ftruncate(file, 20000));
  printf("%d\n", map[15000]);
  map[15000] = 'z';
  CALL(close(file));
  CALL(unlink("f"));
  map[15001] = 'y';
  CALL(pread(only, text, 3, 15000));
  printf("%s\n", text);
  CALL(msync(map, 20000, MS_SYNC));
  munmap(map, 20000);
  CALL(pread(only, text, 3, 15000));
  show_all(".");
}

static void lost_files(void) {
  static const char *const how[] = {"unlink", "rename over", "exchange and unlink", "unlink one of two", "unlink and make anew"};
  for (int one = 0; one < count_of(how); one++) {
    title("lost by %s", how[one]);
    int file = made("f", 0), only = open("f", O_RDONLY), append = open("f", O_WRONLY | O_APPEND);
    put("g", "winner", 0600, 5);
    CALL(write(file, "before", 6));
    if (one == 3) link("f", "h");
    if (one == 1) CALL(rename("g", "f"));
    else if (one == 2) { CALL(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_EXCHANGE)); CALL(unlink("g")); }
    else CALL(unlink("f"));
    if (one == 4) put("f", "anew", 0640, 7);
    CALL(write(append, " after", 6));
    CALL(fchmod(file, 04711));
    CALL(fchown(file, 3, 4));
    CALL(fsetxattr(file, "user.a", "b", 1, 0));
    CALL(ftruncate(file, 9));
    CALL(fallocate(file, 0, 0, 5000));
    CALL(futimens(file, (struct timespec[]){{7, 8}, {9, 10}}));
    struct stat s;
    CALL(fstat(only, &s));
    printf("%s: %o %ld %u:%u %ld %ld.%09ld\n", label, s.st_mode, (long)s.st_nlink, s.st_uid, s.st_gid, (long)s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    char text[20] = "", path[60];
    CALL(pread(only, text, 12, 0));
    printf("%s: %s\n", label, text);
    CALL(fgetxattr(only, "user.a", text, 10));
    CALL(flistxattr(only, text, 20));
    CALL(fremovexattr(file, "user.a"));
    CALL(fsync(file));
    CALL(lseek(file, 0, SEEK_DATA));
    sprintf(path, "/proc/self/fd/%d", only);
    WELL(open(path, O_RDWR));
    CALL(truncate(path, 4));
    CALL(linkat(AT_FDCWD, path, AT_FDCWD, "back", AT_SYMLINK_FOLLOW));
    CALL(linkat(only, "", AT_FDCWD, "back", AT_EMPTY_PATH));
    show_all(".");
    closefrom(3);
    clean(".");
  }
  static const enum kind specials[] = {k_fifo, k_device};
  for (int one = 0; one < 2; one++) {
    title("a lost %s", kind_names[specials[one]]);
    make(specials[one], "p");
    int special = open("p", O_RDWR | O_NONBLOCK);
    CALL(unlink("p"));
    struct stat s;
    CALL(fstat(special, &s));
    CALL(fchmod(special, 0711));
    CALL(fchown(special, 5, 6));
    CALL(fstat(special, &s));
    printf("%o %u:%u\n", s.st_mode, s.st_uid, s.st_gid);
    close(special);
  }
  title("a lost folder");
  mkdir("d", 0755);
  int folder = open("d", O_RDONLY | O_DIRECTORY);
  if (fchdir(folder) < 0) abort();
  CALL(rmdir("../d"));
  CALL(open("new", O_CREAT | O_WRONLY, 0600));
  CALL(mkdir("e", 0700));
  CALL(symlink("x", "s"));
  CALL(link("../g", "h"));
  CALL(rename("../g", "h"));
  CALL(access(".", F_OK));
  CALL(access("..", F_OK));
  CALL(access("none", F_OK));
  CALL(fchmod(folder, 0700));
  struct stat s;
  CALL(fstat(folder, &s));
  printf("%o %ld\n", s.st_mode, (long)s.st_nlink);
  char text[3000];
  CALL(getdents64(folder, text, sizeof text));
  CALL(getcwd(text, sizeof text) == NULL);
  if (chdir("..") < 0) printf("%s: no way back: %s\n", label, strerrorname_np(errno));
  close(folder);
}

static void listings(void) {
  title("listing");
  mkdir("d", 0755);
  char name[60];
  for (int i = 0; i < 1500; i++) { sprintf(name, "d/name-%d-%.*s", i, i % 30, "oooooooooooooooooooooooooooooo"); put(name, "", 0600, 0); }
  DIR *folder = opendir("d");
  int seen[3000] = {0}, twice = 0, number, step = 0;
  for (struct dirent *entry; (entry = readdir(folder)); step++) {
    if (sscanf(entry->d_name, "name-%d-", &number) != 1) continue;
    if (seen[number]++) twice++;
    if (entry->d_type != DT_REG) printf("type %d\n", entry->d_type);
    // Others come and go.
    int other = (number * 7 + 3) % 1500;
    sprintf(name, "d/name-%d-%.*s", other, other % 30, "oooooooooooooooooooooooooooooo");
    if (step % 3 == 0 && !seen[other] && unlink(name) == 0) seen[other] = -1000;
    if (step % 5 == 0) { sprintf(name, "d/name-%d-new", 1500 + step); put(name, "", 0600, 0); }
  }
  int missing = 0, of_lost = 0;
  for (int i = 0; i < 1500; i++) { missing += seen[i] == 0; of_lost += seen[i] < 0 && seen[i] > -1000; }
  printf("%d twice, %d missing of those that stayed\n", twice, missing);
  rewinddir(folder);
  int count = 0;
  for (struct dirent *entry; (entry = readdir(folder));) count++;
  int all;
  names_in("d", &all);
  printf("%d and %d\n", count - 2, all);
  closedir(folder);
}

static void known(void) {
  title("known: O_TMPFILE");
  WELL(open(".", O_TMPFILE | O_RDWR, 0600));
  title("known: O_PATH");
  put("f", "x", 0644, 0);
  int path = open("f", O_PATH);
  struct stat s;
  CALL(fstat(path, &s));
  unlink("f");
  WELL(fstat(path, &s));
  title("known: chattr");
  int file = made("g", 0), flags = 0;
  WELL(ioctl(file, FS_IOC_GETFLAGS, &flags));
  flags = FS_NOATIME_FL;
  WELL(ioctl(file, FS_IOC_SETFLAGS, &flags));
  title("known: RENAME_WHITEOUT");
  WELL(renameat2(AT_FDCWD, "g", AT_FDCWD, "h", RENAME_WHITEOUT));
  title("known: stores behind the end of a file that then grows");
  int grown = made("i", 0);
  WELL(ftruncate(grown, 100));
  char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, grown, 0);
  map[150] = 1;
  WELL(ftruncate(grown, 200));
  WELL(-map[150]);
  title("known: chown of nothing");
  struct statx before, after;
  statx(AT_FDCWD, "g", 0, STATX_CTIME, &before);
  nanosleep(&(struct timespec){0, 12000000}, NULL);
  put("j", "x", 04755, 0);
  CALL(chown("g", -1, -1));
  statx(AT_FDCWD, "g", 0, STATX_CTIME, &after);
  WELL(before.stx_ctime.tv_nsec == after.stx_ctime.tv_nsec ? -1 : 0);
  as(1000);
  WELL(chown("j", -1, -1));
  as(0);
  title("known: holes of what is open for reading and writing");
  WELL(ftruncate(file, 16384));
  CALL(lseek(file, 0, SEEK_HOLE));
}

int main(int count, char **words) {
  static const struct { const char *name; void (*make)(void); } parts[] = {
    {"appends", appends}, {"offsets", offsets}, {"holes", holes}, {"copies", copies}, {"times", times}, {"extended", extended}, {"lists", access_lists},
    {"locks", locks}, {"maps", maps}, {"lost", lost_files}, {"listings", listings}, {"known", known},
  };
  if (count < 2 || chdir(words[1]) < 0) return 2;
  setvbuf(stdout, malloc(1 << 20), _IOFBF, 1 << 20);
  umask(022);
  for (size_t i = 0; i < sizeof block; i++) block[i] = (char)('a' + i * 7 % 23 + i / 4096 % 3);
  mkdir("case", 0777);
  if (chmod("case", 0777) < 0 || chdir("case") < 0) return 2;
  for (int part = 0; part < count_of(parts); part++) {
    if (count > 2 && strcmp(words[2], parts[part].name) != 0) continue;
    parts[part].make();
    closefrom(3);
    clean(".");
  }
  if (chdir("..") < 0 || rmdir("case") < 0) { perror("case"); return 1; }
  return 0;
}
