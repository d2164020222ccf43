/* SPDX-License-Identifier: MIT
 *
 * Misuse of running a model: mini-batches that cannot be, contexts, gradients, the
 * gradient check, statistics, im2col.
 */
#include "misuse.h"

static const dpb_hwc vector = {1, 1, 4};
static const float rows[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const uint8_t bytes[4] = {1, 2, 3, 4};
static const int32_t labels[3] = {0, 1, 2};
static dpb_model *list; /* not built */
static dpb_model *model;
static float outputs[8 * 3];
static double loss;

static int set_up(void **state) {
  (void)state;
  const dpb_model_config config = {.input = vector, .max_batch = 8, .threads = 1};
  assert_int_equal(dpb_model_create(&config, &list), DPB_OK);
  assert_int_equal(dpb_add_text(list, "affine 3"), DPB_OK);
  model = misuse_model("affine 6, batchnorm, relu, affine 3", vector, 0);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  dpb_model_destroy(list);
  dpb_model_destroy(model);
  return 0;
}

#define batch(...) (&(dpb_batch){__VA_ARGS__})
#define good       batch(.n = 3, .features = rows, .labels = labels)

/* A mini-batch that is wrong without regard to what is asked. */
#define every_way(given, status, words)                                                  \
  (refuse(dpb_model_gradient(model, given, &loss), status, words),                       \
   refuse(dpb_model_loss(model, given, &loss, NULL), status, words),                     \
   refuse(dpb_model_predict(model, given, outputs), status, words),                      \
   refuse(dpb_context_predict(context, given, outputs), status, words))

static void test_batches(void **state) {
  (void)state;
  dpb_context *context = NULL;
  const float factors[4] = {1, 1, 1, 1};
  accept(dpb_context_create(model, 0, &context));
  accept(dpb_model_predict(model, good, outputs));
  every_way(NULL, ARG, "batch is NULL");
  every_way(batch(.n = 0, .features = rows, .labels = labels), ARG, "batch of 0");
  every_way(batch(.n = -1, .features = rows, .labels = labels), ARG, "batch of -1");
  every_way(batch(.n = INT_MIN, .features = rows, .labels = labels), ARG, "batch of -2");
  every_way(batch(.n = 9, .features = rows, .labels = labels), SHAPE, "max_batch 8");
  every_way(batch(.n = INT_MAX, .features = rows, .labels = labels), SHAPE, "max_batch");
  every_way(batch(.n = 1, .labels = labels), ARG, "features or pixels");
  every_way(batch(.n = 1, .features = rows, .pixels = bytes, .labels = labels), ARG,
            "both");
  every_way(batch(.n = 1, .features = rows, .labels = labels, .scales = factors), ARG,
            "scales and offsets");
  every_way(batch(.n = 1, .features = rows, .labels = labels, .offsets = factors), ARG,
            "scales and offsets");
  dpb_context_destroy(context);
}

#define with_truth(given, status, words)                                                 \
  (refuse(dpb_model_gradient(model, given, &loss), status, words),                       \
   refuse(dpb_model_loss(model, given, &loss, NULL), status, words))

static void test_truth(void **state) {
  (void)state;
  const int32_t wrong[3] = {0, 3, -1}, least[1] = {INT32_MIN};
  const float targets[3] = {1, 0, 0}, nan_row[4] = {1, NAN, 0, 0},
              one_nan[3] = {NAN, 0, 0};
  with_truth(batch(.n = 1, .features = rows), ARG, "labels or targets");
  with_truth(batch(.n = 1, .features = rows, .labels = labels, .targets = targets), ARG,
             "both");
  with_truth(batch(.n = 3, .features = rows, .labels = wrong), DATA,
             "label 3 of sample 1");
  with_truth(batch(.n = 1, .features = rows, .labels = wrong + 2), DATA, "label -1");
  with_truth(batch(.n = 1, .features = rows, .labels = least), DATA, "-2147483648");
  with_truth(batch(.n = 1, .features = nan_row, .labels = labels), DIVERGED, "");
  with_truth(batch(.n = 1, .features = rows, .targets = one_nan), DIVERGED, "");
  with_truth(batch(.n = 1, .pixels = bytes, .scale = INFINITY, .labels = labels),
             DIVERGED, "");
}

static void test_run_without(void **state) {
  (void)state;
  refuse(dpb_model_gradient(NULL, good, &loss), ARG, "model is NULL");
  refuse(dpb_model_gradient(model, NULL, &loss), ARG, "batch is NULL");
  refuse(dpb_model_gradient(model, good, NULL), ARG, "loss is NULL");
  refuse(dpb_model_gradient(list, good, &loss), STATE, "not built");
  refuse(dpb_model_loss(NULL, good, &loss, NULL), ARG, "model is NULL");
  refuse(dpb_model_loss(model, NULL, &loss, NULL), ARG, "batch is NULL");
  refuse(dpb_model_loss(model, good, NULL, NULL), ARG, "loss is NULL");
  refuse(dpb_model_loss(list, good, &loss, NULL), STATE, "not built");
  accept(dpb_model_loss(model, good, &loss, NULL));
  refuse(dpb_model_predict(NULL, good, outputs), ARG, "model is NULL");
  refuse(dpb_model_predict(model, NULL, outputs), ARG, "batch is NULL");
  refuse(dpb_model_predict(model, good, NULL), ARG, "outputs is NULL");
  refuse(dpb_model_predict(list, good, outputs), STATE, "not built");
}

static void test_contexts(void **state) {
  (void)state;
  dpb_context *context;
  refuse_made(context, dpb_context_create(NULL, 1, &context), ARG, "model is NULL");
  refuse_made(context, dpb_context_create(list, 1, &context), STATE, "not built");
  refuse_made(context, dpb_context_create(model, -1, &context), ARG, "max_batch is -1");
  refuse_made(context, dpb_context_create(model, INT_MIN, &context), ARG,
              "max_batch is -2");
  refuse(dpb_context_create(model, 1, NULL), ARG, "context is NULL");
  refuse(dpb_context_predict(NULL, good, outputs), ARG, "context is NULL");
  accept(dpb_context_create(model, 2, &context));
  refuse(dpb_context_predict(context, NULL, outputs), ARG, "batch is NULL");
  refuse(dpb_context_predict(context, good, NULL), ARG, "outputs is NULL");
  refuse(dpb_context_predict(context, good, outputs), SHAPE, "max_batch 2");
  dpb_context_destroy(context);
  dpb_context_destroy(NULL);
}

static void test_gradients(void **state) {
  (void)state;
  double norm = 7;
  dpb_model *other = misuse_model("affine 3", vector, 0);
  refuse(dpb_model_gradient_clear(NULL), ARG, "model is NULL");
  refuse(dpb_model_gradient_clear(list), STATE, "not built");
  refuse(dpb_model_gradient_add(NULL, good, 1, &loss), ARG, "model is NULL");
  refuse(dpb_model_gradient_add(list, good, 1, &loss), STATE, "not built");
  refuse(dpb_model_gradient_add(other, good, 1, &loss), STATE, "clear");
  accept(dpb_model_gradient_clear(other));
  refuse(dpb_model_gradient_add(other, NULL, 1, &loss), ARG, "batch is NULL");
  refuse(dpb_model_gradient_add(other, good, 1, NULL), ARG, "loss is NULL");
  refuse(dpb_model_gradient_add(other, good, NAN, &loss), ARG, "share is nan");
  refuse(dpb_model_gradient_add(other, good, INFINITY, &loss), ARG, "share is inf");
  refuse(dpb_clip_gradients(NULL, 1, &norm), ARG, "model is NULL");
  refuse(dpb_clip_gradients(list, 1, &norm), STATE, "not built");
  refuse(dpb_clip_gradients(other, 0, &norm), ARG, "max_norm is 0");
  refuse(dpb_clip_gradients(other, -1, &norm), ARG, "max_norm is -1");
  refuse(dpb_clip_gradients(other, (double)NAN, &norm), ARG, "max_norm is nan");
  accept(dpb_clip_gradients(other, (double)INFINITY, NULL));
  dpb_model_destroy(other);
}

static void test_gradcheck(void **state) {
  (void)state;
  const dpb_gradcheck_config config = {.batch = 4};
  dpb_gradcheck_row checked[8];
  int count = 7, passed = 7;
#define check(...)                                                                       \
  dpb_gradcheck(model, &(dpb_gradcheck_config){__VA_ARGS__}, checked, 8, &count, &passed)
  refuse(dpb_gradcheck(NULL, &config, checked, 8, &count, &passed), ARG, "model is NULL");
  refuse(dpb_gradcheck(list, &config, checked, 8, &count, &passed), STATE, "not built");
  refuse(dpb_gradcheck(model, NULL, checked, 8, &count, &passed), ARG, "config is NULL");
  refuse(dpb_gradcheck(model, &config, NULL, 8, &count, &passed), ARG, "rows is NULL");
  refuse(dpb_gradcheck(model, &config, checked, 8, NULL, &passed), ARG, "count is NULL");
  refuse(dpb_gradcheck(model, &config, checked, 8, &count, NULL), ARG, "passed is NULL");
  refuse(dpb_gradcheck(model, &config, checked, 5, &count, &passed), SHAPE, "5");
  refuse(dpb_gradcheck(model, &config, checked, -1, &count, &passed), SHAPE, "-1");
  refuse(check(.batch = 3), SHAPE, "3");
  refuse(check(.batch = 9), SHAPE, "9");
  refuse(check(.batch = INT_MIN), SHAPE, "-2147483648");
  refuse(check(.h = -1), ARG, "h is -1");
  refuse(check(.h = (double)NAN), ARG, "h is nan");
  refuse(check(.limit = (double)NAN), ARG, "limit is nan");
  refuse(check(.coordinates = -1), ARG, "-1 coordinates");
  refuse(check(.directions = -1), ARG, "-1 directions");
}

static void test_statistics(void **state) {
  (void)state;
  dpb_statistics *made;
  dpb_layer_statistics layer;
  const dpb_statistics_config config = {.bins = 4};
#define look(...)                                                                        \
  dpb_model_statistics(model, good, &(dpb_statistics_config){__VA_ARGS__}, &made)
  refuse_made(made, dpb_model_statistics(NULL, good, &config, &made), ARG,
              "model is NULL");
  refuse_made(made, dpb_model_statistics(list, good, &config, &made), STATE, "not built");
  refuse_made(made, dpb_model_statistics(model, NULL, &config, &made), ARG,
              "batch is NULL");
  refuse_made(made, dpb_model_statistics(model, good, NULL, &made), ARG,
              "config is NULL");
  refuse(dpb_model_statistics(model, good, &config, NULL), ARG, "statistics is NULL");
  refuse_made(made, look(.bins = -1), ARG, "bins is -1");
  refuse_made(made, look(.bins = INT_MAX), ARG, "bins is 2147483647");
  refuse_made(made, look(.bins = 4, .low = 1, .high = 1), ARG, "low");
  refuse_made(made, look(.bins = 4, .low = 2, .high = 1), ARG, "low");
  refuse_made(made, look(.bins = 4, .low = NAN, .high = 1), ARG, "low");
  refuse_made(made, look(.bins = 4, .low = 0, .high = INFINITY), ARG, "high");
  refuse(dpb_statistics_layer(NULL, 0, &layer), ARG, "statistics is NULL");
  accept(look(.bins = 4));
  refuse(dpb_statistics_layer(made, -1, &layer), ARG, "layer");
  refuse(dpb_statistics_layer(made, 4, &layer), ARG, "layer");
  refuse(dpb_statistics_layer(made, 0, NULL), ARG, "info is NULL");
  dpb_statistics_destroy(made);
  dpb_statistics_destroy(NULL);
}

static const dpb_window window = {2, 2, 1, 1, 0, 0, 1, 1};
static const dpb_hwc image = {3, 3, 1};

static void test_windows(void **state) {
  (void)state;
  int h = 7, w = 7;
#define places(...) dpb_window_places(&(dpb_window){__VA_ARGS__}, &image, &h, &w)
  refuse(dpb_window_places(NULL, &image, &h, &w), ARG, "window is NULL");
  expect(h == 0 && w == 0);
  refuse(dpb_window_places(&window, NULL, &h, &w), ARG, "in is NULL");
  refuse(dpb_window_places(&window, &image, NULL, &w), ARG, "out_h is NULL");
  refuse(dpb_window_places(&window, &image, &h, NULL), ARG, "out_w is NULL");
  refuse(dpb_window_places(&window, &(dpb_hwc){0, 3, 1}, &h, &w), ARG, "0x3x1");
  refuse(places(0, 2, 1, 1, 0, 0, 1, 1), ARG, "kernel");
  refuse(places(2, 2, 0, 1, 0, 0, 1, 1), ARG, "stride");
  refuse(places(2, 2, 1, 1, -1, 0, 1, 1), ARG, "pad");
  refuse(places(2, 2, 1, 1, 0, 0, 1, INT_MIN), ARG, "dilation");
  refuse(places(4, 2, 1, 1, 0, 0, 1, 1), SHAPE, "kernel 4x2");
  refuse(places(INT_MAX, 2, 1, 1, 0, 0, INT_MAX, 1), SHAPE, "kernel 2147483647x2");
  refuse(places(2, 2, 1, 1, INT_MAX, 0, 1, 1), SIZE, "padded input");
}

static void test_im2col(void **state) {
  (void)state;
  float x[9] = {0}, col[16];
  size_t r = 7, c = 7;
  refuse(dpb_im2col_shape(NULL, &image, 1, &r, &c), ARG, "window is NULL");
  expect(r == 0 && c == 0);
  refuse(dpb_im2col_shape(&window, NULL, 1, &r, &c), ARG, "in is NULL");
  refuse(dpb_im2col_shape(&window, &image, 1, NULL, &c), ARG, "rows is NULL");
  refuse(dpb_im2col_shape(&window, &image, 1, &r, NULL), ARG, "columns is NULL");
  refuse(dpb_im2col_shape(&window, &image, 0, &r, &c), ARG, "n is 0");
  refuse(dpb_im2col_shape(&window, &image, INT_MIN, &r, &c), ARG, "n is -2");
  refuse(dpb_im2col_shape(&window, &(dpb_hwc){INT_MAX, INT_MAX, INT_MAX}, 1, &r, &c),
         SIZE, "too large");
  expect(dpb_im2col_source(NULL, &image, 0, 0) == -1);
  expect(dpb_im2col_source(&window, NULL, 0, 0) == -1);
  expect(dpb_im2col_source(&window, &image, 0, SIZE_MAX) == -1);
  refuse(dpb_im2col(NULL, &image, 1, x, col), ARG, "window is NULL");
  refuse(dpb_im2col(&window, NULL, 1, x, col), ARG, "in is NULL");
  refuse(dpb_im2col(&window, &image, 1, NULL, col), ARG, "x is NULL");
  refuse(dpb_im2col(&window, &image, 1, x, NULL), ARG, "col is NULL");
  refuse(dpb_im2col(&window, &image, 0, x, col), ARG, "n is 0");
  refuse(dpb_col2im(NULL, &image, 1, col, x), ARG, "window is NULL");
  refuse(dpb_col2im(&window, NULL, 1, col, x), ARG, "in is NULL");
  refuse(dpb_col2im(&window, &image, 1, NULL, x), ARG, "col is NULL");
  refuse(dpb_col2im(&window, &image, 1, col, NULL), ARG, "x is NULL");
  refuse(dpb_col2im(&window, &image, -1, col, x), ARG, "n is -1");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      misuse_test(test_batches),     misuse_test(test_truth),
      misuse_test(test_run_without), misuse_test(test_contexts),
      misuse_test(test_gradients),   misuse_test(test_gradcheck),
      misuse_test(test_statistics),  misuse_test(test_windows),
      misuse_test(test_im2col),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
