/* SPDX-License-Identifier: MIT
 *
 * The file of finished trials. A line is a trial, and it counts when it ends in a line
 * feed: whatever a killed process left behind the last one is cut off on opening.
 */
#ifndef DPB_SEARCH_TRIALS_FILE_H
#define DPB_SEARCH_TRIALS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <deepblas/status.h>

typedef struct dpb__trials_file dpb__trials_file;

/* Takes a finished line, without its line feed; number counts from 1 in the file. */
typedef dpb_status (*dpb__take_line)(void *user, const char *line, size_t length,
                                     int number);

/* Opens path, alone: no other process can open it as long. head is the text, whole lines,
 * that every such file begins with. A new file gets it. In one that is there, and with
 * resume, every line behind the head goes to take; DPB_ERR_STATE names the first field
 * (they are divided by tabs) of the head that differs. */
dpb_status dpb__trials_file_open(const char *path, bool resume, const char *head,
                                 dpb__take_line take, void *user,
                                 dpb__trials_file **file);

/* Appends a line (its line feed included) and flushes it to the disk. After a failure the
 * file is as it was before. */
dpb_status dpb__trials_file_append(dpb__trials_file *file, const char *line,
                                   size_t length);

void dpb__trials_file_close(dpb__trials_file *file);

#endif
