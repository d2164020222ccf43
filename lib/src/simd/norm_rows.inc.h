/* SPDX-License-Identifier: MIT
 *
 * The kernels on one row, of layer normalisation. Belongs to norm_kernels.inc.h.
 */

INLINE void row_apply_of(size_t n, const float *x, float mean, float scale,
                         const float *gamma, const float *beta, bool relu, float *y) {
  size_t i = 0;
  for (; n - i >= LANES; i += LANES) {
    const vf v =
        (load(x + i) - splat(mean)) * splat(scale) * load(gamma + i) + load(beta + i);
    store(y + i, relu ? relu_of(v) : v);
  }
  for (; i < n; i++) {
    const float v = (x[i] - mean) * scale * gamma[i] + beta[i];
    y[i] = relu ? relu_of_one(v) : v;
  }
}

static void row_apply(size_t n, const float *x, float mean, float scale,
                      const float *gamma, const float *beta, bool relu, float *y) {
  if (relu)
    row_apply_of(n, x, mean, scale, gamma, beta, true, y);
  else
    row_apply_of(n, x, mean, scale, gamma, beta, false, y);
}

enum { ROUND = 64 };

/* Number i is added to sum number i mod ROUND, whatever LANES is; after so many rounds
 * they go over into the double. */
static void row_sums(size_t n, const float *x, float mean, float scale,
                     const float *gamma, const float *dy, float *dgamma, float *dbeta,
                     double out[2]) {
  out[0] = out[1] = 0.0;
  for (size_t begin = 0; begin < n; begin += (size_t)ROUND * BLOCK) {
    const size_t end =
        n - begin < (size_t)ROUND * BLOCK ? n : begin + (size_t)ROUND * BLOCK;
    float first[ROUND] = {0}, second[ROUND] = {0};
    size_t i = begin;
    for (; end - i >= LANES; i += LANES) {
      const size_t to = (i - begin) % ROUND;
      const vf d = load(dy + i), off = load(x + i) - splat(mean), g = d * load(gamma + i);
      store(dgamma + i, load(dgamma + i) + d * (off * splat(scale)));
      store(dbeta + i, load(dbeta + i) + d);
      store(first + to, load(first + to) + g);
      store(second + to, load(second + to) + g * off);
    }
    for (; i < end; i++) {
      const size_t to = (i - begin) % ROUND;
      const float d = dy[i], off = x[i] - mean, g = d * gamma[i];
      dgamma[i] += d * (off * scale);
      dbeta[i] += d;
      first[to] += g;
      second[to] += g * off;
    }
    for (size_t j = 0; j < ROUND; j++) {
      out[0] += (double)first[j];
      out[1] += (double)second[j];
    }
  }
}

static void row_gradient(size_t n, const float *x, float mean, const float *gamma,
                         const float *dy, float level, float slope, float scale,
                         float *dx) {
  size_t i = 0;
  for (; n - i >= LANES; i += LANES) {
    const vf g = load(dy + i) * load(gamma + i), off = load(x + i) - splat(mean);
    store(dx + i, (g - splat(level) - off * splat(slope)) * splat(scale));
  }
  for (; i < n; i++) {
    const float off = x[i] - mean;
    dx[i] = (dy[i] * gamma[i] - level - off * slope) * scale;
  }
}
