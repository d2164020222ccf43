/* SPDX-License-Identifier: MIT
 *
 * Lines are flushed one by one, so that a log can be followed while it grows.
 */
#include "train_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "net_source.h"
#include "table.h"

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
  printf("optimizer  %s, learning rate %g, batch %d, seed %llu\n\n",
         dpb_optimizer_name((dpb_optimizer_kind)o->optimizer),
         (double)dpb_optimizer_lr(job->optimizer), job->batch,
         (unsigned long long)o->seed);
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
  printf("\n");
  fflush(stdout);
}

static double accuracy(const dpb_evaluation *result) {
  return result->total ? (double)result->correct / (double)result->total : (double)NAN;
}

void train_report_end(const train_job *job) {
  const dpb_evaluation *r = &job->result;
  if (r->total && (job->learned || job->ended == DPB_OK)) {
    printf("%stest       %zu of %zu correct (%.2f %%), loss %.4f\n",
           job->options.quiet ? "" : "\n", r->correct, r->total, 100 * accuracy(r),
           r->loss);
  }
  if (job->model_path) printf("model      %s\n", job->model_path);
  if (job->history_path) printf("history    %s\n", job->history_path);
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
  json_number(j, "seconds", r->seconds);
  json_end_object(j);
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
  json_float(j, "lr", dpb_optimizer_lr(job->optimizer));
  json_count(j, "batch", (uint64_t)job->batch);
  json_count(j, "seed", o->seed);
  json_count(j, "threads", (uint64_t)dpb_model_threads(job->model));
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
  json_array(&j, "epochs");
  size_t count = 0;
  const dpb_epoch *history = dpb_trainer_history(job->trainer, &count);
  for (size_t i = 0; i < count; i++) write_epoch(&j, job, &history[i]);
  json_end_array(&j);
  json_count(&j, "correct", r->correct);
  json_count(&j, "total", r->total);
  json_number(&j, "loss", r->total ? r->loss : (double)NAN);
  json_number(&j, "accuracy", accuracy(r));
  json_text(&j, "model", job->model_path);
  json_text(&j, "history", job->history_path);
  json_end_object(&j);
}
