/* SPDX-License-Identifier: MIT
 *
 * Section 8.1: DeepConvNet, six convolutions of 3 x 3, three poolings, dropout, He's
 * initialisation, Adam. To see: on all of MNIST it comes to about 99.4 %, SimpleConvNet
 * to 98.8; accuracy on the training images stays close to that on the test images, for
 * dropout keeps it from learning by heart.
 */
#include <stdio.h>

#include <deepblas/npz.h>

#include "convnet.h"
#include "report.h"

static const option_page page = {
    .summary = "Train DeepConvNet and draw its accuracy.",
    .after =
        "--out writes deep_convnet.csv (epoch, loss, train_accuracy, test_accuracy),\n"
        "the picture deep_convnet, and deep_convnet.npz: the model, for --model of\n"
        "ch08_misclassified and ch08_half_precision.\n"
        "\n"
        "Example:\n"
        "  ch08_deep_convnet --full --data data/mnist --out figures\n"};

static int save(const experiment *e, const learner *l) {
  char path[4096];
  if (!e->out) return EXIT_OK;
  snprintf(path, sizeof path, "%s/deep_convnet.npz", e->out);
  if (dpb_model_save(l->model, path) != DPB_OK) return fail_library(EXIT_DATA);
  printf("model      %s\n", path);
  return EXIT_OK;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch08_deep_convnet",
                  .data = "sample",
                  .seed = 1,
                  .epochs = 6,
                  .batch = 100,
                  .full = {.epochs = 20}};
  int code = experiment_begin(&e, &page, NULL, 0, argc, argv);
  if (code != -1) return code;
  learner l = {0};
  code = experiment_load(&e, DPB_TRAIN);
  if (code == EXIT_OK) code = experiment_load(&e, DPB_TEST);
  if (code == EXIT_OK) code = convnet_begin(&e, "deep_convnet", &l);
  if (code == EXIT_OK)
    code = convnet_learn(&e, &l, "deep_convnet", "DeepConvNet learns MNIST");
  if (code == EXIT_OK) code = save(&e, &l);
  learner_end(&l);
  return experiment_end(&e, code);
}
