/* SPDX-License-Identifier: MIT
 *
 * Each request for memory of a search fails in turn: nothing leaks, and a trial that
 * could not be asked for or told can be later.
 */
#include "oom.h"

#include <stdio.h>
#include <unistd.h>

#include <deepblas/search.h>

static char path[256];

static dpb_status make_spaces(void) {
  dpb_space *space = POISON;
  dpb_status status = dpb_space_parse("a 0..1, b choice x|y, c log int 1..9", &space);
  check_out(status, space);
  dpb_space_destroy(space);
  return status;
}

/* Asks and tells past the trials that are spread, so that the process is made; resumes.
 */
static dpb_status run(dpb_search_method method) {
  dpb_space *space = NULL;
  dpb_search *search = POISON;
  dpb_status status = dpb_space_parse("a 0..1, b choice x|y", &space);
  if (status != DPB_OK) return status;
  unlink(path);
  dpb_search_config config = {.space = space,
                              .method = method,
                              .initial = 2,
                              .trials = 5,
                              .max_budget = 3,
                              .resume = 1,
                              .path = path,
                              .note = "note"};
  for (int half = 0; half < 2 && status == DPB_OK; half++) {
    status = dpb_search_create(&config, &search);
    check_out(status, search);
    for (int i = 0; i < 3 && status == DPB_OK && !dpb_search_done(search); i++) {
      dpb_trial trial;
      status = dpb_search_ask(search, &trial);
      if (status == DPB_OK) status = dpb_search_tell(search, trial.id, trial.values[0]);
    }
    int ids[8], count;
    if (status == DPB_OK) status = dpb_search_rank(search, ids, 8, &count);
    dpb_search_destroy(search);
    search = POISON;
  }
  dpb_space_destroy(space);
  return status;
}

static dpb_status run_random(void) {
  return run(DPB_SEARCH_RANDOM);
}

static dpb_status run_bayes(void) {
  return run(DPB_SEARCH_BAYES);
}

static dpb_status run_halving(void) {
  return run(DPB_SEARCH_HALVING);
}

static void test_all(void **state) {
  (void)state;
  fail_each(make_spaces, 2);
  fail_each(run_random, 15);
  must(run_bayes()); /* OpenBLAS has its buffers */
  fail_each(run_bayes, 20);
  fail_each(run_halving, 15);
}

static int set_up(void **state) {
  (void)state;
  const char *tmp = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/deepblas-XXXXXX", tmp ? tmp : "/tmp");
  int fd = mkstemp(path);
  return fd < 0 || close(fd) != 0;
}

static int tear_down(void **state) {
  (void)state;
  return unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
