/* SPDX-License-Identifier: MIT
 *
 * What OpenBLAS is doing, what it should be doing, and both ways of changing it: in child
 * processes, which are this program again with a word that says what to do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "blas/blas_choice.h"
#include "blas/blas_core.h"
#include "blas/blas_enter.h"
#include "blas/gemm.h"
#include "blas/openblas.h"
#include "valgrind_fixture.h"

extern char **environ;
static char *program;

#define CONFIG "OpenBLAS 0.3.21 DYNAMIC_ARCH Haswell"
static const dpb__cpu_features wide = {true, true, true}, narrow = {true, false, false};

static void test_info(void **state) {
  (void)state;
  dpb_blas_info info;
  dpb_blas_get_info(&info);
  assert_non_null(strstr(info.config, "OpenBLAS"));
  assert_string_equal(info.core, dpb__openblas_core());
  assert_true(info.threading == dpb__openblas_threading());
  assert_int_equal(info.threads, dpb__blas_host_threads());
  assert_true(info.threads >= 1);
}

static dpb_blas_advice judge(const char *core, dpb__cpu_features cpu, const char *wish,
                             const char *mark) {
  dpb_blas_advice advice;
  dpb__blas_judge(core, CONFIG, cpu, wish, mark, &advice);
  return advice;
}

static void test_judgement(void **state) {
  (void)state;
  dpb_blas_advice advice = judge("Haswell", wide, NULL, NULL);
  assert_string_equal(advice.core, "Haswell");
  assert_string_equal(advice.best_core, "Cooperlake");
  assert_string_equal(advice.cpu, "AVX-512");
  assert_int_equal(advice.user_choice, 0);
  assert_int_equal(advice.improvable, 1);

  advice = judge("Haswell", narrow, NULL, NULL);
  assert_string_equal(advice.best_core, "Haswell");
  assert_string_equal(advice.cpu, "AVX2");
  assert_int_equal(advice.improvable, 0);
  assert_non_null(advice.warning); /* it is 0.3.21 */

  assert_ptr_equal(advice.first_core, advice.core);

  advice = judge("Nehalem", (dpb__cpu_features){false, false, false}, NULL, NULL);
  assert_string_equal(advice.cpu, "generic");
}

static void test_the_users_choice_is_respected(void **state) {
  (void)state;
  dpb_blas_advice advice = judge("Haswell", wide, "Haswell", NULL);
  assert_int_equal(advice.user_choice, 1);
  assert_int_equal(advice.improvable, 0);
  assert_string_equal(advice.best_core, "Cooperlake");
  advice = judge("Haswell", wide, "Haswell", "Cooperlake");
  assert_int_equal(advice.user_choice, 1);
  /* an empty one is none, and ours is not the user's */
  assert_int_equal(judge("Haswell", wide, "", NULL).user_choice, 0);
  advice = judge("Haswell", wide, "Haswell", "Haswell");
  assert_int_equal(advice.user_choice, 0);
  assert_int_equal(advice.improvable, 1);
}

static void test_advice_is_about_this_process(void **state) {
  (void)state;
  dpb_blas_advice advice;
  dpb_blas_advise(&advice);
  assert_string_equal(advice.core, dpb__openblas_core());
  assert_int_equal(advice.user_choice, getenv("OPENBLAS_CORETYPE") != NULL);
  if (advice.user_choice) assert_int_equal(advice.improvable, 0);
}

/* Kernels that this build has and that are not in use, or NULL. */
static const char *other_core(void) {
  if (strstr(dpb__openblas_config(), "DYNAMIC_ARCH") == NULL) return NULL;
  if (!dpb__cpu_detect().avx2) return NULL;
  return strcmp(dpb__openblas_core(), "Haswell") == 0 ? "Sandybridge" : "Haswell";
}

/* 1 when a product that is cut, packed and summed over k comes out right. */
static int multiplies(void) {
  enum { M = 130, N = 50, K = 400 };
  static float a[M * K], b[K * N], c[M * N];
  for (int i = 0; i < M * K; i++) a[i] = (float)(i % 7);
  for (int i = 0; i < K * N; i++) b[i] = (float)(i % 5);
  dpb__blas_enter();
  dpb__gemm(DPB__PLAIN, DPB__PLAIN, M, N, K, a, K, b, N, 0.0f, c, N);
  dpb__blas_leave();
  int right = 1;
  for (int i = 0; i < M * N; i++) {
    float want = 0.0f; /* whole numbers below 2^24: exact in any order */
    for (int p = 0; p < K; p++) want += a[i / N * K + p] * b[p * N + i % N];
    right &= c[i] == want;
  }
  return right;
}

/* In the child: there and back, many times over for a leak to be seen. */
static int switch_often(void) {
  const char *first = dpb__openblas_core(), *other = other_core();
  /* not the number that OpenBLAS starts with: it has to be put back */
  if (dpb__openblas_threading() == DPB_BLAS_PTHREADS) dpb__openblas_set_threads(1);
  int threads = dpb__blas_host_threads();
  for (int i = 0; i < 6; i++) {
    const char *core = i % 2 == 0 ? other : first;
    if (dpb__blas_switch(core) != DPB_OK) return 10 + i;
    if (strcmp(dpb__openblas_core(), core) != 0) return 20 + i;
    if (strstr(dpb__openblas_config(), core) == NULL) return 30 + i;
    if (dpb__blas_host_threads() != threads) return 40 + i;
    if (!multiplies()) return 50 + i;
    dpb_blas_advice advice;
    dpb_blas_advise(&advice);
    if (advice.user_choice) return 60 + i;
  }
  if (dpb__blas_switch("Nothing") != DPB_ERR_UNSUPPORTED) return 70;
  if (strstr(dpb_error_message(), "Nothing") == NULL) return 71;
  if (getenv("OPENBLAS_CORETYPE") != NULL) return 72;
  return multiplies() ? 0 : 73;
}

/* In the child, twice: argv[2] is the core to restart with. */
static int restart(char **argv) {
  if (getenv("DEEPBLAS_CORETYPE") == NULL) {
    dpb__blas_restart(argv[2], argv);
    return 10;
  }
  dpb_blas_advice advice;
  dpb_blas_advise(&advice);
  if (strcmp(advice.core, argv[2]) != 0) return 20;
  if (advice.user_choice) return 30;
  return multiplies() ? 0 : 40;
}

/* In the child: the public call, with argv or NULL, twice. argv[2]: the core to end with;
 * argv[3]: what OPENBLAS_CORETYPE is afterwards. */
static int use_best(char **argv, int may_restart) {
  errno = 55;
  for (int i = 0; i < 2; i++)
    if (dpb_blas_use_best_core(may_restart ? argv : NULL) != DPB_OK) return 10 + i;
  if (errno != 55) return 20;
  if (strcmp(dpb__openblas_core(), argv[2]) != 0) return 30;
  const char *wish = getenv("OPENBLAS_CORETYPE");
  if (wish == NULL || strcmp(wish, argv[3]) != 0) return 40;
  return multiplies() ? 0 : 50;
}

/* In the child: a restart with the best kernels was made, and yet these are others. It is
 * not made again. */
static int restarted_in_vain(char **argv) {
  const char *best =
      dpb__blas_best_core(argv[2], dpb__openblas_config(), dpb__cpu_detect());
  setenv("OPENBLAS_CORETYPE", best, 1);
  setenv("DEEPBLAS_CORETYPE", best, 1);
  if (dpb_blas_use_best_core(argv) != DPB_ERR_UNSUPPORTED) return 10;
  if (strstr(dpb_error_message(), best) == NULL) return 20;
  return strstr(dpb_error_message(), argv[2]) != NULL ? 0 : 30;
}

static int child(char **argv) {
  if (strcmp(argv[1], "in-vain") == 0) return restarted_in_vain(argv);
  if (strcmp(argv[1], "switch") == 0) return switch_often();
  if (strcmp(argv[1], "restart") == 0) return restart(argv);
  return use_best(argv, strcmp(argv[1], "best-restart") == 0);
}

static void run(const char *word, const char *core, const char *wish) {
  char *argv[] = {program, (char *)(uintptr_t)word, (char *)(uintptr_t)core,
                  (char *)(uintptr_t)wish, NULL};
  pid_t pid = 0;
  int status = 0;
  assert_int_equal(posix_spawn(&pid, program, NULL, NULL, argv, environ), 0);
  assert_true(waitpid(pid, &status, 0) == pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void need_another_core(void) {
  not_under_valgrind("has one kind of CPU, and is left by a restart");
  if (other_core() != NULL) return;
  print_message("skipped: this OpenBLAS, on this CPU, has one set of kernels\n");
  skip();
}

static void test_switch(void **state) {
  (void)state;
  need_another_core();
  run("switch", "", "");
}

static void test_restart(void **state) {
  (void)state;
  need_another_core();
  run("restart", other_core(), "");
}

/* Older kernels than the CPU's, chosen by "us": the situation of an OpenBLAS that does
 * not know the CPU. */
static void with_lesser_core(const char *word, int by_user) {
  need_another_core();
  const char *lesser = "Sandybridge";
  const char *best =
      dpb__blas_best_core(lesser, dpb__openblas_config(), dpb__cpu_detect());
  setenv("OPENBLAS_CORETYPE", lesser, 1);
  if (!by_user) setenv("DEEPBLAS_CORETYPE", lesser, 1);
  run(word, by_user ? lesser : best, by_user ? lesser : best);
  unsetenv("OPENBLAS_CORETYPE");
  unsetenv("DEEPBLAS_CORETYPE");
}

static void test_best_core_by_restart(void **state) {
  (void)state;
  with_lesser_core("best-restart", 0);
}

static void test_best_core_by_switch(void **state) {
  (void)state;
  with_lesser_core("best-switch", 0);
}

static void test_best_core_leaves_the_users_choice(void **state) {
  (void)state;
  with_lesser_core("best-restart", 1);
  with_lesser_core("best-switch", 1);
}

static void test_one_restart_only(void **state) {
  (void)state;
  with_lesser_core("in-vain", 1);
}

static void test_functions_by_name(void **state) {
  (void)state;
  assert_true(dpb__find_function("openblas_get_config") != NULL);
  assert_true(dpb__find_function("dpb_no_such_function") == NULL);
}

int main(int argc, char **argv) {
  program = argv[0];
  if (argc > 1) return child(argv);
  unsetenv("OPENBLAS_CORETYPE");
  setenv("DEEPBLAS_KEEP_KERNELS", "1",
         1); /* what loading does is test_kernels_at_load's */
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_info),
      cmocka_unit_test(test_judgement),
      cmocka_unit_test(test_the_users_choice_is_respected),
      cmocka_unit_test(test_advice_is_about_this_process),
      cmocka_unit_test(test_switch),
      cmocka_unit_test(test_restart),
      cmocka_unit_test(test_best_core_by_restart),
      cmocka_unit_test(test_best_core_by_switch),
      cmocka_unit_test(test_best_core_leaves_the_users_choice),
      cmocka_unit_test(test_one_restart_only),
      cmocka_unit_test(test_functions_by_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
