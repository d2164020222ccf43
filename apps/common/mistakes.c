/* SPDX-License-Identifier: MIT
 *
 * The samples that a network takes for something else.
 */
#include "mistakes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"

static size_t numbers_of(dpb_hwc shape) {
  return (size_t)shape.h * (size_t)shape.w * (size_t)shape.c;
}

/* What the outputs of one sample say; a probability only where they are probabilities. */
static mistake judge(const float *outputs, size_t classes) {
  mistake m = {.confidence = (double)NAN};
  double sum = 0;
  int negative = 0;
  for (size_t i = 0; i < classes; i++) {
    if (outputs[i] > outputs[m.prediction]) m.prediction = (int)i;
    negative |= outputs[i] < 0;
    sum += (double)outputs[i];
  }
  if (!negative && fabs(sum - 1) < 1e-3) m.confidence = (double)outputs[m.prediction];
  return m;
}

static int by_confidence(const void *a, const void *b) {
  const mistake *first = a, *second = b;
  if (first->confidence > second->confidence) return -1;
  if (first->confidence < second->confidence) return 1;
  return (first->row > second->row) - (first->row < second->row);
}

int mistakes_find(dpb_model *model, const dpb_dataset *data, mistake **list,
                  size_t *count) {
  const size_t all = dpb_dataset_count(data), most = (size_t)dpb_model_max_batch(model);
  const size_t classes = numbers_of(dpb_model_output(model));
  const int32_t *labels = dpb_dataset_labels(data);
  float *outputs = need_memory(most * classes * sizeof *outputs);
  mistake *found = need_memory((all + 1) * sizeof *found);
  size_t n = 0;
  dpb_status status = DPB_OK;
  for (size_t first = 0; first < all && status == DPB_OK; first += most) {
    const size_t some = all - first < most ? all - first : most;
    dpb_batch batch;
    status = dpb_dataset_batch(data, first, (int)some, &batch);
    if (status == DPB_OK) status = dpb_model_predict(model, &batch, outputs);
    for (size_t i = 0; i < some && status == DPB_OK; i++) {
      mistake m = judge(outputs + i * classes, classes);
      m.row = first + i;
      m.label = (int)labels[m.row];
      if (m.prediction != m.label) found[n++] = m;
    }
  }
  free(outputs);
  *count = status == DPB_OK ? n : 0;
  *list = status == DPB_OK ? found : NULL;
  if (status != DPB_OK) {
    free(found);
    return fail_library(exit_code_of(status));
  }
  qsort(found, n, sizeof *found, by_confidence);
  return EXIT_OK;
}

/* A sample as grey levels: the mean of its channels. */
static dpb_status read_grey(const dpb_dataset *data, size_t row, float *grey) {
  const dpb_hwc shape = dpb_dataset_sample_shape(data);
  const size_t pixels = (size_t)shape.h * (size_t)shape.w, c = (size_t)shape.c;
  dpb_batch batch;
  const dpb_status status = dpb_dataset_batch(data, row, 1, &batch);
  if (status != DPB_OK) return status;
  const size_t start = batch.rows ? batch.rows[0] * pixels * c : 0;
  for (size_t i = 0; i < pixels; i++) {
    grey[i] = 0;
    for (size_t k = start + i * c; k < start + (i + 1) * c; k++)
      grey[i] += (batch.pixels ? (float)batch.pixels[k] : batch.features[k]) / (float)c;
  }
  return DPB_OK;
}

static const char *class_text(const dpb_dataset *data, int index, char text[24]) {
  const char *name = dpb_dataset_class_name(data, index);
  if (name)
    snprintf(text, 24, "%s", name);
  else
    snprintf(text, 24, "%d", index);
  return text;
}

static void draw_one(figure *f, const dpb_dataset *data, const mistake *m, float *grey) {
  const dpb_hwc shape = dpb_dataset_sample_shape(data);
  char title[80], label[24], prediction[24], sure[24] = "";
  float low = 0, high = 0;
  if (!isnan(m->confidence))
    snprintf(sure, sizeof sure, " (%.0f %%)", 100 * m->confidence);
  snprintf(title, sizeof title, "%s as %s%s", class_text(data, m->label, label),
           class_text(data, m->prediction, prediction), sure);
  figure_panel(f, title, "", "");
  if (read_grey(data, m->row, grey) != DPB_OK) return;
  for (int i = 0; i < shape.h * shape.w; i++) {
    low = fminf(low, grey[i]);
    high = fmaxf(high, grey[i]);
  }
  figure_image(f, grey, shape.h, shape.w, low, high > low ? high : low + 1);
}

figure *mistakes_figure(const dpb_dataset *data, const mistake list[], size_t count,
                        int columns) {
  const dpb_hwc shape = dpb_dataset_sample_shape(data);
  if (shape.h < 2 || shape.w < 2 || count == 0) return NULL;
  if (count < (size_t)columns) columns = (int)count;
  float *grey = need_memory((size_t)shape.h * (size_t)shape.w * sizeof *grey);
  figure *f = figure_new("Misclassified: class as prediction (confidence)", columns,
                         (int)((count + (size_t)columns - 1) / (size_t)columns));
  for (size_t i = 0; i < count; i++) draw_one(f, data, &list[i], grey);
  free(grey);
  return f;
}
