/* SPDX-License-Identifier: MIT
 *
 * The vector kernels, written once over the small vocabulary (vf, load, mul_add, pick...)
 * that each including file defines for its instruction set. Not a header of its own.
 *
 * A kernel is a function of vectors; the loops below run it over whole vectors and then
 * over the rest, whose missing lanes are loaded as a constant and never stored. So the
 * rest goes through the same instructions as the body, and an element's result does not
 * depend on where it lies. No multiplication is contracted with an addition behind our
 * back (-ffp-contract=off), so kernels without mul_add give the same bits in every table.
 */

#include "simd/vec_exp.inc.h"

/* Forced into the kernels below, so that their constant arguments, the functions, are
 * inlined too. */
#define DPB__LOOP static inline __attribute__((always_inline)) void

/* Rows of fewer columns than NARROW that do not fill a vector go side by side, when there
 * are MANY_ROWS of them. */
#define NARROW    64
#define MANY_ROWS 64

/* ---- loops */

DPB__LOOP map(size_t n, const float *x, float *y, vf (*f)(vf)) {
  size_t body = n - n % LANES;
  for (size_t i = 0; i < body; i += LANES) store(y + i, f(load(x + i)));
  size_t rest = n - body;
  if (rest > 0) store_part(y + body, rest, f(load_part(x + body, rest, 0.0f)));
}

DPB__LOOP map2(size_t n, const float *a, const float *b, float *y, vf (*f)(vf, vf)) {
  size_t body = n - n % LANES;
  for (size_t i = 0; i < body; i += LANES) store(y + i, f(load(a + i), load(b + i)));
  size_t rest = n - body;
  if (rest > 0)
    store_part(y + body, rest,
               f(load_part(a + body, rest, 0.0f), load_part(b + body, rest, 0.0f)));
}

/* ---- activations */

static inline vf relu_of(vf x) {
  return pick(is_not_at_most(x, splat(0.0f)), x, splat(0.0f));
}
static inline vf relu_gradient_of(vf x, vf dy) {
  return pick(is_greater(x, splat(0.0f)), dy, splat(0.0f));
}
static inline vf sigmoid_gradient_of(vf y, vf dy) {
  return dy * y * (splat(1.0f) - y);
}
static inline vf tanh_gradient_of(vf y, vf dy) {
  return dy * (splat(1.0f) - y * y);
}
static inline vf sum_of_two(vf a, vf b) {
  return a + b;
}

static void sigmoid(size_t n, const float *x, float *y) {
  map(n, x, y, sigmoid_of);
}
static void sigmoid_gradient(size_t n, const float *y, const float *dy, float *dx) {
  map2(n, y, dy, dx, sigmoid_gradient_of);
}
static void hyperbolic_tangent(size_t n, const float *x, float *y) {
  map(n, x, y, tanh_of);
}
static void tanh_gradient(size_t n, const float *y, const float *dy, float *dx) {
  map2(n, y, dy, dx, tanh_gradient_of);
}
static void relu(size_t n, const float *x, float *y) {
  map(n, x, y, relu_of);
}
static void relu_gradient(size_t n, const float *x, const float *dy, float *dx) {
  map2(n, x, dy, dx, relu_gradient_of);
}
static void add(size_t n, const float *x, float *y) {
  map2(n, y, x, y, sum_of_two);
}

/* ---- rows, bytes, checks */

static void from_bytes(size_t n, const uint8_t *x, float scale, float *y) {
  size_t body = n - n % LANES;
  for (size_t i = 0; i < body; i += LANES) store(y + i, load_bytes(x + i) * splat(scale));
  size_t rest = n - body;
  if (rest > 0)
    store_part(y + body, rest, load_bytes_part(x + body, rest) * splat(scale));
}

static inline vf same(vf x) {
  return x;
}

static void fill_rows(size_t rows, size_t cols, const float *b, float *y) {
  for (size_t r = 0; r < rows; r++) map(cols, b, y + r * cols, same);
}

static inline vf relu_of_sum(vf a, vf b) {
  return relu_of(a + b);
}

/* Columns that do not fill their last vector, and are few: LANES rows beside each other
 * do, with b as often beside itself. */
DPB__LOOP map_narrow_rows(size_t rows, size_t cols, const float *b, float *y,
                          vf (*f)(vf, vf)) {
  float beside[NARROW * LANES];
  for (size_t i = 0; i < LANES; i++) memcpy(beside + i * cols, b, cols * sizeof *b);
  for (size_t r = 0; r + LANES <= rows; r += LANES, y += cols * LANES)
    for (size_t i = 0; i < cols * LANES; i += LANES)
      store(y + i, f(load(y + i), load(beside + i)));
}

/* Down the rows with a part of b in registers, then the next columns. */
DPB__LOOP map_rows(size_t rows, size_t cols, const float *b, float *y, vf (*f)(vf, vf)) {
  size_t c = 0;
  if (cols % LANES != 0 && cols < NARROW && rows >= MANY_ROWS) {
    const size_t beside = rows - rows % LANES;
    map_narrow_rows(beside, cols, b, y, f);
    rows -= beside;
    y += beside * cols;
  }
  for (; cols - c >= BLOCK * LANES; c += BLOCK * LANES) {
    vf part[BLOCK];
    for (size_t j = 0; j < BLOCK; j++) part[j] = load(b + c + j * LANES);
    float *at = y + c;
    for (size_t r = 0; r < rows; r++, at += cols)
      for (size_t j = 0; j < BLOCK; j++)
        store(at + j * LANES, f(load(at + j * LANES), part[j]));
  }
  for (; cols - c >= LANES; c += LANES) {
    const vf part = load(b + c);
    for (size_t r = 0; r < rows; r++)
      store(y + r * cols + c, f(load(y + r * cols + c), part));
  }
  size_t rest = cols - c;
  if (rest == 0) return;
  const vf part = load_part(b + c, rest, 0.0f);
  for (size_t r = 0; r < rows; r++)
    store_part(y + r * cols + c, rest, f(load_part(y + r * cols + c, rest, 0.0f), part));
}

static void add_rows(size_t rows, size_t cols, const float *b, float *y) {
  map_rows(rows, cols, b, y, sum_of_two);
}
static void relu_rows(size_t rows, size_t cols, const float *b, float *y) {
  map_rows(rows, cols, b, y, relu_of_sum);
}

/* Down the rows with the sums of some columns in registers, then the next columns. */
static void sum_rows(size_t rows, size_t cols, const float *x, float *s) {
  size_t c = 0;
  for (; cols - c >= BLOCK * LANES; c += BLOCK * LANES) {
    vf sum[BLOCK];
    for (size_t j = 0; j < BLOCK; j++) sum[j] = load(s + c + j * LANES);
    for (size_t r = 0; r < rows; r++)
      for (size_t j = 0; j < BLOCK; j++) sum[j] += load(x + r * cols + c + j * LANES);
    for (size_t j = 0; j < BLOCK; j++) store(s + c + j * LANES, sum[j]);
  }
  for (; cols - c >= LANES; c += LANES) {
    vf sum = load(s + c);
    for (size_t r = 0; r < rows; r++) sum += load(x + r * cols + c);
    store(s + c, sum);
  }
  size_t rest = cols - c;
  if (rest == 0) return;
  vf sum = load_part(s + c, rest, 0.0f);
  for (size_t r = 0; r < rows; r++) sum += load_part(x + r * cols + c, rest, 0.0f);
  store_part(s + c, rest, sum);
}

static void add_scaled(size_t n, float a, const float *x, float *y) {
  const vf factor = splat(a);
  const size_t body = n - n % LANES, rest = n - body;
  for (size_t i = 0; i < body; i += LANES)
    store(y + i, load(y + i) + factor * load(x + i));
  if (rest > 0)
    store_part(y + body, rest,
               load_part(y + body, rest, 0.0f) +
                   factor * load_part(x + body, rest, 0.0f));
}

static void scale(size_t n, float a, float *y) {
  const vf factor = splat(a);
  const size_t body = n - n % LANES, rest = n - body;
  for (size_t i = 0; i < body; i += LANES) store(y + i, factor * load(y + i));
  if (rest > 0) store_part(y + body, rest, factor * load_part(y + body, rest, 0.0f));
}

/* Squares of floats are exact in double. */
static double sum_squares(size_t n, const float *x) {
  vd sum = no_squares();
  const size_t body = n - n % LANES, rest = n - body;
  for (size_t i = 0; i < body; i += LANES) sum = add_squares(sum, load(x + i));
  if (rest > 0) sum = add_squares(sum, load_part(x + body, rest, 0.0f));
  return total_of(sum);
}

static inline vm is_infinite_or_nan(vf x) {
  vf magnitude = from_bits(bits(x) & splat_bits(0x7fffffffu));
  return is_not_at_most(magnitude, splat(FLT_MAX));
}

static int all_finite(size_t n, const float *x) {
  size_t body = n - n % LANES;
  vm bad = is_infinite_or_nan(splat(0.0f));
  for (size_t i = 0; i < body; i += LANES) bad |= is_infinite_or_nan(load(x + i));
  size_t rest = n - body;
  if (rest > 0) bad |= is_infinite_or_nan(load_part(x + body, rest, 0.0f));
  return !any(bad);
}

#include "simd/vec_activations.inc.h"
#include "simd/vec_optimizers.inc.h"

const dpb__vec *TABLE(void) {
  static const dpb__vec table = {
      .name = TABLE_NAME,
      .from_bytes = from_bytes,
      .sigmoid = sigmoid,
      .sigmoid_gradient = sigmoid_gradient,
      .tanh = hyperbolic_tangent,
      .tanh_gradient = tanh_gradient,
      .relu = relu,
      .relu_gradient = relu_gradient,
      .leaky_relu = leaky_relu,
      .leaky_relu_gradient = leaky_relu_gradient,
      .elu = elu,
      .elu_gradient = elu_gradient,
      .softplus = softplus,
      .softplus_gradient = softplus_gradient,
      .gelu = gelu,
      .gelu_gradient = gelu_gradient,
      .gelu_tanh = gelu_tanh,
      .gelu_tanh_gradient = gelu_tanh_gradient,
      .softmax = softmax,
      .fill_rows = fill_rows,
      .add_rows = add_rows,
      .relu_rows = relu_rows,
      .sum_rows = sum_rows,
      .add = add,
      .add_scaled = add_scaled,
      .scale = scale,
      .sum_squares = sum_squares,
      .all_finite = all_finite,
      .sgd = sgd,
      .momentum = momentum,
      .nesterov = nesterov,
      .adagrad = adagrad,
      .rmsprop = rmsprop,
      .adam = adam,
  };
  return &table;
}
