/* SPDX-License-Identifier: MIT
 *
 * The gnuplot script of a figure. It runs twice over itself, for PNG and for SVG; texts
 * stand in single quotes, in which gnuplot runs nothing and no markup is read. Ranges are
 * always given, since gnuplot stops where no number decides them.
 */
#include <math.h>
#include <string.h>

#include "figure_parts.h"

/* Okabe and Ito's colours, the paler ones last. */
static const char *const colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                      "#000000", "#E69F00", "#56B4E9", "#B0A010"};
enum { COLOURS = sizeof colours / sizeof *colours, DASHES = 5 };
static const int marks[] = {7, 5, 9, 13, 11, 6, 4, 8};

enum { NAME_LONGEST = 24 };

static void write_head(const figure_page *g, const char *name, FILE *to) {
  fprintf(to,
          "# Draws %s.png and %s.svg: run 'gnuplot %s.gp' in this folder.\n"
          "# All its numbers are in this file. Change what you like and run it again.\n",
          name, name, name);
  fprintf(
      to,
      "if (!exists(\"pass\")) pass = 0\n"
      "pass = pass + 1\n"
      "if (pass == 1) set terminal pngcairo noenhanced size %.0f,%.0f font "
      "'sans-serif,14' fontscale 1.8 linewidth 2 pointscale 2 background '#ffffff'; "
      "set output '%s.png'\n"
      "if (pass == 2) set terminal svg noenhanced size %.0f,%.0f font 'sans-serif,14' "
      "background '#ffffff'; set output '%s.svg'\n"
      "set encoding utf8\n"
      "set decimalsign '.'\n",
      2 * g->width, 2 * g->height, name, g->width, g->height, name);
}

static void write_value(double value, int image, FILE *to) {
  if (figure_drawable(value, 0)) {
    fprintf(to, image ? "%.5g" : "%.10g", value == 0 ? 0.0 : value);
  } else {
    fputs("NaN", to);
  }
}

/* gnuplot wants two pixels each way: a single row or column of a picture is doubled. */
static void write_data(const figure_item *item, size_t number, FILE *to) {
  int grid = item->kind >= FIGURE_IMAGE;
  size_t rows = grid && item->rows == 1 ? 2 : item->rows;
  size_t width = grid && item->width == 1 ? 2 : item->width;
  fprintf(to, "$data%zu << EOD\n", number);
  for (size_t i = 0; i < rows; i++) {
    const double *row = item->values + (i < item->rows ? i : 0) * item->width;
    for (size_t j = 0; j < width; j++) {
      if (j > 0) putc(' ', to);
      write_value(row[j < item->width ? j : 0], item->kind == FIGURE_IMAGE, to);
    }
    putc('\n', to);
  }
  fputs("EOD\n", to);
}

/* Contours become lines of their own before anything is drawn. */
static void write_contour_lines(const figure_item *item, size_t number, FILE *to) {
  const double *box = item->box;
  fprintf(to,
          "reset\n"
          "set contour base\n"
          "unset surface\n"
          "set cntrparam levels auto %d\n"
          "set table $lines%zu\n"
          "splot $data%zu matrix using (%.10g + $1 * %.10g):(%.10g + $2 * %.10g):3\n"
          "unset table\n",
          item->levels, number, number, box[0],
          (box[1] - box[0]) / (double)(item->width - 1), box[2],
          (box[3] - box[2]) / (double)(item->rows - 1));
}

/* A little room around what is drawn, but none below 0 of what is never below it. */
static void write_range(const figure_part *p, int axis, FILE *to) {
  double low = 0, high = 1;
  figure_extent(p, axis, &low, &high);
  const figure_axis *a = &p->axes[axis];
  int exact = a->fixed || figure_only(p, FIGURE_CONTOURS) != NULL;
  int touch = axis == 0 && !figure_only(p, FIGURE_POINTS) &&
              !figure_only(p, FIGURE_PATH) && !figure_only(p, FIGURE_ARROWS);
  if (a->log) fprintf(to, "set logscale %c\n", "xy"[axis]);
  if (a->log && !exact && !touch) {
    double room = pow(high / low, 0.04);
    low /= room;
    high *= room;
  } else if (!exact && !touch) {
    double room = 0.04 * (high - low);
    low = low >= 0 && low < room ? 0 : low - room;
    high += room;
  }
  fprintf(to, "set %crange [%.10g:%.10g]\n", "xy"[axis], low, high);
}

/* Steps and epochs are counted: no tics between them. */
static int counts_in_ones(const figure_part *p) {
  double low = 0, high = 0;
  if (figure_extent(p, 0, &low, &high) == 0 || high - low > 12 || p->axes[0].log)
    return 0;
  for (size_t i = 0; i < p->count; i++) {
    const figure_item *item = &p->items[i];
    if (item->kind > FIGURE_BARS) return 0;
    for (size_t j = 0; j < item->rows; j++) {
      double x = item->values[j * item->width];
      if (x < 0 || x != floor(x)) return 0;
    }
  }
  return 1;
}

static void write_names(const figure_part *p, double width, FILE *to) {
  size_t characters = 0;
  for (size_t i = 0; i < p->name_count; i++) characters += strlen(p->names[i]) + 2;
  int slanted = (double)characters * 9 > width;
  fprintf(to, "set xtics scale 0 %s(", slanted ? "rotate by 40 right " : "");
  for (size_t i = 0; i < p->name_count; i++) {
    if (i > 0) fputs(", ", to);
    figure_quote(to, p->names[i], NAME_LONGEST, FIGURE_PERCENT);
    fprintf(to, " %zu", i);
  }
  fputs(")\n", to);
}

/* gnuplot sets tics as if their numbers had no width: farther apart where they have. */
static void write_x_tics(const figure_part *p, double width, FILE *to) {
  static const double times[3] = {2, 2.5, 2}; /* 1, 2, 5, 10, ... */
  double low = 0, high = 1;
  if (figure_extent(p, 0, &low, &high) == 0) return;
  if (p->axes[0].log) {
    const double decades = log10(high / low), room = fmax(width / 70, 2);
    if (decades > room) fprintf(to, "set xtics %g\n", pow(10, ceil(decades / room)));
    return;
  }
  double step = pow(10, floor(log10((high - low) / 10)));
  int index = 0, written = 0;
  for (; high - low > 10 * step; index++) step *= times[index % 3];
  for (;; index++, written = 1) {
    size_t characters = 0;
    for (double x = ceil(low / step) * step; x <= high; x += step)
      characters += (size_t)snprintf(NULL, 0, "%g", fabs(x) < step / 2 ? 0 : x) + 2;
    if ((double)characters * 9 <= 0.8 * width || high - low < 2 * step) break;
    step *= times[index % 3];
  }
  if (written) fprintf(to, "set xtics %g\n", step);
}

static void write_axes(const figure_part *p, double width, FILE *to) {
  fputs("set border 3 lc '#444444'\n"
        "set tics nomirror out\n"
        "set format '%g'\n"
        "set grid lt 1 lw 0.5 lc '#dddddd'\n"
        "set xlabel ",
        to);
  figure_quote(to, p->axes[0].label, FIGURE_LABEL, FIGURE_PLAIN);
  fputs("\nset ylabel ", to);
  figure_quote(to, p->axes[1].label, FIGURE_LABEL, FIGURE_PLAIN);
  putc('\n', to);
  for (int axis = 0; axis < 2; axis++) write_range(p, axis, to);
  if (p->names) {
    write_names(p, width, to);
  } else if (counts_in_ones(p)) {
    fputs("set xtics 1\n", to);
  } else {
    write_x_tics(p, width, to);
  }
  if (p->equal) fputs("set size ratio -1\n", to);
}

/* A label or a rule stands at a place; on a log axis there may be none. */
static void write_mark(const figure_part *p, const figure_item *item, FILE *to) {
  const double *at = item->values;
  int y = item->kind == FIGURE_RULE && item->axis == 'y';
  if (!figure_drawable(at[0], p->axes[y].log)) return;
  if (item->kind == FIGURE_NOTE) {
    if (!figure_drawable(at[1], p->axes[1].log)) return;
    fputs("set label ", to);
    figure_quote(to, item->label, FIGURE_LABEL, FIGURE_PLAIN);
    fprintf(to, " at %.10g,%.10g offset 0.5,0.5 front\n", at[0], at[1]);
  } else if (y) {
    fprintf(to,
            "set arrow from graph 0,first %.10g to graph 1,first %.10g nohead "
            "lc '#777777' dt 2 back\n",
            at[0], at[0]);
  } else {
    fprintf(to,
            "set arrow from first %.10g,graph 0 to first %.10g,graph 1 nohead "
            "lc '#777777' dt 2 back\n",
            at[0], at[0]);
  }
}

static int is_point(const figure_part *p, const figure_item *item, size_t i) {
  if (i >= item->rows) return 0;
  const double *at = item->values + i * item->width;
  return figure_drawable(at[0], p->axes[0].log) && figure_drawable(at[1], p->axes[1].log);
}

/* Whether there is anything to draw; *alone: also points without a neighbour, which a
 * line does not show. */
static int has_point(const figure_part *p, const figure_item *item, int *alone) {
  int any = 0;
  *alone = 0;
  for (size_t i = 0; i < item->rows; i++) {
    if (!is_point(p, item, i)) continue;
    any = 1;
    if (!is_point(p, item, i + 1) && (i == 0 || !is_point(p, item, i - 1))) *alone = 1;
  }
  return any;
}

static void write_series(const figure_part *p, const figure_item *item, size_t number,
                         FILE *to) {
  const char *colour = colours[item->style % COLOURS];
  int dash = item->style % DASHES + 1;
  int mark = marks[item->style % (int)(sizeof marks / sizeof *marks)];
  int alone = 0;
  int any = has_point(p, item, &alone);
  if (!any) {
    fputs("NaN", to);
  } else if (item->kind == FIGURE_BARS) {
    int of = 1;
    int place = figure_bar_place(p, item, &of);
    double width = 0.9 * figure_bar_width(item) / of;
    fprintf(to, "$data%zu using ($1 + %.10g):2:(%.10g)", number,
            (place - (of - 1) / 2.0) * width, width);
  } else {
    fprintf(to, "$data%zu using 1:2%s", number,
            item->kind == FIGURE_ARROWS ? ":3:4" : "");
  }
  if (!any || (item->kind == FIGURE_LINE && !alone)) {
    fprintf(to, " with lines lw 2 lc '%s' dt %d", colour, dash);
  } else if (item->kind == FIGURE_PATH || item->kind == FIGURE_LINE) {
    fprintf(to, " with linespoints lw 1.5 pt %d ps 0.6 lc '%s' dt %d", mark, colour,
            dash);
  } else if (item->kind == FIGURE_POINTS) {
    fprintf(to, " with points pt %d ps 0.7 lc '%s'", mark, colour);
  } else if (item->kind == FIGURE_BARS) {
    fprintf(to, " with boxes fill solid 0.8 noborder lc '%s'", colour);
  } else {
    fprintf(to, " with vectors filled head size graph 0.012,20 lw 1.2 lc '%s'", colour);
  }
  fputs(" title ", to);
  figure_quote(to, item->label, FIGURE_LABEL, FIGURE_PLAIN);
}

static void write_chart(const figure_part *p, double width, size_t number, FILE *to) {
  int labels = 0;
  int drawn = 0;
  for (size_t i = 0; i < p->count; i++) {
    if (p->items[i].kind <= FIGURE_ARROWS && p->items[i].label[0]) labels = 1;
    if (p->items[i].kind == FIGURE_NOTE || p->items[i].kind == FIGURE_RULE)
      write_mark(p, &p->items[i], to);
  }
  write_axes(p, width, to);
  fputs(labels ? "set key below center Left reverse samplen 3 width 2 height 1\n"
               : "unset key\n",
        to);
  fputs("plot ", to);
  for (size_t i = 0; i < p->count; i++) {
    const figure_item *item = &p->items[i];
    if (item->kind > FIGURE_CONTOURS) continue;
    if (drawn++) fputs(", \\\n     ", to);
    if (item->kind == FIGURE_CONTOURS) {
      fprintf(to, "$lines%zu using 1:2 with lines lw 0.7 lc '#999999' notitle",
              number + i);
    } else {
      write_series(p, item, number + i, to);
    }
  }
  fputs(drawn ? "\n" : "NaN notitle\n", to);
}

static void write_panel(const figure_page *g, const figure_part *p, const char *title,
                        size_t number, FILE *to) {
  double width = g->width / g->columns;
  fputs("\nreset\n", to);
  if (title[0]) {
    fputs("set title ", to);
    figure_quote(to, title, (size_t)(width / 7), FIGURE_PLAIN);
    putc('\n', to);
  }
  const figure_item *image = figure_only(p, FIGURE_IMAGE);
  const figure_item *matrix = figure_only(p, FIGURE_MATRIX);
  if (image) {
    figure_write_image(image, number + (size_t)(image - p->items), g->crisp, to);
  } else if (matrix) {
    figure_write_matrix(p, matrix, number + (size_t)(matrix - p->items), g->crisp, to);
  } else {
    write_chart(p, width, number, to);
  }
}

static void write_multiplot(const figure *f, const figure_page *g, FILE *to) {
  fprintf(to, "\nreset\nset multiplot layout %d,%d", g->rows, g->columns);
  if (f->title[0]) {
    fputs(" title ", to);
    figure_quote(to, f->title, (size_t)(g->width / 8), FIGURE_PLAIN);
    fputs(" font ',16'", to);
  }
  if (g->tiles) {
    /* Room for a line of text above each picture. */
    double line = 26 / g->height;
    fprintf(to, " margins screen 0.01,0.99,0.01,%.4f spacing screen 0.01,%.4f",
            1 - g->head / g->height - line, line);
  }
  putc('\n', to);
}

void figure_write_script(const figure *f, const char *name, FILE *to) {
  figure_page g = figure_lay_out(f);
  char none[] = "";
  int several = figure_is_multiple(f);
  write_head(&g, name, to);
  if (g.crisp) fputs("grid = pass == 1 ? 'image' : 'image pixels'\n", to);
  size_t number = 1;
  for (size_t i = 0; i < f->count; i++) {
    for (size_t j = 0; j < f->panels[i].count; j++, number++) {
      const figure_item *item = &f->panels[i].items[j];
      if (item->kind == FIGURE_NOTE || item->kind == FIGURE_RULE) continue;
      write_data(item, number, to);
      if (item->kind == FIGURE_CONTOURS) write_contour_lines(item, number, to);
    }
  }
  if (several) write_multiplot(f, &g, to);
  number = 1;
  for (size_t i = 0; i < f->count; i++) {
    const figure_part *p = &f->panels[i];
    write_panel(&g, p, several || p->title[0] ? p->title : f->title, number, to);
    number += p->count;
  }
  if (f->count == 0)
    write_panel(&g, &(figure_part){.axes = {{.label = none}, {.label = none}}}, f->title,
                number, to);
  fputs(several ? "unset multiplot\n" : "", to);
  /* gnuplot 6 takes 'reread' for deprecated, and says so on each run. */
  fprintf(to, "unset output\nif (pass == 1) load '%s.gp'\n", name);
}
