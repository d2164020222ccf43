/* SPDX-License-Identifier: MIT
 *
 * The computational graph of chapter 5.
 *
 * A node can only be made of nodes that exist, so the array of nodes is in topological
 * order: forwards is a walk up the array, backwards a walk down.
 *
 *     z = x + y:  dx += dz,      dy += dz        (section 5.3.1)
 *     z = x * y:  dx += dz * y,  dy += dz * x    (section 5.3.2)
 *
 * Gradients are added up because a node may be used more than once.
 */
#include <deepblas/node.h>

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

typedef enum operation { INPUT, ADD, MUL } operation;

static const char *const kind_names[] = {"an input", "a sum", "a product"};

typedef struct entry {
  operation kind;
  dpb_node a; /* operands of ADD and MUL */
  dpb_node b;
  double value;
  double gradient;
} entry;

struct dpb_graph {
  entry *nodes;
  int count;
  int capacity;
  dpb_status failure; /* the first one, DPB_OK without */
  char failure_text[128];
};

dpb_status dpb_graph_create(dpb_graph **graph) {
  if (graph == NULL) return dpb__fail(DPB_ERR_ARG, "graph: out-pointer is NULL");
  void *memory = NULL;
  dpb_status status = dpb__allocate(1, sizeof(dpb_graph), "graph", &memory);
  *graph = memory;
  return status;
}

void dpb_graph_destroy(dpb_graph *graph) {
  if (graph == NULL) return;
  dpb__release(graph->nodes);
  dpb__release(graph);
}

static bool has_node(const dpb_graph *graph, dpb_node node) {
  return graph != NULL && node >= 0 && node < graph->count;
}

/* Keeps the thread's message if it is the graph's first failure. */
static dpb_node remember_failure(dpb_graph *graph, dpb_status status) {
  if (graph->failure == DPB_OK) {
    graph->failure = status;
    snprintf(graph->failure_text, sizeof graph->failure_text, "%s", dpb_error_message());
  }
  return -1;
}

static dpb_status repeat_failure(const dpb_graph *graph) {
  return dpb__fail(graph->failure, "%s", graph->failure_text);
}

static dpb_status grow(dpb_graph *graph) {
  if (graph->count < graph->capacity) return DPB_OK;
  if (graph->capacity > INT_MAX / 2)
    return dpb__fail(DPB_ERR_SIZE, "graph: more than %d nodes", graph->count);
  int capacity = graph->capacity == 0 ? 16 : 2 * graph->capacity;
  void *memory = NULL;
  dpb_status status = dpb__allocate((size_t)capacity, sizeof(entry), "graph", &memory);
  if (status != DPB_OK) return status;
  if (graph->count > 0)
    memcpy(memory, graph->nodes, (size_t)graph->count * sizeof(entry));
  dpb__release(graph->nodes);
  graph->nodes = memory;
  graph->capacity = capacity;
  return DPB_OK;
}

static void evaluate(const dpb_graph *graph, entry *n) {
  if (n->kind == ADD) n->value = graph->nodes[n->a].value + graph->nodes[n->b].value;
  if (n->kind == MUL) n->value = graph->nodes[n->a].value * graph->nodes[n->b].value;
}

static dpb_node append(dpb_graph *graph, entry n) {
  dpb_status status = grow(graph);
  if (status != DPB_OK) return remember_failure(graph, status);
  n.gradient = (double)NAN;
  evaluate(graph, &n);
  graph->nodes[graph->count] = n;
  return graph->count++;
}

static dpb_node append_operation(dpb_graph *graph, operation kind, dpb_node a,
                                 dpb_node b) {
  if (graph == NULL) {
    dpb__fail(DPB_ERR_ARG, "graph is NULL");
    return -1;
  }
  if (!has_node(graph, a) || !has_node(graph, b)) {
    dpb_status status =
        dpb__fail(DPB_ERR_ARG, "graph: %s of nodes %d and %d, but there are 0 to %d",
                  kind_names[kind], a, b, graph->count - 1);
    return remember_failure(graph, status);
  }
  return append(graph, (entry){.kind = kind, .a = a, .b = b});
}

dpb_node dpb_graph_input(dpb_graph *graph, double value) {
  if (graph == NULL) {
    dpb__fail(DPB_ERR_ARG, "graph is NULL");
    return -1;
  }
  return append(graph, (entry){.kind = INPUT, .a = -1, .b = -1, .value = value});
}

dpb_node dpb_graph_add(dpb_graph *graph, dpb_node a, dpb_node b) {
  return append_operation(graph, ADD, a, b);
}

dpb_node dpb_graph_mul(dpb_graph *graph, dpb_node a, dpb_node b) {
  return append_operation(graph, MUL, a, b);
}

dpb_status dpb_graph_set(dpb_graph *graph, dpb_node input, double value) {
  if (graph == NULL) return dpb__fail(DPB_ERR_ARG, "graph is NULL");
  if (!has_node(graph, input)) {
    if (graph->failure != DPB_OK) return repeat_failure(graph);
    return dpb__fail(DPB_ERR_ARG, "graph: setting node %d, but there are 0 to %d", input,
                     graph->count - 1);
  }
  if (graph->nodes[input].kind != INPUT)
    return dpb__fail(DPB_ERR_ARG, "graph: setting node %d, which is %s, not an input",
                     input, kind_names[graph->nodes[input].kind]);
  graph->nodes[input].value = value;
  for (int i = input + 1; i < graph->count; i++) evaluate(graph, &graph->nodes[i]);
  return DPB_OK;
}

double dpb_graph_value(const dpb_graph *graph, dpb_node node) {
  return has_node(graph, node) ? graph->nodes[node].value : (double)NAN;
}

/* Hands a node's gradient to its operands. */
static void propagate(entry *nodes, const entry *n) {
  if (n->kind == ADD) {
    nodes[n->a].gradient += n->gradient;
    nodes[n->b].gradient += n->gradient;
  }
  if (n->kind == MUL) {
    nodes[n->a].gradient += n->gradient * nodes[n->b].value;
    nodes[n->b].gradient += n->gradient * nodes[n->a].value;
  }
}

dpb_status dpb_graph_backward(dpb_graph *graph, dpb_node output) {
  if (graph == NULL) return dpb__fail(DPB_ERR_ARG, "graph is NULL");
  if (graph->failure != DPB_OK) return repeat_failure(graph);
  if (!has_node(graph, output))
    return dpb__fail(DPB_ERR_ARG, "graph: backward from node %d, but there are 0 to %d",
                     output, graph->count - 1);
  for (int i = 0; i < graph->count; i++) graph->nodes[i].gradient = 0;
  graph->nodes[output].gradient = 1;
  for (int i = output; i >= 0; i--) {
    /* Zero goes no further: times an infinite value it would make NaN where the output
     * does not depend on the node. */
    if (graph->nodes[i].gradient != 0) propagate(graph->nodes, &graph->nodes[i]);
  }
  return DPB_OK;
}

double dpb_graph_gradient(const dpb_graph *graph, dpb_node node) {
  return has_node(graph, node) ? graph->nodes[node].gradient : (double)NAN;
}
