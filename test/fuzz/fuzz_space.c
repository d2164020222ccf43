/* SPDX-License-Identifier: MIT
 *
 * The text of a search space, and a few trials drawn from it.
 */
#include <stdlib.h>
#include <string.h>

#include <deepblas/search.h>

#include "fuzz.h"

static void ask(const dpb_space *space) {
  dpb_search *search = NULL;
  const dpb_search_config config = {.space = space, .trials = 3};
  if (dpb_search_create(&config, &search) != DPB_OK) return;
  dpb_trial trial;
  while (dpb_search_ask(search, &trial) == DPB_OK) {
    for (int i = 0; i < dpb_space_count(space); i++) {
      char word[80];
      FUZZ_EXPECT(dpb_space_value_text(space, i, trial.values[i], word, sizeof word,
                                       NULL) == DPB_OK);
    }
    FUZZ_EXPECT(dpb_search_tell(search, trial.id, trial.values[0]) == DPB_OK);
  }
  dpb_search_destroy(search);
}

/* What the text of a space is, is that of the space which it describes. */
static void write_again(const dpb_space *space) {
  size_t length = 0, twice = 0;
  char none[1];
  dpb_space_text(space, none, 1, &length);
  char *text = malloc(length + 1), *again = malloc(length + 1);
  FUZZ_EXPECT(text != NULL && again != NULL);
  dpb_space *back = NULL;
  FUZZ_EXPECT(dpb_space_text(space, text, length + 1, NULL) == DPB_OK);
  FUZZ_EXPECT(dpb_space_parse(text, &back) == DPB_OK);
  FUZZ_EXPECT(dpb_space_text(back, again, length + 1, &twice) == DPB_OK);
  FUZZ_EXPECT(length == twice && strcmp(text, again) == 0);
  dpb_space_destroy(back);
  free(text);
  free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_begin(size);
  char *text = fuzz_text(data, size);
  dpb_space *space = NULL;
  if (dpb_space_parse(text, &space) == DPB_OK) {
    write_again(space);
    ask(space);
  }
  dpb_space_destroy(space);
  free(text);
  fuzz_end();
  return 0;
}
