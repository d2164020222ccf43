/* SPDX-License-Identifier: MIT
 *
 * As test_trajectories.c, with the convolutional network of chapter 7: 20 steps of each
 * optimiser with a small one, and the book's trained weights on all test images.
 */
#include "oracle_fixture.h"

static void replay(const dpb_optimizer_config *config) {
  replay_trajectory("trajectories_simple_convnet.npz",
                    "conv 8 k5, relu, maxpool 2, affine 32, relu, affine 10", 1e-3,
                    config);
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

static void simple_convnet_predicts_as_the_book(void **state) {
  (void)state;
  predicts_as_the_book("simple_convnet", "book_simple_convnet.npz",
                       "book_simple_convnet_predictions.npy", 9600);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(follows_sgd),
      cmocka_unit_test(follows_momentum),
      cmocka_unit_test(follows_nesterov),
      cmocka_unit_test(follows_adagrad),
      cmocka_unit_test(follows_rmsprop),
      cmocka_unit_test(follows_adam),
      cmocka_unit_test(simple_convnet_predicts_as_the_book),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
