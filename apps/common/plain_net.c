/* SPDX-License-Identifier: MIT
 *
 * Two layers, sample by sample.
 */
#include "plain_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

void plain_net_open(plain_net *net, size_t samples, size_t inputs, size_t hidden,
                    size_t classes, int relu) {
  *net = (plain_net){.samples = samples,
                     .inputs = inputs,
                     .hidden = hidden,
                     .classes = classes,
                     .relu = relu};
  net->x = need_memory(samples * inputs * sizeof *net->x);
  net->labels = need_memory(samples * sizeof *net->labels);
  net->z = need_memory((hidden + classes) * sizeof *net->z);
}

void plain_net_close(plain_net *net) {
  free(net->x);
  free(net->labels);
  free(net->z);
}

void plain_net_samples(plain_net *net, const dpb_batch *batch) {
  for (size_t s = 0; s < net->samples; s++) {
    const size_t row = batch->rows ? batch->rows[s] : s, first = row * net->inputs;
    net->labels[s] = batch->labels[row];
    for (size_t i = 0; i < net->inputs; i++) {
      float x = batch->features ? batch->features[first + i]
                                : (float)batch->pixels[first + i] * batch->scale;
      if (batch->scales) x = x * batch->scales[i] + batch->offsets[i];
      net->x[s * net->inputs + i] = (double)x;
    }
  }
}

size_t plain_net_count(const plain_net *net) {
  return (net->inputs + 1) * net->hidden + (net->hidden + 1) * net->classes;
}

/* y = x W + b. Most pixels of a digit are 0 and add nothing. */
static void affine(size_t in, size_t out, const double *x, const double *w,
                   const double *b, double *y) {
  memcpy(y, b, out * sizeof *y);
  for (size_t i = 0; i < in; i++) {
    if (x[i] == 0) continue;
    for (size_t j = 0; j < out; j++) y[j] += x[i] * w[i * out + j];
  }
}

/* -log of the softmax of z at label, its maximum taken off first. */
static double cross_entropy(size_t n, const double *z, int32_t label) {
  double largest = z[0];
  for (size_t j = 1; j < n; j++) largest = fmax(largest, z[j]);
  double sum = exp(z[0] - largest);
  for (size_t j = 1; j < n; j++) sum += exp(z[j] - largest);
  return largest + log(sum) - z[label];
}

double plain_net_loss(size_t count, const double *parameters, void *user) {
  const plain_net *net = user;
  const size_t hidden = net->hidden, classes = net->classes;
  const double *w1 = parameters, *b1 = w1 + net->inputs * hidden, *w2 = b1 + hidden,
               *b2 = parameters + count - classes;
  double *a = net->z, *z = a + hidden, sum = 0;
  for (size_t s = 0; s < net->samples; s++) {
    affine(net->inputs, hidden, net->x + s * net->inputs, w1, b1, a);
    for (size_t j = 0; j < hidden; j++)
      a[j] = net->relu ? fmax(a[j], 0) : 1 / (1 + exp(-a[j]));
    affine(hidden, classes, a, w2, b2, z);
    sum += cross_entropy(classes, z, net->labels[s]);
  }
  return sum / (double)net->samples;
}

dpb_status plain_net_read(const dpb_model *model,
                          dpb_status (*get)(const dpb_model *, const char *, float *,
                                            size_t),
                          double *values) {
  dpb_status status = DPB_OK;
  for (int p = 0; p < dpb_model_parameter_count(model) && status == DPB_OK; p++) {
    dpb_parameter_info info;
    status = dpb_model_parameter(model, p, &info);
    if (status != DPB_OK) break;
    float *part = need_memory(info.count * sizeof *part);
    status = get(model, info.name, part, info.count);
    for (size_t i = 0; i < info.count && status == DPB_OK; i++)
      *values++ = (double)part[i];
    free(part);
  }
  return status;
}
