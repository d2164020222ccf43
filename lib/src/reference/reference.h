/* SPDX-License-Identifier: MIT
 *
 * The oracle: the forward of every layer in double precision and plain loops, written
 * from the formulas and not from the fast code. Nothing here is fast; the gradient check
 * and the tests compare the library with it.
 */
#ifndef DPB_REFERENCE_REFERENCE_H
#define DPB_REFERENCE_REFERENCE_H

#include "reference/reference_pass.h"

/* The reference of a layer, NULL when it has none (a test forbids that). */
dpb__reference_forward dpb__reference_find(const char *name);

/* Mean of the losses of n samples under the head of that name, weighted where the head
 * weighs classes; NaN for an unknown head. */
double dpb__reference_loss(const char *head, const dpb__head_config *config, int n,
                           int classes, const double *z, const dpb__truth *truth);

#endif
