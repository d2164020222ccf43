/* SPDX-License-Identifier: MIT
 *
 * The gradient check of every layer, head and network; label gradcheck. And that it would
 * notice: a wrong sign in any backward is caught, and found in the right tensors.
 */
#include "gradcheck_fixture.h"
#include "valgrind_fixture.h"

/* For every layer of the registry: words that make it small. */
static const char *const small[] = {"affine 5",
                                    "affine 5 nobias",
                                    "sigmoid",
                                    "tanh",
                                    "relu",
                                    "leakyrelu 0.2",
                                    "elu",
                                    "elu 0.5",
                                    "gelu",
                                    "gelu tanh",
                                    "softplus",
                                    "conv 3 k3 p1",
                                    "conv 4 k1 nobias",
                                    "conv 2 k3x1 s2x1 p1x0",
                                    "maxpool 2 s1 p1",
                                    "avgpool 2 s1 p1",
                                    "gap",
                                    "flatten",
                                    "dropout 0.5",
                                    "dropout 0.25 book",
                                    "batchnorm",
                                    "batchnorm feature eps 0.01",
                                    "layernorm"};
enum { SMALL = sizeof small / sizeof small[0] };

static void every_layer_is_in_the_list(void **state) {
  (void)state;
  for (int i = 0; dpb__layer_at(i); i++) {
    const char *name = dpb__layer_at(i)->name;
    int found = 0;
    for (int j = 0; j < SMALL; j++)
      found |= strncmp(small[j], name, strlen(name)) == 0 &&
               strchr(" ", small[j][strlen(name)]) != NULL;
    if (!found) fail_msg("layer '%s' is not checked: add it to small", name);
  }
}

static void every_layer_passes_at_every_place(void **state) {
  (void)state;
  const char *const frames[] = {"affine 7, %s, affine 3", "%s, affine 4", "affine 6, %s"};
  const dpb_hwc inputs[] = {{1, 1, 9}, {4, 3, 2}, {5, 5, 1}, {1, 4, 3}};
  for (int i = 0; i < SMALL; i++)
    for (int frame = 0; frame < 3; frame++)
      for (int input = 0; input < 4; input++) {
        char text[96];
        snprintf(text, sizeof text, frames[frame], small[i]);
        check_passes(inputs[input], text, 4 + input);
      }
}

static void every_head_passes(void **state) {
  (void)state;
  check_passes((dpb_hwc){3, 3, 2}, "affine 6, tanh, affine 5, softmax", 4);
  check_passes((dpb_hwc){3, 3, 2}, "affine 6, tanh, affine 5, mse", 4);
  check_passes((dpb_hwc){1, 1, 4}, "affine 1, mse", 5);
  check_passes((dpb_hwc){1, 1, 4}, "affine 2", 5);
  check_passes((dpb_hwc){3, 3, 2}, "affine 6, tanh, affine 5, softmax smooth 0.1", 4);
  /* several shards of one mini-batch, whose divisor is the whole one's */
  check_passes((dpb_hwc){1, 1, 4}, "affine 6, tanh, affine 3, softmax weights 1 5 0.25",
               60);
  check_passes((dpb_hwc){1, 1, 4},
               "affine 6, tanh, affine 3, softmax smooth 0.3 weights 0.5 2 4", 7);
}

static void shards_and_tasks_pass(void **state) {
  (void)state;
  /* three shards; W1 is made in several tasks */
  check_passes((dpb_hwc){20, 20, 3}, "affine 60, relu, affine 40, relu, affine 10", 60);
}

static void every_network_passes(void **state) {
  (void)state;
  not_under_valgrind("takes hours for these, whose layers are checked above");
  for (int i = 0; i < dpb_network_count(); i++) {
    const dpb_network *network = dpb_network_at(i);
    check_passes(network->input, network->text, 4);
  }
}

/* -- planted faults */

/* The layer that is tampered with, as it was; a test tampers with one at a time. */
static const dpb__layer_ops *honest;

static void negate(float *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = -values[i];
}

static void backward_with_wrong_sign(const dpb__layer *layer, const dpb__pass *pass) {
  honest->backward(layer, pass);
  if (pass->dx) negate(pass->dx, (size_t)pass->n * layer->in_count);
}

/* Which parameter of the layer is spoiled, and how much of it is wrong. */
static int spoiled;
static float factor;

static void gradient_with_wrong_factor(const dpb__layer *layer, const dpb__pass *pass,
                                       int task) {
  honest->gradient(layer, pass, task);
  if (task != layer->gradient_tasks - 1) return;
  float *values = pass->grads + layer->params[spoiled].offset;
  for (size_t i = 0; i < layer->params[spoiled].count; i++) values[i] *= factor;
}

/* Replaces the functions of layer number index. *copy lives as long as the model. */
static void tamper(dpb_model *model, int index, dpb__layer_ops *copy) {
  honest = model->layers[index].ops;
  *copy = *honest;
  model->layers[index].ops = copy;
}

/* Exactly the tensors of the layers in front of index fail. */
static void check_failures_in_front_of(dpb_model *model, int index) {
  const verdict v = run_gradcheck(model, 4, 1);
  assert_int_equal(v.passed, 0);
  int row = 0;
  for (int i = 0; i < model->layer_count; i++)
    for (int j = 0; j < model->layers[i].param_count; j++, row++)
      /* a gradient that must be zero has no sign */
      if (!v.rows[row].zero && v.rows[row].passed != (i >= index)) {
        print_rows(&v);
        fail_msg("layer %d has a wrong sign: %s should %s", index, v.rows[row].name,
                 i >= index ? "pass" : "fail");
      }
}

static const dpb__head_ops *honest_head;

static double loss_with_wrong_sign(const dpb__head_config *config, int n, int classes,
                                   const float *z, const dpb__truth *truth, float scale,
                                   float *dz) {
  const double loss = honest_head->loss(config, n, classes, z, truth, scale, dz);
  if (dz) negate(dz, (size_t)n * (size_t)classes);
  return loss;
}

static double divisor_without_weights(const dpb__head_config *config, int n, int classes,
                                      const dpb__truth *truth) {
  (void)config, (void)classes, (void)truth;
  return n;
}

/* All tensors fail: none is behind the head. */
static void a_fault_in_a_head_is_caught(void **state) {
  (void)state;
  const char *const heads[] = {"softmax", "mse", "softmax smooth 0.1",
                               "softmax weights 1 5 0.25", "softmax weights 1 5 0.25"};
  for (int i = 0; i < 5; i++) {
    char text[96];
    snprintf(text, sizeof text, "affine 6, tanh, affine 3, %s", heads[i]);
    dpb_model *model = noisy_model((dpb_hwc){1, 1, 5}, text);
    honest_head = model->head;
    dpb__head_ops copy = *honest_head;
    if (i < 4)
      copy.loss = loss_with_wrong_sign;
    else
      copy.divisor = divisor_without_weights;
    model->head = &copy;
    const verdict v = run_gradcheck(model, 6, 1);
    for (int row = 0; row < v.count; row++) assert_int_equal(v.rows[row].passed, 0);
    dpb_model_destroy(model);
  }
}

static void a_wrong_sign_in_any_backward_is_caught(void **state) {
  (void)state;
  for (int i = 0; i < SMALL; i++) {
    char text[96];
    snprintf(text, sizeof text, "affine 7, %s, affine 6, tanh, affine 3", small[i]);
    for (int index = 1; index < 5; index++) {
      dpb_model *model = noisy_model((dpb_hwc){2, 3, 2}, text);
      dpb__layer_ops copy;
      tamper(model, index, &copy);
      copy.backward = backward_with_wrong_sign;
      if (!dpb__role_of(model, index)->idle) check_failures_in_front_of(model, index);
      dpb_model_destroy(model);
    }
  }
}

static void check_spoiled(int parameter, float by, int in_large_net) {
  dpb_model *model =
      in_large_net ? noisy_model((dpb_hwc){28, 28, 1}, "affine 50, sigmoid, affine 10")
                   : noisy_model((dpb_hwc){1, 1, 9}, "affine 7, relu, affine 3");
  dpb__layer_ops copy;
  tamper(model, 2, &copy);
  copy.gradient = gradient_with_wrong_factor;
  spoiled = parameter;
  factor = by;
  const verdict v = run_gradcheck(model, 4, 1);
  assert_int_equal(v.passed, 0);
  assert_int_equal(v.rows[0].passed, 1);
  assert_int_equal(v.rows[1].passed, 1);
  assert_int_equal(v.rows[2].passed, parameter != 0);
  assert_int_equal(v.rows[3].passed, parameter != 1);
  dpb_model_destroy(model);
}

static void a_wrong_parameter_gradient_is_caught(void **state) {
  (void)state;
  const float factors[] = {-1.0f, 0.0f, 1.001f, NAN, INFINITY};
  for (int i = 0; i < 5; i++)
    for (int parameter = 0; parameter < 2; parameter++)
      for (int large = 0; large < 2; large++) check_spoiled(parameter, factors[i], large);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_layer_is_in_the_list),
      cmocka_unit_test(every_layer_passes_at_every_place),
      cmocka_unit_test(every_head_passes),
      cmocka_unit_test(shards_and_tasks_pass),
      cmocka_unit_test(every_network_passes),
      cmocka_unit_test(a_fault_in_a_head_is_caught),
      cmocka_unit_test(a_wrong_sign_in_any_backward_is_caught),
      cmocka_unit_test(a_wrong_parameter_gradient_is_caught),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
