/* SPDX-License-Identifier: MIT
 *
 * The book's smooth_curve (common/util.py), for losses of mini-batches.
 */
#ifndef APP_SMOOTH_H
#define APP_SMOOTH_H

#include <stddef.h>

/* Each number becomes the mean of the 11 around it, weighted by a Kaiser window of beta
 * 2; at the ends the curve goes on as its mirror image. Fewer than 11 stay as they are.
 */
void smooth_curve(const double y[], double smooth[], size_t n);

#endif
