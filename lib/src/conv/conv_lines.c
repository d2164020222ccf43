/* SPDX-License-Identifier: MIT
 *
 * Image rows spread out along x, shared by all kernel rows.
 *
 * Line number l is image row l - pad_h. Output row oy sees through kernel row ky line
 * oy + ky * dilation_h: the matrix of a kernel row is the buffer, moved by that many
 * lines. Lines are made just before the first tile that needs them, while its neighbours
 * are in cache.
 */
#include "conv/conv_tiles.h"
#include "simd/image.h"

int dpb__line_count(const dpb__patches *patches) {
  return patches->out_h + (patches->window.kernel_h - 1) * patches->window.dilation_h;
}

size_t dpb__line_places(const dpb__patches *patches) {
  return (size_t)dpb__line_count(patches) * (size_t)patches->out_w;
}

/* The image of a tile; what was in scratch of another one is forgotten. */
static const float *image_of(const dpb__product *product, const dpb__tile *tile,
                             const float *x, dpb__lines *lines) {
  if (lines->image != tile->image)
    *lines = (dpb__lines){.image = tile->image, .spare = lines->spare};
  return x + (size_t)tile->image * dpb__image_size(&product->patches.in);
}

/* Lines still to make for a tile: [*from, return value). */
static int needed(const dpb__product *product, const dpb__tile *tile, dpb__lines *lines,
                  int *from) {
  const dpb_window *window = &product->patches.window;
  const int end = tile->first + tile->rows + (window->kernel_h - 1) * window->dilation_h;
  const int pad = window->pad_h;
  *from = lines->next > pad ? lines->next : pad;
  lines->next = end;
  return dpb__least(end, pad + product->patches.in.h);
}

/* Planes are made from the planar image, which lies in scratch behind the room for them.
 */
static dpb__planar planar_of(const dpb__product *product, const float *image,
                             size_t behind, dpb__lines *lines, float *scratch) {
  if (!lines->planar.at)
    lines->planar = dpb__planar_image(&product->patches, image, scratch + behind);
  return lines->planar;
}

/* For lines it is turned to where the home column's planes belong, where there is one,
 * and they are not copied. */
static dpb__planar planar_lines_of(const dpb__product *product, const float *image,
                                   dpb__lines *lines, float *scratch) {
  const dpb__patches *patches = &product->patches;
  const size_t step = dpb__line_places(patches);
  const int home = dpb__patch_home(patches);
  if (home < 0)
    return planar_of(product, image, dpb__place_size(product) * step, lines, scratch);
  if (!lines->planar.at) {
    const size_t c = (size_t)patches->in.c;
    float *at = scratch + (size_t)home * c * step +
                (size_t)patches->window.pad_h * (size_t)patches->out_w;
    dpb__image_get()->to_planes((size_t)patches->in.h * (size_t)patches->in.w, c, image,
                                c, at, step);
    lines->planar = (dpb__planar){at, step};
  }
  return lines->planar;
}

static void make_lines(const dpb__product *product, const float *image, int from, int to,
                       float *scratch) {
  const dpb__patches *patches = &product->patches;
  const size_t step = dpb__place_size(product);
  const size_t line = (size_t)patches->out_w * step;
  for (int l = from; l < to; l++)
    dpb__patch_line(patches, image, l - patches->window.pad_h, scratch + (size_t)l * line,
                    step);
}

static void make_turned_lines(const dpb__product *product, dpb__planar planar, int from,
                              int to, float *scratch) {
  const dpb__patches *patches = &product->patches;
  const size_t step = dpb__line_places(patches);
  const size_t begin = (size_t)from * (size_t)patches->out_w;
  const int rows = (int)dpb__place_size(product);
  const int home = dpb__patch_home(patches);
  /* line l is what kernel row 0 sees from output row l */
  for (int r = 0; r < rows; r++)
    if (r / patches->in.c != home)
      dpb__patch_plane(patches, planar, 0, r / patches->in.c, r % patches->in.c, from,
                       to - from, scratch + (size_t)r * step + begin);
}

dpb__line_matrix dpb__line_matrix_of(const dpb__product *product) {
  const int depth = (int)dpb__place_size(product);
  const size_t down =
      (size_t)product->patches.window.dilation_h * (size_t)product->patches.out_w;
  if (product->how == DPB__LOWER_LINES)
    return (dpb__line_matrix){false, depth, depth, (size_t)depth, down};
  return (dpb__line_matrix){true, depth, (int)dpb__line_places(&product->patches), 1,
                            down};
}

const float *dpb__any_lines_for(const dpb__product *product, const dpb__tile *tile,
                                const float *x, dpb__lines *lines, float *scratch) {
  const dpb__line_matrix matrix = dpb__line_matrix_of(product);
  const float *image = image_of(product, tile, x, lines);
  int from = 0;
  const int to = needed(product, tile, lines, &from);
  if (matrix.turned) {
    const dpb__planar planar = planar_lines_of(product, image, lines, scratch);
    if (from < to) make_turned_lines(product, planar, from, to, scratch);
  } else {
    make_lines(product, image, from, to, scratch);
  }
  return scratch + (size_t)tile->first * (size_t)product->patches.out_w * matrix.place;
}

const float *dpb__planes_for(const dpb__product *product, const dpb__tile *tile,
                             const float *x, dpb__lines *lines, float *scratch) {
  const dpb__patches *patches = &product->patches;
  const size_t room = (size_t)product->rows * (size_t)patches->out_w *
                      (dpb__patch_size(patches) + DPB__SPARE_PLANES);
  const float *image = image_of(product, tile, x, lines);
  const dpb__planar planar = planar_of(product, image, room, lines, scratch);
  dpb__patch_planes(patches, planar, tile->first, tile->rows, scratch);
  return scratch;
}
