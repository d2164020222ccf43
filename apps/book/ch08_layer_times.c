/* SPDX-License-Identifier: MIT
 *
 * Section 8.3.1, figure 8-14: where the time of a convolutional network goes. Each layer
 * of DeepConvNet predicts alone, on numbers as they come out of the layer in front. To
 * see: nearly all of it goes into the convolutions; so it is the matrix product that has
 * to be fast. (In the whole network a ReLU is made by the layer in front of it, and costs
 * less than here.)
 */
#include <stdio.h>
#include <stdlib.h>

#include "csv.h"
#include "elapsed.h"
#include "experiment.h"
#include "net_source.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Measure the time of each layer of a network.",
    .after = "--out writes layer_times.csv (layer, name, ms, share) and the picture\n"
             "layer_times. Times are medians; two runs never have the same.\n"
             "\n"
             "Example:\n"
             "  ch08_layer_times --net simple_convnet --threads 1 --out figures\n"};

enum { ROUNDS = 9, MOST = 64 };

typedef struct settings {
  const char *net;
  int threads, batch;
} settings;

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Seconds in which a layer alone predicts a mini-batch; its outputs become y. */
static dpb_status time_layer(const settings *s, const dpb_layer_info *info,
                             const float *x, float *y, double *seconds) {
  const dpb_model_config config = {.input = info->in,
                                   .max_batch = s->batch,
                                   .threads = s->threads,
                                   .inference = 1,
                                   .seed = 1};
  const dpb_batch batch = {.n = s->batch, .features = x};
  dpb_model *model = NULL;
  double times[ROUNDS];
  dpb_status status = dpb_model_create(&config, &model);
  if (status == DPB_OK) status = dpb_add_text(model, info->text);
  if (status == DPB_OK) status = dpb_add_text(model, "mse"); /* no softmax behind it */
  if (status == DPB_OK) status = dpb_model_build(model);
  if (status == DPB_OK) status = dpb_model_predict(model, &batch, y); /* warms up */
  for (int i = 0; i < ROUNDS && status == DPB_OK; i++) {
    const double begun = elapsed_now();
    status = dpb_model_predict(model, &batch, y);
    times[i] = elapsed_now() - begun;
  }
  if (status == DPB_OK) {
    qsort(times, ROUNDS, sizeof *times, compare);
    *seconds = times[ROUNDS / 2];
  }
  dpb_model_destroy(model);
  return status;
}

static size_t numbers(dpb_hwc shape) {
  return (size_t)shape.h * (size_t)shape.w * (size_t)shape.c;
}

/* Layer by layer; what one puts out goes into the next. */
static dpb_status time_all(const settings *s, const experiment *e, const dpb_model *model,
                           dpb_layer_info info[], double seconds[], int count) {
  size_t most = numbers(dpb_model_input(model));
  dpb_status status = DPB_OK;
  for (int i = 0; i < count && status == DPB_OK; i++) {
    status = dpb_model_layer(model, i, s->batch, &info[i]);
    if (numbers(info[i].out) > most) most = numbers(info[i].out);
  }
  float *x = need_memory(2 * most * (size_t)s->batch * sizeof *x);
  float *y = x + most * (size_t)s->batch, *turn[2] = {x, y};
  dpb_batch images;
  if (status == DPB_OK) status = dpb_dataset_batch(e->test, 0, s->batch, &images);
  const size_t size = numbers(dpb_model_input(model)) * (size_t)s->batch;
  for (size_t i = 0; i < size && status == DPB_OK; i++)
    x[i] = images.pixels ? (float)images.pixels[i] * images.scale : images.features[i];
  for (int i = 0; i < count && status == DPB_OK; i++)
    status = time_layer(s, &info[i], turn[i % 2], turn[(i + 1) % 2], &seconds[i]);
  free(x);
  return status;
}

static int tell(const experiment *e, const dpb_layer_info info[], const double seconds[],
                int count) {
  csv_file csv = {0};
  table t = {.align = "rlrr"};
  const char *names[MOST];
  double place[MOST], ms[MOST], sum = 0;
  int code = csv_open(&csv, e->out, "layer_times.csv", "layer,name,ms,share");
  if (code != EXIT_OK) return code;
  for (int i = 0; i < count; i++) sum += seconds[i];
  table_head(&t, "layer|name|ms|share");
  for (int i = 0; i < count; i++) {
    place[i] = i;
    ms[i] = 1e3 * seconds[i];
    names[i] = info[i].name;
    table_cell(&t, "%d", i + 1);
    table_cell(&t, "%s", info[i].text);
    table_cell(&t, "%.3f", ms[i]);
    table_cell(&t, "%.1f %%", 100 * seconds[i] / sum);
    csv_row(&csv, "%d,%s,%.6g,%.4g", i + 1, info[i].name, ms[i], seconds[i] / sum);
  }
  table_print(&t, stdout);
  code = csv_close(&csv, code);
  if (code != EXIT_OK) return code;
  figure *f = figure_new("Where the time of a prediction goes", 1, 1);
  figure_panel(f, "", "", "time of a mini-batch / ms");
  figure_names(f, names, (size_t)count);
  figure_bars(f, "", place, ms, (size_t)count);
  return experiment_show(e, f, "layer_times", code);
}

static int measure(const settings *s, const experiment *e) {
  const dpb_model_config config = {.input = dpb_dataset_sample_shape(e->test),
                                   .max_batch = s->batch};
  dpb_model *model = NULL;
  dpb_layer_info info[MOST];
  double seconds[MOST] = {0};
  int code = net_source_build(s->net, &config, &model);
  const int count = code == EXIT_OK ? dpb_model_layer_count(model) : 0;
  if (code == EXIT_OK && count > MOST)
    code = fail(EXIT_USAGE, "--net has %d layers, %d can be shown", count, MOST);
  if (code == EXIT_OK) {
    const dpb_status status = time_all(s, e, model, info, seconds, count);
    if (status != DPB_OK) code = fail_library(exit_code_of(status));
  }
  dpb_model_destroy(model);
  return code == EXIT_OK ? tell(e, info, seconds, count) : code;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch08_layer_times", .data = "sample"};
  settings s = {.net = "deep_convnet", .batch = 100};
  const option_spec own[] = {
      {OPTION_TEXT, "net", 'n', "SPEC|NAME", NET_HELP "\n(default: deep_convnet)", &s.net,
       NULL, 0, 0},
      {OPTION_INT, "batch", 'b', "N", "images in a mini-batch (default: 100)", &s.batch,
       NULL, 1, 1000},
      {OPTION_INT, "threads", 't', "N", "worker threads (default: the CPUs there are)",
       &s.threads, NULL, 1, 1024}};
  int code = experiment_begin(&e, &page, own, OPTION_COUNT(own), argc, argv);
  if (code != -1) return code;
  code = experiment_load(&e, DPB_TEST);
  if (code == EXIT_OK) code = measure(&s, &e);
  return experiment_end(&e, code);
}
