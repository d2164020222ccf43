/* SPDX-License-Identifier: MIT
 *
 * The value of one option, read strictly: the whole word, in range, or an error.
 */
#ifndef APP_OPTION_VALUE_H
#define APP_OPTION_VALUE_H

#include "option_spec.h"

/* Stores the value of option (NULL for a flag, or a switch alone) in its target. Returns
 * -1 when that went well, else EXIT_USAGE, with the reason printed. */
int option_value(const option_spec *option, const char *word);

#endif
