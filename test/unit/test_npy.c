/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file/npy.h"
#include "file_fixture.h"

static dpb_status parse(const char *text, dpb__npy *npy) {
  return dpb__npy_parse("W1", text, strlen(text), npy);
}

static dpb__npy parse_ok(const char *text) {
  dpb__npy npy;
  assert_ok(parse(text, &npy));
  return npy;
}

static void reads_header(void **state) {
  (void)state;
  dpb__npy n =
      parse_ok("{'descr': '<f4', 'fortran_order': False, 'shape': (50000, 784), }   \n");
  assert_int_equal(n.kind, 'f');
  assert_false(n.big_endian);
  assert_false(n.fortran);
  assert_int_equal(n.rank, 2);
  assert_int_equal(n.dim[0], 50000);
  assert_int_equal(n.dim[1], 784);
  assert_int_equal(n.item, 4);
  assert_int_equal(n.count, 50000 * 784);
  assert_int_equal(n.bytes, 50000 * 784 * 4);

  n = parse_ok("{\"shape\":(3L,),\"fortran_order\":True,\"descr\":\">u8\"}");
  assert_int_equal(n.kind, 'u');
  assert_true(n.big_endian);
  assert_true(n.fortran);
  assert_int_equal(n.rank, 1);
  assert_int_equal(n.bytes, 24);

  n = parse_ok("{'descr': '|b1', 'fortran_order': False, 'shape': ()}");
  assert_int_equal(n.rank, 0);
  assert_int_equal(n.count, 1);

  n = parse_ok("{'descr': '<U30', 'fortran_order': False, 'shape': ()}");
  assert_int_equal(n.kind, 'U');
  assert_int_equal(n.item, 120);

  n = parse_ok("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 0, 5)}");
  assert_int_equal(n.count, 0);
  assert_int_equal(n.bytes, 0);
}

static void refuses_malformed_header(void **state) {
  (void)state;
  static const char *const bad[] = {
      "",
      "{",
      "{}",
      "{'descr': '<f4', 'fortran_order': False}",
      "{'descr': '<f4', 'shape': (2,)}",
      "{'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,,3)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
      "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}",
      "{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4\\'', 'fortran_order': False, 'shape': (2,)}",
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    dpb__npy npy;
    if (parse(bad[i], &npy) != DPB_ERR_FORMAT) fail_msg("accepted: %s", bad[i]);
    assert_message("W1: malformed .npy header at character");
  }
}

static void refuses_truncated_header(void **state) {
  (void)state;
  const char *whole = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}";
  for (size_t length = 0; length < strlen(whole); length++) {
    char *exact = malloc(length + 1); /* so that reading behind the end is seen */
    memcpy(exact, whole, length);
    dpb__npy npy;
    char *text = realloc(exact, length ? length : 1);
    assert_int_equal(dpb__npy_parse("W1", text, length, &npy), DPB_ERR_FORMAT);
    free(text);
  }
}

static void refuses_other_dtypes(void **state) {
  (void)state;
  static const char *const bad[] = {"|O",  "|S5",  "<c8",  "<f16", "<f3", "<i3",
                                    "<u0", "<M8",  "f4",   "=f4",  "<f",  "|f4",
                                    "|i2", "<f4x", "<f-4", "",     "<b2", "<V8"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    char text[128], dtype[32];
    snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (2,)}",
             bad[i]);
    snprintf(dtype, sizeof dtype, "W1: dtype '%s' is not supported", bad[i]);
    dpb__npy npy;
    assert_fails(parse(text, &npy), DPB_ERR_UNSUPPORTED, dtype);
  }
  dpb__npy npy;
  assert_fails(
      parse("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,), }", &npy),
      DPB_ERR_UNSUPPORTED, "structured arrays");
}

static void refuses_huge_shapes(void **state) {
  (void)state;
  dpb__npy npy;
  const char *huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (%s)}";
  static const char *const dims[] = {"4294967296, 4294967296", "4294967296, 4294967295",
                                     "2305843009213693952,", "4294967296, 4294967296, 0",
                                     "0, 18446744073709551615, 18446744073709551615"};
  for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++) {
    char text[160];
    snprintf(text, sizeof text, huge, dims[i]);
    assert_fails(parse(text, &npy), DPB_ERR_SIZE, "is too large");
  }
  /* 33 dimensions are one more than NumPy knows */
  char text[256] = "{'descr': '|u1', 'fortran_order': False, 'shape': (";
  for (int i = 0; i < 33; i++) strcat(text, "1,");
  strcat(text, ")}");
  assert_int_equal(parse(text, &npy), DPB_ERR_FORMAT);
  char *end = strstr(text, "1,)");
  strcpy(end, ")}");
  assert_ok(parse(text, &npy));
  assert_int_equal(npy.rank, 32);
}

static void turns_into_shape(void **state) {
  (void)state;
  dpb__npy n =
      parse_ok("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0, 4, 5)}");
  dpb_shape shape;
  assert_ok(dpb__npy_shape("W1", &n, &shape));
  assert_int_equal(shape.rank, 4);
  assert_int_equal(shape.dim[0], 2);
  assert_int_equal(shape.dim[1], 0);
  assert_int_equal(shape.dim[3], 5);
  n = parse_ok("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 2)}");
  assert_fails(dpb__npy_shape("W1", &n, &shape), DPB_ERR_SHAPE,
               "shape (1, 1, 1, 1, 2) has 5 dimensions, at most 4");
  n = parse_ok("{'descr': '|u1', 'fortran_order': False, 'shape': (2147483648,)}");
  assert_fails(dpb__npy_shape("W1", &n, &shape), DPB_ERR_SIZE, "(2147483648,)");
}

static void writes_shape_text(void **state) {
  (void)state;
  char text[16];
  dpb__npy npy = {.rank = 0};
  dpb__npy_shape_text(&npy, text, sizeof text);
  assert_string_equal(text, "()");
  npy = (dpb__npy){.rank = 1, .dim = {7}};
  dpb__npy_shape_text(&npy, text, sizeof text);
  assert_string_equal(text, "(7,)");
  npy = (dpb__npy){.rank = 3, .dim = {100, 2000, 30000}};
  dpb__npy_shape_text(&npy, text, sizeof text);
  assert_string_equal(text, "(100, 2000, 300");
  dpb__npy_shape_text(&npy, text, 0);
}

static void reads_prefix(void **state) {
  (void)state;
  const uint8_t v1[] = "\x93NUMPY\x01\x00\x76\x02";
  const uint8_t v2[] = "\x93NUMPY\x02\x00\x76\x02\x01\x00";
  size_t prefix, length;
  assert_ok(dpb__npy_prefix("W1", v1, 10, &prefix, &length));
  assert_int_equal(prefix, 10);
  assert_int_equal(length, 0x276);
  assert_ok(dpb__npy_prefix("W1", v2, 12, &prefix, &length));
  assert_int_equal(prefix, 12);
  assert_int_equal(length, 0x10276);
  assert_fails(dpb__npy_prefix("W1", v2, 11, &prefix, &length), DPB_ERR_FORMAT,
               "ends within its header");
  for (size_t cut = 0; cut < 10; cut++) {
    assert_fails(dpb__npy_prefix("W1", v1, cut, &prefix, &length), DPB_ERR_FORMAT,
                 "is not in NumPy's .npy format");
  }
  const uint8_t v4[] = "\x93NUMPY\x04\x00\x76\x02\x01\x00";
  assert_fails(dpb__npy_prefix("W1", v4, 12, &prefix, &length), DPB_ERR_UNSUPPORTED,
               "version 4.0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_header),         cmocka_unit_test(refuses_malformed_header),
      cmocka_unit_test(reads_prefix),         cmocka_unit_test(refuses_truncated_header),
      cmocka_unit_test(refuses_other_dtypes), cmocka_unit_test(refuses_huge_shapes),
      cmocka_unit_test(turns_into_shape),     cmocka_unit_test(writes_shape_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
