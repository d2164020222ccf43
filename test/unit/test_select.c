/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file_fixture.h"

enum { N = 200 };

/* Sample i is the number i; 120 of class 0, 60 of 1, 19 of 2, 1 of 3. */
static dpb_dataset *make(void) {
  float features[N];
  int32_t labels[N];
  for (int i = 0; i < N; i++) {
    features[i] = (float)i;
    labels[i] = i < 120 ? 0 : i < 180 ? 1 : i < 199 ? 2 : 3;
  }
  dpb_dataset *d;
  assert_ok(dpb_dataset_from_floats(N, (dpb_hwc){1, 1, 1}, features, labels, 5, &d));
  assert_ok(
      dpb_dataset_set_class_names(d, (const char *const[]){"a", "b", "c", "d", "e"}));
  return d;
}

static void count(const dpb_dataset *d, size_t of_class[5]) {
  for (int c = 0; c < 5; c++) of_class[c] = 0;
  for (size_t i = 0; i < dpb_dataset_count(d); i++) of_class[dpb_dataset_labels(d)[i]]++;
}

static float feature(const dpb_dataset *d, size_t row) {
  dpb_batch b;
  assert_ok(dpb_dataset_batch(d, row, 1, &b));
  return b.features[0];
}

static void keeps_shares(void **state) {
  (void)state;
  dpb_dataset *d = make(), *rest, *part;
  static const struct {
    double fraction;
    size_t part[5];
  } cases[] = {
      {0.2, {24, 12, 4, 0, 0}},  /* 3.8 up */
      {0.05, {6, 3, 1, 0, 0}},   /* 10 in all */
      {0.01, {1, 1, 0, 0, 0}},   /* 1.2, 0.6, 0.19: two in all */
      {0.5, {60, 30, 10, 0, 0}}, /* 9.5 up; the only one of class 3 stays */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    size_t got[5], kept[5];
    uint8_t seen[N] = {0};
    assert_ok(dpb_dataset_split_stratified(d, cases[i].fraction, i, &rest, &part));
    count(part, got);
    count(rest, kept);
    assert_memory_equal(got, cases[i].part, sizeof got);
    static const size_t all[5] = {120, 60, 19, 1, 0};
    for (int c = 0; c < 5; c++) assert_int_equal(got[c] + kept[c], all[c]);
    /* each sample once, in order, with names */
    for (int k = 0; k < 2; k++) {
      const dpb_dataset *half = k ? part : rest;
      float last = -1.0f;
      for (size_t row = 0; row < dpb_dataset_count(half); row++) {
        assert_true(feature(half, row) > last);
        last = feature(half, row);
        seen[(int)last]++;
      }
      assert_string_equal(dpb_dataset_class_name(half, 4), "e");
    }
    for (int k = 0; k < N; k++) assert_int_equal(seen[k], 1);
    dpb_dataset_destroy(rest);
    dpb_dataset_destroy(part);
  }
  dpb_dataset_destroy(d);
}

static void the_seed_decides(void **state) {
  (void)state;
  dpb_dataset *d = make(), *rest[3], *part[3];
  for (int i = 0; i < 3; i++)
    assert_ok(dpb_dataset_split_stratified(d, 0.2, i == 2, &rest[i], &part[i]));
  int differs = 0;
  for (size_t row = 0; row < dpb_dataset_count(part[0]); row++) {
    assert_true(feature(part[0], row) == feature(part[1], row));
    differs += feature(part[0], row) != feature(part[2], row);
  }
  assert_true(differs > 10);
  for (int i = 0; i < 3; i++) {
    dpb_dataset_destroy(rest[i]);
    dpb_dataset_destroy(part[i]);
  }
  dpb_dataset_destroy(d);
}

static void refuses_splits(void **state) {
  (void)state;
  dpb_dataset *d = make(), *rest, *part;
  assert_fails(dpb_dataset_split_stratified(NULL, 0.2, 1, &rest, &part), DPB_ERR_ARG,
               "dataset is NULL");
  assert_fails(dpb_dataset_split_stratified(d, 1.0, 1, &rest, &part), DPB_ERR_ARG,
               "fraction is 1");
  assert_fails(dpb_dataset_split_stratified(d, 0.2, 1, &rest, NULL), DPB_ERR_ARG, "NULL");
  assert_null(rest);
  dpb_dataset *lonely;
  assert_ok(dpb_dataset_select(d, (const uint32_t[]){0, 130, 190}, 3, &lonely));
  assert_fails(dpb_dataset_split_stratified(lonely, 0.3, 1, &rest, &part), DPB_ERR_DATA,
               "none of 3 samples can be held back");
  assert_null(rest);
  assert_null(part);
  dpb_dataset_destroy(lonely);
  dpb_dataset_destroy(d);
}

static void selects(void **state) {
  (void)state;
  dpb_dataset *d = make(), *s;
  assert_ok(dpb_dataset_select(d, (const uint32_t[]){199, 0, 199, 121}, 4, &s));
  assert_int_equal(dpb_dataset_count(s), 4);
  assert_true(feature(s, 0) == 199.0f && feature(s, 1) == 0.0f);
  assert_true(feature(s, 2) == 199.0f && feature(s, 3) == 121.0f);
  assert_int_equal(dpb_dataset_labels(s)[2], 3);
  assert_int_equal(dpb_dataset_labels(s)[3], 1);
  assert_int_equal(dpb_dataset_classes(s), 5);
  assert_string_equal(dpb_dataset_class_name(s, 1), "b");
  dpb_dataset_destroy(s);
  assert_fails(dpb_dataset_select(d, (const uint32_t[]){0, 200}, 2, &s), DPB_ERR_ARG,
               "row 200 at place 1, there are 200");
  assert_null(s);
  assert_fails(dpb_dataset_select(d, NULL, 2, &s), DPB_ERR_ARG, "rows is NULL");
  assert_fails(dpb_dataset_select(d, (const uint32_t[]){0}, 0, &s), DPB_ERR_ARG,
               "0 rows");
  assert_fails(dpb_dataset_select(NULL, (const uint32_t[]){0}, 1, &s), DPB_ERR_ARG,
               "dataset is NULL");
  assert_fails(dpb_dataset_select(d, (const uint32_t[]){0}, 1, NULL), DPB_ERR_ARG,
               "out-pointer");
  dpb_dataset_destroy(d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_shares),
      cmocka_unit_test(the_seed_decides),
      cmocka_unit_test(refuses_splits),
      cmocka_unit_test(selects),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
