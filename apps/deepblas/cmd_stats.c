/* SPDX-License-Identifier: MIT
 *
 * deepblas stats: what the outputs of each layer look like.
 */
#include <stdio.h>

#include <deepblas/npz.h>
#include <deepblas/statistics.h>

#include "command.h"
#include "data_source.h"
#include "net_source.h"
#include "options.h"
#include "report.h"
#include "stats_report.h"

static const option_page page = {
    .summary = "Show what each layer puts out: spread, dead and saturated units.",
    .after =
        "One pass over a mini-batch, of a trained network or of --net with its initial\n"
        "weights. Every layer is looked at by itself. 'zero' is the share of all "
        "numbers\n"
        "that are 0, 'dead' the share of outputs that are 0 for every sample (units of\n"
        "a ReLU that learn nothing any more), 'saturated' the share of numbers within 1 "
        "%\n"
        "of an end of sigmoid or tanh, where gradients vanish. --out writes\n"
        "activations.csv, a histogram of each layer: layer, name, low, high, count.\n"
        "\n"
        "Exit status:\n"
        "  0  looked at\n"
        "  1  a layer put out numbers that are not finite\n"
        "  2  options, network or sizes that do not fit\n"
        "  3  data that is missing or bad, or writing failed\n"
        "\n"
        "Examples:\n"
        "  deepblas stats --net 'affine 100, sigmoid, affine 100, sigmoid, affine 10' "
        "\\\n"
        "                 --init 'std 1'\n"
        "  deepblas stats --model run1/model.npz --data data/mnist --out figures\n"};

typedef struct stats_options {
  const char *model, *net, *init, *data, *out;
  int split; /* index in "train|test" */
  int batch, bins, training, json;
  uint64_t seed;
} stats_options;

static int parse(stats_options *o, int argc, char *argv[]) {
  const option_spec list[] = {
      {.help = "Network:"},
      {OPTION_TEXT, "model", 'm', "FILE", "model.npz of 'deepblas train', or", &o->model,
       NULL, 0, 0},
      {OPTION_TEXT, "net", 'n', "SPEC|NAME", "layers or a name, with initial weights",
       &o->net, NULL, 0, 0},
      {OPTION_TEXT, "init", 0, "HOW",
       "how weights begin where --net does not say it: he,\n"
       "xavier, glorot, 'he uniform', ..., 'std 0.01',\n"
       "'uniform 0.1' (default: he in front of ReLU and its\n"
       "kin, else xavier)",
       &o->init, NULL, 0, 0},
      {OPTION_SEED, "seed", 's', "N", "of initial weights (default: 1)", &o->seed, NULL,
       0, 0},
      {.help = "Data:"},
      {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &o->data, NULL, 0, 0},
      {OPTION_CHOICE, "split", 0, "NAME", "train (default) or test", &o->split,
       "train|test", 0, 0},
      {OPTION_INT, "batch", 'b', "N", "samples, the first of the split (default: 1000)",
       &o->batch, NULL, 1, 1000000},
      {OPTION_FLAG, "training", 0, NULL,
       "as in training: dropout drops, batch normalisation\n"
       "takes the statistics of the batch",
       &o->training, NULL, 0, 0},
      {.help = "Output:"},
      {OPTION_INT, "bins", 0, "N", "of the histograms (default: 30)", &o->bins, NULL, 1,
       1000000},
      {OPTION_TEXT, "out", 0, "DIR", "folder for activations.csv, made if need be",
       &o->out, NULL, 0, 0},
      {OPTION_FLAG, "json", 'j', NULL, "one JSON object, and no other text", &o->json,
       NULL, 0, 0},
  };
  int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  if (!o->model == !o->net)
    return fail_usage("--model or --net must be given, one of them");
  if (o->model && o->init)
    return fail_usage("--model holds its weights: --init means nothing");
  if (o->json && o->out)
    return fail_usage("--json holds the histograms: --out is for tables");
  return -1;
}

static int load_model(const stats_options *o, const dpb_dataset *data,
                      dpb_model **model) {
  /* The pass has memory of its own: the model's may be the least there is. */
  dpb_model_config config = {.input = dpb_dataset_sample_shape(data),
                             .max_batch = 1,
                             .seed = o->seed,
                             .threads = 1};
  if (o->model) {
    config.input = (dpb_hwc){0, 0, 0};
    dpb_status status = dpb_model_load(o->model, &config, model);
    return status == DPB_OK ? EXIT_OK : fail_library(EXIT_DATA);
  }
  if (o->init && dpb_init_from_text(o->init, &config.init) != DPB_OK)
    return fail_usage("--init: %s", dpb_error_message());
  return net_source_build(o->net, &config, model);
}

static int fits(const dpb_model *model, const dpb_dataset *data) {
  dpb_hwc in = dpb_model_input(model), have = dpb_dataset_sample_shape(data);
  int64_t wanted = (int64_t)in.h * in.w * in.c, found = (int64_t)have.h * have.w * have.c;
  int same = in.h == have.h && in.w == have.w && in.c == have.c;
  if (same || (in.h == 1 && in.w == 1 && have.c == 1 && wanted == found)) return EXIT_OK;
  return fail(EXIT_USAGE, "samples are %dx%dx%d, the model's input is %dx%dx%d", have.h,
              have.w, have.c, in.h, in.w, in.c);
}

static int look(const stats_options *o, const dpb_model *model, const dpb_dataset *data) {
  dpb_statistics *statistics = NULL;
  dpb_batch batch;
  size_t count = dpb_dataset_count(data);
  int n = count < (size_t)o->batch ? (int)count : o->batch;
  const dpb_statistics_config config = {.train = o->training, .bins = o->bins};
  dpb_status status = dpb_dataset_batch(data, 0, n, &batch);
  if (status == DPB_OK)
    status = dpb_model_statistics(model, &batch, &config, &statistics);
  int code = status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
  if (code == EXIT_OK) code = stats_judge(model, statistics);
  if (code == EXIT_OK && o->json) {
    stats_print_json(model, statistics, n);
  } else if (code == EXIT_OK) {
    printf("%d samples of %s\n\n", n, o->data);
    stats_print(model, statistics);
    if (o->out) code = stats_write(model, statistics, o->out);
  }
  dpb_statistics_destroy(statistics);
  return code;
}

int run_stats(int argc, char *argv[]) {
  stats_options o = {.data = "sample", .batch = 1000, .bins = 30, .seed = 1};
  int leave = parse(&o, argc, argv);
  if (leave != -1) return leave;
  dpb_dataset *data = NULL;
  dpb_model *model = NULL;
  int code = data_source_load(o.data, o.split ? DPB_TEST : DPB_TRAIN, &data);
  if (code == EXIT_OK) code = load_model(&o, data, &model);
  if (code == EXIT_OK) code = fits(model, data);
  if (code == EXIT_OK) code = net_source_scale(model, data);
  if (code == EXIT_OK) code = look(&o, model, data);
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
  return code;
}
