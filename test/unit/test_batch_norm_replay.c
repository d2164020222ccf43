/* SPDX-License-Identifier: MIT
 *
 * 20 steps of a network with batch normalisation against the same network written out in
 * plain double loops: losses, every parameter, running statistics; SGD and Adam.
 */
#include <stdio.h>
#include <stdlib.h>

#include "layer_fixture.h"

enum { IN = 12, HIDDEN = 9, CLASSES = 4, BATCH = 60, STEPS = 20, LAYERS = 3 };
static const int sizes[] = {IN, HIDDEN, HIDDEN, CLASSES};
#define NET "affine 9, batchnorm, relu, affine 9, batchnorm, relu, affine 4"
#define EPS 1e-6

/* -- the network in double */

enum { MOST = IN * HIDDEN };
typedef struct tensor {
  char name[24];
  size_t count;
  double p[MOST], g[MOST], m[MOST], v[MOST];
} tensor;

typedef struct net {
  tensor w[LAYERS], b[LAYERS], gamma[LAYERS], beta[LAYERS];
  double mean[LAYERS][HIDDEN], var[LAYERS][HIDDEN]; /* running */
  double x[LAYERS + 1][BATCH * IN];                 /* in front of each affine */
  double z[LAYERS][BATCH * HIDDEN];                 /* behind it */
  double hat[LAYERS][BATCH * HIDDEN], deviation[LAYERS][HIDDEN];
} net;

static net book; /* static: all zero, as the running statistics begin */

static void load(const dpb_model *model, tensor *t, const char *role, int number,
                 size_t count) {
  float values[MOST];
  memset(t, 0, sizeof *t);
  snprintf(t->name, sizeof t->name, "%s%d", role, number);
  t->count = count;
  assert_int_equal(dpb_model_get_parameter(model, t->name, values, count), DPB_OK);
  for (size_t i = 0; i < count; i++) t->p[i] = (double)values[i];
}

static void load_all(const dpb_model *model) {
  memset(&book, 0, sizeof book);
  for (int l = 0; l < LAYERS; l++) {
    load(model, &book.w[l], "W", l + 1, (size_t)(sizes[l] * sizes[l + 1]));
    load(model, &book.b[l], "b", l + 1, (size_t)sizes[l + 1]);
    if (l == LAYERS - 1) break;
    load(model, &book.gamma[l], "gamma", l + 1, (size_t)sizes[l + 1]);
    load(model, &book.beta[l], "beta", l + 1, (size_t)sizes[l + 1]);
  }
}

static void affine(int l) {
  const int in = sizes[l], out = sizes[l + 1];
  for (int i = 0; i < BATCH; i++)
    for (int j = 0; j < out; j++) {
      double sum = book.b[l].p[j];
      for (int k = 0; k < in; k++)
        sum += book.x[l][i * in + k] * book.w[l].p[k * out + j];
      book.z[l][i * out + j] = sum;
    }
}

/* The book's BatchNormalization.forward, then ReLU. */
static void normalise(int l) {
  for (int j = 0; j < HIDDEN; j++) {
    double mean = 0, var = 0;
    for (int i = 0; i < BATCH; i++) mean += book.z[l][i * HIDDEN + j] / BATCH;
    for (int i = 0; i < BATCH; i++)
      var += pow(book.z[l][i * HIDDEN + j] - mean, 2) / BATCH;
    book.deviation[l][j] = sqrt(var + EPS);
    book.mean[l][j] = 0.9 * book.mean[l][j] + 0.1 * mean;
    book.var[l][j] = 0.9 * book.var[l][j] + 0.1 * var;
    for (int i = 0; i < BATCH; i++) {
      const int at = i * HIDDEN + j;
      book.hat[l][at] = (book.z[l][at] - mean) / book.deviation[l][j];
      book.x[l + 1][at] =
          fmax(0.0, book.gamma[l].p[j] * book.hat[l][at] + book.beta[l].p[j]);
    }
  }
}

/* dz of the last layer, and the loss. */
static double head(const int32_t *labels, double *dz) {
  double loss = 0;
  for (int i = 0; i < BATCH; i++) {
    const double *z = book.z[LAYERS - 1] + i * CLASSES;
    double sum = 0;
    for (int j = 0; j < CLASSES; j++) sum += exp(z[j]);
    loss -= log(exp(z[labels[i]]) / sum) / BATCH;
    for (int j = 0; j < CLASSES; j++)
      dz[i * CLASSES + j] = (exp(z[j]) / sum - (labels[i] == j)) / BATCH;
  }
  return loss;
}

/* Gradients of layer l's W and b from dz; dx goes into front. */
static void affine_back(int l, const double *dz, double *front) {
  const int in = sizes[l], out = sizes[l + 1];
  memset(book.w[l].g, 0, sizeof book.w[l].g);
  memset(book.b[l].g, 0, sizeof book.b[l].g);
  memset(front, 0, sizeof(double) * BATCH * IN);
  for (int i = 0; i < BATCH; i++)
    for (int j = 0; j < out; j++) {
      const double d = dz[i * out + j];
      book.b[l].g[j] += d;
      for (int k = 0; k < in; k++) {
        book.w[l].g[k * out + j] += book.x[l][i * in + k] * d;
        front[i * in + k] += book.w[l].p[k * out + j] * d;
      }
    }
}

/* ReLU's and the book's BatchNormalization.backward, step by step; d is changed in place.
 */
static void normalise_back(int l, double *d) {
  for (int j = 0; j < HIDDEN; j++) {
    double dbeta = 0, dgamma = 0, dmean = 0, ddeviation = 0;
    const double deviation = book.deviation[l][j], gamma = book.gamma[l].p[j];
    for (int i = 0; i < BATCH; i++) {
      const int at = i * HIDDEN + j;
      if (!(book.x[l + 1][at] > 0)) d[at] = 0;
      dbeta += d[at];
      dgamma += d[at] * book.hat[l][at];
      ddeviation -= gamma * d[at] * book.hat[l][at] / deviation;
    }
    for (int i = 0; i < BATCH; i++) {
      const int at = i * HIDDEN + j;
      d[at] = gamma * d[at] / deviation + book.hat[l][at] * ddeviation / BATCH;
      dmean += d[at];
    }
    for (int i = 0; i < BATCH; i++) d[i * HIDDEN + j] -= dmean / BATCH;
    book.beta[l].g[j] = dbeta;
    book.gamma[l].g[j] = dgamma;
  }
}

static double gradient(const float *x, const int32_t *labels) {
  static double dz[BATCH * IN], front[BATCH * IN];
  for (int i = 0; i < BATCH * IN; i++) book.x[0][i] = (double)x[i];
  for (int l = 0; l < LAYERS; l++) {
    affine(l);
    if (l < LAYERS - 1) normalise(l);
  }
  const double loss = head(labels, dz);
  for (int l = LAYERS - 1; l >= 0; l--) {
    affine_back(l, dz, front);
    memcpy(dz, front, sizeof dz);
    if (l > 0) normalise_back(l - 1, dz);
  }
  return loss;
}

static void update(tensor *t, dpb_optimizer_kind kind, int step) {
  const double lr_t = 0.001 * sqrt(1 - pow(0.999, step)) / (1 - pow(0.9, step));
  for (size_t i = 0; i < t->count; i++) {
    if (kind == DPB_SGD) {
      t->p[i] -= 0.1 * t->g[i];
      continue;
    }
    t->m[i] += 0.1 * (t->g[i] - t->m[i]);
    t->v[i] += 0.001 * (t->g[i] * t->g[i] - t->v[i]);
    t->p[i] -= lr_t * t->m[i] / (sqrt(t->v[i]) + 1e-7);
  }
}

/* -- against the library */

static void compare(const dpb_model *model, const char *name, const double *expected,
                    size_t count) {
  float values[MOST];
  double largest = 1e-2;
  assert_int_equal(dpb_model_get_parameter(model, name, values, count), DPB_OK);
  for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(expected[i]));
  for (size_t i = 0; i < count; i++)
    if (!(fabs((double)values[i] - expected[i]) <= 2e-5 * largest))
      fail_msg("%s: number %zu is %.9g, not %.9g", name, i, (double)values[i],
               expected[i]);
}

static void compare_all(const dpb_model *model) {
  for (int l = 0; l < LAYERS; l++) {
    compare(model, book.w[l].name, book.w[l].p, book.w[l].count);
    compare(model, book.b[l].name, book.b[l].p, book.b[l].count);
    if (l == LAYERS - 1) break;
    char name[24];
    compare(model, book.gamma[l].name, book.gamma[l].p, HIDDEN);
    compare(model, book.beta[l].name, book.beta[l].p, HIDDEN);
    snprintf(name, sizeof name, "running_mean%d", l + 1);
    compare(model, name, book.mean[l], HIDDEN);
    snprintf(name, sizeof name, "running_var%d", l + 1);
    compare(model, name, book.var[l], HIDDEN);
  }
}

static void replay(dpb_optimizer_kind kind) {
  dpb_model *model = NULL;
  dpb_optimizer *optimizer = NULL;
  size_t count = 0;
  const dpb_model_config config = {
      .input = {1, 1, IN}, .max_batch = 70, .seed = 4, .threads = 2};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  dpb_add_text(model, NET);
  assert_int_equal(dpb_model_build(model), DPB_OK);
  assert_int_equal(dpb_model_flat(model, NULL, NULL, &count), DPB_OK);
  const dpb_optimizer_config optimizer_config = {.kind = kind,
                                                 .lr = kind == DPB_SGD ? 0.1f : 0.001f};
  assert_int_equal(dpb_optimizer_create(&optimizer_config, count, &optimizer), DPB_OK);
  load_all(model);
  for (int step = 1; step <= STEPS; step++) {
    float *x = random_floats(BATCH * IN, (uint64_t)step);
    int32_t labels[BATCH];
    double loss = 0;
    for (int i = 0; i < BATCH; i++)
      labels[i] = (x[i * IN] > 0) + 2 * (x[i * IN + 1] > x[i * IN + 2]);
    const dpb_batch batch = {.n = BATCH, .features = x, .labels = labels};
    assert_int_equal(dpb_train_step(model, optimizer, &batch, &loss), DPB_OK);
    const double expected = gradient(x, labels);
    if (!(fabs(loss / expected - 1) <= 1e-5))
      fail_msg("step %d: loss is %.9g, not %.9g", step, loss, expected);
    for (int l = 0; l < LAYERS; l++) {
      tensor *const all[] = {&book.w[l], &book.b[l], &book.gamma[l], &book.beta[l]};
      for (int i = 0; i < 4; i++) update(all[i], kind, step);
    }
    free(x);
  }
  compare_all(model);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
}

static void follows_sgd(void **state) {
  (void)state;
  replay(DPB_SGD);
}

static void follows_adam(void **state) {
  (void)state;
  replay(DPB_ADAM);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(follows_sgd),
                                     cmocka_unit_test(follows_adam)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
