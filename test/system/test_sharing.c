/* SPDX-License-Identifier: MIT
 *
 * Several threads share one model, each with a context; others train models of their own
 * meanwhile. Results are those of one thread, to the bit, and each thread has its own
 * error message. Meant to be run under ThreadSanitizer too.
 */
#include <pthread.h>

#include "train_fixture.h"

enum { SAMPLES = 96, CLASSES = 10, ASKERS = 3, LEARNERS = 2, ROUNDS = 40 };
static const dpb_hwc sample = {8, 8, 1};
static const char *const net = "affine 128, relu, affine 10";

typedef struct fixture {
  dpb_dataset *data;
  const dpb_model *shared;
  int batch; /* of this round of the test */
  float expected[SAMPLES * CLASSES];
  float *learned; /* parameters after LEARNERS' training */
  size_t learned_count;
} fixture;

/* cmocka's assertions belong to the main thread: threads count what went wrong. */
typedef struct job {
  const fixture *it;
  int number;
  int wrong;
} job;

static void *ask(void *arg) {
  job *self = arg;
  const fixture *it = self->it;
  dpb_context *context = NULL;
  float outputs[SAMPLES * CLASSES];
  if (dpb_context_create(it->shared, it->batch, &context) != DPB_OK) self->wrong++;
  for (int round = 0; round < ROUNDS; round++) {
    int pieces = SAMPLES / it->batch;
    int first = (round * (self->number + 1) % pieces) * it->batch; /* each in its order */
    size_t count = (size_t)it->batch * CLASSES;
    dpb_batch batch;
    if (dpb_dataset_batch(it->data, (size_t)first, it->batch, &batch) != DPB_OK ||
        dpb_context_predict(context, &batch, outputs) != DPB_OK ||
        memcmp(outputs, it->expected + first * CLASSES, count * sizeof *outputs) != 0)
      self->wrong++;

    /* a failure with this thread's number in it */
    batch.n = it->batch + self->number + 1;
    char number[16];
    snprintf(number, sizeof number, "%d", batch.n);
    if (dpb_context_predict(context, &batch, outputs) != DPB_ERR_SHAPE ||
        !strstr(dpb_error_message(), number))
      self->wrong++;
  }
  dpb_context_destroy(context);
  return NULL;
}

static int train(const dpb_dataset *data, dpb_model *model, dpb_optimizer *optimizer) {
  for (int round = 0; round < ROUNDS; round++) {
    dpb_batch batch;
    dpb_status status = dpb_dataset_batch(data, (size_t)(round % 2) * 48, 48, &batch);
    if (status == DPB_OK) status = dpb_train_step(model, optimizer, &batch, NULL);
    if (status != DPB_OK) return 1;
  }
  return 0;
}

static dpb_status make(int threads, dpb_model **model, dpb_optimizer **optimizer) {
  float *parameters = NULL, *gradients = NULL;
  size_t count = 0;
  dpb_model_create(&(dpb_model_config){.input = sample, .threads = threads, .seed = 3},
                   model);
  dpb_add_text(*model, net);
  dpb_status status = dpb_model_build(*model);
  if (status == DPB_OK) status = dpb_model_flat(*model, &parameters, &gradients, &count);
  if (status == DPB_OK)
    status =
        dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM}, count, optimizer);
  return status;
}

/* A model of one's own, with workers of its own. */
static void *learn(void *arg) {
  job *self = arg;
  dpb_model *model = NULL;
  dpb_optimizer *optimizer = NULL;
  float *parameters = NULL, *gradients = NULL;
  size_t count = 0;
  if (make(2, &model, &optimizer) != DPB_OK ||
      train(self->it->data, model, optimizer) != 0 ||
      dpb_model_flat(model, &parameters, &gradients, &count) != DPB_OK ||
      count != self->it->learned_count ||
      memcmp(parameters, self->it->learned, count * sizeof *parameters) != 0)
    self->wrong++;
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  return NULL;
}

static void test_threads_share_a_model(void **state) {
  static const int batches[] = {1, 12, 32, 96};
  fixture *it = *state;
  for (size_t i = 0; i < 4; i++) {
    it->batch = batches[i];
    dpb_model *model = fixture_model(net, sample, it->batch, 2);
    for (int first = 0; first < SAMPLES; first += it->batch) {
      dpb_batch batch;
      must(dpb_dataset_batch(it->data, (size_t)first, it->batch, &batch));
      must(dpb_model_predict(model, &batch, it->expected + first * CLASSES));
    }
    it->shared = model;
    job jobs[ASKERS + LEARNERS];
    pthread_t threads[ASKERS + LEARNERS];
    for (int j = 0; j < ASKERS + LEARNERS; j++) {
      jobs[j] = (job){.it = it, .number = j};
      assert_int_equal(
          pthread_create(&threads[j], NULL, j < ASKERS ? ask : learn, &jobs[j]), 0);
    }
    for (int j = 0; j < ASKERS + LEARNERS; j++) pthread_join(threads[j], NULL);
    for (int j = 0; j < ASKERS + LEARNERS; j++) assert_int_equal(jobs[j].wrong, 0);
    dpb_model_destroy(model);
  }
}

static int set_up(void **state) {
  static fixture it;
  it.data = fixture_blobs(SAMPLES, sample, CLASSES, 2);
  dpb_model *model = NULL;
  dpb_optimizer *optimizer = NULL;
  must(make(1, &model, &optimizer));
  assert_int_equal(train(it.data, model, optimizer), 0);
  it.learned = fixture_copy(model, &it.learned_count);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  *state = &it;
  return 0;
}

static int tear_down(void **state) {
  fixture *it = *state;
  free(it->learned);
  dpb_dataset_destroy(it->data);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads_share_a_model)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
