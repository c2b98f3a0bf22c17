// What the programs share that make calls of every kind below one folder and write what came of each, so that a folder of a file system
// itself and one that is filtered can be compared line by line. What differs by nature (inode numbers, times of now) is not written.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define count_of(array) ((int)(sizeof(array) / sizeof((array)[0])))

/** Prefix of the lines that follow. */
static char label[400];

static void title(const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(label, sizeof label, format, list);
  va_end(list);
}

/** One line: what a call gave, or its error. The number of the error stays. */
static long result(const char *what, long value) {
  int number = errno;
  if (value < 0) printf("%s: %s = %s\n", label, what, strerrorname_np(number));
  else printf("%s: %s = %ld\n", label, what, value);
  errno = number;
  return value;
}
#define CALL(call) result(#call, (long)(call))
/** For calls whose good result is any number, such as a descriptor. */
#define WELL(call) well(#call, (long)(call))
static long well(const char *what, long value) {
  result(what, value < 0 ? -1 : 0);
  return value;
}

static unsigned long sum_of(unsigned long sum, const void *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) sum = (sum ^ ((const unsigned char *)bytes)[i]) * 1099511628211ul;
  return sum;
}

/** From here on as a user with its own group and group 3000. Rights follow the effective user. */
static void as(unsigned user) {
  static unsigned now;
  if (user == now) return;
  gid_t groups[] = {user, 3000};
  if (seteuid(0) < 0 || setgroups(user == 0 ? 0 : 2, groups) < 0 || setegid(user) < 0 || seteuid(user) < 0) abort();
  now = user;
}

static void show_content(const char *path) {
  int file = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if (file < 0) { printf(" %s", strerrorname_np(errno)); return; }
  static char piece[1 << 16];
  unsigned long sum = 5381, size = 0;
  for (ssize_t n; (n = read(file, piece, sizeof piece)) > 0; size += n) sum = sum_of(sum, piece, n);
  close(file);
  printf(" %lu bytes, sum %lx", size, sum);
}

static int by_text(const void *one, const void *other) { return strcmp(*(char **)one, *(char **)other); }

static void show_extended(const char *path) {
  static char names[65536], value[65536];
  ssize_t size = llistxattr(path, names, sizeof names);
  char *sorted[200];
  int count = 0;
  for (char *name = names; name < names + size && count < 200; name += strlen(name) + 1) sorted[count++] = name;
  qsort(sorted, count, sizeof *sorted, by_text);
  for (int i = 0; i < count; i++) {
    ssize_t length = lgetxattr(path, sorted[i], value, sizeof value);
    printf(" %s=%zd:%lx", sorted[i], length, sum_of(5381, value, length < 0 ? 0 : length));
  }
}

/** One line of all that root sees of an object. */
static void show(const char *path) {
  unsigned user = geteuid();
  as(0);
  struct stat s;
  printf("%s: %s", label, path);
  if (lstat(path, &s) < 0) printf(" %s", strerrorname_np(errno));
  else {
    printf(" %o links %ld owner %u:%u", s.st_mode, (long)s.st_nlink, s.st_uid, s.st_gid);
    if (!S_ISDIR(s.st_mode)) printf(" size %ld device %lx", (long)s.st_size, (long)s.st_rdev);
    if (S_ISREG(s.st_mode)) show_content(path);
    char target[5000];
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length >= 0) printf(" to %.60s", (target[length] = 0, target));
    show_extended(path);
  }
  printf("\n");
  as(user);
}

static char **names_in(const char *path, int *count) {
  char **names = NULL;
  *count = 0;
  DIR *folder = opendir(path);
  for (struct dirent *entry; folder != NULL && (entry = readdir(folder));) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    names = realloc(names, (*count + 1) * sizeof *names);
    names[(*count)++] = strdup(entry->d_name);
  }
  if (folder != NULL) closedir(folder);
  if (*count > 0) qsort(names, *count, sizeof *names, by_text);
  return names;
}

/** Calls `each` for all below a folder, what is in a folder before or after the folder itself. */
static void walk(const char *path, int is_before, void (*each)(const char *)) {
  int count;
  char **names = names_in(path, &count);
  for (int i = 0; i < count; i++) {
    char inner[5000];
    snprintf(inner, sizeof inner, "%s/%s", path, names[i]);
    struct stat s;
    if (!is_before) each(inner);
    if (lstat(inner, &s) == 0 && S_ISDIR(s.st_mode)) walk(inner, is_before, each);
    if (is_before) each(inner);
    free(names[i]);
  }
  free(names);
}

static void show_all(const char *path) { walk(path, 0, show); }

static void remove_one(const char *path) {
  if (remove(path) < 0) printf("%s: cannot clean %s: %s\n", label, path, strerrorname_np(errno));
}

/** Empties the folder of a case, as root. */
static void clean(const char *path) {
  as(0);
  walk(path, 1, remove_one);
}

static void put(const char *path, const char *text, mode_t mode, unsigned owner) {
  int file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (file < 0 || write(file, text, strlen(text)) < 0 || fchown(file, owner, owner) < 0 || fchmod(file, mode) < 0) abort();
  close(file);
}

#define kinds(_) \
  _(none) _(file) _(secret) _(own) _(folder) _(full) _(closed) _(to_file) _(to_folder) _(dangling) _(loop) _(fifo) _(sock) _(device)
#define as_name(name) k_##name,
enum kind { kinds(as_name) kind_count };
#define as_text(name) #name,
static const char *const kind_names[] = {kinds(as_text)};

static void full_path(char *to, const char *name, const char *more) { snprintf(to, 300, "%s%s", name, more); }

/** Makes an object of a kind, as root; a link leads to an object beside it. */
static void make(enum kind kind, const char *name) {
  char beside[300];
  full_path(beside, name, "-beside");
  switch (kind) {
    case k_none: case kind_count: return;
    case k_file: return put(name, "a file of root", 0644, 0);
    case k_secret: return put(name, "secret", 0600, 0);
    case k_own: return put(name, "of a user", 0640, 1000);
    case k_folder: case k_full: case k_closed:
      mkdir(name, 0755);
      full_path(beside, name, "/in");
      if (kind == k_full) put(beside, "inside", 0644, 0);
      chmod(name, kind == k_closed ? 0700 : 0777);
      return;
    case k_to_file: put(beside, "behind a link", 0666, 0); symlink(beside, name); return;
    case k_to_folder: mkdir(beside, 0755); chmod(beside, 0777); symlink(beside, name); return;
    case k_dangling: symlink("nowhere", name); return;
    case k_loop: symlink(name, name); return;
    case k_fifo: mkfifo(name, 0644); return;
    case k_sock: mknod(name, S_IFSOCK | 0644, 0); return;
    case k_device: mknod(name, S_IFCHR | 0666, makedev(1, 3)); return;
  }
}
