/* SPDX-License-Identifier: MIT
 *
 * The kernels that go from matrix to matrix. Belongs to norm_kernels.inc.h.
 */

typedef enum kind { PLAIN, RELU, GRADIENT } kind;

/* What goes into a column, and where it goes. */
typedef struct columns {
  const float *x;
  const float *dy; /* gradient only */
  const float *mean;
  const float *scale;
  const float *shift; /* level in gradient */
  const float *slope; /* gradient only */
  float *y;           /* dx in gradient */
} columns;

INLINE void map_vectors(const piece *p, const columns *k, kind what, size_t c,
                        size_t last, const size_t *places, size_t V) {
  vf mean[GROUP], scale[GROUP], shift[GROUP], slope[GROUP];
  for (size_t v = 0; v < V; v++) {
    mean[v] = load(k->mean + places[v]);
    scale[v] = load(k->scale + places[v]);
    shift[v] = load(k->shift + places[v]);
    if (what == GRADIENT) slope[v] = load(k->slope + places[v]);
  }
  for (size_t r = 0; r < p->rows; r++)
    for (size_t v = 0; v < V; v++) {
      const size_t at = r * p->stride + column_of(v, c, last, V);
      const vf off = load(k->x + at) - mean[v];
      const vf y = what == GRADIENT
                       ? (load(k->dy + at) - shift[v] - off * slope[v]) * scale[v]
                       : off * scale[v] + shift[v];
      store(k->y + at, what == RELU ? relu_of(y) : y);
    }
}

/* For fewer columns than a vector has. */
INLINE void map_columns(const piece *p, const columns *k, kind what) {
  for (size_t r = 0; r < p->rows; r++)
    for (size_t c = 0; c < p->width; c++) {
      const size_t at = r * p->stride + c;
      const float off = k->x[at] - k->mean[c];
      const float y = what == GRADIENT
                          ? (k->dy[at] - k->shift[c] - off * k->slope[c]) * k->scale[c]
                          : off * k->scale[c] + k->shift[c];
      k->y[at] = what == RELU ? relu_of_one(y) : y;
    }
}

INLINE void map_piece(const piece *p, const columns *k, kind what) {
  if (p->width < LANES) {
    map_columns(p, k, what);
    return;
  }
#define ONE(c, last, places, V) map_vectors(p, k, what, c, last, places, V)
  FOR_VECTORS(p, ONE);
#undef ONE
}

INLINE void map(size_t rows, size_t cols, const columns *k, kind what) {
  size_t fold = fold_of(rows, cols);
  for (size_t r = 0, more = rows; r < rows; r += more)
    for (size_t c = 0, width; c < cols; c += width) {
      const piece p = piece_at(rows, cols, r, c, &fold);
      const size_t at = r * cols + c;
      const columns here = {.x = k->x + at,
                            .dy = what == GRADIENT ? k->dy + at : NULL,
                            .mean = k->mean + c,
                            .scale = k->scale + c,
                            .shift = k->shift + c,
                            .slope = what == GRADIENT ? k->slope + c : NULL,
                            .y = k->y + at};
      map_piece(&p, &here, what);
      width = p.width / fold;
      more = p.rows * fold;
    }
}

static void apply(size_t rows, size_t cols, const float *x, const float *mean,
                  const float *scale, const float *shift, bool relu, float *y) {
  const columns k = {.x = x, .mean = mean, .scale = scale, .shift = shift, .y = y};
  if (relu)
    map(rows, cols, &k, RELU);
  else
    map(rows, cols, &k, PLAIN);
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
  map(rows, cols, &k, GRADIENT);
}
