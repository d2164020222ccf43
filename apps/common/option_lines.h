/* SPDX-License-Identifier: MIT
 *
 * Options as text, a line "--name=value" each, and back: how a run remembers what was
 * asked of it.
 */
#ifndef APP_OPTION_LINES_H
#define APP_OPTION_LINES_H

#include "options.h"

/* The present values of the options of a table, but those named in but (NULL at its end):
 * numbers that are out of range were not given and are left out. New memory. */
char *option_lines(const option_spec *options, int count, const char *const *but);

/* Reads such lines into the targets; texts then point into lines, which is cut up. Lines
 * for options that are not in the table, or are named in but, are refused. Returns
 * EXIT_OK or EXIT_DATA, with the reason printed; path is for that. */
int option_lines_read(const option_spec *options, int count, const char *const *but,
                      const char *path, char *lines);

#endif
