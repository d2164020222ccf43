/* SPDX-License-Identifier: MIT
 *
 * An image from a file: PNG (with libpng), PGM and PPM. Known by its first bytes, not by
 * its name.
 */
#ifndef DPB_FILE_PICTURE_H
#define DPB_FILE_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/status.h>
#include <deepblas/tensor.h>

enum { DPB__PICTURE_SIDE = 16384 }; /* the largest */

/* Bytes in the order h, w, c; c is 1 (grey) or 3 (red, green, blue). */
typedef struct dpb__picture {
  dpb_hwc size;
  uint8_t *bytes; /* for dpb__release */
} dpb__picture;

/* Reads path. Nothing is left in the picture on failure. DPB_ERR_FORMAT: no such image,
 * or a broken one; DPB_ERR_SIZE; DPB_ERR_UNSUPPORTED: another format, or PNG where the
 * library is built without libpng. */
dpb_status dpb__picture_read(const char *path, dpb__picture *picture);

/* Of one format each, from the file's bytes; name is for messages. */
dpb_status dpb__picture_png(const char *name, const uint8_t *bytes, size_t count,
                            dpb__picture *picture);
dpb_status dpb__picture_pnm(const char *name, const uint8_t *bytes, size_t count,
                            dpb__picture *picture);

/* Checks the size and gets memory for it: an image takes no more than limit bytes. */
dpb_status dpb__picture_make(const char *name, size_t h, size_t w, int c, uint64_t limit,
                             dpb__picture *picture);

#endif
