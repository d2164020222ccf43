/* SPDX-License-Identifier: MIT
 *
 * Statistics of an array of outputs. All sums in double, in two passes: the deviation is
 * taken from the mean itself.
 */
#include "model/tally.h"

#include <math.h>

/* Within this share of the way between the ends, an output is near one. */
#define NEAR 0.01f

/* Count, extremes, mean, deviation. */
static void measure(const float *y, dpb_layer_statistics *info) {
  const size_t finite = info->count - info->not_finite;
  double sum = 0, squares = 0;
  float min = HUGE_VALF, max = -HUGE_VALF;
  for (size_t i = 0; i < info->count; i++) {
    if (!isfinite(y[i])) continue;
    sum += (double)y[i];
    if (y[i] < min) min = y[i];
    if (y[i] > max) max = y[i];
  }
  if (finite == 0) return;
  info->min = min;
  info->max = max;
  info->mean = sum / (double)finite;
  for (size_t i = 0; i < info->count; i++) {
    const double off = (double)y[i] - info->mean;
    if (isfinite(y[i])) squares += off * off;
  }
  info->std = sqrt(squares / (double)finite);
}

static int is_dead(size_t n, size_t outputs, const float *y) {
  for (size_t i = 0; i < n; i++)
    if (y[i * outputs] != 0.0f) return 0;
  return 1;
}

void dpb__tally(size_t n, size_t outputs, const float *y, const float ends[2],
                dpb_layer_statistics *info) {
  *info = (dpb_layer_statistics){.count = n * outputs, .bounded = ends[0] < ends[1]};
  const float margin = NEAR * (ends[1] - ends[0]);
  size_t zeros = 0, dead = 0, near = 0;
  for (size_t i = 0; i < info->count; i++) {
    if (!isfinite(y[i])) info->not_finite++;
    zeros += y[i] == 0.0f;
    near += isfinite(y[i]) && (y[i] < ends[0] + margin || y[i] > ends[1] - margin);
  }
  for (size_t i = 0; i < outputs; i++) dead += (size_t)is_dead(n, outputs, y + i);
  measure(y, info);
  const size_t finite = info->count - info->not_finite;
  if (finite == 0) return;
  info->zeros = (double)zeros / (double)finite;
  info->dead = (double)dead / (double)outputs;
  if (info->bounded) info->saturated = (double)near / (double)finite;
}

void dpb__tally_histogram(const float *y, float low, float high, int bins, size_t *counts,
                          dpb_layer_statistics *info) {
  const int found = low == 0.0f && high == 0.0f;
  double from = found ? (double)info->min : (double)low;
  double to = found ? (double)info->max : (double)high;
  if (from == to) {
    from -= 0.5;
    to += 0.5;
  }
  info->low = (float)from;
  info->high = (float)to;
  info->bins = bins;
  info->histogram = counts;
  for (size_t i = 0; i < info->count; i++) {
    if (!isfinite(y[i])) continue;
    const double at = ((double)y[i] - from) / (to - from) * bins;
    if (at >= 0 && at < bins)
      counts[(size_t)at]++;
    else if ((double)y[i] == to)
      counts[bins - 1]++;
    else
      info->outside++;
  }
}
