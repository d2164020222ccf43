/* SPDX-License-Identifier: MIT
 *
 * A host that knows OpenBLAS and not deepblas, which comes with a plug-in (argv[1]).
 * While another thread multiplies, OpenBLAS stays as it is; where nobody can, the best
 * kernels are taken.
 */
#include "kernels_host.h"

#include <dlfcn.h>
#include <stdio.h>

/* In a child. */
static int loaded(char **argv) {
  const int beside = strcmp(argv[1], "beside") == 0;
  pthread_t thread = pthread_self();
  if (beside) thread = start_multiplying();
  if (strcmp(openblas_get_corename(), LESSER) != 0) return 10;
  if (dlopen(getenv("TEST_PLUGIN"), RTLD_NOW | RTLD_LOCAL) == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 11;
  }
  const int same = strcmp(openblas_get_corename(), LESSER) == 0;
  if (same != beside) return 12;
  if (beside) return end_multiplying(thread) ? 14 : 0;
  return multiply_wrongly() ? 15 : 0;
}

static void need_avx512(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      strstr(openblas_get_config(), "DYNAMIC_ARCH") != NULL)
    return;
#endif
  print_message("skipped: no kernels here that are better than " LESSER "\n");
  skip();
}

static void test_beside_a_thread_that_multiplies(void **state) {
  (void)state;
  need_avx512();
  openblas_chose_lesser();
  run("beside", "", "");
}

static void test_alone(void **state) {
  (void)state;
  need_avx512();
  openblas_chose_lesser();
  run("alone", "", "");
}

int main(int argc, char **argv) {
  if (argc > 2) return loaded(argv);
  setenv("TEST_PLUGIN", argv[1], 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(test_beside_a_thread_that_multiplies, forget),
      cmocka_unit_test_teardown(test_alone, forget),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
