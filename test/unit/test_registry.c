/* SPDX-License-Identifier: MIT
 *
 * The registry: every layer and head is found by its whole name, and is complete.
 */
#include "layer_fixture.h"

static const char *const names[] = {"affine",    "sigmoid", "tanh", "relu",    "conv",
                                    "maxpool",   "avgpool", "gap",  "flatten", "dropout",
                                    "leakyrelu", "elu",     "gelu", "softplus"};

static void finds_every_layer(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const dpb__layer_ops *ops = dpb__layer_find(names[i], strlen(names[i]));
    assert_non_null(ops);
    assert_string_equal(ops->name, names[i]);
  }
}

static void finds_whole_names_only(void **state) {
  (void)state;
  assert_null(dpb__layer_find("affine", 5));
  assert_null(dpb__layer_find("affiner", 7));
  assert_null(dpb__layer_find("", 0));
  assert_null(dpb__layer_find("Relu", 4));
  assert_null(dpb__layer_find("softmax", 7));
  assert_non_null(dpb__layer_find("relu, tanh", 4));
}

static void lists_every_layer_once(void **state) {
  (void)state;
  assert_null(dpb__layer_at(-1));
  int count = 0;
  for (; dpb__layer_at(count); count++) {
    const dpb__layer_ops *ops = dpb__layer_at(count);
    assert_ptr_equal(dpb__layer_find(ops->name, strlen(ops->name)), ops);
  }
  assert_true((size_t)count >= sizeof names / sizeof names[0]);
  assert_null(dpb__layer_at(INT32_MAX));
}

static void every_table_is_complete(void **state) {
  (void)state;
  for (int i = 0; dpb__layer_at(i); i++) {
    const dpb__layer_ops *ops = dpb__layer_at(i);
    assert_non_null(ops->plan);
    assert_non_null(ops->forward);
    assert_non_null(ops->backward);
    /* words that are read are written, too */
    assert_true(!ops->parse == !ops->format);
  }
}

static void finds_the_heads(void **state) {
  (void)state;
  assert_string_equal(dpb__head_find("softmax", 7)->name, "softmax");
  assert_string_equal(dpb__head_find("mse", 3)->name, "mse");
  assert_null(dpb__head_find("mse", 2));
  assert_null(dpb__head_find("relu", 4));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_every_layer),      cmocka_unit_test(finds_whole_names_only),
      cmocka_unit_test(lists_every_layer_once), cmocka_unit_test(every_table_is_complete),
      cmocka_unit_test(finds_the_heads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
