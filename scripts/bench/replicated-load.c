// What programs write to a folder that is replicated, and how long it takes to the replica: the load of scripts/bench/replicated-stream.ts.
//
//   replicated-load FOLDER large COUNT                 writes a new file of COUNT MiB, 1 MiB at a time, and waits for the disk; says in
//                                                      microseconds how long it wrote, and how long all took
//   replicated-load FOLDER paced JOBS RATE SECONDS     all jobs together write RATE pieces of 4 KiB a second, each to 64 MiB of its own
//   replicated-load FOLDER stamp RATE SECONDS          appends RATE records a second, each with the time at which it was written
//   replicated-load FOLDER watch COUNT SECONDS         waits for COUNT such records, SECONDS at most for the next one; says in
//                                                      microseconds how late they were: median, 99th percentile, longest
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { piece_bytes = 4096, window_pieces = 16384, large_bytes = 1 << 20, watch_pause_ns = 200000 };

struct record {
  int64_t number, written_ns;
  char rest[48];
};

static void fail(const char *what) {
  perror(what);
  _exit(1);
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void sleep_until(int64_t ns) {
  struct timespec at = {ns / 1000000000, ns % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) continue;
}

static int new_file(const char *name, int flags) {
  int file = open(name, O_CREAT | O_TRUNC | O_WRONLY | flags, 0600);
  if (file < 0) fail(name);
  return file;
}

static void write_large(long count) {
  int file = new_file("large", 0);
  char *piece = malloc(large_bytes);
  memset(piece, 'l', large_bytes);
  int64_t start = now_ns();
  for (int64_t index = 0; index < count; index++) {
    memcpy(piece, &index, sizeof index);
    if (write(file, piece, large_bytes) != large_bytes) fail("write");
  }
  int64_t written = now_ns();
  if (fdatasync(file) < 0) fail("fdatasync");
  printf("{\"writtenUs\":%ld,\"syncedUs\":%ld}\n", (long)((written - start) / 1000), (long)((now_ns() - start) / 1000));
}

static void write_paced(int job, long rate, long seconds) {
  char name[32], piece[piece_bytes];
  snprintf(name, sizeof name, "paced-%d", job);
  int file = new_file(name, 0);
  memset(piece, 'a' + job, sizeof piece);
  int64_t start = now_ns();
  for (int64_t index = 0; index < rate * seconds; index++) {
    sleep_until(start + index * (1000000000LL / rate));
    memcpy(piece, &index, sizeof index);
    if (pwrite(file, piece, sizeof piece, index % window_pieces * piece_bytes) != sizeof piece) fail("write");
  }
}

static void write_stamps(long rate, long seconds) {
  int file = new_file("records", O_APPEND);
  struct record record = {0};
  int64_t start = now_ns();
  for (; record.number < rate * seconds; record.number++) {
    sleep_until(start + record.number * (1000000000LL / rate));
    record.written_ns = now_ns();
    if (write(file, &record, sizeof record) != sizeof record) fail("write");
  }
}

static int by_size(const void *one, const void *other) {
  int64_t left = *(const int64_t *)one, right = *(const int64_t *)other;
  return left < right ? -1 : left > right;
}

// The file is opened each time, because a new one may have taken its place.
static void watch(long count, long patience_seconds) {
  int64_t *late = malloc(count * sizeof *late), last = now_ns();
  struct record records[64];
  for (long seen = 0; seen < count;) {
    int file = open("records", O_RDONLY);
    ssize_t got = file < 0 ? 0 : pread(file, records, sizeof records, seen * sizeof *records);
    if (file >= 0) close(file);
    int64_t now = now_ns();
    if (got < (ssize_t)sizeof *records) {
      if (now - last > patience_seconds * 1000000000LL) exit(3);
      sleep_until(now + watch_pause_ns);
      continue;
    }
    for (size_t index = 0; index < got / sizeof *records && seen < count; index++, seen++) {
      if (records[index].number != seen) exit(4);
      late[seen] = (now - records[index].written_ns) / 1000;
    }
    last = now;
  }
  qsort(late, count, sizeof *late, by_size);
  printf("{\"medianUs\":%ld,\"p99Us\":%ld,\"longestUs\":%ld}\n", (long)late[count / 2], (long)late[count * 99 / 100],
         (long)late[count - 1]);
}

static int write_paced_jobs(int jobs, long rate, long seconds) {
  for (int job = 0; job < jobs; job++)
    if (fork() == 0) {
      write_paced(job, rate / jobs, seconds);
      _exit(0);
    }
  int all = 0;
  for (int status; wait(&status) > 0;) all |= status;
  return all != 0;
}

int main(int words_count, char **words) {
  if (words_count < 4 || chdir(words[1]) < 0) return 2;
  long first = atol(words[3]), second = words_count > 4 ? atol(words[4]) : 0;
  if (strcmp(words[2], "large") == 0) write_large(first);
  else if (strcmp(words[2], "paced") == 0 && words_count == 6) return write_paced_jobs(first, second, atol(words[5]));
  else if (strcmp(words[2], "stamp") == 0) write_stamps(first, second);
  else if (strcmp(words[2], "watch") == 0) watch(first, second);
  else return 2;
  return 0;
}
