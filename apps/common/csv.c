/* SPDX-License-Identifier: MIT
 *
 * Rows go to a file beside the one that is meant, which they replace when all of them are
 * written: who draws from it meanwhile sees the old numbers or the new ones.
 */
#include "csv.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "out_folder.h"
#include "report.h"

#define PART ".part"

static int part_path(const csv_file *csv, char *part, size_t capacity) {
  int length = snprintf(part, capacity, "%s" PART, csv->path);
  return length > 0 && (size_t)length < capacity;
}

int csv_open(csv_file *csv, const char *folder, const char *name, const char *columns) {
  csv->file = NULL;
  if (folder == NULL) return EXIT_OK;
  char part[sizeof csv->path + sizeof PART];
  int length = snprintf(csv->path, sizeof csv->path, "%s/%s", folder, name);
  if (length < 0 || (size_t)length >= sizeof csv->path) {
    return fail(EXIT_DATA, "the path %s/%s is too long", folder, name);
  }
  if (folder_make(folder) != 0) {
    return fail(EXIT_DATA, "%s: %s", folder, strerror(errno));
  }
  part_path(csv, part, sizeof part);
  csv->file = fopen(part, "w");
  if (csv->file == NULL) return fail(EXIT_DATA, "%s: %s", part, strerror(errno));
  fprintf(csv->file, "%s\n", columns);
  return EXIT_OK;
}

void csv_row(csv_file *csv, const char *format, ...) {
  if (csv->file == NULL) return;
  va_list values;
  va_start(values, format);
  vfprintf(csv->file, format, values);
  va_end(values);
  putc('\n', csv->file);
}

int csv_close(csv_file *csv, int exit_code) {
  if (csv->file == NULL) return exit_code;
  char part[sizeof csv->path + sizeof PART];
  part_path(csv, part, sizeof part);
  errno = 0;
  int failed = ferror(csv->file);
  if (fclose(csv->file) != 0) failed = 1;
  csv->file = NULL;
  if (exit_code == EXIT_OK && !failed && rename(part, csv->path) != 0) failed = 1;
  if (exit_code == EXIT_OK && !failed) {
    printf("numbers    %s\n", csv->path);
    return EXIT_OK;
  }
  if (exit_code == EXIT_OK) {
    const char *reason = errno ? strerror(errno) : "writing failed";
    exit_code = fail(EXIT_DATA, "%s: %s", csv->path, reason);
  }
  unlink(part);
  return exit_code;
}
