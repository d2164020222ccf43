/* SPDX-License-Identifier: MIT
 *
 * Misuse of the search for hyper-parameters: spaces, asking, telling.
 */
#include <unistd.h>

#include "misuse.h"

static dpb_space *space; /* "lr log 1e-6..1e-2, act choice relu|tanh" */

static int set_up(void **state) {
  (void)state;
  assert_int_equal(dpb_space_parse("lr log 1e-6..1e-2, act choice relu|tanh", &space),
                   DPB_OK);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  dpb_space_destroy(space);
  dpb_space_destroy(NULL);
  return 0;
}

#define added(...) dpb_space_add(space, &(dpb_dimension){__VA_ARGS__})

static void test_dimensions(void **state) {
  (void)state;
  const double inf = (double)INFINITY;
  const char *const words[2] = {"a", "b"}, *const same[2] = {"a", "a"},
                    *const holes[2] = {"a", NULL};
  refuse(dpb_space_create(NULL), ARG, "NULL");
  refuse(dpb_space_add(NULL, &(dpb_dimension){.name = "x", .high = 1}), ARG,
         "space is NULL");
  refuse(dpb_space_add(space, NULL), ARG, "dimension is NULL");
  refuse(added(.high = 1), ARG, "name");
  refuse(added(.name = "", .high = 1), ARG, "name");
  refuse(added(.name = "lr", .high = 1), ARG, "lr");
  refuse(added(.name = "x", .kind = (dpb_dimension_kind)5, .high = 1), ARG, "5");
  refuse(added(.name = "x", .kind = (dpb_dimension_kind)-1, .high = 1), ARG, "-1");
  refuse(added(.name = "x", .low = 1, .high = 1), ARG, "x");
  refuse(added(.name = "x", .low = 2, .high = 1), ARG, "x");
  refuse(added(.name = "x", .low = (double)NAN, .high = 1), ARG, "x");
  refuse(added(.name = "x", .low = 0, .high = inf), ARG, "x");
  refuse(added(.name = "x", .kind = DPB_LOG, .low = 0, .high = 1), ARG, "x");
  refuse(added(.name = "x", .kind = DPB_INT, .low = 0.5, .high = 2), ARG, "x");
  refuse(added(.name = "x", .kind = DPB_CHOICE), ARG, "x");
  refuse(added(.name = "x", .kind = DPB_CHOICE, .choices = words, .choice_count = 1), ARG,
         "x");
  refuse(added(.name = "x", .kind = DPB_CHOICE, .choices = words, .choice_count = -1),
         ARG, "x");
  refuse(added(.name = "x", .kind = DPB_CHOICE, .choices = same, .choice_count = 2), ARG,
         "a");
  refuse(added(.name = "x", .kind = DPB_CHOICE, .choices = holes, .choice_count = 2), ARG,
         "x");
  expect(dpb_space_count(space) == 2);
}

static void test_spaces(void **state) {
  (void)state;
  dpb_space *made;
  dpb_dimension dimension;
  char text[4] = "was";
  size_t length = 7;
  refuse_made(made, dpb_space_parse(NULL, &made), ARG, "NULL");
  refuse(dpb_space_parse("x 0..1", NULL), ARG, "NULL");
  refuse_made(made, dpb_space_parse("", &made), SPEC, "");
  refuse_made(made, dpb_space_parse("x", &made), SPEC, "x");
  refuse_made(made, dpb_space_parse("x 1..0", &made), ARG, "x");
  refuse_made(made, dpb_space_parse("x 0..1, x 0..1", &made), ARG, "x");
  refuse_made(made, dpb_space_parse("x nan..1", &made), ARG, "nan");
  refuse(dpb_space_text(NULL, text, sizeof text, &length), ARG, "space is NULL");
  refuse(dpb_space_text(space, NULL, sizeof text, &length), ARG, "text");
  accept(dpb_space_text(space, text, sizeof text, NULL));
  expect(strcmp(text, "lr ") == 0);
  expect(dpb_space_count(NULL) == 0);
  refuse(dpb_space_dimension(NULL, 0, &dimension), ARG, "space is NULL");
  refuse(dpb_space_dimension(space, 0, NULL), ARG, "dimension is NULL");
  refuse(dpb_space_dimension(space, 2, &dimension), ARG, "2");
  refuse(dpb_space_dimension(space, -1, &dimension), ARG, "-1");
  expect(dpb_space_find(NULL, "lr") == -1);
  expect(dpb_space_find(space, NULL) == -1);
  expect(dpb_space_find(space, "") == -1);
  refuse(dpb_space_value_text(NULL, 0, 1, text, sizeof text, NULL), ARG, "space is NULL");
  refuse(dpb_space_value_text(space, 0, 1, NULL, sizeof text, NULL), ARG, "text");
  refuse(dpb_space_value_text(space, 2, 1, text, sizeof text, NULL), ARG, "2");
  refuse(dpb_space_value_text(space, INT_MIN, 1, text, sizeof text, NULL), ARG,
         "-2147483648");
  refuse(dpb_space_value_text(space, 1, 2, text, sizeof text, NULL), ARG, "2");
  refuse(dpb_space_value_text(space, 1, (double)NAN, text, sizeof text, NULL), ARG,
         "nan");
  refuse(dpb_space_value_text(space, 0, (double)NAN, text, sizeof text, &length), ARG,
         "lr");
}

#define searched(...) dpb_search_create(&(dpb_search_config){__VA_ARGS__}, &made)

static void test_create(void **state) {
  (void)state;
  dpb_search *made;
  dpb_space *empty = NULL;
  accept(dpb_space_create(&empty));
  refuse_made(made, dpb_search_create(NULL, &made), ARG, "config is NULL");
  refuse(dpb_search_create(&(dpb_search_config){.space = space}, NULL), ARG, "NULL");
  refuse_made(made, searched(.trials = 3), ARG, "space is NULL");
  refuse_made(made, searched(.space = empty), ARG, "space");
  refuse_made(made, searched(.space = space, .method = (dpb_search_method)4), ARG, "4");
  refuse_made(made, searched(.space = space, .method = (dpb_search_method)-1), ARG, "-1");
  refuse_made(made, searched(.space = space, .goal = (dpb_goal)2), ARG, "2");
  refuse_made(made, searched(.space = space, .trials = -1), ARG, "trials is -1");
  refuse_made(made, searched(.space = space, .min_budget = -1), ARG, "budgets are -1");
  refuse_made(made, searched(.space = space, .max_budget = INT_MIN), ARG, "budgets");
  refuse_made(made,
              searched(.space = space, .method = DPB_SEARCH_HYPERBAND, .min_budget = 9,
                       .max_budget = 3),
              ARG, "budget");
  refuse_made(
      made,
      searched(.space = space, .method = DPB_SEARCH_HYPERBAND, .max_budget = 9, .eta = 1),
      ARG, "eta is 1");
  refuse_made(made, searched(.space = space, .method = DPB_SEARCH_BAYES, .initial = -1),
              ARG, "initial is -1");
  refuse_made(made, searched(.space = space, .note = "two\nlines"), ARG, "note");
  refuse_made(made, searched(.space = space, .path = "/no/such/folder/x"), NOT_FOUND,
              "/no/such");
  refuse_made(made, searched(.space = space, .path = ""), ARG, "path is empty");
  refuse_made(made, searched(.space = space, .path = "/dev/null", .resume = 1), IO,
              "/dev/null");
  dpb_space_destroy(empty);
  expect(dpb_search_method_name((dpb_search_method)4) == NULL);
  expect(dpb_search_method_name((dpb_search_method)-1) == NULL);
}

static void test_search(void **state) {
  (void)state;
  dpb_search *made;
  dpb_trial trial;
  int ids[2] = {7, 7}, count = 7;
  refuse(dpb_search_ask(NULL, &trial), ARG, "search is NULL");
  refuse(dpb_search_tell(NULL, 0, 1), ARG, "search is NULL");
  expect(dpb_search_done(NULL) == 1);
  expect(dpb_search_told(NULL) == 0);
  expect(dpb_search_total(NULL) == 0);
  refuse(dpb_search_trial(NULL, 0, &trial), ARG, "search is NULL");
  refuse(dpb_search_best(NULL, &trial), ARG, "search is NULL");
  refuse(dpb_search_rank(NULL, ids, 2, &count), ARG, "search is NULL");
  accept(searched(.space = space, .trials = 1));
  refuse(dpb_search_tell(made, 0, 1), ARG, "0");
  refuse(dpb_search_best(made, &trial), NOT_FOUND, "");
  refuse(dpb_search_trial(made, 0, &trial), NOT_FOUND, "0");
  refuse(dpb_search_ask(made, NULL), ARG, "trial is NULL");
  accept(dpb_search_ask(made, &trial));
  refuse(dpb_search_ask(made, &trial), STATE, "");
  refuse(dpb_search_tell(made, -1, 1), ARG, "-1");
  refuse(dpb_search_tell(made, INT_MAX, 1), ARG, "2147483647");
  accept(dpb_search_tell(made, 0, (double)NAN));
  refuse(dpb_search_tell(made, 0, 1), STATE, "0");
  refuse(dpb_search_best(made, &trial), NOT_FOUND, "");
  refuse(dpb_search_best(made, NULL), ARG, "trial is NULL");
  refuse(dpb_search_trial(made, INT_MIN, &trial), NOT_FOUND, "-2147483648");
  refuse(dpb_search_trial(made, 0, NULL), ARG, "trial is NULL");
  refuse(dpb_search_rank(made, NULL, 2, &count), ARG, "ids is NULL");
  refuse(dpb_search_rank(made, ids, 2, NULL), ARG, "count is NULL");
  refuse(dpb_search_rank(made, ids, -1, &count), ARG, "-1");
  accept(dpb_search_rank(made, NULL, 0, &count));
  expect(count == 1 && ids[0] == 7);
  dpb_search_destroy(made);
  dpb_search_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      misuse_test(test_dimensions),
      misuse_test(test_spaces),
      misuse_test(test_create),
      misuse_test(test_search),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
