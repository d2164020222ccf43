/* SPDX-License-Identifier: MIT
 *
 * What a figure (figure.h) consists of, for the files that draw it.
 */
#ifndef APP_FIGURE_PARTS_H
#define APP_FIGURE_PARTS_H

#include <stddef.h>
#include <stdio.h>

typedef enum figure_kind {
  FIGURE_LINE,
  FIGURE_PATH,
  FIGURE_POINTS,
  FIGURE_BARS,
  FIGURE_ARROWS, /* the last one that is a series */
  FIGURE_CONTOURS,
  FIGURE_NOTE,
  FIGURE_RULE,
  FIGURE_IMAGE,
  FIGURE_MATRIX
} figure_kind;

/* values holds rows x width numbers, row by row: a point is a row of x, y (and dx, dy);
 * of grids, images and tables it is what it looks like; of a note x, y; of a rule one
 * number. */
typedef struct figure_item {
  figure_kind kind;
  int style; /* of a series: which colour, dash type and mark */
  char *label;
  double *values;
  size_t rows, width;
  double box[4]; /* contours: x0, x1, y0, y1; images: low, high */
  int levels;
  char axis;
  char **row_names, **column_names; /* of a matrix, or NULL */
} figure_item;

typedef struct figure_axis {
  char *label;
  int fixed, log;
  double from, to;
} figure_axis;

typedef struct figure_part {
  char *title;
  figure_axis axes[2]; /* x, y */
  int equal;
  char **names; /* under the x axis, or NULL */
  size_t name_count;
  figure_item *items;
  size_t count, capacity;
} figure_part;

typedef struct figure {
  char *title;
  int columns, rows; /* as asked for */
  figure_part *panels;
  size_t count, capacity;
} figure;

/* Whether a number can be drawn: finite and not absurdly large; above 0 on a log axis. */
int figure_drawable(double value, int log);

/* The least and greatest x (axis 0) or y (axis 1) that is drawn in the panel, or the
 * fixed range. Never an empty range, whatever there is to draw. Returns how many numbers
 * decided it; 0: none, and the range is one to show empty axes in. */
size_t figure_extent(const figure_part *p, int axis, double *low, double *high);

/* The only item of the panel is an image, or a table. */
const figure_item *figure_only(const figure_part *p, figure_kind kind);

/* The distance of the bars of an item: how wide they are. */
double figure_bar_width(const figure_item *item);

/* Bars of several series stand side by side: the place of item among those of the panel,
 * 0 first, and how many there are. */
int figure_bar_place(const figure_part *p, const figure_item *item, int *of);

/* The page of a figure, in units of SVG. head: what the title above the panels takes,
 * when there is one beside the panels' own. */
typedef struct figure_page {
  int columns, rows;
  int tiles; /* images alone, close together */
  int crisp; /* so few pixels that each can be a rectangle */
  double width, height, head;
} figure_page;

figure_page figure_lay_out(const figure *f);
int figure_is_multiple(const figure *f);

/* Labels are cut behind so many characters. */
enum { FIGURE_LABEL = 60 };

/* The script that draws the figure into name.png and name.svg. */
void figure_write_script(const figure *f, const char *name, FILE *to);

/* Of that: the panels that are images or tables. crisp: by the script's macro grid. */
void figure_write_image(const figure_item *item, size_t number, int crisp, FILE *to);
void figure_write_matrix(const figure_part *p, const figure_item *item, size_t number,
                         int crisp, FILE *to);

/* Text in a script as gnuplot's 'quoted text', whatever it holds: control characters
 * become blanks, what is no UTF-8 becomes '?', and more than longest characters become
 * "...". FIGURE_PERCENT, for texts that gnuplot takes for number formats, doubles %;
 * FIGURE_BARE writes the characters alone, for a terminal. Returns how many they are. */
enum figure_quoting { FIGURE_PLAIN, FIGURE_PERCENT, FIGURE_BARE };
int figure_quote(FILE *to, const char *text, size_t longest, enum figure_quoting how);

/* As text: count panels that are images, side by side; a table; bars that have names. */
enum { FIGURE_COLUMNS = 72 };
void figure_text_images(const figure *f, size_t first, size_t count, FILE *to);
void figure_text_matrix(const figure_part *p, const figure_item *item, FILE *to);
void figure_text_bars(const figure_part *p, FILE *to);

#endif
