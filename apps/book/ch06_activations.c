/* SPDX-License-Identifier: MIT
 *
 * Section 6.2.2: what becomes of 1,000 random inputs in five hidden layers of 100, by the
 * weights' initial scale and the activation function: whether outputs keep their spread,
 * shrink to one value, or pile up at the ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/rng.h>
#include <deepblas/statistics.h>

#include "csv.h"
#include "kernels.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Show the activations of five layers by initial scale and activation.",
    .after = "--init takes 'std 0.01', xavier (sqrt(1/n)), he (sqrt(2/n)), glorot, and\n"
             "'he uniform' and the like; without it the book's four follow each other.\n"
             "--out writes activations.csv: init, layer, low, high, count.\n"
             "\n"
             "Examples:\n"
             "  ch06_activations\n"
             "  ch06_activations --activation relu --init he --out figures\n"};

static const char *const inits[] = {"std 1", "std 0.01", "xavier", "he"};
static const char words[] = "sigmoid|relu|tanh|leakyrelu|elu|gelu|softplus";

typedef struct settings {
  const char *init, *out;
  uint64_t seed;
  int activation, samples, size, layers, bins;
  csv_file csv;
  table table;
} settings;

/* One word of words. */
static void find_name(int index, char name[16]) {
  const char *word = words;
  while (index-- > 0) word = strchr(word, '|') + 1;
  snprintf(name, 16, "%.*s", (int)strcspn(word, "|"), word);
}

static dpb_status build(const settings *s, const char *init, dpb_model **model) {
  char name[16];
  dpb_model_config config = {
      .input = {1, 1, s->size}, .max_batch = 1, .seed = s->seed, .threads = 1};
  dpb_status status = dpb_init_from_text(init, &config.init);
  if (status == DPB_OK) status = dpb_model_create(&config, model);
  find_name(s->activation, name);
  for (int i = 0; i < s->layers && status == DPB_OK; i++) {
    status = dpb_add_affine(*model, &(dpb_affine_config){.out = s->size, .no_bias = 1});
    if (status == DPB_OK) status = dpb_add_text(*model, name);
  }
  return status == DPB_OK ? dpb_model_build(*model) : status;
}

static void tell(settings *s, const char *init, int number,
                 const dpb_layer_statistics *layer) {
  const double width = ((double)layer->high - (double)layer->low) / layer->bins;
  table_cell(&s->table, "%s", init);
  table_cell(&s->table, "%d", number);
  table_cell(&s->table, "%.4g", layer->mean);
  table_cell(&s->table, "%.4g", layer->std);
  table_cell(&s->table, "%.1f %%", 100 * layer->zeros);
  table_cell(&s->table, "%.1f %%", 100 * layer->dead);
  if (layer->bounded)
    table_cell(&s->table, "%.1f %%", 100 * layer->saturated);
  else
    table_cell(&s->table, "-");
  for (int i = 0; i < layer->bins; i++)
    csv_row(&s->csv, "%s,%d,%.9g,%.9g,%zu", init, number, (double)layer->low + i * width,
            (double)layer->low + (i + 1) * width, layer->histogram[i]);
}

static int look(settings *s, const char *init, const dpb_batch *batch) {
  dpb_model *model = NULL;
  dpb_statistics *statistics = NULL;
  dpb_status status = build(s, init, &model);
  if (status == DPB_OK)
    status = dpb_model_statistics(model, batch, &(dpb_statistics_config){.bins = s->bins},
                                  &statistics);
  for (int i = 0; i < s->layers && status == DPB_OK; i++) {
    dpb_layer_statistics layer;
    status = dpb_statistics_layer(statistics, 2 * i + 1, &layer);
    if (status == DPB_OK) tell(s, init, i + 1, &layer);
  }
  const int code = status == DPB_OK ? EXIT_OK : fail_library(EXIT_USAGE);
  dpb_statistics_destroy(statistics);
  dpb_model_destroy(model);
  return code;
}

static int look_at_all(settings *s) {
  const size_t count = (size_t)s->samples * (size_t)s->size;
  float *x = need_memory(count * sizeof *x);
  dpb_rng rng = dpb_rng_seed(s->seed);
  for (size_t i = 0; i < count; i++) x[i] = dpb_rng_normal(&rng);
  const dpb_batch batch = {.n = s->samples, .features = x};
  s->table = (table){.align = "lrrrrrr"};
  table_head(&s->table, "init|layer|mean|std|zero|dead|saturated");
  int code = s->init ? look(s, s->init, &batch) : EXIT_OK;
  for (size_t i = 0; !s->init && code == EXIT_OK && i < sizeof inits / sizeof *inits; i++)
    code = look(s, inits[i], &batch);
  if (code == EXIT_OK) table_print(&s->table, stdout);
  table_drop(&s->table);
  free(x);
  return code;
}

static int parse(settings *s, int argc, char *argv[]) {
  const option_spec list[] = {
      {OPTION_CHOICE, "activation", 'a', "NAME",
       "sigmoid (default), relu, tanh, leakyrelu, elu,\n"
       "gelu or softplus",
       &s->activation, words, 0, 0},
      {OPTION_TEXT, "init", 'i', "HOW", "of the weights (default: the book's four)",
       &s->init, NULL, 0, 0},
      {OPTION_INT, "samples", 0, "N", "inputs (default: 1000)", &s->samples, NULL, 1,
       100000},
      {OPTION_INT, "size", 0, "N", "of input and layers (default: 100)", &s->size, NULL,
       1, 10000},
      {OPTION_INT, "layers", 0, "N", "(default: 5)", &s->layers, NULL, 1, 100},
      {OPTION_INT, "bins", 0, "N", "of each histogram (default: 30)", &s->bins, NULL, 1,
       10000},
      {OPTION_SEED, "seed", 's', "N", "of inputs and weights (default: 1)", &s->seed,
       NULL, 0, 0},
      {OPTION_TEXT, "out", 0, "DIR", "folder for activations.csv", &s->out, NULL, 0, 0},
  };
  return options_parse(list, OPTION_COUNT(list), &page, argc, argv);
}

int main(int argc, char *argv[]) {
  settings s = {.samples = 1000, .size = 100, .layers = 5, .bins = 30, .seed = 1};
  kernels_choose(argv);
  report_program("ch06_activations");
  const int leave = parse(&s, argc, argv);
  if (leave != -1) return finish_output(leave);
  int code = csv_open(&s.csv, s.out, "activations.csv", "init,layer,low,high,count");
  if (code == EXIT_OK) code = look_at_all(&s);
  code = csv_close(&s.csv, code);
  return finish_output(code);
}
