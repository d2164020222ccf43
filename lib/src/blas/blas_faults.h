/* SPDX-License-Identifier: MIT
 *
 * What is known to be wrong with versions of OpenBLAS.
 */
#ifndef DPB_BLAS_BLAS_FAULTS_H
#define DPB_BLAS_BLAS_FAULTS_H

#include "base/cpu.h"

/* The gravest fault of the OpenBLAS that config (openblas_get_config()) describes,
 * running these kernels on this CPU, and what to do, as a sentence; NULL where none is
 * known. Static. */
const char *dpb__blas_fault(const char *core, const char *config, dpb__cpu_features cpu);

#endif
