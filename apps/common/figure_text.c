/* SPDX-License-Identifier: MIT
 *
 * Curves as text, 72 columns wide: marks on a canvas of characters, the range at its
 * edges, the legend below. Plain ASCII (but for labels), which every terminal and log can
 * show.
 */
#include <math.h>
#include <string.h>

#include "figure.h"
#include "figure_parts.h"

enum { LEFT = 10, WIDTH = FIGURE_COLUMNS - LEFT - 1, HEIGHT = 16 };
static const char marks[] = "*o+x#@%&";

typedef struct canvas {
  char cells[HEIGHT][WIDTH + 1];
  double low[2], high[2]; /* logarithms on log axes */
  int log[2];
} canvas;

static char mark_of(const figure_item *item) {
  return marks[(size_t)item->style % (sizeof marks - 1)];
}

static void set_cell(canvas *c, long column, long row, char mark) {
  if (column >= 0 && column < WIDTH && row >= 0 && row < HEIGHT)
    c->cells[row][column] = mark;
}

/* A number as a place on the canvas, in cells. 0 where it is not drawn. */
static int place(const canvas *c, int axis, double value, double *at) {
  if (!figure_drawable(value, c->log[axis])) return 0;
  double v = c->log[axis] ? log10(value) : value;
  double share = (v - c->low[axis]) / (c->high[axis] - c->low[axis]);
  *at = axis == 0 ? share * (WIDTH - 1) : (1 - share) * (HEIGHT - 1);
  return share > -1e-9 && share < 1 + 1e-9;
}

static void draw_stroke(canvas *c, const double from[2], const double to[2], char mark) {
  double length = fmax(fabs(to[0] - from[0]), fabs(to[1] - from[1]));
  long steps = lround(ceil(length));
  for (long i = 0; i <= steps; i++) {
    double share = steps ? (double)i / (double)steps : 0;
    set_cell(c, lround(from[0] + share * (to[0] - from[0])),
             lround(from[1] + share * (to[1] - from[1])), mark);
  }
}

/* Filled from the value down to 0, or to the foot of a log axis. */
static void draw_bar(canvas *c, const figure_part *p, const figure_item *item, double x,
                     double y) {
  double left = 0, right = 0, top = 0, foot = HEIGHT - 1;
  int of = 1;
  int bar = figure_bar_place(p, item, &of);
  double width = figure_bar_width(item);
  double from = x - width / 2 + width * bar / of;
  place(c, 0, from, &left);
  place(c, 0, from + width / of, &right);
  if (!place(c, 1, y, &top)) return;
  place(c, 1, 0, &foot);
  long last = lround(right) > lround(left) ? lround(right) - 1 : lround(left);
  for (long column = lround(left); column <= last; column++) {
    const double head[2] = {(double)column, top};
    draw_stroke(c, head, (double[]){(double)column, foot}, mark_of(item));
  }
}

static void draw_series(canvas *c, const figure_part *p, const figure_item *item) {
  double last[2] = {0, 0};
  int connected = 0;
  for (size_t i = 0; i < item->rows; i++) {
    double at[2] = {0, 0};
    const double *value = item->values + i * item->width;
    int inside = place(c, 0, value[0], &at[0]) & place(c, 1, value[1], &at[1]);
    if (inside && item->kind == FIGURE_BARS) {
      draw_bar(c, p, item, value[0], value[1]);
    } else if (inside) {
      int line = item->kind == FIGURE_LINE || item->kind == FIGURE_PATH;
      draw_stroke(c, line && connected ? last : at, at, mark_of(item));
    }
    connected = inside;
    memcpy(last, at, sizeof last);
  }
}

static void draw_rule(canvas *c, const figure_item *item) {
  int axis = item->axis == 'y';
  double at = 0;
  if (!place(c, axis, item->values[0], &at)) return;
  for (long i = 0; i < (axis ? WIDTH : HEIGHT); i++) {
    if (axis) {
      set_cell(c, i, lround(at), '.');
    } else {
      set_cell(c, lround(at), i, ':');
    }
  }
}

static void fill(canvas *c, const figure_part *p) {
  memset(c->cells, ' ', sizeof c->cells);
  for (int axis = 0; axis < 2; axis++) {
    figure_extent(p, axis, &c->low[axis], &c->high[axis]);
    c->log[axis] = p->axes[axis].log;
    if (!c->log[axis]) continue;
    c->low[axis] = log10(c->low[axis]);
    c->high[axis] = log10(c->high[axis]);
  }
  for (size_t i = 0; i < p->count; i++) {
    if (p->items[i].kind == FIGURE_RULE) draw_rule(c, &p->items[i]);
  }
  for (size_t i = 0; i < p->count; i++) {
    if (p->items[i].kind <= FIGURE_ARROWS) draw_series(c, p, &p->items[i]);
  }
}

static void print_legend(const figure_part *p, FILE *to) {
  int used = 0;
  for (size_t i = 0; i < p->count; i++) {
    const figure_item *item = &p->items[i];
    if (item->kind > FIGURE_ARROWS || item->label[0] == '\0') continue;
    int needed = (int)strlen(item->label) + 5;
    if (used > 0 && used + needed > FIGURE_COLUMNS - LEFT) {
      putc('\n', to);
      used = 0;
    }
    used += fprintf(to, "%*s%c ", used == 0 ? LEFT : 3, "", mark_of(item));
    used += figure_quote(to, item->label, 50, FIGURE_BARE);
  }
  if (used > 0) putc('\n', to);
}

static double end_of(const canvas *c, int axis, int high) {
  double value = high ? c->high[axis] : c->low[axis];
  if (c->log[axis]) return pow(10, value);
  return fabs(value) < 1e-12 * (c->high[axis] - c->low[axis]) ? 0 : value;
}

static void print_x_axis(const canvas *c, const figure_part *p, FILE *to) {
  char low[32], high[32];
  snprintf(low, sizeof low, "%.4g", end_of(c, 0, 0));
  snprintf(high, sizeof high, "%.4g", end_of(c, 0, 1));
  fprintf(to, "%*s+", LEFT, "");
  for (int i = 0; i < WIDTH; i++) putc('-', to);
  fprintf(to, "\n%*s%s", LEFT + 1, "", low);
  int room = WIDTH - (int)strlen(low) - (int)strlen(high);
  int label = (int)strlen(p->axes[0].label);
  if (label > 0 && label + 4 < room) {
    int left = (room - label) / 2;
    fprintf(to, "%*s", left, "");
    room -= left + figure_quote(to, p->axes[0].label, 50, FIGURE_BARE);
  }
  fprintf(to, "%*s%s\n", room, "", high);
}

static void print_chart(const figure_part *p, FILE *to) {
  canvas c;
  fill(&c, p);
  if (p->axes[1].label[0]) {
    fprintf(to, "%*s", LEFT + 1, "");
    figure_quote(to, p->axes[1].label, 60, FIGURE_BARE);
    putc('\n', to);
  }
  for (int row = 0; row < HEIGHT; row++) {
    int end = WIDTH;
    while (end > 0 && c.cells[row][end - 1] == ' ') end--;
    if (row == 0 || row == HEIGHT - 1) {
      fprintf(to, "%*.4g |", LEFT - 1, end_of(&c, 1, row == 0));
    } else {
      fprintf(to, "%*s|", LEFT, "");
    }
    fprintf(to, "%.*s\n", end, c.cells[row]);
  }
  print_x_axis(&c, p, to);
  print_legend(p, to);
}

static size_t count_images(const figure *f, size_t first) {
  size_t count = 0;
  while (first + count < f->count &&
         figure_only(&f->panels[first + count], FIGURE_IMAGE)) {
    count++;
  }
  return count;
}

static void print_title(const char *title, FILE *to) {
  if (title[0] == '\0') return;
  figure_quote(to, title, FIGURE_COLUMNS, FIGURE_BARE);
  putc('\n', to);
}

void figure_draw_text(const figure *f, FILE *to) {
  putc('\n', to);
  print_title(f->title, to);
  for (size_t i = 0; i < f->count; i++) {
    const figure_part *p = &f->panels[i];
    size_t images = count_images(f, i);
    if (images > 0) {
      figure_text_images(f, i, images, to);
      i += images - 1;
      continue;
    }
    const figure_item *table = figure_only(p, FIGURE_MATRIX);
    print_title(p->title, to);
    if (table) {
      figure_text_matrix(p, table, to);
    } else if (p->names && figure_only(p, FIGURE_BARS)) {
      figure_text_bars(p, to);
      print_legend(p, to);
    } else {
      print_chart(p, to);
    }
  }
}
