/* SPDX-License-Identifier: MIT
 *
 * Initial weights: standard deviations, the numbers' distribution, text, bad configs.
 */
#include "layer_fixture.h"

#include "layer/init.h"

static void knows_the_standard_deviations(void **state) {
  (void)state;
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_STD, .std = 0.25f}, 100), 0.25,
              0);
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_XAVIER}, 100), 0.1, 1e-15);
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_HE}, 50), 0.2, 1e-15);
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_AUTO}, 100), 0.1, 1e-15);
}

static void draws_normal_numbers_of_that_size(void **state) {
  (void)state;
  enum { COUNT = 100000 };
  float *w = nan_floats(COUNT);
  dpb_rng rng = dpb_rng_seed(7);
  dpb__init_normal(&(dpb_init){.kind = DPB_INIT_HE}, 50, &rng, COUNT, w);
  double sum = 0, squares = 0, within = 0;
  for (int i = 0; i < COUNT; i++) {
    sum += (double)w[i];
    squares += (double)w[i] * (double)w[i];
    within += fabsf(w[i]) < 0.2f;
  }
  /* four standard errors each */
  assert_true(fabs(sum / COUNT) < 4 * 0.2 / sqrt(COUNT));
  assert_true(fabs(sqrt(squares / COUNT) - 0.2) < 4 * 0.2 / sqrt(2.0 * COUNT));
  assert_true(fabs(within / COUNT - 0.6827) < 4 * 0.466 / sqrt(COUNT));
  free(w);
}

static void is_the_generators_normal_times_std(void **state) {
  (void)state;
  float w[5];
  dpb_rng rng = dpb_rng_seed(9), same = dpb_rng_seed(9);
  dpb__init_normal(&(dpb_init){.kind = DPB_INIT_STD, .std = 0.5f}, 1, &rng, 5, w);
  for (int i = 0; i < 5; i++) assert_true(w[i] == 0.5f * dpb_rng_normal(&same));
}

static void refuses_bad_ones(void **state) {
  (void)state;
  const float bad[] = {0.0f, -0.5f, NAN, INFINITY};
  const char *const shown[] = {"std is 0,", "std is -0.5,", "std is nan,", "std is inf,"};
  for (int i = 0; i < 4; i++) {
    const dpb_init init = {.kind = DPB_INIT_STD, .std = bad[i]};
    assert_int_equal(dpb__init_check(&init), DPB_ERR_ARG);
    assert_message(shown[i]);
  }
  assert_int_equal(dpb__init_check(&(dpb_init){.kind = (dpb_init_kind)4}), DPB_ERR_ARG);
  assert_message("init kind is 4");
  assert_int_equal(dpb__init_check(&(dpb_init){.kind = (dpb_init_kind)-1}), DPB_ERR_ARG);
  /* std means nothing to the others */
  assert_int_equal(dpb__init_check(&(dpb_init){.kind = DPB_INIT_HE, .std = -1}), DPB_OK);
  assert_int_equal(dpb__init_check(&(dpb_init){0}), DPB_OK);
}

static void writes_its_words_behind_others(void **state) {
  (void)state;
  char text[32] = " 10";
  dpb__init_format(&(dpb_init){.kind = DPB_INIT_STD, .std = 0.01f}, text, sizeof text);
  assert_string_equal(text, " 10 std 0.01");
  strcpy(text, " 10");
  dpb__init_format(&(dpb_init){.kind = DPB_INIT_XAVIER}, text, sizeof text);
  assert_string_equal(text, " 10 xavier");
  strcpy(text, " 10");
  dpb__init_format(&(dpb_init){.kind = DPB_INIT_HE}, text, 5);
  assert_string_equal(text, " 10 ");
  strcpy(text, " 10");
  dpb__init_format(&(dpb_init){0}, text, sizeof text);
  assert_string_equal(text, " 10");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(knows_the_standard_deviations),
      cmocka_unit_test(draws_normal_numbers_of_that_size),
      cmocka_unit_test(is_the_generators_normal_times_std),
      cmocka_unit_test(refuses_bad_ones),
      cmocka_unit_test(writes_its_words_behind_others),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
