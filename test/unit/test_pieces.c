/* SPDX-License-Identifier: MIT
 *
 * Pieces cover every tensor once, in order, and stay within it.
 */
#include "model_fixture.h"

#include "model/pieces.h"

static void pieces_cover_all_tensors(void **state) {
  (void)state;
  /* W1: 130 * 300 = 39,000 numbers, ten pieces; W2: 300 * 7 */
  dpb_model *model = build_model((dpb_hwc){1, 1, 130}, "affine 300, relu, affine 7", 2);
  const dpb__piece *piece = model->pieces;
  for (int i = 0; i < model->layer_count; i++)
    for (int j = 0; j < model->layers[i].param_count; j++) {
      const dpb__param *param = &model->layers[i].params[j];
      for (size_t done = 0; done < param->count; done += piece++->count) {
        assert_ptr_equal(piece->param, param);
        assert_int_equal(piece->begin, param->offset + done);
        assert_int_equal(piece->weight, param->weight);
        assert_in_range(piece->count, 1, DPB__PIECE_FLOATS);
        const size_t left = param->count - done;
        assert_true(piece->count == left || piece->count == DPB__PIECE_FLOATS);
      }
    }
  assert_int_equal(piece - model->pieces, model->piece_count);
  assert_int_equal(model->piece_count, 10 + 1 + 1 + 1);
  dpb_model_destroy(model);
}

/* Gradients made per shard come first in the flat vectors, and so do their pieces:
 * those of the normalisation before those of the layer in front of it. */
static void they_come_in_the_order_of_the_vectors(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){3, 3, 2},
                                 "affine 72, layernorm, affine 50, relu, affine 3", 2);
  for (int i = 1; i < model->piece_count; i++)
    assert_true(model->pieces[i].begin > model->pieces[i - 1].begin);
  assert_string_equal(model->pieces[0].param->role, "gamma");
  dpb_model_destroy(model);
}

static void count_run(void *arg, int task, int worker) {
  int *counts = arg;
  (void)worker;
  counts[task]++;
}

static void each_runs_once(void **state) {
  (void)state;
  static const char *const texts[] = {"affine 300, relu, affine 7", "affine 3"};
  for (int i = 0; i < 2; i++) {
    dpb_model *model = build_model((dpb_hwc){1, 1, 130}, texts[i], 3);
    int counts[16] = {0};
    dpb__pieces_run(model, count_run, counts);
    for (int j = 0; j < 16; j++) assert_int_equal(counts[j], j < model->piece_count);
    dpb_model_destroy(model);
  }
}

static void a_piece_of_exactly_the_largest_size(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){1, 1, 64}, "affine 64", 1);
  assert_int_equal(model->piece_count, 2);
  assert_int_equal(model->pieces[0].count, DPB__PIECE_FLOATS);
  assert_int_equal(model->pieces[1].count, 64);
  dpb_model_destroy(model);
}

static void none_where_there_is_nothing_to_do(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){1, 1, 4}, "relu", 1);
  assert_int_equal(model->piece_count, 0);
  dpb__pieces_run(model, count_run, NULL);
  dpb_model_destroy(model);

  const dpb_model_config config = {.input = {1, 1, 4}, .inference = 1};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  dpb_add_text(model, "affine 3");
  assert_int_equal(dpb_model_build(model), DPB_OK);
  assert_int_equal(model->piece_count, 0);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_cover_all_tensors),
      cmocka_unit_test(they_come_in_the_order_of_the_vectors),
      cmocka_unit_test(each_runs_once),
      cmocka_unit_test(a_piece_of_exactly_the_largest_size),
      cmocka_unit_test(none_where_there_is_nothing_to_do),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
