/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "file_fixture.h"

static dpb_npz *open_data(const char *name) {
  char path[512];
  snprintf(path, sizeof path, "%s/test/data/%s", DEEPBLAS_SOURCE_DIR, name);
  dpb_npz *npz;
  assert_ok(dpb_npz_open(path, &npz));
  return npz;
}

static void assert_shape(dpb_npz *npz, const char *name, const char *expected) {
  dpb_shape shape;
  char text[64];
  assert_ok(dpb_npz_shape(npz, name, &shape));
  dpb_shape_text(&shape, text, sizeof text);
  assert_string_equal(text, expected);
}

static void assert_ints(dpb_npz *npz, const char *name, int64_t a, int64_t b) {
  int64_t got[2];
  assert_ok(dpb_npz_read_ints(npz, name, got, 2));
  if (got[0] != a || got[1] != b) {
    fail_msg("%s: %lld %lld", name, (long long)got[0], (long long)got[1]);
  }
}

/* numpy.savez: stored. */
static void reads_savez(void **state) {
  (void)state;
  dpb_npz *npz = open_data("numpy_savez.npz");
  assert_int_equal(dpb_npz_count(npz), 2);
  assert_shape(npz, "W1", "(2, 3)");
  assert_shape(npz, "b1", "(3)");
  float w[6], b[3];
  errno = 77;
  assert_ok(dpb_npz_read_floats(npz, "W1", w, 6));
  assert_ok(dpb_npz_read_floats(npz, "b1", b, 3));
  for (int i = 0; i < 6; i++) assert_true(w[i] == (float)i / 4.0f);
  assert_true(b[0] == 1.5f && b[1] == -2.5f && b[2] == 0.0f);

  assert_fails(dpb_npz_read_floats(npz, "W1", w, 5), DPB_ERR_SHAPE,
               "W1: shape (2, 3) has 6 numbers, not 5");
  assert_fails(dpb_npz_read_floats(npz, "W2", w, 6), DPB_ERR_NOT_FOUND,
               "numpy_savez.npz: there is no array W2");
  dpb_shape shape;
  assert_fails(dpb_npz_shape(npz, "W2", &shape), DPB_ERR_NOT_FOUND, "no array W2");
  assert_fails(dpb_npz_shape(npz, "W1", NULL), DPB_ERR_ARG, "NULL");
  assert_fails(dpb_npz_shape(npz, NULL, &shape), DPB_ERR_ARG, "name is NULL");
  assert_fails(dpb_npz_shape(NULL, "W1", &shape), DPB_ERR_ARG, "npz is NULL");
  assert_fails(dpb_npz_read_floats(npz, "W1", NULL, 6), DPB_ERR_ARG, "values is NULL");
  assert_int_equal(errno, 77);
  dpb_npz_close(npz);
}

static void reads_every_float(void **state) {
  (void)state;
  dpb_npz *npz = open_data("numpy_compressed.npz");
  float f[24];
  assert_ok(dpb_npz_read_floats(npz, "f2", f, 5));
  assert_true(f[0] == 1.0f && f[1] == -2.0f && f[2] == 65504.0f);
  assert_true(f[3] == 0x1p-24f && isinf(f[4]));
  assert_ok(dpb_npz_read_floats(npz, "f4", f, 3));
  assert_true(f[0] == 0.1f && f[1] == 0.0f && signbit(f[1]) && f[2] == 3.4028235e38f);
  assert_shape(npz, "f8", "(2, 3)");
  assert_ok(dpb_npz_read_floats(npz, "f8", f, 6));
  for (int i = 0; i < 6; i++) assert_true(f[i] == (float)(i / 3.0));
  assert_shape(npz, "f8cube", "(2, 3, 4)");
  assert_ok(dpb_npz_read_floats(npz, "f8cube", f, 24));
  for (int i = 0; i < 24; i++) assert_true(f[i] == (float)i);
  assert_shape(npz, "single", "()");
  assert_ok(dpb_npz_read_floats(npz, "single", f, 1));
  assert_true(f[0] == 2.5f);
  dpb_npz_close(npz);
}

static void reads_every_integer(void **state) {
  (void)state;
  dpb_npz *npz = open_data("numpy_compressed.npz");
  assert_ints(npz, "i1", -128, 127);
  assert_ints(npz, "i2", -32768, 32767);
  assert_ints(npz, "i4", INT32_MIN, INT32_MAX);
  assert_ints(npz, "i8", INT64_MIN, INT64_MAX);
  assert_ints(npz, "u1", 0, 255);
  assert_ints(npz, "u2", 0, 65535);
  assert_ints(npz, "u4", 0, UINT32_MAX);
  assert_ints(npz, "b1", 1, 0);
  int64_t got[2];
  float f[2];
  assert_fails(dpb_npz_read_ints(npz, "u8", got, 2), DPB_ERR_DATA, "u8: number 1 is 1.8");
  assert_ok(dpb_npz_read_floats(npz, "u8", f, 2));
  assert_true(f[1] == 0x1p64f);
  assert_fails(dpb_npz_read_ints(npz, "single", got, 1), DPB_ERR_DATA, "is 2.5");
  assert_ok(dpb_npz_read_ints(npz, "a/b c", got, 1));
  assert_int_equal(got[0], 7);
  dpb_npz_close(npz);
}

static void reads_odd_shapes(void **state) {
  (void)state;
  dpb_npz *npz = open_data("numpy_compressed.npz");
  float f[2];
  dpb_shape shape;
  assert_shape(npz, "none", "(0, 4)");
  assert_ok(dpb_npz_read_floats(npz, "none", f, 0));
  assert_fails(dpb_npz_shape(npz, "rank5", &shape), DPB_ERR_SHAPE,
               "rank5: shape (1, 1, 1, 1, 2) has 5 dimensions");
  assert_ok(dpb_npz_read_floats(npz, "rank5", f, 2));
  assert_true(f[0] == 0.0f && f[1] == 1.0f);
  dpb_npz_close(npz);
}

static void refuses_other_dtypes(void **state) {
  (void)state;
  dpb_npz *npz = open_data("numpy_compressed.npz");
  float f[2];
  assert_fails(dpb_npz_read_floats(npz, "bytes_", f, 1), DPB_ERR_UNSUPPORTED,
               "bytes_: dtype '|S3' is not supported");
  assert_fails(dpb_npz_read_floats(npz, "complex_", f, 1), DPB_ERR_UNSUPPORTED, "<c16");
  assert_fails(dpb_npz_read_floats(npz, "record", f, 2), DPB_ERR_UNSUPPORTED,
               "structured");
  assert_fails(dpb_npz_read_floats(npz, "text", f, 1), DPB_ERR_UNSUPPORTED, "is text");
  dpb_npz_close(npz);
}

static void reads_text(void **state) {
  (void)state;
  dpb_npz *npz = open_data("numpy_compressed.npz");
  const char *whole = "a\xc3\xb1\xe6\x95\xb0\xf0\x9f\x98\x80"; /* 1, 2, 3, 4 bytes */
  char text[16];
  size_t length = 99;
  assert_ok(dpb_npz_read_text(npz, "text", text, sizeof text, &length));
  assert_string_equal(text, whole);
  assert_int_equal(length, 10);
  assert_ok(dpb_npz_read_text(npz, "text", text, 11, NULL));
  assert_string_equal(text, whole);
  /* cut between characters, never inside one */
  static const size_t kept[] = {0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6};
  for (size_t capacity = 1; capacity <= 10; capacity++) {
    assert_ok(dpb_npz_read_text(npz, "text", text, capacity, &length));
    assert_int_equal(strlen(text), kept[capacity]);
    assert_memory_equal(text, whole, kept[capacity]);
    assert_int_equal(length, 10);
  }
  assert_ok(dpb_npz_read_text(npz, "text", NULL, 0, &length));
  assert_int_equal(length, 10);
  assert_ok(dpb_npz_read_text(npz, "big_text", text, sizeof text, &length));
  assert_string_equal(text, "xy");
  assert_ok(dpb_npz_read_text(npz, "no_text", text, sizeof text, &length));
  assert_string_equal(text, "");
  assert_int_equal(length, 0);
  assert_fails(dpb_npz_read_text(npz, "texts", text, sizeof text, &length), DPB_ERR_SHAPE,
               "texts: is not a single text");
  assert_fails(dpb_npz_read_text(npz, "f4", text, sizeof text, &length), DPB_ERR_SHAPE,
               "f4: is not a single text");
  dpb_npz_close(npz);
}

/* The book's weights and trajectories, written by NumPy. */
static void reads_the_oracle(void **state) {
  (void)state;
  const char *shared = shared_with("oracle/book_three_layer.npz");
  if (shared == NULL) skip();
  static const char *const files[] = {"book_three_layer", "book_simple_convnet",
                                      "trajectories_two_layer",
                                      "trajectories_simple_convnet"};
  static float values[4000000];
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    char path[512];
    snprintf(path, sizeof path, "%s/oracle/%s.npz", shared, files[i]);
    dpb_npz *npz;
    assert_ok(dpb_npz_open(path, &npz));
    assert_true(dpb_npz_count(npz) >= 6);
    for (int k = 0; k < dpb_npz_count(npz); k++) {
      dpb_shape shape;
      size_t count;
      assert_ok(dpb_npz_shape(npz, dpb_npz_name(npz, k), &shape));
      assert_ok(dpb_shape_count(&shape, &count));
      assert_in_range(count, 1, sizeof values / sizeof values[0]);
      assert_ok(dpb_npz_read_floats(npz, dpb_npz_name(npz, k), values, count));
      for (size_t j = 0; j < count; j++) assert_true(isfinite(values[j]));
    }
    if (i == 0) assert_shape(npz, "W1", "(784, 50)");
    if (i == 1) assert_shape(npz, "W1", "(30, 1, 5, 5)");
    dpb_npz_close(npz);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_savez),         cmocka_unit_test(reads_every_float),
      cmocka_unit_test(reads_every_integer), cmocka_unit_test(reads_odd_shapes),
      cmocka_unit_test(reads_text),          cmocka_unit_test(refuses_other_dtypes),
      cmocka_unit_test(reads_the_oracle),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
