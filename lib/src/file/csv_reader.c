/* SPDX-License-Identifier: MIT
 *
 * Comma-separated values: a small machine that eats the file byte by byte. Memory grows
 * with the longest record, and a field has a limit, so that a quote that is never closed
 * does not swallow the whole file.
 */
#include "file/csv_reader.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "file/byte_source.h"

enum { CHUNK = 64 * 1024, MAX_FIELD = 64 * 1024, MAX_FIELDS = 1 << 20 };

struct dpb__csv {
  const char *path;
  dpb__byte_source *source;
  char separator;
  size_t line; /* being read */
  size_t record_line;
  size_t at; /* in chunk */
  size_t filled;
  char *text; /* of the record: its fields one behind the other, each with a 0 */
  size_t text_size;
  size_t text_capacity;
  size_t *begins; /* of each field in text */
  size_t count;
  size_t begins_capacity;
  unsigned char chunk[CHUNK];
};

/* -- memory */

/* Room for at least needed items of size bytes, twice what there was. */
static dpb_status grow(void **memory, size_t *capacity, size_t used, size_t size) {
  size_t larger = *capacity < 64 ? 128 : *capacity * 2;
  void *made = NULL;
  dpb_status status = dpb__allocate(larger, size, "csv: a record", &made);
  if (status != DPB_OK) return status;
  if (used > 0) memcpy(made, *memory, used * size);
  dpb__release(*memory);
  *memory = made;
  *capacity = larger;
  return DPB_OK;
}

static dpb_status put(dpb__csv *csv, char c) {
  if (csv->text_size == csv->text_capacity) {
    void *memory = csv->text;
    dpb_status status = grow(&memory, &csv->text_capacity, csv->text_size, 1);
    csv->text = memory;
    if (status != DPB_OK) return status;
  }
  csv->text[csv->text_size++] = c;
  return DPB_OK;
}

static dpb_status begin_field(dpb__csv *csv) {
  if (csv->count == MAX_FIELDS) {
    return dpb__fail(DPB_ERR_SIZE, "%s: line %zu: more than %d fields", csv->path,
                     csv->line, MAX_FIELDS);
  }
  if (csv->count == csv->begins_capacity) {
    void *memory = csv->begins;
    dpb_status status =
        grow(&memory, &csv->begins_capacity, csv->count, sizeof *csv->begins);
    csv->begins = memory;
    if (status != DPB_OK) return status;
  }
  csv->begins[csv->count++] = csv->text_size;
  return DPB_OK;
}

/* -- bytes */

/* The next byte without taking it; -1 at the end of the file. */
static dpb_status peek(dpb__csv *csv, int *c) {
  if (csv->at == csv->filled) {
    csv->at = 0;
    dpb_status status =
        dpb__byte_source_some(csv->source, csv->chunk, CHUNK, &csv->filled);
    if (status != DPB_OK) {
      csv->filled = 0;
      return status;
    }
  }
  *c = csv->filled == 0 ? -1 : csv->chunk[csv->at];
  if (*c != 0) return DPB_OK;
  return dpb__fail(DPB_ERR_FORMAT, "%s: line %zu: a zero byte: this is no text file",
                   csv->path, csv->line);
}

static bool ends_line(int c) {
  return c == '\n' || c == '\r' || c == -1;
}

static bool is_blank(const dpb__csv *csv, int c) {
  return (c == ' ' || c == '\t') && c != csv->separator;
}

/* Takes the end of a line: LF, CR or CR LF. */
static dpb_status take_line_end(dpb__csv *csv, int c) {
  if (c == -1) return DPB_OK;
  csv->at++;
  csv->line++;
  if (c != '\r') return DPB_OK;
  int next;
  dpb_status status = peek(csv, &next);
  if (status == DPB_OK && next == '\n') csv->at++;
  return status;
}

static dpb_status skip_blanks(dpb__csv *csv, int *c) {
  dpb_status status = peek(csv, c);
  while (status == DPB_OK && is_blank(csv, *c)) {
    csv->at++;
    status = peek(csv, c);
  }
  return status;
}

static dpb_status check_field_size(const dpb__csv *csv, size_t line) {
  size_t length = csv->text_size - csv->begins[csv->count - 1];
  if (length <= MAX_FIELD) return DPB_OK;
  return dpb__fail(DPB_ERR_FORMAT,
                   "%s: line %zu: field %zu is longer than %d bytes; is a quote missing?",
                   csv->path, line, csv->count, MAX_FIELD);
}

/* -- fields */

static dpb_status read_bare(dpb__csv *csv, int *c) {
  dpb_status status = DPB_OK;
  while (!ends_line(*c) && *c != csv->separator) {
    status = put(csv, (char)*c);
    if (status == DPB_OK) status = check_field_size(csv, csv->line);
    if (status != DPB_OK) return status;
    csv->at++;
    status = peek(csv, c);
    if (status != DPB_OK) return status;
  }
  size_t begin = csv->begins[csv->count - 1];
  while (csv->text_size > begin && is_blank(csv, csv->text[csv->text_size - 1])) {
    csv->text_size--;
  }
  return status;
}

/* Behind the opening quote, up to what follows the closing one. */
static dpb_status read_quoted(dpb__csv *csv, int *c) {
  size_t first_line = csv->line;
  for (;;) {
    dpb_status status = peek(csv, c);
    if (status != DPB_OK) return status;
    if (*c == -1) {
      return dpb__fail(DPB_ERR_FORMAT,
                       "%s: line %zu: the quote of field %zu is never closed", csv->path,
                       first_line, csv->count);
    }
    csv->at++;
    if (*c == '\n') csv->line++;
    if (*c == '"') {
      status = peek(csv, c);
      if (status != DPB_OK) return status;
      if (*c != '"') break;
      csv->at++; /* two quotes are one */
    }
    status = put(csv, (char)*c);
    if (status == DPB_OK) status = check_field_size(csv, first_line);
    if (status != DPB_OK) return status;
  }
  dpb_status status = skip_blanks(csv, c);
  if (status != DPB_OK || ends_line(*c) || *c == csv->separator) return status;
  return dpb__fail(DPB_ERR_FORMAT,
                   "%s: line %zu: text behind the closing quote of field %zu", csv->path,
                   csv->line, csv->count);
}

/* One record, which may be an empty line: then it has one empty field. */
static dpb_status read_record(dpb__csv *csv) {
  csv->text_size = 0;
  csv->count = 0;
  csv->record_line = csv->line;
  for (;;) {
    int c;
    dpb_status status = begin_field(csv);
    if (status == DPB_OK) status = skip_blanks(csv, &c);
    if (status != DPB_OK) return status;
    if (c == '"') {
      csv->at++;
      status = read_quoted(csv, &c);
    } else {
      status = read_bare(csv, &c);
    }
    if (status == DPB_OK) status = put(csv, '\0');
    if (status != DPB_OK) return status;
    if (ends_line(c)) return take_line_end(csv, c);
    csv->at++; /* the separator */
  }
}

dpb_status dpb__csv_next(dpb__csv *csv, bool *there) {
  *there = false;
  for (;;) {
    int c;
    dpb_status status = peek(csv, &c);
    if (status != DPB_OK || c == -1) return status;
    status = read_record(csv);
    if (status != DPB_OK) return status;
    if (csv->count > 1 || csv->text[0] != '\0') break;
  }
  *there = true;
  return DPB_OK;
}

/* -- opening */

static char find_separator(const dpb__csv *csv) {
  bool quoted = false, semicolon = false;
  for (size_t i = csv->at; i < csv->filled; i++) {
    unsigned char c = csv->chunk[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\t') return '\t';
    if (c == ';') semicolon = true;
    bool line_end = c == '\n' || c == '\r';
    bool first = i == csv->at;
    if (line_end && !first && semicolon) break;
    /* an empty line says nothing */
    if (line_end && memchr(csv->chunk + csv->at, ',', i - csv->at) != NULL) break;
  }
  return semicolon ? ';' : ',';
}

static dpb_status begin(dpb__csv *csv) {
  int c;
  dpb_status status = peek(csv, &c);
  if (status != DPB_OK) return status;
  if (c == -1) return dpb__fail(DPB_ERR_FORMAT, "%s: the file is empty", csv->path);
  const unsigned char *b = csv->chunk;
  if (csv->filled >= 2 &&
      ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff))) {
    return dpb__fail(DPB_ERR_UNSUPPORTED, "%s: is UTF-16 text, UTF-8 was expected",
                     csv->path);
  }
  if (csv->filled >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0) csv->at = 3;
  if (csv->separator == 0) csv->separator = find_separator(csv);
  return DPB_OK;
}

dpb_status dpb__csv_open(const char *path, char separator, dpb__csv **csv) {
  *csv = NULL;
  if (separator == '"' || separator == '\n' || separator == '\r' || separator == '.') {
    return dpb__fail(DPB_ERR_ARG, "csv: character %d cannot separate fields", separator);
  }
  void *memory = NULL;
  dpb_status status = dpb__allocate(1, sizeof(dpb__csv), "csv", &memory);
  if (status != DPB_OK) return status;
  dpb__csv *made = memory;
  made->path = path;
  made->separator = separator;
  made->line = 1;
  status = dpb__byte_source_open(path, &made->source);
  if (status == DPB_OK) status = begin(made);
  if (status != DPB_OK) {
    dpb__csv_close(made);
    return status;
  }
  *csv = made;
  return DPB_OK;
}

void dpb__csv_close(dpb__csv *csv) {
  if (csv == NULL) return;
  dpb__byte_source_close(csv->source);
  dpb__release(csv->text);
  dpb__release(csv->begins);
  dpb__release(csv);
}

size_t dpb__csv_count(const dpb__csv *csv) {
  return csv->count;
}

const char *dpb__csv_field(const dpb__csv *csv, size_t index, size_t *length) {
  size_t end = index + 1 < csv->count ? csv->begins[index + 1] : csv->text_size;
  if (length != NULL) *length = end - csv->begins[index] - 1;
  return csv->text + csv->begins[index];
}

size_t dpb__csv_line(const dpb__csv *csv) {
  return csv->record_line;
}

const char *dpb__csv_excerpt(const char *field, char excerpt[DPB__CSV_EXCERPT]) {
  enum { KEPT = DPB__CSV_EXCERPT - 8 };
  size_t length = strlen(field);
  size_t kept = length < KEPT ? length : KEPT;
  /* not in the middle of a UTF-8 character */
  while (length > kept && kept > 0 && ((unsigned char)field[kept] & 0xc0) == 0x80) kept--;
  for (size_t i = 0; i < kept; i++) {
    unsigned char c = (unsigned char)field[i];
    excerpt[i] = c < 0x20 || c == 0x7f ? '?' : field[i];
  }
  strcpy(excerpt + kept, length > kept ? "..." : "");
  return excerpt;
}
