/* SPDX-License-Identifier: MIT
 *
 * Numerical differentiation and gradient descent (chapter 4), in double precision.
 *
 * Errors: DPB_ERR_ARG for NULL, n = 0 or a step that is not a positive number;
 * DPB_ERR_DIVERGED, with the coordinate, when the caller's function yields NaN or
 * infinity.
 */
#ifndef DEEPBLAS_GRADIENT_H
#define DEEPBLAS_GRADIENT_H

#include <stddef.h>

#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A function of one number; user is the caller's own. */
typedef double (*dpb_function_1d)(double x, void *user);

/* A function of n numbers. */
typedef double (*dpb_function_nd)(size_t n, const double *x, void *user);

/* Central difference (f(x + h) - f(x - h)) / 2h (section 4.3.1); the book's h is 1e-4. */
DPB_API dpb_status dpb_numerical_diff(dpb_function_1d f, double x, double h, void *user,
                                      double *derivative);

/* Central difference in each of the n coordinates (section 4.4): 2n calls of f. x is
 * changed in turn during the calls and is as it was on return. */
DPB_API dpb_status dpb_numerical_gradient(dpb_function_nd f, size_t n, double *x,
                                          double h, void *user, double *gradient);

/* Called with the position before each step and after the last (step = steps). */
typedef void (*dpb_descent_path)(size_t step, size_t n, const double *x, void *user);

/* steps times x -= rate * numerical gradient (section 4.4.1), in place, h = 1e-4. scratch
 * holds n doubles; path may be NULL. On failure x is the last position that was finite.
 */
DPB_API dpb_status dpb_gradient_descent(dpb_function_nd f, size_t n, double *x,
                                        double rate, size_t steps, double *scratch,
                                        dpb_descent_path path, void *user);

#ifdef __cplusplus
}
#endif

#endif
