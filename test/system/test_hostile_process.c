/* SPDX-License-Identifier: MIT
 *
 * Every kind of work in processes that are not like others: forked from a host that is at
 * work, with little address space, without standard streams, in folders with difficult
 * names, where nothing may be written.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "errands_parts.h"

#include <cmocka.h>

#include "address_fixture.h"
#include "valgrind_fixture.h"

#define MOST_ERRANDS 40
static uint64_t plain[MOST_ERRANDS];
static const char *program;

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

static int end_of(pid_t child, const char *what) {
  int status = -1;
  assert_true(child > 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status))
    fail_msg("%s: the child ended by signal %d", what, WTERMSIG(status));
  return WEXITSTATUS(status);
}

/* -- fork */

static atomic_int at_work;

static void *work_on(void *arg) {
  int *wrong = arg;
  while (atomic_load(&at_work)) {
    uint64_t sum = 1;
    const int line = errands[1].run(&sum);
    *wrong += line != 0 || sum != plain[1];
  }
  return NULL;
}

/* Children are made while other threads are inside the library: what those held is
 * nobody's in the child, which must not wait for it. (POSIX lets such a child do little
 * until it executes another program; glibc lets it allocate.) */
static void test_fork_beside_work(void **state) {
  (void)state;
  not_under_valgrind("looks in the child for what the threads of the parent hold");
#ifdef __SANITIZE_ADDRESS__
  print_message("skipped: AddressSanitizer's own malloc keeps its locks across a fork\n");
  skip();
#endif
  pthread_t thread[2];
  int wrong[2] = {0, 0};
  atomic_store(&at_work, 1);
  for (int i = 0; i < 2; i++)
    assert_int_equal(pthread_create(&thread[i], NULL, work_on, &wrong[i]), 0);
  for (int i = 0; i < 60; i++) {
    const pid_t child = fork();
    if (child == 0) {
      uint64_t sum = 1;
      alarm(60); /* ends a child that waits for ever */
      const int line = errands[1].run(&sum);
      _exit(line != 0 ? 1 : sum != plain[1] ? 2 : 0);
    }
    assert_int_equal(end_of(child, "fork beside work"), 0);
  }
  atomic_store(&at_work, 0);
  for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
  assert_int_equal(wrong[0] + wrong[1], 0);
}

static void test_fork_after_work(void **state) {
  (void)state;
  const pid_t child = fork();
  if (child == 0) {
    alarm(100);
    const int made = errands_begin(); /* a folder of its own */
    const int wrong = made ? made : errands_compare(plain, "child", 0);
    errands_end();
    _exit(wrong != 0);
  }
  assert_int_equal(errands_compare(plain, "parent beside its child", 0), 0);
  assert_int_equal(end_of(child, "fork after work"), 0);
}

/* -- address space */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

/* In a process with room for so many KiB more: each errand comes to its bits or to
 * DPB_ERR_MEMORY, and once there is room again, to its bits. The library has not been
 * used in it before. 0, or the number of the errand. */
static int work_in(long kib) {
  struct rlimit before;
  alarm(100);
  if (!leave_room((rlim_t)kib * 1024, &before)) return 99;
  int wrong = 0;
  for (int i = 0; i < errand_count; i++) {
    uint64_t sum = 1;
    const int line = errands[i].run(&sum);
    if (line == 0 ? sum == plain[i] : errand_status == DPB_ERR_MEMORY) continue;
    fprintf(stderr, "%s in %ld KiB: line %d: %s: %s\n", errands[i].name, kib, line,
            dpb_status_name(errand_status), dpb_error_message());
    wrong = i + 1;
  }
  setrlimit(RLIMIT_AS, &before);
  return wrong ? wrong : errands_compare(plain, "after too little space", 0) ? 98 : 0;
}

static int read_plain(const char *path) {
  FILE *file = fopen(path, "rb");
  const size_t got = file ? fread(plain, sizeof *plain, MOST_ERRANDS, file) : 0;
  if (file) fclose(file);
  return got == MOST_ERRANDS ? 0 : 1;
}

static void test_address_space(void **state) {
  (void)state;
  char sums[4300], kib[32];
  need_limits();
  snprintf(sums, sizeof sums, "%s/sums", errands_folder());
  FILE *file = fopen(sums, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(plain, sizeof *plain, MOST_ERRANDS, file), MOST_ERRANDS);
  fclose(file);
  static const long sizes[] = {0,     64,     256,    1024,   2048,   4096,  8192,
                               16384, 24576,  32768,  40960,  49152,  65536, 81920,
                               98304, 131072, 200000, 400000, 1000000};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    snprintf(kib, sizeof kib, "%ld", sizes[i]);
    const pid_t child = fork();
    if (child == 0) {
      setenv("OPENBLAS_NUM_THREADS", "1", 1); /* its threads take memory as they start */
      execl(program, program, "--little-space", kib, errands_folder(), (char *)NULL);
      _exit(97);
    }
    const int code = end_of(child, kib);
    if (code) fail_msg("%s KiB: exit %d", kib, code);
  }
}

#else

static int work_in(long kib) {
  return kib < 0;
}

static int read_plain(const char *path) {
  return path == NULL;
}

static void test_address_space(void **state) {
  (void)state;
  print_message("skipped: the sanitizers take more address space than that\n");
  skip();
}

#endif

/* -- a quota */

static int write_text(const char *group, const char *name, const char *text) {
  char file[600];
  snprintf(file, sizeof file, "%s/%s", group, name);
  FILE *to = fopen(file, "w");
  if (!to) return 1;
  const int failed = fputs(text, to) < 0;
  return (fclose(to) != 0) | failed;
}

/* A control group with half a processor, of v1 or v2; 0 when none can be made. */
static int make_group(char *group, size_t capacity) {
  static const struct {
    const char *mount, *name, *text;
  } kinds[] = {{"/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "50000"},
               {"/sys/fs/cgroup", "cpu.max", "50000 100000"}};
  for (int i = 0; i < 2; i++) {
    snprintf(group, capacity, "%s/deepblas-test-%ld", kinds[i].mount, (long)getpid());
    if (mkdir(group, 0700) != 0) continue;
    if (write_text(group, kinds[i].name, kinds[i].text) == 0) return 1;
    rmdir(group);
  }
  return 0;
}

/* One worker, and the same bits. */
static void test_quota(void **state) {
  (void)state;
  char group[256];
  if (!make_group(group, sizeof group)) {
    print_message("skipped: no control group can be made here\n");
    skip();
  }
  const pid_t child = fork();
  if (child == 0) {
    uint64_t sum = 1;
    alarm(100);
    if (write_text(group, "cgroup.procs", "0") != 0) _exit(77);
    if (dpb_default_threads() != 1) _exit(1);
    _exit(errands[0].run(&sum) != 0 || sum != plain[0] ? 2 : 0);
  }
  const int code = end_of(child, "quota");
  for (int i = 0; i < 100 && rmdir(group) != 0; i++) usleep(10000);
  if (code == 77) skip();
  assert_int_equal(code, 0);
}

/* -- files */

/* What the library opens then gets the numbers 0, 1 and 2; nothing may be written there
 * that was meant for a person. */
static void test_closed_streams(void **state) {
  (void)state;
  const pid_t child = fork();
  if (child == 0) {
    alarm(100);
    close(0), close(1), close(2);
    int wrong = 0;
    for (int i = 0; i < errand_count; i++) {
      uint64_t sum = 1;
      wrong += errands[i].run(&sum) != 0 || sum != plain[i];
    }
    _exit(wrong);
  }
  assert_int_equal(end_of(child, "closed streams"), 0);
}

static void run_in_folder(const char *name) {
  uint64_t sums[MOST_ERRANDS];
  errands_end();
  assert_int_equal(errands_begin_named(name), 0);
  assert_int_equal(errands_run_plain(sums), 0);
  for (int i = 0; i < errand_count; i++) {
    if (sums[i] != plain[i]) fail_msg("%s in '%s': other bits", errands[i].name, name);
  }
}

/* 3,900 bytes in folders of 200; no path may be longer than 4,095. */
static void test_difficult_names(void **state) {
  (void)state;
  static char deep[4000], made[4300];
  size_t length = 0;
  const char *root = getenv("TMPDIR");
  run_in_folder("a folder  with 'spaces' \"quotes\" %s%n\t\\ ");
  run_in_folder("\xe6\xad\xa3\xe8\xa6\x8f\xe5\x8c\x96 r\xc3\xa4um \xf0\x9f\x90\xa7 ");
  run_in_folder("not utf-8 \xff\xfe\x80 ");
  snprintf(made, sizeof made, "%s/deepblas-deep-XXXXXX", root ? root : "/tmp");
  assert_non_null(mkdtemp(made));
  const size_t begin = strlen(made);
  snprintf(deep, sizeof deep, "%s/", strrchr(made, '/') + 1);
  length = strlen(deep);
  for (int i = 0; i < 19; i++) {
    memset(deep + length, 'a' + i, 199);
    length += 199;
    deep[length] = '\0';
    snprintf(made, sizeof made, "%s/%s", root ? root : "/tmp", deep);
    assert_int_equal(mkdir(made, 0700), 0);
    deep[length++] = '/';
    deep[length] = '\0';
  }
  run_in_folder(deep);
  errands_end();
  for (size_t end = strlen(made); end > begin; made[end] = '\0') {
    assert_int_equal(rmdir(made), 0);
    while (made[end] != '/') end--;
  }
  made[begin] = '\0';
  rmdir(made);
  assert_int_equal(errands_begin(), 0);
}

/* Root may write anywhere: it gives its rights away first. */
static int write_nowhere(void) {
  dpb_model *model = NULL;
  dpb_npz_writer *writer = NULL;
  int line = 0;
  const dpb_shape one = {1, {1}};
  if (chmod(errands_folder(), 0500) != 0) return __LINE__;
  if (geteuid() == 0 && setuid(65534) != 0) return 0;
  must(dpb_model_create(&(dpb_model_config){.input = {1, 1, 2}, .threads = 1}, &model));
  must(dpb_add_text(model, "affine 2"));
  must(dpb_model_build(model));
  must_not(dpb_model_save(model, "/proc/version"), DPB_ERR_NOT_FOUND);
  must_not(dpb_model_save(model, errand_path("new.npz")), DPB_ERR_IO);
  must_not(dpb_npy_save_floats(errand_path("new.npy"), &one, (const float[]){1}),
           DPB_ERR_IO);
  must(dpb_npz_writer_open(errand_path("new.npz"), 0, &writer));
  must(dpb_npz_write_floats(writer, "x", &one, (const float[]){1}));
  must_not(dpb_npz_writer_close(writer), DPB_ERR_IO);
out:
  dpb_model_destroy(model);
  return line;
}

static void test_read_only(void **state) {
  (void)state;
  const pid_t child = fork();
  if (child == 0) {
    const int line = write_nowhere();
    if (line)
      fprintf(stderr, "line %d: %s: %s\n", line, dpb_status_name(errand_status),
              dpb_error_message());
    _exit(line != 0);
  }
  const int code = end_of(child, "read-only");
  chmod(errands_folder(), 0700);
  assert_int_equal(code, 0);
}

int main(int argc, char **argv) {
  program = argv[0];
  if (argc == 4 && strcmp(argv[1], "--little-space") == 0) {
    errands_use(argv[3]);
    return read_plain(errand_path("sums")) ? 96 : work_in(atol(argv[2]));
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fork_beside_work), cmocka_unit_test(test_fork_after_work),
      cmocka_unit_test(test_address_space),    cmocka_unit_test(test_quota),
      cmocka_unit_test(test_closed_streams),   cmocka_unit_test(test_difficult_names),
      cmocka_unit_test(test_read_only),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
