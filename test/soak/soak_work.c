/* SPDX-License-Identifier: MIT
 *
 * Rounds are alike, whatever their number: what one leaves behind, each leaves behind.
 */
#include "soak_work.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <deepblas/deepblas.h>

enum { SAMPLES = 300, TESTED = 100, BATCH = 50, HOSTS = 4, CLASSES = 10, TRIALS = 12 };

#define NET                                                                              \
  "conv 4 k3 p1, batchnorm, relu, maxpool 2, dropout 0.2, affine 20, relu, affine 10"

/* Ends the function that it stands in, with -1. */
#define TRY(call)                                                                        \
  do {                                                                                   \
    if ((call) != DPB_OK) return complain(#call);                                        \
  } while (0)

static const char *folder;
static char sample[4096];

static int complain(const char *call) {
  fprintf(stderr, "soak: %s: %s\n", call, dpb_error_message());
  return -1;
}

/* One of four buffers that take turns. */
static const char *path_of(const char *name) {
  static char paths[4][512];
  static int turn;
  turn = (turn + 1) % 4;
  snprintf(paths[turn], sizeof paths[turn], "%s/%s", folder, name);
  return paths[turn];
}

/* -- data: written once, read in each round */

static int put(const char *name, const char *text) {
  FILE *file = fopen(path_of(name), "wb");
  if (file == NULL) return -1;
  size_t length = strlen(text);
  size_t done = fwrite(text, 1, length, file);
  return fclose(file) != 0 || done != length ? -1 : 0;
}

static int put_arrays(void) {
  float x[60];
  int64_t y[20];
  for (int i = 0; i < 60; i++) x[i] = (float)(i % 7);
  for (int i = 0; i < 20; i++) y[i] = i % 2;
  dpb_npz_writer *writer = NULL;
  TRY(dpb_npz_writer_open(path_of("a.npz"), 1, &writer));
  TRY(dpb_npz_write_floats(writer, "x", &(dpb_shape){2, {20, 3}}, x));
  TRY(dpb_npz_write_ints(writer, "y", &(dpb_shape){1, {20}}, y));
  TRY(dpb_npz_writer_close(writer));
  return 0;
}

int soak_begin(const char *where) {
  folder = where;
  TRY(dpb_sample_folder(sample, sizeof sample));
  if (put("a.csv", "f,g,class\n1,2,a\n2,1,b\n3,1,a\n1,3,b\n2,2,a\n3,3,b\n") != 0 ||
      put("broken.npz", "PK\3\4 this is no archive") != 0 ||
      mkdir(path_of("images"), 0700) != 0 || mkdir(path_of("images/a"), 0700) != 0 ||
      mkdir(path_of("images/b"), 0700) != 0 ||
      put("images/a/1.pgm", "P5\n2 2\n255\nabcd") != 0 ||
      put("images/a/2.pgm", "P5\n2 2\n255\nabcd") != 0 ||
      put("images/b/1.pgm", "P5\n2 2\n255\nefgh") != 0 ||
      put("images/b/2.pgm", "P5\n2 2\n255\nefgh") != 0) {
    perror("soak: writing files");
    return -1;
  }
  return put_arrays();
}

void soak_end(void) {
  static const char *const names[] = {
      "a.csv",          "broken.npz",     "a.npz",       "images/a/1.pgm",
      "images/a/2.pgm", "images/b/1.pgm", "model.npz",   "half.npz",
      "images/b/2.pgm", "checkpoint.npz", "history.csv", "trials.tsv"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unlink(path_of(names[i]));
  rmdir(path_of("images/a"));
  rmdir(path_of("images/b"));
  rmdir(path_of("images"));
}

static int load_others(void) {
  static const char *const names[] = {"a.csv", "a.npz", "images"};
  for (size_t i = 0; i < 3; i++) {
    dpb_dataset *train = NULL, *test = NULL;
    const dpb_data_config config = {
        .path = path_of(names[i]), .test_share = 0.5, .scaling = DPB_SCALING_CHANNELS};
    TRY(dpb_data_load_both(&config, &train, &test, NULL));
    dpb_dataset_destroy(train);
    dpb_dataset_destroy(test);
  }
  return 0;
}

static int load_sample(dpb_split split, size_t count, dpb_dataset **dataset) {
  dpb_dataset *whole = NULL;
  TRY(dpb_dataset_load_mnist(sample, split, &whole));
  dpb_status status = dpb_dataset_head(whole, count, dataset);
  dpb_dataset_destroy(whole);
  TRY(status);
  return 0;
}

/* -- a model: made, trained, saved, loaded */

typedef struct work {
  unsigned round;
  dpb_dataset *train, *test;
  dpb_model *model, *loaded;
  dpb_optimizer *optimizer;
  dpb_trainer *trainer;
} work;

static int stop_after_epoch(const dpb_progress *now, void *user) {
  int *once = user;
  return now->event == DPB_EVENT_EPOCH && (*once)++ == 0;
}

static int make(work *w, int *once) {
  float *parameters = NULL, *gradients = NULL;
  size_t count = 0;
  TRY(dpb_model_create(&(dpb_model_config){.input = dpb_dataset_sample_shape(w->train),
                                           .max_batch = BATCH,
                                           .threads = 1 + (int)(w->round % 3),
                                           .seed = w->round},
                       &w->model));
  TRY(dpb_add_text(w->model, NET));
  TRY(dpb_model_build(w->model));
  TRY(dpb_model_flat(w->model, &parameters, &gradients, &count));
  TRY(dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM}, count,
                           &w->optimizer));
  TRY(dpb_trainer_create(&(dpb_trainer_config){.model = w->model,
                                               .optimizer = w->optimizer,
                                               .train = w->train,
                                               .test = w->test,
                                               .epochs = 2,
                                               .schedule = "warmup 2, cosine",
                                               .augment = "shift 2, rotate 10",
                                               .seed = w->round,
                                               .callback = stop_after_epoch,
                                               .user = once},
                         &w->trainer));
  return 0;
}

/* Stopped after an epoch, saved, put back where it was, and on to the end. */
static int train(work *w) {
  if (dpb_trainer_run(w->trainer) != DPB_ERR_STOPPED) return complain("not stopped");
  TRY(dpb_trainer_save_checkpoint(w->trainer, path_of("checkpoint.npz"), "a soak"));
  TRY(dpb_trainer_load_checkpoint(w->trainer, path_of("checkpoint.npz")));
  TRY(dpb_trainer_run(w->trainer));
  TRY(dpb_trainer_save_history(w->trainer, path_of("history.csv")));
  TRY(dpb_model_save_half(w->model, path_of("half.npz")));
  TRY(dpb_model_save(w->model, path_of("model.npz")));
  TRY(dpb_model_load_weights(w->model, path_of("half.npz")));
  TRY(dpb_model_load(path_of("model.npz"),
                     &(dpb_model_config){.max_batch = BATCH, .threads = 2}, &w->loaded));
  return 0;
}

/* -- predictions: a context and a thread of the host's for each */

typedef struct host {
  pthread_t thread;
  const work *work;
  dpb_status status;
  float outputs[BATCH * CLASSES];
} host;

static void *predict(void *user) {
  host *h = user;
  dpb_context *context = NULL;
  dpb_batch batch;
  h->status = dpb_context_create(h->work->loaded, BATCH, &context);
  for (size_t i = 0; i < TESTED / BATCH && h->status == DPB_OK; i++) {
    h->status = dpb_dataset_batch(h->work->test, i * BATCH, BATCH, &batch);
    if (h->status == DPB_OK) h->status = dpb_context_predict(context, &batch, h->outputs);
  }
  dpb_context_destroy(context);
  return NULL;
}

static int predict_in_threads(const work *w) {
  static host hosts[HOSTS];
  for (int i = 0; i < HOSTS; i++) {
    hosts[i].work = w;
    if (pthread_create(&hosts[i].thread, NULL, predict, &hosts[i]) != 0) return -1;
  }
  for (int i = 0; i < HOSTS; i++) {
    pthread_join(hosts[i].thread, NULL);
    TRY(hosts[i].status);
    if (memcmp(hosts[i].outputs, hosts[0].outputs, sizeof hosts->outputs) != 0)
      return complain("threads differ");
  }
  return 0;
}

/* -- a search, in two parts */

static int search_on(const dpb_space *space, dpb_search_method method, int trials) {
  dpb_search *search = NULL;
  dpb_trial trial;
  TRY(dpb_search_create(&(dpb_search_config){.space = space,
                                             .method = method,
                                             .trials = TRIALS,
                                             .max_budget = 9,
                                             .path = path_of("trials.tsv"),
                                             .resume = 1},
                        &search));
  dpb_status status = DPB_OK;
  for (int i = 0; i < trials && status == DPB_OK && !dpb_search_done(search); i++) {
    status = dpb_search_ask(search, &trial);
    if (status == DPB_OK)
      status = dpb_search_tell(search, trial.id, trial.values[0] * trial.values[0]);
  }
  dpb_search_destroy(search);
  TRY(status);
  return 0;
}

static int search(unsigned round) {
  const dpb_search_method method = (dpb_search_method)(round % 4);
  dpb_space *space = NULL;
  TRY(dpb_space_parse("x -1..1, n int 1..9, act choice relu|tanh", &space));
  unlink(path_of("trials.tsv"));
  int failed = search_on(space, method, TRIALS / 2) || search_on(space, method, 1000);
  dpb_space_destroy(space);
  return failed ? -1 : 0;
}

/* -- what goes wrong, over and over */

static int fail_on_purpose(const work *w) {
  dpb_model *model = NULL;
  dpb_dataset *data = NULL;
  if (dpb_model_load(path_of("none.npz"), NULL, &model) == DPB_OK ||
      dpb_model_load(path_of("broken.npz"), NULL, &model) == DPB_OK ||
      dpb_model_load_weights(w->model, path_of("a.npz")) == DPB_OK ||
      dpb_model_save(w->model, path_of("no/where")) == DPB_OK ||
      dpb_dataset_load_npz(path_of("broken.npz"), DPB_TRAIN, NULL, &data) == DPB_OK ||
      dpb_trainer_load_checkpoint(w->trainer, path_of("model.npz")) == DPB_OK)
    return complain("no failure");
  return 0;
}

static int do_all(work *w) {
  int once = 0;
  if (load_sample(DPB_TRAIN, SAMPLES, &w->train) || load_others()) return -1;
  if (load_sample(DPB_TEST, TESTED, &w->test) || make(w, &once)) return -1;
  if (train(w) || predict_in_threads(w)) return -1;
  return search(w->round) || fail_on_purpose(w) ? -1 : 0;
}

int soak_round(unsigned round) {
  work w = {.round = round};
  int failed = do_all(&w);
  dpb_trainer_destroy(w.trainer);
  dpb_optimizer_destroy(w.optimizer);
  dpb_model_destroy(w.model);
  dpb_model_destroy(w.loaded);
  dpb_dataset_destroy(w.train);
  dpb_dataset_destroy(w.test);
  return failed;
}
