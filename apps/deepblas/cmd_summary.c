/* SPDX-License-Identifier: MIT
 *
 * deepblas summary: what a network is made of, and what it asks of BLAS.
 */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "json.h"
#include "net_source.h"
#include "options.h"
#include "report.h"
#include "summary_plan.h"
#include "table.h"

static const option_page page = {
    .summary = "Show a network's layers, shapes, parameters and matrix products.",
    .after =
        "A product C[m, n] = A[m, k] * B[k, n] is shown as m x n x k, for a whole\n"
        "mini-batch: that of the forward pass, and in the backward pass those of\n"
        "the data gradient (which the first layer does not need) and the weight\n"
        "gradient. Nothing is trained.\n"
        "\n"
        "A convolution is made of products with parts of the column matrix that fit in\n"
        "cache (see 'deepblas im2col'). With --plan, 'column matrix' says how much of "
        "it\n"
        "is built: in full, along x only (a call for each kernel row), none (the input\n"
        "is the matrix already), and planes where it lies on its side. Workspace is "
        "what\n"
        "one worker needs for it; the layers share it.\n"
        "\n"
        "Examples:\n"
        "  deepblas summary --net two_layer\n"
        "  deepblas summary --net deep_convnet --plan\n"
        "  deepblas summary --net 'affine 50, relu, affine 3' --input 4 --batch 1\n"};

enum { DEFAULT_BATCH = 100, MAX_BATCH = 100000, MAX_WORKSPACE = 1048576 };

typedef struct summary_options {
  const char *net;
  dpb_hwc input;
  int batch;
  int plan;
  int workspace; /* KiB */
  int json;
} summary_options;

typedef struct summary_totals {
  uint64_t parameters;
  uint64_t state;
  uint64_t forward; /* multiply-adds of the batch */
  uint64_t backward;
  dpb_memory_info memory;
} summary_totals;

static int parse(summary_options *o, int argc, char *argv[]) {
  const option_spec list[] = {
      {OPTION_TEXT, "net", 'n', "SPEC|NAME", NET_HELP, &o->net, NULL, 0, 0},
      {OPTION_INPUT, "input", 'i', "HxWxC", INPUT_HELP, &o->input, NULL, 0, 0},
      {OPTION_INT, "batch", 'b', "N", "samples in a mini-batch (default: 100)", &o->batch,
       NULL, 1, MAX_BATCH},
      {OPTION_FLAG, "plan", 'p', NULL, "show how each product is carried out", &o->plan,
       NULL, 0, 0},
      {OPTION_INT, "workspace", 'w', "KIB",
       "with --plan: the most that a product may take\n"
       "(default: as much as is of use)",
       &o->workspace, NULL, 1, MAX_WORKSPACE},
      {OPTION_FLAG, "json", 'j', NULL, "one JSON object, and no other text", &o->json,
       NULL, 0, 0},
  };
  int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  if (o->net == NULL) return fail_usage("--net is missing");
  if (!o->plan && o->workspace)
    return fail_usage("--workspace means nothing without --plan");
  if (o->input.h == 0) o->input = net_source_input(o->net);
  return -1;
}

static uint64_t work_of(const dpb_layer_info *layer, dpb_gemm_size g) {
  return (uint64_t)layer->groups * (uint64_t)g.m * (uint64_t)g.n * (uint64_t)g.k;
}

static void add_layer(summary_totals *sum, const dpb_layer_info *layer) {
  sum->parameters += layer->parameters;
  sum->state += layer->state;
  sum->forward += work_of(layer, layer->forward);
  sum->backward +=
      work_of(layer, layer->data_gradient) + work_of(layer, layer->weight_gradient);
}

static void product_cell(table *t, int groups, dpb_gemm_size g) {
  if (g.m == 0) {
    table_cell(t, "-");
  } else if (groups > 1) {
    table_cell(t, "%d of %d x %d x %d", groups, g.m, g.n, g.k);
  } else {
    table_cell(t, "%d x %d x %d", g.m, g.n, g.k);
  }
}

static void hwc_cell(table *t, dpb_hwc s) {
  if (s.h == 1 && s.w == 1) {
    table_cell(t, "%d", s.c);
  } else {
    table_cell(t, "%dx%dx%d", s.h, s.w, s.c);
  }
}

static void layer_row(table *t, int number, const dpb_layer_info *layer) {
  char text[32];
  table_cell(t, "%d", number);
  table_cell(t, "%s", layer->text);
  hwc_cell(t, layer->out);
  table_cell(t, "%s", layer->parameters ? count_text(layer->parameters, text) : "-");
  product_cell(t, layer->groups, layer->forward);
  product_cell(t, layer->groups, layer->data_gradient);
  product_cell(t, layer->groups, layer->weight_gradient);
}

static void print_totals(const summary_options *o, const summary_totals *sum) {
  char a[32];
  char b[32];
  char c[32];
  uint64_t batch = (uint64_t)o->batch;
  printf("\nparameters     %s\n", count_text(sum->parameters, a));
  if (sum->state > 0)
    printf("state          %s, running statistics\n", count_text(sum->state, a));
  printf("multiply-adds  %s forward, %s backward, per sample\n",
         count_text(sum->forward / batch, a), count_text(sum->backward / batch, b));
  printf("memory         %s parameters, %s gradients, %s activations\n",
         bytes_text(sum->memory.parameters, a), bytes_text(sum->memory.gradients, b),
         bytes_text(sum->memory.activations, c));
}

static int print_text(const summary_options *o, const dpb_model *model) {
  summary_totals sum = {0};
  table t = {.align = "rlrrrrr"};
  printf("input %dx%dx%d, batch %d; products as m x n x k\n\n", o->input.h, o->input.w,
         o->input.c, o->batch);
  table_head(&t, "|layer|output|parameters|forward|data gradient|weight gradient");
  for (int i = 0; i < dpb_model_layer_count(model); i++) {
    dpb_layer_info layer;
    if (dpb_model_layer(model, i, o->batch, &layer) != DPB_OK) {
      return fail_library(EXIT_USAGE);
    }
    layer_row(&t, i + 1, &layer);
    add_layer(&sum, &layer);
  }
  table_print(&t, stdout);
  if (o->plan) summary_plan_print(model, o->batch);
  if (dpb_model_memory(model, &sum.memory) != DPB_OK) return fail_library(EXIT_USAGE);
  print_totals(o, &sum);
  return EXIT_OK;
}

static void json_product(json *j, const char *key, dpb_gemm_size g) {
  if (g.m == 0) {
    json_text(j, key, NULL);
    return;
  }
  json_object(j, key);
  json_count(j, "m", (uint64_t)g.m);
  json_count(j, "n", (uint64_t)g.n);
  json_count(j, "k", (uint64_t)g.k);
  json_end_object(j);
}

/* Leaves the object open. */
static void json_layer(json *j, const dpb_layer_info *layer) {
  json_object(j, NULL);
  json_text(j, "name", layer->name);
  json_text(j, "text", layer->text);
  json_hwc(j, "input", layer->in);
  json_hwc(j, "output", layer->out);
  json_count(j, "parameters", layer->parameters);
  json_count(j, "state", layer->state);
  if (layer->groups > 1) json_count(j, "groups", (uint64_t)layer->groups);
  json_product(j, "forward", layer->forward);
  json_product(j, "data_gradient", layer->data_gradient);
  json_product(j, "weight_gradient", layer->weight_gradient);
}

static int print_json(const summary_options *o, const dpb_model *model) {
  summary_totals sum = {0};
  char *net = net_source_text(model);
  json j = json_to(stdout);
  json_object(&j, NULL);
  json_text(&j, "net", net);
  free(net);
  json_hwc(&j, "input", o->input);
  json_count(&j, "batch", (uint64_t)o->batch);
  json_array(&j, "layers");
  for (int i = 0; i < dpb_model_layer_count(model); i++) {
    dpb_layer_info layer;
    if (dpb_model_layer(model, i, o->batch, &layer) != DPB_OK) continue;
    json_layer(&j, &layer);
    if (o->plan) summary_plan_json(&j, model, i, o->batch);
    json_end_object(&j);
    add_layer(&sum, &layer);
  }
  json_end_array(&j);
  dpb_model_memory(model, &sum.memory);
  json_count(&j, "parameters", sum.parameters);
  json_count(&j, "state", sum.state);
  json_count(&j, "multiply_adds_forward", sum.forward / (uint64_t)o->batch);
  json_count(&j, "multiply_adds_backward", sum.backward / (uint64_t)o->batch);
  json_count(&j, "bytes_parameters", sum.memory.parameters);
  json_count(&j, "bytes_gradients", sum.memory.gradients);
  json_count(&j, "bytes_activations", sum.memory.activations);
  json_end_object(&j);
  return EXIT_OK;
}

int run_summary(int argc, char *argv[]) {
  summary_options o = {.batch = DEFAULT_BATCH};
  int leave = parse(&o, argc, argv);
  if (leave != -1) return leave;
  dpb_model *model = NULL;
  dpb_model_config config = {.input = o.input,
                             .max_batch = o.batch,
                             .seed = 1,
                             .workspace = (size_t)o.workspace * 1024};
  int code = net_source_build(o.net, &config, &model);
  if (code == EXIT_OK) code = (o.json ? print_json : print_text)(&o, model);
  dpb_model_destroy(model);
  return code;
}
