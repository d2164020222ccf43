/* SPDX-License-Identifier: MIT
 *
 * What a classifier gets right and what it takes for what: confusion matrix, precision,
 * recall and F1 of each class and on average, top-k accuracy.
 */
#ifndef DEEPBLAS_METRICS_H
#define DEEPBLAS_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/dataset.h>
#include <deepblas/model.h>
#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Counts of (label, prediction). Opaque; owns classes * classes counts, zero at first. */
typedef struct dpb_confusion dpb_confusion;

/* Errors: DPB_ERR_ARG (classes below 1), DPB_ERR_SIZE, DPB_ERR_MEMORY. */
DPB_API dpb_status dpb_confusion_create(int classes, dpb_confusion **confusion);
DPB_API void dpb_confusion_destroy(dpb_confusion *confusion);

/* Adds n samples, as dpb_evaluate's predictions and the dataset's labels. DPB_ERR_DATA
 * names a class outside 0..classes-1 with its row; nothing is added then. */
DPB_API dpb_status dpb_confusion_add(dpb_confusion *confusion, size_t n,
                                     const int32_t *labels, const int32_t *predictions);

/* 0 for NULL; the count of a pair that is out of range is 0. */
DPB_API int dpb_confusion_classes(const dpb_confusion *confusion);
DPB_API uint64_t dpb_confusion_count(const dpb_confusion *confusion, int label,
                                     int prediction);

/* One class against all others. What would be 0/0 counts as 0: the precision of a class
 * that was never predicted, the recall of one without samples, F1 where both are 0. */
typedef struct dpb_class_metrics {
  uint64_t samples;   /* with that label */
  uint64_t predicted; /* taken for it */
  uint64_t correct;
  double precision; /* correct / predicted */
  double recall;    /* correct / samples */
  double f1;        /* 2 correct / (samples + predicted) */
} dpb_class_metrics;

DPB_API dpb_status dpb_confusion_class(const dpb_confusion *confusion, int index,
                                       dpb_class_metrics *metrics);

/* All classes. The macro averages are plain means over the classes that were seen, as
 * label or as prediction; balanced accuracy is the mean recall of those with samples. NaN
 * where nothing was counted. */
typedef struct dpb_metrics {
  uint64_t samples;
  uint64_t correct;
  double accuracy;
  double balanced_accuracy;
  double macro_precision;
  double macro_recall;
  double macro_f1;
} dpb_metrics;

DPB_API dpb_status dpb_confusion_metrics(const dpb_confusion *confusion,
                                         dpb_metrics *metrics);

/* Of n samples with outputs (n, classes), how many have their label among the k largest;
 * of equals the first are larger. DPB_ERR_ARG unless k is 1..classes; DPB_ERR_DATA names
 * a label out of range. */
DPB_API dpb_status dpb_top_k(size_t n, int classes, const float *outputs,
                             const int32_t *labels, int k, size_t *correct);

/* The same over a dataset. Errors as dpb_evaluate, and DPB_ERR_MEMORY. */
DPB_API dpb_status dpb_evaluate_top_k(dpb_model *model, const dpb_dataset *dataset, int k,
                                      size_t *correct);

#ifdef __cplusplus
}
#endif

#endif
