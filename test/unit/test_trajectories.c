/* SPDX-License-Identifier: MIT
 *
 * The book's own numbers, replayed through the public API: 20 steps of each optimiser on
 * the first 1,000 images of MNIST, and the three-layer network with its given weights on
 * all test images.
 */
#include "oracle_fixture.h"

static void replay(const dpb_optimizer_config *config) {
  replay_trajectory("trajectories_two_layer.npz",
                    dpb_network_find("two_layer_sigmoid")->text, 1e-4, config);
}

static void follows_sgd(void **state) {
  (void)state;
  replay(&oracle_sgd);
}

static void follows_momentum(void **state) {
  (void)state;
  replay(&oracle_momentum);
}

static void follows_nesterov(void **state) {
  (void)state;
  replay(&oracle_nesterov);
}

static void follows_adagrad(void **state) {
  (void)state;
  replay(&oracle_adagrad);
}

static void follows_rmsprop(void **state) {
  (void)state;
  replay(&oracle_rmsprop);
}

static void follows_adam(void **state) {
  (void)state;
  replay(&oracle_adam);
}

static void three_layer_predicts_as_the_book(void **state) {
  (void)state;
  predicts_as_the_book("three_layer", "book_three_layer.npz",
                       "book_three_layer_predictions.npy", 9352);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(follows_sgd),
      cmocka_unit_test(follows_momentum),
      cmocka_unit_test(follows_nesterov),
      cmocka_unit_test(follows_adagrad),
      cmocka_unit_test(follows_rmsprop),
      cmocka_unit_test(follows_adam),
      cmocka_unit_test(three_layer_predicts_as_the_book),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
