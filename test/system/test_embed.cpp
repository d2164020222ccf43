/* SPDX-License-Identifier: MIT
 *
 * A host in C++ that trains a small network, is called back, stops the training, saves
 * and loads the model, and finds its own state as it left it: errno, locale, signal mask
 * and handlers, floating-point rounding.
 */
#include <deepblas/deepblas.h>

#include <array>
#include <cerrno>
#include <cfenv>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <pthread.h>
#include <unistd.h>

namespace {

struct error : std::runtime_error {
  explicit error(const std::string &what) : std::runtime_error(what) {}
};

void check(dpb_status status) {
  if (status != DPB_OK)
    throw error(std::string(dpb_status_name(status)) + ": " + dpb_error_message());
}

void expect(bool holds, const char *what) {
  if (!holds) throw error(std::string("does not hold: ") + what);
}

/* One deleter for every opaque type. */
struct destroy {
  void operator()(dpb_model *p) const {
    dpb_model_destroy(p);
  }
  void operator()(dpb_optimizer *p) const {
    dpb_optimizer_destroy(p);
  }
  void operator()(dpb_dataset *p) const {
    dpb_dataset_destroy(p);
  }
  void operator()(dpb_trainer *p) const {
    dpb_trainer_destroy(p);
  }
};

template <typename T> using owned = std::unique_ptr<T, destroy>;

owned<dpb_dataset> xor_data() {
  const std::array<float, 8> features{0, 0, 0, 1, 1, 0, 1, 1};
  const std::array<int32_t, 4> labels{0, 1, 1, 0};
  dpb_dataset *dataset = nullptr;
  check(
      dpb_dataset_from_floats(4, {1, 1, 2}, features.data(), labels.data(), 2, &dataset));
  return owned<dpb_dataset>(dataset);
}

owned<dpb_model> xor_model() {
  dpb_model_config config{};
  config.input = {1, 1, 2};
  config.max_batch = 4;
  config.seed = 1;
  config.threads = 2;
  dpb_model *model = nullptr;
  check(dpb_model_create(&config, &model));
  owned<dpb_model> result(model);
  dpb_affine_config affine{};
  affine.out = 8;
  dpb_add_affine(model, &affine);
  dpb_add_tanh(model);
  affine.out = 2;
  dpb_add_affine(model, &affine);
  check(dpb_model_build(model));
  return result;
}

/* Trains until it is right about everything; the callback stops it. */
std::vector<dpb_epoch> train(dpb_model *model, const dpb_dataset *data) {
  float *parameters = nullptr;
  float *gradients = nullptr;
  size_t count = 0;
  check(dpb_model_flat(model, &parameters, &gradients, &count));
  dpb_optimizer_config adam{};
  adam.kind = DPB_ADAM;
  adam.lr = 0.05F;
  dpb_optimizer *made = nullptr;
  check(dpb_optimizer_create(&adam, count, &made));
  const owned<dpb_optimizer> optimizer(made);

  std::vector<dpb_epoch> seen;
  dpb_trainer_config config{};
  config.model = model;
  config.optimizer = made;
  config.train = data;
  config.epochs = 1000;
  config.user = &seen;
  config.callback = [](const dpb_progress *progress, void *user) -> int {
    if (progress->event != DPB_EVENT_EPOCH) return 0;
    static_cast<std::vector<dpb_epoch> *>(user)->push_back(*progress->record);
    return progress->record->train_accuracy == 1.0 && progress->record->train_loss < 0.1;
  };
  dpb_trainer *trainer = nullptr;
  check(dpb_trainer_create(&config, &trainer));
  const owned<dpb_trainer> keeper(trainer);
  expect(dpb_trainer_run(trainer) == DPB_ERR_STOPPED, "the callback stops the training");
  return seen;
}

void save_and_load(dpb_model *model, const dpb_dataset *data) {
  const char *base = std::getenv("TMPDIR");
  std::string folder = std::string(base ? base : "/tmp") + "/deepblas-embed-XXXXXX";
  expect(mkdtemp(folder.data()) != nullptr, "a folder for temporary files");
  const std::string path = folder + "/xor.npz";
  const dpb_status saved = dpb_model_save(model, path.c_str());
  dpb_model *made = nullptr;
  const dpb_status loaded = dpb_model_load(path.c_str(), nullptr, &made);
  const owned<dpb_model> copy(made);
  unlink(path.c_str());
  expect(rmdir(folder.c_str()) == 0, "nothing else was written");
  check(saved);
  check(loaded);
  dpb_evaluation result{};
  check(dpb_evaluate(made, data, &result, nullptr));
  expect(result.correct == 4 && result.total == 4, "the loaded model knows xor");
}

/* What belongs to the host. */
struct host_state {
  std::string locale = std::setlocale(LC_ALL, nullptr);
  int rounding = std::fegetround();
  std::array<bool, 32> blocked{};
  std::array<void (*)(int), 32> handlers{};

  host_state() {
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    for (int i = 1; i < 32; i++) {
      struct sigaction action {};
      blocked[static_cast<size_t>(i)] = sigismember(&mask, i) == 1;
      if (sigaction(i, nullptr, &action) == 0)
        handlers[static_cast<size_t>(i)] = action.sa_handler;
    }
  }
  bool operator==(const host_state &other) const {
    return locale == other.locale && rounding == other.rounding &&
           blocked == other.blocked && handlers == other.handlers;
  }
};

} // namespace

int main() {
  try {
    const host_state before;
    dpb_blas_info blas{};
    dpb_blas_get_info(&blas);
    const int threads = blas.threads;
    errno = 1234;

    const auto data = xor_data();
    const auto model = xor_model();
    const auto history = train(model.get(), data.get());
    expect(!history.empty() && history.front().epoch == 1, "epochs count from 1");
    expect(history.back().train_loss < history.front().train_loss, "it learned");
    save_and_load(model.get(), data.get());
    dpb_model *none = model.get();
    expect(dpb_model_load("/no/such/file.npz", nullptr, &none) == DPB_ERR_NOT_FOUND,
           "a missing file is told");
    expect(none == nullptr, "the out-pointer is null after a failure");

    expect(errno == 1234, "errno is the host's");
    expect(before == host_state(), "locale, signals and rounding are the host's");
    dpb_blas_get_info(&blas);
    expect(blas.threads == threads, "OpenBLAS's number of threads is the host's");
  } catch (const std::exception &problem) {
    std::fprintf(stderr, "test_embed: %s\n", problem.what());
    return 1;
  }
  std::puts("test_embed: ok");
  return 0;
}
