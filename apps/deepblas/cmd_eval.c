/* SPDX-License-Identifier: MIT
 *
 * deepblas eval: how many samples a trained network gets right.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <deepblas/npz.h>
#include <deepblas/trainer.h>

#include "command.h"
#include "data_source.h"
#include "json.h"
#include "net_source.h"
#include "options.h"
#include "report.h"

static const option_page page = {
    .summary = "Measure a trained network on a data set.",
    .after =
        "A model is a file of 'deepblas train'; weights are an npz file that holds\n"
        "nothing but W1, b1, W2, ..., which --net gives their place. Every sample\n"
        "counts. --json prints an object with correct, total, loss and accuracy.\n"
        "\n"
        "Exit status:\n"
        "  0  measured\n"
        "  1  the network's outputs are not finite\n"
        "  2  options or shapes that do not fit\n"
        "  3  files that are missing or bad, or writing failed\n"
        "\n"
        "Examples:\n"
        "  deepblas eval --model run1/model.npz\n"
        "  deepblas eval --net three_layer --weights book.npz --data data/mnist --json\n"
        "  deepblas eval --model run1/model.npz --predictions classes.npy\n"};

enum { DEFAULT_BATCH = 100 };

typedef struct eval_options {
  const char *model;
  const char *net;
  const char *weights;
  const char *data;
  int split; /* index in "test|train" */
  int batch;
  int threads;
  const char *predictions;
  int json;
} eval_options;

static int parse(eval_options *o, int argc, char *argv[]) {
  const option_spec list[] = {
      {.help = "Network:"},
      {OPTION_TEXT, "model", 'm', "FILE", "model.npz of 'deepblas train', or", &o->model,
       NULL, 0, 0},
      {OPTION_TEXT, "net", 'n', "SPEC|NAME", "layers or a name, together with", &o->net,
       NULL, 0, 0},
      {OPTION_TEXT, "weights", 'w', "FILE", "npz file of bare weights W1, b1, ...",
       &o->weights, NULL, 0, 0},
      {.help = "Data:"},
      {OPTION_TEXT, "data", 'd', "DIR|sample", DATA_HELP, &o->data, NULL, 0, 0},
      {OPTION_CHOICE, "split", 0, "NAME", "test (default) or train", &o->split,
       "test|train", 0, 0},
      {.help = "Running:"},
      {OPTION_INT, "batch", 'b', "N", "samples at a time (default: 100)", &o->batch, NULL,
       1, 1000000},
      {OPTION_INT, "threads", 't', "N", "worker threads (default: the CPUs there are)",
       &o->threads, NULL, 1, 1024},
      {.help = "Output:"},
      {OPTION_TEXT, "predictions", 'p', "FILE.npy",
       "write the class of each sample, as uint8", &o->predictions, NULL, 0, 0},
      {OPTION_FLAG, "json", 'j', NULL, "one JSON object, and no other text", &o->json,
       NULL, 0, 0},
  };
  int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  if (o->model == NULL && o->net == NULL && o->weights == NULL) {
    return fail_usage("--model is missing, or --net with --weights");
  }
  if (o->model && (o->net || o->weights)) {
    return fail_usage("--model holds its network: --%s cannot be given with it",
                      o->net ? "net" : "weights");
  }
  if (o->model == NULL && !(o->net && o->weights)) {
    return fail_usage("--%s is missing beside --%s", o->net ? "weights" : "net",
                      o->net ? "net" : "weights");
  }
  return -1;
}

static int load_model(const eval_options *o, const dpb_dataset *data, dpb_model **model) {
  size_t count = dpb_dataset_count(data);
  int batch = count < (size_t)o->batch ? (int)count : o->batch;
  dpb_model_config config = {
      .max_batch = batch, .seed = 1, .threads = o->threads, .inference = 1};
  if (o->model) {
    /* Whatever does not fit in there, it is the file that is wrong. */
    dpb_status status = dpb_model_load(o->model, &config, model);
    return status == DPB_OK ? EXIT_OK : fail_library(EXIT_DATA);
  }
  config.input = dpb_dataset_sample_shape(data);
  int code = net_source_build(o->net, &config, model);
  if (code != EXIT_OK) return code;
  dpb_status status = dpb_model_load_weights(*model, o->weights);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

/* Writes the predicted classes as bytes. */
static int save_predictions(const char *path, const int32_t *classes, size_t count) {
  if (count > INT_MAX) return fail(EXIT_USAGE, "%zu predictions are too many", count);
  uint8_t *bytes = need_memory(count);
  for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)classes[i];
  dpb_shape shape = {1, {(int)count}};
  dpb_status status = dpb_npy_save_bytes(path, &shape, bytes);
  free(bytes);
  return status == DPB_OK ? EXIT_OK : fail_library(EXIT_DATA);
}

static void print_result(const eval_options *o, const dpb_evaluation *r) {
  double accuracy = (double)r->correct / (double)r->total;
  if (!o->json) {
    printf("%zu of %zu correct (%.2f %%), loss %.4f\n", r->correct, r->total,
           100 * accuracy, r->loss);
    return;
  }
  json j = json_to(stdout);
  json_object(&j, NULL);
  json_count(&j, "correct", r->correct);
  json_count(&j, "total", r->total);
  json_number(&j, "loss", r->loss);
  json_number(&j, "accuracy", accuracy);
  json_text(&j, "data", o->data);
  json_text(&j, "split", o->split ? "train" : "test");
  json_text(&j, "predictions", o->predictions);
  json_end_object(&j);
}

static int evaluate(const eval_options *o, dpb_model *model, const dpb_dataset *data) {
  dpb_hwc out = dpb_model_output(model);
  size_t classes = (size_t)out.h * (size_t)out.w * (size_t)out.c;
  if (o->predictions && classes > 256) {
    return fail(EXIT_USAGE, "--predictions holds classes as uint8, the net has %zu",
                classes);
  }
  size_t count = dpb_dataset_count(data);
  int32_t *predictions = NULL;
  if (o->predictions) predictions = need_memory(count * sizeof *predictions);
  dpb_evaluation result;
  dpb_status status = dpb_evaluate(model, data, &result, predictions);
  int code = status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
  if (code == EXIT_OK && predictions) {
    code = save_predictions(o->predictions, predictions, count);
  }
  free(predictions);
  if (code == EXIT_OK) print_result(o, &result);
  return code;
}

int run_eval(int argc, char *argv[]) {
  eval_options o = {.data = "sample", .batch = DEFAULT_BATCH};
  int leave = parse(&o, argc, argv);
  if (leave != -1) return leave;
  dpb_dataset *data = NULL;
  dpb_model *model = NULL;
  int code = data_source_load(o.data, o.split ? DPB_TRAIN : DPB_TEST, &data);
  if (code == EXIT_OK) code = load_model(&o, data, &model);
  if (code == EXIT_OK) code = evaluate(&o, model, data);
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
  return code;
}
