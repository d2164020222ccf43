/* SPDX-License-Identifier: MIT
 *
 * The order of trials in successive halving and Hyperband.
 */
#include "search/hyperband.h"

#include "base/error.h"

static int widest(const dpb__brackets *b) {
  int s = 0;
  for (int64_t budget = (int64_t)b->least * b->eta; budget <= b->most; budget *= b->eta)
    s++;
  return s;
}

static int64_t power(int eta, int exponent) {
  int64_t value = 1;
  for (int i = 0; i < exponent; i++) value *= eta;
  return value;
}

/* One round of settings and where it stands. */
typedef struct bracket {
  int number;
  int s;
  int64_t count; /* settings at its beginning */
  int64_t first; /* id of its first trial */
  int64_t settings;
} bracket;

/* Sets s and count; a bracket that would go beyond the end is cut. 0: the end. */
static int64_t size_bracket(const dpb__brackets *b, bracket *at) {
  int most = widest(b);
  at->s = b->all ? most - at->number % (most + 1) : most;
  int64_t share = b->all ? at->s + 1 : most + 1;
  at->count = ((most + 1) * power(b->eta, at->s) + share - 1) / share;
  const int64_t left = b->settings - at->settings;
  if (b->settings > 0) at->count = at->count < left ? at->count : left;
  return at->count;
}

/* Of a bracket that was cut, one goes on to the end all the same. */
static int64_t rung_count(const dpb__brackets *b, const bracket *at, int rung) {
  int64_t count = at->count / power(b->eta, rung);
  return count > 0 ? count : 1;
}

static int rung_budget(const dpb__brackets *b, const bracket *at, int rung) {
  return (int)(b->most / power(b->eta, at->s - rung));
}

static int64_t trials_of(const dpb__brackets *b, const bracket *at) {
  int64_t sum = 0;
  for (int rung = 0; rung <= at->s; rung++) sum += rung_count(b, at, rung);
  return sum;
}

static void step_on(const dpb__brackets *b, bracket *at) {
  at->first += trials_of(b, at);
  at->settings += at->count;
  at->number++;
}

/* Goes over as many rounds of all brackets as end before id, and before the settings do:
 * they are equal, and may be billions. */
static void skip_rounds(const dpb__brackets *b, int64_t id, bracket *at) {
  const dpb__brackets endless = {b->all, b->eta, b->least, b->most, 0};
  const int brackets = b->all ? widest(b) + 1 : 1;
  bracket round = {0};
  for (int i = 0; i < brackets; i++) {
    size_bracket(&endless, &round);
    step_on(&endless, &round);
  }
  DPB__KNOWN(round.first > 0 && round.settings > 0); /* a bracket has a trial at least */
  int64_t rounds = id / round.first;
  if (b->settings > 0 && rounds > b->settings / round.settings)
    rounds = b->settings / round.settings;
  at->number = 0; /* a round later it all begins anew */
  at->first = rounds * round.first;
  at->settings = rounds * round.settings;
}

static void find_in_bracket(const dpb__brackets *b, const bracket *at, int64_t id,
                            dpb__place *place) {
  *place = (dpb__place){.first = at->first, .next = at->first + trials_of(b, at)};
  place->count = (int)rung_count(b, at, 0);
  place->budget = rung_budget(b, at, 0);
  while (id >= place->first + place->count) {
    place->before = place->first;
    place->before_count = place->count;
    place->before_budget = place->budget;
    place->first += place->count;
    place->rung++;
    place->count = (int)rung_count(b, at, place->rung);
    place->budget = rung_budget(b, at, place->rung);
  }
  place->slot = (int)(id - place->first);
  if (place->rung == 0) place->settings = at->settings + place->slot;
}

bool dpb__bracket_place(const dpb__brackets *b, int64_t id, dpb__place *place) {
  bracket at = {0};
  skip_rounds(b, id, &at);
  while (size_bracket(b, &at) > 0) {
    if (id < at.first + trials_of(b, &at)) {
      find_in_bracket(b, &at, id, place);
      return true;
    }
    step_on(b, &at);
  }
  return false;
}

int64_t dpb__bracket_total(const dpb__brackets *b) {
  if (b->settings == 0) return 0;
  bracket at = {0};
  skip_rounds(b, INT64_MAX, &at);
  while (size_bracket(b, &at) > 0) step_on(b, &at);
  return at.first;
}
