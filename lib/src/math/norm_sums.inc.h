/* SPDX-License-Identifier: MIT
 *
 * The kernels that add up columns. Belongs to norm_kernels.inc.h.
 */

/* ---- moments: the block's mean in float32, then sums of deviations from it. Those are
 * small, so that their sums are good; what the mean is off by is their own mean. */

typedef struct block_sums {
  float mean[CHUNK];
  float first[CHUNK];  /* sum of x - mean */
  float second[CHUNK]; /* sum of (x - mean)^2 */
} block_sums;

INLINE void vector_moments(size_t rows, size_t cols, const float *x, size_t c,
                           size_t last, size_t V, block_sums *s) {
  vf mean[GROUP], first[GROUP], second[GROUP];
  for (size_t v = 0; v < V; v++) mean[v] = first[v] = second[v] = splat(0.0f);
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < V; v++)
      mean[v] += load(x + r * cols + column_of(v, c, last, V));
  const float share = 1.0f / (float)rows;
  for (size_t v = 0; v < V; v++) mean[v] *= splat(share);
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < V; v++) {
      const vf off = load(x + r * cols + column_of(v, c, last, V)) - mean[v];
      first[v] += off;
      second[v] += off * off;
    }
  for (size_t v = 0; v < V; v++) {
    store(s->mean + column_of(v, c, last, V), mean[v]);
    store(s->first + column_of(v, c, last, V), first[v]);
    store(s->second + column_of(v, c, last, V), second[v]);
  }
}

static void column_moments(size_t rows, size_t cols, const float *x, size_t c,
                           block_sums *s) {
  float mean = 0.0f, first = 0.0f, second = 0.0f;
  for (size_t r = 0; r < rows; r++) mean += x[r * cols + c];
  mean *= 1.0f / (float)rows;
  for (size_t r = 0; r < rows; r++) {
    const float off = x[r * cols + c] - mean;
    first += off;
    second += off * off;
  }
  s->mean[c] = mean;
  s->first[c] = first;
  s->second[c] = second;
}

static void block_moments(size_t rows, size_t cols, const float *x, size_t width,
                          block_sums *s) {
  if (width < LANES) {
    for (size_t c = 0; c < width; c++) column_moments(rows, cols, x, c, s);
    return;
  }
#define ONE(c, last, V) vector_moments(rows, cols, x, c, last, V, s)
  FOR_VECTORS(width, ONE);
#undef ONE
}

/* Chan's way to join two samples: known ones, and more, which are share of all. */
INLINE void join(double known, double share, double more_mean, double more_squares,
                 double *mean, double *squares) {
  const double off = more_mean - *mean;
  *mean += off * share;
  *squares += more_squares + off * off * (known * share);
}

static void plain_moments(size_t rows, size_t cols, const float *x, double *mean,
                          double *squares) {
  block_sums s;
  for (size_t c = 0; c < cols; c++) mean[c] = squares[c] = 0.0;
  for (size_t r = 0; r < rows; r += BLOCK) {
    const size_t more = rows - r < BLOCK ? rows - r : BLOCK;
    const double share = 1.0 / (double)more, joined = (double)more / (double)(r + more);
    for (size_t c = 0, width; c < cols; c += width) {
      width = chunk_of(cols - c);
      block_moments(more, cols, x + r * cols + c, width, &s);
      for (size_t i = 0; i < width; i++) {
        const double first = (double)s.first[i];
        join((double)r, joined, (double)s.mean[i] + first * share,
             (double)s.second[i] - first * first * share, &mean[c + i], &squares[c + i]);
      }
    }
  }
}

static void moments(size_t rows, size_t cols, const float *x, double *mean,
                    double *squares) {
  const size_t fold = cols <= FOLDED ? CHUNK / cols : 1;
  const size_t folded = rows / fold;
  if (fold == 1 || folded == 0) {
    plain_moments(rows, cols, x, mean, squares);
    return;
  }
  double part_mean[CHUNK], part_squares[CHUNK];
  plain_moments(folded, fold * cols, x, part_mean, part_squares);
  for (size_t i = 0; i < fold; i++) {
    const double joined = 1.0 / (double)(i + 1);
    for (size_t c = 0; c < cols; c++) {
      if (i == 0) mean[c] = squares[c] = 0.0;
      join((double)(i * folded), joined, part_mean[i * cols + c],
           part_squares[i * cols + c], &mean[c], &squares[c]);
    }
  }
  const size_t rest = rows - folded * fold;
  if (rest == 0) return;
  plain_moments(rest, cols, x + folded * fold * cols, part_mean, part_squares);
  const double joined = (double)rest / (double)rows;
  for (size_t c = 0; c < cols; c++)
    join((double)(rows - rest), joined, part_mean[c], part_squares[c], &mean[c],
         &squares[c]);
}

/* ---- sums of the gradient */

INLINE void vector_sums(size_t rows, size_t cols, const float *x, const float *mean,
                        const float *dy, size_t c, size_t last, size_t V, float *sum,
                        float *product) {
  vf middle[GROUP], first[GROUP], second[GROUP];
  for (size_t v = 0; v < V; v++) {
    middle[v] = load(mean + column_of(v, c, last, V));
    first[v] = second[v] = splat(0.0f);
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < V; v++) {
      const size_t at = r * cols + column_of(v, c, last, V);
      const vf d = load(dy + at);
      first[v] += d;
      second[v] += d * (load(x + at) - middle[v]);
    }
  for (size_t v = 0; v < V; v++) {
    store(sum + column_of(v, c, last, V), first[v]);
    store(product + column_of(v, c, last, V), second[v]);
  }
}

static void block_of_sums(size_t rows, size_t cols, const float *x, const float *mean,
                          const float *dy, size_t width, float *sum, float *product) {
  if (width >= LANES) {
#define ONE(c, last, V) vector_sums(rows, cols, x, mean, dy, c, last, V, sum, product)
    FOR_VECTORS(width, ONE);
#undef ONE
    return;
  }
  for (size_t c = 0; c < width; c++) {
    sum[c] = product[c] = 0.0f;
    for (size_t r = 0; r < rows; r++) {
      sum[c] += dy[r * cols + c];
      product[c] += dy[r * cols + c] * (x[r * cols + c] - mean[c]);
    }
  }
}

/* Adds to sum and product. */
static void plain_sums(size_t rows, size_t cols, const float *x, const float *mean,
                       const float *dy, double *sum, double *product) {
  float first[CHUNK], second[CHUNK];
  for (size_t r = 0; r < rows; r += BLOCK) {
    const size_t more = rows - r < BLOCK ? rows - r : BLOCK;
    for (size_t c = 0, width; c < cols; c += width) {
      width = chunk_of(cols - c);
      const size_t at = r * cols + c;
      block_of_sums(more, cols, x + at, mean + c, dy + at, width, first, second);
      for (size_t i = 0; i < width; i++) {
        sum[c + i] += (double)first[i];
        product[c + i] += (double)second[i];
      }
    }
  }
}

static void sums(size_t rows, size_t cols, const float *x, const float *mean,
                 const float *dy, double *sum, double *product) {
  for (size_t c = 0; c < cols; c++) sum[c] = product[c] = 0.0;
  const size_t fold = cols <= FOLDED ? CHUNK / cols : 1;
  const size_t folded = rows / fold;
  size_t done = 0;
  if (fold > 1 && folded > 0) {
    float means[CHUNK] = {0};
    double part[CHUNK] = {0}, part_product[CHUNK] = {0};
    repeat(fold, cols, mean, means);
    plain_sums(folded, fold * cols, x, means, dy, part, part_product);
    for (size_t i = 0; i < fold * cols; i++) {
      sum[i % cols] += part[i];
      product[i % cols] += part_product[i];
    }
    done = folded * fold;
  }
  if (done == rows) return;
  plain_sums(rows - done, cols, x + done * cols, mean, dy + done * cols, sum, product);
}
