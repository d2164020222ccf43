/* SPDX-License-Identifier: MIT
 *
 * Learning-rate schedules: the text read into a small value, and its formula
 * (schedule.h).
 */
#include <deepblas/schedule.h>

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "base/memory.h"
#include "base/number.h"
#include "optim/update.h"

#define PI 3.14159265358979323846

typedef enum shape { CONSTANT = 0, STEP, EXPONENTIAL, COSINE, PLATEAU } shape;

struct dpb_schedule {
  double base;
  uint64_t epoch_steps;
  uint64_t total_steps;
  uint64_t warmup; /* steps; 0: none */
  shape shape;
  uint64_t every; /* STEP, PLATEAU: epochs */
  double factor;  /* STEP, EXPONENTIAL, PLATEAU */
  double low;     /* COSINE: the rate it ends at */
  dpb_schedule_state state;
};

/* -- the text */

#define MOST_WORDS 3

typedef struct word {
  const char *text;
  size_t length;
} word;

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

static bool is(const word *w, const char *text) {
  return w->length == strlen(text) && memcmp(w->text, text, w->length) == 0;
}

/* How much of a word a message shows. */
static int shown(const word *w) {
  return w->length < 40 ? (int)w->length : 40;
}

/* Words of text[0 .. length): *count of them, MOST_WORDS + 1 when there are more. */
static void split(const char *text, size_t length, word *words, int *count) {
  const char *end = text + length;
  *count = 0;
  for (;;) {
    while (text < end && is_blank(*text)) text++;
    if (text == end || *count > MOST_WORDS) return;
    const char *begin = text;
    while (text < end && !is_blank(*text)) text++;
    words[(*count)++] = (word){begin, (size_t)(text - begin)};
  }
}

static dpb_status read_count(const word *item, const word *from, const char *what,
                             uint64_t *value) {
  int64_t number = 0;
  if (dpb__parse_int(from->text, from->length, &number) && number >= 1) {
    *value = (uint64_t)number;
    return DPB_OK;
  }
  return dpb__fail(DPB_ERR_SPEC,
                   "schedule: %.*s: %s is '%.*s', must be a whole number of at least 1",
                   shown(item), item->text, what, shown(from), from->text);
}

static dpb_status read_factor(const word *item, const word *from, double *value) {
  if (dpb__parse_double(from->text, from->length, value) && *value > 0.0 && *value < 1.0)
    return DPB_OK;
  return dpb__fail(DPB_ERR_SPEC,
                   "schedule: %.*s: the factor is '%.*s', must be above 0 and below 1",
                   shown(item), item->text, shown(from), from->text);
}

static dpb_status read_warmup(dpb_schedule *made, const word *words) {
  if (made->warmup > 0) return dpb__fail(DPB_ERR_SPEC, "schedule: warmup is there twice");
  const dpb_status status = read_count(words, words + 1, "steps", &made->warmup);
  if (status != DPB_OK || made->warmup < made->total_steps) return status;
  return dpb__fail(DPB_ERR_SPEC,
                   "schedule: warmup takes %llu steps, and the run has no more than %llu",
                   (unsigned long long)made->warmup,
                   (unsigned long long)made->total_steps);
}

static dpb_status read_epochs_and_factor(dpb_schedule *made, const word *words) {
  const dpb_status status = read_count(words, words + 1, "epochs", &made->every);
  return status == DPB_OK ? read_factor(words, words + 2, &made->factor) : status;
}

static dpb_status read_exponential(dpb_schedule *made, const word *words) {
  return read_factor(words, words + 1, &made->factor);
}

static dpb_status read_cosine(dpb_schedule *made, const word *words) {
  const word *low = words + 1;
  if (!low->text) return DPB_OK;
  if (dpb__parse_double(low->text, low->length, &made->low) && made->low >= 0.0 &&
      made->low < made->base)
    return DPB_OK;
  return dpb__fail(
      DPB_ERR_SPEC,
      "schedule: cosine: it ends at '%.*s', must be at least 0 and below the rate %g",
      shown(low), low->text, made->base);
}

/* The items there are, and how many words may follow the name. */
static const struct item {
  const char *name;
  shape shape;
  int least, most;
  const char *form;
  dpb_status (*read)(dpb_schedule *made, const word *words);
} items[] = {
    {"constant", CONSTANT, 0, 0, "constant", NULL},
    {"step", STEP, 2, 2, "step EPOCHS FACTOR", read_epochs_and_factor},
    {"exponential", EXPONENTIAL, 1, 1, "exponential FACTOR", read_exponential},
    {"cosine", COSINE, 0, 1, "cosine [RATE]", read_cosine},
    {"plateau", PLATEAU, 2, 2, "plateau EPOCHS FACTOR", read_epochs_and_factor},
    {"warmup", CONSTANT, 1, 1, "warmup STEPS", read_warmup},
};

/* One item; *named: the one that is no warm-up has been there. */
static dpb_status read_item(dpb_schedule *made, const char *text, size_t length,
                            bool *named) {
  word words[MOST_WORDS + 1] = {{0}};
  int count = 0;
  split(text, length, words, &count);
  if (count == 0) return dpb__fail(DPB_ERR_SPEC, "schedule: there is an empty item");
  const struct item *item = NULL;
  for (size_t i = 0; i < sizeof items / sizeof *items; i++)
    if (is(words, items[i].name)) item = &items[i];
  if (!item)
    return dpb__fail(DPB_ERR_SPEC,
                     "schedule: '%.*s' is not understood (there are: constant, step, "
                     "exponential, cosine, plateau, warmup)",
                     shown(words), words->text);
  if (count - 1 < item->least)
    return dpb__fail(DPB_ERR_SPEC, "schedule: %s: a number is missing, as in '%s'",
                     item->name, item->form);
  if (count - 1 > item->most)
    return dpb__fail(DPB_ERR_SPEC, "schedule: %s: '%.*s' is too much, as in '%s'",
                     item->name, shown(&words[item->most + 1]),
                     words[item->most + 1].text, item->form);
  if (item->read != read_warmup) {
    if (*named)
      return dpb__fail(DPB_ERR_SPEC,
                       "schedule: '%s' is one too many: only a warmup goes with another",
                       item->name);
    *named = true;
    made->shape = item->shape;
  }
  return item->read ? item->read(made, words) : DPB_OK;
}

static dpb_status read_text(dpb_schedule *made, const char *text) {
  bool named = false;
  for (;;) {
    const size_t length = strcspn(text, ",");
    const dpb_status status = read_item(made, text, length, &named);
    if (status != DPB_OK || text[length] == '\0') return status;
    text += length + 1;
  }
}

/* -- creating */

dpb_status dpb_schedule_create(const char *text, float base_lr, uint64_t steps_per_epoch,
                               uint64_t total_steps, dpb_schedule **schedule) {
  if (!schedule) return dpb__fail(DPB_ERR_ARG, "schedule: schedule is NULL");
  *schedule = NULL;
  if (!text) return dpb__fail(DPB_ERR_ARG, "schedule: text is NULL");
  if (!(base_lr > 0.0f && isfinite(base_lr))) {
    char number[32];
    dpb__print_float(base_lr, number);
    return dpb__fail(DPB_ERR_ARG, "schedule: base_lr is %s, must be a positive number",
                     number);
  }
  if (steps_per_epoch == 0 || total_steps == 0)
    return dpb__fail(DPB_ERR_ARG, "schedule: %s is 0, must be at least 1",
                     steps_per_epoch == 0 ? "steps_per_epoch" : "total_steps");
  dpb_schedule read = {.base = (double)base_lr,
                       .epoch_steps = steps_per_epoch,
                       .total_steps = total_steps,
                       .state = {.best = HUGE_VAL, .factor = 1.0}};
  const unsigned host_mode = dpb__float_enter_plain();
  dpb_status status = read_text(&read, text);
  dpb__float_leave(host_mode);
  if (status != DPB_OK) return status;
  void *memory = NULL;
  status = dpb__allocate(1, sizeof read, "schedule", &memory);
  if (status != DPB_OK) return status;
  *schedule = memory;
  **schedule = read;
  return DPB_OK;
}

void dpb_schedule_destroy(dpb_schedule *schedule) {
  dpb__release(schedule);
}

/* -- the formulas */

static double shaped(const dpb_schedule *s, uint64_t step) {
  const uint64_t epoch = step / s->epoch_steps;
  switch (s->shape) {
  case CONSTANT:
    break;
  case STEP:
    return s->base * pow(s->factor, (double)(epoch / s->every));
  case EXPONENTIAL:
    return s->base * pow(s->factor, (double)epoch);
  case COSINE: {
    if (step <= s->warmup) return s->base;
    const double done = (double)(step - s->warmup) / (double)(s->total_steps - s->warmup);
    return s->low + 0.5 * (s->base - s->low) * (1.0 + cos(PI * done));
  }
  case PLATEAU:
    return s->base * s->state.factor;
  }
  return s->base;
}

float dpb_schedule_lr(const dpb_schedule *schedule, uint64_t step) {
  if (!schedule) return 0.0f;
  if (step >= schedule->total_steps) step = schedule->total_steps - 1;
  const unsigned host_mode = dpb__float_enter();
  double lr = shaped(schedule, step);
  if (step < schedule->warmup) lr *= (double)(step + 1) / (double)schedule->warmup;
  /* a rate that fades away for good is still a rate that an optimiser takes */
  const float rate = lr > (double)FLT_MIN ? (float)lr : FLT_MIN;
  dpb__float_leave(host_mode);
  return rate;
}

int dpb_schedule_needs_loss(const dpb_schedule *schedule) {
  return schedule && schedule->shape == PLATEAU;
}

dpb_status dpb_schedule_observe(dpb_schedule *schedule, double validation_loss) {
  if (!schedule) return dpb__fail(DPB_ERR_ARG, "dpb_schedule_observe: schedule is NULL");
  if (schedule->shape != PLATEAU) return DPB_OK;
  dpb_schedule_state *state = &schedule->state;
  if (validation_loss < state->best) {
    state->best = validation_loss;
    state->waited = 0;
  } else if (++state->waited >= schedule->every) {
    if (state->factor * schedule->factor >= DBL_MIN) state->factor *= schedule->factor;
    state->waited = 0;
  }
  return DPB_OK;
}

bool dpb__schedule_takes_total(const dpb_schedule *schedule) {
  return schedule->shape == COSINE;
}

/* -- what a checkpoint keeps */

static dpb_status check_present(const dpb_schedule *schedule,
                                const dpb_schedule_state *state, const char *function) {
  if (schedule && state) return DPB_OK;
  return dpb__fail(DPB_ERR_ARG, "%s: %s is NULL", function,
                   schedule ? "state" : "schedule");
}

dpb_status dpb_schedule_get_state(const dpb_schedule *schedule,
                                  dpb_schedule_state *state) {
  const dpb_status status = check_present(schedule, state, "dpb_schedule_get_state");
  if (status == DPB_OK) *state = schedule->state;
  return status;
}

dpb_status dpb_schedule_set_state(dpb_schedule *schedule,
                                  const dpb_schedule_state *state) {
  const dpb_status status = check_present(schedule, state, "dpb_schedule_set_state");
  if (status != DPB_OK) return status;
  if (!(state->factor > 0.0 && state->factor <= 1.0))
    return dpb__fail(
        DPB_ERR_ARG,
        "dpb_schedule_set_state: factor is %g, must be above 0 and at most 1",
        state->factor);
  schedule->state = *state;
  return DPB_OK;
}
