/* SPDX-License-Identifier: MIT
 *
 * The kernels that make a number for each column of the parts of all shards.
 */
#include "norm_fixture.h"

/* The parts of two shards joined are those of all rows. */
static void parts_join_to_the_whole(void **state) {
  (void)state;
  const dpb__norm *norm = dpb__norm_get();
  for (size_t i = 0; i < SIZES; i++) {
    const size_t rows = sizes[i][0], cols = sizes[i][1], one = rows / 3 + 1;
    if (one == rows) continue;
    matrix m = make(rows, cols, 0.5f);
    double *all = malloc(4 * cols * sizeof *all), *part = all + 2 * cols;
    assert_non_null(all);
    norm->moments(one, cols, m.x, all, all + cols);
    norm->moments(rows - one, cols, m.x + one * cols, part, part + cols);
    norm->join_moments(cols, (double)one, (double)(rows - one), part, all);
    for (size_t c = 0; c < cols; c++) {
      double mean, squares;
      exact_moments(&m, c, &mean, &squares);
      assert_near(all[c], mean, 1e-7);
      assert_near(all[cols + c], squares, 2e-6);
    }
    norm->add_sums(cols, part, all);
    for (size_t c = 0; c < cols; c++) {
      double mean, squares;
      exact_moments(&m, c, &mean, &squares);
      assert_near(all[c], mean + part[c], 1e-7);
      assert_near(all[cols + c], squares + part[cols + c], 2e-6);
    }
    free(all);
    drop(&m);
  }
}

static void goes_on(size_t cols, const float *values) {
  for (size_t i = 0; i < DPB__NORM_MORE; i++)
    assert_true(values[cols + i] == values[i % cols]);
}

static void the_whole_is_exact(void **state) {
  (void)state;
  enum { COLS = 21 };
  double parts[2 * COLS];
  matrix m = make(1, COLS, 0.0f);
  for (int c = 0; c < 2 * COLS; c++) parts[c] = 0.25 * (c + 1);
  for (int t = 0; t < TABLES; t++) {
    const dpb__norm *norm = dpb__norm_find(tables[t]);
    if (!norm) continue;
    float *memory, dgamma[COLS], dbeta[COLS];
    const dpb__norm_whole w = make_whole(COLS, &memory);
    norm->make_scales(COLS, 8.0, parts, m.scale, m.shift, 0.125f, &w);
    norm->make_slopes(COLS, 8.0, parts, dgamma, dbeta, &w);
    for (size_t c = 0; c < COLS; c++) {
      const double var = parts[COLS + c] / 8, factor = 1 / sqrt(var + 0.125);
      assert_true((double)w.mean[c] == parts[c] && w.shift[c] == m.shift[c]);
      assert_near(w.var[c], var, 1e-7);
      assert_near(w.factor[c], factor, 1e-7);
      assert_near(w.scale[c], (double)m.scale[c] * factor, 1e-7);
      assert_true((double)dbeta[c] == parts[c]);
      assert_near(dgamma[c], parts[COLS + c] * factor, 2e-7);
      assert_near(w.level[c], parts[c] / 8, 1e-7);
      assert_near(w.slope[c], parts[COLS + c] * factor * factor / 8, 3e-7);
    }
    float *const on[] = {w.mean, w.scale, w.shift, w.level, w.slope};
    for (int i = 0; i < 5; i++) goes_on(COLS, on[i]);
    free(memory);
  }
  drop(&m);
}

/* A variance that is not finite must not become a factor of 0. */
static void an_infinite_variance_is_seen(void **state) {
  (void)state;
  const double bad[] = {HUGE_VAL, (double)NAN};
  const float gamma[20] = {1.0f}, beta[20] = {0.0f};
  for (int t = 0; t < TABLES; t++)
    for (int i = 0; i < 2; i++) {
      const dpb__norm *norm = dpb__norm_find(tables[t]);
      if (!norm) continue;
      double parts[40] = {0};
      float *memory;
      const dpb__norm_whole w = make_whole(20, &memory);
      parts[20] = bad[i];
      norm->make_scales(20, 4.0, parts, gamma, beta, 0.5f, &w);
      assert_true(isnan((double)w.factor[0]) && isnan((double)w.scale[0]));
      assert_true(!isnan((double)w.factor[1]));
      free(memory);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parts_join_to_the_whole),
      cmocka_unit_test(the_whole_is_exact),
      cmocka_unit_test(an_infinite_variance_is_seen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
