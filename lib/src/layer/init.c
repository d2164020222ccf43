/* SPDX-License-Identifier: MIT
 *
 * How weights begin: normal or uniform, with the standard deviation of section 6.2 or of
 * Glorot and Bengio (Understanding the difficulty of training deep feedforward neural
 * networks, 2010).
 */
#include "layer/init.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "base/number.h"
#include "layer/words.h"

static dpb_status check_number(const char *what, float value) {
  if (isfinite(value) && value > 0) return DPB_OK;
  char text[32];
  dpb__print_float(value, text);
  return dpb__fail(DPB_ERR_ARG, "%s is %s, must be above 0", what, text);
}

dpb_status dpb__init_check(const dpb_init *init) {
  int kind = (int)init->kind;
  if (kind < DPB_INIT_AUTO || kind > DPB_INIT_GLOROT_UNIFORM)
    return dpb__fail(DPB_ERR_ARG, "init kind is %d, must be %d to %d", kind,
                     (int)DPB_INIT_AUTO, (int)DPB_INIT_GLOROT_UNIFORM);
  if (init->kind == DPB_INIT_STD) return check_number("std", init->std);
  if (init->kind == DPB_INIT_UNIFORM) return check_number("uniform range", init->range);
  return DPB_OK;
}

double dpb__init_std(const dpb_init *init, size_t fan_in, size_t fan_out) {
  switch (init->kind) {
  case DPB_INIT_STD:
    return (double)init->std;
  case DPB_INIT_UNIFORM:
    return (double)init->range / sqrt(3.0);
  case DPB_INIT_HE:
  case DPB_INIT_HE_UNIFORM:
    return sqrt(2.0 / (double)fan_in);
  case DPB_INIT_GLOROT:
  case DPB_INIT_GLOROT_UNIFORM:
    return sqrt(2.0 / ((double)fan_in + (double)fan_out));
  case DPB_INIT_AUTO:
  case DPB_INIT_XAVIER:
  case DPB_INIT_XAVIER_UNIFORM:
    break;
  }
  return sqrt(1.0 / (double)fan_in);
}

static bool is_uniform(dpb_init_kind kind) {
  return kind == DPB_INIT_UNIFORM || kind == DPB_INIT_HE_UNIFORM ||
         kind == DPB_INIT_XAVIER_UNIFORM || kind == DPB_INIT_GLOROT_UNIFORM;
}

void dpb__init_fill(const dpb_init *init, size_t fan_in, size_t fan_out, dpb_rng *rng,
                    size_t count, float *weights) {
  const double std = dpb__init_std(init, fan_in, fan_out);
  if (is_uniform(init->kind)) {
    const float range =
        init->kind == DPB_INIT_UNIFORM ? init->range : (float)(sqrt(3.0) * std);
    for (size_t i = 0; i < count; i++)
      weights[i] = range * (2.0f * dpb_rng_uniform(rng) - 1.0f);
  } else {
    for (size_t i = 0; i < count; i++) weights[i] = (float)std * dpb_rng_normal(rng);
  }
}

static const char *word_of(dpb_init_kind kind) {
  switch (kind) {
  case DPB_INIT_STD:
    return " std ";
  case DPB_INIT_UNIFORM:
    return " uniform ";
  case DPB_INIT_XAVIER:
    return " xavier";
  case DPB_INIT_HE:
    return " he";
  case DPB_INIT_GLOROT:
    return " glorot";
  case DPB_INIT_XAVIER_UNIFORM:
    return " xavier uniform";
  case DPB_INIT_HE_UNIFORM:
    return " he uniform";
  case DPB_INIT_GLOROT_UNIFORM:
    return " glorot uniform";
  case DPB_INIT_AUTO:
    break;
  }
  return "";
}

void dpb__init_format(const dpb_init *init, char *text, size_t capacity) {
  const size_t used = strlen(text);
  char number[32] = "";
  if (init->kind == DPB_INIT_STD) dpb__print_float(init->std, number);
  if (init->kind == DPB_INIT_UNIFORM) dpb__print_float(init->range, number);
  snprintf(text + used, capacity - used, "%s%s", word_of(init->kind), number);
}

dpb_status dpb_init_from_text(const char *text, dpb_init *init) {
  if (!init) return dpb__fail(DPB_ERR_ARG, "dpb_init_from_text: init is NULL");
  *init = (dpb_init){0};
  if (!text) return dpb__fail(DPB_ERR_ARG, "dpb_init_from_text: text is NULL");
  struct dpb__words words = dpb__words_of(text, strlen(text));
  dpb_init read = {0};
  bool taken = false;
  dpb__words_next(&words);
  const unsigned host_mode = dpb__float_enter_plain();
  dpb_status status = dpb__words_init(&words, &read, &taken);
  dpb__float_leave(host_mode);
  if (status != DPB_OK) return status;
  if (!taken || dpb__words_next(&words))
    return dpb__fail(
        DPB_ERR_SPEC,
        "init '%.40s' is not understood (there are: he, xavier, glorot, each "
        "also uniform, std X, uniform X)",
        text);
  status = dpb__init_check(&read);
  if (status == DPB_OK) *init = read;
  return status;
}
