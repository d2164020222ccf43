/* SPDX-License-Identifier: MIT
 *
 * Half precision, IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits; the largest
 * number is 65504, the smallest above 0 is 2^-24.
 */
#ifndef APP_HALF_H
#define APP_HALF_H

#include <stdint.h>

/* Rounds to the nearest, of two equally near to the even one; beyond 65504 + 16 to
 * infinity. NaN stays NaN. */
uint16_t half_from_float(float value);

/* Exact. */
float half_to_float(uint16_t half);

#endif
