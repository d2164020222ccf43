/* SPDX-License-Identifier: MIT
 *
 * The settings of augmentation as text.
 */
#include "train_fixture.h"

#include <deepblas/augment.h>

static void test_everything(void **state) {
  (void)state;
  dpb_augment_config config;
  must(dpb_augment_parse("shift 2, rotate 10.5,scale 0.1 , noise 5e-2, flip,crop 4, "
                         "erase 8",
                         &config));
  assert_int_equal(config.shift, 2);
  assert_true(config.rotate == 10.5f);
  assert_true(config.scale == 0.1f);
  assert_true(config.noise == 0.05f);
  assert_int_equal(config.flip, 1);
  assert_int_equal(config.crop, 4);
  assert_int_equal(config.erase, 8);
  must(dpb_augment_parse("rotate 180", &config));
  assert_true(config.rotate == 180.0f);
  assert_int_equal(config.shift, 0);
  assert_int_equal(config.flip, 0);
}

static void test_refusals(void **state) {
  (void)state;
  static const struct {
    const char *text;
    dpb_status status;
    const char *words;
  } cases[] = {
      {"rotate 400", DPB_ERR_ARG, "rotate is 400, must be 0 to 180 degrees"},
      {"rotate -1", DPB_ERR_ARG, "rotate is -1"},
      {"scale 1", DPB_ERR_ARG, "scale is 1, must be 0 or above, and below 1"},
      {"noise -0.1", DPB_ERR_ARG, "noise is -0.1, must be 0 or above"},
      {"noise inf", DPB_ERR_ARG, "noise is inf"},
      {"noise 1e300", DPB_ERR_ARG, "noise is 1e+300"},
      {"noise nan", DPB_ERR_SPEC, "noise is 'nan'"},
      {"shift 2.5", DPB_ERR_SPEC, "shift is '2.5', must be a whole number"},
      {"shift -2", DPB_ERR_ARG, "shift is -2, must be 0 to 65536 pixels"},
      {"shift 99999", DPB_ERR_ARG, "shift is 99999"},
      {"shift two", DPB_ERR_SPEC, "shift is 'two'"},
      {"shift", DPB_ERR_SPEC, "shift stands without its number"},
      {"flip 1", DPB_ERR_SPEC, "'1' behind flip"},
      {"crop 4 4", DPB_ERR_SPEC, "'4' behind crop"},
      {"flip, flip", DPB_ERR_SPEC, "flip is there twice"},
      {"turn 3", DPB_ERR_SPEC, "there is no 'turn'; there are shift, rotate"},
      {"flip,", DPB_ERR_SPEC, "an item is empty"},
      {"", DPB_ERR_SPEC, "an item is empty"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    dpb_augment_config config = {.shift = 3};
    must_fail(dpb_augment_parse(cases[i].text, &config), cases[i].status, cases[i].words);
    assert_int_equal(config.shift, 0);
  }
  dpb_augment_config config;
  must_fail(dpb_augment_parse(NULL, &config), DPB_ERR_ARG, "text is NULL");
  must_fail(dpb_augment_parse("flip", NULL), DPB_ERR_ARG, "config is NULL");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_everything),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
