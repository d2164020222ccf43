/* SPDX-License-Identifier: MIT
 *
 * Files in memory for the targets, and an eye on the memory that an input takes.
 */
#include "fuzz.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#endif

void fuzz_broken(const char *what, const char *file, int line) {
  fprintf(stderr, "%s:%d: broken: %s\n", file, line, what);
  abort();
}

/* -- memory */

static atomic_size_t live, most;
static size_t before, allowed; /* 0: between inputs */

#ifdef WATCHED
/* Of sanitizer/allocator_interface.h, which gcc leaves out. */
size_t __sanitizer_get_allocated_size(const volatile void *memory);
void __sanitizer_malloc_hook(const volatile void *memory, size_t size);
void __sanitizer_free_hook(const volatile void *memory);

static void too_much(size_t size) {
  char line[120];
  const int length =
      snprintf(line, sizeof line,
               "fuzz: ERROR: the input takes more than %zu bytes (%zu)\n", allowed, size);
  allowed = 0;
  if (write(STDERR_FILENO, line, (size_t)length) < 0) abort();
  abort();
}

void __sanitizer_malloc_hook(const volatile void *memory, size_t size) {
  (void)memory;
  const size_t now = atomic_fetch_add(&live, size) + size;
  if (allowed == 0 || now < before) return;
  if (now - before > atomic_load(&most)) atomic_store(&most, now - before);
  if (now - before > allowed) too_much(now - before);
}

void __sanitizer_free_hook(const volatile void *memory) {
  if (memory == NULL) return;
  atomic_fetch_sub(&live, __sanitizer_get_allocated_size(memory));
}
#endif

/* -- time: the processor's, so that a busy machine makes no findings */

/* Sanitizers of an unoptimised build take their time. */
#if defined(WATCHED) && !defined(__OPTIMIZE__)
#define MOST_SECONDS 5.0
#else
#define MOST_SECONDS 1.0
#endif

static struct timespec begun;
static double slowest;

static double seconds_since(const struct timespec *begin) {
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)(now.tv_sec - begin->tv_sec) +
         1e-9 * (double)(now.tv_nsec - begin->tv_nsec);
}

void fuzz_begin(size_t size) {
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
  before = atomic_load(&live);
  allowed = FUZZ_MEMORY + size;
}

void fuzz_end(void) {
  allowed = 0;
  const double seconds = seconds_since(&begun);
  if (seconds > slowest) slowest = seconds;
  if (seconds <= MOST_SECONDS) return;
  fprintf(stderr, "fuzz: ERROR: the input takes %.1f seconds of the processor\n",
          seconds);
  abort();
}

size_t fuzz_most_memory(void) {
  return atomic_load(&most);
}

double fuzz_slowest(void) {
  return slowest;
}

/* -- files */

enum { SLOTS = 4 };

static int open_unnamed(void) {
  const char *const folders[] = {"/dev/shm", "/tmp", "."};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    char path[64];
    snprintf(path, sizeof path, "%s/deepblas-fuzz-XXXXXX", folders[i]);
    const int fd = mkstemp(path);
    if (fd < 0) continue;
    unlink(path);
    return fd;
  }
  fuzz_broken("a temporary file can be made", __FILE__, __LINE__);
  return -1;
}

const char *fuzz_file(int slot, const uint8_t *bytes, size_t size) {
  static int fds[SLOTS] = {-1, -1, -1, -1};
  static char paths[SLOTS][32];
  if (fds[slot] < 0) {
    fds[slot] = open_unnamed();
    snprintf(paths[slot], sizeof paths[slot], "/proc/self/fd/%d", fds[slot]);
  }
  FUZZ_EXPECT(ftruncate(fds[slot], 0) == 0);
  for (size_t done = 0; done < size;) {
    const ssize_t some = pwrite(fds[slot], bytes + done, size - done, (off_t)done);
    FUZZ_EXPECT(some > 0);
    done += (size_t)some;
  }
  return paths[slot];
}

char *fuzz_text(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  FUZZ_EXPECT(text != NULL);
  if (size > 0) memcpy(text, data, size);
  text[size] = '\0';
  return text;
}
