/* SPDX-License-Identifier: MIT
 *
 * Adding whole networks, and what is said about bad arguments.
 */
#include "model_fixture.h"

static dpb_model *model_of(dpb_hwc input) {
  dpb_model *model = NULL;
  const dpb_model_config config = {.input = input, .threads = 1};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  return model;
}

static dpb_model *empty_model(void) {
  return model_of((dpb_hwc){1, 1, 20});
}

static void check_text(const dpb_model *model, const char *expected) {
  char text[512];
  assert_int_equal(dpb_model_text(model, text, sizeof text, NULL), DPB_OK);
  assert_string_equal(text, expected);
}

static void adds_networks_by_name(void **state) {
  (void)state;
  for (int i = 0; i < dpb_network_count(); i++) {
    dpb_model *model = model_of(dpb_network_at(i)->input);
    assert_int_equal(dpb_add_network(model, dpb_network_at(i)->name), DPB_OK);
    check_text(model, dpb_network_at(i)->text);
    assert_int_equal(dpb_model_build(model), DPB_OK);
    dpb_model_destroy(model);
  }
}

static void an_unknown_name_fails_the_list(void **state) {
  (void)state;
  dpb_model *model = empty_model();
  assert_int_equal(dpb_add_network(model, "ten_layer"), DPB_ERR_NOT_FOUND);
  assert_message("'ten_layer'");
  assert_message("two_layer, three_layer, multi_layer");
  assert_int_equal(dpb_add_relu(model), DPB_ERR_NOT_FOUND);
  assert_int_equal(dpb_model_build(model), DPB_ERR_NOT_FOUND);
  assert_message("'ten_layer'");
  dpb_model_destroy(model);
  model = empty_model();
  assert_int_equal(dpb_add_network(model, NULL), DPB_ERR_ARG);
  assert_message("name is NULL");
  dpb_model_destroy(model);
  assert_int_equal(dpb_add_network(NULL, "two_layer"), DPB_ERR_ARG);
}

static void adds_multi_layer(void **state) {
  (void)state;
  dpb_model *model = empty_model();
  assert_int_equal(dpb_add_multi_layer(model, (const int[]){7, 5}, 2, "tanh",
                                       (dpb_init){.kind = DPB_INIT_STD, .std = 0.5f}, 3),
                   DPB_OK);
  check_text(model, "affine 7 std 0.5, tanh, affine 5 std 0.5, tanh, affine 3 std 0.5");
  dpb_model_destroy(model);
  model = empty_model();
  assert_int_equal(
      dpb_add_multi_layer(model, NULL, 0, "relu", (dpb_init){.kind = DPB_INIT_HE}, 3),
      DPB_OK);
  check_text(model, "affine 3 he");
  dpb_model_destroy(model);
}

static void adds_what_the_extended_net_has(void **state) {
  (void)state;
  const dpb_multi_layer_config config = {.hidden = (const int[]){7, 5},
                                         .count = 2,
                                         .activation = "relu",
                                         .init = {.kind = DPB_INIT_HE},
                                         .classes = 3,
                                         .batch_norm = 1,
                                         .dropout_ratio = 0.2f};
  char text[200];
  dpb_model *model = list_model((dpb_hwc){1, 1, 4}, "flatten", 1);
  assert_int_equal(dpb_add_multi_layer_extend(model, &config), DPB_OK);
  assert_int_equal(dpb_model_text(model, text, sizeof text, NULL), DPB_OK);
  assert_string_equal(text, "flatten, affine 7 he, batchnorm, relu, dropout 0.2 book, "
                            "affine 5 he, batchnorm, relu, dropout 0.2 book, "
                            "affine 3 he");
  assert_int_equal(dpb_add_multi_layer_extend(model, NULL), DPB_ERR_ARG);
  assert_message("dpb_add_multi_layer_extend: config is NULL");
  assert_int_equal(dpb_model_build(model), DPB_ERR_ARG);
  dpb_model_destroy(model);
  assert_int_equal(dpb_add_multi_layer_extend(NULL, &config), DPB_ERR_ARG);
}

static void bad_multi_layers_fail_the_list(void **state) {
  (void)state;
  const int good[] = {7, 5}, bad[] = {7, -5};
  const struct {
    const int *hidden;
    int count;
    const char *activation;
    int classes;
    const char *message;
  } cases[] = {
      {good, 2, "softplus", 3, "activation is 'softplus', must be relu, sigmoid or tanh"},
      {good, 2, NULL, 3, "activation is 'NULL'"},
      {NULL, 2, "relu", 3, "count is 2, hidden is NULL"},
      {good, -1, "relu", 3, "count is -1"},
      {bad, 2, "relu", 3, "layer 3 affine: out is -5"},
      {good, 2, "relu", 0, "layer 5 affine: out is 0"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    dpb_model *model = empty_model();
    assert_int_equal(dpb_add_multi_layer(model, cases[i].hidden, cases[i].count,
                                         cases[i].activation, (dpb_init){0},
                                         cases[i].classes),
                     DPB_ERR_ARG);
    assert_message(cases[i].message);
    assert_int_equal(dpb_model_build(model), DPB_ERR_ARG);
    assert_message(cases[i].message);
    dpb_model_destroy(model);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(adds_networks_by_name),
      cmocka_unit_test(an_unknown_name_fails_the_list),
      cmocka_unit_test(adds_multi_layer),
      cmocka_unit_test(adds_what_the_extended_net_has),
      cmocka_unit_test(bad_multi_layers_fail_the_list),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
