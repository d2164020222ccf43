/* SPDX-License-Identifier: MIT
 *
 * The words of one item of a network's text: in "affine 100 std 0.01" the item has four.
 */
#ifndef DPB_LAYER_WORDS_H
#define DPB_LAYER_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include <deepblas/layer.h>

struct dpb__words {
  const char *next; /* the rest of the item */
  const char *end;
  const char *word; /* the present word */
  size_t length;
};

/* Words of text[0 .. length). */
struct dpb__words dpb__words_of(const char *text, size_t length);

/* Moves to the next word; false at the end. */
bool dpb__words_next(struct dpb__words *words);

/* There is no further word. */
bool dpb__words_at_end(const struct dpb__words *words);

/* The present word is exactly this one. */
bool dpb__word_is(const struct dpb__words *words, const char *word);

/* Moves to the next word and reads it as a number; what names the value in the message:
 * "affine: out is 'ten', must be a whole number". DPB_ERR_SPEC. */
dpb_status dpb__words_int(struct dpb__words *words, const char *what, int *value);
dpb_status dpb__words_float(struct dpb__words *words, const char *what, float *value);

/* DPB_ERR_SPEC: the present word is not understood. */
dpb_status dpb__words_unknown(const struct dpb__words *words, const char *layer);

/* Reads the words of an initialisation ("std 0.01", "uniform 0.1", "he", "xavier
 * uniform") at the present word; *taken is false when it is none. */
dpb_status dpb__words_init(struct dpb__words *words, dpb_init *init, bool *taken);

#endif
