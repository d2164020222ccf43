/* SPDX-License-Identifier: MIT
 *
 * The name that a misspelt word was meant to be.
 */
#ifndef APP_SUGGEST_H
#define APP_SUGGEST_H

#include <stddef.h>

typedef struct suggestion {
  const char *word; /* as typed; length bytes of it count */
  size_t length;
  const char *name; /* the nearest so far, or NULL */
  int distance;
} suggestion;

suggestion suggest_for(const char *word, size_t length);

/* Offers one of the names there are. Keeps it when it is the nearest and near enough: at
 * most a third of its letters inserted, left out or changed. */
void suggest_offer(suggestion *s, const char *name);

#endif
