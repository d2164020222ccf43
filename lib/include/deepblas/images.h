/* SPDX-License-Identifier: MIT
 *
 * Images without labels, from a file: what a trained network is asked about.
 */
#ifndef DEEPBLAS_IMAGES_H
#define DEEPBLAS_IMAGES_H

#include <stddef.h>

#include <deepblas/model.h>
#include <deepblas/status.h>
#include <deepblas/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dpb_images_format {
  DPB_IMAGES_BY_CONTENT = 0, /* PNG (where deepblas is built with libpng), PGM, PPM or
                                npy, told apart by the first bytes */
  DPB_IMAGES_RAW /* bare bytes in the order h, w, c, one image after another */
} dpb_images_format;

/* Opaque and read-only: any number of threads may read it. */
typedef struct dpb_images dpb_images;

/* Reads images of the size that a network takes (dpb_model_input). Bytes count as p /
 * 255, as in MNIST; other numbers of an npy file as they are. An npy array is one image,
 * (h, w, c), or n of them, (n, h, w, c); c may be left out where it is 1, and a row of
 * h*w*c numbers will do for an image. Files may be gzip. What a header declares is
 * believed only as far as the file can hold it. Errors: DPB_ERR_ARG; DPB_ERR_NOT_FOUND,
 * DPB_ERR_IO, DPB_ERR_FORMAT, DPB_ERR_UNSUPPORTED (an image format that is not read, by
 * its name); DPB_ERR_SHAPE, with both sizes; DPB_ERR_DATA (a number that is not finite);
 * DPB_ERR_MEMORY. */
DPB_API dpb_status dpb_images_load(const char *path, dpb_images_format format,
                                   dpb_hwc size, dpb_images **images);
DPB_API void dpb_images_destroy(dpb_images *images);

/* How many there are; 0 for NULL. */
DPB_API size_t dpb_images_count(const dpb_images *images);

/* Images first .. first + n - 1 as a mini-batch without truth, for dpb_model_predict. It
 * borrows them. DPB_ERR_ARG when there are not as many. */
DPB_API dpb_status dpb_images_batch(const dpb_images *images, size_t first, int n,
                                    dpb_batch *batch);

#ifdef __cplusplus
}
#endif

#endif
