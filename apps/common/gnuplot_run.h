/* SPDX-License-Identifier: MIT
 *
 * gnuplot as a child process.
 */
#ifndef APP_GNUPLOT_RUN_H
#define APP_GNUPLOT_RUN_H

#include <stddef.h>

typedef enum gnuplot_end {
  GNUPLOT_DONE,
  GNUPLOT_MISSING, /* there is none on the PATH */
  GNUPLOT_FAILED   /* with the reason in message */
} gnuplot_end;

/* Runs gnuplot on a script of the folder, inside that folder, with its default settings
 * in the C locale, and waits for its end. */
gnuplot_end gnuplot_run(const char *folder, const char *script, char *message,
                        size_t size);

#endif
