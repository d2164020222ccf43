/* SPDX-License-Identifier: MIT
 *
 * Tables of calls that must be refused. A row is a call, the status that its header
 * documents, and words that its message must hold: the function or the thing. All rows of
 * a test are looked at, then it fails if one of them was not as it should be.
 *
 * scripts/check-misuse reads these tests: each function of lib/deepblas.map must be
 * called in one of them, with NULL in the place of each of its pointers.
 */
#ifndef TEST_MISUSE_H
#define TEST_MISUSE_H

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <deepblas/deepblas.h>

static int misuse_wrong; /* rows of this test that were not as they should be */

/* What an out-pointer points at before a call. */
static inline void *misuse_something(void) {
  static char something[16];
  return something;
}

/* Another call's message, so that a row cannot pass by one that was there before. */
static inline void misuse_plant(void) {
  dpb_init init;
  (void)dpb_init_from_text("planted", &init);
}

static inline void misuse_row(const char *file, int line, const char *call,
                              dpb_status status, dpb_status expected, const char *words) {
  const char *message = dpb_error_message();
  if (status == expected && strstr(message, words) && !strstr(message, "planted")) return;
  print_error("%s:%d: %s\n  %s: %s\n  expected %s: ... %s ...\n", file, line, call,
              dpb_status_name(status), message, dpb_status_name(expected), words);
  misuse_wrong++;
}

static inline void misuse_holds(const char *file, int line, const char *text, int holds) {
  if (holds) return;
  print_error("%s:%d: %s does not hold (%s)\n", file, line, text, dpb_error_message());
  misuse_wrong++;
}

/* The call is refused with that status, and its message holds the words. */
#define refuse(call, expected, words)                                                    \
  (misuse_plant(),                                                                       \
   misuse_row(__FILE__, __LINE__, #call, (call), DPB_ERR_##expected, words))

/* The same for a call that makes something: what out was is gone, out is NULL. */
#define refuse_made(out, call, expected, words)                                          \
  ((out) = misuse_something(), refuse(call, expected, words),                            \
   misuse_holds(__FILE__, __LINE__, #call ": out-pointer NULL", (out) == NULL))

/* A call that is right, or a value that a call without a status gives. */
#define accept(call)      misuse_holds(__FILE__, __LINE__, #call, (call) == DPB_OK)
#define expect(condition) misuse_holds(__FILE__, __LINE__, #condition, (condition) != 0)

static inline int misuse_done(void **state) {
  (void)state;
  const int wrong = misuse_wrong;
  misuse_wrong = 0;
  return wrong ? -1 : 0;
}

#define misuse_test(function) cmocka_unit_test_teardown(function, misuse_done)

/* A model of text, built with two threads and max_batch 8; ends the test if it cannot be.
 */
static inline dpb_model *misuse_model(const char *text, dpb_hwc input, int inference) {
  dpb_model *model = NULL;
  const dpb_model_config config = {
      .input = input, .max_batch = 8, .threads = 2, .inference = inference};
  if (dpb_model_create(&config, &model) || dpb_add_text(model, text) ||
      dpb_model_build(model))
    fail_msg("%s", dpb_error_message());
  return model;
}

/* count samples of 1x1x4 in 3 classes. */
static inline dpb_dataset *misuse_dataset(size_t count) {
  float features[64 * 4];
  int32_t labels[64];
  dpb_dataset *dataset = NULL;
  for (size_t i = 0; i < count; i++) {
    labels[i] = (int32_t)(i % 3);
    for (size_t j = 0; j < 4; j++) features[i * 4 + j] = (float)(i % 5) - (float)j + 0.5f;
  }
  if (dpb_dataset_from_floats(count, (dpb_hwc){1, 1, 4}, features, labels, 3, &dataset))
    fail_msg("%s", dpb_error_message());
  return dataset;
}

#endif
