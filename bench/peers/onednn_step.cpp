// SPDX-License-Identifier: MIT
//
// oneDNN's side of against_peers: a training step of a network on 28x28 images, straight
// on oneDNN's primitives (onednn_network.cpp). Usage: onednn_step TEXT THREADS
// DIGITS. TEXT is deepblas's text form of a network, as "affine 100, relu, affine 10";
// DIGITS is a file of 1,000 images as float32 and their labels as int32.
//
// Says "ready NAME BEFORE AFTER WHAT-IT-RUNS-ON" (losses of the first and of the 50th
// step) or "missing WHY"; then answers each line "SECONDS" on stdin with the median
// seconds of a step.
#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <omp.h>

#include "onednn_network.h"

namespace {

constexpr size_t pixels = 28 * 28;
constexpr int batches = 10;
constexpr int proof_steps = 50; // before anything is measured: the network learns

// One item of the list: "affine 100 he" is kind "affine", words {"100", "he"}.
struct item {
  std::string kind;
  std::vector<std::string> words;

  int number(size_t word) const {
    return word < words.size() ? std::stoi(words[word]) : 0;
  }
  // The number behind a letter or a name: k5, std 0.01.
  float value(const std::string &name, float usual) const {
    for (size_t i = 0; i < words.size(); i++) {
      if (words[i] == name && i + 1 < words.size()) return std::stof(words[i + 1]);
      const bool short_form = name.size() == 1 && words[i].size() > 1 &&
                              words[i][0] == name[0] && std::isdigit(words[i][1]);
      if (short_form) return std::stof(words[i].substr(1));
    }
    return usual;
  }
};

std::vector<item> parse(const std::string &text) {
  std::vector<item> items;
  std::istringstream list(text);
  for (std::string part; std::getline(list, part, ',');) {
    std::istringstream words(part);
    item next;
    words >> next.kind;
    for (std::string word; words >> word;) next.words.push_back(word);
    items.push_back(next);
  }
  return items;
}

// The activation to be fused into the layer before it.
dnnl::algorithm activation(const std::string &kind) {
  if (kind == "relu") return dnnl::algorithm::eltwise_relu;
  if (kind == "sigmoid") return dnnl::algorithm::eltwise_logistic;
  return dnnl::algorithm::undef;
}

// Adds the layer; false for what this program does not know.
bool add(network &n, const item &layer, dnnl::algorithm fused) {
  const float stride = layer.value("s", 1.0f);
  if (layer.kind == "affine") {
    n.affine(layer.number(0), fused, layer.value("std", 0.0f));
  } else if (layer.kind == "conv" && stride == 1.0f) {
    n.conv(layer.number(0), static_cast<int>(layer.value("k", 3.0f)),
           static_cast<int>(layer.value("p", 0.0f)), fused);
  } else if (layer.kind == "maxpool" && layer.number(0) == 2 &&
             layer.value("s", 2.0f) == 2.0f && layer.value("p", 0.0f) == 0.0f) {
    n.pool();
  } else if (layer.kind == "dropout") {
    n.dropout(std::stof(layer.words.at(0)));
  } else {
    return false;
  }
  return true;
}

std::unique_ptr<network> build(const std::string &text) {
  const std::vector<item> items = parse(text);
  auto n = std::make_unique<network>(items.at(0).kind == "conv");
  for (size_t i = 0; i < items.size(); i++) {
    if (items[i].kind == "softmax") continue; // the loss, which is always that
    auto fused = dnnl::algorithm::undef;
    const bool takes_one = items[i].kind == "affine" || items[i].kind == "conv";
    if (takes_one && i + 1 < items.size()) fused = activation(items[i + 1].kind);
    if (!add(*n, items[i], fused)) {
      std::printf("missing onednn_step.cpp does not know '%s' here\n",
                  items[i].kind.c_str());
      return nullptr;
    }
    if (fused != dnnl::algorithm::undef) i++;
  }
  n->end();
  return n;
}

struct digits {
  dnnl::memory room; // aligned
  std::vector<int32_t> labels;
  int done = 0;

  explicit digits(const char *path)
      : room(zeros({{batches * batch * static_cast<long>(pixels)},
                    dnnl::memory::data_type::f32,
                    dnnl::memory::format_tag::a})),
        labels(batches * batch) {
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char *>(data(room)), batches * batch * pixels * 4);
    file.read(reinterpret_cast<char *>(labels.data()), batches * batch * 4);
    if (!file) throw std::runtime_error("no digits");
  }

  float step(network &n) {
    const size_t first = static_cast<size_t>(done++ % batches) * batch;
    return n.step(data(room) + first * pixels, labels.data() + first);
  }
};

// The widest instruction set that oneDNN runs.
const char *isa() {
  using dnnl::cpu_isa;
  const std::pair<cpu_isa, const char *> known[] = {
      {cpu_isa::avx512_core_amx, "AVX-512 with AMX"},
      {cpu_isa::avx512_core, "AVX-512"},
      {cpu_isa::avx2, "AVX2"},
      {cpu_isa::avx, "AVX"},
      {cpu_isa::sse41, "SSE4.1"}};
  for (const auto &[isa, name] : known)
    if (uses(isa)) return name;
  return "the CPU's own instruction set";
}

double now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

// Answers until stdin ends.
void serve(network &n, digits &of) {
  std::vector<double> times;
  double seconds;
  while (std::scanf("%lf", &seconds) == 1) {
    times.clear();
    const double end = now() + seconds;
    while (times.size() < 5 || now() < end) {
      const double begin = now();
      of.step(n);
      times.push_back(now() - begin);
    }
    std::sort(times.begin(), times.end());
    std::printf("%.9f\n", times[times.size() / 2]);
    std::fflush(stdout);
  }
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 4) {
    std::fprintf(stderr, "Usage: onednn_step TEXT THREADS DIGITS\n");
    return 2;
  }
  setenv("OMP_NUM_THREADS", argv[2], 0); // read at the first parallel region
  try {
    const auto n = build(argv[1]);
    if (!n) return 0;
    digits of(argv[3]);
    float first = 0.0f, last = 0.0f;
    for (int i = 0; i < proof_steps; i++) {
      last = of.step(*n);
      if (i == 0) first = last;
    }
    const dnnl::version_t *v = dnnl::version();
    std::printf("ready oneDNN-%d.%d.%d %.4f %.4f %s, threads: %d\n", v->major, v->minor,
                v->patch, static_cast<double>(first), static_cast<double>(last), isa(),
                omp_get_max_threads());
    std::fflush(stdout);
    serve(*n, of);
  } catch (const std::exception &e) {
    std::printf("missing %s\n", e.what());
  }
  return 0;
}
