/* SPDX-License-Identifier: MIT
 *
 * Confusion matrix and what follows from it; top-k accuracy.
 */
#include <deepblas/metrics.h>

#include <math.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "base/memory.h"
#include "base/size.h"
#include "model/model.h"
#include "train/trainer.h"

struct dpb_confusion {
  int classes;
  uint64_t *counts; /* (label, prediction) */
};

dpb_status dpb_confusion_create(int classes, dpb_confusion **confusion) {
  if (!confusion) return dpb__fail(DPB_ERR_ARG, "confusion: the out-pointer is NULL");
  *confusion = NULL;
  if (classes < 1)
    return dpb__fail(DPB_ERR_ARG, "confusion: classes is %d, must be at least 1",
                     classes);
  size_t cells = 0;
  if (!dpb__size_mul((size_t)classes, (size_t)classes, &cells))
    return dpb__fail(DPB_ERR_SIZE, "confusion: %d classes are too many", classes);
  void *memory = NULL;
  dpb_status status = dpb__allocate(1, sizeof(dpb_confusion), "confusion", &memory);
  if (status != DPB_OK) return status;
  dpb_confusion *made = memory;
  made->classes = classes;
  status = dpb__allocate(cells, sizeof *made->counts, "confusion: counts", &memory);
  made->counts = memory;
  if (status != DPB_OK) {
    dpb_confusion_destroy(made);
    return status;
  }
  *confusion = made;
  return DPB_OK;
}

void dpb_confusion_destroy(dpb_confusion *confusion) {
  if (!confusion) return;
  dpb__release(confusion->counts);
  dpb__release(confusion);
}

static bool in_range(const dpb_confusion *confusion, int index) {
  return index >= 0 && index < confusion->classes;
}

dpb_status dpb_confusion_add(dpb_confusion *confusion, size_t n, const int32_t *labels,
                             const int32_t *predictions) {
  if (!confusion || !labels || !predictions)
    return dpb__fail(DPB_ERR_ARG, "confusion: %s is NULL",
                     !confusion ? "confusion"
                     : !labels  ? "labels"
                                : "predictions");
  for (size_t i = 0; i < n; i++)
    if (!in_range(confusion, labels[i]) || !in_range(confusion, predictions[i]))
      return dpb__fail(DPB_ERR_DATA,
                       "confusion: row %zu has label %ld and prediction %ld, there are "
                       "%d classes",
                       i, (long)labels[i], (long)predictions[i], confusion->classes);
  for (size_t i = 0; i < n; i++)
    confusion->counts[(size_t)labels[i] * (size_t)confusion->classes +
                      (size_t)predictions[i]]++;
  return DPB_OK;
}

int dpb_confusion_classes(const dpb_confusion *confusion) {
  return confusion ? confusion->classes : 0;
}

uint64_t dpb_confusion_count(const dpb_confusion *confusion, int label, int prediction) {
  if (!confusion || !in_range(confusion, label) || !in_range(confusion, prediction))
    return 0;
  return confusion
      ->counts[(size_t)label * (size_t)confusion->classes + (size_t)prediction];
}

static double ratio(uint64_t part, uint64_t whole) {
  return whole > 0 ? (double)part / (double)whole : 0.0;
}

static dpb_class_metrics measure(const dpb_confusion *confusion, int index) {
  dpb_class_metrics m = {.correct = dpb_confusion_count(confusion, index, index)};
  for (int i = 0; i < confusion->classes; i++) {
    m.samples += dpb_confusion_count(confusion, index, i);
    m.predicted += dpb_confusion_count(confusion, i, index);
  }
  m.precision = ratio(m.correct, m.predicted);
  m.recall = ratio(m.correct, m.samples);
  m.f1 = ratio(2 * m.correct, m.samples + m.predicted);
  return m;
}

dpb_status dpb_confusion_class(const dpb_confusion *confusion, int index,
                               dpb_class_metrics *metrics) {
  if (!confusion || !metrics)
    return dpb__fail(DPB_ERR_ARG, "confusion: %s is NULL",
                     confusion ? "metrics" : "confusion");
  if (!in_range(confusion, index))
    return dpb__fail(DPB_ERR_ARG, "confusion: class %d, there are %d", index,
                     confusion->classes);
  const unsigned host_mode = dpb__float_enter_plain();
  *metrics = measure(confusion, index);
  dpb__float_leave(host_mode);
  return DPB_OK;
}

static dpb_metrics measure_all(const dpb_confusion *confusion) {
  dpb_metrics sum = {0};
  int seen = 0;
  int present = 0;
  for (int i = 0; i < confusion->classes; i++) {
    const dpb_class_metrics m = measure(confusion, i);
    sum.samples += m.samples;
    sum.correct += m.correct;
    sum.macro_precision += m.precision;
    sum.macro_recall += m.recall;
    sum.macro_f1 += m.f1;
    seen += m.samples + m.predicted > 0;
    present += m.samples > 0;
  }
  /* 0 of 0 is NaN, which C's division says by itself */
  sum.accuracy = (double)sum.correct / (double)sum.samples;
  sum.balanced_accuracy = sum.macro_recall / present;
  sum.macro_precision /= seen;
  sum.macro_recall /= seen;
  sum.macro_f1 /= seen;
  return sum;
}

dpb_status dpb_confusion_metrics(const dpb_confusion *confusion, dpb_metrics *metrics) {
  if (!confusion || !metrics)
    return dpb__fail(DPB_ERR_ARG, "confusion: %s is NULL",
                     confusion ? "metrics" : "confusion");
  const unsigned host_mode = dpb__float_enter_plain();
  *metrics = measure_all(confusion);
  dpb__float_leave(host_mode);
  return DPB_OK;
}

/* -- top-k */

static bool among(const float *outputs, int classes, int label, int k) {
  int larger = 0;
  for (int i = 0; i < classes; i++)
    larger +=
        outputs[i] > outputs[label] || (i < label && !(outputs[i] < outputs[label]));
  return larger < k;
}

dpb_status dpb_top_k(size_t n, int classes, const float *outputs, const int32_t *labels,
                     int k, size_t *correct) {
  if (!outputs || !labels || !correct)
    return dpb__fail(DPB_ERR_ARG, "top-k: %s is NULL",
                     !outputs  ? "outputs"
                     : !labels ? "labels"
                               : "correct");
  if (k < 1 || k > classes)
    return dpb__fail(DPB_ERR_ARG, "top-k: k is %d, must be 1 to %d, the classes", k,
                     classes);
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    if (labels[i] < 0 || labels[i] >= classes)
      return dpb__fail(DPB_ERR_DATA, "top-k: label %ld of row %zu is outside 0..%d",
                       (long)labels[i], i, classes - 1);
    count += among(outputs + i * (size_t)classes, classes, labels[i], k);
  }
  *correct = count;
  return DPB_OK;
}

/* outputs has room for the largest mini-batch. */
static dpb_status top_k_rows(dpb_model *model, const dpb_dataset *dataset, int k,
                             float *outputs, size_t *correct) {
  const dpb_hwc out = dpb_model_output(model);
  const size_t most = (size_t)dpb_model_max_batch(model);
  const size_t all = dpb_dataset_count(dataset);
  size_t sum = 0;
  for (size_t first = 0; first < all;) {
    const int n = (int)(all - first < most ? all - first : most);
    dpb_batch batch;
    size_t count = 0;
    dpb_status status = dpb_dataset_batch(dataset, first, n, &batch);
    if (status == DPB_OK) status = dpb_model_predict(model, &batch, outputs);
    if (status == DPB_OK)
      status =
          dpb_top_k((size_t)n, out.h * out.w * out.c, outputs, batch.labels, k, &count);
    if (status != DPB_OK) return status;
    sum += count;
    first += (size_t)n;
  }
  *correct = sum;
  return DPB_OK;
}

dpb_status dpb_evaluate_top_k(dpb_model *model, const dpb_dataset *dataset, int k,
                              size_t *correct) {
  dpb_status status = dpb__model_ready(model, "dpb_evaluate_top_k");
  if (status != DPB_OK) return status;
  if (!dataset || !correct)
    return dpb__fail(DPB_ERR_ARG, "dpb_evaluate_top_k: %s is NULL",
                     dataset ? "correct" : "dataset");
  status = dpb__dataset_fits(model, dataset, "dataset");
  if (status != DPB_OK) return status;
  const dpb_hwc out = dpb_model_output(model);
  const size_t sample = (size_t)out.h * (size_t)out.w * (size_t)out.c;
  void *outputs = NULL;
  status = dpb__allocate((size_t)dpb_model_max_batch(model), sample * sizeof(float),
                         "top-k: outputs", &outputs);
  if (status == DPB_OK) status = top_k_rows(model, dataset, k, outputs, correct);
  dpb__release(outputs);
  return status;
}
