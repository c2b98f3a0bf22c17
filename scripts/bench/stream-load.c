// What a program does to files, over and over, in a folder: the load of scripts/bench-stream.ts.
//
//   stream-load FOLDER write BYTES COUNT JOBS    each job writes COUNT pieces of BYTES to a file of its own, within 16 MiB
//   stream-load FOLDER create COUNT              makes files, writes 100 bytes to each, closes them
//   stream-load FOLDER unlink COUNT              removes them
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  _exit(1);
}

static void write_pieces(int job, size_t bytes, long count) {
  char name[32];
  snprintf(name, sizeof name, "job-%d", job);
  int file = open(name, O_CREAT | O_RDWR, 0600);
  if (file < 0) fail(name);
  char *piece = malloc(bytes);
  memset(piece, 'a' + job, bytes);
  long places = (16 << 20) / bytes;
  for (long index = 0; index < count; index++) {
    memcpy(piece, &index, sizeof index);
    if (pwrite(file, piece, bytes, (index % places) * bytes) != (ssize_t)bytes) fail("write");
  }
  close(file);
}

static void each_file(int is_creating, long count) {
  char text[100];
  memset(text, 't', sizeof text);
  for (long index = 0; index < count; index++) {
    char name[32];
    snprintf(name, sizeof name, "file-%ld", index);
    if (!is_creating) {
      if (unlink(name) < 0) fail("unlink");
      continue;
    }
    int file = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (file < 0) fail(name);
    if (write(file, text, sizeof text) != sizeof text) fail("write");
    if (close(file) < 0) fail("close");
  }
}

int main(int words_count, char **words) {
  if (words_count < 4 || chdir(words[1]) < 0) return 2;
  if (strcmp(words[2], "write") != 0) {
    each_file(strcmp(words[2], "create") == 0, atol(words[3]));
    return 0;
  }
  int jobs = atoi(words[5]);
  for (int job = 0; job < jobs; job++)
    if (fork() == 0) {
      write_pieces(job, atol(words[3]), atol(words[4]));
      _exit(0);
    }
  int all = 0;
  for (int status; wait(&status) > 0;) all |= status;
  return all != 0;
}
