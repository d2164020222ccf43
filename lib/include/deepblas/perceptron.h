/* SPDX-License-Identifier: MIT
 *
 * The perceptron and the logic gates of chapter 2.
 */
#ifndef DEEPBLAS_PERCEPTRON_H
#define DEEPBLAS_PERCEPTRON_H

#include <stddef.h>

#include <deepblas/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 1 when b + sum of w[i] * x[i] is above 0, else 0 (section 2.3); 0 also when an array is
 * NULL, or something is NaN. */
DPB_API int dpb_perceptron(size_t n, const double *w, double b, const double *x);

/* Gates of one perceptron each, with the weights of section 2.3.3; x1 and x2 are 0 or 1.
 */
DPB_API int dpb_gate_and(double x1, double x2);
DPB_API int dpb_gate_nand(double x1, double x2);
DPB_API int dpb_gate_or(double x1, double x2);

/* XOR takes two layers: AND of NAND and OR (section 2.5). */
DPB_API int dpb_gate_xor(double x1, double x2);

#ifdef __cplusplus
}
#endif

#endif
