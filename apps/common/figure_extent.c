/* SPDX-License-Identifier: MIT
 *
 * What a panel's axes must reach over. gnuplot refuses or warns where a range is empty,
 * or where no number decides it; so such ranges are found here.
 */
#include <float.h>
#include <math.h>

#include "figure_parts.h"

/* Far beyond any figure of use, and far enough from DBL_MAX for sums of two. */
static const double absurd = 1e100;

int figure_drawable(double value, int log) {
  if (!(fabs(value) <= absurd)) return 0;
  return !log || value >= 1 / absurd;
}

const figure_item *figure_only(const figure_part *p, figure_kind kind) {
  for (size_t i = 0; i < p->count; i++) {
    if (p->items[i].kind == kind) return &p->items[i];
  }
  return NULL;
}

double figure_bar_width(const figure_item *item) {
  double width = 0;
  double last = (double)NAN;
  for (size_t i = 0; i < item->rows; i++) {
    double x = item->values[i * item->width];
    if (!figure_drawable(x, 0)) continue;
    double step = fabs(x - last);
    if (step > 0 && (width == 0 || step < width)) width = step;
    last = x;
  }
  return width > 0 ? width : 1;
}

int figure_bar_place(const figure_part *p, const figure_item *item, int *of) {
  int place = 0;
  *of = 0;
  for (size_t i = 0; i < p->count; i++) {
    if (p->items[i].kind != FIGURE_BARS) continue;
    if (&p->items[i] == item) place = *of;
    ++*of;
  }
  return place;
}

typedef struct extent {
  double low, high;
  int log;
  size_t count;
} extent;

static void include(extent *e, double value) {
  if (!figure_drawable(value, e->log)) return;
  if (e->count == 0 || value < e->low) e->low = value;
  if (e->count == 0 || value > e->high) e->high = value;
  e->count++;
}

static void include_point(extent *e, const figure_item *item, const double *at,
                          int axis) {
  if (item->kind == FIGURE_BARS && axis == 0) {
    double half = figure_bar_width(item) / 2;
    include(e, at[0] - half);
    include(e, at[0] + half);
    return;
  }
  include(e, at[axis]);
  if (item->kind == FIGURE_ARROWS) include(e, at[axis] + at[axis + 2]);
  if (item->kind == FIGURE_BARS && !e->log) include(e, 0);
}

static void include_item(extent *e, const figure_item *item, int axis, int other_log) {
  if (item->kind == FIGURE_CONTOURS) {
    include(e, item->box[2 * axis]);
    include(e, item->box[2 * axis + 1]);
    return;
  }
  if (item->kind > FIGURE_ARROWS) return;
  for (size_t i = 0; i < item->rows; i++) {
    const double *at = item->values + i * item->width;
    if (figure_drawable(at[!axis], other_log)) include_point(e, item, at, axis);
  }
}

size_t figure_extent(const figure_part *p, int axis, double *low, double *high) {
  const figure_axis *a = &p->axes[axis];
  extent e = {.log = a->log};
  for (size_t i = 0; i < p->count; i++)
    include_item(&e, &p->items[i], axis, p->axes[!axis].log);
  if (a->fixed && (!a->log || a->from > 0)) {
    e.low = a->from;
    e.high = a->to;
  } else if (e.count == 0) {
    e.low = a->log ? 0.1 : 0;
    e.high = 1;
  } else if (!(e.high - e.low > 4 * DBL_EPSILON * fmax(fabs(e.low), fabs(e.high)))) {
    double middle = e.low;
    e.low = a->log ? middle / 2 : middle - (middle == 0 ? 1 : fabs(middle) / 2);
    e.high = a->log ? middle * 2 : middle + (middle == 0 ? 1 : fabs(middle) / 2);
  }
  *low = e.low;
  *high = e.high;
  return e.count;
}
