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

static void add(dpb__label_texts *texts, const char *text) {
  assert_int_equal(dpb__label_texts_add(texts, text, strlen(text)), DPB_OK);
}

/* The texts get these numbers, and these are the names, which end with NULL. */
static void check(const char *const *words, const int32_t *numbers,
                  const char *const *wanted) {
  dpb__label_texts texts = {.texts = NULL};
  int32_t labels[8];
  int classes = -1;
  char **names = NULL;
  size_t count = 0;
  for (; words[count]; count++) add(&texts, words[count]);
  assert_int_equal(texts.count, count);
  assert_int_equal(dpb__label_texts_number(&texts, "path", labels, &classes, &names),
                   DPB_OK);
  for (size_t i = 0; i < count; i++) assert_int_equal(labels[i], numbers[i]);
  for (int i = 0; i < classes; i++) assert_string_equal(names[i], wanted[i]);
  assert_null(wanted[classes]);
  dpb__release(names);
  dpb__label_texts_release(&texts);
  assert_null(texts.texts);
  assert_int_equal(texts.size + texts.capacity + texts.count, 0);
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
  static int32_t labels[MOST + 2];
  dpb__label_texts texts = {.texts = NULL};
  char text[16];
  int classes = 0;
  char **names = NULL;
  for (int i = 0; i < MOST; i++) {
    snprintf(text, sizeof text, "%d", i);
    add(&texts, text);
  }
  add(&texts, "7");
  assert_int_equal(dpb__label_texts_number(&texts, "path", labels, &classes, &names),
                   DPB_OK);
  assert_int_equal(classes, MOST);
  assert_int_equal(labels[MOST - 1], MOST - 1);
  assert_int_equal(labels[MOST], 7);
  assert_string_equal(names[MOST - 1], "65535");
  dpb__release(names);
  add(&texts, "65536");
  names = (char **)&texts;
  assert_int_equal(dpb__label_texts_number(&texts, "path", labels, &classes, &names),
                   DPB_ERR_DATA);
  assert_null(names);
  assert_non_null(
      strstr(dpb_error_message(), "path: more than 65536 different labels: is the"));
  dpb__label_texts_release(&texts);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_are_sorted_by_bytes),
      cmocka_unit_test(whole_numbers_are_sorted_by_value),
      cmocka_unit_test(too_many_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
