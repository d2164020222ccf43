/* SPDX-License-Identifier: MIT
 *
 * How weights begin: normal, with the standard deviation of section 6.2.
 */
#include "layer/init.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"

dpb_status dpb__init_check(const dpb_init *init) {
  int kind = (int)init->kind;
  if (kind < DPB_INIT_AUTO || kind > DPB_INIT_HE)
    return dpb__fail(DPB_ERR_ARG, "init kind is %d, must be %d to %d", kind,
                     (int)DPB_INIT_AUTO, (int)DPB_INIT_HE);
  if (init->kind == DPB_INIT_STD && !(isfinite(init->std) && init->std > 0)) {
    char std[32];
    dpb__print_float(init->std, std);
    return dpb__fail(DPB_ERR_ARG, "std is %s, must be above 0", std);
  }
  return DPB_OK;
}

double dpb__init_std(const dpb_init *init, size_t fan_in) {
  switch (init->kind) {
  case DPB_INIT_STD:
    return (double)init->std;
  case DPB_INIT_HE:
    return sqrt(2.0 / (double)fan_in);
  case DPB_INIT_AUTO:
  case DPB_INIT_XAVIER:
    break;
  }
  return sqrt(1.0 / (double)fan_in);
}

void dpb__init_normal(const dpb_init *init, size_t fan_in, dpb_rng *rng, size_t count,
                      float *weights) {
  float std = (float)dpb__init_std(init, fan_in);
  for (size_t i = 0; i < count; i++) weights[i] = std * dpb_rng_normal(rng);
}

void dpb__init_format(const dpb_init *init, char *text, size_t capacity) {
  size_t used = strlen(text);
  char std[32];
  switch (init->kind) {
  case DPB_INIT_STD:
    dpb__print_float(init->std, std);
    snprintf(text + used, capacity - used, " std %s", std);
    break;
  case DPB_INIT_XAVIER:
    snprintf(text + used, capacity - used, " xavier");
    break;
  case DPB_INIT_HE:
    snprintf(text + used, capacity - used, " he");
    break;
  case DPB_INIT_AUTO:
    break;
  }
}
