/* SPDX-License-Identifier: MIT
 *
 * Dropout: both variants, and masks that depend on the sample alone.
 */
#include <stdio.h>

#include "layer_check.h"

static const dpb_hwc image = {5, 5, 20};

static void agrees_with_its_reference(void **state) {
  (void)state;
  check_layer("dropout 0.5", (dpb_hwc){1, 1, 50}, 3);
  check_layer("dropout 0.3 book", (dpb_hwc){3, 4, 2}, 3);
  check_layer("dropout 0", (dpb_hwc){1, 1, 5}, 3);
}

static void drops_about_ratio_and_scales_the_rest(void **state) {
  (void)state;
  for (int book = 0; book < 2; book++) {
    trial t = make_trial(book ? "dropout 0.2 book" : "dropout 0.2", image, 20);
    run_forward(&t);
    int dropped = 0;
    for (size_t i = 0; i < t.outputs; i++) {
      if (t.y[i] == 0.0f)
        dropped++;
      else
        assert_near(t.y[i], (double)t.x[i] * (book ? 1.0 : 1.25), 1e-6);
    }
    assert_true(dropped > 1850 && dropped < 2150); /* 2000 of 10000 +- 3.75 sigma */
    drop_trial(&t);
  }
}

/* Dropped is what is drawn below the ratio: a number that is the ratio is left. */
static void what_is_drawn_at_the_ratio_is_left(void **state) {
  (void)state;
  char text[64];
  trial probe = make_trial("dropout 0.5", image, 2);
  dpb_rng rng = probe.rng;
  dpb_rng_seek(&rng, (uint64_t)probe.pass.first * probe.layer.in_count);
  const float drawn = dpb_rng_uniform(&rng);
  snprintf(text, sizeof text, "dropout %.9g", (double)drawn);
  trial t = make_trial(text, image, 2);
  assert_true(t.layer.config.dropout.ratio == drawn);
  run_forward(&t);
  assert_true(t.y[0] != 0.0f);
  check_layer(text, image, 2);
  drop_trial(&probe);
  drop_trial(&t);
}

static void predicting_keeps_everything(void **state) {
  (void)state;
  for (int book = 0; book < 2; book++) {
    trial t = make_trial(book ? "dropout 0.2 book" : "dropout 0.2", image, 2);
    t.pass.train = 0;
    t.pass.cache = NULL;
    run_forward(&t);
    for (size_t i = 0; i < t.outputs; i++)
      assert_near(t.y[i], (double)t.x[i] * (book ? 0.8 : 1.0), 1e-6);
    drop_trial(&t);
  }
}

/* Samples 5 to 7 alone get the masks that they get among 3 to 12. */
static void masks_do_not_depend_on_the_cut(void **state) {
  (void)state;
  trial whole = make_trial("dropout 0.5", image, 10);
  run_forward(&whole);
  trial part = make_trial("dropout 0.5", image, 3);
  part.pass.first = 5;
  memcpy(part.x, whole.x + 2 * 500, 3 * 500 * sizeof(float));
  run_forward(&part);
  assert_memory_equal(part.y, whole.y + 2 * 500, 3 * 500 * sizeof(float));
  assert_int_equal(whole.rng.position, 0); /* the stream itself is not used up */
  /* and samples differ from each other */
  assert_true(memcmp(part.cache, part.cache + 500, 500) != 0);
  drop_trial(&whole);
  drop_trial(&part);
}

static void text_and_errors(void **state) {
  (void)state;
  const dpb_hwc in = {1, 1, 4};
  check_text("dropout 0.5", " 0.5");
  check_text("dropout 0.15 book", " 0.15 book");
  refuse_text("dropout 1", in, DPB_ERR_ARG, "ratio is 1, must be at least 0 and below 1");
  refuse_text("dropout -0.1", in, DPB_ERR_ARG,
              "ratio is -0.1, must be at least 0 and below 1");
  refuse_text("dropout half", in, DPB_ERR_SPEC,
              "dropout: ratio is 'half', must be a number");
  refuse_text("dropout 0.5 books", in, DPB_ERR_SPEC,
              "dropout: 'books' is not understood");
  const dpb__layer_ops *ops = dpb__layer_find("dropout", 7);
  assert_int_equal(ops->check(&(dpb__layer_config){.dropout = {.ratio = NAN}}),
                   DPB_ERR_ARG);
}

static void writes_no_dx_unless_asked(void **state) {
  (void)state;
  const dpb__layer layer = planned_layer("dropout 0.5", image, 0);
  layer.ops->backward(&layer, &(dpb__pass){.n = 2}); /* would crash */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_its_reference),
      cmocka_unit_test(drops_about_ratio_and_scales_the_rest),
      cmocka_unit_test(what_is_drawn_at_the_ratio_is_left),
      cmocka_unit_test(predicting_keeps_everything),
      cmocka_unit_test(masks_do_not_depend_on_the_cut),
      cmocka_unit_test(text_and_errors),
      cmocka_unit_test(writes_no_dx_unless_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
