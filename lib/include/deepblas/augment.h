/* SPDX-License-Identifier: MIT
 *
 * Augmentation: each time a sample is trained on, it is moved, turned, blurred by noise
 * or covered a little, at random, so that a net sees more samples than there are.
 *
 * What is drawn for a sample depends on the seed, the epoch and the sample's place in the
 * epoch alone: not on threads, nor on how the epoch was cut into mini-batches.
 */
#ifndef DEEPBLAS_AUGMENT_H
#define DEEPBLAS_AUGMENT_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/model.h>
#include <deepblas/status.h>
#include <deepblas/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All zero: the images as they are. An image is mirrored, then turned and scaled about
 * its centre, then moved, in one warp that samples bilinearly (one that only mirrors and
 * moves copies exactly), and 0 comes in from outside; then a square is erased; then the
 * batch's scales and offsets apply, if it has some; noise comes last. Every draw but the
 * noise is uniform. */
typedef struct dpb_augment_config {
  int shift;    /* moved by -shift .. shift whole pixels along x, and as much along y */
  float rotate; /* turned by -rotate .. rotate degrees; at most 180 */
  float scale;  /* enlarged by 1 - scale .. 1 + scale; below 1 */
  float noise;  /* standard deviation of normal noise on every number; none of it is more
                   than 3.9 deviations */
  int flip;     /* 1: mirrored left to right, every other time */
  int crop;     /* a border of so many zeros is put around the image, and a piece of its
                   old size is cut out: as shift, and in addition to it */
  int erase;    /* a square of that side becomes 0; its centre is any pixel, and what lies
                   outside of the image is not there */
} dpb_augment_config;

/* Reads "shift 2, rotate 10, scale 0.1, noise 0.05, flip, crop 4, erase 8": any
 * of these, each once, in any order. DPB_ERR_SPEC names what is not understood,
 * DPB_ERR_ARG what is out of range; *config is all zero then. */
DPB_API dpb_status dpb_augment_parse(const char *text, dpb_augment_config *config);

/* Opaque, read-only once made: any number of threads may use it. */
typedef struct dpb_augment dpb_augment;

/* For samples of h, w, c. DPB_ERR_ARG names a field that is out of range, DPB_ERR_SHAPE
 * one that does not fit the samples: a shift as large as the image, or anything but noise
 * for a single row or column, which is no image. */
DPB_API dpb_status dpb_augment_create(const dpb_augment_config *config, dpb_hwc sample,
                                      uint64_t seed, dpb_augment **augment);
DPB_API void dpb_augment_destroy(dpb_augment *augment);

/* Writes the samples of batch, augmented, to out: (n, h, w, c). position is the place in
 * the epoch of the batch's first sample. Pixels are scaled first. Works in the calling
 * thread, allocates nothing. DPB_ERR_ARG for NULL, and for a batch that is none (see
 * dpb_batch). */
DPB_API dpb_status dpb_augment_apply(const dpb_augment *augment, const dpb_batch *batch,
                                     uint64_t epoch, uint64_t position, float *out);

#ifdef __cplusplus
}
#endif

#endif
