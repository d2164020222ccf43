/* SPDX-License-Identifier: MIT
 *
 * The functions that the linker puts in front of the system's.
 */
#include "counted_memory.h"
#include "faulty_files.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zip.h>
#include <zlib.h>

/* name = the function in front, real = the system's own. Both are the linker's. */
#define WRAP(type, name, parameters)                                                     \
  type __real_##name parameters;                                                         \
  type __wrap_##name parameters;                                                         \
  type __wrap_##name parameters

static atomic_bool counting;
static atomic_long requests, releases, failed, held;
static atomic_size_t asked_bytes;
static long fail_at;
static bool fail_rest;

void memory_count(long fail, bool rest) {
  fail_at = fail;
  fail_rest = rest;
  requests = releases = failed = held = 0;
  asked_bytes = 0;
  counting = true;
}

memory_report memory_stop(void) {
  counting = false;
  return (memory_report){requests, releases, failed, held, asked_bytes};
}

static bool paused;

void memory_pause(void) {
  paused = atomic_exchange(&counting, false);
}

void memory_resume(void) {
  counting = paused;
}

/* One more request; true when it is to fail. */
static bool refuse(void) {
  if (!counting) return false;
  long number = atomic_fetch_add(&requests, 1) + 1;
  if (fail_at == 0 || (fail_rest ? number < fail_at : number != fail_at)) return false;
  atomic_fetch_add(&failed, 1);
  return true;
}

static void *hold(void *memory) {
  if (counting && memory) atomic_fetch_add(&held, 1);
  return memory;
}

static void *hold_bytes(void *memory, size_t size) {
  if (counting && memory) atomic_fetch_add(&asked_bytes, size);
  return hold(memory);
}

static void *no_memory(void) {
  errno = ENOMEM;
  return NULL;
}

WRAP(void *, malloc, (size_t size)) {
  return refuse() ? no_memory() : hold_bytes(__real_malloc(size), size);
}

WRAP(void *, calloc, (size_t count, size_t size)) {
  return refuse() ? no_memory() : hold_bytes(__real_calloc(count, size), count * size);
}

WRAP(void *, realloc, (void *memory, size_t size)) {
  if (refuse()) return no_memory();
  void *moved = __real_realloc(memory, size);
  return memory ? moved : hold(moved);
}

WRAP(void *, aligned_alloc, (size_t alignment, size_t size)) {
  return refuse() ? no_memory() : hold_bytes(__real_aligned_alloc(alignment, size), size);
}

WRAP(int, posix_memalign, (void **memory, size_t alignment, size_t size)) {
  if (refuse()) return ENOMEM;
  int failure = __real_posix_memalign(memory, alignment, size);
  if (failure == 0) hold_bytes(*memory, size);
  return failure;
}

WRAP(char *, strdup, (const char *text)) {
  return refuse() ? no_memory() : hold(__real_strdup(text));
}

WRAP(char *, realpath, (const char *path, char *resolved)) {
  if (fault_hits("realpath", true)) return NULL;
  if (resolved) return __real_realpath(path, resolved);
  return refuse() ? no_memory() : hold(__real_realpath(path, NULL));
}

WRAP(void, free, (void *memory)) {
  if (counting && memory) {
    atomic_fetch_add(&releases, 1);
    atomic_fetch_sub(&held, 1);
  }
  __real_free(memory);
}

WRAP(DIR *, opendir, (const char *path)) {
  if (fault_hits("opendir", false)) return NULL;
  DIR *folder = refuse() ? no_memory() : __real_opendir(path);
  if (folder) fault_folder_opened();
  return folder;
}

WRAP(int, pthread_create,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *),
      void *arg)) {
  return refuse() ? EAGAIN : __real_pthread_create(thread, attributes, run, arg);
}

WRAP(int, inflateInit2_, (z_stream * stream, int bits, const char *version, int size)) {
  return refuse() ? Z_MEM_ERROR : __real_inflateInit2_(stream, bits, version, size);
}

/* libzip says no by an error of its own. */
static void *no_zip_memory(zip_error_t *error) {
  zip_error_set(error, ZIP_ER_MEMORY, 0);
  return NULL;
}

WRAP(zip_source_t *, zip_source_function_create,
     (zip_source_callback answer, void *user, zip_error_t *error)) {
  return refuse() ? no_zip_memory(error)
                  : __real_zip_source_function_create(answer, user, error);
}

WRAP(zip_file_t *, zip_fopen_index,
     (zip_t * zip, zip_uint64_t index, zip_flags_t flags)) {
  return refuse() ? no_zip_memory(zip_get_error(zip))
                  : __real_zip_fopen_index(zip, index, flags);
}

WRAP(zip_source_t *, zip_source_buffer_create,
     (const void *bytes, zip_uint64_t count, int owned, zip_error_t *error)) {
  return refuse() ? no_zip_memory(error)
                  : __real_zip_source_buffer_create(bytes, count, owned, error);
}

WRAP(zip_source_t *, zip_source_buffer,
     (zip_t * zip, const void *bytes, zip_uint64_t count, int owned)) {
  return refuse() ? no_zip_memory(zip_get_error(zip))
                  : __real_zip_source_buffer(zip, bytes, count, owned);
}

WRAP(zip_t *, zip_open_from_source,
     (zip_source_t * source, int flags, zip_error_t *error)) {
  return refuse() ? no_zip_memory(error)
                  : __real_zip_open_from_source(source, flags, error);
}

WRAP(zip_int64_t, zip_file_add,
     (zip_t * zip, const char *name, zip_source_t *source, zip_flags_t flags)) {
  if (!refuse()) return __real_zip_file_add(zip, name, source, flags);
  no_zip_memory(zip_get_error(zip));
  return -1;
}

WRAP(int, zip_close, (zip_t * zip)) {
  if (!refuse()) return __real_zip_close(zip);
  no_zip_memory(zip_get_error(zip));
  return -1;
}
