/* SPDX-License-Identifier: MIT
 *
 * Words of an item of text: cutting, numbers, initialisations, and what is said about bad
 * ones.
 */
#include "layer_fixture.h"

static struct dpb__words words_of(const char *text) {
  return dpb__words_of(text, strlen(text));
}

static void cuts_at_blanks_and_control_characters(void **state) {
  (void)state;
  struct dpb__words words = words_of("  affine\t100 \n he\x01 ");
  assert_true(dpb__words_next(&words));
  assert_true(dpb__word_is(&words, "affine"));
  assert_false(dpb__word_is(&words, "affin"));
  assert_false(dpb__word_is(&words, "affine2"));
  assert_true(dpb__words_next(&words));
  assert_true(dpb__word_is(&words, "100"));
  assert_true(dpb__words_next(&words));
  assert_true(dpb__word_is(&words, "he"));
  assert_false(dpb__words_next(&words));
  assert_false(dpb__words_next(&words));
}

static void ends_at_the_length_not_at_a_zero(void **state) {
  (void)state;
  struct dpb__words words = dpb__words_of("relu, affine", 4);
  assert_true(dpb__words_next(&words));
  assert_true(dpb__word_is(&words, "relu"));
  assert_false(dpb__words_next(&words));
  words = dpb__words_of("", 0);
  assert_false(dpb__words_next(&words));
}

static void reads_whole_numbers(void **state) {
  (void)state;
  struct dpb__words words = words_of("7 -3 2147483647 -2147483648");
  const int expected[] = {7, -3, INT32_MAX, INT32_MIN};
  for (int i = 0; i < 4; i++) {
    int value = 0;
    assert_int_equal(dpb__words_int(&words, "x", &value), DPB_OK);
    assert_int_equal(value, expected[i]);
  }
}

static void refuses_what_is_no_whole_number(void **state) {
  (void)state;
  const char *const bad[] = {"ten", "1.5", "1e3", "0x10", "7k", "99999999999999999999"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct dpb__words words = words_of(bad[i]);
    int value = 42;
    assert_int_equal(dpb__words_int(&words, "affine: out", &value), DPB_ERR_SPEC);
    assert_message("affine: out is '");
    assert_message(bad[i]);
    assert_message("whole number");
    assert_int_equal(value, 42);
  }
  int value = 42;
  struct dpb__words words = words_of("2147483648");
  assert_int_equal(dpb__words_int(&words, "affine: out", &value), DPB_ERR_SPEC);
  assert_message("affine: out is 2147483648, must be at most 2147483647");
  words = words_of("-2147483649");
  assert_int_equal(dpb__words_int(&words, "affine: out", &value), DPB_ERR_SPEC);
  assert_message("-2147483649");
  words = words_of(" ");
  assert_int_equal(dpb__words_int(&words, "affine: out", &value), DPB_ERR_SPEC);
  assert_message("affine: out is missing");
  assert_int_equal(value, 42);
}

static void reads_numbers(void **state) {
  (void)state;
  struct dpb__words words = words_of("0.01 -2 3.4e38");
  float value = 0;
  assert_int_equal(dpb__words_float(&words, "std", &value), DPB_OK);
  assert_true(value == 0.01f);
  assert_int_equal(dpb__words_float(&words, "std", &value), DPB_OK);
  assert_true(value == -2.0f);
  assert_int_equal(dpb__words_float(&words, "std", &value), DPB_OK);
  assert_true(value == 3.4e38f);
}

static void refuses_what_is_no_finite_number(void **state) {
  (void)state;
  const char *const bad[] = {"x", "nan", "inf", "3.5e38", "1e999", "0,1"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    struct dpb__words words = words_of(bad[i]);
    float value = 42;
    assert_int_equal(dpb__words_float(&words, "std", &value), DPB_ERR_SPEC);
    assert_message(bad[i]);
    assert_true(value == 42);
  }
  struct dpb__words words = words_of("");
  float value = 42;
  assert_int_equal(dpb__words_float(&words, "std", &value), DPB_ERR_SPEC);
  assert_message("std is missing");
}

static void cuts_long_words_in_messages(void **state) {
  (void)state;
  char text[2000];
  memset(text, 'x', sizeof text);
  struct dpb__words words = dpb__words_of(text, sizeof text);
  assert_true(dpb__words_next(&words));
  assert_int_equal(dpb__words_unknown(&words, "affine"), DPB_ERR_SPEC);
  assert_message("affine: 'xxx");
  assert_message("x' is not understood");
  assert_true(strlen(dpb_error_message()) < 100);
}

static dpb_status read_init(const char *text, dpb_init *init, bool *taken) {
  struct dpb__words words = words_of(text);
  assert_true(dpb__words_next(&words));
  return dpb__words_init(&words, init, taken);
}

static void reads_initialisations(void **state) {
  (void)state;
  dpb_init init = {0};
  bool taken = false;
  assert_int_equal(read_init("he", &init, &taken), DPB_OK);
  assert_true(taken);
  assert_int_equal(init.kind, DPB_INIT_HE);
  assert_int_equal(read_init("xavier", &init, &taken), DPB_OK);
  assert_true(taken);
  assert_int_equal(init.kind, DPB_INIT_XAVIER);
  assert_int_equal(read_init("std 0.25", &init, &taken), DPB_OK);
  assert_true(taken);
  assert_int_equal(init.kind, DPB_INIT_STD);
  assert_true(init.std == 0.25f);
  assert_int_equal(read_init("glorot", &init, &taken), DPB_OK);
  assert_int_equal(init.kind, DPB_INIT_GLOROT);
  assert_int_equal(read_init("he uniform", &init, &taken), DPB_OK);
  assert_int_equal(init.kind, DPB_INIT_HE_UNIFORM);
  assert_int_equal(read_init("uniform 0.5", &init, &taken), DPB_OK);
  assert_int_equal(init.kind, DPB_INIT_UNIFORM);
  assert_true(init.range == 0.5f);
}

static void leaves_other_words_alone(void **state) {
  (void)state;
  dpb_init init = {.kind = DPB_INIT_HE};
  bool taken = true;
  assert_int_equal(read_init("nobias", &init, &taken), DPB_OK);
  assert_false(taken);
  assert_int_equal(init.kind, DPB_INIT_HE);
  assert_int_equal(read_init("std", &init, &taken), DPB_ERR_SPEC);
  assert_message("std is missing");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cuts_at_blanks_and_control_characters),
      cmocka_unit_test(ends_at_the_length_not_at_a_zero),
      cmocka_unit_test(reads_whole_numbers),
      cmocka_unit_test(refuses_what_is_no_whole_number),
      cmocka_unit_test(reads_numbers),
      cmocka_unit_test(refuses_what_is_no_finite_number),
      cmocka_unit_test(cuts_long_words_in_messages),
      cmocka_unit_test(reads_initialisations),
      cmocka_unit_test(leaves_other_words_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
