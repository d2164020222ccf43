/* SPDX-License-Identifier: MIT
 *
 * The book's own numbers, for tests that replay them through the public API: the shared
 * folder with full MNIST and the oracle's files. Tests say so and skip without it.
 */
#ifndef TEST_ORACLE_FIXTURE_H
#define TEST_ORACLE_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <deepblas/deepblas.h>

enum { ORACLE_STEPS = 20, ORACLE_BATCH = 50, TEST_IMAGES = 10000 };

static inline const char *shared_folder(void) {
  const char *folder = getenv("DEEPBLAS_SHARED");
#ifdef DEEPBLAS_SHARED
  if (!folder) folder = DEEPBLAS_SHARED;
#endif
  return folder ? folder : "";
}

static inline void must(dpb_status status) {
  if (status != DPB_OK) fail_msg("%s", dpb_error_message());
}

/* Opens oracle/file, or skips the test. */
static inline dpb_npz *open_oracle(const char *file) {
  char path[4096];
  dpb_npz *npz = NULL;
  snprintf(path, sizeof path, "%s/oracle/%s", shared_folder(), file);
  const dpb_status status = dpb_npz_open(path, &npz);
  if (status == DPB_ERR_NOT_FOUND) {
    print_message("skipped: no %s (set DEEPBLAS_SHARED)\n", path);
    skip();
  }
  must(status);
  return npz;
}

static inline dpb_dataset *load_mnist(dpb_split split) {
  char folder[4096];
  dpb_dataset *dataset = NULL;
  snprintf(folder, sizeof folder, "%s/data/mnist", shared_folder());
  const dpb_status status = dpb_dataset_load_mnist(folder, split, &dataset);
  if (status == DPB_ERR_NOT_FOUND) {
    print_message("skipped: no MNIST in %s (set DEEPBLAS_SHARED)\n", folder);
    skip();
  }
  must(status);
  return dataset;
}

/* The network of that text for images of MNIST. */
static inline dpb_model *oracle_model(const char *text) {
  dpb_model *model = NULL;
  must(dpb_model_create(&(dpb_model_config){.input = {28, 28, 1}, .max_batch = 100},
                        &model));
  must(dpb_add_text(model, text));
  must(dpb_model_build(model));
  return model;
}

/* Array prefix + parameter's name of the oracle; free() it. */
static inline float *read_oracle(dpb_npz *npz, const char *prefix,
                                 const dpb_parameter_info *info) {
  char name[96];
  float *values = malloc(info->count * sizeof *values);
  assert_non_null(values);
  snprintf(name, sizeof name, "%s%s", prefix, info->name);
  must(dpb_npz_read_floats(npz, name, values, info->count));
  return values;
}

/* Sets every parameter to the array prefix + its name. */
static inline void start_as_the_book(dpb_model *model, dpb_npz *npz, const char *prefix) {
  for (int i = 0; i < dpb_model_parameter_count(model); i++) {
    dpb_parameter_info info;
    must(dpb_model_parameter(model, i, &info));
    float *values = read_oracle(npz, prefix, &info);
    must(dpb_model_set_parameter(model, info.name, values, info.count));
    free(values);
  }
}

/* The largest difference to what the book has, relative to the tensor's largest. */
static inline double deviation(dpb_model *model, dpb_npz *npz, const char *prefix,
                               const dpb_parameter_info *info) {
  float *book = read_oracle(npz, prefix, info);
  float *ours = malloc(info->count * sizeof *ours);
  assert_non_null(ours);
  must(dpb_model_get_parameter(model, info->name, ours, info->count));
  double most = 0, largest = 0;
  for (size_t i = 0; i < info->count; i++) {
    const double size = fabs((double)book[i]);
    const double difference = fabs((double)ours[i] - (double)book[i]);
    if (difference > most) most = difference;
    if (size > largest) largest = size;
  }
  free(ours);
  free(book);
  return most / largest;
}

/* Takes the book's steps; returns the largest relative difference of a loss. */
static inline double walk_trajectory(dpb_model *model, dpb_npz *npz,
                                     const dpb_optimizer_config *config) {
  dpb_dataset *train = load_mnist(DPB_TRAIN);
  dpb_optimizer *optimizer = NULL;
  size_t count = 0;
  must(dpb_model_flat(model, NULL, NULL, &count));
  must(dpb_optimizer_create(config, count, &optimizer));
  float losses[ORACLE_STEPS];
  char array[64];
  snprintf(array, sizeof array, "%s_loss", dpb_optimizer_name(config->kind));
  must(dpb_npz_read_floats(npz, array, losses, ORACLE_STEPS));
  double worst = 0;
  for (int step = 0; step < ORACLE_STEPS; step++) {
    dpb_batch batch;
    double loss = 0;
    must(dpb_dataset_batch(train, (size_t)step * ORACLE_BATCH, ORACLE_BATCH, &batch));
    must(dpb_train_step(model, optimizer, &batch, &loss));
    worst = fmax(worst, fabs(loss / (double)losses[step] - 1.0));
  }
  dpb_optimizer_destroy(optimizer);
  dpb_dataset_destroy(train);
  return worst;
}

/* Replays the steps of one optimiser in a file of the oracle with a network; its losses
 * and its weights at the end must be within limit, relative. */
static inline void replay_trajectory(const char *file, const char *text, double limit,
                                     const dpb_optimizer_config *config) {
  char prefix[64];
  dpb_npz *npz = open_oracle(file);
  dpb_model *model = oracle_model(text);
  start_as_the_book(model, npz, "init_");
  const double worst_loss = walk_trajectory(model, npz, config);
  double worst_weight = 0;
  snprintf(prefix, sizeof prefix, "%s_", dpb_optimizer_name(config->kind));
  for (int i = 0; i < dpb_model_parameter_count(model); i++) {
    dpb_parameter_info info;
    must(dpb_model_parameter(model, i, &info));
    worst_weight = fmax(worst_weight, deviation(model, npz, prefix, &info));
  }
  print_message("%s: losses within %.2g, weights within %.2g of the book's\n",
                dpb_optimizer_name(config->kind), worst_loss, worst_weight);
  assert_true(worst_loss <= limit);
  assert_true(worst_weight <= limit);
  dpb_model_destroy(model);
  dpb_npz_close(npz);
}

/* The optimisers with the figures of the oracle's README. */
static const dpb_optimizer_config oracle_sgd = {.kind = DPB_SGD, .lr = 0.1f};
static const dpb_optimizer_config oracle_momentum = {.kind = DPB_MOMENTUM};
static const dpb_optimizer_config oracle_nesterov = {.kind = DPB_NESTEROV};
static const dpb_optimizer_config oracle_adagrad = {.kind = DPB_ADAGRAD};
static const dpb_optimizer_config oracle_rmsprop = {.kind = DPB_RMSPROP, .lr = 0.001f};
static const dpb_optimizer_config oracle_adam = {.kind = DPB_ADAM};

/* The tests of a trajectory, one for each optimiser: test finds its config in *state. */
#define FOLLOWS_EACH_OPTIMIZER(test)                                                     \
  {"follows_sgd", test, NULL, NULL, (void *)&oracle_sgd},                                \
      {"follows_momentum", test, NULL, NULL, (void *)&oracle_momentum},                  \
      {"follows_nesterov", test, NULL, NULL, (void *)&oracle_nesterov},                  \
      {"follows_adagrad", test, NULL, NULL, (void *)&oracle_adagrad},                    \
      {"follows_rmsprop", test, NULL, NULL, (void *)&oracle_rmsprop}, {                  \
    "follows_adam", test, NULL, NULL, (void *)&oracle_adam                               \
  }

/* The classes that the book's program gave: a .npy of bytes. */
static inline void read_predictions(const char *file, uint8_t *classes) {
  char path[4096];
  unsigned char start[10];
  snprintf(path, sizeof path, "%s/oracle/%s", shared_folder(), file);
  FILE *npy = fopen(path, "rb");
  assert_non_null(npy);
  assert_int_equal(fread(start, 1, sizeof start, npy), sizeof start);
  assert_int_equal(fseek(npy, 10 + start[8] + 256 * start[9], SEEK_SET), 0);
  assert_int_equal(fread(classes, 1, TEST_IMAGES, npy), TEST_IMAGES);
  fclose(npy);
}

/* The network called name, with the book's weights in oracle/<weights>, is right on so
 * many of the test images, and says of each what the book says. */
static inline void predicts_as_the_book(const char *name, const char *weights,
                                        const char *predictions, size_t correct) {
  static int32_t ours[TEST_IMAGES];
  static uint8_t book[TEST_IMAGES];
  dpb_npz *npz = open_oracle(weights);
  dpb_dataset *test = load_mnist(DPB_TEST);
  const dpb_network *network = dpb_network_find(name);
  assert_non_null(network);
  dpb_model *model = oracle_model(network->text);
  start_as_the_book(model, npz, "");
  dpb_evaluation result;
  must(dpb_evaluate(model, test, &result, ours));
  read_predictions(predictions, book);
  assert_int_equal(result.total, TEST_IMAGES);
  assert_int_equal(result.correct, correct);
  for (int i = 0; i < TEST_IMAGES; i++) assert_int_equal(ours[i], book[i]);
  dpb_model_destroy(model);
  dpb_dataset_destroy(test);
  dpb_npz_close(npz);
}

#endif
