/* SPDX-License-Identifier: MIT
 *
 * Labels that are texts, and the numbers they get.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <deepblas/status.h>

#include "base/memory.h"
#include "data/label_texts.h"

enum { MOST = 65536 };

static int32_t add(dpb__label_texts *texts, const char *text) {
  int32_t place = -1;
  assert_int_equal(dpb__label_texts_add(texts, "path", text, strlen(text), &place),
                   DPB_OK);
  return place;
}

/* The texts get these numbers, and these are the names, which end with NULL. */
static void check(const char *const *words, const int32_t *numbers,
                  const char *const *wanted) {
  dpb__label_texts texts = {.texts = NULL};
  int32_t labels[8];
  int classes = -1;
  char **names = NULL;
  size_t count = 0;
  for (; words[count]; count++) labels[count] = add(&texts, words[count]);
  assert_int_equal(dpb__label_texts_number(&texts, count, labels, &classes, &names),
                   DPB_OK);
  for (size_t i = 0; i < count; i++) assert_int_equal(labels[i], numbers[i]);
  for (int i = 0; i < classes; i++) assert_string_equal(names[i], wanted[i]);
  assert_null(wanted[classes]);
  dpb__release(names);
  dpb__label_texts_release(&texts);
  assert_null(texts.texts);
  assert_int_equal(texts.size + texts.capacity + texts.count + texts.places, 0);
}

/* Places are counted in the order in which the different texts came. */
static void places_are_kept(void **state) {
  (void)state;
  dpb__label_texts texts = {.texts = NULL};
  char text[16];
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < 1000; i++) {
      snprintf(text, sizeof text, "word %d", i * 7 % 1000);
      assert_int_equal(add(&texts, text), i);
    }
  assert_int_equal(texts.count, 1000);
  dpb__label_texts_release(&texts);
}

static void words_are_sorted_by_bytes(void **state) {
  (void)state;
  check((const char *[]){"pear", "fig", "pear", "Fig", "", "figs", NULL},
        (int32_t[]){4, 2, 4, 1, 0, 3},
        (const char *[]){"", "Fig", "fig", "figs", "pear", NULL});
  check((const char *[]){"one", NULL}, (int32_t[]){0}, (const char *[]){"one", NULL});
}

static void whole_numbers_are_sorted_by_value(void **state) {
  (void)state;
  check((const char *[]){"10", "9", "-3", "9", "09", NULL},
        (int32_t[]){3, 2, 0, 2, 1}, /* 9 and 09 are two names of one value */
        (const char *[]){"-3", "09", "9", "10", NULL});
  /* one that is no number makes all of them words */
  check((const char *[]){"10", "9", "x", NULL}, (int32_t[]){0, 1, 2},
        (const char *[]){"10", "9", "x", NULL});
}

static void too_many_are_refused(void **state) {
  (void)state;
  dpb__label_texts texts = {.texts = NULL};
  char text[16];
  int32_t place = -1;
  for (int i = 0; i < MOST; i++) {
    snprintf(text, sizeof text, "%d", i);
    assert_int_equal(add(&texts, text), i);
  }
  assert_int_equal(add(&texts, "7"), 7);
  assert_int_equal(dpb__label_texts_add(&texts, "path", "65536", 5, &place),
                   DPB_ERR_DATA);
  assert_non_null(
      strstr(dpb_error_message(), "path: more than 65536 different labels: is the"));
  assert_int_equal(add(&texts, "65535"), MOST - 1);
  dpb__label_texts_release(&texts);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_are_sorted_by_bytes),
      cmocka_unit_test(whole_numbers_are_sorted_by_value),
      cmocka_unit_test(places_are_kept),
      cmocka_unit_test(too_many_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
