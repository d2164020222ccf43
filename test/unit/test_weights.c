/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <math.h>

#include "file_fixture.h"
#include "model_fixture.h"

static const dpb_hwc input = {2, 2, 3};
#define NET "affine 5, relu, affine 4 nobias, sigmoid, affine 3, mse"

static size_t read_parameter(const dpb_model *m, int index, float *values) {
  dpb_parameter_info info;
  assert_ok(dpb_model_parameter(m, index, &info));
  assert_ok(dpb_model_get_parameter(m, info.name, values, info.count));
  return info.count;
}

static void assert_same_parameters(const dpb_model *a, const dpb_model *b) {
  const int count = dpb_model_parameter_count(a);
  assert_int_equal(dpb_model_parameter_count(b), count);
  for (int i = 0; i < count; i++) {
    float va[100], vb[100];
    size_t n = read_parameter(a, i, va);
    assert_int_equal(read_parameter(b, i, vb), n);
    assert_memory_equal(va, vb, n * sizeof(float));
  }
}

/* A built model whose biases are not 0 either. */
static dpb_model *make_model(uint64_t seed) {
  dpb_model *m = build_model(input, NET, 1);
  for (int i = 0; i < dpb_model_parameter_count(m); i++) {
    dpb_parameter_info info;
    float values[100];
    assert_ok(dpb_model_parameter(m, i, &info));
    fill_random(values, info.count, seed + (uint64_t)i);
    assert_ok(dpb_model_set_parameter(m, info.name, values, info.count));
  }
  return m;
}

static void model_comes_back(void **state) {
  (void)state;
  dpb_model *m = make_model(1), *back = NULL;
  const char *path = in_folder("model.npz");
  errno = 77;
  assert_ok(dpb_model_save(m, path));
  assert_ok(dpb_model_load(path, NULL, &back));
  assert_int_equal(errno, 77);
  char text[200];
  assert_ok(dpb_model_text(back, text, sizeof text, NULL));
  assert_string_equal(text, NET);
  assert_true(dpb_model_input(back).h == 2 && dpb_model_input(back).c == 3);
  assert_same_parameters(m, back);
  dpb_model_destroy(back);
  const dpb_model_config config = {
      .input = input, .max_batch = 7, .threads = 1, .inference = 1};
  assert_ok(dpb_model_load(path, &config, &back));
  assert_int_equal(dpb_model_max_batch(back), 7);
  assert_same_parameters(m, back);
  dpb_model_destroy(back);
  const dpb_model_config other = {.input = {4, 1, 3}};
  assert_fails(dpb_model_load(path, &other, &back), DPB_ERR_SHAPE,
               "the network's input is 2x2x3 (h, w, c), not 4x1x3");
  assert_null(back);
  const dpb_model_config bad = {.max_batch = -1};
  assert_fails(dpb_model_load(path, &bad, &back), DPB_ERR_ARG, "max_batch is -1");
  dpb_model_destroy(m);
}

/* What a file holds: names, order and shapes as the book has them. */
static void writes_the_books_names(void **state) {
  (void)state;
  dpb_model *m = make_model(1);
  assert_ok(dpb_model_save(m, in_folder("model.npz")));
  dpb_npz *npz;
  assert_ok(dpb_npz_open(in_folder("model.npz"), &npz));
  static const char *const expected[][2] = {
      {"deepblas_format", "()"}, {"deepblas_library", "()"}, {"deepblas_net", "()"},
      {"deepblas_input", "(3)"}, {"W1", "(12, 5)"},          {"b1", "(5)"},
      {"W2", "(5, 4)"},          {"W3", "(4, 3)"},           {"b3", "(3)"}};
  assert_int_equal(dpb_npz_count(npz), 9);
  for (int i = 0; i < 9; i++) {
    dpb_shape shape;
    char text[64];
    assert_string_equal(dpb_npz_name(npz, i), expected[i][0]);
    assert_ok(dpb_npz_shape(npz, expected[i][0], &shape));
    dpb_shape_text(&shape, text, sizeof text);
    assert_string_equal(text, expected[i][1]);
  }
  float w[60], values[60];
  assert_ok(dpb_npz_read_floats(npz, "W1", w, 60));
  assert_ok(dpb_model_get_parameter(m, "W1", values, 60));
  assert_memory_equal(w, values, sizeof w);
  dpb_npz_close(npz);
  dpb_model_destroy(m);
}

/* The running statistics of batch normalisation are saved, too, and wanted back. */
static void state_comes_back(void **state) {
  (void)state;
  dpb_model *m = build_model(input, "conv 2 k1, batchnorm, layernorm, affine 3", 1);
  dpb_model *back = NULL, *plain = NULL;
  const char *path = in_folder("normed.npz");
  const float mean[2] = {0.5f, -3.0f}, var[2] = {0.0f, 2.0f};
  assert_ok(dpb_model_set_parameter(m, "running_mean1", mean, 2));
  assert_ok(dpb_model_set_parameter(m, "running_var1", var, 2));
  assert_ok(dpb_model_save(m, path));
  assert_ok(dpb_model_load(path, NULL, &back));
  float values[12];
  assert_ok(dpb_model_get_parameter(back, "running_mean1", values, 2));
  assert_memory_equal(values, mean, sizeof mean);
  assert_ok(dpb_model_get_parameter(back, "running_var1", values, 2));
  assert_memory_equal(values, var, sizeof var);
  assert_same_parameters(m, back);
  float x[12], y[3], again[3];
  fill_random(x, 12, 8);
  const dpb_batch batch = {.n = 1, .features = x};
  assert_ok(dpb_model_predict(m, &batch, y));
  assert_ok(dpb_model_predict(back, &batch, again));
  assert_memory_equal(y, again, sizeof y);
  /* weights alone, without the state, will not do */
  plain = build_model(input, "conv 2 k1, layernorm, layernorm, affine 3", 1);
  assert_ok(dpb_model_save(plain, path));
  assert_fails(dpb_model_load_weights(m, path), DPB_ERR_SHAPE, "gamma1 is (2, 2, 2)");
  dpb_npz_writer *w;
  const dpb_shape two = {.rank = 1, .dim = {2}};
  const float negative[2] = {1.0f, -1.0f};
  assert_ok(dpb_npz_writer_open(path, 0, &w));
  static const char *const names[] = {"gamma1", "beta1", "running_mean1", "running_var1"};
  for (int i = 0; i < 4; i++)
    assert_ok(dpb_npz_write_floats(w, names[i], &two, negative));
  assert_ok(dpb_npz_writer_close(w));
  dpb_model *single = build_model((dpb_hwc){1, 1, 2}, "batchnorm", 1);
  assert_fails(dpb_model_load_weights(single, path), DPB_ERR_DATA,
               "number 1 of running_var1 is -1");
  assert_ok(dpb_model_get_parameter(single, "gamma1", values, 2));
  assert_true(values[1] == 1.0f); /* nothing was changed */
  dpb_model_destroy(single);
  dpb_model_destroy(plain);
  dpb_model_destroy(back);
  dpb_model_destroy(m);
}

/* What a file to be refused is like: the good one with one thing different. */
typedef struct change {
  const char *omit; /* name */
  const char *name; /* of an array to add (in place of the one omitted) */
  dpb_shape shape;
  float value; /* of its first number */
  int64_t format;
  const char *net;
  int64_t channels;
} change;

static void write_changed(const char *path, const dpb_model *m, const change *c) {
  dpb_npz_writer *w;
  const dpb_shape single = {.rank = 0}, three = {.rank = 1, .dim = {3}};
  assert_ok(dpb_npz_writer_open(path, 0, &w));
  const int64_t format = c->format ? c->format : 1;
  const int64_t in[] = {2, 2, c->channels ? c->channels : 3};
  const char *omit = c->omit ? c->omit : "";
  if (strcmp(omit, "deepblas_format") != 0)
    assert_ok(dpb_npz_write_ints(w, "deepblas_format", &single, &format));
  if (strcmp(omit, "deepblas_net") != 0)
    assert_ok(dpb_npz_write_text(w, "deepblas_net", c->net ? c->net : NET));
  if (strcmp(omit, "deepblas_input") != 0)
    assert_ok(dpb_npz_write_ints(w, "deepblas_input", &three, in));
  for (int i = 0; i < dpb_model_parameter_count(m); i++) {
    dpb_parameter_info info;
    float values[100];
    assert_ok(dpb_model_parameter(m, i, &info));
    read_parameter(m, i, values);
    if (strcmp(info.name, omit) == 0) continue;
    assert_ok(dpb_npz_write_floats(w, info.name, &info.shape, values));
  }
  float added[100] = {c->value};
  if (c->name) assert_ok(dpb_npz_write_floats(w, c->name, &c->shape, added));
  assert_ok(dpb_npz_writer_close(w));
}

static void refuses_weights_that_do_not_fit(void **state) {
  (void)state;
  static const struct {
    change change;
    dpb_status status;
    const char *message;
  } cases[] = {
      {{.omit = "W2"}, DPB_ERR_NOT_FOUND, "w.npz: W2 (5, 4) of the network is missing"},
      {{.omit = "b3"}, DPB_ERR_NOT_FOUND, "w.npz: b3 (3) of the network is missing"},
      {{.omit = "W2", .name = "W2", .shape = {2, {4, 5}}},
       DPB_ERR_SHAPE,
       "w.npz: W2 is (4, 5), the network's is (5, 4)"},
      {{.omit = "b1", .name = "b1", .shape = {2, {1, 5}}},
       DPB_ERR_SHAPE,
       "w.npz: b1 is (1, 5), the network's is (5)"},
      {{.name = "b2", .shape = {1, {4}}},
       DPB_ERR_SHAPE,
       "w.npz: b2 (4) is no parameter of the network"},
      {{.omit = "b3", .name = "b3", .shape = {1, {3}}, .value = NAN},
       DPB_ERR_DATA,
       "w.npz: number 0 of b3 is nan"},
      {{.omit = "b3", .name = "b3", .shape = {1, {3}}, .value = -INFINITY},
       DPB_ERR_DATA,
       "w.npz: number 0 of b3 is -inf"},
  };
  dpb_model *m = make_model(1), *target = make_model(2), *untouched = make_model(2);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    write_changed(in_folder("w.npz"), m, &cases[i].change);
    assert_fails(dpb_model_load_weights(target, in_folder("w.npz")), cases[i].status,
                 cases[i].message);
    assert_same_parameters(target, untouched);
    dpb_model *loaded;
    assert_fails(dpb_model_load(in_folder("w.npz"), NULL, &loaded), cases[i].status,
                 cases[i].message);
    assert_null(loaded);
  }
  /* names of ours are no parameters: they may be there, and need not be understood */
  const change more = {.name = "deepblas_more", .shape = {1, {4}}, .format = 99};
  write_changed(in_folder("w.npz"), m, &more);
  assert_ok(dpb_model_load_weights(target, in_folder("w.npz")));
  assert_same_parameters(target, m);
  dpb_model_destroy(m);
  dpb_model_destroy(target);
  dpb_model_destroy(untouched);
}

static void refuses_descriptions(void **state) {
  (void)state;
  static const struct {
    change change;
    dpb_status status;
    const char *message;
  } cases[] = {
      {{.omit = "deepblas_format"}, DPB_ERR_FORMAT, "holds weights but no network"},
      {{.omit = "deepblas_net"}, DPB_ERR_FORMAT, "m.npz: there is no deepblas_net"},
      {{.omit = "deepblas_input"}, DPB_ERR_FORMAT, "m.npz: there is no deepblas_input"},
      {{.format = 2}, DPB_ERR_UNSUPPORTED, "deepblas_format is 2, this library reads up"},
      {{.format = -1}, DPB_ERR_FORMAT, "deepblas_format is -1"},
      {{.net = "affine 5, realu"}, DPB_ERR_SPEC, "m.npz: deepblas_net: network text"},
      {{.net = ""}, DPB_ERR_SPEC, "m.npz: deepblas_net: "},
      {{.net = "affine 6, relu, affine 4 nobias, sigmoid, affine 3"},
       DPB_ERR_SHAPE,
       "W1 is (12, 5), the network's is (12, 6)"},
      /* 48 GB of weights, in a file of 2 KB: refused before they are allocated */
      {{.net = "affine 1000000000"}, DPB_ERR_SHAPE, "network's is (12, 1000000000)"},
      {{.channels = 4}, DPB_ERR_SHAPE, "W1 is (12, 5), the network's is (16, 5)"},
      {{.channels = -3}, DPB_ERR_DATA, "deepblas_input is (2, 2, -3)"},
      {{.channels = 5000000000}, DPB_ERR_DATA, "deepblas_input is (2, 2, 5000000000)"},
      {{.channels = INT_MAX}, DPB_ERR_SIZE, "more than"},
  };
  dpb_model *m = make_model(1), *loaded;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    write_changed(in_folder("m.npz"), m, &cases[i].change);
    assert_fails(dpb_model_load(in_folder("m.npz"), NULL, &loaded), cases[i].status,
                 cases[i].message);
    assert_null(loaded);
  }
  char *text = calloc(70000, 1);
  memset(text, 'a', 69999);
  write_changed(in_folder("m.npz"), m, &(change){.net = text});
  free(text);
  assert_fails(dpb_model_load(in_folder("m.npz"), NULL, &loaded), DPB_ERR_SIZE,
               "deepblas_net has 69999 bytes");
  dpb_model_destroy(m);
}

static void refuses_bad_arguments(void **state) {
  (void)state;
  dpb_model *m = make_model(1), *list = list_model(input, NET, 1), *loaded;
  assert_fails(dpb_model_save(NULL, in_folder("m.npz")), DPB_ERR_ARG, "model is NULL");
  assert_fails(dpb_model_save(list, in_folder("m.npz")), DPB_ERR_STATE, "not built");
  assert_fails(dpb_model_save(m, NULL), DPB_ERR_ARG, "path is NULL");
  assert_fails(dpb_model_save(m, in_folder("no/m.npz")), DPB_ERR_NOT_FOUND, "no/m.npz");
  assert_fails(dpb_model_load_weights(NULL, "x"), DPB_ERR_ARG, "model is NULL");
  assert_fails(dpb_model_load_weights(list, "x"), DPB_ERR_STATE, "not built");
  assert_fails(dpb_model_load_weights(m, NULL), DPB_ERR_ARG, "path is NULL");
  assert_fails(dpb_model_load(in_folder("none.npz"), NULL, &loaded), DPB_ERR_NOT_FOUND,
               "none.npz: cannot open");
  assert_fails(dpb_model_load(NULL, NULL, &loaded), DPB_ERR_ARG, "path is NULL");
  assert_fails(dpb_model_load("x", NULL, NULL), DPB_ERR_ARG, "model is NULL");
  assert_int_equal(count_files(), 0);
  dpb_model_destroy(m);
  dpb_model_destroy(list);
}

/* Every shorter file, and every file with one byte changed, is refused or read right. */
static void survives_damage(void **state) {
  (void)state;
  static uint8_t bytes[10000];
  dpb_model *m = make_model(1), *target = make_model(2), *untouched = make_model(2);
  dpb_model *loaded;
  assert_ok(dpb_model_save(m, in_folder("m.npz")));
  size_t size = read_file(in_folder("m.npz"), bytes, sizeof bytes);
  for (size_t cut = 0; cut < size; cut += 7) {
    write_file(in_folder("m.npz"), bytes, cut);
    assert_int_equal(dpb_model_load_weights(target, in_folder("m.npz")), DPB_ERR_FORMAT);
    assert_int_equal(dpb_model_load(in_folder("m.npz"), NULL, &loaded), DPB_ERR_FORMAT);
    assert_null(loaded);
  }
  for (size_t at = 0; at < size; at += 3) {
    bytes[at] ^= 0x20;
    write_file(in_folder("m.npz"), bytes, size);
    bytes[at] ^= 0x20;
    dpb_status status = dpb_model_load_weights(target, in_folder("m.npz"));
    assert_same_parameters(target, status == DPB_OK ? m : untouched);
    if (status != DPB_OK) continue;
    dpb_model_destroy(target);
    target = make_model(2);
  }
  dpb_model_destroy(m);
  dpb_model_destroy(target);
  dpb_model_destroy(untouched);
}

/* The book's weights of chapter 3 predict what the book's code predicts: 9352 right. */
static void loads_the_books_weights(void **state) {
  (void)state;
  const char *shared = shared_with("oracle/book_three_layer.npz");
  if (shared == NULL || !shared_with("data/mnist/t10k-images-idx3-ubyte.gz")) skip();
  char path[512];
  dpb_dataset *test;
  snprintf(path, sizeof path, "%s/data/mnist", shared);
  assert_ok(dpb_dataset_load_mnist(path, DPB_TEST, &test));
  dpb_model *m = build_model((dpb_hwc){28, 28, 1},
                             "affine 50, sigmoid, affine 100, sigmoid, affine 10", 1);
  snprintf(path, sizeof path, "%s/oracle/book_three_layer.npz", shared);
  assert_ok(dpb_model_load_weights(m, path));
  assert_ok(dpb_model_save(m, in_folder("book.npz")));
  dpb_model_destroy(m);
  assert_ok(dpb_model_load(in_folder("book.npz"), NULL, &m));
  int correct = 0;
  for (size_t first = 0; first < 10000; first += 100) {
    dpb_batch batch;
    double loss;
    int right;
    assert_ok(dpb_dataset_batch(test, first, 100, &batch));
    assert_ok(dpb_model_loss(m, &batch, &loss, &right));
    correct += right;
  }
  assert_int_equal(correct, 9352);
  dpb_model_destroy(m);
  dpb_dataset_destroy(test);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(model_comes_back, remove_files),
      cmocka_unit_test_teardown(writes_the_books_names, remove_files),
      cmocka_unit_test_teardown(state_comes_back, remove_files),
      cmocka_unit_test_teardown(refuses_weights_that_do_not_fit, remove_files),
      cmocka_unit_test_teardown(refuses_descriptions, remove_files),
      cmocka_unit_test_teardown(refuses_bad_arguments, remove_files),
      cmocka_unit_test_teardown(survives_damage, remove_files),
      cmocka_unit_test_teardown(loads_the_books_weights, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
