/* SPDX-License-Identifier: MIT
 *
 * The same from C++: the headers compile, the names link, and errors come back as values.
 */
#include <deepblas/deepblas.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

int main() {
  dpb_model_config config{};
  config.input = {1, 1, 2};
  config.max_batch = 1;
  dpb_model *made = nullptr;
  dpb_model_create(&config, &made);
  const std::unique_ptr<dpb_model, void (*)(dpb_model *)> model(made, dpb_model_destroy);
  dpb_add_text(model.get(), "affine 3");
  if (dpb_model_build(model.get()) != DPB_OK) {
    std::fprintf(stderr, "consumer: %s\n", dpb_error_message());
    return 1;
  }
  const std::vector<float> input{1, 2};
  std::vector<float> output(3);
  dpb_batch batch{};
  batch.n = 1;
  batch.features = input.data();
  if (dpb_model_predict(model.get(), &batch, output.data()) != DPB_OK) return 1;
  const float sum = output[0] + output[1] + output[2];
  if (sum < 0.999F || sum > 1.001F) return 1;

  batch.n = 2;
  if (dpb_model_predict(model.get(), &batch, output.data()) == DPB_OK) return 1;
  if (std::strchr(dpb_error_message(), '2') == nullptr) return 1;
  std::printf("deepblas %s predicted\n", dpb_version());
}
