/* SPDX-License-Identifier: MIT
 *
 * How large a figure becomes: charts as large as one reads them, images close together,
 * tables with room for their numbers, a longer page for a long legend.
 */
#include <math.h>
#include <string.h>

#include "figure_parts.h"

/* Sides in units of SVG; a PNG has two pixels for one. */
enum { MOST_PIXELS = 8000, MOST_RECTANGLES = 4000 };

static int is_tile(const figure_part *p) {
  return figure_only(p, FIGURE_IMAGE) != NULL;
}

int figure_is_multiple(const figure *f) {
  return f->count > 1 || (f->count == 1 && f->title[0] && f->panels[0].title[0]);
}

/* Height over width of the highest image, within limits. */
static double tile_shape(const figure *f) {
  double shape = 0.2;
  for (size_t i = 0; i < f->count; i++) {
    const figure_item *image = figure_only(&f->panels[i], FIGURE_IMAGE);
    shape = fmax(shape, (double)image->rows / (double)image->width);
  }
  return fmin(shape, 3);
}

/* As wide as the longest title takes, within limits. */
static double title_width(const figure *f) {
  size_t longest = 0;
  for (size_t i = 0; i < f->count; i++) {
    const size_t length = strlen(f->panels[i].title);
    if (length > longest) longest = length;
  }
  return fmin(9 * (double)longest, 300);
}

static size_t count_pixels(const figure *f) {
  size_t count = 0;
  for (size_t i = 0; i < f->count; i++) {
    for (size_t j = 0; j < f->panels[i].count; j++) {
      const figure_item *item = &f->panels[i].items[j];
      if (item->kind >= FIGURE_IMAGE) count += item->rows * item->width;
    }
  }
  return count;
}

/* What the legend takes beyond its first line, as gnuplot sets it: columns as wide as the
 * longest label. */
static double legend_height(const figure_part *p, double width) {
  size_t longest = 0;
  size_t count = 0;
  for (size_t i = 0; i < p->count; i++) {
    size_t length = strlen(p->items[i].label);
    if (p->items[i].kind > FIGURE_ARROWS || length == 0) continue;
    if (length > FIGURE_LABEL) length = FIGURE_LABEL;
    if (length > longest) longest = length;
    count++;
  }
  double columns = floor(width / (60 + 8 * (double)longest));
  double rows = ceil((double)count / fmax(columns, 1));
  return rows > 1 ? 20 * (rows - 1) : 0;
}

/* As many rows as there are panels for, and a size that suits what is in them. */
figure_page figure_lay_out(const figure *f) {
  int count = f->count ? (int)f->count : 1;
  figure_page g = {.columns = f->columns < count ? f->columns : count,
                   .tiles = f->count > 0};
  g.rows = (count + g.columns - 1) / g.columns;
  size_t largest = 0;
  double legend = 0;
  for (size_t i = 0; i < f->count; i++) {
    const figure_item *table = figure_only(&f->panels[i], FIGURE_MATRIX);
    if (!is_tile(&f->panels[i])) g.tiles = 0;
    if (table && table->rows > largest) largest = table->rows;
  }
  double width = count == 1 ? 800 : g.columns == 1 ? 700 : 520;
  double height = count == 1 ? 600 : 400;
  if (g.columns > 3) {
    width = 340;
    height = 300;
  }
  if (largest > 0 && count == 1) height = 700;
  if (largest > 30 && count == 1) {
    width = 1100;
    height = 1000;
  }
  for (size_t i = 0; i < f->count && !g.tiles; i++) {
    double more = legend_height(&f->panels[i], width);
    if (more > legend) legend = more;
  }
  height += legend;
  if (g.tiles) {
    width = g.columns > 5 ? 100 : g.columns > 2 ? 150 : count > 1 ? 300 : 500;
    width = fmax(width, title_width(f));
    height = floor(width * tile_shape(f)) + 22;
  }
  if (width * g.columns > MOST_PIXELS) width = MOST_PIXELS / (double)g.columns;
  if (height * g.rows > MOST_PIXELS) height = MOST_PIXELS / (double)g.rows;
  size_t pixels = count_pixels(f);
  g.crisp = pixels > 0 && pixels <= MOST_RECTANGLES;
  g.head = f->title[0] && figure_is_multiple(f) ? 44 : 0;
  g.width = floor(width * g.columns);
  g.height = floor(height * g.rows + g.head);
  return g;
}
