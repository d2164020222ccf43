/* SPDX-License-Identifier: MIT
 *
 * Section 7.6: what the first layer of SimpleConvNet learns. Its 30 filters of 5 x 5 are
 * noise before learning, and edges and blobs behind it (figure 7-24). To see, in the
 * second picture: a filter that is dark on one side and light on the other answers to
 * edges of that direction (figure 7-25).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convnet.h"
#include "csv.h"
#include "report.h"

static const option_page page = {
    .summary = "Show the filters of SimpleConvNet before and after learning.",
    .after = "--out writes filters.csv (when, filter, row, column, weight) and the\n"
             "pictures filters_before, filters_after, and filters_effect: an image as\n"
             "two of the filters see it.\n"
             "\n"
             "Example:\n"
             "  ch07_filters --full --data data/mnist --out figures\n"};

enum { FILTERS = 30, SIDE = 5, WEIGHTS = FILTERS * SIDE * SIDE, COLUMNS = 6 };

static void write_filters(csv_file *csv, const char *when, const float *w) {
  for (int i = 0; i < WEIGHTS; i++)
    csv_row(csv, "%s,%d,%d,%d,%.9g", when, i / (SIDE * SIDE), i / SIDE % SIDE, i % SIDE,
            (double)w[i]);
}

/* Every filter with its own least as black and largest as white, as the book shows them.
 */
static int draw_filters(const experiment *e, const char *name, const char *title,
                        const float *w) {
  figure *f = figure_new(title, COLUMNS, FILTERS / COLUMNS);
  for (int i = 0; i < FILTERS; i++) {
    const float *filter = w + i * SIDE * SIDE;
    float low = filter[0], high = filter[0];
    for (int j = 1; j < SIDE * SIDE; j++) {
      low = fminf(low, filter[j]);
      high = fmaxf(high, filter[j]);
    }
    char number[16];
    snprintf(number, sizeof number, "%d", i);
    figure_panel(f, number, "", "");
    figure_image(f, filter, SIDE, SIDE, low, high > low ? high : low + 1);
  }
  return experiment_show(e, f, name, EXIT_OK);
}

/* How much a filter differs from side to side, or from top to bottom. */
static double slope(const float *filter, int vertical) {
  double sum = 0;
  for (int i = 0; i < SIDE * SIDE; i++)
    sum += (double)filter[i] * (vertical ? i / SIDE - 2 : i % SIDE - 2);
  return fabs(sum);
}

static int steepest(const float *w, int vertical) {
  int best = 0;
  for (int i = 1; i < FILTERS; i++)
    if (slope(w + i * SIDE * SIDE, vertical) > slope(w + best * SIDE * SIDE, vertical))
      best = i;
  return best;
}

/* The outputs of the first layer alone for one image: (h, w, filters). */
static dpb_status convolve(const dpb_batch *image, dpb_hwc in, const float *w, float *y) {
  dpb_model *model = NULL;
  const dpb_model_config config = {.input = in, .max_batch = 1, .inference = 1};
  dpb_status status = dpb_model_create(&config, &model);
  if (status == DPB_OK) status = dpb_add_text(model, "conv 30 k5 nobias, mse");
  if (status == DPB_OK) status = dpb_model_build(model);
  if (status == DPB_OK) status = dpb_model_set_parameter(model, "W1", w, WEIGHTS);
  if (status == DPB_OK) status = dpb_model_predict(model, image, y);
  dpb_model_destroy(model);
  return status;
}

static void draw_map(figure *f, const char *title, const float *y, int filter, int side) {
  float *map = need_memory((size_t)(side * side) * sizeof *map), most = 0;
  for (int i = 0; i < side * side; i++) {
    map[i] = y[i * FILTERS + filter];
    most = fmaxf(most, fabsf(map[i]));
  }
  figure_panel(f, title, "", "");
  figure_image(f, map, side, side, -most, most > 0 ? most : 1);
  free(map);
}

/* The first test image, two filters, and what they make of it. */
static int draw_effect(const experiment *e, const float *w) {
  const dpb_hwc in = dpb_dataset_sample_shape(e->test);
  const int side = in.h - SIDE + 1, pixels = in.h * in.w;
  const int filters[2] = {steepest(w, 0), steepest(w, 1)};
  float *image = need_memory((size_t)pixels * sizeof *image);
  float *y = need_memory((size_t)(side * side * FILTERS) * sizeof *y);
  dpb_batch batch;
  dpb_status status = dpb_dataset_batch(e->test, 0, 1, &batch);
  if (status == DPB_OK) status = convolve(&batch, in, w, y);
  for (int i = 0; i < pixels && status == DPB_OK; i++)
    image[i] = batch.pixels ? (float)batch.pixels[i] * batch.scale : batch.features[i];
  int code = status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
  if (code == EXIT_OK) {
    figure *f = figure_new("Two filters: light is +, dark is -", 3, 2);
    for (int i = 0; i < 2; i++) {
      char title[48];
      const float *filter = w + filters[i] * SIDE * SIDE;
      figure_panel(f, "image", "", "");
      figure_image(f, image, in.h, in.w, 0, 1);
      snprintf(title, sizeof title, "filter %d", filters[i]);
      figure_panel(f, title, "", "");
      figure_image(f, filter, SIDE, SIDE, -0.3f, 0.3f);
      draw_map(f, i == 0 ? "vertical edges" : "horizontal edges", y, filters[i], side);
    }
    code = experiment_show(e, f, "filters_effect", code);
  }
  free(image);
  free(y);
  return code;
}

static double deviation(const float *w) {
  double sum = 0;
  for (int i = 0; i < WEIGHTS; i++) sum += (double)w[i] * (double)w[i];
  return sqrt(sum / WEIGHTS);
}

static int show(const experiment *e, const float *before, const float *after) {
  csv_file csv = {0};
  printf("filters     %d of %d x %d\n", FILTERS, SIDE, SIDE);
  printf("weights     root mean square %.4f before, %.4f after\n", deviation(before),
         deviation(after));
  int code = csv_open(&csv, e->out, "filters.csv", "when,filter,row,column,weight");
  if (code != EXIT_OK) return code;
  write_filters(&csv, "before", before);
  write_filters(&csv, "after", after);
  code = csv_close(&csv, code);
  if (code == EXIT_OK)
    code = draw_filters(e, "filters_before", "Filters before learning", before);
  if (code == EXIT_OK)
    code = draw_filters(e, "filters_after", "Filters after learning", after);
  return code == EXIT_OK ? draw_effect(e, after) : code;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch07_filters",
                  .data = "sample",
                  .seed = 1,
                  .epochs = 8,
                  .batch = 100,
                  .full = {.epochs = 20}};
  int code = experiment_begin(&e, &page, NULL, 0, argc, argv);
  if (code != -1) return code;
  float before[WEIGHTS], after[WEIGHTS];
  learner l = {0};
  code = experiment_load(&e, DPB_TRAIN);
  if (code == EXIT_OK) code = experiment_load(&e, DPB_TEST);
  if (code == EXIT_OK && dpb_dataset_sample_shape(e.train).c != 1)
    code = fail(EXIT_USAGE, "--data: images of one channel, grey, are shown");
  if (code == EXIT_OK) code = convnet_begin(&e, "simple_convnet", &l);
  if (code == EXIT_OK) {
    dpb_model_get_parameter(l.model, "W1", before, WEIGHTS);
    code = learner_train(&l, NULL);
  }
  if (code == EXIT_OK) {
    dpb_model_get_parameter(l.model, "W1", after, WEIGHTS);
    code = show(&e, before, after);
  }
  learner_end(&l);
  return experiment_end(&e, code);
}
