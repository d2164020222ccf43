/* SPDX-License-Identifier: MIT
 *
 * The vector kernels, every table of them: right values, the same value wherever an
 * element lies, no byte touched beside the array. test_vec_exp and test_vec_optimizers
 * have the values of the kernels that are made of exp and of the optimisers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <spawn.h>
#include <sys/wait.h>

#include "spawn_fixture.h"
#include "valgrind_fixture.h"
#include "vec_fixture.h"

extern char **environ;
static char *program;

enum { LONGEST = 83 }; /* five AVX-512 vectors and a rest */
static const dpb__step_rates rates = {.lr = 0.01f,
                                      .momentum = 0.9f,
                                      .decay = 0.99f,
                                      .beta1 = 0.9f,
                                      .beta2 = 0.999f,
                                      .eps = 1e-7f};

/* Every elementwise kernel as a function of up to four arrays, which it may change. */
enum { KERNELS = 14, ARRAYS = 4 };

static void run(const dpb__vec *v, int kernel, size_t n, float *const x[ARRAYS],
                const uint8_t *bytes) {
  switch (kernel) {
  case 0:
    v->sigmoid(n, x[0], x[1]);
    break;
  case 1:
    v->sigmoid_gradient(n, x[0], x[1], x[2]);
    break;
  case 2:
    v->tanh(n, x[0], x[1]);
    break;
  case 3:
    v->tanh_gradient(n, x[0], x[1], x[2]);
    break;
  case 4:
    v->relu(n, x[0], x[1]);
    break;
  case 5:
    v->relu_gradient(n, x[0], x[1], x[2]);
    break;
  case 6:
    v->add(n, x[0], x[1]);
    break;
  case 7:
    v->from_bytes(n, bytes, 1.0f / 255.0f, x[0]);
    break;
  case 8:
    v->sgd(n, &rates, x[0], x[1]);
    break;
  case 9:
    v->momentum(n, &rates, x[0], x[1], x[2]);
    break;
  case 10:
    v->nesterov(n, &rates, x[0], x[1], x[2]);
    break;
  case 11:
    v->adagrad(n, &rates, x[0], x[1], x[2]);
    break;
  case 12:
    v->rmsprop(n, &rates, x[0], x[1], x[2]);
    break;
  default:
    v->adam(n, &rates, x[0], x[1], x[2], x[3]);
    break;
  }
}

/* The numbers for element i of array a are the same in every test; states (arrays 2 and
 * 3) are not negative. */
static void feed(int a, size_t n, float *x) {
  fill_numbers(n, x, 17u + (uint32_t)a);
  for (size_t i = 0; i < n && a >= 2; i++) x[i] = fabsf(x[i]);
}

static void feed_bytes(size_t n, uint8_t *x) {
  for (size_t i = 0; i < n; i++) x[i] = (uint8_t)(i * 37 + 255);
}

/* What each element becomes when it is alone. */
static void run_alone(const dpb__vec *v, int kernel, float want[ARRAYS][LONGEST]) {
  uint8_t bytes[LONGEST];
  feed_bytes(LONGEST, bytes);
  for (int a = 0; a < ARRAYS; a++) feed(a, LONGEST, want[a]);
  for (size_t i = 0; i < LONGEST; i++) {
    float *const one[] = {&want[0][i], &want[1][i], &want[2][i], &want[3][i]};
    run(v, kernel, 1, one, bytes + i);
  }
}

/* n elements that end at forbidden memory and begin behind a sentinel: any reading or
 * writing too far is seen, and every alignment comes by. */
static int at_an_edge(const dpb__vec *v, int kernel, size_t n,
                      float want[ARRAYS][LONGEST]) {
  edge edges[ARRAYS], byte_edge = edge_make(n);
  float *x[ARRAYS];
  uint8_t *bytes = byte_edge.at;
  feed_bytes(n, bytes);
  for (int a = 0; a < ARRAYS; a++) {
    edges[a] = edge_make((n + 1) * sizeof(float));
    float *sentinel = edges[a].at;
    *sentinel = 4711.0f;
    x[a] = sentinel + 1;
    feed(a, n, x[a]);
  }
  run(v, kernel, n, x, bytes);
  int good = 1;
  for (int a = 0; a < ARRAYS; a++) {
    good &= same_bits(n, x[a], want[a]) && x[a][-1] == 4711.0f;
    edge_free(edges[a]);
  }
  edge_free(byte_edge);
  return good;
}

static void check_places(const dpb__vec *v) {
  float want[ARRAYS][LONGEST];
  for (int kernel = 0; kernel < KERNELS; kernel++) {
    run_alone(v, kernel, want);
    for (size_t n = 0; n <= LONGEST; n++)
      if (!at_an_edge(v, kernel, n, want))
        fail_msg("table %s, kernel %d, n %zu", v->name, kernel, n);
  }
}

static void test_place_does_not_matter(void **state) {
  (void)state;
  for_each_table(check_places);
}

/* All but sigmoid and tanh, whose polynomials are fused where the CPU can. */
static void check_same_as_generic(const dpb__vec *v) {
  float want[ARRAYS][LONGEST], got[ARRAYS][LONGEST];
  for (int kernel = 0; kernel < KERNELS; kernel++) {
    if (kernel == 0 || kernel == 2) continue;
    run_alone(dpb__vec_find("generic"), kernel, want);
    run_alone(v, kernel, got);
    for (int a = 0; a < ARRAYS; a++)
      if (!same_bits(LONGEST, want[a], got[a]))
        fail_msg("table %s, kernel %d, array %d", v->name, kernel, a);
  }
}

static void test_tables_agree_to_the_bit(void **state) {
  (void)state;
  for_each_table(check_same_as_generic);
}

static void check_in_place(const dpb__vec *v) {
  void (*const maps[])(size_t, const float *, float *) = {v->sigmoid, v->tanh, v->relu};
  for (int i = 0; i < 3; i++) {
    float x[LONGEST], y[LONGEST];
    feed(0, LONGEST, x);
    maps[i](LONGEST, x, y);
    maps[i](LONGEST, x, x);
    assert_true(same_bits(LONGEST, x, y));
  }
  float x[LONGEST], dy[LONGEST], dx[LONGEST];
  feed(0, LONGEST, x);
  feed(1, LONGEST, dy);
  v->relu_gradient(LONGEST, x, dy, dx);
  v->relu_gradient(LONGEST, x, dy, dy);
  assert_true(same_bits(LONGEST, dx, dy));
}

static void test_in_place(void **state) {
  (void)state;
  for_each_table(check_in_place);
}

static void check_relu(const dpb__vec *v) {
  const float x[] = {-INFINITY, -1.5f, -FLT_MIN, -0.0f, 0.0f,
                     1e-45f,    2.5f,  INFINITY, NAN,   -1e-45f};
  const float want[] = {0, 0, 0, 0, 0, 1e-45f, 2.5f, INFINITY, NAN, 0};
  const float slope[] = {0, 0, 0, 0, 0, 1, 1, 1, 0, 0};
  float y[10], dy[10], dx[10];
  for (int i = 0; i < 10; i++) dy[i] = 3.0f;
  v->relu(10, x, y);
  v->relu_gradient(10, x, dy, dx);
  for (int i = 0; i < 10; i++) {
    if (isnan(want[i]))
      assert_true(isnan(y[i]));
    else
      assert_true(bits_of(y[i]) == bits_of(want[i])); /* no -0 either */
    assert_true(dx[i] == 3.0f * slope[i]);
  }
}

static void test_relu(void **state) {
  (void)state;
  for_each_table(check_relu);
}

static void check_gradients(const dpb__vec *v) {
  float y[LONGEST], dy[LONGEST], a[LONGEST], b[LONGEST];
  fill_numbers(LONGEST, y, 5);
  fill_numbers(LONGEST, dy, 6);
  for (size_t i = 0; i < LONGEST; i++) y[i] = y[i] / 8.0f + 0.5f; /* [0, 1) */
  v->sigmoid_gradient(LONGEST, y, dy, a);
  v->tanh_gradient(LONGEST, y, dy, b);
  for (size_t i = 0; i < LONGEST; i++) {
    double s = (double)y[i], d = (double)dy[i];
    assert_true(fabs((double)a[i] - d * s * (1.0 - s)) <= 2e-7 * fabs(d));
    assert_true(fabs((double)b[i] - d * (1.0 - s * s)) <= 2e-7 * fabs(d));
  }
}

static void test_gradients(void **state) {
  (void)state;
  for_each_table(check_gradients);
}

static void check_from_bytes(const dpb__vec *v) {
  uint8_t x[256];
  float y[256];
  for (int i = 0; i < 256; i++) x[i] = (uint8_t)i;
  v->from_bytes(256, x, 1.0f / 255.0f, y);
  for (int i = 0; i < 256; i++)
    assert_true(y[i] == (float)((double)(float)i * (double)(1.0f / 255.0f)));
  assert_true(y[255] == 1.0f);
}

static void test_from_bytes(void **state) {
  (void)state;
  for_each_table(check_from_bytes);
}

static void check_added_rows(const dpb__vec *v, size_t rows, size_t cols, const float *b,
                             const float *x) {
  float y[9 * 150 + 1];
  for (int relu = 0; relu < 2; relu++) {
    memcpy(y, x, rows * cols * sizeof *y);
    y[rows * cols] = 4711.0f;
    if (rows > 0 && cols > 0) y[0] = NAN;
    (relu ? v->relu_rows : v->add_rows)(rows, cols, b, y);
    assert_true(y[rows * cols] == 4711.0f);
    if (rows > 0 && cols > 0) assert_true(isnan(y[0]));
    for (size_t i = 1; i < rows * cols; i++) {
      volatile float sum = x[i] + b[i % cols];
      assert_true(y[i] == (relu && sum < 0.0f ? 0.0f : sum));
    }
  }
}

/* Sums go on from what is there, in float and in the order of the rows, to the bit. */
static void check_rows(const dpb__vec *v) {
  enum { ROWS = 9, COLS = 150 };
  float x[ROWS * COLS], b[COLS], s[COLS + 1];
  for (size_t cols = 0; cols <= COLS; cols++) {
    for (size_t rows = 0; rows <= ROWS; rows += 3) {
      fill_numbers(rows * cols, x, (uint32_t)cols);
      s[cols] = 4711.0f;
      fill_numbers(cols, s, 5);
      memcpy(b, s, cols * sizeof *b);
      v->sum_rows(rows, cols, x, s);
      for (size_t c = 0; c < cols; c++) {
        volatile float sum = b[c];
        for (size_t r = 0; r < rows; r++) sum += x[r * cols + c];
        assert_true(s[c] == sum);
      }
      check_added_rows(v, rows, cols, b, x);
      fill_numbers(cols, b, 3);
      v->fill_rows(rows, cols, b, x);
      for (size_t r = 0; r < rows; r++) assert_true(same_bits(cols, x + r * cols, b));
      assert_true(s[cols] == 4711.0f);
    }
  }
}

static void test_rows(void **state) {
  (void)state;
  for_each_table(check_rows);
}

static void check_all_finite(const dpb__vec *v) {
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  float x[LONGEST];
  fill_numbers(LONGEST, x, 8);
  x[0] = FLT_MAX;
  x[1] = -FLT_MAX;
  x[2] = 1e-45f;
  assert_int_equal(v->all_finite(0, x), 1);
  for (size_t n = 1; n <= LONGEST; n++) {
    assert_int_equal(v->all_finite(n, x), 1);
    for (size_t i = 0; i < n; i++) {
      float kept = x[i];
      x[i] = bad[i % 3];
      assert_int_equal(v->all_finite(n, x), 0);
      x[i] = kept;
    }
  }
}

static void test_all_finite(void **state) {
  (void)state;
  for_each_table(check_all_finite);
}

static void test_find(void **state) {
  (void)state;
  const dpb__vec *generic = dpb__vec_find("generic");
  assert_non_null(generic);
  assert_string_equal(generic->name, "generic");
  assert_null(dpb__vec_find("avx9"));
  assert_null(dpb__vec_find(""));
  assert_true(dpb__vec_get() == dpb__vec_find(dpb__vec_get()->name));
}

/* Exit code of this program, asked with DEEPBLAS_VECTOR=wish for the table it takes. */
static int table_for(const char *wish) {
  char *argv[4] = {NULL};
  pid_t child = 0;
  int status = 0;
  put_program(argv, program)[0] = "which";
  setenv("DEEPBLAS_VECTOR", wish, 1);
  assert_int_equal(posix_spawnp(&child, argv[0], NULL, NULL, argv, environ), 0);
  unsetenv("DEEPBLAS_VECTOR");
  assert_true(waitpid(child, &status, 0) == child);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static int number_of_table(const dpb__vec *v) {
  if (strcmp(v->name, "avx512") == 0) return 3;
  return strcmp(v->name, "avx2") == 0 ? 2 : 1;
}

static void test_environment(void **state) {
  (void)state;
  not_under_valgrind("has another CPU than the programs that are started");
  int widest = dpb__vec_find("avx512") != NULL ? 3
               : dpb__vec_find("avx2") != NULL ? 2
                                               : 1;
  assert_int_equal(table_for("generic"), 1);
  assert_int_equal(table_for("avx2"), widest >= 2 ? 2 : 1);
  assert_int_equal(table_for("avx512"), widest);
  assert_int_equal(table_for("no such table"), widest);
  assert_int_equal(table_for(""), widest);
}

int main(int argc, char **argv) {
  program = argv[0];
  if (argc > 1) return number_of_table(dpb__vec_get());
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_place_does_not_matter),
      cmocka_unit_test(test_tables_agree_to_the_bit),
      cmocka_unit_test(test_in_place),
      cmocka_unit_test(test_relu),
      cmocka_unit_test(test_gradients),
      cmocka_unit_test(test_from_bytes),
      cmocka_unit_test(test_rows),
      cmocka_unit_test(test_all_finite),
      cmocka_unit_test(test_find),
      cmocka_unit_test(test_environment),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
