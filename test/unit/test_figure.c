/* SPDX-License-Identifier: MIT
 *
 * Figures: texts of a script, ranges, styles, and the drawing as text.
 */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "figure_parts.h"

static const double xs[] = {1, 2, 3, 4};
static const double ys[] = {10, 20, 15, 40};

static char *quoted(const char *text, size_t longest, enum figure_quoting how) {
  static char memory[512];
  memset(memory, 0, sizeof memory);
  FILE *to = fmemopen(memory, sizeof memory, "w");
  assert_non_null(to);
  figure_quote(to, text, longest, how);
  fclose(to);
  return memory;
}

static void texts_are_quoted(void **state) {
  (void)state;
  assert_string_equal(quoted("plain", 80, FIGURE_PLAIN), "'plain'");
  assert_string_equal(quoted("it's 5 %", 80, FIGURE_PLAIN), "'it''s 5 %'");
  assert_string_equal(quoted("it's 5 %", 80, FIGURE_PERCENT), "'it''s 5 %%'");
  assert_string_equal(quoted("it's 5 %", 80, FIGURE_BARE), "it's 5 %");
  assert_string_equal(quoted("a\nb\t\x1b[2J\x7f", 80, FIGURE_PLAIN), "'a b  [2J '");
  assert_string_equal(quoted("\xe5\xad\xa6\xe7\xbf\x92", 80, FIGURE_PLAIN),
                      "'\xe5\xad\xa6\xe7\xbf\x92'");
  /* Latin-1, too long a form of '/', half a surrogate pair, U+FFFF, a cut character */
  assert_string_equal(
      quoted("\xfc|\xc0\xaf|\xed\xa0\x80|\xef\xbf\xbf|\xe5\xad", 80, FIGURE_PLAIN), "'?|"
                                                                                    "??"
                                                                                    "|"
                                                                                    "???"
                                                                                    "|"
                                                                                    "???"
                                                                                    "|"
                                                                                    "??"
                                                                                    "'");
  assert_string_equal(quoted("\xc2\x9b[2J", 80, FIGURE_BARE), " [2J");
  assert_string_equal(quoted("abcdefghij", 8, FIGURE_PLAIN), "'abcde...'");
  assert_string_equal(quoted("abcdefgh", 8, FIGURE_PLAIN), "'abcdefgh'");
}

static void extents_are_never_empty(void **state) {
  (void)state;
  const double huge[] = {-1e308, (double)INFINITY, (double)NAN, 1e99};
  figure *f = figure_new("", 1, 1);
  double low, high;
  figure_panel(f, "", "", "");
  assert_int_equal(figure_extent(&f->panels[0], 0, &low, &high), 0);
  assert_true(low < high);
  figure_line(f, "", xs, huge, 4);
  assert_int_equal(figure_extent(&f->panels[0], 1, &low, &high), 1);
  assert_true(low > 0 && low < 1e99 && high > 1e99 && high < 2e99);
  figure_extent(&f->panels[0], 0, &low, &high);
  assert_true(low < 4 && high > 4);
  figure_range(f, 'x', 3, 3);
  figure_range(f, 'x', (double)NAN, 9);
  assert_false(f->panels[0].axes[0].fixed);
  figure_range(f, 'x', -1, 9);
  figure_extent(&f->panels[0], 0, &low, &high);
  assert_true(low == -1 && high == 9);

  figure_panel(f, "", "", "");
  figure_bars(f, "", xs, ys, 4);
  figure_extent(&f->panels[1], 0, &low, &high);
  assert_true(low == 0.5 && high == 4.5);
  figure_extent(&f->panels[1], 1, &low, &high);
  assert_true(low == 0 && high == 40);
  figure_log_axis(f, 'y');
  figure_extent(&f->panels[1], 1, &low, &high);
  assert_true(low == 10 && high == 40);
  figure_free(f);
  figure_free(NULL);
}

static void a_label_has_one_style(void **state) {
  (void)state;
  figure *f = figure_new("", 2, 1);
  figure_panel(f, "", "", "");
  figure_line(f, "train", xs, ys, 4);
  figure_line(f, "validation", xs, ys, 4);
  figure_line(f, "test", xs, ys, 4);
  figure_panel(f, "", "", "");
  figure_line(f, "test", xs, ys, 4);
  figure_line(f, "other", xs, ys, 4);
  figure_line(f, "train", xs, ys, 4);
  assert_int_equal(f->panels[0].items[2].style, 2);
  assert_int_equal(f->panels[1].items[0].style, 2);
  assert_int_equal(f->panels[1].items[1].style, 0);
  assert_int_not_equal(f->panels[1].items[2].style, 0);
  assert_int_not_equal(f->panels[1].items[2].style, 2);
  figure_free(f);
}

static char *as_text(const figure *f) {
  static char memory[1 << 16];
  memset(memory, 0, sizeof memory);
  FILE *to = fmemopen(memory, sizeof memory, "w");
  assert_non_null(to);
  figure_draw_text(f, to);
  fclose(to);
  return memory;
}

static void curves_as_text(void **state) {
  (void)state;
  const double line[] = {0, 1, (double)NAN, 3};
  figure *f = figure_new("Title\x1b[31m", 1, 1);
  figure_panel(f, "", "x", "y");
  figure_line(f, "up", line, line, 4);
  char *text = as_text(f);
  assert_non_null(strstr(text, "\nTitle [31m\n"));
  assert_non_null(strstr(text, "\n        3 |"));
  assert_non_null(strstr(text, "\n        0 |*"));
  assert_non_null(strstr(text, "\n          * up\n"));
  int rows = 0;
  for (char *row = strtok(text, "\n"); row; row = strtok(NULL, "\n")) {
    size_t length = strlen(row);
    assert_true(length <= FIGURE_COLUMNS);
    assert_true(row[length - 1] != ' ');
    rows++;
  }
  assert_int_equal(rows, 1 + 1 + 16 + 2 + 1);
  /* The gap: 1/3 of the way is drawn, then nothing up to the last point. */
  text = as_text(f);
  int marks = 0;
  for (char *c = text; *c; c++) marks += *c == '*';
  assert_in_range(marks, 20, 25);
  figure_free(f);
}

static void grids_as_text(void **state) {
  (void)state;
  const float pixels[] = {0, 1, 0.5f, 0};
  const double table[] = {97, 3, 0.25, 100};
  const char *const names[] = {"cat", "dog"};
  const double forward[] = {0, 1}, times[] = {4, 8};
  figure *f = figure_new("", 2, 1);
  figure_panel(f, "one", "", "");
  figure_image(f, pixels, 2, 2, 0, 1);
  figure_panel(f, "two", "", "");
  figure_image(f, pixels, 2, 2, 0, 1);
  char *text = as_text(f);
  assert_non_null(strstr(text, "  @@    @@\n"));
  assert_non_null(strstr(text, "++    ++  \n"));
  figure_free(f);
  f = figure_new("", 1, 1);
  figure_panel(f, "", "predicted", "true");
  figure_matrix(f, table, 2, 2, names, names);
  text = as_text(f);
  assert_non_null(strstr(text, "cat       dog\n"));
  assert_non_null(strstr(text, "dog      0.25       100\n"));
  figure_panel(f, "", "", "time / ms");
  figure_names(f, names, 2);
  figure_bars(f, "forward", forward, times, 2);
  text = as_text(f);
  assert_non_null(strstr(text, "cat ********************* 4\n"));
  assert_non_null(strstr(text, "dog ****************************************** 8\n"));
  figure_free(f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_are_quoted),      cmocka_unit_test(extents_are_never_empty),
      cmocka_unit_test(a_label_has_one_style), cmocka_unit_test(curves_as_text),
      cmocka_unit_test(grids_as_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
