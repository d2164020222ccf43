/* SPDX-License-Identifier: MIT
 *
 * The order of trials, and what their figures show, as text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search_figure.h"

static dpb_space *space_of(const char *text) {
  dpb_space *space;
  assert_int_equal(dpb_space_parse(text, &space), DPB_OK);
  return space;
}

static void add(search_log *log, double score) {
  const double values[1] = {0.5};
  search_log_add(log, (int)log->count, score, values, NULL, 0);
}

static char *drawn(const figure *f) {
  char *text = NULL;
  size_t size = 0;
  FILE *to = open_memstream(&text, &size);
  assert_non_null(to);
  figure_draw_text(f, to);
  fclose(to);
  return text;
}

static void assert_rank(const search_log *log, const size_t wanted[], size_t count) {
  size_t order[SEARCH_BEST];
  assert_int_equal(search_log_rank(log, order), count);
  for (size_t i = 0; i < count; i++) assert_int_equal(order[i], wanted[i]);
}

/* Of equals the first one comes first; what failed is left out. */
static void test_rank(void **state) {
  (void)state;
  dpb_space *space = space_of("x 0..1");
  search_log log = {.space = space, .goal = DPB_MAXIMIZE};
  assert_rank(&log, NULL, 0);
  const double scores[] = {0.5, (double)NAN, 0.75, 0.5, -1, (double)NAN, 0.75};
  for (size_t i = 0; i < 7; i++) add(&log, scores[i]);
  assert_rank(&log, (const size_t[]){2, 6, 0, 3, 4}, 5);
  log.goal = DPB_MINIMIZE;
  assert_rank(&log, (const size_t[]){4, 0, 3, 2, 6}, 5);
  search_log_free(&log);
  assert_int_equal(log.count, 0);
  add(&log, (double)NAN);
  assert_rank(&log, NULL, 0);
  search_log_free(&log);
  dpb_space_destroy(space);
}

static void test_rank_of_many(void **state) {
  (void)state;
  dpb_space *space = space_of("x 0..1");
  search_log log = {.space = space, .goal = DPB_MAXIMIZE};
  size_t wanted[SEARCH_BEST];
  for (int i = 0; i < 150; i++) add(&log, (i * 37) % 150); /* each score once */
  for (size_t i = 0; i < SEARCH_BEST; i++)
    for (size_t k = 0; k < log.count; k++)
      if ((k * 37) % 150 == 149 - i) wanted[i] = k;
  assert_rank(&log, wanted, SEARCH_BEST);
  search_log_free(&log);
  dpb_space_destroy(space);
}

static void test_curves(void **state) {
  (void)state;
  dpb_space *space = space_of("x 0..1");
  search_log log = {.space = space, .goal = DPB_MAXIMIZE};
  dpb_epoch history[2] = {{.epoch = 1, .validation_accuracy = 0.25},
                          {.epoch = 2, .validation_accuracy = 0.5}};
  history[0].train_accuracy = history[1].train_accuracy = (double)NAN;
  add(&log, 0.5);
  add(&log, 0.75);
  assert_null(search_figure_curves(&log));
  search_log_keep(&log, 0, history, 2);
  history[1].validation_accuracy = 9; /* it was copied */
  figure *f = search_figure_curves(&log);
  char *text = drawn(f);
  assert_non_null(strstr(text, "best 1: 0.500 (trial 1)"));
  assert_null(strstr(text, "best 2"));
  assert_null(strstr(text, "training"));
  free(text);
  figure_free(f);
  history[0].train_accuracy = 0.5;
  search_log_keep(&log, 1, history, 1);
  f = search_figure_curves(&log);
  text = drawn(f);
  assert_non_null(strstr(text, "best 1: 0.750 (trial 2)"));
  assert_non_null(strstr(text, "training dashed"));
  free(text);
  figure_free(f);
  search_log_free(&log);
  dpb_space_destroy(space);
}

static void test_values_and_progress(void **state) {
  (void)state;
  dpb_space *space = space_of("lr log 1e-6..1e-2, act choice relu|tanh");
  search_log log = {.space = space, .goal = DPB_MINIMIZE};
  const double values[2][2] = {{1e-4, 1}, {1e-3, 0}};
  search_log_add(&log, 0, 2.5, values[0], NULL, 0);
  search_log_add(&log, 1, 1.5, values[1], NULL, 0);
  figure *f = search_figure_values(&log);
  char *text = drawn(f);
  assert_non_null(strstr(text, "validation loss"));
  assert_non_null(strstr(text, "1e-06")); /* its whole range, whatever was tried */
  assert_non_null(strstr(text, "best"));
  free(text);
  figure_free(f);
  f = search_figure_progress(&log);
  text = drawn(f);
  assert_non_null(strstr(text, "best so far"));
  assert_non_null(strstr(text, "1.5 |"));
  assert_non_null(strstr(text, "2.5 |"));
  free(text);
  figure_free(f);
  search_log_free(&log);
  dpb_space_destroy(space);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rank), cmocka_unit_test(test_rank_of_many),
      cmocka_unit_test(test_curves), cmocka_unit_test(test_values_and_progress)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
