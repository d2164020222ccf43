/* SPDX-License-Identifier: MIT
 *
 * Figures of a search for settings.
 */
#include "search_figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"

enum { IN_A_ROW = 5 };

static void widen(double *low, double *high, const double *y, size_t count) {
  for (size_t i = 0; y && i < count; i++) {
    if (!isfinite(y[i])) continue;
    *low = fmin(*low, y[i]);
    *high = fmax(*high, y[i]);
  }
}

figure *search_figure_curves(const search_curve curves[], size_t count,
                             const char *what) {
  const int columns = count < IN_A_ROW ? (int)count : IN_A_ROW;
  const int rows = (int)((count + IN_A_ROW - 1) / IN_A_ROW);
  double low = 0, high = 0;
  for (size_t i = 0; i < count; i++) {
    widen(&low, &high, curves[i].train, curves[i].count);
    widen(&low, &high, curves[i].validation, curves[i].count);
  }
  figure *f =
      figure_new("The best trials", columns > 0 ? columns : 1, rows > 0 ? rows : 1);
  for (size_t i = 0; i < count; i++) {
    const search_curve *c = &curves[i];
    char title[80];
    snprintf(title, sizeof title, "best %zu: %.3f (trial %d)", i + 1, c->score, c->trial);
    figure_panel(f, title, "epoch", i % IN_A_ROW == 0 ? what : "");
    if (high > low) figure_range(f, 'y', low, high > 0.5 && high <= 1 ? 1 : high);
    figure_line(f, i == 0 ? "validation" : "", c->epochs, c->validation, c->count);
    if (c->train) figure_line(f, i == 0 ? "train" : "", c->epochs, c->train, c->count);
  }
  return f;
}

static size_t best_of(const search_points *p, dpb_goal goal) {
  size_t best = p->count;
  for (size_t i = 0; i < p->count; i++) {
    if (isnan(p->scores[i])) continue;
    if (best == p->count || (goal == DPB_MAXIMIZE ? p->scores[i] > p->scores[best]
                                                  : p->scores[i] < p->scores[best]))
      best = i;
  }
  return best;
}

static void draw_values(figure *f, const dpb_dimension *d, const search_points *p,
                        size_t stride, size_t index, size_t best, const char *what) {
  double *x = need_memory((p->count + 1) * sizeof *x);
  for (size_t i = 0; i < p->count; i++) x[i] = p->values[i * stride + index];
  figure_panel(f, "", d->name, what);
  if (d->kind == DPB_LOG || d->kind == DPB_LOG_INT) figure_log_axis(f, 'x');
  if (d->kind == DPB_CHOICE) {
    figure_names(f, d->choices, (size_t)d->choice_count);
    figure_range(f, 'x', -0.5, d->choice_count - 0.5);
  } else {
    figure_range(f, 'x', d->low, d->high);
  }
  figure_points(f, "trials", x, p->scores, p->count);
  if (best < p->count) figure_points(f, "best", &x[best], &p->scores[best], 1);
  free(x);
}

figure *search_figure_values(const dpb_space *space, const search_points *points,
                             dpb_goal goal, const char *what) {
  const int count = dpb_space_count(space);
  int columns = 1;
  while (columns * columns < count) columns++;
  figure *f = figure_new("What the values came to", columns,
                         count > 0 ? (count + columns - 1) / columns : 1);
  for (int i = 0; i < count; i++) {
    dpb_dimension d;
    if (dpb_space_dimension(space, i, &d) == DPB_OK)
      draw_values(f, &d, points, (size_t)count, (size_t)i, best_of(points, goal), what);
  }
  return f;
}
