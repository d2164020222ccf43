/* SPDX-License-Identifier: MIT
 *
 * The optimisers against the book's common/optimizer.py in double, step by step; their
 * defaults, ranges and errors.
 */
#include "layer_fixture.h"

#include "base/pool.h"
#include "optim/update.h"

enum { COUNT = 37, STEPS = 25, LARGE = 5000 };

/* The book's update of one parameter, with its state a, b. */
static void book_step(const dpb_optimizer_config *c, int t, double g, double *p,
                      double *a, double *b) {
  const double lr = (double)c->lr, momentum = (double)c->momentum, eps = (double)c->eps;
  const double decay = (double)c->decay, beta1 = (double)c->beta1;
  const double beta2 = (double)c->beta2;
  const double old = *a;
  *p -= lr * (double)c->weight_decay * *p;
  switch (c->kind) {
  case DPB_SGD:
    *p -= lr * g;
    break;
  case DPB_MOMENTUM:
    *a = momentum * *a - lr * g;
    *p += *a;
    break;
  case DPB_NESTEROV:
    *a = momentum * *a - lr * g;
    *p += momentum * momentum * old - (1 + momentum) * lr * g;
    break;
  case DPB_ADAGRAD:
    *a += g * g;
    *p -= lr * g / (sqrt(*a) + eps);
    break;
  case DPB_RMSPROP:
    *a = decay * *a + (1 - decay) * g * g;
    *p -= lr * g / (sqrt(*a) + eps);
    break;
  case DPB_ADAM:
  case DPB_ADAMW:
    *a += (1 - beta1) * (g - *a);
    *b += (1 - beta2) * (g * g - *b);
    *p -= lr * sqrt(1 - pow(beta2, t)) / (1 - pow(beta1, t)) * *a / (sqrt(*b) + eps);
    break;
  }
}

/* Gradients of step t: not the same twice, some of them 0. */
static float gradient_of(int t, int i) {
  return i % 7 == 0 ? 0.0f : sinf((float)(t * 31 + i)) * (1.0f + 0.1f * (float)i);
}

static dpb_optimizer *created(const dpb_optimizer_config *config, size_t n) {
  dpb_optimizer *optimizer = NULL;
  if (dpb_optimizer_create(config, n, &optimizer) != DPB_OK)
    fail_msg("%s", dpb_error_message());
  return optimizer;
}

static void follow(const dpb_optimizer_config *given,
                   const dpb_optimizer_config *expected) {
  dpb_optimizer *optimizer = created(given, COUNT);
  float p[COUNT], g[COUNT];
  double book_p[COUNT], a[COUNT] = {0}, b[COUNT] = {0};
  for (int i = 0; i < COUNT; i++) {
    p[i] = cosf((float)i);
    book_p[i] = (double)p[i];
  }
  for (int t = 1; t <= STEPS; t++) {
    for (int i = 0; i < COUNT; i++) {
      g[i] = gradient_of(t, i);
      book_step(expected, t, (double)g[i], &book_p[i], &a[i], &b[i]);
    }
    assert_int_equal(dpb_optimizer_step(optimizer, COUNT, p, g), DPB_OK);
    for (int i = 0; i < COUNT; i++) assert_near(p[i], book_p[i], 1e-5);
  }
  for (int i = 0; i < COUNT; i += 7) /* no gradient */
    if (expected->weight_decay == 0.0f) assert_true(p[i] == cosf((float)i));
  dpb_optimizer_destroy(optimizer);
}

static void follow_the_book(void **state) {
  (void)state;
  for (int kind = DPB_SGD; kind <= DPB_ADAMW; kind++) {
    const dpb_optimizer_config config = {.kind = (dpb_optimizer_kind)kind,
                                         .lr = 0.05f,
                                         .momentum = 0.8f,
                                         .decay = 0.95f,
                                         .beta1 = 0.85f,
                                         .beta2 = 0.99f,
                                         .eps = 1e-3f};
    if (kind != DPB_ADAMW) follow(&config, &config);
    dpb_optimizer_config decaying = config;
    decaying.weight_decay = 0.25f;
    follow(&decaying, &decaying);
  }
}

static void have_the_books_defaults(void **state) {
  (void)state;
  for (int kind = DPB_SGD; kind <= DPB_ADAMW; kind++) {
    const dpb_optimizer_config book = {.kind = (dpb_optimizer_kind)kind,
                                       .lr = kind >= DPB_ADAM ? 0.001f : 0.01f,
                                       .weight_decay = kind == DPB_ADAMW ? 0.01f : 0.0f,
                                       .momentum = 0.9f,
                                       .decay = 0.99f,
                                       .beta1 = 0.9f,
                                       .beta2 = 0.999f,
                                       .eps = 1e-7f};
    follow(&(dpb_optimizer_config){.kind = (dpb_optimizer_kind)kind}, &book);
  }
}

static void ranges_give_the_same_bits(void **state) {
  (void)state;
  for (int kind = DPB_SGD; kind <= DPB_ADAMW; kind++) {
    const dpb_optimizer_config config = {.kind = (dpb_optimizer_kind)kind,
                                         .weight_decay = 0.1f};
    dpb_optimizer *whole = created(&config, COUNT), *cut = created(&config, COUNT);
    assert_int_equal(dpb__optimizer_size(cut), COUNT);
    float p[COUNT] = {0}, q[COUNT] = {0}, g[COUNT];
    for (int t = 1; t <= 3; t++) {
      for (int i = 0; i < COUNT; i++) g[i] = gradient_of(t, i);
      dpb_optimizer_step(whole, COUNT, p, g);
      dpb__optimizer_begin(cut);
      dpb__optimizer_range(cut, 19, COUNT, true, q, g);
      dpb__optimizer_range(cut, 0, 1, true, q, g);
      dpb__optimizer_range(cut, 1, 19, true, q, g);
    }
    assert_memory_equal(p, q, sizeof p);
    dpb_optimizer_destroy(whole);
    dpb_optimizer_destroy(cut);
  }
}

/* The elements of a large optimiser, in a run that workers share. */
typedef struct large {
  dpb_optimizer *optimizer;
  float p[LARGE], g[LARGE];
} large;

static void update_large(void *arg, int task, int worker) {
  large *all = arg;
  (void)worker;
  dpb__optimizer_range(all->optimizer, task == 0 ? 0 : LARGE / 3,
                       task == 0 ? LARGE / 3 : LARGE, true, all->p, all->g);
}

static void shared_runs_give_the_same_bits(void **state) {
  (void)state;
  static large alone, shared;
  dpb__pool *pool = NULL;
  assert_int_equal(dpb__pool_create(2, &pool), DPB_OK);
  for (int kind = DPB_SGD; kind <= DPB_ADAMW; kind++) {
    const dpb_optimizer_config config = {.kind = (dpb_optimizer_kind)kind};
    alone.optimizer = created(&config, LARGE);
    shared.optimizer = created(&config, LARGE);
    for (int t = 1; t <= 3; t++) {
      for (int i = 0; i < LARGE; i++) alone.g[i] = shared.g[i] = gradient_of(t, i);
      dpb_optimizer_step(alone.optimizer, LARGE, alone.p, alone.g);
      dpb__optimizer_begin(shared.optimizer);
      dpb__pool_run(pool, 2, update_large, &shared);
    }
    assert_memory_equal(alone.p, shared.p, sizeof alone.p);
    dpb_optimizer_destroy(alone.optimizer);
    dpb_optimizer_destroy(shared.optimizer);
  }
  dpb__pool_destroy(pool);
}

/* Decay is for those ranges that ask for it, and follows the learning rate. */
static void decay_is_asked_for(void **state) {
  (void)state;
  dpb_optimizer *optimizer =
      created(&(dpb_optimizer_config){.lr = 0.5f, .weight_decay = 0.25f}, 4);
  float p[4] = {8, 8, -8, 8};
  const float g[4] = {0, 0, 0, 1};
  dpb__optimizer_begin(optimizer);
  dpb__optimizer_range(optimizer, 0, 1, false, p, g);
  dpb__optimizer_range(optimizer, 1, 4, true, p, g);
  assert_true(p[0] == 8 && p[1] == 7 && p[2] == -7 && p[3] == 6.5f);
  dpb_optimizer_set_lr(optimizer, 0.25f);
  assert_int_equal(dpb_optimizer_step(optimizer, 4, p, g), DPB_OK);
  assert_true(p[0] == 7.5f && p[1] == 6.5625f && p[2] == -6.5625f);
  dpb_optimizer_destroy(optimizer);
}

/* A decay far below a float's resolution of 1 - lr weight_decay still is that decay. */
static void small_decay_is_not_lost(void **state) {
  (void)state;
  enum { TIMES = 1000 };
  dpb_optimizer *optimizer =
      created(&(dpb_optimizer_config){.lr = 0.01f, .weight_decay = 1e-4f}, 1);
  float p = 1.9f;
  const float g = 0;
  for (int i = 0; i < TIMES; i++) dpb_optimizer_step(optimizer, 1, &p, &g);
  const double lost = 1.9 - (double)p, expected = 1.9 * (1 - pow(1 - 1e-6, TIMES));
  assert_true(fabs(lost - expected) < 0.02 * expected);
  dpb_optimizer_destroy(optimizer);
}

static void the_learning_rate_can_be_set(void **state) {
  (void)state;
  dpb_optimizer *optimizer = created(&(dpb_optimizer_config){.kind = DPB_SGD}, 1);
  assert_true(dpb_optimizer_lr(optimizer) == 0.01f);
  assert_int_equal(dpb_optimizer_set_lr(optimizer, 0.5f), DPB_OK);
  assert_true(dpb_optimizer_lr(optimizer) == 0.5f);
  float p = 1;
  const float g = 1;
  dpb_optimizer_step(optimizer, 1, &p, &g);
  assert_true(p == 0.5f);
  const float bad[] = {0, -1, NAN, INFINITY};
  for (int i = 0; i < 4; i++) {
    assert_int_equal(dpb_optimizer_set_lr(optimizer, bad[i]), DPB_ERR_ARG);
    assert_message("lr is ");
  }
  assert_true(dpb_optimizer_lr(optimizer) == 0.5f);
  dpb_optimizer_destroy(optimizer);

  optimizer = created(&(dpb_optimizer_config){.kind = DPB_ADAM}, 1);
  dpb_optimizer_step(optimizer, 1, &p, &g);
  assert_true(dpb_optimizer_lr(optimizer) == 0.001f); /* lr_t is not lr */
  dpb_optimizer_destroy(optimizer);
}

static void bad_rates_are_named(void **state) {
  (void)state;
  const struct {
    dpb_optimizer_config config;
    const char *message;
  } bad[] = {
      {{.lr = -1}, "lr is -1, must be a positive number"},
      {{.lr = NAN}, "lr is nan"},
      {{.lr = INFINITY}, "lr is inf"},
      {{.momentum = 1}, "momentum is 1, must be at least 0 and below 1"},
      {{.momentum = -0.5f}, "momentum is -0.5"},
      {{.decay = 1.5f}, "decay is 1.5"},
      {{.beta1 = 1}, "beta1 is 1,"},
      {{.beta2 = NAN}, "beta2 is nan"},
      {{.eps = -1e-7f}, "eps is -1e-07"},
      {{.weight_decay = -0.01f}, "weight_decay is -0.01, must be at least 0"},
      {{.weight_decay = NAN}, "weight_decay is nan"},
      {{.weight_decay = INFINITY}, "weight_decay is inf"},
      {{.kind = (dpb_optimizer_kind)7}, "kind is 7, must be 0 to 6"},
      {{.kind = (dpb_optimizer_kind)-1}, "kind is -1"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    dpb_optimizer *optimizer = (dpb_optimizer *)(uintptr_t)1;
    assert_int_equal(dpb_optimizer_create(&bad[i].config, 1, &optimizer), DPB_ERR_ARG);
    assert_null(optimizer);
    assert_message(bad[i].message);
  }
}

static void bad_arguments_are_named(void **state) {
  (void)state;
  const dpb_optimizer_config adam = {.kind = DPB_ADAM};
  dpb_optimizer *optimizer = (dpb_optimizer *)(uintptr_t)1;
  assert_int_equal(dpb_optimizer_create(NULL, 1, &optimizer), DPB_ERR_ARG);
  assert_null(optimizer);
  assert_int_equal(dpb_optimizer_create(&adam, 1, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_optimizer_create(&adam, 0, &optimizer), DPB_ERR_ARG);
  assert_int_equal(dpb_optimizer_create(&adam, SIZE_MAX / 4, &optimizer), DPB_ERR_SIZE);
  assert_null(optimizer);
  optimizer = created(&adam, 3);
  float p[4] = {0};
  assert_int_equal(dpb_optimizer_step(optimizer, 4, p, p), DPB_ERR_SHAPE);
  assert_message("3 parameters, not 4");
  assert_int_equal(dpb_optimizer_step(NULL, 3, p, p), DPB_ERR_ARG);
  assert_message("optimizer is NULL");
  assert_int_equal(dpb_optimizer_step(optimizer, 3, NULL, p), DPB_ERR_ARG);
  assert_message("parameters is NULL");
  assert_int_equal(dpb_optimizer_step(optimizer, 3, p, NULL), DPB_ERR_ARG);
  assert_message("gradients is NULL");
  assert_int_equal(dpb_optimizer_set_lr(NULL, 1), DPB_ERR_ARG);
  dpb_optimizer_destroy(optimizer);
  dpb_optimizer_destroy(NULL);
}

static void names_go_both_ways(void **state) {
  (void)state;
  const char *const names[] = {"sgd",     "momentum", "nesterov", "adagrad",
                               "rmsprop", "adam",     "adamw"};
  for (int i = 0; i < 7; i++) {
    dpb_optimizer_kind kind = DPB_SGD;
    assert_string_equal(dpb_optimizer_name((dpb_optimizer_kind)i), names[i]);
    assert_int_equal(dpb_optimizer_find(names[i], &kind), DPB_OK);
    assert_int_equal(kind, i);
  }
  dpb_optimizer_kind kind = DPB_ADAM;
  assert_int_equal(dpb_optimizer_find("lion", &kind), DPB_ERR_NOT_FOUND);
  assert_message("'lion'");
  assert_message("sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw");
  assert_int_equal(kind, DPB_ADAM);
  assert_int_equal(dpb_optimizer_find(NULL, &kind), DPB_ERR_ARG);
  assert_int_equal(dpb_optimizer_find("sgd", NULL), DPB_ERR_ARG);
  assert_string_equal(dpb_optimizer_name((dpb_optimizer_kind)7), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(follow_the_book),
      cmocka_unit_test(have_the_books_defaults),
      cmocka_unit_test(ranges_give_the_same_bits),
      cmocka_unit_test(shared_runs_give_the_same_bits),
      cmocka_unit_test(decay_is_asked_for),
      cmocka_unit_test(small_decay_is_not_lost),
      cmocka_unit_test(the_learning_rate_can_be_set),
      cmocka_unit_test(bad_rates_are_named),
      cmocka_unit_test(bad_arguments_are_named),
      cmocka_unit_test(names_go_both_ways),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
