/* SPDX-License-Identifier: MIT
 *
 * The word "sample" stands for a folder; everything else is a path. What follows a comma
 * are keys with values, unless all of it is the name of something that is there.
 */
#include "data_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "option_value.h"
#include "report.h"
#include "suggest.h"

const char data_source_keys[] =
    "Keys, each behind a comma:\n"
    "  format=NAME     idx, cifar10, csv, npz, npy or images (default: as recognised)\n"
    "  label=COLUMN    of CSV: name or number, from 1 (default: the last)\n"
    "  header=yes|no   of CSV: whether the first line names the columns\n"
    "  separator=NAME  of CSV: comma, semicolon, tab or space\n"
    "  names=yes       of CSV: labels are names, though they are numbers\n"
    "  features=NAME, labels=NAME\n"
    "                  of npz: which arrays (default: x and y, and the like)\n"
    "  order=nchw      of npz and npy: channels come before height and width\n"
    "  shape=HxWxC     of CSV and rows of arrays: each is an image\n"
    "  scale=global, scale=channels\n"
    "                  subtract the mean of the training data, of all numbers or of\n"
    "                  each channel (of a vector: each feature), divide by deviation\n"
    "  test=SHARE      held back where there is no test split (default: 0.2)\n"
    "  seed=N          of the choice of what is held back (default: 0)\n";

/* The index of value in words, "yes|no", in *out; else EXIT_USAGE. */
static int read_choice(const char *key, const char *words, const char *value, int *out) {
  const option_spec option = {
      .type = OPTION_CHOICE, .name = key, .target = out, .choices = words};
  return option_value(&option, value);
}

static int read_shape(const char *value, dpb_data_config *c) {
  dpb_hwc shape = {0, 0, 0};
  const option_spec option = {
      .type = OPTION_INPUT, .name = "data shape", .target = &shape};
  int code = option_value(&option, value);
  c->csv.sample = shape;
  c->arrays.sample = shape;
  return code;
}

static int read_separator(const char *value, dpb_data_config *c) {
  static const char separators[] = {',', ';', '\t', ' '};
  int index = 0;
  int code = read_choice("data separator", "comma|semicolon|tab|space", value, &index);
  c->csv.separator = separators[index];
  return code;
}

static int read_key(const char *key, const char *value, dpb_data_config *c) {
  int index = 0, code = -1;
  if (strcmp(key, "label") == 0) {
    c->csv.label = value;
  } else if (strcmp(key, "features") == 0) {
    c->arrays.features = value;
  } else if (strcmp(key, "labels") == 0) {
    c->arrays.labels = value;
  } else if (strcmp(key, "format") == 0) {
    code =
        read_choice("data format", "auto|idx|cifar10|csv|npz|npy|images", value, &index);
    c->format = (dpb_data_format)index;
  } else if (strcmp(key, "header") == 0) {
    code = read_choice("data header", "yes|no", value, &index);
    c->csv.header = index == 0 ? 1 : -1;
  } else if (strcmp(key, "names") == 0) {
    code = read_choice("data names", "no|yes", value, &c->csv.class_names);
  } else if (strcmp(key, "order") == 0) {
    code = read_choice("data order", "nhwc|nchw", value, &c->arrays.channels_first);
  } else if (strcmp(key, "scale") == 0) {
    code = read_choice("data scale", "none|global|channels", value, &index);
    c->scaling = (dpb_scaling_kind)index;
  } else if (strcmp(key, "separator") == 0) {
    code = read_separator(value, c);
  } else if (strcmp(key, "shape") == 0) {
    code = read_shape(value, c);
  } else if (strcmp(key, "test") == 0) {
    code = option_value(&(option_spec){.type = OPTION_DECAY,
                                       .name = "data test",
                                       .target = &c->test_share},
                        value);
  } else {
    code = option_value(
        &(option_spec){.type = OPTION_SEED, .name = "data seed", .target = &c->seed},
        value);
  }
  return code == -1 ? EXIT_OK : code;
}

static const char *const KEYS[] = {"format", "label",    "header", "separator",
                                   "names",  "features", "labels", "order",
                                   "shape",  "scale",    "test",   "seed"};

static int known_key(const char *key) {
  suggestion near = suggest_for(key, strlen(key));
  for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
    if (strcmp(key, KEYS[i]) == 0) return EXIT_OK;
    suggest_offer(&near, KEYS[i]);
  }
  if (near.name == NULL) return fail_usage("--data knows no key '%s'", key);
  return fail_usage("--data knows no key '%s': is it '%s'?", key, near.name);
}

static int read_word(char *word, dpb_data_config *c) {
  char *equals = strchr(word, '=');
  if (equals == NULL || equals[1] == '\0')
    return fail_usage("--data: '%s' is no KEY=VALUE", word);
  *equals = '\0';
  int code = known_key(word);
  return code == EXIT_OK ? read_key(word, equals + 1, c) : code;
}

int data_source_parse(const char *data, data_source *source) {
  size_t length = strlen(data);
  *source = (data_source){.config = {.path = source->text}};
  if (length >= sizeof source->text)
    return fail(EXIT_DATA, "--data: a path of %zu characters is too long", length);
  memcpy(source->text, data, length + 1);
  if (strcmp(data, "sample") != 0 && access(data, F_OK) == 0) return EXIT_OK;
  char *comma = strchr(source->text, ',');
  while (comma != NULL) {
    char *word = comma + 1;
    *comma = '\0';
    comma = strchr(word, ',');
    if (comma != NULL) *comma = '\0';
    int code = read_word(word, &source->config);
    if (code != EXIT_OK) return code;
  }
  if (strcmp(source->text, "sample") != 0) return EXIT_OK;
  source->config.path = source->folder;
  dpb_status status = dpb_sample_folder(source->folder, sizeof source->folder);
  return status == DPB_OK ? EXIT_OK : fail_library(EXIT_DATA);
}

int data_source_load(const char *data, dpb_split split, dpb_dataset **dataset) {
  data_source *source = need_memory(sizeof *source);
  dpb_data_info info = {0};
  *dataset = NULL;
  int code = data_source_parse(data, source);
  if (code == EXIT_OK &&
      dpb_data_load(&source->config, split, dataset, &info) != DPB_OK) {
    code = fail_library(EXIT_DATA);
  }
  if (code == EXIT_OK && split == DPB_TEST && !info.own_test) {
    note("%s has no test split: %zu samples, the same share of each class, are held back "
         "for it",
         source->config.path, dpb_dataset_count(*dataset));
  }
  free(source);
  return code;
}
