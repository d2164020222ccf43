/* SPDX-License-Identifier: MIT
 *
 * Misuse of training: optimisers of another size, schedules, trainers, evaluation.
 */
#include "misuse.h"

static const dpb_hwc vector = {1, 1, 4};
static dpb_model *model;     /* affine 3 */
static dpb_model *inference; /* the same, for inference */
static dpb_model *list;      /* the same, not built */
static dpb_dataset *data;
static dpb_optimizer *sgd;
static size_t count;

static int set_up(void **state) {
  (void)state;
  model = misuse_model("affine 3", vector, 0);
  inference = misuse_model("affine 3", vector, 1);
  data = misuse_dataset(12);
  const dpb_model_config config = {.input = vector, .threads = 1};
  assert_int_equal(dpb_model_create(&config, &list), DPB_OK);
  assert_int_equal(dpb_add_text(list, "affine 3"), DPB_OK);
  assert_int_equal(dpb_model_flat(model, NULL, NULL, &count), DPB_OK);
  assert_int_equal(dpb_optimizer_create(&(dpb_optimizer_config){0}, count, &sgd), DPB_OK);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  dpb_optimizer_destroy(sgd);
  dpb_dataset_destroy(data);
  dpb_model_destroy(list);
  dpb_model_destroy(inference);
  dpb_model_destroy(model);
  return 0;
}

#define optimizer(...)                                                                   \
  dpb_optimizer_create(&(dpb_optimizer_config){__VA_ARGS__}, 4, &made)

static void test_optimizer_create(void **state) {
  (void)state;
  dpb_optimizer *made;
  refuse_made(made, dpb_optimizer_create(NULL, 4, &made), ARG, "config is NULL");
  refuse(dpb_optimizer_create(&(dpb_optimizer_config){0}, 4, NULL), ARG,
         "optimizer is NULL");
  refuse_made(made, dpb_optimizer_create(&(dpb_optimizer_config){0}, 0, &made), ARG, "0");
  refuse_made(
      made,
      dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM}, SIZE_MAX, &made),
      SIZE, "18446744073709551615");
  refuse_made(made, dpb_optimizer_create(&(dpb_optimizer_config){0}, SIZE_MAX, &made),
              SIZE, "18446744073709551615");
  refuse_made(made, optimizer(.kind = (dpb_optimizer_kind)7), ARG, "7");
  refuse_made(made, optimizer(.kind = (dpb_optimizer_kind)-1), ARG, "-1");
  refuse_made(made, optimizer(.lr = -1), ARG, "lr is -1");
  refuse_made(made, optimizer(.lr = NAN), ARG, "lr is nan");
  refuse_made(made, optimizer(.lr = INFINITY), ARG, "lr is inf");
  refuse_made(made, optimizer(.kind = DPB_MOMENTUM, .momentum = 1), ARG, "momentum is 1");
  refuse_made(made, optimizer(.kind = DPB_NESTEROV, .momentum = NAN), ARG,
              "momentum is nan");
  refuse_made(made, optimizer(.kind = DPB_RMSPROP, .decay = -1), ARG, "decay is -1");
  refuse_made(made, optimizer(.kind = DPB_ADAM, .beta1 = 1), ARG, "beta1 is 1");
  refuse_made(made, optimizer(.kind = DPB_ADAMW, .beta2 = 2), ARG, "beta2 is 2");
  refuse_made(made, optimizer(.kind = DPB_ADAM, .eps = -1), ARG, "eps is -1");
  refuse_made(made, optimizer(.weight_decay = -1), ARG, "weight_decay is -1");
  refuse_made(made, optimizer(.weight_decay = INFINITY), ARG, "weight_decay is inf");
}

static void test_optimizer(void **state) {
  (void)state;
  float p[4] = {1, 2, 3, 4}, g[4] = {1, 1, 1, 1};
  dpb_optimizer_kind kind = DPB_ADAM;
  dpb_optimizer *four;
  accept(dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM}, 4, &four));
  refuse(dpb_optimizer_step(NULL, 4, p, g), ARG, "optimizer is NULL");
  refuse(dpb_optimizer_step(four, 4, NULL, g), ARG, "parameters is NULL");
  refuse(dpb_optimizer_step(four, 4, p, NULL), ARG, "gradients is NULL");
  refuse(dpb_optimizer_step(four, 3, p, g), SHAPE, "3");
  refuse(dpb_optimizer_step(four, SIZE_MAX, p, g), SHAPE, "18446744073709551615");
  refuse(dpb_optimizer_step(four, 0, p, g), SHAPE, "0");
  refuse(dpb_optimizer_set_lr(NULL, 1), ARG, "optimizer is NULL");
  refuse(dpb_optimizer_set_lr(four, 0), ARG, "lr is 0");
  refuse(dpb_optimizer_set_lr(four, -INFINITY), ARG, "lr is -inf");
  refuse(dpb_optimizer_set_lr(four, NAN), ARG, "lr is nan");
  expect(dpb_optimizer_lr(four) == 0.001f && p[0] == 1.0f);
  expect(dpb_optimizer_lr(NULL) == 0.0f);
  expect(dpb_optimizer_name((dpb_optimizer_kind)-1) != NULL);
  expect(dpb_optimizer_name((dpb_optimizer_kind)INT_MAX) != NULL);
  refuse(dpb_optimizer_find(NULL, &kind), ARG, "name is NULL");
  refuse(dpb_optimizer_find("sgd", NULL), ARG, "kind is NULL");
  refuse(dpb_optimizer_find("", &kind), NOT_FOUND, "adam");
  refuse(dpb_optimizer_find("ADAM", &kind), NOT_FOUND, "ADAM");
  /* one that was made for another model */
  const float x[4] = {1, 2, 3, 4};
  const int32_t label = 0;
  refuse(dpb_train_step(model, four,
                        &(dpb_batch){.n = 1, .features = x, .labels = &label}, NULL),
         SHAPE, "4");
  refuse(dpb_train_update(model, four), SHAPE, "4");
  dpb_optimizer_destroy(four);
  dpb_optimizer_destroy(NULL);
}

static void test_schedule_create(void **state) {
  (void)state;
  dpb_schedule *made;
#define text_is(text) dpb_schedule_create(text, 0.1f, 10, 100, &made)
  refuse_made(made, dpb_schedule_create(NULL, 0.1f, 10, 100, &made), ARG, "text is NULL");
  refuse(dpb_schedule_create("cosine", 0.1f, 10, 100, NULL), ARG, "schedule is NULL");
  refuse_made(made, dpb_schedule_create("cosine", 0, 10, 100, &made), ARG,
              "base_lr is 0");
  refuse_made(made, dpb_schedule_create("cosine", NAN, 10, 100, &made), ARG,
              "base_lr is nan");
  refuse_made(made, dpb_schedule_create("cosine", INFINITY, 10, 100, &made), ARG, "inf");
  refuse_made(made, dpb_schedule_create("cosine", 0.1f, 0, 100, &made), ARG, "steps");
  refuse_made(made, dpb_schedule_create("cosine", 0.1f, 10, 0, &made), ARG, "steps");
  refuse_made(made, text_is(""), SPEC, "");
  refuse_made(made, text_is("sine"), SPEC, "sine");
  refuse_made(made, text_is("step 0 0.1"), SPEC, "0");
  refuse_made(made, text_is("step 10 1"), SPEC, "1");
  refuse_made(made, text_is("exponential nan"), SPEC, "nan");
  refuse_made(made, text_is("cosine 0.2"), SPEC, "0.2");
  refuse_made(made, text_is("warmup 100"), SPEC, "100");
  refuse_made(made, text_is("warmup 99999999999999999999"), SPEC, "9999");
  refuse_made(made, text_is("plateau -1 0.5"), SPEC, "-1");
  accept(dpb_schedule_create("warmup 5, cosine", 0.1f, UINT64_MAX, UINT64_MAX, &made));
  expect(dpb_schedule_lr(made, UINT64_MAX) > 0.0f);
  dpb_schedule_destroy(made);
  dpb_schedule_destroy(NULL);
}

static void test_schedule(void **state) {
  (void)state;
  dpb_schedule *made;
  dpb_schedule_state now = {0};
  accept(dpb_schedule_create("plateau 3 0.5", 0.1f, 10, 100, &made));
  expect(dpb_schedule_lr(NULL, 0) == 0.0f);
  expect(dpb_schedule_needs_loss(NULL) == 0);
  refuse(dpb_schedule_observe(NULL, 1), ARG, "schedule is NULL");
  refuse(dpb_schedule_get_state(NULL, &now), ARG, "schedule is NULL");
  refuse(dpb_schedule_get_state(made, NULL), ARG, "state is NULL");
  refuse(dpb_schedule_set_state(NULL, &now), ARG, "schedule is NULL");
  refuse(dpb_schedule_set_state(made, NULL), ARG, "state is NULL");
#define set(...) dpb_schedule_set_state(made, &(dpb_schedule_state){__VA_ARGS__})
  refuse(set(.factor = 0), ARG, "factor is 0");
  refuse(set(.factor = 1.5), ARG, "factor is 1.5");
  refuse(set(.factor = (double)NAN), ARG, "factor is nan");
  accept(dpb_schedule_get_state(made, &now));
  expect(now.factor == 1.0 && now.waited == 0);
  dpb_schedule_destroy(made);
}

static void test_steps(void **state) {
  (void)state;
  const float x[4] = {1, 2, 3, 4};
  const int32_t label = 0;
  const dpb_batch batch = {.n = 1, .features = x, .labels = &label};
  float before[32], after[32];
  accept(dpb_model_get_parameter(model, "W1", before, 12));
  refuse(dpb_train_step(NULL, sgd, &batch, NULL), ARG, "model is NULL");
  refuse(dpb_train_step(model, NULL, &batch, NULL), ARG, "optimizer is NULL");
  refuse(dpb_train_step(model, sgd, NULL, NULL), ARG, "batch is NULL");
  refuse(dpb_train_step(list, sgd, &batch, NULL), STATE, "not built");
  refuse(dpb_train_step(inference, sgd, &batch, NULL), STATE, "inference");
  refuse(dpb_train_update(NULL, sgd), ARG, "model is NULL");
  refuse(dpb_train_update(model, NULL), ARG, "optimizer is NULL");
  refuse(dpb_train_update(list, sgd), STATE, "not built");
  refuse(dpb_train_update(inference, sgd), STATE, "inference");
  accept(dpb_model_get_parameter(model, "W1", after, 12));
  expect(memcmp(before, after, 12 * sizeof *before) == 0);
}

#define trainer(...) dpb_trainer_create(&(dpb_trainer_config){__VA_ARGS__}, &made)
#define usual        .model = model, .optimizer = sgd, .train = data, .epochs = 1

static void test_trainer_create(void **state) {
  (void)state;
  dpb_trainer *made;
  dpb_optimizer *four;
  accept(dpb_optimizer_create(&(dpb_optimizer_config){0}, 4, &four));
  refuse_made(made, dpb_trainer_create(NULL, &made), ARG, "config is NULL");
  refuse(dpb_trainer_create(&(dpb_trainer_config){usual}, NULL), ARG, "trainer is NULL");
  refuse_made(made, trainer(.optimizer = sgd, .train = data, .epochs = 1), ARG,
              "model is NULL");
  refuse_made(made, trainer(.model = model, .train = data, .epochs = 1), ARG,
              "optimizer is NULL");
  refuse_made(made, trainer(.model = model, .optimizer = sgd, .epochs = 1), ARG,
              "train is NULL");
  refuse_made(made, trainer(.model = model, .optimizer = sgd, .train = data), ARG,
              "epochs is 0");
  refuse_made(made, trainer(.model = list, .optimizer = sgd, .train = data, .epochs = 1),
              STATE, "not built");
  refuse_made(made,
              trainer(.model = inference, .optimizer = sgd, .train = data, .epochs = 1),
              STATE, "inference");
  refuse_made(made,
              trainer(.model = model, .optimizer = four, .train = data, .epochs = 1),
              SHAPE, "4");
  refuse_made(made, trainer(usual, .batch = -1), ARG, "batch is -1");
  refuse_made(made, trainer(usual, .batch = 9), SHAPE, "batch is 9");
  refuse_made(made, trainer(usual, .batch = INT_MAX), SHAPE, "batch is 2147483647");
  refuse_made(made, trainer(usual, .sampling = (dpb_sampling)3), ARG, "sampling is 3");
  refuse_made(made, trainer(usual, .sampling = (dpb_sampling)-1), ARG, "sampling is -1");
  refuse_made(made, trainer(usual, .monitor = (dpb_monitor)2), ARG, "monitor is 2");
  refuse_made(made, trainer(usual, .accumulate = -1), ARG, "accumulate is -1");
  refuse_made(made, trainer(usual, .clip_norm = -1), ARG, "clip_norm is -1");
  refuse_made(made, trainer(usual, .clip_norm = NAN), ARG, "clip_norm is nan");
  refuse_made(made, trainer(usual, .min_delta = INFINITY), ARG, "min_delta is inf");
  refuse_made(made, trainer(usual, .min_delta = 1), ARG, "min_delta");
  refuse_made(made, trainer(usual, .patience = 1), ARG, "patience");
  refuse_made(made, trainer(usual, .schedule = "sine"), SPEC, "sine");
  refuse_made(made, trainer(usual, .schedule = "plateau 2 0.5"), ARG, "validation");
  refuse_made(made, trainer(usual, .augment = "shift"), SPEC, "shift");
  refuse_made(made, trainer(usual, .augment = "shift 1"), SHAPE, "");
  refuse_made(made, trainer(usual, .overfit_batch = 1, .accumulate = 2), ARG,
              "accumulate");
  refuse_made(made,
              trainer(.model = model, .optimizer = sgd, .train = data, .epochs = SIZE_MAX,
                      .schedule = "cosine"),
              SIZE, "18446744073709551615");
  dpb_optimizer_destroy(four);
}

static void test_trainer_shapes(void **state) {
  (void)state;
  const float x[4] = {1, 2, 3, 4};
  const int32_t labels[2] = {0, 4};
  dpb_trainer *made;
  dpb_dataset *narrow = NULL, *many = NULL;
  accept(dpb_dataset_from_floats(2, (dpb_hwc){1, 1, 2}, x, (const int32_t[]){0, 1}, 3,
                                 &narrow));
  accept(dpb_dataset_from_floats(1, vector, x, labels + 1, 5, &many));
  refuse_made(made,
              trainer(.model = model, .optimizer = sgd, .train = narrow, .epochs = 1),
              SHAPE, "1x1x2");
  refuse_made(made, trainer(.model = model, .optimizer = sgd, .train = many, .epochs = 1),
              SHAPE, "5");
  refuse_made(made, trainer(usual, .validation = narrow), SHAPE, "1x1x2");
  refuse_made(made, trainer(usual, .test = many), SHAPE, "5");
  dpb_evaluation result;
  size_t correct = 7;
  refuse(dpb_evaluate(model, narrow, &result, NULL), SHAPE, "1x1x2");
  refuse(dpb_evaluate(model, many, &result, NULL), SHAPE, "5");
  refuse(dpb_evaluate_top_k(model, narrow, 1, &correct), SHAPE, "1x1x2");
  dpb_dataset_destroy(narrow);
  dpb_dataset_destroy(many);
}

static void test_trainer(void **state) {
  (void)state;
  dpb_trainer *made;
  size_t epochs = 7;
  refuse(dpb_trainer_run(NULL), ARG, "trainer is NULL");
  expect(dpb_trainer_history(NULL, &epochs) == NULL && epochs == 0);
  expect(dpb_trainer_best(NULL) == NULL);
  expect(dpb_trainer_stopped_early(NULL) == 0);
  refuse(dpb_trainer_save_history(NULL, "/tmp/x"), ARG, "trainer is NULL");
  accept(trainer(usual));
  refuse(dpb_trainer_save_history(made, NULL), ARG, "path is NULL");
  refuse(dpb_trainer_save_history(made, "/no/such/folder/x"), NOT_FOUND,
         "/no/such/folder");
  expect(dpb_trainer_history(made, NULL) == NULL);
  expect(dpb_trainer_history(made, &epochs) == NULL && epochs == 0);
  expect(dpb_trainer_best(made) == NULL && dpb_trainer_stopped_early(made) == 0);
  dpb_trainer_destroy(made);
  dpb_trainer_destroy(NULL);
}

static void test_evaluate(void **state) {
  (void)state;
  dpb_evaluation result;
  size_t correct = 7;
  refuse(dpb_evaluate(NULL, data, &result, NULL), ARG, "model is NULL");
  refuse(dpb_evaluate(model, NULL, &result, NULL), ARG, "dataset is NULL");
  refuse(dpb_evaluate(model, data, NULL, NULL), ARG, "result is NULL");
  refuse(dpb_evaluate(list, data, &result, NULL), STATE, "not built");
  accept(dpb_evaluate(model, data, &result, NULL));
  refuse(dpb_evaluate_top_k(NULL, data, 1, &correct), ARG, "model is NULL");
  refuse(dpb_evaluate_top_k(model, NULL, 1, &correct), ARG, "dataset is NULL");
  refuse(dpb_evaluate_top_k(model, data, 1, NULL), ARG, "correct is NULL");
  refuse(dpb_evaluate_top_k(list, data, 1, &correct), STATE, "not built");
  refuse(dpb_evaluate_top_k(model, data, 0, &correct), ARG, "k is 0");
  refuse(dpb_evaluate_top_k(model, data, 4, &correct), ARG, "k is 4");
  refuse(dpb_evaluate_top_k(model, data, INT_MIN, &correct), ARG, "k is -2147483648");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      misuse_test(test_optimizer_create),
      misuse_test(test_optimizer),
      misuse_test(test_schedule_create),
      misuse_test(test_schedule),
      misuse_test(test_steps),
      misuse_test(test_trainer_create),
      misuse_test(test_trainer_shapes),
      misuse_test(test_trainer),
      misuse_test(test_evaluate),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
