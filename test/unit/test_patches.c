/* SPDX-License-Identifier: MIT
 *
 * Pieces of the column matrix: each is the part of im2col's that it should be, and
 * overlaps are what the window sees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "conv/patches.h"

static const dpb_hwc in = {6, 7, 3};
static const dpb_window windows[] = {{3, 3, 1, 1, 1, 1, 1, 1},
                                     {2, 3, 2, 1, 0, 2, 1, 2},
                                     {3, 2, 1, 2, 2, 0, 2, 1},
                                     {1, 7, 3, 1, 0, 3, 1, 1}};
enum { WINDOWS = sizeof windows / sizeof windows[0], ROOM = 40000 };
static float image[6 * 7 * 3];
static float piece[ROOM];
static float planar[ROOM];

static int is_nan(float x) {
  return x != x;
}

static void prepare(const dpb_window *window, dpb__patches *patches) {
  for (int i = 0; i < 6 * 7 * 3; i++) image[i] = (float)(i + 1);
  for (int i = 0; i < ROOM; i++) piece[i] = planar[i] = NAN;
  assert_int_equal(dpb__patches_plan(window, &in, patches), DPB_OK);
}

/* What im2col has at place (oy, ox) in column q. */
static float entry(const dpb__patches *patches, int oy, int ox, size_t q) {
  const size_t row = (size_t)(oy * patches->out_w + ox);
  const ptrdiff_t source = dpb_im2col_source(&patches->window, &in, row, q);
  return source < 0 ? 0.0f : image[source];
}

static void test_rows_are_those_of_im2col(void **state) {
  (void)state;
  for (int w = 0; w < WINDOWS; w++) {
    dpb__patches patches;
    prepare(&windows[w], &patches);
    const size_t size = dpb__patch_size(&patches);
    const int rows = patches.out_h - 1;
    dpb__patch_rows(&patches, image, 1, rows, piece);
    const size_t places = (size_t)(rows * patches.out_w);
    for (size_t i = 0; i < places * size; i++) {
      const int place = (int)(i / size);
      assert_true(piece[i] == entry(&patches, 1 + place / patches.out_w,
                                    place % patches.out_w, i % size));
    }
    assert_true(is_nan(piece[places * size]));
  }
}

static void test_groups_take_their_channels(void **state) {
  (void)state;
  dpb__patches patches;
  prepare(&windows[0], &patches);
  patches.channel = 1;
  patches.channels = 2;
  assert_int_equal(dpb__patch_size(&patches), 18);
  dpb__patch_rows(&patches, image, 0, 1, piece);
  for (int ox = 0; ox < 7; ox++)
    for (size_t q = 0; q < 18; q++)
      assert_true(piece[(size_t)ox * 18 + q] ==
                  entry(&patches, 0, ox, q / 2 * 3 + 1 + q % 2));
}

static void test_planes_are_the_rows_on_their_side(void **state) {
  (void)state;
  for (int w = 0; w < WINDOWS; w++) {
    dpb__patches patches;
    prepare(&windows[w], &patches);
    const size_t size = dpb__patch_size(&patches);
    const dpb__planar turned = dpb__planar_image(&patches, image, planar);
    assert_true(is_nan(planar[dpb__planar_size(&patches)]));
    const int rows = patches.out_h - 1;
    dpb__patch_planes(&patches, turned, 1, rows, piece);
    const size_t places = (size_t)(rows * patches.out_w);
    for (size_t i = 0; i < places * size; i++) {
      const int place = (int)(i % places);
      assert_true(piece[i] == entry(&patches, 1 + place / patches.out_w,
                                    place % patches.out_w, i / places));
    }
    assert_true(is_nan(piece[places * size]));
  }
}

/* Output rows as long as image rows: taps are runs of the image, from any row on. */
static void test_planes_of_windows_that_keep_the_width(void **state) {
  (void)state;
  const dpb_window same[] = {{3, 3, 1, 1, 1, 1, 1, 1},  {5, 5, 1, 1, 2, 2, 1, 1},
                             {3, 3, 1, 1, 2, 2, 2, 2},  {3, 15, 1, 1, 0, 7, 1, 1},
                             {11, 1, 1, 1, 5, 0, 1, 1}, {2, 3, 1, 1, 2, 1, 3, 1}};
  for (size_t w = 0; w < sizeof same / sizeof same[0]; w++) {
    dpb__patches patches;
    prepare(&same[w], &patches);
    assert_int_equal(patches.out_w, patches.in.w);
    assert_int_equal(dpb__planar_size(&patches), 6 * 7 * 3); /* no pad */
    const dpb__planar turned = dpb__planar_image(&patches, image, planar);
    for (int first = 0; first < patches.out_h; first++)
      for (int rows = 1; rows <= patches.out_h - first; rows++) {
        const size_t places = (size_t)(rows * patches.out_w);
        const size_t count = places * dpb__patch_size(&patches);
        piece[count] = NAN;
        dpb__patch_planes(&patches, turned, first, rows, piece);
        for (size_t i = 0; i < count; i++) {
          const int place = (int)(i % places);
          assert_true(piece[i] == entry(&patches, first + place / patches.out_w,
                                        place % patches.out_w, i / places));
        }
        assert_true(is_nan(piece[count]));
      }
  }
}

static void test_one_channel_without_pad_is_planar_already(void **state) {
  (void)state;
  dpb__patches patches;
  const dpb_hwc grey = {6, 7, 1};
  const dpb_window window = {3, 3, 1, 1, 0, 0, 1, 1};
  assert_int_equal(dpb__patches_plan(&window, &grey, &patches), DPB_OK);
  assert_ptr_equal(dpb__planar_image(&patches, image, planar).at, image);
  const dpb_window padded = {3, 3, 1, 1, 1, 1, 1, 1}; /* keeps the width */
  assert_int_equal(dpb__patches_plan(&padded, &grey, &patches), DPB_OK);
  assert_ptr_equal(dpb__planar_image(&patches, image, planar).at, image);
  const dpb_window wider = {3, 3, 1, 1, 2, 2, 1, 1};
  assert_int_equal(dpb__patches_plan(&wider, &grey, &patches), DPB_OK);
  assert_ptr_equal(dpb__planar_image(&patches, image, planar).at, planar);
}

/* Every place inside the overlap sees a pixel, and none outside of it. */
static void test_overlaps_are_what_the_window_sees(void **state) {
  (void)state;
  for (int w = 0; w < WINDOWS; w++) {
    dpb__patches patches;
    prepare(&windows[w], &patches);
    const int kernel_w = windows[w].kernel_w;
    for (int oy = 0; oy < patches.out_h; oy++)
      for (int tap = 0; tap < windows[w].kernel_h * kernel_w; tap++) {
        const dpb__overlap o =
            dpb__patch_overlap(&patches, oy, tap / kernel_w, tap % kernel_w);
        for (size_t ox = 0; ox < (size_t)patches.out_w; ox++) {
          const float seen = entry(&patches, oy, (int)ox, (size_t)tap * 3);
          const int inside = ox >= o.place && ox < o.place + o.count;
          assert_int_equal(seen != 0.0f, inside);
          const size_t pixel = o.pixel + (ox - o.place) * (size_t)windows[w].stride_w;
          if (inside) assert_true(seen == image[pixel * 3]);
        }
      }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows_are_those_of_im2col),
      cmocka_unit_test(test_groups_take_their_channels),
      cmocka_unit_test(test_planes_are_the_rows_on_their_side),
      cmocka_unit_test(test_planes_of_windows_that_keep_the_width),
      cmocka_unit_test(test_one_channel_without_pad_is_planar_already),
      cmocka_unit_test(test_overlaps_are_what_the_window_sees),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
