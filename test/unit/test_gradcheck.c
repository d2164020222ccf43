/* SPDX-License-Identifier: MIT
 *
 * The gradient check itself: what it reports, what it must not pass, what it leaves as it
 * was, and its errors. Every layer's own check is in test_gradcheck_layers.c.
 */
#include "gradcheck_fixture.h"

static const char *const net = "affine 7, relu, affine 3";

static void reports_a_row_per_tensor(void **state) {
  (void)state;
  dpb_model *model = noisy_model((dpb_hwc){2, 2, 3}, net);
  const verdict v = run_gradcheck(model, 0, 1);
  const char *const names[] = {"W1", "b1", "W2", "b2"};
  assert_int_equal(v.count, 4);
  for (int i = 0; i < 4; i++) {
    assert_string_equal(v.rows[i].name, names[i]);
    assert_true(isfinite(v.rows[i].largest));
  }
  assert_true(dpb_shape_equal(&v.rows[0].shape, &(dpb_shape){2, {12, 7}}));
  assert_true(dpb_shape_equal(&v.rows[3].shape, &(dpb_shape){1, {3}}));
  /* 64 of 84 coordinates, or all; and two directions */
  assert_int_equal(v.rows[0].checked + v.rows[0].skipped, 66);
  assert_int_equal(v.rows[1].checked + v.rows[1].skipped, 9);
  assert_int_equal(v.rows[3].checked, 5);
  dpb_model_destroy(model);
}

static void the_same_seed_says_the_same(void **state) {
  (void)state;
  dpb_model *model = noisy_model((dpb_hwc){1, 1, 9}, net);
  const verdict a = run_gradcheck(model, 4, 1), b = run_gradcheck(model, 4, 1);
  const verdict other = run_gradcheck(model, 4, 2);
  for (int i = 0; i < 4; i++) {
    assert_true(a.rows[i].error == b.rows[i].error);
    assert_true(a.rows[i].largest == b.rows[i].largest);
    assert_false(a.rows[i].largest == other.rows[i].largest);
  }
  dpb_model_destroy(model);
}

static void leaves_parameters_and_step_alone(void **state) {
  (void)state;
  dpb_model *model = noisy_model((dpb_hwc){1, 1, 9}, net);
  float *before = malloc(model->flat_count * sizeof *before);
  assert_non_null(before);
  memcpy(before, model->params, model->flat_count * sizeof *before);
  model->step = 17;
  run_gradcheck(model, 4, 1);
  assert_memory_equal(before, model->params, model->flat_count * sizeof *before);
  assert_int_equal(model->step, 17);
  free(before);
  dpb_model_destroy(model);
}

static void a_zero_gradient_does_not_pass(void **state) {
  (void)state;
  dpb_model *model = noisy_model((dpb_hwc){1, 1, 9}, net);
  const dpb__param *w2 = &model->layers[2].params[0];
  memset(model->params + w2->offset, 0, w2->count * sizeof(float));
  verdict v = run_gradcheck(model, 4, 1);
  assert_int_equal(v.passed, 0);
  assert_int_equal(v.rows[0].passed, 0); /* nothing comes back through W2 */
  assert_true(v.rows[0].largest == 0);
  assert_int_equal(v.rows[3].passed, 1);
  dpb_model_destroy(model);
  /* one class: softmax is always 1, and the loss 0 */
  model = noisy_model((dpb_hwc){1, 1, 9}, "affine 1");
  v = run_gradcheck(model, 4, 1);
  assert_int_equal(v.passed, 0);
  assert_int_equal(v.rows[0].passed, 0);
  dpb_model_destroy(model);
}

static void a_pass_that_diverges_does_not_pass(void **state) {
  (void)state;
  dpb_model *model = noisy_model((dpb_hwc){1, 1, 9}, net);
  for (size_t i = 0; i < model->layers[0].params[0].count; i++)
    model->params[model->layers[0].params[0].offset + i] = 3e38f;
  const verdict v = run_gradcheck(model, 4, 1);
  assert_int_equal(v.passed, 0);
  for (int i = 0; i < 4; i++) {
    assert_int_equal(v.rows[i].passed, 0);
    assert_false(v.rows[i].error <= 1e-4);
  }
  dpb_model_destroy(model);
}

static void vanishing_gradients_are_measured_with_a_larger_h(void **state) {
  (void)state;
  /* seven sigmoids: the first weights' gradient is about 1e-6 */
  check_passes((dpb_hwc){1, 1, 20},
               "affine 20, sigmoid, affine 20, sigmoid, affine 20, sigmoid, affine 20, "
               "sigmoid, affine 20, sigmoid, affine 20, sigmoid, affine 20, sigmoid, "
               "affine 10",
               4);
}

static void many_kinks_are_kept_away_from(void **state) {
  (void)state;
  dpb_model *model = noisy_model((dpb_hwc){1, 1, 30},
                                 "affine 300 he, relu, affine 300 he, relu, affine 10");
  for (uint64_t seed = 1; seed <= 5; seed++) {
    const verdict v = run_gradcheck(model, 8, seed);
    if (!v.passed) print_rows(&v);
    assert_int_equal(v.passed, 1);
  }
  dpb_model_destroy(model);
}

static void the_limit_is_the_callers(void **state) {
  (void)state;
  dpb_model *model = noisy_model((dpb_hwc){1, 1, 9}, net);
  verdict v;
  const dpb_gradcheck_config strict = {.limit = 1e-13, .seed = 1};
  assert_int_equal(dpb_gradcheck(model, &strict, v.rows, 4, &v.count, &v.passed), DPB_OK);
  assert_int_equal(v.passed, 0);
  const dpb_gradcheck_config wide = {.h = 1e-4, .coordinates = 3, .directions = 1};
  assert_int_equal(dpb_gradcheck(model, &wide, v.rows, 4, &v.count, &v.passed), DPB_OK);
  assert_int_equal(v.passed, 1);
  assert_int_equal(v.rows[0].checked + v.rows[0].skipped, 4);
  dpb_model_destroy(model);
}

static void check_refused(dpb_model *model, dpb_gradcheck_config config, int capacity,
                          dpb_status expected, const char *message) {
  verdict v = {.count = 9, .passed = 9};
  assert_int_equal(dpb_gradcheck(model, &config, v.rows, capacity, &v.count, &v.passed),
                   expected);
  assert_message(message);
  assert_int_equal(v.count, 0);
  assert_int_equal(v.passed, 0);
}

/* The penalty's gradient is the larger part here: neither side could leave it out. */
static void weight_decay_is_checked_too(void **state) {
  (void)state;
  dpb_model *model = noisy_model((dpb_hwc){2, 2, 3}, net);
  assert_int_equal(dpb_model_set_weight_decay(model, 2.0f), DPB_OK);
  const verdict with = run_gradcheck(model, 4, 1);
  assert_int_equal(with.passed, 1);
  assert_int_equal(dpb_model_set_weight_decay(model, 0.0f), DPB_OK);
  const verdict without = run_gradcheck(model, 4, 1);
  assert_int_equal(without.passed, 1);
  assert_true(with.rows[0].largest > 2 * without.rows[0].largest); /* W1 */
  assert_true(fabs(with.rows[3].largest - without.rows[3].largest) <
              1e-6 * without.rows[3].largest); /* b2 */
  dpb_model_destroy(model);
}

static void bad_arguments_are_named(void **state) {
  (void)state;
  dpb_model *model = noisy_model((dpb_hwc){1, 1, 9}, net);
  check_refused(model, (dpb_gradcheck_config){.batch = 3}, 4, DPB_ERR_SHAPE,
                "batch of 3, must be 4 to max_batch 60");
  check_refused(model, (dpb_gradcheck_config){.batch = 61}, 4, DPB_ERR_SHAPE, "61");
  check_refused(model, (dpb_gradcheck_config){.batch = -1}, 4, DPB_ERR_SHAPE, "-1");
  check_refused(model, (dpb_gradcheck_config){0}, 3, DPB_ERR_SHAPE,
                "room for 3 rows, the model has 4");
  check_refused(model, (dpb_gradcheck_config){.h = -1}, 4, DPB_ERR_ARG, "h is -1");
  check_refused(model, (dpb_gradcheck_config){.h = (double)NAN}, 4, DPB_ERR_ARG,
                "h is nan");
  check_refused(model, (dpb_gradcheck_config){.limit = (double)INFINITY}, 4, DPB_ERR_ARG,
                "limit is inf");
  check_refused(model, (dpb_gradcheck_config){.coordinates = -2}, 4, DPB_ERR_ARG, "-2");
  check_refused(NULL, (dpb_gradcheck_config){0}, 4, DPB_ERR_ARG, "NULL");
  verdict v;
  const dpb_gradcheck_config config = {0};
  assert_int_equal(dpb_gradcheck(model, NULL, v.rows, 4, &v.count, &v.passed),
                   DPB_ERR_ARG);
  assert_int_equal(dpb_gradcheck(model, &config, NULL, 4, &v.count, &v.passed),
                   DPB_ERR_ARG);
  assert_int_equal(dpb_gradcheck(model, &config, v.rows, 4, NULL, &v.passed),
                   DPB_ERR_ARG);
  assert_int_equal(dpb_gradcheck(model, &config, v.rows, 4, &v.count, NULL), DPB_ERR_ARG);
  dpb_model_destroy(model);
}

static void needs_a_model_that_trains(void **state) {
  (void)state;
  dpb_model *model = NULL;
  const dpb_model_config config = {.input = {1, 1, 9}, .threads = 1, .inference = 1};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  check_refused(model, (dpb_gradcheck_config){0}, 4, DPB_ERR_STATE, "");
  dpb_add_text(model, net);
  assert_int_equal(dpb_model_build(model), DPB_OK);
  check_refused(model, (dpb_gradcheck_config){0}, 4, DPB_ERR_STATE, "inference");
  dpb_model_destroy(model);
}

static void needs_a_reference_of_every_layer(void **state) {
  (void)state;
  dpb_model *model = noisy_model((dpb_hwc){1, 1, 9}, net);
  dpb__layer_ops stranger = *model->layers[1].ops;
  stranger.name = "stranger";
  model->layers[1].ops = &stranger;
  check_refused(model, (dpb_gradcheck_config){0}, 4, DPB_ERR_UNSUPPORTED,
                "layer 2 stranger");
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reports_a_row_per_tensor),
      cmocka_unit_test(the_same_seed_says_the_same),
      cmocka_unit_test(leaves_parameters_and_step_alone),
      cmocka_unit_test(a_zero_gradient_does_not_pass),
      cmocka_unit_test(a_pass_that_diverges_does_not_pass),
      cmocka_unit_test(vanishing_gradients_are_measured_with_a_larger_h),
      cmocka_unit_test(many_kinks_are_kept_away_from),
      cmocka_unit_test(the_limit_is_the_callers),
      cmocka_unit_test(weight_decay_is_checked_too),
      cmocka_unit_test(bad_arguments_are_named),
      cmocka_unit_test(needs_a_model_that_trains),
      cmocka_unit_test(needs_a_reference_of_every_layer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
