/* SPDX-License-Identifier: MIT
 *
 * Section 8.1.1, figure 8-2: the digits that DeepConvNet takes for something else. To
 * see: many of them a person would have to think about, too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "convnet.h"
#include "csv.h"
#include "mistakes.h"
#include "report.h"

static const option_page page = {
    .summary = "Show the test images that DeepConvNet takes for something else.",
    .after =
        "--out writes misclassified.csv (image, label, prediction, confidence), all of\n"
        "them, the surest first, and the picture misclassified.\n"
        "\n"
        "Example:\n"
        "  ch08_misclassified --model figures/deep_convnet.npz --out figures\n"};

enum { COLUMNS = 5 };

static int show(const experiment *e, dpb_model *model, int shown) {
  mistake *list = NULL;
  size_t count = 0;
  csv_file csv = {0};
  int code = mistakes_find(model, e->test, &list, &count);
  if (code == EXIT_OK)
    code =
        csv_open(&csv, e->out, "misclassified.csv", "image,label,prediction,confidence");
  if (code != EXIT_OK) {
    free(list);
    return code;
  }
  printf("%zu of %zu test images taken for something else\n", count,
         dpb_dataset_count(e->test));
  for (size_t i = 0; i < count; i++) {
    csv_row(&csv, "%zu,%d,%d,%.6f", list[i].row, list[i].label, list[i].prediction,
            list[i].confidence);
    if (i < (size_t)shown)
      printf("image %5zu  is %d, taken for %d with %5.1f %%\n", list[i].row,
             list[i].label, list[i].prediction, 100 * list[i].confidence);
  }
  code = csv_close(&csv, EXIT_OK);
  const size_t drawn = count < (size_t)shown ? count : (size_t)shown;
  figure *f = e->out ? mistakes_figure(e->test, list, drawn, COLUMNS) : NULL;
  if (f) code = experiment_show(e, f, "misclassified", code);
  free(list);
  return code;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch08_misclassified",
                  .data = "sample",
                  .seed = 1,
                  .epochs = 4,
                  .batch = 100,
                  .full = {.epochs = 20}};
  convnet_source from = {.net = "deep_convnet"};
  int shown = 20;
  const option_spec own[] = {CONVNET_OPTIONS(from),
                             {OPTION_INT, "show", 0, "N",
                              "the N of which it is surest (default: 20)", &shown, NULL,
                              1, 100}};
  int code = experiment_begin(&e, &page, own, OPTION_COUNT(own), argc, argv);
  if (code != -1) return code;
  learner l = {0};
  dpb_model *model = NULL;
  code = convnet_open(&e, &from, &l, &model);
  if (code == EXIT_OK) code = show(&e, model, shown);
  convnet_drop(&l, model);
  return experiment_end(&e, code);
}
