/* SPDX-License-Identifier: MIT
 *
 * The values of a trial put where they belong: into the optimiser, the mini-batch, and
 * the places of the network's text that have their names.
 */
#include "search_settings.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/optimizer.h>

#include "report.h"
#include "suggest.h"

enum setting { LR, WEIGHT_DECAY, MOMENTUM, BATCH, OPTIMIZER, DROPOUT, SETTINGS };

static const char *const names[SETTINGS] = {"lr",    "weight_decay", "momentum",
                                            "batch", "optimizer",    "dropout"};

static int setting_of(const char *name) {
  int i = 0;
  while (i < SETTINGS && strcmp(names[i], name) != 0) i++;
  return i;
}

const char *search_value_text(const search_job *job, int index, double value,
                              char text[256]) {
  if (dpb_space_value_text(job->space, index, value, text, 256, NULL) != DPB_OK)
    snprintf(text, 256, "?");
  return text;
}

/* What a trial is given, and what the command line that is printed says: as many digits
 * as a float has. */
static const char *word_of(const search_job *job, int index, double value,
                           char text[256]) {
  dpb_dimension d;
  dpb_status status = dpb_space_dimension(job->space, index, &d);
  if (status != DPB_OK || (d.kind != DPB_UNIFORM && d.kind != DPB_LOG))
    return search_value_text(job, index, value, text);
  snprintf(text, 256, "%.9g", value);
  return text;
}

/* A value as a number; words of a choice may be numbers, too. */
static int number_of(const search_job *job, int index, double value, double *number) {
  char text[256];
  char *end;
  word_of(job, index, value, text);
  *number = strtod(text, &end);
  return end != text && *end == '\0';
}

/* Where "{name}" is in the text, or NULL. */
static const char *find_place(const char *text, const char *name, size_t length) {
  for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at + 1, '{'))
    if (strncmp(at + 1, name, length) == 0 && at[1 + length] == '}') return at;
  return NULL;
}

/* Behind the word "dropout" of the next item of the list of layers, or NULL. */
static const char *find_dropout(const char *text) {
  while (*text != '\0') {
    text += strspn(text, " \t\n");
    if (strncmp(text, "dropout", 7) == 0 && strchr(" \t\n,", text[7]) != NULL)
      return text + 7;
    text += strcspn(text, ",");
    if (*text == ',') text++;
  }
  return NULL;
}

/* Replaces length bytes at from by word; frees text. */
static char *replaced(char *text, const char *from, size_t length, const char *word) {
  size_t before = (size_t)(from - text);
  char *new = need_memory(strlen(text) - length + strlen(word) + 1);
  memcpy(new, text, before);
  strcpy(new + before, word);
  strcat(new, from + length);
  free(text);
  return new;
}

static char *fill_places(char *text, const char *name, const char *word) {
  size_t length = strlen(name);
  const char *at;
  while ((at = find_place(text, name, length)) != NULL)
    text = replaced(text, at, length + 2, word);
  return text;
}

static char *fill_dropout(char *text, const char *word) {
  size_t done = 0;
  const char *at;
  while ((at = find_dropout(text + done)) != NULL) {
    size_t blanks = strspn(at, " \t\n");
    size_t length = blanks + strcspn(at + blanks, " \t\n,");
    char spaced[260];
    snprintf(spaced, sizeof spaced, " %s", word);
    done = (size_t)(at - text) + strlen(spaced);
    text = replaced(text, at, length, spaced);
  }
  return text;
}

/* One value of a setting. */
static int check_value(const search_job *job, int index, int setting, double value) {
  char text[256];
  search_value_text(job, index, value, text);
  double number = 0;
  if (setting == OPTIMIZER) {
    dpb_optimizer_kind kind;
    if (dpb_optimizer_find(text, &kind) != DPB_OK)
      return fail(EXIT_USAGE, "--space: optimizer: %s", dpb_error_message());
    return EXIT_OK;
  }
  if (!number_of(job, index, value, &number))
    return fail(EXIT_USAGE, "--space: %s: '%s' is no number", names[setting], text);
  const char *range = "above 0";
  int good = number > 0 && (float)number > 0;
  if (setting == WEIGHT_DECAY) {
    range = "0 or above";
    good = number >= 0;
  } else if (setting == MOMENTUM || setting == DROPOUT) {
    range = "0 or above, and below 1";
    good = number >= 0 && (float)number < 1;
  } else if (setting == BATCH) {
    range = "a whole number, at least 1 and at most the samples to train on";
    good = number >= 1 && number <= (double)dpb_dataset_count(job->train) &&
           number <= INT_MAX && (double)(int)number >= number;
  }
  if (good) return EXIT_OK;
  return fail(EXIT_USAGE, "--space: %s is %s, must be %s", names[setting], text, range);
}

static int check_setting(const search_job *job, int index, int setting) {
  dpb_dimension d;
  if (dpb_space_dimension(job->space, index, &d) != DPB_OK)
    return fail_library(EXIT_USAGE);
  if (setting == OPTIMIZER && d.kind != DPB_CHOICE)
    return fail(EXIT_USAGE, "--space: optimizer must be a choice, as in 'optimizer "
                            "choice sgd|adam'");
  if (setting == BATCH && (d.kind == DPB_UNIFORM || d.kind == DPB_LOG))
    return fail(EXIT_USAGE, "--space: batch must be whole numbers, as in 'batch int "
                            "16..128' or 'batch choice 32|64|128'");
  int code = EXIT_OK;
  if (d.kind == DPB_CHOICE) {
    for (int i = 0; i < d.choice_count && code == EXIT_OK; i++)
      code = check_value(job, index, setting, i);
    return code;
  }
  code = check_value(job, index, setting, d.low);
  return code == EXIT_OK ? check_value(job, index, setting, d.high) : code;
}

static int fail_unknown(const search_job *job, const char *name) {
  suggestion near = suggest_for(name, strlen(name));
  for (int i = 0; i < SETTINGS; i++) suggest_offer(&near, names[i]);
  if (near.name != NULL)
    return fail_usage("--space: nothing is called '%s': is it '%s'?", name, near.name);
  return fail_usage("--space: nothing is called '%s': it is none of lr, weight_decay, "
                    "momentum, batch, optimizer and dropout, and '%s' has no {%s}",
                    name, job->options.net, name);
}

/* Every {name} of the network must be one of the space. */
static int check_places(const search_job *job) {
  for (const char *at = strchr(job->net, '{'); at != NULL; at = strchr(at + 1, '{')) {
    size_t length = strcspn(at + 1, "}");
    int known = 0;
    for (int i = 0; i < dpb_space_count(job->space); i++) {
      dpb_dimension d;
      if (dpb_space_dimension(job->space, i, &d) != DPB_OK) continue;
      known |= strlen(d.name) == length && strncmp(d.name, at + 1, length) == 0;
    }
    if (!known || at[1 + length] != '}')
      return fail_usage("--net: {%.*s} is not in the space", (int)length, at + 1);
  }
  return EXIT_OK;
}

int search_settings_check(const search_job *job) {
  for (int i = 0; i < dpb_space_count(job->space); i++) {
    dpb_dimension d;
    if (dpb_space_dimension(job->space, i, &d) != DPB_OK) return fail_library(EXIT_USAGE);
    int setting = setting_of(d.name);
    int place = find_place(job->net, d.name, strlen(d.name)) != NULL;
    if (setting == SETTINGS && !place) return fail_unknown(job, d.name);
    if (setting == DROPOUT && !place && find_dropout(job->net) == NULL)
      return fail(EXIT_USAGE, "--space: dropout: '%s' has no dropout layer",
                  job->options.net);
    int code = setting == SETTINGS ? EXIT_OK : check_setting(job, i, setting);
    if (code != EXIT_OK) return code;
  }
  return check_places(job);
}

static void put_setting(const search_job *job, int index, double value, int setting,
                        search_settings *s) {
  double number = 0;
  number_of(job, index, value, &number);
  if (setting == LR) s->lr = number;
  if (setting == WEIGHT_DECAY) s->weight_decay = number;
  if (setting == MOMENTUM) s->momentum = number;
  if (setting == BATCH) s->batch = (int)number;
  if (setting == OPTIMIZER) {
    char text[256];
    dpb_optimizer_kind kind;
    if (dpb_optimizer_find(search_value_text(job, index, value, text), &kind) == DPB_OK)
      s->optimizer = (int)kind;
  }
}

search_settings search_settings_of(const search_job *job, const double *values) {
  const search_options *o = &job->options;
  search_settings s = {.batch = o->batch,
                       .optimizer = o->optimizer,
                       .lr = o->lr,
                       .momentum = o->momentum,
                       .weight_decay = o->weight_decay};
  s.net = strcpy(need_memory(strlen(job->net) + 1), job->net);
  for (int i = 0; i < dpb_space_count(job->space); i++) {
    dpb_dimension d;
    if (dpb_space_dimension(job->space, i, &d) != DPB_OK) continue;
    char word[256];
    word_of(job, i, values[i], word);
    int setting = setting_of(d.name);
    int place = find_place(s.net, d.name, strlen(d.name)) != NULL;
    s.net = fill_places(s.net, d.name, word);
    if (setting == DROPOUT && !place) s.net = fill_dropout(s.net, word);
    put_setting(job, i, values[i], setting, &s);
  }
  /* Momentum is two optimisers' alone. */
  if (s.optimizer != DPB_MOMENTUM && s.optimizer != DPB_NESTEROV) s.momentum = 0;
  return s;
}
