/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "file/npy.h"
#include "file_fixture.h"

/* The bytes that numpy.save writes for these arrays. */
static void writes_what_numpy_writes(void **state) {
  (void)state;
  const float values[] = {1.0f, -2.5f};
  const dpb_shape shape = {.rank = 2, .dim = {1, 2}};
  errno = 77;
  assert_ok(dpb_npy_save_floats(in_folder("a.npy"), &shape, values));
  assert_int_equal(errno, 77);
  uint8_t expected[136], got[200];
  memset(expected, ' ', sizeof expected);
  memcpy(expected, "\x93NUMPY\x01\x00\x76\x00", 10);
  memcpy(expected + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }",
         59);
  expected[127] = '\n';
  memcpy(expected + 128, "\x00\x00\x80\x3f\x00\x00\x20\xc0", 8);
  assert_int_equal(read_file(in_folder("a.npy"), got, sizeof got), 136);
  assert_memory_equal(got, expected, 136);
}

static void writes_bytes(void **state) {
  (void)state;
  const uint8_t values[] = {7, 0, 255};
  const dpb_shape shape = {.rank = 1, .dim = {3}};
  assert_ok(dpb_npy_save_bytes(in_folder("b.npy"), &shape, values));
  uint8_t got[200];
  assert_int_equal(read_file(in_folder("b.npy"), got, sizeof got), 131);
  assert_memory_equal(got + 128, values, 3);
  dpb__npy npy;
  assert_ok(dpb__npy_parse("b", (char *)got + 10, 118, &npy));
  assert_int_equal(npy.kind, 'u');
  assert_int_equal(npy.item, 1);
  assert_int_equal(npy.rank, 1);
  assert_int_equal(npy.dim[0], 3);
}

/* More than one piece of 4096. */
static void writes_long_arrays(void **state) {
  (void)state;
  enum { N = 9000 };
  static float values[N];
  static uint8_t got[4 * N + 200];
  for (int i = 0; i < N; i++) values[i] = (float)i;
  const dpb_shape shape = {.rank = 1, .dim = {N}};
  assert_ok(dpb_npy_save_floats(in_folder("long.npy"), &shape, values));
  assert_int_equal(read_file(in_folder("long.npy"), got, sizeof got), 4 * N + 128);
  for (size_t i = 0; i < N; i++) {
    const uint8_t *b = got + 128 + 4 * i;
    uint32_t bits = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
                    (uint32_t)b[3] << 24;
    float value;
    memcpy(&value, &bits, 4);
    assert_true(value == values[i]);
  }
}

static void largest_header_fits(void **state) {
  (void)state;
  char header[DPB__NPY_HEADER];
  const dpb_shape shape = {.rank = 4,
                           .dim = {2147483647, 2147483647, 2147483647, 2147483647}};
  assert_int_equal(dpb__npy_header("<U4294967295", &shape, header), 128);
  dpb__npy npy;
  assert_fails(dpb__npy_parse("x", header + 10, 118, &npy), DPB_ERR_SIZE,
               "2147483647, 2147483647, 2147483647, 2147483647");
}

static void refuses_bad_arguments(void **state) {
  (void)state;
  const dpb_shape shape = {.rank = 1, .dim = {1}}, none = {.rank = 1, .dim = {0}};
  const float value = 0.0f;
  const char *path = in_folder("x.npy");
  assert_fails(dpb_npy_save_floats(NULL, &shape, &value), DPB_ERR_ARG, "path is NULL");
  assert_fails(dpb_npy_save_floats(path, NULL, &value), DPB_ERR_ARG, "shape is NULL");
  assert_fails(dpb_npy_save_floats(path, &shape, NULL), DPB_ERR_ARG, "values is NULL");
  assert_fails(dpb_npy_save_floats(path, &none, &value), DPB_ERR_SHAPE, "0");
  assert_fails(dpb_npy_save_floats(in_folder("no/x.npy"), &shape, &value),
               DPB_ERR_NOT_FOUND, "no/x.npy");
  assert_int_equal(count_files(), 0);
}

static void numpy_reads_it(void **state) {
  (void)state;
  if (system("/usr/bin/python3 -c 'import numpy' >/dev/null 2>&1") != 0) {
    print_message("skipped: /usr/bin/python3 has no numpy\n");
    skip();
  }
  const float values[] = {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f};
  const dpb_shape shape = {.rank = 3, .dim = {1, 3, 2}};
  assert_ok(dpb_npy_save_floats(in_folder("c.npy"), &shape, values));
  char command[1024];
  snprintf(command, sizeof command,
           "/usr/bin/python3 -c 'import numpy as n; a = n.load(\"%s\"); "
           "assert a.dtype == \"<f4\" and a.shape == (1, 3, 2); "
           "assert a.ravel().tolist() == [1, 2, 3, 4, 5, 6]'",
           in_folder("c.npy"));
  assert_int_equal(system(command), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(writes_what_numpy_writes, remove_files),
      cmocka_unit_test_teardown(writes_bytes, remove_files),
      cmocka_unit_test_teardown(writes_long_arrays, remove_files),
      cmocka_unit_test_teardown(largest_header_fits, remove_files),
      cmocka_unit_test_teardown(refuses_bad_arguments, remove_files),
      cmocka_unit_test_teardown(numpy_reads_it, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
