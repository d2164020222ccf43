/* SPDX-License-Identifier: MIT
 *
 * Everything is read and checked before the first file is touched, and an older model is
 * replaced only by one that has learned something.
 */
#include "train_run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deepblas/npz.h>

#include "command.h"
#include "data_source.h"
#include "elapsed.h"
#include "net_source.h"
#include "out_folder.h"
#include "report.h"
#include "stop.h"
#include "train_checkpoint.h"
#include "train_report.h"

enum { DEFAULT_BATCH = 100 };

/* Puts the wanted part of the training set, and of that the validation share, in place.
 */
static int cut_train_set(train_job *job) {
  const train_options *o = &job->options;
  size_t count = dpb_dataset_count(job->train);
  size_t wanted = o->train_samples ? (size_t)o->train_samples : count;
  if (wanted > count) {
    return fail(EXIT_USAGE, "--train-samples is %zu, the training set has %zu", wanted,
                count);
  }
  dpb_dataset *part = NULL;
  if (wanted < count) {
    if (dpb_dataset_head(job->train, wanted, &part) != DPB_OK) {
      return fail_library(EXIT_DATA);
    }
    dpb_dataset_destroy(job->train);
    job->train = part;
  }
  if (o->validation > 0) {
    dpb_status status = dpb_dataset_split_stratified(job->train, o->validation, o->seed,
                                                     &part, &job->validation);
    if (status != DPB_OK) return fail_library(exit_code_of(status));
    dpb_dataset_destroy(job->train);
    job->train = part;
  }
  return EXIT_OK;
}

static int choose_batch(train_job *job) {
  size_t count = dpb_dataset_count(job->train);
  if ((size_t)job->options.batch > count) {
    return fail(EXIT_USAGE, "--batch is %d, there are %zu samples to train on",
                job->options.batch, count);
  }
  job->batch = job->options.batch;
  if (job->batch == 0) job->batch = count < DEFAULT_BATCH ? (int)count : DEFAULT_BATCH;
  return EXIT_OK;
}

static int load_data(train_job *job) {
  int code = data_source_load(job->options.data, DPB_TRAIN, &job->train);
  if (code == EXIT_OK) code = data_source_load(job->options.data, DPB_TEST, &job->test);
  if (code == EXIT_OK) code = cut_train_set(job);
  if (code == EXIT_OK) code = choose_batch(job);
  return code;
}

static int make_optimizer(train_job *job) {
  const train_options *o = &job->options;
  dpb_optimizer_config config = {.kind = (dpb_optimizer_kind)o->optimizer,
                                 .lr = (float)o->lr,
                                 .momentum = (float)o->momentum,
                                 .decay = (float)o->decay,
                                 .beta1 = (float)o->beta1,
                                 .beta2 = (float)o->beta2,
                                 .eps = (float)o->eps};
  if (o->optimizer == DPB_ADAMW) config.weight_decay = (float)o->weight_decay;
  float *parameters;
  float *gradients;
  size_t count = 0;
  dpb_status status = dpb_model_flat(job->model, &parameters, &gradients, &count);
  if (status == DPB_OK) status = dpb_optimizer_create(&config, count, &job->optimizer);
  job->lr = dpb_optimizer_lr(job->optimizer);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

/* After epochs, but not all the time, for who watches with 'deepblas plot'. A failure
 * stops nothing, and is told once: at the end it is tried again, by save. */
static void save_history(train_job *job) {
  if (job->options.out == NULL || elapsed_now() < job->history_due) return;
  char *path = folder_join(job->options.out, "history.csv");
  int failed = dpb_trainer_save_history(job->trainer, path) != DPB_OK;
  if (failed && !job->history_failed) {
    note("warning: %s; training goes on", dpb_error_message());
  }
  job->history_failed = failed;
  free(path);
  job->history_due = elapsed_now() + 2;
}

static int on_progress(const dpb_progress *now, void *user) {
  train_job *job = user;
  if (now->event == DPB_EVENT_EPOCH) {
    progress_clear(&job->bar);
    if (!job->options.quiet && !job->options.json) train_report_epoch(job, now);
    save_history(job);
    checkpoint_when_due(job, now);
  } else if (now->event == DPB_EVENT_EVALUATE) {
    progress_clear(&job->bar);
    if (!job->options.quiet && !job->options.json) train_report_within(job, now);
  } else {
    job->learned = 1;
    progress_show(&job->bar, now);
    checkpoint_when_due(job, now);
  }
  return stop_signal() != 0;
}

static int make_trainer(train_job *job) {
  const train_options *o = &job->options;
  dpb_trainer_config config = {.model = job->model,
                               .optimizer = job->optimizer,
                               .train = job->train,
                               .validation = job->validation,
                               .test = job->test,
                               .epochs = (size_t)o->epochs,
                               .batch = job->batch,
                               .sampling = (dpb_sampling)o->sampling,
                               .seed = o->seed,
                               .train_samples = (size_t)o->train_accuracy,
                               .callback = on_progress,
                               .user = job,
                               .schedule = o->schedule,
                               .clip_norm = (float)o->clip_norm,
                               .accumulate = o->accumulate,
                               .augment = o->augment,
                               .overfit_batch = o->overfit_batch,
                               .evaluate_every = (size_t)o->evaluate_every,
                               .patience = (size_t)o->patience,
                               .min_delta = (float)o->min_delta,
                               .monitor = (dpb_monitor)o->monitor};
  dpb_status status = dpb_trainer_create(&config, &job->trainer);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

/* What the data's classes are called and how it was scaled goes with the model. */
static int describe_data(train_job *job) {
  const dpb_scaling *scaling = dpb_dataset_scaling(job->train);
  const dpb_hwc out = dpb_model_output(job->model);
  const int classes = dpb_dataset_classes(job->train);
  dpb_status status = DPB_OK;
  if (scaling) {
    status =
        dpb_model_set_scaling(job->model, dpb_scaling_channels(scaling),
                              dpb_scaling_mean(scaling), dpb_scaling_deviation(scaling));
  }
  if (status == DPB_OK && dpb_dataset_class_name(job->train, 0) &&
      classes == out.h * out.w * out.c) {
    const char **names = need_memory((size_t)classes * sizeof *names);
    for (int i = 0; i < classes; i++) names[i] = dpb_dataset_class_name(job->train, i);
    status = dpb_model_set_class_names(job->model, classes, names);
    free(names);
  }
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

int train_prepare(train_job *job) {
  int code = load_data(job);
  if (code != EXIT_OK) return code;
  dpb_model_config config = {.input = dpb_dataset_sample_shape(job->train),
                             .max_batch = job->batch,
                             .seed = job->options.seed,
                             .threads = job->options.threads};
  if (job->options.optimizer != DPB_ADAMW) {
    config.weight_decay = (float)job->options.weight_decay;
  }
  if (job->options.init &&
      dpb_init_from_text(job->options.init, &config.init) != DPB_OK) {
    return fail_library(EXIT_USAGE);
  }
  code = net_source_build(job->options.net, &config, &job->model);
  if (code == EXIT_OK) code = describe_data(job);
  if (code == EXIT_OK) code = make_optimizer(job);
  if (code == EXIT_OK) code = make_trainer(job);
  return code == EXIT_OK ? checkpoint_resume(job) : code;
}

/* path, or NULL where nothing was saved; then *code says so. */
static char *saved_as(char *path, dpb_status status, int *code) {
  if (status == DPB_OK) return path;
  free(path);
  *code = fail_library(EXIT_DATA);
  return NULL;
}

/* One file that cannot be written does not keep the other from being. */
static int save(train_job *job) {
  if (job->options.out == NULL || !job->learned) return EXIT_OK;
  int code = EXIT_OK;
  char *path = folder_join(job->options.out, "model.npz");
  job->model_path = saved_as(path, dpb_model_save(job->model, path), &code);
  path = folder_join(job->options.out, "history.csv");
  job->history_path = saved_as(path, dpb_trainer_save_history(job->trainer, path), &code);
  return code;
}

static int stopped(const train_job *job) {
  const int saving = job->options.out && job->learned;
  note("stopped by %s, %s", stop_signal() == SIGINT ? "SIGINT" : "SIGTERM",
       saving ? "saving what was learned" : "nothing saved");
  return 128 + stop_signal();
}

int train_run(train_job *job) {
  stop_watch();
  progress_begin(&job->bar, job->options.quiet);
  /* whenever the run is killed from here on, there is something to go on from */
  if (job->options.checkpoint_every > 0 && !job->resume_path) checkpoint_write(job);
  job->ended = dpb_trainer_run(job->trainer);
  progress_clear(&job->bar);
  int code = EXIT_OK;
  if (job->ended == DPB_ERR_STOPPED) {
    code = stopped(job);
  } else if (job->ended != DPB_OK) {
    code = fail_library(exit_code_of(job->ended));
  }
  const int saved = save(job);
  /* a stopped run can go on another time; what it learned comes first where disks are
   * nearly full */
  if (job->ended == DPB_ERR_STOPPED && job->learned) checkpoint_write(job);
  if (saved == EXIT_OK && job->ended == DPB_OK) checkpoint_tidy(job);
  dpb_status measured = dpb_evaluate(job->model, job->test, &job->result, NULL);
  if (measured != DPB_OK && code == EXIT_OK) code = fail_library(exit_code_of(measured));
  return saved == EXIT_OK ? code : saved;
}

void train_free(train_job *job) {
  dpb_trainer_destroy(job->trainer);
  dpb_optimizer_destroy(job->optimizer);
  dpb_model_destroy(job->model);
  dpb_dataset_destroy(job->train);
  dpb_dataset_destroy(job->validation);
  dpb_dataset_destroy(job->test);
  free(job->model_path);
  free(job->history_path);
  free(job->checkpoint_path);
  *job = (train_job){0};
}
