/* SPDX-License-Identifier: MIT
 *
 * An archive whose reads come a few bytes at a time, as libzip may give them: this
 * program's zip_fread stands in front of libzip's.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <string.h>
#include <zip.h>

#include "array_fixture.h"

static zip_uint64_t most = UINT64_MAX;
static int calls;

zip_int64_t zip_fread(zip_file_t *file, void *bytes, zip_uint64_t count) {
  union {
    void *object;
    zip_int64_t (*function)(zip_file_t *, void *, zip_uint64_t);
  } real = {.object = dlsym(RTLD_NEXT, "zip_fread")};
  assert_non_null(real.object);
  calls++;
  return real.function(file, bytes, count < most ? count : most);
}

enum { COUNT = 1000 };

static void write_archive(const char *path, const float *values, const int64_t *labels) {
  dpb_npz_writer *w;
  assert_ok(dpb_npz_writer_open(path, 1, &w));
  assert_ok(dpb_npz_write_floats(w, "x", &(dpb_shape){1, {COUNT}}, values));
  assert_ok(dpb_npz_write_ints(w, "y", &(dpb_shape){1, {COUNT}}, labels));
  assert_ok(dpb_npz_write_text(w, "text", "words that are longer than a read"));
  assert_ok(dpb_npz_writer_close(w));
}

static void short_reads_are_put_together(void **state) {
  (void)state;
  static float values[COUNT], floats[COUNT];
  static int64_t labels[COUNT], ints[COUNT];
  const char *path = in_folder("short.npz");
  for (int i = 0; i < COUNT; i++) values[i] = (float)i * 0.37f - 5.0f;
  for (int i = 0; i < COUNT; i++) labels[i] = (int64_t)i * i - 300;
  write_archive(path, values, labels);
  for (most = 7; most < 20000; most *= 13) {
    dpb_npz *npz;
    char text[64];
    size_t length = 0;
    calls = 0;
    assert_ok(dpb_npz_open(path, &npz));
    assert_ok(dpb_npz_read_floats(npz, "x", floats, COUNT));
    assert_memory_equal(floats, values, sizeof values);
    assert_ok(dpb_npz_read_ints(npz, "y", ints, COUNT));
    assert_memory_equal(ints, labels, sizeof labels);
    assert_ok(dpb_npz_read_text(npz, "text", text, sizeof text, &length));
    assert_string_equal(text, "words that are longer than a read");
    dpb_npz_close(npz);
    if (most == 7) assert_in_range(calls, (COUNT * 12) / 7, COUNT * 12);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(short_reads_are_put_together, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
