/* SPDX-License-Identifier: MIT
 *
 * Numbers as text, the same in every locale.
 */
#ifndef DPB_BASE_NUMBER_H
#define DPB_BASE_NUMBER_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole of text (length bytes) must be the number: no spaces, nothing behind it, no
 * hexadecimal. False for anything else, a value out of range included; *value is
 * untouched then. A double may be "inf" or "nan"; one too small becomes the nearest, down
 * to 0. */
bool dpb__parse_int(const char *text, size_t length, int64_t *value);
bool dpb__parse_double(const char *text, size_t length, double *value);

/* Shortest decimal form that reads back as the same float or double ("0.1", "1e-07",
 * "nan", "inf"). text needs 32 bytes. Returns its length. */
size_t dpb__print_float(float value, char text[32]);
size_t dpb__print_double(double value, char text[32]);

/* Puts the calling thread, and no other, into the C locale until it leaves again. */
locale_t dpb__locale_enter(void);
void dpb__locale_leave(locale_t host);

#endif
