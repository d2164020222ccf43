/* SPDX-License-Identifier: MIT
 *
 * Section 3.6: a network of three layers, 784-50-100-10 with sigmoid, tells digits. The
 * book gives its weights ready, and 9352 of the 10,000 test images are right by them
 * (--weights); without, a few epochs of training stand in, which the book comes to in
 * chapter 4. Then the same images one by one and in batches (section 3.6.3): the same
 * answers, much sooner, because a matrix product has more to do at once.
 */
#include <stdio.h>
#include <stdlib.h>

#include <deepblas/npz.h>
#include <deepblas/trainer.h>

#include "csv.h"
#include "data_source.h"
#include "elapsed.h"
#include "figure.h"
#include "net_source.h"
#include "options.h"
#include "report.h"

static const option_page page = {
    .summary = "Digits told by a three-layer network, one by one and in batches.",
    .after =
        "--out writes three_layer.csv (image, label, predicted, probability) and the\n"
        "picture three_layer.\n"
        "\n"
        "Example:\n"
        "  ch03_three_layer --data data/mnist --weights three_layer.npz\n"};

enum { COLUMNS = 8, ROWS = 3, SHOWN = COLUMNS * ROWS };

typedef struct settings {
  const char *data, *weights, *out;
  uint64_t seed;
  int batch, epochs;
  dpb_dataset *train, *test;
  dpb_model *model;
} settings;

/* Adam, for a network that shall be good soon. */
static dpb_status learn(const settings *s) {
  dpb_optimizer *optimizer = NULL;
  dpb_trainer *trainer = NULL;
  size_t count = 0;
  dpb_status status = dpb_model_flat(s->model, NULL, NULL, &count);
  if (status == DPB_OK)
    status = dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM, .lr = 0.003f},
                                  count, &optimizer);
  if (status == DPB_OK)
    status = dpb_trainer_create(&(dpb_trainer_config){.model = s->model,
                                                      .optimizer = optimizer,
                                                      .train = s->train,
                                                      .epochs = (size_t)s->epochs,
                                                      .seed = s->seed,
                                                      .train_samples = 1},
                                &trainer);
  if (status == DPB_OK) status = dpb_trainer_run(trainer);
  dpb_trainer_destroy(trainer);
  dpb_optimizer_destroy(optimizer);
  return status;
}

static int prepare(settings *s) {
  int code = data_source_load(s->data, DPB_TEST, &s->test);
  if (code == EXIT_OK && !s->weights)
    code = data_source_load(s->data, DPB_TRAIN, &s->train);
  if (code != EXIT_OK) return code;
  const dpb_model_config config = {
      .input = dpb_dataset_sample_shape(s->test), .max_batch = s->batch, .seed = s->seed};
  code = net_source_build("three_layer", &config, &s->model);
  if (code != EXIT_OK) return code;
  if (s->weights) {
    printf("weights of %s\n", s->weights);
    return dpb_model_load_weights(s->model, s->weights) == DPB_OK
               ? EXIT_OK
               : fail_library(EXIT_DATA);
  }
  printf("no --weights: trained here, epochs of %zu images: %d\n",
         dpb_dataset_count(s->train), s->epochs);
  const dpb_status status = learn(s);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

/* Predicts all images, batch at a time. */
static dpb_status predict(const settings *s, int batch, float *y, double *seconds) {
  const size_t n = dpb_dataset_count(s->test);
  const int classes = dpb_model_output(s->model).c;
  const double begun = elapsed_now();
  dpb_status status = DPB_OK;
  for (size_t i = 0; i < n && status == DPB_OK; i += (size_t)batch) {
    dpb_batch x;
    const int size = n - i < (size_t)batch ? (int)(n - i) : batch;
    status = dpb_dataset_batch(s->test, i, size, &x);
    if (status == DPB_OK)
      status = dpb_model_predict(s->model, &x, y + i * (size_t)classes);
  }
  *seconds = elapsed_now() - begun;
  return status;
}

/* np.argmax(y) */
static int best(const float *y, int classes) {
  int k = 0;
  for (int j = 1; j < classes; j++)
    if (y[j] > y[k]) k = j;
  return k;
}

static void print_shapes(const settings *s) {
  printf("\nX (%d, %d)", s->batch,
         dpb_model_input(s->model).h * dpb_model_input(s->model).w *
             dpb_model_input(s->model).c);
  for (int p = 0; p < dpb_model_parameter_count(s->model); p++) {
    dpb_parameter_info info;
    char shape[64];
    if (dpb_model_parameter(s->model, p, &info) != DPB_OK || !info.weight) continue;
    dpb_shape_text(&info.shape, shape, sizeof shape);
    printf(" -> %s %s", info.name, shape);
  }
  printf(" -> Y (%d, %d)\n", s->batch, dpb_model_output(s->model).c);
}

static int tell(const settings *s, const float *y, const float *singly, const double t[2],
                csv_file *csv) {
  const size_t n = dpb_dataset_count(s->test);
  const int classes = dpb_model_output(s->model).c;
  const int32_t *labels = dpb_dataset_labels(s->test);
  size_t right = 0, same = 0;
  char one[32], many[32];
  for (size_t i = 0; i < n; i++) {
    const float *p = y + i * (size_t)classes;
    const int k = best(p, classes);
    right += k == labels[i];
    same += k == best(singly + i * (size_t)classes, classes);
    csv_row(csv, "%zu,%d,%d,%.6f", i, (int)labels[i], k, (double)p[k]);
  }
  print_shapes(s);
  printf("accuracy %.4f: %zu of %zu test images right\n", (double)right / (double)n,
         right, n);
  printf("one by one: %s; in batches of %d: %s, %.0f times as fast\n",
         elapsed_text(t[0], one), s->batch, elapsed_text(t[1], many), t[0] / t[1]);
  printf("the same class for %zu of %zu\n", same, n);
  return csv_close(csv, EXIT_OK);
}

/* The first test images with class and probability. */
static int draw(const settings *s, const float *y) {
  const dpb_hwc shape = dpb_dataset_sample_shape(s->test);
  const int32_t *labels = dpb_dataset_labels(s->test);
  const int classes = dpb_model_output(s->model).c, pixels = shape.h * shape.w;
  const size_t n =
      dpb_dataset_count(s->test) < SHOWN ? dpb_dataset_count(s->test) : SHOWN;
  float *image = need_memory((size_t)pixels * sizeof *image);
  figure *f = figure_new("Predicted class, (label where it is another): probability",
                         COLUMNS, ROWS);
  for (size_t i = 0; i < n; i++) {
    dpb_batch x;
    if (dpb_dataset_batch(s->test, i, 1, &x) != DPB_OK) break;
    for (int j = 0; j < pixels; j++)
      image[j] = x.pixels ? (float)x.pixels[j] * x.scale : x.features[j];
    const int k = best(y + i * (size_t)classes, classes);
    char title[64];
    const double percent = 100 * (double)y[i * (size_t)classes + (size_t)k];
    if (k == labels[i]) {
      snprintf(title, sizeof title, "%d: %.0f %%", k, percent);
    } else {
      snprintf(title, sizeof title, "%d (%d): %.0f %%", k, (int)labels[i], percent);
    }
    figure_panel(f, title, "", "");
    figure_image(f, image, shape.h, shape.w, 0, 1);
  }
  free(image);
  return figure_show(f, s->out, "three_layer");
}

static int run(settings *s, csv_file *csv) {
  const size_t n = dpb_dataset_count(s->test), m = (size_t)dpb_model_output(s->model).c;
  if (dpb_dataset_sample_shape(s->test).c != 1 || dpb_dataset_classes(s->test) > (int)m)
    return csv_close(csv, fail(EXIT_USAGE,
                               "--data: the network is for grey images of at "
                               "most %zu classes",
                               m));
  float *y = need_memory(2 * n * m * sizeof *y), *singly = y + n * m;
  double seconds[2] = {0, 0};
  dpb_status status = predict(s, s->batch, y, &seconds[1]); /* warms up */
  if (status == DPB_OK) status = predict(s, 1, singly, &seconds[0]);
  if (status == DPB_OK) status = predict(s, s->batch, y, &seconds[1]);
  int code = status == DPB_OK ? tell(s, y, singly, seconds, csv)
                              : csv_close(csv, fail_library(exit_code_of(status)));
  if (code == EXIT_OK) code = draw(s, y);
  free(y);
  return code;
}

int main(int argc, char *argv[]) {
  report_program("ch03_three_layer");
  settings s = {.data = "sample", .seed = 1, .batch = 100, .epochs = 5};
  const option_spec list[] = {
      {OPTION_TEXT, "weights", 'w', "FILE", "npz with W1, b1, ... b3, as the book's",
       &s.weights, NULL, 0, 0},
      {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &s.data, NULL, 0, 0},
      {OPTION_INT, "batch", 'b', "N", "images predicted at a time (default: 100)",
       &s.batch, NULL, 1, 10000},
      {OPTION_INT, "epochs", 'e', "N", "of training, without --weights (default: 5)",
       &s.epochs, NULL, 1, 1000},
      {OPTION_SEED, "seed", 's', "N", "of that training (default: 1)", &s.seed, NULL, 0,
       0},
      {OPTION_TEXT, "out", 'o', "DIR", "write the picture and its numbers to this folder",
       &s.out, NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  csv_file csv = {0};
  code = prepare(&s);
  if (code == EXIT_OK)
    code = csv_open(&csv, s.out, "three_layer.csv", "image,label,predicted,probability");
  if (code == EXIT_OK) code = run(&s, &csv);
  dpb_model_destroy(s.model);
  dpb_dataset_destroy(s.train);
  dpb_dataset_destroy(s.test);
  return finish_output(code);
}
