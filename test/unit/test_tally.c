/* SPDX-License-Identifier: MIT
 *
 * Statistics of small arrays that can be worked out by hand.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/tally.h"

static const float free_ends[2] = {0, 0};

static void counts_and_spread(void **state) {
  (void)state;
  /* three samples of four outputs; output 1 is dead */
  const float y[] = {1, 0, 3, 0, 5, -0.0f, 0, 2, 4, 0, 6, -3};
  dpb_layer_statistics s;
  dpb__tally(3, 4, y, free_ends, &s);
  assert_int_equal(s.count, 12);
  assert_int_equal(s.not_finite, 0);
  assert_true(s.mean == 1.5);
  assert_true(fabs(s.std - sqrt(100.0 / 12 - 2.25)) <= 1e-14);
  assert_true(s.min == -3 && s.max == 6);
  assert_true(s.zeros == 5.0 / 12);
  assert_true(s.dead == 0.25);
  assert_true(s.saturated == 0 && s.bounded == 0);
  assert_null(s.histogram);
}

static void is_exact_far_from_zero(void **state) {
  (void)state;
  float y[1000];
  for (int i = 0; i < 1000; i++) y[i] = i % 2 ? 100001.0f : 100000.0f;
  dpb_layer_statistics s;
  dpb__tally(10, 100, y, free_ends, &s);
  assert_true(s.mean == 100000.5 && s.std == 0.5);
}

static void knows_the_ends(void **state) {
  (void)state;
  const float sigmoid[2] = {0, 1}, tanh_ends[2] = {-1, 1};
  const float y[] = {0.0f, 0.0099f, 0.0101f, 0.5f, 0.9899f, 0.9901f, 1.0f, 0.25f};
  dpb_layer_statistics s;
  dpb__tally(2, 4, y, sigmoid, &s);
  assert_true(s.saturated == 0.5 && s.bounded == 1);
  const float t[] = {-1.0f, -0.981f, -0.979f, 0.0f, 0.979f, 0.981f, 0.5f, -0.5f};
  dpb__tally(2, 4, t, tanh_ends, &s);
  assert_true(s.saturated == 3.0 / 8 && s.bounded == 1);
  const float wide[2] = {0, 100}, at_margin[] = {1.0f, 99.0f, 0.5f, 99.5f};
  dpb__tally(2, 2, at_margin, wide, &s);
  assert_true(s.saturated == 0.5);
}

static void leaves_out_what_is_not_finite(void **state) {
  (void)state;
  const float y[] = {1, NAN, INFINITY, 3, -INFINITY, 2};
  const float ends[2] = {0, 1};
  dpb_layer_statistics s;
  dpb__tally(2, 3, y, ends, &s);
  assert_int_equal(s.count, 6);
  assert_int_equal(s.not_finite, 3);
  assert_true(s.mean == 2 && s.min == 1 && s.max == 3 && s.saturated == 1);
  assert_true(fabs(s.std - sqrt(2.0 / 3)) <= 1e-15);
  size_t counts[2] = {0};
  dpb__tally_histogram(y, 0, 0, 2, counts, &s);
  assert_true(counts[0] == 1 && counts[1] == 2 && s.outside == 0);
  const float none[] = {NAN, NAN};
  dpb__tally(1, 2, none, ends, &s);
  assert_int_equal(s.not_finite, 2);
  assert_true(s.mean == 0 && s.std == 0 && s.min == 0 && s.max == 0 && s.dead == 0);
  dpb__tally_histogram(none, 0, 0, 2, counts, &s);
  assert_true(counts[0] == 1 && counts[1] == 2);
}

static void bins_as_numpy_does(void **state) {
  (void)state;
  const float y[] = {0, 0.25f, 0.5f, 0.75f, 1, 1, -0.1f, 1.1f};
  dpb_layer_statistics s;
  dpb__tally(2, 4, y, free_ends, &s);
  size_t given[4] = {0}, found[3] = {0}, same[2] = {0};
  dpb__tally_histogram(y, 0, 1, 4, given, &s);
  assert_true(given[0] == 1 && given[1] == 1 && given[2] == 1 && given[3] == 3);
  assert_int_equal(s.outside, 2);
  assert_true(s.low == 0 && s.high == 1 && s.bins == 4 && s.histogram == given);
  dpb__tally(2, 4, y, free_ends, &s);
  dpb__tally_histogram(y, 0, 0, 3, found, &s); /* -0.1, 0.3, 0.7, 1.1 */
  assert_true(found[0] == 3 && found[1] == 1 && found[2] == 4);
  assert_true(s.low == -0.1f && s.high == 1.1f && s.outside == 0);
  const float constant[] = {2, 2, 2};
  dpb__tally(1, 3, constant, free_ends, &s);
  dpb__tally_histogram(constant, 0, 0, 2, same, &s);
  assert_true(same[0] == 0 && same[1] == 3 && s.low == 1.5f && s.high == 2.5f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_and_spread),
      cmocka_unit_test(is_exact_far_from_zero),
      cmocka_unit_test(knows_the_ends),
      cmocka_unit_test(leaves_out_what_is_not_finite),
      cmocka_unit_test(bins_as_numpy_does),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
