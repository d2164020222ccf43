/* SPDX-License-Identifier: MIT */
#include "book_programs.h"

const book_program book_programs[] = {
    {"ch02_gates", "2.3-2.5", "2-6 to 2-13", "AND, NAND, OR and XOR as perceptrons", 0},
    {"ch03_activation_functions", "3.2", "3-6 to 3-9", "step, sigmoid and ReLU", 0},
    {"ch03_three_layer", "3.6", "3-26",
     "a three-layer network predicts digits, one by one and in batches", 0},
    {"ch04_numerical_diff", "4.3", "4-6, 4-7", "a derivative by differences, tangents",
     0},
    {"ch04_gradient_field", "4.4", "4-9", "the gradient of x0^2 + x1^2, as arrows", 0},
    {"ch04_gradient_descent", "4.4.1", "4-10",
     "the way down, and rates too large and too small", 0},
    {"ch04_numerical_training", "4.5", "4-11",
     "learning by numerical gradients, and how long it takes", 1},
    {"ch05_graph", "5.1-5.4", "5-2 to 5-17", "apples and oranges: a computational graph",
     0},
    {"ch05_gradient_check", "5.7.3", "", "backprop against numerical gradients", 0},
    {"ch05_two_layer", "5.7.4", "4-12", "the two-layer network learns MNIST", 1},
    {"ch06_optimizer_paths", "6.1", "6-2 to 6-8",
     "paths of four optimisers down a valley", 0},
    {"ch06_optimizer_compare", "6.1.8", "6-9", "four optimisers on MNIST", 1},
    {"ch06_activations", "6.2.2", "6-10 to 6-14",
     "activations of five layers by initial scale", 0},
    {"ch06_init_compare", "6.2.4", "6-15", "three initialisations on MNIST", 1},
    {"ch06_batch_norm", "6.3.2", "6-18, 6-19", "with and without batch normalisation", 1},
    {"ch06_overfit", "6.4", "6-20 to 6-23", "300 images learned by heart, and remedies",
     1},
    {"ch06_hyper_search", "6.5", "6-24", "random and Bayesian search for settings", 1},
    {"ch07_im2col", "7.4", "7-17 to 7-19", "a convolution as a matrix product", 0},
    {"ch07_simple_convnet", "7.5", "7-23", "SimpleConvNet learns MNIST", 1},
    {"ch07_filters", "7.6", "7-24, 7-25", "its filters before and after learning", 1},
    {"ch08_deep_convnet", "8.1", "8-1", "DeepConvNet learns MNIST", 1},
    {"ch08_misclassified", "8.1.1", "8-2", "digits that it takes for something else", 1},
    {"ch08_half_precision", "8.3.4", "", "its weights in 16 bits and fewer", 1},
    {"ch08_layer_times", "8.3.1", "8-14", "where the time of a prediction goes", 1},
};

const int book_program_count = sizeof book_programs / sizeof *book_programs;
