/* SPDX-License-Identifier: MIT
 *
 * Trainings of small networks that can be stopped anywhere and go on from a file.
 */
#ifndef CHECKPOINT_FIXTURE_H
#define CHECKPOINT_FIXTURE_H

#include "file_fixture.h"
#include "train_fixture.h"

/* What a run is made of. */
typedef struct plan {
  const char *net;
  dpb_hwc input;
  dpb_optimizer_kind optimizer;
  dpb_trainer_config config; /* datasets, model and optimiser are filled in */
} plan;

typedef struct work {
  dpb_model *model;
  dpb_optimizer *optimizer;
  dpb_dataset *train, *test;
  dpb_trainer *trainer;
  size_t events;     /* that the callback has seen */
  size_t stop_after; /* 0: never */
  char path[512];    /* a checkpoint is written then; "": none */
} work;

static inline int stop_and_save(const dpb_progress *progress, void *user) {
  work *w = user;
  (void)progress;
  if (++w->events != w->stop_after) return 0;
  if (w->path[0] != '\0')
    must(dpb_trainer_save_checkpoint(w->trainer, w->path, "a note"));
  return 1;
}

/* w must stay where it is: the trainer's callback knows it. */
static inline void begin(work *w, const plan *p, int threads) {
  *w = (work){.model = fixture_model(p->net, p->input, 20, threads),
              .train = fixture_blobs(50, p->input, 4, 5),
              .test = fixture_blobs(33, p->input, 4, 6)};
  w->optimizer = fixture_optimizer(w->model, p->optimizer, 0.01f);
  dpb_trainer_config config = p->config;
  config.model = w->model;
  config.optimizer = w->optimizer;
  config.train = w->train;
  config.test = w->test;
  if (config.patience > 0 || (config.schedule && strstr(config.schedule, "plateau")))
    config.validation = w->test;
  config.callback = stop_and_save;
  config.user = w;
  must(dpb_trainer_create(&config, &w->trainer));
}

static inline void end(work *w) {
  dpb_trainer_destroy(w->trainer);
  dpb_optimizer_destroy(w->optimizer);
  dpb_dataset_destroy(w->test);
  dpb_dataset_destroy(w->train);
  dpb_model_destroy(w->model);
}

/* The bits of a file that hold no times. */
static inline void assert_same_file(const char *a, const char *b) {
  static uint8_t bytes[2][1 << 16];
  const size_t size = read_file(a, bytes[0], sizeof bytes[0]);
  assert_int_equal(size, read_file(b, bytes[1], sizeof bytes[1]));
  assert_memory_equal(bytes[0], bytes[1], size);
}

/* Two runs have come to the same: model, history, and what the optimiser would do next.
 */
static inline void assert_same_end(work *a, work *b) {
  must(dpb_model_save(a->model, in_folder("a.npz")));
  must(dpb_model_save(b->model, in_folder("b.npz")));
  assert_same_file(in_folder("a.npz"), in_folder("b.npz"));
  must(dpb_trainer_save_history(a->trainer, in_folder("a.csv")));
  must(dpb_trainer_save_history(b->trainer, in_folder("b.csv")));
  assert_same_file(in_folder("a.csv"), in_folder("b.csv"));
  float *pa, *pb;
  const size_t count = fixture_flat(a->model, &pa);
  fixture_flat(b->model, &pb);
  float *gradient = calloc(count, sizeof *gradient);
  assert_non_null(gradient);
  for (size_t i = 0; i < count; i++) gradient[i] = (float)(i % 7) - 3.0f;
  must(dpb_optimizer_step(a->optimizer, count, pa, gradient));
  must(dpb_optimizer_step(b->optimizer, count, pb, gradient));
  assert_memory_equal(pa, pb, count * sizeof *pa);
  free(gradient);
}

#endif
