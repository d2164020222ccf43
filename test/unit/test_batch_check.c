/* SPDX-License-Identifier: MIT
 *
 * What is wrong with a mini-batch, in words.
 */
#include "train_fixture.h"

#include "model/model.h"

enum { INPUTS = 2, CLASSES = 3, MOST = 4 };

static const float features[INPUTS * MOST];
static const uint8_t pixels[INPUTS * MOST];
static const int32_t labels[MOST] = {0, 1, 2, 0};
static const float targets[CLASSES * MOST];
static const float ones[INPUTS] = {1, 1};

static dpb_model *model;

static void refused(dpb_batch batch, bool need_truth, dpb_status status,
                    const char *text) {
  must_fail(dpb__batch_check(model, MOST, &batch, need_truth), status, text);
}

static void accepted(dpb_batch batch, bool need_truth) {
  must(dpb__batch_check(model, MOST, &batch, need_truth));
}

static void the_number_of_samples(void **state) {
  (void)state;
  must_fail(dpb__batch_check(model, MOST, NULL, false), DPB_ERR_ARG, "batch is NULL");
  refused((dpb_batch){.n = 0, .features = features}, false, DPB_ERR_ARG,
          "batch of 0 samples");
  accepted((dpb_batch){.n = 1, .features = features}, false);
  accepted((dpb_batch){.n = MOST, .features = features}, false);
  refused((dpb_batch){.n = MOST + 1, .features = features}, false, DPB_ERR_SHAPE,
          "batch of 5 samples is larger than max_batch 4");
}

static void features_or_pixels(void **state) {
  (void)state;
  accepted((dpb_batch){.n = 1, .pixels = pixels}, false);
  refused((dpb_batch){.n = 1}, false, DPB_ERR_ARG,
          "batch must have either features or pixels, and has neither");
  refused((dpb_batch){.n = 1, .features = features, .pixels = pixels}, false, DPB_ERR_ARG,
          "batch must have either features or pixels, and has both");
}

static void scales_and_offsets(void **state) {
  (void)state;
  accepted((dpb_batch){.n = 1, .features = features, .scales = ones, .offsets = ones},
           false);
  refused((dpb_batch){.n = 1, .features = features, .scales = ones}, false, DPB_ERR_ARG,
          "batch must have scales and offsets or neither");
  refused((dpb_batch){.n = 1, .features = features, .offsets = ones}, false, DPB_ERR_ARG,
          "batch must have scales and offsets or neither");
}

static void labels_or_targets(void **state) {
  (void)state;
  dpb_batch batch = {.n = MOST, .features = features};
  accepted(batch, false);
  refused(batch, true, DPB_ERR_ARG,
          "batch must have either labels or targets, and has neither");
  batch.labels = labels;
  accepted(batch, true);
  batch.targets = targets;
  refused(batch, true, DPB_ERR_ARG,
          "batch must have either labels or targets, and has both");
  accepted(batch, false);
  batch.labels = NULL;
  accepted(batch, true);
}

/* Labels are looked up by row, and samples counted in the batch. */
static void labels_are_classes(void **state) {
  (void)state;
  static const int32_t wild[MOST] = {0, 3, -1, 2};
  static const uint32_t good[] = {3, 0, 3}, high[] = {3, 0, 1}, low[] = {3, 2};
  dpb_batch batch = {.n = 3, .features = features, .labels = wild};
  refused(batch, true, DPB_ERR_DATA,
          "label 3 of sample 1 is not one of the classes 0..2");
  accepted(batch, false);
  batch.rows = good;
  accepted(batch, true);
  batch.rows = high;
  refused(batch, true, DPB_ERR_DATA,
          "label 3 of sample 2 is not one of the classes 0..2");
  batch.n = 2;
  accepted(batch, true);
  batch.rows = low;
  refused(batch, true, DPB_ERR_DATA, "label -1 of sample 1 is not one of the classes");
}

static int begin(void **state) {
  (void)state;
  model = fixture_model("affine 3", (dpb_hwc){1, 1, INPUTS}, MOST, 1);
  return 0;
}

static int end(void **state) {
  (void)state;
  dpb_model_destroy(model);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_number_of_samples), cmocka_unit_test(features_or_pixels),
      cmocka_unit_test(scales_and_offsets),    cmocka_unit_test(labels_or_targets),
      cmocka_unit_test(labels_are_classes),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
