/* SPDX-License-Identifier: MIT
 *
 * Section 7.5: SimpleConvNet, conv - relu - pool - affine - relu - affine - softmax,
 * learns MNIST with Adam. To see: training accuracy goes to 100 %, and test accuracy well
 * above what the two-layer network of chapter 5 reaches: about 98.8 % on all of MNIST.
 */
#include "convnet.h"
#include "report.h"

static const option_page page = {
    .summary = "Train SimpleConvNet and draw its accuracy.",
    .after = "--out writes simple_convnet.csv (epoch, loss, train_accuracy,\n"
             "test_accuracy) and the picture simple_convnet.\n"
             "\n"
             "Example:\n"
             "  ch07_simple_convnet --full --data data/mnist --out figures\n"};

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch07_simple_convnet",
                  .data = "sample",
                  .seed = 1,
                  .epochs = 8,
                  .batch = 100,
                  .full = {.epochs = 20}};
  int code = experiment_begin(&e, &page, NULL, 0, argc, argv);
  if (code != -1) return code;
  learner l = {0};
  code = experiment_load(&e, DPB_TRAIN);
  if (code == EXIT_OK) code = experiment_load(&e, DPB_TEST);
  if (code == EXIT_OK) code = convnet_begin(&e, "simple_convnet", &l);
  if (code == EXIT_OK)
    code = convnet_learn(&e, &l, "simple_convnet", "SimpleConvNet learns MNIST");
  learner_end(&l);
  return experiment_end(&e, code);
}
