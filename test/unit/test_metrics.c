/* SPDX-License-Identifier: MIT
 *
 * Metrics against numbers worked out by hand (and, in brackets, by scikit-learn's rules).
 */
#include "train_fixture.h"

#include <deepblas/metrics.h>

static void near(double found, double expected) {
  if (!(fabs(found - expected) < 1e-12)) fail_msg("%.17g, not %.17g", found, expected);
}

/*            predicted  0 1 2 3
 *   label 0: 2 1 0 0
 *   label 1: 1 3 0 0
 *   label 2: 0 1 0 0       never predicted
 *   label 3: 0 0 0 0       neither there nor predicted */
static const int32_t labels[] = {0, 0, 0, 1, 1, 1, 1, 2};
static const int32_t predictions[] = {0, 0, 1, 0, 1, 1, 1, 1};

static void test_by_hand(void **state) {
  (void)state;
  dpb_confusion *confusion = NULL;
  must(dpb_confusion_create(4, &confusion));
  assert_int_equal(dpb_confusion_classes(confusion), 4);
  must(dpb_confusion_add(confusion, 5, labels, predictions));
  must(dpb_confusion_add(confusion, 3, labels + 5, predictions + 5));
  static const uint64_t counts[4][4] = {{2, 1}, {1, 3}, {0, 1}, {0}};
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++)
      assert_int_equal(dpb_confusion_count(confusion, i, j), counts[i][j]);
  assert_int_equal(dpb_confusion_count(confusion, 4, 0), 0);
  assert_int_equal(dpb_confusion_count(confusion, 0, -1), 0);

  dpb_class_metrics m;
  must(dpb_confusion_class(confusion, 1, &m));
  assert_int_equal(m.samples, 4);
  assert_int_equal(m.predicted, 5);
  assert_int_equal(m.correct, 3);
  near(m.precision, 3.0 / 5);
  near(m.recall, 3.0 / 4);
  near(m.f1, 6.0 / 9);
  must(dpb_confusion_class(confusion, 2, &m));
  near(m.precision, 0.0); /* 0/0 */
  near(m.recall, 0.0);
  near(m.f1, 0.0);
  must(dpb_confusion_class(confusion, 3, &m));
  near(m.recall, 0.0); /* 0/0 */

  dpb_metrics all;
  must(dpb_confusion_metrics(confusion, &all));
  assert_int_equal(all.samples, 8);
  assert_int_equal(all.correct, 5);
  near(all.accuracy, 5.0 / 8);
  near(all.balanced_accuracy, (2.0 / 3 + 3.0 / 4 + 0.0) / 3);
  near(all.macro_precision, (2.0 / 3 + 3.0 / 5 + 0.0) / 3);
  near(all.macro_recall, (2.0 / 3 + 3.0 / 4 + 0.0) / 3);
  near(all.macro_f1, (2.0 / 3 + 2.0 / 3 + 0.0) / 3);

  /* a class that is predicted without being there counts in the macro averages, but not
   * in balanced accuracy */
  must(dpb_confusion_add(confusion, 1, (int32_t[]){0}, (int32_t[]){3}));
  must(dpb_confusion_metrics(confusion, &all));
  near(all.balanced_accuracy, (2.0 / 4 + 3.0 / 4 + 0.0) / 3);
  near(all.macro_recall, (2.0 / 4 + 3.0 / 4 + 0.0 + 0.0) / 4);
  dpb_confusion_destroy(confusion);
}

static void test_nothing_counted(void **state) {
  (void)state;
  dpb_confusion *confusion = NULL;
  must(dpb_confusion_create(2, &confusion));
  dpb_metrics all;
  must(dpb_confusion_metrics(confusion, &all));
  assert_int_equal(all.samples, 0);
  assert_true(isnan(all.accuracy) && isnan(all.balanced_accuracy) && isnan(all.macro_f1));
  dpb_confusion_destroy(confusion);
}

static void test_refusals(void **state) {
  (void)state;
  dpb_confusion *confusion = (dpb_confusion *)(uintptr_t)1;
  dpb_class_metrics m;
  dpb_metrics all;
  must_fail(dpb_confusion_create(0, &confusion), DPB_ERR_ARG, "classes is 0");
  assert_null(confusion);
  must_fail(dpb_confusion_create(2, NULL), DPB_ERR_ARG, "NULL");
  must_fail(dpb_confusion_add(NULL, 1, labels, labels), DPB_ERR_ARG, "confusion is NULL");
  must_fail(dpb_confusion_class(NULL, 0, &m), DPB_ERR_ARG, "confusion is NULL");
  must_fail(dpb_confusion_metrics(NULL, &all), DPB_ERR_ARG, "confusion is NULL");
  assert_int_equal(dpb_confusion_classes(NULL), 0);
  assert_int_equal(dpb_confusion_count(NULL, 0, 0), 0);
  must(dpb_confusion_create(2, &confusion));
  must_fail(dpb_confusion_add(confusion, 8, labels, predictions), DPB_ERR_DATA,
            "row 7 has label 2 and prediction 1, there are 2 classes");
  assert_int_equal(dpb_confusion_count(confusion, 0, 0), 0); /* nothing was added */
  must_fail(dpb_confusion_add(confusion, 1, NULL, labels), DPB_ERR_ARG, "labels is NULL");
  must_fail(dpb_confusion_class(confusion, 2, &m), DPB_ERR_ARG, "class 2, there are 2");
  must_fail(dpb_confusion_class(confusion, 0, NULL), DPB_ERR_ARG, "metrics is NULL");
  must_fail(dpb_confusion_metrics(confusion, NULL), DPB_ERR_ARG, "metrics is NULL");
  dpb_confusion_destroy(confusion);
  dpb_confusion_destroy(NULL);
}

static void test_top_k(void **state) {
  (void)state;
  static const float outputs[] = {
      3, 1, 2, 0, /* 0 first */
      1, 1, 1, 1, /* equals: the first are larger */
      0, 5, 4, 9, /* 0 last */
  };
  static const int32_t truth[] = {0, 2, 0};
  static const size_t correct[] = {1, 1, 2, 3};
  size_t count = 99;
  for (int k = 1; k <= 4; k++) {
    must(dpb_top_k(3, 4, outputs, truth, k, &count));
    assert_int_equal(count, correct[k - 1]);
  }
  must_fail(dpb_top_k(3, 4, outputs, truth, 5, &count), DPB_ERR_ARG,
            "k is 5, must be 1 to 4");
  must_fail(dpb_top_k(3, 4, outputs, truth, 0, &count), DPB_ERR_ARG, "k is 0");
  must_fail(dpb_top_k(3, 4, NULL, truth, 1, &count), DPB_ERR_ARG, "outputs is NULL");
  must_fail(dpb_top_k(1, 2, outputs, truth + 1, 1, &count), DPB_ERR_DATA,
            "label 2 of row 0 is outside 0..1");
}

static void test_top_k_of_a_dataset(void **state) {
  (void)state;
  const dpb_hwc shape = {1, 1, 12};
  dpb_model *model = fixture_model("affine 6, relu, affine 5", shape, 20, 2);
  dpb_dataset *data = fixture_blobs(53, shape, 5, 3);
  size_t before = 0;
  size_t count = 0;
  for (int k = 1; k <= 5; k++) {
    must(dpb_evaluate_top_k(model, data, k, &count));
    assert_true(count >= before);
    before = count;
    if (k > 1) continue;
    dpb_evaluation result;
    must(dpb_evaluate(model, data, &result, NULL));
    assert_int_equal(count, result.correct);
  }
  assert_int_equal(count, 53);
  must_fail(dpb_evaluate_top_k(model, data, 6, &count), DPB_ERR_ARG, "k is 6");
  must_fail(dpb_evaluate_top_k(model, NULL, 1, &count), DPB_ERR_ARG, "dataset is NULL");
  must_fail(dpb_evaluate_top_k(model, data, 1, NULL), DPB_ERR_ARG, "correct is NULL");
  must_fail(dpb_evaluate_top_k(NULL, data, 1, &count), DPB_ERR_ARG, "NULL");
  dpb_dataset_destroy(data);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_by_hand),
      cmocka_unit_test(test_nothing_counted),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_top_k),
      cmocka_unit_test(test_top_k_of_a_dataset),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
