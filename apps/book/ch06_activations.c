/* SPDX-License-Identifier: MIT
 *
 * Section 6.2.2, figures 6-10 to 6-14: what becomes of 1,000 random inputs in five hidden
 * layers of 100, by the weights' initial scale and the activation function: whether
 * outputs keep their spread, shrink to one value, or pile up at the ends.
 */
#include <stdio.h>
#include <stdlib.h>

#include <deepblas/rng.h>
#include <deepblas/statistics.h>

#include "histogram.h"
#include "learner.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Show the activations of five layers by initial scale and activation.",
    .after = "--init takes 'std 0.01', xavier (sqrt(1/n)), he (sqrt(2/n)), glorot, and\n"
             "'he uniform' and the like; without it the book's four follow each other.\n"
             "--out writes activations.csv (init, layer, low, high, count) and the\n"
             "picture activations, from 0 (or -1) to 1 as in the book.\n"
             "\n"
             "Examples:\n"
             "  ch06_activations\n"
             "  ch06_activations --activation relu --init he --out figures\n"};

enum { INITS = 4 };
static const char *const inits[INITS] = {"std 1", "std 0.01", "xavier", "he"};
static const char *const activations[] = {"sigmoid", "relu", "tanh",    "leakyrelu",
                                          "elu",     "gelu", "softplus"};

typedef struct settings {
  const char *init;
  int activation, samples, size, layers, bins;
} settings;

static void tell(const char *init, int number, const dpb_layer_statistics *layer,
                 table *t, csv_file *csv) {
  char key[80];
  table_row(t, "%s|%d|%.4g|%.4g|%.1f %%|%.1f %%", init, number, layer->mean, layer->std,
            100 * layer->zeros, 100 * layer->dead);
  table_cell(t, layer->bounded ? "%.1f %%" : "-", 100 * layer->saturated);
  snprintf(key, sizeof key, "%s,%d", init, number);
  histogram_write(csv, key, layer);
}

/* A bar that many units share, as ReLU's 0, is cut off: the book's limit, 7,000 of
 * 100,000. */
static void draw(const settings *s, const char *init, int number,
                 const dpb_layer_statistics *layer, figure *f) {
  char title[80];
  snprintf(title, sizeof title, "%s, layer %d", init, number);
  figure_panel(f, title, "output", number == 1 ? "how many" : "");
  if (!layer->bounded) figure_range(f, 'y', 0, 0.07 * s->samples * s->size);
  histogram_draw(f, layer);
}

static int look(const settings *s, const experiment *e, const char *init,
                const dpb_batch *batch, table *t, csv_file *csv, figure *f) {
  char layers[64];
  dpb_model *model = NULL;
  snprintf(layers, sizeof layers, "affine %d nobias, %s", s->size,
           activations[s->activation]);
  const int code = learner_stack(layers, s->layers, s->size, init, e->seed, &model);
  if (code != EXIT_OK) return code;
  const dpb_statistics_config all = {.bins = s->bins};
  const dpb_statistics_config shown = {
      .bins = s->bins, .low = s->activation < 2 ? 0.0f : -1.0f, .high = 1};
  dpb_statistics *numbers = NULL, *picture = NULL;
  dpb_status status = dpb_model_statistics(model, batch, &all, &numbers);
  if (status == DPB_OK) status = dpb_model_statistics(model, batch, &shown, &picture);
  for (int i = 0; i < s->layers && status == DPB_OK; i++) {
    dpb_layer_statistics layer;
    status = dpb_statistics_layer(numbers, 2 * i + 1, &layer);
    if (status == DPB_OK) tell(init, i + 1, &layer, t, csv);
    if (status == DPB_OK) status = dpb_statistics_layer(picture, 2 * i + 1, &layer);
    if (status == DPB_OK) draw(s, init, i + 1, &layer, f);
  }
  dpb_statistics_destroy(picture);
  dpb_statistics_destroy(numbers);
  dpb_model_destroy(model);
  return status == DPB_OK ? EXIT_OK : fail_library(EXIT_USAGE);
}

/* The book's four initial scales, or a single one. */
static int look_at_all(const settings *s, const experiment *e, csv_file *csv, figure *f) {
  const size_t count = (size_t)s->samples * (size_t)s->size;
  float *x = need_memory(count * sizeof *x);
  dpb_rng rng = dpb_rng_seed(e->seed);
  for (size_t i = 0; i < count; i++) x[i] = dpb_rng_normal(&rng);
  const dpb_batch batch = {.n = s->samples, .features = x};
  table t = {.align = "lrrrrrr"};
  table_head(&t, "init|layer|mean|std|zero|dead|saturated");
  int code = EXIT_OK;
  for (int i = 0; i < (s->init ? 1 : INITS) && code == EXIT_OK; i++)
    code = look(s, e, s->init ? s->init : inits[i], &batch, &t, csv, f);
  if (code == EXIT_OK) table_print(&t, stdout);
  table_drop(&t);
  free(x);
  return code;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch06_activations", .seed = 1};
  settings s = {.samples = 1000, .size = 100, .layers = 5, .bins = 30};
  const option_spec own[] = {
      {OPTION_CHOICE, "activation", 'a', "NAME",
       "sigmoid (default), relu, tanh, leakyrelu, elu,\ngelu or softplus", &s.activation,
       "sigmoid|relu|tanh|leakyrelu|elu|gelu|softplus", 0, 0},
      {OPTION_TEXT, "init", 'i', "HOW", "of the weights (default: the book's four)",
       &s.init, NULL, 0, 0},
      OPTION_NUMBER("samples", "inputs (default: 1000)", &s.samples, 100000),
      OPTION_NUMBER("size", "of input and layers (default: 100)", &s.size, 10000),
      OPTION_NUMBER("layers", "(default: 5)", &s.layers, 100),
      OPTION_NUMBER("bins", "of each histogram (default: 30)", &s.bins, 10000)};
  int code = experiment_begin(&e, &page, own, OPTION_COUNT(own), argc, argv);
  if (code != -1) return code;
  csv_file csv = {0};
  char title[80];
  snprintf(title, sizeof title, "Outputs of the layers: %s", activations[s.activation]);
  figure *f = figure_new(title, s.layers, s.init ? 1 : INITS);
  code = csv_open(&csv, e.out, "activations.csv", "init,layer,low,high,count");
  if (code == EXIT_OK) code = look_at_all(&s, &e, &csv, f);
  code = csv_close(&csv, code);
  return experiment_end(&e, experiment_show(&e, f, "activations", code));
}
