/* SPDX-License-Identifier: MIT
 *
 * Plans within a workspace: another way, the same results. Scratch is exactly as large as
 * the plan says, so that AddressSanitizer sees one that is too small.
 */
#include <stdbool.h>
#include <string.h>

#include "blas_fixture.h"
#include "layer_fixture.h"

typedef struct results {
  float *y, *dw, *db, *dx;
} results;

static size_t count_of(dpb_hwc s) {
  return (size_t)s.h * (size_t)s.w * (size_t)s.c;
}

/* All three products of n images with the plan. */
static results run(const dpb__conv *conv, int n) {
  const dpb__product *f = &conv->forward;
  const dpb_hwc out = {f->patches.out_h, f->patches.out_w, f->filters};
  const size_t filters = (size_t)f->filters, samples = (size_t)n;
  float *x = random_floats(samples * count_of(f->patches.in), 1);
  float *w = random_floats(conv->weight_count, 2);
  float *b = random_floats(filters, 3);
  float *dy = random_floats(samples * count_of(out), 4);
  float *scratch = nan_floats(conv->scratch + 1);
  results r = {nan_floats(samples * count_of(out)), nan_floats(conv->weight_count),
               nan_floats(filters), nan_floats(samples * count_of(f->patches.in))};
  dpb__conv_forward(f, n, x, w, (dpb__finish){.b = b}, r.y, scratch);
  dpb__conv_weights(&conv->weights, n, x, dy, false, r.dw, r.db, scratch);
  dpb__conv_data(conv, n, dy, w, NULL, r.dx, scratch);
  free(x);
  free(w);
  free(b);
  free(dy);
  free(scratch);
  return r;
}

static void free_results(results *r) {
  free(r->y);
  free(r->dw);
  free(r->db);
  free(r->dx);
}

static void check_same(const float *a, const float *b, size_t count) {
  float largest = 0;
  for (size_t i = 0; i < count; i++) largest = fmaxf(largest, fabsf(b[i]));
  for (size_t i = 0; i < count; i++) {
    const double difference = fabs((double)a[i] - (double)b[i]);
    if (!(difference <= 1e-5 * (double)largest))
      fail_msg("number %zu is %g, not %g", i, (double)a[i], (double)b[i]);
  }
}

/* The two plans of one convolution give the same numbers for 5 images. */
static void check_agree(const dpb__conv *a, const dpb__conv *b) {
  enum { IMAGES = 5 };
  const dpb__product *f = &a->forward;
  const dpb_hwc out = {f->patches.out_h, f->patches.out_w, f->filters};
  results ra = run(a, IMAGES), rb = run(b, IMAGES);
  check_same(ra.y, rb.y, IMAGES * count_of(out));
  check_same(ra.dw, rb.dw, a->weight_count);
  check_same(ra.db, rb.db, (size_t)f->filters);
  check_same(ra.dx, rb.dx, IMAGES * count_of(f->patches.in));
  free_results(&ra);
  free_results(&rb);
}

static const struct {
  dpb_window window;
  dpb_hwc in;
  int filters, groups;
} shapes[] = {
    {{3, 3, 1, 1, 1, 1, 1, 1}, {14, 14, 16}, 16, 1},
    {{5, 5, 1, 1, 0, 0, 1, 1}, {28, 28, 1}, 30, 1},
    {{3, 2, 2, 1, 1, 0, 1, 2}, {9, 11, 5}, 7, 1},
    {{1, 1, 1, 1, 0, 0, 1, 1}, {7, 5, 12}, 9, 1},
    {{3, 3, 1, 1, 1, 1, 1, 1}, {8, 9, 6}, 4, 2},
    {{3, 3, 1, 1, 1, 1, 1, 1}, {8, 9, 6}, 6, 6},
};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static dpb__conv planned(int i, size_t workspace) {
  dpb__conv conv;
  if (dpb__conv_plan(&shapes[i].window, &shapes[i].in, shapes[i].filters,
                     shapes[i].groups, workspace, &conv) != DPB_OK)
    fail_msg("%s", dpb_error_message());
  return conv;
}

/* A row of places is the least that can be. */
static void check_workspace(const dpb__product *product, size_t workspace) {
  const size_t row = (size_t)product->patches.out_w * dpb__patch_size(&product->patches) /
                     (size_t)product->groups * sizeof(float);
  assert_true(product->scratch * sizeof(float) <= (row > workspace ? row : workspace));
}

static void a_workspace_is_kept_to(void **state) {
  (void)state;
  for (int i = 0; i < SHAPES; i++) {
    const dpb__conv free_plan = planned(i, 0);
    for (size_t workspace = 16384; workspace >= 4096; workspace /= 2) {
      const dpb__conv plan = planned(i, workspace);
      check_workspace(&plan.forward, workspace);
      check_workspace(&plan.weights, workspace);
      check_workspace(&plan.data, workspace);
      check_agree(&plan, &free_plan);
    }
  }
}

/* One row of places is the least there is. */
static void a_workspace_that_is_too_small_does_not_fail(void **state) {
  (void)state;
  for (int i = 0; i < SHAPES; i++) {
    const dpb__conv least = planned(i, 1);
    assert_int_equal(least.forward.images, 1);
    const dpb__conv usual = planned(i, 0);
    check_agree(&least, &usual);
  }
}

static void models_keep_to_it(void **state) {
  (void)state;
  static const char text[] = "conv 8 k3 p1, relu, conv 6 k3 s2, maxpool 2, affine 4, mse";
  static float x[12 * 12 * 3 * 2], y[2][8];
  for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) x[i] = (float)(i % 17) - 8.0f;
  for (int within = 0; within < 2; within++) {
    const dpb_model_config config = {
        .input = {12, 12, 3}, .seed = 5, .threads = 1, .workspace = within ? 8192 : 0};
    dpb_model *model = NULL;
    assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
    dpb_add_text(model, text);
    if (dpb_model_build(model) != DPB_OK) fail_msg("%s", dpb_error_message());
    const dpb_batch batch = {.n = 2, .features = x};
    assert_int_equal(dpb_model_predict(model, &batch, y[within]), DPB_OK);
    dpb_product_plan plan;
    assert_int_equal(dpb_model_layer_plan(model, 2, DPB_PRODUCT_FORWARD, 100, &plan), 0);
    if (within) assert_in_range(plan.workspace, 1, 8192);
    dpb_model_destroy(model);
  }
  check_same(y[1], y[0], 8);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_workspace_is_kept_to),
      cmocka_unit_test(a_workspace_that_is_too_small_does_not_fail),
      cmocka_unit_test(models_keep_to_it),
  };
  return cmocka_run_group_tests(tests, begin_blas, end_blas);
}
