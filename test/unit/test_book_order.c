/* SPDX-License-Identifier: MIT
 *
 * Weights of a convolutional network as the book writes them down: filters as (filters,
 * channels, kernel_h, kernel_w), and Affine over an image flattened as c, h, w. The whole
 * network is computed here once more, in double and in the book's n, c, h, w, and must
 * agree with what the library predicts from the same arrays. No two axes of a tensor are
 * of one size, so that a swap cannot go unseen.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "model_fixture.h"

enum {
  IMAGES = 3,
  H = 9,
  W = 11,
  C = 2,
  F1 = 4, /* filters 5x3, pad 1x0: 7x9 */
  KH1 = 5,
  KW1 = 3,
  PAD1 = 1,
  H1 = H + 2 * PAD1 - KH1 + 1,
  W1 = W - KW1 + 1,
  PH = H1 - 2 + 1, /* 2x3 windows of the pooling, one row and three columns apart */
  PW = W1 / 3,
  F2 = 5, /* filters 3x2: 4x2 */
  KH2 = 3,
  KW2 = 2,
  H2 = PH - KH2 + 1,
  W2 = PW - KW2 + 1,
  FLAT = F2 * H2 * W2,
  OUT = 6
};

static const char text[] = "conv 4 k5x3 p1x0, relu, maxpool 2x3 s1x3, conv 5 k3x2, relu, "
                           "affine 6, mse";

/* One image at a time, c, h, w. */
typedef struct planes {
  int c, h, w;
  double v[F1 * H * W]; /* the largest of them */
} planes;

static double pixel(const planes *x, int c, int y, int xx) {
  if (y < 0 || xx < 0 || y >= x->h || xx >= x->w) return 0.0;
  return x->v[(c * x->h + y) * x->w + xx];
}

static void convolve(const planes *x, const float *w, const float *b, int kh, int kw,
                     int pad_h, planes *out) {
  for (int f = 0; f < out->c; f++) {
    for (int i = 0; i < out->h * out->w; i++) {
      double sum = (double)b[f];
      for (int t = 0; t < x->c * kh * kw; t++)
        sum += (double)w[f * x->c * kh * kw + t] * pixel(x, t / (kh * kw),
                                                         i / out->w + t / kw % kh - pad_h,
                                                         i % out->w + t % kw);
      out->v[f * out->h * out->w + i] = fmax(sum, 0.0); /* relu */
    }
  }
}

static void pool(const planes *x, planes *out) {
  for (int i = 0; i < out->c * out->h * out->w; i++) {
    const int c = i / (out->h * out->w), y = i / out->w % out->h, xx = i % out->w * 3;
    double most = -DBL_MAX;
    for (int t = 0; t < 6; t++) most = fmax(most, pixel(x, c, y + t / 3, xx + t % 3));
    out->v[i] = most;
  }
}

/* Parameter name of model, its values, and its shape as text. */
static float *parameter(dpb_model *model, int index, const char *name,
                        const char *shape) {
  dpb_parameter_info info;
  char found[64];
  assert_int_equal(dpb_model_parameter(model, index, &info), DPB_OK);
  assert_string_equal(info.name, name);
  dpb_shape_text(&info.shape, found, sizeof found);
  assert_string_equal(found, shape);
  float *values = malloc(info.count * sizeof *values);
  assert_non_null(values);
  fill_random(values, info.count, 100 + (uint64_t)index);
  assert_int_equal(dpb_model_set_parameter(model, name, values, info.count), DPB_OK);
  float *again = malloc(info.count * sizeof *again);
  assert_non_null(again);
  assert_int_equal(dpb_model_get_parameter(model, name, again, info.count), DPB_OK);
  assert_memory_equal(again, values, info.count * sizeof *values);
  free(again);
  return values;
}

/* The network's outputs for an image that lies as h, w, c. */
static void book_outputs(float *const p[6], const float *image, double *outputs) {
  static planes x, first, pooled, second;
  x = (planes){.c = C, .h = H, .w = W};
  for (int i = 0; i < H * W * C; i++) x.v[i % C * H * W + i / C] = (double)image[i];
  first = (planes){.c = F1, .h = H1, .w = W1};
  convolve(&x, p[0], p[1], KH1, KW1, PAD1, &first);
  pooled = (planes){.c = F1, .h = PH, .w = PW};
  pool(&first, &pooled);
  second = (planes){.c = F2, .h = H2, .w = W2};
  convolve(&pooled, p[2], p[3], KH2, KW2, 0, &second);
  for (int o = 0; o < OUT; o++) {
    outputs[o] = (double)p[5][o];
    for (int i = 0; i < FLAT; i++) outputs[o] += second.v[i] * (double)p[4][i * OUT + o];
  }
}

static void predicts_from_weights_in_the_books_order(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){H, W, C}, text, 1);
  float *p[6] = {
      parameter(model, 0, "W1", "(4, 2, 5, 3)"), parameter(model, 1, "b1", "(4)"),
      parameter(model, 2, "W2", "(5, 4, 3, 2)"), parameter(model, 3, "b2", "(5)"),
      parameter(model, 4, "W3", "(40, 6)"),      parameter(model, 5, "b3", "(6)"),
  };
  static float images[IMAGES * H * W * C];
  float outputs[IMAGES * OUT];
  fill_random(images, IMAGES * H * W * C, 7);
  const dpb_batch batch = {.n = IMAGES, .features = images};
  assert_int_equal(dpb_model_predict(model, &batch, outputs), DPB_OK);
  for (int i = 0; i < IMAGES; i++) {
    double book[OUT];
    book_outputs(p, images + (size_t)i * H * W * C, book);
    for (int o = 0; o < OUT; o++) {
      const double ours = (double)outputs[i * OUT + o];
      if (fabs(ours - book[o]) > 1e-4 * fmax(1.0, fabs(book[o])))
        fail_msg("image %d, output %d: %g, not %g", i, o, ours, book[o]);
    }
  }
  for (int i = 0; i < 6; i++) free(p[i]);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(predicts_from_weights_in_the_books_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
