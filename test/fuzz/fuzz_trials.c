/* SPDX-License-Identifier: MIT
 *
 * The lines of a trials file, behind the head that the search expects; and a head.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/search.h>

#include "base/memory.h"
#include "fuzz.h"
#include "search/search.h"

static dpb_space *space;

/* The head of a search, as it writes it: it is put in front of the input. */
static char *head_of(const dpb_search_config *config) {
  dpb_search *search = NULL;
  char *head = NULL;
  FUZZ_EXPECT(dpb_search_create(config, &search) == DPB_OK);
  FUZZ_EXPECT(dpb__search_head(search, &head) == DPB_OK);
  dpb_search_destroy(search);
  return head;
}

static void resume(const dpb_search_config *config, const uint8_t *bytes, size_t size) {
  dpb_search_config with_file = *config;
  with_file.path = fuzz_file(0, bytes, size);
  with_file.resume = 1;
  dpb_search *search = NULL;
  if (dpb_search_create(&with_file, &search) == DPB_OK) {
    dpb_trial trial;
    /* the model of the Bayesian search takes time by the cube of its trials */
    const bool bayes = config->method == DPB_SEARCH_BAYES;
    const int most = !bayes ? 3 : dpb_search_told(search) < 50;
    for (int i = 0; i < most && dpb_search_ask(search, &trial) == DPB_OK; i++)
      FUZZ_EXPECT(dpb_search_tell(search, trial.id, 0.5 * i) == DPB_OK);
    if (dpb_search_told(search) > 0) dpb_search_best(search, &trial);
  }
  dpb_search_destroy(search);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const dpb_search_config configs[] = {
      {.method = DPB_SEARCH_RANDOM, .seed = 1},
      {.method = DPB_SEARCH_HALVING, .max_budget = 9, .trials = 100},
      {.method = DPB_SEARCH_HYPERBAND, .max_budget = 4, .eta = 2},
      {.method = DPB_SEARCH_BAYES, .initial = 2},
  };
  static char *heads[4];
  if (space == NULL)
    FUZZ_EXPECT(dpb_space_parse("lr log 1e-4..1, n int 1..9, act choice a|b", &space) ==
                DPB_OK);
  for (int i = 0; i < 4; i++) {
    dpb_search_config config = configs[i];
    config.space = space;
    if (heads[i] == NULL) heads[i] = head_of(&config);
    const size_t length = strlen(heads[i]);
    char *both = malloc(length + size + 1);
    FUZZ_EXPECT(both != NULL);
    memcpy(both, heads[i], length);
    if (size > 0) memcpy(both + length, data, size);
    fuzz_begin(size);
    resume(&config, (const uint8_t *)both, length + size);
    if (i == 0) resume(&config, data, size); /* the input is the head */
    fuzz_end();
    free(both);
  }
  return 0;
}
