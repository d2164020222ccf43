/* SPDX-License-Identifier: MIT
 *
 * The book's loop of iterations: one mini-batch after the other, across epochs.
 */
#ifndef APP_ITERATION_H
#define APP_ITERATION_H

#include <deepblas/trainer.h>

/* Learns mini-batch number i, counted from 0 on over all epochs. *loss is the loss before
 * the update or, with after, that of the same mini-batch behind it. */
dpb_status iteration_learn(dpb_model *model, dpb_optimizer *optimizer,
                           dpb_batcher *batcher, size_t i, int after, double *loss);

#endif
