/* SPDX-License-Identifier: MIT
 *
 * Files in trouble that the system really makes: a limit on their size, no descriptors
 * left, folders that may not be written, devices and pipes in the place of files.
 */
#include "file_fixture.h"
#include "valgrind_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <deepblas/deepblas.h>

static dpb_model *model;

static int set_up(void **state) {
  if (dpb_model_create(&(dpb_model_config){.input = {1, 1, 4}, .threads = 1}, &model) ||
      dpb_add_text(model, "affine 3, relu, affine 2") || dpb_model_build(model))
    return -1;
  return make_folder(state);
}

static int tear_down(void **state) {
  dpb_model_destroy(model);
  return remove_folder(state);
}

/* The things that are saved; they take from 100 bytes to 2 KB. */
static dpb_status save(int what, const char *path) {
  static const float numbers[100];
  const dpb_shape shape = {1, {100}};
  switch (what) {
  case 0:
    return dpb_model_save(model, path);
  case 1:
    return dpb_model_save_half(model, path);
  default:
    return dpb_npy_save_floats(path, &shape, numbers);
  }
}

enum { THINGS = 3 };

static void set_limit(int which, rlim_t value, struct rlimit *before) {
  if (before) assert_int_equal(getrlimit(which, before), 0);
  struct rlimit limit;
  assert_int_equal(getrlimit(which, &limit), 0);
  limit.rlim_cur = value;
  assert_int_equal(setrlimit(which, &limit), 0);
}

/* Writes that stop in the middle, at each size that is too small. */
static void files_that_may_not_grow(void **state) {
  (void)state;
  static char old[4096], now[4096];
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  for (int what = 0; what < THINGS; what++) {
    const char *path = in_folder("file");
    assert_ok(save(what, path));
    size_t size = read_file(path, old, sizeof old);
    assert_in_range(size, 100, sizeof old - 1);
    for (size_t most = 0; most < size; most += 7) {
      struct rlimit before;
      set_limit(RLIMIT_FSIZE, most, &before);
      dpb_status status = save(what, path);
      setrlimit(RLIMIT_FSIZE, &before);
      assert_fails(status, DPB_ERR_IO, "file: cannot write: File too large");
      assert_int_equal(read_file(path, now, sizeof now), size);
      assert_memory_equal(now, old, size);
      assert_int_equal(count_files(), 1);
    }
  }
  signal(SIGXFSZ, handler);
}

static dpb_status load(void) {
  dpb_model *loaded = NULL;
  dpb_status status = dpb_model_load(in_folder("file"), &(dpb_model_config){0}, &loaded);
  assert_int_equal(loaded != NULL, status == DPB_OK);
  dpb_model_destroy(loaded);
  return status;
}

/* A host that has all its descriptors in use; what works with few of them, works. */
static void no_descriptors(void **state) {
  (void)state;
  not_under_valgrind("has descriptors of its own");
  assert_ok(save(0, in_folder("file")));
  int next = open("/dev/null", O_RDONLY);
  assert_true(next >= 0);
  close(next);
  int failed = 0;
  for (int more = 0; more <= 3; more++) {
    struct rlimit before;
    set_limit(RLIMIT_NOFILE, (rlim_t)(next + more), &before);
    dpb_status saved = save(0, in_folder("file"));
    dpb_status loaded = load();
    setrlimit(RLIMIT_NOFILE, &before);
    failed += (saved != DPB_OK) + (loaded != DPB_OK);
    assert_true(saved == DPB_OK || saved == DPB_ERR_IO);
    assert_true(loaded == DPB_OK || loaded == DPB_ERR_IO);
    if (loaded != DPB_OK) assert_message("file: cannot open: Too many open files");
    assert_int_equal(count_files(), 1);
    if (more == 3) assert_int_equal(failed, 2);
  }
  assert_ok(load());
}

static void folders_that_may_not_be_written(void **state) {
  (void)state;
  const char *path = "/proc/file"; /* root may write everywhere else */
  if (geteuid() != 0) {
    assert_int_equal(mkdir(in_folder("dir"), 0500), 0);
    path = in_folder("dir/file");
  }
  for (int what = 0; what < THINGS; what++) {
    dpb_status status = save(what, path);
    assert_true(status == DPB_ERR_IO || status == DPB_ERR_NOT_FOUND);
    assert_message("/file: cannot write");
  }
}

/* Neither waits for the other end of a pipe, nor puts a file in a device's place. */
static void pipes_and_devices(void **state) {
  (void)state;
  assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
  for (int what = 0; what < THINGS; what++) {
    assert_fails(save(what, in_folder("pipe")), DPB_ERR_IO, "pipe: cannot write: it is");
    assert_fails(save(what, "/dev/full"), DPB_ERR_IO, "/dev/full: cannot write: it is");
  }
  dpb_model *loaded = NULL;
  dpb_dataset *data = NULL;
  dpb_images *images = NULL;
  const char *path = in_folder("pipe");
  assert_fails(dpb_model_load(path, &(dpb_model_config){0}, &loaded), DPB_ERR_IO,
               "pipe: is not a regular file");
  assert_fails(dpb_dataset_load_csv(path, NULL, &data), DPB_ERR_IO,
               "pipe: is not a regular file");
  assert_fails(dpb_images_load(path, DPB_IMAGES_RAW, (dpb_hwc){1, 1, 1}, &images),
               DPB_ERR_IO, "pipe: is not a regular file");
  struct stat info;
  assert_int_equal(stat(path, &info), 0);
  assert_true(S_ISFIFO(info.st_mode));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(files_that_may_not_grow, remove_files),
      cmocka_unit_test_teardown(no_descriptors, remove_files),
      cmocka_unit_test_teardown(folders_that_may_not_be_written, remove_files),
      cmocka_unit_test_teardown(pipes_and_devices, remove_files),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
