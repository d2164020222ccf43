/* SPDX-License-Identifier: MIT
 *
 * What the files of errands share among themselves.
 */
#ifndef TEST_ERRANDS_PARTS_H
#define TEST_ERRANDS_PARTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <deepblas/deepblas.h>

#include "errands.h"

/* The rest of an errand is left out when a call is not as it should be; errands have an
 * int line and a label out for it. */
#define must(call)             must_be(call, DPB_OK)
#define must_not(call, status) must_be(call, status)
#define must_be(call, status)                                                            \
  do {                                                                                   \
    if ((errand_status = (call)) != (status)) {                                          \
      line = __LINE__;                                                                   \
      goto out;                                                                          \
    }                                                                                    \
  } while (0)

/* What the last call said; each thread has one. */
extern _Thread_local dpb_status errand_status;

void errand_fold(uint64_t *sum, const void *bytes, size_t count);
void errand_make_numbers(void);
float errand_number(int i);

/* A file of the folder; each thread has one such text at a time. */
const char *errand_path(const char *name);

/* 0, or a line. */
int errand_fold_file(uint64_t *sum, const char *name);

int errand_csv(uint64_t *sum);
int errand_idx(uint64_t *sum);
int errand_npy(uint64_t *sum);
int errand_npz(uint64_t *sum);
int errand_cifar10(uint64_t *sum);
int errand_images_folder(uint64_t *sum);
int errand_picture(uint64_t *sum);
int errand_save(uint64_t *sum);
int errand_save_half(uint64_t *sum);
int errand_refused(uint64_t *sum);
int errand_scaling(uint64_t *sum);

#endif
