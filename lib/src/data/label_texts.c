/* SPDX-License-Identifier: MIT
 *
 * Labels that are names: each different one is kept once, and they are sorted at the end.
 * A label of a row is no more than a number, however many rows there are.
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

enum { MAX_CLASSES = 65536, FIRST_PLACES = 32 };

typedef struct named_class {
  const char *name;
  int64_t value; /* 0 for all where names are no numbers */
  size_t place;
} named_class;

static const char *text_at(const dpb__label_texts *labels, size_t place) {
  return labels->texts + labels->begins[place];
}

/* Where text is in the order, or belongs. */
static size_t find(const dpb__label_texts *labels, const char *text, bool *there) {
  size_t begin = 0, end = labels->count;
  *there = false;
  while (begin < end && !*there) {
    const size_t middle = begin + (end - begin) / 2;
    const int compared = strcmp(text_at(labels, labels->order[middle]), text);
    *there = compared == 0;
    if (compared >= 0)
      end = middle;
    else
      begin = middle + 1;
  }
  return end;
}

static dpb_status make_places(dpb__label_texts *labels) {
  if (labels->count < labels->places) return DPB_OK;
  const size_t places = labels->places == 0 ? FIRST_PLACES : 2 * labels->places;
  void *begins = NULL, *order = NULL;
  dpb_status status = dpb__allocate(places, sizeof(size_t), "labels", &begins);
  if (status == DPB_OK)
    status = dpb__allocate(places, sizeof(uint32_t), "labels", &order);
  if (status != DPB_OK) {
    dpb__release(begins);
    return status;
  }
  if (labels->count > 0) {
    memcpy(begins, labels->begins, labels->count * sizeof(size_t));
    memcpy(order, labels->order, labels->count * sizeof(uint32_t));
  }
  dpb__release(labels->begins);
  dpb__release(labels->order);
  labels->begins = begins;
  labels->order = order;
  labels->places = places;
  return DPB_OK;
}

static dpb_status make_room(dpb__label_texts *labels, size_t length) {
  if (labels->capacity - labels->size >= length + 1) return DPB_OK;
  size_t larger = 0;
  void *memory = NULL;
  if (!dpb__size_mul(labels->size + length + 64, 2, &larger))
    return dpb__fail(DPB_ERR_SIZE, "labels: %zu bytes are too many", labels->size);
  const dpb_status status = dpb__allocate(larger, 1, "labels", &memory);
  if (status != DPB_OK) return status;
  if (labels->size > 0) memcpy(memory, labels->texts, labels->size);
  dpb__release(labels->texts);
  labels->texts = memory;
  labels->capacity = larger;
  return DPB_OK;
}

/* Keeps the text that lies behind the others, as number at of the order. */
static void keep(dpb__label_texts *labels, size_t length, size_t at) {
  memmove(labels->order + at + 1, labels->order + at,
          (labels->count - at) * sizeof(uint32_t));
  labels->order[at] = (uint32_t)labels->count;
  labels->begins[labels->count++] = labels->size;
  labels->size += length + 1;
}

dpb_status dpb__label_texts_add(dpb__label_texts *labels, const char *path,
                                const char *text, size_t length, int32_t *place) {
  dpb_status status = make_places(labels);
  if (status == DPB_OK) status = make_room(labels, length);
  if (status != DPB_OK) return status;
  char *new = labels->texts + labels->size; /* it stays there if it is new */
  memcpy(new, text, length);
  new[length] = '\0';
  bool there;
  const size_t at = find(labels, new, &there);
  if (!there && labels->count == MAX_CLASSES)
    return dpb__fail(DPB_ERR_DATA,
                     "%s: more than %d different labels: is the label another column?",
                     path, MAX_CLASSES);
  if (!there) keep(labels, length, at);
  *place = (int32_t)labels->order[at];
  return DPB_OK;
}

void dpb__label_texts_release(dpb__label_texts *labels) {
  dpb__release(labels->texts);
  dpb__release(labels->begins);
  dpb__release(labels->order);
  *labels = (dpb__label_texts){.texts = NULL};
}

static int compare(const void *a, const void *b) {
  const named_class *x = a, *y = b;
  if (x->value != y->value) return x->value < y->value ? -1 : 1;
  return strcmp(x->name, y->name);
}

static void sort(const dpb__label_texts *texts, named_class *classes) {
  bool numbers = true;
  for (size_t i = 0; i < texts->count; i++) {
    const char *name = text_at(texts, i);
    classes[i] = (named_class){.name = name, .place = i};
    numbers = numbers && dpb__parse_int(name, strlen(name), &classes[i].value);
  }
  for (size_t i = 0; i < texts->count && !numbers; i++) classes[i].value = 0;
  qsort(classes, texts->count, sizeof *classes, compare);
}

dpb_status dpb__label_texts_number(const dpb__label_texts *texts, size_t count,
                                   int32_t *labels, int *classes, char ***names) {
  *names = NULL;
  void *sorted = NULL, *in_order = NULL, *numbers = NULL;
  const size_t n = texts->count;
  dpb_status status = dpb__allocate(n, sizeof(named_class), "labels: classes", &sorted);
  if (status == DPB_OK)
    status = dpb__allocate(n, sizeof(char *), "labels: names", &in_order);
  if (status == DPB_OK)
    status = dpb__allocate(n, sizeof(int32_t), "labels: numbers", &numbers);
  if (status == DPB_OK) {
    const named_class *at = sorted;
    const char **name = in_order;
    int32_t *number = numbers;
    sort(texts, sorted);
    for (size_t i = 0; i < n; i++) {
      name[i] = at[i].name;
      number[at[i].place] = (int32_t)i;
    }
    for (size_t i = 0; i < count; i++) labels[i] = number[labels[i]];
    *classes = (int)n;
    status = dpb__class_names_copy((int)n, name, names);
  }
  dpb__release(sorted);
  dpb__release(in_order);
  dpb__release(numbers);
  return status;
}
