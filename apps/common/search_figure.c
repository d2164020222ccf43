/* SPDX-License-Identifier: MIT
 *
 * Figures of a search for settings.
 */
#include "search_figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

enum { IN_A_ROW = 5 };

/* -- the trials */

static void *copy(const void *from, size_t size) {
  return size ? memcpy(need_memory(size), from, size) : NULL;
}

void search_log_keep(search_log *log, size_t index, const dpb_epoch history[],
                     size_t count) {
  search_entry *e = &log->entries[index];
  free(e->history);
  e->history = copy(history, history ? count * sizeof *history : 0);
  e->count = e->history ? count : 0;
}

void search_log_add(search_log *log, int id, double score, const double values[],
                    const dpb_epoch history[], size_t count) {
  const size_t dimensions = (size_t)dpb_space_count(log->space);
  if (log->count == log->capacity) {
    log->capacity = log->capacity ? 2 * log->capacity : 64;
    search_entry *more = need_memory(log->capacity * sizeof *more);
    if (log->count) memcpy(more, log->entries, log->count * sizeof *more);
    free(log->entries);
    log->entries = more;
  }
  log->entries[log->count] = (search_entry){
      .id = id, .score = score, .values = copy(values, dimensions * sizeof *values)};
  search_log_keep(log, log->count++, history, count);
}

void search_log_free(search_log *log) {
  for (size_t i = 0; i < log->count; i++) {
    free(log->entries[i].values);
    free(log->entries[i].history);
  }
  free(log->entries);
  log->entries = NULL;
  log->count = log->capacity = 0;
}

static int is_better(const search_log *log, double score, double than) {
  if (isnan(score) || isnan(than)) return isnan(than) && !isnan(score);
  return log->goal == DPB_MAXIMIZE ? score > than : score < than;
}

size_t search_log_rank(const search_log *log, size_t order[SEARCH_BEST]) {
  const search_entry *e = log->entries;
  size_t count = 0;
  for (size_t i = 0; i < log->count; i++) {
    if (isnan(e[i].score)) continue;
    size_t place = count;
    while (place > 0 && is_better(log, e[i].score, e[order[place - 1]].score)) place--;
    if (place == SEARCH_BEST) continue;
    if (count < SEARCH_BEST) count++;
    memmove(&order[place + 1], &order[place], (count - 1 - place) * sizeof *order);
    order[place] = i;
  }
  return count;
}

static const char *score_label(const search_log *log) {
  return log->goal == DPB_MAXIMIZE ? "validation accuracy" : "validation loss";
}

/* -- the figures */

/* Epochs, validation and training of an entry, one row of numbers behind the other. */
static double *read_curve(const search_log *log, const search_entry *e) {
  double *y = need_memory(3 * e->count * sizeof *y);
  for (size_t i = 0; i < e->count; i++) {
    const dpb_epoch *h = &e->history[i];
    const int accuracy = log->goal == DPB_MAXIMIZE;
    y[i] = (double)h->epoch;
    y[e->count + i] = accuracy ? h->validation_accuracy : h->validation_loss;
    y[2 * e->count + i] = accuracy ? h->train_accuracy : h->train_loss;
  }
  return y;
}

/* The largest number of a curve, and whether there is training in it. */
static void look(const double *y, size_t count, double *high, int *trained) {
  for (size_t i = count; i < 3 * count; i++) {
    if (!isfinite(y[i])) continue;
    *high = fmax(*high, y[i]);
    if (i >= 2 * count) *trained = 1;
  }
}

figure *search_figure_curves(const search_log *log) {
  size_t order[SEARCH_BEST], count = 0;
  double *curves[SEARCH_BEST], high = 0;
  const int accuracy = log->goal == DPB_MAXIMIZE;
  int trained = 0;
  const size_t best = search_log_rank(log, order);
  for (size_t i = 0; i < best; i++) {
    const search_entry *e = &log->entries[order[i]];
    if (e->count == 0) continue;
    curves[count] = read_curve(log, e);
    look(curves[count], e->count, &high, &trained);
    order[count++] = order[i];
  }
  if (count == 0) return NULL;
  figure *f = figure_new(
      trained ? "The best trials: validation, and training dashed" : "The best trials",
      count < IN_A_ROW ? (int)count : IN_A_ROW, (int)((count + IN_A_ROW - 1) / IN_A_ROW));
  for (size_t i = 0; i < count; i++) {
    const search_entry *e = &log->entries[order[i]];
    const double *y = curves[i];
    char title[80];
    snprintf(title, sizeof title, "best %zu: %.3f (trial %d)", i + 1, e->score,
             e->id + 1);
    figure_panel(f, title, "epoch", i % IN_A_ROW ? "" : accuracy ? "accuracy" : "loss");
    figure_range(f, 'y', 0, accuracy ? 1 : fmax(high, 1e-9));
    figure_line(f, "", y, y + e->count, e->count);
    if (trained) figure_line(f, "", y, y + 2 * e->count, e->count);
    free(curves[i]);
  }
  return f;
}

static void draw_dimension(figure *f, const search_log *log, int index,
                           const search_entry *best) {
  dpb_dimension d;
  if (dpb_space_dimension(log->space, index, &d) != DPB_OK) return;
  double *x = need_memory(2 * (log->count + 1) * sizeof *x), *y = x + log->count;
  for (size_t i = 0; i < log->count; i++) {
    x[i] = log->entries[i].values[index];
    y[i] = log->entries[i].score;
  }
  figure_panel(f, "", d.name, score_label(log));
  if (d.kind == DPB_LOG || d.kind == DPB_LOG_INT) figure_log_axis(f, 'x');
  if (d.kind == DPB_CHOICE) {
    figure_names(f, d.choices, (size_t)d.choice_count);
    figure_range(f, 'x', -0.5, d.choice_count - 0.5);
  } else {
    figure_range(f, 'x', d.low, d.high);
  }
  figure_points(f, "trials", x, y, log->count);
  if (best) figure_points(f, "best", &best->values[index], &best->score, 1);
  free(x);
}

figure *search_figure_values(const search_log *log) {
  const int count = dpb_space_count(log->space);
  size_t order[SEARCH_BEST];
  const size_t best = search_log_rank(log, order);
  int columns = 1;
  while (columns * columns < count) columns++;
  figure *f = figure_new("What the values came to", columns,
                         count > 0 ? (count + columns - 1) / columns : 1);
  for (int i = 0; i < count; i++)
    draw_dimension(f, log, i, best ? &log->entries[order[0]] : NULL);
  return f;
}

figure *search_figure_progress(const search_log *log) {
  const size_t n = log->count;
  double *memory = need_memory((6 * n + 1) * sizeof *memory);
  double *at = memory, *score = at + n, *step = score + n, *best = step + 2 * n;
  for (size_t i = 0; i < n; i++) {
    at[i] = (double)i + 1;
    score[i] = log->entries[i].score;
    /* a stair: as it was until now, and from now on */
    const double before = i == 0 ? (double)NAN : best[2 * i - 1];
    step[2 * i] = step[2 * i + 1] = at[i];
    best[2 * i] = before;
    best[2 * i + 1] = is_better(log, score[i], before) ? score[i] : before;
  }
  figure *f = figure_new("The search", 1, 1);
  figure_panel(f, "", "trials finished", score_label(log));
  figure_line(f, "best so far", step, best, 2 * n);
  figure_points(f, "trial", at, score, n);
  free(memory);
  return f;
}
