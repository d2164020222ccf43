/* SPDX-License-Identifier: MIT
 *
 * Misuse of what stands on its own: statuses, shapes, random numbers, halfs, and the
 * functions of chapters 2 to 5 on plain arrays.
 */
#include "misuse.h"

static void test_status(void **state) {
  (void)state;
  expect(strcmp(dpb_status_name((dpb_status)-1), "DPB_UNKNOWN") == 0);
  expect(strcmp(dpb_status_name((dpb_status)INT_MAX), "DPB_UNKNOWN") == 0);
  expect(dpb_status_text((dpb_status)INT_MIN) != NULL);
  expect(dpb_error_message() != NULL);
  expect(dpb_version() != NULL);
}

static void test_shapes(void **state) {
  (void)state;
  size_t count = 7;
  char text[64] = "as it was";
  const dpb_shape shape = {2, {3, 4}};
  refuse(dpb_shape_count(NULL, &count), ARG, "shape is NULL");
  expect(count == 0);
  refuse(dpb_shape_count(&shape, NULL), ARG, "count is NULL");
  refuse(dpb_shape_count(&(dpb_shape){-1, {1}}, &count), SHAPE, "rank is -1");
  refuse(dpb_shape_count(&(dpb_shape){DPB_MAX_RANK + 1, {1, 1, 1, 1}}, &count), SHAPE,
         "rank is");
  refuse(dpb_shape_count(&(dpb_shape){INT_MAX, {1}}, &count), SHAPE, "rank is");
  refuse(dpb_shape_count(&(dpb_shape){2, {3, 0}}, &count), SHAPE, "extent 1 is 0");
  refuse(dpb_shape_count(&(dpb_shape){2, {INT_MIN, 1}}, &count), SHAPE, "extent 0 is");
  refuse(dpb_shape_count(&(dpb_shape){4, {INT_MAX, INT_MAX, INT_MAX, 2}}, &count), SIZE,
         "2147483647");
  expect(dpb_shape_equal(NULL, &shape) == 0);
  expect(dpb_shape_equal(&shape, NULL) == 0);
  expect(dpb_shape_equal(NULL, NULL) == 0);
  expect(dpb_shape_equal(&(dpb_shape){INT_MAX, {1, 1, 1, 1}},
                         &(dpb_shape){INT_MAX, {1, 1, 1, 1}}) == 1);
  dpb_shape_text(&shape, NULL, 10);
  dpb_shape_text(&shape, text, 0);
  expect(strcmp(text, "as it was") == 0);
  dpb_shape_text(NULL, text, sizeof text);
  expect(strcmp(text, "") == 0);
  dpb_shape_text(&(dpb_shape){INT_MAX, {INT_MIN, INT_MIN, INT_MIN, INT_MIN}}, text,
                 sizeof text);
  expect(strlen(text) < sizeof text);
}

static void test_random_numbers(void **state) {
  (void)state;
  const uint32_t words[4] = {1, 2, 3, 4};
  uint32_t out[4] = {5, 6, 7, 8};
  dpb_philox4x32(NULL, words, out);
  dpb_philox4x32(words, NULL, out);
  dpb_philox4x32(words, words, NULL);
  expect(out[0] == 5 && out[3] == 8);
  const dpb_rng none = dpb_rng_split(NULL, 3);
  const dpb_rng zero = dpb_rng_seed(0);
  expect(memcmp(&none, &zero, sizeof none) == 0);
  dpb_rng_seek(NULL, UINT64_MAX);
  expect(dpb_rng_u32(NULL) == 0);
  expect(dpb_rng_uniform(NULL) == 0.0f);
  expect(dpb_rng_uniform_double(NULL) == 0.0);
  expect(dpb_rng_normal(NULL) == 0.0f);
  expect(dpb_rng_below(NULL, 10) == 0);
  dpb_rng rng = zero;
  expect(dpb_rng_below(&rng, 0) == 0);
  dpb_rng_seek(&rng, UINT64_MAX); /* the last word there is; then it begins anew */
  (void)dpb_rng_u32(&rng);
  expect(rng.position == 0);
}

static void test_halfs(void **state) {
  (void)state;
  const float x = 1;
  uint16_t half = 3;
  float y = 2;
  refuse(dpb_half_from_floats(1, NULL, &half), ARG, "values is NULL");
  refuse(dpb_half_from_floats(1, &x, NULL), ARG, "halfs is NULL");
  refuse(dpb_half_from_floats(SIZE_MAX, &x, &half), SIZE, "18446744073709551615");
  refuse(dpb_half_to_floats(1, NULL, &y), ARG, "halfs is NULL");
  refuse(dpb_half_to_floats(1, &half, NULL), ARG, "values is NULL");
  refuse(dpb_half_to_floats(SIZE_MAX, &half, &y), SIZE, "18446744073709551615");
  accept(dpb_half_from_floats(0, &x, &half));
  accept(dpb_half_to_floats(0, &half, &y));
  expect(half == 3 && y == 2.0f);
}

static void test_perceptron(void **state) {
  (void)state;
  const double x[2] = {1, 1};
  expect(dpb_perceptron(2, NULL, 1, x) == 0);
  expect(dpb_perceptron(2, x, 1, NULL) == 0);
  expect(dpb_perceptron(0, NULL, 1, NULL) == 1);
  expect(dpb_perceptron(2, x, (double)NAN, x) == 0);
  expect(dpb_gate_and((double)NAN, 1) == 0);
  expect(dpb_gate_nand((double)NAN, 1) == 0);
  expect(dpb_gate_or((double)INFINITY, -(double)INFINITY) == 0);
  expect(dpb_gate_xor((double)NAN, (double)NAN) == 0);
}

static const float ones[2] = {1, 1};
static float out[2];

/* Where an array is NULL nothing is written. */
static void test_functions(void **state) {
  (void)state;
  out[0] = out[1] = 9;
  dpb_identity(2, NULL, out), dpb_identity(2, ones, NULL);
  dpb_identity_gradient(2, NULL, out), dpb_identity_gradient(2, ones, NULL);
  dpb_step(2, NULL, out), dpb_step(2, ones, NULL);
  dpb_step_gradient(2, NULL, out), dpb_step_gradient(2, ones, NULL);
  dpb_sigmoid(2, NULL, out), dpb_sigmoid(2, ones, NULL);
  dpb_tanh(2, NULL, out), dpb_tanh(2, ones, NULL);
  dpb_relu(2, NULL, out), dpb_relu(2, ones, NULL);
  dpb_softplus(2, NULL, out), dpb_softplus(2, ones, NULL);
  dpb_gelu(2, NULL, out), dpb_gelu(2, ones, NULL);
  dpb_gelu_tanh(2, NULL, out), dpb_gelu_tanh(2, ones, NULL);
  expect(out[0] == 9.0f && out[1] == 9.0f);
  dpb_identity(0, NULL, NULL), dpb_relu(0, ones, out), dpb_gelu(0, NULL, NULL);
  expect(out[0] == 9.0f);
}

static void test_gradients_of_functions(void **state) {
  (void)state;
  out[0] = out[1] = 9;
  dpb_sigmoid_gradient(2, NULL, ones, out), dpb_sigmoid_gradient(2, ones, NULL, out);
  dpb_sigmoid_gradient(2, ones, ones, NULL);
  dpb_tanh_gradient(2, NULL, ones, out), dpb_tanh_gradient(2, ones, NULL, out);
  dpb_tanh_gradient(2, ones, ones, NULL);
  dpb_relu_gradient(2, NULL, ones, out), dpb_relu_gradient(2, ones, NULL, out);
  dpb_relu_gradient(2, ones, ones, NULL);
  dpb_softplus_gradient(2, NULL, ones, out), dpb_softplus_gradient(2, ones, NULL, out);
  dpb_softplus_gradient(2, ones, ones, NULL);
  dpb_gelu_gradient(2, NULL, ones, out), dpb_gelu_gradient(2, ones, NULL, out);
  dpb_gelu_gradient(2, ones, ones, NULL);
  dpb_gelu_tanh_gradient(2, NULL, ones, out), dpb_gelu_tanh_gradient(2, ones, NULL, out);
  dpb_gelu_tanh_gradient(2, ones, ones, NULL);
  expect(out[0] == 9.0f && out[1] == 9.0f);
}

static void test_functions_with_a_number(void **state) {
  (void)state;
  out[0] = out[1] = 9;
  dpb_leaky_relu(2, 0.01f, NULL, out);
  dpb_leaky_relu(2, 0.01f, ones, NULL);
  dpb_leaky_relu_gradient(2, 0.01f, NULL, ones, out);
  dpb_leaky_relu_gradient(2, 0.01f, ones, NULL, out);
  dpb_leaky_relu_gradient(2, 0.01f, ones, ones, NULL);
  dpb_elu(2, 1, NULL, out);
  dpb_elu(2, 1, ones, NULL);
  dpb_elu_gradient(2, 1, NULL, ones, out);
  dpb_elu_gradient(2, 1, ones, NULL, out);
  dpb_elu_gradient(2, 1, ones, ones, NULL);
  dpb_softmax(1, 2, NULL, out);
  dpb_softmax(1, 2, ones, NULL);
  dpb_softmax(0, 2, ones, out);
  dpb_softmax(SIZE_MAX, 0, ones, out);
  dpb_softmax_gradient(SIZE_MAX, 0, ones, ones, out);
  dpb_softmax_gradient(1, 2, NULL, ones, out);
  dpb_softmax_gradient(1, 2, ones, NULL, out);
  dpb_softmax_gradient(1, 2, ones, ones, NULL);
  expect(out[0] == 9.0f && out[1] == 9.0f);
}

static void test_losses(void **state) {
  (void)state;
  const float y[4] = {0.5f, 0.5f, 1, 0}, unlikely[2] = {0.5f, (float)NAN};
  const int32_t labels[2] = {0, 2};
  double loss = 7;
  refuse(dpb_mean_squared_error(1, 2, NULL, y, &loss), ARG, "y is NULL");
  expect(loss == 0.0);
  refuse(dpb_mean_squared_error(1, 2, y, NULL, &loss), ARG, "target array is NULL");
  refuse(dpb_mean_squared_error(1, 2, y, y, NULL), ARG, "loss is NULL");
  refuse(dpb_mean_squared_error(0, 2, y, y, &loss), ARG, "0 rows");
  refuse(dpb_mean_squared_error(1, 0, y, y, &loss), ARG, "0 columns");
  refuse(dpb_mean_squared_error(SIZE_MAX, 2, y, y, &loss), SIZE, "rows of 2 columns");
  refuse(dpb_cross_entropy_labels(2, 2, NULL, labels, &loss), ARG, "y is NULL");
  refuse(dpb_cross_entropy_labels(2, 2, y, NULL, &loss), ARG, "target array is NULL");
  refuse(dpb_cross_entropy_labels(2, 2, y, labels, NULL), ARG, "loss is NULL");
  refuse(dpb_cross_entropy_labels(0, 2, y, labels, &loss), ARG, "0 rows");
  refuse(dpb_cross_entropy_labels(2, SIZE_MAX, y, labels, &loss), SIZE, "columns");
  refuse(dpb_cross_entropy_labels(2, 2, y, labels, &loss), DATA, "label of row 1 is 2");
  expect(loss == 0.0);
  refuse(dpb_cross_entropy_one_hot(1, 2, NULL, y, &loss), ARG, "y is NULL");
  refuse(dpb_cross_entropy_one_hot(1, 2, y, NULL, &loss), ARG, "target array is NULL");
  refuse(dpb_cross_entropy_one_hot(1, 2, y, y, NULL), ARG, "loss is NULL");
  refuse(dpb_cross_entropy_one_hot(1, 0, y, y, &loss), ARG, "0 columns");
  refuse(dpb_cross_entropy_one_hot(SIZE_MAX / 2, 3, y, y, &loss), SIZE, "rows");
  refuse(dpb_cross_entropy_one_hot(1, 2, y, unlikely, &loss), DATA, "row 0, column 1");
  refuse(dpb_cross_entropy_one_hot(1, 1, y, y, &loss), DATA, "add up to 0.5");
}

static double square(double x, void *user) {
  return user ? (double)NAN : x * x;
}

static double squares(size_t n, const double *x, void *user) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += square(x[i], user);
  return sum;
}

static void test_numerical_gradients(void **state) {
  (void)state;
  double slope = 7, x[2] = {1, 2}, gradient[2];
  refuse(dpb_numerical_diff(NULL, 1, 1e-4, NULL, &slope), ARG, "f is NULL");
  expect(slope == 0.0);
  refuse(dpb_numerical_diff(square, 1, 1e-4, NULL, NULL), ARG, "derivative is NULL");
  refuse(dpb_numerical_diff(square, 1, 0, NULL, &slope), ARG, "h is 0");
  refuse(dpb_numerical_diff(square, 1, -1, NULL, &slope), ARG, "h is -1");
  refuse(dpb_numerical_diff(square, 1, (double)NAN, NULL, &slope), ARG, "h is nan");
  refuse(dpb_numerical_diff(square, 1, (double)INFINITY, NULL, &slope), ARG, "h is inf");
  refuse(dpb_numerical_diff(square, (double)NAN, 1, NULL, &slope), DIVERGED, "nan");
  refuse(dpb_numerical_diff(square, 1, 1, x, &slope), DIVERGED, "x = 1");
  refuse(dpb_numerical_gradient(NULL, 2, x, 1e-4, NULL, gradient), ARG, "is NULL");
  refuse(dpb_numerical_gradient(squares, 2, NULL, 1e-4, NULL, gradient), ARG, "is NULL");
  refuse(dpb_numerical_gradient(squares, 2, x, 1e-4, NULL, NULL), ARG, "is NULL");
  refuse(dpb_numerical_gradient(squares, 0, x, 1e-4, NULL, gradient), ARG, "n is 0");
  refuse(dpb_numerical_gradient(squares, 2, x, 0, NULL, gradient), ARG, "h is 0");
  refuse(dpb_numerical_gradient(squares, 2, x, 1, x, gradient), DIVERGED, "x[0] = 1");
  refuse(dpb_gradient_descent(NULL, 2, x, 0.1, 1, gradient, NULL, NULL), ARG, "is NULL");
  refuse(dpb_gradient_descent(squares, 2, NULL, 0.1, 1, gradient, NULL, NULL), ARG,
         "is NULL");
  refuse(dpb_gradient_descent(squares, 2, x, 0.1, 1, NULL, NULL, NULL), ARG, "is NULL");
  refuse(dpb_gradient_descent(squares, 0, x, 0.1, 1, gradient, NULL, NULL), ARG,
         "n is 0");
  refuse(dpb_gradient_descent(squares, 2, x, (double)NAN, 1, gradient, NULL, NULL), ARG,
         "rate is nan");
  refuse(dpb_gradient_descent(squares, 2, x, 1, 1, gradient, NULL, x), DIVERGED,
         "step 0");
  expect(x[0] == 1.0 && x[1] == 2.0);
}

static void test_graph(void **state) {
  (void)state;
  dpb_graph *graph = NULL;
  refuse(dpb_graph_create(NULL), ARG, "NULL");
  expect(dpb_graph_input(NULL, 1) < 0);
  expect(dpb_graph_add(NULL, 0, 0) < 0);
  expect(dpb_graph_mul(NULL, 0, 0) < 0);
  expect(isnan(dpb_graph_value(NULL, 0)));
  expect(isnan(dpb_graph_gradient(NULL, 0)));
  refuse(dpb_graph_set(NULL, 0, 1), ARG, "graph is NULL");
  refuse(dpb_graph_backward(NULL, 0), ARG, "graph is NULL");
  dpb_graph_destroy(NULL);
  accept(dpb_graph_create(&graph));
  refuse(dpb_graph_backward(graph, 0), ARG, "graph");
  const dpb_node x = dpb_graph_input(graph, 3), y = dpb_graph_mul(graph, x, x);
  expect(isnan(dpb_graph_gradient(graph, x)));
  expect(isnan(dpb_graph_value(graph, 2)) && isnan(dpb_graph_value(graph, INT_MIN)));
  refuse(dpb_graph_set(graph, y, 1), ARG, "node 1");
  refuse(dpb_graph_set(graph, INT_MAX, 1), ARG, "2147483647");
  refuse(dpb_graph_backward(graph, -1), ARG, "-1");
  expect(dpb_graph_value(graph, y) == 9.0);
  expect(dpb_graph_add(graph, x, INT_MAX) < 0); /* from here on the graph has failed */
  refuse(dpb_graph_backward(graph, y), ARG, "2147483647");
  dpb_graph_destroy(graph);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      misuse_test(test_status),
      misuse_test(test_shapes),
      misuse_test(test_random_numbers),
      misuse_test(test_halfs),
      misuse_test(test_perceptron),
      misuse_test(test_functions),
      misuse_test(test_gradients_of_functions),
      misuse_test(test_functions_with_a_number),
      misuse_test(test_losses),
      misuse_test(test_numerical_gradients),
      misuse_test(test_graph),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
