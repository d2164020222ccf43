/* SPDX-License-Identifier: MIT
 *
 * soak SECONDS: the rounds of soak_work.c, one after the other in one process. Memory,
 * descriptors and threads must be flat: after a warm-up of a fifth of the time, the least
 * of each in the first half of the rest is compared with the least in the second.
 */
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "soak_work.h"

enum { RESIDENT, ALLOCATED, DESCRIPTORS, THREADS, MEASURES };

/* What may be more at the end. Pages come and go with where blocks lie in the heap; a
 * byte that is allocated and not freed does not. */
static const struct {
  const char *name;
  long more;
} measures[MEASURES] = {{"resident KB", 2048},
                        {"allocated bytes", 0},
                        {"open descriptors", 0},
                        {"threads", 0}};

/* The sanitizers keep what is freed, and have a malloc of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { FIRST_JUDGED = DESCRIPTORS };
#else
enum { FIRST_JUDGED = RESIDENT };
#endif

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A number of /proc/self/status; 0 where there is none. */
static long status_of(const char *name) {
  char line[256];
  long value = 0;
  FILE *file = fopen("/proc/self/status", "r");
  if (file == NULL) return 0;
  while (fgets(line, sizeof line, file) != NULL) {
    size_t length = strlen(name);
    if (strncmp(line, name, length) == 0) value = strtol(line + length, NULL, 10);
  }
  fclose(file);
  return value;
}

static long count_descriptors(void) {
  DIR *dir = opendir("/proc/self/fd");
  long count = 0;
  if (dir == NULL) return 0;
  while (readdir(dir) != NULL) count++;
  closedir(dir);
  return count;
}

/* All arenas are one, see main; so this is all that malloc has given. */
static long allocated(void) {
  struct mallinfo2 info = mallinfo2();
  return (long)(info.uordblks + info.hblkhd);
}

static void measure(long values[MEASURES]) {
  values[RESIDENT] = status_of("VmRSS:");
  values[ALLOCATED] = allocated();
  values[DESCRIPTORS] = count_descriptors();
  values[THREADS] = status_of("Threads:");
}

static void keep_least(long least[MEASURES], const long values[MEASURES], int first) {
  for (int i = 0; i < MEASURES; i++) {
    if (first || values[i] < least[i]) least[i] = values[i];
  }
}

static void tell(double seconds, unsigned rounds, const long values[MEASURES]) {
  printf("%7.0f s  %6u rounds ", seconds, rounds);
  for (int i = 0; i < MEASURES; i++) printf("  %s %ld", measures[i].name, values[i]);
  printf("\n");
  fflush(stdout);
}

static int judge(const long first[MEASURES], const long second[MEASURES]) {
  int grown = 0;
  for (int i = 0; i < MEASURES; i++) {
    int bad = i >= FIRST_JUDGED && second[i] > first[i] + measures[i].more;
    printf("%-17s %10ld, then %10ld%s\n", measures[i].name, first[i], second[i],
           bad ? "  GROWN" : "");
    grown |= bad;
  }
  return grown;
}

/* The parts: warm-up, first half, second half. */
static int run(double seconds) {
  long values[MEASURES], least[3][MEASURES];
  unsigned rounds = 0, counted[3] = {0};
  double begin = now(), told = begin;
  for (double passed = 0; passed < seconds || counted[2] < 3; passed = now() - begin) {
    int part = passed < 0.2 * seconds || rounds < 12 ? 0 : 2;
    if (part == 2 && (passed < 0.6 * seconds || counted[1] < 3)) part = 1;
    if (soak_round(rounds++) != 0) return 1;
    measure(values);
    keep_least(least[part], values, counted[part]++ == 0);
    if (now() - told >= 60 || rounds == 1) {
      tell(passed, rounds, values);
      told = now();
    }
  }
  tell(now() - begin, rounds, values);
  return judge(least[1], least[2]);
}

/* Blocks that are free, but kept for the thread that freed them, would count as taken;
 * that can be said before a program begins only. */
static void begin_without_caches(char *argv[]) {
  static const char name[] = "GLIBC_TUNABLES", value[] = "glibc.malloc.tcache_count=0";
  const char *now_set = getenv(name);
  if (now_set && strcmp(now_set, value) == 0) return;
  if (setenv(name, value, 1) == 0) execv("/proc/self/exe", argv);
}

int main(int argc, char *argv[]) {
  begin_without_caches(argv);
  double seconds = argc == 2 ? strtod(argv[1], NULL) : 0;
  if (!(seconds > 0)) {
    fprintf(stderr, "usage: soak SECONDS\n");
    return 2;
  }
  mallopt(M_ARENA_MAX, 1);
  const char *tmp = getenv("TMPDIR");
  char folder[256];
  snprintf(folder, sizeof folder, "%s/deepblas-soak-XXXXXX", tmp ? tmp : "/tmp");
  if (mkdtemp(folder) == NULL) {
    perror(folder);
    return 2;
  }
  int failed = soak_begin(folder) != 0 || run(seconds) != 0;
  soak_end();
  if (rmdir(folder) != 0) {
    fprintf(stderr, "soak: %s: files are left there\n", folder);
    failed = 1;
  }
  printf("%s\n", failed ? "FAILED" : "flat");
  return failed;
}
