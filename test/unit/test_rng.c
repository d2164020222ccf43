/* SPDX-License-Identifier: MIT
 *
 * Philox against the known answers of Random123, and what is drawn from it: fixed seeds,
 * so that a statistical bound that holds once holds always.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/rng.h>

static void test_known_answers(void **state) {
  (void)state;
  static const struct {
    uint32_t counter[4], key[2], out[4];
  } known[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < 3; i++) {
    uint32_t out[4];
    dpb_philox4x32(known[i].counter, known[i].key, out);
    assert_memory_equal(out, known[i].out, sizeof out);
  }
}

/* Word p of stream s under a seed is word p % 4 of philox({p / 4, s}, seed). */
static void test_words_are_where_the_formula_says(void **state) {
  (void)state;
  dpb_rng rng = dpb_rng_seed(0x299f31d0a4093822U);
  rng.stream = 0x0370734413198a2eU;
  /* The counter 0x85a308d3243f6a88 of the known answer is past 2^62 blocks; two top bits
   * less are within reach. */
  uint64_t block = 0x05a308d3243f6a88U;
  const uint32_t counter[4] = {0x243f6a88, 0x05a308d3, 0x13198a2e, 0x03707344};
  const uint32_t key[2] = {0xa4093822, 0x299f31d0};
  uint32_t out[4];
  dpb_philox4x32(counter, key, out);
  dpb_rng_seek(&rng, block * 4);
  for (int i = 0; i < 4; i++) assert_int_equal(dpb_rng_u32(&rng), out[i]);
  assert_true(rng.position == block * 4 + 4);

  rng = dpb_rng_seed(0);
  assert_true(rng.stream == 0 && rng.position == 0);
  assert_int_equal(dpb_rng_u32(&rng), 0x6627e8d5);
  assert_int_equal(dpb_rng_u32(&rng), 0xe169c58d);
}

static void test_seek_is_drawing_through(void **state) {
  (void)state;
  uint32_t words[100];
  dpb_rng rng = dpb_rng_seed(42);
  for (int i = 0; i < 100; i++) words[i] = dpb_rng_u32(&rng);
  for (uint64_t p = 0; p < 100; p++) {
    dpb_rng fresh = dpb_rng_seed(42);
    dpb_rng_seek(&fresh, p);
    for (uint64_t q = p; q < 100; q++) assert_int_equal(dpb_rng_u32(&fresh), words[q]);
    dpb_rng_seek(&rng, p);
    assert_int_equal(dpb_rng_u32(&rng), words[p]);
  }
}

/* seed, stream and position are the whole state. */
static void test_three_numbers_restore_a_stream(void **state) {
  (void)state;
  dpb_rng root = dpb_rng_seed(7);
  dpb_rng rng = dpb_rng_split(&root, 3);
  for (int i = 0; i < 13; i++) dpb_rng_normal(&rng);
  dpb_rng_u32(&rng);
  dpb_rng restored = {.seed = rng.seed, .stream = rng.stream};
  dpb_rng_seek(&restored, rng.position);
  for (int i = 0; i < 20; i++)
    assert_int_equal(dpb_rng_u32(&restored), dpb_rng_u32(&rng));
}

static void test_draws_take_the_words_they_say(void **state) {
  (void)state;
  dpb_rng rng = dpb_rng_seed(1);
  dpb_rng_uniform(&rng);
  assert_true(rng.position == 1);
  dpb_rng_uniform_double(&rng);
  assert_true(rng.position == 3);
  dpb_rng_normal(&rng);
  assert_true(rng.position == 5);
  assert_int_equal(dpb_rng_below(&rng, 0), 0);
  assert_true(rng.position == 5);
  assert_int_equal(dpb_rng_below(&rng, 1), 0);
}

static void test_split_ignores_what_was_drawn(void **state) {
  (void)state;
  dpb_rng fresh = dpb_rng_seed(42), drawn = dpb_rng_seed(42);
  for (int i = 0; i < 11; i++) dpb_rng_u32(&drawn);
  dpb_rng a = dpb_rng_split(&fresh, 5), b = dpb_rng_split(&drawn, 5);
  assert_true(a.stream == b.stream && a.seed == 42 && a.position == 0 && b.position == 0);
  assert_int_equal(dpb_rng_u32(&a), dpb_rng_u32(&b));
}

static void test_splits_differ(void **state) {
  (void)state;
  enum { COUNT = 200 };
  uint64_t streams[3 * COUNT];
  dpb_rng root = dpb_rng_seed(42), other = dpb_rng_seed(43);
  dpb_rng child = dpb_rng_split(&root, 0);
  for (uint64_t i = 0; i < COUNT; i++) {
    streams[3 * i] = dpb_rng_split(&root, i).stream;
    streams[3 * i + 1] = dpb_rng_split(&child, i).stream;
    streams[3 * i + 2] = dpb_rng_split(&other, i).stream;
  }
  for (int i = 0; i < 3 * COUNT; i++) {
    assert_true(streams[i] != 0);
    for (int j = 0; j < i; j++) assert_true(streams[i] != streams[j]);
  }
  assert_true(dpb_rng_split(&root, (uint64_t)1 << 63).stream != child.stream);
  assert_true(dpb_rng_split(&root, (uint64_t)1 << 32).stream != child.stream);
  /* Not one of the words drawn at the same counter under the same seed. */
  assert_true((uint32_t)child.stream != dpb_rng_u32(&root));
}

/* Correlation of two streams over 100000 draws: its standard deviation is 0.0032. */
static void test_splits_are_uncorrelated(void **state) {
  (void)state;
  dpb_rng root = dpb_rng_seed(42);
  for (uint64_t id = 0; id < 4; id++) {
    dpb_rng a = dpb_rng_split(&root, id), b = dpb_rng_split(&root, id + 1);
    double sum = 0;
    for (int i = 0; i < 100000; i++)
      sum += (dpb_rng_uniform_double(&a) - 0.5) * (dpb_rng_uniform_double(&b) - 0.5);
    assert_true(fabs(sum / 100000 * 12) < 0.013);
  }
}

static void test_uniform_is_uniform(void **state) {
  (void)state;
  enum { DRAWS = 200000 };
  dpb_rng rng = dpb_rng_seed(42);
  double sum = 0, squares = 0;
  for (int i = 0; i < DRAWS; i++) {
    float u = dpb_rng_uniform(&rng);
    assert_true(u >= 0.0F && u < 1.0F);
    sum += (double)u;
    squares += (double)u * (double)u;
  }
  double mean = sum / DRAWS;
  assert_true(fabs(mean - 0.5) < 0.002);
  assert_true(fabs(squares / DRAWS - mean * mean - 1.0 / 12) < 0.001);
}

static void test_uniform_has_its_bits(void **state) {
  (void)state;
  dpb_rng rng = dpb_rng_seed(0);
  assert_true(dpb_rng_uniform(&rng) == (float)(0x6627e8d5 >> 8) / 16777216.0F);
  dpb_rng_seek(&rng, 0);
  uint64_t bits = (uint64_t)(0x6627e8d5 >> 5) << 26 | 0xe169c58d >> 6;
  assert_true(dpb_rng_uniform_double(&rng) == (double)bits / 9007199254740992.0);
  double sum = 0;
  for (int i = 0; i < 100000; i++) {
    double u = dpb_rng_uniform_double(&rng);
    assert_true(u >= 0 && u < 1);
    sum += u;
  }
  assert_true(fabs(sum / 100000 - 0.5) < 0.003);
}

/* The first four moments: 0, 1, 0, 3; the standard deviations of these means over 200000
 * draws are 0.0022, 0.0032, 0.0087 and 0.022. And the tail beyond 1.96. */
static void test_normal_is_normal(void **state) {
  (void)state;
  enum { DRAWS = 200000 };
  dpb_rng rng = dpb_rng_seed(42);
  double moment[5] = {0};
  int tail = 0;
  for (int i = 0; i < DRAWS; i++) {
    double z = (double)dpb_rng_normal(&rng);
    assert_true(isfinite(z) && fabs(z) < 6.7);
    double power = 1;
    for (int k = 1; k <= 4; k++) moment[k] += (power *= z) / DRAWS;
    tail += fabs(z) > 1.959964;
  }
  assert_true(fabs(moment[1]) < 0.008);
  assert_true(fabs(moment[2] - 1) < 0.012);
  assert_true(fabs(moment[3]) < 0.03);
  assert_true(fabs(moment[4] - 3) < 0.08);
  assert_true(abs(tail - DRAWS / 20) < 400);
}

static void test_normal_is_box_muller(void **state) {
  (void)state;
  dpb_rng rng = dpb_rng_seed(0);
  double u = 1 - 0x6627e8d5 / 4294967296.0, v = 0xe169c58d / 4294967296.0;
  double z = sqrt(-2 * log(u)) * cos(2 * acos(-1.0) * v);
  assert_true(fabs((double)dpb_rng_normal(&rng) - z) < 1e-7);
}

/* Chi squared over the bins: bound 2 (n - 1) + 20 is far out for these sizes. */
static void test_below_is_even(void **state) {
  (void)state;
  static const uint32_t bounds[] = {2, 3, 10, 100};
  dpb_rng rng = dpb_rng_seed(42);
  for (size_t b = 0; b < 4; b++) {
    int count[100] = {0};
    int draws = 100000;
    for (int i = 0; i < draws; i++) {
      uint32_t k = dpb_rng_below(&rng, bounds[b]);
      assert_true(k < bounds[b]);
      count[k]++;
    }
    double expected = (double)draws / bounds[b], chi = 0;
    for (uint32_t k = 0; k < bounds[b]; k++)
      chi += (count[k] - expected) * (count[k] - expected) / expected;
    assert_true(chi < 2.0 * (bounds[b] - 1) + 20 && chi > 0);
  }
}

/* With bound 3 * 2^30 a plain product would make every third number twice as likely as
 * the others; the method draws a quarter of the words again. */
static void test_below_has_no_bias_for_large_bounds(void **state) {
  (void)state;
  enum { DRAWS = 90000 };
  dpb_rng rng = dpb_rng_seed(42);
  int count[3] = {0};
  for (int i = 0; i < DRAWS; i++) count[dpb_rng_below(&rng, 3U << 30) % 3]++;
  for (int i = 0; i < 3; i++) assert_true(abs(count[i] - DRAWS / 3) < 600);
  double words = (double)rng.position / DRAWS;
  assert_true(fabs(words - 4.0 / 3) < 0.01);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_known_answers),
      cmocka_unit_test(test_words_are_where_the_formula_says),
      cmocka_unit_test(test_seek_is_drawing_through),
      cmocka_unit_test(test_three_numbers_restore_a_stream),
      cmocka_unit_test(test_draws_take_the_words_they_say),
      cmocka_unit_test(test_split_ignores_what_was_drawn),
      cmocka_unit_test(test_splits_differ),
      cmocka_unit_test(test_splits_are_uncorrelated),
      cmocka_unit_test(test_uniform_is_uniform),
      cmocka_unit_test(test_uniform_has_its_bits),
      cmocka_unit_test(test_normal_is_normal),
      cmocka_unit_test(test_normal_is_box_muller),
      cmocka_unit_test(test_below_is_even),
      cmocka_unit_test(test_below_has_no_bias_for_large_bounds),
  };
  return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
