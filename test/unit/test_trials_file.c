/* SPDX-License-Identifier: MIT
 *
 * A search that is killed goes on: whatever part of the last line had been written, no
 * finished trial is lost, and the file ends up as if nothing had happened.
 */
#include "search_fixture.h"
#include "valgrind_fixture.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define SPACE BRANIN_SPACE ", act choice relu|leakyrelu 0.01, n log int 1..1000"

enum { TRIALS = 12, MOST = 16384 };

static dpb_search_config config_of(dpb_search_method method, const char *path) {
  return (dpb_search_config){.method = method,
                             .trials = TRIALS,
                             .max_budget = 4,
                             .eta = 2,
                             .seed = 3,
                             .resume = 1,
                             .path = path,
                             .note = "branin"};
}

static dpb_status try_open(dpb_search_config config, dpb_search **search) {
  dpb_space *space = space_of(SPACE);
  config.space = space;
  dpb_status status = dpb_search_create(&config, search);
  dpb_space_destroy(space);
  return status;
}

static double score_of(const double *values) {
  return values[2] > 0.5 && values[3] > 500 ? (double)NAN : branin(values);
}

static size_t whole_file(dpb_search_method method, char *text) {
  const char *path = in_folder("whole.tsv");
  unlink(path);
  dpb_search *search = search_of(SPACE, config_of(method, path));
  run_search(search, score_of);
  dpb_search_destroy(search);
  return read_file(path, text, MOST);
}

static int lines_of(const char *text, size_t length) {
  int lines = 0;
  for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
  return lines;
}

static void cut_and_go_on(dpb_search_method method, size_t step) {
  static char whole[MOST], after[MOST];
  size_t length = whole_file(method, whole);
  int head = 2, total = 0;
  for (size_t cut = 0; cut <= length; cut += step) {
    const char *path = in_folder("cut.tsv");
    write_file(path, whole, cut);
    dpb_search *search = search_of(SPACE, config_of(method, path));
    int lines = lines_of(whole, cut);
    total = dpb_search_total(search);
    assert_int_equal(dpb_search_told(search), lines > head ? lines - head : 0);
    run_search(search, score_of);
    dpb_search_destroy(search);
    assert_int_equal(read_file(path, after, MOST), length);
    assert_memory_equal(after, whole, length);
  }
  assert_int_equal(lines_of(whole, length), head + total);
}

/* At many bytes; where proposals cost time, at some. */
static void test_killed_anywhere(void **state) {
  (void)state;
  cut_and_go_on(DPB_SEARCH_RANDOM, 7);
  cut_and_go_on(DPB_SEARCH_HALVING, 17);
  cut_and_go_on(DPB_SEARCH_HYPERBAND, 29);
  cut_and_go_on(DPB_SEARCH_BAYES, 113);
}

/* Really killed, by SIGKILL, again and again. */
static void test_killed_for_real(void **state) {
  (void)state;
  not_under_valgrind("needs longer for a trial than a process has");
  static char whole[MOST], after[MOST];
  size_t length = whole_file(DPB_SEARCH_BAYES, whole);
  const char *path = in_folder("killed.tsv");
  int told = 0, kills = 0;
  for (; told < TRIALS && kills < 200; kills++) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      dpb_search *search = search_of(SPACE, config_of(DPB_SEARCH_BAYES, path));
      dpb_trial trial;
      while (dpb_search_ask(search, &trial) == DPB_OK)
        dpb_search_tell(search, trial.id, score_of(trial.values));
      _exit(0);
    }
    /* ever longer, for slow machines */
    const long slow = 1 + (kills / 20) * (kills / 20), ms = 2L * (kills % 9) * slow;
    const struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&wait, NULL);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    dpb_search *search = search_of(SPACE, config_of(DPB_SEARCH_BAYES, path));
    assert_true(dpb_search_told(search) >= told);
    told = dpb_search_told(search);
    dpb_search_destroy(search);
  }
  assert_int_equal(read_file(path, after, MOST), length);
  assert_memory_equal(after, whole, length);
}

static void test_content(void **state) {
  (void)state;
  const char *path = in_folder("file.tsv");
  dpb_search_config config = config_of(DPB_SEARCH_RANDOM, path);
  dpb_search *search = search_of(SPACE, config);
  dpb_trial trial, again;
  char text[MOST];
  assert_ok(dpb_search_ask(search, &trial));
  assert_ok(dpb_search_ask(search, &again));
  assert_ok(dpb_search_tell(search, 1, (double)NAN));
  assert_ok(dpb_search_tell(search, 0, 0.25));
  size_t length = read_file(path, text, MOST - 1); /* on the disk already */
  text[length] = '\0';
  assert_non_null(
      strstr(text, "# deepblas search 1\tmethod random\tgoal minimize\tseed 3"));
  assert_non_null(strstr(text, "\tnote branin\ntrial\tbudget\tscore\tx\ty\tact\tn\n"));
  assert_non_null(strstr(text, "\n1\t4\tnan\t"));
  assert_non_null(strstr(text, "\n0\t4\t0.25\t"));
  assert_true(strstr(text, "\n1\t4") < strstr(text, "\n0\t4"));
  dpb_search_destroy(search);
  search = search_of(SPACE, config);
  assert_ok(dpb_search_trial(search, 0, &trial));
  assert_true(trial.told && trial.score >= 0.25 && trial.score <= 0.25);
  assert_ok(dpb_search_trial(search, 1, &trial));
  assert_true(trial.told && isnan(trial.score));
  assert_ok(dpb_search_ask(search, &trial));
  assert_int_equal(trial.id, 2);
  dpb_search_destroy(search);
}

static void refused(dpb_search_config config, dpb_status status, const char *message) {
  dpb_search *search = (void *)(uintptr_t)8;
  assert_fails(try_open(config, &search), status, message);
  assert_null(search);
}

static void test_of_another_search(void **state) {
  (void)state;
  char text[MOST], after[MOST];
  size_t length = whole_file(DPB_SEARCH_BAYES, text);
  const char *path = in_folder("whole.tsv");
  dpb_search_config config = config_of(DPB_SEARCH_BAYES, path);
  config.resume = 0;
  refused(config, DPB_ERR_STATE, "whole.tsv: it is there already");
  config = config_of(DPB_SEARCH_BAYES, path);
  config.seed = 4;
  refused(config, DPB_ERR_STATE, "another search: 'seed 3', not 'seed 4'");
  config = config_of(DPB_SEARCH_BAYES, path);
  config.goal = DPB_MAXIMIZE;
  refused(config, DPB_ERR_STATE, "'goal minimize', not 'goal maximize'");
  config = config_of(DPB_SEARCH_BAYES, path);
  config.note = "branina";
  refused(config, DPB_ERR_STATE, "'note branin', not 'note branina'");
  refused(config_of(DPB_SEARCH_RANDOM, path), DPB_ERR_STATE, "'method bayes'");
  dpb_space *space = space_of("x -5..10, y 0..16");
  config = config_of(DPB_SEARCH_BAYES, path);
  config.space = space;
  dpb_search *search;
  assert_fails(dpb_search_create(&config, &search), DPB_ERR_STATE,
               "'space x -5..10, y 0..15");
  assert_message("y 0..16'");
  dpb_space_destroy(space);
  assert_int_equal(read_file(path, after, MOST), length);
  assert_memory_equal(after, text, length);
  /* More or fewer trials are no other search. */
  config = config_of(DPB_SEARCH_BAYES, path);
  config.trials = 5;
  assert_ok(try_open(config, &search));
  assert_int_equal(dpb_search_told(search), TRIALS);
  assert_true(dpb_search_done(search));
  dpb_search_destroy(search);
  config.trials = TRIALS + 1;
  assert_ok(try_open(config, &search));
  assert_false(dpb_search_done(search));
  dpb_search_destroy(search);
}

/* Of long lines the message shows where they part. */
static void test_of_a_search_that_differs_late(void **state) {
  (void)state;
  enum { SAME = 200 };
  char note[SAME + 2] = {0}, text[300];
  memset(note, 'n', SAME);
  note[SAME] = 'a';
  dpb_search_config config = config_of(DPB_SEARCH_RANDOM, in_folder("long.tsv"));
  dpb_search *search;
  config.note = note;
  config.resume = 0;
  assert_ok(try_open(config, &search));
  dpb_search_destroy(search);
  note[SAME] = 'b';
  config.resume = 1;
  snprintf(text, sizeof text, "'...%.60sa', not '...%.60sb'", note, note);
  refused(config, DPB_ERR_STATE, text);
}

/* The file with its last line replaced. */
static void refused_line(const char *line, const char *message) {
  char text[MOST];
  whole_file(DPB_SEARCH_HALVING, text);
  int heads = 2;
  char *at = text;
  while (heads > 0) heads -= *at++ == '\n';
  strcpy(at, line);
  const char *path = in_folder("bad.tsv");
  write_file(path, text, strlen(text));
  refused(config_of(DPB_SEARCH_HALVING, path), DPB_ERR_FORMAT, message);
  assert_message("bad.tsv: line ");
}

/* A few lines with larger and larger numbers do not make a list of billions. */
static void test_far_trials(void **state) {
  (void)state;
  const char *path = in_folder("far.tsv");
  dpb_search *search = search_of("x 0..1", (dpb_search_config){.path = path});
  dpb_search_destroy(search);
  FILE *file = fopen(path, "a");
  assert_non_null(file);
  fputs("1000000\t1\t5\t0\n1000001\t1\t5\t0\n1000003\t1\t5\t0\n", file);
  assert_int_equal(fclose(file), 0);
  dpb_space *space = space_of("x 0..1");
  const dpb_search_config config = {.space = space, .path = path, .resume = 1};
  assert_fails(dpb_search_create(&config, &search), DPB_ERR_FORMAT,
               "line 5: trial 1000003 cannot have been asked yet");
  dpb_space_destroy(space);
}

static void test_damage(void **state) {
  (void)state;
  refused_line("x\t1\t5\t0\t0\trelu\t1\n", "line 3: trial is 'x'");
  refused_line("-1\t1\t5\t0\t0\trelu\t1\n", "line 3: trial is '-1'");
  refused_line("99999999999\t1\t5\t0\t0\trelu\t1\n", "line 3: trial is '9999");
  refused_line("2000000000\t1\t5\t0\t0\trelu\t1\n", "cannot have been asked yet");
  refused_line("50\t1\t5\t0\t0\trelu\t1\n", "trial 50 with budget 1 is not of this");
  refused_line("0\t2\t5\t0\t0\trelu\t1\n", "trial 0 with budget 2 is not of this");
  refused_line("4\t2\t5\t0\t0\trelu\t1\n", "trial 4 with budget 2 is not of this");
  refused_line("0\t1\tfive\t0\t0\trelu\t1\n", "line 3: score is 'five'");
  refused_line("0\t1\t5,5\t0\t0\trelu\t1\n", "line 3: score is '5,5'");
  refused_line("0\t1\t5\t11\t0\trelu\t1\n", "line 3: x is '11'");
  refused_line("0\t1\t5\t0\t0\tselu\t1\n", "line 3: act is 'selu'");
  refused_line("0\t1\t5\t0\t0\trelu\t1.5\n", "line 3: n is '1.5'");
  refused_line("0\t1\t5\t0\t0\trelu\n", "line 3: n is missing");
  refused_line("0\t1\t5\t0\t0\trelu\t1\t1\n", "more than 7 fields");
  refused_line("\n", "line 3: trial is ''");
  refused_line("0\t1\t5\t0\t0\trelu\t1\n0\t1\t5\t0\t0\trelu\t1\n",
               "line 4: trial 0 is there twice");
  const char *path = in_folder("other.tsv");
  write_file(path, "abc", 3);
  refused(config_of(DPB_SEARCH_RANDOM, path), DPB_ERR_STATE,
          "'abc', not '# deepblas search 1'");
  refused(config_of(DPB_SEARCH_RANDOM, in_folder("none/x.tsv")), DPB_ERR_NOT_FOUND,
          "No such file");
  refused(config_of(DPB_SEARCH_RANDOM, file_folder), DPB_ERR_IO, "cannot open");
}

static void test_one_at_a_time(void **state) {
  (void)state;
  const char *path = in_folder("locked.tsv");
  dpb_search *search = search_of(SPACE, config_of(DPB_SEARCH_RANDOM, path));
  pid_t child = fork();
  if (child == 0) {
    dpb_search *second = NULL;
    dpb_status status = try_open(config_of(DPB_SEARCH_RANDOM, path), &second);
    bool refused =
        status == DPB_ERR_STATE && strstr(dpb_error_message(), "another process");
    dpb_search_destroy(search); /* for valgrind, which looks at children as well */
    _exit(refused ? 7 : 1);
  }
  int how = 0;
  assert_int_equal(waitpid(child, &how, 0), child);
  assert_true(WIFEXITED(how));
  assert_int_equal(WEXITSTATUS(how), 7);
  dpb_search_destroy(search);
}

/* A disk that is full in the middle of a line: nothing is told, the file is whole, and
 * telling works when there is room again. */
static void test_full_disk(void **state) {
  (void)state;
  static char before[MOST], after[MOST];
  const char *path = in_folder("full.tsv");
  dpb_search *search = search_of(SPACE, config_of(DPB_SEARCH_RANDOM, path));
  dpb_trial trial;
  assert_ok(dpb_search_ask(search, &trial));
  assert_ok(dpb_search_tell(search, 0, 1));
  size_t length = read_file(path, before, MOST);
  assert_ok(dpb_search_ask(search, &trial));
  struct rlimit old;
  getrlimit(RLIMIT_FSIZE, &old);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = {length + 5, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  errno = 77;
  dpb_status status = dpb_search_tell(search, 1, 2);
  int kept = errno;
  setrlimit(RLIMIT_FSIZE, &old);
  signal(SIGXFSZ, handler);
  assert_int_equal(status, DPB_ERR_IO);
  assert_int_equal(kept, 77);
  assert_message("full.tsv: cannot write");
  assert_int_equal(dpb_search_told(search), 1);
  assert_int_equal(read_file(path, after, MOST), length);
  assert_memory_equal(after, before, length);
  assert_ok(dpb_search_tell(search, 1, 2));
  assert_int_equal(dpb_search_told(search), 2);
  assert_int_equal(lines_of(after, read_file(path, after, MOST)), 4);
  dpb_search_destroy(search);
}

/* A search that could not even begin leaves no file: the same command works when there is
 * room, also where a file that is there is refused. */
static void test_full_at_once(void **state) {
  (void)state;
  const char *path = in_folder("none.tsv");
  struct rlimit old;
  getrlimit(RLIMIT_FSIZE, &old);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  for (int resume = 0; resume <= 1; resume++) {
    dpb_search_config config = config_of(DPB_SEARCH_RANDOM, path);
    config.resume = resume;
    struct rlimit small = {5, old.rlim_max};
    dpb_search *search = NULL;
    setrlimit(RLIMIT_FSIZE, &small);
    dpb_status status = try_open(config, &search);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, DPB_ERR_IO);
    assert_message("none.tsv: cannot write");
    assert_int_not_equal(access(path, F_OK), 0);
    assert_ok(try_open(config, &search));
    dpb_search_destroy(search);
    unlink(path);
  }
  signal(SIGXFSZ, handler);
}

/* A symbolic link to a file that is not there yet is one to be made. */
static void test_link_to_nothing(void **state) {
  (void)state;
  dpb_search_config config = config_of(DPB_SEARCH_RANDOM, in_folder("link.tsv"));
  dpb_search *search = NULL;
  assert_int_equal(symlink("meant.tsv", config.path), 0);
  assert_ok(try_open(config, &search));
  dpb_search_destroy(search);
  assert_int_equal(access(in_folder("meant.tsv"), F_OK), 0);
}

static void test_decimal_points_in_any_locale(void **state) {
  (void)state;
  if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "de_DE") == NULL) {
    print_message("skipped: no locale with decimal commas is installed\n");
    skip();
  }
  static char text[MOST];
  size_t length = whole_file(DPB_SEARCH_RANDOM, text);
  text[length < MOST ? length : MOST - 1] = '\0';
  setlocale(LC_ALL, "C");
  assert_non_null(strstr(text, "\t0."));
  dpb_search *search =
      search_of(SPACE, config_of(DPB_SEARCH_RANDOM, in_folder("whole.tsv")));
  assert_int_equal(dpb_search_told(search), TRIALS);
  dpb_search_destroy(search);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(test_killed_anywhere, remove_files),
      cmocka_unit_test_teardown(test_killed_for_real, remove_files),
      cmocka_unit_test_teardown(test_content, remove_files),
      cmocka_unit_test_teardown(test_of_another_search, remove_files),
      cmocka_unit_test_teardown(test_of_a_search_that_differs_late, remove_files),
      cmocka_unit_test_teardown(test_far_trials, remove_files),
      cmocka_unit_test_teardown(test_damage, remove_files),
      cmocka_unit_test_teardown(test_one_at_a_time, remove_files),
      cmocka_unit_test_teardown(test_full_disk, remove_files),
      cmocka_unit_test_teardown(test_full_at_once, remove_files),
      cmocka_unit_test_teardown(test_link_to_nothing, remove_files),
      cmocka_unit_test_teardown(test_decimal_points_in_any_locale, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
