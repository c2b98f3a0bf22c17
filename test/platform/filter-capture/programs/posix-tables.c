// Tables of calls: every flag with every kind of object, by root and by a user (posix-frame.h says what for).
//
//   posix-tables FOLDER [EVERY [TABLE]]
//
// Of the large tables each case whose number EVERY divides is tried.
#include "posix-frame.h"

static const unsigned users[] = {0, 1000};

static long every = 1, cases;
static int is_left_out(void) { return cases++ % every != 0; }

static void opens(void) {
  static const struct { const char *name; int flags; } flags[] = {
    {"", 0}, {"CREAT", O_CREAT}, {"CREAT EXCL", O_CREAT | O_EXCL}, {"TRUNC", O_TRUNC}, {"CREAT TRUNC", O_CREAT | O_TRUNC},
    {"DIRECTORY", O_DIRECTORY}, {"NOFOLLOW", O_NOFOLLOW}, {"APPEND", O_APPEND}, {"PATH", O_PATH}, {"PATH NOFOLLOW", O_PATH | O_NOFOLLOW},
    {"CREAT NOFOLLOW", O_CREAT | O_NOFOLLOW}, {"CREAT DIRECTORY", O_CREAT | O_DIRECTORY}, {"SYNC", O_SYNC}, {"NOATIME", O_NOATIME},
  };
  static const char *const forms[] = {"x", "x/", "x/y"};
  for (int kind = 0; kind < kind_count; kind++)
    for (int flag = 0; flag < count_of(flags); flag++)
      for (int access = 0; access < 3; access++)
        for (int user = 0; user < 2; user++)
          for (int form = 0; form < count_of(forms); form++) {
            if (is_left_out()) continue;
            title("open %s %s %d by %u as %s", kind_names[kind], flags[flag].name, access, users[user], forms[form]);
            make(kind, "x");
            as(users[user]);
            int file = open(forms[form], access | flags[flag].flags | O_NONBLOCK | O_CLOEXEC, 0666);
            result("open", file < 0 ? -1 : 0);
            if (file >= 0) {
              int held = fcntl(file, F_GETFL) & ~O_NONBLOCK;
              printf("%s: flags %o\n", label, held & ~0100000);
              if (kind != k_device && kind != k_fifo) CALL(write(file, "new", 3));
              close(file);
              as(0);
              show_all(".");
            }
            clean(".");
          }
}

typedef long (*PairCall)(const char *from, const char *to);
static long p_rename(const char *from, const char *to) { return rename(from, to); }
static long p_keep(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE); }
static long p_exchange(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE); }
static long p_both(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE | RENAME_NOREPLACE); }
static long p_link(const char *from, const char *to) { return link(from, to); }
static long p_follow(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW); }
static long p_symlink(const char *from, const char *to) { return symlink(from, to); }

static void pairs(void) {
  static const struct { const char *name; PairCall call; } calls[] = {
    {"rename", p_rename}, {"rename without replacing", p_keep}, {"exchange", p_exchange}, {"both flags", p_both},
    {"link", p_link}, {"link what it leads to", p_follow}, {"symlink", p_symlink},
  };
  static const char *const forms[][2] = {{"x", "y"}, {"x/", "y/"}, {"x", "y/z"}, {"x", "x"}, {"x", "x/y"}, {"x/in", "y"}, {"x", "."}, {"..", "y"}};
  for (int call = 0; call < count_of(calls); call++)
    for (int from = 0; from < kind_count; from++)
      for (int to = 0; to < kind_count; to++)
        for (int form = 0; form < count_of(forms); form++) {
          // The other forms with a few kinds on one side are enough.
          if (form > 0 && to != k_none && to != k_file && to != k_folder && to != k_to_folder) continue;
          if (is_left_out()) continue;
          unsigned user = users[(from + to + form) % 2];
          title("%s %s %s to %s %s by %u", calls[call].name, kind_names[from], forms[form][0], kind_names[to], forms[form][1], user);
          make(from, "x");
          make(to, "y");
          as(user);
          result("call", calls[call].call(forms[form][0], forms[form][1]));
          as(0);
          show_all(".");
          clean(".");
        }
}

static void same_object(void) {
  title("two names of one object");
  put("a", "x", 0644, 0);
  link("a", "b");
  CALL(rename("a", "b"));
  CALL(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE));
  CALL(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE));
  CALL(rename("a", "a"));
  show_all(".");
  mkdir("d", 0755);
  mkdir("d/e", 0755);
  CALL(rename("d", "d/e/f"));
  CALL(renameat2(AT_FDCWD, "d", AT_FDCWD, "d/e", RENAME_EXCHANGE));
  CALL(rename("d/e", "d"));
  CALL(link("d", "g"));
  CALL(link("b", "d/e/b"));
  CALL(rename("d/e", "e"));
  show_all(".");
  clean(".");
}

typedef long (*NameCall)(const char *name);
static struct timespec set_times[2] = {{1000000000, 123456789}, {-5, 999999999}};
static long n_unlink(const char *name) { return unlink(name); }
static long n_rmdir(const char *name) { return rmdir(name); }
static long n_mkdir(const char *name) { return mkdir(name, 0777); }
static long n_mkfifo(const char *name) { return mkfifo(name, 0666); }
static long n_device(const char *name) { return mknod(name, S_IFCHR | 0600, makedev(5, 300)); }
static long n_block(const char *name) { return mknod(name, S_IFBLK | 0600, makedev(4095, 1048575)); }
static long n_socket(const char *name) { return mknod(name, S_IFSOCK | 0600, 0); }
static long n_regular(const char *name) { return mknod(name, S_IFREG | 06755, 0); }
static long n_odd(const char *name) { return mknod(name, S_IFDIR | 0600, 0); }
static long n_cut(const char *name) { return truncate(name, 3); }
static long n_grow(const char *name) { return truncate(name, 5000); }
static long n_negative(const char *name) { return truncate(name, -1); }
static long n_chmod(const char *name) { return chmod(name, 06711); }
static long n_chown(const char *name) { return chown(name, 1000, -1); }
static long n_group(const char *name) { return chown(name, -1, 3000); }
static long n_lchown(const char *name) { return lchown(name, 1000, 1000); }
static long n_nobody(const char *name) { return chown(name, -1, -1); }
static long n_now(const char *name) { return utimensat(AT_FDCWD, name, NULL, 0); }
static long n_times(const char *name) { return utimensat(AT_FDCWD, name, set_times, 0); }
static long n_link_times(const char *name) { return utimensat(AT_FDCWD, name, set_times, AT_SYMLINK_NOFOLLOW); }
static long n_readlink(const char *name) { char text[3]; return readlink(name, text, sizeof text); }
static long n_read(const char *name) { return access(name, R_OK); }
static long n_write(const char *name) { return access(name, W_OK); }
static long n_execute(const char *name) { return faccessat(AT_FDCWD, name, X_OK, AT_EACCESS); }
static long n_stat(const char *name) { struct stat s; return stat(name, &s); }
static long n_get(const char *name) { return getxattr(name, "user.none", NULL, 0); }
static long n_set(const char *name) { return setxattr(name, "user.a", "value", 5, 0); }
static long n_lset(const char *name) { return lsetxattr(name, "trusted.a", "value", 5, 0); }
static long n_program(const char *name) { pid_t child = fork(); if (child == 0) { execl(name, name, NULL); _exit(errno); } int status; waitpid(child, &status, 0); return status; }
static long n_list(const char *name) {
  DIR *folder = opendir(name);
  if (folder == NULL) return -1;
  int count = 0;
  while (readdir(folder)) count++;
  closedir(folder);
  return count;
}

static void singles(void) {
#define CALLS(_) _(unlink) _(rmdir) _(mkdir) _(mkfifo) _(device) _(block) _(socket) _(regular) _(odd) _(cut) _(grow) _(negative) _(chmod) \
  _(chown) _(group) _(lchown) _(nobody) _(now) _(times) _(link_times) _(readlink) _(read) _(write) _(execute) _(stat) _(get) _(set) _(lset) \
  _(program) _(list)
#define entry_of(name) {#name, n_##name},
  static const struct { const char *name; NameCall call; } calls[] = {CALLS(entry_of)};
  static const char *const forms[] = {"x", "x/", "x/.", "x/..", "x/y", "./x", "x/../x"};
  for (int call = 0; call < count_of(calls); call++)
    for (int kind = 0; kind < kind_count; kind++)
      for (int form = 0; form < count_of(forms); form++)
        for (int user = 0; user < 2; user++) {
          if (is_left_out()) continue;
          title("%s %s by %u as %s", calls[call].name, kind_names[kind], users[user], forms[form]);
          make(kind, "x");
          as(users[user]);
          // "x/.." is the folder of the case.
          result("call", calls[call].call(forms[form]));
          as(0);
          if (chmod(".", 0777) < 0 || chown(".", 0, 0) < 0) abort();
          show_all(".");
          removexattr(".", "user.a");
          removexattr(".", "trusted.a");
          clean(".");
        }
}

static void long_names(void) {
  static const int lengths[] = {0, 1, 254, 255, 256, 300, 4000, 4094, 4095, 4096, 5000};
  static char name[6000];
  for (int i = 0; i < count_of(lengths); i++)
    for (int is_path = 0; is_path < 2; is_path++) {
      title("a %s of %d", is_path ? "path" : "name", lengths[i]);
      memset(name, 'n', sizeof name);
      for (int at = 1; is_path && at < lengths[i]; at += 2) { name[at - 1] = '.'; name[at] = '/'; }
      name[lengths[i]] = 0;
      CALL(mkdir(name, 0700));
      CALL(rmdir(name));
      int file = open(name, O_CREAT | O_WRONLY, 0600);
      result("create", file < 0 ? -1 : 0);
      if (file >= 0) close(file);
      CALL(rename(name, "short"));
      CALL(symlink(name, "to-it"));
      CALL(access("to-it", F_OK));
      CALL(link("short", name));
      CALL(unlink(name));
      clean(".");
    }
  title("many links");
  symlink("l0", "end");
  put("l0", "x", 0644, 0);
  for (int i = 1; i < 45; i++) {
    char one[20], before[20];
    snprintf(one, sizeof one, "l%d", i);
    snprintf(before, sizeof before, "l%d", i - 1);
    symlink(before, one);
    if (i > 35) result(one, access(one, F_OK));
  }
  clean(".");
}

static void sticky(void) {
  static const mode_t modes[] = {0777, 01777, 0755, 02777, 03770, 0700};
  static const unsigned owners[] = {0, 1000, 1001};
  static const char *const what[] = {"unlink", "rename away", "rename over", "create", "chmod", "give to a group", "link", "mkdir", "times"};
  for (int mode = 0; mode < count_of(modes); mode++)
    for (int above = 0; above < 3; above++)
      for (int owner = 0; owner < 3; owner++)
        for (int call = 0; call < count_of(what); call++) {
          if (is_left_out()) continue;
          title("folder %o of %u, file of %u: %s", modes[mode], owners[above], owners[owner], what[call]);
          mkdir("d", 0755);
          put("d/f", "x", 06664, owners[owner]);
          put("g", "y", 0644, 1000);
          if (chown("d", owners[above], 3000) < 0 || chmod("d", modes[mode]) < 0) abort();
          as(1000);
          if (call == 0) CALL(unlink("d/f"));
          else if (call == 1) CALL(rename("d/f", "moved"));
          else if (call == 2) CALL(rename("g", "d/f"));
          else if (call == 3) WELL(open("d/new", O_CREAT | O_RDWR | O_CLOEXEC, 0666));
          else if (call == 4) CALL(chmod("d/f", 02755));
          else if (call == 5) CALL(chown("d/f", -1, 3000));
          else if (call == 6) CALL(link("d/f", "h"));
          else if (call == 7) CALL(mkdir("d/e", 0777));
          else CALL(utimensat(AT_FDCWD, "d/f", set_times, 0));
          as(0);
          show_all(".");
          clean(".");
          closefrom(3);
        }
}

static void setid(void) {
  static const mode_t modes[] = {06755, 06745, 02644, 04755, 06777, 01644};
  static const unsigned owners[] = {0, 1000};
  static const char *const what[] = {"write", "append", "truncate", "ftruncate", "open TRUNC", "allocate", "punch", "chown", "chgrp", "chmod", "map", "copy range", "set xattr", "ACL", "grow nothing"};
  for (int mode = 0; mode < count_of(modes); mode++)
    for (int owner = 0; owner < 2; owner++)
      for (int user = 0; user < 2; user++)
        for (int call = 0; call < count_of(what); call++) {
          title("mode %o of %u, %s by %u", modes[mode], owners[owner], what[call], users[user]);
          put("f", "some content of the file", 0666, owners[owner]);
          int file = open("f", O_RDWR | (call == 1 ? O_APPEND : 0)), other = open("g", O_CREAT | O_RDWR, 0666);
          if (write(other, "other", 5) != 5 || lseek(other, 0, SEEK_SET) < 0) abort();
          if (chown("f", owners[owner], owners[owner] == 0 ? 5 : 3000) < 0 || fchmod(file, modes[mode]) < 0) abort();
          as(users[user]);
          if (call <= 1) CALL(write(file, "w", 1));
          else if (call == 2) CALL(truncate("f", 4));
          else if (call == 3) CALL(ftruncate(file, 4));
          else if (call == 4) WELL(open("f", O_WRONLY | O_TRUNC));
          else if (call == 5) CALL(fallocate(file, 0, 0, 9000));
          else if (call == 6) CALL(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4));
          else if (call == 7) CALL(chown("f", users[user], -1));
          else if (call == 8) CALL(chown("f", -1, 3000));
          else if (call == 9) CALL(chmod("f", 06711));
          else if (call == 10) {
            char *map = mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            map[0] = 'm';
            CALL(msync(map, 10, MS_SYNC));
            munmap(map, 10);
          } else if (call == 11) CALL(copy_file_range(other, NULL, file, NULL, 5, 0));
          else if (call == 12) CALL(setxattr("f", "user.x", "y", 1, 0));
          else if (call == 13) CALL(setxattr("f", "system.posix_acl_access", "\2\0\0\0\1\0\6\0\377\377\377\377\4\0\4\0\377\377\377\377\40\0\4\0\377\377\377\377", 28, 0));
          else CALL(ftruncate(file, 24));
          as(0);
          close(file);
          close(other);
          closefrom(3);
          show_all(".");
          clean(".");
        }
}

int main(int count, char **words) {
  static const struct { const char *name; void (*make)(void); } parts[] = {
    {"opens", opens}, {"pairs", pairs}, {"same", same_object}, {"singles", singles}, {"names", long_names}, {"sticky", sticky}, {"setid", setid},
  };
  if (count < 2 || chdir(words[1]) < 0) return 2;
  if (count > 2) every = atol(words[2]);
  setvbuf(stdout, malloc(1 << 20), _IOFBF, 1 << 20);
  umask(022);
  mkdir("case", 0777);
  if (chmod("case", 0777) < 0 || chdir("case") < 0) return 2;
  for (int part = 0; part < count_of(parts); part++) {
    if (count > 3 && strcmp(words[3], parts[part].name) != 0) continue;
    // A child inherits what is not yet written.
    fflush(stdout);
    parts[part].make();
  }
  if (chdir("..") < 0 || rmdir("case") < 0) { perror("case"); return 1; }
  return 0;
}
