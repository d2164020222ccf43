/* SPDX-License-Identifier: MIT
 *
 * UTF-8, character by character.
 */
#ifndef DPB_BASE_UTF8_H
#define DPB_BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

/* Takes one character off a text that is not at its end; false where it is not
 * well-formed (too long a form, surrogates and what is above U+10FFFF included). */
bool dpb__utf8_next(const unsigned char **text, uint32_t *c);

/* Whether all of a text is well-formed. */
bool dpb__utf8_is_valid(const char *text);

#endif
