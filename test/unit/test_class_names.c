/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/dataset.h"
#include "file_fixture.h"

static dpb_dataset *make(int classes, const char *const *names) {
  static const float features[] = {1, 2, 3, 4, 5, 6, 7, 8};
  int32_t labels[8];
  for (int i = 0; i < 8; i++) labels[i] = i % classes;
  dpb_dataset *d;
  assert_ok(
      dpb_dataset_from_floats(8, (dpb_hwc){1, 1, 1}, features, labels, classes, &d));
  assert_ok(dpb_dataset_set_class_names(d, names));
  return d;
}

static void names_are_copied(void **state) {
  (void)state;
  char first[] = "zero";
  dpb_dataset *d = make(2, (const char *const[]){first, "one"});
  first[0] = 'h';
  assert_string_equal(dpb_dataset_class_name(d, 0), "zero");
  assert_string_equal(dpb_dataset_class_name(d, 1), "one");
  assert_null(dpb_dataset_class_name(d, 2));
  assert_null(dpb_dataset_class_name(d, -1));
  assert_null(dpb_dataset_class_name(NULL, 0));
  assert_fails(dpb_dataset_set_class_names(d, (const char *const[]){"a", ""}),
               DPB_ERR_ARG, "class 1 is empty");
  assert_fails(dpb_dataset_set_class_names(d, (const char *const[]){NULL, "a"}),
               DPB_ERR_ARG, "class 0 is NULL");
  assert_string_equal(dpb_dataset_class_name(d, 0), "zero"); /* as before */
  assert_ok(dpb_dataset_set_class_names(d, NULL));
  assert_null(dpb_dataset_class_name(d, 0));
  assert_fails(dpb_dataset_set_class_names(NULL, NULL), DPB_ERR_ARG, "NULL");
  dpb_dataset_destroy(d);
}

static void test_follows_training(void **state) {
  (void)state;
  dpb_dataset *train = make(3, (const char *const[]){"a", "b", "c"});
  dpb_dataset *test = make(2, (const char *const[]){"c", "a"});
  assert_ok(dpb__class_names_agree(train, test, "test.csv"));
  assert_int_equal(dpb_dataset_classes(test), 3);
  for (int i = 0; i < 8; i++)
    assert_int_equal(dpb_dataset_labels(test)[i], i % 2 ? 0 : 2);
  assert_string_equal(dpb_dataset_class_name(test, 1), "b");
  dpb_dataset *other = make(2, (const char *const[]){"a", "x"});
  assert_fails(dpb__class_names_agree(train, other, "test.csv"), DPB_ERR_DATA,
               "test.csv: its class 'x' is not one of the 3 classes");
  dpb_dataset *numbers = make(4, NULL), *fewer = make(2, NULL);
  assert_fails(dpb__class_names_agree(train, numbers, "t"), DPB_ERR_DATA,
               "are numbers, those of the training data names");
  assert_fails(dpb__class_names_agree(fewer, numbers, "t"), DPB_ERR_DATA,
               "largest label is 3, the training data's is 1");
  assert_ok(dpb__class_names_agree(numbers, fewer, "t"));
  assert_int_equal(dpb_dataset_classes(fewer), 4);
  dpb_dataset_destroy(train);
  dpb_dataset_destroy(test);
  dpb_dataset_destroy(other);
  dpb_dataset_destroy(numbers);
  dpb_dataset_destroy(fewer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_copied),
      cmocka_unit_test(test_follows_training),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
