/* SPDX-License-Identifier: MIT
 *
 * Section 5.7.3: the gradients of backprop against numerical ones, parameter by
 * parameter, for the two-layer network and the first three images of MNIST.
 *
 * The book looks at the mean of |difference|. That says little by itself: gradients may
 * be small, and one wrong entry drowns in thousands of right ones (--break one). So
 * beside it stands the largest relative error of an entry,
 *
 *     |backprop - numerical| / max(|backprop|, |numerical|, 0.01 * largest |numerical|)
 *
 * Backprop runs in float32 as in training. The losses of the differences are computed in
 * double by plain loops; h is 1e-6, so that hardly a difference steps over the kink of a
 * ReLU (try --h 0.01). 'deepblas gradcheck' does this for any network.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <deepblas/gradient.h>

#include "csv.h"
#include "data_source.h"
#include "figure.h"
#include "net_source.h"
#include "options.h"
#include "plain_net.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Check backprop's gradients against numerical ones.",
    .after =
        "--break plants an error in backprop's gradients: 'mean' forgets to divide by\n"
        "the number of images, 'transpose' writes W2's with rows for columns, 'one'\n"
        "spoils a single entry of W1's.\n"
        "--out writes gradient_check.csv (parameter, entry, numerical, backprop) and\n"
        "the picture gradient_check.\n"
        "\n"
        "Exit status: 0 when all are right, 1 when one is not.\n"
        "\n"
        "Example:\n"
        "  ch05_gradient_check --break transpose\n"};

enum { BREAK_NOT, BREAK_MEAN, BREAK_TRANSPOSE, BREAK_ONE };
enum { PARAMETERS = 4, DRAWN = 500 };

typedef struct settings {
  const char *data, *out;
  uint64_t seed;
  double h, limit;
  int hidden, samples, breaking;
} settings;

/* W1, b1, W2 and b2 lie one behind the other in both. */
typedef struct gradients {
  dpb_parameter_info info[PARAMETERS];
  size_t count;
  double *numerical, *backprop;
} gradients;

static void plant(const settings *s, gradients *g) {
  double *w1 = g->backprop, *w2 = w1 + g->info[0].count + g->info[1].count;
  const size_t rows = (size_t)g->info[2].shape.dim[0],
               columns = (size_t)g->info[2].shape.dim[1];
  if (s->breaking == BREAK_MEAN)
    for (size_t i = 0; i < g->count; i++) g->backprop[i] *= s->samples;
  if (s->breaking == BREAK_ONE) {
    size_t largest = 0;
    for (size_t i = 0; i < g->info[0].count; i++)
      if (fabs(w1[i]) > fabs(w1[largest])) largest = i;
    w1[largest] = -w1[largest];
  }
  if (s->breaking == BREAK_TRANSPOSE) {
    const double *right = g->numerical + (w2 - w1);
    for (size_t i = 0; i < rows * columns; i++)
      w2[i] = right[i % rows * columns + i / rows];
  }
}

/* Both gradients of the same loss. */
static int differentiate(const settings *s, const dpb_dataset *train, gradients *g) {
  const dpb_hwc x = dpb_dataset_sample_shape(train);
  const int classes = dpb_dataset_classes(train);
  dpb_model *model = NULL;
  plain_net net = {0};
  dpb_batch batch;
  double loss = 0;
  char text[128];
  snprintf(text, sizeof text, "affine %d std 0.01, relu, affine %d std 0.01", s->hidden,
           classes);
  const int code = net_source_build(
      text, &(dpb_model_config){.input = x, .max_batch = s->samples, .seed = s->seed},
      &model);
  if (code != EXIT_OK) return code;
  plain_net_open(&net, (size_t)s->samples, (size_t)x.h * (size_t)x.w * (size_t)x.c,
                 (size_t)s->hidden, (size_t)classes, 1);
  g->count = plain_net_count(&net);
  g->numerical = need_memory(3 * g->count * sizeof *g->numerical);
  g->backprop = g->numerical + g->count;
  double *parameters = g->backprop + g->count;
  dpb_status status = dpb_dataset_batch(train, 0, s->samples, &batch);
  for (int p = 0; p < PARAMETERS && status == DPB_OK; p++)
    status = dpb_model_parameter(model, p, &g->info[p]);
  if (status == DPB_OK) {
    plain_net_samples(&net, &batch);
    status = plain_net_read(model, dpb_model_get_parameter, parameters);
  }
  if (status == DPB_OK) status = dpb_model_gradient(model, &batch, &loss);
  if (status == DPB_OK)
    status = plain_net_read(model, dpb_model_get_gradient, g->backprop);
  if (status == DPB_OK)
    status = dpb_numerical_gradient(plain_net_loss, g->count, parameters, s->h, &net,
                                    g->numerical);
  plain_net_close(&net);
  dpb_model_destroy(model);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

/* A row of the table for a parameter; its largest relative error. */
static double compare(const dpb_parameter_info *info, const double *numerical,
                      const double *backprop, double limit, csv_file *csv, table *t) {
  double mean = 0, largest = 0, error = 0;
  char shape[64];
  for (size_t i = 0; i < info->count; i++) largest = fmax(largest, fabs(numerical[i]));
  for (size_t i = 0; i < info->count; i++) {
    const double difference = fabs(backprop[i] - numerical[i]);
    const double scale =
        fmax(fmax(fabs(backprop[i]), fabs(numerical[i])), 0.01 * largest);
    mean += difference / (double)info->count;
    if (scale > 0) error = fmax(error, difference / scale);
    csv_row(csv, "%s,%zu,%.9g,%.9g", info->name, i, numerical[i], backprop[i]);
  }
  dpb_shape_text(&info->shape, shape, sizeof shape);
  table_cell(t, "%s", info->name);
  table_cell(t, "%s", shape);
  table_cell(t, "%.1e", largest);
  table_cell(t, "%.1e", mean);
  table_cell(t, "%.1e", error);
  table_cell(t, "%s", error <= limit && largest > 0 ? "ok" : "WRONG");
  return largest > 0 ? error : (double)INFINITY;
}

/* Right gradients lie on the diagonal. Of many entries every so many-th is drawn, and the
 * one that differs most. */
static void draw(figure *f, const dpb_parameter_info *info, const double *numerical,
                 const double *backprop) {
  double x[DRAWN + 1], y[DRAWN + 1];
  const size_t each = (info->count + DRAWN - 1) / DRAWN;
  size_t n = 0, worst = 0;
  for (size_t i = 0; i < info->count; i++) {
    if (fabs(backprop[i] - numerical[i]) > fabs(backprop[worst] - numerical[worst]))
      worst = i;
    if (i % each != 0) continue;
    x[n] = numerical[i];
    y[n++] = backprop[i];
  }
  x[n] = numerical[worst];
  y[n++] = backprop[worst];
  double ends[2] = {x[0], x[0]};
  for (size_t i = 1; i < n; i++) {
    ends[0] = fmin(ends[0], x[i]);
    ends[1] = fmax(ends[1], x[i]);
  }
  figure_panel(f, info->name, "numerical gradient", "backprop");
  figure_line(f, "", ends, ends, 2);
  figure_points(f, "", x, y, n);
}

static int check(const settings *s, const gradients *g, csv_file *csv) {
  table t = {.align = "llrrrl"};
  figure *f = figure_new("Gradient check: right entries lie on the diagonal", 2, 2);
  size_t first = 0;
  int wrong = 0;
  table_head(&t, "parameter|shape|largest|mean difference|relative error|verdict");
  for (int p = 0; p < PARAMETERS; p++) {
    const double *numerical = g->numerical + first, *backprop = g->backprop + first;
    wrong += compare(&g->info[p], numerical, backprop, s->limit, csv, &t) > s->limit;
    draw(f, &g->info[p], numerical, backprop);
    first += g->info[p].count;
  }
  table_print(&t, stdout);
  printf("\n%s: %d of %d parameters within a relative error of %g\n",
         wrong ? "WRONG" : "right", PARAMETERS - wrong, PARAMETERS, s->limit);
  int code = csv_close(csv, EXIT_OK); /* wrong gradients are worth looking at, too */
  if (code == EXIT_OK) {
    code = figure_show(f, s->out, "gradient_check");
  } else {
    figure_free(f);
  }
  return code == EXIT_OK && wrong ? EXIT_CHECK : code;
}

static int run(const settings *s) {
  dpb_dataset *train = NULL;
  gradients g = {0};
  csv_file csv = {0};
  int code = data_source_load(s->data, DPB_TRAIN, &train);
  if (code == EXIT_OK) code = differentiate(s, train, &g);
  if (code == EXIT_OK) {
    plant(s, &g);
    code = csv_open(&csv, s->out, "gradient_check.csv",
                    "parameter,entry,numerical,backprop");
  }
  if (code == EXIT_OK) code = check(s, &g, &csv);
  free(g.numerical);
  dpb_dataset_destroy(train);
  return code;
}

int main(int argc, char *argv[]) {
  report_program("ch05_gradient_check");
  settings s = {
      .data = "sample", .seed = 1, .h = 1e-6, .limit = 1e-4, .hidden = 50, .samples = 3};
  const option_spec list[] = {
      {OPTION_CHOICE, "break", 0, "HOW", "plant an error: mean, transpose or one",
       &s.breaking, "none|mean|transpose|one", 0, 0},
      {OPTION_POSITIVE, "h", 0, "X", "step of the differences (default: 1e-6)", &s.h,
       NULL, 0, 0},
      {OPTION_POSITIVE, "limit", 'l', "X", "largest relative error (default: 1e-4)",
       &s.limit, NULL, 0, 0},
      {OPTION_INT, "hidden", 0, "N", "size of the hidden layer (default: 50)", &s.hidden,
       NULL, 1, 10000},
      {OPTION_INT, "samples", 0, "N", "images (default: 3)", &s.samples, NULL, 1, 1000},
      {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &s.data, NULL, 0, 0},
      {OPTION_SEED, "seed", 's', "N", "of the weights (default: 1)", &s.seed, NULL, 0, 0},
      {OPTION_TEXT, "out", 'o', "DIR", "write the picture and its numbers to this folder",
       &s.out, NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  return finish_output(run(&s));
}
