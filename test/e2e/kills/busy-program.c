// A program that writes all the time and knows what each call must give. It says when a call fails, gives something else, or takes long; and
// it writes down, outside of the folder, what it has synced.
//
//   busy-program KIND FOLDER RECORD STOP SEED PAUSE-MS     KIND: append, replace, blocks, folders, lost, map
//
// It works in a new folder FOLDER/KIND-PID until a file STOP is there. On its standard output, a line each:
//
//   pause MS CALL     a call took longer than a tenth of a second
//   error TEXT        a call failed, or gave the wrong thing, or takes more than PAUSE-MS; the program then ends with 1
//   cut CALL          the folder's file system went away below an open file (ENOTCONN, ECONNABORTED); it then ends with 3
//   rounds N          so many rounds were over when it ended with 0 or 3
//
// In RECORD a line each, PATH relative to FOLDER:
//
//   synced PATH BYTES CRC   the first so many bytes of the file have this checksum, durably
//   may PATH BYTES CRC      from here on they may have this one, too
//   free PATH               from here on nothing is known of it
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { pause_ms_told = 100, block_bytes = 4096, blocks = 48, log_bytes_max = 200000 };

static const char *kind;
static char folder[4096], under[100];
static int record_file;
static long round_number, pause_ms_max;

static const char *volatile present_call = "";
static volatile long began_ms;

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void say(const char *format, ...) {
  char line[600];
  va_list list;
  va_start(list, format);
  vsnprintf(line, sizeof line, format, list);
  va_end(list);
  dprintf(1, "%s\n", line);
}

static void fail(const char *what, int line) {
  int number = errno;
  if (number == ENOTCONN || number == ECONNABORTED) {
    say("cut %s\nrounds %ld", what, round_number);
    _exit(3);
  }
  say("error %s, round %ld, line %d: %s: %s", kind, round_number, line, what, strerror(number));
  _exit(1);
}

static long ended(long result) {
  long took = now_ms() - began_ms;
  if (took > pause_ms_told) say("pause %ld %s", took, present_call);
  began_ms = 0;
  return result;
}

/** A call, with the watch running. */
#define timed(call) (present_call = #call, began_ms = now_ms(), ended((long)(call)))
#define must(condition) do { errno = 0; if (!(condition)) fail(#condition, __LINE__); } while (0)
/** A call that must not fail, and what it gives. */
#define good(call) ({ long given_ = timed(call); if (given_ < 0) fail(#call, __LINE__); given_; })

static void *watch(void *nothing) {
  for (;;) {
    usleep(100000);
    long began = began_ms;
    if (began == 0 || now_ms() - began <= pause_ms_max) continue;
    say("error %s, round %ld: %s takes more than %ld ms", kind, round_number, present_call, pause_ms_max);
    _exit(1);
  }
  return nothing;
}

static unsigned random_state;
static unsigned chance(unsigned below) {
  random_state = random_state * 1103515245u + 12345u;
  return (random_state >> 8) % below;
}

static unsigned crc_table[256];
static unsigned crc_of(unsigned crc, const void *bytes, size_t size) {
  if (crc_table[1] == 0)
    for (unsigned i = 0; i < 256; i++) {
      unsigned c = i;
      for (int bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
      crc_table[i] = c;
    }
  crc = ~crc;
  for (size_t i = 0; i < size; i++) crc = crc_table[(crc ^ ((const unsigned char *)bytes)[i]) & 255] ^ crc >> 8;
  return ~crc;
}

static void note(const char *word, const char *name, size_t size, unsigned crc) {
  if (strcmp(word, "free") == 0) dprintf(record_file, "free %s/%s\n", under, name);
  else dprintf(record_file, "%s %s/%s %zu %u\n", word, under, name, size, crc);
}

static char *path_of(const char *format, ...) {
  static char paths[4][4200];
  static int next;
  char *path = paths[next++ % 4];
  int length = sprintf(path, "%s/", folder);
  va_list list;
  va_start(list, format);
  vsprintf(path + length, format, list);
  va_end(list);
  return path;
}

/** A call that must not fail, and must do all. What is cut off in the middle gives what it had until then. */
#define whole(call, size) do { long done_ = good(call); if (done_ != (long)(size)) fell_short(#call, done_, __LINE__); } while (0)
static void fell_short(const char *what, long done, int line) {
  // A name that nobody asked for, so that the kernel has to ask.
  errno = 0;
  if (access(path_of("none-%ld", now_ms()), F_OK) < 0 && errno != ENOENT) fail(what, line);
  say("error %s, round %ld, line %d: %s gave %ld", kind, round_number, line, what, done);
  _exit(1);
}

static char piece[1 << 16], got[1 << 18];
static size_t any_piece(size_t most) {
  size_t size = 1 + chance(most);
  unsigned from = chance(256);
  for (size_t i = 0; i < size; i++) piece[i] = (char)(from + i * 31 + i / 251);
  return size;
}

static void sync_folder(void) {
  int file = good(open(folder, O_RDONLY | O_DIRECTORY));
  good(fsync(file));
  good(close(file));
}

/** Appends to a log, which is renamed while it is open; the oldest is removed. */
static void append_lines(void) {
  static int file = -1;
  static size_t size;
  static unsigned crc, count;
  static char name[40];
  if (file < 0) {
    strcpy(name, "log");
    file = good(open(path_of("log"), O_CREAT | O_EXCL | O_RDWR | O_APPEND, 0640));
  }
  size_t length = any_piece(3000);
  whole(write(file, piece, length), length);
  crc = crc_of(crc, piece, length);
  size += length;
  whole(pread(file, got, length, size - length), length);
  must(memcmp(got, piece, length) == 0);
  if (chance(3) > 0) return;
  good(chance(2) ? fsync(file) : fdatasync(file));
  note("synced", name, size, crc);
  if (strcmp(name, "log") == 0 && size > log_bytes_max / 4) {
    note("free", "log", 0, 0);
    sprintf(name, "log.%u", count);
    good(rename(path_of("log"), path_of("%s", name)));
    sync_folder();
    note("synced", name, size, crc);
  }
  if (size < log_bytes_max) return;
  good(close(file));
  file = -1;
  size = crc = 0;
  if (count++ < 3) return;
  sprintf(name, "log.%u", count - 4);
  note("free", name, 0, 0);
  good(unlink(path_of("%s", name)));
}

/** Writes a document anew beside the old one and renames it over that, as an editor does. */
static void replace_document(void) {
  char name[40];
  sprintf(name, "document-%u", chance(6));
  size_t size = any_piece(30000);
  int file = good(open(path_of("new"), O_CREAT | O_EXCL | O_WRONLY, 0600));
  for (size_t at = 0; at < size;) {
    size_t part = size - at < 7000 ? size - at : 7000;
    whole(write(file, piece + at, part), part);
    at += part;
  }
  good(fchmod(file, 0644));
  good(fsync(file));
  good(close(file));
  unsigned crc = crc_of(0, piece, size);
  note("may", name, size, crc);
  good(rename(path_of("new"), path_of("%s", name)));
  sync_folder();
  note("synced", name, size, crc);
  struct stat s;
  must(timed(stat(path_of("%s", name), &s)) == 0 && s.st_size == (long)size && s.st_nlink == 1);
  good(link(path_of("%s", name), path_of("second")));
  must(timed(stat(path_of("%s", name), &s)) == 0 && s.st_nlink == 2);
  file = good(open(path_of("second"), O_RDONLY));
  whole(read(file, got, sizeof got), size);
  must(memcmp(got, piece, size) == 0);
  good(close(file));
  good(unlink(path_of("second")));
  must(timed(stat(path_of("new"), &s)) < 0 && errno == ENOENT);
}

static char model[blocks * block_bytes];
static char *aligned;

/** Reads past the cache of the kernel what was written. */
static void compare_past_cache(int direct) {
  size_t at = chance(blocks) * block_bytes;
  whole(pread(direct, aligned, block_bytes, at), block_bytes);
  must(memcmp(aligned, model + at, block_bytes) == 0);
}

static void write_blocks(void) {
  static int file = -1, direct;
  if (file < 0) {
    file = good(open(path_of("table"), O_CREAT | O_EXCL | O_RDWR, 0600));
    direct = good(open(path_of("table"), O_RDONLY | O_DIRECT));
    whole(pwrite(file, model, sizeof model, 0), sizeof model);
  }
  note("free", "table", 0, 0);
  for (int i = 0; i < 8; i++) {
    size_t at = chance(blocks) * block_bytes, length = chance(2) ? block_bytes : 1 + chance(block_bytes);
    any_piece(block_bytes);
    memcpy(model + at, piece, length);
    whole(pwrite(file, piece, length, at), length);
    compare_past_cache(direct);
  }
  good(fdatasync(file));
  note("synced", "table", sizeof model, crc_of(0, model, sizeof model));
  usleep(chance(20000));
}

static void store_blocks(void) {
  static int file = -1, direct;
  static char *map;
  if (file < 0) {
    file = good(open(path_of("mapped"), O_CREAT | O_EXCL | O_RDWR, 0600));
    good(ftruncate(file, sizeof model));
    direct = good(open(path_of("mapped"), O_RDONLY | O_DIRECT));
    must((map = mmap(NULL, sizeof model, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)) != MAP_FAILED);
  }
  note("free", "mapped", 0, 0);
  for (int i = 0; i < 8; i++) {
    size_t at = chance(sizeof model - 3000), length = any_piece(3000);
    memcpy(model + at, piece, length);
    timed((memcpy(map + at, piece, length), 0));
  }
  good(msync(map, sizeof model, MS_SYNC));
  compare_past_cache(direct);
  must(timed(memcmp(map, model, sizeof model)) == 0);
  note("synced", "mapped", sizeof model, crc_of(0, model, sizeof model));
  usleep(chance(20000));
}

static void make_folders(void) {
  good(mkdir(path_of("made"), 0750));
  must(timed(mkdir(path_of("made"), 0750)) < 0 && errno == EEXIST);
  good(mkdir(path_of("made/inner"), 0700));
  for (int i = 0; i < 5; i++) {
    int file = good(open(path_of("made/inner/file-%d", i), O_CREAT | O_EXCL | O_WRONLY, 0600));
    whole(write(file, "content", 7), 7);
    good(close(file));
  }
  good(symlink("inner", path_of("made/link")));
  must(timed(rmdir(path_of("made/inner"))) < 0 && errno == ENOTEMPTY);
  good(rename(path_of("made"), path_of("moved")));
  DIR *opened;
  must((opened = (DIR *)timed(opendir(path_of("moved/link")))) != NULL);
  int count = 0;
  // At the end it gives nothing, and no error.
  errno = 0;
  while (timed(readdir(opened)) != 0) count++;
  if (errno != 0) fail("readdir", __LINE__);
  closedir(opened);
  must(count == 7);
  for (int i = 0; i < 5; i++) good(unlink(path_of("moved/inner/file-%d", i)));
  struct stat s;
  must(timed(stat(path_of("moved/inner/file-3"), &s)) < 0 && errno == ENOENT);
  good(unlink(path_of("moved/link")));
  good(rmdir(path_of("moved/inner")));
  good(rmdir(path_of("moved")));
  must(timed(rmdir(path_of("moved"))) < 0 && errno == ENOENT);
}

/** A file without a name is used over many rounds. */
static void use_lost_file(void) {
  static int file = -1, direct;
  if (file < 0) {
    file = good(open(path_of("lost"), O_CREAT | O_EXCL | O_RDWR, 0600));
    direct = good(open(path_of("lost"), O_RDONLY | O_DIRECT));
    good(unlink(path_of("lost")));
    memset(model, 0, sizeof model);
    good(ftruncate(file, sizeof model));
  }
  size_t at = chance(sizeof model - 5000), length = any_piece(5000);
  memcpy(model + at, piece, length);
  whole(pwrite(file, piece, length, at), length);
  compare_past_cache(direct);
  struct stat s;
  must(timed(fstat(file, &s)) == 0 && s.st_nlink == 0 && s.st_size == sizeof model);
  if (chance(10) == 0) good(fsync(file));
  if (chance(60) > 0) return;
  whole(pread(file, got, sizeof model, 0), sizeof model);
  must(memcmp(got, model, sizeof model) == 0);
  good(close(file));
  good(close(direct));
  file = -1;
}

/** A page of a map cannot be read: how a map learns that its file system went away. */
static void lost_page(int signal) {
  static const char text[] = "cut a page of a map\n";
  if (write(1, text, sizeof text - 1) > 0) _exit(3);
}

int main(int count, char **words) {
  static const struct { const char *name; void (*work)(void); } kinds[] = {
    {"append", append_lines}, {"replace", replace_document}, {"blocks", write_blocks},
    {"folders", make_folders}, {"lost", use_lost_file}, {"map", store_blocks},
  };
  if (count != 7) return 2;
  pause_ms_max = atol(words[6]);
  kind = words[1];
  sprintf(under, "%s-%d", kind, getpid());
  sprintf(folder, "%s/%s", words[2], under);
  record_file = open(words[3], O_CREAT | O_WRONLY | O_APPEND, 0600);
  random_state = (unsigned)atoi(words[5]) * 7919u + (unsigned)kind[0];
  if (record_file < 0 || posix_memalign((void **)&aligned, block_bytes, block_bytes) != 0) return 2;
  signal(SIGBUS, lost_page);
  pthread_t watching;
  pthread_create(&watching, NULL, watch, NULL);
  good(mkdir(folder, 0755));
  void (*work)(void) = NULL;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) if (strcmp(kinds[i].name, kind) == 0) work = kinds[i].work;
  if (work == NULL) return 2;
  for (; access(words[4], F_OK) < 0; round_number++) {
    work();
    usleep(chance(3000));
  }
  say("rounds %ld", round_number);
  return 0;
}
