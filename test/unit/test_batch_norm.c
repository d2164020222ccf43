/* SPDX-License-Identifier: MIT
 *
 * Batch normalisation in a model: statistics of the whole mini-batch however it is cut,
 * predicting, state.
 */
#include <float.h>
#include <math.h>

#include "layer_check.h"
#include "model/model.h"

enum { C = 3, MOST_BATCH = 120, IMAGE = 4 * 5 * C };
static const dpb_hwc image = {4, 5, C};
static float features[MOST_BATCH * IMAGE];
static int32_t labels[MOST_BATCH];

static int make_data(void **state) {
  (void)state;
  dpb_rng rng = dpb_rng_seed(5);
  for (int i = 0; i < MOST_BATCH * IMAGE; i++)
    features[i] = (float)(i % C + 1) * dpb_rng_normal(&rng) + (float)(i % C) * 10.0f;
  for (int i = 0; i < MOST_BATCH; i++) labels[i] = (i * 7) % 4;
  return 0;
}

static dpb_model *make(const char *text, int threads) {
  dpb_model *model = NULL;
  const dpb_model_config config = {
      .input = image, .max_batch = MOST_BATCH, .seed = 6, .threads = threads};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  dpb_add_text(model, text);
  if (dpb_model_build(model) != DPB_OK) fail_msg("%s", dpb_error_message());
  return model;
}

static double step(dpb_model *model, int n) {
  const dpb_batch batch = {.n = n, .features = features, .labels = labels};
  double loss = 0;
  if (dpb_model_gradient(model, &batch, &loss) != DPB_OK)
    fail_msg("%s", dpb_error_message());
  return loss;
}

static void get(const dpb_model *model, const char *name, float *values, size_t count) {
  if (dpb_model_get_parameter(model, name, values, count) != DPB_OK)
    fail_msg("%s", dpb_error_message());
}

/* Mean and variance of channel c over the first n images. */
static void channel(int n, int c, double *mean, double *var) {
  const int rows = n * IMAGE / C;
  *mean = *var = 0;
  for (int r = 0; r < rows; r++) *mean += (double)features[r * C + c] / rows;
  for (int r = 0; r < rows; r++)
    *var += pow((double)features[r * C + c] - *mean, 2) / rows;
}

static void statistics_are_of_the_whole_batch(void **state) {
  (void)state;
  const int batches[] = {1, 2, 25, 26, 49, 51, 77, 120};
  for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
    dpb_model *model = make("batchnorm, affine 4", 2);
    float mean[C], var[C];
    step(model, batches[i]);
    get(model, "running_mean1", mean, C);
    get(model, "running_var1", var, C);
    for (int c = 0; c < C; c++) {
      double exact_mean, exact_var;
      channel(batches[i], c, &exact_mean, &exact_var);
      assert_near(mean[c], 0.1 * exact_mean, 1e-6);
      assert_near(var[c], 0.1 * exact_var, 1e-6);
    }
    dpb_model_destroy(model);
  }
}

/* Loss and gradients are the reference's, for every cut of the batch. */
static void every_cut_gives_the_same_gradient(void **state) {
  (void)state;
  const int batches[] = {4, 25, 26, 53, 120};
  for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
    dpb_model *model = make("conv 5 k3 p1, batchnorm, relu, maxpool 2, "
                            "batchnorm feature eps 0.1, "
                            "affine 6, batchnorm, tanh, affine 4",
                            2);
    dpb_gradcheck_row rows[20];
    int count, passed;
    const dpb_gradcheck_config config = {.batch = batches[i], .coordinates = 8};
    assert_int_equal(dpb_gradcheck(model, &config, rows, 20, &count, &passed), DPB_OK);
    for (int j = 0; j < count; j++)
      if (!rows[j].passed) fail_msg("%s: error %g", rows[j].name, rows[j].error);
    float zero[5];
    get(model, "running_mean1", zero, 5); /* a check is no training */
    for (int j = 0; j < 5; j++) assert_true(zero[j] == 0.0f);
    dpb_model_destroy(model);
  }
}

static void threads_change_no_bit(void **state) {
  (void)state;
  const char *net = "conv 5 k3 p1, batchnorm, relu, batchnorm feature, affine 6, dropout "
                    "0.3, batchnorm, relu, affine 4";
  float *first = NULL, mean[6], other_mean[6];
  double first_loss = 0;
  for (int threads = 1; threads <= 5; threads++) {
    dpb_model *model = make(net, threads);
    float *grads;
    size_t count;
    step(model, 77);
    const double loss = step(model, 120);
    assert_int_equal(dpb_model_flat(model, NULL, &grads, &count), DPB_OK);
    get(model, "running_mean3", threads == 1 ? mean : other_mean, 6);
    if (threads == 1) {
      first = malloc(count * sizeof *first);
      assert_non_null(first);
      memcpy(first, grads, count * sizeof *first);
      first_loss = loss;
    } else {
      assert_memory_equal(&loss, &first_loss, sizeof loss);
      assert_memory_equal(grads, first, count * sizeof *first);
      assert_memory_equal(mean, other_mean, sizeof mean);
    }
    dpb_model_destroy(model);
  }
  free(first);
}

/* x - mean is 0 then, whatever x is. */
static void one_vector_gives_beta(void **state) {
  (void)state;
  dpb_model *model = make("affine 6, batchnorm, affine 4", 1);
  const float beta[6] = {1, 2, 3, 4, 5, 6};
  assert_int_equal(dpb_model_set_parameter(model, "beta1", beta, 6), DPB_OK);
  const double loss = step(model, 1);
  features[0] += 1.0f;
  assert_true(step(model, 1) == loss);
  features[0] -= 1.0f;
  float dw[IMAGE * 6];
  assert_int_equal(dpb_model_get_gradient(model, "W1", dw, IMAGE * 6), DPB_OK);
  for (int i = 0; i < IMAGE * 6; i++) assert_true(dw[i] == 0.0f);
  dpb_model_destroy(model);
}

/* By hand: gamma (x - mean) / sqrt(var + eps) + beta, for one sample and for many. */
static void predicting_takes_running_statistics(void **state) {
  (void)state;
  dpb_model *model = make("batchnorm eps 0.5, mse", 2);
  const float mean[C] = {1, -2, 3}, var[C] = {3.5f, 0, 0.5f}, gamma[C] = {2, 1, -1},
              beta[C] = {0, 5, 1};
  assert_int_equal(dpb_model_set_parameter(model, "running_mean1", mean, C), DPB_OK);
  assert_int_equal(dpb_model_set_parameter(model, "running_var1", var, C), DPB_OK);
  assert_int_equal(dpb_model_set_parameter(model, "gamma1", gamma, C), DPB_OK);
  assert_int_equal(dpb_model_set_parameter(model, "beta1", beta, C), DPB_OK);
  static float one[IMAGE], many[60 * IMAGE], shared[60 * IMAGE];
  const dpb_batch single = {.n = 1, .features = features};
  const dpb_batch all = {.n = 60, .features = features};
  assert_int_equal(dpb_model_predict(model, &single, one), DPB_OK);
  assert_int_equal(dpb_model_predict(model, &all, many), DPB_OK);
  for (int i = 0; i < 60 * IMAGE; i++) {
    const int c = i % C;
    const double off = (double)features[i] - (double)mean[c];
    const double y =
        (double)gamma[c] * off / sqrt((double)var[c] + 0.5) + (double)beta[c];
    assert_near(many[i], y, 1e-6);
  }
  assert_memory_equal(one, many, sizeof one);
  dpb_context *context = NULL;
  assert_int_equal(dpb_context_create(model, 60, &context), DPB_OK);
  assert_int_equal(dpb_context_predict(context, &all, shared), DPB_OK);
  assert_memory_equal(shared, many, sizeof many);
  dpb_context_destroy(context);
  float after[C];
  get(model, "running_mean1", after, C);
  assert_memory_equal(after, mean, sizeof mean);
  dpb_model_destroy(model);
}

static void an_untrained_one_leaves_x_alone(void **state) {
  (void)state;
  dpb_model *model = make("batchnorm, mse", 1);
  static float y[IMAGE];
  const dpb_batch batch = {.n = 1, .features = features};
  assert_int_equal(dpb_model_predict(model, &batch, y), DPB_OK);
  for (int i = 0; i < IMAGE; i++) assert_near(y[i], features[i], 1e-6);
  dpb_model_destroy(model);
}

static void a_failed_step_keeps_the_state(void **state) {
  (void)state;
  dpb_model *model = make("affine 4, batchnorm, relu, affine 4", 2);
  float before[4], after[4], var[4];
  double loss;
  step(model, 60);
  get(model, "running_mean1", before, 4);
  const float kept = features[55 * IMAGE];
  features[55 * IMAGE] = INFINITY; /* in the last shard; all notice */
  const dpb_batch batch = {.n = 60, .features = features, .labels = labels};
  const dpb_status status = dpb_model_gradient(model, &batch, &loss);
  features[55 * IMAGE] = kept;
  assert_int_equal(status, DPB_ERR_DIVERGED);
  assert_message("layer 1 affine");
  get(model, "running_mean1", after, 4);
  assert_memory_equal(before, after, sizeof before);
  get(model, "running_var1", var, 4);
  for (int i = 0; i < 4; i++) assert_true(isfinite((double)var[i]));
  dpb_model_destroy(model);
}

/* (c, h, w) joined outside, as the book flattens; h, w, c inside. */
static void per_feature_speaks_the_books_order(void **state) {
  (void)state;
  dpb_model *model = make("batchnorm feature, affine 4", 1);
  dpb_parameter_info info;
  float mean[IMAGE];
  step(model, 30);
  assert_int_equal(dpb_model_state_count(model), 2);
  assert_int_equal(dpb_model_state(model, 0, &info), DPB_OK);
  assert_string_equal(info.name, "running_mean1");
  assert_int_equal(info.count, IMAGE);
  assert_int_equal(info.shape.rank, 1);
  assert_int_equal(info.weight, 0);
  get(model, "running_mean1", mean, IMAGE);
  for (int h = 0; h < 4; h++)
    for (int w = 0; w < 5; w++)
      for (int c = 0; c < C; c++) {
        double exact = 0;
        for (int i = 0; i < 30; i++)
          exact += (double)features[i * IMAGE + (h * 5 + w) * C + c] / 30;
        assert_near(mean[(c * 4 + h) * 5 + w], 0.1 * exact, 1e-6);
      }
  dpb_model_destroy(model);
}

static void state_is_read_and_set_by_name(void **state) {
  (void)state;
  dpb_model *model =
      make("conv 2 k3, batchnorm, relu, affine 4, layernorm, batchnorm", 1);
  dpb_parameter_info info;
  assert_int_equal(dpb_model_state_count(model), 4);
  assert_int_equal(dpb_model_state(model, 3, &info), DPB_OK);
  assert_string_equal(info.name, "running_var3");
  assert_int_equal(info.layer, 5);
  assert_int_equal(dpb_model_state(model, 4, &info), DPB_ERR_ARG);
  assert_message("there is no state 4: the model has 4");
  float values[4] = {1, 2, -1e-9f, 4};
  assert_int_equal(dpb_model_set_parameter(model, "running_var3", values, 4),
                   DPB_ERR_DATA);
  assert_message("running_var3: number 2 is -1e-09");
  assert_int_equal(dpb_model_set_parameter(model, "running_mean3", values, 4), DPB_OK);
  assert_int_equal(dpb_model_get_gradient(model, "running_mean3", values, 4),
                   DPB_ERR_NOT_FOUND);
  assert_message("running_mean3 is state");
  assert_int_equal(dpb_model_get_parameter(model, "running_mean2", values, 4),
                   DPB_ERR_NOT_FOUND);
  assert_int_equal(dpb_model_parameter_count(model), 4 + 6);
  dpb_layer_info layer;
  assert_int_equal(dpb_model_layer(model, 1, 10, &layer), DPB_OK);
  assert_int_equal(layer.parameters, 4);
  assert_int_equal(layer.state, 4);
  dpb_model_destroy(model);
}

/* Right behind an affine or a convolution; elsewhere biases are at work. */
static void a_bias_in_front_has_no_gradient(void **state) {
  (void)state;
  dpb_model *model = make("affine 6, batchnorm, affine 5, tanh, batchnorm, affine 4", 1);
  float db[6];
  step(model, 60);
  assert_int_equal(dpb_model_get_gradient(model, "b1", db, 6), DPB_OK);
  for (int i = 0; i < 6; i++) assert_true(db[i] == 0.0f);
  assert_int_equal(dpb_model_get_gradient(model, "b2", db, 5), DPB_OK);
  for (int i = 0; i < 5; i++) assert_true(db[i] != 0.0f);
  dpb_model_destroy(model);
}

static void text_and_errors(void **state) {
  (void)state;
  const dpb_hwc in = {1, 1, 4};
  check_text("batchnorm", "");
  check_text("batchnorm feature", " feature");
  check_text("batchnorm momentum 0.99 eps 1e-5", " eps 1e-05 momentum 0.99");
  refuse_text("batchnorm eps -1", in, DPB_ERR_ARG,
              "eps is -1, must be above 0 and finite");
  refuse_text("batchnorm momentum 1", in, DPB_ERR_ARG,
              "momentum is 1, must be above 0 and below 1");
  refuse_text("batchnorm momentum -0.1", in, DPB_ERR_ARG,
              "momentum is -0.1, must be above 0 and below 1");
  refuse_text("batchnorm channel", in, DPB_ERR_SPEC,
              "batchnorm: 'channel' is not understood");
  const dpb__layer_ops *ops = dpb__layer_find("batchnorm", 9);
  assert_int_equal(ops->check(&(dpb__layer_config){.batch_norm = {.momentum = NAN}}),
                   DPB_ERR_ARG);
  assert_int_equal(ops->check(&(dpb__layer_config){.batch_norm = {.eps = INFINITY}}),
                   DPB_ERR_ARG);
  dpb_model *model = make("relu", 1);
  assert_int_equal(dpb_add_batch_norm(model, NULL), DPB_ERR_STATE);
  assert_int_equal(dpb_add_layer_norm(NULL, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_model_state_count(NULL), 0);
  assert_int_equal(dpb_model_state(model, 0, NULL), DPB_ERR_ARG);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(statistics_are_of_the_whole_batch),
      cmocka_unit_test(every_cut_gives_the_same_gradient),
      cmocka_unit_test(threads_change_no_bit),
      cmocka_unit_test(one_vector_gives_beta),
      cmocka_unit_test(predicting_takes_running_statistics),
      cmocka_unit_test(an_untrained_one_leaves_x_alone),
      cmocka_unit_test(a_failed_step_keeps_the_state),
      cmocka_unit_test(per_feature_speaks_the_books_order),
      cmocka_unit_test(state_is_read_and_set_by_name),
      cmocka_unit_test(a_bias_in_front_has_no_gradient),
      cmocka_unit_test(text_and_errors),
  };
  return cmocka_run_group_tests(tests, make_data, NULL);
}
