/* SPDX-License-Identifier: MIT
 *
 * What a program that lives long does with deepblas, in one round.
 */
#ifndef SOAK_WORK_H
#define SOAK_WORK_H

/* Writes the files that later rounds read, into folder. Each returns 0, or -1 with the
 * reason on stderr. */
int soak_begin(const char *folder);

/* Loads data of several formats, trains, saves, loads, predicts from several threads,
 * searches, and runs into errors on purpose. Leaves nothing open and no memory taken.
 * round chooses threads and seeds. */
int soak_round(unsigned round);

/* Removes the files. */
void soak_end(void);

#endif
