/* SPDX-License-Identifier: MIT
 *
 * Lines are flushed one by one, so that a log can be followed while it grows.
 */
#include "train_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "net_source.h"
#include "table.h"

/* What was asked for beyond the plain optimiser. */
static void print_extras(const train_options *o) {
  if (o->weight_decay > 0) {
    printf("           weight decay %g%s\n", o->weight_decay,
           o->optimizer == DPB_ADAMW ? ", decoupled" : "");
  }
  printf("schedule   %s\n", o->schedule);
  if (o->clip_norm > 0) printf("clipping   global norm %g\n", o->clip_norm);
  if (o->accumulate > 1) printf("step       of %d mini-batches\n", o->accumulate);
  if (o->augment) printf("augment    %s\n", o->augment);
  if (o->overfit_batch) printf("overfit    the first mini-batch alone\n");
  if (o->patience > 0) {
    printf("stopping   after %d epoch%s without better validation %s\n", o->patience,
           o->patience == 1 ? "" : "s", o->monitor ? "accuracy" : "loss");
  }
}

void train_report_begin(const train_job *job) {
  const train_options *o = &job->options;
  char number[32];
  char *text = net_source_text(job->model);
  dpb_hwc in = dpb_dataset_sample_shape(job->train);
  printf("net        %s\n", text);
  free(text);
  printf("           %s parameters, %d thread%s\n",
         count_text(net_source_parameters(job->model), number),
         dpb_model_threads(job->model), dpb_model_threads(job->model) == 1 ? "" : "s");
  printf("data       %s, %dx%dx%d: %zu to train", o->data, in.h, in.w, in.c,
         dpb_dataset_count(job->train));
  if (job->validation) printf(", %zu to validate", dpb_dataset_count(job->validation));
  printf(", %zu to test\n", dpb_dataset_count(job->test));
  printf("optimizer  %s, learning rate %g, batch %d, seed %llu\n",
         dpb_optimizer_name((dpb_optimizer_kind)o->optimizer), (double)job->lr,
         job->batch, (unsigned long long)o->seed);
  print_extras(o);
  if (job->resume_path) {
    dpb_trainer_place place = {0};
    (void)dpb_trainer_where(job->trainer, &place);
    printf("resumed    %s, in epoch %zu after step %zu of %zu\n", job->resume_path,
           place.epochs + 1, place.step, place.epoch_steps);
  }
  printf("\n");
  fflush(stdout);
}

void train_report_epoch(const train_job *job, const dpb_progress *now) {
  const dpb_epoch *r = now->record;
  int width = snprintf(NULL, 0, "%zu", now->epochs);
  printf("epoch %*zu/%zu  loss %.4f  train %6.2f %%", width, r->epoch, now->epochs,
         r->train_loss, 100 * r->train_accuracy);
  if (job->validation) printf("  validation %6.2f %%", 100 * r->validation_accuracy);
  printf("  test %6.2f %%  %5.1f s", 100 * r->test_accuracy, r->seconds);
  if (r->seconds > 0) printf("  %7.0f images/s", (double)now->samples / r->seconds);
  if (strcmp(job->options.schedule, "constant") != 0)
    printf("  lr %.3g", (double)r->learning_rate);
  printf("\n");
  fflush(stdout);
}

void train_report_within(const train_job *job, const dpb_progress *now) {
  const dpb_epoch *r = now->record;
  int width = snprintf(NULL, 0, "%zu", now->epochs);
  printf("step %*s%zu/%zu  loss %.4f", width, "", now->step, now->steps, r->train_loss);
  if (job->validation) printf("  validation %6.2f %%", 100 * r->validation_accuracy);
  printf("  test %6.2f %%\n", 100 * r->test_accuracy);
  fflush(stdout);
}

static double accuracy(const dpb_evaluation *result) {
  return result->total ? (double)result->correct / (double)result->total : (double)NAN;
}

/* Which epoch's parameters were kept. */
static void print_best(const train_job *job) {
  const dpb_epoch *best = dpb_trainer_best(job->trainer);
  if (best == NULL || job->ended != DPB_OK) return;
  printf("%skept       epoch %zu, validation loss %.4f, %.2f %%%s\n",
         job->options.quiet ? "" : "\n", best->epoch, best->validation_loss,
         100 * best->validation_accuracy,
         dpb_trainer_stopped_early(job->trainer) ? "; stopped early" : "");
}

void train_report_end(const train_job *job) {
  const dpb_evaluation *r = &job->result;
  const int kept = dpb_trainer_best(job->trainer) && job->ended == DPB_OK;
  print_best(job);
  if (r->total && (job->learned || job->ended == DPB_OK)) {
    printf("%stest       %zu of %zu correct (%.2f %%), loss %.4f\n",
           job->options.quiet || kept ? "" : "\n", r->correct, r->total,
           100 * accuracy(r), r->loss);
  }
  if (job->model_path) printf("model      %s\n", job->model_path);
  if (job->history_path) printf("history    %s\n", job->history_path);
  if (job->checkpoint_path && job->ended == DPB_ERR_STOPPED)
    printf("checkpoint %s\n", job->checkpoint_path);
  if (job->options.out == NULL && !job->options.quiet) {
    printf("not saved  --out DIR would keep the model and its history\n");
  }
}

static void write_epoch(json *j, const train_job *job, const dpb_epoch *r) {
  json_object(j, NULL);
  json_count(j, "epoch", r->epoch);
  json_count(j, "steps", r->steps);
  json_number(j, "train_loss", r->train_loss);
  json_number(j, "train_accuracy", r->train_accuracy);
  if (job->validation) {
    json_number(j, "validation_loss", r->validation_loss);
    json_number(j, "validation_accuracy", r->validation_accuracy);
  }
  json_number(j, "test_loss", r->test_loss);
  json_number(j, "test_accuracy", r->test_accuracy);
  json_float(j, "learning_rate", r->learning_rate);
  json_number(j, "seconds", r->seconds);
  json_end_object(j);
}

/* The rows of the history that are epochs, or those that are not. */
static void write_rows(json *j, const train_job *job, const char *key, int partial) {
  size_t count = 0;
  const dpb_epoch *history = dpb_trainer_history(job->trainer, &count);
  json_array(j, key);
  for (size_t i = 0; i < count; i++) {
    if (history[i].partial == partial) write_epoch(j, job, &history[i]);
  }
  json_end_array(j);
}

/* What is NULL or 0 was not asked for. */
static void write_extras(json *j, const train_options *o) {
  if (o->weight_decay > 0) json_number(j, "weight_decay", o->weight_decay);
  json_text(j, "schedule", o->schedule);
  if (o->clip_norm > 0) json_number(j, "clip_norm", o->clip_norm);
  if (o->accumulate > 1) json_count(j, "accumulate", (uint64_t)o->accumulate);
  if (o->augment) json_text(j, "augment", o->augment);
  if (o->overfit_batch) json_bool(j, "overfit_batch", 1);
  if (o->patience > 0) json_count(j, "patience", (uint64_t)o->patience);
}

static void write_settings(json *j, const train_job *job) {
  const train_options *o = &job->options;
  char *text = net_source_text(job->model);
  json_text(j, "net", text);
  free(text);
  json_hwc(j, "input", dpb_model_input(job->model));
  json_count(j, "parameters", net_source_parameters(job->model));
  json_text(j, "data", o->data);
  json_count(j, "train_samples", dpb_dataset_count(job->train));
  if (job->validation) {
    json_count(j, "validation_samples", dpb_dataset_count(job->validation));
  }
  json_text(j, "optimizer", dpb_optimizer_name((dpb_optimizer_kind)o->optimizer));
  json_float(j, "lr", job->lr);
  json_count(j, "batch", (uint64_t)job->batch);
  json_count(j, "seed", o->seed);
  json_count(j, "threads", (uint64_t)dpb_model_threads(job->model));
  write_extras(j, o);
}

void train_report_json(const train_job *job) {
  const dpb_evaluation *r = &job->result;
  json j = json_to(stdout);
  json_object(&j, NULL);
  json_text(&j, "status",
            job->ended == DPB_OK            ? "finished"
            : job->ended == DPB_ERR_STOPPED ? "stopped"
                                            : "diverged");
  write_settings(&j, job);
  write_rows(&j, job, "epochs", 0);
  if (job->options.evaluate_every > 0) write_rows(&j, job, "within_epochs", 1);
  const dpb_epoch *best = dpb_trainer_best(job->trainer);
  if (best) {
    json_count(&j, "best_epoch", best->epoch);
    json_bool(&j, "stopped_early", dpb_trainer_stopped_early(job->trainer));
  }
  json_count(&j, "correct", r->correct);
  json_count(&j, "total", r->total);
  json_number(&j, "loss", r->total ? r->loss : (double)NAN);
  json_number(&j, "accuracy", accuracy(r));
  json_text(&j, "model", job->model_path);
  json_text(&j, "history", job->history_path);
  json_text(&j, "checkpoint", job->checkpoint_path);
  if (job->resume_path) json_count(&j, "resumed_after_steps", job->resumed_steps);
  json_end_object(&j);
}
