/* SPDX-License-Identifier: MIT
 *
 * All but the first of these need two threads inside OpenBLAS, its own or the host's.
 * deepblas has it make each product on the calling thread alone, where none of the code
 * in question is run, so those faults are its host's: docs/threading.md.
 */
#include "blas/blas_faults.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "blas/blas_choice.h"

typedef enum builds { PTHREAD = 1, OPENMP = 2, SERIAL = 4 } builds;

/* What a configuration says of threads: every build without them says so. */
static builds build_of(const char *config) {
  if (strstr(config, "SINGLE_THREADED") != NULL) return SERIAL;
  return strstr(config, "USE_OPENMP") != NULL ? OPENMP : PTHREAD;
}

typedef struct fault {
  int builds;
  bool other_kernels; /* only with other than AVX-512 kernels on a CPU that has that */
  int since[2], mended[2]; /* minor, patch; the first without it, {0, 0} for none */
  const char *text;
} fault;

/* The gravest first. The first is from OpenBLAS's issues (#6013, #6021), the next two
 * from its change log; the last was measured (dpb__blas_concurrent). */
static const fault faults[] = {
    {PTHREAD | OPENMP | SERIAL,
     true,
     {3, 34},
     {3, 35},
     "OpenBLAS 0.3.34 can overrun its stack with other than its AVX-512 kernels on AMD's "
     "Zen 4 and 5, under deepblas too: unset OPENBLAS_CORETYPE, or use another version, "
     "or a build with AVX-512"},
    {PTHREAD | OPENMP,
     false,
     {3, 30},
     {3, 31},
     "OpenBLAS 0.3.30 can multiply wrongly on several threads: use 0.3.31 or newer, or "
     "set it to one thread where your program calls it itself (deepblas calls it on "
     "one)"},
    {PTHREAD,
     false,
     {0, 0},
     {3, 34},
     "OpenBLAS before 0.3.34 can compute wrongly when threads of your program call it at "
     "the same time and it uses several threads for each: use 0.3.34 or newer, or set it "
     "to one thread (deepblas calls it on one)"},
    {SERIAL,
     false,
     {0, 0},
     {0, 0},
     "OpenBLAS built without threads need not bear two calls at the same time: your "
     "program must not call it while deepblas computes; a build with threads may be "
     "(deepblas's own calls take turns)"},
};

const char *dpb__blas_fault(const char *core, const char *config, dpb__cpu_features cpu) {
  builds build = build_of(config);
  bool other_kernels = cpu.avx512 && !dpb__blas_is_avx512(core);
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    const fault *f = &faults[i];
    bool for_good = f->mended[0] == 0 && f->mended[1] == 0;
    if ((f->builds & (int)build) != 0 && (other_kernels || !f->other_kernels) &&
        dpb__blas_at_least(config, f->since[0], f->since[1]) &&
        (for_good || !dpb__blas_at_least(config, f->mended[0], f->mended[1])))
      return f->text;
  }
  return NULL;
}
