/* SPDX-License-Identifier: MIT
 *
 * Levenshtein's distance, one row of its table at a time.
 */
#include "suggest.h"

#include <limits.h>
#include <string.h>

enum { MAX_LENGTH = 32 };

static int least(int a, int b, int c) {
  int m = a < b ? a : b;
  return m < c ? m : c;
}

static int distance_of(const char *a, size_t a_length, const char *b, size_t b_length) {
  int row[MAX_LENGTH + 1];
  for (size_t j = 0; j <= b_length; j++) row[j] = (int)j;
  for (size_t i = 1; i <= a_length; i++) {
    int diagonal = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= b_length; j++) {
      int changed = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = least(changed, row[j] + 1, row[j - 1] + 1);
    }
  }
  return row[b_length];
}

suggestion suggest_for(const char *word, size_t length) {
  return (suggestion){.word = word, .length = length, .distance = INT_MAX};
}

void suggest_offer(suggestion *s, const char *name) {
  size_t length = strlen(name);
  if (length > MAX_LENGTH || s->length > MAX_LENGTH) return;
  int distance = distance_of(s->word, s->length, name, length);
  if (distance >= s->distance || 3 * distance > (int)length + 1) return;
  s->distance = distance;
  s->name = name;
}
