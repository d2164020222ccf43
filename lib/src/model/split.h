/* SPDX-License-Identifier: MIT
 *
 * How a mini-batch is cut into shards of consecutive samples: by its size alone, whatever
 * the number of workers.
 */
#ifndef DPB_MODEL_SPLIT_H
#define DPB_MODEL_SPLIT_H

/* A mini-batch of n has ceil(n / 25) shards of nearly equal size: four for the book's
 * 100, so that four workers have one each, and large enough for a GEMM to be one. All but
 * the last begin at multiples of 4 rows, because OpenBLAS's kernels work on 4 rows at a
 * time; so a shard has at most 28. It decides the order in which sums are made: changing
 * it changes the last bits of every training run. */
#define DPB__SHARD_MEAN    25
#define DPB__SHARD_ROWS    4
#define DPB__SHARD_SAMPLES 28

/* How many shards a mini-batch of n has, and where shard number shard begins; the shard
 * after the last begins at n. */
static inline int dpb__shards(int n) {
  return n / DPB__SHARD_MEAN + (n % DPB__SHARD_MEAN != 0);
}

static inline int dpb__shard_begin(int n, int shard) {
  const int shards = dpb__shards(n);
  if (shard == shards) return n;
  const int even = (int)((long long)n * shard / shards);
  return (even + DPB__SHARD_ROWS / 2) / DPB__SHARD_ROWS * DPB__SHARD_ROWS;
}

#endif
