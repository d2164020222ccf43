/* SPDX-License-Identifier: MIT
 *
 * The perceptron and the logic gates (chapter 2): y = 1 when b + w . x > 0, else 0.
 */
#include <deepblas/perceptron.h>

#include <stddef.h>

int dpb_perceptron(size_t n, const double *w, double b, const double *x) {
  if (n > 0 && (w == NULL || x == NULL)) return 0;
  double sum = b;
  for (size_t i = 0; i < n; i++) sum += w[i] * x[i];
  return sum > 0;
}

static int run_gate(double w, double b, double x1, double x2) {
  return dpb_perceptron(2, (const double[]){w, w}, b, (const double[]){x1, x2});
}

int dpb_gate_and(double x1, double x2) {
  return run_gate(0.5, -0.7, x1, x2);
}

int dpb_gate_nand(double x1, double x2) {
  return run_gate(-0.5, 0.7, x1, x2);
}

int dpb_gate_or(double x1, double x2) {
  return run_gate(0.5, -0.2, x1, x2);
}

/* No single line separates XOR's ones from its zeroes; two layers of lines do. */
int dpb_gate_xor(double x1, double x2) {
  return dpb_gate_and(dpb_gate_nand(x1, x2), dpb_gate_or(x1, x2));
}
