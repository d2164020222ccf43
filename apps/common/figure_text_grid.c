/* SPDX-License-Identifier: MIT
 *
 * Panels as text that are no curves: images as characters from light to dark, tables as
 * their numbers, bars that have names as rows of marks.
 */
#include <math.h>
#include <string.h>

#include "figure_parts.h"

static const char tones[] = " .:-=+*#%@";

/* One pixel is two characters wide where there is room; else a character stands for two
 * pixels, one below the other. */
typedef struct tile {
  int wide, rows, columns;
} tile;

static tile tile_of(const figure_item *item) {
  tile t = {.wide = item->width <= 17};
  t.columns = t.wide ? 2 * (int)item->width : (int)item->width;
  t.rows = t.wide ? (int)item->rows : ((int)item->rows + 1) / 2;
  return t;
}

static char tone(const figure_item *item, size_t row, size_t column) {
  double value = item->values[row * item->width + column];
  double share = (value - item->box[0]) / (item->box[1] - item->box[0]);
  if (!(share > 0)) return tones[0];
  int last = (int)sizeof tones - 2;
  return tones[share < 1 ? (int)lround(share * last) : last];
}

static char darker(char a, char b) {
  return strchr(tones, a) > strchr(tones, b) ? a : b;
}

static void print_line(const figure_item *item, int line, FILE *to) {
  tile t = tile_of(item);
  for (size_t column = 0; column < item->width && line < t.rows; column++) {
    size_t row = (size_t)(t.wide ? line : 2 * line);
    char c = tone(item, row, column);
    if (!t.wide && row + 1 < item->rows) c = darker(c, tone(item, row + 1, column));
    putc(c, to);
    if (t.wide) putc(c, to);
  }
  if (line >= t.rows) fprintf(to, "%*s", t.columns, "");
}

static void print_titles(const figure *f, size_t first, size_t count, int columns,
                         FILE *to) {
  int any = 0;
  for (size_t i = 0; i < count; i++) any |= f->panels[first + i].title[0] != '\0';
  for (size_t i = 0; i < count && any; i++) {
    int used = figure_quote(to, f->panels[first + i].title, (size_t)columns, FIGURE_BARE);
    if (i + 1 < count) fprintf(to, "%*s", columns + 2 - used, "");
  }
  if (any) putc('\n', to);
}

void figure_text_images(const figure *f, size_t first, size_t count, FILE *to) {
  int columns = 1, rows = 1;
  for (size_t i = 0; i < count; i++) {
    tile t = tile_of(figure_only(&f->panels[first + i], FIGURE_IMAGE));
    columns = t.columns > columns ? t.columns : columns;
    rows = t.rows > rows ? t.rows : rows;
  }
  if (columns > FIGURE_COLUMNS) {
    fprintf(to, "(%zu image%s too wide to be drawn as text)\n", count,
            count == 1 ? "" : "s");
    return;
  }
  size_t across = (size_t)((FIGURE_COLUMNS + 2) / (columns + 2));
  if (across > (size_t)f->columns) across = (size_t)f->columns;
  for (size_t done = 0; done < count; done += across) {
    size_t n = count - done < across ? count - done : across;
    print_titles(f, first + done, n, columns, to);
    for (int line = 0; line < rows; line++) {
      for (size_t i = 0; i < n; i++) {
        const figure_item *item = figure_only(&f->panels[first + done + i], FIGURE_IMAGE);
        print_line(item, line, to);
        if (i + 1 < n) fprintf(to, "%*s", columns + 2 - tile_of(item).columns, "");
      }
      putc('\n', to);
    }
    putc('\n', to);
  }
}

static void print_name(char *const names[], size_t i, int width, FILE *to) {
  char number[24];
  snprintf(number, sizeof number, "%zu", i);
  const char *name = names ? names[i] : number;
  fprintf(to, "%*s", width - (int)strlen(name) > 0 ? width - (int)strlen(name) : 0, "");
  figure_quote(to, name, (size_t)width, FIGURE_BARE);
}

void figure_text_matrix(const figure_part *p, const figure_item *item, FILE *to) {
  const int head = 12;
  int room = item->width < 64 ? (FIGURE_COLUMNS - head) / (int)item->width : 0;
  if (room < 5) {
    fprintf(to, "(a table of %zu x %zu numbers, too wide to be drawn as text)\n",
            item->rows, item->width);
    return;
  }
  if (room > 10) room = 10;
  fprintf(to, "%*s", head, "");
  figure_quote(to, p->axes[0].label, 50, FIGURE_BARE);
  fprintf(to, "\n%*s", head, "");
  for (size_t j = 0; j < item->width; j++) {
    putc(' ', to);
    print_name(item->column_names, j, room - 1, to);
  }
  putc('\n', to);
  for (size_t i = 0; i < item->rows; i++) {
    print_name(item->row_names, i, head, to);
    for (size_t j = 0; j < item->width; j++) {
      char number[32];
      snprintf(number, sizeof number, "%.4g", item->values[i * item->width + j]);
      fprintf(to, " %*.*s", room - 1, room - 1, number);
    }
    putc('\n', to);
  }
  if (p->axes[1].label[0]) {
    fputs("rows: ", to);
    figure_quote(to, p->axes[1].label, 60, FIGURE_BARE);
    putc('\n', to);
  }
}

static void print_bar(const figure_part *p, const figure_item *item, size_t i,
                      double high, FILE *to) {
  static const char marks[] = "*o+x#@%&";
  const int name_width = 18, width = FIGURE_COLUMNS - 18 - 12;
  double value = (double)NAN;
  for (size_t j = 0; j < item->rows; j++) {
    if (item->values[j * item->width] == (double)i) {
      value = item->values[j * item->width + 1];
    }
  }
  print_name(p->names, i, name_width, to);
  putc(' ', to);
  int full = value > 0 && high > 0 ? (int)lround(fmin(value / high, 1) * width) : 0;
  for (int k = 0; k < full; k++) {
    putc(marks[(size_t)item->style % (sizeof marks - 1)], to);
  }
  if (isnan(value)) {
    fputs("-\n", to);
  } else {
    fprintf(to, "%s%.4g\n", full ? " " : "", value);
  }
}

void figure_text_bars(const figure_part *p, FILE *to) {
  double low = 0, high = 1;
  figure_extent(p, 1, &low, &high);
  if (p->axes[1].label[0]) {
    fprintf(to, "%*s", 19, "");
    figure_quote(to, p->axes[1].label, 50, FIGURE_BARE);
    putc('\n', to);
  }
  for (size_t i = 0; i < p->name_count; i++) {
    for (size_t j = 0; j < p->count; j++) {
      if (p->items[j].kind == FIGURE_BARS) print_bar(p, &p->items[j], i, high, to);
    }
  }
}
