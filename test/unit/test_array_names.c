/* SPDX-License-Identifier: MIT
 *
 * Which names of arrays are looked for, and in which order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "data/array_names.h"

/* Where arrays are looked for: the two that are there, and what was asked. */
typedef struct place {
  const char *features, *labels;
  char *asked;
} place;

static char asked[1024];

static bool has(const void *where, const char *name) {
  const place *p = where;
  strcat(strcat(p->asked, name), " ");
  return (p->features && strcmp(name, p->features) == 0) ||
         (p->labels && strcmp(name, p->labels) == 0);
}

static void check(bool found, bool wanted, const char *names) {
  assert_int_equal(found, wanted);
  assert_string_equal(asked, names);
  asked[0] = '\0';
}

static void nothing_is_there(void **state) {
  (void)state;
  const place none = {.asked = asked};
  dpb__array_names names = {.features = "before", .labels = "before"};
  check(dpb__array_names_of_all(has, &none, &names), false,
        "x X features data images y labels label target targets ");
  assert_string_equal(names.features, "");
  assert_string_equal(names.labels, "");
  check(dpb__array_names_of_split(has, &none, DPB_TRAIN, &names), false,
        "x_train X_train features_train data_train images_train "
        "y_train labels_train label_train target_train targets_train "
        "train_x train_X train_features train_data train_images "
        "train_y train_labels train_label train_target train_targets ");
  check(dpb__array_names_of_split(has, &none, DPB_TEST, &names), false,
        "x_test X_test features_test data_test images_test "
        "y_test labels_test label_test target_test targets_test "
        "test_x test_X test_features test_data test_images "
        "test_y test_labels test_label test_target test_targets ");
}

static void both_have_to_be_there(void **state) {
  (void)state;
  dpb__array_names names;
  const place both = {"images", "targets", asked}, one = {"X", NULL, asked},
              other = {NULL, "label", asked};
  check(dpb__array_names_of_all(has, &both, &names), true,
        "x X features data images y labels label target targets ");
  assert_string_equal(names.features, "images");
  assert_string_equal(names.labels, "targets");
  check(dpb__array_names_of_all(has, &one, &names), false,
        "x X y labels label target targets ");
  assert_string_equal(names.features, "X");
  assert_string_equal(names.labels, "");
  check(dpb__array_names_of_all(has, &other, &names), false,
        "x X features data images y labels label ");
}

static void a_split_has_two_forms(void **state) {
  (void)state;
  dpb__array_names names;
  const place behind = {"x_test", "y_test", asked},
              before = {"train_x", "train_y", asked};
  check(dpb__array_names_of_split(has, &behind, DPB_TEST, &names), true,
        "x_test y_test ");
  assert_string_equal(names.features, "x_test");
  assert_true(dpb__array_names_of_split(has, &before, DPB_TRAIN, &names));
  assert_string_equal(names.features, "train_x");
  assert_string_equal(names.labels, "train_y");
  assert_false(dpb__array_names_of_split(has, &before, DPB_TEST, &names));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_there),
      cmocka_unit_test(both_have_to_be_there),
      cmocka_unit_test(a_split_has_two_forms),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
