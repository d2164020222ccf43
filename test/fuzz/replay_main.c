/* SPDX-License-Identifier: MIT
 *
 * The targets without libFuzzer: each file of the folders and files that are named goes
 * to the target, then some mutations of it, the same in every run. What is wrong ends the
 * program; then it says which file it was.
 */
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

enum { MUTATIONS = 24, ROOM = 1 << 16 };

#pragma weak LLVMFuzzerCustomMutator

static uint32_t state = 1;
static const char *last = ""; /* file */

static void tell(int signal_number) {
  static const char before[] = "\nwith ";
  if (write(STDERR_FILENO, before, sizeof before - 1) > 0 &&
      write(STDERR_FILENO, last, strlen(last)) > 0 && write(STDERR_FILENO, "\n", 1) > 0)
    signal(signal_number, SIG_DFL);
  raise(signal_number);
}

static uint32_t draw(uint32_t below) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % below;
}

/* A byte, a bit, a run: changed, inserted, taken out, doubled. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) {
  static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, ',', '\n', '"', '9', '-'};
  const size_t at = size > 0 ? draw((uint32_t)size) : 0;
  size_t run = 1 + draw(8);
  if (run > size - at) run = size - at;
  switch (draw(size > 0 ? 5 : 1)) {
  case 0:
    if (size == max_size) return size;
    memmove(data + at + 1, data + at, size - at);
    data[at] = (uint8_t)draw(256);
    return size + 1;
  case 1:
    data[at] ^= (uint8_t)(1u << draw(8));
    return size;
  case 2:
    data[at] = telling[draw(sizeof telling)];
    return size;
  case 3:
    memmove(data + at, data + at + run, size - at - run);
    return size - run;
  default:
    if (size + run > max_size) return size;
    memmove(data + at + run, data + at, size - at);
    return size + run;
  }
}

/* A copy of just that size: reading beyond it is seen. */
static void give(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size > 0 ? size : 1);
  FUZZ_EXPECT(copy != NULL);
  if (size > 0) memcpy(copy, data, size);
  LLVMFuzzerTestOneInput(copy, size);
  free(copy);
}

static void replay_file(const char *path) {
  static uint8_t data[2 * ROOM];
  FILE *file = fopen(path, "rb");
  FUZZ_EXPECT(file != NULL);
  const size_t size = fread(data, 1, sizeof data, file);
  fclose(file);
  last = path;
  give(data, size);
  state = 1;
  for (int i = 1; i <= MUTATIONS && size <= ROOM; i++) {
    static uint8_t changed[2 * ROOM];
    memcpy(changed, data, size);
    size_t length = size;
    for (uint32_t times = 1 + draw(3); times > 0; times--)
      length = LLVMFuzzerCustomMutator
                   ? LLVMFuzzerCustomMutator(changed, length, ROOM, draw(1u << 30))
                   : LLVMFuzzerMutate(changed, length, ROOM);
    give(changed, length);
  }
}

static int replay(const char *path, int *count) {
  struct stat info;
  if (stat(path, &info) != 0) {
    fprintf(stderr, "%s is not there\n", path);
    return 1;
  }
  if (!S_ISDIR(info.st_mode)) {
    ++*count;
    replay_file(path);
    return 0;
  }
  struct dirent **entries = NULL;
  const int found = scandir(path, &entries, NULL, alphasort);
  int failed = found < 0;
  for (int i = 0; i < found; i++) {
    char below[4096];
    snprintf(below, sizeof below, "%s/%s", path, entries[i]->d_name);
    if (entries[i]->d_name[0] != '.') failed |= replay(below, count);
    free(entries[i]);
  }
  free(entries);
  return failed;
}

int main(int argc, char **argv) {
  int count = 0, failed = 0;
  signal(SIGABRT, tell);
  for (int i = 1; i < argc; i++) failed |= replay(argv[i], &count);
  printf("%d files, each and %d mutations of it; at most %.3f s", count, MUTATIONS,
         fuzz_slowest());
  if (fuzz_most_memory() > 0) printf(", %zu bytes", fuzz_most_memory());
  printf("\n");
  return failed || count == 0;
}
