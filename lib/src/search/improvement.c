/* SPDX-License-Identifier: MIT
 *
 * Expected improvement, and its maximum: many points drawn over the whole space and
 * around the best ones seen; from the most promising of them, steps at random that get
 * shorter when they do not lead up. Only points that a trial can have are looked at, so
 * integers and choices need no rounding afterwards (Garrido-Merchan, Hernandez-Lobato
 * 2020).
 */
#include "search/improvement.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

enum {
  BLOCK = 32,  /* points that are predicted in one go */
  BLOCKS = 40, /* of them, for the overview */
  NEAR = 8,    /* of those, around points seen */
  CLIMBERS = 6,
  CLIMB = 24 /* blocks of each climber */
};

double dpb__log_improvement(double mean, double deviation, double best) {
  const double log_sqrt_two_pi = 0.91893853320467274178;
  double z = (best - mean) / deviation;
  double log_density = -0.5 * z * z - log_sqrt_two_pi;
  double log_h;
  if (z > -30.0) {
    double density = exp(log_density);
    log_h = log(density + z * 0.5 * erfc(-z * 0.70710678118654752440));
  } else {
    /* phi(z) + z Phi(z) = phi(z) (1/z^2 - 3/z^4 + 15/z^6 - ...) */
    double q = 1.0 / (z * z);
    log_h = log_density + log(q * (1.0 - 3.0 * q + 15.0 * q * q));
  }
  return log(deviation) + log_h;
}

void dpb__draw_point(const dpb_space *space, dpb_rng *rng, double *point) {
  for (int i = 0; i < space->count; i++)
    point[i] = dpb__dimension_snap(&space->at[i], dpb_rng_uniform_double(rng));
}

typedef struct climber {
  double value;
  double point[DPB__MAX_DIMENSIONS];
} climber;

typedef struct survey {
  const dpb_space *space;
  const dpb__gp *gp;
  double best;
  dpb_rng *rng;
  double *points; /* BLOCK x d */
  double *work;   /* BLOCK x n */
  double value[BLOCK];
  climber top[CLIMBERS]; /* best first */
} survey;

/* Some coordinates, one at least, moved by about step; a choice is drawn anew. */
static void draw_near(const survey *s, const double *from, double step, double *point) {
  int d = s->space->count;
  int always = (int)dpb_rng_below(s->rng, (uint32_t)d);
  double share = fmin(1.0, 3.0 / d);
  for (int i = 0; i < d; i++) {
    const dpb__dimension *dimension = &s->space->at[i];
    bool moves = dpb_rng_uniform_double(s->rng) < share || i == always;
    double u = from[i];
    if (moves && dimension->kind == DPB_CHOICE) {
      u = dpb_rng_uniform_double(s->rng);
    } else if (moves) {
      double away = (double)dpb_rng_normal(s->rng) * step;
      /* A step too short for an integer to change is one to its neighbour. */
      double least = 1.0 / (dimension->high - dimension->low + 1.0);
      bool whole = dimension->kind == DPB_INT;
      if (whole && fabs(away) < least) away = away < 0.0 ? -least : least;
      u = fmin(fmax(u + away, 0.0), 1.0);
    }
    point[i] = dpb__dimension_snap(dimension, u);
  }
}

static bool is_seen(const dpb__gp *gp, const double *point) {
  size_t bytes = (size_t)gp->d * sizeof(double);
  for (size_t i = 0; i < (size_t)gp->n; i++)
    if (memcmp(gp->x + i * (size_t)gp->d, point, bytes) == 0) return true;
  return false;
}

/* The values of the points of a block; -infinity for what has been seen. */
static void measure(survey *s) {
  double mean[BLOCK], deviation[BLOCK];
  dpb__gp_predict(s->gp, BLOCK, s->points, mean, deviation, s->work);
  for (int j = 0; j < BLOCK; j++) {
    double value = dpb__log_improvement(mean[j], deviation[j], s->best);
    bool out = isnan(value) || is_seen(s->gp, s->points + j * s->space->count);
    s->value[j] = out ? -HUGE_VAL : value;
  }
}

static void offer(survey *s, int j) {
  if (!(s->value[j] > s->top[CLIMBERS - 1].value)) return;
  int at = CLIMBERS - 1;
  for (; at > 0 && s->value[j] > s->top[at - 1].value; at--) s->top[at] = s->top[at - 1];
  int d = s->space->count;
  s->top[at].value = s->value[j];
  memcpy(s->top[at].point, s->points + j * d, (size_t)d * sizeof(double));
}

/* The point seen whose value is the rank-th best. */
static const double *seen_at_rank(const dpb__gp *gp, int rank) {
  for (int i = 0; i < gp->n; i++) {
    int better = 0;
    for (int j = 0; j < gp->n; j++)
      if (gp->y[j] < gp->y[i] || (j < i && !(gp->y[j] > gp->y[i]))) better++;
    if (better == rank) return gp->x + (size_t)i * (size_t)gp->d;
  }
  return gp->x;
}

static void look_around(survey *s) {
  int d = s->space->count;
  for (int block = 0; block < BLOCKS; block++) {
    const double *from = NULL;
    if (block < NEAR) from = seen_at_rank(s->gp, block / 2 % s->gp->n);
    double step = block % 2 == 0 ? 0.1 : 0.02;
    for (int j = 0; j < BLOCK; j++) {
      if (from != NULL)
        draw_near(s, from, step, s->points + j * d);
      else
        dpb__draw_point(s->space, s->rng, s->points + j * d);
    }
    measure(s);
    for (int j = 0; j < BLOCK; j++) offer(s, j);
  }
}

static void climb(survey *s, climber *c) {
  int d = s->space->count;
  double step = 0.1;
  for (int k = 0; k < CLIMB && c->value > -HUGE_VAL; k++) {
    for (int j = 0; j < BLOCK; j++) draw_near(s, c->point, step, s->points + j * d);
    measure(s);
    int best = 0;
    for (int j = 1; j < BLOCK; j++)
      if (s->value[j] > s->value[best]) best = j;
    if (s->value[best] > c->value) {
      c->value = s->value[best];
      memcpy(c->point, s->points + best * d, (size_t)d * sizeof(double));
    } else {
      step *= 0.5;
    }
  }
}

dpb_status dpb__improvement_search(const dpb_space *space, const dpb__gp *gp, double best,
                                   dpb_rng *rng, double *point) {
  size_t d = (size_t)gp->d, n = (size_t)gp->n;
  void *memory;
  dpb_status status = dpb__allocate(BLOCK * (d + n), sizeof(double),
                                    "the search for the next trial", &memory);
  if (status != DPB_OK) return status;
  survey s = {.space = space, .gp = gp, .best = best, .rng = rng, .points = memory};
  s.work = s.points + BLOCK * d;
  for (int i = 0; i < CLIMBERS; i++) s.top[i].value = -HUGE_VAL;
  look_around(&s);
  int highest = 0;
  for (int i = 0; i < CLIMBERS; i++) {
    climb(&s, &s.top[i]);
    if (s.top[i].value > s.top[highest].value) highest = i;
  }
  if (s.top[highest].value > -HUGE_VAL)
    memcpy(point, s.top[highest].point, d * sizeof(double));
  else
    dpb__draw_point(space, rng, point);
  dpb__release(memory);
  return DPB_OK;
}
