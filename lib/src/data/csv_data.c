/* SPDX-License-Identifier: MIT
 *
 * What a CSV file means: a label in one column, features in the others.
 */
#include <deepblas/data_file.h>

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/size.h"
#include "data/dataset.h"
#include "data/label_texts.h"
#include "file/csv_reader.h"

enum { FIRST_FEATURES = 4096 };
static const double MAX_LABEL = 65535.0;

/* A file on its way to a dataset. */
typedef struct table {
  const char *path;
  const dpb_csv_config *config;
  dpb__csv *csv;
  size_t columns;
  size_t label;                 /* its column */
  char **names;                 /* of the columns; NULL without a header */
  bool texts;                   /* labels are names */
  size_t count;                 /* rows so far */
  size_t capacity;              /* rows */
  int32_t largest;              /* label */
  float *features;              /* (capacity, columns - 1) */
  int32_t *labels;              /* numbers, or places of names */
  dpb__label_texts label_texts; /* where they are names */
} table;

/* -- messages: "iris.csv: line 3, column 2 'petal': " + what is wrong */

static const char *column_name(const table *t, size_t column, char excerpt[64]) {
  if (t->names == NULL) return "";
  char name[DPB__CSV_EXCERPT];
  dpb__csv_excerpt(t->names[column], name);
  excerpt[0] = ' ';
  excerpt[1] = '\'';
  strcpy(excerpt + 2, name);
  strcat(excerpt, "'");
  return excerpt;
}

static dpb_status fail_field(const table *t, size_t column, const char *text,
                             const char *wrong) {
  char name[64], excerpt[DPB__CSV_EXCERPT];
  return dpb__fail(DPB_ERR_DATA, "%s: line %zu, column %zu%s: '%s' %s", t->path,
                   dpb__csv_line(t->csv), column + 1, column_name(t, column, name),
                   dpb__csv_excerpt(text, excerpt), wrong);
}

/* -- fields */

static dpb_status read_feature(const table *t, size_t column, float *value) {
  size_t length;
  const char *text = dpb__csv_field(t->csv, column, &length);
  double number;
  int64_t whole;
  DPB__KNOWN(value != NULL); /* there is room for a row before one is read */
  if (dpb__parse_int(text, length, &whole)) { /* many are, and it is much faster */
    *value = (float)whole;
    return DPB_OK;
  }
  if (!dpb__parse_double(text, length, &number)) {
    bool comma = strchr(text, ',') != NULL && strpbrk(text, "0123456789") != NULL;
    return fail_field(t, column, text,
                      length == 0 ? "is empty, a number was expected"
                      : comma     ? "is not a number: its point must be a point"
                                  : "is not a number");
  }
  *value = (float)number;
  if (isfinite(*value)) return DPB_OK;
  return fail_field(t, column, text,
                    isfinite(number) ? "is too large for a float32"
                                     : "is not a finite number");
}

/* A label as a number: false when it is a text. 3 may be written 3.0 or 3e0. */
static bool is_number(const char *text, size_t length, double *number) {
  int64_t whole;
  if (!dpb__parse_int(text, length, &whole))
    return dpb__parse_double(text, length, number);
  *number = (double)whole;
  return true;
}

static dpb_status read_number_label(table *t, const char *text, size_t length) {
  double number;
  if (!is_number(text, length, &number)) {
    return fail_field(t, t->label, text,
                      length == 0 ? "is empty, a label was expected"
                      : t->count == 1 && t->names == NULL
                          ? "is text, but the label before it is a number; is the first "
                            "line a header?"
                          : "is text, but the labels before it are numbers");
  }
  if (!(number >= 0.0 && number <= MAX_LABEL) || number != floor(number)) {
    return fail_field(t, t->label, text,
                      "is not a class number, a whole number of 0..65535 (labels may be "
                      "read as names)");
  }
  int32_t label = (int32_t)number;
  t->labels[t->count] = label;
  if (label > t->largest) t->largest = label;
  return DPB_OK;
}

static dpb_status read_text_label(table *t, const char *text, size_t length) {
  double number;
  if (length == 0) return fail_field(t, t->label, text, "is empty, a label was expected");
  if (!t->config->class_names && is_number(text, length, &number)) {
    return fail_field(t, t->label, text,
                      t->count == 1 && t->names == NULL
                          ? "is a number, but the label before it is text; is the first "
                            "line a header?"
                          : "is a number, but the labels before it are text");
  }
  return dpb__label_texts_add(&t->label_texts, t->path, text, length,
                              &t->labels[t->count]);
}

static dpb_status read_label(table *t) {
  size_t length;
  const char *text = dpb__csv_field(t->csv, t->label, &length);
  double number;
  if (t->count == 0) {
    t->texts = t->config->class_names || !is_number(text, length, &number);
  }
  return t->texts ? read_text_label(t, text, length) : read_number_label(t, text, length);
}

/* -- rows */

static dpb_status make_room(table *t) {
  if (t->count < t->capacity) return DPB_OK;
  size_t features = t->columns - 1; /* of at least 2 columns */
  size_t first = features < FIRST_FEATURES ? FIRST_FEATURES / features : 1;
  size_t rows = t->capacity == 0 ? first : t->capacity * 2;
  void *larger = NULL, *labels = NULL;
  dpb_status status =
      dpb__allocate(rows, features * sizeof(float), "csv: features", &larger);
  if (status == DPB_OK)
    status = dpb__allocate(rows, sizeof(int32_t), "csv: labels", &labels);
  if (status != DPB_OK) {
    dpb__release(larger);
    return status;
  }
  if (t->count > 0) {
    memcpy(larger, t->features, t->count * features * sizeof(float));
    memcpy(labels, t->labels, t->count * sizeof(int32_t));
  }
  dpb__release(t->features);
  dpb__release(t->labels);
  t->features = larger;
  t->labels = labels;
  t->capacity = rows;
  return DPB_OK;
}

static dpb_status read_row(table *t) {
  size_t count = dpb__csv_count(t->csv);
  if (count != t->columns) {
    return dpb__fail(DPB_ERR_DATA, "%s: line %zu has %zu fields, the first has %zu",
                     t->path, dpb__csv_line(t->csv), count, t->columns);
  }
  dpb_status status = make_room(t);
  if (status == DPB_OK) status = read_label(t);
  float *out = t->features == NULL ? NULL : t->features + t->count * (t->columns - 1);
  for (size_t column = 0; column < t->columns && status == DPB_OK; column++) {
    if (column != t->label) status = read_feature(t, column, out++);
  }
  if (status == DPB_OK) t->count++;
  return status;
}

/* -- the first line */

static dpb_status keep_names(table *t) {
  const char **names = NULL;
  void *memory = NULL;
  dpb_status status =
      dpb__allocate(t->columns, sizeof *names, "csv: column names", &memory);
  if (status != DPB_OK) return status;
  names = memory;
  for (size_t i = 0; i < t->columns; i++) names[i] = dpb__csv_field(t->csv, i, NULL);
  status = dpb__class_names_copy((int)t->columns, names, &t->names);
  dpb__release(memory);
  return status;
}

/* The label's column, by name where the first line may be a header, else by number. */
static dpb_status find_label(table *t, bool *named) {
  const char *wish = t->config->label;
  *named = false;
  t->label = t->columns - 1;
  if (wish == NULL) return DPB_OK;
  int64_t number = 0;
  bool is_name = !dpb__parse_int(wish, strlen(wish), &number);
  /* a number may stand in the first line as data: it is a name only where names stand */
  bool may_be_name = t->config->header > 0 || (is_name && t->config->header == 0);
  for (size_t i = 0; i < t->columns && may_be_name; i++) {
    if (strcmp(dpb__csv_field(t->csv, i, NULL), wish) != 0) continue;
    t->label = i;
    *named = true;
    return DPB_OK;
  }
  if (is_name) {
    char excerpt[DPB__CSV_EXCERPT];
    return dpb__fail(DPB_ERR_DATA, "%s: line %zu names no column '%s'", t->path,
                     dpb__csv_line(t->csv), dpb__csv_excerpt(wish, excerpt));
  }
  if (number < 1 || (uint64_t)number > t->columns) {
    return dpb__fail(DPB_ERR_DATA, "%s: label is column %lld, there are %zu", t->path,
                     (long long)number, t->columns);
  }
  t->label = (size_t)number - 1;
  return DPB_OK;
}

/* The first line is a header where none of its features is a number. Some that are and
 * some that are not is either a bad header or a bad row: that is not guessed. */
static dpb_status find_header(table *t, bool *header) {
  size_t numbers = 0, first_text = 0;
  for (size_t i = t->columns; i-- > 0;) {
    size_t length;
    const char *text = dpb__csv_field(t->csv, i, &length);
    double value;
    if (i == t->label) continue;
    if (is_number(text, length, &value)) {
      numbers++;
    } else {
      first_text = i;
    }
  }
  *header = numbers == 0;
  if (numbers == 0 || numbers == t->columns - 1) return DPB_OK;
  return fail_field(t, first_text, dpb__csv_field(t->csv, first_text, NULL),
                    "is not a number, others of the first line are: is it a header?");
}

/* Reads the first line, as a header or as a row. */
static dpb_status begin(table *t) {
  bool there;
  dpb_status status = dpb__csv_next(t->csv, &there);
  if (status != DPB_OK) return status;
  if (!there) return dpb__fail(DPB_ERR_DATA, "%s: holds no rows", t->path);
  t->columns = dpb__csv_count(t->csv);
  if (t->columns < 2) {
    return dpb__fail(DPB_ERR_DATA,
                     "%s: line %zu has one column, a label and at least one feature are "
                     "needed; is the separator another one?",
                     t->path, dpb__csv_line(t->csv));
  }
  bool named, header = t->config->header > 0;
  status = find_label(t, &named);
  if (status == DPB_OK && t->config->header == 0 && !named) {
    status = find_header(t, &header);
  }
  if (status != DPB_OK) return status;
  return header || named ? keep_names(t) : read_row(t);
}

/* -- the dataset */

static dpb_status shape_of(const table *t, dpb_hwc *sample) {
  *sample = t->config->sample;
  size_t features = t->columns - 1;
  if (sample->h == 0 && sample->w == 0 && sample->c == 0) {
    *sample = (dpb_hwc){1, 1, (int)features};
    return DPB_OK;
  }
  size_t product = 0;
  if (sample->h > 0 && sample->w > 0 && sample->c > 0 &&
      dpb__size_mul((size_t)sample->h, (size_t)sample->w, &product) &&
      dpb__size_mul(product, (size_t)sample->c, &product) && product == features) {
    return DPB_OK;
  }
  return dpb__fail(DPB_ERR_SHAPE, "%s: has %zu features, samples of %dx%dx%d were asked",
                   t->path, features, sample->h, sample->w, sample->c);
}

static dpb_status finish(table *t, dpb_dataset **dataset) {
  if (t->count == 0) return dpb__fail(DPB_ERR_DATA, "%s: holds no rows", t->path);
  dpb_dataset parts = {.count = t->count,
                       .classes = t->largest + 1,
                       .scale = 1.0f,
                       .features = t->features,
                       .labels = t->labels};
  dpb_status status = shape_of(t, &parts.sample);
  if (status == DPB_OK && t->texts) {
    status = dpb__label_texts_number(&t->label_texts, t->count, t->labels, &parts.classes,
                                     &parts.class_names);
  }
  if (parts.classes < 2) parts.classes = parts.class_names ? 1 : 2;
  if (status == DPB_OK) status = dpb__dataset_adopt(&parts, dataset);
  if (status != DPB_OK) {
    dpb__release(parts.class_names);
    return status;
  }
  t->features = NULL;
  t->labels = NULL;
  return DPB_OK;
}

dpb_status dpb_dataset_load_csv(const char *path, const dpb_csv_config *config,
                                dpb_dataset **dataset) {
  static const dpb_csv_config plain = {.label = NULL};
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "csv: the out-pointer is NULL");
  *dataset = NULL;
  if (path == NULL) return dpb__fail(DPB_ERR_ARG, "csv: path is NULL");
  table t = {.path = path, .config = config != NULL ? config : &plain};
  if (t.config->header < -1 || t.config->header > 1)
    return dpb__fail(DPB_ERR_ARG, "csv: header is %d, must be -1, 0 or 1",
                     t.config->header);
  const unsigned host_mode = dpb__float_enter_plain();
  dpb_status status = dpb__csv_open(path, t.config->separator, &t.csv);
  if (status == DPB_OK) status = begin(&t);
  bool there = true;
  while (status == DPB_OK && there) {
    status = dpb__csv_next(t.csv, &there);
    if (status == DPB_OK && there) status = read_row(&t);
  }
  if (status == DPB_OK) status = finish(&t, dataset);
  dpb__float_leave(host_mode);
  dpb__csv_close(t.csv);
  dpb__release(t.names);
  dpb__release(t.features);
  dpb__release(t.labels);
  dpb__label_texts_release(&t.label_texts);
  return status;
}
