/* SPDX-License-Identifier: MIT */
#include "model_fixture.h"

#include "model/stages.h"
#include "model/workspace.h"

static void test_shards_cover_the_batch(void **state) {
  (void)state;
  for (int n = 1; n <= 1000; n++) {
    const int shards = dpb__shards(n);
    assert_int_equal(dpb__shard_begin(n, 0), 0);
    assert_int_equal(dpb__shard_begin(n, shards), n);
    for (int i = 0; i < shards; i++) {
      const int size = dpb__shard_begin(n, i + 1) - dpb__shard_begin(n, i);
      assert_in_range(size, 1, DPB__SHARD_SAMPLES);
      assert_true(size >= n / shards - 4 && size <= n / shards + 5);
      assert_int_equal(dpb__shard_begin(n, i) % 4, 0);
    }
  }
}

/* Every array of a worker's shard in a list of [begin, end), to be checked for overlap.
 */
typedef struct span {
  const char *begin, *end;
} span;

static void check_apart(const span *spans, int count) {
  for (int i = 0; i < count; i++)
    for (int j = 0; j < i; j++)
      if (spans[i].begin < spans[j].end && spans[j].begin < spans[i].end)
        fail_msg("arrays %d and %d overlap", i, j);
}

static void check_same(const dpb__place *places, int i) {
  assert_int_equal(places[i].offset, places[i - 1].offset);
  assert_int_equal(places[i].shared, places[i - 1].shared);
}

static void check_arrays_apart(const char *net) {
  dpb_model *model = build_model((dpb_hwc){1, 1, 5}, net, 2);
  const dpb__workspace *ws = model->workspace;
  span spans[64];
  int count = 0;
  for (int worker = 0; worker < 2; worker++)
    for (int i = 0; i <= model->layer_count; i++) {
      const size_t sample = i < model->layer_count ? model->layers[i].in_count
                                                   : model->layers[i - 1].out_count;
      if (ws->activations[i].shared && worker > 0) continue;
      if (i > 0 && dpb__role_of(model, i - 1)->in_place) {
        check_same(ws->activations, i);
        check_same(ws->deltas, i);
        continue;
      }
      const int n = ws->activations[i].shared ? ws->max_batch : ws->shard_samples;
      const float *at = dpb__workspace_samples(
          ws, ws->activations[i], (dpb__span){.worker = worker, .first = 0}, sample);
      spans[count++] = (span){(const char *)at, (const char *)(at + sample * (size_t)n)};
    }
  for (int i = 1; i <= model->layer_count; i++) {
    if (!ws->deltas[i].shared || dpb__role_of(model, i - 1)->in_place) continue;
    const size_t sample = model->layers[i - 1].out_count;
    const float *at = dpb__workspace_samples(
        ws, ws->deltas[i], (dpb__span){.worker = 0, .first = 0}, sample);
    spans[count++] =
        (span){(const char *)at, (const char *)(at + sample * (size_t)ws->max_batch)};
  }
  check_apart(spans, count);
  for (int i = 0; i < count; i++) {
    assert_true(spans[i].begin >= ws->arena.base);
    assert_true(spans[i].end <= ws->arena.base + ws->arena.size);
  }
  dpb_model_destroy(model);
}

static void test_training_arrays_do_not_overlap(void **state) {
  (void)state;
  check_arrays_apart("affine 30, relu, affine 7, tanh, relu, affine 2");
  check_arrays_apart(
      "affine 30, batchnorm, relu, affine 7, tanh, batchnorm, dropout 0.5, "
      "affine 2");
}

/* Shards wait for each other in front of the last layer with statistics: what is in front
 * of it is everybody's, what is behind it the worker's. */
static void test_statistics_keep_what_is_in_front(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){1, 1, 5},
                                 "tanh, dropout 0.5, batchnorm, tanh, dropout 0.5", 2);
  const dpb__workspace *ws = model->workspace;
  for (int i = 0; i <= 5; i++) assert_int_equal(ws->activations[i].shared, i <= 2);
  for (int i = 0; i < 5; i++) assert_int_equal(ws->caches[i].shared, i < 2);
  for (int i = 1; i <= 5; i++) assert_int_equal(ws->deltas[i].shared, i == 3);
  const char *zero = dpb__workspace_cache(ws, 1, (dpb__span){.worker = 1, .first = 0});
  const char *seven = dpb__workspace_cache(ws, 1, (dpb__span){.worker = 0, .first = 7});
  assert_int_equal(seven - zero, 7 * 5); /* a byte for each number */
  dpb_model_destroy(model);
}

static void test_neighbours_do_not_share_a_buffer(void **state) {
  (void)state;
  dpb_model *model =
      build_model((dpb_hwc){1, 1, 5}, "affine 30, relu, tanh, affine 7, affine 3", 1);
  dpb__workspace *ws;
  assert_int_equal(dpb__workspace_create(model, 10, 1, false, &ws), DPB_OK);
  for (int i = 0; i < model->layer_count; i++)
    assert_true((ws->activations[i].offset == ws->activations[i + 1].offset) ==
                dpb__role_of(model, i)->in_place);
  assert_true(dpb__role_of(model, 1)->in_place);
  assert_int_equal(ws->shard_samples, 10);
  dpb__workspace_destroy(ws);
  dpb__workspace_destroy(NULL);
  dpb_model_destroy(model);
}

static void test_samples_of_a_shared_place_move_with_first(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){1, 1, 5}, "affine 3", 1);
  const dpb__workspace *ws = model->workspace;
  assert_true(ws->activations[0].shared);
  const float *zero = dpb__workspace_samples(ws, ws->activations[0],
                                             (dpb__span){.worker = 0, .first = 0}, 5);
  const float *seven = dpb__workspace_samples(ws, ws->activations[0],
                                              (dpb__span){.worker = 0, .first = 7}, 5);
  assert_int_equal(seven - zero, 35);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_shards_cover_the_batch),
      cmocka_unit_test(test_training_arrays_do_not_overlap),
      cmocka_unit_test(test_statistics_keep_what_is_in_front),
      cmocka_unit_test(test_neighbours_do_not_share_a_buffer),
      cmocka_unit_test(test_samples_of_a_shared_place_move_with_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
