/* SPDX-License-Identifier: MIT
 *
 * Which way of a convolution is kept, by a clock of the test's own: this program's
 * clock_gettime stands in front of the system's.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <deepblas/deepblas.h>

#include "blas_fixture.h"

#include "math/conv.h"
#include "math/gemm.h"

enum { ROUNDS = 3, READINGS = 2 * ROUNDS /* of the clock, for one way */, IMAGES = 8 };

/* The clock: every round takes 1000 ms, but for those of one way. */
static int readings;
static int special;
static int special_ms[ROUNDS];
static int64_t clock_ms;

int clock_gettime(clockid_t id, struct timespec *time);
int clock_gettime(clockid_t id, struct timespec *time) {
  (void)id;
  const int way = readings / READINGS, round = readings % READINGS / 2;
  if (readings++ % 2 == 1) clock_ms += way == special ? special_ms[round] : 1000;
  *time =
      (struct timespec){.tv_sec = clock_ms / 1000, .tv_nsec = clock_ms % 1000 * 1000000};
  return 0;
}

static dpb__conv estimated(void) {
  const dpb_window window = {3, 3, 1, 1, 1, 1, 1, 1};
  dpb__conv conv;
  if (dpb__conv_plan(&window, &(dpb_hwc){14, 14, 16}, 16, 1, 0, &conv) != DPB_OK)
    fail_msg("%s", dpb_error_message());
  return conv;
}

/* The forward product's plan when the rounds of one way take so many milliseconds. */
static dpb__product plan_of(int way, int first, int second, int third) {
  dpb__conv conv = estimated();
  readings = 0;
  clock_ms = 1500;
  special = way;
  special_ms[0] = first;
  special_ms[1] = second;
  special_ms[2] = third;
  assert_int_equal(dpb__conv_measure(&conv, IMAGES, false, false, 0), DPB_OK);
  return conv.forward;
}

static int count_ways(void) {
  plan_of(0, 1, 1, 1);
  assert_int_equal(readings % READINGS, 0);
  return readings / READINGS;
}

static void nothing_faster_keeps_the_estimate(void **state) {
  (void)state;
  const dpb__product estimate = estimated().forward, kept = plan_of(0, 1, 1, 1);
  assert_memory_equal(&kept, &estimate, sizeof kept);
}

/* Each lowering that fits this convolution is tried, in the planner's calls and in calls
 * of half the size, which are the two ways that follow each other. */
static void the_fastest_way_is_kept(void **state) {
  (void)state;
  const int ways = count_ways();
  bool seen[DPB__LOWER_DEPTHWISE + 1] = {false};
  assert_int_equal(ways % 2, 1);
  for (int way = 1; way < ways; way += 2) {
    const dpb__product whole = plan_of(way, 500, 500, 500);
    const dpb__product half = plan_of(way + 1, 500, 500, 500);
    dpb__product planned = estimated().forward;
    assert_false(seen[whole.how]);
    seen[whole.how] = true;
    assert_true(dpb__conv_lower(&planned, whole.how, 0));
    assert_memory_equal(&whole, &planned, sizeof whole);
    assert_int_equal(half.how, whole.how);
    if (whole.images > 1) {
      assert_int_equal(half.images, (whole.images + 1) / 2);
      assert_int_equal(half.rows, whole.rows);
    } else {
      assert_int_equal(half.images, 1);
      assert_int_equal(half.rows, (whole.rows + 1) / 2);
    }
  }
  for (int how = 0; how <= DPB__LOWER_DEPTHWISE; how++) {
    dpb__product planned = estimated().forward;
    assert_int_equal(seen[how], dpb__conv_lower(&planned, (dpb__lowering)how, 0));
  }
}

/* Whether a way that takes so long is worth leaving the estimate for. */
static bool is_worth(int first, int second, int third) {
  const dpb__product estimate = estimated().forward;
  for (int way = count_ways() - 1; way > 0; way--) {
    const dpb__product kept = plan_of(way, first, second, third);
    if (memcmp(&kept, &estimate, sizeof kept) != 0) return true;
  }
  return false;
}

static void small_differences_are_noise(void **state) {
  (void)state;
  assert_false(is_worth(975, 975, 975));
  assert_true(is_worth(965, 965, 965));
}

static void the_least_of_three_rounds_counts(void **state) {
  (void)state;
  assert_true(is_worth(900, 2000, 2000));
  assert_true(is_worth(2000, 900, 2000));
  assert_true(is_worth(2000, 2000, 900));
}

/* Of two that are faster than the estimate the faster one, whichever comes first. */
static void the_estimate_loses_once(void **state) {
  (void)state;
  const int ways = count_ways();
  const dpb__product slow_estimate = plan_of(0, 3000, 3000, 3000);
  const dpb__product first = plan_of(1, 500, 500, 500);
  assert_true(ways > 2);
  assert_memory_equal(&slow_estimate, &first, sizeof first);
}

static void every_gradient_is_measured(void **state) {
  (void)state;
  const int ways = count_ways();
  dpb__conv conv = estimated();
  readings = 0;
  assert_int_equal(dpb__conv_measure(&conv, IMAGES, true, false, 0), DPB_OK);
  const int with_weights = readings / READINGS;
  readings = 0;
  assert_int_equal(dpb__conv_measure(&conv, IMAGES, true, true, 0), DPB_OK);
  assert_true(with_weights > ways);
  assert_true(readings / READINGS > with_weights);
}

/* How often a network reads the clock while it is built. */
static int readings_of_build(dpb_planner planner) {
  const dpb_model_config config = {
      .input = {14, 14, 16}, .max_batch = IMAGES, .threads = 1, .planner = planner};
  dpb_model *model;
  readings = 0;
  if (dpb_model_create(&config, &model) != DPB_OK ||
      dpb_add_text(model, "conv 16 k3 p1, affine 10") != DPB_OK ||
      dpb_model_build(model) != DPB_OK)
    fail_msg("%s", dpb_error_message());
  dpb_model_destroy(model);
  return readings;
}

static void networks_are_measured_on_request(void **state) {
  (void)state;
  const int ways = count_ways();
  assert_int_equal(readings_of_build(DPB_PLANNER_ESTIMATE), 0);
  assert_true(readings_of_build(DPB_PLANNER_MEASURE) > ways * READINGS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_faster_keeps_the_estimate),
      cmocka_unit_test(the_fastest_way_is_kept),
      cmocka_unit_test(small_differences_are_noise),
      cmocka_unit_test(the_least_of_three_rounds_counts),
      cmocka_unit_test(the_estimate_loses_once),
      cmocka_unit_test(every_gradient_is_measured),
      cmocka_unit_test(networks_are_measured_on_request),
  };
  return cmocka_run_group_tests(tests, begin_blas, end_blas);
}
