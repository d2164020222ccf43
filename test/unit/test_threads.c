/* SPDX-License-Identifier: MIT
 *
 * The default number of workers: quotas read from text and from a made-up tree of control
 * groups, the environment, the affinity mask.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <deepblas/blas.h>

#include "base/threads.h"
#include "spawn_fixture.h"

extern char **environ;
static char *program;

static void test_cgroup2(void **state) {
  (void)state;
  assert_int_equal(dpb__cgroup2_cpus("max 100000\n"), 0);
  assert_int_equal(dpb__cgroup2_cpus("200000 100000\n"), 2);
  assert_int_equal(dpb__cgroup2_cpus("150000 100000\n"), 2);
  assert_int_equal(dpb__cgroup2_cpus("200001 100000"), 3);
  assert_int_equal(dpb__cgroup2_cpus("1000 100000"), 1);
  assert_int_equal(dpb__cgroup2_cpus("9000000000000000000 1"), 2147483647);
  static const char *const bad[] = {"",       "max",       "100000",   "100000 ", "a b",
                                    "1000 0", "-5 100000", "100 x100", "0 100000"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    assert_int_equal(dpb__cgroup2_cpus(bad[i]), 0);
}

static void test_cgroup1(void **state) {
  (void)state;
  assert_int_equal(dpb__cgroup1_cpus("-1\n", "100000\n"), 0);
  assert_int_equal(dpb__cgroup1_cpus("250000\n", "100000\n"), 3);
  assert_int_equal(dpb__cgroup1_cpus("50000", "100000"), 1);
  assert_int_equal(dpb__cgroup1_cpus("50000", "0"), 0);
  assert_int_equal(dpb__cgroup1_cpus("", ""), 0);
}

static void check_path(const char *line, bool v2, const char *want) {
  bool got_v2 = !v2;
  char path[64];
  assert_true(dpb__cgroup_path(line, &got_v2, path, sizeof path));
  assert_true(got_v2 == v2);
  assert_string_equal(path, want);
}

static void test_lines_of_proc_self_cgroup(void **state) {
  (void)state;
  check_path("0::/\n", true, "/");
  check_path("0::/user.slice/a b:c\nmore", true, "/user.slice/a b:c");
  check_path("4:cpu,cpuacct:/docker/1a2b\n", false, "/docker/1a2b");
  check_path("4:cpuacct,cpu:/x", false, "/x");
  check_path("3:cpu:/", false, "/");
  bool v2;
  char path[8];
  assert_false(dpb__cgroup_path("5:cpuset:/x\n", &v2, path, sizeof path));
  assert_false(dpb__cgroup_path("5:memory,cpuacct:/x\n", &v2, path, sizeof path));
  assert_false(dpb__cgroup_path("0:", &v2, path, sizeof path));
  assert_false(dpb__cgroup_path("", &v2, path, sizeof path));
  assert_true(dpb__cgroup_path("0::/345678", &v2, path, sizeof path));
  assert_false(dpb__cgroup_path("0::/3456789", &v2, path, sizeof path));
}

static void test_parents(void **state) {
  (void)state;
  char path[] = "/a/bc/d";
  assert_true(dpb__cgroup_parent(path));
  assert_string_equal(path, "/a/bc");
  assert_true(dpb__cgroup_parent(path));
  assert_string_equal(path, "/a");
  assert_true(dpb__cgroup_parent(path));
  assert_string_equal(path, "");
  assert_false(dpb__cgroup_parent(path));
  char root[] = "/";
  assert_false(dpb__cgroup_parent(root));
}

static void put(const char *mount, const char *name, const char *text) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", mount, name);
  if (text == NULL) {
    assert_int_equal(mkdir(path, 0700), 0);
    return;
  }
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

/* Files before the directories they are in. */
static const char *const made[] = {"slice/unit/cpu.max",
                                   "slice/unit/cpu.weight",
                                   "slice/cpu.max",
                                   "slice/unit",
                                   "slice",
                                   "cpu/docker/cpu.cfs_quota_us",
                                   "cpu/docker/cpu.cfs_period_us",
                                   "cpu/docker",
                                   "cpu"};

static void test_least_quota_of_all_groups_around(void **state) {
  (void)state;
  const char *folder = getenv("TMPDIR");
  char mount[2048];
  snprintf(mount, sizeof mount, "%s/deepblas-XXXXXX", folder != NULL ? folder : "/tmp");
  assert_non_null(mkdtemp(mount));
  put(mount, "slice", NULL);
  put(mount, "slice/unit", NULL);
  put(mount, "cpu", NULL);
  put(mount, "cpu/docker", NULL);
  put(mount, "slice/cpu.max", "300000 100000\n");
  put(mount, "slice/unit/cpu.max", "max 100000\n");
  put(mount, "slice/unit/cpu.weight", "1");
  put(mount, "cpu/docker/cpu.cfs_quota_us", "450000\n");
  put(mount, "cpu/docker/cpu.cfs_period_us", "100000\n");

  assert_int_equal(dpb__cgroup_cpus(mount, "0::/slice/unit\n"), 3);
  assert_int_equal(dpb__cgroup_cpus(mount, "0::/slice/unit/not/there\n"), 3);
  assert_int_equal(dpb__cgroup_cpus(mount, "0::/\n"), 0);
  assert_int_equal(dpb__cgroup_cpus(mount, ""), 0);
  assert_int_equal(dpb__cgroup_cpus(mount, "9:cpu,cpuacct:/docker\n1:memory:/x\n"), 5);
  assert_int_equal(dpb__cgroup_cpus(mount, "9:cpu:/docker\n0::/slice"), 3);
  put(mount, "slice/unit/cpu.max", "100 100000\n");
  assert_int_equal(dpb__cgroup_cpus(mount, "0::/slice/unit\n"), 1);

  for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", mount, made[i]);
    assert_int_equal(remove(path), 0);
  }
  assert_int_equal(rmdir(mount), 0);
}

static int default_with(const char *wish) {
  if (wish == NULL)
    unsetenv("DEEPBLAS_NUM_THREADS");
  else
    setenv("DEEPBLAS_NUM_THREADS", wish, 1);
  return dpb_default_threads();
}

static void test_environment(void **state) {
  (void)state;
  errno = 77;
  int all = default_with(NULL);
  assert_int_equal(errno, 77);
  assert_true(all >= 1);
  assert_true(all <= sysconf(_SC_NPROCESSORS_CONF));
  assert_int_equal(default_with("1"), 1);
  assert_int_equal(default_with("1000000"), all);
  static const char *const not_numbers[] = {
      "", "0", "-3", "two", "1 ", "1x", "99999999999999999999"};
  for (size_t i = 0; i < sizeof not_numbers / sizeof not_numbers[0]; i++)
    assert_int_equal(default_with(not_numbers[i]), all);
  default_with(NULL);
}

/* Under taskset this program, asked for its default, has one CPU. */
static void test_affinity(void **state) {
  (void)state;
  char *argv[7] = {"taskset", "-c", "0"};
  put_program(argv + 3, program)[0] = "default";
  pid_t child = 0;
  if (posix_spawnp(&child, "taskset", NULL, NULL, argv, environ) != 0) {
    print_message("skipped: no taskset\n");
    skip();
  }
  int status = 0;
  assert_true(waitpid(child, &status, 0) == child);
  if (WIFEXITED(status) && (WEXITSTATUS(status) == 127 || WEXITSTATUS(status) == 1)) {
    print_message("skipped: taskset cannot choose CPU 0\n");
    skip();
  }
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 100 + 1);
}

int main(int argc, char **argv) {
  program = argv[0];
  if (argc > 1) return 100 + dpb_default_threads();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cgroup2),
      cmocka_unit_test(test_cgroup1),
      cmocka_unit_test(test_lines_of_proc_self_cgroup),
      cmocka_unit_test(test_parents),
      cmocka_unit_test(test_least_quota_of_all_groups_around),
      cmocka_unit_test(test_environment),
      cmocka_unit_test(test_affinity),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
