/* SPDX-License-Identifier: MIT
 *
 * Trials are counted from 1 here, as layers are.
 */
#include "search_report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/optimizer.h>

#include "json.h"
#include "report.h"
#include "search_settings.h"
#include "table.h"

static int has_rungs(const search_job *job) {
  return job->options.method == DPB_SEARCH_HALVING ||
         job->options.method == DPB_SEARCH_HYPERBAND;
}

/* "91.20 %", "0.3127" or "failed" */
static const char *score_text(const search_job *job, double score, char text[32]) {
  if (isnan(score))
    snprintf(text, 32, "failed");
  else if (job->options.score)
    snprintf(text, 32, "%.4f", score);
  else
    snprintf(text, 32, "%.2f %%", 100 * score);
  return text;
}

static const char *name_of(const search_job *job, int index) {
  dpb_dimension d;
  return dpb_space_dimension(job->space, index, &d) == DPB_OK ? d.name : "?";
}

/* As people read it: four digits are enough. */
static const char *short_text(const search_job *job, int index, double value,
                              char text[256]) {
  dpb_dimension d;
  dpb_status status = dpb_space_dimension(job->space, index, &d);
  if (status == DPB_OK && (d.kind == DPB_UNIFORM || d.kind == DPB_LOG)) {
    snprintf(text, 256, "%.4g", value);
    return text;
  }
  return search_value_text(job, index, value, text);
}

void search_report_begin(const search_job *job) {
  const search_options *o = &job->options;
  printf("net        %s\n", o->net);
  printf("space      %s\n", o->space);
  printf("data       %s: %zu to train, %zu to validate\n", o->data,
         dpb_dataset_count(job->train), dpb_dataset_count(job->validation));
  printf("search     %s, %d %s of %s%d epoch%s, seed %llu\n",
         dpb_search_method_name((dpb_search_method)o->method), o->trials,
         has_rungs(job) ? "settings" : "trials", has_rungs(job) ? "1 to " : "", o->epochs,
         o->epochs == 1 ? "" : "s", (unsigned long long)o->seed);
  if (job->found > 0)
    printf("resumed    %d trial%s in %s\n", job->found, job->found == 1 ? "" : "s",
           job->path);
  printf("\n");
  fflush(stdout);
}

void search_report_trial(const search_job *job, const dpb_trial *trial, double score) {
  if (job->options.quiet || job->options.json) return;
  char text[32], value[256];
  int total = dpb_search_total(job->search);
  int width = snprintf(NULL, 0, "%d", total);
  printf("trial %*d/%d ", width, trial->id + 1, total);
  if (has_rungs(job)) printf(" epochs %-3d", trial->budget);
  printf(" validation %8s ", score_text(job, score, text));
  for (int i = 0; i < dpb_space_count(job->space); i++)
    printf(" %s %s", name_of(job, i), short_text(job, i, trial->values[i], value));
  printf("\n");
  fflush(stdout);
}

static void print_table(const search_job *job, const int *ids, int count) {
  /* A table has 12 columns at most: wide spaces show their first dimensions. */
  int shown = dpb_space_count(job->space);
  if (shown > TABLE_MAX_COLUMNS - 3) shown = TABLE_MAX_COLUMNS - 3;
  char align[TABLE_MAX_COLUMNS + 1] = "rrr";
  for (int i = 0; i < shown; i++) strcat(align, "r");
  table t = {.align = align};
  char text[32], value[256];
  table_head(&t, "trial|epochs|validation");
  for (int i = 0; i < shown; i++) table_cell(&t, "%s", name_of(job, i));
  for (int k = 0; k < count; k++) {
    dpb_trial trial;
    if (dpb_search_trial(job->search, ids[k], &trial) != DPB_OK) continue;
    table_cell(&t, "%d", trial.id + 1);
    table_cell(&t, "%d", trial.budget);
    table_cell(&t, "%s", score_text(job, trial.score, text));
    for (int i = 0; i < shown; i++)
      table_cell(&t, "%s", short_text(job, i, trial.values[i], value));
  }
  table_print(&t, stdout);
}

static void append(char **text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(char **text, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  size_t length = *text ? strlen(*text) : 0;
  size_t more = (size_t)vsnprintf(NULL, 0, format, arguments) + 1;
  char *new = need_memory(length + more);
  if (*text) memcpy(new, *text, length);
  vsnprintf(new + length, more, format, again);
  va_end(again);
  va_end(arguments);
  free(*text);
  *text = new;
}

/* An argument as a shell takes it. */
static void append_quoted(char **text, const char *word) {
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_-./=:,+";
  if (word[strspn(word, plain)] == '\0') {
    append(text, "%s", word);
    return;
  }
  append(text, "'");
  for (; *word != '\0'; word++) append(text, *word == '\'' ? "'\\''" : "%c", *word);
  append(text, "'");
}

/* Trains on all the samples, with what the trial had. To be freed. */
static char *command_line(const search_job *job, const dpb_trial *trial) {
  const search_options *o = &job->options;
  search_settings s = search_settings_of(job, trial->values);
  char *text = NULL;
  append(&text, "deepblas train --net ");
  append_quoted(&text, s.net);
  append(&text, " --data ");
  append_quoted(&text, o->data);
  if (o->train_samples) append(&text, " --train-samples %d", o->train_samples);
  append(&text, " --optimizer %s", dpb_optimizer_name((dpb_optimizer_kind)s.optimizer));
  if (s.lr > 0) append(&text, " --lr %.9g", s.lr);
  if (s.momentum > 0) append(&text, " --momentum %.9g", s.momentum);
  if (s.weight_decay > 0) append(&text, " --weight-decay %.9g", s.weight_decay);
  append(&text, " --batch %d --epochs %d --seed %llu", s.batch, trial->budget,
         (unsigned long long)o->seed);
  free(s.net);
  return text;
}

void search_report_end(const search_job *job) {
  const search_options *o = &job->options;
  int told = dpb_search_told(job->search);
  if (told == 0) return;
  int *ids = need_memory((size_t)told * sizeof *ids);
  dpb_trial best;
  char text[32];
  if (dpb_search_rank(job->search, ids, told, &told) == DPB_OK) {
    if (!o->quiet) printf("\n");
    print_table(job, ids, told < o->top ? told : o->top);
  }
  free(ids);
  if (dpb_search_best(job->search, &best) == DPB_OK) {
    char *line = command_line(job, &best);
    printf("\nchosen     trial %d of %d, validation %s %s\n", best.id + 1, told,
           o->score ? "loss" : "accuracy", score_text(job, best.score, text));
    printf("           %s\n", line);
    free(line);
  } else {
    printf("\nchosen     none: every trial failed\n");
  }
  if (job->path) printf("trials     %s\n", job->path);
}

static void json_trial(json *j, const search_job *job, const char *key,
                       const dpb_trial *trial) {
  char text[256];
  json_object(j, key);
  json_count(j, "trial", (uint64_t)trial->id + 1);
  json_count(j, "epochs", (uint64_t)trial->budget);
  json_number(j, "score", trial->score);
  json_object(j, "values");
  for (int i = 0; i < dpb_space_count(job->space); i++) {
    dpb_dimension d;
    if (dpb_space_dimension(job->space, i, &d) != DPB_OK) continue;
    if (d.kind == DPB_CHOICE)
      json_text(j, d.name, search_value_text(job, i, trial->values[i], text));
    else
      json_number(j, d.name, trial->values[i]);
  }
  json_end_object(j);
  json_end_object(j);
}

void search_report_json(const search_job *job) {
  const search_options *o = &job->options;
  json j = json_to(stdout);
  json_object(&j, NULL);
  json_text(&j, "net", o->net);
  json_text(&j, "space", o->space);
  json_text(&j, "method", dpb_search_method_name((dpb_search_method)o->method));
  json_text(&j, "score", o->score ? "validation_loss" : "validation_accuracy");
  json_count(&j, "seed", o->seed);
  json_count(&j, "total", (uint64_t)dpb_search_total(job->search));
  json_array(&j, "trials");
  dpb_trial trial;
  int total = dpb_search_total(job->search);
  for (int id = 0; id < total; id++)
    if (dpb_search_trial(job->search, id, &trial) == DPB_OK && trial.told)
      json_trial(&j, job, NULL, &trial);
  json_end_array(&j);
  if (dpb_search_best(job->search, &trial) == DPB_OK) {
    char *line = command_line(job, &trial);
    json_trial(&j, job, "best", &trial);
    json_text(&j, "command", line);
    free(line);
  } else {
    json_text(&j, "best", NULL);
    json_text(&j, "command", NULL);
  }
  json_text(&j, "file", job->path);
  json_end_object(&j);
}
