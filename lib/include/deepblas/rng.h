/* SPDX-License-Identifier: MIT
 *
 * Random numbers: Philox4x32-10, a counter-based generator (Salmon, Moraes, Dror, Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 *
 * Word number p of stream s under a seed is a pure function of (seed, s, p). So a stream
 * can be split, entered anywhere and resumed from three numbers, and what dropout or
 * shuffling draws depends neither on the number of threads nor on where a run was
 * resumed.
 *
 * Errors: none. What is drawn from a NULL generator is 0, and a stream split from it is
 * stream 0 under seed 0; dpb_philox4x32 writes nothing when an array is NULL.
 */
#ifndef DEEPBLAS_RNG_H
#define DEEPBLAS_RNG_H

#include <stdint.h>

#include <deepblas/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A plain value: copy it, store it. seed, stream and position are the whole state; block
 * only keeps the four words around position. */
typedef struct dpb_rng {
  uint64_t seed;
  uint64_t stream;
  uint64_t position; /* words drawn so far */
  uint32_t block[4];
} dpb_rng;

/* The bare function: four words from a 128-bit counter and a 64-bit key. */
DPB_API void dpb_philox4x32(const uint32_t counter[4], const uint32_t key[2],
                            uint32_t out[4]);

/* Stream 0 under seed, at its beginning. */
DPB_API dpb_rng dpb_rng_seed(uint64_t seed);

/* Another stream under the same seed, determined by parent's stream and id alone (not by
 * how much parent has drawn). Different ids give independent streams. */
DPB_API dpb_rng dpb_rng_split(const dpb_rng *parent, uint64_t id);

/* Go to word number position. */
DPB_API void dpb_rng_seek(dpb_rng *rng, uint64_t position);

DPB_API uint32_t dpb_rng_u32(dpb_rng *rng);

/* Uniform in [0, 1), 24 bits. */
DPB_API float dpb_rng_uniform(dpb_rng *rng);

/* Uniform in [0, 1), 53 bits; draws two words. */
DPB_API double dpb_rng_uniform_double(dpb_rng *rng);

/* Standard normal (Box-Muller); draws two words. */
DPB_API float dpb_rng_normal(dpb_rng *rng);

/* Uniform integer in [0, bound), without bias; 0 for bound 0. */
DPB_API uint32_t dpb_rng_below(dpb_rng *rng, uint32_t bound);

#ifdef __cplusplus
}
#endif

#endif
