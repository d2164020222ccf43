/* SPDX-License-Identifier: MIT
 *
 * Checkpoints that are refused: of other runs, other networks, newer libraries, and with
 * something wrong in them. Nothing is changed then.
 */
#include "checkpoint_fixture.h"

static const plan base = {
    "affine 8, batchnorm, relu, affine 4",
    {2, 2, 3},
    DPB_ADAM,
    {.epochs = 4, .seed = 17, .schedule = "plateau 2 0.5", .patience = 2}};

/* A checkpoint of the base plan, after five events (in epoch 2). */
static void write_base(const char *path) {
  work w;
  begin(&w, &base, 1);
  w.stop_after = 6;
  snprintf(w.path, sizeof w.path, "%s", path);
  assert_int_equal(dpb_trainer_run(w.trainer), DPB_ERR_STOPPED);
  end(&w);
}

/* Loading into a trainer of that plan fails, and the run ends as if it had not been
 * tried.
 */
static void refuses(const plan *p, const char *path, dpb_status status,
                    const char *text) {
  work tried, plain;
  begin(&tried, p, 1);
  begin(&plain, p, 1);
  must_fail(dpb_trainer_load_checkpoint(tried.trainer, path), status, text);
  must(dpb_trainer_run(tried.trainer));
  must(dpb_trainer_run(plain.trainer));
  assert_same_end(&plain, &tried);
  end(&plain);
  end(&tried);
}

static void test_other_settings(void **state) {
  (void)state;
  char path[512];
  snprintf(path, sizeof path, "%s", in_folder("base.npz"));
  write_base(path);
#define SETTING(change, text)                                                            \
  do {                                                                                   \
    plan p = base;                                                                       \
    change;                                                                              \
    refuses(&p, path, DPB_ERR_ARG, text);                                                \
  } while (0)
  SETTING(p.config.seed = 18, "seed of its run is '17', of this one '18'");
  SETTING(p.config.batch = 10, "batch of its run is '20', of this one '10'");
  SETTING(p.config.schedule = "plateau 3 0.5", "schedule of its run is 'plateau 2 0.5'");
  SETTING(p.config.schedule = NULL, "of this one 'none'");
  SETTING(p.config.clip_norm = 0.5f, "clip_norm of its run is '0', of this one '0.5'");
  SETTING(p.config.accumulate = 2, "accumulate of its run is '1', of this one '2'");
  SETTING(p.config.augment = "flip", "augment of its run is 'none', of this one 'flip'");
  SETTING(p.config.overfit_batch = 1, "overfit_batch of its run is '0'");
  SETTING(p.config.evaluate_every = 2, "evaluate_every of its run is '0'");
  SETTING(p.config.patience = 3, "patience of its run is '2', of this one '3'");
  SETTING(p.config.min_delta = 0.5f, "min_delta of its run is '0'");
  SETTING(p.config.monitor = DPB_MONITOR_ACCURACY, "monitor of its run is 'loss'");
  SETTING(p.config.sampling = DPB_IN_ORDER, "sampling of its run is 'shuffle'");
  SETTING(p.config.train_samples = 5,
          "train_samples of its run is '50', of this one '5'");
  SETTING(p.optimizer = DPB_MOMENTUM,
          "optimizer of its run is 'adam', of this one 'momentum'");
#undef SETTING
  plan p = base;
  p.net = "affine 9, batchnorm, relu, affine 4";
  refuses(&p, path, DPB_ERR_SHAPE,
          "its network is 'affine 8, batchnorm, relu, affine 4'");
}

/* Another learning rate, other data and another weight decay are the caller's objects. */
static void test_other_objects(void **state) {
  (void)state;
  char path[512];
  snprintf(path, sizeof path, "%s", in_folder("base.npz"));
  write_base(path);
  work w;
  begin(&w, &base, 1);
  must(dpb_model_set_weight_decay(w.model, 0.5f));
  must_fail(dpb_trainer_load_checkpoint(w.trainer, path), DPB_ERR_ARG,
            "weight_decay of its run is '0', of this one '0.5'");
  must(dpb_model_set_weight_decay(w.model, 0.0f));
  must(dpb_trainer_load_checkpoint(w.trainer, path));

  dpb_dataset *other = fixture_blobs(50, base.input, 4, 99);
  dpb_trainer *trainer = NULL;
  dpb_trainer_config config = base.config;
  config.model = w.model;
  config.optimizer = w.optimizer;
  config.train = other;
  config.validation = config.test = w.test;
  must(dpb_trainer_create(&config, &trainer));
  must_fail(dpb_trainer_load_checkpoint(trainer, path), DPB_ERR_ARG,
            "train of its run is '50 samples of 2x2x3, 4 classes, checksum ");
  dpb_trainer_destroy(trainer);
  dpb_dataset_destroy(other);

  config.train = w.train;
  must(dpb_optimizer_set_lr(w.optimizer, 0.5f));
  must(dpb_trainer_create(&config, &trainer));
  must_fail(dpb_trainer_load_checkpoint(trainer, path), DPB_ERR_ARG,
            "lr of its run is '0.01', of this one '0.5'");
  dpb_trainer_destroy(trainer);
  end(&w);
}

/* -- one array of the file changed */

typedef struct change {
  const char *name;
  int omit;
  int whole; /* 1: value is written as a whole number */
  double value;
  int of_shape; /* 1: the array's own shape, value in its first place; 0: a scalar */
  dpb_status status;
  const char *text;
} change;

static void copy_texts(dpb_npz *from, const char *name, dpb_npz_writer *to) {
  static char text[1 << 14];
  must(dpb_npz_read_text(from, name, text, sizeof text, NULL));
  must(dpb_npz_write_text(to, name, text));
}

static int is_text(const char *name) {
  return strcmp(name, "deepblas_net") == 0 || strcmp(name, "deepblas_library") == 0 ||
         strcmp(name, "deepblas_settings") == 0 || strcmp(name, "deepblas_note") == 0;
}

/* Copies the file with the change. All numbers of it fit in doubles. */
static void write_changed(const char *from, const char *to, const change *c) {
  static double values[4096];
  dpb_npz *npz = NULL;
  dpb_npz_writer *w = NULL;
  int found = 0;
  must(dpb_npz_open(from, &npz));
  must(dpb_npz_writer_open(to, 0, &w));
  for (int i = 0; i < dpb_npz_count(npz); i++) {
    const char *name = dpb_npz_name(npz, i);
    const int here = strcmp(name, c->name) == 0;
    found |= here;
    if (here && c->omit) continue;
    if (is_text(name)) {
      copy_texts(npz, name, w);
      continue;
    }
    dpb_shape shape;
    size_t count = 0;
    must(dpb_npz_shape(npz, name, &shape));
    must(dpb_shape_count(&shape, &count));
    assert_true(count <= 4096);
    must(dpb_npz_read_doubles(npz, name, values, count));
    if (here) values[0] = c->value;
    if (here && !c->of_shape) shape = (dpb_shape){.rank = 0};
    must(dpb_npz_write_doubles(w, name, &shape, values));
  }
  if (!found) fail_msg("the file holds no %s", c->name);
  must(dpb_npz_writer_close(w));
  dpb_npz_close(npz);
}

static const change changes[] = {
    {"deepblas_checkpoint", .value = 2, .status = DPB_ERR_UNSUPPORTED,
     .text = "deepblas_checkpoint is 2, this library reads 1 to 1"},
    {"deepblas_checkpoint", .value = 0, .status = DPB_ERR_FORMAT, .text = "is 0"},
    {"deepblas_checkpoint", .omit = 1, .status = DPB_ERR_FORMAT, .text = "no checkpoint"},
    {"deepblas_format", .value = 9, .status = DPB_ERR_UNSUPPORTED, .text = "format is 9"},
    {"deepblas_settings", .omit = 1, .status = DPB_ERR_NOT_FOUND, .text = "settings"},
    {"deepblas_run_epochs", .value = 1e300, .status = DPB_ERR_DATA, .text = "run_epochs"},
    {"deepblas_run_epochs", .value = -1, .status = DPB_ERR_DATA,
     .text = "deepblas_run_epochs is -1"},
    {"deepblas_run_epochs", .value = 5, .status = DPB_ERR_DATA,
     .text = "deepblas_run_goal is 4"},
    {"deepblas_run_epochs", .omit = 1, .status = DPB_ERR_NOT_FOUND, .text = "run_epochs"},
    {"deepblas_run_goal", .value = 3, .status = DPB_ERR_DATA, .text = "run_goal is 3"},
    {"deepblas_run_goal", .value = 0, .status = DPB_ERR_DATA, .text = "epoch_step is 2"},
    {"deepblas_run_length", .value = 0, .status = DPB_ERR_DATA, .text = "length is 0"},
    {"deepblas_run_epoch_step", .value = 4, .status = DPB_ERR_DATA, .text = "step is 4"},
    {"deepblas_run_epoch_step", .value = 0, .status = DPB_ERR_DATA, .text = "due is 1"},
    {"deepblas_run_measure_due", .value = 2, .status = DPB_ERR_DATA, .text = "due is 2"},
    {"deepblas_run_steps", .value = 1, .status = DPB_ERR_DATA, .text = "steps is 1"},
    {"deepblas_run_stopped_early", .value = 2, .status = DPB_ERR_DATA, .text = "is 2"},
    {"deepblas_run_learning_rate", .value = 0, .status = DPB_ERR_DATA,
     .text = "deepblas_run_learning_rate is 0"},
    {"deepblas_run_learning_rate", .value = 1e39, .status = DPB_ERR_DATA,
     .text = "1e+39"},
    {"deepblas_run_epoch_loss_sum", .value = HUGE_VAL, .status = DPB_ERR_DATA,
     .text = "epoch_loss_sum is inf"},
    {"deepblas_run_plateau_factor", .value = 1.5, .status = DPB_ERR_DATA, .text = "1.5"},
    {"deepblas_run_plateau_best", .value = (double)NAN, .status = DPB_ERR_DATA,
     .text = "plateau_best is "},
    {"deepblas_history", .value = 0.5, .of_shape = 1, .status = DPB_ERR_DATA,
     .text = "row 0 of deepblas_history is none of a history"},
    {"deepblas_history", .value = 1, .status = DPB_ERR_SHAPE,
     .text = "deepblas_history is (), not (rows, 11)"},
    {"deepblas_best", .value = -1, .of_shape = 1, .status = DPB_ERR_DATA,
     .text = "row 0 of deepblas_best"},
    {"W1", .omit = 1, .status = DPB_ERR_NOT_FOUND, .text = "W1 (12, 8) of the network"},
    {"W1", .value = HUGE_VAL, .of_shape = 1, .status = DPB_ERR_DATA,
     .text = "number 0 of W1 is inf"},
    {"running_var1", .value = -1, .of_shape = 1, .status = DPB_ERR_DATA,
     .text = "running_var1 is -1"},
    {"deepblas_optimizer0_b1", .omit = 1, .status = DPB_ERR_NOT_FOUND,
     .text = "deepblas_optimizer0_b1 (8) of the network is missing"},
    {"deepblas_optimizer0_W2", .value = 1, .status = DPB_ERR_SHAPE,
     .text = "deepblas_optimizer0_W2 is (), the network's is (8, 4)"},
    {"deepblas_optimizer0_W2", .value = HUGE_VAL, .of_shape = 1, .status = DPB_ERR_DATA,
     .text = "number 0 of deepblas_optimizer0_W2 is inf"},
    {"deepblas_optimizer1_W2", .value = -1, .of_shape = 1, .status = DPB_ERR_DATA,
     .text = "number 0 of deepblas_optimizer1_W2 is -1"},
    {"deepblas_best_b2", .omit = 1, .status = DPB_ERR_NOT_FOUND, .text = "best_b2 (4)"},
    {"deepblas_best_running_var1", .value = -1, .of_shape = 1, .status = DPB_ERR_DATA,
     .text = "deepblas_best_running_var1 is -1"},
};

static void test_damaged(void **state) {
  (void)state;
  char good[512], bad[512];
  snprintf(good, sizeof good, "%s", in_folder("good.npz"));
  snprintf(bad, sizeof bad, "%s", in_folder("bad.npz"));
  write_base(good);
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    write_changed(good, bad, &changes[i]);
    refuses(&base, bad, changes[i].status, changes[i].text);
  }
  /* the copying itself changes nothing */
  const change none = {"W1", .of_shape = 1};
  dpb_npz *npz = NULL;
  double first[96];
  must(dpb_npz_open(good, &npz));
  must(dpb_npz_read_doubles(npz, "W1", first, 96));
  dpb_npz_close(npz);
  change same = none;
  same.value = first[0];
  write_changed(good, bad, &same);
  work w;
  begin(&w, &base, 1);
  must(dpb_trainer_load_checkpoint(w.trainer, bad));
  end(&w);
}

/* -- other files */

static void test_other_files(void **state) {
  (void)state;
  char path[512];
  snprintf(path, sizeof path, "%s", in_folder("other.npz"));
  refuses(&base, in_folder("none.npz"), DPB_ERR_NOT_FOUND, "none.npz");
  work w;
  begin(&w, &base, 1);
  must(dpb_model_save(w.model, path));
  must_fail(dpb_trainer_load_checkpoint(w.trainer, path), DPB_ERR_FORMAT,
            "no checkpoint");
  must_fail(dpb_trainer_load_checkpoint(NULL, path), DPB_ERR_ARG, "trainer is NULL");
  must_fail(dpb_trainer_load_checkpoint(w.trainer, NULL), DPB_ERR_ARG, "path is NULL");
  must_fail(dpb_trainer_save_checkpoint(NULL, path, NULL), DPB_ERR_ARG,
            "trainer is NULL");
  must_fail(dpb_trainer_save_checkpoint(w.trainer, NULL, NULL), DPB_ERR_ARG,
            "path is NULL");
  dpb_trainer_place place;
  must_fail(dpb_trainer_where(NULL, &place), DPB_ERR_ARG, "trainer is NULL");
  must_fail(dpb_trainer_where(w.trainer, NULL), DPB_ERR_ARG, "place is NULL");
  must_fail(dpb_trainer_save_checkpoint(w.trainer, in_folder("no/where.npz"), NULL),
            DPB_ERR_NOT_FOUND, "no/where.npz");
  end(&w);

  /* every truncation of a checkpoint is refused */
  static uint8_t bytes[1 << 16];
  write_base(path);
  const size_t size = read_file(path, bytes, sizeof bytes);
  assert_true(size < sizeof bytes);
  begin(&w, &base, 1);
  for (size_t cut = 0; cut < size; cut += 1 + size / 300) {
    write_file(in_folder("cut.npz"), bytes, cut);
    assert_int_not_equal(dpb_trainer_load_checkpoint(w.trainer, in_folder("cut.npz")),
                         DPB_OK);
  }
  must(dpb_trainer_load_checkpoint(w.trainer, path));
  end(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_other_settings),
      cmocka_unit_test(test_other_objects),
      cmocka_unit_test(test_damaged),
      cmocka_unit_test(test_other_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_files);
}
