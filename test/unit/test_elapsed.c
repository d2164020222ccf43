/* SPDX-License-Identifier: MIT
 *
 * Time as people say it, at the borders of each unit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "elapsed.h"

static void test_text(void **state) {
  (void)state;
  static const struct {
    double seconds;
    const char *text;
  } cases[] = {{0, "0 s"},
               {25e-6, "25 us"},
               {0.00099, "990 us"},
               {0.001, "1 ms"},
               {0.4484, "448 ms"},
               {0.999, "999 ms"},
               {0.9996, "1 s"},
               {5.24, "5.2 s"},
               {59.4, "59 s"},
               {59.6, "1 min 0 s"},
               {3599.4, "59 min 59 s"},
               {3599.6, "1 h 0 min"},
               {7384, "2 h 3 min"},
               {48 * 3600 - 31, "47 h 59 min"},
               {48 * 3600 - 29, "2 days"},
               {86400 * 10.6, "11 days"},
               {-1, "?"}};
  char text[32];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_string_equal(elapsed_text(cases[i].seconds, text), cases[i].text);
  assert_string_equal(elapsed_text((double)NAN, text), "?");
  assert_string_equal(elapsed_text((double)INFINITY, text), "?");
}

static void test_clock(void **state) {
  (void)state;
  const double begun = elapsed_now();
  double now = begun;
  while (now - begun < 0.001) now = elapsed_now();
  assert_true(now - begun < 60);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_text),
                                     cmocka_unit_test(test_clock)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
