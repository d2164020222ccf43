/* SPDX-License-Identifier: MIT
 *
 * The computational graph of chapter 5: a graph of add and multiply nodes that is
 * evaluated forwards and differentiated backwards.
 *
 *     apple ──┐
 *             (x)── apples ──┐
 *     number ─┘              (x)── price
 *                      tax ──┘
 */
#ifndef DEEPBLAS_NODE_H
#define DEEPBLAS_NODE_H

#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque; owns its nodes. One graph is for one thread at a time. */
typedef struct dpb_graph dpb_graph;

/* A node of the graph, valid as long as the graph. Negative: the call failed, and so does
 * every call that is given it; dpb_graph_backward reports the first failure. */
typedef int dpb_node;

/* *graph is NULL on DPB_ERR_MEMORY. The caller destroys it; destroy(NULL) does nothing.
 */
DPB_API dpb_status dpb_graph_create(dpb_graph **graph);
DPB_API void dpb_graph_destroy(dpb_graph *graph);

/* A number that enters the graph. */
DPB_API dpb_node dpb_graph_input(dpb_graph *graph, double value);

/* a + b (section 5.4.2) and a * b (section 5.4.1). */
DPB_API dpb_node dpb_graph_add(dpb_graph *graph, dpb_node a, dpb_node b);
DPB_API dpb_node dpb_graph_mul(dpb_graph *graph, dpb_node a, dpb_node b);

/* Gives an input another value and evaluates the graph anew. */
DPB_API dpb_status dpb_graph_set(dpb_graph *graph, dpb_node input, double value);

/* Value of a node; NaN for a node that is none. */
DPB_API double dpb_graph_value(const dpb_graph *graph, dpb_node node);

/* d(output)/d(node) for every node, by the chain rule from output back (section 5.1.2).
 */
DPB_API dpb_status dpb_graph_backward(dpb_graph *graph, dpb_node output);

/* The derivative that the last dpb_graph_backward left at a node; NaN before it, or for a
 * node that is none; 0 for a node that output does not depend on. */
DPB_API double dpb_graph_gradient(const dpb_graph *graph, dpb_node node);

#ifdef __cplusplus
}
#endif

#endif
