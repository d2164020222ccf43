/* SPDX-License-Identifier: MIT
 *
 * PNG through libpng, where the library is built with it. libpng reports errors by
 * jumping out (longjmp): everything that must outlive the jump lies in one struct behind
 * a pointer, and the function that calls setjmp holds nothing else.
 */
#include <deepblas/data_file.h>

#include "base/error.h"
#include "file/picture.h"

#ifndef DEEPBLAS_HAVE_PNG

const char *dpb_png_version(void) {
  return NULL;
}

dpb_status dpb__picture_png(const char *name, const uint8_t *bytes, size_t count,
                            dpb__picture *picture) {
  (void)bytes;
  (void)count;
  (void)picture;
  return dpb__fail(DPB_ERR_UNSUPPORTED,
                   "%s: is a PNG image, and this deepblas is built without libpng", name);
}

#else

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

#include "base/memory.h"
#include "file/byte_source.h"

/* Of what is no part of the image. */
enum { MAX_CHUNK = 64 * 1024, MAX_CHUNKS = 16 };

/* Drawings pack to next to nothing, and unpack in no time: so much is believed of any
 * file that can hold it. A packed pixel takes a bit at the least, and becomes up to three
 * bytes. */
enum { ANY_BYTES = 16 << 20, MOST_RATIO = 1032 * 8 * 3 };

typedef struct reader {
  const char *name;
  const uint8_t *bytes;
  size_t count;
  size_t at;
  png_structp png;
  png_infop info;
  dpb__picture *picture;
  png_bytep *rows;
  bool no_memory;
  dpb_status status; /* of a failure that is ours */
  char problem[160];
} reader;

const char *dpb_png_version(void) {
  return png_get_libpng_ver(NULL);
}

static void on_error(png_structp png, png_const_charp message) {
  reader *r = png_get_error_ptr(png);
  snprintf(r->problem, sizeof r->problem, "%s", message);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static png_voidp get_memory(png_structp png, png_alloc_size_t size) {
  void *memory = NULL;
  if (dpb__allocate(1, size, "png", &memory) != DPB_OK) {
    ((reader *)png_get_mem_ptr(png))->no_memory = true;
  }
  return memory;
}

static void release_memory(png_structp png, png_voidp memory) {
  (void)png;
  dpb__release(memory);
}

static void take_bytes(png_structp png, png_bytep out, size_t count) {
  reader *r = png_get_io_ptr(png);
  if (count > r->count - r->at) png_error(png, "the file is cut short");
  memcpy(out, r->bytes + r->at, count);
  r->at += count;
}

/* Whatever the file holds: 8 bits, grey or red, green, blue, no transparency. */
static void ask_for_bytes(reader *r) {
  png_set_scale_16(r->png);
  png_set_expand(r->png); /* palettes to colours, 1, 2, 4 bits to 8 */
  png_set_strip_alpha(r->png);
  png_set_interlace_handling(r->png);
  png_read_update_info(r->png, r->info);
}

static uint64_t limit_of(size_t count) {
  const uint64_t usual = dpb__unpacked_limit(count);
  const uint64_t most = (uint64_t)count * MOST_RATIO; /* count is below 2^30 */
  if (most <= ANY_BYTES) return most;
  return usual > ANY_BYTES ? usual : ANY_BYTES;
}

static dpb_status make_picture(reader *r) {
  size_t h = png_get_image_height(r->png, r->info);
  size_t w = png_get_image_width(r->png, r->info);
  int c = png_get_channels(r->png, r->info);
  dpb_status status = dpb__picture_make(r->name, h, w, c, limit_of(r->count), r->picture);
  if (status != DPB_OK) return status;
  size_t stride = w * (size_t)c;
  if ((c != 1 && c != 3) || png_get_rowbytes(r->png, r->info) != stride) {
    return dpb__fail(DPB_ERR_UNSUPPORTED, "%s: PNG with %d channels", r->name, c);
  }
  void *memory = NULL;
  status = dpb__allocate(h, sizeof(png_bytep), "png: rows", &memory);
  if (status != DPB_OK) return status;
  r->rows = memory;
  for (size_t i = 0; i < h; i++) r->rows[i] = r->picture->bytes + i * stride;
  return DPB_OK;
}

/* Texts, colour profiles and the like are passed over, not unpacked. */
static void leave_out_extras(png_structp png) {
  static const png_byte names[] = "iCCP\0sPLT\0tEXt\0zTXt\0iTXt\0eXIf\0hIST\0pCAL\0sCAL";
  enum { NAMES = sizeof names / 5 };
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, NAMES);
}

/* False when libpng jumped out. */
static bool read_jumping(reader *r) {
  if (setjmp(png_jmpbuf(r->png))) return false;
  r->info = png_create_info_struct(r->png);
  if (r->info == NULL) png_error(r->png, "no memory");
  png_set_user_limits(r->png, DPB__PICTURE_SIDE, DPB__PICTURE_SIDE);
  png_set_chunk_cache_max(r->png, MAX_CHUNKS);
  png_set_chunk_malloc_max(r->png, MAX_CHUNK);
  leave_out_extras(r->png);
  png_set_read_fn(r->png, r, take_bytes);
  png_read_info(r->png, r->info);
  ask_for_bytes(r);
  r->status = make_picture(r);
  if (r->status != DPB_OK) return true;
  png_read_image(r->png, r->rows);
  png_read_end(r->png, NULL);
  return true;
}

dpb_status dpb__picture_png(const char *name, const uint8_t *bytes, size_t count,
                            dpb__picture *picture) {
  reader r = {.name = name, .bytes = bytes, .count = count, .picture = picture};
  r.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning, &r,
                                   get_memory, release_memory);
  if (r.png == NULL) return dpb__fail(DPB_ERR_MEMORY, "%s: no memory for libpng", name);
  bool whole = read_jumping(&r);
  png_destroy_read_struct(&r.png, &r.info, NULL);
  dpb__release(r.rows);
  dpb_status status = r.status;
  if (!whole && r.no_memory) {
    status = dpb__fail(DPB_ERR_MEMORY, "%s: no memory to unpack it", name);
  } else if (!whole) {
    status = dpb__fail(DPB_ERR_FORMAT, "%s: broken PNG: %s", name, r.problem);
  }
  if (status != DPB_OK) {
    dpb__release(picture->bytes);
    *picture = (dpb__picture){.bytes = NULL};
  }
  return status;
}

#endif
