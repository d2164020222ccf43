/* SPDX-License-Identifier: MIT
 *
 * Initial weights: standard deviations, the numbers' distribution, text, bad configs.
 */
#include "layer_fixture.h"

#include "layer/init.h"

static void knows_the_standard_deviations(void **state) {
  (void)state;
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_STD, .std = 0.25f}, 100, 7),
              0.25, 0);
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_XAVIER}, 100, 7), 0.1, 1e-15);
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_HE}, 50, 7), 0.2, 1e-15);
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_GLOROT}, 30, 20), 0.2, 1e-15);
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_XAVIER_UNIFORM}, 100, 7), 0.1,
              1e-15);
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_HE_UNIFORM}, 50, 7), 0.2, 1e-15);
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_GLOROT_UNIFORM}, 30, 20), 0.2,
              1e-15);
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_UNIFORM, .range = 3}, 30, 20),
              sqrt(3.0), 1e-15);
  assert_near(dpb__init_std(&(dpb_init){.kind = DPB_INIT_AUTO}, 100, 7), 0.1, 1e-15);
}

static void draws_normal_numbers_of_that_size(void **state) {
  (void)state;
  enum { COUNT = 100000 };
  float *w = nan_floats(COUNT);
  dpb_rng rng = dpb_rng_seed(7);
  dpb__init_fill(&(dpb_init){.kind = DPB_INIT_HE}, 50, 7, &rng, COUNT, w);
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

/* Flat from one end to the other: ends, mean, deviation, and tenths of it. */
static void check_uniform(dpb_init init, size_t fan_in, size_t fan_out, double range) {
  enum { COUNT = 100000 };
  float *w = nan_floats(COUNT);
  dpb_rng rng = dpb_rng_seed(8);
  dpb__init_fill(&init, fan_in, fan_out, &rng, COUNT, w);
  double sum = 0, squares = 0, least = 0, most = 0;
  int tenths[10] = {0};
  for (int i = 0; i < COUNT; i++) {
    const double x = (double)w[i];
    assert_true(x >= -range * 1.000001 && x <= range * 1.000001);
    sum += x;
    squares += x * x;
    least = fmin(least, x);
    most = fmax(most, x);
    const int tenth = (int)((x + range) / (2 * range) * 10);
    tenths[tenth < 10 ? tenth : 9]++;
  }
  const double std = range / sqrt(3.0);
  assert_true(least < -0.999 * range && most > 0.999 * range);
  assert_true(fabs(sum / COUNT) < 4 * std / sqrt(COUNT));
  /* the squares of a uniform number deviate by range^2 * sqrt(4 / 45) */
  assert_true(fabs(squares / COUNT - std * std) <
              4 * range * range * sqrt(4.0 / 45) / sqrt(COUNT));
  for (int i = 0; i < 10; i++) assert_true(abs(tenths[i] - COUNT / 10) < 4 * 95);
  free(w);
}

static void draws_uniform_numbers_of_that_range(void **state) {
  (void)state;
  check_uniform((dpb_init){.kind = DPB_INIT_UNIFORM, .range = 0.3f}, 5, 6, 0.3);
  check_uniform((dpb_init){.kind = DPB_INIT_XAVIER_UNIFORM}, 48, 7, 0.25);
  check_uniform((dpb_init){.kind = DPB_INIT_HE_UNIFORM}, 24, 7, 0.5);
  check_uniform((dpb_init){.kind = DPB_INIT_GLOROT_UNIFORM}, 16, 8, 0.5);
}

/* Normal Glorot, over the whole net and through the layers' own counts. */
static double spread_of(const char *text, dpb_hwc in, dpb_init init) {
  dpb_model *model = NULL;
  const dpb_model_config config = {.input = in, .threads = 1, .seed = 5, .init = init};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  dpb_add_text(model, text);
  if (dpb_model_build(model) != DPB_OK) fail_msg("%s", dpb_error_message());
  dpb_parameter_info info;
  assert_int_equal(dpb_model_parameter(model, 0, &info), DPB_OK);
  float *w = nan_floats(info.count);
  assert_int_equal(dpb_model_get_parameter(model, "W1", w, info.count), DPB_OK);
  double squares = 0;
  for (size_t i = 0; i < info.count; i++) squares += (double)w[i] * (double)w[i];
  squares /= (double)info.count;
  free(w);
  dpb_model_destroy(model);
  return squares;
}

static void layers_know_their_fans(void **state) {
  (void)state;
  const dpb_init none = {0}, net = {.kind = DPB_INIT_GLOROT_UNIFORM};
  const dpb_hwc vector = {1, 1, 300}, image = {9, 9, 8};
  assert_near(spread_of("affine 100 glorot", vector, none) * 200, 1, 0.03);
  assert_near(spread_of("affine 100", vector, net) * 200, 1, 0.03);
  assert_near(spread_of("affine 100 he uniform", vector, net) * 150, 1, 0.03);
  /* fan_in 5*5*8, fan_out 5*5*40; in two groups 5*5*4 and 5*5*20 */
  assert_near(spread_of("conv 40 k5 glorot", image, none) * 600, 1, 0.06);
  assert_near(spread_of("conv 40 k5 g2 glorot uniform", image, none) * 300, 1, 0.06);
  /* of its own accord He, in front of whatever lets half of it through */
  const char *const kin[] = {"relu", "leakyrelu", "elu", "gelu", "softplus"};
  for (int i = 0; i < 5; i++) {
    char text[64] = "affine 100, ";
    strcat(text, kin[i]);
    assert_near(spread_of(text, vector, none) * 150, 1, 0.03);
  }
  assert_near(spread_of("affine 100, tanh", vector, none) * 300, 1, 0.03);
}

static void reads_texts_of_its_own(void **state) {
  (void)state;
  const char *const texts[] = {"std 0.25",   "xavier",        "he",
                               "glorot",     "uniform 0.5",   "xavier uniform",
                               "he uniform", "glorot uniform"};
  const dpb_init_kind kinds[] = {DPB_INIT_STD,        DPB_INIT_XAVIER,
                                 DPB_INIT_HE,         DPB_INIT_GLOROT,
                                 DPB_INIT_UNIFORM,    DPB_INIT_XAVIER_UNIFORM,
                                 DPB_INIT_HE_UNIFORM, DPB_INIT_GLOROT_UNIFORM};
  for (int i = 0; i < 8; i++) {
    dpb_init init;
    char written[40] = "";
    assert_int_equal(dpb_init_from_text(texts[i], &init), DPB_OK);
    assert_int_equal(init.kind, kinds[i]);
    dpb__init_format(&init, written, sizeof written);
    assert_string_equal(written + 1, texts[i]);
  }
  const char *const bad[] = {"",    "uniform he",     "he normal",
                             "std", "std x",          "uniform",
                             "hi",  "he uniform 0.5", "xavier glorot"};
  for (int i = 0; i < 9; i++) {
    dpb_init init = {.kind = DPB_INIT_HE};
    assert_int_equal(dpb_init_from_text(bad[i], &init), DPB_ERR_SPEC);
    assert_int_equal(init.kind, DPB_INIT_AUTO);
  }
  dpb_init init;
  assert_int_equal(dpb_init_from_text("std -1", &init), DPB_ERR_ARG);
  assert_message("std is -1");
  assert_int_equal(dpb_init_from_text("uniform 0", &init), DPB_ERR_ARG);
  assert_int_equal(dpb_init_from_text(NULL, &init), DPB_ERR_ARG);
  assert_int_equal(dpb_init_from_text("he", NULL), DPB_ERR_ARG);
}

static void is_the_generators_normal_times_std(void **state) {
  (void)state;
  float w[5];
  dpb_rng rng = dpb_rng_seed(9), same = dpb_rng_seed(9);
  dpb__init_fill(&(dpb_init){.kind = DPB_INIT_STD, .std = 0.5f}, 1, 1, &rng, 5, w);
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
  assert_int_equal(dpb__init_check(&(dpb_init){.kind = (dpb_init_kind)9}), DPB_ERR_ARG);
  assert_message("init kind is 9, must be 0 to 8");
  assert_int_equal(dpb__init_check(&(dpb_init){.kind = (dpb_init_kind)-1}), DPB_ERR_ARG);
  const dpb_init narrow = {.kind = DPB_INIT_UNIFORM, .std = 1, .range = -0.25f};
  assert_int_equal(dpb__init_check(&narrow), DPB_ERR_ARG);
  assert_message("uniform range is -0.25, must be above 0");
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
      cmocka_unit_test(draws_uniform_numbers_of_that_range),
      cmocka_unit_test(layers_know_their_fans),
      cmocka_unit_test(reads_texts_of_its_own),
      cmocka_unit_test(is_the_generators_normal_times_std),
      cmocka_unit_test(refuses_bad_ones),
      cmocka_unit_test(writes_its_words_behind_others),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
