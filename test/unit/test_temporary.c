/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "file/atomic_file.h"
#include "file/descriptor.h"
#include "file/temporary.h"
#include "file_fixture.h"

static char made[600];

static int create(const char *target) {
  int fd = -1;
  assert_int_equal(dpb__temporary_create(in_folder(target), made, &fd), 0);
  return fd;
}

static bool is_there(const char *path) {
  return access(path, F_OK) == 0;
}

static void sweep(const char *target) {
  assert_ok(dpb__temporary_sweep(file_folder, target));
}

static void is_beside_its_target(void **state) {
  (void)state;
  int fd = create("model.npz");
  char begins[600];
  snprintf(begins, sizeof begins, "%s.dpb%ld-", in_folder("model.npz"), (long)getpid());
  assert_int_equal(strncmp(made, begins, strlen(begins)), 0);
  assert_string_equal(made + strlen(made) - 4, ".tmp");
  assert_int_equal(close(fd), 0);
  fd = -1;
  assert_int_equal(dpb__temporary_create(in_folder("no/where"), made, &fd), ENOENT);
  assert_string_equal(made, "");
}

static void one_that_is_written_stays(void **state) {
  (void)state;
  int fd = create("file");
  sweep("file");
  assert_true(is_there(made));
  assert_int_equal(close(fd), 0); /* as when its process is gone */
  sweep("other");
  sweep("fil");
  sweep("file.dpb1-1.tmp");
  assert_true(is_there(made));
  sweep("file");
  assert_false(is_there(made));
}

static void only_its_own_names(void **state) {
  (void)state;
  static const char *const others[] = {"file",
                                       "file.tmp",
                                       "file.dpb.tmp",
                                       "file.dpb1.tmp",
                                       "file.dpb1-.tmp",
                                       "file.dpb-1.tmp",
                                       "file.dpb1-1.tmp2",
                                       "file.dpb1-1a.tmp",
                                       "file.dpb1-1",
                                       "file.dpbx1-1.tmp",
                                       "afile.dpb1-1.tmp",
                                       "file.dpb1-1.tmp.gz",
                                       "file2.dpb1-1.tmp"};
  enum { COUNT = sizeof others / sizeof *others };
  for (size_t i = 0; i < COUNT; i++) write_file(in_folder(others[i]), "x", 1);
  assert_int_equal(mkdir(in_folder("file.dpb1-2.tmp"), 0700), 0);
  assert_int_equal(symlink("file", in_folder("file.dpb1-3.tmp")), 0);
  assert_int_equal(mkfifo(in_folder("file.dpb1-4.tmp"), 0600), 0);
  write_file(in_folder("file.dpb1-1.tmp"), "x", 1);
  sweep("file");
  assert_false(is_there(in_folder("file.dpb1-1.tmp")));
  for (size_t i = 0; i < COUNT; i++) assert_true(is_there(in_folder(others[i])));
  assert_int_equal(count_files(), COUNT + 3);
  assert_ok(dpb__temporary_sweep("/no/such/folder", "file"));
}

/* No name may be longer than 255 bytes, that of a temporary file neither. */
static void long_names(void **state) {
  (void)state;
  char name[256] = "";
  for (size_t i = 0; i < 85; i++) strcat(name, "\xe3\x81\x82"); /* 255 bytes */
  dpb__atomic_file *file;
  assert_ok(dpb__atomic_file_open(in_folder(name), &file));
  assert_ok(dpb__atomic_file_write(file, "new", 3));
  assert_int_equal(count_files(), 1);
  assert_ok(dpb__atomic_file_commit(file));
  assert_true(is_there(in_folder(name)));
  assert_int_equal(count_files(), 1);
  close(create(name));
  const char *last = strrchr(made, '/') + 1;
  assert_int_equal(strcspn(last, "."), 198); /* whole characters */
  sweep(name);
  assert_int_equal(count_files(), 1);
}

/* A child that dies while it writes leaves its file, and the next who saves removes it,
 * though the process is not waited for yet and its number still taken. */
static void of_a_killed_process(void **state) {
  (void)state;
  write_file(in_folder("file"), "old", 3);
  int ready[2];
  assert_int_equal(pipe(ready), 0);
  pid_t child = fork();
  if (child == 0) {
    dpb__atomic_file *file;
    int failed = dpb__atomic_file_open(in_folder("file"), &file) != DPB_OK ||
                 write(ready[1], "", 1) != 1;
    while (!failed) pause();
    _exit(1);
  }
  char byte;
  assert_int_equal(read(ready[0], &byte, 1), 1);
  assert_int_equal(count_files(), 2);
  sweep("file");
  assert_int_equal(count_files(), 2);
  kill(child, SIGKILL);
  siginfo_t ended;
  assert_int_equal(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0);
  dpb__atomic_file *file;
  assert_ok(dpb__atomic_file_open(in_folder("file"), &file));
  assert_int_equal(count_files(), 2);
  assert_ok(dpb__atomic_file_commit(file));
  assert_int_equal(count_files(), 1);
  assert_int_equal(waitpid(child, NULL, 0), child);
  close(ready[0]);
  close(ready[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(is_beside_its_target, remove_files),
      cmocka_unit_test_teardown(one_that_is_written_stays, remove_files),
      cmocka_unit_test_teardown(only_its_own_names, remove_files),
      cmocka_unit_test_teardown(long_names, remove_files),
      cmocka_unit_test_teardown(of_a_killed_process, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
