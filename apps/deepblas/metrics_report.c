/* SPDX-License-Identifier: MIT
 *
 * A table has a dozen columns at the most, so that the confusions of more than ten
 * classes are a list: whoever wants them all takes --json.
 */
#include "metrics_report.h"

#include <stdio.h>

#include "table.h"

enum { MOST_CLASSES = 10, MOST_PAIRS = 20 };

/* "shirt" or "7" */
static const char *class_text(const dpb_dataset *data, int index, char text[32]) {
  const char *name =
      index < dpb_dataset_classes(data) ? dpb_dataset_class_name(data, index) : NULL;
  if (name) return name;
  snprintf(text, 32, "%d", index);
  return text;
}

static void print_row(table *t, const char *name, uint64_t samples, uint64_t predicted,
                      const double *values) {
  table_cell(t, "%s", name);
  table_cell(t, "%llu", (unsigned long long)samples);
  table_cell(t, "%llu", (unsigned long long)predicted);
  for (int i = 0; i < 3; i++) table_cell(t, "%.4f", values[i]);
}

void metrics_print(const dpb_confusion *confusion, const dpb_dataset *data) {
  table t = {.align = "lrrrrr"};
  char text[32];
  table_head(&t, "class|samples|predicted|precision|recall|F1");
  for (int i = 0; i < dpb_confusion_classes(confusion); i++) {
    dpb_class_metrics m;
    if (dpb_confusion_class(confusion, i, &m) != DPB_OK) continue;
    if (m.samples + m.predicted == 0) continue;
    print_row(&t, class_text(data, i, text), m.samples, m.predicted,
              (double[]){m.precision, m.recall, m.f1});
  }
  dpb_metrics all;
  if (dpb_confusion_metrics(confusion, &all) == DPB_OK) {
    print_row(&t, "mean", all.samples, all.samples,
              (double[]){all.macro_precision, all.macro_recall, all.macro_f1});
  }
  printf("\n");
  table_print(&t, stdout);
  printf("\nbalanced accuracy %.4f\n", all.balanced_accuracy);
}

static void print_matrix(const dpb_confusion *confusion, const dpb_dataset *data) {
  char align[MOST_CLASSES + 2] = "l";
  char text[32];
  const int classes = dpb_confusion_classes(confusion);
  for (int i = 0; i < classes; i++) align[i + 1] = 'r';
  align[classes + 1] = '\0';
  table t = {.align = align};
  table_cell(&t, "label");
  for (int i = 0; i < classes; i++) table_cell(&t, "%s", class_text(data, i, text));
  for (int i = 0; i < classes; i++) {
    table_cell(&t, "%s", class_text(data, i, text));
    for (int k = 0; k < classes; k++) {
      table_cell(&t, "%llu", (unsigned long long)dpb_confusion_count(confusion, i, k));
    }
  }
  printf("\nlabels down, predictions across\n");
  table_print(&t, stdout);
}

/* The commonest wrong pair that comes behind (count, at) in order; its count, or 0. */
static uint64_t next_pair(const dpb_confusion *confusion, uint64_t count, int64_t *at) {
  const int classes = dpb_confusion_classes(confusion);
  uint64_t best = 0;
  int64_t place = -1;
  for (int i = 0; i < classes; i++) {
    for (int k = 0; k < classes; k++) {
      const uint64_t here = dpb_confusion_count(confusion, i, k);
      const int64_t index = (int64_t)i * classes + k;
      if (i == k || here > count || (here == count && index <= *at)) continue;
      if (here > best) {
        best = here;
        place = index;
      }
    }
  }
  *at = place;
  return best;
}

static void print_pairs(const dpb_confusion *confusion, const dpb_dataset *data) {
  table t = {.align = "llr"};
  char text[32];
  const int classes = dpb_confusion_classes(confusion);
  uint64_t count = UINT64_MAX;
  int64_t at = -1;
  table_head(&t, "label|taken for|times");
  for (int pairs = 0; pairs < MOST_PAIRS; pairs++) {
    count = next_pair(confusion, count, &at);
    if (count == 0) break;
    table_cell(&t, "%s", class_text(data, (int)(at / classes), text));
    table_cell(&t, "%s", class_text(data, (int)(at % classes), text));
    table_cell(&t, "%llu", (unsigned long long)count);
  }
  printf("\n");
  table_print(&t, stdout);
}

void confusion_print(const dpb_confusion *confusion, const dpb_dataset *data) {
  if (dpb_confusion_classes(confusion) <= MOST_CLASSES) {
    print_matrix(confusion, data);
  } else {
    print_pairs(confusion, data);
  }
}

void metrics_json(json *j, const dpb_confusion *confusion, const dpb_dataset *data) {
  dpb_metrics all;
  if (dpb_confusion_metrics(confusion, &all) != DPB_OK) return;
  json_number(j, "balanced_accuracy", all.balanced_accuracy);
  json_number(j, "macro_precision", all.macro_precision);
  json_number(j, "macro_recall", all.macro_recall);
  json_number(j, "macro_f1", all.macro_f1);
  json_array(j, "classes");
  for (int i = 0; i < dpb_confusion_classes(confusion); i++) {
    dpb_class_metrics m;
    char text[32];
    if (dpb_confusion_class(confusion, i, &m) != DPB_OK) continue;
    json_object(j, NULL);
    json_text(j, "class", class_text(data, i, text));
    json_count(j, "samples", m.samples);
    json_count(j, "predicted", m.predicted);
    json_count(j, "correct", m.correct);
    json_number(j, "precision", m.precision);
    json_number(j, "recall", m.recall);
    json_number(j, "f1", m.f1);
    json_end_object(j);
  }
  json_end_array(j);
}

void confusion_json(json *j, const dpb_confusion *confusion) {
  const int classes = dpb_confusion_classes(confusion);
  json_array(j, "confusion");
  for (int i = 0; i < classes; i++) {
    json_array(j, NULL);
    for (int k = 0; k < classes; k++) {
      json_count(j, NULL, dpb_confusion_count(confusion, i, k));
    }
    json_end_array(j);
  }
  json_end_array(j);
}
