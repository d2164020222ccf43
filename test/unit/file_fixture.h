/* SPDX-License-Identifier: MIT
 *
 * Files for the tests of file/ and data/: a temporary folder of the test's own, bytes in
 * and out, gzip.
 */
#ifndef TEST_FILE_FIXTURE_H
#define TEST_FILE_FIXTURE_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include <deepblas/deepblas.h>

/* Fails the test unless the last message holds text. */
#ifndef assert_message
#define assert_message(text)                                                             \
  do {                                                                                   \
    if (!strstr(dpb_error_message(), (text)))                                            \
      fail_msg("message '%s' does not hold '%s'", dpb_error_message(), (text));          \
  } while (0)
#endif

/* call must give status, and a message that holds text. */
#define assert_fails(call, status, text)                                                 \
  do {                                                                                   \
    assert_string_equal(dpb_status_name(call), dpb_status_name(status));                 \
    assert_message(text);                                                                \
  } while (0)

/* call must succeed; else its message is shown. */
#define assert_ok(call)                                                                  \
  do {                                                                                   \
    if ((call) != DPB_OK) fail_msg("%s: %s", #call, dpb_error_message());                \
  } while (0)

static char file_folder[256];

/* For cmocka_run_group_tests: makes and removes the folder. */
static inline int make_folder(void **state) {
  (void)state;
  const char *tmp = getenv("TMPDIR");
  snprintf(file_folder, sizeof file_folder, "%s/deepblas-XXXXXX", tmp ? tmp : "/tmp");
  return mkdtemp(file_folder) == NULL;
}

/* Path of name in the folder; one of four buffers that take turns. */
static inline const char *in_folder(const char *name) {
  static char paths[4][512];
  static int turn;
  turn = (turn + 1) % 4;
  snprintf(paths[turn], sizeof paths[turn], "%s/%s", file_folder, name);
  return paths[turn];
}

/* Number of entries in the folder. */
static inline int count_files(void) {
  DIR *dir = opendir(file_folder);
  assert_non_null(dir);
  int count = -2; /* . and .. */
  while (readdir(dir) != NULL) count++;
  closedir(dir);
  return count;
}

static inline int remove_files(void **state) {
  (void)state;
  DIR *dir = opendir(file_folder);
  if (dir == NULL) return 1;
  for (struct dirent *e; (e = readdir(dir)) != NULL;) {
    if (e->d_name[0] == '.') continue;
    const char *path = in_folder(e->d_name);
    if (unlink(path) != 0) rmdir(path);
  }
  return closedir(dir);
}

static inline int remove_folder(void **state) {
  return remove_files(state) != 0 || rmdir(file_folder) != 0;
}

static inline void write_file(const char *path, const void *bytes, size_t size) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, size, f), size);
  assert_int_equal(fclose(f), 0);
}

/* At most capacity bytes of a file; returns how many. */
static inline size_t read_file(const char *path, void *bytes, size_t capacity) {
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  size_t size = fread(bytes, 1, capacity, f);
  fclose(f);
  return size;
}

/* A gzip member in out; returns its size. */
static inline size_t gzip_bytes(const void *bytes, size_t size, uint8_t *out,
                                size_t capacity) {
  z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes,
                .avail_in = (uInt)size,
                .next_out = out,
                .avail_out = (uInt)capacity};
  assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
  assert_int_equal(deflateEnd(&z), Z_OK);
  return capacity - z.avail_out;
}

/* The folder of shared test data, or NULL where it does not have that file; says so. */
static inline const char *shared_with(const char *file) {
  const char *folder = getenv("DEEPBLAS_SHARED");
#ifdef DEEPBLAS_SHARED
  if (folder == NULL) folder = DEEPBLAS_SHARED;
#endif
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "DEEPBLAS_SHARED", file);
  if (access(path, R_OK) == 0) return folder;
  print_message("skipped: no %s\n", path);
  return NULL;
}

#endif
