/* SPDX-License-Identifier: MIT
 *
 * Counting and measuring a data set. Equal samples are found by sorting their hashes and
 * then comparing what has the same one.
 */
#include "data_facts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static dpb_batch whole(const dpb_dataset *data) {
  dpb_batch batch = {.n = 0};
  dpb_dataset_batch(data, 0, (int)dpb_dataset_count(data), &batch);
  return batch;
}

/* Number i of a sample as a network sees it. */
static double value_at(const dpb_batch *b, size_t row, size_t numbers, size_t i) {
  size_t at = row * numbers + i;
  float x = b->features ? b->features[at] : (float)b->pixels[at] * b->scale;
  return (double)(b->scales ? x * b->scales[i] + b->offsets[i] : x);
}

/* -- numbers */

static void add_value(channel_facts *f, double x) {
  f->mean += x; /* a sum as yet */
  if (x < f->min) f->min = x;
  if (x > f->max) f->max = x;
}

static void first_pass(const dpb_batch *b, split_facts *f, size_t channels) {
  for (size_t row = 0; row < f->count; row++) {
    int zero = 1;
    for (size_t i = 0; i < f->numbers; i++) {
      size_t at = row * f->numbers + i;
      zero = zero && (b->features ? b->features[at] == 0.0f : b->pixels[at] == 0);
      add_value(&f->channels[i % channels], value_at(b, row, f->numbers, i));
    }
    f->zero += (size_t)zero;
  }
}

/* Means are there; the variances of the channels and of all. */
static void second_pass(const dpb_batch *b, split_facts *f, size_t channels) {
  for (size_t row = 0; row < f->count; row++) {
    for (size_t i = 0; i < f->numbers; i++) {
      channel_facts *c = &f->channels[i % channels];
      double x = value_at(b, row, f->numbers, i);
      c->deviation += (x - c->mean) * (x - c->mean);
      f->all.deviation += (x - f->all.mean) * (x - f->all.mean);
    }
  }
}

static void measure(const dpb_dataset *data, split_facts *f) {
  dpb_batch b = whole(data);
  size_t channels = (size_t)dpb_dataset_sample_shape(data).c;
  double total = (double)f->count * (double)f->numbers;
  f->channels = need_memory(channels * sizeof *f->channels);
  f->all = (channel_facts){.min = (double)INFINITY, .max = -(double)INFINITY};
  for (size_t c = 0; c < channels; c++) f->channels[c] = f->all;
  first_pass(&b, f, channels);
  double per_channel = total / (double)channels;
  for (size_t c = 0; c < channels; c++) {
    channel_facts *one = &f->channels[c];
    f->all.mean += one->mean / total;
    f->all.min = fmin(f->all.min, one->min);
    f->all.max = fmax(f->all.max, one->max);
    one->mean /= per_channel;
  }
  second_pass(&b, f, channels);
  f->all.deviation = sqrt(f->all.deviation / total);
  for (size_t c = 0; c < channels; c++) {
    f->channels[c].deviation = sqrt(f->channels[c].deviation / per_channel);
  }
}

static size_t count_constant(const dpb_dataset *data, const split_facts *f) {
  dpb_batch b = whole(data);
  size_t constant = 0;
  for (size_t i = 0; i < f->numbers; i++) {
    double first = value_at(&b, 0, f->numbers, i);
    size_t row = 1;
    while (row < f->count && value_at(&b, row, f->numbers, i) == first) row++;
    constant += row >= f->count;
  }
  return constant;
}

static void count_classes(const dpb_dataset *data, int classes, split_facts *f) {
  const int32_t *labels = dpb_dataset_labels(data);
  f->of_class = need_memory((size_t)classes * sizeof *f->of_class);
  memset(f->of_class, 0, (size_t)classes * sizeof *f->of_class);
  for (size_t i = 0; i < f->count; i++) f->of_class[labels[i]]++;
}

/* -- equal samples */

typedef struct hashed_row {
  uint64_t hash;
  const void *bytes;
  size_t size;
  size_t row; /* test samples count on behind those of the training data */
  int32_t label;
} hashed_row;

/* FNV-1a over eight bytes at a time, and the rest. */
static uint64_t hash_of(const unsigned char *bytes, size_t size) {
  uint64_t hash = 0xcbf29ce484222325u;
  while (size > 0) {
    uint64_t word = 0;
    size_t n = size < sizeof word ? size : sizeof word;
    memcpy(&word, bytes, n);
    hash = (hash ^ word) * 0x100000001b3u;
    hash ^= hash >> 29;
    bytes += n;
    size -= n;
  }
  return hash;
}

static int compare(const void *a, const void *b) {
  const hashed_row *x = a, *y = b;
  if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
  int order = memcmp(x->bytes, y->bytes, x->size);
  if (order != 0) return order;
  return x->row < y->row ? -1 : x->row > y->row;
}

static void hash_rows(const dpb_dataset *data, const split_facts *f, size_t first,
                      hashed_row *rows) {
  dpb_batch b = whole(data);
  size_t size = f->numbers * (b.features ? sizeof(float) : 1);
  const unsigned char *bytes = b.features ? (const unsigned char *)b.features : b.pixels;
  for (size_t i = 0; i < f->count; i++) {
    rows[i] = (hashed_row){.hash = hash_of(bytes + i * size, size),
                           .bytes = bytes + i * size,
                           .size = size,
                           .row = first + i,
                           .label = b.labels[i]};
  }
}

static int equal(const hashed_row *a, const hashed_row *b) {
  return a->hash == b->hash && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* Rows are in order: equal ones side by side, those of the training data first. */
static void count_equal(const hashed_row *rows, size_t count, data_facts *facts) {
  const hashed_row *first[2] = {NULL, NULL}; /* of each split, in this group */
  for (size_t i = 0; i < count; i++) {
    if (i == 0 || !equal(&rows[i], &rows[i - 1])) first[0] = first[1] = NULL;
    int part = rows[i].row >= facts->split[0].count;
    split_facts *f = &facts->split[part];
    if (part == 1) facts->in_both += first[0] != NULL;
    if (first[part] == NULL) {
      first[part] = &rows[i];
      continue;
    }
    f->duplicates++;
    f->contradictions += first[part]->label != rows[i].label;
  }
}

static void find_equal(data_facts *facts) {
  size_t train = facts->split[0].count, count = train + facts->split[1].count;
  hashed_row *rows = need_memory(count * sizeof *rows);
  hash_rows(facts->train, &facts->split[0], 0, rows);
  hash_rows(facts->test, &facts->split[1], train, rows + train);
  qsort(rows, count, sizeof *rows, compare);
  count_equal(rows, count, facts);
  free(rows);
}

/* -- all */

void data_facts_collect(const dpb_dataset *train, const dpb_dataset *test,
                        const dpb_data_info *info, data_facts *facts) {
  *facts = (data_facts){.train = train,
                        .test = test,
                        .info = *info,
                        .sample = dpb_dataset_sample_shape(train),
                        .classes = dpb_dataset_classes(train)};
  if (dpb_dataset_classes(test) > facts->classes)
    facts->classes = dpb_dataset_classes(test);
  facts->bytes = whole(train).pixels != NULL;
  dpb_hwc s = facts->sample;
  for (int part = 0; part < 2; part++) {
    const dpb_dataset *data = part == 0 ? train : test;
    split_facts *f = &facts->split[part];
    f->count = dpb_dataset_count(data);
    f->numbers = (size_t)s.h * (size_t)s.w * (size_t)s.c;
    count_classes(data, facts->classes, f);
    measure(data, f);
    f->constant = count_constant(data, f);
  }
  find_equal(facts);
  data_facts_judge(facts);
}

void data_facts_release(data_facts *facts) {
  for (int part = 0; part < 2; part++) {
    free(facts->split[part].of_class);
    free(facts->split[part].channels);
  }
}
