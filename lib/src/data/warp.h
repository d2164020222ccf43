/* SPDX-License-Identifier: MIT
 *
 * An image that is mirrored, turned, scaled and moved, of bytes or floats, any channels.
 */
#ifndef DPB_DATA_WARP_H
#define DPB_DATA_WARP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exactly one of bytes and floats is there. */
typedef struct dpb__image {
  const uint8_t *bytes;
  const float *floats;
  float unit; /* of a byte */
  int h, w, c;
} dpb__image;

/* In this order, each about the image's centre. */
typedef struct dpb__warp {
  bool mirror;  /* left to right */
  double angle; /* radians, clockwise as images are shown */
  double zoom;
  int move_x, move_y; /* pixels, to the right and down */
} dpb__warp;

/* out is (h, w, c); outside of the image all is 0. Without angle and zoom (0 and 1)
 * pixels are copied, else sampled bilinearly. */
void dpb__warp_image(const dpb__image *from, const dpb__warp *warp, float *out);

#endif
