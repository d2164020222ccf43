/* SPDX-License-Identifier: MIT
 *
 * Pictures of what a network takes for what.
 */
#include "eval_plot.h"

#include <stdlib.h>

#include "figure.h"
#include "mistakes.h"
#include "report.h"

enum { SHOWN = 20, IN_A_ROW = 5 };

static figure *draw_confusion(const dpb_dataset *data, const dpb_confusion *confusion) {
  const int classes = dpb_confusion_classes(confusion);
  double *counts = need_memory((size_t)classes * (size_t)classes * sizeof *counts);
  const char **names = need_memory((size_t)classes * sizeof *names);
  int named = 1;
  for (int i = 0; i < classes; i++) {
    names[i] = dpb_dataset_class_name(data, i);
    named &= names[i] != NULL;
    for (int k = 0; k < classes; k++)
      counts[i * classes + k] = (double)dpb_confusion_count(confusion, i, k);
  }
  figure *f = figure_new("What is taken for what", 1, 1);
  figure_panel(f, "", "taken for", "class");
  figure_matrix(f, counts, classes, classes, named ? names : NULL, named ? names : NULL);
  free(names);
  free(counts);
  return f;
}

static int show(figure *f, const char *folder, const char *name, int quiet) {
  if (!quiet) return figure_show(f, folder, name);
  const int code = figure_save(f, folder, name, NULL);
  figure_free(f);
  return code;
}

int eval_plot(dpb_model *model, const dpb_dataset *data, const dpb_confusion *confusion,
              const char *folder, int quiet) {
  mistake *list = NULL;
  size_t count = 0;
  int code = show(draw_confusion(data, confusion), folder, "confusion", quiet);
  if (code == EXIT_OK) code = mistakes_find(model, data, &list, &count);
  if (code == EXIT_OK) {
    figure *f = mistakes_figure(data, list, count < SHOWN ? count : SHOWN, IN_A_ROW);
    if (f) code = show(f, folder, "misclassified", quiet);
    if (!f && count > 0)
      note(
          "samples are no images: those that are taken for something else are not drawn");
  }
  free(list);
  return code;
}
