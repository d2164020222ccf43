/* SPDX-License-Identifier: MIT
 *
 * Numerical differentiation and gradient descent (chapter 4):
 *
 *     f'(x) = (f(x + h) - f(x - h)) / 2h,    x <- x - rate * grad f(x)
 */
#include <deepblas/gradient.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"

#define DESCENT_H 1e-4

/* False for NaN too. */
static bool is_positive(double number) {
  return number > 0 && isfinite(number);
}

static double difference(double above, double below, double h) {
  return (above - below) / (2 * h);
}

dpb_status dpb_numerical_diff(dpb_function_1d f, double x, double h, void *user,
                              double *derivative) {
  if (derivative == NULL)
    return dpb__fail(DPB_ERR_ARG, "numerical derivative: derivative is NULL");
  *derivative = 0;
  if (f == NULL) return dpb__fail(DPB_ERR_ARG, "numerical derivative: f is NULL");
  if (!is_positive(h))
    return dpb__fail(DPB_ERR_ARG, "numerical derivative: h is %g, must be above 0", h);
  double above = f(x + h, user), below = f(x - h, user);
  double slope = difference(above, below, h);
  if (!isfinite(slope))
    return dpb__fail(DPB_ERR_DIVERGED,
                     "numerical derivative: f is %g and %g around x = %g", above, below,
                     x);
  *derivative = slope;
  return DPB_OK;
}

static dpb_status check_function(const char *what, dpb_function_nd f, size_t n,
                                 const double *x, const double *out) {
  if (f == NULL || x == NULL || out == NULL)
    return dpb__fail(DPB_ERR_ARG, "%s: f, x or the output is NULL", what);
  if (n == 0) return dpb__fail(DPB_ERR_ARG, "%s: n is 0, must be at least 1", what);
  return DPB_OK;
}

dpb_status dpb_numerical_gradient(dpb_function_nd f, size_t n, double *x, double h,
                                  void *user, double *gradient) {
  dpb_status status = check_function("numerical gradient", f, n, x, gradient);
  if (status != DPB_OK) return status;
  if (!is_positive(h))
    return dpb__fail(DPB_ERR_ARG, "numerical gradient: h is %g, must be above 0", h);
  for (size_t i = 0; i < n; i++) {
    double kept = x[i];
    x[i] = kept + h;
    double above = f(n, x, user);
    x[i] = kept - h;
    double below = f(n, x, user);
    x[i] = kept;
    gradient[i] = difference(above, below, h);
    if (!isfinite(gradient[i]))
      return dpb__fail(DPB_ERR_DIVERGED,
                       "numerical gradient: f is %g and %g around x[%zu] = %g", above,
                       below, i, kept);
  }
  return DPB_OK;
}

/* next = x - rate * next, next being the gradient. x moves only when all of it stays
 * finite. */
static dpb_status move(size_t n, double *x, double rate, double *next) {
  for (size_t i = 0; i < n; i++) {
    next[i] = x[i] - rate * next[i];
    if (!isfinite(next[i]))
      return dpb__fail(DPB_ERR_DIVERGED, "x[%zu] = %g would become %g", i, x[i], next[i]);
  }
  memcpy(x, next, n * sizeof *x);
  return DPB_OK;
}

dpb_status dpb_gradient_descent(dpb_function_nd f, size_t n, double *x, double rate,
                                size_t steps, double *scratch, dpb_descent_path path,
                                void *user) {
  dpb_status status = check_function("gradient descent", f, n, x, scratch);
  if (status != DPB_OK) return status;
  if (!is_positive(rate))
    return dpb__fail(DPB_ERR_ARG, "gradient descent: rate is %g, must be above 0", rate);
  for (size_t step = 0; step < steps; step++) {
    if (path != NULL) path(step, n, x, user);
    status = dpb_numerical_gradient(f, n, x, DESCENT_H, user, scratch);
    if (status == DPB_OK) status = move(n, x, rate, scratch);
    if (status != DPB_OK)
      return dpb__fail_in(status, "gradient descent, step %zu: ", step);
  }
  if (path != NULL) path(steps, n, x, user);
  return DPB_OK;
}
