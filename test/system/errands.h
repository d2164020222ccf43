/* SPDX-License-Identifier: MIT
 *
 * Every kind of work that a host may have the library do, as errands that any thread and
 * any child can run: without assertions, on little stack, in a folder of the test's own.
 * An errand folds all that it comes to into one number, so that a host that is not like
 * others can be held against a plain one, bit by bit.
 */
#ifndef TEST_ERRANDS_H
#define TEST_ERRANDS_H

#include <stdint.h>

/* Returns 0 when all went as it should, else the line of errands_*.c that it was not. */
typedef int (*errand_function)(uint64_t *sum);

typedef struct errand {
  const char *name;
  errand_function run;
  int in_hosts_mode; /* 1: computes in the host's floating-point mode, as libm does */
} errand;

extern const errand errands[];
extern const int errand_count;

/* Makes a folder with small files of every format that is read. 0 when it is there. */
int errands_begin(void);
void errands_end(void);

/* The folder, where errands also write. */
const char *errands_folder(void);

/* The same with that beginning of its name; and a folder that another process made. */
int errands_begin_named(const char *name);
void errands_use(const char *path);

/* The sums of a plain host, made once. */
int errands_run_plain(uint64_t *sums);

/* Runs all of them; the number of those that failed or came to another sum, which are
 * told with what is said about the host. other_mode: without those that compute in the
 * host's mode. */
int errands_compare(const uint64_t *sums, const char *host, int other_mode);

#endif
