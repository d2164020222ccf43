/* SPDX-License-Identifier: MIT
 *
 * What a server wants to know: how long one prediction of one image takes, at the median
 * and at the far end, while as many threads as wanted predict with one shared model, each
 * with a context of its own.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <deepblas/deepblas.h>

#include "bench.h"

enum { DIGITS = 100, WARM_UP = 1000 };

/* What one thread does. */
typedef struct caller {
  const dpb_model *model;
  const bench_digits *digits;
  size_t calls;
  double *seconds; /* of each call */
  int classes;
  int failed;
} caller;

static void *call(void *arg) {
  caller *c = arg;
  dpb_context *context;
  float *outputs = malloc((size_t)c->classes * sizeof *outputs);
  if (!outputs || dpb_context_create(c->model, 1, &context) != DPB_OK) {
    c->failed = 1;
    free(outputs);
    return NULL;
  }
  for (size_t i = 0; i < WARM_UP + c->calls && !c->failed; i++) {
    const dpb_batch one = {.n = 1, .features = c->digits->images + i % DIGITS * 28 * 28};
    const double begin = bench_now();
    c->failed = dpb_context_predict(context, &one, outputs) != DPB_OK;
    if (i >= WARM_UP) c->seconds[i - WARM_UP] = bench_now() - begin;
  }
  dpb_context_destroy(context);
  free(outputs);
  return NULL;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The time that a share of the calls stay below. */
static double below(const double *sorted, size_t count, double share) {
  const size_t at = (size_t)(share * (double)count);
  return sorted[at < count ? at : count - 1];
}

static void create_context(void *user) {
  dpb_context *context;
  if (dpb_context_create(user, 1, &context) != DPB_OK) bench_fail("context");
  dpb_context_destroy(context);
}

static void measure(const char *net, int threads, size_t calls,
                    const bench_digits *digits) {
  dpb_model *model = bench_model(net, 1, 1);
  const dpb_hwc out = dpb_model_output(model);
  double *seconds = malloc((size_t)threads * calls * sizeof *seconds);
  caller callers[BENCH_MOST_THREADS];
  pthread_t ids[BENCH_MOST_THREADS];
  if (!seconds) bench_quit(3, "no memory for %zu times", (size_t)threads * calls);
  const double begin = bench_now();
  for (int i = 0; i < threads; i++) {
    callers[i] = (caller){.model = model,
                          .digits = digits,
                          .calls = calls,
                          .seconds = seconds + (size_t)i * calls,
                          .classes = out.h * out.w * out.c};
    if (pthread_create(&ids[i], NULL, call, &callers[i]) != 0)
      bench_quit(3, "no thread number %d", i + 1);
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(ids[i], NULL);
    if (callers[i].failed) bench_quit(1, "%s: a prediction failed", net);
  }
  const double whole = bench_now() - begin;
  const size_t count = (size_t)threads * calls;
  qsort(seconds, count, sizeof *seconds, compare);
  bench_row(
      (bench_value[]){{.text = net},
                      {.number = threads},
                      {.number = below(seconds, count, 0.5) * 1e6},
                      {.number = below(seconds, count, 0.99) * 1e6},
                      {.number = below(seconds, count, 0.999) * 1e6},
                      {.number = seconds[count - 1] * 1e6},
                      {.number = (double)(count + (size_t)threads * WARM_UP) / whole},
                      {.number = bench_run(create_context, model, 0.05).median * 1e6}});
  free(seconds);
  dpb_model_destroy(model);
}

int main(int argc, char **argv) {
  const char *calls = "100000";
  const bench_option own[] = {
      {"calls", "N", "predictions in each thread (default: 100000)", &calls}};
  const bench_about about = {
      .name = "latency",
      .summary = "One prediction of one image: median, and the times that 99 % and 99.9 "
                 "% of the\n"
                 "calls stay below, while 1, 2, ... threads share one model.",
      .operands = "[NET]...",
      .options = own,
      .option_count = 1,
      .thread_list = true,
  };
  static const char *const book[] = {"two_layer", "simple_convnet", "deep_convnet"};
  const bench_column columns[] = {
      {"net", "network", 18, BENCH_TEXT}, {"threads", "threads", 7, 0},
      {"median_us", "median us", 9, 1},   {"p99_us", "99 % us", 9, 1},
      {"p999_us", "99.9 % us", 9, 1},     {"most_us", "most us", 9, 1},
      {"per_second", "images/s", 9, 0},   {"context_us", "context us", 10, 1}};
  const bench_options options = bench_start(&argc, argv, &about);
  const size_t count = (size_t)bench_number("calls", calls, 1, 1e8);
  bench_digits digits = bench_load_digits(DIGITS);
  bench_columns(columns, sizeof columns / sizeof columns[0]);
  const char *const *nets = argc > 1 ? (const char *const *)argv + 1 : book;
  const int net_count = argc > 1 ? argc - 1 : 3;
  for (int i = 0; i < net_count; i++)
    for (int t = 0; t < options.thread_count; t++)
      if (bench_wanted(&options, nets[i]))
        measure(nets[i], options.thread_list[t], count, &digits);
  bench_note(
      "\neach call predicts another of 100 digits; context us: making and freeing a\n"
      "thread's context");
  bench_free_digits(&digits);
  bench_finish();
  return 0;
}
