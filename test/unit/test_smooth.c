/* SPDX-License-Identifier: MIT
 *
 * smooth_curve against the book's formula (its slices of the mirrored array, and the
 * Kaiser window's series), worked out apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "smooth.h"

static const double y[] = {0, 41, 63, 66, 50, 15, 62, 90, 99, 89, 60, 12, 46, 61, 57};
enum { COUNT = sizeof y / sizeof *y };

static void assert_near(const double *got, const double *wanted, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!(fabs(got[i] - wanted[i]) < 1e-9))
      fail_msg("number %zu is %.12g, not %.12g", i, got[i], wanted[i]);
}

static void test_as_the_book(void **state) {
  (void)state;
  static const double wanted[COUNT] = {
      43.968840067538, 45.803241645788, 47.760919214009, 50.760919214009, 54.803241645788,
      58.968840067538, 61.506279076979, 62.08144439485,  61.811862450013, 61.08144439485,
      60.712518077797, 61.268723226012, 58.691867447459, 53.419868635566, 50.34441047557};
  double smooth[COUNT];
  smooth_curve(y, smooth, COUNT);
  assert_near(smooth, wanted, COUNT);
}

/* Eleven are the fewest that are smoothed. */
static void test_few(void **state) {
  (void)state;
  static const double eleven[] = {43.968840067538, 45.803241645788, 47.760919214009,
                                  50.760919214009, 54.803241645788, 58.968840067538,
                                  64.023647426512, 67.845107548074, 71.353174704785,
                                  74.655887932328, 77.040600567398};
  double smooth[COUNT + 1];
  smooth_curve(y, smooth, 11);
  assert_near(smooth, eleven, 11);
  smooth[10] = -1;
  smooth_curve(y, smooth, 10);
  assert_near(smooth, y, 10);
  assert_true(smooth[10] < 0);
  smooth_curve(y, smooth, 0);
  assert_true(smooth[0] == 0);
}

static void test_constant_stays(void **state) {
  (void)state;
  double flat[40], smooth[40];
  for (int i = 0; i < 40; i++) flat[i] = 2.5;
  smooth_curve(flat, smooth, 40);
  for (int i = 0; i < 40; i++) assert_true(fabs(smooth[i] - 2.5) < 1e-12);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_the_book),
                                     cmocka_unit_test(test_few),
                                     cmocka_unit_test(test_constant_stays)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
