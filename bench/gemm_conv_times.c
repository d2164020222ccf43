/* SPDX-License-Identifier: MIT
 *
 * Speed. That of a shared machine drifts, so what is compared is measured in turns, over
 * and over, and quotients are formed within each round.
 */
#include <limits.h>
#include <math.h>
#include <time.h>

#include "bare_gemm.h"
#include "bench.h"
#include "gemm_conv.h"

#define CUBE         1024
#define TURN         0.005 /* seconds, about, of one contestant in one round */
#define LEAST_ROUNDS 5
#define MOST_ROUNDS  1000
#define MOST_CALLS   10000

/* In the order of their turns. */
enum { WHOLE, LOWERING, BEST, BARE, CONTESTANTS };

typedef struct contest {
  const conv_subject *subject;
  conv_product product;
  const bench_operands *operands;
  bench_form form;
  dpb_gemm_size bare;     /* of one group */
  int calls[CONTESTANTS]; /* in one round */
} contest;

static double times[CONTESTANTS][MOST_ROUNDS]; /* of one call */

static void call(const contest *c, int contestant) {
  switch (contestant) {
  case WHOLE:
    conv_run(c->subject, c->product);
    break;
  case LOWERING:
    conv_run_lowering(c->subject, c->product);
    break;
  case BEST:
    bench_gemm(c->operands, BENCH_AB, (dpb_gemm_size){CUBE, CUBE, CUBE});
    break;
  default:
    for (int g = 0; g < c->subject->shape->groups; g++)
      bench_gemm(c->operands, c->form, c->bare);
  }
}

static double timed(const contest *c, int contestant, int calls) {
  const double begin = bench_now();
  for (int i = 0; i < calls; i++) call(c, contestant);
  return (bench_now() - begin) / calls;
}

/* OpenBLAS's own threads, which the bare products use, look out for more work for some
 * 30 ms, and would take the CPU from our workers. */
static void let_openblas_sleep(const contest *c) {
  if (dpb__pool_workers(c->subject->pool) == 1) return;
  const struct timespec rest = {.tv_nsec = 60000000};
  nanosleep(&rest, NULL);
}

/* A turn is one call unmeasured, which brings things back into cache, then some. */
static size_t run_rounds(contest *c, double min_time) {
  for (int i = 0; i < CONTESTANTS; i++) {
    timed(c, i, 1);
    const double calls = TURN / (timed(c, i, 1) + 1e-9);
    c->calls[i] = calls < 1 ? 1 : calls < MOST_CALLS ? (int)calls + 1 : MOST_CALLS;
  }
  size_t rounds = 0;
  const double begin = bench_now();
  while (rounds < MOST_ROUNDS &&
         (rounds < LEAST_ROUNDS || bench_now() - begin < min_time)) {
    let_openblas_sleep(c);
    for (int i = 0; i < CONTESTANTS; i++) {
      timed(c, i, 1);
      times[i][rounds] = timed(c, i, c->calls[i]);
    }
    rounds++;
  }
  return rounds;
}

/* The product as one, the whole column matrix at once. */
static void set_bare(contest *c) {
  const conv_subject *s = c->subject;
  const double places = (double)s->batch * (double)s->out_count / s->shape->filters;
  if (places > INT_MAX) bench_quit(2, "%s: too many places in a batch", s->shape->name);
  const int m = (int)places;
  const int n = s->shape->filters / s->shape->groups;
  const int k = (int)(s->weight_count / (size_t)s->shape->filters);
  const dpb_gemm_size sizes[] = {{m, n, k}, {m, k, n}, {k, n, m}};
  const bench_form forms[] = {BENCH_AB, BENCH_ABT, BENCH_ATB};
  c->form = forms[c->product];
  c->bare = sizes[c->product];
}

static double median_ratio(int over, int under, size_t rounds) {
  static double ratios[MOST_ROUNDS];
  for (size_t i = 0; i < rounds; i++) ratios[i] = times[over][i] / times[under][i];
  return bench_median(ratios, rounds);
}

conv_figures conv_measure(const conv_subject *s, conv_product product,
                          bench_operands *operands, double min_time) {
  contest c = {.subject = s, .product = product, .operands = operands};
  set_bare(&c);
  bench_operands_fit(operands, (dpb_gemm_size){CUBE, CUBE, CUBE});
  bench_operands_fit(operands, c.bare);
  const size_t rounds = run_rounds(&c, min_time);

  const double ours = 2e-9 * (double)s->weight_count * (double)s->out_count /
                      s->shape->filters * s->batch;
  const double best = 2e-9 * CUBE * CUBE * CUBE;
  conv_figures f = {.bare = c.bare, .rounds = rounds};
  const bool apart = conv_planned(s, product)->how != DPB__LOWER_GROUPS;
  f.lowering = apart ? median_ratio(LOWERING, WHOLE, rounds) : (double)NAN;
  f.of_cube = ours / best * median_ratio(BEST, WHOLE, rounds);
  f.of_bare = median_ratio(BARE, WHOLE, rounds);
  /* from here on, times are sorted */
  f.cube_gflops = best / bench_median(times[BEST], rounds);
  f.bare_gflops = ours / bench_median(times[BARE], rounds);
  f.seconds = bench_median(times[WHOLE], rounds);
  f.spread = (times[WHOLE][rounds * 9 / 10] - times[WHOLE][0]) / f.seconds;
  f.gflops = ours / f.seconds;
  return f;
}
