/* SPDX-License-Identifier: MIT
 *
 * The errands that compute and read text. (errands_files.c has those with files.)
 */
#include "errands_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

_Thread_local dpb_status errand_status;

/* FNV-1a. */
void errand_fold(uint64_t *sum, const void *bytes, size_t count) {
  const unsigned char *b = bytes;
  for (size_t i = 0; i < count; i++) *sum = (*sum ^ b[i]) * UINT64_C(0x100000001b3);
}

/* Numbers at many scales, subnormal ones among them; made by a plain host. */
static float numbers[35];

void errand_make_numbers(void) {
  static const float some[] = {0.5f, -1.25f, 3e-39f, 0.1f, -7e-3f, 2.75f, 1.0f / 3.0f};
  for (int i = 0; i < 35; i++) numbers[i] = some[i % 7] * (float)(1 + i % 5);
}

float errand_number(int i) {
  return numbers[i % 35];
}

enum { N = 24, SAMPLE = 100, CLASSES = 4 };

static float *errand_images(void) {
  static float images[N * SAMPLE]; /* not on the stack, and the same for all */
  static int32_t made;
  if (!made) {
    for (int i = 0; i < N * SAMPLE; i++) images[i] = errand_number(i);
    made = 1;
  }
  return images;
}

static const int32_t *errand_labels(void) {
  static int32_t labels[N];
  for (int i = 0; labels[1] == 0 && i < N; i++) labels[i] = (i + 1) % CLASSES;
  return labels;
}

static int train(const char *net, dpb_optimizer_kind kind, uint64_t *sum) {
  dpb_model *model = NULL;
  dpb_optimizer *optimizer = NULL;
  float outputs[N * CLASSES];
  double loss = 0;
  size_t count = 0;
  const dpb_model_config config = {
      .input = {10, 10, 1}, .max_batch = N, .threads = 2, .seed = 5};
  const dpb_batch batch = {
      .n = N, .features = errand_images(), .labels = errand_labels()};
  int line = 0;
  must(dpb_model_create(&config, &model));
  must(dpb_add_text(model, net));
  must(dpb_model_build(model));
  must(dpb_model_flat(model, NULL, NULL, &count));
  must(dpb_optimizer_create(&(dpb_optimizer_config){.kind = kind}, count, &optimizer));
  for (int i = 0; i < 3; i++) {
    must(dpb_train_step(model, optimizer, &batch, &loss));
    errand_fold(sum, &loss, sizeof loss);
  }
  must(dpb_clip_gradients(model, 0.1, &loss));
  errand_fold(sum, &loss, sizeof loss);
  must(dpb_model_predict(model, &batch, outputs));
  errand_fold(sum, outputs, sizeof outputs);
out:
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  return line;
}

static int train_affine(uint64_t *sum) {
  return train("affine 20, sigmoid, layernorm, affine 12, gelu, affine 4", DPB_RMSPROP,
               sum);
}

static int train_conv(uint64_t *sum) {
  return train("conv 8 k3 p1, elu, maxpool 2, conv 8 k3, softplus, gap, affine 4",
               DPB_MOMENTUM, sum);
}

static int train_norm(uint64_t *sum) {
  return train("conv 6 k3, batchnorm, relu, avgpool 2, dropout 0.3, affine 4", DPB_ADAM,
               sum);
}

/* The trainer with all that it can do, and what is measured afterwards. */
static int run_trainer(uint64_t *sum) {
  dpb_model *model = NULL;
  dpb_optimizer *sgd = NULL;
  dpb_dataset *data = NULL;
  dpb_trainer *trainer = NULL;
  dpb_evaluation result = {0, 0, 0};
  float weights[36];
  size_t count = 0;
  int line = 0;
  const dpb_hwc input = {10, 10, 1};
  must(dpb_dataset_from_floats(N, input, errand_images(), errand_labels(), CLASSES,
                               &data));
  must(dpb_model_create(&(dpb_model_config){.input = input, .max_batch = 8, .threads = 2},
                        &model));
  must(dpb_add_text(model, "conv 4 k3, batchnorm, relu, affine 4"));
  must(dpb_model_build(model));
  must(dpb_model_flat(model, NULL, NULL, &count));
  must(dpb_optimizer_create(&(dpb_optimizer_config){.lr = 0.01f}, count, &sgd));
  const dpb_trainer_config config = {.model = model,
                                     .optimizer = sgd,
                                     .train = data,
                                     .validation = data,
                                     .epochs = 2,
                                     .clip_norm = 0.5f,
                                     .schedule = "warmup 2, cosine 1e-5",
                                     .patience = 9,
                                     .augment = "shift 1, rotate 5, noise 0.01"};
  must(dpb_trainer_create(&config, &trainer));
  must(dpb_trainer_run(trainer));
  must(dpb_evaluate(model, data, &result, NULL));
  errand_fold(sum, &result.loss, sizeof result.loss);
  const dpb_epoch *rows = dpb_trainer_history(trainer, &count);
  for (size_t i = 0; i < count; i++) {
    errand_fold(sum, &rows[i].train_loss, sizeof rows[i].train_loss);
    errand_fold(sum, &rows[i].learning_rate, sizeof rows[i].learning_rate);
  }
  must(dpb_trainer_save_checkpoint(trainer, errand_path("checkpoint.npz"), "note"));
  must(dpb_trainer_load_checkpoint(trainer, errand_path("checkpoint.npz")));
  must(dpb_model_get_parameter(model, "W1", weights, 36));
  errand_fold(sum, weights, sizeof weights);
  must(dpb_trainer_save_history(trainer, errand_path("history.csv")));
  line = errand_fold_file(sum, "history.csv");
out:
  dpb_trainer_destroy(trainer);
  dpb_optimizer_destroy(sgd);
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
  return line;
}

static int check_and_look(uint64_t *sum) {
  dpb_model *model = NULL;
  dpb_statistics *statistics = NULL;
  dpb_layer_statistics layer;
  dpb_gradcheck_row rows[8];
  int line = 0, count = 0, passed = 0;
  const dpb_batch batch = {
      .n = 8, .features = errand_images(), .labels = errand_labels()};
  must(dpb_model_create(&(dpb_model_config){.input = {10, 10, 1}, .threads = 1}, &model));
  must(dpb_add_text(model, "conv 3 k3, tanh, affine 4"));
  must(dpb_model_build(model));
  must(dpb_model_statistics(model, &batch, &(dpb_statistics_config){.bins = 5},
                            &statistics));
  must(dpb_statistics_layer(statistics, 1, &layer));
  errand_fold(sum, &layer.mean, sizeof layer.mean);
  errand_fold(sum, &layer.std, sizeof layer.std);
  errand_fold(sum, layer.histogram, 5 * sizeof *layer.histogram);
  must(dpb_gradcheck(model, &(dpb_gradcheck_config){.coordinates = 8}, rows, 8, &count,
                     &passed));
  for (int i = 0; i < count; i++) errand_fold(sum, &rows[i].error, sizeof rows[i].error);
  if (!passed) line = __LINE__;
out:
  dpb_statistics_destroy(statistics);
  dpb_model_destroy(model);
  return line;
}

/* Text that holds numbers, read and written. */
static int read_texts(uint64_t *sum) {
  dpb_model *model = NULL;
  dpb_schedule *schedule = NULL;
  dpb_space *space = NULL;
  dpb_augment_config augment;
  dpb_init init;
  char text[256];
  int line = 0;
  must(dpb_model_create(&(dpb_model_config){.input = {10, 10, 1}, .threads = 1}, &model));
  must(dpb_add_text(model, "affine 7 std 0.0123, leakyrelu 0.3, dropout 0.1, affine 3, "
                           "softmax smooth 0.1 weights 0.5 2.25 1e-3"));
  must(dpb_model_build(model));
  must(dpb_model_text(model, text, sizeof text, NULL));
  errand_fold(sum, text, strlen(text));
  must(dpb_schedule_create("warmup 5, cosine 1e-5", 0.1f, 10, 100, &schedule));
  for (unsigned i = 0; i < 100; i += 9) {
    const float rate = dpb_schedule_lr(schedule, i);
    errand_fold(sum, &rate, sizeof rate);
  }
  must(dpb_augment_parse("rotate 12.7, scale 0.1, noise 1e-3", &augment));
  errand_fold(sum, &augment.rotate, sizeof augment.rotate);
  errand_fold(sum, &augment.noise, sizeof augment.noise);
  must(dpb_init_from_text("std 0.3333333", &init));
  errand_fold(sum, &init.std, sizeof init.std);
  must(dpb_space_parse("lr log 1e-6..1.7e-2, dropout 0..0.3", &space));
  must(dpb_space_value_text(space, 1, 0.1 + 0.07, text, sizeof text, NULL));
  errand_fold(sum, text, strlen(text));
  must(dpb_space_text(space, text, sizeof text, NULL));
  errand_fold(sum, text, strlen(text));
  must_not(dpb_add_text(NULL, "x"), DPB_ERR_ARG);
  must_not(dpb_init_from_text("std 1e999", &init), DPB_ERR_SPEC);
  must_not(dpb_init_from_text("std 1e-999", &init), DPB_ERR_ARG);
out:
  dpb_space_destroy(space);
  dpb_schedule_destroy(schedule);
  dpb_model_destroy(model);
  return line;
}

static int search(uint64_t *sum) {
  dpb_space *space = NULL;
  dpb_search *made = NULL;
  dpb_trial trial;
  int line = 0;
  remove(errand_path("trials.tsv"));
  must(dpb_space_parse("lr log 1e-6..1e-2, wd log 1e-8..1e-3, n int 3..9", &space));
  must(dpb_search_create(&(dpb_search_config){.space = space,
                                              .method = DPB_SEARCH_BAYES,
                                              .trials = 10,
                                              .seed = 3,
                                              .path = errand_path("trials.tsv")},
                         &made));
  while (!dpb_search_done(made)) {
    must(dpb_search_ask(made, &trial));
    errand_fold(sum, trial.values, 3 * sizeof *trial.values);
    const double score = trial.id == 4 ? (double)NAN : trial.id * 7 % 11;
    must(dpb_search_tell(made, trial.id, score));
  }
  line = errand_fold_file(sum, "trials.tsv");
out:
  dpb_search_destroy(made);
  dpb_space_destroy(space);
  return line;
}

/* What stands on plain arrays. */
static int compute_arrays(uint64_t *sum) {
  const float *x = errand_images();
  float y[64];
  uint16_t halfs[64];
  double loss = 0;
  size_t correct = 0;
  dpb_confusion *confusion = NULL;
  dpb_metrics metrics;
  int line = 0;
  dpb_sigmoid(64, x, y), errand_fold(sum, y, sizeof y);
  dpb_gelu(64, x, y), errand_fold(sum, y, sizeof y);
  dpb_elu(64, 1, x, y), errand_fold(sum, y, sizeof y);
  dpb_softplus(64, x, y), errand_fold(sum, y, sizeof y);
  dpb_softmax(16, 4, x, y), errand_fold(sum, y, sizeof y);
  must(dpb_cross_entropy_labels(16, 4, y, errand_labels(), &loss));
  errand_fold(sum, &loss, sizeof loss);
  must(dpb_half_from_floats(64, x, halfs));
  errand_fold(sum, halfs, sizeof halfs);
  must(dpb_half_to_floats(64, halfs, y));
  errand_fold(sum, y, sizeof y);
  must(dpb_top_k(16, 4, y, errand_labels(), 2, &correct));
  errand_fold(sum, &correct, sizeof correct);
  must(dpb_confusion_create(4, &confusion));
  must(dpb_confusion_metrics(confusion, &metrics)); /* 0 of 0 */
  if (!isnan(metrics.accuracy)) line = __LINE__;
  dpb_rng rng = dpb_rng_seed(3);
  for (int i = 0; i < 64; i++) y[i] = dpb_rng_normal(&rng);
  errand_fold(sum, y, sizeof y);
out:
  dpb_confusion_destroy(confusion);
  return line;
}

const errand errands[] = {
    {"train affine", train_affine, 0},
    {"train conv", train_conv, 0},
    {"train batch norm", train_norm, 0},
    {"trainer", run_trainer, 0},
    {"gradcheck and statistics", check_and_look, 0},
    {"texts", read_texts, 0},
    {"search", search, 0},
    {"plain arrays", compute_arrays, 1},
    {"load csv", errand_csv, 0},
    {"load idx", errand_idx, 0},
    {"load npy", errand_npy, 0},
    {"load npz", errand_npz, 0},
    {"load cifar10", errand_cifar10, 0},
    {"load images", errand_images_folder, 0},
    {"picture to predict", errand_picture, 0},
    {"save and load", errand_save, 0},
    {"save half", errand_save_half, 0},
    {"refused files", errand_refused, 0},
    {"scaling", errand_scaling, 0},
};
const int errand_count = sizeof errands / sizeof *errands;

int errands_run_plain(uint64_t *sums) {
  for (int i = 0; i < errand_count; i++) {
    sums[i] = 1;
    const int line = errands[i].run(&sums[i]);
    if (line == 0) continue;
    print_error("%s: line %d: %s\n", errands[i].name, line, dpb_error_message());
    return line;
  }
  return 0;
}

int errands_compare(const uint64_t *sums, const char *host, int other_mode) {
  int wrong = 0;
  for (int i = 0; i < errand_count; i++) {
    uint64_t sum = 1;
    if (other_mode && errands[i].in_hosts_mode) continue;
    const int line = errands[i].run(&sum);
    if (line == 0 && sum == sums[i]) continue;
    wrong++;
    if (line)
      print_error("%s, %s: line %d: %s\n", host, errands[i].name, line,
                  dpb_error_message());
    else
      print_error("%s, %s: other bits\n", host, errands[i].name);
  }
  return wrong;
}
