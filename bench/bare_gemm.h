/* SPDX-License-Identifier: MIT
 *
 * Bare calls of cblas_sgemm, to hold against: no cutting, no library of ours between.
 */
#ifndef DEEPBLAS_BARE_GEMM_H
#define DEEPBLAS_BARE_GEMM_H

#include <stddef.h>

#include <deepblas/model.h>

/* Matrices that are large enough for every product they were made to fit. Begin with
 * {0}. */
typedef struct bench_operands {
  float *a, *b, *c;
  size_t room; /* numbers in each */
} bench_operands;

/* Makes the matrices larger where the product g does not fit yet. */
void bench_operands_fit(bench_operands *operands, dpb_gemm_size g);
void bench_operands_free(bench_operands *operands);

/* The three forms an Affine needs: forward, data gradient and weight gradient. */
typedef enum bench_form { BENCH_AB, BENCH_ABT, BENCH_ATB } bench_form;

/* One product C[m, n] = A[m, k] * B[k, n], each row-major and dense, A or B stored the
 * other way round as form says. Nothing for m = 0. */
void bench_gemm(const bench_operands *operands, bench_form form, dpb_gemm_size g);

/* Threads of the products. */
void bench_gemm_threads(int threads);

#endif
