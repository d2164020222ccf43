/* SPDX-License-Identifier: MIT
 *
 * Every kind of work in hosts with other settings: floating-point modes, a locale with
 * decimal commas, little stack, signals all the time. What comes out has the bits of a
 * plain host, and the host's settings stay what they are.
 */
#include <errno.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "errands_parts.h"

#include <cmocka.h>

#include "stack_fixture.h"
#include "valgrind_fixture.h"

#define MOST_ERRANDS 40
static uint64_t plain[MOST_ERRANDS];

static int set_up(void **state) {
  (void)state;
  setenv("DEEPBLAS_SAMPLE_DIR", DEEPBLAS_SAMPLE, 1);
  return errand_count > MOST_ERRANDS || errands_begin() || errands_run_plain(plain);
}

static int tear_down(void **state) {
  (void)state;
  errands_end();
  return 0;
}

static void test_rounding_modes(void **state) {
  (void)state;
  static const struct {
    int mode;
    const char *name;
  } modes[] = {{FE_UPWARD, "rounding up"},
               {FE_DOWNWARD, "rounding down"},
               {FE_TOWARDZERO, "to zero"}};
  int wrong = 0;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(fesetround(modes[i].mode), 0);
    wrong += errands_compare(plain, modes[i].name, 1);
    const int after = fegetround();
    fesetround(FE_TONEAREST);
    assert_int_equal(after, modes[i].mode);
  }
  assert_int_equal(wrong, 0);
}

/* A SIGFPE ends the child, not the test. */
static void test_trapped_exceptions(void **state) {
  (void)state;
  not_under_valgrind("traps no exceptions");
  const int traps = FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW;
  const int trapped = feenableexcept(traps) != -1;
  fedisableexcept(traps);
  if (!trapped) {
    print_message("skipped: this CPU traps no exceptions\n");
    skip();
  }
  for (int i = 0; i < errand_count; i++) {
    const pid_t child = fork();
    if (child == 0) {
      uint64_t sum = 1;
      signal(SIGFPE, SIG_DFL);
      feenableexcept(traps);
      const int line = errands[i].run(&sum);
      _exit(line != 0 ? 1 : sum != plain[i] ? 2 : fegetexcept() != traps ? 3 : 0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (status != 0)
      fail_msg("%s with trapped exceptions: %s %d", errands[i].name,
               WIFSIGNALED(status) ? "signal" : "exit",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  }
}

#if defined(__x86_64__) || defined(__aarch64__)

#if defined(__x86_64__)

#define FLUSH 0x8040u

static unsigned get_mode(void) {
  return __builtin_ia32_stmxcsr() & 0xffc0u; /* without the flags */
}

static void set_mode(unsigned mode) {
  __builtin_ia32_ldmxcsr(mode);
}

#else

#define FLUSH (1u << 24)

static unsigned get_mode(void) {
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return (unsigned)mode;
}

static void set_mode(unsigned mode) {
  __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)mode));
}

#endif

static void test_flush_to_zero(void **state) {
  (void)state;
  not_under_valgrind("does not flush to zero");
  const unsigned before = get_mode();
  set_mode(before | FLUSH);
  const int wrong = errands_compare(plain, "flush to zero", 1);
  const unsigned after = get_mode();
  set_mode(before);
  assert_int_equal(wrong, 0);
  assert_int_equal(after, before | FLUSH);
}

#else

static void test_flush_to_zero(void **state) {
  (void)state;
  print_message("skipped: this CPU does not flush to zero\n");
  skip();
}

#endif

/* German numbers, 1.234,5: made here where the machine has no such locale. */
static int set_comma_locale(void) {
  static char command[9000];
  if (setlocale(LC_ALL, "de_DE.UTF-8")) return 1;
  snprintf(command, sizeof command,
           "localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >/dev/null 2>&1",
           errands_folder());
  if (system(command) == -1) return 0;
  setenv("LOCPATH", errands_folder(), 1);
  return setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
}

static void test_decimal_commas(void **state) {
  (void)state;
  char half[16];
  if (!set_comma_locale()) {
    print_message(
        "skipped: no locale de_DE.UTF-8, and localedef makes none (Debian: locales)\n");
    skip();
  }
  snprintf(half, sizeof half, "%.1f", 0.5);
  const int wrong = errands_compare(plain, "decimal commas", 0);
  const char *after = setlocale(LC_ALL, NULL);
  const int kept = after && strcmp(after, "de_DE.UTF-8") == 0;
  setlocale(LC_ALL, "C");
  assert_string_equal(half, "0,5");
  assert_int_equal(wrong, 0);
  assert_true(kept);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                     \
    !defined(__OPTIMIZE__)

static void test_stack_of_64_kib(void **state) {
  (void)state;
  print_message("skipped: stacks are larger in a build like this\n");
  skip();
}

#else

static void *compare_in_thread(void *arg) {
  *(int *)arg = errands_compare(plain, "stack of 64 KiB", 0);
  return NULL;
}

/* The sanitizers' stacks are not those of a program. */
static void test_stack_of_64_kib(void **state) {
  (void)state;
  static int wrong = -1;
  assert_true(run_on_stack(64 * 1024, compare_in_thread, &wrong));
  assert_int_equal(wrong, 0);
}

#endif

static volatile sig_atomic_t rung;

static void ring(int number) {
  (void)number;
  rung++;
}

/* A timer rings every millisecond, and interrupts what can be: without SA_RESTART calls
 * of the system end by EINTR. */
static void test_signals(void **state) {
  (void)state;
  not_under_valgrind("delivers signals late, when the handler may be gone");
  struct sigaction action = {.sa_handler = ring}, before;
  const struct itimerval every = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
  assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
  assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
  int wrong = 0;
  rung = 0;
  for (int i = 0; i < 200 && rung < 100; i++)
    wrong += errands_compare(plain, "signals", 0);
  setitimer(ITIMER_REAL, &never, NULL);
  sigaction(SIGALRM, &before, NULL);
  assert_int_equal(wrong, 0);
  assert_true(rung >= 100);
}

/* errno is the host's: a call that succeeds leaves it alone, as one that fails does. */
static void test_errno(void **state) {
  (void)state;
  for (int i = 0; i < errand_count; i++) {
    uint64_t sum = 1;
    errno = 4242;
    errands[i].run(&sum);
    if (errno != 4242) fail_msg("%s: errno is %d", errands[i].name, errno);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rounding_modes),  cmocka_unit_test(test_trapped_exceptions),
      cmocka_unit_test(test_flush_to_zero),   cmocka_unit_test(test_decimal_commas),
      cmocka_unit_test(test_stack_of_64_kib), cmocka_unit_test(test_signals),
      cmocka_unit_test(test_errno),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
