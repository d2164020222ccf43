/* SPDX-License-Identifier: MIT
 *
 * A program that links the library and calls nothing special gets the best kernels, and a
 * thread that multiplies all the while gets right products.
 */
#include "kernels_host.h"

#include <stdio.h>

#include <deepblas/deepblas.h>

#include "valgrind_fixture.h"

static int train_a_little(void) {
  enum { SAMPLES = 20, SIZE = 64 };
  float x[SAMPLES * SIZE];
  int32_t labels[SAMPLES];
  double loss;
  for (int i = 0; i < SAMPLES * SIZE; i++) x[i] = (float)(i % 11) / 11.0f;
  for (int i = 0; i < SAMPLES; i++) labels[i] = i % 10;
  const dpb_batch batch = {.features = x, .labels = labels, .n = SAMPLES};
  dpb_model *model;
  dpb_model_create(&(dpb_model_config){.input = {8, 8, 1}}, &model);
  dpb_add_text(model, "conv 4 k3, relu, affine 10");
  const int failed = dpb_model_build(model) || dpb_model_gradient(model, &batch, &loss);
  dpb_model_destroy(model);
  return failed;
}

/* In a program that links the library; the other thread begins in main. argv: "linked",
 * the kernels to be in use, those that OpenBLAS had chosen. */
static int linked(char **argv) {
  dpb_blas_advice advice;
  /* A child has the kernels too. OpenBLAS before 0.3.31 may never return from a fork
   * beside products, so it comes first. */
  int status = 1;
  const pid_t child = fork();
  if (child == 0) _exit(multiply_wrongly());
  if (waitpid(child, &status, 0) != child || status != 0) return 14;
  const pthread_t thread = start_multiplying();
  dpb_blas_advise(&advice);
  if (strcmp(advice.core, argv[2]) != 0) return 10;
  if (strcmp(advice.first_core, argv[3]) != 0) return 11;
  for (int i = 0; i < 20; i++)
    if (train_a_little()) {
      fprintf(stderr, "%s\n", dpb_error_message());
      return 12;
    }
  if (dpb_error_message()[0] != '\0') return 13;
  return end_multiplying(thread) ? 15 : 0;
}

/* The environment is what the user had, but for the wish that was not the user's. */
static int environment(char **argv) {
  const char *wish = getenv("OPENBLAS_CORETYPE");
  if (argv[2][0] == '\0') return wish != NULL;
  return wish == NULL || strcmp(wish, argv[2]) != 0;
}

/* The kernels that this CPU should get here; skips where there are none but LESSER. */
static const char *best(void) {
  static char name[64];
  dpb_blas_advice advice;
  not_under_valgrind("has one kind of CPU");
  dpb_blas_advise(&advice);
  snprintf(name, sizeof name, "%s", advice.best_core);
  if (strstr(openblas_get_config(), "DYNAMIC_ARCH") != NULL &&
      strcmp(name, LESSER) != 0 && strcmp(advice.cpu, "AVX-512") == 0)
    return name;
  print_message("skipped: no kernels here that are better than " LESSER "\n");
  skip();
  return NULL;
}

static void test_the_best_are_in_use(void **state) {
  (void)state;
  const char *core = best();
  openblas_chose_lesser();
  run("linked", core, LESSER);
  run("environment", "", "");
}

static void test_one_may_opt_out(void **state) {
  (void)state;
  best();
  openblas_chose_lesser();
  setenv("DEEPBLAS_KEEP_KERNELS", "1", 1);
  run("linked", LESSER, LESSER);
}

static void test_the_users_choice_stays(void **state) {
  (void)state;
  best();
  setenv("OPENBLAS_CORETYPE", LESSER, 1);
  run("linked", LESSER, LESSER);
  run("environment", LESSER, "");
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "linked") == 0) return linked(argv);
  if (argc > 1 && strcmp(argv[1], "environment") == 0) return environment(argv);
  forget(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(test_the_best_are_in_use, forget),
      cmocka_unit_test_teardown(test_one_may_opt_out, forget),
      cmocka_unit_test_teardown(test_the_users_choice_stays, forget),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
