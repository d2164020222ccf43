/* SPDX-License-Identifier: MIT
 *
 * deepblas data inspect: what data is there, and what is wrong with it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "data_facts.h"
#include "data_source.h"
#include "json.h"
#include "options.h"
#include "table.h"

static const char after_keys[] =
    "\n"
    "Exit status:\n"
    "  0  the data can be read; what is wrong with it is told\n"
    "  2  options or keys that do not fit\n"
    "  3  the data is missing or bad\n"
    "\n"
    "Examples:\n"
    "  deepblas data inspect data/mnist\n"
    "  deepblas data inspect iris.csv,label=species,scale=channels\n"
    "  deepblas data inspect photos --json\n";

enum { MAX_ROWS = 32 };

static const char *const split_names[] = {"training", "test"};

/* -- as text */

static void print_sample(const data_facts *f) {
  dpb_hwc s = f->sample;
  const char *kind = f->bytes ? "bytes, counted as byte / 255" : "float32";
  if (s.h == 1 && s.w == 1) {
    printf("sample    %d numbers (%s)\n", s.c, kind);
  } else {
    printf("sample    %dx%dx%d, height x width x channels (%s)\n", s.h, s.w, s.c, kind);
  }
}

static void print_classes(const data_facts *f) {
  table t = {.align = "rlrrrr"};
  table_head(&t, "class|name|training|share|test|share");
  for (int c = 0; c < f->classes && c < MAX_ROWS; c++) {
    const char *name = dpb_dataset_class_name(f->train, c);
    table_cell(&t, "%d", c);
    table_cell(&t, "%s", name ? name : "");
    for (int part = 0; part < 2; part++) {
      const split_facts *s = &f->split[part];
      table_cell(&t, "%zu", s->of_class[c]);
      table_cell(&t, "%.1f %%", 100.0 * (double)s->of_class[c] / (double)s->count);
    }
  }
  printf("\n");
  table_print(&t, stdout);
  if (f->classes > MAX_ROWS) printf("and %d more classes\n", f->classes - MAX_ROWS);
}

static void values_row(table *t, const char *name, const channel_facts *c) {
  table_cell(t, "%s", name);
  table_cell(t, "%.5g", c->mean);
  table_cell(t, "%.5g", c->deviation);
  table_cell(t, "%.5g", c->min);
  table_cell(t, "%.5g", c->max);
}

static void print_values(const data_facts *f) {
  table t = {.align = "lrrrr"};
  int vector = f->sample.h * f->sample.w == 1;
  table_head(&t, "values|mean|deviation|smallest|largest");
  for (int part = 0; part < 2; part++) {
    values_row(&t, split_names[part], &f->split[part].all);
  }
  for (int c = 0; f->sample.c > 1 && c < f->sample.c && c < MAX_ROWS; c++) {
    char name[40];
    snprintf(name, sizeof name, "%s %d", vector ? "feature" : "channel", c + 1);
    values_row(&t, name, &f->split[0].channels[c]);
  }
  printf("\n");
  table_print(&t, stdout);
  if (f->sample.c > MAX_ROWS) {
    printf("and %d more %s\n", f->sample.c - MAX_ROWS, vector ? "features" : "channels");
  }
  if (f->sample.c > 1)
    printf("(those of one %s are of the training data)\n",
           vector ? "feature" : "channel");
}

static void print_text(const data_facts *f) {
  char a[32], b[32];
  printf("format    %s, %s\n", dpb_data_format_name(f->info.format),
         f->info.own_test ? "with a test split"
                          : "without a test split: a share of each class is held back");
  printf("samples   %s training, %s test\n", count_text(f->split[0].count, a),
         count_text(f->split[1].count, b));
  print_sample(f);
  printf("constant  %zu of %zu numbers are the same in all training samples\n",
         f->split[0].constant, f->split[0].numbers);
  print_classes(f);
  print_values(f);
  printf("\n");
  if (f->findings == 0) printf("nothing wrong was found\n");
  for (int i = 0; i < f->findings; i++) {
    printf("%s %s\n", i == 0 ? "to see to:" : "          ", f->finding[i]);
  }
}

/* -- as JSON */

static void json_channels(json *j, const data_facts *f, const split_facts *s) {
  json_array(j, "channel_mean");
  for (int c = 0; c < f->sample.c; c++) json_number(j, NULL, s->channels[c].mean);
  json_end_array(j);
  json_array(j, "channel_deviation");
  for (int c = 0; c < f->sample.c; c++) json_number(j, NULL, s->channels[c].deviation);
  json_end_array(j);
}

static void json_split(json *j, const char *key, const data_facts *f, int part) {
  const split_facts *s = &f->split[part];
  json_object(j, key);
  json_count(j, "samples", s->count);
  json_array(j, "of_class");
  for (int c = 0; c < f->classes; c++) json_count(j, NULL, s->of_class[c]);
  json_end_array(j);
  json_number(j, "mean", s->all.mean);
  json_number(j, "deviation", s->all.deviation);
  json_number(j, "min", s->all.min);
  json_number(j, "max", s->all.max);
  json_channels(j, f, s);
  json_count(j, "constant", s->constant);
  json_count(j, "zero", s->zero);
  json_count(j, "duplicates", s->duplicates);
  json_count(j, "contradictions", s->contradictions);
  json_end_object(j);
}

static void print_json(const data_facts *f, const char *path) {
  json j = json_to(stdout);
  json_object(&j, NULL);
  json_text(&j, "path", path);
  json_text(&j, "format", dpb_data_format_name(f->info.format));
  json_bool(&j, "own_test", f->info.own_test);
  json_hwc(&j, "sample", f->sample);
  json_text(&j, "numbers", f->bytes ? "uint8" : "float32");
  json_count(&j, "classes", (uint64_t)f->classes);
  json_array(&j, "class_names");
  for (int c = 0; c < f->classes && dpb_dataset_class_name(f->train, c); c++) {
    json_text(&j, NULL, dpb_dataset_class_name(f->train, c));
  }
  json_end_array(&j);
  json_split(&j, "train", f, 0);
  json_split(&j, "test", f, 1);
  json_count(&j, "in_both", f->in_both);
  json_array(&j, "findings");
  for (int i = 0; i < f->findings; i++) json_text(&j, NULL, f->finding[i]);
  json_end_array(&j);
  json_end_object(&j);
}

/* -- the command */

static int inspect(const char *data, int as_json) {
  dpb_dataset *train = NULL, *test = NULL;
  dpb_data_info info;
  data_source *source = need_memory(sizeof *source);
  int code = data_source_parse(data, source);
  source->config.accept_one_class = 1; /* that is told, not refused */
  if (code == EXIT_OK &&
      dpb_data_load_both(&source->config, &train, &test, &info) != DPB_OK) {
    code = fail_library(EXIT_DATA);
  }
  if (code == EXIT_OK) {
    data_facts *facts = need_memory(sizeof *facts);
    data_facts_collect(train, test, &info, facts);
    if (as_json) {
      print_json(facts, source->config.path);
    } else {
      print_text(facts);
    }
    data_facts_release(facts);
    free(facts);
  }
  dpb_dataset_destroy(train);
  dpb_dataset_destroy(test);
  free(source);
  return code;
}

/* Takes the first word that is no option out of argv[1..]; NULL: there is none. */
static const char *take_word(int *argc, char *argv[]) {
  for (int i = 1; i < *argc; i++) {
    if (argv[i][0] == '-') continue;
    const char *word = argv[i];
    for (int k = i; k + 1 < *argc; k++) argv[k] = argv[k + 1];
    argv[--*argc] = NULL;
    return word;
  }
  return NULL;
}

int run_data(int argc, char *argv[]) {
  char after[4096];
  snprintf(after, sizeof after,
           "Called as 'deepblas data inspect DATA': DATA is what --data takes in all\n"
           "commands: 'sample', or the path of\n"
           "  a folder with MNIST's file names (IDX), plain or .gz\n"
           "  a folder with CIFAR-10's binary batches, or one of these files\n"
           "  a CSV file, or a folder with train.csv and test.csv\n"
           "  an npz file with x and y, or x_train, y_train, x_test, y_test\n"
           "  a folder with x.npy and y.npy, or x_train.npy, ...\n"
           "  a folder with a folder of images (PNG, PGM, PPM) for each class, or with\n"
           "  two such folders, train and test\n"
           "\n%s%s",
           data_source_keys, after_keys);
  const option_page page = {
      .summary = "Show what data is there and what is wrong with it.", .after = after};
  int as_json = 0;
  const option_spec list[] = {{OPTION_FLAG, "json", 'j', NULL,
                               "one JSON object, and no other text", &as_json, NULL, 0,
                               0}};
  const char *verb = take_word(&argc, argv);
  const char *data = take_word(&argc, argv);
  int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  if (verb == NULL) return fail_usage("what to do is missing: 'inspect'");
  if (strcmp(verb, "inspect") != 0) return fail_usage("'%s' is not 'inspect'", verb);
  if (data == NULL) return fail_usage("the data to inspect is missing");
  return inspect(data, as_json);
}
