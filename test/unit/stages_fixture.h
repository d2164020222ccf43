/* SPDX-License-Identifier: MIT
 *
 * Models whose layers are made to work together in another way than their stages say, to
 * compare the two.
 */
#ifndef TEST_STAGES_FIXTURE_H
#define TEST_STAGES_FIXTURE_H

#include "model_fixture.h"

#include <math.h>

#include "model/stages.h"
#include "model/workspace.h"

/* After stages or tasks were changed: places are planned by them. */
static inline void plan_places_anew(dpb_model *model) {
  dpb__workspace_destroy(model->workspace);
  assert_int_equal(dpb__workspace_create(model, 120, dpb__pool_workers(model->pool), true,
                                         &model->workspace),
                   DPB_OK);
}

/* Number by number, as a share of the largest. */
static inline void check_close(const float *a, const float *b, size_t count,
                               double tolerance) {
  float most = 0.0f;
  for (size_t i = 0; i < count; i++) most = fmaxf(most, fabsf(a[i]));
  assert_true(most > 0.0f);
  for (size_t i = 0; i < count; i++)
    if (!(fabs((double)a[i] - (double)b[i]) <= tolerance * (double)most))
      fail_msg("number %zu: %g and %g", i, (double)a[i], (double)b[i]);
}

#endif
