/* SPDX-License-Identifier: MIT
 *
 * Keeps what is drawn until it is asked for. The style of a series (colour, dash type,
 * mark) goes by its label, so that "test" looks the same in every panel.
 */
#include "figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure_parts.h"
#include "report.h"

static char *copy_text(const char *text) {
  if (text == NULL) text = "";
  char *copy = need_memory(strlen(text) + 1);
  return strcpy(copy, text);
}

static char **copy_texts(const char *const texts[], size_t count) {
  if (texts == NULL || count == 0) return NULL;
  char **copy = need_memory(count * sizeof *copy);
  for (size_t i = 0; i < count; i++) copy[i] = copy_text(texts[i]);
  return copy;
}

static void free_texts(char **texts, size_t count) {
  for (size_t i = 0; texts != NULL && i < count; i++) free(texts[i]);
  free(texts);
}

/* One more element at the end of a list, all zero. */
static void *grow(void *list, size_t *count, size_t *capacity, size_t size) {
  if (*count == *capacity) {
    size_t larger = *capacity ? 2 * *capacity : 8;
    void *memory = need_memory(larger * size);
    if (*count) memcpy(memory, list, *count * size);
    free(list);
    list = memory;
    *capacity = larger;
  }
  memset((char *)list + *count * size, 0, size);
  ++*count;
  return list;
}

figure *figure_new(const char *title, int columns, int rows) {
  figure *f = need_memory(sizeof *f);
  *f = (figure){.title = copy_text(title),
                .columns = columns > 0 ? columns : 1,
                .rows = rows > 0 ? rows : 1};
  return f;
}

void figure_panel(figure *f, const char *title, const char *x_label,
                  const char *y_label) {
  f->panels = grow(f->panels, &f->count, &f->capacity, sizeof *f->panels);
  figure_part *p = &f->panels[f->count - 1];
  p->title = copy_text(title);
  p->axes[0].label = copy_text(x_label);
  p->axes[1].label = copy_text(y_label);
}

/* The panel that is drawn in; a first one where there is none yet. */
static figure_part *current(figure *f) {
  if (f->count == 0) figure_panel(f, "", "", "");
  return &f->panels[f->count - 1];
}

void figure_equal_axes(figure *f) {
  current(f)->equal = 1;
}

void figure_range(figure *f, char axis, double from, double to) {
  figure_axis *a = &current(f)->axes[axis == 'y'];
  if (!figure_drawable(from, 0) || !figure_drawable(to, 0) || !(from < to)) return;
  a->fixed = 1;
  a->from = from;
  a->to = to;
}

void figure_log_axis(figure *f, char axis) {
  current(f)->axes[axis == 'y'].log = 1;
}

void figure_names(figure *f, const char *const names[], size_t count) {
  figure_part *p = current(f);
  free_texts(p->names, p->name_count);
  p->names = copy_texts(names, count);
  p->name_count = p->names ? count : 0;
}

static figure_item *add(figure *f, figure_kind kind, const char *label, size_t rows,
                        size_t width) {
  figure_part *p = current(f);
  p->items = grow(p->items, &p->count, &p->capacity, sizeof *p->items);
  figure_item *item = &p->items[p->count - 1];
  *item = (figure_item){
      .kind = kind, .label = copy_text(label), .rows = rows, .width = width};
  item->values = need_memory((rows * width + 1) * sizeof(double));
  return item;
}

static int is_used(const figure_part *p, const figure_item *but, int style) {
  for (size_t i = 0; i < p->count; i++) {
    const figure_item *item = &p->items[i];
    if (item != but && item->kind <= FIGURE_ARROWS && item->style == style) return 1;
  }
  return 0;
}

/* That of the same label in an earlier panel, else the first that is free here. */
static int choose_style(const figure *f, const figure_item *item) {
  const figure_part *here = &f->panels[f->count - 1];
  for (size_t i = 0; item->label[0] != '\0' && i + 1 < f->count; i++) {
    const figure_part *p = &f->panels[i];
    for (size_t j = 0; j < p->count; j++) {
      const figure_item *other = &p->items[j];
      if (other->kind <= FIGURE_ARROWS && strcmp(other->label, item->label) == 0 &&
          !is_used(here, item, other->style)) {
        return other->style;
      }
    }
  }
  int style = 0;
  while (is_used(here, item, style)) style++;
  return style;
}

static void add_series(figure *f, figure_kind kind, const char *label,
                       const double *const columns[], size_t width, size_t n) {
  figure_item *item = add(f, kind, label, n, width);
  item->style = choose_style(f, item);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < width; j++)
      item->values[i * width + j] = columns[j] ? columns[j][i] : (double)i + 1;
  }
}

void figure_line(figure *f, const char *label, const double x[], const double y[],
                 size_t n) {
  add_series(f, FIGURE_LINE, label, (const double *[]){x, y}, 2, n);
}

void figure_path(figure *f, const char *label, const double x[], const double y[],
                 size_t n) {
  add_series(f, FIGURE_PATH, label, (const double *[]){x, y}, 2, n);
}

void figure_points(figure *f, const char *label, const double x[], const double y[],
                   size_t n) {
  add_series(f, FIGURE_POINTS, label, (const double *[]){x, y}, 2, n);
}

void figure_bars(figure *f, const char *label, const double x[], const double y[],
                 size_t n) {
  add_series(f, FIGURE_BARS, label, (const double *[]){x, y}, 2, n);
}

void figure_arrows(figure *f, const char *label, const double x[], const double y[],
                   const double dx[], const double dy[], size_t n) {
  add_series(f, FIGURE_ARROWS, label, (const double *[]){x, y, dx, dy}, 4, n);
}

void figure_contours(figure *f, const double z[], int columns, int rows, double x0,
                     double x1, double y0, double y1, int levels) {
  if (columns < 2 || rows < 2 || !(x0 < x1) || !(y0 < y1)) return;
  figure_item *item = add(f, FIGURE_CONTOURS, "", (size_t)rows, (size_t)columns);
  memcpy(item->values, z, (size_t)rows * (size_t)columns * sizeof *z);
  memcpy(item->box, (double[]){x0, x1, y0, y1}, sizeof item->box);
  item->levels = levels > 0 ? levels : 10;
}

void figure_note(figure *f, double x, double y, const char *text) {
  figure_item *item = add(f, FIGURE_NOTE, text, 1, 2);
  item->values[0] = x;
  item->values[1] = y;
}

void figure_rule(figure *f, char axis, double at) {
  figure_item *item = add(f, FIGURE_RULE, "", 1, 1);
  item->axis = axis == 'y' ? 'y' : 'x';
  item->values[0] = at;
}

void figure_image(figure *f, const float pixels[], int height, int width, float low,
                  float high) {
  if (height < 1 || width < 1) return;
  figure_item *item = add(f, FIGURE_IMAGE, "", (size_t)height, (size_t)width);
  for (size_t i = 0; i < item->rows * item->width; i++)
    item->values[i] = (double)pixels[i];
  item->box[0] = (double)low;
  item->box[1] = (double)high;
}

void figure_matrix(figure *f, const double values[], int rows, int columns,
                   const char *const row_names[], const char *const column_names[]) {
  if (rows < 1 || columns < 1) return;
  figure_item *item = add(f, FIGURE_MATRIX, "", (size_t)rows, (size_t)columns);
  memcpy(item->values, values, item->rows * item->width * sizeof *values);
  item->row_names = copy_texts(row_names, item->rows);
  item->column_names = copy_texts(column_names, item->width);
}

static void free_item(figure_item *item) {
  free(item->label);
  free(item->values);
  free_texts(item->row_names, item->rows);
  free_texts(item->column_names, item->width);
}

void figure_free(figure *f) {
  if (f == NULL) return;
  for (size_t i = 0; i < f->count; i++) {
    figure_part *p = &f->panels[i];
    free(p->title);
    free(p->axes[0].label);
    free(p->axes[1].label);
    free_texts(p->names, p->name_count);
    for (size_t j = 0; j < p->count; j++) free_item(&p->items[j]);
    free(p->items);
  }
  free(f->panels);
  free(f->title);
  free(f);
}
