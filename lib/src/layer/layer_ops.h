/* SPDX-License-Identifier: MIT
 *
 * What a layer is: one static const table of functions, and what its plan left behind.
 *
 * A training step cuts the mini-batch into shards of consecutive samples. A shard goes
 * forward through all layers and backward through all of them in one worker:
 *
 *     forward   y  = f(x)                          (n samples of the shard)
 *     backward  dx = df/dx * dy                    (dx is NULL in the first layer)
 *               and, unless the layer has whole_tasks, its parameters' gradient, into a
 *               gradient of the shard's own; the model adds those up in shard order
 *
 * Layers whose weight gradient is one product over all samples (Affine) set whole_tasks:
 * after all shards are through, gradient() is called once for each task with the whole
 * mini-batch, and each task writes a part of the gradient of its own.
 *
 * Layers whose output depends on the whole mini-batch (batch normalisation) have
 * statistics: all shards stop in front of them, forward and backward (dpb__statistics).
 *
 * Rules: a layer never writes its input, x in forward and dy in backward, but for a ReLU
 * whose plan says in_place: its backward gets dx == dy; owns no memory (there is no
 * destructor); keeps what backward needs in x, y or its cache; draws random numbers from
 * (rng, sample number), never from a running state. Neither the number of shards nor of
 * tasks depends on the number of threads, so neither does a bit of the result.
 *
 * To add a layer: layer/foo.c with its table, reference/reference_foo.c with the same
 * forward in plain double loops, a config struct in layer.h, a line in layer/registry.c
 * and in reference/reference.c, and a unit test. Text form, summary, gradient check and
 * model files follow from the tables.
 */
#ifndef DPB_LAYER_LAYER_OPS_H
#define DPB_LAYER_LAYER_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <deepblas/layer.h>
#include <deepblas/model.h>
#include <deepblas/rng.h>
#include <deepblas/tensor.h>

#include "conv/conv.h"

#define DPB__MAX_PARAMS 4
#define DPB__MAX_STATES 2

typedef struct dpb__layer dpb__layer;
typedef struct dpb__words dpb__words; /* layer/words.h: the words of one item of text */

/* One named tensor of a layer. shape is how it lies in memory; axis i of the book's order
 * is memory axis book[i] (the identity for most). book_shape is what the outside sees: it
 * has as many elements, but may join axes (the (c, h, w, out) of an affine W is (in, out)
 * there). */
typedef struct dpb__param {
  const char *role; /* "W", "b", "gamma", "beta" */
  dpb_shape shape;
  int book[DPB_MAX_RANK];
  dpb_shape book_shape;
  int weight;  /* 1: weight decay applies */
  int idle;    /* 1: its gradient is 0, whatever rounding makes of it; set by the model */
  int no_sign; /* 1: no number is below 0 */
  size_t count;  /* of elements */
  size_t offset; /* in the model's flat vectors, in floats; set by the model */
  char name[24]; /* role and number; set by the model */
} dpb__param;

/* What one call of a layer works on. Arrays of samples begin at the first sample of the
 * shard (of the mini-batch, in gradient). */
typedef struct dpb__pass {
  int n;               /* samples */
  int first;           /* number, in the mini-batch, of the first of them */
  int train;           /* 1: training mode */
  const float *params; /* the model's flat parameters */
  float *grads;   /* flat gradients to write: the shard's, or the model's in gradient */
  const float *x; /* n * in_count */
  bool borrowed;  /* x is the host's own array */
  float *y;       /* n * out_count: written by forward, read by backward */
  const float *dy;
  float *dx;          /* NULL: not wanted */
  void *cache;        /* n * layer->cache bytes, kept from forward to backward */
  void *scratch;      /* layer->scratch bytes, of this worker */
  const dpb_rng *rng; /* the stream of this layer in this step */
  float *state;       /* the model's: read in inference, written by keep alone */
  double *parts;      /* layer->part numbers of the shard; of all shards in combine */
  float *whole;       /* layer->whole numbers of the mini-batch */
  bool add;           /* backward adds to grads: see chunks */
  int shards;         /* of the mini-batch */
} dpb__pass;

typedef union dpb__layer_config {
  dpb_affine_config affine;
  dpb_conv2d_config conv2d;
  dpb_pool2d_config pool2d;
  dpb_dropout_config dropout;
  dpb_batch_norm_config batch_norm;
  dpb_layer_norm_config layer_norm;
  dpb_leaky_relu_config leaky_relu;
  dpb_elu_config elu;
  dpb_gelu_config gelu;
} dpb__layer_config;

/* What a layer's plan found out for itself. */
typedef union dpb__layer_plan {
  dpb__conv conv;
  dpb__patches pool;
} dpb__layer_plan;

/* What layers do in training that need the whole mini-batch before they can go on:
 *
 *     collect       from x of a shard:      its part
 *     combine       once, from all parts:   whole; then forward of every shard
 *     collect_back  from x, dy and whole:   the shard's part, in the place of the first
 *     combine_back  once, from all parts:   whole, and the parameters' gradient into
 *                                           grads; then backward of every shard, for dx
 *     keep          the step was good:      whole goes into state
 *
 * Parts are joined in the order of shards. Inference reads state, and calls none of
 * these.
 */
typedef struct dpb__statistics {
  void (*collect)(const dpb__layer *layer, const dpb__pass *pass);
  void (*combine)(const dpb__layer *layer, const dpb__pass *pass);
  void (*collect_back)(const dpb__layer *layer, const dpb__pass *pass);
  void (*combine_back)(const dpb__layer *layer, const dpb__pass *pass);
  void (*keep)(const dpb__layer *layer, const dpb__pass *pass);
} dpb__statistics;

typedef struct dpb__layer_ops {
  const char *name; /* first word of its text form */

  /* What its functions can do besides, while their numbers are in cache: see relu_behind
   * and relu_in_front of dpb__layer. */
  bool takes_relu_behind;
  bool takes_relu_in_front;

  /* Can leave its bias, and the ReLU behind, to a pooling right behind: finish_behind. */
  bool leaves_finish;

  /* A shard may go through it a few samples at a time, forward and backward, and
   * parameter gradients are added to those of the samples before when the pass says add.
   */
  bool chunks;

  /* Takes mean and deviation off its input: DPB_INIT_AUTO looks through it. */
  bool normalises;

  /* An activation that lets about half of its input through: DPB_INIT_AUTO is He in front
   * of it. */
  bool rectifies;

  /* What the output of a bounded activation lies between; both 0: it is not one. */
  float ends[2];

  const dpb__statistics *statistics; /* NULL for most */

  /* Reads the words behind the name into config; DPB_ERR_SPEC names a word that is not
   * understood. NULL: the name stands alone. */
  dpb_status (*parse)(dpb__words *words, dpb__layer_config *config);

  /* Writes those words, each with a space in front. NULL: none. */
  void (*format)(const dpb__layer_config *config, char *text, size_t capacity);

  /* Checks a config, whatever input it will meet; called by dpb_add_*. NULL: always good.
   */
  dpb_status (*check)(const dpb__layer_config *config);

  /* From layer->in and config: out, params, cache, scratch, whole_tasks. All products in
   * checked arithmetic; no allocation. */
  dpb_status (*plan)(dpb__layer *layer);

  /* Fills the layer's own part of params, the model's flat parameters; rng is a stream of
   * this layer alone. NULL: no parameters. */
  void (*init)(const dpb__layer *layer, float *params, dpb_rng *rng);

  void (*forward)(const dpb__layer *layer, const dpb__pass *pass);
  void (*backward)(const dpb__layer *layer, const dpb__pass *pass);
  void (*gradient)(const dpb__layer *layer, const dpb__pass *pass, int task);

  /* Before the shards of a training step, when there are more than one: task number task
   * of prepare_tasks makes its part of whole from the parameters. NULL: nothing. */
  void (*prepare)(const dpb__layer *layer, const dpb__pass *pass, int task);

  /* Sizes of the products for a mini-batch of batch samples. NULL: none. */
  void (*gemms)(const dpb__layer *layer, int batch, dpb_layer_info *info);

  /* How one of them is carried out for n samples: those of a shard, or the whole
   * mini-batch for a weight gradient that is made in whole_tasks. plan comes as all zero,
   * and stays so where there is no such product. Goes with gemms. */
  void (*product)(const dpb__layer *layer, dpb_product_kind kind, int n,
                  dpb_product_plan *plan);
} dpb__layer_ops;

struct dpb__layer {
  const dpb__layer_ops *ops;
  dpb__layer_config config;
  dpb__layer_plan plan;
  int index;     /* place in the list, from 0 */
  dpb_init init; /* resolved: never DPB_INIT_AUTO after the model's plan */
  bool in_front_of_relu;
  bool relu_behind;   /* forward ends with the ReLU of the next layer */
  bool relu_in_front; /* backward ends with the gradient of the ReLU in front: dx is 0
                         where x is not above 0 */
  bool in_place;      /* a ReLU that the layer in front applies: x and y are one array, so
                         are dx and dy; forward is not called, and backward only when the
                         layer behind does not have relu_in_front */

  bool forgets_input; /* a pooling that has noted what backward needs: that does not look
                         at x */
  bool finish_behind; /* forward leaves out bias and ReLU: the pooling behind does it */
  bool adds_bias;     /* that pooling, and the number of the bias in the flat vectors */
  size_t bias_at;
  int chunk;     /* samples that go through this layer and its neighbours together; 0: all
                    of a shard (model/chunks.h) */
  int chunk_end; /* the last of those neighbours */

  dpb_hwc in;
  dpb_hwc out;
  size_t workspace; /* bytes of scratch wanted at the most; 0: as many as are of use */
  size_t in_count;  /* h * w * c */
  size_t out_count;

  dpb__param params[DPB__MAX_PARAMS];
  int param_count;
  dpb__param states[DPB__MAX_STATES]; /* numbers that training makes, but no gradient */
  int state_count;
  size_t part;     /* doubles per shard, and floats per mini-batch: see dpb__statistics */
  size_t whole;    /* (or what prepare makes) */
  size_t cache;    /* bytes per sample */
  size_t scratch;  /* bytes per worker */
  int whole_tasks; /* 0: backward makes the parameters' gradient itself */
  int prepare_tasks;
};

/* -- the head: the loss at the end
 * ------------------------------------------------------- */

/* What a shard is compared with: labels or targets, the other is NULL. rows as in
 * dpb_batch, already moved to the shard's first sample (as are labels and targets, where
 * rows is NULL). */
typedef struct dpb__truth {
  const int32_t *labels;
  const float *targets;
  const uint32_t *rows;
} dpb__truth;

/* All zero: the plain loss. Whoever holds one releases weights (base/memory.h). */
typedef struct dpb__head_config {
  float smoothing;
  float *weights; /* one for each class; NULL: 1 each */
  int classes;    /* of weights */
} dpb__head_config;

typedef struct dpb__head_ops {
  const char *name; /* "softmax", "mse" */

  /* As those of a layer. What parse has allocated is in config, after a failure too.
   * format returns the length of the whole, as snprintf does, however little fits. */
  dpb_status (*parse)(dpb__words *words, dpb__head_config *config);
  size_t (*format)(const dpb__head_config *config, char *text, size_t capacity);
  dpb_status (*check)(const dpb__head_config *config);

  /* Sum of the losses of n samples with outputs z (n, classes). With dz, also its
   * gradient times scale. */
  double (*loss)(const dpb__head_config *config, int n, int classes, const float *z,
                 const dpb__truth *truth, float scale, float *dz);

  /* What the sum of the losses of n samples is divided by. NULL: n. */
  double (*divisor)(const dpb__head_config *config, int n, int classes,
                    const dpb__truth *truth);

  /* What predicting returns for outputs z; y may be z. */
  void (*outputs)(int n, int classes, const float *z, float *y);
} dpb__head_ops;

/* -- registry
 * ----------------------------------------------------------------------------- */

/* By name (length bytes); NULL when there is none. */
const dpb__layer_ops *dpb__layer_find(const char *name, size_t length);
const dpb__head_ops *dpb__head_find(const char *name, size_t length);

/* Layer number index of the registry, NULL behind the last. */
const dpb__layer_ops *dpb__layer_at(int index);

/* The label of sample i, and its row of targets. */
static inline int32_t dpb__truth_label(const dpb__truth *truth, int i) {
  return truth->labels[truth->rows ? truth->rows[i] : (uint32_t)i];
}

static inline const float *dpb__truth_target(const dpb__truth *truth, int i,
                                             int classes) {
  size_t row = truth->rows ? truth->rows[i] : (size_t)i;
  return truth->targets + row * (size_t)classes;
}

/* The target of sample i for class j, be it a label's. */
static inline float dpb__truth_at(const dpb__truth *truth, int i, int classes, int j) {
  if (truth->labels) return j == dpb__truth_label(truth, i) ? 1.0f : 0.0f;
  return dpb__truth_target(truth, i, classes)[j];
}

#endif
