/* SPDX-License-Identifier: MIT
 *
 * Every layer has a reference, and each agrees with the fast layer on the same numbers.
 */
#include "blas/blas_enter.h"
#include "layer_fixture.h"

#include "reference/reference.h"

static void every_layer_has_one(void **state) {
  (void)state;
  for (int i = 0; dpb__layer_at(i); i++)
    if (!dpb__reference_find(dpb__layer_at(i)->name))
      fail_msg("layer '%s' has no reference", dpb__layer_at(i)->name);
  assert_null(dpb__reference_find("nonsense"));
  assert_null(dpb__reference_find(""));
}

/* count doubles with the values of floats; free() them. */
static double *doubled(const float *values, size_t count) {
  double *copy = malloc(count * sizeof *copy);
  assert_non_null(copy);
  for (size_t i = 0; i < count; i++) copy[i] = (double)values[i];
  return copy;
}

static void compare(const char *text, dpb_hwc in, int n) {
  const dpb__layer layer = planned_layer(text, in, 0);
  const size_t inputs = (size_t)n * layer.in_count, outputs = (size_t)n * layer.out_count;
  float *params = random_floats(flat_count(&layer), 1);
  float *x = random_floats(inputs, 2);
  float *y = nan_floats(outputs);
  double *double_params = doubled(params, flat_count(&layer));
  double *double_x = doubled(x, inputs);
  double *double_y = doubled(y, outputs);
  dpb__blas_enter();
  layer.ops->forward(&layer, &(dpb__pass){.n = n, .params = params, .x = x, .y = y});
  dpb__blas_leave();
  dpb__reference_find(layer.ops->name)(
      &layer, &(dpb__reference_pass){
                  .n = n, .params = double_params, .x = double_x, .y = double_y});
  for (size_t i = 0; i < outputs; i++) assert_near(y[i], double_y[i], 2e-5);
  free(params);
  free(x);
  free(y);
  free(double_params);
  free(double_x);
  free(double_y);
}

static void each_agrees_with_its_layer(void **state) {
  (void)state;
  compare("affine 7", (dpb_hwc){3, 4, 5}, 6);
  compare("affine 1 nobias", (dpb_hwc){1, 1, 9}, 1);
  for (int i = 0; dpb__layer_at(i); i++)
    if (!dpb__layer_at(i)->parse) compare(dpb__layer_at(i)->name, (dpb_hwc){3, 4, 5}, 6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_layer_has_one),
      cmocka_unit_test(each_agrees_with_its_layer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
