/* SPDX-License-Identifier: MIT
 *
 * Affine (section 5.6): Y[n, out] = X[n, in] * W[in, out] + b[out].
 *
 *     dX[n, in] = dY * W^T       dW[in, out] = X^T * dY       db[out] = sum over n of dY
 *
 * An image at the input is flattened as it lies in memory, h, w, c. The book flattens c,
 * h, w, so W says by its axes (h, w, c, out) which row is which; files get (c, h, w,
 * out), joined to (in, out).
 *
 * The weight gradient sums over the whole mini-batch, and is larger than any other
 * product of the layer. So it is made once for all shards, in blocks of rows of dW that
 * workers share.
 *
 * For dX, W is turned once before the shards, where products without packing want that.
 *
 * A W that no second cache holds would be read anew for each shard, four times each way
 * for the book's mini-batch. So all products of such a wide layer are made over the whole
 * mini-batch, by tasks: of columns of Y, and of rows of W for dX and dW.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cache.h"
#include "base/error.h"
#include "base/number.h"
#include "base/size.h"
#include "blas/gemm.h"
#include "blas/openblas.h"
#include "layer/init.h"
#include "layer/layer_ops.h"
#include "layer/words.h"
#include "simd/image.h"
#include "simd/vec.h"

enum { W = 0, B = 1 };

/* Blocks of dW are planned for this many samples: the mini-batch of the book. */
#define PLANNED_BATCH 100

/* More blocks than this gain nothing: it is a few for each worker of a desktop. */
#define MOST_TASKS 16

/* Multiply-adds that are worth waking a worker for. */
#define TASK_WORK 1e6

/* Numbers to turn that are. */
#define TURN_WORK 65536

/* Weights that no second cache holds, the least columns or rows of a task of such a
 * layer, which keep OpenBLAS's packing cheap, and a multiple that its kernels like. */
#define WIDE_WEIGHTS (1 << 19)
#define WIDE_BLOCK   256
#define WIDE_STEP    16

/* Columns that a block of OpenBLAS's unpacked path takes well. */
#define STRIPE 128

static dpb_status parse(dpb__words *words, dpb__layer_config *config) {
  dpb_affine_config *affine = &config->affine;
  dpb_status status = dpb__words_int(words, "affine: out", &affine->out);
  while (status == DPB_OK && dpb__words_next(words)) {
    bool taken = false;
    if (dpb__word_is(words, "nobias"))
      affine->no_bias = 1;
    else if (affine->init.kind != DPB_INIT_AUTO)
      status = dpb__words_unknown(words, "affine");
    else if ((status = dpb__words_init(words, &affine->init, &taken)) == DPB_OK && !taken)
      status = dpb__words_unknown(words, "affine");
  }
  return status;
}

static void format(const dpb__layer_config *config, char *text, size_t capacity) {
  const dpb_affine_config *affine = &config->affine;
  snprintf(text, capacity, " %d%s", affine->out, affine->no_bias ? " nobias" : "");
  dpb__init_format(&affine->init, text, capacity);
}

static dpb_status check(const dpb__layer_config *config) {
  if (config->affine.out < 1)
    return dpb__fail(DPB_ERR_ARG, "out is %d, must be at least 1", config->affine.out);
  return dpb__init_check(&config->affine.init);
}

static void plan_weights(dpb__layer *layer) {
  const dpb_hwc in = layer->in;
  const int out = layer->config.affine.out;
  dpb__param *w = &layer->params[W];
  *w = (dpb__param){.role = "W", .weight = 1, .book = {0, 1, 2, 3}};
  w->count = layer->in_count * (size_t)out;
  w->book_shape = (dpb_shape){.rank = 2, .dim = {(int)layer->in_count, out}};
  w->shape = w->book_shape;
  if (in.c > 1 && in.h * in.w > 1) {
    static const int book[DPB_MAX_RANK] = {2, 0, 1, 3}; /* c, h, w, out */
    w->shape = (dpb_shape){.rank = 4, .dim = {in.h, in.w, in.c, out}};
    for (int axis = 0; axis < DPB_MAX_RANK; axis++) w->book[axis] = book[axis];
  }
}

/* As many blocks as keep each one small enough for OpenBLAS's unpacked path, or else
 * worth a worker's while. The sizes and OpenBLAS's kernels alone decide. */
static int count_tasks(size_t in, size_t out) {
  const double limit = dpb__gemm_small_limit();
  const double piece = limit > 0 ? limit : TASK_WORK;
  const double pieces = (double)in * (double)out * PLANNED_BATCH / piece;
  int tasks = pieces < MOST_TASKS ? (int)pieces : MOST_TASKS;
  if (tasks < pieces && tasks < MOST_TASKS) tasks++;
  return (size_t)tasks < in ? tasks : (int)in;
}

/* Columns of the stripe of W^T that begins at column begin. */
static size_t stripe_width(const dpb__layer *layer, size_t begin) {
  const size_t left = layer->in_count - begin;
  return left < STRIPE ? left : STRIPE;
}

/* dX = dY * W^T is faster without packing when W^T lies there, and turning W once is
 * little for all shards together. W^T lies in stripes of STRIPE columns, one behind the
 * other, which are read from end to end. */
static void plan_turned(dpb__layer *layer, size_t out) {
  if (layer->index == 0 || dpb__gemm_small_limit() <= 0) return;
  layer->whole = layer->in_count * out;
  const size_t stripes = (layer->in_count - 1) / STRIPE + 1;
  const size_t tasks = layer->whole / TURN_WORK + 1;
  layer->prepare_tasks = tasks < MOST_TASKS ? (int)tasks : MOST_TASKS;
  if (stripes < (size_t)layer->prepare_tasks) layer->prepare_tasks = (int)stripes;
  layer->scratch = stripe_width(layer, 0) * out * sizeof(float);
}

static void prepare(const dpb__layer *layer, const dpb__pass *pass, int task) {
  const size_t out = layer->out_count;
  const size_t tasks = (size_t)layer->prepare_tasks;
  const size_t stripes = (layer->in_count - 1) / STRIPE + 1;
  const float *w = pass->params + layer->params[W].offset;
  for (size_t s = stripes * (size_t)task / tasks;
       s < stripes * ((size_t)task + 1) / tasks; s++) {
    const size_t begin = s * STRIPE;
    const size_t width = stripe_width(layer, begin);
    dpb__fetch(w + begin * out, width * out);
    float *stripe = dpb__pool_is_shared() ? pass->scratch : pass->whole + begin * out;
    dpb__image_get()->to_planes(width, out, w + begin * out, out, stripe, width);
    if (stripe == pass->scratch)
      dpb__publish(width * out, stripe, pass->whole + begin * out);
  }
}

static void multiply_turned(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t in = layer->in_count;
  const size_t out = layer->out_count;
  for (size_t begin = 0; begin < in; begin += STRIPE) {
    const int width = (int)stripe_width(layer, begin);
    dpb__gemm(DPB__PLAIN, DPB__PLAIN, pass->n, width, (int)out, pass->dy, (int)out,
              pass->whole + begin * out, width, 0.0f, pass->dx + begin, (int)in);
  }
}

static int count_blocks(size_t length) {
  const size_t blocks = length / WIDE_BLOCK;
  return blocks < MOST_TASKS ? (int)blocks : MOST_TASKS;
}

static bool is_wide(size_t in, size_t out) {
  return in >= 2 * WIDE_BLOCK && out >= 2 * WIDE_BLOCK && in * out >= WIDE_WEIGHTS;
}

static void plan_wide(dpb__layer *layer, size_t out) {
  layer->forward_tasks = count_blocks(out);
  layer->gradient_tasks = count_blocks(layer->in_count);
  if (layer->index > 0) layer->backward_tasks = layer->gradient_tasks;
}

static dpb_status plan(dpb__layer *layer) {
  const dpb_affine_config *affine = &layer->config.affine;
  size_t count = 0;
  size_t bytes = 0;
  if (layer->in_count > INT_MAX ||
      !dpb__size_mul(layer->in_count, (size_t)affine->out, &count) ||
      !dpb__size_mul(count, sizeof(float), &bytes) || bytes > PTRDIFF_MAX)
    return dpb__fail(DPB_ERR_SIZE, "W (%zu, %d) is too large", layer->in_count,
                     affine->out);
  layer->out = (dpb_hwc){1, 1, affine->out};
  plan_weights(layer);
  layer->param_count = 1;
  if (!affine->no_bias) {
    const dpb_shape shape = {.rank = 1, .dim = {affine->out}};
    layer->params[B] = (dpb__param){.role = "b",
                                    .shape = shape,
                                    .book = {0, 1, 2, 3},
                                    .book_shape = shape,
                                    .count = (size_t)affine->out};
    layer->param_count = 2;
  }
  if (affine->init.kind != DPB_INIT_AUTO) layer->init = affine->init;
  if (is_wide(layer->in_count, (size_t)affine->out)) {
    plan_wide(layer, (size_t)affine->out);
  } else {
    layer->gradient_tasks = count_tasks(layer->in_count, (size_t)affine->out);
    plan_turned(layer, (size_t)affine->out);
  }
  return DPB_OK;
}

static void init(const dpb__layer *layer, float *params, dpb_rng *rng) {
  const dpb__param *w = &layer->params[W];
  dpb__init_fill(&layer->init, layer->in_count, layer->out_count, rng, w->count,
                 params + w->offset);
  if (layer->config.affine.no_bias) return;
  const dpb__param *b = &layer->params[B];
  for (size_t i = 0; i < b->count; i++) params[b->offset + i] = 0.0f;
}

/* Bias and ReLU on rows of columns [begin, begin + width) of Y, which lie one behind the
 * other at y. */
static void finish_rows(const dpb__layer *layer, const dpb__pass *pass, size_t rows,
                        size_t begin, size_t width, float *y) {
  const dpb__vec *kernels = dpb__vec_get();
  const float *b = pass->params + layer->params[B].offset + begin;
  if (!layer->config.affine.no_bias)
    (pass->epilogue.relu ? kernels->relu_rows : kernels->add_rows)(rows, width, b, y);
  else if (pass->epilogue.relu)
    kernels->relu(rows * width, y, y);
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  const int in = (int)layer->in_count;
  const int out = layer->config.affine.out;
  dpb__gemm(DPB__PLAIN, DPB__PLAIN, pass->n, out, in, pass->x, in,
            pass->params + layer->params[W].offset, out, 0.0f, pass->y, out);
  finish_rows(layer, pass, (size_t)pass->n, 0, (size_t)out, pass->y);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  const int in = (int)layer->in_count;
  const int out = layer->config.affine.out;
  if (layer->prepare_tasks > 0 && pass->shards > 1)
    multiply_turned(layer, pass);
  else
    dpb__gemm(DPB__PLAIN, DPB__TRANSPOSED, pass->n, in, out, pass->dy, out,
              pass->params + layer->params[W].offset, out, 0.0f, pass->dx, in);
  if (pass->epilogue.relu_gradient)
    dpb__vec_get()->relu_gradient((size_t)pass->n * layer->in_count, pass->x, pass->dx,
                                  pass->dx);
}

/* Where task number task of a wide layer begins. */
static size_t block_at(size_t length, int task, int tasks) {
  if (task == tasks) return length;
  return length * (size_t)task / (size_t)tasks / WIDE_STEP * WIDE_STEP;
}

/* Columns of Y. */
static void forward_task(const dpb__layer *layer, const dpb__pass *pass, int task) {
  const int in = (int)layer->in_count;
  const int out = layer->config.affine.out;
  const size_t begin = block_at((size_t)out, task, layer->forward_tasks);
  const size_t width = block_at((size_t)out, task + 1, layer->forward_tasks) - begin;
  dpb__gemm_packed(DPB__PLAIN, DPB__PLAIN, pass->n, (int)width, in, pass->x, in,
                   pass->params + layer->params[W].offset + begin, out, 0.0f,
                   pass->y + begin, out);
  for (size_t i = 0; i < (size_t)pass->n; i++)
    finish_rows(layer, pass, 1, begin, width, pass->y + i * (size_t)out + begin);
}

/* Columns of dX, from rows of W. */
static void backward_task(const dpb__layer *layer, const dpb__pass *pass, int task) {
  const size_t in = layer->in_count;
  const int out = layer->config.affine.out;
  const size_t begin = block_at(in, task, layer->backward_tasks);
  const size_t width = block_at(in, task + 1, layer->backward_tasks) - begin;
  dpb__gemm_packed(DPB__PLAIN, DPB__TRANSPOSED, pass->n, (int)width, out, pass->dy, out,
                   pass->params + layer->params[W].offset + begin * (size_t)out, out,
                   0.0f, pass->dx + begin, (int)in);
  for (size_t i = 0; i < (size_t)pass->n && pass->epilogue.relu_gradient; i++) {
    float *dx = pass->dx + i * in + begin;
    dpb__vec_get()->relu_gradient(width, pass->x + i * in + begin, dx, dx);
  }
}

/* Rows of dW. */
static void gradient(const dpb__layer *layer, const dpb__pass *pass, int task) {
  const size_t in = layer->in_count;
  const int out = layer->config.affine.out;
  const size_t tasks = (size_t)layer->gradient_tasks;
  const size_t begin = in * (size_t)task / tasks;
  const size_t end = in * ((size_t)task + 1) / tasks;
  float *dw = pass->grads + layer->params[W].offset + begin * (size_t)out;
  for (size_t i = 0; i < (size_t)pass->n && !pass->borrowed; i++)
    dpb__take(pass->x + i * in + begin, end - begin);
  (layer->forward_tasks > 0 ? dpb__gemm_packed : dpb__gemm)(
      DPB__TRANSPOSED, DPB__PLAIN, (int)(end - begin), out, pass->n, pass->x + begin,
      (int)in, pass->dy, out, 0.0f, dw, out);
  if (task > 0 || layer->config.affine.no_bias) return;
  float *db = pass->grads + layer->params[B].offset;
  memset(db, 0, (size_t)out * sizeof *db);
  dpb__vec_get()->sum_rows((size_t)pass->n, (size_t)out, pass->dy, db);
}

static void gemms(const dpb__layer *layer, int batch, dpb_layer_info *info) {
  const int in = (int)layer->in_count;
  const int out = layer->config.affine.out;
  info->groups = 1;
  info->forward = (dpb_gemm_size){.m = batch, .n = out, .k = in};
  if (layer->index > 0)
    info->data_gradient = (dpb_gemm_size){.m = batch, .n = in, .k = out};
  info->weight_gradient = (dpb_gemm_size){.m = in, .n = out, .k = batch};
}

/* The largest of so many parts. */
static int part_of(int length, int parts) {
  return length / parts + (length % parts != 0);
}

static void product(const dpb__layer *layer, dpb_product_kind kind, int n,
                    dpb_product_plan *told) {
  const int in = (int)layer->in_count;
  const int out = layer->config.affine.out;
  if (kind == DPB_PRODUCT_DATA_GRADIENT && layer->index == 0) return;
  const int tasks[] = {layer->forward_tasks, layer->backward_tasks,
                       layer->gradient_tasks};
  const int parts = tasks[kind] > 0 ? tasks[kind] : 1;
  *told = (dpb_product_plan){.lowering = "none", .images = n, .rows = 1};
  if (kind == DPB_PRODUCT_FORWARD) {
    told->gemm = (dpb_gemm_size){.m = n, .n = part_of(out, parts), .k = in};
  } else if (kind == DPB_PRODUCT_DATA_GRADIENT) {
    told->gemm = (dpb_gemm_size){.m = n, .n = part_of(in, parts), .k = out};
  } else {
    told->gemm = (dpb_gemm_size){.m = part_of(in, parts), .n = out, .k = n};
  }
  told->calls = (size_t)parts;
}

const dpb__layer_ops dpb__layer_affine = {
    .name = "affine",
    .epilogues = DPB__DOES_RELU | DPB__DOES_RELU_GRADIENT,
    .parse = parse,
    .format = format,
    .check = check,
    .plan = plan,
    .init = init,
    .forward = forward,
    .backward = backward,
    .forward_task = forward_task,
    .backward_task = backward_task,
    .gradient = gradient,
    .prepare = prepare,
    .gemms = gemms,
    .product = product,
};
