/* SPDX-License-Identifier: MIT
 *
 * Augmentation of mini-batches: what the settings do, and that nothing but seed, epoch
 * and place decides what is drawn.
 */
#include "train_fixture.h"

#include <deepblas/augment.h>

#include "base/pool.h"
#include "data/augment.h"

enum { SIDE = 8, PIXELS = SIDE * SIDE, N = 2000 };

static const dpb_hwc square = {SIDE, SIDE, 1};
static float images[N * PIXELS];
static float out[N * PIXELS];
static float other[N * PIXELS];

/* No two pixels of an image are equal, and none is 0. */
static int set_up(void **state) {
  (void)state;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < PIXELS; j++)
      images[i * PIXELS + j] = (float)(1 + (j * 29 + i) % 97) + 0.001f * (float)j;
  return 0;
}

static const dpb_batch all = {.n = N, .features = images};

static dpb_augment *make(const char *text, dpb_hwc sample, uint64_t seed) {
  dpb_augment_config config;
  dpb_augment *augment = NULL;
  must(dpb_augment_parse(text, &config));
  must(dpb_augment_create(&config, sample, seed, &augment));
  return augment;
}

static void apply(const char *text, float *result) {
  dpb_augment *augment = make(text, square, 3);
  must(dpb_augment_apply(augment, &all, 5, 0, result));
  dpb_augment_destroy(augment);
}

/* The image is that of the source, mirrored and moved. */
static int is_moved(const float *image, const float *source, int mirror, int dx, int dy) {
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++) {
      int sx = mirror ? SIDE - 1 - (x - dx) : x - dx;
      int sy = y - dy;
      float expected =
          sx < 0 || sy < 0 || sx >= SIDE || sy >= SIDE ? 0.0f : source[sy * SIDE + sx];
      if (image[y * SIDE + x] != expected) return 0;
    }
  return 1;
}

/* How often each (mirror, dx, dy) occurs; every image must be one of them. */
static void count_moves(int most, int mirrors, int *counts) {
  const int side = 2 * most + 1;
  memset(counts, 0, (size_t)(mirrors * side * side) * sizeof *counts);
  for (int i = 0; i < N; i++) {
    int found = 0;
    for (int at = 0; at < mirrors * side * side && !found; at++) {
      found = is_moved(out + i * PIXELS, images + i * PIXELS, at / (side * side),
                       at % side - most, at / side % side - most);
      counts[at] += found;
    }
    if (!found) fail_msg("image %d is not moved by whole pixels", i);
  }
}

static void test_shift_flip_and_crop_are_exact(void **state) {
  (void)state;
  int counts[2 * 49];
  apply("shift 2", out);
  count_moves(2, 1, counts);
  for (int i = 0; i < 25; i++) assert_in_range(counts[i], 40, 130); /* 80 expected */
  apply("crop 1, flip", out);
  count_moves(1, 2, counts);
  for (int i = 0; i < 18; i++) assert_in_range(counts[i], 60, 180); /* 111 */
  apply("flip", out);
  count_moves(0, 2, counts);
  assert_in_range(counts[0], 900, 1100);
  apply("shift 1, crop 2", out); /* both add up: to 3 at times */
  count_moves(3, 1, counts);
  for (int i = 0; i < 49; i++) assert_true(counts[i] > 0);
}

static void test_nothing_is_the_identity(void **state) {
  (void)state;
  uint8_t pixels[3 * 4 * 5 * 2];
  const uint32_t rows[] = {2, 0, 2, 1};
  const dpb_hwc shape = {4, 5, 2};
  for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 7 % 256);
  dpb_augment *augment = make("shift 0, scale 0, noise 0", shape, 1);
  const dpb_batch batch = {
      .n = 4, .pixels = pixels, .scale = 1.0f / 255.0f, .rows = rows};
  must(dpb_augment_apply(augment, &batch, 0, 0, out));
  for (int i = 0; i < 4; i++)
    for (size_t j = 0; j < 40; j++)
      assert_true(out[(size_t)i * 40 + j] ==
                  (float)pixels[rows[i] * 40 + j] * (1.0f / 255.0f));
  dpb_augment_destroy(augment);
  apply("rotate 0", out);
  assert_memory_equal(out, images, sizeof images);
}

static void test_rotation_keeps_what_is_constant(void **state) {
  (void)state;
  static float ones[PIXELS];
  for (int i = 0; i < PIXELS; i++) ones[i] = 1.0f;
  dpb_augment *augment = make("rotate 30, scale 0.2", square, 9);
  const dpb_batch batch = {.n = 1, .features = ones};
  int differs = 0;
  for (uint64_t i = 0; i < 200; i++) {
    must(dpb_augment_apply(augment, &batch, 0, i, out));
    for (int j = 0; j < PIXELS; j++) {
      int y = j / SIDE - SIDE / 2, x = j % SIDE - SIDE / 2;
      assert_true(out[j] >= 0.0f && out[j] <= 1.00001f);
      if (y >= -2 && y < 2 && x >= -2 && x < 2) assert_true(out[j] > 0.99999f);
      differs += out[j] < 0.5f;
    }
  }
  assert_true(differs > 200); /* corners turn out of sight */
  dpb_augment_destroy(augment);
}

static void test_noise_is_normal(void **state) {
  (void)state;
  apply("noise 0.5", out);
  double sum = 0, squares = 0, fourth = 0;
  int beyond = 0;
  for (size_t i = 0; i < (size_t)N * PIXELS; i++) {
    const double z = ((double)out[i] - (double)images[i]) / 0.5;
    sum += z;
    squares += z * z;
    fourth += z * z * z * z;
    beyond += fabs(z) > 1.96;
  }
  const double count = N * PIXELS;
  assert_true(fabs(sum / count) < 0.012);
  assert_true(fabs(squares / count - 1.0) < 0.02);
  assert_true(fabs(fourth / count - 3.0) < 0.12);
  assert_true(fabs(beyond / count - 0.05) < 0.003);
}

static int compare_floats(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

/* 16 bits make a number: of so many draws from 65536 values, 56,000 differ. */
static void test_noise_is_fine(void **state) {
  (void)state;
  static const float zeros[N * PIXELS];
  dpb_augment *augment = make("noise 1", square, 3);
  must(dpb_augment_apply(augment, &(dpb_batch){.n = N, .features = zeros}, 5, 0, out));
  dpb_augment_destroy(augment);
  qsort(out, (size_t)N * PIXELS, sizeof *out, compare_floats);
  int values = 1;
  for (int i = 1; i < N * PIXELS; i++) values += out[i] > out[i - 1];
  assert_in_range(values, 54000, 58000);
}

static void test_erased_square(void **state) {
  (void)state;
  apply("erase 3", out);
  int whole = 0;
  for (int i = 0; i < N; i++) {
    int zeros = 0, left = SIDE, right = -1, top = SIDE, bottom = -1;
    for (int j = 0; j < PIXELS; j++) {
      if (out[i * PIXELS + j] != 0.0f) {
        assert_true(out[i * PIXELS + j] == images[i * PIXELS + j]);
        continue;
      }
      zeros++;
      left = j % SIDE < left ? j % SIDE : left;
      right = j % SIDE > right ? j % SIDE : right;
      top = j / SIDE < top ? j / SIDE : top;
      bottom = j / SIDE;
    }
    assert_int_equal(zeros, (right - left + 1) * (bottom - top + 1));
    assert_in_range(right - left + 1, 2, 3);
    assert_in_range(bottom - top + 1, 2, 3);
    whole += zeros == 9;
  }
  /* the centre is any pixel: it is an inner one in 36 of 64 cases */
  assert_in_range(whole, N * 36 / 64 - 120, N * 36 / 64 + 120);
}

static void test_settings_do_not_disturb_each_other(void **state) {
  (void)state;
  apply("shift 2, flip", out);
  apply("shift 2, flip, noise 1e-4, erase 1", other);
  int differ = 0;
  for (size_t i = 0; i < (size_t)N * PIXELS; i++)
    differ += fabsf(out[i] - other[i]) > 4e-4f;
  assert_true(differ <= N && differ > N / 2); /* the erased pixels alone */
}

static void test_scales_apply_before_the_noise(void **state) {
  (void)state;
  static float scales[PIXELS], offsets[PIXELS];
  for (int i = 0; i < PIXELS; i++) {
    scales[i] = 0.5f + (float)i;
    offsets[i] = (float)-i;
  }
  apply("shift 1", out);
  dpb_augment *augment = make("shift 1", square, 3);
  dpb_batch batch = all;
  batch.scales = scales;
  batch.offsets = offsets;
  must(dpb_augment_apply(augment, &batch, 5, 0, other));
  for (size_t i = 0; i < (size_t)N * PIXELS; i++)
    assert_true(other[i] == out[i] * scales[i % PIXELS] + offsets[i % PIXELS]);
  dpb_augment_destroy(augment);
}

static void test_place_and_seed_decide(void **state) {
  (void)state;
  const char *text = "shift 1, rotate 20, scale 0.1, noise 0.1, flip, crop 1, erase 2";
  dpb_augment *augment = make(text, square, 3);
  dpb_augment *same = make(text, square, 3);
  dpb_augment *seeded = make(text, square, 4);
  dpb_batch part = {.n = 7, .features = images};
  must(dpb_augment_apply(augment, &part, 2, 40, out));
  /* cut in another way, by several workers */
  dpb__pool *pool = NULL;
  must(dpb__pool_create(3, &pool));
  part.n = 3;
  dpb__augment_batch(same, pool, &part, 2, 40, other);
  part.n = 4;
  part.features += 3 * PIXELS;
  dpb__augment_batch(same, pool, &part, 2, 43, other + 3 * PIXELS);
  assert_memory_equal(out, other, 7 * PIXELS * sizeof *out);
  dpb__pool_destroy(pool);

  part = (dpb_batch){.n = 7, .features = images};
  must(dpb_augment_apply(seeded, &part, 2, 40, other));
  assert_memory_not_equal(out, other, PIXELS * sizeof *out);
  must(dpb_augment_apply(augment, &part, 3, 40, other));
  assert_memory_not_equal(out, other, PIXELS * sizeof *out);
  must(dpb_augment_apply(augment, &part, 2, 41, other));
  assert_memory_not_equal(out, other, PIXELS * sizeof *out);
  dpb_augment_destroy(augment);
  dpb_augment_destroy(same);
  dpb_augment_destroy(seeded);
}

static void refused(const char *text, dpb_hwc sample, const char *words) {
  dpb_augment_config config;
  dpb_augment *augment = (dpb_augment *)(uintptr_t)1;
  must(dpb_augment_parse(text, &config));
  must_fail(dpb_augment_create(&config, sample, 1, &augment), DPB_ERR_SHAPE, words);
  assert_null(augment);
}

static void test_what_does_not_fit(void **state) {
  (void)state;
  const dpb_hwc vector = {1, 1, 12};
  refused("shift 8", square, "shift is 8 pixels, nothing would be left of 8x8");
  refused("erase 5", (dpb_hwc){9, 5, 3}, "erase is 5 pixels, nothing would be left");
  refused("crop 1", vector, "crop is for images, the samples are 1x1x12");
  refused("flip", vector, "flip is for images");
  refused("rotate 1", (dpb_hwc){1, 9, 1}, "rotate is for images");
  dpb_augment_destroy(make("noise 1", vector, 1));

  dpb_augment *augment = NULL;
  const dpb_augment_config config = {.rotate = 1};
  must_fail(dpb_augment_create(NULL, square, 1, &augment), DPB_ERR_ARG, "config is NULL");
  must_fail(dpb_augment_create(&config, square, 1, NULL), DPB_ERR_ARG, "NULL");
  must_fail(dpb_augment_create(&config, (dpb_hwc){3, 0, 1}, 1, &augment), DPB_ERR_ARG,
            "samples of 3x0x1");
  must_fail(dpb_augment_create(&(dpb_augment_config){.scale = NAN}, square, 1, &augment),
            DPB_ERR_ARG, "scale is nan, must be 0 or above, and below 1");
  must_fail(dpb_augment_create(&(dpb_augment_config){.flip = 2}, square, 1, &augment),
            DPB_ERR_ARG, "flip is 2, must be 0 or 1");
  assert_null(augment);
  augment = make("flip", square, 1);
  must_fail(dpb_augment_apply(NULL, &all, 0, 0, out), DPB_ERR_ARG, "augment is NULL");
  must_fail(dpb_augment_apply(augment, NULL, 0, 0, out), DPB_ERR_ARG, "batch is NULL");
  must_fail(dpb_augment_apply(augment, &all, 0, 0, NULL), DPB_ERR_ARG, "out is NULL");
  must_fail(dpb_augment_apply(augment, &(dpb_batch){.n = 3}, 0, 0, out), DPB_ERR_ARG,
            "3 with neither features nor pixels");
  dpb_augment_destroy(augment);
  dpb_augment_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_shift_flip_and_crop_are_exact),
      cmocka_unit_test(test_nothing_is_the_identity),
      cmocka_unit_test(test_rotation_keeps_what_is_constant),
      cmocka_unit_test(test_noise_is_normal),
      cmocka_unit_test(test_noise_is_fine),
      cmocka_unit_test(test_erased_square),
      cmocka_unit_test(test_settings_do_not_disturb_each_other),
      cmocka_unit_test(test_scales_apply_before_the_noise),
      cmocka_unit_test(test_place_and_seed_decide),
      cmocka_unit_test(test_what_does_not_fit),
  };
  return cmocka_run_group_tests(tests, set_up, NULL);
}
