/* SPDX-License-Identifier: MIT
 *
 * Labels that are names: sorted once, at the end.
 */
#include "data/label_texts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/size.h"
#include "data/dataset.h"

enum { MAX_CLASSES = 65536 };

typedef struct named_row {
  const char *name;
  int64_t value; /* 0 for all where names are no numbers */
  size_t row;
} named_row;

dpb_status dpb__label_texts_add(dpb__label_texts *labels, const char *text,
                                size_t length) {
  if (labels->capacity - labels->size < length + 1) {
    size_t larger = 0;
    void *memory = NULL;
    if (!dpb__size_mul(labels->size + length + 64, 2, &larger)) {
      return dpb__fail(DPB_ERR_SIZE, "labels: %zu bytes are too many", labels->size);
    }
    dpb_status status = dpb__allocate(larger, 1, "labels", &memory);
    if (status != DPB_OK) return status;
    if (labels->size > 0) memcpy(memory, labels->texts, labels->size);
    dpb__release(labels->texts);
    labels->texts = memory;
    labels->capacity = larger;
  }
  memcpy(labels->texts + labels->size, text, length);
  labels->texts[labels->size + length] = '\0';
  labels->size += length + 1;
  labels->count++;
  return DPB_OK;
}

void dpb__label_texts_release(dpb__label_texts *labels) {
  dpb__release(labels->texts);
  *labels = (dpb__label_texts){.texts = NULL};
}

static int compare(const void *a, const void *b) {
  const named_row *x = a, *y = b;
  if (x->value != y->value) return x->value < y->value ? -1 : 1;
  return strcmp(x->name, y->name);
}

static void gather(const dpb__label_texts *texts, named_row *rows) {
  const char *at = texts->texts;
  bool numbers = true;
  for (size_t i = 0; i < texts->count; i++) {
    size_t length = strlen(at);
    rows[i] = (named_row){.name = at, .row = i};
    numbers = numbers && dpb__parse_int(at, length, &rows[i].value);
    at += length + 1;
  }
  for (size_t i = 0; i < texts->count && !numbers; i++) rows[i].value = 0;
}

static dpb_status number(named_row *rows, size_t count, const char *path, int32_t *labels,
                         int *classes, const char **names) {
  int32_t class = -1;
  for (size_t i = 0; i < count; i++) {
    if (i == 0 || strcmp(rows[i].name, rows[i - 1].name) != 0) {
      if (++class == MAX_CLASSES) {
        return dpb__fail(
            DPB_ERR_DATA,
            "%s: more than %d different labels: is the label another column?", path,
            MAX_CLASSES);
      }
      names[class] = rows[i].name;
    }
    labels[rows[i].row] = class;
  }
  *classes = class + 1;
  return DPB_OK;
}

dpb_status dpb__label_texts_number(const dpb__label_texts *texts, const char *path,
                                   int32_t *labels, int *classes, char ***names) {
  *names = NULL;
  void *rows = NULL, *distinct = NULL;
  size_t most = texts->count < MAX_CLASSES ? texts->count : MAX_CLASSES;
  dpb_status status =
      dpb__allocate(texts->count, sizeof(named_row), "labels: rows", &rows);
  if (status == DPB_OK)
    status = dpb__allocate(most, sizeof(char *), "labels: names", &distinct);
  if (status == DPB_OK) {
    gather(texts, rows);
    qsort(rows, texts->count, sizeof(named_row), compare);
    status = number(rows, texts->count, path, labels, classes, distinct);
  }
  if (status == DPB_OK)
    status = dpb__class_names_copy(*classes, (const char *const *)distinct, names);
  dpb__release(rows);
  dpb__release(distinct);
  return status;
}
