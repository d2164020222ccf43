#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""onnxruntime's side of against_peers --predict: a prediction of a network on 28x28 images.

Usage: onnx_predict.py TEXT THREADS DIGITS BATCH WEIGHTS
TEXT is deepblas's text form of a network, as 'affine 100, relu, affine 10'; DIGITS is a
file of 1,000 images as float32 and their labels as int32; WEIGHTS is an .npz of deepblas's
parameters (W1, b1, ...), which are in the order that ONNX wants.

Says "ready NAME LOSS RIGHT" (mean loss and hits, in percent, over the 1,000 digits) or "missing WHY"; then answers each line "SECONDS" on stdin with the median seconds of a prediction of
BATCH images.
"""
import statistics
import sys
import time

try:
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    print(f"missing {error} (pip: onnxruntime onnx)", flush=True)
    sys.exit()

DIGITS = 1000
PIXELS = 28 * 28
OPSET = 17


class Graph:
    """A chain of nodes: each takes what the one before has made."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.constants = []
        self.top = "x"
        self.numbered = 0  # layers with weights so far

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, kind, *constants, **attributes):
        out = f"y{len(self.nodes)}"
        inputs = [self.top, *(self.constant(c) for c in constants)]
        self.nodes.append(helper.make_node(kind, inputs, [out], **attributes))
        self.top = out

    def next_weights(self):
        self.numbered += 1
        arrays = [self.weights[f"W{self.numbered}"]]
        if f"b{self.numbered}" in self.weights:
            arrays.append(self.weights[f"b{self.numbered}"])
        return [a.astype(np.float32) for a in arrays]


def extent(words, letter, usual):
    """The number in a word such as k5."""
    return next((int(w[1:]) for w in words if w[0] == letter and w[1:].isdigit()), usual)


def window(words, kernel, stride):
    pad = extent(words, "p", 0)
    return {"kernel_shape": [kernel] * 2, "strides": [extent(words, "s", stride)] * 2,
            "pads": [pad] * 4}


def append(graph, kind, words):
    """One item of the list; False where it is not known."""
    simple = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}
    if kind in simple:
        graph.add(simple[kind])
    elif kind == "affine":
        graph.add("Flatten")
        graph.add("Gemm", *graph.next_weights())
    elif kind == "conv":
        graph.add("Conv", *graph.next_weights(), **window(words, extent(words, "k", 3), 1))
    elif kind == "maxpool":
        graph.add("MaxPool", **window(words, int(words[0]), int(words[0])))
    elif kind == "dropout":  # the book's: it scales in prediction
        graph.add("Mul", np.float32(1 - float(words[0])))
    else:
        return kind == "softmax"  # the loss; its probabilities come at the end anyway
    return True


def build(text, weights, batch):
    graph = Graph(weights)
    for item in text.split(","):
        kind, *words = item.split()
        if not append(graph, kind, words):
            print(f"missing onnx_predict.py does not know '{kind}'", flush=True)
            sys.exit()
    graph.add("Softmax", axis=1)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 1, 28, 28])
    y = helper.make_tensor_value_info(graph.top, TensorProto.FLOAT, [batch, None])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "network", [x], [y], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def read_digits(path):
    with open(path, "rb") as file:
        images = np.frombuffer(file.read(DIGITS * PIXELS * 4), dtype=np.float32)
        labels = np.frombuffer(file.read(DIGITS * 4), dtype=np.int32)
    return images.reshape(DIGITS, 1, 28, 28), labels


def session_of(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options,
                                        providers=["CPUExecutionProvider"])


def main():
    text, threads, digits, batch = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    images, labels = read_digits(digits)
    with np.load(sys.argv[5]) as weights:
        session = session_of(build(text, weights, batch), threads)
    batches = [np.ascontiguousarray(images[i:i + batch]) for i in range(0, DIGITS, batch)]

    found = np.concatenate([session.run(None, {"x": x})[0] for x in batches])
    loss = -np.log(found[np.arange(DIGITS), labels] + 1e-30).mean()
    right = 100 * (found.argmax(axis=1) == labels).mean()
    print(f"ready onnxruntime-{onnxruntime.__version__} {loss:.6f} {right:.2f}", flush=True)

    # bound once: what the calls cost in Python is not the library's time
    bindings = []
    for x in batches[:10]:
        binding = session.io_binding()
        binding.bind_cpu_input("x", x)
        binding.bind_output(session.get_outputs()[0].name)
        bindings.append(binding)
    done = 0
    for line in sys.stdin:
        times = []
        end = time.perf_counter() + float(line)
        while len(times) < 5 or time.perf_counter() < end:
            binding = bindings[done % len(bindings)]
            begin = time.perf_counter()
            session.run_with_iobinding(binding)
            times.append(time.perf_counter() - begin)
            done += 1
        print(f"{statistics.median(times):.9f}", flush=True)


main()
