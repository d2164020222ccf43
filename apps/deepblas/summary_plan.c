/* SPDX-License-Identifier: MIT
 *
 * Only layers that multiply matrices have rows.
 */
#include "summary_plan.h"

#include <deepblas/blas.h>

#include "table.h"

enum { KINDS = 3 };

static const char *const kind_names[KINDS] = {
    [DPB_PRODUCT_FORWARD] = "forward",
    [DPB_PRODUCT_DATA_GRADIENT] = "data gradient",
    [DPB_PRODUCT_WEIGHT_GRADIENT] = "weight gradient",
};

static const char *const kind_keys[KINDS] = {
    [DPB_PRODUCT_FORWARD] = "forward",
    [DPB_PRODUCT_DATA_GRADIENT] = "data_gradient",
    [DPB_PRODUCT_WEIGHT_GRADIENT] = "weight_gradient",
};

/* Returns whether the layer has such a product. */
static int find_plan(const dpb_model *model, int layer, int kind, int batch,
                     dpb_product_plan *plan) {
  return dpb_model_layer_plan(model, layer, (dpb_product_kind)kind, batch, plan) ==
             DPB_OK &&
         plan->lowering != NULL;
}

static void product_row(table *t, int kind, const dpb_product_plan *p) {
  char text[32];
  table_cell(t, "%s", kind_names[kind]);
  table_cell(t, "%s", p->lowering);
  if (p->calls) {
    table_cell(t, "%d x %d x %d", p->gemm.m, p->gemm.n, p->gemm.k);
  } else {
    table_cell(t, "-");
  }
  table_cell(t, "%d", p->images);
  table_cell(t, "%d", p->rows);
  table_cell(t, "%s", p->calls ? count_text(p->calls, text) : "-");
  table_cell(t, "%s", p->workspace ? bytes_text(p->workspace, text) : "-");
}

/* A row for each product; the first one names the layer. */
static void layer_rows(table *t, const dpb_model *model, int index, int batch) {
  dpb_layer_info layer;
  if (dpb_model_layer(model, index, batch, &layer) != DPB_OK) return;
  int named = 0;
  for (int kind = 0; kind < KINDS; kind++) {
    dpb_product_plan plan;
    if (!find_plan(model, index, kind, batch, &plan)) continue;
    if (named) {
      table_head(t, "|");
    } else {
      table_cell(t, "%d", index + 1);
      table_cell(t, "%s", layer.text);
    }
    named = 1;
    product_row(t, kind, &plan);
  }
}

void summary_plan_print(const dpb_model *model, int batch) {
  dpb_blas_info blas;
  dpb_blas_get_info(&blas);
  printf(
      "\nplan for %s kernels: one call of the matrix product as m x n x k, the images\n"
      "and output rows of each that go into it, and the calls of the mini-batch\n\n",
      blas.core);
  table t = {.align = "rlllrrrrr"};
  table_head(&t, "|layer|product|column matrix|call|images|rows|calls|workspace");
  for (int i = 0; i < dpb_model_layer_count(model); i++) layer_rows(&t, model, i, batch);
  table_print(&t, stdout);
}

static void json_plan(json *j, const char *key, const dpb_product_plan *p) {
  json_object(j, key);
  json_text(j, "lowering", p->lowering);
  json_count(j, "m", (uint64_t)p->gemm.m);
  json_count(j, "n", (uint64_t)p->gemm.n);
  json_count(j, "k", (uint64_t)p->gemm.k);
  json_count(j, "images", (uint64_t)p->images);
  json_count(j, "rows", (uint64_t)p->rows);
  json_count(j, "calls", p->calls);
  json_count(j, "bytes_workspace", p->workspace);
  json_end_object(j);
}

void summary_plan_json(json *j, const dpb_model *model, int layer, int batch) {
  json_object(j, "plan");
  for (int kind = 0; kind < KINDS; kind++) {
    dpb_product_plan plan;
    if (find_plan(model, layer, kind, batch, &plan)) {
      json_plan(j, kind_keys[kind], &plan);
    } else {
      json_text(j, kind_keys[kind], NULL);
    }
  }
  json_end_object(j);
}
