/* SPDX-License-Identifier: MIT
 *
 * Perceptrons and gates against their truth tables (chapter 2).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include <deepblas/perceptron.h>

static void test_gates_have_their_truth_tables(void **state) {
  (void)state;
  static const struct {
    int (*gate)(double, double);
    int table[4]; /* 00, 10, 01, 11 as in the book */
  } gates[] = {
      {dpb_gate_and, {0, 0, 0, 1}},
      {dpb_gate_nand, {1, 1, 1, 0}},
      {dpb_gate_or, {0, 1, 1, 1}},
      {dpb_gate_xor, {0, 1, 1, 0}},
  };
  for (size_t g = 0; g < 4; g++)
    for (int i = 0; i < 4; i++)
      assert_int_equal(gates[g].gate(i & 1, i >> 1), gates[g].table[i]);
}

/* The gates' lines lie where the book puts them: numbers between 0 and 1 see them. */
static void test_gates_between_zero_and_one(void **state) {
  (void)state;
  for (int turn = 0; turn < 2; turn++) {
    int (*const gates[])(double, double) = {dpb_gate_and, dpb_gate_nand, dpb_gate_or};
    const double line[] = {1.4, 1.4, 0.4}; /* x1 + x2 on it */
    for (int g = 0; g < 3; g++)
      for (double x = 0.0; x <= 0.3; x += 0.1) {
        const double below = line[g] - x - 0.05, above = line[g] - x + 0.05;
        assert_int_equal(turn ? gates[g](x, below) : gates[g](below, x), g == 1);
        assert_int_equal(turn ? gates[g](x, above) : gates[g](above, x), g != 1);
      }
  }
}

static void test_threshold_itself_gives_zero(void **state) {
  (void)state;
  const double w[] = {1, -2}, on[] = {4, 2}, above[] = {4.5, 2}, below[] = {3.5, 2};
  assert_int_equal(dpb_perceptron(2, w, 0, on), 0);
  assert_int_equal(dpb_perceptron(2, w, 0, above), 1);
  assert_int_equal(dpb_perceptron(2, w, 0, below), 0);
  assert_int_equal(dpb_perceptron(2, w, 0.25, on), 1);
  assert_int_equal(dpb_perceptron(2, w, (double)NAN, on), 0);
}

static void test_bias_alone_decides_without_inputs(void **state) {
  (void)state;
  assert_int_equal(dpb_perceptron(0, NULL, 1, NULL), 1);
  assert_int_equal(dpb_perceptron(0, NULL, 0, NULL), 0);
  assert_int_equal(dpb_perceptron(0, NULL, -1, NULL), 0);
}

static void test_every_input_counts(void **state) {
  (void)state;
  double w[5] = {0}, x[5] = {1, 1, 1, 1, 1};
  for (int i = 0; i < 5; i++) {
    assert_int_equal(dpb_perceptron(5, w, -0.5, x), 0);
    w[i] = 1;
    assert_int_equal(dpb_perceptron(5, w, -0.5, x), 1);
    w[i] = 0;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gates_have_their_truth_tables),
      cmocka_unit_test(test_gates_between_zero_and_one),
      cmocka_unit_test(test_threshold_itself_gives_zero),
      cmocka_unit_test(test_bias_alone_decides_without_inputs),
      cmocka_unit_test(test_every_input_counts),
  };
  return cmocka_run_group_tests_name("perceptron", tests, NULL, NULL);
}
