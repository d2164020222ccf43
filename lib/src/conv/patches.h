/* SPDX-License-Identifier: MIT
 *
 * The column matrix (deepblas/im2col.h) piece by piece, for a window and an image whose
 * places are known. A convolution builds as much of it as fits in cache, multiplies, and
 * builds the next.
 *
 *     line    what the windows beside each other see of one image row: place ox holds
 *             kernel_w * channels floats
 *     rows    places of output rows [first, first + count), one below the other
 *     planes  the same turned on its side: a row for each column of the patch, in it the
 *             places beside each other. For images of few channels, whose patches would
 *             be copied in pieces of a few floats.
 *
 * Channels [channel, channel + channels) of the image take part: those of some groups.
 */
#ifndef DPB_CONV_PATCHES_H
#define DPB_CONV_PATCHES_H

#include <stddef.h>

#include <deepblas/im2col.h>

typedef struct dpb__patches {
  dpb_window window;
  dpb_hwc in;
  int out_h;
  int out_w;
  int channel;
  int channels;
} dpb__patches;

/* Places and all channels of in. Errors as dpb_window_places. */
dpb_status dpb__patches_plan(const dpb_window *window, const dpb_hwc *in,
                             dpb__patches *patches);

/* Floats in one row of the column matrix. */
size_t dpb__patch_size(const dpb__patches *patches);

/* Image row that kernel row ky sees from output row oy; below 0 or at least in.h in the
 * pad. */
int dpb__patch_image_row(const dpb__patches *patches, int oy, int ky);

/* Line of image row iy to dst, places step floats apart; zeros for a row in the pad. */
void dpb__patch_line(const dpb__patches *patches, const float *image, int iy, float *dst,
                     size_t step);

void dpb__patch_rows(const dpb__patches *patches, const float *image, int first,
                     int count, float *col);

/* Adds rows of the column matrix back to the image. */
void dpb__patch_rows_add(const dpb__patches *patches, const float *col, int first,
                         int count, float *image);

/* Floats of the image turned into planes with their pad: (channels, h + 2 pad, w + 2
 * pad), and with a stride the columns of each remainder beside each other. Where output
 * rows are as long as image rows (stride 1), planes are made without pad. */
size_t dpb__planar_size(const dpb__patches *patches);

/* Plane c begins at at + c * step. */
typedef struct dpb__planar {
  const float *at;
  size_t step;
} dpb__planar;

/* Turns the image into room; nothing needs to be done where it is planar already. */
dpb__planar dpb__planar_image(const dpb__patches *patches, const float *image,
                              float *room);

/* Turns planes back into the image. These have pad: there is a stride, or much pad. */
void dpb__planar_back(const dpb__patches *patches, const float *planar, float *image);

/* Kernel column that sees each image row just as it is, from its first to its last place;
 * -1 where there is none. */
int dpb__patch_home(const dpb__patches *patches);

/* From a planar image, the row of planes for kernel row ky, kernel column kx and its
 * channel c: places of output rows [first, first + count). */
void dpb__patch_plane(const dpb__patches *patches, dpb__planar planar, int ky, int kx,
                      int c, int first, int count, float *dst);

/* Adds such a row back to the planes, which have pad. */
void dpb__patch_plane_add(const dpb__patches *patches, const float *src, int ky, int kx,
                          int c, int first, int count, float *planar);

/* All of them: kernel_h * kernel_w * channels rows of count * out_w floats. */
void dpb__patch_planes(const dpb__patches *patches, dpb__planar planar, int first,
                       int count, float *planes);

/* Places of output row oy from which kernel column kx, in kernel row ky, is inside the
 * image: the first of them, how many, and the first one's pixel, counted from the image's
 * beginning. count is 0 where there are none. */
typedef struct dpb__overlap {
  size_t place;
  size_t count;
  size_t pixel;
} dpb__overlap;

dpb__overlap dpb__patch_overlap(const dpb__patches *patches, int oy, int ky, int kx);

#endif
