/* SPDX-License-Identifier: MIT
 *
 * What a network may take: refused before it is allocated, and mini-batches that fit.
 */
#include "file_fixture.h"
#include "model_fixture.h"

#define MEGA ((size_t)1 << 20)

static dpb_status build(size_t limit, dpb_model **model) {
  const dpb_model_config config = {
      .input = {1, 1, 64}, .max_batch = 50, .threads = 2, .memory_limit = limit};
  assert_ok(dpb_model_create(&config, model));
  assert_ok(dpb_add_text(*model, "affine 100, relu, affine 10"));
  return dpb_model_build(*model);
}

static size_t memory_of(const dpb_model *model) {
  dpb_memory_info info;
  assert_ok(dpb_model_memory(model, &info));
  return info.parameters + info.gradients + info.activations;
}

/* What the message says that refused a network. */
static size_t bytes_said(void) {
  const char *at = strstr(dpb_error_message(), "takes ");
  size_t bytes = 0;
  assert_non_null(at);
  assert_int_equal(sscanf(at, "takes %zu bytes", &bytes), 1);
  return bytes;
}

/* A limit of what the message says is enough, and one byte less is not. */
static void limits_to_the_byte(void **state) {
  (void)state;
  dpb_model *model;
  assert_fails(build(1, &model), DPB_ERR_SIZE, "memory_limit is 1");
  const size_t needed = bytes_said();
  dpb_model_destroy(model);
  assert_ok(build(needed, &model));
  dpb_model_destroy(model);
  assert_fails(build(needed - 1, &model), DPB_ERR_SIZE, "the network takes ");
  dpb_model_destroy(model);
}

/* The limit is on what dpb_model_memory tells, but for a few bytes of alignment. */
static void limits_what_is_built(void **state) {
  (void)state;
  dpb_model *model;
  assert_ok(build(0, &model));
  const size_t takes = memory_of(model);
  dpb_model_destroy(model);
  assert_ok(build(takes + 256, &model));
  dpb_model_destroy(model);
  char text[80];
  snprintf(text, sizeof text, "mini-batches of 50 with 2 workers");
  assert_fails(build(takes - 256, &model), DPB_ERR_SIZE, text);
  snprintf(text, sizeof text, "memory_limit is %zu", takes - 256);
  assert_message(text);
  assert_int_equal(dpb_model_parameter_count(model), 0);
  dpb_model_destroy(model);
}

static void refuses_giants_at_once(void **state) {
  (void)state;
  dpb_model *model;
  const dpb_model_config config = {
      .input = {30000, 30000, 1}, .memory_limit = 100 * MEGA, .threads = 1};
  assert_ok(dpb_model_create(&config, &model));
  assert_ok(dpb_add_text(model, "conv 2 k3 p1, relu, gap"));
  assert_fails(dpb_model_build(model), DPB_ERR_SIZE, "the network takes ");
  dpb_model_destroy(model);
}

/* A file that holds nothing but the description of a network without weights. */
static void write_description(const char *path, const char *net, int64_t side) {
  dpb_npz_writer *writer;
  const int64_t format = 1, input[] = {side, side, 1};
  assert_ok(dpb_npz_writer_open(path, 0, &writer));
  assert_ok(dpb_npz_write_ints(writer, "deepblas_format", &(dpb_shape){0}, &format));
  assert_ok(dpb_npz_write_text(writer, "deepblas_net", net));
  assert_ok(dpb_npz_write_ints(writer, "deepblas_input", &(dpb_shape){1, {3}}, input));
  assert_ok(dpb_npz_writer_close(writer));
}

static dpb_status load(dpb_model_config config, dpb_model **model) {
  return dpb_model_load(in_folder("m.npz"), &config, model);
}

/* A file of a kilobyte gets no gigabytes; who trusts it says so. */
static void believes_a_file_as_far_as_its_size(void **state) {
  (void)state;
  dpb_model *model;
  write_description(in_folder("m.npz"), "mse", 2);
  assert_fails(load((dpb_model_config){.threads = 1}, &model), DPB_ERR_SHAPE,
               "the network has no layers");
  write_description(in_folder("m.npz"), "maxpool 2, relu, gap", 20000);
  assert_fails(load((dpb_model_config){.threads = 1}, &model), DPB_ERR_SIZE,
               "m.npz: the network takes ");
  assert_null(model);

  write_description(in_folder("m.npz"), "maxpool 2, relu, gap", 600); /* 1.4 MB each */
  assert_ok(load((dpb_model_config){.threads = 1, .inference = 1}, &model));
  assert_true(memory_of(model) <= 25 * MEGA);
  assert_int_equal(dpb_model_max_batch(model), 12);
  dpb_model_destroy(model);
  assert_fails(load((dpb_model_config){.threads = 1, .max_batch = 100}, &model),
               DPB_ERR_SIZE, "for mini-batches of 100 with 1 workers");
  assert_ok(
      load((dpb_model_config){.threads = 1, .max_batch = 100, .memory_limit = SIZE_MAX},
           &model));
  assert_int_equal(dpb_model_max_batch(model), 100);
  dpb_model_destroy(model);
  assert_fails(load((dpb_model_config){.threads = 1, .memory_limit = 1000}, &model),
               DPB_ERR_SIZE, "memory_limit is 1000");
  assert_fails(
      load((dpb_model_config){.threads = 1, .max_batch = 12, .memory_limit = 1}, &model),
      DPB_ERR_SIZE, "for mini-batches of 12 with 1 workers");
  assert_ok(load((dpb_model_config){.threads = 1, .memory_limit = bytes_said()}, &model));
  assert_int_equal(dpb_model_max_batch(model), 12);
  dpb_model_destroy(model);
}

/* Parameters count once where there are no gradients. */
static void counts_parameters_for_inference(void **state) {
  (void)state;
  dpb_model *model;
  const dpb_model_config config = {.threads = 1, .inference = 1, .memory_limit = 1};
  assert_ok(build(0, &model));
  assert_ok(dpb_model_save(model, in_folder("m.npz")));
  dpb_model_destroy(model);
  assert_fails(load(config, &model), DPB_ERR_SIZE, "the network takes ");
  const size_t said = bytes_said();
  assert_ok(
      load((dpb_model_config){.threads = 1, .max_batch = 1, .inference = 1}, &model));
  assert_in_range(said, memory_of(model) - 256, memory_of(model) + 256);
  dpb_model_destroy(model);
}

/* What a model takes on its own machine, its file may take again. */
static void leaves_usual_networks_alone(void **state) {
  (void)state;
  static const struct {
    dpb_hwc input;
    const char *net;
  } nets[] = {
      {{1, 1, 784}, "affine 50, relu, affine 10"},
      {{28, 28, 1}, "conv 30 k5, relu, maxpool 2, affine 100, relu, affine 10"},
      {{32, 32, 3},
       "conv 32 k3 p1, batchnorm, relu, conv 32 k3 p1, batchnorm, relu, maxpool 2, conv "
       "64 "
       "k3 p1, batchnorm, relu, maxpool 2, affine 128, relu, affine 10"},
  };
  for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
    const dpb_model_config config = {.input = nets[i].input, .threads = 4};
    dpb_model *model, *back;
    assert_ok(dpb_model_create(&config, &model));
    assert_ok(dpb_add_text(model, nets[i].net));
    assert_ok(dpb_model_build(model));
    assert_ok(dpb_model_save(model, in_folder("m.npz")));
    assert_ok(load(config, &back));
    assert_int_equal(dpb_model_max_batch(back), 100);
    assert_int_equal(memory_of(back), memory_of(model));
    dpb_model_destroy(model);
    dpb_model_destroy(back);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(limits_to_the_byte),
      cmocka_unit_test(limits_what_is_built),
      cmocka_unit_test(refuses_giants_at_once),
      cmocka_unit_test_teardown(believes_a_file_as_far_as_its_size, remove_files),
      cmocka_unit_test_teardown(counts_parameters_for_inference, remove_files),
      cmocka_unit_test_teardown(leaves_usual_networks_alone, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
