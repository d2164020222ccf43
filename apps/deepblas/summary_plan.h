/* SPDX-License-Identifier: MIT
 *
 * How a network's products are carried out, for 'deepblas summary --plan'.
 */
#ifndef APP_SUMMARY_PLAN_H
#define APP_SUMMARY_PLAN_H

#include <deepblas/model.h>

#include "json.h"

/* A table with a row for each product, for a mini-batch of batch samples. */
void summary_plan_print(const dpb_model *model, int batch);

/* The plans of one layer's three products, null where there is none, under the key
 * "plan". */
void summary_plan_json(json *j, const dpb_model *model, int layer, int batch);

#endif
