/* SPDX-License-Identifier: MIT
 *
 * Eight threads share one model with convolutions, batch normalisation and dropout, each
 * with a context and mini-batches of all sizes in turn, while two more read data and
 * texts. Every output has the bits of one thread that asks alone. Meant to be run under
 * ThreadSanitizer too.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "errands_parts.h"

#include <cmocka.h>

#include "valgrind_fixture.h"

enum {
  SAMPLES = 60,
  CLASSES = 4,
  SAMPLE = 100,
  ASKERS = 8,
  READERS = 2,
  MOST = 9,
  CALLS = 60
};
static const dpb_hwc input = {10, 10, 1};
static float images[SAMPLES * SAMPLE];
static int32_t labels[SAMPLES];
/* What one thread that asks alone is given, for n samples from any first on. Their bits
 * may depend on n: OpenBLAS has other kernels for the ends of a product. */
static float alone[MOST + 1][SAMPLES][MOST * CLASSES];
static atomic_int asking;
static uint64_t plain[64];

/* cmocka's assertions belong to the main thread: threads count what went wrong. */
typedef struct job {
  const dpb_model *model;
  int number;
  int wrong;
} job;

static void *ask(void *arg) {
  job *self = arg;
  dpb_context *context = NULL;
  float outputs[MOST * CLASSES];
  if (dpb_context_create(self->model, MOST, &context) != DPB_OK) self->wrong++;
  for (int i = 0; i < CALLS && !self->wrong; i++) {
    const int n = 1 + (i + self->number) % MOST;
    const int first = (i * 7 + self->number * 13) % (SAMPLES - n);
    const dpb_batch batch = {.n = n, .features = images + first * SAMPLE};
    if (dpb_context_predict(context, &batch, outputs) != DPB_OK ||
        memcmp(outputs, alone[n][first], (size_t)(n * CLASSES) * sizeof *outputs) != 0)
      self->wrong++;
    if (i % 20 == 19) { /* another context, as a server's new thread makes one */
      dpb_context_destroy(context);
      if (dpb_context_create(self->model, MOST, &context) != DPB_OK) self->wrong++;
    }
  }
  dpb_context_destroy(context);
  return NULL;
}

/* What neither writes a file nor trains. */
static int only_reads(const char *name) {
  return strncmp(name, "load", 4) == 0 || strcmp(name, "texts") == 0 ||
         strcmp(name, "refused files") == 0 || strcmp(name, "scaling") == 0;
}

static void *read_data(void *arg) {
  job *self = arg;
  do {
    for (int i = 0; i < errand_count; i++) {
      uint64_t sum = 1;
      if (!only_reads(errands[i].name)) continue;
      if (errands[i].run(&sum) != 0 || sum != plain[i]) self->wrong++;
    }
  } while (atomic_load(&asking));
  return NULL;
}

/* A net that was trained a little, so that statistics and parameters are not those of the
 * beginning. */
static dpb_model *learned(const char *net) {
  dpb_model *model = NULL;
  dpb_optimizer *adam = NULL;
  size_t count = 0;
  int line = 0;
  must(dpb_model_create(
      &(dpb_model_config){.input = input, .max_batch = 20, .threads = 2, .seed = 3},
      &model));
  must(dpb_add_text(model, net));
  must(dpb_model_build(model));
  must(dpb_model_flat(model, NULL, NULL, &count));
  must(dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM}, count, &adam));
  for (int i = 0; i < 3; i++)
    must(dpb_train_step(
        model, adam,
        &(dpb_batch){.n = 20, .features = images + i * 20 * SAMPLE, .labels = labels},
        NULL));
out:
  dpb_optimizer_destroy(adam);
  if (line) fail_msg("%s: line %d: %s", net, line, dpb_error_message());
  return model;
}

static void ask_alone(const dpb_model *model) {
  dpb_context *context = NULL;
  assert_int_equal(dpb_context_create(model, MOST, &context), DPB_OK);
  for (int n = 1; n <= MOST; n++)
    for (int first = 0; first + n <= SAMPLES; first++) {
      const dpb_batch batch = {.n = n, .features = images + first * SAMPLE};
      assert_int_equal(dpb_context_predict(context, &batch, alone[n][first]), DPB_OK);
    }
  dpb_context_destroy(context);
}

static void share(const char *net) {
  dpb_model *model = learned(net);
  ask_alone(model);
  job jobs[ASKERS + READERS];
  pthread_t threads[ASKERS + READERS];
  atomic_store(&asking, 1);
  for (int i = 0; i < ASKERS + READERS; i++) {
    jobs[i] = (job){model, i, 0};
    assert_int_equal(
        pthread_create(&threads[i], NULL, i < ASKERS ? ask : read_data, &jobs[i]), 0);
  }
  for (int i = 0; i < ASKERS + READERS; i++) {
    if (i == ASKERS) atomic_store(&asking, 0);
    pthread_join(threads[i], NULL);
  }
  for (int i = 0; i < ASKERS + READERS; i++)
    if (jobs[i].wrong) fail_msg("%s: thread %d: %d wrong", net, i, jobs[i].wrong);
  dpb_model_destroy(model);
}

static void test_convolution(void **state) {
  (void)state;
  share("conv 8 k3 p1, relu, conv 8 k3, relu, maxpool 2, affine 20, relu, affine 4");
}

static void test_batch_norm(void **state) {
  (void)state;
  share("conv 6 k5, batchnorm, relu, gap, affine 12, batchnorm feature, relu, affine 4");
}

static void test_dropout(void **state) {
  (void)state;
  share("dropout 0.2, conv 5 k3 s2, dropout 0.5 book, gelu, layernorm, affine 4, dropout "
        "0.1");
}

/* What makes one call of thousands slow, and can be counted: falling asleep (a lock, a
 * thread to be woken) and touching memory for the first time. */
static void test_calls_are_steady(void **state) {
  (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                     \
    !defined(__OPTIMIZE__)
  print_message("skipped: not a build to be measured\n");
  skip();
#else
  not_under_valgrind("has other ways with memory and threads");
  dpb_model *model =
      learned("conv 8 k3, batchnorm, relu, maxpool 2, dropout 0.5, affine 4");
  dpb_context *context = NULL;
  struct rusage before, after;
  float outputs[CLASSES];
  int wrong = 0;
  assert_int_equal(dpb_context_create(model, 1, &context), DPB_OK);
  for (int i = 0; i < 6000; i++) {
    if (i == 1000) getrusage(RUSAGE_THREAD, &before);
    const dpb_batch one = {.n = 1, .features = images + i % SAMPLES * SAMPLE};
    wrong += dpb_context_predict(context, &one, outputs) != DPB_OK;
  }
  getrusage(RUSAGE_THREAD, &after);
  assert_int_equal(wrong, 0);
  assert_int_equal(after.ru_nvcsw - before.ru_nvcsw, 0);
  assert_int_equal(after.ru_minflt - before.ru_minflt, 0);
  assert_int_equal(after.ru_majflt - before.ru_majflt, 0);
  dpb_context_destroy(context);
  dpb_model_destroy(model);
#endif
}

static int set_up(void **state) {
  (void)state;
  setenv("DEEPBLAS_SAMPLE_DIR", DEEPBLAS_SAMPLE, 1);
  /* libzip asks for the local time. Without TZ glibc reads it anew each time, under a
   * lock that ThreadSanitizer does not see. */
  setenv("TZ", "UTC0", 1);
  tzset();
  const int failed = errands_begin() || errands_run_plain(plain);
  for (int i = 0; i < SAMPLES * SAMPLE; i++)
    images[i] = errand_number(i * 11 + i / SAMPLE);
  for (int i = 0; i < SAMPLES; i++) labels[i] = i % CLASSES;
  return failed;
}

static int tear_down(void **state) {
  (void)state;
  errands_end();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_convolution), cmocka_unit_test(test_batch_norm),
      cmocka_unit_test(test_dropout), cmocka_unit_test(test_calls_are_steady)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
