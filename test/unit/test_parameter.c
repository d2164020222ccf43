/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "model_fixture.h"

static void test_names_shapes_and_order(void **state) {
  (void)state;
  dpb_model *model =
      build_model((dpb_hwc){2, 3, 4}, "affine 7, relu, affine 5 nobias, affine 2", 1);
  const struct {
    const char *name;
    int rank, rows, cols, layer, weight;
  } expected[] = {{"W1", 2, 24, 7, 0, 1},
                  {"b1", 1, 7, 0, 0, 0},
                  {"W2", 2, 7, 5, 2, 1},
                  {"W3", 2, 5, 2, 3, 1},
                  {"b3", 1, 2, 0, 3, 0}};
  assert_int_equal(dpb_model_parameter_count(model), 5);
  for (int i = 0; i < 5; i++) {
    dpb_parameter_info info;
    assert_int_equal(dpb_model_parameter(model, i, &info), DPB_OK);
    assert_string_equal(info.name, expected[i].name);
    assert_int_equal(info.shape.rank, expected[i].rank);
    assert_int_equal(info.shape.dim[0], expected[i].rows);
    if (expected[i].rank == 2) assert_int_equal(info.shape.dim[1], expected[i].cols);
    assert_int_equal(info.layer, expected[i].layer);
    assert_int_equal(info.weight, expected[i].weight);
  }
  dpb_parameter_info info;
  assert_int_equal(dpb_model_parameter(model, 5, &info), DPB_ERR_ARG);
  assert_non_null(
      strstr(dpb_error_message(), "there is no parameter 5: the model has 0..4"));
  assert_int_equal(dpb_model_parameter(model, -1, &info), DPB_ERR_ARG);
  dpb_model_destroy(model);
}

static void test_set_and_get(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){2, 3, 4}, "affine 7, affine 2", 1);
  float in[24 * 7], out[24 * 7];
  for (int i = 0; i < 24 * 7; i++) in[i] = (float)i;
  assert_int_equal(dpb_model_set_parameter(model, "W1", in, 24 * 7), DPB_OK);
  assert_int_equal(dpb_model_get_parameter(model, "W1", out, 24 * 7), DPB_OK);
  assert_memory_equal(in, out, sizeof in);
  dpb_model_destroy(model);
}

/* The rows of W count the image as c, h, w (the book's flatten), while the image itself
 * is given as h, w, c: with one row of W set, the output must be that one pixel. */
static void test_rows_are_channels_first(void **state) {
  (void)state;
  enum { H = 2, W = 3, C = 4 };
  dpb_model *model = build_model((dpb_hwc){H, W, C}, "affine 1, mse", 1);
  float image[H * W * C], weights[H * W * C];
  for (int i = 0; i < H * W * C; i++) image[i] = 1.0f + (float)i;
  for (int c = 0; c < C; c++)
    for (int h = 0; h < H; h++)
      for (int w = 0; w < W; w++) {
        memset(weights, 0, sizeof weights);
        weights[(c * H + h) * W + w] = 1.0f;
        float y;
        assert_int_equal(dpb_model_set_parameter(model, "W1", weights, H * W * C),
                         DPB_OK);
        assert_int_equal(
            dpb_model_predict(model, &(dpb_batch){.n = 1, .features = image}, &y),
            DPB_OK);
        assert_float_equal(y, image[(h * W + w) * C + c], 0.0);
      }
  dpb_model_destroy(model);
}

static void test_mistakes_change_nothing(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){1, 1, 3}, "affine 2", 1);
  float before[6], after[6], values[6] = {1, 2, 3, 4, 5, NAN};
  assert_int_equal(dpb_model_get_parameter(model, "W1", before, 6), DPB_OK);
  assert_int_equal(dpb_model_set_parameter(model, "W1", values, 6), DPB_ERR_DATA);
  assert_message("number 5");
  values[5] = INFINITY;
  assert_int_equal(dpb_model_set_parameter(model, "W1", values, 6), DPB_ERR_DATA);
  assert_int_equal(dpb_model_set_parameter(model, "W1", values, 5), DPB_ERR_SHAPE);
  assert_message("6");
  assert_message("5");
  assert_int_equal(dpb_model_set_parameter(model, "W2", values, 6), DPB_ERR_NOT_FOUND);
  assert_message("'W2'");
  assert_int_equal(dpb_model_set_parameter(model, NULL, values, 6), DPB_ERR_ARG);
  assert_int_equal(dpb_model_set_parameter(model, "W1", NULL, 6), DPB_ERR_ARG);
  assert_int_equal(dpb_model_set_parameter(NULL, "W1", values, 6), DPB_ERR_ARG);
  assert_int_equal(dpb_model_get_gradient(model, "nothing", after, 6), DPB_ERR_NOT_FOUND);
  assert_int_equal(dpb_model_get_parameter(model, "W1", after, 6), DPB_OK);
  assert_memory_equal(before, after, sizeof before);
  dpb_model_destroy(model);
}

static void test_flat(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){1, 1, 3}, "affine 2", 1);
  float *params, *grads;
  size_t count;
  assert_int_equal(dpb_model_flat(model, &params, &grads, &count), DPB_OK);
  assert_true(count >= 8);
  double sum = 0.0, expected = 0.0;
  float w[6], b[2];
  for (size_t i = 0; i < count; i++) sum += (double)params[i];
  assert_int_equal(dpb_model_get_parameter(model, "W1", w, 6), DPB_OK);
  assert_int_equal(dpb_model_get_parameter(model, "b1", b, 2), DPB_OK);
  for (int i = 0; i < 6; i++) expected += (double)w[i];
  for (int i = 0; i < 2; i++) expected += (double)b[i];
  assert_true(fabs(sum - expected) < 1e-9); /* padding is zero */
  assert_int_equal(dpb_model_flat(model, NULL, NULL, NULL), DPB_OK);
  dpb_model_destroy(model);
}

static void test_seed_decides_initial_parameters(void **state) {
  (void)state;
  float w[3][12];
  const uint64_t seeds[3] = {7, 7, 8};
  for (int i = 0; i < 3; i++) {
    dpb_model *model;
    const dpb_model_config config = {.input = {1, 1, 4}, .seed = seeds[i]};
    assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
    dpb_add_text(model, "affine 3");
    assert_int_equal(dpb_model_build(model), DPB_OK);
    assert_int_equal(dpb_model_get_parameter(model, "W1", w[i], 12), DPB_OK);
    dpb_model_destroy(model);
  }
  assert_memory_equal(w[0], w[1], sizeof w[0]);
  assert_memory_not_equal(w[0], w[2], sizeof w[0]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names_shapes_and_order),
      cmocka_unit_test(test_set_and_get),
      cmocka_unit_test(test_rows_are_channels_first),
      cmocka_unit_test(test_mistakes_change_nothing),
      cmocka_unit_test(test_flat),
      cmocka_unit_test(test_seed_decides_initial_parameters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
