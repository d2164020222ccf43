/* SPDX-License-Identifier: MIT
 *
 * Names of arrays that people use.
 */
#include "data/array_names.h"

#include <stdio.h>

static const char *const FEATURES[] = {"x", "X", "features", "data", "images"};
static const char *const LABELS[] = {"y", "labels", "label", "target", "targets"};

enum { WORDS = sizeof FEATURES / sizeof *FEATURES };

static bool find(dpb__has_array has, const void *where, const char *const words[WORDS],
                 const char *before, const char *behind, char name[DPB__ARRAY_NAME]) {
  for (int i = 0; i < WORDS; i++) {
    snprintf(name, DPB__ARRAY_NAME, "%s%s%s", before, words[i], behind);
    if (has(where, name)) return true;
  }
  name[0] = '\0';
  return false;
}

static bool find_both(dpb__has_array has, const void *where, const char *before,
                      const char *behind, dpb__array_names *names) {
  bool features = find(has, where, FEATURES, before, behind, names->features);
  return find(has, where, LABELS, before, behind, names->labels) && features;
}

bool dpb__array_names_of_split(dpb__has_array has, const void *where, dpb_split split,
                               dpb__array_names *names) {
  bool train = split == DPB_TRAIN;
  return find_both(has, where, "", train ? "_train" : "_test", names) ||
         find_both(has, where, train ? "train_" : "test_", "", names);
}

bool dpb__array_names_of_all(dpb__has_array has, const void *where,
                             dpb__array_names *names) {
  return find_both(has, where, "", "", names);
}
