// SPDX-License-Identifier: MIT
//
// A small network on oneDNN's primitives, as fast as they go: direct convolution, the
// formats that each primitive likes best, ReLU and sigmoid fused into the forward pass, a
// vectorised Adam in as many threads.
#ifndef DEEPBLAS_ONEDNN_NETWORK_H
#define DEEPBLAS_ONEDNN_NETWORK_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <unordered_map>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

constexpr int batch = 100, classes = 10;

// Zeros, as oneDNN allocates them.
dnnl::memory zeros(const dnnl::memory::desc &d);
float *data(const dnnl::memory &m);

// oneDNN runs that instruction set: the CPU has it, and nothing confines oneDNN to less.
bool uses(dnnl::cpu_isa isa);

struct parameter {
  dnnl::memory value, gradient, m, v;
};

using arguments = std::unordered_map<int, dnnl::memory>;
using program = std::vector<std::function<void()>>; // calls that are run in order

class network {
public:
  explicit network(bool image); // input 1x28x28, or 784 numbers

  // The list of layers, ended by softmax and cross-entropy. Activations are
  // eltwise_relu, eltwise_logistic, or undef for none; deviation is that of the first
  // weights, 0: He's.
  void conv(int filters, int kernel, int pad, dnnl::algorithm activation);
  void pool();
  void affine(int out, dnnl::algorithm activation, float deviation);
  void dropout(float ratio);
  void end();

  // Forward, backward, update; returns the loss before it.
  float step(float *images, const int32_t *labels);

private:
  // Adds the layer's backward calls for the gradient of its output; returns that of its
  // input, or an empty memory for the first layer.
  using planner = std::function<dnnl::memory(dnnl::memory gradient)>;

  parameter add_parameter(const dnnl::memory::desc &plain,
                          const dnnl::memory::desc &format, float deviation);
  void add_weight_gradient(const dnnl::primitive &primitive, arguments a,
                           const dnnl::memory::desc &format, const parameter &w,
                           const parameter &b);
  void add_activation_gradient(dnnl::algorithm activation, const dnnl::memory &g,
                               const dnnl::memory &y);
  float loss(const int32_t *labels);
  void update();

  dnnl::memory input, act, logits, probabilities, top_gradient;
  program forward, backward;
  std::vector<planner> layers;
  std::vector<parameter> parameters;
  std::mt19937 random{1};
  uint32_t mask_state = 1;
  int steps = 0;
};

#endif
