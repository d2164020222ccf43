/* SPDX-License-Identifier: MIT
 *
 * deepblas gradcheck: backpropagation against numerical gradients, tensor by tensor.
 */
#include <stdio.h>
#include <stdlib.h>

#include <deepblas/gradcheck.h>

#include "command.h"
#include "json.h"
#include "net_source.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Check a network's backpropagation against numerical gradients.",
    .after =
        "The float32 gradients that training uses are compared with central differences\n"
        "of an independent double-precision network, on random inputs. Large tensors "
        "are\n"
        "checked at sampled coordinates and along random directions. Coordinates at\n"
        "which a difference would step over a kink (ReLU at 0) are skipped. A gradient\n"
        "that is zero everywhere, or not finite, fails; but that of a bias whose sum\n"
        "batch normalisation takes off again must be, and is 'ok, 0'.\n"
        "\n"
        "Exit status:\n"
        "  0  every tensor passed\n"
        "  1  one failed\n"
        "  2  options or networks that do not fit\n"
        "\n"
        "Examples:\n"
        "  deepblas gradcheck --net two_layer\n"
        "  deepblas gradcheck --net 'affine 20, tanh, affine 5, mse' --input 12\n"};

enum { DEFAULT_BATCH = 4, MAX_BATCH = 1000 };

typedef struct check_options {
  const char *net;
  dpb_hwc input;
  int batch;
  uint64_t seed;
  double limit;
  int json;
} check_options;

static int parse(check_options *o, int argc, char *argv[]) {
  const option_spec list[] = {
      {OPTION_TEXT, "net", 'n', "SPEC|NAME", NET_HELP, &o->net, NULL, 0, 0},
      {OPTION_INPUT, "input", 'i', "HxWxC", INPUT_HELP, &o->input, NULL, 0, 0},
      {OPTION_INT, "batch", 'b', "N", "samples, 4 or more (default: 4)", &o->batch, NULL,
       DEFAULT_BATCH, MAX_BATCH},
      {OPTION_SEED, "seed", 's', "N",
       "of weights, inputs and sampled coordinates\n(default: 1)", &o->seed, NULL, 0, 0},
      {OPTION_POSITIVE, "limit", 'l', "X",
       "largest relative error that passes (default: 1e-4)", &o->limit, NULL, 0, 0},
      {OPTION_FLAG, "json", 'j', NULL, "one JSON object, and no other text", &o->json,
       NULL, 0, 0},
  };
  int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  if (o->net == NULL) return fail_usage("--net is missing");
  if (o->input.h == 0) o->input = net_source_input(o->net);
  return -1;
}

static void print_text(const check_options *o, const char *net,
                       const dpb_gradcheck_row *rows, int count, int passed) {
  table t = {.align = "llrrrl"};
  int good = 0;
  printf("%s\ninput %dx%dx%d, batch %d, seed %llu, limit %g\n\n", net, o->input.h,
         o->input.w, o->input.c, o->batch, (unsigned long long)o->seed, o->limit);
  table_head(&t, "parameter|shape|relative error|checked|skipped|verdict");
  for (int i = 0; i < count; i++) {
    char shape[64];
    dpb_shape_text(&rows[i].shape, shape, sizeof shape);
    table_cell(&t, "%s", rows[i].name);
    table_cell(&t, "%s", shape);
    table_cell(&t, "%.2e", rows[i].error);
    table_cell(&t, "%d", rows[i].checked);
    table_cell(&t, "%d", rows[i].skipped);
    table_cell(&t, "%s", rows[i].zero ? "ok, 0" : rows[i].passed ? "ok" : "FAILED");
    good += rows[i].passed;
  }
  table_print(&t, stdout);
  printf("\n%s: %d of %d tensors at or below %g\n", passed ? "passed" : "FAILED", good,
         count, o->limit);
}

static void print_json(const check_options *o, const char *net,
                       const dpb_gradcheck_row *rows, int count, int passed) {
  json j = json_to(stdout);
  json_object(&j, NULL);
  json_bool(&j, "passed", passed);
  json_text(&j, "net", net);
  json_hwc(&j, "input", o->input);
  json_count(&j, "batch", (uint64_t)o->batch);
  json_count(&j, "seed", o->seed);
  json_number(&j, "limit", o->limit);
  json_array(&j, "tensors");
  for (int i = 0; i < count; i++) {
    json_object(&j, NULL);
    json_text(&j, "name", rows[i].name);
    json_shape(&j, "shape", &rows[i].shape);
    json_number(&j, "error", rows[i].error);
    json_number(&j, "largest_gradient", rows[i].largest);
    json_count(&j, "checked", (uint64_t)rows[i].checked);
    json_count(&j, "skipped", (uint64_t)rows[i].skipped);
    json_bool(&j, "passed", rows[i].passed);
    json_bool(&j, "zero", rows[i].zero);
    json_end_object(&j);
  }
  json_end_array(&j);
  json_end_object(&j);
}

static int check(const check_options *o, dpb_model *model) {
  int capacity = dpb_model_parameter_count(model);
  if (capacity < 1) return fail(EXIT_USAGE, "--net has no parameters to check");
  dpb_gradcheck_row *rows = need_memory((size_t)capacity * sizeof *rows);
  dpb_gradcheck_config config = {.batch = o->batch, .seed = o->seed, .limit = o->limit};
  int count = 0;
  int passed = 0;
  dpb_status status = dpb_gradcheck(model, &config, rows, capacity, &count, &passed);
  int code = passed ? EXIT_OK : EXIT_CHECK;
  if (status != DPB_OK) {
    code = fail_library(exit_code_of(status));
  } else {
    char *net = net_source_text(model);
    (o->json ? print_json : print_text)(o, net, rows, count, passed);
    free(net);
  }
  free(rows);
  return code;
}

int run_gradcheck(int argc, char *argv[]) {
  check_options o = {.batch = DEFAULT_BATCH, .seed = 1, .limit = 1e-4};
  int leave = parse(&o, argc, argv);
  if (leave != -1) return leave;
  dpb_model *model = NULL;
  dpb_model_config config = {.input = o.input, .max_batch = o.batch, .seed = o.seed};
  int code = net_source_build(o.net, &config, &model);
  if (code == EXIT_OK) code = check(&o, model);
  dpb_model_destroy(model);
  return code;
}
