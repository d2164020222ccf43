/* SPDX-License-Identifier: MIT
 *
 * A program of somebody else's: learns exclusive or, and says so.
 */
#include <deepblas/deepblas.h>
#include <stdio.h>

static int report(void) {
  fprintf(stderr, "consumer: %s\n", dpb_error_message());
  return 1;
}

int main(void) {
  const float inputs[4 * 2] = {0, 0, 0, 1, 1, 0, 1, 1};
  const int32_t labels[4] = {0, 1, 1, 0};
  const dpb_batch batch = {.n = 4, .features = inputs, .labels = labels};
  dpb_model *model;
  dpb_optimizer *optimizer;
  double loss = 0;
  float outputs[4 * 2];
  float *parameters, *gradients;
  size_t count;

  dpb_model_create(&(dpb_model_config){.input = {1, 1, 2}, .max_batch = 4, .seed = 1},
                   &model);
  dpb_add_text(model, "affine 16, tanh, affine 2");
  if (dpb_model_build(model) != DPB_OK) return report();
  if (dpb_model_flat(model, &parameters, &gradients, &count) != DPB_OK) return report();
  if (dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM, .lr = 0.05F}, count,
                           &optimizer) != DPB_OK) {
    return report();
  }
  for (int step = 0; step < 200; step++) {
    if (dpb_train_step(model, optimizer, &batch, &loss) != DPB_OK) return report();
  }
  if (dpb_model_predict(model, &batch, outputs) != DPB_OK) return report();
  for (int i = 0; i < 4; i++) {
    if (outputs[2 * i + labels[i]] < 0.9F) {
      fprintf(stderr, "consumer: sample %d: %g, loss %g\n", i,
              (double)outputs[2 * i + labels[i]], loss);
      return 1;
    }
  }
  printf("deepblas %s learned exclusive or\n", dpb_version());
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  return 0;
}
