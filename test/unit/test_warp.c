/* SPDX-License-Identifier: MIT
 *
 * The warp against a plain loop in double precision that takes every pixel by itself.
 */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "data/warp.h"

enum { H = 9, W = 7, C = 3, COUNT = H * W * C };

static void fill_bytes(uint8_t *bytes) {
  for (int i = 0; i < COUNT; i++) bytes[i] = (uint8_t)(1 + (i * 37 + i * i) % 255);
}

static double at(const dpb__image *from, int x, int y, int k) {
  if (x < 0 || y < 0 || x >= from->w || y >= from->h) return 0.0;
  const int i = (y * from->w + x) * from->c + k;
  return from->bytes ? (double)from->bytes[i] * (double)from->unit
                     : (double)from->floats[i];
}

/* Where the pixel comes from: each step undone in turn. */
static double expect(const dpb__image *from, const dpb__warp *warp, int x, int y, int k) {
  const double cx = (from->w - 1) / 2.0;
  const double cy = (from->h - 1) / 2.0;
  const double u = x - warp->move_x - cx;
  const double v = y - warp->move_y - cy;
  const double c = cos(warp->angle);
  const double s = sin(warp->angle);
  double sx = (u * c + v * s) / warp->zoom;
  const double sy = (v * c - u * s) / warp->zoom + cy;
  if (warp->mirror) sx = -sx;
  sx += cx;
  const double x0 = floor(sx);
  const double y0 = floor(sy);
  const double fx = sx - x0;
  const double fy = sy - y0;
  const int i = (int)x0;
  const int j = (int)y0;
  return (1 - fy) * ((1 - fx) * at(from, i, j, k) + fx * at(from, i + 1, j, k)) +
         fy * ((1 - fx) * at(from, i, j + 1, k) + fx * at(from, i + 1, j + 1, k));
}

static void compare(const dpb__image *from, const dpb__warp *warp, double tolerance) {
  float out[COUNT];
  memset(out, 0xff, sizeof out);
  dpb__warp_image(from, warp, out);
  for (int y = 0; y < from->h; y++)
    for (int x = 0; x < from->w; x++)
      for (int k = 0; k < from->c; k++) {
        const double expected = expect(from, warp, x, y, k);
        const double found = (double)out[(y * from->w + x) * from->c + k];
        if (!(fabs(found - expected) <= tolerance))
          fail_msg("(%d, %d, %d): %g, expected %g", y, x, k, found, expected);
      }
}

static void test_copies_are_exact(void **state) {
  (void)state;
  uint8_t bytes[COUNT];
  float floats[COUNT];
  fill_bytes(bytes);
  for (int i = 0; i < COUNT; i++) floats[i] = (float)bytes[i] - 100.5f;
  const dpb__image images[] = {{.bytes = bytes, .unit = 0.125f, .h = H, .w = W, .c = C},
                               {.floats = floats, .h = H, .w = W, .c = C},
                               {.floats = floats, .h = H, .w = W * C, .c = 1}};
  for (int i = 0; i < 3; i++)
    for (int mirror = 0; mirror < 2; mirror++)
      for (int y = -10; y <= 10; y++)
        for (int x = -10; x <= 10; x++)
          compare(&images[i],
                  &(dpb__warp){.mirror = mirror, .zoom = 1, .move_x = x, .move_y = y},
                  0.0);
}

static void test_warps(void **state) {
  (void)state;
  uint8_t bytes[COUNT];
  fill_bytes(bytes);
  const double angles[] = {0.0, 0.3, -1.2, 3.14159};
  const double zooms[] = {0.5, 0.9, 1.0, 1.7};
  const dpb__image images[] = {
      {.bytes = bytes, .unit = 1.0f / 255.0f, .h = H, .w = W, .c = C},
      {.bytes = bytes, .unit = 1.0f / 255.0f, .h = W, .w = H * C, .c = 1}};
  for (int i = 0; i < 2; i++)
    for (int a = 0; a < 4; a++)
      for (int z = 0; z < 4; z++)
        for (int mirror = 0; mirror < 2; mirror++)
          for (int move = -2; move <= 2; move++)
            compare(&images[i],
                    &(dpb__warp){.mirror = mirror,
                                 .angle = angles[a],
                                 .zoom = zooms[z],
                                 .move_x = move,
                                 .move_y = 2 - move},
                    1e-5);
}

/* A quarter turn takes the right edge to the bottom, which tells the direction. */
static void test_direction(void **state) {
  (void)state;
  const float image[9] = {0, 0, 0, 0, 0, 5, 0, 0, 0};
  const dpb__image from = {.floats = image, .h = 3, .w = 3, .c = 1};
  float out[9];
  dpb__warp_image(&from, &(dpb__warp){.angle = acos(0.0), .zoom = 1}, out);
  for (int i = 0; i < 9; i++) assert_true(fabsf(out[i] - (i == 7 ? 5.0f : 0.0f)) < 1e-5f);
  dpb__warp_image(&from, &(dpb__warp){.mirror = true, .zoom = 1, .move_y = 1}, out);
  for (int i = 0; i < 9; i++) assert_true(out[i] == (i == 6 ? 5.0f : 0.0f));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_copies_are_exact),
      cmocka_unit_test(test_warps),
      cmocka_unit_test(test_direction),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
