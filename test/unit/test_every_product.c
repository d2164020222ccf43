/* SPDX-License-Identifier: MIT
 *
 * The rule: every product of every Affine and every Conv layer, forward and both
 * gradients, is made by OpenBLAS. This program's cblas_sgemm and cblas_sgemv stand in
 * front of OpenBLAS's, and count the multiply-adds that come to them; they are held
 * against what the shapes of the layers say.
 *
 * An Affine layer's count is exact. A convolution's products make at least the
 * multiply-adds of the pixels that its window sees, and at the most
 *
 *     forward  those of the window's pixels in the pad, too: rows of pad are left out,
 *              what is beside the image is not
 *     weights  and up to 4 rows more than W has: the bias, and zeros up to a number of
 *              rows that kernels like
 *     data     those of all places of the input, where these are more than the output's
 *
 * And a layer's products are the same whatever layers are its neighbours.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "model_fixture.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <cblas.h>

#include "model/model.h"

enum { SAMPLES = 3, LARGEST = 28 * 28 * 64 };

static double counted; /* multiply-adds: whole numbers, far below 2^53 */

void cblas_sgemm(OPENBLAS_CONST enum CBLAS_ORDER order,
                 OPENBLAS_CONST enum CBLAS_TRANSPOSE ta,
                 OPENBLAS_CONST enum CBLAS_TRANSPOSE tb, OPENBLAS_CONST blasint m,
                 OPENBLAS_CONST blasint n, OPENBLAS_CONST blasint k,
                 OPENBLAS_CONST float alpha, OPENBLAS_CONST float *a,
                 OPENBLAS_CONST blasint lda, OPENBLAS_CONST float *b,
                 OPENBLAS_CONST blasint ldb, OPENBLAS_CONST float beta, float *c,
                 OPENBLAS_CONST blasint ldc) {
  union {
    void *object;
    __typeof__(&cblas_sgemm) function;
  } real = {.object = dlsym(RTLD_NEXT, "cblas_sgemm")};
  counted += (double)m * (double)n * (double)k;
  real.function(order, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void cblas_sgemv(OPENBLAS_CONST enum CBLAS_ORDER order,
                 OPENBLAS_CONST enum CBLAS_TRANSPOSE way, OPENBLAS_CONST blasint m,
                 OPENBLAS_CONST blasint n, OPENBLAS_CONST float alpha,
                 OPENBLAS_CONST float *a, OPENBLAS_CONST blasint lda,
                 OPENBLAS_CONST float *x, OPENBLAS_CONST blasint x_step,
                 OPENBLAS_CONST float beta, float *y, OPENBLAS_CONST blasint y_step) {
  union {
    void *object;
    __typeof__(&cblas_sgemv) function;
  } real = {.object = dlsym(RTLD_NEXT, "cblas_sgemv")};
  counted += (double)m * (double)n;
  real.function(order, way, m, n, alpha, a, lda, x, x_step, beta, y, y_step);
}

/* Multiply-adds of the three products: counted, or the least or the most there may be. */
typedef struct work {
  double forward, weights, data;
} work;

static float features[SAMPLES * LARGEST];
static const int32_t labels[SAMPLES];

static double count_prediction(dpb_model *model) {
  float *outputs = calloc(SAMPLES * LARGEST, sizeof *outputs);
  const dpb_batch batch = {.n = SAMPLES, .features = features};
  assert_non_null(outputs);
  counted = 0;
  assert_int_equal(dpb_model_predict(model, &batch, outputs), DPB_OK);
  free(outputs);
  return counted;
}

static double count_step(dpb_model *model) {
  const dpb_batch batch = {.n = SAMPLES, .features = features, .labels = labels};
  double loss;
  counted = 0;
  if (dpb_model_gradient(model, &batch, &loss) != DPB_OK)
    fail_msg("%s", dpb_error_message());
  return counted;
}

/* A layer alone makes no data gradient; behind a ReLU, it does. */
static work count_layer(dpb_hwc in, const char *text) {
  char behind[128];
  snprintf(behind, sizeof behind, "relu, %s", text);
  dpb_model *first = build_model(in, text, 1);
  dpb_model *second = build_model(in, behind, 1);
  const double forward = count_prediction(first);
  const double step = count_step(first);
  const work w = {forward, step - forward, count_step(second) - step};
  assert_true(count_prediction(second) == forward);
  dpb_model_destroy(first);
  dpb_model_destroy(second);
  return w;
}

/* Pixels along one axis that a window sees from all its places. */
static double seen(int in, int out, int kernel, int stride, int pad, int dilation) {
  double count = 0;
  for (int o = 0; o < out; o++)
    for (int k = 0; k < kernel; k++) {
      const int i = o * stride - pad + k * dilation;
      count += i >= 0 && i < in;
    }
  return count;
}

static double larger(double a, double b) {
  return a > b ? a : b;
}

static void bounds_of_conv(const dpb__layer *layer, work *least, work *most) {
  const dpb__product *p = &layer->plan.conv.forward;
  const dpb_window *w = &p->patches.window;
  const dpb_hwc in = layer->in, out = layer->out;
  const double depth =
      (double)SAMPLES * out.c * in.c / p->groups; /* but for the window */
  const double taps = (double)w->kernel_h * w->kernel_w;
  const double places = (double)out.h * out.w;
  const double useful =
      depth * seen(in.h, out.h, w->kernel_h, w->stride_h, w->pad_h, w->dilation_h) *
      seen(in.w, out.w, w->kernel_w, w->stride_w, w->pad_w, w->dilation_w);
  *least = (work){useful, useful, useful};
  *most = (work){.forward = depth * taps * places,
                 .weights = depth * taps * places + 4.0 * SAMPLES * places * out.c,
                 .data = depth * taps * larger(places, (double)in.h * in.w)};
}

static void bounds_of(const dpb__layer *layer, work *least, work *most) {
  if (strcmp(layer->ops->name, "conv") == 0) {
    bounds_of_conv(layer, least, most);
    return;
  }
  const double product =
      (double)SAMPLES * (double)layer->in_count * (double)layer->out_count;
  *least = *most = (work){product, product, product};
}

static void check_between(const char *text, const char *what, double count, double least,
                          double most) {
  if (count < least || count > most)
    fail_msg("%s: %s of %.0f multiply-adds, not %.0f to %.0f", text, what, count, least,
             most);
}

/* Returns what a step counts in the layer, with or without its data gradient. */
static double check_layer(const dpb__layer *layer, const char *text) {
  work least, most;
  const work w = count_layer(layer->in, text);
  bounds_of(layer, &least, &most);
  check_between(text, "forward", w.forward, least.forward, most.forward);
  check_between(text, "weight gradient", w.weights, least.weights, most.weights);
  check_between(text, "data gradient", w.data, least.data, most.data);
  return w.forward + w.weights + (layer->index > 0 ? w.data : 0.0);
}

/* Layer by layer, then all of them together. */
static int check_network(dpb_model *model, const char *name) {
  double sum = 0;
  int layers = 0;
  for (int i = 0; i < model->layer_count; i++) {
    dpb_layer_info info;
    assert_int_equal(dpb_model_layer(model, i, SAMPLES, &info), DPB_OK);
    if (!model->layers[i].ops->gemms) continue;
    sum += check_layer(&model->layers[i], info.text);
    layers++;
  }
  const double step = count_step(model);
  if (step != sum)
    fail_msg("%s: a step makes %.0f multiply-adds, its layers make %.0f", name, step,
             sum);
  dpb_model_destroy(model);
  return layers;
}

static void networks_of_the_book(void **state) {
  (void)state;
  int layers = 0;
  for (int i = 0; i < dpb_network_count(); i++) {
    const dpb_network *network = dpb_network_at(i);
    layers += check_network(build_model(network->input, network->text, 1), network->name);
  }
  assert_true(layers >= 20);
}

static void groups_and_windows(void **state) {
  (void)state;
  static const struct {
    dpb_hwc in;
    const char *text;
  } networks[] = {
      {{9, 10, 8},
       "conv 8 k3 p1 g8, relu, maxpool 2, conv 16 k1, batchnorm, relu, "
       "conv 32 k3 s2 p1 g16, relu, avgpool 2, affine 5"},
      {{9, 10, 12}, "conv 24 k3x2 d2x1 g12, conv 12 k1 g4, conv 24 k5 p2 s2 g6"},
      {{8, 8, 64}, "conv 64 k3 p1 g2, relu, conv 32 k1 g4, maxpool 2, conv 32 k1 g32"},
      {{8, 8, 6}, "conv 9 k3 p1 g3, conv 18 k2 s2 g9, conv 1 k2, affine 1"},
      {{13, 11, 3}, "conv 5 k1 p2, relu, conv 7 k4x2 p3x1 s3x1, relu, maxpool 3 s1"},
      {{16, 16, 20}, "conv 17 k3 p1, relu, maxpool 2, conv 33 k3 s2, affine 3"},
  };
  for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
    check_network(build_model(networks[i].in, networks[i].text, 1), networks[i].text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(networks_of_the_book),
      cmocka_unit_test(groups_and_windows),
  };
  dpb_blas_advice advice;
  dpb_blas_advise(&advice);
  if (advice.user_choice && strcmp(advice.cpu, "generic") == 0) {
    printf("skipped: no AVX2 on this CPU\n");
    return 77;
  }
  if (!dlsym(RTLD_NEXT, "cblas_sgemm")) {
    printf("skipped: OpenBLAS is linked statically, nothing stands in front of it\n");
    return 77;
  }
  if (!advice.user_choice) dpb_blas_use_best_core(NULL); /* where it can be */
  dpb_blas_advise(&advice);
  printf("kernels: %s\n", advice.core);
  fill_random(features, SAMPLES * LARGEST, 1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
