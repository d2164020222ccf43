/* SPDX-License-Identifier: MIT
 *
 * Runs of patches added up, of the kernels of image.h: a part of image_pooled_*.inc.h,
 * which say what a register is (RUN, of RUN_FLOATS floats), how many there may be
 * (MOST_RUNS), and what is done with it.
 */

/* rows runs of length registers, all of whose sums are registers; both are constants
 * where this is inlined. */
static inline __attribute__((always_inline)) void
add_runs_of(size_t count, const dpb__noted *noted, const float *x, int rows, size_t step,
            int length, float *sums) {
  RUN sum[MOST_RUNS];
  for (int i = 0; i < rows * length; i++) sum[i] = LOAD_RUN(sums + RUN_FLOATS * i);
  for (size_t n = 0; n < count; n++) {
    const RUN d = SPLAT_RUN(noted[n].dy);
    const float *at = x + noted[n].at;
    for (int r = 0; r < rows; r++)
      for (int i = 0; i < length; i++)
        sum[r * length + i] = ADD_RUN(LOAD_RUN(at + (size_t)r * step + RUN_FLOATS * i), d,
                                      sum[r * length + i]);
  }
  for (int i = 0; i < rows * length; i++) STORE_RUN(sums + RUN_FLOATS * i, sum[i]);
}
