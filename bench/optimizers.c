/* SPDX-License-Identifier: MIT
 *
 * The update of each optimiser against a plain copy that moves as many bytes: does it run
 * at the speed of memory?
 *
 * The parameters are one large Affine layer's, so that nothing stays in the caches, and
 * the update is dpb_train_update, by the model's own workers. Each number is read once
 * and, but for the gradient, written once; the copy (memcpy, in as many threads) reads
 * half of those bytes and writes the other half. Copy and update take turns, and the
 * share is formed within each round.
 */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/deepblas.h>

#include "bench.h"

#define INPUTS       4096
#define LEAST_ROUNDS 7
#define MOST_ROUNDS  501
#define MOST_THREADS 256

typedef struct copying {
  char *to;
  const char *from;
  size_t bytes;
} copying;

static void *copy_part(void *user) {
  const copying *part = user;
  memcpy(part->to, part->from, part->bytes);
  return NULL;
}

/* Copies bytes in threads, this one among them; returns the seconds it took. */
static double copy_seconds(char *to, const char *from, size_t bytes, int threads) {
  static copying parts[MOST_THREADS];
  static pthread_t ids[MOST_THREADS];
  const double begin = bench_now();
  for (int i = 0; i < threads; i++) {
    const size_t at = bytes / (size_t)threads * (size_t)i;
    const size_t end =
        i + 1 < threads ? bytes / (size_t)threads * (size_t)(i + 1) : bytes;
    parts[i] = (copying){to + at, from + at, end - at};
    if (i > 0 && pthread_create(&ids[i], NULL, copy_part, &parts[i]) != 0)
      bench_quit(3, "no thread for the copy");
  }
  copy_part(&parts[0]);
  for (int i = 1; i < threads; i++) pthread_join(ids[i], NULL);
  return bench_now() - begin;
}

/* Bytes that an update moves for each parameter. */
static const struct {
  dpb_optimizer_kind kind;
  size_t bytes;
} kinds[] = {
    {DPB_SGD, 12},     {DPB_MOMENTUM, 20}, {DPB_NESTEROV, 20}, {DPB_ADAGRAD, 20},
    {DPB_RMSPROP, 20}, {DPB_ADAM, 28},     {DPB_ADAMW, 28},
};

typedef struct subject {
  dpb_model *model;
  size_t count;
  int threads;
  char *from, *to; /* for the copies */
} subject;

static double update_seconds(const subject *s, dpb_optimizer *optimizer) {
  const double begin = bench_now();
  if (dpb_train_update(s->model, optimizer) != DPB_OK) bench_fail("dpb_train_update");
  return bench_now() - begin;
}

static void measure(const subject *s, double min_time, dpb_optimizer_kind kind,
                    size_t bytes) {
  static double updates[MOST_ROUNDS], copies[MOST_ROUNDS], shares[MOST_ROUNDS];
  const char *name = dpb_optimizer_name(kind);
  dpb_optimizer *optimizer;
  if (dpb_optimizer_create(&(dpb_optimizer_config){.kind = kind}, s->count, &optimizer) !=
      DPB_OK)
    bench_fail(name);
  const size_t all = bytes * s->count;
  update_seconds(s, optimizer); /* pages of the state are had by now */
  copy_seconds(s->to, s->from, all / 2, s->threads);
  size_t rounds = 0;
  const double begin = bench_now();
  while (rounds < MOST_ROUNDS &&
         (rounds < LEAST_ROUNDS || bench_now() - begin < min_time)) {
    copies[rounds] = copy_seconds(s->to, s->from, all / 2, s->threads);
    updates[rounds] = update_seconds(s, optimizer);
    shares[rounds] = copies[rounds] / updates[rounds];
    rounds++;
  }
  const double update = bench_median(updates, rounds),
               copy = bench_median(copies, rounds);
  const double share = bench_median(shares, rounds); /* which are in order now */
  bench_row((bench_value[]){{.text = name},
                            {.number = (double)bytes},
                            {.number = update * 1e3},
                            {.number = (double)all * 1e-9 / update},
                            {.number = copy * 1e3},
                            {.number = (double)all * 1e-9 / copy},
                            {.number = share},
                            {.number = shares[0]},
                            {.number = shares[rounds - 1]}});
  dpb_optimizer_destroy(optimizer);
}

/* Parameters and gradients that move, and buffers whose pages are there. */
static void prepare(subject *s, double mib, int threads) {
  *s = (subject){.threads = threads};
  const int outputs = (int)(mib * 1048576.0 / (sizeof(float) * INPUTS));
  const dpb_model_config config = {
      .input = {1, 1, INPUTS}, .max_batch = 1, .seed = 1, .threads = threads};
  float *gradients;
  if (dpb_model_create(&config, &s->model) != DPB_OK ||
      dpb_add_affine(s->model, &(dpb_affine_config){.out = outputs}) != DPB_OK ||
      dpb_model_build(s->model) != DPB_OK ||
      dpb_model_flat(s->model, NULL, &gradients, &s->count) != DPB_OK)
    bench_fail("the model");
  dpb_rng rng = dpb_rng_seed(2);
  for (size_t i = 0; i < s->count; i++) gradients[i] = dpb_rng_uniform(&rng) - 0.5f;
  const size_t bytes = s->count * 14;
  s->from = malloc(bytes + 1);
  s->to = malloc(bytes + 1);
  if (!s->from || !s->to) bench_quit(3, "no memory for copies of %.0f MiB", mib * 3.5);
  memset(s->from, 1, bytes);
  memset(s->to, 2, bytes);
}

int main(int argc, char **argv) {
  const char *size_text = "64";
  const bench_option own[] = {
      {"size", "MIB", "of parameters alone; should not fit into cache (default: 64)",
       &size_text}};
  const bench_about about = {
      .name = "optimizers",
      .summary =
          "Speed of each optimiser's update against a plain copy that moves as many "
          "bytes.",
      .options = own,
      .option_count = 1,
      .threads = 1,
  };
  const bench_options options = bench_start(&argc, argv, &about);
  const double mib = bench_number("size", size_text, 0.0625, 4096);
  bench_fact("size_mib", "parameters", "%g MiB", mib);
  static const bench_column columns[] = {{"optimizer", "optimiser", 10, BENCH_TEXT},
                                         {"bytes", "bytes each", 10, 0},
                                         {"update_ms", "update ms", 10, 3},
                                         {"gb_per_s", "GB/s", 7, 1},
                                         {"copy_ms", "copy ms", 9, 3},
                                         {"copy_gb_per_s", "GB/s", 7, 1},
                                         {"share", "share", 6, 2},
                                         {"least", "least", 6, 2},
                                         {"most", "most", 6, 2}};
  subject s;
  prepare(&s, mib, options.threads);
  bench_columns(columns, sizeof columns / sizeof *columns);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (bench_wanted(&options, dpb_optimizer_name(kinds[i].kind)))
      measure(&s, options.min_time, kinds[i].kind, kinds[i].bytes);
  bench_note("\nshare: speed of the update in terms of the copy's, within each round: "
             "median, least, most");
  bench_finish();
  free(s.from);
  free(s.to);
  dpb_model_destroy(s.model);
  return 0;
}
