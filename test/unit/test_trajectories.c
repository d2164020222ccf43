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

static void follows(void **config) {
  replay(*config);
}

static void three_layer_predicts_as_the_book(void **state) {
  (void)state;
  predicts_as_the_book("three_layer", "book_three_layer.npz",
                       "book_three_layer_predictions.npy", 9352);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FOLLOWS_EACH_OPTIMIZER(follows),
      cmocka_unit_test(three_layer_predicts_as_the_book),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
