/* SPDX-License-Identifier: MIT
 *
 * Names of classes: told, set, and brought into agreement between two splits.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset.h"

const char *dpb_dataset_class_name(const dpb_dataset *dataset, int index) {
  if (dataset == NULL || dataset->class_names == NULL) return NULL;
  return index >= 0 && index < dataset->classes ? dataset->class_names[index] : NULL;
}

dpb_status dpb_dataset_set_class_names(dpb_dataset *dataset, const char *const *names) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "class names: dataset is NULL");
  char **copy = NULL;
  if (names != NULL) {
    dpb_status status = dpb__class_names_check(dataset->classes, names);
    if (status == DPB_OK) {
      status = dpb__class_names_copy(dataset->classes, names, &copy);
    }
    if (status != DPB_OK) return status;
  }
  dpb__release(dataset->class_names);
  dataset->class_names = copy;
  return DPB_OK;
}

static int find_name(const dpb_dataset *d, const char *name) {
  for (int i = 0; i < d->classes; i++) {
    if (strcmp(d->class_names[i], name) == 0) return i;
  }
  return -1;
}

/* number[i] is the training data's number of the test's class i. */
static dpb_status match_names(const dpb_dataset *train, dpb_dataset *test,
                              const char *test_path, int32_t *number) {
  for (int i = 0; i < test->classes; i++) {
    number[i] = find_name(train, test->class_names[i]);
    if (number[i] < 0) {
      return dpb__fail(DPB_ERR_DATA,
                       "%s: its class '%.100s' is not one of the %d classes of the "
                       "training data",
                       test_path, test->class_names[i], train->classes);
    }
  }
  char **names = NULL;
  dpb_status status = dpb__class_names_copy(
      train->classes, (const char *const *)train->class_names, &names);
  if (status != DPB_OK) return status;
  dpb__release(test->class_names);
  test->class_names = names;
  test->classes = train->classes;
  for (size_t i = 0; i < test->count; i++) test->labels[i] = number[test->labels[i]];
  return DPB_OK;
}

dpb_status dpb__class_names_agree(dpb_dataset *train, dpb_dataset *test,
                                  const char *test_path) {
  if (train->class_names == NULL && test->class_names == NULL) {
    if (test->classes > train->classes) {
      return dpb__fail(DPB_ERR_DATA,
                       "%s: its largest label is %d, the training data's is %d",
                       test_path, test->classes - 1, train->classes - 1);
    }
    test->classes = train->classes;
    return DPB_OK;
  }
  if (train->class_names == NULL || test->class_names == NULL) {
    return dpb__fail(DPB_ERR_DATA,
                     "%s: its classes are %s, those of the training data %s", test_path,
                     test->class_names ? "names" : "numbers",
                     train->class_names ? "names" : "numbers");
  }
  void *memory = NULL;
  dpb_status status =
      dpb__allocate((size_t)test->classes, sizeof(int32_t), "class numbers", &memory);
  if (status == DPB_OK) status = match_names(train, test, test_path, memory);
  dpb__release(memory);
  return status;
}
