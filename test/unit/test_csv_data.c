/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>

#include "file_fixture.h"

static const char *put(const char *text) {
  const char *path = in_folder("a.csv");
  write_file(path, text, strlen(text));
  return path;
}

static dpb_dataset *load(const char *text, const dpb_csv_config *config) {
  dpb_dataset *d;
  assert_ok(dpb_dataset_load_csv(put(text), config, &d));
  return d;
}

static void check_refused(const char *text, const dpb_csv_config *config,
                          dpb_status status, const char *message) {
  dpb_dataset *d = (dpb_dataset *)&d;
  assert_fails(dpb_dataset_load_csv(put(text), config, &d), status, message);
  assert_null(d);
  assert_message("a.csv: ");
  assert_null(strchr(dpb_error_message(), '\n'));
}

static void check_numbers(const dpb_dataset *d, size_t count, int features,
                          const float *values, const int32_t *labels) {
  assert_int_equal(dpb_dataset_count(d), count);
  dpb_hwc s = dpb_dataset_sample_shape(d);
  assert_true(s.h == 1 && s.w == 1 && s.c == features);
  dpb_batch b;
  assert_ok(dpb_dataset_batch(d, 0, (int)count, &b));
  for (size_t i = 0; i < count * (size_t)features; i++)
    assert_true(b.features[i] == values[i]);
  assert_memory_equal(b.labels, labels, count * sizeof *labels);
}

static void reads_numbers(void **state) {
  (void)state;
  setlocale(LC_ALL, ""); /* whatever it is, a point is a point */
  dpb_dataset *d = load("a,b,label\n1.5,-2e3,0\n\n.25,+4,3.0\n", NULL);
  check_numbers(d, 2, 2, (const float[]){1.5f, -2000.0f, 0.25f, 4.0f},
                (const int32_t[]){0, 3});
  assert_int_equal(dpb_dataset_classes(d), 4);
  assert_null(dpb_dataset_class_name(d, 0));
  dpb_dataset_destroy(d);
  d = load("7;8;1\n9;10;0\n", NULL); /* no header */
  check_numbers(d, 2, 2, (const float[]){7, 8, 9, 10}, (const int32_t[]){1, 0});
  dpb_dataset_destroy(d);
}

static void finds_the_label(void **state) {
  (void)state;
  static const char text[] = "y,a,b\n1,5,6\n0,7,8\n";
  static const float values[] = {5, 6, 7, 8};
  static const int32_t labels[] = {1, 0};
  dpb_dataset *d = load(text, &(dpb_csv_config){.label = "y"});
  check_numbers(d, 2, 2, values, labels);
  dpb_dataset_destroy(d);
  d = load(text, &(dpb_csv_config){.label = "1"});
  check_numbers(d, 2, 2, values, labels);
  dpb_dataset_destroy(d);
  /* a number is a column's number even where the first row holds it */
  d = load("1,5,2\n0,7,2\n", &(dpb_csv_config){.label = "1"});
  check_numbers(d, 2, 2, (const float[]){5, 2, 7, 2}, labels);
  dpb_dataset_destroy(d);
  d = load("9,1,2\n1,5,6\n0,7,8\n", &(dpb_csv_config){.label = "9", .header = 1});
  check_numbers(d, 2, 2, values, labels);
  dpb_dataset_destroy(d);
  check_refused(text, &(dpb_csv_config){.label = "z"}, DPB_ERR_DATA,
                "line 1 names no column 'z'");
  check_refused(text, &(dpb_csv_config){.label = "4"}, DPB_ERR_DATA,
                "label is column 4, there are 3");
  check_refused(text, &(dpb_csv_config){.label = "y", .header = -1}, DPB_ERR_DATA,
                "names no column 'y'");
}

static void sorts_names(void **state) {
  (void)state;
  dpb_dataset *d = load("a,b\n1,pear\n2,\"apple, red\"\n3,pear\n4,fig\n", NULL);
  check_numbers(d, 4, 1, (const float[]){1, 2, 3, 4}, (const int32_t[]){2, 0, 2, 1});
  assert_int_equal(dpb_dataset_classes(d), 3);
  assert_string_equal(dpb_dataset_class_name(d, 0), "apple, red");
  assert_string_equal(dpb_dataset_class_name(d, 2), "pear");
  assert_null(dpb_dataset_class_name(d, 3));
  dpb_dataset_destroy(d);
  /* numbers as names, by value; only when asked */
  d = load("1,10\n2,9\n3,10\n", &(dpb_csv_config){.class_names = 1});
  check_numbers(d, 3, 1, (const float[]){1, 2, 3}, (const int32_t[]){1, 0, 1});
  assert_string_equal(dpb_dataset_class_name(d, 1), "10");
  dpb_dataset_destroy(d);
}

static void takes_a_shape(void **state) {
  (void)state;
  dpb_dataset *d = load("1,2,3,4,0\n5,6,7,8,1\n", &(dpb_csv_config){.sample = {2, 2, 1}});
  dpb_hwc s = dpb_dataset_sample_shape(d);
  assert_true(s.h == 2 && s.w == 2 && s.c == 1);
  dpb_dataset_destroy(d);
  check_refused("1,2,3,0\n5,6,7,1\n", &(dpb_csv_config){.sample = {2, 2, 1}},
                DPB_ERR_SHAPE, "has 3 features, samples of 2x2x1");
}

static void refuses_bad_fields(void **state) {
  (void)state;
  static const struct {
    const char *text;
    const char *message;
  } cases[] = {
      {"a,b,c\n1,2,0\n1,0\n", "line 3 has 2 fields, the first has 3"},
      {"a,b,c\n1,2,0\n\n1,2,3,0\n", "line 4 has 4 fields, the first has 3"},
      {"a,b,c\n1,two,0\n", "line 2, column 2 'b': 'two' is not a number"},
      {"1,2,0\n1,two,0\n", "line 2, column 2: 'two' is not a number"},
      {"a,b,c\n1,,0\n", "line 2, column 2 'b': '' is empty, a number was expected"},
      {"a,b,c\n1,nan,0\n", "column 2 'b': 'nan' is not a finite number"},
      {"a,b,c\n1,-Inf,0\n", "'-Inf' is not a finite number"},
      {"a,b,c\n1,1e39,0\n", "'1e39' is too large for a float32"},
      {"a;b;c\n1;1,5;0\n", "'1,5' is not a number: its point must be a point"},
      {"a,b,c\n1,0x10,0\n", "'0x10' is not a number"},
      {"a,b,c\n1,2,-1\n", "column 3 'c': '-1' is not a class number"},
      {"a,b,c\n1,2,1.5\n", "'1.5' is not a class number"},
      {"a,b,c\n1,2,65536\n", "'65536' is not a class number"},
      {"a,b,c\n1,2,nan\n", "'nan' is not a class number"},
      {"a,b,c\n1,2,1\n3,4,cat\n", "line 3, column 3 'c': 'cat' is text, but the labels"},
      {"a,b,c\n1,2,cat\n3,4,1\n",
       "line 3, column 3 'c': '1' is a number, but the labels"},
      {"1,2,label\n3,4,1\n", "is the first line a header?"},
      {"a,b,c\n1,2,\n", "'' is empty, a label was expected"},
      {"a,2,0\n3,4,1\n", "line 1, column 1: 'a' is not a number, others of the first"},
      {"a,b,c\n", "holds no rows"},
      {"\n\n", "holds no rows"},
      {"a\n1\n", "line 1 has one column"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_refused(cases[i].text, NULL, DPB_ERR_DATA, cases[i].message);
}

static void refuses_arguments(void **state) {
  (void)state;
  dpb_dataset *d;
  assert_fails(dpb_dataset_load_csv(NULL, NULL, &d), DPB_ERR_ARG, "path is NULL");
  assert_fails(dpb_dataset_load_csv("a", NULL, NULL), DPB_ERR_ARG, "out-pointer");
  assert_fails(dpb_dataset_load_csv(in_folder("no"), NULL, &d), DPB_ERR_NOT_FOUND, "no");
  assert_null(d);
}

/* More rows than the first guess at their number. */
static void many_rows(void **state) {
  (void)state;
  static char text[40000];
  size_t at = 0;
  for (int i = 0; i < 3000; i++)
    at += (size_t)snprintf(text + at, sizeof text - at, "%d,%d\n", i, i % 7);
  dpb_dataset *d = load(text, NULL);
  assert_int_equal(dpb_dataset_count(d), 3000);
  dpb_batch b;
  assert_ok(dpb_dataset_batch(d, 0, 3000, &b));
  for (int i = 0; i < 3000; i++)
    assert_true(b.features[i] == (float)i && b.labels[i] == i % 7);
  dpb_dataset_destroy(d);
}

/* A label of a row is a number: names are kept once. */
static void keeps_each_name_once(void **state) {
  (void)state;
  for (int classes = 65536; classes <= 65537; classes++) {
    FILE *file = fopen(in_folder("many.csv"), "w");
    assert_non_null(file);
    for (int i = 0; i < 2 * classes; i++)
      fprintf(file, "%d,n%d\n", i % 7, i * 7919 % classes);
    assert_int_equal(fclose(file), 0);
    dpb_dataset *data;
    const dpb_status status = dpb_dataset_load_csv(in_folder("many.csv"), NULL, &data);
    if (classes > 65536) {
      assert_fails(status, DPB_ERR_DATA, "many.csv: more than 65536 different labels");
      continue;
    }
    assert_ok(status);
    assert_int_equal(dpb_dataset_classes(data), classes);
    for (size_t i = 0; i < dpb_dataset_count(data); i += 1001) {
      char name[16];
      snprintf(name, sizeof name, "n%d", (int)i * 7919 % classes);
      assert_string_equal(dpb_dataset_class_name(data, dpb_dataset_labels(data)[i]),
                          name);
    }
    dpb_dataset_destroy(data);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(keeps_each_name_once, remove_files),
      cmocka_unit_test_teardown(reads_numbers, remove_files),
      cmocka_unit_test_teardown(finds_the_label, remove_files),
      cmocka_unit_test_teardown(sorts_names, remove_files),
      cmocka_unit_test_teardown(takes_a_shape, remove_files),
      cmocka_unit_test_teardown(refuses_bad_fields, remove_files),
      cmocka_unit_test(refuses_arguments),
      cmocka_unit_test_teardown(many_rows, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
