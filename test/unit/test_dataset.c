/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "data/dataset.h"
#include "file_fixture.h"

enum { N = 10, H = 1, W = 2, C = 3, S = H * W * C };
static const dpb_hwc shape = {H, W, C};
static float features[N * S];
static uint8_t pixels[N * S];
static int32_t labels[N];

static void fill_arrays(void) {
  for (int i = 0; i < N * S; i++) features[i] = (float)i / 2.0f;
  for (int i = 0; i < N * S; i++) pixels[i] = (uint8_t)(3 * i);
  for (int i = 0; i < N; i++) labels[i] = i % 4;
}

static dpb_dataset *make_floats(void) {
  dpb_dataset *d;
  assert_ok(dpb_dataset_from_floats(N, shape, features, labels, 4, &d));
  return d;
}

static void copies_floats(void **state) {
  (void)state;
  dpb_dataset *d = make_floats();
  assert_int_equal(dpb_dataset_count(d), N);
  assert_int_equal(dpb_dataset_classes(d), 4);
  const dpb_hwc s = dpb_dataset_sample_shape(d);
  assert_true(s.h == H && s.w == W && s.c == C);
  assert_memory_equal(dpb_dataset_labels(d), labels, sizeof labels);
  features[7 * S] = -1.0f; /* its own copy must not see that */
  dpb_batch batch;
  assert_ok(dpb_dataset_batch(d, 7, 3, &batch));
  assert_int_equal(batch.n, 3);
  assert_true(batch.features[0] == 21.0f);
  assert_null(batch.pixels);
  assert_null(batch.rows);
  assert_null(batch.targets);
  assert_int_equal(batch.labels[0], 3);
  dpb_dataset_destroy(d);
  fill_arrays();
}

static void copies_pixels(void **state) {
  (void)state;
  dpb_dataset *d;
  assert_ok(dpb_dataset_from_pixels(N, shape, pixels, 0.5f, labels, 4, &d));
  dpb_batch batch;
  assert_ok(dpb_dataset_batch(d, 0, N, &batch));
  assert_memory_equal(batch.pixels, pixels, sizeof pixels);
  assert_ptr_not_equal(batch.pixels, pixels);
  assert_true(batch.scale == 0.5f);
  assert_null(batch.features);
  dpb_dataset_destroy(d);
}

static void refuses_bad_samples(void **state) {
  (void)state;
  dpb_dataset *d = (dpb_dataset *)&d;
  assert_fails(dpb_dataset_from_floats(0, shape, features, labels, 4, &d), DPB_ERR_ARG,
               "0 samples");
  assert_null(d);
  assert_fails(dpb_dataset_from_floats(N, (dpb_hwc){1, 0, 3}, features, labels, 4, &d),
               DPB_ERR_ARG, "1x0x3");
  assert_fails(dpb_dataset_from_floats(N, (dpb_hwc){-1, 1, 3}, features, labels, 4, &d),
               DPB_ERR_ARG, "-1x1x3");
  assert_fails(dpb_dataset_from_floats(N, shape, features, labels, 0, &d), DPB_ERR_ARG,
               "0 classes");
  assert_fails(dpb_dataset_from_floats(N, shape, NULL, labels, 4, &d), DPB_ERR_ARG,
               "NULL");
  assert_fails(dpb_dataset_from_pixels(N, shape, NULL, 1.0f, labels, 4, &d), DPB_ERR_ARG,
               "NULL");
  assert_fails(dpb_dataset_from_floats(N, shape, features, NULL, 4, &d), DPB_ERR_ARG,
               "labels is NULL");
  assert_fails(dpb_dataset_from_floats(N, shape, features, labels, 4, NULL), DPB_ERR_ARG,
               "NULL");
  assert_fails(dpb_dataset_from_pixels(N, shape, pixels, INFINITY, labels, 4, &d),
               DPB_ERR_ARG, "scale is inf");
  assert_fails(dpb_dataset_from_floats((size_t)1 << 32, shape, features, labels, 4, &d),
               DPB_ERR_SIZE, "4294967296 samples");
  assert_fails(dpb_dataset_from_floats(SIZE_MAX, shape, features, labels, 4, &d),
               DPB_ERR_SIZE, "samples");
  assert_fails(dpb_dataset_from_pixels(4000000000u, (dpb_hwc){2000000000, 1, 1}, pixels,
                                       1.0f, labels, 4, &d),
               DPB_ERR_SIZE, "2000000000x1x1 are too large");
  assert_fails(
      dpb_dataset_from_pixels(2, (dpb_hwc){65536, 65536, 1}, pixels, 1.0f, labels, 4, &d),
      DPB_ERR_SIZE, "65536x65536x1 are too large");
}

static void refuses_bad_values(void **state) {
  (void)state;
  dpb_dataset *d;
  labels[6] = 4;
  assert_fails(dpb_dataset_from_floats(N, shape, features, labels, 4, &d), DPB_ERR_DATA,
               "label 4 of row 6 is outside 0..3");
  labels[6] = -1;
  assert_fails(dpb_dataset_from_pixels(N, shape, pixels, 1.0f, labels, 4, &d),
               DPB_ERR_DATA, "label -1 of row 6 is outside 0..3");
  labels[6] = 2;
  features[3 * S + 4] = NAN;
  assert_fails(dpb_dataset_from_floats(N, shape, features, labels, 4, &d), DPB_ERR_DATA,
               "feature 4 of row 3 is nan");
  fill_arrays();
}

static void refuses_bad_batches(void **state) {
  (void)state;
  dpb_dataset *d = make_floats();
  dpb_batch batch;
  assert_ok(dpb_dataset_batch(d, 9, 1, &batch));
  assert_fails(dpb_dataset_batch(d, 9, 2, &batch), DPB_ERR_ARG,
               "2 rows from row 9 on, there are 10");
  assert_fails(dpb_dataset_batch(d, 10, 1, &batch), DPB_ERR_ARG, "row 10");
  assert_fails(dpb_dataset_batch(d, 0, 0, &batch), DPB_ERR_ARG, "0 rows");
  assert_fails(dpb_dataset_batch(d, SIZE_MAX, 2, &batch), DPB_ERR_ARG, "2 rows");
  assert_fails(dpb_dataset_batch(NULL, 0, 1, &batch), DPB_ERR_ARG, "dataset is NULL");
  assert_fails(dpb_dataset_batch(d, 0, 1, NULL), DPB_ERR_ARG, "batch is NULL");
  dpb_dataset_destroy(d);
}

static void takes_the_head(void **state) {
  (void)state;
  dpb_dataset *d = make_floats(), *head;
  assert_ok(dpb_dataset_head(d, 3, &head));
  dpb_dataset_destroy(d); /* the head shares nothing with it */
  assert_int_equal(dpb_dataset_count(head), 3);
  assert_int_equal(dpb_dataset_classes(head), 4);
  dpb_batch batch;
  assert_ok(dpb_dataset_batch(head, 0, 3, &batch));
  assert_memory_equal(batch.features, features, 3 * S * sizeof(float));
  assert_memory_equal(batch.labels, labels, 3 * sizeof(int32_t));
  dpb_dataset *none;
  assert_fails(dpb_dataset_head(head, 4, &none), DPB_ERR_ARG, "count is 4, must be 1..3");
  assert_null(none);
  assert_fails(dpb_dataset_head(head, 0, &none), DPB_ERR_ARG, "count is 0");
  assert_fails(dpb_dataset_head(NULL, 1, &none), DPB_ERR_ARG, "dataset is NULL");
  dpb_dataset_destroy(head);
}

/* Row of the original whose sample lies at row i of d. */
static int original_row(const dpb_dataset *d, size_t i) {
  dpb_batch batch;
  assert_ok(dpb_dataset_batch(d, i, 1, &batch));
  int row = (int)(batch.features[0] * 2.0f) / S;
  assert_memory_equal(batch.features, features + row * S, S * sizeof(float));
  assert_int_equal(batch.labels[0], labels[row]);
  return row;
}

static unsigned rows_of(const dpb_dataset *d) {
  unsigned set = 0;
  int last = -1;
  for (size_t i = 0; i < dpb_dataset_count(d); i++) {
    int row = original_row(d, i);
    assert_true(row > last); /* in the order of the original */
    last = row;
    set |= 1u << row;
  }
  return set;
}

static void splits(void **state) {
  (void)state;
  dpb_dataset *d = make_floats(), *rest, *part;
  static const struct {
    double fraction;
    size_t part;
  } cases[] = {{0.3, 3}, {0.25, 3}, {0.24, 2}, {0.01, 1}, {0.999, 9}, {0.5, 5}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_ok(dpb_dataset_split(d, cases[i].fraction, 1, &rest, &part));
    assert_int_equal(dpb_dataset_count(part), cases[i].part);
    assert_int_equal(dpb_dataset_count(rest), N - cases[i].part);
    assert_int_equal(rows_of(rest) ^ rows_of(part), (1u << N) - 1);
    dpb_dataset_destroy(rest);
    dpb_dataset_destroy(part);
  }
  dpb_dataset_destroy(d);
}

static void split_depends_on_the_seed(void **state) {
  (void)state;
  dpb_dataset *d = make_floats(), *rest, *part;
  unsigned seen[20], either = 0;
  int different = 0;
  for (unsigned seed = 0; seed < 20; seed++) {
    assert_ok(dpb_dataset_split(d, 0.5, seed / 2, &rest, &part));
    seen[seed] = rows_of(part);
    either |= seen[seed];
    dpb_dataset_destroy(rest);
    dpb_dataset_destroy(part);
    if (seed % 2) assert_int_equal(seen[seed], seen[seed - 1]);
    different += seed > 0 && seen[seed] != seen[seed - 1];
  }
  assert_true(different >= 7);
  assert_int_equal(either, (1u << N) - 1);
  dpb_dataset_destroy(d);
}

static void refuses_bad_splits(void **state) {
  (void)state;
  dpb_dataset *d = make_floats(), *one, *rest, *part;
  const double bad[] = {0.0, 1.0, -0.5, 1.5, (double)NAN};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_fails(dpb_dataset_split(d, bad[i], 1, &rest, &part), DPB_ERR_ARG,
                 "must be between 0 and 1");
    assert_null(rest);
    assert_null(part);
  }
  assert_ok(dpb_dataset_head(d, 1, &one));
  assert_fails(dpb_dataset_split(one, 0.5, 1, &rest, &part), DPB_ERR_ARG, "1 sample");
  assert_fails(dpb_dataset_split(NULL, 0.5, 1, &rest, &part), DPB_ERR_ARG, "NULL");
  assert_fails(dpb_dataset_split(d, 0.5, 1, NULL, &part), DPB_ERR_ARG, "NULL");
  dpb_dataset_destroy(one);
  dpb_dataset_destroy(d);
}

static void null_is_empty(void **state) {
  (void)state;
  dpb_dataset_destroy(NULL);
  assert_int_equal(dpb_dataset_count(NULL), 0);
  assert_int_equal(dpb_dataset_classes(NULL), 0);
  assert_int_equal(dpb_dataset_sample_shape(NULL).h, 0);
  assert_null(dpb_dataset_labels(NULL));
}

int main(void) {
  fill_arrays();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(copies_floats),
      cmocka_unit_test(copies_pixels),
      cmocka_unit_test(refuses_bad_samples),
      cmocka_unit_test(refuses_bad_values),
      cmocka_unit_test(refuses_bad_batches),
      cmocka_unit_test(takes_the_head),
      cmocka_unit_test(splits),
      cmocka_unit_test(split_depends_on_the_seed),
      cmocka_unit_test(refuses_bad_splits),
      cmocka_unit_test(null_is_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
