/* SPDX-License-Identifier: MIT
 *
 * Pictures of numbers, drawn by gnuplot: a figure is one or more panels on a page, each
 * with axes and what is drawn in it. Saving writes a script that holds all its data and
 * can be edited and run by hand (name.gp), and has gnuplot make name.png and name.svg of
 * it. The same data give the same bytes, in any locale.
 *
 *     figure *f = figure_new("Learning MNIST", 1, 1);
 *     figure_panel(f, "", "epoch", "accuracy / %");
 *     figure_line(f, "train", epochs, train, n);
 *     figure_line(f, "test", epochs, test, n);
 *     code = figure_show(f, settings.out, "accuracy");
 *
 * What is copied: everything; the caller's arrays and texts may go at once. Colours are
 * Okabe and Ito's, which colour-blind people can tell apart, with a dash type or a mark
 * of their own for each series. Labels are drawn as they are, not as markup.
 */
#ifndef APP_FIGURE_H
#define APP_FIGURE_H

#include <stddef.h>
#include <stdio.h>

/* Opaque. Nothing here returns NULL or fails before figure_show: memory that there is
 * not ends the program (need_memory). */
typedef struct figure figure;

/* A page of columns x rows panels of equal size, filled row by row. title may be "". */
figure *figure_new(const char *title, int columns, int rows);

/* Begins the next panel; everything below draws in it. Any text may be "". Axis labels
 * name the unit: "epoch", "time / ms". */
void figure_panel(figure *f, const char *title, const char *x_label, const char *y_label);

/* Panels are as wide as high where the x and y units are the same thing (maps, paths). */
void figure_equal_axes(figure *f);

/* axis is 'x' or 'y'. Without it, what is drawn decides. */
void figure_range(figure *f, char axis, double from, double to);
void figure_log_axis(figure *f, char axis);

/* Names under the x axis at 0, 1, 2, ..., for bars. */
void figure_names(figure *f, const char *const names[], size_t count);

/* -- series: label "" leaves them out of the legend; NaN makes a gap in a line */

/* x NULL: 1, 2, ... n. */
void figure_line(figure *f, const char *label, const double x[], const double y[],
                 size_t n);
void figure_path(figure *f, const char *label, const double x[], const double y[],
                 size_t n); /* a line with a mark at each point */
void figure_points(figure *f, const char *label, const double x[], const double y[],
                   size_t n);
void figure_bars(figure *f, const char *label, const double x[], const double y[],
                 size_t n); /* boxes on the x axis, as wide as their distance */

/* An arrow from each (x, y), of (dx, dy). */
void figure_arrows(figure *f, const char *label, const double x[], const double y[],
                   const double dx[], const double dy[], size_t n);

/* Lines of equal height of z[row * columns + column], a grid over [x0, x1] x [y0, y1],
 * row 0 at y0. */
void figure_contours(figure *f, const double z[], int columns, int rows, double x0,
                     double x1, double y0, double y1, int levels);

/* A text at a place of the panel, and a thin line through the panel: 'x' at x = at,
 * 'y' at y = at. */
void figure_note(figure *f, double x, double y, const char *text);
void figure_rule(figure *f, char axis, double at);

/* -- images: such a panel has no axes */

/* Grey levels, row 0 at the top; low is black, high is white. */
void figure_image(figure *f, const float pixels[], int height, int width, float low,
                  float high);

/* A table of numbers as coloured cells, row 0 at the top, the numbers in them where the
 * cells are large enough; names may be NULL: 0, 1, 2, ... Axis labels are those of the
 * panel. */
void figure_matrix(figure *f, const double values[], int rows, int columns,
                   const char *const row_names[], const char *const column_names[]);

/* -- to the reader */

/* Ends and frees the figure. With a folder (made when it is not there) writes name.gp,
 * name.png and name.svg into it, each whole or not at all, and says so on stdout; where
 * there is no gnuplot, name.gp alone, and a word on stderr which package has it. Without
 * a folder (NULL), lines, points and bars are drawn as text on stdout, 72 columns wide.
 * Returns EXIT_OK, or EXIT_DATA with the reason printed. */
int figure_show(figure *f, const char *folder, const char *name);

/* As figure_show with a folder, but says nothing on stdout and does not free. *drawn (may
 * be NULL) is whether there are pictures, not name.gp alone. */
int figure_save(const figure *f, const char *folder, const char *name, int *drawn);

/* Draws as text to a stream, and does not free. */
void figure_draw_text(const figure *f, FILE *to);

/* Frees without a picture. NULL is fine. */
void figure_free(figure *f);

#endif
