// SPDX-License-Identifier: MIT
//
// Where oneDNN 2 and 3 differ, in the words of 3: version 2 describes an operation apart
// from the primitive that is to do it, and calls by other names what takes the arguments
// of 3.
#ifndef DEEPBLAS_ONEDNN_VERSION_H
#define DEEPBLAS_ONEDNN_VERSION_H

#include <oneapi/dnnl/dnnl.hpp>
#include <oneapi/dnnl/dnnl_version.h>

#if DNNL_VERSION_MAJOR < 3

using softmax_forward = dnnl::softmax_v2_forward;
using pooling_forward = dnnl::pooling_v2_forward;
using pooling_backward = dnnl::pooling_v2_backward;

template <class Primitive, class... What>
typename Primitive::primitive_desc
describe_forward(const dnnl::engine &engine, const dnnl::primitive_attr &attributes,
                 const What &...what) {
  return {typename Primitive::desc(what...), attributes, engine};
}

// forward: the description of the operation whose gradient it is.
template <class Primitive, class Forward, class... What>
typename Primitive::primitive_desc describe_backward(const dnnl::engine &engine,
                                                     const Forward &forward,
                                                     const What &...what) {
  return {typename Primitive::desc(what...), engine, forward};
}

inline dnnl::memory::dims dims_of(const dnnl::memory::desc &d) {
  return d.dims();
}

inline void append_activation(dnnl::post_ops &to, dnnl::algorithm activation) {
  to.append_eltwise(1.0f, activation, 0.0f, 0.0f);
}

#else

using dnnl::pooling_backward;
using dnnl::pooling_forward;
using dnnl::softmax_forward;

template <class Primitive, class... What>
typename Primitive::primitive_desc
describe_forward(const dnnl::engine &engine, const dnnl::primitive_attr &attributes,
                 const What &...what) {
  return {engine, what..., attributes};
}

// forward: the description of the operation whose gradient it is.
template <class Primitive, class Forward, class... What>
typename Primitive::primitive_desc describe_backward(const dnnl::engine &engine,
                                                     const Forward &forward,
                                                     const What &...what) {
  return {engine, what..., forward};
}

inline dnnl::memory::dims dims_of(const dnnl::memory::desc &d) {
  return d.get_dims();
}

inline void append_activation(dnnl::post_ops &to, dnnl::algorithm activation) {
  to.append_eltwise(activation, 0.0f, 0.0f);
}

#endif
#endif
