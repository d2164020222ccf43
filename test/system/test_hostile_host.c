/* SPDX-License-Identifier: MIT
 *
 * The library in programs that are not like others: other floating-point modes, tiny
 * stacks, fork, little address space, a folder whose name is not ASCII. Results are the
 * bits of a plain program, and the host's settings stay what they are.
 */
#include <fenv.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "train_fixture.h"
#include "valgrind_fixture.h"

#include <deepblas/npz.h>

enum { N = 40, CLASSES = 10 };
static const dpb_hwc input = {12, 12, 1};
static const char *const net =
    "conv 8 k3 p1, batchnorm, relu, maxpool 2, dropout 0.3, affine 10";

/* What a plain program comes to. */
typedef struct outcome {
  double loss[3];
  float outputs[N * CLASSES];
} outcome;

static outcome plain;

/* Three steps and a prediction with two workers; no assertions, so that any thread and
 * any child may do it. Returns 0 when all went well. */
static int learn(outcome *o) {
  dpb_model *model = NULL;
  dpb_optimizer *adam = NULL;
  float x[N * 144];
  int32_t labels[N];
  size_t count = 0;
  const dpb_model_config config = {
      .input = input, .max_batch = N, .threads = 2, .seed = 5};
  dpb_rng rng = dpb_rng_seed(9);
  for (int i = 0; i < N * 144; i++)
    x[i] = i % 7 ? dpb_rng_uniform(&rng) : 1e-39f; /* subnormal numbers among them */
  for (int i = 0; i < N; i++) labels[i] = i % CLASSES;
  dpb_batch batch = {.n = N, .features = x, .labels = labels};
  int failed =
      dpb_model_create(&config, &model) || dpb_add_text(model, net) ||
      dpb_model_build(model) || dpb_model_flat(model, NULL, NULL, &count) ||
      dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM}, count, &adam);
  for (int i = 0; i < 3 && !failed; i++)
    failed = dpb_train_step(model, adam, &batch, &o->loss[i]) != DPB_OK;
  if (!failed) failed = dpb_model_predict(model, &batch, o->outputs) != DPB_OK;
  dpb_optimizer_destroy(adam);
  dpb_model_destroy(model);
  return failed;
}

static int is_plain(const outcome *o) {
  return memcmp(o, &plain, sizeof plain) == 0;
}

static int learn_in_plain_host(void **state) {
  (void)state;
  return learn(&plain);
}

#if defined(__x86_64__)

static void test_trapped_exceptions(void **state) {
  (void)state;
  not_under_valgrind("traps no floating-point exceptions");
  outcome o = {{0}, {0}};
  const int traps = FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW;
  feenableexcept(traps);
  const int failed = learn(&o);
  const int after = fegetexcept();
  fedisableexcept(FE_ALL_EXCEPT);
  assert_int_equal(failed, 0);
  assert_int_equal(after, traps);
  assert_true(is_plain(&o));
}

static void test_flush_to_zero(void **state) {
  (void)state;
  not_under_valgrind("does not flush to zero");
  outcome o = {{0}, {0}};
  const unsigned before = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(before | 0x8040);
  const int failed = learn(&o);
  const unsigned after = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(before);
  assert_int_equal(failed, 0);
  assert_int_equal(after & 0xffc0, (before | 0x8040) & 0xffc0);
  assert_true(is_plain(&o));
}

#else

static void test_trapped_exceptions(void **state) {
  (void)state;
  print_message("skipped: not an x86-64\n");
  skip();
}

static void test_flush_to_zero(void **state) {
  test_trapped_exceptions(state);
}

#endif

static void test_rounding_modes(void **state) {
  (void)state;
  not_under_valgrind("rounds AVX instructions to nearest");
  static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  for (int i = 0; i < 3; i++) {
    outcome o = {{0}, {0}};
    assert_int_equal(fesetround(modes[i]), 0);
    const int failed = learn(&o);
    const int after = fegetround();
    fesetround(FE_TONEAREST);
    assert_int_equal(failed, 0);
    assert_int_equal(after, modes[i]);
    assert_true(is_plain(&o));
  }
}

typedef struct errand {
  outcome o;
  int failed;
} errand;

static void *run_errand(void *arg) {
  errand *e = arg;
  e->failed = learn(&e->o);
  return NULL;
}

/* 64 KiB of stack, of which learn has 25 itself. OpenBLAS keeps 60 KiB of thread-local
 * storage, which is taken off a thread's stack: where no thread can be made with 64 KiB,
 * those come on top. The sanitizers' stacks are not those of a program. */
static void test_stack_of_64_kib(void **state) {
  (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                     \
    !defined(__OPTIMIZE__)
  (void)run_errand;
  print_message("skipped: stacks are larger in a build like this\n");
  skip();
#else
  static errand e;
  pthread_attr_t attributes;
  pthread_t thread;
  assert_int_equal(pthread_attr_init(&attributes), 0);
  if (pthread_attr_setstacksize(&attributes, 64 * 1024) != 0 || /* arm64's least: 128 */
      pthread_create(&thread, &attributes, run_errand, &e) != 0) {
    assert_int_equal(pthread_attr_setstacksize(&attributes, 128 * 1024), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run_errand, &e), 0);
  }
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attributes);
  assert_int_equal(e.failed, 0);
  assert_true(is_plain(&e.o));
#endif
}

/* Runs work in a child; its exit code. */
static int in_child(int (*work)(void)) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = -1;
  assert_true(child > 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status)) fail_msg("the child ended by signal %d", WTERMSIG(status));
  return WEXITSTATUS(status);
}

static int learn_as_plain(void) {
  outcome o = {{0}, {0}};
  return learn(&o) || !is_plain(&o);
}

/* The parent has used the library already: its workers are not in the child. */
static void test_fork_after_use(void **state) {
  (void)state;
  assert_int_equal(in_child(learn_as_plain), 0);
  assert_int_equal(learn_as_plain(), 0);
}

/* A model that does not fit, then one that does. */
static int learn_in_little_space(void) {
  struct rlimit limit = {(rlim_t)1 << 30, (rlim_t)1 << 30};
  dpb_model *model = NULL;
  if (setrlimit(RLIMIT_AS, &limit) != 0) return 77;
  const dpb_model_config config = {.input = {1, 1, 20000}, .seed = 1, .threads = 1};
  if (dpb_model_create(&config, &model) != DPB_OK) return 1;
  dpb_add_text(model, "affine 100000, relu, affine 10");
  if (dpb_model_build(model) != DPB_ERR_MEMORY) return 2;
  if (!strstr(dpb_error_message(), "bytes")) return 3;
  dpb_model_destroy(model);
  return learn_as_plain() ? 4 : 0;
}

static void test_address_space(void **state) {
  (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  (void)learn_in_little_space;
  print_message("skipped: the sanitizers take more address space than that\n");
  skip();
#else
  not_under_valgrind("takes more address space than that");
  assert_int_equal(in_child(learn_in_little_space), 0);
#endif
}

/* Spaces and other alphabets in a path; and nothing to write to. */
static void test_paths(void **state) {
  (void)state;
  char folder[256], path[512];
  const char *root = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/deepblas \xe6\xad\xa3 r\xc3\xa4um XXXXXX",
           root ? root : "/tmp");
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/\xe3\x83\xa2\xe3\x83\x87\xe3\x83\xab 1.npz", folder);
  dpb_model *model = fixture_model(net, input, 8, 1), *again = NULL;
  must(dpb_model_save(model, path));
  must(dpb_model_load(path, NULL, &again));
  dpb_model_destroy(again);
  must_fail(dpb_model_save(model, "/proc/deepblas.npz"), DPB_ERR_NOT_FOUND,
            "/proc/deepblas.npz");
  dpb_model_destroy(model);
  unlink(path);
  rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_trapped_exceptions),
      cmocka_unit_test(test_flush_to_zero),
      cmocka_unit_test(test_rounding_modes),
      cmocka_unit_test(test_stack_of_64_kib),
      cmocka_unit_test(test_fork_after_use),
      cmocka_unit_test(test_address_space),
      cmocka_unit_test(test_paths),
  };
  return cmocka_run_group_tests(tests, learn_in_plain_host, NULL);
}
