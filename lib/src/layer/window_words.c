/* SPDX-License-Identifier: MIT
 *
 * Extents as words: "k5", "k3x5".
 */
#include "layer/window_words.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"

#define SHOWN 40

static int shown(size_t length) {
  return length < SHOWN ? (int)length : SHOWN;
}

static dpb_status read_number(const char *what, int least, const char *text,
                              size_t length, int *value) {
  int64_t number = 0;
  if (!dpb__parse_int(text, length, &number))
    return dpb__fail(DPB_ERR_SPEC, "%s is '%.*s', must be a whole number", what,
                     shown(length), text);
  if (number < least)
    return dpb__fail(DPB_ERR_SPEC, "%s is %.*s, must be at least %d", what, shown(length),
                     text, least);
  if (number > INT_MAX)
    return dpb__fail(DPB_ERR_SPEC, "%s is %.*s, must be at most %d", what, shown(length),
                     text, INT_MAX);
  *value = (int)number;
  return DPB_OK;
}

/* A letter in front of something that is not a number is another word ("same", "full").
 */
static bool begins_number(const char *text, size_t length) {
  return length > 0 && ((text[0] >= '0' && text[0] <= '9') || text[0] == '-');
}

dpb_status dpb__words_extent(const struct dpb__words *words, char letter,
                             const char *what, int least, dpb__extent *extent,
                             bool *taken) {
  const char *text = words->word;
  size_t length = words->length;
  *taken = false;
  if (letter) {
    if (length == 0 || text[0] != letter) return DPB_OK;
    text++;
    length--;
  }
  if (!begins_number(text, length)) return DPB_OK;
  *taken = true;
  const char *cross = memchr(text, 'x', length);
  if (!cross) return read_number(what, least, text, length, &extent->both);
  const size_t first = (size_t)(cross - text);
  const dpb_status status = read_number(what, least, text, first, &extent->h);
  if (status != DPB_OK) return status;
  return read_number(what, least, cross + 1, length - first - 1, &extent->w);
}

void dpb__extent_format(char letter, int h, int w, int usual, char *text,
                        size_t capacity) {
  if (h == usual && w == usual) return;
  const size_t used = strlen(text);
  const char name[2] = {letter, 0};
  if (h == w)
    snprintf(text + used, capacity - used, " %s%d", name, h);
  else
    snprintf(text + used, capacity - used, " %s%dx%d", name, h, w);
}
