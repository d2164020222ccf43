/* SPDX-License-Identifier: MIT
 *
 * The training set is cut in two once, and every trial is trained on the one part and
 * judged by the other; the test set is never read.
 */
#include "search_run.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/networks.h>
#include <deepblas/trainer.h>

#include "data_source.h"
#include "net_source.h"
#include "out_folder.h"
#include "report.h"
#include "search_report.h"
#include "search_settings.h"
#include "stop.h"

enum { DEFAULT_BATCH = 100 };

/* A model with its optimiser and trainer. */
typedef struct run {
  dpb_model *model;
  dpb_optimizer *optimizer;
  dpb_trainer *trainer;
} run;

static int load_data(search_job *job) {
  const search_options *o = &job->options;
  dpb_dataset *all = NULL, *head = NULL;
  int code = data_source_load(o->data, DPB_TRAIN, &all);
  if (code != EXIT_OK) return code;
  size_t count = dpb_dataset_count(all);
  size_t wanted = o->train_samples ? (size_t)o->train_samples : count;
  dpb_status status = DPB_OK;
  if (wanted > count) {
    code = fail(EXIT_USAGE, "--train-samples is %zu, the training set has %zu", wanted,
                count);
  } else {
    if (wanted < count) status = dpb_dataset_head(all, wanted, &head);
    if (status == DPB_OK)
      status = dpb_dataset_split(head ? head : all, o->validation, o->seed, &job->train,
                                 &job->validation);
    if (status != DPB_OK) code = fail_library(exit_code_of(status));
  }
  dpb_dataset_destroy(head);
  dpb_dataset_destroy(all);
  return code;
}

static int choose_batch(search_job *job) {
  search_options *o = &job->options;
  size_t count = dpb_dataset_count(job->train);
  if (o->batch > 0 && (size_t)o->batch > count)
    return fail(EXIT_USAGE, "--batch is %d, there are %zu samples to train on", o->batch,
                count);
  if (o->batch == 0) o->batch = count < DEFAULT_BATCH ? (int)count : DEFAULT_BATCH;
  return EXIT_OK;
}

/* A name stays a name, unless something inside of it is to be set. */
static int spell_net(search_job *job) {
  const char *net = job->options.net;
  if (dpb_network_find(net) == NULL || dpb_space_find(job->space, "dropout") < 0) {
    job->net = strcpy(need_memory(strlen(net) + 1), net);
    return EXIT_OK;
  }
  dpb_model_config config = {.input = dpb_dataset_sample_shape(job->train),
                             .max_batch = 1};
  dpb_model *model;
  int code = net_source_build(net, &config, &model);
  if (code == EXIT_OK) job->net = net_source_text(model);
  dpb_model_destroy(model);
  return code;
}

/* What every trial has in common: another run may only go on with the same. */
static char *note_text(const search_job *job) {
  const search_options *o = &job->options;
  size_t size = strlen(o->net) + strlen(o->data) + 512;
  char *text = need_memory(size);
  snprintf(text, size,
           "net %s; data %s, %zu to train, %zu to validate; validation %s; optimizer %s, "
           "lr %g, momentum %g, weight_decay %g, batch %d",
           o->net, o->data, dpb_dataset_count(job->train),
           dpb_dataset_count(job->validation), o->score ? "loss" : "accuracy",
           dpb_optimizer_name((dpb_optimizer_kind)o->optimizer), o->lr, o->momentum,
           o->weight_decay, o->batch);
  return text;
}

static int open_search(search_job *job) {
  const search_options *o = &job->options;
  char *text = note_text(job);
  dpb_search_config config = {.space = job->space,
                              .method = (dpb_search_method)o->method,
                              .goal = o->score ? DPB_MINIMIZE : DPB_MAXIMIZE,
                              .seed = o->seed,
                              .trials = o->trials,
                              .max_budget = o->epochs,
                              .path = job->path,
                              .resume = o->resume,
                              .note = text};
  dpb_status status = dpb_search_create(&config, &job->search);
  free(text);
  if (status == DPB_ERR_STATE && job->path != NULL && !o->resume)
    return fail(EXIT_USAGE, "%s; --resume goes on with it", dpb_error_message());
  if (status != DPB_OK) return fail_library(exit_code_of(status));
  job->found = dpb_search_told(job->search);
  return EXIT_OK;
}

static int make_path(search_job *job) {
  const char *out = job->options.out;
  if (out == NULL) return EXIT_OK;
  int code = folder_for_output(out);
  size_t size = strlen(out) + sizeof "/trials.tsv";
  job->path = need_memory(size);
  snprintf(job->path, size, "%s%strials.tsv", out,
           out[strlen(out) - 1] == '/' ? "" : "/");
  return code;
}

static int on_progress(const dpb_progress *now, void *user) {
  (void)now;
  (void)user;
  return stop_signal() != 0;
}

static dpb_status build(const search_job *job, const search_settings *s, run *r) {
  const search_options *o = &job->options;
  int decoupled = s->optimizer == DPB_ADAMW;
  dpb_model_config config = {.input = dpb_dataset_sample_shape(job->train),
                             .max_batch = s->batch,
                             .seed = o->seed,
                             .threads = o->threads,
                             .weight_decay = decoupled ? 0.0f : (float)s->weight_decay};
  dpb_status status = dpb_model_create(&config, &r->model);
  if (status == DPB_OK)
    status = dpb_network_find(s->net) ? dpb_add_network(r->model, s->net)
                                      : dpb_add_text(r->model, s->net);
  if (status == DPB_OK) status = dpb_model_build(r->model);
  dpb_optimizer_config about = {.kind = (dpb_optimizer_kind)s->optimizer,
                                .lr = (float)s->lr,
                                .momentum = (float)s->momentum,
                                .weight_decay =
                                    decoupled ? (float)s->weight_decay : 0.0f};
  float *parameters, *gradients;
  size_t count = 0;
  if (status == DPB_OK)
    status = dpb_model_flat(r->model, &parameters, &gradients, &count);
  if (status == DPB_OK) status = dpb_optimizer_create(&about, count, &r->optimizer);
  return status;
}

static void run_free(run *r) {
  dpb_trainer_destroy(r->trainer);
  dpb_optimizer_destroy(r->optimizer);
  dpb_model_destroy(r->model);
}

/* Builds the network at the low ends of the space, or at the high ones: a text that
 * nobody could build is refused before the first trial. */
static int check_net(search_job *job) {
  int code = EXIT_OK;
  for (int high = 1; high >= 0; high--) {
    double values[64];
    for (int i = 0; i < dpb_space_count(job->space); i++) {
      dpb_dimension d;
      if (dpb_space_dimension(job->space, i, &d) != DPB_OK)
        return fail_library(EXIT_USAGE);
      values[i] = high ? d.high : d.low;
    }
    search_settings s = search_settings_of(job, values);
    run r = {0};
    dpb_status status = build(job, &s, &r);
    if (status != DPB_OK && !high) code = fail_library(exit_code_of(status));
    run_free(&r);
    free(s.net);
    if (status == DPB_OK) return EXIT_OK;
  }
  return code;
}

int search_prepare(search_job *job) {
  if (dpb_space_parse(job->options.space, &job->space) != DPB_OK)
    return fail(EXIT_USAGE, "--space: %s", dpb_error_message());
  int code = load_data(job);
  if (code == EXIT_OK) code = choose_batch(job);
  if (code == EXIT_OK) code = spell_net(job);
  if (code == EXIT_OK) code = search_settings_check(job);
  if (code == EXIT_OK) code = check_net(job);
  if (code == EXIT_OK) code = make_path(job);
  if (code == EXIT_OK) code = open_search(job);
  return code;
}

/* Keeps the course of a trial for 'deepblas plot'. A trial is not lost with its curve. */
static void save_curve(const search_job *job, const run *r, int id) {
  if (job->path == NULL) return;
  char name[64];
  char *curves = folder_join(job->options.out, "curves");
  snprintf(name, sizeof name, "trial-%d.csv", id + 1);
  char *path = folder_join(curves, name);
  if (folder_make(curves) != 0 || dpb_trainer_save_history(r->trainer, path) != DPB_OK)
    note("%s is not written: the picture of the search will lack it", path);
  free(path);
  free(curves);
}

/* Trains as long as the trial may; *score is the last epoch's. */
static dpb_status train(const search_job *job, run *r, int batch, const dpb_trial *trial,
                        double *score) {
  dpb_trainer_config config = {.model = r->model,
                               .optimizer = r->optimizer,
                               .train = job->train,
                               .validation = job->validation,
                               .epochs = (size_t)trial->budget,
                               .batch = batch,
                               .seed = job->options.seed,
                               .train_samples = 1,
                               .callback = on_progress};
  dpb_status status = dpb_trainer_create(&config, &r->trainer);
  if (status == DPB_OK) status = dpb_trainer_run(r->trainer);
  if (status != DPB_OK) return status;
  save_curve(job, r, trial->id);
  size_t epochs = 0;
  const dpb_epoch *history = dpb_trainer_history(r->trainer, &epochs);
  const dpb_epoch *last = &history[epochs - 1];
  *score = job->options.score ? last->validation_loss : last->validation_accuracy;
  return DPB_OK;
}

/* *stopped: by a signal, and the trial has no score. A net that cannot be built with its
 * values is the trial's own misfortune. */
static int run_trial(search_job *job, const dpb_trial *trial, double *score,
                     int *stopped) {
  search_settings s = search_settings_of(job, trial->values);
  run r = {0};
  *score = (double)NAN;
  dpb_status status = build(job, &s, &r);
  int code = EXIT_OK;
  if (status == DPB_OK) status = train(job, &r, s.batch, trial, score);
  *stopped = status == DPB_ERR_STOPPED;
  if (status == DPB_ERR_MEMORY)
    code = fail_library(exit_code_of(status));
  else if (status != DPB_OK && !*stopped && !job->options.quiet)
    note("trial %d failed: %s", trial->id + 1, dpb_error_message());
  run_free(&r);
  free(s.net);
  return code;
}

int search_run(search_job *job) {
  stop_watch();
  while (!dpb_search_done(job->search)) {
    if (stop_signal() != 0) break;
    dpb_trial trial;
    double score;
    int stopped;
    if (dpb_search_ask(job->search, &trial) != DPB_OK) return fail_library(EXIT_DATA);
    int code = run_trial(job, &trial, &score, &stopped);
    if (code != EXIT_OK) return code;
    if (stopped) break;
    if (dpb_search_tell(job->search, trial.id, score) != DPB_OK)
      return fail_library(EXIT_DATA);
    search_report_trial(job, &trial, score);
  }
  if (dpb_search_done(job->search)) return EXIT_OK;
  int told = dpb_search_told(job->search);
  note("stopped by %s after %d trial%s%s", stop_signal() == SIGINT ? "SIGINT" : "SIGTERM",
       told, told == 1 ? "" : "s", job->path ? ", which --resume goes on from" : "");
  return 128 + stop_signal();
}

void search_free(search_job *job) {
  dpb_search_destroy(job->search);
  dpb_space_destroy(job->space);
  dpb_dataset_destroy(job->train);
  dpb_dataset_destroy(job->validation);
  free(job->net);
  free(job->path);
  *job = (search_job){0};
}
