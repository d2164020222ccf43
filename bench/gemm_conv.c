/* SPDX-License-Identifier: MIT
 *
 * Speed of a convolution's three products (forward, data gradient, weight gradient), each
 * as a whole: im2col, matrix products, col2im. Beside it, in the same rounds: its
 * lowering alone, the bare sgemm of the same m, n, k, and the machine's best sgemm, a
 * product of two 1024 x 1024 matrices. And the naive loops, which also say whether the
 * results are right.
 */
#include <limits.h>
#include <stdio.h>

#include <deepblas/deepblas.h>

#include "bench.h"
#include "gemm_conv.h"

/* What a network asks of its convolutions: this share of the cube, by input channels. */
static struct goal {
  const char *what;
  int least_channels, most_channels;
  double share;
  int products, reached;
  double least;
  char slowest[120];
} goals[] = {{"16 channels or more", 16, INT_MAX, 0.85, 0, 0, 0.0, ""},
             {"one channel", 1, 1, 0.60, 0, 0, 0.0, ""}};

static const char *const product_names[] = {"forward", "data", "weights"};

typedef struct run {
  const bench_options *options;
  int batch; /* 0: the shape's own */
  dpb__pool *pool;
  bench_operands operands; /* of the bare products */
  bool wrong;              /* some result was */
} run;

/* -- rows */

static void keep_score(const conv_shape *shape, conv_product product, double share) {
  const int channels = shape->in.c;
  for (size_t i = 0; i < sizeof goals / sizeof *goals; i++) {
    struct goal *g = &goals[i];
    if (channels < g->least_channels || channels > g->most_channels) continue;
    if (channels == 1 && product == CONV_DATA) continue;
    if (g->products == 0 || share < g->least) {
      g->least = share;
      snprintf(g->slowest, sizeof g->slowest, "%s, %s", shape->name,
               product_names[product]);
    }
    g->products++;
    if (share >= g->share) g->reached++;
  }
}

static void print_row(const conv_subject *s, conv_product product, const conv_figures *f,
                      const conv_check *check, bool right) {
  const dpb__product *planned = conv_planned(s, product);
  char tile[40];
  snprintf(tile, sizeof tile, "%s %dx%d", dpb__lowering_name(planned->how),
           planned->images, planned->rows);
  bench_row((bench_value[]){
      {.text = s->shape->name},
      {.text = product_names[product]},
      {.number = s->batch},
      {.number = f->bare.m},
      {.number = f->bare.n},
      {.number = f->bare.k},
      {.text = tile},
      {.text = dpb__lowering_name(planned->how)},
      {.number = planned->images},
      {.number = planned->rows},
      {.number = f->seconds * 1e3},
      {.number = 100.0 * f->spread},
      {.number = (double)f->rounds},
      {.number = f->gflops},
      {.number = 100.0 * f->lowering},
      {.number = f->bare_gflops},
      {.number = f->cube_gflops},
      {.number = f->of_bare},
      {.number = f->of_cube},
      {.number = check->seconds * 1e3},
      {.number = check->images},
      {.number = check->seconds / f->seconds},
      {.number = check->error * 1e6},
      {.number = check->tolerance * 1e6},
      {.text = right ? "ok" : "WRONG"},
  });
}

static void measure_shape(const conv_shape *shape, void *user) {
  run *r = user;
  if (!bench_wanted(r->options, shape->name)) return;
  conv_subject s;
  conv_subject_create(shape, r->batch ? r->batch : shape->batch, r->pool, &s);
  for (conv_product product = CONV_FORWARD; product <= CONV_WEIGHTS; product++) {
    if (product == CONV_DATA && shape->first) continue;
    const conv_check check = conv_compare(&s, product);
    const bool right = check.error <= check.tolerance; /* NaN is wrong */
    r->wrong = r->wrong || !right;
    const conv_figures f = conv_measure(&s, product, &r->operands, r->options->min_time);
    keep_score(shape, product, f.of_cube);
    print_row(&s, product, &f, &check, right);
  }
  conv_subject_destroy(&s);
}

static const bench_column columns[] = {
    {"name", "convolution", 30, BENCH_TEXT},
    {"product", "product", 7, BENCH_TEXT},
    {"batch", "n", 3, 0},
    {"m", "", 0, 0},
    {"n", "", 0, 0},
    {"k", "", 0, 0},
    {"tile", "lowering, tile", 21, BENCH_TEXT},
    {"lowering", "", 0, BENCH_TEXT},
    {"tile_images", "", 0, 0},
    {"tile_rows", "", 0, 0},
    {"ms", "ms", 8, 3},
    {"spread_percent", "spread", 6, 0},
    {"rounds", "", 0, 0},
    {"gflops", "GFLOP/s", 7, 1},
    {"lowering_percent", "im2col", 6, 1},
    {"bare_gflops", "bare", 6, 1},
    {"cube_gflops", "cube", 6, 1},
    {"of_bare", "/bare", 5, 2},
    {"of_cube", "/CUBE", 5, 2},
    {"naive_ms", "naive ms", 8, 1},
    {"naive_images", "", 0, 0},
    {"speedup", "speedup", 7, 0},
    {"error_ppm", "error", 6, 2},
    {"tolerance_ppm", "", 0, 2},
    {"verdict", "verdict", 7, BENCH_TEXT},
};

static void print_notes(void) {
  bench_note(
      "\nlowering, tile: how much of the column matrix is built, and for how many images "
      "x "
      "output\n"
      "rows at a time. spread: fastest round to the 9th of 10, in %% of ms. GFLOP/s: all "
      "taps of\n"
      "the window count, those in the pad too, which are not always computed. im2col: "
      "time "
      "of the\n"
      "lowering alone (im2col or col2im, turning W for the data gradient), in %% of ms. "
      "bare: one\n"
      "sgemm of the same m, n, k on a column matrix that is there already. cube: sgemm "
      "of\n"
      "1024 x 1024 x 1024. /bare, /CUBE: the convolution's speed over theirs. naive ms: "
      "plain\n"
      "loops, reckoned from some images of the batch. error: largest difference from "
      "them, "
      "in\n"
      "millionths of the largest result.");
  for (size_t i = 0; i < sizeof goals / sizeof *goals; i++) {
    const struct goal *g = &goals[i];
    if (g->products == 0) continue;
    bench_note("%s: %d of %d products at %.2f of the cube or more; the least %.2f (%s)",
               g->what, g->reached, g->products, g->share, g->least, g->slowest);
  }
}

int main(int argc, char **argv) {
  const char *batch = NULL;
  const bench_option own[] = {
      {"batch", "N", "images (default: 100 in the book's networks, else 16)", &batch}};
  const bench_about about = {
      .name = "gemm_conv",
      .summary =
          "Speed of convolutions, forward and both gradients: those of the book's\n"
          "networks, some of larger networks, or the SHAPEs given. A SHAPE is\n"
          "\n"
          "    CxHxW,FILTERSkK[sS][pP][dD][gG]     64x56x56,64k3s1p1\n"
          "\n"
          "channels, height and width of an image, number of filters, then kernel, "
          "stride\n"
          "(1), pad (0), dilation (1) and groups (1); k3x5 is 3 down and 5 along. A "
          "batch\n"
          "is cut into shards of at most 28 images, as in a training step, and shards "
          "are\n"
          "what workers share: 16 images are work for one. Speed counts all taps of the\n"
          "window, those in the pad too. Results are held against plain loops in double\n"
          "precision, on as many images as 30 million multiply-adds are enough for (at\n"
          "least one); with a result that is wrong, the program ends with 1.",
      .operands = "[SHAPE]...",
      .options = own,
      .option_count = 1,
      .min_time = 0.5,
      .threads = 1,
  };
  const bench_options options = bench_start(&argc, argv, &about);
  run r = {.options = &options};
  if (batch) r.batch = (int)bench_number("batch", batch, 1, 10000);
  for (int i = 1; i < argc; i++) (void)conv_shape_from(argv[i]);
  if (dpb__pool_create(options.threads, &r.pool) != DPB_OK) bench_fail("workers");
  bench_gemm_threads(options.threads);

  bench_columns(columns, sizeof columns / sizeof *columns);
  if (argc == 1) conv_usual_shapes(measure_shape, &r);
  for (int i = 1; i < argc; i++) {
    const conv_shape shape = conv_shape_from(argv[i]);
    measure_shape(&shape, &r);
  }
  print_notes();
  bench_finish();
  bench_operands_free(&r.operands);
  dpb__pool_destroy(r.pool);
  return r.wrong ? 1 : 0;
}
