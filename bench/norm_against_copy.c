/* SPDX-License-Identifier: MIT
 *
 * Batch normalisation, forward and backward, against a plain copy of the same bytes by
 * the same workers in the same run.
 *
 * The bytes are those of eight passes over the mini-batch: the layer has to read x for
 * the statistics, x and write y, then x and dy for the sums of the gradient, x and dy and
 * write dx; between these every number of the mini-batch has been seen. The copy moves as
 * many, half of them read, half written, and in the shards of a training step, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/deepblas.h>

#include "base/arena.h"
#include "base/float_mode.h"
#include "base/pool.h"
#include "bench.h"
#include "layer/layer_ops.h"
#include "model/split.h"

typedef struct subject {
  dpb__layer layer;
  dpb__pool *pool;
  int batch;
  dpb__arena arena; /* of what follows, as a model has it */
  float *x, *y, *dy, *dx, *params, *grads, *state, *whole;
  double *parts;
  dpb__pass all;
  dpb__pass *shards; /* made once, so that only the layer is measured */
} subject;

/* Everything but what is the same for all shards. */
static dpb__pass pass_of(const subject *s, int first, int n) {
  const size_t at = (size_t)first * s->layer.in_count;
  return (dpb__pass){.n = n,
                     .first = first,
                     .train = 1,
                     .params = s->params,
                     .grads = s->grads,
                     .x = s->x + at,
                     .y = s->y + at,
                     .dy = s->dy + at,
                     .dx = s->dx + at,
                     .state = s->state,
                     .parts = s->parts,
                     .whole = s->whole,
                     .shards = dpb__shards(s->batch)};
}

static dpb__pass shard_of(const subject *s, int shard) {
  const int first = dpb__shard_begin(s->batch, shard);
  dpb__pass pass = pass_of(s, first, dpb__shard_begin(s->batch, shard + 1) - first);
  pass.parts += (size_t)shard * s->layer.part;
  return pass;
}

static void collect(void *user, int shard, int worker) {
  const subject *s = user;
  (void)worker;
  s->layer.ops->statistics->collect(&s->layer, &s->shards[shard]);
}

static void forward(void *user, int shard, int worker) {
  const subject *s = user;
  (void)worker;
  s->layer.ops->forward(&s->layer, &s->shards[shard]);
}

static void collect_back(void *user, int shard, int worker) {
  const subject *s = user;
  (void)worker;
  s->layer.ops->statistics->collect_back(&s->layer, &s->shards[shard]);
}

static void backward(void *user, int shard, int worker) {
  const subject *s = user;
  (void)worker;
  s->layer.ops->backward(&s->layer, &s->shards[shard]);
}

/* As model/run.c does it. */
static void step(void *user) {
  subject *s = user;
  const int shards = dpb__shards(s->batch);
  dpb__pool_run(s->pool, shards, collect, s);
  s->layer.ops->statistics->combine(&s->layer, &s->all);
  dpb__pool_run(s->pool, shards, forward, s);
  dpb__pool_run(s->pool, shards, collect_back, s);
  s->layer.ops->statistics->combine_back(&s->layer, &s->all);
  dpb__pool_run(s->pool, shards, backward, s);
}

static void copy_shard(void *user, int shard, int worker) {
  const subject *s = user;
  const dpb__pass *pass = &s->shards[shard];
  const size_t bytes = (size_t)pass->n * s->layer.in_count * sizeof(float);
  (void)worker;
  memcpy(pass->y, pass->x, bytes);
  memcpy(pass->dx, pass->dy, bytes);
}

/* Four copies: eight passes. */
static void copy(void *user) {
  subject *s = user;
  for (int i = 0; i < 2; i++)
    dpb__pool_run(s->pool, dpb__shards(s->batch), copy_shard, s);
}

static void nothing(void *user, int shard, int worker) {
  (void)user;
  (void)shard;
  (void)worker;
}

/* What the workers need to meet as often as in a step. */
static void meet(void *user) {
  const subject *s = user;
  for (int i = 0; i < 4; i++)
    dpb__pool_run(s->pool, dpb__shards(s->batch), nothing, NULL);
}

static void allocate(subject *s, size_t count, size_t columns) {
  const size_t parts = s->layer.part * (size_t)dpb__shards(s->batch) * sizeof(double);
  struct {
    float **at;
    size_t floats, offset;
  } all[] = {{&s->x, count, 0},
             {&s->y, count, 0},
             {&s->dy, count, 0},
             {&s->dx, count, 0},
             {&s->params, 2 * columns, 0},
             {&s->grads, 2 * columns, 0},
             {&s->state, 2 * columns, 0},
             {&s->whole, s->layer.whole, 0}};
  enum { ARRAYS = sizeof all / sizeof all[0] };
  dpb__arena_plan plan = {0};
  for (int i = 0; i < ARRAYS; i++)
    all[i].offset = dpb__arena_reserve_floats(&plan, all[i].floats);
  const size_t behind = dpb__arena_reserve(&plan, parts);
  if (dpb__arena_allocate(&plan, "norm", &s->arena) != DPB_OK) bench_fail("memory");
  for (int i = 0; i < ARRAYS; i++) *all[i].at = dpb__arena_at(&s->arena, all[i].offset);
  s->parts = dpb__arena_at(&s->arena, behind);
}

static subject make_subject(dpb_hwc in, int batch, int threads) {
  subject s = {.batch = batch};
  s.layer.ops = dpb__layer_find("batchnorm", 9);
  s.layer.in = in;
  s.layer.in_count = (size_t)in.h * (size_t)in.w * (size_t)in.c;
  s.layer.out_count = s.layer.in_count;
  if (s.layer.ops->plan(&s.layer) != DPB_OK) bench_fail("plan");
  if (dpb__pool_create(threads, &s.pool) != DPB_OK) bench_fail("pool");
  const size_t columns = s.layer.params[0].count;
  const size_t count = (size_t)batch * s.layer.in_count;
  s.layer.params[1].offset = s.layer.states[1].offset = columns;
  allocate(&s, count, columns);
  dpb_rng rng = dpb_rng_seed(1);
  for (size_t i = 0; i < count; i++) {
    s.x[i] = 2.0f * dpb_rng_uniform(&rng) + 1.0f;
    s.dy[i] = dpb_rng_uniform(&rng) - 0.5f;
  }
  s.layer.ops->init(&s.layer, s.params, &rng);
  s.all = pass_of(&s, 0, batch);
  s.shards = malloc((size_t)s.all.shards * sizeof *s.shards);
  if (s.shards == NULL) bench_fail("memory");
  for (int i = 0; i < s.all.shards; i++) s.shards[i] = shard_of(&s, i);
  return s;
}

static void drop(subject *s) {
  free(s->shards);
  dpb__arena_free(&s->arena);
  dpb__pool_destroy(s->pool);
}

static void measure(const bench_options *options, dpb_hwc in, int batch) {
  char name[64];
  snprintf(name, sizeof name, "%d x %dx%dx%d", batch, in.h, in.w, in.c);
  if (!bench_wanted(options, name)) return;
  subject s = make_subject(in, batch, options->threads);
  const double bytes = 8.0 * (double)batch * (double)s.layer.in_count * sizeof(float);
  /* in turns, so that a disturbance meets both */
  enum { ROUNDS = 5 };
  double ours[ROUNDS], plain[ROUNDS], ratio[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    plain[i] = bench_run(copy, &s, options->min_time / ROUNDS).median;
    ours[i] = bench_run(step, &s, options->min_time / ROUNDS).median;
    ratio[i] = ours[i] / plain[i];
  }
  const double step_time = bench_median(ours, ROUNDS);
  const double copy_time = bench_median(plain, ROUNDS);
  const double meet_time = bench_run(meet, &s, options->min_time / ROUNDS).median;
  bench_row((bench_value[]){{.text = name},
                            {.number = bytes / 1e6},
                            {.number = step_time * 1e6},
                            {.number = copy_time * 1e6},
                            {.number = meet_time * 1e6},
                            {.number = bytes / step_time / 1e9},
                            {.number = bytes / copy_time / 1e9},
                            {.number = bench_median(ratio, ROUNDS)}});
  drop(&s);
}

int main(int argc, char **argv) {
  const bench_about about = {
      .name = "norm",
      .summary =
          "Batch normalisation, forward and backward in training, against plain copies "
          "of\n"
          "as many bytes: eight times the mini-batch, four copies. Shapes are batch x\n"
          "height x width x channels, of the book's networks and larger.",
      .min_time = 0.5,
  };
  static const struct {
    int batch;
    dpb_hwc in;
  } shapes[] = {
      {100, {1, 1, 100}},  {100, {1, 1, 1000}}, {100, {14, 14, 32}}, {100, {28, 28, 16}},
      {100, {28, 28, 30}}, {100, {7, 7, 64}},   {128, {32, 32, 64}}, {128, {56, 56, 64}},
  };
  const bench_column columns[] = {{"shape", "shape", 18, BENCH_TEXT},
                                  {"mbytes", "MB", 8, 2},
                                  {"step_us", "us", 10, 1},
                                  {"copy_us", "copy us", 10, 1},
                                  {"meet_us", "meet us", 8, 2},
                                  {"gbytes_s", "GB/s", 7, 1},
                                  {"copy_gbytes_s", "copy GB/s", 10, 1},
                                  {"ratio", "ratio", 6, 2}};
  const bench_options options = bench_start(&argc, argv, &about);
  dpb__float_enter(); /* for good, as a training step does for all of its layers */
  bench_columns(columns, sizeof columns / sizeof columns[0]);
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
    measure(&options, shapes[i].in, shapes[i].batch);
  bench_note("\nMB and GB/s: eight passes over the mini-batch, as the copy makes them\n"
             "meet us: the workers' four meetings in a step, without work");
  bench_finish();
  return 0;
}
