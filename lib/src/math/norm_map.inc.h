/* SPDX-License-Identifier: MIT
 *
 * The kernels that go from matrix to matrix. Belongs to norm_kernels.inc.h.
 */

/* What goes into a column, and where it goes. */
typedef struct columns {
  const float *x;
  const float *dy; /* gradient only */
  const float *mean;
  const float *scale;
  const float *shift; /* apply; level in gradient */
  const float *slope; /* gradient only */
  float *y;           /* dx in gradient */
} columns;

typedef void (*column_kernel)(size_t rows, size_t cols, size_t width, const columns *k);

INLINE void vector_apply(size_t rows, size_t cols, const columns *k, bool relu, size_t c,
                         size_t last, size_t V) {
  vf mean[GROUP], scale[GROUP], shift[GROUP];
  for (size_t v = 0; v < V; v++) {
    mean[v] = load(k->mean + column_of(v, c, last, V));
    scale[v] = load(k->scale + column_of(v, c, last, V));
    shift[v] = load(k->shift + column_of(v, c, last, V));
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < V; v++) {
      const size_t at = r * cols + column_of(v, c, last, V);
      const vf y = (load(k->x + at) - mean[v]) * scale[v] + shift[v];
      store(k->y + at, relu ? relu_of(y) : y);
    }
}

INLINE void apply_block(size_t rows, size_t cols, size_t width, const columns *k,
                        bool relu) {
  if (width >= LANES) {
#define ONE(c, last, V) vector_apply(rows, cols, k, relu, c, last, V)
    FOR_VECTORS(width, ONE);
#undef ONE
    return;
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < width; c++) {
      const float y = (k->x[r * cols + c] - k->mean[c]) * k->scale[c] + k->shift[c];
      k->y[r * cols + c] = relu ? relu_of_one(y) : y;
    }
}

static void plain_block(size_t rows, size_t cols, size_t width, const columns *k) {
  apply_block(rows, cols, width, k, false);
}

static void relu_block(size_t rows, size_t cols, size_t width, const columns *k) {
  apply_block(rows, cols, width, k, true);
}

INLINE void vector_gradient(size_t rows, size_t cols, const columns *k, size_t c,
                            size_t last, size_t V) {
  vf mean[GROUP], scale[GROUP], level[GROUP], slope[GROUP];
  for (size_t v = 0; v < V; v++) {
    mean[v] = load(k->mean + column_of(v, c, last, V));
    scale[v] = load(k->scale + column_of(v, c, last, V));
    level[v] = load(k->shift + column_of(v, c, last, V));
    slope[v] = load(k->slope + column_of(v, c, last, V));
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < V; v++) {
      const size_t at = r * cols + column_of(v, c, last, V);
      const vf off = load(k->x + at) - mean[v];
      store(k->y + at, (load(k->dy + at) - level[v] - off * slope[v]) * scale[v]);
    }
}

static void gradient_block(size_t rows, size_t cols, size_t width, const columns *k) {
  DPB__KNOWN(k->dy != NULL && k->slope != NULL);
  if (width >= LANES) {
#define ONE(c, last, V) vector_gradient(rows, cols, k, c, last, V)
    FOR_VECTORS(width, ONE);
#undef ONE
    return;
  }
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < width; c++) {
      const size_t at = r * cols + c;
      const float off = k->x[at] - k->mean[c];
      k->y[at] = (k->dy[at] - k->shift[c] - off * k->slope[c]) * k->scale[c];
    }
}

/* k moved by rows of the matrix and columns. */
static columns moved(const columns *k, size_t at, size_t c) {
  return (columns){.x = k->x + at + c,
                   .dy = k->dy ? k->dy + at + c : NULL,
                   .mean = k->mean + c,
                   .scale = k->scale + c,
                   .shift = k->shift + c,
                   .slope = k->slope ? k->slope + c : NULL,
                   .y = k->y + at + c};
}

static void plain_map(size_t rows, size_t cols, const columns *k, column_kernel kernel) {
  for (size_t r = 0; r < rows; r += BLOCK) {
    const size_t more = rows - r < BLOCK ? rows - r : BLOCK;
    for (size_t c = 0, width; c < cols; c += width) {
      width = chunk_of(cols - c);
      const columns here = moved(k, r * cols, c);
      kernel(more, cols, width, &here);
    }
  }
}

static void map(size_t rows, size_t cols, const columns *k, column_kernel kernel) {
  const size_t fold = cols <= FOLDED ? CHUNK / cols : 1;
  const size_t folded = rows / fold;
  if (fold == 1 || folded == 0) {
    plain_map(rows, cols, k, kernel);
    return;
  }
  float mean[CHUNK] = {0}, scale[CHUNK] = {0}, shift[CHUNK] = {0}, slope[CHUNK] = {0};
  repeat(fold, cols, k->mean, mean);
  repeat(fold, cols, k->scale, scale);
  repeat(fold, cols, k->shift, shift);
  if (k->slope) repeat(fold, cols, k->slope, slope);
  const columns wide = {.x = k->x,
                        .dy = k->dy,
                        .mean = mean,
                        .scale = scale,
                        .shift = shift,
                        .slope = k->slope ? slope : NULL,
                        .y = k->y};
  plain_map(folded, fold * cols, &wide, kernel);
  const size_t rest = rows - folded * fold;
  if (rest == 0) return;
  columns behind = moved(k, folded * fold * cols, 0);
  plain_map(rest, cols, &behind, kernel);
}

static void apply(size_t rows, size_t cols, const float *x, const float *mean,
                  const float *scale, const float *shift, bool relu, float *y) {
  const columns k = {.x = x, .mean = mean, .scale = scale, .shift = shift, .y = y};
  map(rows, cols, &k, relu ? relu_block : plain_block);
}

static void gradient(size_t rows, size_t cols, const float *x, const float *mean,
                     const float *dy, const float *level, const float *slope,
                     const float *scale, float *dx) {
  const columns k = {.x = x,
                     .dy = dy,
                     .mean = mean,
                     .scale = scale,
                     .shift = level,
                     .slope = slope,
                     .y = dx};
  map(rows, cols, &k, gradient_block);
}
