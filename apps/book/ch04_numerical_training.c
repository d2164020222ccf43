/* SPDX-License-Identifier: MIT
 *
 * Section 4.5: a two-layer network (sigmoid) learns by numerical gradient: for each of
 * its parameters the loss is computed twice per step. Beside it the same network takes
 * the same steps by backprop (chapter 5). To see: the losses agree, the times do not; and
 * how long the book's run of 10,000 steps would take, which is why chapter 5 exists.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <deepblas/gradient.h>
#include <deepblas/trainer.h>

#include "csv.h"
#include "data_source.h"
#include "elapsed.h"
#include "figure.h"
#include "net_source.h"
#include "options.h"
#include "plain_net.h"
#include "report.h"

static const option_page page = {
    .summary = "Train a small network by numerical gradient, and by backprop.",
    .after =
        "By default the network and its data are small: 10 hidden units, mini-batches\n"
        "of 20 out of 40 images. --full: 50 units, 100 of all images, 10,000 steps\n"
        "and a rate of 0.1; the time left is shown.\n"
        "--out writes numerical_training.csv (step, numerical, backprop: losses) and\n"
        "the picture numerical_training.\n"
        "\n"
        "Example:\n"
        "  ch04_numerical_training --steps 20 --hidden 5\n"};

enum { BOOK_HIDDEN = 50, BOOK_BATCH = 100, BOOK_STEPS = 10000 };

typedef struct settings {
  const char *data, *out;
  uint64_t seed;
  double lr, h;
  int hidden, batch, steps, samples, full;
  dpb_dataset *all, *train; /* train: a part, unless it is all */
  csv_file csv;
} settings;

/* A network twice: as a model, for backprop, and in plain double. */
typedef struct pair {
  dpb_model *model;
  dpb_optimizer *optimizer;
  dpb_batcher *batcher;
  plain_net net;
  size_t count;
  double *parameters, *gradient;
  double begun, shown; /* times */
  size_t done, in_all; /* losses computed by the numerical gradient */
  double seconds[2];   /* by numerical gradient, by backprop */
} pair;

static void close_pair(pair *p) {
  dpb_batcher_destroy(p->batcher);
  dpb_optimizer_destroy(p->optimizer);
  dpb_model_destroy(p->model);
  plain_net_close(&p->net);
  free(p->parameters);
}

static int open_pair(pair *p, const settings *s, const dpb_dataset *data, int hidden,
                     int batch) {
  const dpb_hwc x = dpb_dataset_sample_shape(data);
  const int classes = dpb_dataset_classes(data);
  const dpb_model_config config = {.input = x, .max_batch = batch, .seed = s->seed};
  size_t flat = 0;
  char text[128];
  *p = (pair){0};
  snprintf(text, sizeof text, "affine %d std 0.01, sigmoid, affine %d std 0.01", hidden,
           classes);
  const int code = net_source_build(text, &config, &p->model);
  if (code != EXIT_OK) return code;
  plain_net_open(&p->net, (size_t)batch, (size_t)x.h * (size_t)x.w * (size_t)x.c,
                 (size_t)hidden, (size_t)classes, 0);
  p->count = plain_net_count(&p->net);
  p->parameters = need_memory(2 * p->count * sizeof *p->parameters);
  p->gradient = p->parameters + p->count;
  dpb_status status = plain_net_read(p->model, dpb_model_get_parameter, p->parameters);
  if (status == DPB_OK) status = dpb_model_flat(p->model, NULL, NULL, &flat);
  if (status == DPB_OK)
    status =
        dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_SGD, .lr = (float)s->lr},
                             flat, &p->optimizer);
  if (status == DPB_OK)
    status = dpb_batcher_create(data, batch, DPB_WITH_REPLACEMENT, s->seed, &p->batcher);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

/* The loss, and on a terminal the time that is left, ten times a second. */
static double loss(size_t n, const double *parameters, void *user) {
  pair *p = user;
  p->done++;
  if (p->done % 64 == 0 && isatty(STDERR_FILENO)) {
    const double now = elapsed_now();
    if (now - p->shown > 0.1) {
      char text[32];
      fprintf(
          stderr, "\r%.1f %%, %s left   \r", 100 * (double)p->done / (double)p->in_all,
          elapsed_text((now - p->begun) * (double)(p->in_all - p->done) / (double)p->done,
                       text));
      fflush(stderr);
      p->shown = now;
    }
  }
  return plain_net_loss(n, parameters, &p->net);
}

/* One step of each; losses[0] by numerical gradient, losses[1] by backprop. */
static dpb_status step(pair *p, const settings *s, size_t i, double losses[2]) {
  const size_t steps = dpb_batcher_steps(p->batcher);
  dpb_batch batch;
  dpb_status status = DPB_OK;
  if (i % steps == 0) status = dpb_batcher_start(p->batcher, i / steps);
  if (status == DPB_OK) status = dpb_batcher_get(p->batcher, i % steps, &batch);
  if (status != DPB_OK) return status;
  plain_net_samples(&p->net, &batch);
  const double begun = elapsed_now();
  losses[0] = plain_net_loss(p->count, p->parameters, &p->net);
  status = dpb_numerical_gradient(loss, p->count, p->parameters, s->h, p, p->gradient);
  for (size_t k = 0; k < p->count; k++) p->parameters[k] -= s->lr * p->gradient[k];
  const double between = elapsed_now();
  if (status == DPB_OK)
    status = dpb_train_step(p->model, p->optimizer, &batch, &losses[1]);
  p->seconds[0] += between - begun;
  p->seconds[1] += elapsed_now() - between;
  return status;
}

static dpb_status learn(pair *p, settings *s, double *at, double *losses[2]) {
  double largest = 0;
  char text[32];
  p->in_all = 2 * p->count * (size_t)s->steps;
  p->begun = elapsed_now();
  printf("step  loss, numerical gradient  loss, backprop  left\n");
  for (int i = 0; i < s->steps; i++) {
    double both[2];
    const dpb_status status = step(p, s, (size_t)i, both);
    if (status != DPB_OK) return status;
    const double left = (elapsed_now() - p->begun) / (i + 1) * (s->steps - 1 - i);
    printf("%4d  %24.8f  %14.8f  %s\n", i + 1, both[0], both[1],
           elapsed_text(left, text));
    fflush(stdout);
    csv_row(&s->csv, "%d,%.9g,%.9g", i + 1, both[0], both[1]);
    at[i] = i + 1;
    for (int k = 0; k < 2; k++) losses[k][i] = both[k];
    largest = fmax(largest, fabs(both[0] - both[1]));
  }
  if (p->shown > 0) fprintf(stderr, "%40s\r", "");
  printf("\nlosses differ by at most %.1e\n", largest);
  printf("a step by numerical gradient: %s, for %zu losses of %zu images\n",
         elapsed_text(p->seconds[0] / s->steps, text), 2 * p->count, p->net.samples);
  printf("a step by backprop:           %s\n",
         elapsed_text(p->seconds[1] / s->steps, text));
  return DPB_OK;
}

/* What the book's run would take here, by a few losses and steps of its size. */
static int estimate(const settings *s) {
  enum { LOSSES = 20, STEPS = 20 };
  const size_t count = dpb_dataset_count(s->all);
  const int images = count < BOOK_BATCH ? (int)count : BOOK_BATCH;
  const double all = (double)BOOK_STEPS * BOOK_BATCH / images;
  pair p;
  int code = open_pair(&p, s, s->all, BOOK_HIDDEN, images);
  if (code == EXIT_OK) {
    char numerical[32], backprop[32];
    double losses[2], seconds[2] = {0, 0};
    dpb_batch batch;
    dpb_status status = dpb_batcher_get(p.batcher, 0, &batch);
    if (status == DPB_OK) plain_net_samples(&p.net, &batch);
    double begun = elapsed_now();
    for (int i = 0; i < LOSSES && status == DPB_OK; i++)
      losses[0] = plain_net_loss(p.count, p.parameters, &p.net);
    seconds[0] = (elapsed_now() - begun) / LOSSES * 2 * (double)p.count * all;
    for (int i = -1; i < STEPS && status == DPB_OK; i++) {
      if (i == 0) begun = elapsed_now();
      status = dpb_train_step(p.model, p.optimizer, &batch, &losses[1]);
    }
    seconds[1] = (elapsed_now() - begun) / STEPS * all;
    if (status != DPB_OK) code = fail_library(exit_code_of(status));
    if (code == EXIT_OK)
      printf("\nthe book's run, %zu parameters, %d images, %d steps, would take about\n"
             "%s by numerical gradient, %s by backprop\n",
             p.count, BOOK_BATCH, BOOK_STEPS, elapsed_text(seconds[0], numerical),
             elapsed_text(seconds[1], backprop));
  }
  close_pair(&p);
  return code;
}

static int draw(const settings *s, const double *at, double *const losses[2]) {
  figure *f = figure_new("Training by numerical gradient and by backprop", 1, 1);
  figure_panel(f, "", "step", "loss of the mini-batch");
  figure_line(f, "backprop", at, losses[1], (size_t)s->steps);
  figure_points(f, "numerical gradient", at, losses[0], (size_t)s->steps);
  return figure_show(f, s->out, "numerical_training");
}

static int run(settings *s) {
  pair p;
  double *at = need_memory(3 * (size_t)s->steps * sizeof *at);
  double *losses[2] = {at + s->steps, at + 2 * s->steps};
  int code = open_pair(&p, s, s->train ? s->train : s->all, s->hidden, s->batch);
  if (code == EXIT_OK) {
    const dpb_status status = learn(&p, s, at, losses);
    if (status != DPB_OK) code = fail_library(exit_code_of(status));
  }
  close_pair(&p);
  if (code == EXIT_OK) code = estimate(s);
  code = csv_close(&s->csv, code);
  if (code == EXIT_OK) code = draw(s, at, losses);
  free(at);
  return code;
}

static int load(settings *s) {
  const int code = data_source_load(s->data, DPB_TRAIN, &s->all);
  if (code != EXIT_OK) return code;
  if (s->full) {
    s->hidden = BOOK_HIDDEN;
    s->batch = BOOK_BATCH;
    s->steps = BOOK_STEPS;
    s->lr = 0.1;
    return EXIT_OK;
  }
  return dpb_dataset_head(s->all, (size_t)s->samples, &s->train) == DPB_OK
             ? EXIT_OK
             : fail_library(EXIT_USAGE);
}

int main(int argc, char *argv[]) {
  report_program("ch04_numerical_training");
  settings s = {.data = "sample",
                .seed = 1,
                .lr = 1,
                .h = 1e-4,
                .hidden = 10,
                .batch = 20,
                .steps = 40,
                .samples = 40};
  const option_spec list[] = {
      {OPTION_FLAG, "full", 0, NULL, "the book's run, with MNIST at --data", &s.full,
       NULL, 0, 0},
      {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &s.data, NULL, 0, 0},
      {OPTION_INT, "hidden", 0, "N", "size of the hidden layer (default: 10)", &s.hidden,
       NULL, 1, 10000},
      {OPTION_INT, "samples", 0, "N", "images to learn from (default: 40)", &s.samples,
       NULL, 1, 60000},
      {OPTION_INT, "batch", 'b', "N", "images in a mini-batch (default: 20)", &s.batch,
       NULL, 1, 10000},
      {OPTION_INT, "steps", 0, "N", "(default: 40)", &s.steps, NULL, 1, 100000},
      {OPTION_POSITIVE, "lr", 'l', "RATE", "of SGD (default: 1)", &s.lr, NULL, 0, 0},
      {OPTION_POSITIVE, "h", 0, "X", "step of the differences (default: 1e-4)", &s.h,
       NULL, 0, 0},
      {OPTION_SEED, "seed", 's', "N", "of weights and mini-batches (default: 1)", &s.seed,
       NULL, 0, 0},
      {OPTION_TEXT, "out", 'o', "DIR", "write the picture and its numbers to this folder",
       &s.out, NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  if (s.full && strcmp(s.data, "sample") == 0)
    return fail_usage("--full takes full MNIST: --data FOLDER");
  if (s.batch > s.samples)
    return fail_usage("--batch is %d, of %d --samples", s.batch, s.samples);
  code = load(&s);
  if (code == EXIT_OK)
    code = csv_open(&s.csv, s.out, "numerical_training.csv", "step,numerical,backprop");
  if (code == EXIT_OK) code = run(&s);
  dpb_dataset_destroy(s.train);
  dpb_dataset_destroy(s.all);
  return finish_output(code);
}
