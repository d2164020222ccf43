/* SPDX-License-Identifier: MIT
 *
 * The computational graph: the book's shopping (chapter 5), nodes used twice, failures
 * that stick.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <deepblas/node.h>

static dpb_graph *create(void) {
  dpb_graph *graph = NULL;
  assert_int_equal(dpb_graph_create(&graph), DPB_OK);
  assert_non_null(graph);
  return graph;
}

static void check_close(double is, double should) {
  if (!(fabs(is - should) <= 1e-12 * fabs(should)))
    fail_msg("is %.17g, should be %.17g", is, should);
}

/* Section 5.4.1: two apples at 100, tax 10 %. */
static void test_apples(void **state) {
  (void)state;
  dpb_graph *g = create();
  dpb_node apple = dpb_graph_input(g, 100), number = dpb_graph_input(g, 2);
  dpb_node tax = dpb_graph_input(g, 1.1);
  dpb_node price = dpb_graph_mul(g, dpb_graph_mul(g, apple, number), tax);
  check_close(dpb_graph_value(g, price), 220);
  assert_int_equal(dpb_graph_backward(g, price), DPB_OK);
  check_close(dpb_graph_gradient(g, apple), 2.2);
  check_close(dpb_graph_gradient(g, number), 110);
  check_close(dpb_graph_gradient(g, tax), 200);
  dpb_graph_destroy(g);
}

/* Section 5.4.2: and three oranges at 150. */
static void test_apples_and_oranges(void **state) {
  (void)state;
  dpb_graph *g = create();
  dpb_node apple = dpb_graph_input(g, 100), apple_num = dpb_graph_input(g, 2);
  dpb_node orange = dpb_graph_input(g, 150), orange_num = dpb_graph_input(g, 3);
  dpb_node tax = dpb_graph_input(g, 1.1);
  dpb_node apples = dpb_graph_mul(g, apple, apple_num);
  dpb_node oranges = dpb_graph_mul(g, orange, orange_num);
  dpb_node all = dpb_graph_add(g, apples, oranges);
  dpb_node price = dpb_graph_mul(g, all, tax);
  check_close(dpb_graph_value(g, price), 715);
  assert_int_equal(dpb_graph_backward(g, price), DPB_OK);
  check_close(dpb_graph_gradient(g, price), 1);
  check_close(dpb_graph_gradient(g, all), 1.1);
  check_close(dpb_graph_gradient(g, apples), 1.1);
  check_close(dpb_graph_gradient(g, apple), 2.2);
  check_close(dpb_graph_gradient(g, apple_num), 110);
  check_close(dpb_graph_gradient(g, orange), 3.3);
  check_close(dpb_graph_gradient(g, orange_num), 165);
  check_close(dpb_graph_gradient(g, tax), 650);

  /* Three apples at 120: everything is evaluated and differentiated anew. */
  assert_int_equal(dpb_graph_set(g, apple, 120), DPB_OK);
  assert_int_equal(dpb_graph_set(g, apple_num, 3), DPB_OK);
  check_close(dpb_graph_value(g, price), (360 + 450) * 1.1);
  assert_int_equal(dpb_graph_backward(g, price), DPB_OK);
  check_close(dpb_graph_gradient(g, tax), 810);
  check_close(dpb_graph_gradient(g, apple), 3.3);
  dpb_graph_destroy(g);
}

/* x^3 + 2x, with x used four times: 3x^2 + 2. */
static void test_gradients_of_shared_nodes_add_up(void **state) {
  (void)state;
  dpb_graph *g = create();
  dpb_node x = dpb_graph_input(g, 5);
  dpb_node square = dpb_graph_mul(g, x, x);
  dpb_node y = dpb_graph_add(g, dpb_graph_mul(g, square, x), dpb_graph_add(g, x, x));
  check_close(dpb_graph_value(g, y), 135);
  for (int twice = 0; twice < 2; twice++) {
    assert_int_equal(dpb_graph_backward(g, y), DPB_OK);
    check_close(dpb_graph_gradient(g, x), 77);
  }
  assert_int_equal(dpb_graph_backward(g, square), DPB_OK);
  check_close(dpb_graph_gradient(g, x), 10);
  dpb_graph_destroy(g);
}

static void test_independent_nodes_have_gradient_zero(void **state) {
  (void)state;
  dpb_graph *g = create();
  dpb_node x = dpb_graph_input(g, 3), infinite = dpb_graph_input(g, HUGE_VAL);
  dpb_node aside = dpb_graph_mul(g, x, infinite);
  dpb_node y = dpb_graph_add(g, x, x);
  dpb_node behind = dpb_graph_mul(g, y, aside);
  assert_int_equal(dpb_graph_backward(g, y), DPB_OK);
  check_close(dpb_graph_gradient(g, x), 2);
  assert_true(dpb_graph_gradient(g, infinite) == 0);
  assert_true(dpb_graph_gradient(g, aside) == 0);
  assert_true(dpb_graph_gradient(g, behind) == 0);
  dpb_graph_destroy(g);
}

static void test_nan_where_there_is_nothing(void **state) {
  (void)state;
  dpb_graph *g = create();
  assert_true(isnan(dpb_graph_value(g, 0)));
  dpb_node x = dpb_graph_input(g, 3);
  check_close(dpb_graph_value(g, x), 3);
  assert_true(isnan(dpb_graph_gradient(g, x)));
  assert_true(isnan(dpb_graph_value(g, x + 1)));
  assert_true(isnan(dpb_graph_value(g, -1)));
  assert_int_equal(dpb_graph_backward(g, x), DPB_OK);
  check_close(dpb_graph_gradient(g, x), 1);
  assert_true(isnan(dpb_graph_gradient(g, x + 1)));
  assert_true(isnan(dpb_graph_gradient(g, -1)));
  assert_true(isnan(dpb_graph_gradient(g, dpb_graph_input(g, 1))));
  dpb_graph_destroy(g);
}

/* The array grows many times; 1 + 1 + ... and every node's gradient is 1. */
static void test_long_chains(void **state) {
  (void)state;
  dpb_graph *g = create();
  dpb_node one = dpb_graph_input(g, 1), sum = one;
  for (int i = 1; i < 10000; i++) sum = dpb_graph_add(g, sum, one);
  check_close(dpb_graph_value(g, sum), 10000);
  assert_int_equal(dpb_graph_backward(g, sum), DPB_OK);
  check_close(dpb_graph_gradient(g, one), 10000);
  check_close(dpb_graph_gradient(g, one + 1), 1);
  assert_int_equal(dpb_graph_set(g, one, 0.5), DPB_OK);
  check_close(dpb_graph_value(g, sum), 5000);
  dpb_graph_destroy(g);
}

static void test_first_failure_sticks(void **state) {
  (void)state;
  dpb_graph *g = create();
  dpb_node x = dpb_graph_input(g, 2);
  dpb_node bad = dpb_graph_add(g, x, 7);
  assert_true(bad < 0);
  assert_string_equal(dpb_error_message(),
                      "graph: a sum of nodes 0 and 7, but there are 0 to 0");
  dpb_node worse = dpb_graph_mul(g, bad, x);
  assert_true(worse < 0);
  assert_true(isnan(dpb_graph_value(g, worse)));
  assert_int_equal(dpb_graph_backward(g, worse), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(),
                      "graph: a sum of nodes 0 and 7, but there are 0 to 0");
  assert_int_equal(dpb_graph_backward(g, x), DPB_ERR_ARG);
  assert_int_equal(dpb_graph_set(g, bad, 1), DPB_ERR_ARG);
  assert_non_null(strstr(dpb_error_message(), "0 and 7"));
  assert_int_equal(dpb_graph_set(g, x, 4), DPB_OK);
  check_close(dpb_graph_value(g, x), 4);
  dpb_graph_destroy(g);
}

static void test_wrong_nodes_are_named(void **state) {
  (void)state;
  dpb_graph *g = create();
  dpb_node x = dpb_graph_input(g, 2);
  dpb_node sum = dpb_graph_add(g, x, x), product = dpb_graph_mul(g, x, sum);
  assert_int_equal(dpb_graph_set(g, sum, 1), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(),
                      "graph: setting node 1, which is a sum, not an input");
  assert_int_equal(dpb_graph_set(g, product, 1), DPB_ERR_ARG);
  assert_non_null(strstr(dpb_error_message(), "a product"));
  assert_int_equal(dpb_graph_set(g, 3, 1), DPB_ERR_ARG);
  assert_non_null(strstr(dpb_error_message(), "node 3"));
  assert_int_equal(dpb_graph_backward(g, 3), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(),
                      "graph: backward from node 3, but there are 0 to 2");
  assert_int_equal(dpb_graph_backward(g, -1), DPB_ERR_ARG);
  /* None of these spoiled the graph. */
  assert_int_equal(dpb_graph_backward(g, product), DPB_OK);
  check_close(dpb_graph_gradient(g, x), 8);
  dpb_graph_destroy(g);
}

static void test_null(void **state) {
  (void)state;
  dpb_graph_destroy(NULL);
  assert_int_equal(dpb_graph_create(NULL), DPB_ERR_ARG);
  assert_true(dpb_graph_input(NULL, 1) < 0);
  assert_true(dpb_graph_add(NULL, 0, 0) < 0);
  assert_true(dpb_graph_mul(NULL, 0, 0) < 0);
  assert_int_equal(dpb_graph_set(NULL, 0, 1), DPB_ERR_ARG);
  assert_int_equal(dpb_graph_backward(NULL, 0), DPB_ERR_ARG);
  assert_true(isnan(dpb_graph_value(NULL, 0)));
  assert_true(isnan(dpb_graph_gradient(NULL, 0)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_apples),
      cmocka_unit_test(test_apples_and_oranges),
      cmocka_unit_test(test_gradients_of_shared_nodes_add_up),
      cmocka_unit_test(test_independent_nodes_have_gradient_zero),
      cmocka_unit_test(test_nan_where_there_is_nothing),
      cmocka_unit_test(test_long_chains),
      cmocka_unit_test(test_first_failure_sticks),
      cmocka_unit_test(test_wrong_nodes_are_named),
      cmocka_unit_test(test_null),
  };
  return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
