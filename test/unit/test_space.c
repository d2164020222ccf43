/* SPDX-License-Identifier: MIT
 *
 * Search spaces: what is refused, what they map to, and their text.
 */
#include "search_fixture.h"

#include "search/space.h"

static void assert_text(const char *given, const char *expected) {
  dpb_space *space = space_of(given);
  char text[512];
  size_t length = 0;
  assert_ok(dpb_space_text(space, text, sizeof text, &length));
  assert_string_equal(text, expected);
  assert_int_equal(length, strlen(expected));
  char cut[6];
  assert_ok(dpb_space_text(space, cut, sizeof cut, &length));
  assert_int_equal(length, strlen(expected));
  assert_memory_equal(cut, expected, 5);
  assert_int_equal(cut[5], 0);
  dpb_space_destroy(space);
}

static void test_text(void **state) {
  (void)state;
  assert_text("lr log 1e-6..1e-2, weight_decay log 1e-8..1e-4, hidden int 32..256, "
              "act choice relu|tanh",
              "lr log 1e-06..0.01, weight_decay log 1e-08..0.0001, hidden int 32..256, "
              "act choice relu|tanh");
  assert_text(" x   uniform -5 .. 10 ", "x -5..10");
  assert_text("batch int log 16..100000", "batch log int 16..100000");
  assert_text("n int -3..2147483647,act choice leakyrelu 0.01| relu",
              "n int -3..2147483647, act choice leakyrelu 0.01|relu");
  assert_text("dropout 0.0...5", "dropout 0..0.5");
}

static void refused(const char *text, dpb_status status, const char *message) {
  dpb_space *space = (void *)(uintptr_t)8;
  assert_fails(dpb_space_parse(text, &space), status, message);
  assert_null(space);
}

static void test_refusals(void **state) {
  (void)state;
  refused("lr log 1e-2..1e-6", DPB_ERR_ARG, "lr: the ends are swapped: 0.01..1e-06");
  refused("lr log 0..1", DPB_ERR_ARG, "lr: a logarithmic range must begin above 0");
  refused("lr log -1..1", DPB_ERR_ARG, "above 0, not at -1");
  refused("n log int 0..9", DPB_ERR_ARG, "above 0, not at 0");
  refused("x 1..1", DPB_ERR_ARG, "x: the range 1..1 holds one value only");
  refused("x 0..1, x 0..2", DPB_ERR_ARG, "x: there are two");
  refused("act choice", DPB_ERR_ARG, "act: 0 words");
  refused("act choice relu", DPB_ERR_ARG, "act: 1 words");
  refused("act choice relu||tanh", DPB_ERR_ARG, "act: choice 2");
  refused("act choice relu|tanh|relu", DPB_ERR_ARG, "the choice relu is there twice");
  refused("n int 1..2.5", DPB_ERR_ARG, "n: the ends 1..2.5 must be whole");
  refused("n int 0..3000000000", DPB_ERR_ARG, "3e+09");
  refused("x 0..inf", DPB_ERR_ARG, "0..inf is not finite");
  refused("x nan..1", DPB_ERR_ARG, "not finite");
  refused("x -1e308..1e308", DPB_ERR_ARG, "not finite");
  refused("9x 0..1", DPB_ERR_ARG, "'9x' is no name");
  refused("x{ 0..1", DPB_ERR_ARG, "'x{' is no name");
  refused("", DPB_ERR_SPEC, "empty");
  refused("x 0..1,", DPB_ERR_SPEC, "dimension 2 is empty");
  refused("x 0..1,,y 0..1", DPB_ERR_SPEC, "dimension 2 is empty");
  refused("x", DPB_ERR_SPEC, "x: '' is no range");
  refused("x 5", DPB_ERR_SPEC, "x: '5' is no range");
  refused("x lug 0..1", DPB_ERR_SPEC, "'lug 0'");
  refused("x 0..1 int", DPB_ERR_SPEC, "'1 int'");
  refused("x 0x1..5", DPB_ERR_SPEC, "'0x1'");
  refused("x 0,5..1", DPB_ERR_SPEC, "'0' is no range");
  refused("x log 1e-310..1", DPB_ERR_ARG, "nearer to 0 than");
  refused("x -1..-1e-320", DPB_ERR_ARG, "nearer to 0 than");
  refused(NULL, DPB_ERR_ARG, "NULL");
  assert_fails(dpb_space_parse("x 0..1", NULL), DPB_ERR_ARG, "space is NULL");
}

static void test_adding(void **state) {
  (void)state;
  dpb_space *space;
  assert_ok(dpb_space_create(&space));
  char name[80];
  for (int i = 0; i < 32; i++) {
    snprintf(name, sizeof name, "x%d", i);
    assert_ok(dpb_space_add(space, &(dpb_dimension){.name = name, .high = 1}));
  }
  assert_fails(dpb_space_add(space, &(dpb_dimension){.name = "y", .high = 1}),
               DPB_ERR_ARG, "at most 32");
  assert_int_equal(dpb_space_count(space), 32);
  assert_int_equal(dpb_space_find(space, "x31"), 31);
  assert_int_equal(dpb_space_find(space, "x32"), -1);
  dpb_space_destroy(space);

  assert_ok(dpb_space_create(&space));
  memset(name, 'a', 64);
  name[64] = '\0';
  assert_fails(dpb_space_add(space, &(dpb_dimension){.name = name, .high = 1}),
               DPB_ERR_ARG, "64 characters, at most 63");
  assert_fails(dpb_space_add(space, &(dpb_dimension){.high = 1}), DPB_ERR_ARG, "no name");
  assert_fails(dpb_space_add(space, &(dpb_dimension){.name = "x", .kind = 5}),
               DPB_ERR_ARG, "no kind 5");
  assert_fails(dpb_space_add(space, NULL), DPB_ERR_ARG, "dimension is NULL");
  const char *words[] = {"a", "b,c"};
  dpb_dimension d = {"x", DPB_CHOICE, 0, 0, words, 2};
  assert_fails(dpb_space_add(space, &d), DPB_ERR_ARG, "'b,c'");
  d.choice_count = 1001;
  assert_fails(dpb_space_add(space, &d), DPB_ERR_ARG,
               "1001 words to choose from, at most");
  d.choice_count = 2;
  words[1] = "b\tc";
  assert_fails(dpb_space_add(space, &d), DPB_ERR_ARG, "control");
  assert_int_equal(dpb_space_count(space), 0);
  assert_int_equal(dpb_space_count(NULL), 0);
  assert_int_equal(dpb_space_find(NULL, "x"), -1);
  assert_fails(dpb_space_dimension(space, 0, &d), DPB_ERR_ARG, "dimension 0");
  dpb_space_destroy(space);
  dpb_space_destroy(NULL);
}

static void assert_value(const char *text, double u, double value) {
  dpb_space *space = space_of(text);
  const dpb__dimension *d = &space->at[0];
  assert_near(dpb__dimension_value(d, u), value, 1e-12 * fabs(value));
  double snapped = dpb__dimension_snap(d, u);
  assert_near(dpb__dimension_value(d, snapped), value, 1e-12 * fabs(value));
  assert_near(dpb__dimension_snap(d, snapped), snapped, 1e-12);
  dpb_space_destroy(space);
}

static void test_values(void **state) {
  (void)state;
  assert_value("x -5..10", 0.0, -5.0);
  assert_value("x -5..10", 1.0, 10.0);
  assert_value("x -5..10", 0.5, 2.5);
  assert_value("x log 1e-6..1e-2", 0.0, 1e-6);
  assert_value("x log 1e-6..1e-2", 0.5, 1e-4);
  assert_value("x log 1e-6..1e-2", 1.0, 1e-2);
  /* Each of the four has a quarter. */
  assert_value("n int 1..4", 0.0, 1);
  assert_value("n int 1..4", 0.2499, 1);
  assert_value("n int 1..4", 0.2501, 2);
  assert_value("n int 1..4", 0.7501, 4);
  assert_value("n int 1..4", 1.0, 4);
  assert_value("n log int 1..1000", 0.0, 1);
  assert_value("n log int 1..1000", 1.0, 1000);
  assert_value("n log int 1..1000", log(20.0) / log(2001.0), 10);
  assert_value("a choice x|y", 0.4999, 0);
  assert_value("a choice x|y", 0.5001, 1);
  assert_value("a choice x|y", 1.0, 1);
}

static void assert_value_text(const char *space_text, double value, const char *text) {
  dpb_space *space = space_of(space_text);
  char written[64];
  size_t length = 0;
  double back = -1;
  assert_ok(dpb_space_value_text(space, 0, value, written, sizeof written, &length));
  assert_string_equal(written, text);
  assert_int_equal(length, strlen(text));
  assert_true(dpb__dimension_read(&space->at[0], written, length, &back));
  assert_true(back == value);
  dpb_space_destroy(space);
}

static void test_value_text(void **state) {
  (void)state;
  assert_value_text("x 0..1", 0.1, "0.1");
  assert_value_text("x 0..1", 1.0 / 3.0, "0.3333333333333333");
  assert_value_text("n int 0..1000000", 100000, "100000");
  assert_value_text("a choice x|y z", 1, "y z");
  dpb_space *space = space_of("a choice x|y, n int 0..5");
  char text[8];
  double value = 7;
  assert_fails(dpb_space_value_text(space, 0, 2, text, 8, NULL), DPB_ERR_ARG, "a: 2");
  assert_fails(dpb_space_value_text(space, 1, 2.5, text, 8, NULL), DPB_ERR_ARG, "n: 2.5");
  assert_fails(dpb_space_value_text(space, 1, (double)NAN, text, 8, NULL), DPB_ERR_ARG,
               "nan");
  assert_fails(dpb_space_value_text(space, 2, 0, text, 8, NULL), DPB_ERR_ARG,
               "dimension 2");
  assert_fails(dpb_space_value_text(space, 0, 0, text, 0, NULL), DPB_ERR_ARG, "room");
  assert_false(dpb__dimension_read(&space->at[0], "xy", 2, &value));
  assert_false(dpb__dimension_read(&space->at[1], "6", 1, &value));
  assert_false(dpb__dimension_read(&space->at[1], "2.5", 3, &value));
  assert_false(dpb__dimension_read(&space->at[1], "", 0, &value));
  dpb_space_destroy(space);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text),       cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_adding),     cmocka_unit_test(test_values),
      cmocka_unit_test(test_value_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
