/* SPDX-License-Identifier: MIT
 *
 * How long a whole training step takes (forward, backward, update), and a prediction, for
 * the networks of the book and for any text form given; beside it the step's floor: its
 * matrix products alone, as bare calls of OpenBLAS. With --layers, the time of each layer
 * (train_step_layers.c).
 */
#include "train_step.h"

#include <stdlib.h>

#include "bare_gemm.h"

#define BATCH   STEP_BATCH
#define BATCHES 10
#define PIXELS  (28 * 28)

typedef struct subject {
  dpb_model *model;
  dpb_optimizer *optimizer;
  const bench_digits *digits;
  dpb_batch batch;
  size_t done;
  float *outputs;
  bench_operands operands; /* of the bare products */
} subject;

/* The next mini-batch of samples digits. */
static void advance(subject *s, int samples) {
  const size_t first = s->done++ % BATCHES * BATCH;
  s->batch = (dpb_batch){.n = samples,
                         .features = s->digits->images + first * PIXELS,
                         .labels = s->digits->labels + first};
}

static void step(void *user) {
  subject *s = user;
  advance(s, BATCH);
  double loss;
  if (dpb_train_step(s->model, s->optimizer, &s->batch, &loss) != DPB_OK)
    bench_fail("step");
}

static void predict(subject *s, int samples) {
  advance(s, samples);
  if (dpb_model_predict(s->model, &s->batch, s->outputs) != DPB_OK)
    bench_fail("prediction");
}

static void predict_many(void *user) {
  predict(user, BATCH);
}

static void predict_one(void *user) {
  predict(user, 1);
}

static void products(void *user) {
  const subject *s = user;
  for (int i = 0; i < dpb_model_layer_count(s->model); i++) {
    dpb_layer_info info;
    dpb_model_layer(s->model, i, BATCH, &info);
    for (int g = 0; g < info.groups; g++) {
      bench_gemm(&s->operands, BENCH_AB, info.forward);
      bench_gemm(&s->operands, BENCH_ABT, info.data_gradient);
      bench_gemm(&s->operands, BENCH_ATB, info.weight_gradient);
    }
  }
}

/* Makes room for the largest product; returns the multiply-adds of a step. */
static double prepare_products(subject *s) {
  double multiply_adds = 0.0;
  for (int i = 0; i < dpb_model_layer_count(s->model); i++) {
    dpb_layer_info info;
    dpb_model_layer(s->model, i, BATCH, &info);
    const dpb_gemm_size all[] = {info.forward, info.data_gradient, info.weight_gradient};
    for (int g = 0; g < 3; g++) {
      bench_operands_fit(&s->operands, all[g]);
      multiply_adds += (double)info.groups * all[g].m * all[g].n * all[g].k;
    }
  }
  return multiply_adds;
}

static void print_row(const char *name, int threads, bench_times train, bench_times floor,
                      bench_times many, bench_times one, double multiply_adds) {
  bench_row((bench_value[]){{.text = name},
                            {.number = threads},
                            {.number = train.median * 1e3},
                            {.number = train.p90 * 1e3},
                            {.number = BATCH / train.median},
                            {.number = floor.median * 1e3},
                            {.number = train.median / floor.median},
                            {.number = 2e-9 * multiply_adds / train.median},
                            {.number = many.median * 1e3},
                            {.number = one.median * 1e3}});
}

static void measure(const bench_options *options, const char *net, int threads,
                    const bench_digits *digits) {
  subject s = {.model = bench_model(net, BATCH, threads), .digits = digits};
  bench_gemm_threads(threads);
  size_t count;
  if (dpb_model_flat(s.model, NULL, NULL, &count) != DPB_OK ||
      dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM}, count,
                           &s.optimizer) != DPB_OK)
    bench_fail(net);
  const dpb_hwc out = dpb_model_output(s.model);
  s.outputs =
      malloc(sizeof *s.outputs * BATCH * (size_t)out.h * (size_t)out.w * (size_t)out.c);
  if (!s.outputs) bench_quit(3, "no memory");
  const double multiply_adds = prepare_products(&s);

  const bench_times train = bench_run(step, &s, options->min_time);
  const bench_times floor = bench_run(products, &s, options->min_time);
  const bench_times many = bench_run(predict_many, &s, options->min_time);
  const bench_times one = bench_run(predict_one, &s, options->min_time);
  print_row(net, threads, train, floor, many, one, multiply_adds);

  bench_operands_free(&s.operands);
  free(s.outputs);
  dpb_optimizer_destroy(s.optimizer);
  dpb_model_destroy(s.model);
}

/* Whatever is wanted of a network. */
static void measure_net(const bench_options *options, const char *net, bool layers,
                        const bench_digits *digits) {
  if (!bench_wanted(options, net)) return;
  const dpb_batch batch = {
      .n = BATCH, .features = digits->images, .labels = digits->labels};
  if (layers) train_step_layers(options, net, &batch);
  for (int i = 0; i < options->thread_count && !layers; i++)
    measure(options, net, options->thread_list[i], digits);
}

int main(int argc, char **argv) {
  const char *layers = NULL;
  const bench_option own[] = {
      {"layers", NULL, "time of each layer, forward and backward, one thread", &layers}};
  const bench_about about = {
      .name = "train_step",
      .summary =
          "Time of a training step (Adam, mini-batches of 100) and of a prediction, for "
          "the\n"
          "networks of the book, or for the NETs given: names, or text forms such as\n"
          "'affine 100, relu, affine 10'.",
      .operands = "[NET]...",
      .options = own,
      .option_count = sizeof own / sizeof *own,
      .thread_list = true,
  };
  const bench_options options = bench_start(&argc, argv, &about);
  bench_digits digits = bench_load_digits((size_t)BATCH * BATCHES);

  static const bench_column columns[] = {
      {"net", "network", 30, BENCH_TEXT},     {"threads", "threads", 7, 0},
      {"step_ms", "step ms", 9, 4},           {"step_p90_ms", "p90 ms", 9, 4},
      {"images_per_s", "images/s", 10, 0},    {"gemm_ms", "GEMM ms", 9, 4},
      {"over_gemm", "step/GEMM", 9, 2},       {"gflops", "GFLOP/s", 8, 1},
      {"predict100_ms", "pred100 ms", 10, 4}, {"predict1_ms", "pred1 ms", 9, 4}};
  if (layers)
    train_step_layer_columns();
  else
    bench_columns(columns, sizeof columns / sizeof *columns);
  for (int i = 0; argc == 1 && i < dpb_network_count(); i++)
    measure_net(&options, dpb_network_at(i)->name, layers != NULL, &digits);
  for (int i = 1; i < argc; i++) measure_net(&options, argv[i], layers != NULL, &digits);
  bench_finish();
  bench_free_digits(&digits);
  return 0;
}
