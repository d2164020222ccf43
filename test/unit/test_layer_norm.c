/* SPDX-License-Identifier: MIT
 *
 * Layer normalisation: against its reference, and what it is for.
 */
#include "layer_check.h"

static void agrees_with_its_reference(void **state) {
  (void)state;
  check_layer("layernorm", (dpb_hwc){1, 1, 50}, 3);
  check_layer("layernorm", (dpb_hwc){1, 1, 130}, 2);
  check_layer("layernorm eps 0.1", (dpb_hwc){3, 4, 2}, 4);
}

static void every_sample_has_mean_0_and_deviation_1(void **state) {
  (void)state;
  const size_t count = 200;
  trial t = make_trial("layernorm", (dpb_hwc){10, 10, 2}, 3);
  t.layer.ops->init(&t.layer, t.params, &t.rng);
  for (size_t i = 0; i < t.inputs; i++) t.x[i] = 100.0f + 7.0f * t.x[i];
  run_forward(&t);
  for (size_t i = 0; i < 3; i++) {
    double mean = 0, squares = 0;
    for (size_t j = 0; j < count; j++) mean += (double)t.y[i * count + j] / 200;
    for (size_t j = 0; j < count; j++) squares += pow((double)t.y[i * count + j], 2);
    assert_near(mean, 0, 1e-5);
    assert_near(squares / 200, 1, 1e-5);
  }
  drop_trial(&t);
}

/* Predicting has no cache, and gives the same. */
static void training_and_predicting_agree(void **state) {
  (void)state;
  trial t = make_trial("layernorm", (dpb_hwc){1, 1, 40}, 3);
  run_forward(&t);
  float *trained = t.y;
  t.pass.y = nan_floats(t.outputs);
  t.pass.train = 0;
  t.pass.cache = NULL;
  run_forward(&t);
  assert_memory_equal(trained, t.pass.y, t.outputs * sizeof *trained);
  free(t.pass.y);
  drop_trial(&t);
}

static void a_relu_behind_rides_along(void **state) {
  (void)state;
  trial t = make_trial("layernorm", (dpb_hwc){1, 1, 40}, 3);
  run_forward(&t);
  float *plain = random_floats(t.outputs, 1);
  memcpy(plain, t.y, t.outputs * sizeof *plain);
  t.pass.epilogue.relu = true;
  run_forward(&t);
  int cut = 0;
  for (size_t i = 0; i < t.outputs; i++) {
    assert_true(t.y[i] == (plain[i] > 0.0f ? plain[i] : 0.0f));
    cut += plain[i] < 0.0f;
  }
  assert_true(cut > 10);
  free(plain);
  drop_trial(&t);
}

static void no_dx_unless_asked(void **state) {
  (void)state;
  trial t = make_trial("layernorm", (dpb_hwc){1, 1, 40}, 3);
  run_forward(&t);
  run_backward(&t);
  float *with = random_floats(t.flat, 1);
  memcpy(with, t.grads, t.flat * sizeof *with);
  t.pass.dx = NULL;
  run_backward(&t);
  for (int i = 0; i < 2; i++)
    assert_memory_equal(with + t.layer.params[i].offset,
                        t.grads + t.layer.params[i].offset, 40 * sizeof *with);
  free(with);
  drop_trial(&t);
}

static void text_and_errors(void **state) {
  (void)state;
  const dpb_hwc in = {1, 1, 4};
  check_text("layernorm", "");
  check_text("layernorm eps 1e-6", " eps 1e-06");
  refuse_text("layernorm eps -1", in, DPB_ERR_ARG,
              "eps is -1, must be above 0 and finite");
  refuse_text("layernorm eps", in, DPB_ERR_SPEC,
              "layernorm: eps is missing, must be a number");
  refuse_text("layernorm feature", in, DPB_ERR_SPEC,
              "layernorm: 'feature' is not understood");
  const dpb__layer layer = planned_layer("layernorm", (dpb_hwc){2, 3, 4}, 0);
  const dpb__param *gamma = &layer.params[0];
  assert_int_equal(gamma->count, 24);
  assert_int_equal(gamma->weight, 0);
  assert_int_equal(gamma->book_shape.rank, 3);
  assert_int_equal(gamma->book_shape.dim[0], 4); /* c, h, w outside */
  assert_int_equal(gamma->book_shape.dim[1], 2);
  assert_int_equal(layer.state_count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_its_reference),
      cmocka_unit_test(every_sample_has_mean_0_and_deviation_1),
      cmocka_unit_test(training_and_predicting_agree),
      cmocka_unit_test(a_relu_behind_rides_along),
      cmocka_unit_test(no_dx_unless_asked),
      cmocka_unit_test(text_and_errors),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
