/* SPDX-License-Identifier: MIT
 *
 * The inside of optimisers and schedules, for training: an optimiser's step in pieces, so
 * that workers can share it, and what a checkpoint keeps.
 */
#ifndef DPB_OPTIM_UPDATE_H
#define DPB_OPTIM_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <deepblas/optimizer.h>
#include <deepblas/schedule.h>

size_t dpb__optimizer_size(const dpb_optimizer *optimizer);

/* Begins the next step: counts it and works out lr_t. Then each element is updated once,
 * in any cut into ranges, by any thread; decay: with the decoupled weight decay. */
void dpb__optimizer_begin(dpb_optimizer *optimizer);
void dpb__optimizer_range(dpb_optimizer *optimizer, size_t begin, size_t end, bool decay,
                          float *parameters, const float *gradients);

/* -- what a checkpoint keeps */

/* Vectors of state, 0 to 2, of as many numbers as there are parameters; and whether
 * numbers below 0 have no place in one: sums of squares. */
enum { DPB__MOST_STATES = 2 };
int dpb__optimizer_states(const dpb_optimizer *optimizer);
float *dpb__optimizer_state(const dpb_optimizer *optimizer, int index);
bool dpb__optimizer_no_sign(const dpb_optimizer *optimizer, int index);

/* Steps so far. */
uint64_t dpb__optimizer_steps(const dpb_optimizer *optimizer);
void dpb__optimizer_set_steps(dpb_optimizer *optimizer, uint64_t steps);

/* Whether rates depend on how many steps the whole run has. */
bool dpb__schedule_takes_total(const dpb_schedule *schedule);

/* Kind and rates but lr, a line "key value" each; as snprintf. */
size_t dpb__optimizer_text(const dpb_optimizer *optimizer, char *text, size_t capacity);

#endif
