/* SPDX-License-Identifier: MIT
 *
 * Comma-separated values (RFC 4180), record by record: what stands where, not what it
 * means.
 */
#ifndef DPB_FILE_CSV_READER_H
#define DPB_FILE_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>

#include <deepblas/status.h>

typedef struct dpb__csv dpb__csv;

/* separator 0: a tab, else a semicolon, else a comma, whichever the first line has. The
 * reader keeps the pointer path for its messages. */
dpb_status dpb__csv_open(const char *path, char separator, dpb__csv **csv);
void dpb__csv_close(dpb__csv *csv);

/* Goes to the next record that is not an empty line; *there is false behind the last.
 * DPB_ERR_FORMAT names the line. */
dpb_status dpb__csv_next(dpb__csv *csv, bool *there);

/* The present record: fields without quotes and without blanks around bare ones, each
 * terminated, valid until the next call; and the line it begins in, from 1 on. */
size_t dpb__csv_count(const dpb__csv *csv);
const char *dpb__csv_field(const dpb__csv *csv, size_t index, size_t *length);
size_t dpb__csv_line(const dpb__csv *csv);

/* A field as it can stand in a message: at most 40 bytes, no control characters. */
enum { DPB__CSV_EXCERPT = 48 };
const char *dpb__csv_excerpt(const char *field, char excerpt[DPB__CSV_EXCERPT]);

#endif
