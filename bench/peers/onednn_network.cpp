// SPDX-License-Identifier: MIT
#include "onednn_network.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "onednn_version.h"

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using desc = memory::desc;
using tag = memory::format_tag;

namespace {

constexpr auto f32 = memory::data_type::f32;

dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
dnnl::stream stream(cpu);

size_t count(const memory &m) {
  return m.get_desc().get_size() / sizeof(float);
}

// -- the few loops that oneDNN has no primitive for

// body(i) for begin <= i < end, compiled for one instruction set.
#define LOOP(name, attributes)                                                           \
  template <class Body>                                                                  \
  attributes void name(size_t begin, size_t end, const Body &body) {                     \
    for (size_t i = begin; i < end; i++) body(i);                                        \
  }
LOOP(plain_loop, )
#if defined(__x86_64__)
LOOP(avx2_loop, __attribute__((target("avx2,fma"))))
LOOP(avx512_loop, __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl"))))
#endif

// body(0) .. body(n - 1), in oneDNN's threads and with its instruction set: that of the
// CPU, or less where ONEDNN_MAX_CPU_ISA says so.
template <class Body> void loop(size_t n, const Body &body) {
  auto *run = plain_loop<Body>;
#if defined(__x86_64__)
  if (uses(dnnl::cpu_isa::avx2)) run = avx2_loop<Body>;
  if (uses(dnnl::cpu_isa::avx512_core)) run = avx512_loop<Body>;
#endif
  constexpr size_t block = 16384; // fewer are not worth a second thread
#pragma omp parallel for schedule(static) if (n > block)
  for (size_t begin = 0; begin < n; begin += block)
    run(begin, std::min(n, begin + block), body);
}

#define INLINE __attribute__((always_inline)) // into the loop of each instruction set

void adam(float *p, const float *g, float *m, float *v, size_t n, float rate) {
  loop(n, [=](size_t i) INLINE {
    m[i] += 0.1f * (g[i] - m[i]);
    v[i] += 0.001f * (g[i] * g[i] - v[i]);
    p[i] -= rate * m[i] / (std::sqrt(v[i]) + 1e-7f);
  });
}

void sigmoid_backward(float *g, const float *y, size_t n) {
  loop(n, [=](size_t i) INLINE { g[i] *= y[i] * (1.0f - y[i]); });
}

void relu_backward(float *g, const float *y, size_t n) {
  loop(n, [=](size_t i) INLINE { g[i] = y[i] > 0.0f ? g[i] : 0.0f; });
}

void multiply(float *x, const float *by, size_t n) {
  loop(n, [=](size_t i) INLINE { x[i] *= by[i]; });
}

void add_call(program &to, const dnnl::primitive &primitive, const arguments &a) {
  to.push_back([=] { primitive.execute(stream, a); });
}

// m in the format that a primitive wants: itself, or a copy that is made anew each time.
memory in_format(const memory &m, const desc &wanted, program &to) {
  if (m.get_desc() == wanted) return m;
  memory copy = zeros(wanted);
  add_call(to, dnnl::reorder(m, copy), {{DNNL_ARG_FROM, m}, {DNNL_ARG_TO, copy}});
  return copy;
}

dnnl::primitive_attr fused(algorithm activation) {
  dnnl::primitive_attr attributes;
  if (activation == algorithm::undef) return attributes;
  dnnl::post_ops after;
  append_activation(after, activation);
  attributes.set_post_ops(after);
  return attributes;
}

} // namespace

bool uses(dnnl::cpu_isa isa) {
  const auto bits = static_cast<unsigned>(isa);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

float *data(const memory &m) {
  return static_cast<float *>(m.get_data_handle());
}

memory zeros(const desc &d) {
  memory m(d, cpu);
  if (data(m)) std::fill_n(data(m), count(m), 0.0f);
  return m;
}

network::network(bool image)
    : input(image ? desc({batch, 1, 28, 28}, f32, tag::nchw)
                  : desc({batch, 784}, f32, tag::nc),
            cpu),
      act(input) {}

parameter network::add_parameter(const desc &plain, const desc &format, float deviation) {
  memory begin = zeros(plain);
  std::normal_distribution<float> normal(0.0f, 1.0f);
  for (size_t i = 0; i < count(begin); i++) data(begin)[i] = deviation * normal(random);
  parameter p{zeros(format), zeros(format), zeros(format), zeros(format)};
  dnnl::reorder(begin, p.value).execute(stream, begin, p.value);
  stream.wait();
  parameters.push_back(p);
  return p;
}

// Weight gradients may come in another format than the forward pass wants its weights in.
void network::add_weight_gradient(const dnnl::primitive &primitive, arguments a,
                                  const desc &format, const parameter &w,
                                  const parameter &b) {
  const bool same = format == w.gradient.get_desc();
  memory made = same ? w.gradient : zeros(format);
  a[DNNL_ARG_DIFF_WEIGHTS] = made;
  a[DNNL_ARG_DIFF_BIAS] = b.gradient;
  add_call(backward, primitive, a);
  if (!same)
    add_call(backward, dnnl::reorder(made, w.gradient),
             {{DNNL_ARG_FROM, made}, {DNNL_ARG_TO, w.gradient}});
}

void network::add_activation_gradient(algorithm activation, const memory &g,
                                      const memory &y) {
  if (activation == algorithm::eltwise_relu)
    backward.push_back([=] { relu_backward(data(g), data(y), count(g)); });
  if (activation == algorithm::eltwise_logistic)
    backward.push_back([=] { sigmoid_backward(data(g), data(y), count(g)); });
}

void network::conv(int filters, int kernel, int pad, algorithm activation) {
  using namespace dnnl;
  const bool first = layers.empty();
  const memory::dims in = dims_of(act.get_desc());
  const memory::dim c = in[1], size = in[2] + 2 * pad - kernel + 1;
  const memory::dims wd{filters, c, kernel, kernel}, stride{1, 1}, pads{pad, pad};
  const desc x(in, f32, first ? tag::nchw : tag::any), w(wd, f32, tag::any),
      b({filters}, f32, tag::x), y({batch, filters, size, size}, f32, tag::any);
  const auto direct = algorithm::convolution_direct;

  const auto describe = [&](algorithm then) {
    return describe_forward<convolution_forward>(cpu, fused(then),
                                                 prop_kind::forward_training, direct, x,
                                                 w, b, y, stride, pads, pads);
  };
  const auto plain = describe(algorithm::undef), f = describe(activation);
  const memory src = in_format(act, f.src_desc(), forward), dst = zeros(f.dst_desc());
  const parameter weights =
      add_parameter({wd, f32, tag::oihw}, f.weights_desc(),
                    std::sqrt(2.0f / static_cast<float>(c * kernel * kernel)));
  const parameter bias = add_parameter(b, f.bias_desc(), 0.0f);
  add_call(forward, convolution_forward(f),
           {{DNNL_ARG_SRC, src},
            {DNNL_ARG_WEIGHTS, weights.value},
            {DNNL_ARG_BIAS, bias.value},
            {DNNL_ARG_DST, dst}});
  act = dst;

  layers.push_back([=](memory above) -> memory {
    const memory g = in_format(above, dst.get_desc(), backward);
    add_activation_gradient(activation, g, dst);

    const auto bw = describe_backward<convolution_backward_weights>(
        cpu, plain, direct, x, w, b, y, stride, pads, pads);
    add_weight_gradient(convolution_backward_weights(bw),
                        {{DNNL_ARG_SRC, in_format(src, bw.src_desc(), backward)},
                         {DNNL_ARG_DIFF_DST, in_format(g, bw.diff_dst_desc(), backward)}},
                        bw.diff_weights_desc(), weights, bias);
    if (first) return memory();
    const auto bd = describe_backward<convolution_backward_data>(cpu, plain, direct, x, w,
                                                                 y, stride, pads, pads);
    const memory below = zeros(bd.diff_src_desc());
    add_call(backward, convolution_backward_data(bd),
             {{DNNL_ARG_DIFF_DST, in_format(g, bd.diff_dst_desc(), backward)},
              {DNNL_ARG_WEIGHTS, in_format(weights.value, bd.weights_desc(), backward)},
              {DNNL_ARG_DIFF_SRC, below}});
    return below;
  });
}

void network::pool() {
  const memory src = act;
  const desc x = src.get_desc();
  const memory::dims in = dims_of(x), two{2, 2}, none{0, 0};
  const desc y({batch, in[1], in[2] / 2, in[3] / 2}, f32, tag::any);
  const auto max = algorithm::pooling_max;
  const auto f = describe_forward<pooling_forward>(cpu, {}, prop_kind::forward_training,
                                                   max, x, y, two, two, none, none, none);
  const memory dst = zeros(f.dst_desc()), which(f.workspace_desc(), cpu);
  add_call(forward, pooling_forward(f),
           {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}, {DNNL_ARG_WORKSPACE, which}});
  act = dst;

  layers.push_back([=](memory above) -> memory {
    const auto b = describe_backward<pooling_backward>(cpu, f, max, x, dst.get_desc(),
                                                       two, two, none, none, none);
    const memory below = zeros(x);
    add_call(backward, pooling_backward(b),
             {{DNNL_ARG_DIFF_DST, in_format(above, dst.get_desc(), backward)},
              {DNNL_ARG_WORKSPACE, which},
              {DNNL_ARG_DIFF_SRC, below}});
    return below;
  });
}

void network::affine(int out, algorithm activation, float deviation) {
  using namespace dnnl;
  const bool first = layers.empty();
  const memory::dims in = dims_of(act.get_desc());
  memory::dims wd = in;
  wd[0] = out;
  float inputs = 1.0f;
  for (size_t i = 1; i < in.size(); i++) inputs *= static_cast<float>(in[i]);
  const desc x(in, f32, first ? tag::nc : tag::any), w(wd, f32, tag::any),
      b({out}, f32, tag::x), y({batch, out}, f32, tag::nc);

  const auto describe = [&](algorithm then) {
    return describe_forward<inner_product_forward>(
        cpu, fused(then), prop_kind::forward_training, x, w, b, y);
  };
  const auto plain = describe(algorithm::undef), f = describe(activation);
  const memory src = in_format(act, f.src_desc(), forward), dst = zeros(f.dst_desc());
  const parameter weights =
      add_parameter({wd, f32, in.size() == 2 ? tag::oi : tag::oihw}, f.weights_desc(),
                    deviation > 0.0f ? deviation : std::sqrt(2.0f / inputs));
  const parameter bias = add_parameter(b, f.bias_desc(), 0.0f);
  add_call(forward, inner_product_forward(f),
           {{DNNL_ARG_SRC, src},
            {DNNL_ARG_WEIGHTS, weights.value},
            {DNNL_ARG_BIAS, bias.value},
            {DNNL_ARG_DST, dst}});
  act = dst;

  layers.push_back([=](memory g) -> memory {
    add_activation_gradient(activation, g, dst);

    const auto bw =
        describe_backward<inner_product_backward_weights>(cpu, plain, x, w, b, y);
    add_weight_gradient(inner_product_backward_weights(bw),
                        {{DNNL_ARG_SRC, in_format(src, bw.src_desc(), backward)},
                         {DNNL_ARG_DIFF_DST, in_format(g, bw.diff_dst_desc(), backward)}},
                        bw.diff_weights_desc(), weights, bias);
    if (first) return memory();
    const auto bd = describe_backward<inner_product_backward_data>(
        cpu, plain, desc(in, f32, tag::any), w, y);
    const memory below = zeros(bd.diff_src_desc());
    add_call(backward, inner_product_backward_data(bd),
             {{DNNL_ARG_DIFF_DST, in_format(g, bd.diff_dst_desc(), backward)},
              {DNNL_ARG_WEIGHTS, in_format(weights.value, bd.weights_desc(), backward)},
              {DNNL_ARG_DIFF_SRC, below}});
    return below;
  });
}

// The share ratio of the values becomes 0, drawn anew at each step.
void network::dropout(float ratio) {
  const memory y = act;
  const auto mask = std::make_shared<std::vector<float>>(count(y));
  const uint32_t below = static_cast<uint32_t>(static_cast<double>(ratio) * 4294967295.0);
  forward.push_back([=] {
    for (float &keep : *mask) { // Marsaglia's xorshift
      mask_state ^= mask_state << 13;
      mask_state ^= mask_state >> 17;
      mask_state ^= mask_state << 5;
      keep = mask_state < below ? 0.0f : 1.0f;
    }
    multiply(data(y), mask->data(), mask->size());
  });
  layers.push_back([=](memory g) -> memory {
    backward.push_back([=] { multiply(data(g), mask->data(), mask->size()); });
    return g;
  });
}

// Softmax with cross-entropy, then the backward calls from the last layer to the first.
void network::end() {
  logits = act;
  probabilities = zeros(logits.get_desc());
  top_gradient = zeros(logits.get_desc());
  const auto f = describe_forward<softmax_forward>(
      cpu, {}, prop_kind::forward_inference, algorithm::softmax_accurate,
      logits.get_desc(), probabilities.get_desc(), 1);
  add_call(forward, softmax_forward(f),
           {{DNNL_ARG_SRC, logits}, {DNNL_ARG_DST, probabilities}});
  memory g = top_gradient;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) g = (*layer)(g);
}

float network::loss(const int32_t *labels) {
  const float *p = data(probabilities);
  float *g = data(top_gradient);
  for (int i = 0; i < batch * classes; i++) g[i] = p[i] * (1.0f / batch);
  double sum = 0.0;
  for (int i = 0; i < batch; i++) {
    const int at = i * classes + labels[i];
    g[at] -= 1.0f / batch;
    sum -= static_cast<double>(std::log(p[at] + 1e-7f));
  }
  return static_cast<float>(sum / batch);
}

void network::update() {
  steps++;
  const double rate =
      1e-3 * std::sqrt(1.0 - std::pow(0.999, steps)) / (1.0 - std::pow(0.9, steps));
  for (parameter &p : parameters)
    adam(data(p.value), data(p.gradient), data(p.m), data(p.v), count(p.value),
         static_cast<float>(rate));
}

float network::step(float *images, const int32_t *labels) {
  input.set_data_handle(images);
  for (auto &call : forward) call();
  stream.wait();
  const float value = loss(labels);
  for (auto &call : backward) call();
  stream.wait();
  update();
  return value;
}
