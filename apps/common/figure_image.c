/* SPDX-License-Identifier: MIT
 *
 * Panels of a gnuplot script that are pictures of a grid: images in grey, and tables of
 * numbers as coloured cells.
 */
#include <math.h>
#include <string.h>

#include "figure_parts.h"

enum { MOST_NUMBERS = 20, MOST_TICS = 25, NAME_LONGEST = 16 };

/* A single row or column stands twice in the data: two of half the size. */
static const char *coordinate(size_t extent, int axis) {
  static const char *const one[] = {"($1 * 0.5 - 0.25)", "($2 * 0.5 - 0.25)"};
  static const char *const many[] = {"1", "2"};
  return extent > 1 ? many[axis] : one[axis];
}

/* crisp: in SVG a rectangle for each pixel, since its viewers smooth an image. */
static void write_grid(const figure_item *item, size_t number, int crisp, FILE *to) {
  fprintf(to,
          "set xrange [-0.5:%zu.5]\n"
          "set yrange [%zu.5:-0.5]\n"
          "plot $data%zu matrix using %s:%s:3 with %s notitle",
          item->width - 1, item->rows - 1, number, coordinate(item->width, 0),
          coordinate(item->rows, 1), crisp ? "@grid" : "image");
}

void figure_write_image(const figure_item *item, size_t number, int crisp, FILE *to) {
  double low = item->box[0];
  double high = item->box[1];
  if (!figure_drawable(low, 0)) low = 0;
  if (!figure_drawable(high, 0) || !(high > low)) high = low + 1;
  fprintf(to,
          "set title offset 0,-0.7\n"
          "unset border\n"
          "unset tics\n"
          "unset colorbox\n"
          "set palette gray gamma 1\n"
          "set cbrange [%.10g:%.10g]\n"
          "set size ratio -1\n",
          low, high);
  write_grid(item, number, crisp, to);
  putc('\n', to);
}

/* Every tic, or every second, fifth, tenth, ... */
static size_t tic_step(size_t count) {
  static const size_t steps[] = {1, 2, 5, 10, 20, 50, 100};
  enum { STEPS = sizeof steps / sizeof *steps };
  size_t i = 0;
  while (i + 1 < STEPS && count > steps[i] * MOST_TICS) i++;
  return steps[i];
}

static void write_tics(char axis, char *const names[], size_t count, FILE *to) {
  size_t step = tic_step(count);
  size_t longest = 0;
  for (size_t i = 0; names != NULL && i < count; i++) {
    if (strlen(names[i]) > longest) longest = strlen(names[i]);
  }
  fprintf(to, "set %ctics scale 0 %s(", axis,
          axis == 'x' && longest * count > 60 ? "rotate by 45 right " : "");
  for (size_t i = 0; i < count; i += step) {
    if (i > 0) fputs(", ", to);
    if (names) {
      figure_quote(to, names[i], NAME_LONGEST, FIGURE_PERCENT);
    } else {
      fprintf(to, "'%zu'", i);
    }
    fprintf(to, " %zu", i);
  }
  fputs(")\n", to);
}

typedef struct value_facts {
  double low, high; /* 0 is among them */
  int whole;        /* all are whole numbers */
} value_facts;

static value_facts look_at(const figure_item *item) {
  value_facts facts = {.whole = 1};
  for (size_t i = 0; i < item->rows * item->width; i++) {
    double value = item->values[i];
    if (!figure_drawable(value, 0)) continue;
    facts.low = fmin(facts.low, value);
    facts.high = fmax(facts.high, value);
    if (value != floor(value)) facts.whole = 0;
  }
  if (!(facts.high > facts.low)) facts.high = facts.low + 1;
  return facts;
}

void figure_write_matrix(const figure_part *p, const figure_item *item, size_t number,
                         int crisp, FILE *to) {
  value_facts facts = look_at(item);
  fputs("set xlabel ", to);
  figure_quote(to, p->axes[0].label, 60, FIGURE_PLAIN);
  fputs("\nset ylabel ", to);
  figure_quote(to, p->axes[1].label, 60, FIGURE_PLAIN);
  putc('\n', to);
  write_tics('x', item->column_names, item->width, to);
  write_tics('y', item->row_names, item->rows, to);
  /* Small numbers are what one looks for among large ones: they have most of the tones.
   */
  fprintf(to,
          "set border 15 lc '#444444'\n"
          "set palette defined (0 '#ffffff', 0.01 '#e3eef8', 0.1 '#a9cfe8', "
          "0.4 '#4f9bcb', 1 '#084a91')\n"
          "set cbrange [%.10g:%.10g]\n",
          facts.low, facts.high);
  if (item->rows <= 2 * item->width && item->width <= 2 * item->rows) {
    fputs("set size ratio -1\n", to);
  }
  write_grid(item, number, crisp, to);
  if (item->rows <= MOST_NUMBERS && item->width <= MOST_NUMBERS) {
    size_t most = item->rows > item->width ? item->rows : item->width;
    fprintf(
        to,
        ", \\\n     $data%zu matrix every ::0:0:%zu:%zu using 1:2:(sprintf('%s', $3)):"
        "($3 > %.10g ? 0xffffff : 0x222222) with labels font ',%d' tc rgb variable "
        "notitle",
        number, item->width - 1, item->rows - 1, facts.whole ? "%.0f" : "%.3g",
        facts.low + 0.35 * (facts.high - facts.low), most > 12 ? 9 : 12);
  }
  putc('\n', to);
}
