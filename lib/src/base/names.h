/* SPDX-License-Identifier: MIT
 *
 * The names of classes.
 */
#ifndef DPB_BASE_NAMES_H
#define DPB_BASE_NAMES_H

#include <deepblas/status.h>

/* Copies names into one block for dpb__release. */
dpb_status dpb__class_names_copy(int count, const char *const *names, char ***copy);

/* DPB_ERR_ARG names the class whose name is NULL or empty. */
dpb_status dpb__class_names_check(int count, const char *const *names);

/* The names as one text for dpb__release, a line each. A backslash, control characters,
 * and in a name that is not UTF-8 all bytes above 127, are written as \x0a. */
dpb_status dpb__class_names_join(int count, char *const *names, char **text);

/* The way back, in place: names[0 .. count - 1] point into text. Returns count; most + 1
 * when there are more than most; -(i + 1) when name i is empty or no such text. */
int dpb__class_names_split(char *text, int most, char **names);

#endif
