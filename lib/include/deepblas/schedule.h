/* SPDX-License-Identifier: MIT
 *
 * Learning rates that change while a network learns. A schedule is made from a text of
 * one item, or of a warm-up and one item more, with a comma between:
 *
 *   constant         lr = base
 *   step 10 0.1      times 0.1 after every 10 epochs: base * 0.1^floor(epoch / 10)
 *   exponential 0.95 times 0.95 after every epoch: base * 0.95^epoch
 *   cosine 1e-5      down to 1e-5 over the whole run, along half a cosine:
 *                    low + (base - low) * (1 + cos(pi * t / T)) / 2; "cosine": down to 0
 *                    (Loshchilov, Hutter: SGDR, 2017, without its restarts)
 *   plateau 3 0.5    times 0.5 after 3 epochs in a row whose validation loss was not
 *                    below the best so far; then the 3 are counted anew
 *   warmup 500       in the first 500 steps base * (t + 1) / 500, times what the other
 *                    item says (Goyal and others: Accurate, Large Minibatch SGD, 2017)
 *
 * t is the step, 0 the first; epoch = floor(t / steps_per_epoch); T is the number of
 * steps of the run. Behind a warm-up of w steps the cosine takes t - w and T - w; the
 * others count from the beginning of the run.
 */
#ifndef DEEPBLAS_SCHEDULE_H
#define DEEPBLAS_SCHEDULE_H

#include <stdint.h>

#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque; small, and owns nothing else. */
typedef struct dpb_schedule dpb_schedule;

/* Errors: DPB_ERR_SPEC names the word of the text that is not understood, or the number
 * that is out of range (epochs, steps: at least 1; factors: above 0 and below 1; the
 * cosine's end: 0 or more, and below base_lr; a warm-up as long as the run);
 * DPB_ERR_ARG (NULL, base_lr not positive and finite, no steps), DPB_ERR_MEMORY. */
DPB_API dpb_status dpb_schedule_create(const char *text, float base_lr,
                                       uint64_t steps_per_epoch, uint64_t total_steps,
                                       dpb_schedule **schedule);
DPB_API void dpb_schedule_destroy(dpb_schedule *schedule);

/* The learning rate of step number step, 0 the first: what dpb_optimizer_set_lr takes
 * before that step. Above 0 always; behind the last step it stays at that step's. The
 * same answer whenever it is asked, but for "plateau", which depends on what was
 * observed. 0 for NULL. */
DPB_API float dpb_schedule_lr(const dpb_schedule *schedule, uint64_t step);

/* 1 when the schedule is a "plateau": it needs to be told of validation losses. */
DPB_API int dpb_schedule_needs_loss(const dpb_schedule *schedule);

/* Tells the validation loss of an epoch, once for each; the others do not mind. A loss
 * that is NaN is no improvement. DPB_ERR_ARG for NULL. */
DPB_API dpb_status dpb_schedule_observe(dpb_schedule *schedule, double validation_loss);

/* All that changes in a schedule: what a checkpoint keeps. */
typedef struct dpb_schedule_state {
  double best;     /* lowest loss so far; infinity before the first */
  double factor;   /* of the reductions so far, 1 at first */
  uint64_t waited; /* epochs without an improvement since the best or a reduction */
} dpb_schedule_state;

/* Errors: DPB_ERR_ARG: NULL, or a factor that is not above 0 and at most 1. */
DPB_API dpb_status dpb_schedule_get_state(const dpb_schedule *schedule,
                                          dpb_schedule_state *state);
DPB_API dpb_status dpb_schedule_set_state(dpb_schedule *schedule,
                                          const dpb_schedule_state *state);

#ifdef __cplusplus
}
#endif

#endif
