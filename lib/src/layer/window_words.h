/* SPDX-License-Identifier: MIT
 *
 * The words of a window in a network's text, for convolution and pooling: "k5" is 5 both
 * ways, "k3x5" is 3 down and 5 along. Configs hold each number three times: for both
 * ways, and for either alone, which wins where it is not 0.
 */
#ifndef DPB_LAYER_WINDOW_WORDS_H
#define DPB_LAYER_WINDOW_WORDS_H

#include <stdbool.h>

#include "layer/words.h"

typedef struct dpb__extent {
  int both;
  int h;
  int w;
} dpb__extent;

/* Reads the present word as letter and an extent; letter 0 stands for none. *taken is
 * false, and nothing changed, when it does not begin that way. DPB_ERR_SPEC names what;
 * numbers below least are refused, since in a config 0 would mean the default. */
dpb_status dpb__words_extent(const struct dpb__words *words, char letter,
                             const char *what, int least, dpb__extent *extent,
                             bool *taken);

/* Appends the word that reads so, with a space in front; nothing when both numbers are
 * usual. */
void dpb__extent_format(char letter, int h, int w, int usual, char *text,
                        size_t capacity);

/* The two numbers of an extent, and usual for 0. */
static inline int dpb__extent_h(dpb__extent extent, int usual) {
  const int h = extent.h ? extent.h : extent.both;
  return h ? h : usual;
}

static inline int dpb__extent_w(dpb__extent extent, int usual) {
  const int w = extent.w ? extent.w : extent.both;
  return w ? w : usual;
}

#endif
