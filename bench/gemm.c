/* SPDX-License-Identifier: MIT
 *
 * What bare cblas_sgemm reaches at the products of the book's Affine layers, and at sizes
 * given, against the machine's best: a product of two 1024 x 1024 matrices, measured anew
 * beside every row, because the speed of a shared machine drifts.
 */
#include <stdio.h>

#include <deepblas/deepblas.h>

#include "bare_gemm.h"
#include "bench.h"

#define BATCH      100
#define CUBE       1024
#define CUBE_SHARE 0.25 /* of the time for a row */

typedef struct product {
  bench_operands operands;
  bench_form form;
  dpb_gemm_size size;
} product;

static void multiply(void *user) {
  const product *p = user;
  bench_gemm(&p->operands, p->form, p->size);
}

static bench_times run(product *p, double min_time) {
  bench_operands_fit(&p->operands, p->size);
  return bench_run(multiply, p, min_time);
}

static double gflops(dpb_gemm_size size, double seconds) {
  return 2e-9 * (double)size.m * size.n * size.k / seconds;
}

static void measure(const bench_options *options, const char *name, bench_form form,
                    dpb_gemm_size size) {
  static const char *const forms[] = {"A B", "A B^T", "A^T B"};
  if (size.m == 0 || !bench_wanted(options, name)) return;
  static product one, cube = {.form = BENCH_AB, .size = {CUBE, CUBE, CUBE}};
  one.form = form;
  one.size = size;
  /* Long calls are disturbed more often than short ones, so of the cube the fastest
   * counts. */
  const double best = gflops(cube.size, run(&cube, options->min_time * CUBE_SHARE).low);
  const bench_times times = run(&one, options->min_time);
  const double ours = gflops(size, times.median);
  bench_row((bench_value[]){{.text = name},
                            {.text = forms[form]},
                            {.number = size.m},
                            {.number = size.n},
                            {.number = size.k},
                            {.number = times.median * 1e6},
                            {.number = ours},
                            {.number = best},
                            {.number = ours / best}});
}

/* The three products of each Affine layer of a network. */
static void measure_network(const bench_options *options, const dpb_network *network) {
  dpb_model *model = bench_model(network->name, BATCH, 1);
  for (int i = 0; i < dpb_model_layer_count(model); i++) {
    dpb_layer_info info;
    dpb_model_layer(model, i, BATCH, &info);
    char name[160];
    snprintf(name, sizeof name, "%s %d %s", network->name, i + 1, info.text);
    measure(options, name, BENCH_AB, info.forward);
    measure(options, name, BENCH_ABT, info.data_gradient);
    measure(options, name, BENCH_ATB, info.weight_gradient);
  }
  dpb_model_destroy(model);
}

/* "100x50x784": m, n, k. */
static void measure_text(const bench_options *options, const char *text) {
  dpb_gemm_size size;
  int end = 0;
  if (sscanf(text, "%5dx%5dx%5d%n", &size.m, &size.n, &size.k, &end) != 3 ||
      text[end] != '\0' || size.m < 1 || size.n < 1 || size.k < 1)
    bench_quit(2, "'%s' is not a size like 100x50x784 (m, n, k: 1 to 99999)", text);
  for (bench_form form = BENCH_AB; form <= BENCH_ATB; form++)
    measure(options, text, form, size);
}

int main(int argc, char **argv) {
  const bench_about about = {
      .name = "gemm",
      .summary =
          "Speed of bare cblas_sgemm at the products of the book's Affine layers\n"
          "(mini-batches of 100), or at the sizes MxNxK given, against a 1024 cube.",
      .operands = "[MxNxK]...",
      .min_time = 0.2,
      .threads = 1,
  };
  const bench_options options = bench_start(&argc, argv, &about);
  bench_gemm_threads(options.threads);
  static const bench_column columns[] = {{"name", "product", 26, BENCH_TEXT},
                                         {"form", "form", 6, BENCH_TEXT},
                                         {"m", "m", 5, 0},
                                         {"n", "n", 5, 0},
                                         {"k", "k", 5, 0},
                                         {"us", "us", 10, 2},
                                         {"gflops", "GFLOP/s", 8, 1},
                                         {"cube_gflops", "1024 cube", 9, 1},
                                         {"ratio", "ratio", 6, 2}};
  bench_columns(columns, sizeof columns / sizeof *columns);
  for (int i = 0; argc == 1 && i < dpb_network_count(); i++)
    measure_network(&options, dpb_network_at(i));
  for (int i = 1; i < argc; i++) measure_text(&options, argv[i]);
  bench_finish();
  return 0;
}
