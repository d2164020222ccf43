/* SPDX-License-Identifier: MIT
 *
 * The words of one item of a network's text.
 *
 * Whatever is not a printable character ends a word, so that a word can stand in an error
 * message, which is one line.
 */
#include "layer/words.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"

/* Words in messages are cut here: text may come from a file. */
#define SHOWN 40

static bool is_blank(char c) {
  return (unsigned char)c <= ' ' || (unsigned char)c == 127;
}

static int shown(const struct dpb__words *words) {
  return words->length < SHOWN ? (int)words->length : SHOWN;
}

struct dpb__words dpb__words_of(const char *text, size_t length) {
  return (struct dpb__words){.next = text, .end = text + length, .word = text};
}

bool dpb__words_next(struct dpb__words *words) {
  while (words->next < words->end && is_blank(*words->next)) words->next++;
  words->word = words->next;
  while (words->next < words->end && !is_blank(*words->next)) words->next++;
  words->length = (size_t)(words->next - words->word);
  return words->length > 0;
}

bool dpb__words_at_end(const struct dpb__words *words) {
  struct dpb__words rest = *words;
  return !dpb__words_next(&rest);
}

bool dpb__word_is(const struct dpb__words *words, const char *word) {
  return words->length == strlen(word) && memcmp(words->word, word, words->length) == 0;
}

dpb_status dpb__words_int(struct dpb__words *words, const char *what, int *value) {
  if (!dpb__words_next(words))
    return dpb__fail(DPB_ERR_SPEC, "%s is missing, must be a whole number", what);
  int64_t number = 0;
  if (!dpb__parse_int(words->word, words->length, &number))
    return dpb__fail(DPB_ERR_SPEC, "%s is '%.*s', must be a whole number", what,
                     shown(words), words->word);
  if (number < INT_MIN || number > INT_MAX)
    return dpb__fail(DPB_ERR_SPEC, "%s is %.*s, must be at most %d", what, shown(words),
                     words->word, INT_MAX);
  *value = (int)number;
  return DPB_OK;
}

dpb_status dpb__words_float(struct dpb__words *words, const char *what, float *value) {
  if (!dpb__words_next(words))
    return dpb__fail(DPB_ERR_SPEC, "%s is missing, must be a number", what);
  double number = 0;
  if (!dpb__parse_double(words->word, words->length, &number) || !isfinite(number) ||
      fabs(number) > (double)FLT_MAX)
    return dpb__fail(DPB_ERR_SPEC, "%s is '%.*s', must be a number", what, shown(words),
                     words->word);
  *value = (float)number;
  return DPB_OK;
}

dpb_status dpb__words_unknown(const struct dpb__words *words, const char *layer) {
  return dpb__fail(DPB_ERR_SPEC, "%s: '%.*s' is not understood", layer, shown(words),
                   words->word);
}

/* Moves to the next word if it is exactly this one. */
static bool take(struct dpb__words *words, const char *word) {
  struct dpb__words next = *words;
  if (!dpb__words_next(&next) || !dpb__word_is(&next, word)) return false;
  *words = next;
  return true;
}

dpb_status dpb__words_init(struct dpb__words *words, dpb_init *init, bool *taken) {
  static const struct {
    const char *word;
    dpb_init_kind normal, uniform;
  } rules[] = {{"he", DPB_INIT_HE, DPB_INIT_HE_UNIFORM},
               {"xavier", DPB_INIT_XAVIER, DPB_INIT_XAVIER_UNIFORM},
               {"glorot", DPB_INIT_GLOROT, DPB_INIT_GLOROT_UNIFORM}};
  *taken = true;
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    if (!dpb__word_is(words, rules[i].word)) continue;
    *init =
        (dpb_init){.kind = take(words, "uniform") ? rules[i].uniform : rules[i].normal};
    return DPB_OK;
  }
  if (dpb__word_is(words, "std")) {
    *init = (dpb_init){.kind = DPB_INIT_STD};
    return dpb__words_float(words, "std", &init->std);
  }
  if (dpb__word_is(words, "uniform")) {
    *init = (dpb_init){.kind = DPB_INIT_UNIFORM};
    return dpb__words_float(words, "uniform: range", &init->range);
  }
  *taken = false;
  return DPB_OK;
}
