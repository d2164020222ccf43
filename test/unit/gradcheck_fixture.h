/* SPDX-License-Identifier: MIT
 *
 * Gradient checks of small networks, and faults planted into their layers.
 */
#ifndef TEST_GRADCHECK_FIXTURE_H
#define TEST_GRADCHECK_FIXTURE_H

#include <stdio.h>

#include "layer_fixture.h"
#include "model/stages.h"

enum { MOST_ROWS = 48 };

typedef struct verdict {
  dpb_gradcheck_row rows[MOST_ROWS];
  int count;
  int passed;
} verdict;

/* A model of text with noise on its biases, too, so that nothing is special. */
static inline dpb_model *noisy_model(dpb_hwc input, const char *text) {
  dpb_model *model = NULL;
  const dpb_model_config config = {
      .input = input, .max_batch = 60, .threads = 2, .seed = 21};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  dpb_add_text(model, text);
  if (dpb_model_build(model) != DPB_OK) fail_msg("%s: %s", text, dpb_error_message());
  dpb_rng rng = dpb_rng_seed(22);
  for (int i = 0; i < model->layer_count; i++)
    for (int j = 0; j < model->layers[i].param_count; j++) {
      const dpb__param *param = &model->layers[i].params[j];
      if (param->weight) continue;
      for (size_t k = 0; k < param->count; k++)
        model->params[param->offset + k] += 0.1f * dpb_rng_normal(&rng);
    }
  return model;
}

static inline verdict run_gradcheck(dpb_model *model, int batch, uint64_t seed) {
  verdict v = {.passed = -1};
  const dpb_gradcheck_config config = {.batch = batch, .seed = seed};
  if (dpb_gradcheck(model, &config, v.rows, MOST_ROWS, &v.count, &v.passed) != DPB_OK)
    fail_msg("%s", dpb_error_message());
  assert_int_equal(v.count, dpb_model_parameter_count(model));
  return v;
}

static inline void print_rows(const verdict *v) {
  for (int i = 0; i < v->count; i++)
    print_message("%s: error %.3g, largest %.3g, %d checked, %d skipped, passed %d\n",
                  v->rows[i].name, v->rows[i].error, v->rows[i].largest,
                  v->rows[i].checked, v->rows[i].skipped, v->rows[i].passed);
}

/* Every row passes, with something compared. */
static inline void check_passes(dpb_hwc input, const char *text, int batch) {
  dpb_model *model = noisy_model(input, text);
  const verdict v = run_gradcheck(model, batch, 1);
  int good = v.passed == 1;
  for (int i = 0; i < v.count; i++) {
    const dpb_gradcheck_row *row = &v.rows[i];
    good = good && row->passed && row->error <= 1e-4 && (row->largest > 0 || row->zero) &&
           row->checked > 2 * row->skipped;
  }
  if (!good) {
    print_rows(&v);
    fail_msg("'%s' fails its gradient check", text);
  }
  dpb_model_destroy(model);
}

#endif
