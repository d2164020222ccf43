/* SPDX-License-Identifier: MIT
 *
 * Writes JSON to a stream as it is told, on one line: commas, escapes and numbers that
 * read back as they were. Keys are NULL inside arrays.
 */
#ifndef APP_JSON_H
#define APP_JSON_H

#include <stdint.h>
#include <stdio.h>

#include <deepblas/tensor.h>

typedef struct json {
  FILE *file;
  int depth;
  int comma; /* the next value needs one in front */
} json;

json json_to(FILE *file);

void json_object(json *j, const char *key); /* { */
void json_end_object(json *j);              /* }, and a newline behind the outermost */
void json_array(json *j, const char *key);  /* [ */
void json_end_array(json *j);               /* ] */

void json_text(json *j, const char *key, const char *text); /* NULL: null */
void json_count(json *j, const char *key, uint64_t value);
void json_number(json *j, const char *key, double value); /* NaN, infinity: null */
void json_float(json *j, const char *key, float value);   /* 0.1 stays 0.1 */
void json_bool(json *j, const char *key, int value);
void json_hwc(json *j, const char *key, dpb_hwc value); /* [h, w, c] */
void json_shape(json *j, const char *key, const dpb_shape *shape);

#endif
