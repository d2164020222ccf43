/* SPDX-License-Identifier: MIT */
#include "bare_gemm.h"

#include <stdlib.h>

#include <cblas.h>

#include "bench.h"

static float *matrix(size_t count) {
  float *values = malloc(count * sizeof *values);
  if (!values) bench_quit(3, "no memory for a matrix of %zu numbers", count);
  for (size_t i = 0; i < count; i++) values[i] = (float)(i % 7) - 3.0f;
  return values;
}

void bench_operands_fit(bench_operands *operands, dpb_gemm_size g) {
  const size_t m = (size_t)g.m, n = (size_t)g.n, k = (size_t)g.k;
  const size_t sizes[] = {m * k, k * n, m * n};
  size_t room = operands->room;
  for (int i = 0; i < 3; i++)
    if (sizes[i] > room) room = sizes[i];
  if (room == operands->room) return;
  bench_operands_free(operands);
  *operands = (bench_operands){matrix(room), matrix(room), matrix(room), room};
}

void bench_operands_free(bench_operands *operands) {
  free(operands->a);
  free(operands->b);
  free(operands->c);
  *operands = (bench_operands){0};
}

void bench_gemm(const bench_operands *operands, bench_form form, dpb_gemm_size g) {
  if (g.m == 0) return;
  cblas_sgemm(CblasRowMajor, form == BENCH_ATB ? CblasTrans : CblasNoTrans,
              form == BENCH_ABT ? CblasTrans : CblasNoTrans, g.m, g.n, g.k, 1.0f,
              operands->a, form == BENCH_ATB ? g.m : g.k, operands->b,
              form == BENCH_ABT ? g.k : g.n, 0.0f, operands->c, g.n);
}

void bench_gemm_threads(int threads) {
  openblas_set_num_threads(threads);
}
