/* SPDX-License-Identifier: MIT
 *
 * Section 8.3.4: the weights of DeepConvNet in half precision. Each weight is rounded to
 * 16 bits and back; products and sums stay float32. To see: half the size, and the same
 * accuracy, for a network does not depend on the last digits of its weights. Fewer bits
 * still, by cutting off the fraction of the half: some digits can be done without.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/half.h>
#include <deepblas/npz.h>
#include <deepblas/trainer.h>

#include "convnet.h"
#include "csv.h"
#include "net_source.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Compare the accuracy of DeepConvNet in float32 and in fewer bits.",
    .after = "--out writes half_precision.csv (bits, bytes, accuracy, loss, error), the "
             "picture\n"
             "half_precision: accuracy over bits, and half_precision.npz: the model with "
             "weights\n"
             "of 16 bits, for --model of any program.\n"
             "\n"
             "Example:\n"
             "  ch08_half_precision --model figures/deep_convnet.npz --out figures\n"};

/* 16 is a half: 1 sign, 5 exponent, 10 fraction bits; below, fewer of the last. */
static const int widths[] = {32, 16, 12, 10, 9, 8, 7};
enum { WIDTHS = sizeof widths / sizeof widths[0] };

static float rounded(float value, int bits) {
  if (bits == 32) return value;
  const int cut = 16 - bits;
  uint16_t half;
  dpb_half_from_floats(1, &value, &half);
  if (cut > 0) half = (uint16_t)((half + (1 << (cut - 1))) >> cut << cut);
  dpb_half_to_floats(1, &half, &value);
  return value;
}

/* The largest difference that rounding made. */
static double round_all(const float *from, float *to, size_t count, int bits) {
  double most = 0;
  for (size_t i = 0; i < count; i++) {
    to[i] = rounded(from[i], bits);
    const double difference = fabs((double)to[i] - (double)from[i]);
    if (difference > most) most = difference;
  }
  return most;
}

/* The file that all this is for. */
static int save(const experiment *e, const dpb_model *model) {
  char path[4096];
  if (!e->out) return EXIT_OK;
  snprintf(path, sizeof path, "%s/half_precision.npz", e->out);
  if (dpb_model_save_half(model, path) != DPB_OK) return fail_library(EXIT_DATA);
  printf("model      %s\n", path);
  return EXIT_OK;
}

static int compare(const experiment *e, dpb_model *model, csv_file *csv) {
  float *now = NULL;
  size_t count = 0;
  double x[WIDTHS], y[WIDTHS];
  const uint64_t parameters = net_source_parameters(model);
  table t = {.align = "rrrrr"};
  if (dpb_model_flat(model, &now, NULL, &count) != DPB_OK) return fail_library(EXIT_DATA);
  float *whole = need_memory(count * sizeof *whole);
  memcpy(whole, now, count * sizeof *whole);
  table_head(&t, "bits|bytes|accuracy|loss|largest error");
  dpb_status status = DPB_OK;
  for (int i = 0; i < WIDTHS && status == DPB_OK; i++) {
    dpb_evaluation result;
    char bytes[32];
    const uint64_t size = parameters * (uint64_t)widths[i] / 8;
    const double error = round_all(whole, now, count, widths[i]);
    status = dpb_evaluate(model, e->test, &result, NULL);
    if (status != DPB_OK) break;
    x[i] = widths[i];
    y[i] = 100 * (double)result.correct / (double)result.total;
    table_cell(&t, "%d", widths[i]);
    table_cell(&t, "%s", bytes_text(size, bytes));
    table_cell(&t, "%.4f", y[i] / 100);
    table_cell(&t, "%.4f", result.loss);
    table_cell(&t, "%.2g", error);
    csv_row(csv, "%d,%llu,%.6g,%.6g,%.3g", widths[i], (unsigned long long)size,
            y[i] / 100, result.loss, error);
  }
  memcpy(now, whole, count * sizeof *whole);
  free(whole);
  table_print(&t, stdout);
  int code =
      csv_close(csv, status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status)));
  if (code != EXIT_OK) return code;
  figure *f = figure_new("DeepConvNet with weights of fewer bits", 1, 1);
  figure_panel(f, "", "bits of a weight", "test accuracy / %");
  figure_range(f, 'y', 0, 100); /* or chance looks like a cliff */
  figure_path(f, "", x, y, WIDTHS);
  return experiment_show(e, f, "half_precision", code);
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch08_half_precision",
                  .data = "sample",
                  .seed = 1,
                  .epochs = 4,
                  .batch = 100,
                  .full = {.epochs = 20}};
  convnet_source from = {.net = "deep_convnet"};
  const option_spec own[] = {CONVNET_OPTIONS(from)};
  int code = experiment_begin(&e, &page, own, OPTION_COUNT(own), argc, argv);
  if (code != -1) return code;
  learner l = {0};
  dpb_model *model = NULL;
  csv_file csv = {0};
  code = convnet_open(&e, &from, &l, &model);
  if (code == EXIT_OK)
    code = csv_open(&csv, e.out, "half_precision.csv", "bits,bytes,accuracy,loss,error");
  if (code == EXIT_OK) code = compare(&e, model, &csv);
  if (code == EXIT_OK) code = save(&e, model);
  convnet_drop(&l, model);
  return experiment_end(&e, code);
}
