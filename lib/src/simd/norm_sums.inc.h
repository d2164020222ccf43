/* SPDX-License-Identifier: MIT
 *
 * The kernels that add up columns. Belongs to norm_kernels.inc.h.
 *
 * Both kinds of sums are those of d and of d * (x - middle): d is dy, or x - middle
 * itself for the moments. Their middle is the mean of a block's first rows: deviations
 * from it are small, so that their sums are good, and what it is off by is made up for in
 * double. So one pass over the matrix does it.
 */

enum {
  FIRST_ROWS = 8,
  SPAN = 8 /* rows that are added up among themselves first: shorter sums, more digits */
};

typedef struct block_sums {
  float middle[STRIP + WIDEST];
  float first[STRIP];  /* of d */
  float second[STRIP]; /* of d * (x - middle) */
} block_sums;

/* The mean of the first rows. */
INLINE void find_middle(const piece *p, const float *x, size_t c, size_t last, size_t V,
                        vf middle[GROUP]) {
  const size_t few = p->rows < FIRST_ROWS ? p->rows : FIRST_ROWS;
  const vf share = splat(1.0f / (float)few);
  for (size_t r = 0; r < few; r++)
    for (size_t v = 0; v < V; v++)
      middle[v] = sum_of(middle[v], load(x + r * p->stride + column_of(v, c, last, V)));
  for (size_t v = 0; v < V; v++) middle[v] *= share;
}

INLINE void add_vectors(const piece *p, bool moments, const float *x, const float *dy,
                        size_t c, size_t last, const size_t *places, size_t V,
                        block_sums *s) {
  vf middle[GROUP], first[GROUP], second[GROUP];
  for (size_t v = 0; v < V; v++) {
    middle[v] = !moments || p->period ? load(s->middle + places[v]) : splat(0.0f);
    first[v] = second[v] = splat(0.0f);
  }
  if (moments && !p->period) {
    find_middle(p, x, c, last, V, middle);
    for (size_t v = 0; v < V; v++) store(s->middle + places[v], middle[v]);
  }
  for (size_t r = 0; r < p->rows;) {
    const size_t end = p->rows - r < SPAN ? p->rows : r + SPAN;
    vf some[GROUP], more[GROUP];
    for (size_t v = 0; v < V; v++) some[v] = more[v] = splat(0.0f);
    for (; r < end; r++)
      for (size_t v = 0; v < V; v++) {
        const size_t at = r * p->stride + column_of(v, c, last, V);
        const vf off = load(x + at) - middle[v];
        const vf d = moments ? off : load_once(dy + at);
        some[v] = sum_of(some[v], d);
        more[v] += d * off;
      }
    for (size_t v = 0; v < V; v++) {
      first[v] += some[v];
      second[v] += more[v];
    }
  }
  for (size_t v = 0; v < V; v++) {
    store(s->first + column_of(v, c, last, V), first[v]);
    store(s->second + column_of(v, c, last, V), second[v]);
  }
}

/* For fewer columns than a vector has. */
INLINE void add_columns(const piece *p, bool moments, const float *x, const float *dy,
                        block_sums *s) {
  for (size_t c = 0; c < p->width; c++) {
    s->first[c] = s->second[c] = 0.0f;
    for (size_t r = 0; r < p->rows;) {
      const size_t end = p->rows - r < SPAN ? p->rows : r + SPAN;
      float some = 0.0f, more = 0.0f;
      for (; r < end; r++) {
        const float off = x[r * p->stride + c] - s->middle[c];
        const float d = moments ? off : dy[r * p->stride + c];
        some += d;
        more += d * off;
      }
      s->first[c] += some;
      s->second[c] += more;
    }
  }
}

/* The sum of column c of the unfolded matrix. */
INLINE double total_of(const piece *p, bool folded, const float *sums, size_t c) {
  double total = (double)sums[c];
  for (size_t fold = p->period; folded && fold < p->width; fold += p->period)
    total += (double)sums[fold + c];
  return total;
}

INLINE void add_piece(const piece *p, bool moments, const float *x, const float *dy,
                      block_sums *s) {
  if (p->width < LANES) {
    add_columns(p, moments, x, dy, s);
    return;
  }
#define ONE(c, last, places, V) add_vectors(p, moments, x, dy, c, last, places, V, s)
  FOR_VECTORS(p, ONE);
#undef ONE
}

/* ---- moments */

/* The mean of the first rows, unfolded ones. */
static void take_middle(const piece *p, size_t cols, const float *x, block_sums *s) {
  const size_t width = p->period ? p->period : p->width;
  const size_t rows = p->rows * (p->width / width);
  const size_t few = rows < FIRST_ROWS ? rows : FIRST_ROWS;
  const float share = 1.0f / (float)few;
  memcpy(s->middle, x, width * sizeof *x);
  for (size_t r = 1; r < few; r++)
    for (size_t c = 0; c < width; c++) s->middle[c] += x[r * cols + c];
  for (size_t c = 0; c < width; c++) s->middle[c] *= share;
  for (size_t c = 0; p->period && c < WIDEST; c++) s->middle[width + c] = s->middle[c];
}

/* Chan's way to join two samples: known ones, and more, which are share of all. */
INLINE void join(double known, double share, double more_mean, double more_squares,
                 double *mean, double *squares) {
  const double off = more_mean - *mean;
  *mean += off * share;
  *squares += more_squares + off * off * (known * share);
}

/* Joins the sums of a block of rows to what is known of the rows before it. */
INLINE void join_block(const piece *p, bool folded, size_t known, const block_sums *s,
                       double *restrict mean, double *restrict squares) {
  const size_t cols = folded ? p->period : p->width;
  const size_t rows = folded ? p->rows * (p->width / p->period) : p->rows;
  const double share = 1.0 / (double)rows;
  const double joined = (double)rows / (double)(known + rows);
  for (size_t c = 0; c < cols; c++) {
    const double first = total_of(p, folded, s->first, c), off = first * share;
    const double more_mean = (double)s->middle[c] + off;
    const double more_squares = total_of(p, folded, s->second, c) - first * off;
    if (known == 0) {
      mean[c] = more_mean;
      squares[c] = more_squares;
    } else {
      join((double)known, joined, more_mean, more_squares, &mean[c], &squares[c]);
    }
  }
}

static void moments(size_t rows, size_t cols, const float *x, double *mean,
                    double *squares) {
  block_sums s;
  size_t fold = cols <= FEW ? fold_of(rows, cols) : 1;
  for (size_t r = 0, more = rows; r < rows; r += more) {
    for (size_t c = 0, width; c < cols; c += width) {
      const piece p = piece_at(rows, cols, r, c, &fold);
      width = p.width / fold;
      more = p.rows * fold;
      if (fold > 1 || width < LANES) take_middle(&p, cols, x + r * cols + c, &s);
      add_piece(&p, true, x + r * cols + c, NULL, &s);
      if (p.period)
        join_block(&p, true, r, &s, mean + c, squares + c);
      else
        join_block(&p, false, r, &s, mean + c, squares + c);
    }
  }
}

/* ---- sums of the gradient */

/* Sets sum and product, or adds to them. */
INLINE void keep_sums(const piece *p, bool folded, bool adds, const block_sums *s,
                      double *restrict sum, double *restrict product) {
  const size_t cols = folded ? p->period : p->width;
  for (size_t c = 0; c < cols; c++) {
    sum[c] = (adds ? sum[c] : 0.0) + total_of(p, folded, s->first, c);
    product[c] = (adds ? product[c] : 0.0) + total_of(p, folded, s->second, c);
  }
}

static void sums(size_t rows, size_t cols, const float *x, const float *mean,
                 const float *dy, double *sum, double *product) {
  block_sums s;
  size_t fold = cols <= FEW ? fold_of(rows, cols) : 1;
  for (size_t r = 0, more = rows; r < rows; r += more) {
    for (size_t c = 0, width; c < cols; c += width) {
      const piece p = piece_at(rows, cols, r, c, &fold);
      width = p.width / fold;
      more = p.rows * fold;
      memcpy(s.middle, mean + c, (width + (fold > 1 ? WIDEST : 0)) * sizeof *mean);
      add_piece(&p, false, x + r * cols + c, dy + r * cols + c, &s);
      if (p.period)
        keep_sums(&p, true, r > 0, &s, sum + c, product + c);
      else
        keep_sums(&p, false, r > 0, &s, sum + c, product + c);
    }
  }
}
