/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "file/atomic_file.h"
#include "file_fixture.h"

static void assert_content(const char *path, const char *text) {
  char got[64] = "";
  read_file(path, got, sizeof got - 1);
  assert_string_equal(got, text);
}

static mode_t mode_of(const char *path) {
  struct stat info;
  assert_int_equal(stat(path, &info), 0);
  return info.st_mode & 0777;
}

static dpb_status write_text(const char *path, const char *text) {
  dpb__atomic_file *file;
  dpb_status status = dpb__atomic_file_open(path, &file);
  if (status != DPB_OK) {
    assert_null(file);
    return status;
  }
  assert_ok(dpb__atomic_file_write(file, text, strlen(text)));
  return dpb__atomic_file_commit(file);
}

static void writes_new_file(void **state) {
  (void)state;
  mode_t mask = umask(027);
  errno = 77;
  assert_ok(write_text(in_folder("new"), "hello"));
  assert_int_equal(errno, 77);
  umask(mask);
  assert_content(in_folder("new"), "hello");
  assert_int_equal(mode_of(in_folder("new")), 0640);
  assert_int_equal(count_files(), 1);
}

static void replaces_only_on_commit(void **state) {
  (void)state;
  const char *path = in_folder("file");
  write_file(path, "old", 3);
  chmod(path, 0604);
  dpb__atomic_file *file;
  assert_ok(dpb__atomic_file_open(path, &file));
  assert_ok(dpb__atomic_file_write(file, "ne", 2));
  assert_ok(dpb__atomic_file_write(file, "", 0));
  assert_ok(dpb__atomic_file_write(file, "wer", 3));
  assert_content(path, "old");
  assert_ok(dpb__atomic_file_commit(file));
  assert_content(path, "newer");
  assert_int_equal(mode_of(path), 0604);
  assert_int_equal(count_files(), 1);
}

static void abandons(void **state) {
  (void)state;
  write_file(in_folder("file"), "old", 3);
  dpb__atomic_file *file;
  assert_ok(dpb__atomic_file_open(in_folder("file"), &file));
  assert_ok(dpb__atomic_file_write(file, "new", 3));
  assert_int_equal(count_files(), 2);
  dpb__atomic_file_abandon(file);
  assert_content(in_folder("file"), "old");
  assert_int_equal(count_files(), 1);
  dpb__atomic_file_abandon(NULL);
}

static void keeps_symbolic_links(void **state) {
  (void)state;
  write_file(in_folder("target"), "old", 3);
  assert_int_equal(symlink("target", in_folder("link")), 0);
  assert_ok(write_text(in_folder("link"), "new"));
  struct stat info;
  assert_int_equal(lstat(in_folder("link"), &info), 0);
  assert_true(S_ISLNK(info.st_mode));
  assert_content(in_folder("target"), "new");
}

/* Two at a time do not get into each other's way: the last commit stands. */
static void two_writers(void **state) {
  (void)state;
  dpb__atomic_file *a, *b;
  assert_ok(dpb__atomic_file_open(in_folder("file"), &a));
  assert_ok(dpb__atomic_file_open(in_folder("file"), &b));
  assert_ok(dpb__atomic_file_write(a, "aaaa", 4));
  assert_ok(dpb__atomic_file_write(b, "b", 1));
  assert_ok(dpb__atomic_file_commit(a));
  assert_content(in_folder("file"), "aaaa");
  assert_ok(dpb__atomic_file_commit(b));
  assert_content(in_folder("file"), "b");
  assert_int_equal(count_files(), 1);
}

static void refuses_what_is_no_file(void **state) {
  (void)state;
  errno = 77;
  assert_fails(write_text(file_folder, "x"), DPB_ERR_IO, "it is a folder");
  assert_fails(write_text("/dev/null", "x"), DPB_ERR_IO, "it is not a regular file");
  assert_fails(write_text(in_folder("no/where"), "x"), DPB_ERR_NOT_FOUND,
               "no/where: cannot write: No such file");
  assert_fails(write_text("", "x"), DPB_ERR_ARG, "is empty");
  assert_int_equal(errno, 77);
  assert_int_equal(count_files(), 0);
}

/* A limit on file sizes makes the disk look full. */
static void keeps_old_file_when_disk_is_full(void **state) {
  (void)state;
  write_file(in_folder("file"), "old", 3);
  struct rlimit old, tight;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  tight = old;
  tight.rlim_cur = 10000;
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
  static char big[100000];
  dpb__atomic_file *file;
  dpb_status opened = dpb__atomic_file_open(in_folder("file"), &file);
  dpb_status first = opened == DPB_OK ? dpb__atomic_file_write(file, big, 5000) : opened;
  dpb_status second = DPB_OK;
  for (int i = 0; i < 3 && first == DPB_OK; i++) {
    dpb_status status = dpb__atomic_file_write(file, big, sizeof big);
    if (second == DPB_OK) second = status;
  }
  dpb_status commit = first == DPB_OK ? dpb__atomic_file_commit(file) : first;
  setrlimit(RLIMIT_FSIZE, &old);
  signal(SIGXFSZ, handler);
  assert_int_equal(first, DPB_OK);
  assert_int_equal(second, DPB_ERR_IO);
  assert_int_equal(commit, DPB_ERR_IO);
  assert_message("cannot write");
  assert_content(in_folder("file"), "old");
  assert_int_equal(count_files(), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(writes_new_file, remove_files),
      cmocka_unit_test_teardown(replaces_only_on_commit, remove_files),
      cmocka_unit_test_teardown(abandons, remove_files),
      cmocka_unit_test_teardown(keeps_symbolic_links, remove_files),
      cmocka_unit_test_teardown(two_writers, remove_files),
      cmocka_unit_test_teardown(refuses_what_is_no_file, remove_files),
      cmocka_unit_test_teardown(keeps_old_file_when_disk_is_full, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
