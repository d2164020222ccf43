/* SPDX-License-Identifier: MIT
 *
 * What the programs of chapters 7 and 8 share: a network of the book that learns MNIST
 * with Adam, or comes from a file, and the accuracy graph of its learning.
 */
#ifndef APP_CONVNET_H
#define APP_CONVNET_H

#include "learner.h"

/* Adam of 0.001, mini-batches drawn with replacement, as the book's scripts. */
int convnet_begin(const experiment *e, const char *net, learner *l);

/* Learns e->epochs epochs, prints and writes to name.csv (epoch, loss, train_accuracy,
 * test_accuracy), and draws name. */
int convnet_learn(const experiment *e, learner *l, const char *name, const char *title);

/* What is asked about: a model that was saved, or bare weights for a network; else one
 * that learns here, e->epochs epochs. */
typedef struct convnet_source {
  const char *model;   /* --model */
  const char *weights; /* --weights, of net */
  const char *net;
} convnet_source;

/* Loads e's data. *model is l's, or of the file; convnet_drop frees it. */
int convnet_open(experiment *e, const convnet_source *from, learner *l,
                 dpb_model **model);
void convnet_drop(learner *l, dpb_model *model);

/* The options of a source, for a program's own table. */
#define CONVNET_OPTIONS(source)                                                          \
  {OPTION_TEXT,                                                                          \
   "model",                                                                              \
   'm',                                                                                  \
   "FILE",                                                                               \
   "model.npz of 'deepblas train' or of\nch08_deep_convnet --out; without it the "       \
   "network\nlearns here",                                                               \
   &(source).model,                                                                      \
   NULL,                                                                                 \
   0,                                                                                    \
   0},                                                                                   \
  {                                                                                      \
    OPTION_TEXT, "weights", 'w', "FILE",                                                 \
        "npz with W1, b1, ... of the book's DeepConvNet", &(source).weights, NULL, 0, 0  \
  }

#endif
