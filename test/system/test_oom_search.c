/* SPDX-License-Identifier: MIT
 *
 * Each request for memory of a search fails in turn: nothing leaks, and a trial that
 * could not be asked for or told can be later.
 */
#include "oom.h"

#include <stdio.h>
#include <unistd.h>

#include <deepblas/search.h>

static char folder[256], path[300];

static dpb_status make_spaces(void) {
  dpb_space *space = POISON;
  dpb_status status = dpb_space_parse("a 0..1, b choice x|y, c log int 1..9", &space);
  check_out(status, space);
  dpb_space_destroy(space);
  return status;
}

/* Whatever failed, and though cutting off half a line may have failed too. */
static void check_resumable(const dpb_search_config *config) {
  dpb_search *search = NULL;
  work_pause();
  must(dpb_search_create(config, &search));
  dpb_search_destroy(search);
  work_resume();
}

/* Asks and tells past the trials that are spread, so that the process is made; resumes.
 */
static dpb_status run(dpb_search_method method) {
  dpb_space *space = NULL;
  dpb_search *search = POISON;
  dpb_status status = dpb_space_parse("a 0..1, b choice x|y", &space);
  if (status != DPB_OK) return status;
  work_pause();
  unlink(path);
  work_resume();
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
  if (status == DPB_OK)
    outcome_of_file(path);
  else
    check_resumable(&config);
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
  snprintf(folder, sizeof folder, "%s/deepblas-XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp(folder)) return -1;
  snprintf(path, sizeof path, "%s/trials", folder);
  work_in(folder);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  return unlink(path) != 0 || rmdir(folder) != 0 || !work_was_done();
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
