/* SPDX-License-Identifier: MIT
 *
 * The book's networks: their sizes, and finding them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model_fixture.h"

static void lists_and_finds_them(void **state) {
  (void)state;
  const char *const names[] = {"two_layer",         "three_layer",    "multi_layer",
                               "two_layer_sigmoid", "simple_convnet", "deep_convnet"};
  assert_true(dpb_network_count() >= 6);
  for (int i = 0; i < 6; i++) {
    const dpb_network *network = dpb_network_at(i);
    assert_string_equal(network->name, names[i]);
    assert_ptr_equal(dpb_network_find(names[i]), network);
    assert_true(strlen(network->section) > 0);
    assert_int_equal(network->input.h, 28);
    assert_int_equal(network->input.w, 28);
    assert_int_equal(network->input.c, 1);
  }
  assert_null(dpb_network_at(-1));
  assert_null(dpb_network_at(dpb_network_count()));
  assert_null(dpb_network_find("two"));
  assert_null(dpb_network_find(NULL));
}

/* Fails unless the tensors of the network have these shapes, W1, b1, ... */
static void check_widths(const char *name, const int *widths, int count) {
  const dpb_network *network = dpb_network_find(name);
  dpb_model *model = build_model(network->input, network->text, 1);
  assert_int_equal(dpb_model_parameter_count(model), 2 * (count - 1));
  for (int i = 0; i + 1 < count; i++) {
    dpb_parameter_info w, b;
    assert_int_equal(dpb_model_parameter(model, 2 * i, &w), DPB_OK);
    assert_int_equal(dpb_model_parameter(model, 2 * i + 1, &b), DPB_OK);
    assert_int_equal(w.shape.rank, 2);
    assert_int_equal(w.shape.dim[0], widths[i]);
    assert_int_equal(w.shape.dim[1], widths[i + 1]);
    assert_int_equal(b.shape.rank, 1);
    assert_int_equal(b.shape.dim[0], widths[i + 1]);
  }
  dpb_model_destroy(model);
}

static void have_the_books_sizes(void **state) {
  (void)state;
  check_widths("two_layer", (const int[]){784, 50, 10}, 3);
  check_widths("two_layer_sigmoid", (const int[]){784, 50, 10}, 3);
  check_widths("three_layer", (const int[]){784, 50, 100, 10}, 4);
  check_widths("multi_layer", (const int[]){784, 100, 100, 100, 100, 10}, 6);
}

/* Which layer stands at a place. */
static void check_layer(dpb_model *model, int index, const char *name) {
  dpb_layer_info info;
  assert_int_equal(dpb_model_layer(model, index, 1, &info), DPB_OK);
  assert_string_equal(info.name, name);
}

static void have_the_books_activations(void **state) {
  (void)state;
  const struct {
    const char *name;
    const char *activation;
  } nets[] = {{"two_layer", "relu"},
              {"three_layer", "sigmoid"},
              {"multi_layer", "relu"},
              {"two_layer_sigmoid", "sigmoid"}};
  for (int i = 0; i < 4; i++) {
    const dpb_network *network = dpb_network_find(nets[i].name);
    dpb_model *model = build_model(network->input, network->text, 1);
    const int count = dpb_model_layer_count(model);
    for (int j = 0; j < count; j++)
      check_layer(model, j, j % 2 ? nets[i].activation : "affine");
    dpb_model_destroy(model);
  }
}

/* Names and shapes of all tensors: "W1 (30, 1, 5, 5), b1 (30), ...". */
static void check_tensors(const char *name, const char *expected) {
  const dpb_network *network = dpb_network_find(name);
  dpb_model *model = build_model(network->input, network->text, 1);
  char text[512] = "";
  for (int i = 0; i < dpb_model_parameter_count(model); i++) {
    dpb_parameter_info info;
    char shape[64];
    assert_int_equal(dpb_model_parameter(model, i, &info), DPB_OK);
    assert_int_equal(info.weight, info.name[0] == 'W');
    dpb_shape_text(&info.shape, shape, sizeof shape);
    const size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, "%s%s %s", i ? ", " : "", info.name,
             shape);
  }
  assert_string_equal(text, expected);
  dpb_model_destroy(model);
}

static void convnets_have_the_books_tensors(void **state) {
  (void)state;
  check_tensors("simple_convnet", "W1 (30, 1, 5, 5), b1 (30), W2 (4320, 100), b2 (100), "
                                  "W3 (100, 10), b3 (10)");
  check_tensors("deep_convnet", "W1 (16, 1, 3, 3), b1 (16), W2 (16, 16, 3, 3), b2 (16), "
                                "W3 (32, 16, 3, 3), b3 (32), W4 (32, 32, 3, 3), b4 (32), "
                                "W5 (64, 32, 3, 3), b5 (64), W6 (64, 64, 3, 3), b6 (64), "
                                "W7 (1024, 50), b7 (50), W8 (50, 10), b8 (10)");
}

/* Layer and the shape it makes, one after the other, as the book's figures 7-23 and 8-1
 * have them. */
static void check_shapes(const char *name, const char *expected) {
  const dpb_network *network = dpb_network_find(name);
  dpb_model *model = build_model(network->input, network->text, 1);
  char text[512] = "";
  for (int i = 0; i < dpb_model_layer_count(model); i++) {
    dpb_layer_info info;
    assert_int_equal(dpb_model_layer(model, i, 1, &info), DPB_OK);
    const size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, "%s%s %dx%dx%d", i ? ", " : "",
             info.name, info.out.h, info.out.w, info.out.c);
  }
  assert_string_equal(text, expected);
  dpb_model_destroy(model);
}

static void convnets_have_the_books_layers(void **state) {
  (void)state;
  check_shapes("simple_convnet", "conv 24x24x30, relu 24x24x30, maxpool 12x12x30, "
                                 "affine 1x1x100, relu 1x1x100, affine 1x1x10");
  check_shapes("deep_convnet",
               "conv 28x28x16, relu 28x28x16, conv 28x28x16, relu 28x28x16, "
               "maxpool 14x14x16, conv 14x14x32, relu 14x14x32, conv 16x16x32, "
               "relu 16x16x32, maxpool 8x8x32, conv 8x8x64, relu 8x8x64, conv 8x8x64, "
               "relu 8x8x64, maxpool 4x4x64, affine 1x1x50, relu 1x1x50, "
               "dropout 1x1x50, affine 1x1x10, dropout 1x1x10");
}

/* Weights of a network have these variances; biases are 0. */
static void check_beginning(const char *name, const double *variances) {
  const dpb_network *network = dpb_network_find(name);
  dpb_model *model = build_model(network->input, network->text, 1);
  for (int i = 0; i < dpb_model_parameter_count(model); i++) {
    dpb_parameter_info info;
    assert_int_equal(dpb_model_parameter(model, i, &info), DPB_OK);
    float *values = malloc(info.count * sizeof *values);
    assert_non_null(values);
    assert_int_equal(dpb_model_get_parameter(model, info.name, values, info.count),
                     DPB_OK);
    double squares = 0;
    for (size_t j = 0; j < info.count; j++)
      squares += (double)values[j] * (double)values[j];
    free(values);
    const double expected = info.weight ? variances[i / 2] : 0.0;
    /* five standard deviations of a variance estimated from so many numbers */
    const double slack = expected * 5.0 * sqrt(2.0 / (double)info.count);
    const double found = squares / (double)info.count;
    if (fabs(found - expected) > slack)
      fail_msg("%s of %s: variance %g, not %g", info.name, name, found, expected);
  }
  dpb_model_destroy(model);
}

static void begin_as_they_say(void **state) {
  (void)state;
  const double small[] = {1e-4, 1e-4, 1e-4};
  const double two_layer[] = {2.0 / 784, 2.0 / 50};
  /* the book's list of connections from the layer before, chapter 8's deep_convnet.py */
  const double deep[] = {
      2.0 / (1 * 3 * 3),  2.0 / (16 * 3 * 3), 2.0 / (16 * 3 * 3), 2.0 / (32 * 3 * 3),
      2.0 / (32 * 3 * 3), 2.0 / (64 * 3 * 3), 2.0 / (64 * 4 * 4), 2.0 / 50};
  check_beginning("two_layer", two_layer);
  check_beginning("two_layer_sigmoid", small);
  check_beginning("simple_convnet", small);
  check_beginning("deep_convnet", deep);
}

/* Both dropouts of deep_convnet let everything through in predicting, halved, as the
 * book's do: without them, the outputs before the softmax would be four times as far
 * apart for the same last weights. */
static void deep_convnet_scales_in_predicting(void **state) {
  (void)state;
  const dpb_network *network = dpb_network_find("deep_convnet");
  char text[512];
  snprintf(text, sizeof text, "%s, mse", network->text);
  dpb_model *halved = build_model(network->input, text, 1);
  for (char *at; (at = strstr(text, "dropout 0.5 book")) != NULL;)
    memcpy(at, "dropout 0   book", 16);
  dpb_model *whole = build_model(network->input, text, 1);
  static float x[28 * 28];
  float a[10], b[10];
  fill_random(x, 28 * 28, 4);
  const dpb_batch batch = {.n = 1, .features = x};
  assert_int_equal(dpb_model_predict(halved, &batch, a), DPB_OK);
  assert_int_equal(dpb_model_predict(whole, &batch, b), DPB_OK);
  for (int i = 0; i < 10; i++) {
    assert_true(b[i] != 0.0f);
    assert_true(fabsf(4.0f * a[i] - b[i]) <= 1e-5f * fabsf(b[i]));
  }
  dpb_model_destroy(halved);
  dpb_model_destroy(whole);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lists_and_finds_them),
      cmocka_unit_test(have_the_books_sizes),
      cmocka_unit_test(have_the_books_activations),
      cmocka_unit_test(convnets_have_the_books_tensors),
      cmocka_unit_test(convnets_have_the_books_layers),
      cmocka_unit_test(begin_as_they_say),
      cmocka_unit_test(deep_convnet_scales_in_predicting),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
