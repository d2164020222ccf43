/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/dataset.h"
#include "file_fixture.h"

enum { N = 25, BATCH = 10, STEPS = 3 };

static dpb_dataset *make_dataset(size_t count) {
  static uint8_t pixels[1000];
  static int32_t labels[1000];
  for (size_t i = 0; i < count; i++) pixels[i] = (uint8_t)i;
  dpb_dataset *d;
  assert_ok(
      dpb_dataset_from_pixels(count, (dpb_hwc){1, 1, 1}, pixels, 1.0f, labels, 1, &d));
  return d;
}

static dpb_batcher *make_batcher(const dpb_dataset *d, int batch, dpb_sampling sampling,
                                 uint64_t seed) {
  dpb_batcher *b;
  assert_ok(dpb_batcher_create(d, batch, sampling, seed, &b));
  return b;
}

/* The samples of an epoch in their order, seen through the batches; returns how many. */
static size_t draw_epoch(dpb_batcher *b, size_t epoch, int *order) {
  assert_ok(dpb_batcher_start(b, epoch));
  size_t count = 0;
  for (size_t step = 0; step < dpb_batcher_steps(b); step++) {
    dpb_batch batch;
    assert_ok(dpb_batcher_get(b, step, &batch));
    for (int i = 0; i < batch.n; i++) {
      order[count++] = batch.pixels[batch.rows ? batch.rows[i] : (uint32_t)i];
    }
  }
  return count;
}

static void shuffles_every_sample_once(void **state) {
  (void)state;
  dpb_dataset *d = make_dataset(N);
  dpb_batcher *b = make_batcher(d, BATCH, DPB_SHUFFLE, 1);
  assert_int_equal(dpb_batcher_steps(b), STEPS);
  for (size_t epoch = 0; epoch < 5; epoch++) {
    int order[N], seen[N] = {0}, in_place = 0;
    assert_int_equal(draw_epoch(b, epoch, order), N);
    for (int i = 0; i < N; i++) seen[order[i]]++;
    for (int i = 0; i < N; i++) assert_int_equal(seen[i], 1);
    for (int i = 0; i < N; i++) in_place += order[i] == i;
    assert_in_range(in_place, 0, 8); /* one on average */
  }
  dpb_batch batch;
  assert_ok(dpb_batcher_get(b, 2, &batch));
  assert_int_equal(batch.n, 5); /* the last is short */
  assert_fails(dpb_batcher_get(b, 3, &batch), DPB_ERR_ARG, "step 3 of an epoch of 3");
  dpb_batcher_destroy(b);
  dpb_dataset_destroy(d);
}

static void order_depends_on_seed_and_epoch_alone(void **state) {
  (void)state;
  dpb_dataset *d = make_dataset(N);
  for (int sampling = 0; sampling <= DPB_WITH_REPLACEMENT; sampling += 2) {
    dpb_batcher *a = make_batcher(d, BATCH, (dpb_sampling)sampling, 7);
    dpb_batcher *b = make_batcher(d, BATCH, (dpb_sampling)sampling, 7);
    dpb_batcher *other = make_batcher(d, BATCH, (dpb_sampling)sampling, 8);
    int first[30], third[30], got[30];
    size_t n = draw_epoch(a, 0, first);
    draw_epoch(a, 1, got);
    assert_memory_not_equal(first, got, n * sizeof(int));
    draw_epoch(a, 2, third);
    draw_epoch(b, 2, got); /* straight to it, without the first two */
    assert_memory_equal(third, got, n * sizeof(int));
    draw_epoch(b, 0, got);
    assert_memory_equal(first, got, n * sizeof(int));
    draw_epoch(other, 0, got);
    assert_memory_not_equal(first, got, n * sizeof(int));
    dpb_batcher_destroy(a);
    dpb_batcher_destroy(b);
    dpb_batcher_destroy(other);
  }
  dpb_dataset_destroy(d);
}

/* A new batcher stands at the beginning of epoch 0. */
static void begins_at_epoch_0(void **state) {
  (void)state;
  dpb_dataset *d = make_dataset(N);
  dpb_batcher *b = make_batcher(d, N, DPB_SHUFFLE, 7);
  dpb_batch batch;
  assert_ok(dpb_batcher_get(b, 0, &batch));
  uint32_t rows[N];
  memcpy(rows, batch.rows, sizeof rows);
  assert_ok(dpb_batcher_start(b, 0));
  assert_ok(dpb_batcher_get(b, 0, &batch));
  assert_memory_equal(rows, batch.rows, sizeof rows);
  dpb_batcher_destroy(b);
  dpb_dataset_destroy(d);
}

/* The book's streams of random numbers: model and data may share a seed. */
static void is_a_stream_of_its_own(void **state) {
  (void)state;
  dpb_dataset *d = make_dataset(N);
  dpb_batcher *b = make_batcher(d, N, DPB_WITH_REPLACEMENT, 7);
  int order[N];
  assert_int_equal(draw_epoch(b, 3, order), N);
  const dpb_rng root = dpb_rng_seed(7);
  const dpb_rng epochs = dpb_rng_split(&root, DPB__STREAM_SHUFFLE);
  dpb_rng rng = dpb_rng_split(&epochs, 3);
  for (int i = 0; i < N; i++) assert_int_equal(order[i], dpb_rng_below(&rng, N));
  dpb_batcher_destroy(b);
  dpb_dataset_destroy(d);
}

static void keeps_the_order(void **state) {
  (void)state;
  dpb_dataset *d = make_dataset(N);
  dpb_batcher *b = make_batcher(d, BATCH, DPB_IN_ORDER, 1);
  for (size_t epoch = 0; epoch < 2; epoch++) {
    int order[N];
    assert_int_equal(draw_epoch(b, epoch, order), N);
    for (int i = 0; i < N; i++) assert_int_equal(order[i], i);
  }
  dpb_batch batch;
  assert_ok(dpb_batcher_get(b, 2, &batch));
  assert_int_equal(batch.n, 5);
  assert_null(batch.rows);
  dpb_batcher_destroy(b);
  dpb_dataset_destroy(d);
}

static void draws_with_replacement(void **state) {
  (void)state;
  dpb_dataset *d = make_dataset(N);
  dpb_batcher *b = make_batcher(d, BATCH, DPB_WITH_REPLACEMENT, 1);
  assert_int_equal(dpb_batcher_steps(b), STEPS);
  int hits[N] = {0}, order[STEPS * BATCH];
  enum { EPOCHS = 200 };
  for (size_t epoch = 0; epoch < EPOCHS; epoch++) {
    assert_int_equal(draw_epoch(b, epoch, order), STEPS * BATCH); /* none is short */
    for (int i = 0; i < STEPS * BATCH; i++) hits[order[i]]++;
  }
  /* 240 of each on average, standard deviation 15.2: five of them on either side */
  for (int i = 0; i < N; i++) assert_in_range(hits[i], 164, 316);
  dpb_batcher_destroy(b);
  dpb_dataset_destroy(d);
}

/* Where each sample comes to lie after a shuffle is equally likely. */
static void shuffles_evenly(void **state) {
  (void)state;
  enum { M = 5, ROUNDS = 5000 };
  int hits[M][M] = {{0}};
  dpb_rng rng = dpb_rng_seed(3);
  for (int round = 0; round < ROUNDS; round++) {
    uint32_t order[M] = {0, 1, 2, 3, 4};
    dpb__shuffle(order, M, &rng);
    for (int i = 0; i < M; i++) hits[i][order[i]]++;
  }
  /* 1000 on average, standard deviation 28: five of them */
  for (int i = 0; i < M; i++)
    for (int k = 0; k < M; k++) assert_in_range(hits[i][k], 858, 1142);
}

static void cuts_the_batch_to_the_dataset(void **state) {
  (void)state;
  for (int sampling = 0; sampling <= DPB_WITH_REPLACEMENT; sampling++) {
    dpb_dataset *d = make_dataset(N);
    dpb_batcher *b = make_batcher(d, 1000000, (dpb_sampling)sampling, 1);
    assert_int_equal(dpb_batcher_steps(b), 1);
    dpb_batch batch;
    assert_ok(dpb_batcher_get(b, 0, &batch));
    assert_int_equal(batch.n, N);
    dpb_batcher_destroy(b);
    dpb_dataset_destroy(d);
  }
}

static void refuses_bad_arguments(void **state) {
  (void)state;
  dpb_dataset *d = make_dataset(N);
  dpb_batcher *b = (dpb_batcher *)&b;
  assert_fails(dpb_batcher_create(d, 0, DPB_SHUFFLE, 1, &b), DPB_ERR_ARG, "batch is 0");
  assert_null(b);
  assert_fails(dpb_batcher_create(d, -5, DPB_SHUFFLE, 1, &b), DPB_ERR_ARG, "batch is -5");
  assert_fails(dpb_batcher_create(NULL, 5, DPB_SHUFFLE, 1, &b), DPB_ERR_ARG, "dataset");
  assert_fails(dpb_batcher_create(d, 5, (dpb_sampling)3, 1, &b), DPB_ERR_ARG,
               "no sampling 3");
  assert_fails(dpb_batcher_create(d, 5, DPB_SHUFFLE, 1, NULL), DPB_ERR_ARG, "NULL");
  assert_fails(dpb_batcher_start(NULL, 0), DPB_ERR_ARG, "batcher is NULL");
  dpb_batch batch;
  assert_fails(dpb_batcher_get(NULL, 0, &batch), DPB_ERR_ARG, "batcher is NULL");
  b = make_batcher(d, 5, DPB_SHUFFLE, 1);
  assert_fails(dpb_batcher_get(b, 0, NULL), DPB_ERR_ARG, "batch is NULL");
  dpb_batcher_destroy(b);
  dpb_batcher_destroy(NULL);
  assert_int_equal(dpb_batcher_steps(NULL), 0);
  dpb_dataset_destroy(d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shuffles_every_sample_once),
      cmocka_unit_test(order_depends_on_seed_and_epoch_alone),
      cmocka_unit_test(begins_at_epoch_0),
      cmocka_unit_test(is_a_stream_of_its_own),
      cmocka_unit_test(keeps_the_order),
      cmocka_unit_test(draws_with_replacement),
      cmocka_unit_test(shuffles_evenly),
      cmocka_unit_test(cuts_the_batch_to_the_dataset),
      cmocka_unit_test(refuses_bad_arguments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
