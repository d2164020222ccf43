/* SPDX-License-Identifier: MIT
 *
 * Time that has passed, and time as people say it.
 */
#ifndef APP_ELAPSED_H
#define APP_ELAPSED_H

/* Seconds of a clock that only goes forward. */
double elapsed_now(void);

/* "3.2 ms", "41 s", "5 min 20 s", "7 h 3 min", "41 days". Returns text. */
const char *elapsed_text(double seconds, char text[32]);

#endif
