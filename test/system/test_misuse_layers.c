/* SPDX-License-Identifier: MIT
 *
 * Misuse of the list of layers: each dpb_add_* without a model, without a config, with
 * fields out of range, to a model that is built, to one whose list has ended.
 */
#include "misuse.h"

static const dpb_hwc image = {8, 8, 2};
static dpb_model *fresh; /* of the row at hand; its predecessor is destroyed */
static dpb_model *built;

/* A model without layers: each row has one of its own, since a failure stays. */
static dpb_model *list(void) {
  dpb_model_destroy(fresh);
  const dpb_model_config config = {.input = image, .max_batch = 8, .threads = 1};
  if (dpb_model_create(&config, &fresh) != DPB_OK) fail_msg("%s", dpb_error_message());
  misuse_plant(); /* making a model has no message, and the row shall have its own */
  return fresh;
}

static int set_up(void **state) {
  (void)state;
  built = misuse_model("conv 4 k3, relu, affine 3", image, 0);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  dpb_model_destroy(fresh);
  dpb_model_destroy(built);
  return 0;
}

#define no_model(call) refuse(call, ARG, "the model is NULL")
#define no_config(call)                                                                  \
  (refuse(call, ARG, "config is NULL"),                                                  \
   refuse(dpb_model_build(fresh), ARG, "config is NULL"))
#define too_late(call) refuse(call, STATE, "built already")

static void test_without_a_model(void **state) {
  (void)state;
  no_model(dpb_add_affine(NULL, &(dpb_affine_config){.out = 1}));
  no_model(dpb_add_sigmoid(NULL));
  no_model(dpb_add_tanh(NULL));
  no_model(dpb_add_relu(NULL));
  no_model(dpb_add_softplus(NULL));
  no_model(dpb_add_leaky_relu(NULL, &(dpb_leaky_relu_config){0}));
  no_model(dpb_add_elu(NULL, &(dpb_elu_config){0}));
  no_model(dpb_add_gelu(NULL, &(dpb_gelu_config){0}));
  no_model(dpb_add_conv2d(NULL, &(dpb_conv2d_config){.filters = 1, .kernel = 1}));
  no_model(dpb_add_max_pool2d(NULL, &(dpb_pool2d_config){.size = 2}));
  no_model(dpb_add_avg_pool2d(NULL, &(dpb_pool2d_config){.size = 2}));
  no_model(dpb_add_global_avg_pool(NULL));
  no_model(dpb_add_flatten(NULL));
  no_model(dpb_add_dropout(NULL, &(dpb_dropout_config){0}));
  no_model(dpb_add_batch_norm(NULL, &(dpb_batch_norm_config){0}));
  no_model(dpb_add_layer_norm(NULL, &(dpb_layer_norm_config){0}));
  no_model(dpb_add_softmax_cross_entropy(NULL));
  no_model(dpb_add_softmax_cross_entropy_with(NULL, &(dpb_softmax_config){0}));
  no_model(dpb_add_mean_squared_error(NULL));
  no_model(dpb_add_text(NULL, "relu"));
  no_model(dpb_add_network(NULL, "two_layer"));
  no_model(dpb_add_multi_layer(NULL, NULL, 0, "relu", (dpb_init){0}, 3));
  no_model(dpb_add_multi_layer_extend(NULL, &(dpb_multi_layer_config){0}));
}

static void test_without_a_config(void **state) {
  (void)state;
  no_config(dpb_add_affine(list(), NULL));
  no_config(dpb_add_leaky_relu(list(), NULL));
  no_config(dpb_add_elu(list(), NULL));
  no_config(dpb_add_gelu(list(), NULL));
  no_config(dpb_add_conv2d(list(), NULL));
  no_config(dpb_add_max_pool2d(list(), NULL));
  no_config(dpb_add_avg_pool2d(list(), NULL));
  no_config(dpb_add_dropout(list(), NULL));
  no_config(dpb_add_batch_norm(list(), NULL));
  no_config(dpb_add_layer_norm(list(), NULL));
  no_config(dpb_add_softmax_cross_entropy_with(list(), NULL));
  no_config(dpb_add_multi_layer_extend(list(), NULL));
  no_model(dpb_add_affine(NULL, NULL));
  no_model(dpb_add_conv2d(NULL, NULL));
  refuse(dpb_add_text(list(), NULL), ARG, "text is NULL");
  refuse(dpb_add_network(list(), NULL), ARG, "name is NULL");
  refuse(dpb_add_multi_layer(list(), NULL, 1, "relu", (dpb_init){0}, 3), ARG, "NULL");
  refuse(dpb_add_multi_layer(list(), NULL, 0, NULL, (dpb_init){0}, 3), ARG, "NULL");
}

static void test_after_build(void **state) {
  (void)state;
  const int layers = dpb_model_layer_count(built);
  too_late(dpb_add_affine(built, &(dpb_affine_config){.out = 1}));
  too_late(dpb_add_affine(built, NULL));
  too_late(dpb_add_sigmoid(built));
  too_late(dpb_add_tanh(built));
  too_late(dpb_add_relu(built));
  too_late(dpb_add_softplus(built));
  too_late(dpb_add_leaky_relu(built, &(dpb_leaky_relu_config){0}));
  too_late(dpb_add_elu(built, &(dpb_elu_config){0}));
  too_late(dpb_add_gelu(built, &(dpb_gelu_config){0}));
  too_late(dpb_add_conv2d(built, &(dpb_conv2d_config){.filters = 1, .kernel = 1}));
  too_late(dpb_add_max_pool2d(built, &(dpb_pool2d_config){.size = 2}));
  too_late(dpb_add_avg_pool2d(built, &(dpb_pool2d_config){.size = 2}));
  too_late(dpb_add_global_avg_pool(built));
  too_late(dpb_add_flatten(built));
  too_late(dpb_add_dropout(built, &(dpb_dropout_config){0}));
  too_late(dpb_add_batch_norm(built, &(dpb_batch_norm_config){0}));
  too_late(dpb_add_layer_norm(built, &(dpb_layer_norm_config){0}));
  too_late(dpb_add_softmax_cross_entropy(built));
  too_late(dpb_add_softmax_cross_entropy_with(built, &(dpb_softmax_config){0}));
  too_late(dpb_add_mean_squared_error(built));
  too_late(dpb_add_text(built, "relu"));
  too_late(dpb_add_text(built, NULL));
  too_late(dpb_add_network(built, "two_layer"));
  too_late(dpb_add_multi_layer(built, NULL, 0, "relu", (dpb_init){0}, 3));
  too_late(dpb_add_multi_layer_extend(built, &(dpb_multi_layer_config){0}));
  refuse(dpb_model_build(built), STATE, "built already");
  expect(dpb_model_layer_count(built) == layers);
  float row[128] = {0}, outputs[3];
  accept(dpb_model_predict(built, &(dpb_batch){.n = 1, .features = row}, outputs));
}

static void test_fields(void **state) {
  (void)state;
  refuse(dpb_add_affine(list(), &(dpb_affine_config){.out = 0}), ARG, "out is 0");
  refuse(dpb_add_affine(list(), &(dpb_affine_config){.out = INT_MIN}), ARG, "out is -2");
  refuse(dpb_add_affine(
             list(), &(dpb_affine_config){.out = 1, .init = {.kind = (dpb_init_kind)99}}),
         ARG, "99");
  refuse(dpb_add_affine(
             list(), &(dpb_affine_config){.out = 1, .init = {.kind = (dpb_init_kind)-1}}),
         ARG, "-1");
  refuse(dpb_add_affine(list(),
                        &(dpb_affine_config){.out = 1, .init = {DPB_INIT_STD, -1, 0}}),
         ARG, "std is -1");
  refuse(dpb_add_affine(list(),
                        &(dpb_affine_config){.out = 1, .init = {DPB_INIT_STD, NAN, 0}}),
         ARG, "std is nan");
  refuse(dpb_add_affine(
             list(),
             &(dpb_affine_config){.out = 1, .init = {DPB_INIT_UNIFORM, 0, INFINITY}}),
         ARG, "inf");
  refuse(dpb_add_leaky_relu(list(), &(dpb_leaky_relu_config){1}), ARG, "slope is 1");
  refuse(dpb_add_leaky_relu(list(), &(dpb_leaky_relu_config){NAN}), ARG, "slope is nan");
  refuse(dpb_add_leaky_relu(list(), &(dpb_leaky_relu_config){-0.1f}), ARG,
         "slope is -0.1");
  refuse(dpb_add_elu(list(), &(dpb_elu_config){-1}), ARG, "alpha is -1");
  refuse(dpb_add_elu(list(), &(dpb_elu_config){INFINITY}), ARG, "alpha is inf");
  refuse(dpb_add_dropout(list(), &(dpb_dropout_config){.ratio = 1}), ARG, "ratio is 1");
  refuse(dpb_add_dropout(list(), &(dpb_dropout_config){.ratio = -1}), ARG, "ratio is -1");
  refuse(dpb_add_dropout(list(), &(dpb_dropout_config){.ratio = NAN}), ARG,
         "ratio is nan");
  refuse(dpb_add_batch_norm(list(), &(dpb_batch_norm_config){.eps = -1}), ARG,
         "eps is -1");
  refuse(dpb_add_batch_norm(list(), &(dpb_batch_norm_config){.eps = INFINITY}), ARG,
         "eps is inf");
  refuse(dpb_add_batch_norm(list(), &(dpb_batch_norm_config){.momentum = 1}), ARG,
         "momentum is 1");
  refuse(dpb_add_batch_norm(list(), &(dpb_batch_norm_config){.momentum = NAN}), ARG,
         "momentum is nan");
  refuse(dpb_add_layer_norm(list(), &(dpb_layer_norm_config){.eps = NAN}), ARG,
         "eps is nan");
  refuse(dpb_add_layer_norm(list(), &(dpb_layer_norm_config){.eps = -1}), ARG,
         "eps is -1");
}

#define conv(...) dpb_add_conv2d(list(), &(dpb_conv2d_config){__VA_ARGS__})
#define pool(...) dpb_add_max_pool2d(list(), &(dpb_pool2d_config){__VA_ARGS__})

static void test_windows(void **state) {
  (void)state;
  refuse(conv(.filters = 0, .kernel = 3), ARG, "filters is 0");
  refuse(conv(.filters = -1, .kernel = 3), ARG, "filters is -1");
  refuse(conv(.filters = 2), ARG, "kernel");
  refuse(conv(.filters = 2, .kernel = -3), ARG, "kernel");
  refuse(conv(.filters = 2, .kernel = 3, .kernel_w = -1), ARG, "kernel");
  refuse(conv(.filters = 2, .kernel = 3, .stride = -1), ARG, "stride");
  refuse(conv(.filters = 2, .kernel = 3, .stride_h = INT_MIN), ARG, "stride");
  refuse(conv(.filters = 2, .kernel = 3, .pad = -1), ARG, "pad");
  refuse(conv(.filters = 2, .kernel = 3, .pad_w = -1), ARG, "pad");
  refuse(conv(.filters = 2, .kernel = 3, .dilation = -1), ARG, "dilation");
  refuse(conv(.filters = 2, .kernel = 3, .groups = -1), ARG, "groups");
  refuse(pool(.size = 0), ARG, "size");
  refuse(pool(.size = -2), ARG, "size");
  refuse(pool(.size = 2, .stride = -1), ARG, "stride");
  refuse(pool(.size = 2, .pad_h = -1), ARG, "pad");
  refuse(dpb_add_avg_pool2d(list(), &(dpb_pool2d_config){.size = INT_MIN}), ARG, "size");
}

/* What only build can see, with the layer's number and both sides. */
#define unbuildable(call, expected, words)                                               \
  (accept(call), refuse(dpb_model_build(fresh), expected, words))

static void test_what_build_refuses(void **state) {
  (void)state;
  unbuildable(conv(.filters = 2, .kernel = 9), SHAPE, "kernel 9x9");
  unbuildable(conv(.filters = 2, .kernel = INT_MAX), SHAPE, "2147483647");
  unbuildable(conv(.filters = 2, .kernel = 3, .dilation = INT_MAX), SHAPE,
              "layer 1 conv");
  unbuildable(conv(.filters = 2, .kernel = 1, .pad = INT_MAX), SIZE, "layer 1 conv");
  unbuildable(conv(.filters = INT_MAX, .kernel = 3), SIZE, "layer 1 conv");
  unbuildable(conv(.filters = 3, .kernel = 3, .groups = 3), SHAPE, "groups");
  unbuildable(pool(.size = 2, .pad = 2), SHAPE, "pad 2x2");
  unbuildable(pool(.size = 9), SHAPE, "9x9");
  unbuildable(pool(.size = INT_MAX, .pad = INT_MAX - 1), SIZE, "layer 1 maxpool");
  unbuildable(dpb_add_softmax_cross_entropy(list()), SHAPE, "no layers");
  refuse(dpb_model_build(list()), SHAPE, "no layers");
  const float weights[3] = {1, 2, 3};
  dpb_add_text(list(), "affine 2");
  unbuildable(dpb_add_softmax_cross_entropy_with(
                  fresh, &(dpb_softmax_config){.class_weights = weights, .classes = 3}),
              SHAPE, "3");
  /* and whatever comes behind: a failed model can only be destroyed */
  refuse(dpb_add_relu(fresh), SHAPE, "3");
  refuse(dpb_model_build(fresh), SHAPE, "3");
}

static void test_losses(void **state) {
  (void)state;
  const float weights[2] = {1, 0}, infinite[2] = {1, INFINITY};
#define softmax(...)                                                                     \
  dpb_add_softmax_cross_entropy_with(list(), &(dpb_softmax_config){__VA_ARGS__})
  refuse(softmax(.smoothing = 1), ARG, "smoothing is 1");
  refuse(softmax(.smoothing = -0.1f), ARG, "smoothing is -0.1");
  refuse(softmax(.smoothing = NAN), ARG, "smoothing is nan");
  refuse(softmax(.class_weights = weights, .classes = 2), ARG, "weight");
  refuse(softmax(.class_weights = infinite, .classes = 2), ARG, "weight");
  refuse(softmax(.class_weights = weights, .classes = 0), ARG, "classes");
  refuse(softmax(.class_weights = weights, .classes = -1), ARG, "classes");
  accept(dpb_add_mean_squared_error(list()));
  refuse(dpb_add_relu(fresh), STATE, "behind the loss 'mse'");
  accept(dpb_add_softmax_cross_entropy(list()));
  refuse(dpb_add_softmax_cross_entropy(fresh), STATE, "behind the loss 'softmax'");
}

static void test_texts(void **state) {
  (void)state;
  dpb_init init = {DPB_INIT_HE, 1, 1};
  refuse(dpb_add_text(list(), ""), SPEC, "");
  refuse(dpb_add_text(list(), "affine"), SPEC, "affine");
  refuse(dpb_add_text(list(), "affine 99999999999999999999"), SPEC, "9999");
  refuse(dpb_add_text(list(), "affine 10, , relu"), SPEC, "item 2");
  refuse(dpb_add_text(list(), "affine 10; relu"), SPEC, "item 1");
  refuse(dpb_add_text(list(), "dropout nan"), SPEC, "nan");
  refuse(dpb_add_network(list(), "no_such_net"), NOT_FOUND, "no_such_net");
  refuse(dpb_add_network(list(), ""), NOT_FOUND, "two_layer");
  misuse_plant();
  refuse(dpb_init_from_text(NULL, &init), ARG, "NULL");
  expect(init.kind == DPB_INIT_AUTO && init.std == 0.0f);
  refuse(dpb_init_from_text("he", NULL), ARG, "NULL");
  refuse(dpb_init_from_text("std 0", &init), ARG, "0");
  refuse(dpb_init_from_text("std nan", &init), SPEC, "nan");
  refuse(dpb_init_from_text("", &init), SPEC, "");
  expect(dpb_network_at(-1) == NULL && dpb_network_at(INT_MAX) == NULL);
  expect(dpb_network_at(dpb_network_count()) == NULL);
  expect(dpb_network_find(NULL) == NULL && dpb_network_find("") == NULL);
}

static void test_multi_layers(void **state) {
  (void)state;
  const int hidden[2] = {4, -4};
  const dpb_init init = {0}, bad = {.kind = (dpb_init_kind)77};
  refuse(dpb_add_multi_layer(list(), hidden, -1, "relu", init, 3), ARG, "count is -1");
  refuse(dpb_add_multi_layer(list(), hidden, 2, "relu", init, 3), ARG, "out is -4");
  refuse(dpb_add_multi_layer(list(), hidden, 1, "swish", init, 3), ARG, "swish");
  refuse(dpb_add_multi_layer(list(), hidden, 1, "relu", init, 0), ARG, "out is 0");
  refuse(dpb_add_multi_layer(list(), hidden, 1, "relu", bad, 3), ARG, "77");
#define extend(...)                                                                      \
  dpb_add_multi_layer_extend(list(),                                                     \
                             &(dpb_multi_layer_config){.hidden = hidden, __VA_ARGS__})
  refuse(extend(.count = 1, .activation = "relu", .classes = 3, .dropout_ratio = 2), ARG,
         "ratio is 2");
  refuse(extend(.count = 1, .activation = "relu", .classes = 3, .dropout_ratio = NAN),
         ARG, "ratio is nan");
  refuse(extend(.count = 1, .classes = 3), ARG, "NULL");
  refuse(extend(.count = INT_MIN, .activation = "relu", .classes = 3), ARG,
         "count is -2");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      misuse_test(test_without_a_model), misuse_test(test_without_a_config),
      misuse_test(test_after_build),     misuse_test(test_fields),
      misuse_test(test_windows),         misuse_test(test_what_build_refuses),
      misuse_test(test_losses),          misuse_test(test_texts),
      misuse_test(test_multi_layers),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
