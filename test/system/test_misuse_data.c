/* SPDX-License-Identifier: MIT
 *
 * Misuse of data in memory: datasets, mini-batches, scaling, augmentation, confusion
 * matrices.
 */
#include "misuse.h"

static const dpb_hwc vector = {1, 1, 4};
static const float rows[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
static const int32_t labels[2] = {0, 1};
static dpb_dataset *data; /* 12 samples */
static dpb_dataset *made, *other;

static int set_up(void **state) {
  (void)state;
  data = misuse_dataset(12);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  dpb_dataset_destroy(data);
  dpb_dataset_destroy(NULL);
  return 0;
}

static void test_from_floats(void **state) {
  (void)state;
  const float nan_row[4] = {1, 2, NAN, 4}, infinite[4] = {1, 2, 3, -INFINITY};
  const int32_t wrong[2] = {0, 3}, negative[2] = {0, -1};
#define floats(n, shape, x, y, classes)                                                  \
  dpb_dataset_from_floats(n, shape, x, y, classes, &made)
  refuse(dpb_dataset_from_floats(2, vector, rows, labels, 3, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_from_floats(2, vector, NULL, labels, 3, &made), ARG,
              "NULL");
  refuse_made(made, dpb_dataset_from_floats(2, vector, rows, NULL, 3, &made), ARG,
              "labels");
  refuse_made(made, floats(0, vector, rows, labels, 3), ARG, "0 samples");
  refuse_made(made, floats(2, ((dpb_hwc){0, 1, 4}), rows, labels, 3), ARG, "0x1x4");
  refuse_made(made, floats(2, ((dpb_hwc){1, INT_MIN, 4}), rows, labels, 3), ARG,
              "1x-2147");
  refuse_made(made, floats(2, vector, rows, labels, 0), ARG, "0 classes");
  refuse_made(made, floats(2, vector, rows, labels, -3), ARG, "-3 classes");
  refuse_made(made, floats(SIZE_MAX, vector, rows, labels, 3), SIZE,
              "18446744073709551615");
  refuse_made(made, floats(2, ((dpb_hwc){INT_MAX, INT_MAX, INT_MAX}), rows, labels, 3),
              SIZE, "2147483647");
  refuse_made(made, floats(UINT32_MAX, ((dpb_hwc){1, 1, INT_MAX}), rows, labels, 3), SIZE,
              "too large");
  refuse_made(made, floats(2, vector, rows, wrong, 3), DATA, "row 1");
  refuse_made(made, floats(2, vector, rows, negative, 3), DATA, "-1 of row 1");
  refuse_made(made, floats(1, vector, nan_row, labels, 3), DATA, "feature 2 of row 0");
  refuse_made(made, floats(1, vector, infinite, labels, 3), DATA, "feature 3 of row 0");
}

static void test_from_pixels(void **state) {
  (void)state;
#define pixels(n, shape, scale, classes)                                                 \
  dpb_dataset_from_pixels(n, shape, bytes, scale, labels, classes, &made)
  refuse(dpb_dataset_from_pixels(2, vector, bytes, 1, labels, 3, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_from_pixels(2, vector, NULL, 1, labels, 3, &made), ARG,
              "NULL");
  refuse_made(made, dpb_dataset_from_pixels(2, vector, bytes, 1, NULL, 3, &made), ARG,
              "labels");
  refuse_made(made, pixels(2, vector, NAN, 3), ARG, "scale is nan");
  refuse_made(made, pixels(2, vector, INFINITY, 3), ARG, "scale is inf");
  refuse_made(made, pixels(0, vector, 1, 3), ARG, "0 samples");
  refuse_made(made, pixels(2, ((dpb_hwc){-1, 1, 4}), 1, 3), ARG, "-1x1x4");
  refuse_made(made, pixels(2, vector, 1, 1), DATA, "label 1 of row 1");
  refuse_made(made, pixels(2, vector, 1, INT_MIN), ARG, "classes");
}

static void test_questions(void **state) {
  (void)state;
  dpb_batch batch;
  expect(dpb_dataset_count(NULL) == 0);
  expect(dpb_dataset_sample_shape(NULL).c == 0);
  expect(dpb_dataset_classes(NULL) == 0);
  expect(dpb_dataset_labels(NULL) == NULL);
  expect(dpb_dataset_class_name(NULL, 0) == NULL);
  expect(dpb_dataset_class_name(data, 0) == NULL);
  expect(dpb_dataset_class_name(data, INT_MIN) == NULL);
  refuse(dpb_dataset_batch(NULL, 0, 1, &batch), ARG, "dataset is NULL");
  refuse(dpb_dataset_batch(data, 0, 1, NULL), ARG, "batch is NULL");
  refuse(dpb_dataset_batch(data, 0, 0, &batch), ARG, "0 rows");
  refuse(dpb_dataset_batch(data, 0, -1, &batch), ARG, "-1 rows");
  refuse(dpb_dataset_batch(data, 12, 1, &batch), ARG, "row 12");
  refuse(dpb_dataset_batch(data, 11, 2, &batch), ARG, "row 11");
  refuse(dpb_dataset_batch(data, SIZE_MAX, INT_MAX, &batch), ARG, "18446744073709551615");
  refuse(dpb_dataset_batch(data, 1, INT_MAX, &batch), ARG, "2147483647");
}

static void test_class_names(void **state) {
  (void)state;
  const char *const names[3] = {"a", "b", "c"};
  const char *const holes[3] = {"a", NULL, "c"}, *const empty[3] = {"a", "b", ""};
  refuse(dpb_dataset_set_class_names(NULL, names), ARG, "dataset is NULL");
  refuse(dpb_dataset_set_class_names(data, holes), ARG, "1");
  refuse(dpb_dataset_set_class_names(data, empty), ARG, "2");
  expect(dpb_dataset_class_name(data, 0) == NULL);
  accept(dpb_dataset_set_class_names(data, names));
  refuse(dpb_dataset_set_class_names(data, empty), ARG, "2");
  expect(dpb_dataset_class_name(data, 2) &&
         !strcmp(dpb_dataset_class_name(data, 2), "c"));
  expect(dpb_dataset_class_name(data, 3) == NULL &&
         dpb_dataset_class_name(data, -1) == NULL);
  accept(dpb_dataset_set_class_names(data, NULL));
}

static void test_cuts(void **state) {
  (void)state;
  const uint32_t some[2] = {0, 12}, most[1] = {UINT32_MAX};
  refuse_made(made, dpb_dataset_head(NULL, 1, &made), ARG, "dataset is NULL");
  refuse(dpb_dataset_head(data, 1, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_head(data, 0, &made), ARG, "count is 0");
  refuse_made(made, dpb_dataset_head(data, 13, &made), ARG, "count is 13");
  refuse_made(made, dpb_dataset_head(data, SIZE_MAX, &made), ARG, "18446744073709551615");
  refuse_made(made, dpb_dataset_select(NULL, some, 1, &made), ARG, "dataset is NULL");
  refuse_made(made, dpb_dataset_select(data, NULL, 1, &made), ARG, "rows is NULL");
  refuse(dpb_dataset_select(data, some, 1, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_select(data, some, 0, &made), ARG, "0");
  refuse_made(made, dpb_dataset_select(data, some, 2, &made), ARG, "12");
  refuse_made(made, dpb_dataset_select(data, most, 1, &made), ARG, "4294967295");
}

static void test_splits(void **state) {
  (void)state;
  typedef dpb_status (*split_function)(const dpb_dataset *, double, uint64_t,
                                       dpb_dataset **, dpb_dataset **);
  static const split_function splits[2] = {dpb_dataset_split,
                                           dpb_dataset_split_stratified};
  dpb_dataset *one = misuse_dataset(1);
  for (int i = 0; i < 2; i++) {
    refuse_made(made, splits[i](data, 0, 1, &made, &other), ARG, "fraction");
    refuse_made(made, splits[i](data, 1, 1, &made, &other), ARG, "fraction");
    refuse_made(made, splits[i](data, -0.5, 1, &made, &other), ARG, "fraction");
    refuse_made(made, splits[i](data, (double)NAN, 1, &made, &other), ARG, "fraction");
    refuse_made(other, splits[i](data, (double)INFINITY, 1, &made, &other), ARG,
                "fraction");
    refuse_made(other, splits[i](one, 0.5, 1, &made, &other), ARG, "1");
    refuse_made(other, splits[i](NULL, 0.5, 1, &made, &other), ARG, "dataset is NULL");
  }
  dpb_dataset_destroy(one);
  refuse_made(made, dpb_dataset_split(NULL, 0.5, 1, &made, &other), ARG,
              "dataset is NULL");
  refuse_made(other, dpb_dataset_split(data, 0.5, 1, NULL, &other), ARG, "NULL");
  refuse_made(made, dpb_dataset_split(data, 0.5, 1, &made, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_split_stratified(NULL, 0.5, 1, &made, &other), ARG,
              "NULL");
  refuse_made(other, dpb_dataset_split_stratified(data, 0.5, 1, NULL, &other), ARG,
              "NULL");
  refuse_made(made, dpb_dataset_split_stratified(data, 0.5, 1, &made, NULL), ARG, "NULL");
}

static void test_batcher(void **state) {
  (void)state;
  dpb_batcher *batcher;
  dpb_batch batch;
#define drawn(size, sampling) dpb_batcher_create(data, size, sampling, 1, &batcher)
  refuse_made(batcher, dpb_batcher_create(NULL, 4, DPB_SHUFFLE, 1, &batcher), ARG,
              "NULL");
  refuse(dpb_batcher_create(data, 4, DPB_SHUFFLE, 1, NULL), ARG, "NULL");
  refuse_made(batcher, drawn(0, DPB_SHUFFLE), ARG, "batch is 0");
  refuse_made(batcher, drawn(INT_MIN, DPB_SHUFFLE), ARG, "batch is -2147483648");
  refuse_made(batcher, drawn(4, (dpb_sampling)3), ARG, "sampling 3");
  refuse_made(batcher, drawn(4, (dpb_sampling)-1), ARG, "sampling -1");
  expect(dpb_batcher_steps(NULL) == 0);
  refuse(dpb_batcher_start(NULL, 0), ARG, "batcher is NULL");
  refuse(dpb_batcher_get(NULL, 0, &batch), ARG, "batcher is NULL");
  accept(drawn(INT_MAX, DPB_SHUFFLE));
  expect(dpb_batcher_steps(batcher) == 1);
  accept(dpb_batcher_start(batcher, SIZE_MAX));
  refuse(dpb_batcher_get(batcher, 0, NULL), ARG, "batch is NULL");
  refuse(dpb_batcher_get(batcher, 1, &batch), ARG, "1");
  refuse(dpb_batcher_get(batcher, SIZE_MAX, &batch), ARG, "18446744073709551615");
  dpb_batcher_destroy(batcher);
  dpb_batcher_destroy(NULL);
}

static void test_scaling(void **state) {
  (void)state;
  dpb_scaling *scaling;
  const double two[2] = {1, 2}, nan_two[2] = {1, (double)NAN}, minus[2] = {1, -1};
  float values[8];
  refuse_made(scaling, dpb_scaling_measure(NULL, DPB_SCALING_GLOBAL, &scaling), ARG,
              "NULL");
  refuse(dpb_scaling_measure(data, DPB_SCALING_GLOBAL, NULL), ARG, "NULL");
  refuse_made(scaling, dpb_scaling_measure(data, DPB_SCALING_NONE, &scaling), ARG, "0");
  refuse_made(scaling, dpb_scaling_measure(data, (dpb_scaling_kind)3, &scaling), ARG,
              "3");
  refuse_made(scaling, dpb_scaling_measure(data, (dpb_scaling_kind)-1, &scaling), ARG,
              "-1");
  refuse_made(scaling, dpb_scaling_create(2, NULL, two, &scaling), ARG, "mean is NULL");
  refuse_made(scaling, dpb_scaling_create(2, two, NULL, &scaling), ARG,
              "deviation is NULL");
  refuse(dpb_scaling_create(2, two, two, NULL), ARG, "NULL");
  refuse_made(scaling, dpb_scaling_create(0, two, two, &scaling), ARG, "0");
  refuse_made(scaling, dpb_scaling_create(INT_MIN, two, two, &scaling), ARG,
              "-2147483648");
  refuse_made(scaling, dpb_scaling_create(2, nan_two, two, &scaling), DATA, "1");
  refuse_made(scaling, dpb_scaling_create(2, two, nan_two, &scaling), DATA, "1");
  refuse_made(scaling, dpb_scaling_create(2, two, minus, &scaling), DATA, "-1");
  expect(dpb_scaling_channels(NULL) == 0);
  expect(dpb_scaling_mean(NULL) == NULL);
  expect(dpb_scaling_deviation(NULL) == NULL);
  accept(dpb_scaling_create(2, two, two, &scaling));
  refuse(dpb_dataset_set_scaling(NULL, scaling), ARG, "dataset is NULL");
  refuse(dpb_dataset_set_scaling(data, scaling), SHAPE, "2");
  accept(dpb_dataset_set_scaling(data, NULL));
  refuse(dpb_scaling_apply(NULL, 1, vector, rows, values), ARG, "scaling is NULL");
  refuse(dpb_scaling_apply(scaling, 1, vector, NULL, values), ARG, "features is NULL");
  refuse(dpb_scaling_apply(scaling, 1, vector, rows, NULL), ARG, "out is NULL");
  refuse(dpb_scaling_apply(scaling, 1, vector, rows, values), SHAPE, "2");
  refuse(dpb_scaling_apply(scaling, 1, (dpb_hwc){0, 1, 2}, rows, values), ARG, "0x1x2");
  refuse(dpb_scaling_apply(scaling, SIZE_MAX, (dpb_hwc){1, 1, 2}, rows, values), SIZE,
         "18446744073709551615");
  dpb_scaling_destroy(scaling);
  dpb_scaling_destroy(NULL);
}

static void test_augment(void **state) {
  (void)state;
  const dpb_hwc image = {2, 2, 1};
  dpb_augment *augment;
  dpb_augment_config config = {.shift = 3};
  float out[8] = {0};
  refuse(dpb_augment_parse(NULL, &config), ARG, "text is NULL");
  expect(config.shift == 0);
  refuse(dpb_augment_parse("flip", NULL), ARG, "config is NULL");
  refuse(dpb_augment_parse("turn 3", &config), SPEC, "turn");
  refuse(dpb_augment_parse("shift -1", &config), ARG, "-1");
  refuse(dpb_augment_parse("rotate nan", &config), SPEC, "nan");
#define augmented(...)                                                                   \
  dpb_augment_create(&(dpb_augment_config){__VA_ARGS__}, image, 1, &augment)
  refuse_made(augment, dpb_augment_create(NULL, image, 1, &augment), ARG,
              "config is NULL");
  refuse(dpb_augment_create(&config, image, 1, NULL), ARG, "NULL");
  refuse_made(augment, dpb_augment_create(&config, (dpb_hwc){0, 2, 1}, 1, &augment), ARG,
              "0x2x1");
  refuse_made(augment, augmented(.shift = -1), ARG, "shift is -1");
  refuse_made(augment, augmented(.shift = 2), SHAPE, "2");
  refuse_made(augment, augmented(.rotate = 181), ARG, "rotate is 181");
  refuse_made(augment, augmented(.rotate = NAN), ARG, "rotate is nan");
  refuse_made(augment, augmented(.scale = 1), ARG, "scale is 1");
  refuse_made(augment, augmented(.noise = -1), ARG, "noise is -1");
  refuse_made(augment, augmented(.noise = INFINITY), ARG, "noise is inf");
  refuse_made(augment, augmented(.crop = -1), ARG, "crop is -1");
  refuse_made(augment, augmented(.erase = INT_MIN), ARG, "erase is -2.14");
  accept(augmented(.flip = 1));
#define apply(...) dpb_augment_apply(augment, &(dpb_batch){__VA_ARGS__}, 0, 0, out)
  refuse(dpb_augment_apply(NULL, &(dpb_batch){.n = 1, .features = rows}, 0, 0, out), ARG,
         "NULL");
  refuse(dpb_augment_apply(augment, NULL, 0, 0, out), ARG, "batch is NULL");
  refuse(dpb_augment_apply(augment, &(dpb_batch){.n = 1, .features = rows}, 0, 0, NULL),
         ARG, "out is NULL");
  refuse(apply(.n = 0, .features = rows), ARG, "batch of 0");
  refuse(apply(.n = -1, .features = rows), ARG, "batch of -1");
  refuse(apply(.n = 1), ARG, "neither");
  refuse(apply(.n = 1, .features = rows, .pixels = bytes), ARG, "features and pixels");
  refuse(apply(.n = 1, .features = rows, .scales = rows), ARG, "scales alone");
  refuse(apply(.n = 1, .features = rows, .offsets = rows), ARG, "offsets alone");
  dpb_augment_destroy(augment);
  dpb_augment_destroy(NULL);
}

static void test_confusion(void **state) {
  (void)state;
  dpb_confusion *confusion;
  const int32_t right[2] = {0, 1}, wrong[2] = {0, 3}, minus[2] = {0, INT32_MIN};
  dpb_class_metrics of_class;
  dpb_metrics all;
  refuse(dpb_confusion_create(3, NULL), ARG, "NULL");
  refuse_made(confusion, dpb_confusion_create(0, &confusion), ARG, "classes is 0");
  refuse_made(confusion, dpb_confusion_create(INT_MIN, &confusion), ARG, "classes is -2");
  accept(dpb_confusion_create(3, &confusion));
  refuse(dpb_confusion_add(NULL, 2, right, right), ARG, "confusion is NULL");
  refuse(dpb_confusion_add(confusion, 2, NULL, right), ARG, "labels is NULL");
  refuse(dpb_confusion_add(confusion, 2, right, NULL), ARG, "predictions is NULL");
  refuse(dpb_confusion_add(confusion, 2, wrong, right), DATA, "row 1");
  refuse(dpb_confusion_add(confusion, 2, right, minus), DATA, "row 1");
  expect(dpb_confusion_classes(NULL) == 0);
  expect(dpb_confusion_count(NULL, 0, 0) == 0);
  expect(dpb_confusion_count(confusion, 0, 0) == 0); /* nothing was added */
  expect(dpb_confusion_count(confusion, -1, 0) == 0);
  expect(dpb_confusion_count(confusion, 0, INT_MAX) == 0);
  refuse(dpb_confusion_class(NULL, 0, &of_class), ARG, "confusion is NULL");
  refuse(dpb_confusion_class(confusion, 0, NULL), ARG, "metrics is NULL");
  refuse(dpb_confusion_class(confusion, 3, &of_class), ARG, "class 3");
  refuse(dpb_confusion_class(confusion, -1, &of_class), ARG, "class -1");
  refuse(dpb_confusion_metrics(NULL, &all), ARG, "confusion is NULL");
  refuse(dpb_confusion_metrics(confusion, NULL), ARG, "metrics is NULL");
  dpb_confusion_destroy(confusion);
  dpb_confusion_destroy(NULL);
}

static void test_top_k(void **state) {
  (void)state;
  size_t correct = 7;
  const int32_t wrong[2] = {0, 4};
  refuse(dpb_top_k(2, 4, NULL, labels, 1, &correct), ARG, "outputs is NULL");
  refuse(dpb_top_k(2, 4, rows, NULL, 1, &correct), ARG, "labels is NULL");
  refuse(dpb_top_k(2, 4, rows, labels, 1, NULL), ARG, "correct is NULL");
  refuse(dpb_top_k(2, 4, rows, labels, 0, &correct), ARG, "k is 0");
  refuse(dpb_top_k(2, 4, rows, labels, 5, &correct), ARG, "k is 5");
  refuse(dpb_top_k(2, 0, rows, labels, 1, &correct), ARG, "1 to 0");
  refuse(dpb_top_k(2, -4, rows, labels, INT_MIN, &correct), ARG, "k is -2147483648");
  refuse(dpb_top_k(2, 4, rows, wrong, 1, &correct), DATA, "row 1");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      misuse_test(test_from_floats), misuse_test(test_from_pixels),
      misuse_test(test_questions),   misuse_test(test_class_names),
      misuse_test(test_cuts),        misuse_test(test_splits),
      misuse_test(test_batcher),     misuse_test(test_scaling),
      misuse_test(test_augment),     misuse_test(test_confusion),
      misuse_test(test_top_k),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
