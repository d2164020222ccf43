/* SPDX-License-Identifier: MIT
 *
 * The networks of the book, each one line of text.
 */
#include <deepblas/networks.h>

#include <stddef.h>
#include <string.h>

#define MNIST_INPUT                                                                      \
  { 28, 28, 1 }

static const dpb_network networks[] = {
    {"two_layer", "5.7", "affine 50 he, relu, affine 10 he", MNIST_INPUT},
    {"three_layer", "3.6", "affine 50, sigmoid, affine 100, sigmoid, affine 10",
     MNIST_INPUT},
    {"multi_layer", "6.1.8",
     "affine 100 he, relu, affine 100 he, relu, affine 100 he, relu, "
     "affine 100 he, relu, affine 10 he",
     MNIST_INPUT},
    {"two_layer_sigmoid", "4.5", "affine 50 std 0.01, sigmoid, affine 10 std 0.01",
     MNIST_INPUT},
    {"simple_convnet", "7.5",
     "conv 30 k5 std 0.01, relu, maxpool 2, "
     "affine 100 std 0.01, relu, affine 10 std 0.01",
     MNIST_INPUT},
    {"deep_convnet", "8.1.1",
     "conv 16 k3 p1 he, relu, conv 16 k3 p1 he, relu, maxpool 2, "
     "conv 32 k3 p1 he, relu, conv 32 k3 p2 he, relu, maxpool 2, "
     "conv 64 k3 p1 he, relu, conv 64 k3 p1 he, relu, maxpool 2, "
     "affine 50 he, relu, dropout 0.5 book, affine 10 he, dropout 0.5 book",
     MNIST_INPUT},
};

int dpb_network_count(void) {
  return (int)(sizeof networks / sizeof networks[0]);
}

const dpb_network *dpb_network_at(int index) {
  return index >= 0 && index < dpb_network_count() ? &networks[index] : NULL;
}

const dpb_network *dpb_network_find(const char *name) {
  for (int i = 0; name && i < dpb_network_count(); i++)
    if (strcmp(networks[i].name, name) == 0) return &networks[i];
  return NULL;
}
