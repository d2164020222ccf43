/* SPDX-License-Identifier: MIT
 *
 * All of these need two threads inside OpenBLAS, its own or the host's. deepblas has it
 * make each product on the calling thread alone, where none of the code in question is
 * run, so the faults are its host's: docs/threading.md.
 */
#include "math/blas_faults.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "math/blas_choice.h"

typedef enum builds { PTHREAD = 1, OPENMP = 2, SERIAL = 4 } builds;

/* What a configuration says of threads: every build without them says so. */
static builds build_of(const char *config) {
  if (strstr(config, "SINGLE_THREADED") != NULL) return SERIAL;
  return strstr(config, "USE_OPENMP") != NULL ? OPENMP : PTHREAD;
}

typedef struct fault {
  int builds;
  int since[2], mended[2]; /* minor, patch; the first without it, {0, 0} for none */
  const char *text;
} fault;

/* The gravest first. From OpenBLAS's change log, but for the last, which was measured
 * (dpb__blas_concurrent). */
static const fault faults[] = {
    {PTHREAD | OPENMP,
     {3, 30},
     {3, 31},
     "OpenBLAS 0.3.30 can multiply wrongly on several threads: use 0.3.31 or newer, or "
     "set "
     "it to one thread where your program calls it itself (deepblas calls it on one)"},
    {PTHREAD,
     {0, 0},
     {3, 34},
     "OpenBLAS before 0.3.34 can compute wrongly when threads of your program call it at "
     "the same time and it uses several threads for each: use 0.3.34 or newer, or set it "
     "to one thread (deepblas calls it on one)"},
    {SERIAL,
     {0, 0},
     {0, 0},
     "OpenBLAS built without threads need not bear two calls at the same time: your "
     "program must not call it while deepblas computes; a build with threads may be "
     "(deepblas's own calls take turns)"},
};

const char *dpb__blas_fault(const char *config) {
  builds build = build_of(config);
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    const fault *f = &faults[i];
    bool for_good = f->mended[0] == 0 && f->mended[1] == 0;
    if ((f->builds & (int)build) != 0 &&
        dpb__blas_at_least(config, f->since[0], f->since[1]) &&
        (for_good || !dpb__blas_at_least(config, f->mended[0], f->mended[1])))
      return f->text;
  }
  return NULL;
}
