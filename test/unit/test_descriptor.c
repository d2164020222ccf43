/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "file/descriptor.h"
#include "file_fixture.h"

static int open_file(const char *name, int flags) {
  int fd = -1;
  assert_int_equal(dpb__fd_open(in_folder(name), flags, 0600, &fd), 0);
  return fd;
}

static void opens(void **state) {
  (void)state;
  int fd = 7;
  assert_int_equal(dpb__fd_open(in_folder("none"), O_RDONLY, 0, &fd), ENOENT);
  assert_int_equal(fd, -1);
  fd = open_file("new", O_WRONLY | O_CREAT | O_EXCL);
  assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  close(fd);
  assert_int_equal(dpb__fd_open(in_folder("new"), O_WRONLY | O_CREAT | O_EXCL, 0, &fd),
                   EEXIST);
}

static void reads_and_writes(void **state) {
  (void)state;
  char text[16] = "";
  size_t count = 7;
  int fd = open_file("file", O_RDWR | O_CREAT);
  assert_int_equal(dpb__fd_write_at(fd, "hello", 5, 0), 0);
  assert_int_equal(dpb__fd_write_at(fd, "p!", 2, 3), 0);
  assert_int_equal(dpb__fd_read_at(fd, text, sizeof text, 1, &count), 0);
  assert_int_equal(count, 4);
  assert_string_equal(text, "elp!");
  assert_int_equal(dpb__fd_truncate(fd, 3), 0);
  assert_int_equal(dpb__fd_read(fd, text, sizeof text, &count), 0);
  assert_int_equal(count, 3);
  assert_int_equal(dpb__fd_read_at(fd, text, sizeof text, 3, &count), 0);
  assert_int_equal(count, 0);
  assert_int_equal(dpb__fd_sync(fd), 0);
  close(fd);
  fd = open_file("file", O_RDONLY);
  assert_int_equal(dpb__fd_write_at(fd, "x", 1, 0), EBADF);
  assert_int_equal(dpb__fd_truncate(fd, 0), EINVAL);
  close(fd);
  assert_int_equal(dpb__fd_sync(fd), EBADF);
  assert_int_equal(dpb__fd_read(fd, text, 1, &count), EBADF);
  assert_int_equal(count, 0);
  assert_int_equal(dpb__fd_read_at(fd, text, 1, 0, &count), EBADF);
}

/* A pipe cannot be flushed, and there is nothing to be flushed. */
static void what_cannot_be_flushed(void **state) {
  (void)state;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(dpb__fd_sync(ends[1]), 0);
  close(ends[0]);
  close(ends[1]);
}

/* Disks that fill up in the middle: the first part is written, the rest is an error. */
static void a_limit(void **state) {
  (void)state;
  struct rlimit old, tight;
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  tight = old;
  tight.rlim_cur = 1000;
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
  static char big[3000];
  int fd = open_file("file", O_WRONLY | O_CREAT);
  int error = dpb__fd_write_at(fd, big, sizeof big, 0);
  setrlimit(RLIMIT_FSIZE, &old);
  signal(SIGXFSZ, handler);
  assert_int_equal(error, EFBIG);
  struct stat info;
  assert_int_equal(fstat(fd, &info), 0);
  assert_int_equal(info.st_size, 1000);
  close(fd);
  fd = -1;
  if (dpb__fd_open("/dev/full", O_WRONLY, 0, &fd) != 0) return;
  assert_int_equal(dpb__fd_write_at(fd, "x", 1, 0), ENOSPC);
  close(fd);
}

/* One lock an open file, within one process as well. */
static void locks(void **state) {
  (void)state;
  int a = open_file("file", O_WRONLY | O_CREAT), b = open_file("file", O_WRONLY);
  assert_int_equal(dpb__fd_lock(a), 0);
  assert_int_equal(dpb__fd_lock(a), 0);
  assert_int_equal(dpb__fd_lock(b), EWOULDBLOCK);
  close(a);
  assert_int_equal(dpb__fd_lock(b), 0);
  close(b);
  assert_int_equal(dpb__fd_lock(b), EBADF);
}

static volatile sig_atomic_t signals;

static void on_signal(int number) {
  (void)number;
  signals++;
}

/* Signals keep coming in, and reading from a pipe waits on. */
static void interrupted(void **state) {
  (void)state;
  struct sigaction count = {.sa_handler = on_signal}, before;
  assert_int_equal(sigaction(SIGUSR1, &count, &before), 0);
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t parent = getpid(), child = fork();
  if (child == 0) {
    const struct timespec wait = {.tv_nsec = 5000000};
    for (int i = 0; i < 20; i++) {
      nanosleep(&wait, NULL);
      kill(parent, SIGUSR1);
    }
    _exit(write(ends[1], "x", 1) != 1);
  }
  char byte = 0;
  size_t got = 0;
  assert_int_equal(dpb__fd_read(ends[0], &byte, 1, &got), 0);
  assert_int_equal(got, 1);
  assert_int_equal(byte, 'x');
  assert_true(signals > 0);
  assert_int_equal(waitpid(child, NULL, 0), child);
  assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
  close(ends[0]);
  close(ends[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(opens, remove_files),
      cmocka_unit_test_teardown(reads_and_writes, remove_files),
      cmocka_unit_test(what_cannot_be_flushed),
      cmocka_unit_test_teardown(a_limit, remove_files),
      cmocka_unit_test_teardown(locks, remove_files),
      cmocka_unit_test(interrupted),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
