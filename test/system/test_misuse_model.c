/* SPDX-License-Identifier: MIT
 *
 * Misuse of a model: created from nonsense, asked before it is built and after build has
 * failed, asked for things that it does not have.
 */
#include "misuse.h"

static const dpb_hwc vector = {1, 1, 4};
static dpb_model *list;   /* with layers, not built */
static dpb_model *failed; /* whose build has failed */
static dpb_model *built;

static int set_up(void **state) {
  (void)state;
  const dpb_model_config config = {.input = vector, .max_batch = 8, .threads = 1};
  assert_int_equal(dpb_model_create(&config, &list), DPB_OK);
  assert_int_equal(dpb_add_text(list, "affine 3"), DPB_OK);
  assert_int_equal(dpb_model_create(&config, &failed), DPB_OK);
  assert_int_equal(dpb_add_text(failed, "maxpool 2, affine 3"), DPB_OK);
  assert_int_equal(dpb_model_build(failed), DPB_ERR_SHAPE);
  built = misuse_model("affine 6, batchnorm, relu, affine 3", vector, 0);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  dpb_model_destroy(list);
  dpb_model_destroy(failed);
  dpb_model_destroy(built);
  dpb_model_destroy(NULL);
  return 0;
}

#define created(...) dpb_model_create(&(dpb_model_config){__VA_ARGS__}, &model)

static void test_create(void **state) {
  (void)state;
  dpb_model *model;
  refuse(dpb_model_create(&(dpb_model_config){.input = vector}, NULL), ARG,
         "model is NULL");
  refuse_made(model, dpb_model_create(NULL, &model), ARG, "config is NULL");
  refuse_made(model, created(.input = {0, 1, 4}), ARG, "input is 0x1x4");
  refuse_made(model, created(.input = {1, -1, 4}), ARG, "input is 1x-1x4");
  refuse_made(model, created(.input = {1, 1, INT_MIN}), ARG, "input is 1x1x-2147483648");
  refuse_made(model, created(.input = vector, .max_batch = -1), ARG, "max_batch is -1");
  refuse_made(model, created(.input = vector, .threads = -1), ARG, "threads is -1");
  refuse_made(model, created(.input = vector, .threads = INT_MAX), ARG, "threads is 214");
  refuse_made(model, created(.input = vector, .init = {.kind = (dpb_init_kind)99}), ARG,
              "99");
  refuse_made(model, created(.input = vector, .init = {DPB_INIT_STD, NAN, 0}), ARG,
              "nan");
  refuse_made(model, created(.input = vector, .weight_decay = -1), ARG,
              "weight_decay is -1");
  refuse_made(model, created(.input = vector, .weight_decay = NAN), ARG,
              "weight_decay is nan");
}

/* What cannot be held in memory, or not even be counted. */
static void test_create_too_large(void **state) {
  (void)state;
  dpb_model *model = NULL;
  accept(created(.input = {INT_MAX, INT_MAX, INT_MAX}));
  accept(dpb_add_affine(model, &(dpb_affine_config){.out = 3}));
  refuse(dpb_model_build(model), SIZE, "2147483647");
  dpb_model_destroy(model);
  accept(created(.input = {1, 1, INT_MAX}, .max_batch = INT_MAX));
  accept(dpb_add_affine(model, &(dpb_affine_config){.out = INT_MAX}));
  refuse(dpb_model_build(model), SIZE, "");
  dpb_model_destroy(model);
  accept(created(.input = vector, .max_batch = 1, .workspace = SIZE_MAX));
  accept(dpb_add_text(model, "affine 2"));
  accept(dpb_model_build(model));
  dpb_model_destroy(model);
}

/* Every call that wants a built model: none, one that is only a list, one that failed. */
#define wants_built(call_with)                                                           \
  (refuse(call_with(NULL), ARG, "NULL"), refuse(call_with(list), STATE, "not built"),    \
   refuse(call_with(failed), STATE, "not built"))

static void test_asked_too_early(void **state) {
  (void)state;
  dpb_layer_info layer;
  dpb_product_plan plan;
  dpb_memory_info memory;
  dpb_parameter_info info;
  float values[4], *p, *g;
  size_t count;
#define layer_of(m)     dpb_model_layer(m, 0, 1, &layer)
#define plan_of(m)      dpb_model_layer_plan(m, 0, DPB_PRODUCT_FORWARD, 1, &plan)
#define memory_of(m)    dpb_model_memory(m, &memory)
#define parameter_of(m) dpb_model_parameter(m, 0, &info)
#define state_of(m)     dpb_model_state(m, 0, &info)
#define get_of(m)       dpb_model_get_parameter(m, "b1", values, 3)
#define set_of(m)       dpb_model_set_parameter(m, "b1", values, 3)
#define gradient_of(m)  dpb_model_get_gradient(m, "b1", values, 3)
#define flat_of(m)      dpb_model_flat(m, &p, &g, &count)
  memset(values, 0, sizeof values);
  wants_built(layer_of);
  wants_built(plan_of);
  wants_built(memory_of);
  wants_built(parameter_of);
  wants_built(state_of);
  wants_built(get_of);
  wants_built(set_of);
  wants_built(gradient_of);
  wants_built(flat_of);
  refuse(dpb_model_layer(NULL, 0, 1, &layer), ARG, "dpb_model_layer: model is NULL");
  refuse(dpb_model_layer_plan(NULL, 0, DPB_PRODUCT_FORWARD, 1, &plan), ARG,
         "model is NULL");
  refuse(dpb_model_memory(NULL, &memory), ARG, "dpb_model_memory: model is NULL");
  refuse(dpb_model_parameter(NULL, 0, &info), ARG, "dpb_model_parameter: model is NULL");
  refuse(dpb_model_state(NULL, 0, &info), ARG, "dpb_model_state: model is NULL");
  refuse(dpb_model_get_parameter(NULL, "b1", values, 3), ARG, "model is NULL");
  refuse(dpb_model_set_parameter(NULL, "b1", values, 3), ARG, "model is NULL");
  refuse(dpb_model_get_gradient(NULL, "b1", values, 3), ARG, "model is NULL");
  refuse(dpb_model_flat(NULL, &p, &g, &count), ARG, "dpb_model_flat: model is NULL");
  expect(dpb_model_build(NULL) == DPB_ERR_ARG); /* keeps the message before it */
  refuse(dpb_model_build(failed), SHAPE, "layer 1 maxpool");
  refuse(dpb_add_relu(failed), SHAPE, "layer 1 maxpool");
}

static void test_plain_answers(void **state) {
  (void)state;
  const dpb_model *const none[] = {NULL, list, failed};
  for (int i = 0; i < 3; i++) {
    expect(dpb_model_input(none[i]).h == 0 && dpb_model_input(none[i]).c == 0);
    expect(dpb_model_output(none[i]).h == 0 && dpb_model_output(none[i]).c == 0);
    expect(dpb_model_parameter_count(none[i]) == 0);
    expect(dpb_model_state_count(none[i]) == 0);
  }
  expect(dpb_model_input(NULL).w == 0 && dpb_model_output(NULL).w == 0);
  expect(dpb_model_parameter_count(NULL) == 0 && dpb_model_state_count(NULL) == 0);
  expect(dpb_model_max_batch(NULL) == 0);
  expect(dpb_model_threads(NULL) == 0);
  expect(dpb_model_layer_count(NULL) == 0);
  expect(dpb_model_weight_decay(NULL) == 0.0f);
  expect(dpb_model_layer_count(list) == 1);
}

static void test_text(void **state) {
  (void)state;
  char text[8] = "as it is";
  size_t length = 3;
  refuse(dpb_model_text(NULL, text, sizeof text, &length), ARG, "model is NULL");
  refuse(dpb_model_text(built, NULL, sizeof text, &length), ARG, "text is NULL");
  accept(dpb_model_text(built, NULL, 0, &length));
  expect(length == strlen("affine 6, batchnorm, relu, affine 3"));
  accept(dpb_model_text(built, text, sizeof text, NULL));
  expect(strcmp(text, "affine ") == 0);
}

static void test_layers(void **state) {
  (void)state;
  dpb_layer_info info;
  dpb_product_plan plan;
  refuse(dpb_model_layer(built, -1, 1, &info), ARG, "layer");
  refuse(dpb_model_layer(built, 4, 1, &info), ARG, "layer");
  refuse(dpb_model_layer(built, INT_MAX, 1, &info), ARG, "layer");
  refuse(dpb_model_layer(built, 0, 0, &info), ARG, "batch");
  refuse(dpb_model_layer(built, 0, INT_MIN, &info), ARG, "batch");
  refuse(dpb_model_layer(built, 0, 1, NULL), ARG, "info is NULL");
  refuse(dpb_model_layer_plan(built, -1, DPB_PRODUCT_FORWARD, 1, &plan), ARG, "layer");
  refuse(dpb_model_layer_plan(built, 4, DPB_PRODUCT_FORWARD, 1, &plan), ARG, "layer");
  refuse(dpb_model_layer_plan(built, 0, DPB_PRODUCT_FORWARD, 0, &plan), ARG, "batch");
  refuse(dpb_model_layer_plan(built, 0, (dpb_product_kind)3, 1, &plan), ARG, "3");
  refuse(dpb_model_layer_plan(built, 0, (dpb_product_kind)-1, 1, &plan), ARG, "-1");
  refuse(dpb_model_layer_plan(built, 0, DPB_PRODUCT_FORWARD, 1, NULL), ARG,
         "plan is NULL");
  refuse(dpb_model_memory(built, NULL), ARG, "info is NULL");
}

static void test_parameters(void **state) {
  (void)state;
  float values[32] = {0}, before[3], after[3], *p = before, *g = before;
  size_t count = 5;
  dpb_parameter_info info;
  accept(dpb_model_get_parameter(built, "b2", before, 3));
  refuse(dpb_model_parameter(built, -1, &info), ARG, "parameter");
  refuse(dpb_model_parameter(built, INT_MAX, &info), ARG, "parameter");
  refuse(dpb_model_parameter(built, 0, NULL), ARG, "info is NULL");
  refuse(dpb_model_state(built, 2, &info), ARG, "state");
  refuse(dpb_model_state(built, INT_MIN, &info), ARG, "state");
  refuse(dpb_model_state(built, 0, NULL), ARG, "info is NULL");
  refuse(dpb_model_get_parameter(built, NULL, values, 3), ARG, "name is NULL");
  refuse(dpb_model_get_parameter(built, "b2", NULL, 3), ARG, "values is NULL");
  refuse(dpb_model_get_parameter(built, "b9", values, 3), NOT_FOUND, "b9");
  refuse(dpb_model_get_parameter(built, "b2", values, SIZE_MAX), SHAPE, "b2");
  refuse(dpb_model_set_parameter(built, NULL, values, 3), ARG, "name is NULL");
  refuse(dpb_model_set_parameter(built, "b2", NULL, 3), ARG, "values is NULL");
  refuse(dpb_model_set_parameter(built, "", values, 3), NOT_FOUND, "");
  refuse(dpb_model_set_parameter(built, "b2", values, 0), SHAPE, "b2");
  values[2] = NAN;
  refuse(dpb_model_set_parameter(built, "b2", values, 3), DATA, "b2");
  values[2] = -INFINITY;
  refuse(dpb_model_set_parameter(built, "b2", values, 3), DATA, "b2");
  values[2] = -1;
  refuse(dpb_model_set_parameter(built, "running_var1", values, 6), DATA, "running_var1");
  refuse(dpb_model_get_gradient(built, NULL, values, 3), ARG, "name is NULL");
  refuse(dpb_model_get_gradient(built, "b2", NULL, 3), ARG, "values is NULL");
  refuse(dpb_model_get_gradient(built, "b2", values, 4), SHAPE, "b2");
  refuse(dpb_model_get_gradient(built, "running_var1", values, 6), NOT_FOUND,
         "running_var1");
  accept(dpb_model_get_parameter(built, "b2", after, 3));
  expect(memcmp(before, after, sizeof before) == 0);
  refuse(dpb_model_flat(NULL, &p, &g, &count), ARG, "model is NULL");
  expect(p == NULL && g == NULL && count == 0);
  accept(dpb_model_flat(built, &p, &g, NULL));
  accept(dpb_model_flat(built, NULL, &g, &count));
  accept(dpb_model_flat(built, &p, NULL, &count));
}

static void test_weight_decay(void **state) {
  (void)state;
  refuse(dpb_model_set_weight_decay(NULL, 0), ARG, "model is NULL");
  refuse(dpb_model_set_weight_decay(built, -1), ARG, "weight_decay is -1");
  refuse(dpb_model_set_weight_decay(built, NAN), ARG, "weight_decay is nan");
  refuse(dpb_model_set_weight_decay(built, INFINITY), ARG, "weight_decay is inf");
  expect(dpb_model_weight_decay(built) == 0.0f);
}

static void test_built_for_inference(void **state) {
  (void)state;
  dpb_model *model = misuse_model("affine 3", vector, 1);
  float x[4] = {1, 2, 3, 4}, values[3], *p = x, *g = x;
  const int32_t label = 0;
  const dpb_batch batch = {.n = 1, .features = x, .labels = &label};
  double loss = 7;
  size_t count;
  refuse(dpb_model_gradient(model, &batch, &loss), STATE, "inference");
  refuse(dpb_model_gradient_clear(model), STATE, "inference");
  refuse(dpb_model_gradient_add(model, &batch, 1, &loss), STATE, "inference");
  refuse(dpb_model_get_gradient(model, "b1", values, 3), STATE, "inference");
  refuse(dpb_clip_gradients(model, 1, NULL), STATE, "inference");
  accept(dpb_model_flat(model, &p, &g, &count));
  expect(p != NULL && g == NULL);
  accept(dpb_model_loss(model, &batch, &loss, NULL));
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      misuse_test(test_create),
      misuse_test(test_create_too_large),
      misuse_test(test_asked_too_early),
      misuse_test(test_plain_answers),
      misuse_test(test_text),
      misuse_test(test_layers),
      misuse_test(test_parameters),
      misuse_test(test_weight_decay),
      misuse_test(test_built_for_inference),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
