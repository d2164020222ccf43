/* SPDX-License-Identifier: MIT
 *
 * Images without labels: one picture, an npy array, or bare bytes.
 */
#include <deepblas/images.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "file/byte_source.h"
#include "file/npy_file.h"
#include "file/picture.h"

struct dpb_images {
  size_t count;
  size_t each;     /* numbers of one image */
  uint8_t *pixels; /* one of the two */
  float *features;
};

static bool is_npy(const char *path, dpb_status *status) {
  uint8_t first[sizeof DPB__NPY_MAGIC - 1];
  size_t have = 0, more = 1;
  dpb__byte_source *source = NULL;
  *status = dpb__byte_source_open(path, &source);
  while (*status == DPB_OK && have < sizeof first && more > 0) {
    *status = dpb__byte_source_some(source, first + have, sizeof first - have, &more);
    have += more;
  }
  dpb__byte_source_close(source);
  return *status == DPB_OK && have == sizeof first &&
         memcmp(first, DPB__NPY_MAGIC, have) == 0;
}

/* -- one picture */

static dpb_status load_picture(const char *path, dpb_hwc size, dpb_images *images) {
  dpb__picture picture;
  const dpb_status status = dpb__picture_read(path, &picture);
  if (status != DPB_OK) return status;
  const dpb_hwc is = picture.size;
  if (is.h != size.h || is.w != size.w || is.c != size.c) {
    dpb__release(picture.bytes);
    return dpb__fail(DPB_ERR_SHAPE,
                     "%s: is %dx%dx%d (height, width, channels), the network takes "
                     "%dx%dx%d",
                     path, is.h, is.w, is.c, size.h, size.w, size.c);
  }
  images->pixels = picture.bytes;
  images->count = 1;
  return DPB_OK;
}

/* -- an array */

/* The extents from axis on are those of one image. */
static bool is_image(const dpb__npy *npy, int axis, dpb_hwc size, size_t each) {
  const size_t *d = npy->dim + axis;
  const size_t h = (size_t)size.h, w = (size_t)size.w, c = (size_t)size.c;
  switch (npy->rank - axis) {
  case 1:
    return d[0] == each;
  case 2:
    return c == 1 && d[0] == h && d[1] == w;
  case 3:
    return d[0] == h && d[1] == w && d[2] == c;
  }
  return false;
}

static dpb_status count_images(const char *path, const dpb__npy *npy, dpb_hwc size,
                               dpb_images *images) {
  char shape[96];
  if (is_image(npy, 0, size, images->each)) {
    images->count = 1;
    return DPB_OK;
  }
  if (npy->rank > 1 && npy->dim[0] > 0 && is_image(npy, 1, size, images->each)) {
    images->count = npy->dim[0];
    return DPB_OK;
  }
  dpb__npy_shape_text(npy, shape, sizeof shape);
  return dpb__fail(DPB_ERR_SHAPE,
                   "%s: its array is %s, and the network takes images of %dx%dx%d: (%d, "
                   "%d, %d), or n of them",
                   path, shape, size.h, size.w, size.c, size.h, size.w, size.c);
}

static dpb_status check_finite(const char *path, const dpb_images *images) {
  for (size_t i = 0; i < images->count * images->each; i++)
    if (!isfinite(images->features[i]))
      return dpb__fail(DPB_ERR_DATA, "%s: number %zu of image %zu is %g", path,
                       i % images->each, i / images->each, (double)images->features[i]);
  return DPB_OK;
}

static dpb_status load_array(const char *path, dpb_hwc size, dpb_images *images) {
  dpb__npy npy;
  dpb_status status = dpb__npy_file_describe(path, &npy);
  if (status == DPB_OK) status = count_images(path, &npy, size, images);
  if (status != DPB_OK) return status;
  const bool bytes = npy.kind == 'u' && npy.item == 1;
  void *memory = NULL;
  status = dpb__allocate(npy.count, bytes ? 1 : sizeof(float), path, &memory);
  if (status != DPB_OK) return status;
  if (bytes)
    images->pixels = memory;
  else
    images->features = memory;
  const dpb__npy_target target = {.floats = images->features, .bytes = images->pixels};
  status = dpb__npy_file_read(path, &target, npy.count);
  return status == DPB_OK && !bytes ? check_finite(path, images) : status;
}

/* -- bare bytes */

static dpb_status load_raw(const char *path, dpb_hwc size, dpb_images *images) {
  dpb__byte_source *source = NULL;
  size_t length = 0;
  dpb_status status = dpb__byte_source_open(path, &source);
  if (status == DPB_OK) status = dpb__byte_source_all(source, &images->pixels, &length);
  dpb__byte_source_close(source);
  if (status != DPB_OK) return status;
  DPB__KNOWN(images->each > 0); /* the extents are at least 1, their product fits */
  images->count = length / images->each;
  if (images->count > 0 && length % images->each == 0) return DPB_OK;
  return dpb__fail(
      DPB_ERR_SHAPE,
      "%s: holds %zu bytes, which are no whole images of %dx%dx%d (%zu bytes "
      "each)",
      path, length, size.h, size.w, size.c, images->each);
}

static dpb_status load(const char *path, dpb_images_format format, dpb_hwc size,
                       dpb_images *images) {
  if (format == DPB_IMAGES_RAW) return load_raw(path, size, images);
  dpb_status status;
  const bool npy = is_npy(path, &status);
  if (status != DPB_OK) return status;
  return npy ? load_array(path, size, images) : load_picture(path, size, images);
}

dpb_status dpb_images_load(const char *path, dpb_images_format format, dpb_hwc size,
                           dpb_images **images) {
  if (!images) return dpb__fail(DPB_ERR_ARG, "dpb_images_load: images is NULL");
  *images = NULL;
  if (!path) return dpb__fail(DPB_ERR_ARG, "dpb_images_load: path is NULL");
  if (format != DPB_IMAGES_BY_CONTENT && format != DPB_IMAGES_RAW)
    return dpb__fail(DPB_ERR_ARG, "dpb_images_load: there is no format %d", (int)format);
  size_t each = 0;
  if (size.h < 1 || size.w < 1 || size.c < 1 ||
      !dpb__size_mul((size_t)size.h, (size_t)size.w, &each) ||
      !dpb__size_mul(each, (size_t)size.c, &each))
    return dpb__fail(DPB_ERR_ARG, "dpb_images_load: images of %dx%dx%d", size.h, size.w,
                     size.c);
  void *memory = NULL;
  dpb_status status = dpb__allocate(1, sizeof(dpb_images), "images", &memory);
  if (status != DPB_OK) return status;
  dpb_images *made = memory;
  made->each = each;
  status = load(path, format, size, made);
  if (status == DPB_OK)
    *images = made;
  else
    dpb_images_destroy(made);
  return status;
}

void dpb_images_destroy(dpb_images *images) {
  if (!images) return;
  dpb__release(images->pixels);
  dpb__release(images->features);
  dpb__release(images);
}

size_t dpb_images_count(const dpb_images *images) {
  return images ? images->count : 0;
}

dpb_status dpb_images_batch(const dpb_images *images, size_t first, int n,
                            dpb_batch *batch) {
  if (!images || !batch)
    return dpb__fail(DPB_ERR_ARG, "dpb_images_batch: %s is NULL",
                     images ? "batch" : "images");
  if (n < 1 || first >= images->count || (size_t)n > images->count - first)
    return dpb__fail(DPB_ERR_ARG, "dpb_images_batch: %d from image %zu on, of %zu", n,
                     first, images->count);
  *batch = (dpb_batch){.n = n, .scale = 1.0f / 255.0f};
  if (images->pixels)
    batch->pixels = images->pixels + first * images->each;
  else
    batch->features = images->features + first * images->each;
  return DPB_OK;
}
