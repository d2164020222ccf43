/* SPDX-License-Identifier: MIT
 *
 * deepblas eval: how many samples a trained network gets right.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/npz.h>
#include <deepblas/trainer.h>

#include "command.h"
#include "data_source.h"
#include "eval_plot.h"
#include "json.h"
#include "metrics_report.h"
#include "net_source.h"
#include "options.h"
#include "out_folder.h"
#include "report.h"

static const option_page page = {
    .summary = "Measure a trained network on a data set.",
    .after =
        "A model is a file of 'deepblas train'; weights are an npz file that holds\n"
        "nothing but W1, b1, W2, ..., which --net gives their place. Every sample\n"
        "counts. --json prints an object with correct, total, loss and accuracy, and\n"
        "what --metrics, --confusion and --top-k ask for. What would be 0/0 counts as "
        "0:\n"
        "the precision of a class that is never predicted. Means are over the classes\n"
        "that occur; balanced accuracy is the mean recall. --plot draws the confusion\n"
        "matrix and, of images, those that are taken for something else with the "
        "greatest\n"
        "confidence: confusion and misclassified, each .png, .svg and .gp, in --out.\n"
        "\n"
        "Exit status:\n"
        "  0  measured\n"
        "  1  the network's outputs are not finite\n"
        "  2  options or shapes that do not fit\n"
        "  3  files that are missing or bad, or writing failed\n"
        "\n"
        "Examples:\n"
        "  deepblas eval --model run1/model.npz\n"
        "  deepblas eval --model run1/model.npz --metrics --confusion --top-k 3\n"
        "  deepblas eval --model run1/model.npz --plot --out run1\n"
        "  deepblas eval --net three_layer --weights book.npz --data data/mnist --json\n"
        "  deepblas eval --model run1/model.npz --predictions classes.npy\n"};

enum { DEFAULT_BATCH = 100 };

typedef struct eval_options {
  const char *model;
  const char *net;
  const char *weights;
  const char *data;
  int split; /* index in "test|train" */
  int batch; /* 0: DEFAULT_BATCH, or what a model file's limit on memory leaves */
  int threads;
  const char *predictions;
  int metrics;
  int confusion;
  int top_k; /* 0: not wanted */
  int json;
  int plot; /* 1: files in out; 2: text */
  const char *out;
} eval_options;

enum { PLOT_FILES = 1, PLOT_TEXT };

/* What was measured. */
typedef struct eval_result {
  dpb_evaluation sum;
  size_t top_k;             /* correct */
  dpb_confusion *confusion; /* NULL: not wanted */
} eval_result;

static int check_plot(const eval_options *o) {
  if (o->plot == PLOT_FILES && o->out == NULL)
    return fail_usage("--plot needs --out DIR; --plot=term draws on the terminal");
  if (o->plot == PLOT_TEXT && o->json)
    return fail_usage("--plot=term does not go with --json");
  if (o->plot != PLOT_FILES && o->out) return fail_usage("--out goes with --plot");
  return -1;
}

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
      {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &o->data, NULL, 0, 0},
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
      {OPTION_FLAG, "metrics", 0, NULL, "precision, recall and F1 of each class",
       &o->metrics, NULL, 0, 0},
      {OPTION_FLAG, "confusion", 0, NULL, "what is taken for what", &o->confusion, NULL,
       0, 0},
      {OPTION_INT, "top-k", 0, "K", "how many have their class among the K likeliest",
       &o->top_k, NULL, 1, 1000000},
      {OPTION_SWITCH, "plot", 0, "term",
       "draw the confusion matrix and misclassified images\n"
       "into --out; --plot=term: as text",
       &o->plot, "term", 0, 0},
      {OPTION_TEXT, "out", 0, "DIR", "folder for the pictures, made if need be", &o->out,
       NULL, 0, 0},
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
  return check_plot(o);
}

static int load_model(const eval_options *o, const dpb_dataset *data, dpb_model **model) {
  size_t count = dpb_dataset_count(data);
  const int wanted = o->batch ? o->batch : DEFAULT_BATCH;
  const int batch = count < (size_t)wanted ? (int)count : wanted;
  dpb_model_config config = {.max_batch = o->model && o->batch == 0 ? 0 : batch,
                             .seed = 1,
                             .threads = o->threads,
                             .inference = 1};
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

/* Classes are compared by number: where both sides have names, they must agree. */
static int check_names(const dpb_model *model, const dpb_dataset *data) {
  for (int i = 0; i < dpb_dataset_classes(data); i++) {
    const char *own = dpb_model_class_name(model, i);
    const char *theirs = dpb_dataset_class_name(data, i);
    if (own && theirs && strcmp(own, theirs) != 0)
      return fail(EXIT_USAGE, "class %d of the data is '%s', of the model '%s'", i,
                  theirs, own);
  }
  return EXIT_OK;
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

static void print_json(const eval_options *o, const eval_result *r,
                       const dpb_dataset *data) {
  json j = json_to(stdout);
  json_object(&j, NULL);
  json_count(&j, "correct", r->sum.correct);
  json_count(&j, "total", r->sum.total);
  json_number(&j, "loss", r->sum.loss);
  json_number(&j, "accuracy", (double)r->sum.correct / (double)r->sum.total);
  if (o->top_k) {
    json_count(&j, "top_k", (uint64_t)o->top_k);
    json_number(&j, "top_k_accuracy", (double)r->top_k / (double)r->sum.total);
  }
  if (o->metrics) metrics_json(&j, r->confusion, data);
  if (o->confusion) confusion_json(&j, r->confusion);
  json_text(&j, "data", o->data);
  json_text(&j, "split", o->split ? "train" : "test");
  json_text(&j, "predictions", o->predictions);
  json_end_object(&j);
}

static void print_result(const eval_options *o, const eval_result *r,
                         const dpb_dataset *data) {
  double total = (double)r->sum.total;
  if (o->json) {
    print_json(o, r, data);
    return;
  }
  printf("%zu of %zu correct (%.2f %%), loss %.4f\n", r->sum.correct, r->sum.total,
         100 * (double)r->sum.correct / total, r->sum.loss);
  if (o->top_k) {
    printf("%zu of %zu among the %d likeliest (%.2f %%)\n", r->top_k, r->sum.total,
           o->top_k, 100 * (double)r->top_k / total);
  }
  if (o->metrics) metrics_print(r->confusion, data);
  if (o->confusion) confusion_print(r->confusion, data);
}

/* Everything that is wanted besides loss and accuracy; predictions may be NULL. */
static dpb_status measure_more(const eval_options *o, dpb_model *model,
                               const dpb_dataset *data, const int32_t *predictions,
                               int classes, eval_result *r) {
  dpb_status status = DPB_OK;
  if (o->metrics || o->confusion || o->plot) {
    status = dpb_confusion_create(classes, &r->confusion);
    if (status == DPB_OK) {
      status = dpb_confusion_add(r->confusion, dpb_dataset_count(data),
                                 dpb_dataset_labels(data), predictions);
    }
  }
  if (status == DPB_OK && o->top_k) {
    status = dpb_evaluate_top_k(model, data, o->top_k, &r->top_k);
  }
  return status;
}

static int evaluate(const eval_options *o, dpb_model *model, const dpb_dataset *data) {
  dpb_hwc out = dpb_model_output(model);
  size_t classes = (size_t)out.h * (size_t)out.w * (size_t)out.c;
  if (o->predictions && classes > 256) {
    return fail(EXIT_USAGE, "--predictions holds classes as uint8, the net has %zu",
                classes);
  }
  if ((size_t)o->top_k > classes) {
    return fail(EXIT_USAGE, "--top-k is %d, the net has %zu classes", o->top_k, classes);
  }
  size_t count = dpb_dataset_count(data);
  int32_t *predictions = need_memory(count * sizeof *predictions);
  eval_result result = {.confusion = NULL};
  dpb_status status = dpb_evaluate(model, data, &result.sum, predictions);
  if (status == DPB_OK) {
    status = measure_more(o, model, data, predictions, (int)classes, &result);
  }
  int code = status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
  if (code == EXIT_OK && o->predictions) {
    code = save_predictions(o->predictions, predictions, count);
  }
  if (code == EXIT_OK) print_result(o, &result, data);
  if (code == EXIT_OK && o->plot)
    code = eval_plot(model, data, result.confusion, o->out, o->json);
  dpb_confusion_destroy(result.confusion);
  free(predictions);
  return code;
}

int run_eval(int argc, char *argv[]) {
  eval_options o = {.data = "sample"};
  int leave = parse(&o, argc, argv);
  if (leave != -1) return leave;
  dpb_dataset *data = NULL;
  dpb_model *model = NULL;
  int code = EXIT_OK;
  if (o.out && folder_make(o.out) != 0)
    code = fail(EXIT_DATA, "%s: %s", o.out, strerror(errno));
  if (code == EXIT_OK)
    code = data_source_load(o.data, o.split ? DPB_TRAIN : DPB_TEST, &data);
  if (code == EXIT_OK) code = load_model(&o, data, &model);
  if (code == EXIT_OK) code = check_names(model, data);
  if (code == EXIT_OK) code = net_source_scale(model, data);
  if (code == EXIT_OK) code = evaluate(&o, model, data);
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
  return code;
}
