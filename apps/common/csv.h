/* SPDX-License-Identifier: MIT
 *
 * Numbers as comma-separated values: what a picture is drawn from.
 */
#ifndef APP_CSV_H
#define APP_CSV_H

#include <stdio.h>

/* A file that is being written, "name.part" until it is whole. Begin with {0}. */
typedef struct csv_file {
  char path[1024];
  FILE *file;
} csv_file;

/* Opens folder/name for writing, making the folder when it is not there, and writes the
 * line of column names, "step,loss". Without a folder (NULL) nothing will be written.
 * Returns EXIT_OK, or EXIT_DATA with the reason printed. */
int csv_open(csv_file *csv, const char *folder, const char *name, const char *columns);

/* A row, values as printf writes them, with the line's end: csv_row(&csv, "%d,%.9g", i,
 * loss). Failures show in csv_close. */
void csv_row(csv_file *csv, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For what the program has come to: after EXIT_OK, gives the file its name, says so on
 * stdout, and returns EXIT_OK, or EXIT_DATA with the reason printed and the old file, if
 * there was one, as it was. After any other code, leaves nothing behind and returns it. A
 * csv of {0} was never opened. */
int csv_close(csv_file *csv, int exit_code);

#endif
