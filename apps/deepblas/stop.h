/* SPDX-License-Identifier: MIT
 *
 * SIGINT and SIGTERM as a wish to stop after the present step.
 */
#ifndef APP_STOP_H
#define APP_STOP_H

/* From now on the first such signal is only noted; a second one ends the program at once.
 */
void stop_watch(void);

/* The signal that came, or 0. */
int stop_signal(void);

#endif
