/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "file/os_error.h"
#include "file_fixture.h"

static void says_what_failed(void **state) {
  (void)state;
  errno = 77;
  assert_fails(dpb__fail_os(ENOENT, "a/b", "open"), DPB_ERR_NOT_FOUND,
               "a/b: cannot open: No such file or directory");
  assert_fails(dpb__fail_os(ENOTDIR, "a/b", "open"), DPB_ERR_NOT_FOUND, "a/b");
  assert_fails(dpb__fail_os(ENOMEM, "a/b", "write"), DPB_ERR_MEMORY, "cannot write");
  assert_fails(dpb__fail_os(ENOSPC, "a/b", "write"), DPB_ERR_IO, "No space left");
  assert_int_equal(errno, 77);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(says_what_failed)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
