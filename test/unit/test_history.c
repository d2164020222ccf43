/* SPDX-License-Identifier: MIT
 *
 * The history and its CSV, read back field by field.
 */
#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "trainer_fixture.h"

static char folder[256];

static int make_folder(void **state) {
  (void)state;
  const char *base = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/deepblas-history-XXXXXX", base ? base : "/tmp");
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  (void)state;
  return rmdir(folder); /* fails when a temporary file was left behind */
}

static void path_of(const char *name, char path[512]) {
  snprintf(path, 512, "%s/%s", folder, name);
}

static char *contents(const char *path) {
  static char text[1 << 16];
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  return text;
}

static void check_field(const char **at, double expected) {
  char *end = NULL;
  assert_int_equal(**at, ',');
  ++*at;
  if (isnan(expected)) {
    assert_true(**at == ',' || **at == '\n');
    return;
  }
  double value = strtod(*at, &end);
  assert_true(value == expected); /* printed so that it reads back as the same double */
  *at = end;
}

/* Printed as a float, 0.01 and no more. */
static void check_rate(const char **at, float expected) {
  char *end = NULL;
  assert_int_equal(*(*at)++, ',');
  assert_true(strtof(*at, &end) == expected);
  assert_in_range(end - *at, 1, 14);
  *at = end;
}

static void check_csv(const char *text, const dpb_epoch *history, size_t count) {
  static const char header[] = "epoch,steps,train_loss,train_accuracy,validation_loss,"
                               "validation_accuracy,test_loss,test_accuracy,"
                               "learning_rate\n";
  assert_memory_equal(text, header, sizeof header - 1);
  const char *at = text + sizeof header - 1;
  for (size_t i = 0; i < count; i++) {
    char *end = NULL;
    assert_int_equal(strtoul(at, &end, 10), history[i].epoch);
    assert_int_equal(*end, ',');
    assert_int_equal(strtoul(end + 1, &end, 10), history[i].steps);
    at = end;
    check_field(&at, history[i].train_loss);
    check_field(&at, history[i].train_accuracy);
    check_field(&at, history[i].validation_loss);
    check_field(&at, history[i].validation_accuracy);
    check_field(&at, history[i].test_loss);
    check_field(&at, history[i].test_accuracy);
    check_rate(&at, history[i].learning_rate);
    assert_int_equal(*at++, '\n');
  }
  assert_int_equal(*at, 0);
}

/* 20 epochs: more than the history holds room for at first. */
static void test_csv_holds_the_history(void **state) {
  (void)state;
  char path[512];
  path_of("history.csv", path);
  fixture it = make();
  it.config.epochs = 20;
  it.config.test = it.test; /* and no validation: two empty fields */
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_save_history(trainer, path));
  check_csv(contents(path), NULL, 0);

  must(dpb_trainer_run(trainer));
  must(dpb_trainer_save_history(trainer, path));
  size_t count = 0;
  const dpb_epoch *history = dpb_trainer_history(trainer, &count);
  assert_int_equal(count, 20);
  for (size_t i = 0; i < count; i++) assert_int_equal(history[i].epoch, i + 1);
  check_csv(contents(path), history, count);
  assert_non_null(strstr(contents(path), ",,,"));
  dpb_trainer_destroy(trainer);
  clear(&it);
  unlink(path);
}

static void test_two_runs_write_the_same_bytes(void **state) {
  (void)state;
  char path[512];
  path_of("history.csv", path);
  char *first = NULL;
  for (int run = 0; run < 2; run++) {
    fixture it = make();
    it.config.validation = it.test;
    dpb_trainer *trainer = trainer_of(&it);
    must(dpb_trainer_run(trainer));
    must(dpb_trainer_save_history(trainer, path));
    if (run == 0)
      first = strdup(contents(path));
    else
      assert_string_equal(contents(path), first);
    dpb_trainer_destroy(trainer);
    clear(&it);
  }
  free(first);
  unlink(path);
}

static void test_decimal_points_in_any_locale(void **state) {
  (void)state;
  static const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "fr_FR"};
  size_t i = 0;
  while (i < 4 && !setlocale(LC_ALL, names[i])) i++;
  if (i == 4) {
    print_message("skipped: no locale with decimal commas is installed\n");
    skip();
  }
  char path[512];
  path_of("history.csv", path);
  fixture it = make();
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  must(dpb_trainer_save_history(trainer, path));
  assert_string_equal(localeconv()->decimal_point, ","); /* ours to keep */
  setlocale(LC_ALL, "C");
  size_t count = 0;
  const dpb_epoch *history = dpb_trainer_history(trainer, &count);
  check_csv(contents(path), history, count);
  dpb_trainer_destroy(trainer);
  clear(&it);
  unlink(path);
}

static void test_failures(void **state) {
  (void)state;
  char path[512];
  fixture it = make();
  dpb_trainer *trainer = trainer_of(&it);
  must_fail(dpb_trainer_save_history(NULL, "x"), DPB_ERR_ARG, "trainer is NULL");
  must_fail(dpb_trainer_save_history(trainer, NULL), DPB_ERR_ARG, "path is NULL");
  path_of("missing/history.csv", path);
  assert_int_not_equal(dpb_trainer_save_history(trainer, path), DPB_OK);
  assert_non_null(strstr(dpb_error_message(), "missing/history.csv"));
  assert_int_not_equal(dpb_trainer_save_history(trainer, folder), DPB_OK);
  assert_non_null(strstr(dpb_error_message(), folder));

  size_t count = 99;
  assert_null(dpb_trainer_history(trainer, &count));
  assert_int_equal(count, 0);
  count = 99;
  assert_null(dpb_trainer_history(NULL, &count));
  assert_int_equal(count, 0);
  dpb_trainer_destroy(trainer);
  clear(&it);
}

/* No file may grow (as on a full disk): the failure shows, and the old file is untouched.
 */
static void test_old_file_survives(void **state) {
  (void)state;
  char path[512];
  path_of("history.csv", path);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs("old", file);
  fclose(file);
  fixture it = make();
  dpb_trainer *trainer = trainer_of(&it);

  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
  dpb_status status = dpb_trainer_save_history(trainer, path);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);

  must_fail(status, DPB_ERR_IO, "history.csv");
  assert_string_equal(contents(path), "old");
  dpb_trainer_destroy(trainer);
  clear(&it);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_csv_holds_the_history),
      cmocka_unit_test(test_two_runs_write_the_same_bytes),
      cmocka_unit_test(test_decimal_points_in_any_locale),
      cmocka_unit_test(test_failures),
      cmocka_unit_test(test_old_file_survives),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
