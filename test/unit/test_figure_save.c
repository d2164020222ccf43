/* SPDX-License-Identifier: MIT
 *
 * Figures as files: with gnuplot, without one, and with one that fails.
 */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>

#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "figure.h"
#include "figure_parts.h"
#include "gnuplot_run.h"

#undef fail /* of cmocka: report.h has another */
#include "report.h"

static char work[256], old_path[4096];

/* Begin with the machine's PATH and an empty folder. */
static int begin(void **state) {
  (void)state;
  const char *tmp = getenv("TMPDIR");
  snprintf(work, sizeof work, "%s/deepblas-figure.XXXXXX", tmp ? tmp : "/tmp");
  return mkdtemp(work) ? setenv("PATH", old_path, 1) : -1;
}

static int count_files(const char *folder, int remove) {
  int count = 0;
  DIR *dir = opendir(folder);
  if (dir == NULL) return 0;
  for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    count++;
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    if (remove && unlink(path) != 0) {
      count_files(path, 1);
      rmdir(path);
    }
  }
  closedir(dir);
  return count;
}

static int end(void **state) {
  (void)state;
  count_files(work, 1);
  return rmdir(work);
}

static const char *in_work(const char *name) {
  static char path[2][512];
  static int turn;
  turn = !turn;
  snprintf(path[turn], sizeof path[turn], "%s/%s", work, name);
  return path[turn];
}

static int is_there(const char *name) {
  return access(in_work(name), F_OK) == 0;
}

/* The bytes of a file of the work folder, to be freed. */
static char *slurp(const char *name, size_t *size) {
  FILE *file = fopen(in_work(name), "rb");
  assert_non_null(file);
  char *bytes = calloc(1, 1 << 20);
  assert_non_null(bytes);
  *size = fread(bytes, 1, (1 << 20) - 1, file);
  fclose(file);
  return bytes;
}

static void put(const char *name, const char *text, mode_t mode) {
  FILE *file = fopen(in_work(name), "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  assert_int_equal(chmod(in_work(name), mode), 0);
}

/* A program in place of gnuplot, as the only one on the PATH. */
static void fake_gnuplot(const char *script) {
  char text[1024];
  snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
  assert_int_equal(mkdir(in_work("bin"), 0777), 0);
  put("bin/gnuplot", text, 0755);
  setenv("PATH", in_work("bin"), 1);
}

static int has_gnuplot(void) {
  char message[256];
  put("empty.gp", "", 0644);
  int found = gnuplot_run(work, "empty.gp", message, sizeof message) == GNUPLOT_DONE;
  unlink(in_work("empty.gp"));
  return found;
}

static const double xs[] = {1, 2, 3, 4};
static const double ys[] = {10, 20, 15, 40};

static figure *simple(const char *title, const char *label) {
  figure *f = figure_new(title, 1, 1);
  figure_panel(f, "", "epoch", "accuracy / %");
  figure_line(f, label, xs, ys, 4);
  return f;
}

static const char hostile[] =
    "it's \\ \"`touch bad`\" {/Symbol a} @x $y %d\n! touch bad\n'";

static void pictures_are_drawn_twice_alike(void **state) {
  (void)state;
  if (!has_gnuplot()) {
    print_message("gnuplot is not installed (package gnuplot-nox)\n");
    skip();
  }
  static const char *const ends[] = {"gp", "png", "svg"};
  figure *f = simple(hostile, hostile);
  figure_note(f, 2, 20, hostile);
  figure_names(f, (const char *const[]){hostile, "100 %"}, 2);
  figure_panel(f, hostile, hostile, hostile);
  figure_matrix(f, ys, 2, 2, (const char *const[]){hostile, ""}, NULL);
  int drawn = 0;
  assert_int_equal(figure_save(f, in_work("a b'c/one"), "x", &drawn), EXIT_OK);
  assert_int_equal(drawn, 1);
  setenv("LC_ALL", "de_DE.UTF-8", 1);
  assert_int_equal(figure_save(f, in_work("two"), "x", &drawn), EXIT_OK);
  unsetenv("LC_ALL");
  figure_free(f);
  for (int i = 0; i < 3; i++) {
    char name[64];
    size_t size, again;
    snprintf(name, sizeof name, "a b'c/one/x.%s", ends[i]);
    char *bytes = slurp(name, &size);
    snprintf(name, sizeof name, "two/x.%s", ends[i]);
    char *same = slurp(name, &again);
    assert_int_equal(size, again);
    assert_memory_equal(bytes, same, size);
    assert_null(i == 0 ? NULL : strstr(bytes, "deepblas-figure"));
    if (i == 2)
      assert_non_null(strstr(bytes, "it's \\ \"`touch bad`\" {/Symbol a} @x $y %d"));
    free(bytes);
    free(same);
  }
  assert_false(is_there("two/bad") || is_there("bad") || is_there("a b'c/one/bad"));
  assert_int_equal(count_files(in_work("two"), 0), 3);
}

/* What gnuplot would stop at, if it were left to find the ranges. */
static void anything_is_drawn(void **state) {
  (void)state;
  if (!has_gnuplot()) skip();
  const double nan = (double)NAN;
  const double odd[] = {-1e308, (double)INFINITY, nan, 1e99};
  const double gap[] = {nan, -5, nan, 0};
  const float dark[] = {0, 0, NAN, 0};
  figure *f = figure_new("", 3, 3);
  figure_panel(f, "nothing", "", "");
  figure_panel(f, "no points", "x", "y");
  figure_line(f, "none", xs, ys, 0);
  figure_bars(f, "none either", xs, ys, 0);
  figure_panel(f, "one", "", "");
  figure_path(f, "one", xs, ys, 1);
  figure_panel(f, "odd", "", "");
  figure_points(f, "odd", odd, odd, 4);
  figure_arrows(f, "", xs, odd, odd, gap, 4);
  figure_panel(f, "log of what is not above 0", "", "");
  figure_log_axis(f, 'x');
  figure_log_axis(f, 'y');
  figure_line(f, "", gap, gap, 4);
  figure_note(f, -1, -1, "nowhere");
  figure_rule(f, 'x', 0);
  figure_panel(f, "flat", "", "");
  figure_contours(f, (const double[]){1, 1, 1, 1}, 2, 2, 0, 1, 0, 1, 5);
  figure_panel(f, "dark", "", "");
  figure_image(f, dark, 2, 2, 0, 0);
  figure_panel(f, "a row", "", "");
  figure_image(f, dark, 1, 4, 0, 1);
  figure_panel(f, "a cell", "", "");
  figure_matrix(f, gap, 1, 1, NULL, NULL);
  assert_int_equal(figure_save(f, work, "odd", NULL), EXIT_OK);
  assert_true(is_there("odd.png") && is_there("odd.svg"));
  figure_free(f);
  f = figure_new("", 0, -1);
  assert_int_equal(figure_save(f, work, "empty", NULL), EXIT_OK);
  figure_free(f);
}

static void without_gnuplot(void **state) {
  (void)state;
  put("x.png", "old", 0644);
  setenv("PATH", in_work("nowhere"), 1);
  figure *f = simple("", "");
  int drawn = 1;
  assert_int_equal(figure_save(f, work, "x", &drawn), EXIT_OK);
  assert_int_equal(drawn, 0);
  assert_true(is_there("x.gp"));
  assert_false(is_there("x.png")); /* it showed other numbers */
  assert_int_equal(count_files(work, 0), 1);
  setenv("PATH", "", 1);
  assert_int_equal(figure_save(f, work, "x", NULL), EXIT_OK);
  figure_free(f);
}

static void gnuplot_that_fails(void **state) {
  (void)state;
  char message[256];
  figure *f = simple("", "");
  fake_gnuplot("echo >&2; echo '\"x.gp\" line 7: no such thing' >&2; echo >&2; exit 1");
  assert_int_equal(gnuplot_run(work, "x.gp", message, sizeof message), GNUPLOT_FAILED);
  assert_string_equal(message, "gnuplot: \"x.gp\" line 7: no such thing");
  assert_int_equal(figure_save(f, work, "x", NULL), EXIT_DATA);
  assert_int_equal(count_files(work, 0), 2); /* bin and x.gp */
  put("bin/gnuplot", "#!/bin/sh\nkill -9 $$\n", 0755);
  assert_int_equal(gnuplot_run(work, "x.gp", message, sizeof message), GNUPLOT_FAILED);
  assert_string_equal(message, "gnuplot was ended by signal 9");
  /* Half a picture and no word of it */
  put("bin/gnuplot", "#!/bin/sh\necho PNG >x.png; echo '<svg>' >x.svg\n", 0755);
  assert_int_equal(figure_save(f, work, "x", NULL), EXIT_DATA);
  assert_int_equal(count_files(work, 0), 2);
  put("bin/gnuplot", "not a program", 0644);
  assert_int_equal(gnuplot_run(work, "x.gp", message, sizeof message), GNUPLOT_FAILED);
  assert_non_null(strstr(message, "cannot be run: "));
  figure_free(f);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int number) {
  (void)number;
  alarms++;
}

/* Signals that come while gnuplot draws, and a parent that ignores its children. */
static void signals_do_no_harm(void **state) {
  (void)state;
  char message[256] = "";
  fake_gnuplot("i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done\n"
               "echo \"$LC_ALL $# $1 $2\" >said");
  struct sigaction action = {.sa_handler = count_alarm};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &often, NULL);
  gnuplot_end ended = gnuplot_run(work, "-odd name", message, sizeof message);
  setitimer(ITIMER_REAL, &never, NULL);
  assert_int_equal(ended, GNUPLOT_DONE);
  assert_true(alarms > 0);
  size_t size;
  char *said = slurp("said", &size);
  assert_string_equal(said, "C 2 -d -odd name\n");
  free(said);
  signal(SIGCHLD, SIG_IGN);
  assert_int_equal(gnuplot_run(work, "x", message, sizeof message), GNUPLOT_DONE);
  signal(SIGCHLD, SIG_DFL);
}

static void full_disks_and_closed_folders(void **state) {
  (void)state;
  figure *f = simple("", "");
  put("file", "", 0644);
  assert_int_equal(figure_save(f, in_work("file/sub"), "x", NULL), EXIT_DATA);
  assert_int_equal(figure_save(f, in_work("file"), "x", NULL), EXIT_DATA);
  if (geteuid() != 0) {
    assert_int_equal(mkdir(in_work("closed"), 0555), 0);
    assert_int_equal(figure_save(f, in_work("closed"), "x", NULL), EXIT_DATA);
  }
  int gnuplot = has_gnuplot();
  struct rlimit old, small;
  getrlimit(RLIMIT_FSIZE, &old);
  small = old;
  signal(SIGXFSZ, SIG_IGN);
  small.rlim_cur = 200; /* less than the script */
  setrlimit(RLIMIT_FSIZE, &small);
  int code = figure_save(f, in_work("full"), "x", NULL);
  small.rlim_cur = 6000; /* less than the pictures */
  setrlimit(RLIMIT_FSIZE, &small);
  int later = figure_save(f, in_work("fuller"), "x", NULL);
  setrlimit(RLIMIT_FSIZE, &old);
  assert_int_equal(code, EXIT_DATA);
  assert_int_equal(count_files(in_work("full"), 0), 0);
  if (gnuplot) assert_int_equal(later, EXIT_DATA);
  assert_int_equal(count_files(in_work("fuller"), 0), 1); /* the script */
  figure_free(f);
}

int main(void) {
  const char *path = getenv("PATH");
  snprintf(old_path, sizeof old_path, "%s", path ? path : "/usr/bin:/bin");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(pictures_are_drawn_twice_alike, begin, end),
      cmocka_unit_test_setup_teardown(anything_is_drawn, begin, end),
      cmocka_unit_test_setup_teardown(without_gnuplot, begin, end),
      cmocka_unit_test_setup_teardown(gnuplot_that_fails, begin, end),
      cmocka_unit_test_setup_teardown(signals_do_no_harm, begin, end),
      cmocka_unit_test_setup_teardown(full_disks_and_closed_folders, begin, end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
