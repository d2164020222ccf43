/* SPDX-License-Identifier: MIT
 *
 * Saying which kernels OpenBLAS uses, and changing them.
 *
 * OpenBLAS reads OPENBLAS_CORETYPE when it is loaded, before main(), so setting it in a
 * running program has no effect by itself. Two ways are left:
 *
 * switch   set it and call gotoblas_quit() and gotoblas_init(), what OpenBLAS itself runs
 *          when it is unloaded and loaded. Every dynamic build since 0.3.0 exports them
 *          and they work (tested on pthread, OpenMP and serial builds of 0.3.21 to
 *          0.3.34), but no document promises it. Done when this library is loaded.
 * restart  set it and execute the program again. It rests on documented behaviour alone,
 *          but only a program may do that, which gives its argv.
 */
#include "blas/blas_core.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "blas/blas_choice.h"
#include "blas/blas_enter.h"
#include "blas/blas_faults.h"
#include "blas/openblas.h"

#define WISH "OPENBLAS_CORETYPE"
/* Holds what we put into OPENBLAS_CORETYPE: tells our wish from the user's, and that the
 * restart has been made. */
#define MARK "DEEPBLAS_CORETYPE"
/* Set to anything: OpenBLAS's own choice is kept when this library is loaded. */
#define KEEP "DEEPBLAS_KEEP_KERNELS"

/* NULL until the first switch. */
static _Atomic(const char *) first_core;

void dpb_blas_get_info(dpb_blas_info *info) {
  if (info == NULL) return;
  *info = (dpb_blas_info){.config = dpb__openblas_config(),
                          .core = dpb__openblas_core(),
                          .threading = dpb__openblas_threading(),
                          .threads = dpb__blas_host_threads()};
}

void dpb__blas_judge(const char *core, const char *config, dpb__cpu_features cpu,
                     const char *wish, const char *mark, dpb_blas_advice *advice) {
  bool ours = wish != NULL && mark != NULL && strcmp(wish, mark) == 0;
  advice->core = core;
  advice->first_core = core;
  advice->best_core = dpb__blas_best_core(core, config, cpu);
  advice->cpu = cpu.avx512 ? "AVX-512" : cpu.avx2 ? "AVX2" : "generic";
  advice->user_choice = wish != NULL && wish[0] != '\0' && !ours;
  advice->improvable = !advice->user_choice && strcmp(core, advice->best_core) != 0;
  advice->warning = dpb__blas_fault(core, config, cpu);
}

void dpb_blas_advise(dpb_blas_advice *advice) {
  if (advice == NULL) return;
  dpb__blas_judge(dpb__openblas_core(), dpb__openblas_config(), dpb__cpu_detect(),
                  getenv(WISH), getenv(MARK), advice);
  const char *first = atomic_load(&first_core);
  if (first != NULL) advice->first_core = first;
}

static bool is_set(const char *variable) {
  const char *value = getenv(variable);
  return value != NULL && value[0] != '\0';
}

static dpb_status set_variables(const char *core) {
  if (setenv(WISH, core, 1) == 0 && setenv(MARK, core, 1) == 0) return DPB_OK;
  return dpb__fail(DPB_ERR_MEMORY, WISH ": cannot be set to %s", core);
}

static void unset_variables(void) {
  unsetenv(WISH);
  unsetenv(MARK);
}

dpb_status dpb__blas_restart(const char *core, char *const argv[]) {
  dpb_status status = set_variables(core);
  if (status != DPB_OK) return status;
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length > 0) {
    path[length] = '\0';
    execv(path, argv);
  }
  /* The file may have been replaced since; this name still leads to the old one. */
  execv("/proc/self/exe", argv);
  int error = errno;
  unset_variables();
  return dpb__fail(DPB_ERR_UNSUPPORTED, "the program cannot be executed again: error %d",
                   error);
}

static void start_anew(dpb__function quit, dpb__function init) {
  int threads = dpb__openblas_threads();
  quit();
  init();
  if (dpb__openblas_threads() != threads) dpb__openblas_set_threads(threads);
  dpb__openblas_changed();
}

dpb_status dpb__blas_switch(const char *core) {
  dpb__function quit = dpb__find_function("gotoblas_quit");
  dpb__function init = dpb__find_function("gotoblas_init");
  if (quit == NULL || init == NULL)
    return dpb__fail(DPB_ERR_UNSUPPORTED,
                     "OpenBLAS runs %s kernels and cannot change them in a running "
                     "process: set " WISH "=%s before it starts",
                     dpb__openblas_core(), core);
  const char *before = dpb__openblas_core(), *none = NULL;
  dpb_status status = set_variables(core);
  if (status != DPB_OK) return status;
  start_anew(quit, init);
  if (strcmp(dpb__openblas_core(), core) == 0) {
    atomic_compare_exchange_strong(&first_core, &none, before);
    return DPB_OK;
  }
  unset_variables();
  start_anew(quit, init);
  return dpb__fail(DPB_ERR_UNSUPPORTED, "OpenBLAS has no %s kernels: it stays with %s",
                   core, dpb__openblas_core());
}

static dpb_status use_core(const char *core, char *const argv[]) {
  const char *mark = getenv(MARK);
  if (mark != NULL && strcmp(mark, core) == 0)
    return dpb__fail(DPB_ERR_UNSUPPORTED,
                     WISH "=%s was set, but OpenBLAS runs %s kernels", core,
                     dpb__openblas_core());
  if (argv != NULL && argv[0] != NULL) dpb__blas_restart(core, argv);
  return dpb__blas_switch(core);
}

dpb_status dpb_blas_use_best_core(char *const argv[]) {
  dpb_blas_advice advice;
  dpb_blas_advise(&advice);
  if (!advice.improvable) return DPB_OK;
  int error = errno;
  dpb_status status = use_core(advice.best_core, argv);
  errno = error;
  return status;
}

/* No thread but the caller and those of OpenBLAS, which wait for work. The number of
 * links of this folder is that of its entries, one for each thread, and two. */
static bool is_alone(void) {
  struct stat tasks;
  const int own =
      dpb__openblas_threading() == DPB_BLAS_PTHREADS ? dpb__openblas_threads() : 1;
  return stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink <= (nlink_t)own + 2;
}

/* When the library is loaded: OpenBLAS, on which it depends, was so before it. Later the
 * host may have threads inside OpenBLAS, and those must not lose their kernels. */
__attribute__((constructor)) static void choose_when_loaded(void) {
  dpb_blas_advice advice;
  if (is_set(KEEP)) return;
  dpb_blas_advise(&advice);
  if (!advice.improvable || !is_alone()) return;
  const int error = errno;
  if (dpb__blas_switch(advice.best_core) == DPB_OK) unset_variables();
  dpb__message_set("%s", "");
  errno = error;
}
