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

static void follows(void **config) {
  replay(*config);
}

static void simple_convnet_predicts_as_the_book(void **state) {
  (void)state;
  predicts_as_the_book("simple_convnet", "book_simple_convnet.npz",
                       "book_simple_convnet_predictions.npy", 9600);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FOLLOWS_EACH_OPTIMIZER(follows),
      cmocka_unit_test(simple_convnet_predicts_as_the_book),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
