/* SPDX-License-Identifier: MIT
 *
 * Extents as words.
 */
#include "layer/window_words.h"
#include "layer_fixture.h"

static dpb_status read_word(const char *text, char letter, dpb__extent *extent,
                            bool *taken) {
  struct dpb__words words = dpb__words_of(text, strlen(text));
  dpb__words_next(&words);
  *extent = (dpb__extent){7, 7, 7};
  return dpb__words_extent(&words, letter, "kernel", 1, extent, taken);
}

static void reads_one_number_or_two(void **state) {
  (void)state;
  dpb__extent e;
  bool taken = false;
  assert_int_equal(read_word("k5", 'k', &e, &taken), DPB_OK);
  assert_true(taken && e.both == 5);
  assert_int_equal(read_word("k3x12", 'k', &e, &taken), DPB_OK);
  assert_true(taken && e.h == 3 && e.w == 12);
  assert_int_equal(read_word("2x4", 0, &e, &taken), DPB_OK);
  assert_true(taken && e.h == 2 && e.w == 4);
}

static void leaves_other_words_alone(void **state) {
  (void)state;
  dpb__extent e;
  bool taken = true;
  const char *const words[] = {"s5", "k", "keep", "kx3", "5"};
  for (int i = 0; i < 5; i++) {
    assert_int_equal(read_word(words[i], 'k', &e, &taken), DPB_OK);
    assert_false(taken);
    assert_true(e.both == 7 && e.h == 7 && e.w == 7);
  }
}

static void bad_numbers_are_named(void **state) {
  (void)state;
  dpb__extent e;
  bool taken = false;
  const struct {
    const char *word, *message;
  } bad[] = {
      {"k0", "kernel is 0, must be at least 1"},
      {"k-3", "kernel is -3, must be at least 1"},
      {"k3x0", "kernel is 0, must be at least 1"},
      {"k3x", "kernel is '', must be a whole number"},
      {"k3x4x5", "kernel is '4x5', must be a whole number"},
      {"k3.5", "kernel is '3.5', must be a whole number"},
      {"k99999999999", "kernel is 99999999999, must be at most 2147483647"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(read_word(bad[i].word, 'k', &e, &taken), DPB_ERR_SPEC);
    assert_string_equal(dpb_error_message(), bad[i].message);
  }
}

static void writes_what_is_not_usual(void **state) {
  (void)state;
  char text[32] = " 30";
  dpb__extent_format('k', 5, 5, 0, text, sizeof text);
  dpb__extent_format('s', 1, 1, 1, text, sizeof text);
  dpb__extent_format('p', 0, 2, 0, text, sizeof text);
  assert_string_equal(text, " 30 k5 p0x2");
  dpb__extent_format(0, 4, 4, 0, text, 14);
  assert_string_equal(text, " 30 k5 p0x2 4");
  /* room for 5 characters, and nothing behind it is touched */
  for (int w = 12; w <= 345; w += 333) {
    char tight[16];
    memset(tight, '#', sizeof tight);
    strcpy(tight, " a");
    dpb__extent_format('k', 345, w, 1, tight, 6);
    assert_string_equal(tight, " a k3");
    for (size_t i = 6; i < sizeof tight; i++) assert_int_equal(tight[i], '#');
  }
}

static void either_way_wins(void **state) {
  (void)state;
  assert_int_equal(dpb__extent_h((dpb__extent){3, 0, 5}, 1), 3);
  assert_int_equal(dpb__extent_w((dpb__extent){3, 0, 5}, 1), 5);
  assert_int_equal(dpb__extent_h((dpb__extent){0, 0, 5}, 1), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_one_number_or_two),
      cmocka_unit_test(leaves_other_words_alone),
      cmocka_unit_test(bad_numbers_are_named),
      cmocka_unit_test(writes_what_is_not_usual),
      cmocka_unit_test(either_way_wins),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
