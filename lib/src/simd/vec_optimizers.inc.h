/* SPDX-License-Identifier: MIT
 *
 * One step of each optimiser (formulas: <deepblas/optimizer.h>), one pass over the
 * parameters: part of vec_kernels.inc.h, in the same vocabulary. Nothing but IEEE
 * operations, each rounded for itself and in a fixed order, so that a training run gives
 * the same updates in every table.
 */

/* The rates, spread out over vectors, with what can be worked out once. */
typedef struct spread_rates {
  vf lr;
  vf momentum;
  vf look_ahead; /* momentum^2 */
  vf slope;      /* (1 + momentum) lr */
  vf keep;       /* RMSprop: decay; Adam: not used */
  vf gain;       /* RMSprop: 1 - decay; Adam: 1 - beta1 */
  vf gain2;      /* Adam: 1 - beta2 */
  vf eps;
  vf shrink;
} spread_rates;

static inline spread_rates spread(const dpb__step_rates *r, float keep, float gain) {
  return (spread_rates){.lr = splat(r->lr),
                        .momentum = splat(r->momentum),
                        .look_ahead = splat(r->momentum * r->momentum),
                        .slope = splat((1.0f + r->momentum) * r->lr),
                        .keep = splat(keep),
                        .gain = splat(gain),
                        .gain2 = splat(1.0f - r->beta2),
                        .eps = splat(r->eps),
                        .shrink = splat(r->shrink)};
}

/* Decoupled weight decay. As a difference, because 1 - shrink would lose most digits of
 * a small one. Without it, p - 0 p is p. */
static inline vf shrunk(const spread_rates *r, vf p) {
  return p - r->shrink * p;
}

static inline vf sgd_step(const spread_rates *r, vf p, vf g) {
  return shrunk(r, p) - r->lr * g;
}

static inline vf momentum_step(const spread_rates *r, vf p, vf g, vf *v) {
  *v = r->momentum * *v - r->lr * g;
  return shrunk(r, p) + *v;
}

static inline vf nesterov_step(const spread_rates *r, vf p, vf g, vf *v) {
  vf old = *v;
  *v = r->momentum * old - r->lr * g;
  return shrunk(r, p) + r->look_ahead * old - r->slope * g;
}

static inline vf adagrad_step(const spread_rates *r, vf p, vf g, vf *h) {
  *h += g * g;
  return shrunk(r, p) - r->lr * g / (root(*h) + r->eps);
}

static inline vf rmsprop_step(const spread_rates *r, vf p, vf g, vf *h) {
  *h = r->keep * *h + r->gain * g * g;
  return shrunk(r, p) - r->lr * g / (root(*h) + r->eps);
}

static inline vf adam_step(const spread_rates *r, vf p, vf g, vf *m, vf *v) {
  *m += r->gain * (g - *m);
  *v += r->gain2 * (g * g - *v);
  return shrunk(r, p) - r->lr * *m / (root(*v) + r->eps);
}

static void sgd(size_t n, const dpb__step_rates *rates, float *p, const float *g) {
  spread_rates r = spread(rates, 0.0f, 0.0f);
  size_t body = n - n % LANES, rest = n - body;
  for (size_t i = 0; i < body; i += LANES)
    store(p + i, sgd_step(&r, load(p + i), load(g + i)));
  if (rest == 0) return;
  vf last =
      sgd_step(&r, load_part(p + body, rest, 0.0f), load_part(g + body, rest, 0.0f));
  store_part(p + body, rest, last);
}

/* Runs an optimiser with one state vector. */
DPB__LOOP update1(size_t n, const spread_rates *r, float *p, const float *g, float *s,
                  vf (*step)(const spread_rates *, vf, vf, vf *)) {
  size_t body = n - n % LANES, rest = n - body;
  for (size_t i = 0; i < body; i += LANES) {
    vf state = load(s + i);
    store(p + i, step(r, load(p + i), load(g + i), &state));
    store(s + i, state);
  }
  if (rest == 0) return;
  vf state = load_part(s + body, rest, 0.0f);
  vf last =
      step(r, load_part(p + body, rest, 0.0f), load_part(g + body, rest, 0.0f), &state);
  store_part(p + body, rest, last);
  store_part(s + body, rest, state);
}

static void momentum(size_t n, const dpb__step_rates *rates, float *p, const float *g,
                     float *v) {
  spread_rates r = spread(rates, 0.0f, 0.0f);
  update1(n, &r, p, g, v, momentum_step);
}

static void nesterov(size_t n, const dpb__step_rates *rates, float *p, const float *g,
                     float *v) {
  spread_rates r = spread(rates, 0.0f, 0.0f);
  update1(n, &r, p, g, v, nesterov_step);
}

static void adagrad(size_t n, const dpb__step_rates *rates, float *p, const float *g,
                    float *h) {
  spread_rates r = spread(rates, 0.0f, 0.0f);
  update1(n, &r, p, g, h, adagrad_step);
}

static void rmsprop(size_t n, const dpb__step_rates *rates, float *p, const float *g,
                    float *h) {
  spread_rates r = spread(rates, rates->decay, 1.0f - rates->decay);
  update1(n, &r, p, g, h, rmsprop_step);
}

static void adam(size_t n, const dpb__step_rates *rates, float *p, const float *g,
                 float *m, float *v) {
  spread_rates r = spread(rates, 0.0f, 1.0f - rates->beta1);
  size_t body = n - n % LANES, rest = n - body;
  for (size_t i = 0; i < body; i += LANES) {
    vf mean = load(m + i), square = load(v + i);
    store(p + i, adam_step(&r, load(p + i), load(g + i), &mean, &square));
    store(m + i, mean);
    store(v + i, square);
  }
  if (rest == 0) return;
  vf mean = load_part(m + body, rest, 0.0f), square = load_part(v + body, rest, 0.0f);
  vf last = adam_step(&r, load_part(p + body, rest, 0.0f),
                      load_part(g + body, rest, 0.0f), &mean, &square);
  store_part(p + body, rest, last);
  store_part(m + body, rest, mean);
  store_part(v + body, rest, square);
}
