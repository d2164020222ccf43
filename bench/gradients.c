/* SPDX-License-Identifier: MIT
 *
 * Numerical gradient against backprop (sections 4.4 and 5.7): do they agree, and what
 * does each cost?
 *
 * Agreement is dpb_gradcheck's: backprop against central differences of the
 * double-precision reference, per parameter tensor. Cost is that of the book's numerical
 * gradient on the fast network: two losses for every parameter, in float32. Only some
 * parameters, spread over all, are stepped; the time for all of them is reckoned from
 * those.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <deepblas/deepblas.h>

#include "bench.h"

#define MOST_TENSORS 256
/* Of a difference in float32: smaller ones drown in rounding, larger ones meet kinks. */
#define STEP        1e-3f
#define LEAST_STEPS 16

static bench_digits digits;

typedef struct subject {
  const char *net;
  dpb_model *model;
  dpb_batch batch;
} subject;

typedef struct comparison {
  double seconds; /* of one parameter's difference */
  double error;   /* |numerical - backprop| / |backprop|, both as vectors of the sample */
} comparison;

static void backprop(void *user) {
  subject *s = user;
  double loss;
  if (dpb_model_gradient(s->model, &s->batch, &loss) != DPB_OK) bench_fail(s->net);
}

static double loss_of(subject *s) {
  double loss;
  if (dpb_model_loss(s->model, &s->batch, &loss, NULL) != DPB_OK) bench_fail(s->net);
  return loss;
}

/* (f(p + h) - f(p - h)) / 2h at one parameter. */
static double difference(subject *s, float *parameter) {
  const float before = *parameter;
  *parameter = before + STEP;
  const float above = *parameter;
  const double high = loss_of(s);
  *parameter = before - STEP;
  const float below = *parameter;
  const double low = loss_of(s);
  *parameter = before;
  return (high - low) / ((double)above - (double)below);
}

/* Differences at parameters spread over the network by the golden ratio, until min_time
 * is over. */
static comparison compare(subject *s, double min_time) {
  float *parameters, *gradients;
  size_t count;
  if (dpb_model_flat(s->model, &parameters, &gradients, &count) != DPB_OK)
    bench_fail(s->net);
  backprop(s);
  double off = 0.0, square = 0.0, place = 0.0;
  size_t steps = 0;
  const double begin = bench_now();
  while (steps < LEAST_STEPS || bench_now() - begin < min_time) {
    place = fmod(place + 0.6180339887498949, 1.0);
    const size_t i = (size_t)(place * (double)count);
    const double exact = (double)gradients[i];
    const double error = difference(s, &parameters[i]) - exact;
    off += error * error;
    square += exact * exact;
    steps++;
  }
  const double seconds = (bench_now() - begin) / (double)steps;
  return (comparison){seconds, square > 0.0 ? sqrt(off / square) : (double)NAN};
}

/* In a network that draws random masks, the loss (inference) is another function than the
 * one that backprop differentiates. */
static bool draws_masks(const dpb_model *model) {
  for (int i = 0; i < dpb_model_layer_count(model); i++) {
    dpb_layer_info info;
    dpb_model_layer(model, i, 1, &info);
    if (strcmp(info.name, "dropout") == 0) return true;
  }
  return false;
}

static void print_row(const char *net, const char *tensor, const char *shape,
                      size_t count, double checked, double error, double float_error,
                      bool passed, double seconds, double gradient) {
  bench_row((bench_value[]){{.text = net},
                            {.text = tensor},
                            {.text = shape},
                            {.number = (double)count},
                            {.number = checked},
                            {.number = error * 1e6},
                            {.text = passed ? "ok" : "FAILED"},
                            {.number = float_error * 1e6},
                            {.number = seconds * 1e3 * (double)count},
                            {.number = gradient * 1e3},
                            {.number = seconds * (double)count / gradient}});
}

static void shape_text(dpb_shape shape, char *text, size_t size) {
  size_t used = 0;
  text[0] = '\0';
  for (int i = 0; i < shape.rank && used < size; i++)
    used +=
        (size_t)snprintf(text + used, size - used, "%s%d", i ? "x" : "", shape.dim[i]);
}

/* Returns whether everything agreed. */
static bool measure(const bench_options *options, const char *net, int batch) {
  static dpb_gradcheck_row rows[MOST_TENSORS];
  subject s = {.net = net, .model = bench_model(net, batch, options->threads)};
  s.batch = (dpb_batch){.n = batch, .features = digits.images, .labels = digits.labels};
  const bench_times gradient = bench_run(backprop, &s, options->min_time);
  comparison numerical = compare(&s, options->min_time);
  if (draws_masks(s.model)) numerical.error = (double)NAN;

  int count, passed;
  if (dpb_gradcheck(s.model, &(dpb_gradcheck_config){.seed = 1}, rows, MOST_TENSORS,
                    &count, &passed) != DPB_OK)
    bench_fail(net);
  size_t parameters = 0;
  double worst = 0.0, checked = 0.0;
  for (int i = 0; i < count; i++) {
    dpb_parameter_info info;
    char shape[64];
    if (dpb_model_parameter(s.model, i, &info) != DPB_OK) bench_fail(net);
    shape_text(rows[i].shape, shape, sizeof shape);
    print_row(net, rows[i].name, shape, info.count, rows[i].checked, rows[i].error,
              (double)NAN, rows[i].passed, numerical.seconds, gradient.median);
    parameters += info.count;
    checked += rows[i].checked;
    if (!(rows[i].error <= worst)) worst = rows[i].error;
  }
  print_row(net, "all", "", parameters, checked, worst, numerical.error, passed != 0,
            numerical.seconds, gradient.median);
  dpb_model_destroy(s.model);
  return passed != 0;
}

int main(int argc, char **argv) {
  const char *batch_text = "10";
  const bench_option own[] = {
      {"batch", "N", "samples in the mini-batch (default: 10)", &batch_text}};
  const bench_about about = {
      .name = "gradients",
      .summary =
          "Numerical gradient against backprop: agreement, and the time of both, for "
          "the\n"
          "networks of the book, or for the NETs given: names, or text forms such as\n"
          "'affine 100, relu, affine 10'. Errors are in millionths, and relative.",
      .operands = "[NET]...",
      .options = own,
      .option_count = 1,
      .min_time = 0.5,
      .threads = 1,
  };
  const bench_options options = bench_start(&argc, argv, &about);
  const int batch = (int)bench_number("batch", batch_text, 4, 5000);
  bench_fact("batch", "batch", "%d", batch);
  digits = bench_load_digits((size_t)batch);

  static const bench_column columns[] = {{"net", "network", 20, BENCH_TEXT},
                                         {"tensor", "tensor", 6, BENCH_TEXT},
                                         {"shape", "shape", 9, BENCH_TEXT},
                                         {"parameters", "count", 7, 0},
                                         {"checked", "checked", 7, 0},
                                         {"error_ppm", "error", 7, 2},
                                         {"verdict", "verdict", 7, BENCH_TEXT},
                                         {"float_error_ppm", "in float", 8, 0},
                                         {"numerical_ms", "numer. ms", 10, 2},
                                         {"backprop_ms", "backprop", 8, 4},
                                         {"ratio", "ratio", 8, 0}};
  bench_columns(columns, sizeof columns / sizeof *columns);
  bool agreed = true;
  for (int i = 0; argc == 1 && i < dpb_network_count(); i++)
    if (bench_wanted(&options, dpb_network_at(i)->name))
      agreed = measure(&options, dpb_network_at(i)->name, batch) && agreed;
  for (int i = 1; i < argc; i++)
    if (bench_wanted(&options, argv[i]))
      agreed = measure(&options, argv[i], batch) && agreed;
  bench_note(
      "\nerror: backprop against central differences of the double-precision reference\n"
      "in float: the same differences in float32 (step %g), all sampled parameters at "
      "once\n"
      "numer. ms: reckoned from the parameters stepped in %g s; backprop yields all "
      "tensors\n"
      "at once, so its time is the same in each row",
      (double)STEP, options.min_time);
  bench_finish();
  bench_free_digits(&digits);
  return agreed ? 0 : 1;
}
