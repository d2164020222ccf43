/* SPDX-License-Identifier: MIT
 *
 * What is done to gradients before the update: weight decay, sums over mini-batches,
 * clipping by the global norm.
 */
#include "train_fixture.h"

#include "model/model.h"

enum { BATCH = 60 };
static const dpb_hwc input = {1, 1, 60};

/* W1 has 42,000 numbers: three pieces, shared by the workers */
static const char *const wide = "affine 700, tanh, affine 4";

static dpb_dataset *data;

static int set_up(void **state) {
  (void)state;
  data = fixture_blobs(BATCH, input, 4, 3);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  dpb_dataset_destroy(data);
  return 0;
}

static dpb_batch rows(size_t first, int n) {
  dpb_batch batch;
  must(dpb_dataset_batch(data, first, n, &batch));
  return batch;
}

static double gradient(dpb_model *model, size_t first, int n) {
  const dpb_batch batch = rows(first, n);
  double loss = 0;
  must(dpb_model_gradient(model, &batch, &loss));
  return loss;
}

static float *copy_gradients(const dpb_model *model) {
  float *copy = malloc(model->flat_count * sizeof *copy);
  assert_non_null(copy);
  memcpy(copy, model->grads, model->flat_count * sizeof *copy);
  return copy;
}

/* -- weight decay */

static void test_decay_is_for_weights(void **state) {
  (void)state;
  dpb_model *model = fixture_model("affine 700, relu, affine 4", input, BATCH, 2);
  dpb_rng rng = dpb_rng_seed(1);
  for (size_t i = 0; i < model->layers[0].params[1].count;
       i++) /* biases that are not 0 */
    model->params[model->layers[0].params[1].offset + i] = dpb_rng_normal(&rng);
  const double plain = gradient(model, 0, BATCH);
  float *before = copy_gradients(model);
  const float lambda = 0.3f;
  must(dpb_model_set_weight_decay(model, lambda));
  assert_true(dpb_model_weight_decay(model) == lambda);
  const double decayed = gradient(model, 0, BATCH);

  double squares = 0;
  for (int i = 0; i < model->layer_count; i++)
    for (int j = 0; j < model->layers[i].param_count; j++) {
      const dpb__param *param = &model->layers[i].params[j];
      assert_int_equal(param->weight, param->name[0] == 'W');
      for (size_t k = param->offset; k < param->offset + param->count; k++) {
        const float w = model->params[k];
        if (param->weight) squares += (double)w * (double)w;
        const float product = lambda * w;
        assert_true(model->grads[k] == (param->weight ? before[k] + product : before[k]));
      }
    }
  assert_true(squares > 1);
  assert_true(fabs(decayed - plain - 0.5 * (double)lambda * squares) < 1e-9 * squares);

  const dpb_batch batch = rows(0, BATCH);
  double loss = 0;
  must(dpb_model_loss(model, &batch, &loss, NULL));
  assert_true(fabs(loss - plain) < 1e-6);
  must(dpb_model_set_weight_decay(model, 0));
  assert_true(gradient(model, 0, BATCH) == plain);
  assert_memory_equal(model->grads, before, model->flat_count * sizeof *before);
  free(before);
  dpb_model_destroy(model);
}

static void test_decay_is_checked(void **state) {
  (void)state;
  dpb_model *model = fixture_model("affine 4", input, BATCH, 1);
  const float bad[] = {-0.5f, NAN, INFINITY};
  for (int i = 0; i < 3; i++) {
    must_fail(dpb_model_set_weight_decay(model, bad[i]), DPB_ERR_ARG, "weight_decay is ");
    dpb_model *made = NULL;
    must_fail(dpb_model_create(
                  &(dpb_model_config){.input = input, .weight_decay = bad[i]}, &made),
              DPB_ERR_ARG, "weight_decay is ");
    assert_null(made);
  }
  assert_true(dpb_model_weight_decay(model) == 0);
  must_fail(dpb_model_set_weight_decay(NULL, 0), DPB_ERR_ARG, "model is NULL");
  assert_true(dpb_model_weight_decay(NULL) == 0);
  dpb_model_destroy(model);
}

/* A net of one tanh layer in plain double loops: x (N), h (H), z (K). */
enum { N = 60, H = 5, K = 4 };

typedef struct net {
  double w1[N][H], b1[H], w2[H][K], b2[K];
} net;

/* Mean loss with the penalty; its gradient in d. */
static double net_gradient(const net *p, double lambda, const float *x,
                           const int32_t *labels, int n, net *d) {
  double loss = 0, squares = 0;
  *d = (net){0};
  for (int s = 0; s < n; s++, x += N) {
    double h[H], z[K], dz[K], sum = 0;
    for (int j = 0; j < H; j++) {
      h[j] = p->b1[j];
      for (int i = 0; i < N; i++) h[j] += (double)x[i] * p->w1[i][j];
      h[j] = tanh(h[j]);
    }
    for (int k = 0; k < K; k++) {
      z[k] = p->b2[k];
      for (int j = 0; j < H; j++) z[k] += h[j] * p->w2[j][k];
      sum += exp(z[k]);
    }
    loss += log(sum) - z[labels[s]];
    for (int k = 0; k < K; k++) {
      dz[k] = (exp(z[k]) / sum - (k == labels[s])) / n;
      d->b2[k] += dz[k];
      for (int j = 0; j < H; j++) d->w2[j][k] += h[j] * dz[k];
    }
    for (int j = 0; j < H; j++) {
      double dh = 0;
      for (int k = 0; k < K; k++) dh += p->w2[j][k] * dz[k];
      dh *= 1 - h[j] * h[j];
      d->b1[j] += dh;
      for (int i = 0; i < N; i++) d->w1[i][j] += (double)x[i] * dh;
    }
  }
  for (int j = 0; j < H; j++) {
    for (int i = 0; i < N; i++) {
      squares += p->w1[i][j] * p->w1[i][j];
      d->w1[i][j] += lambda * p->w1[i][j];
    }
    for (int k = 0; k < K; k++) {
      squares += p->w2[j][k] * p->w2[j][k];
      d->w2[j][k] += lambda * p->w2[j][k];
    }
  }
  return loss / n + 0.5 * lambda * squares;
}

static void read_tensor(const dpb_model *model, const char *name, double *values,
                        size_t count) {
  float floats[N * H];
  must(dpb_model_get_parameter(model, name, floats, count));
  for (size_t i = 0; i < count; i++) values[i] = (double)floats[i];
}

static void read_net(const dpb_model *model, net *p) {
  read_tensor(model, "W1", &p->w1[0][0], N * H);
  read_tensor(model, "b1", p->b1, H);
  read_tensor(model, "W2", &p->w2[0][0], H * K);
  read_tensor(model, "b2", p->b2, K);
}

static void test_decay_follows_plain_loops(void **state) {
  (void)state;
  enum { STEPS = 20, SIZE = sizeof(net) / sizeof(double) };
  const float lambda = 0.1f, lr = 0.2f;
  dpb_model *model = fixture_model("affine 5, tanh, affine 4", input, BATCH, 2);
  must(dpb_model_set_weight_decay(model, lambda));
  dpb_optimizer *optimizer = fixture_optimizer(model, DPB_SGD, lr);
  static net p, d, ours;
  read_net(model, &p);
  for (int step = 0; step < STEPS; step++) {
    const int first = step % 3 * 20;
    const dpb_batch batch = rows((size_t)first, 20);
    double loss = 0;
    must(dpb_train_step(model, optimizer, &batch, &loss));
    const double expected =
        net_gradient(&p, (double)lambda, batch.features, batch.labels, batch.n, &d);
    assert_true(fabs(loss - expected) < 1e-5 * expected);
    double *to = (double *)&p, *from = (double *)&d;
    for (size_t i = 0; i < SIZE; i++) to[i] -= (double)lr * from[i];
  }
  read_net(model, &ours);
  const double *a = (const double *)&p, *b = (const double *)&ours;
  for (size_t i = 0; i < SIZE; i++) assert_true(fabs(a[i] - b[i]) < 1e-5);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
}

/* -- several mini-batches */

static void add(dpb_model *model, size_t first, int n, float share, double *loss) {
  const dpb_batch batch = rows(first, n);
  must(dpb_model_gradient_add(model, &batch, share, loss));
}

static void test_parts_make_the_whole(void **state) {
  (void)state;
  static const int parts[] = {25, 7, 28}; /* of BATCH */
  dpb_model *model = fixture_model(wide, input, BATCH, 3);
  must(dpb_model_set_weight_decay(model, 0.05f));
  const double whole = gradient(model, 0, BATCH);
  float *expected = copy_gradients(model);
  for (int again = 0; again < 2; again++) {
    double sum = 0, loss = 0;
    float largest = 0;
    must(dpb_model_gradient_clear(model));
    for (size_t i = 0; i < model->flat_count; i++) assert_true(model->grads[i] == 0);
    for (int i = 0, first = 0; i < 3; first += parts[i++]) {
      const double share = (double)parts[i] / BATCH;
      add(model, (size_t)first, parts[i], (float)share, &loss);
      sum += share * loss;
    }
    assert_true(fabs(sum - whole) < 1e-7 * whole);
    for (size_t i = 0; i < model->flat_count; i++)
      largest = fmaxf(largest, fabsf(expected[i]));
    for (size_t i = 0; i < model->flat_count; i++)
      assert_true(fabsf(expected[i] - model->grads[i]) < 1e-6f * largest);
  }
  free(expected);
  dpb_model_destroy(model);
}

static void test_one_part_is_the_gradient(void **state) {
  (void)state;
  dpb_model *model = fixture_model(wide, input, BATCH, 2);
  const double loss = gradient(model, 5, 30);
  float *expected = copy_gradients(model);
  double same = 0;
  must(dpb_model_gradient_clear(model));
  add(model, 5, 30, 1, &same);
  assert_true(same == loss);
  for (size_t i = 0; i < model->flat_count; i++)
    assert_true(model->grads[i] == expected[i]);
  must(dpb_model_gradient_clear(model));
  add(model, 5, 30, -0.5f, &same);
  for (size_t i = 0; i < model->flat_count; i++)
    assert_true(model->grads[i] == -0.5f * expected[i]);
  /* and the plain call overwrites, as ever */
  assert_true(gradient(model, 5, 30) == loss);
  assert_memory_equal(model->grads, expected, model->flat_count * sizeof *expected);
  free(expected);
  dpb_model_destroy(model);
}

static void test_failed_part_adds_nothing(void **state) {
  (void)state;
  static float large[BATCH * 60];
  for (size_t i = 0; i < BATCH * 60; i++) large[i] = i % 2 ? 3e38f : -3e38f;
  dpb_model *model = fixture_model("affine 4", input, BATCH, 2);
  dpb_batch bad = rows(0, BATCH);
  double loss = 7;
  must_fail(dpb_model_gradient_add(model, &bad, 1, &loss), DPB_ERR_STATE,
            "dpb_model_gradient_clear comes first");
  must(dpb_model_gradient_clear(model));
  add(model, 0, 20, 0.5f, &loss);
  float *expected = copy_gradients(model);
  bad.features = large;
  assert_int_equal(dpb_model_gradient_add(model, &bad, 1, &loss), DPB_ERR_DIVERGED);
  bad = rows(0, BATCH);
  must_fail(dpb_model_gradient_add(model, &bad, NAN, &loss), DPB_ERR_ARG, "share is nan");
  must_fail(dpb_model_gradient_add(model, &bad, 1, NULL), DPB_ERR_ARG, "loss is NULL");
  assert_int_equal(dpb_model_gradient_add(model, NULL, 1, &loss), DPB_ERR_ARG);
  assert_memory_equal(model->grads, expected, model->flat_count * sizeof *expected);
  free(expected);
  dpb_model_destroy(model);
}

/* -- clipping */

static double norm_of(const dpb_model *model, const float *gradients) {
  double sum = 0;
  for (size_t i = 0; i < model->flat_count; i++)
    sum += (double)gradients[i] * (double)gradients[i];
  return sqrt(sum);
}

static void test_clipping(void **state) {
  (void)state;
  dpb_model *model = fixture_model(wide, input, BATCH, 2);
  gradient(model, 0, BATCH);
  float *before = copy_gradients(model);
  const double expected = norm_of(model, before);
  const size_t bytes = model->flat_count * sizeof *before;
  double norm = 0;
  must(dpb_clip_gradients(model, (double)INFINITY, &norm));
  assert_true(fabs(norm - expected) < 1e-12 * expected);
  must(dpb_clip_gradients(model, norm, NULL)); /* just at it */
  must(dpb_clip_gradients(model, 2 * norm, &norm));
  assert_memory_equal(model->grads, before, bytes);

  const double limit = 0.3 * norm;
  const float factor = (float)(limit / norm);
  double was = 0;
  must(dpb_clip_gradients(model, limit, &was));
  assert_true(was == norm);
  for (size_t i = 0; i < model->flat_count; i++)
    assert_true(model->grads[i] == factor * before[i]);
  assert_true(fabs(norm_of(model, model->grads) - limit) < 1e-6 * limit);
  free(before);
  dpb_model_destroy(model);
}

static void test_threads_change_nothing(void **state) {
  (void)state;
  dpb_model *one = fixture_model(wide, input, BATCH, 1);
  dpb_model *many = fixture_model(wide, input, BATCH, 4);
  dpb_model *const both[] = {one, many};
  double norms[2], losses[2];
  for (int i = 0; i < 2; i++) {
    must(dpb_model_set_weight_decay(both[i], 0.01f));
    must(dpb_model_gradient_clear(both[i]));
    add(both[i], 0, 40, 0.6f, &losses[i]);
    add(both[i], 40, 20, 0.4f, &losses[i]);
    must(dpb_clip_gradients(both[i], 1e-3, &norms[i]));
  }
  assert_true(norms[0] == norms[1] && losses[0] == losses[1]);
  assert_memory_equal(one->grads, many->grads, one->flat_count * sizeof(float));
  dpb_model_destroy(one);
  dpb_model_destroy(many);
}

static void test_what_is_not_finite_is_named(void **state) {
  (void)state;
  dpb_model *model = fixture_model(wide, input, BATCH, 2);
  gradient(model, 0, BATCH);
  float *before = copy_gradients(model);
  double norm = 7;
  const float bad[] = {NAN, INFINITY};
  static const char *const names[] = {"W1", "b1", "W2", "b2"};
  for (int i = 0; i < 8; i++) {
    const dpb__param *param = dpb__model_find(model, names[i / 2]);
    float *last = model->grads + param->offset + param->count - 1, good = *last;
    *last = bad[i % 2];
    char text[64];
    snprintf(text, sizeof text, "the gradient of %s is not finite", names[i / 2]);
    must_fail(dpb_clip_gradients(model, 1e-3, &norm), DPB_ERR_DIVERGED, text);
    assert_true(norm == 7);
    *last = good;
    assert_memory_equal(model->grads, before, model->flat_count * sizeof *before);
  }
  free(before);
  dpb_model_destroy(model);
}

static void test_arguments(void **state) {
  (void)state;
  dpb_model *model = fixture_model("affine 4", input, BATCH, 1);
  const double bad[] = {0, -1, (double)NAN};
  for (int i = 0; i < 3; i++)
    must_fail(dpb_clip_gradients(model, bad[i], NULL), DPB_ERR_ARG, "max_norm is ");
  double loss;
  const dpb_batch batch = rows(0, 4);
  assert_int_equal(dpb_clip_gradients(NULL, 1, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_model_gradient_clear(NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_model_gradient_add(NULL, &batch, 1, &loss), DPB_ERR_ARG);
  dpb_memory_info small, large;
  must(dpb_model_memory(model, &small));
  must(dpb_model_gradient_clear(model));
  must(dpb_model_memory(model, &large));
  assert_true(large.gradients >= 2 * small.gradients);
  dpb_model_destroy(model);

  must(dpb_model_create(&(dpb_model_config){.input = input, .inference = 1}, &model));
  must(dpb_add_text(model, "affine 4"));
  must(dpb_model_build(model));
  must_fail(dpb_clip_gradients(model, 1, NULL), DPB_ERR_STATE, "inference");
  must_fail(dpb_model_gradient_clear(model), DPB_ERR_STATE, "inference");
  must_fail(dpb_model_gradient_add(model, &batch, 1, &loss), DPB_ERR_STATE, "inference");
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_decay_is_for_weights),
      cmocka_unit_test(test_decay_is_checked),
      cmocka_unit_test(test_decay_follows_plain_loops),
      cmocka_unit_test(test_parts_make_the_whole),
      cmocka_unit_test(test_one_part_is_the_gradient),
      cmocka_unit_test(test_failed_part_adds_nothing),
      cmocka_unit_test(test_clipping),
      cmocka_unit_test(test_threads_change_nothing),
      cmocka_unit_test(test_what_is_not_finite_is_named),
      cmocka_unit_test(test_arguments),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
