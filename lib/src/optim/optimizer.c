/* SPDX-License-Identifier: MIT
 *
 * The optimisers (section 6.1; formulas in optimizer.h). This file checks, keeps the
 * state and counts the steps; the arithmetic on the elements is in simd/vec.
 */
#include "optim/update.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/cache.h"
#include "base/error.h"
#include "base/float_mode.h"
#include "base/memory.h"
#include "base/number.h"
#include "simd/vec.h"

/* Floats of a block that stays in the nearest cache. */
#define BLOCK 1024

struct dpb_optimizer {
  dpb_optimizer_kind kind;
  size_t n;
  float lr; /* as set; rates.lr is what this step takes */
  float weight_decay;
  dpb__step_rates rates; /* of the present step */
  uint64_t step;         /* t: counts from 1 */
  dpb__arena arena;
  float *state[DPB__MOST_STATES]; /* n numbers each: v; h; m and v */
};

/* What the kinds differ in besides their arithmetic, in the order of the enum. */
static const struct {
  const char *name;
  int states;
  float lr;
  float weight_decay;
} kinds[] = {
    {"sgd", 0, 0.01f, 0.0f},      {"momentum", 1, 0.01f, 0.0f},
    {"nesterov", 1, 0.01f, 0.0f}, {"adagrad", 1, 0.01f, 0.0f},
    {"rmsprop", 1, 0.01f, 0.0f},  {"adam", 2, 0.001f, 0.0f},
    {"adamw", 2, 0.001f, 0.01f},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static int is_kind(dpb_optimizer_kind kind) {
  return (int)kind >= 0 && (int)kind < KINDS;
}

const char *dpb_optimizer_name(dpb_optimizer_kind kind) {
  return is_kind(kind) ? kinds[kind].name : "unknown";
}

dpb_status dpb_optimizer_find(const char *name, dpb_optimizer_kind *kind) {
  if (!name || !kind)
    return dpb__fail(DPB_ERR_ARG, "dpb_optimizer_find: %s is NULL",
                     name ? "kind" : "name");
  for (int i = 0; i < KINDS; i++) {
    if (strcmp(kinds[i].name, name) != 0) continue;
    *kind = (dpb_optimizer_kind)i;
    return DPB_OK;
  }
  return dpb__fail(
      DPB_ERR_NOT_FOUND,
      "there is no optimizer '%.40s' (there are: %s, %s, %s, %s, %s, %s, %s)", name,
      kinds[DPB_SGD].name, kinds[DPB_MOMENTUM].name, kinds[DPB_NESTEROV].name,
      kinds[DPB_ADAGRAD].name, kinds[DPB_RMSPROP].name, kinds[DPB_ADAM].name,
      kinds[DPB_ADAMW].name);
}

/* Positive and finite; share: below 1, too. */
static dpb_status check_rate(const char *name, float value, int share) {
  if (value > 0 && isfinite(value) && (!share || value < 1)) return DPB_OK;
  char text[32];
  dpb__print_float(value, text);
  return dpb__fail(DPB_ERR_ARG, "optimizer: %s is %s, must be %s", name, text,
                   share ? "at least 0 and below 1" : "a positive number");
}

static dpb_status check_weight_decay(float value) {
  if (value >= 0 && isfinite(value)) return DPB_OK;
  char text[32];
  dpb__print_float(value, text);
  return dpb__fail(DPB_ERR_ARG,
                   "optimizer: weight_decay is %s, must be at least 0 and finite", text);
}

static float or_default(float value, float otherwise) {
  return value == 0.0f ? otherwise : value;
}

static dpb_status take_rates(dpb_optimizer *optimizer,
                             const dpb_optimizer_config *config) {
  optimizer->lr = or_default(config->lr, kinds[config->kind].lr);
  dpb__step_rates *r = &optimizer->rates;
  r->lr = optimizer->lr;
  r->momentum = or_default(config->momentum, 0.9f);
  r->decay = or_default(config->decay, 0.99f);
  r->beta1 = or_default(config->beta1, 0.9f);
  r->beta2 = or_default(config->beta2, 0.999f);
  r->eps = or_default(config->eps, 1e-7f);
  optimizer->weight_decay =
      or_default(config->weight_decay, kinds[config->kind].weight_decay);

  dpb_status status = check_rate("lr", r->lr, 0);
  if (status == DPB_OK) status = check_rate("momentum", r->momentum, 1);
  if (status == DPB_OK) status = check_rate("decay", r->decay, 1);
  if (status == DPB_OK) status = check_rate("beta1", r->beta1, 1);
  if (status == DPB_OK) status = check_rate("beta2", r->beta2, 1);
  if (status == DPB_OK) status = check_rate("eps", r->eps, 0);
  if (status == DPB_OK) status = check_weight_decay(optimizer->weight_decay);
  return status;
}

static dpb_status allocate_states(dpb_optimizer *optimizer) {
  const int states = kinds[optimizer->kind].states;
  if (states == 0) return DPB_OK;
  dpb__arena_plan plan = {0};
  size_t offset[DPB__MOST_STATES] = {0};
  for (int i = 0; i < states; i++)
    offset[i] = dpb__arena_reserve_floats(&plan, optimizer->n);
  dpb_status status = dpb__arena_allocate(&plan, "optimizer state", &optimizer->arena);
  if (status != DPB_OK) return status;
  for (int i = 0; i < states; i++) {
    optimizer->state[i] = dpb__arena_at(&optimizer->arena, offset[i]);
    dpb__arena_guard(&optimizer->arena, offset[i], optimizer->n * sizeof(float));
  }
  return DPB_OK;
}

dpb_status dpb_optimizer_create(const dpb_optimizer_config *config, size_t n,
                                dpb_optimizer **optimizer) {
  if (!optimizer)
    return dpb__fail(DPB_ERR_ARG, "dpb_optimizer_create: optimizer is NULL");
  *optimizer = NULL;
  if (!config) return dpb__fail(DPB_ERR_ARG, "dpb_optimizer_create: config is NULL");
  if (!is_kind(config->kind))
    return dpb__fail(DPB_ERR_ARG, "optimizer: kind is %d, must be 0 to %d",
                     (int)config->kind, KINDS - 1);
  if (n == 0)
    return dpb__fail(DPB_ERR_ARG, "optimizer: n is 0, must be at least 1 parameter");
  if (n > PTRDIFF_MAX / sizeof(float))
    return dpb__fail(DPB_ERR_SIZE,
                     "optimizer: n is %zu, more floats than memory can hold", n);

  void *memory = NULL;
  dpb_status status = dpb__allocate(1, sizeof(dpb_optimizer), "optimizer", &memory);
  if (status != DPB_OK) return status;
  dpb_optimizer *made = memory;
  made->kind = config->kind;
  made->n = n;
  status = take_rates(made, config);
  if (status == DPB_OK) status = allocate_states(made);
  if (status != DPB_OK) {
    dpb_optimizer_destroy(made);
    return status;
  }
  *optimizer = made;
  return DPB_OK;
}

void dpb_optimizer_destroy(dpb_optimizer *optimizer) {
  if (!optimizer) return;
  dpb__arena_free(&optimizer->arena);
  dpb__release(optimizer);
}

size_t dpb__optimizer_size(const dpb_optimizer *optimizer) {
  return optimizer->n;
}

/* In double: 1 - beta^t loses half its digits in float while t is small. */
static float adam_rate(const dpb_optimizer *optimizer) {
  const double t = (double)optimizer->step;
  const double beta1 = (double)optimizer->rates.beta1;
  const double beta2 = (double)optimizer->rates.beta2;
  return (float)((double)optimizer->lr * sqrt(1.0 - pow(beta2, t)) /
                 (1.0 - pow(beta1, t)));
}

void dpb__optimizer_begin(dpb_optimizer *optimizer) {
  optimizer->step++;
  const bool adam = optimizer->kind == DPB_ADAM || optimizer->kind == DPB_ADAMW;
  optimizer->rates.lr = adam ? adam_rate(optimizer) : optimizer->lr;
}

/* Elements [begin, begin + n), whose parameters are at p. */
static void update(dpb_optimizer *optimizer, const dpb__step_rates *r, size_t begin,
                   size_t n, float *p, const float *g) {
  const dpb__vec *vec = dpb__vec_get();
  float *a = optimizer->state[0] ? optimizer->state[0] + begin : NULL;
  float *b = optimizer->state[1] ? optimizer->state[1] + begin : NULL;
  switch (optimizer->kind) {
  case DPB_SGD:
    vec->sgd(n, r, p, g);
    break;
  case DPB_MOMENTUM:
    vec->momentum(n, r, p, g, a);
    break;
  case DPB_NESTEROV:
    vec->nesterov(n, r, p, g, a);
    break;
  case DPB_ADAGRAD:
    vec->adagrad(n, r, p, g, a);
    break;
  case DPB_RMSPROP:
    vec->rmsprop(n, r, p, g, a);
    break;
  case DPB_ADAM:
  case DPB_ADAMW:
    vec->adam(n, r, p, g, a, b);
    break;
  }
}

/* All workers have read the parameters, and will read the new ones: they are made in a
 * block that is in cache, and published. */
static void update_published(dpb_optimizer *optimizer, const dpb__step_rates *rates,
                             size_t begin, size_t end, float *parameters,
                             const float *gradients) {
  float block[BLOCK];
  for (size_t at = begin, n; at < end; at += n) {
    n = end - at < BLOCK ? end - at : BLOCK;
    memcpy(block, parameters + at, n * sizeof *block);
    update(optimizer, rates, at, n, block, gradients + at);
    dpb__publish(n, block, parameters + at);
  }
}

void dpb__optimizer_range(dpb_optimizer *optimizer, size_t begin, size_t end, bool decay,
                          float *parameters, const float *gradients) {
  dpb__step_rates rates = optimizer->rates;
  if (decay) rates.shrink = optimizer->lr * optimizer->weight_decay;
  if (dpb__pool_is_shared())
    update_published(optimizer, &rates, begin, end, parameters, gradients);
  else
    update(optimizer, &rates, begin, end - begin, parameters + begin, gradients + begin);
}

dpb_status dpb_optimizer_step(dpb_optimizer *optimizer, size_t n, float *parameters,
                              const float *gradients) {
  if (!optimizer || !parameters || !gradients)
    return dpb__fail(DPB_ERR_ARG, "dpb_optimizer_step: %s is NULL",
                     !optimizer    ? "optimizer"
                     : !parameters ? "parameters"
                                   : "gradients");
  if (n != optimizer->n)
    return dpb__fail(DPB_ERR_SHAPE, "optimizer: it is for %zu parameters, not %zu",
                     optimizer->n, n);
  const unsigned host_mode = dpb__float_enter();
  dpb__optimizer_begin(optimizer);
  dpb__optimizer_range(optimizer, 0, n, true, parameters, gradients);
  dpb__float_leave(host_mode);
  return DPB_OK;
}

dpb_status dpb_optimizer_set_lr(dpb_optimizer *optimizer, float lr) {
  if (!optimizer)
    return dpb__fail(DPB_ERR_ARG, "dpb_optimizer_set_lr: optimizer is NULL");
  dpb_status status = check_rate("lr", lr, 0);
  if (status == DPB_OK) optimizer->lr = lr;
  return status;
}

float dpb_optimizer_lr(const dpb_optimizer *optimizer) {
  return optimizer ? optimizer->lr : 0.0f;
}

/* -- what a checkpoint keeps */

int dpb__optimizer_states(const dpb_optimizer *optimizer) {
  return kinds[optimizer->kind].states;
}

float *dpb__optimizer_state(const dpb_optimizer *optimizer, int index) {
  return optimizer->state[index];
}

bool dpb__optimizer_no_sign(const dpb_optimizer *optimizer, int index) {
  switch (optimizer->kind) {
  case DPB_ADAGRAD:
  case DPB_RMSPROP:
    return index == 0; /* h */
  case DPB_ADAM:
  case DPB_ADAMW:
    return index == 1; /* v */
  default:
    return false;
  }
}

uint64_t dpb__optimizer_steps(const dpb_optimizer *optimizer) {
  return optimizer->step;
}

void dpb__optimizer_set_steps(dpb_optimizer *optimizer, uint64_t steps) {
  optimizer->step = steps;
}

size_t dpb__optimizer_text(const dpb_optimizer *optimizer, char *text, size_t capacity) {
  const dpb__step_rates *r = &optimizer->rates;
  char momentum[32], decay[32], beta1[32], beta2[32], eps[32], weight_decay[32];
  dpb__print_float(r->momentum, momentum);
  dpb__print_float(r->decay, decay);
  dpb__print_float(r->beta1, beta1);
  dpb__print_float(r->beta2, beta2);
  dpb__print_float(r->eps, eps);
  dpb__print_float(optimizer->weight_decay, weight_decay);
  return (size_t)snprintf(text, capacity,
                          "optimizer %s\nmomentum %s\ndecay %s\nbeta1 %s\nbeta2 %s\n"
                          "eps %s\noptimizer_weight_decay %s\n",
                          kinds[optimizer->kind].name, momentum, decay, beta1, beta2, eps,
                          weight_decay);
}
