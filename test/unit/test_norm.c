/* SPDX-License-Identifier: MIT
 *
 * The normalisation kernels: against plain double loops, on every size around their
 * chunks, blocks and vectors; and every table gives the bits of every other.
 */
#include "norm_fixture.h"
#include "simd/vec.h"

static void moments_are_exact(void **state) {
  (void)state;
  const dpb__norm *norm = dpb__norm_get();
  for (size_t i = 0; i < SIZES; i++) {
    matrix m = make(sizes[i][0], sizes[i][1], 0.5f);
    norm->moments(m.rows, m.cols, m.x, m.first, m.second);
    for (size_t c = 0; c < m.cols; c++) {
      double mean, squares;
      exact_moments(&m, c, &mean, &squares);
      assert_near(m.first[c], mean, 1e-7);
      assert_near(m.second[c], squares, 2e-6);
    }
    drop(&m);
  }
}

/* Sum of squares less square of sum would leave nothing of a variance of 1 here. */
static void a_large_mean_costs_no_digits(void **state) {
  (void)state;
  matrix m = make(5000, 7, 20000.0f);
  dpb__norm_get()->moments(m.rows, m.cols, m.x, m.first, m.second);
  for (size_t c = 0; c < m.cols; c++) {
    double mean, squares;
    exact_moments(&m, c, &mean, &squares);
    assert_true(fabs(m.first[c] - mean) < 1e-5);
    assert_true(fabs(m.second[c] / squares - 1) < 1e-5);
  }
  drop(&m);
}

static void equal_numbers_have_no_variance(void **state) {
  (void)state;
  matrix m = make(300, 5, 0.0f);
  for (size_t i = 0; i < m.rows * m.cols; i++) m.x[i] = 0.1f;
  dpb__norm_get()->moments(m.rows, m.cols, m.x, m.first, m.second);
  for (size_t c = 0; c < m.cols; c++) {
    assert_near(m.first[c], (double)0.1f, 1e-8);
    assert_true(m.second[c] >= 0 && m.second[c] < 1e-12);
  }
  drop(&m);
}

static void sums_are_exact(void **state) {
  (void)state;
  for (size_t i = 0; i < SIZES; i++) {
    matrix m = make(sizes[i][0], sizes[i][1], 0.0f);
    dpb__norm_get()->sums(m.rows, m.cols, m.x, m.mean, m.dy, m.first, m.second);
    for (size_t c = 0; c < m.cols; c++) {
      double sum = 0, product = 0;
      for (size_t r = 0; r < m.rows; r++) {
        const size_t at = r * m.cols + c;
        sum += (double)m.dy[at];
        product += (double)m.dy[at] * ((double)m.x[at] - (double)m.mean[c]);
      }
      assert_near(m.first[c], sum, 5e-6);
      assert_near(m.second[c], product, 5e-6);
    }
    drop(&m);
  }
}

static void maps_are_exact(void **state) {
  (void)state;
  const dpb__norm *norm = dpb__norm_get();
  for (size_t i = 0; i < SIZES; i++)
    for (int kind = 0; kind < 3; kind++) {
      matrix m = make(sizes[i][0], sizes[i][1], 0.0f);
      if (kind < 2)
        norm->apply(m.rows, m.cols, m.x, m.mean, m.scale, m.shift, kind == 1, m.out);
      else
        norm->gradient(m.rows, m.cols, m.x, m.mean, m.dy, m.shift, m.slope, m.scale,
                       m.out);
      for (size_t at = 0; at < m.rows * m.cols; at++) {
        const size_t c = at % m.cols;
        const double off = (double)m.x[at] - (double)m.mean[c];
        double y = off * (double)m.scale[c] + (double)m.shift[c];
        if (kind == 1) y = fmax(y, 0.0);
        if (kind == 2)
          y = ((double)m.dy[at] - (double)m.shift[c] - off * (double)m.slope[c]) *
              (double)m.scale[c];
        assert_near(m.out[at], y, 5e-6);
      }
      assert_true(isnan((double)m.out[m.rows * m.cols])); /* and no further */
      drop(&m);
    }
}

/* -- rows */

typedef struct row_result {
  double sums[2];
  float *y, *relu, *dx, *dgamma, *dbeta;
} row_result;

static row_result run_rows(const dpb__norm *norm, const matrix *m) {
  const size_t n = m->cols;
  row_result r = {.y = nan_floats(n),
                  .relu = nan_floats(n),
                  .dx = nan_floats(n),
                  .dgamma = random_floats(n, 7),
                  .dbeta = random_floats(n, 8)};
  norm->row_apply(n, m->x, 0.3f, 1.7f, m->scale, m->shift, false, r.y);
  norm->row_apply(n, m->x, 0.3f, 1.7f, m->scale, m->shift, true, r.relu);
  norm->row_sums(n, m->x, 0.3f, 1.7f, m->scale, m->dy, r.dgamma, r.dbeta, r.sums);
  norm->row_gradient(n, m->x, 0.3f, m->scale, m->dy, 0.2f, -0.4f, 1.7f, r.dx);
  return r;
}

static void drop_rows(row_result *r) {
  float *const all[] = {r->y, r->relu, r->dx, r->dgamma, r->dbeta};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
}

static void rows_are_exact(void **state) {
  (void)state;
  const size_t lengths[] = {1, 5, 16, 33, 64, 100, 4097, 9000};
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
    matrix m = make(1, lengths[i], 0.0f);
    row_result r = run_rows(dpb__norm_get(), &m);
    float *old = random_floats(m.cols, 7);
    double sums[2] = {0, 0};
    for (size_t j = 0; j < m.cols; j++) {
      const double off = (double)m.x[j] - (double)0.3f, factor = (double)1.7f;
      const double g = (double)m.dy[j] * (double)m.scale[j];
      const double y = off * factor * (double)m.scale[j] + (double)m.shift[j];
      sums[0] += g;
      sums[1] += g * off;
      assert_near(r.y[j], y, 5e-6);
      assert_near(r.relu[j], fmax(y, 0.0), 5e-6);
      assert_near(r.dx[j], (g - (double)0.2f + off * (double)0.4f) * factor, 5e-6);
      assert_near(r.dgamma[j], (double)old[j] + (double)m.dy[j] * off * factor, 5e-6);
    }
    assert_near(r.sums[0], sums[0], 2e-5);
    assert_near(r.sums[1], sums[1], 2e-5);
    free(old);
    drop_rows(&r);
    drop(&m);
  }
}

/* -- tables */

static void run_all(const dpb__norm *norm, size_t rows, size_t cols, matrix *m,
                    float *out) {
  *m = make(rows, cols, 3.0f);
  norm->moments(rows, cols, m->x, m->first, m->second);
  memcpy(out, m->first, cols * sizeof(double));
  memcpy(out + 2 * cols, m->second, cols * sizeof(double));
  norm->sums(rows, cols, m->x, m->mean, m->dy, m->first, m->second);
  memcpy(out + 4 * cols, m->first, cols * sizeof(double));
  memcpy(out + 6 * cols, m->second, cols * sizeof(double));
  norm->apply(rows, cols, m->x, m->mean, m->scale, m->shift, true, m->out);
  memcpy(out + 8 * cols, m->out, rows * cols * sizeof(float));
  norm->gradient(rows, cols, m->x, m->mean, m->dy, m->shift, m->slope, m->scale, m->out);
  memcpy(out + (8 + rows) * cols, m->out, rows * cols * sizeof(float));
  float *memory, *last = out + (8 + 2 * rows) * cols;
  const dpb__norm_whole w = make_whole(cols, &memory);
  double *parts = malloc(2 * cols * sizeof *parts);
  assert_non_null(parts);
  for (size_t c = 0; c < cols; c++) {
    parts[c] = m->first[c];
    parts[cols + c] = fabs(m->second[c]);
  }
  norm->make_scales(cols, 8.0, parts, m->scale, m->shift, 1e-6f, &w);
  norm->make_slopes(cols, 8.0, parts, last, last + cols, &w);
  memcpy(last + 2 * cols, w.factor, cols * sizeof *w.factor);
  memcpy(last + 3 * cols, w.scale, cols * sizeof *w.scale);
  memcpy(last + 4 * cols, w.slope, cols * sizeof *w.slope);
  free(memory);
  free(parts);
}

static void tables_agree_to_the_bit(void **state) {
  (void)state;
  for (int t = 1; t < TABLES; t++) {
    const dpb__norm *norm = dpb__norm_find(tables[t]);
    if (!norm) {
      print_message("no %s here\n", tables[t]);
      continue;
    }
    assert_string_equal(norm->name, tables[t]);
    for (size_t i = 0; i < SIZES; i++) {
      const size_t rows = sizes[i][0], cols = sizes[i][1], all = (13 + 2 * rows) * cols;
      matrix a, b;
      float *one = nan_floats(all), *other = nan_floats(all);
      run_all(dpb__norm_find("generic"), rows, cols, &a, one);
      run_all(norm, rows, cols, &b, other);
      assert_memory_equal(one, other, all * sizeof *one);
      row_result r = run_rows(dpb__norm_find("generic"), &a), s = run_rows(norm, &b);
      assert_memory_equal(r.sums, s.sums, sizeof r.sums);
      assert_memory_equal(r.y, s.y, cols * sizeof *r.y);
      assert_memory_equal(r.relu, s.relu, cols * sizeof *r.y);
      assert_memory_equal(r.dx, s.dx, cols * sizeof *r.y);
      assert_memory_equal(r.dgamma, s.dgamma, cols * sizeof *r.y);
      drop_rows(&r);
      drop_rows(&s);
      drop(&a);
      drop(&b);
      free(one);
      free(other);
    }
  }
}

static void a_nan_passes_relu(void **state) {
  (void)state;
  const float x[20] = {[7] = NAN}, zero[36] = {0}, one[36] = {[0] = 1, [7] = 1};
  for (int t = 0; t < TABLES; t++) {
    const dpb__norm *norm = dpb__norm_find(tables[t]);
    float y[20];
    if (!norm) continue;
    norm->apply(1, 20, x, zero, one, zero, true, y);
    assert_true(isnan((double)y[7]) && y[8] == 0.0f);
    norm->row_apply(20, x, 0.0f, 1.0f, one, zero, true, y);
    assert_true(isnan((double)y[7]) && y[8] == 0.0f);
  }
  assert_null(dpb__norm_find("abacus"));
}

static void the_table_goes_with_the_vector_kernels(void **state) {
  (void)state;
  assert_string_equal(dpb__norm_get()->name, dpb__vec_get()->name);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(moments_are_exact),
      cmocka_unit_test(a_large_mean_costs_no_digits),
      cmocka_unit_test(equal_numbers_have_no_variance),
      cmocka_unit_test(sums_are_exact),
      cmocka_unit_test(maps_are_exact),
      cmocka_unit_test(rows_are_exact),
      cmocka_unit_test(tables_agree_to_the_bit),
      cmocka_unit_test(a_nan_passes_relu),
      cmocka_unit_test(the_table_goes_with_the_vector_kernels),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
