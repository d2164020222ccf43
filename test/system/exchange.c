/* SPDX-License-Identifier: MIT
 *
 * Files that go from one CPU to another (scripts/check-cpus). Usage: exchange
 * [write|read] FOLDER: writes files of every format that the library writes, or reads
 * them and prints all that is in them; without a word both. The text does not depend on
 * who wrote what it is told exactly to write, nor on who reads.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/deepblas.h>

#include "report.h"
#include "run_history.h"

static const char *folder;

static const char *in(const char *name) {
  static char paths[2][4096];
  static int turn;
  turn = !turn;
  snprintf(paths[turn], sizeof paths[turn], "%s/%s", folder, name);
  return paths[turn];
}

#define must(call)                                                                       \
  do {                                                                                   \
    if ((call) != DPB_OK) {                                                              \
      fprintf(stderr, "exchange: line %d: %s\n", __LINE__, dpb_error_message());         \
      exit(1);                                                                           \
    }                                                                                    \
  } while (0)

/* What the program's reader of histories needs. */
int fail(int exit_code, const char *format, ...) {
  va_list values;
  va_start(values, format);
  vfprintf(stderr, format, values);
  va_end(values);
  return exit_code;
}

void *need_memory(size_t size) {
  void *memory = malloc(size);
  if (!memory) exit(1);
  return memory;
}

/* -- a run that was stopped; all numbers of its data are exact */

enum { SAMPLES = 30, WIDE = 6, CLASSES = 3 };

typedef struct run {
  dpb_model *model;
  dpb_optimizer *optimizer;
  dpb_dataset *data;
  dpb_trainer *trainer;
  int events, stop_after;
} run;

static int stop(const dpb_progress *progress, void *user) {
  run *r = user;
  (void)progress;
  return ++r->events == r->stop_after;
}

static dpb_model *make_model(void) {
  dpb_model *model = NULL;
  must(dpb_model_create(
      &(dpb_model_config){
          .input = {WIDE, WIDE, 1}, .max_batch = 10, .threads = 1, .seed = 3},
      &model));
  must(
      dpb_add_text(model, "conv 4 k3, batchnorm, relu, affine 5, dropout 0.2, affine 3"));
  must(dpb_model_build(model));
  return model;
}

static void begin(run *r, int stop_after) {
  static float features[SAMPLES * WIDE * WIDE];
  int32_t labels[SAMPLES];
  size_t count = 0;
  for (int i = 0; i < SAMPLES * WIDE * WIDE; i++) features[i] = (float)(i * 7 % 13) / 8;
  for (int i = 0; i < SAMPLES; i++) labels[i] = i % CLASSES;
  *r = (run){.model = make_model(), .stop_after = stop_after};
  must(dpb_dataset_from_floats(SAMPLES, (dpb_hwc){WIDE, WIDE, 1}, features, labels,
                               CLASSES, &r->data));
  must(dpb_model_flat(r->model, NULL, NULL, &count));
  must(dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM, .lr = 0.01f}, count,
                            &r->optimizer));
  must(dpb_trainer_create(&(dpb_trainer_config){.model = r->model,
                                                .optimizer = r->optimizer,
                                                .train = r->data,
                                                .validation = r->data,
                                                .epochs = 3,
                                                .patience = 3,
                                                .schedule = "warmup 2",
                                                .callback = stop,
                                                .user = r},
                          &r->trainer));
}

static void end(run *r) {
  dpb_trainer_destroy(r->trainer);
  dpb_optimizer_destroy(r->optimizer);
  dpb_dataset_destroy(r->data);
  dpb_model_destroy(r->model);
}

static void write_run(void) {
  run r;
  begin(&r, 5);
  if (dpb_trainer_run(r.trainer) != DPB_ERR_STOPPED) exit(1);
  must(dpb_trainer_save_checkpoint(r.trainer, in("checkpoint.npz"), "5 steps, \xc3\xa9"));
  must(dpb_trainer_save_history(r.trainer, in("history.csv")));
  end(&r);
}

static void read_history(void) {
  run_history history = {.count = 0};
  if (run_history_read(in("history.csv"), &history) != EXIT_OK) exit(1);
  for (size_t i = 0; i < history.count; i++)
    for (int j = 0; j < RUN_COLUMNS; j++)
      printf("%a%c", history.rows[i][j], j + 1 < RUN_COLUMNS ? ' ' : '\n');
  run_history_free(&history);
}

static void read_run(void) {
  run r;
  dpb_trainer_place place;
  char note[64];
  must(dpb_checkpoint_note(in("checkpoint.npz"), note, sizeof note, NULL));
  begin(&r, 0);
  must(dpb_trainer_load_checkpoint(r.trainer, in("checkpoint.npz")));
  must(dpb_trainer_where(r.trainer, &place));
  printf("checkpoint: %s: %zu epochs, %zu steps\n", note, place.epochs, place.steps);
  must(dpb_trainer_run(r.trainer));
  must(dpb_trainer_where(r.trainer, &place));
  printf("went on to %zu epochs, %zu steps\n", place.epochs, place.steps);
  end(&r);
}

/* -- models and arrays */

static void write_models(void) {
  dpb_model *model = make_model();
  float *parameters = NULL, *gradients = NULL;
  size_t count = 0;
  must(dpb_model_flat(model, &parameters, &gradients, &count));
  for (size_t i = 0; i < count; i++) parameters[i] = (float)((int)(i % 251) - 125) / 64;
  must(dpb_model_set_class_names(model, CLASSES,
                                 (const char *const[]){"cat", "dog", "\xe9\xb3\xa5"}));
  must(dpb_model_set_scaling(model, 1, (const double[]){0.1}, (const double[]){1e-3}));
  must(dpb_model_save(model, in("model.npz")));
  must(dpb_model_save_half(model, in("half.npz")));
  dpb_model_destroy(model);
}

static void write_arrays(void) {
  const float x[] = {0, -0.0f, 1.5f, -1e-42f, 3.4e38f, INFINITY};
  const double d[] = {0.1, -5e-324, 1e300, -HUGE_VAL};
  const int64_t n[] = {0, -1, INT64_MIN, INT64_MAX, 0x0102030405060708};
  const float h[] = {1, -0x1p-24f, 65504};
  dpb_npz_writer *w = NULL;
  must(dpb_npz_writer_open(in("arrays.npz"), 1, &w));
  must(dpb_npz_write_floats(w, "floats", &(dpb_shape){2, {2, 3}}, x));
  must(dpb_npz_write_halfs(w, "halfs", &(dpb_shape){1, {3}}, h));
  must(dpb_npz_write_doubles(w, "doubles", &(dpb_shape){1, {4}}, d));
  must(dpb_npz_write_ints(w, "ints", &(dpb_shape){1, {5}}, n));
  must(dpb_npz_write_text(w, "text", "deep \xe6\xb7\xb1 \xf0\x9f\x98\x80"));
  must(dpb_npz_writer_close(w));
  must(dpb_npy_save_floats(in("x.npy"), &(dpb_shape){2, {2, 2}}, x + 1));
  must(dpb_npy_save_bytes(in("y.npy"), &(dpb_shape){1, {2}}, (const uint8_t[]){1, 0}));
}

static void print_array(dpb_npz *npz, const char *name) {
  dpb_shape shape;
  char text[1024];
  must(dpb_npz_shape(npz, name, &shape));
  size_t count = 1;
  for (int i = 0; i < shape.rank; i++) count *= (size_t)shape.dim[i];
  double *numbers = malloc((count + 1) * sizeof *numbers);
  int64_t *whole = malloc((count + 1) * sizeof *whole);
  if (!numbers || !whole) exit(1);
  printf("%s", name);
  if (dpb_npz_read_text(npz, name, text, sizeof text, NULL) == DPB_OK)
    printf(" '%s'", text);
  else if (dpb_npz_read_ints(npz, name, whole, count) == DPB_OK)
    for (size_t i = 0; i < count; i++) printf(" %lld", (long long)whole[i]);
  else {
    must(dpb_npz_read_doubles(npz, name, numbers, count));
    for (size_t i = 0; i < count; i++) printf(" %a", numbers[i]);
  }
  printf("\n");
  free(whole);
  free(numbers);
}

static void print_archive(const char *name) {
  dpb_npz *npz = NULL;
  must(dpb_npz_open(in(name), &npz));
  printf("-- %s\n", name);
  for (int i = 0; i < dpb_npz_count(npz); i++) print_array(npz, dpb_npz_name(npz, i));
  dpb_npz_close(npz);
}

static void read_model(const char *name) {
  dpb_model *model = NULL;
  char text[512];
  const double *mean = NULL, *deviation = NULL;
  must(dpb_model_load(in(name), NULL, &model));
  must(dpb_model_text(model, text, sizeof text, NULL));
  const int channels = dpb_model_scaling(model, &mean, &deviation);
  printf("%s: %s; %d: %a %a; %s\n", name, text, channels, mean[0], deviation[0],
         dpb_model_class_name(model, CLASSES - 1));
  dpb_model_destroy(model);
}

/* -- datasets, trials */

static void print_data(const char *name, dpb_dataset *data) {
  const dpb_hwc shape = dpb_dataset_sample_shape(data);
  const size_t count = dpb_dataset_count(data) < 20 ? dpb_dataset_count(data) : 20;
  const size_t numbers = count * (size_t)shape.h * (size_t)shape.w * (size_t)shape.c;
  dpb_batch batch;
  must(dpb_dataset_batch(data, 0, (int)count, &batch));
  printf("%s: %zu of %dx%dx%d, scale %a\n", name, dpb_dataset_count(data), shape.h,
         shape.w, shape.c, (double)batch.scale);
  for (size_t i = 0; i < numbers; i++)
    printf("%a ", batch.features ? (double)batch.features[i] : batch.pixels[i]);
  for (size_t i = 0; i < count; i++) printf("%d ", (int)batch.labels[i]);
  printf("\n");
  dpb_dataset_destroy(data);
}

static void read_data(void) {
  dpb_dataset *data = NULL;
  char sample[4096], labels[4096];
  must(dpb_sample_folder(sample, sizeof sample));
  must(dpb_dataset_load_mnist(sample, DPB_TEST, &data));
  print_data("IDX", data);
  snprintf(labels, sizeof labels, "%s", in("y.npy"));
  must(dpb_dataset_load_npy(in("x.npy"), labels, NULL, &data));
  print_data("npy", data);
}

static dpb_search *open_trials(int resume) {
  dpb_space *space = NULL;
  dpb_search *search = NULL;
  must(dpb_space_parse("x -1..1, n int 2..99, act choice relu|tanh", &space));
  must(dpb_search_create(&(dpb_search_config){.space = space,
                                              .seed = 7,
                                              .trials = 9,
                                              .path = in("trials.txt"),
                                              .resume = resume,
                                              .note = "exchange"},
                         &search));
  dpb_space_destroy(space);
  return search;
}

static void write_trials(void) {
  remove(in("trials.txt"));
  dpb_search *search = open_trials(0);
  dpb_trial trial;
  for (int i = 0; i < 5; i++) {
    must(dpb_search_ask(search, &trial));
    must(dpb_search_tell(search, trial.id, trial.values[0] / 3));
  }
  dpb_search_destroy(search);
}

static void read_trials(void) {
  dpb_search *search = open_trials(1);
  dpb_trial trial;
  for (int i = 0; i <= 5; i++) { /* the last is a new one */
    must(i < 5 ? dpb_search_trial(search, i, &trial) : dpb_search_ask(search, &trial));
    printf("trial %d: %a: %a %a %a\n", trial.id, trial.told ? trial.score : 0.0,
           trial.values[0], trial.values[1], trial.values[2]);
  }
  dpb_search_destroy(search);
}

int main(int argc, char **argv) {
  const char *word = argc == 3 ? argv[1] : "";
  if (argc < 2 || argc > 3) return 2;
  folder = argv[argc - 1];
  if (strcmp(word, "read") != 0) {
    write_models();
    write_arrays();
    write_run();
    write_trials();
  }
  if (strcmp(word, "write") != 0) {
    static const char *const archives[] = {"model.npz", "half.npz", "arrays.npz",
                                           "checkpoint.npz"};
    for (int i = 0; i < 4; i++) print_archive(archives[i]);
    read_model("model.npz");
    read_model("half.npz");
    read_data();
    read_trials();
    read_history();
    read_run();
  }
  return 0;
}
