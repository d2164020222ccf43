/* SPDX-License-Identifier: MIT
 *
 * Choosing may restart the program, so the earlier choice travels in the environment.
 * Where the switch fails, the program runs on as it is, only slower; 'deepblas info' says
 * what to do.
 */
#include "kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/blas.h>

static const char variable[] = "DEEPBLAS_KERNELS_BEFORE";
static char before[32];

void kernels_choose(char *argv[]) {
  dpb_blas_advice advice;
  dpb_blas_advise(&advice);
  if (advice.improvable && !advice.user_choice) setenv(variable, advice.core, 1);
  dpb_blas_use_best_core(argv);
  const char *earlier = getenv(variable);
  if (earlier == NULL) return;
  dpb_blas_advise(&advice);
  if (strcmp(earlier, advice.core) != 0) snprintf(before, sizeof before, "%s", earlier);
  unsetenv(variable);
}

const char *kernels_before(void) {
  return before[0] ? before : NULL;
}
