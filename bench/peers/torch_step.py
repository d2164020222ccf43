#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""PyTorch's side of against_peers: a training step of a network on 28x28 images.

Usage: torch_step.py TEXT THREADS DIGITS [channels_last]
TEXT is deepblas's text form of a network, as 'affine 100, relu, affine 10'; DIGITS is a
file of 1,000 images as float32 and their labels as int32.

Says "ready NAME BEFORE AFTER WHAT-IT-RUNS-ON" (losses of the first and of the 50th
step) or "missing WHY"; then answers each line "SECONDS" on stdin with the median seconds
of a step.
"""
import re
import statistics
import sys
import time

try:
    import torch
    from torch import nn
except ImportError as error:
    print(f"missing {error} (Debian, Ubuntu: python3-torch)", flush=True)
    sys.exit()

BATCH = 100
BATCHES = 10
PIXELS = 28 * 28
PROOF_STEPS = 50  # before anything is measured, to show that the network learns


def initialise(layer, words, fan_in):
    std = (2 / fan_in) ** 0.5
    if "xavier" in words:
        std = (1 / fan_in) ** 0.5
    if "std" in words:
        std = float(words[words.index("std") + 1])
    nn.init.normal_(layer.weight, std=std)
    nn.init.zeros_(layer.bias)
    return layer


def extent(words, letter, usual):
    """The number in a word such as k5."""
    return next((int(w[1:]) for w in words if w[0] == letter and w[1:].isdigit()), usual)


def make(kind, words, shape):
    """The layers of one item of the list, whose input has this shape."""
    simple = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}
    if kind in simple:
        return [simple[kind]()]
    if kind == "affine":
        fan_in = shape.numel()
        layer = initialise(nn.Linear(fan_in, int(words[0])), words, fan_in)
        return [nn.Flatten(), layer] if len(shape) > 1 else [layer]
    if kind == "conv":
        kernel = extent(words, "k", 3)
        layer = nn.Conv2d(shape[0], int(words[0]), kernel, extent(words, "s", 1),
                          extent(words, "p", 0))
        return [initialise(layer, words, shape[0] * kernel * kernel)]
    if kind == "maxpool":
        size = int(words[0])
        return [nn.MaxPool2d(size, extent(words, "s", size), extent(words, "p", 0))]
    if kind == "dropout":
        return [nn.Dropout(float(words[0]))]
    return None


def build(text):
    layers = []
    x = torch.zeros(1, 1, 28, 28)
    for item in text.split(","):
        kind, *words = item.split()
        if kind == "softmax":  # the loss, which is always that
            continue
        made = make(kind, words, x.shape[1:])
        if made is None:
            print(f"missing torch_step.py does not know '{kind}'", flush=True)
            sys.exit()
        for layer in made:
            x = layer(x)
        layers += made
    return nn.Sequential(*layers)


def read_digits(path):
    """A list of mini-batches: images (100, 1, 28, 28), labels (100)."""
    count = BATCH * BATCHES
    with open(path, "rb") as file:
        images = torch.frombuffer(bytearray(file.read(count * PIXELS * 4)), dtype=torch.float32)
        labels = torch.frombuffer(bytearray(file.read(count * 4)), dtype=torch.int32).long()
    return images.reshape(BATCHES, BATCH, 1, 28, 28), labels.reshape(BATCHES, BATCH)


def adam(parameters):
    """In one pass over memory where this PyTorch can do that on a CPU (2.4 and later)."""
    parameters = list(parameters)
    try:
        return torch.optim.Adam(parameters, lr=1e-3, fused=True)
    except (RuntimeError, TypeError):
        return torch.optim.Adam(parameters, lr=1e-3)


def runs_on():
    """Instruction set, threads, and the libraries that the products are made by."""
    config = torch.__config__.show()
    isa = re.search("CPU capability usage: (.*)", config)
    parts = [isa[1] if isa else "unknown ISA", f"threads: {torch.get_num_threads()}"]
    for library in ("MKL-DNN v[0-9.]+", "Math Kernel Library Version [0-9.]+"):
        found = re.search(library, config)
        parts += [found[0]] if found else []
    if not torch.backends.mkl.is_available():  # the system's, which may be any
        with open("/proc/self/maps", encoding="utf-8") as maps:
            found = re.search(r"/\S*/lib(open)?blas\S*", maps.read())
        parts += [found[0]] if found else []
    return ", ".join(parts)


def main():
    text, threads, digits = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    memory_format = torch.contiguous_format
    if sys.argv[4:] == ["channels_last"]:
        memory_format = torch.channels_last
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    images, labels = read_digits(digits)
    images = [batch.contiguous(memory_format=memory_format) for batch in images]
    labels = list(labels)

    model = build(text).to(memory_format=memory_format).train()
    optimizer = adam(model.parameters())
    cross_entropy = nn.CrossEntropyLoss()
    done = 0

    def step():
        nonlocal done
        optimizer.zero_grad()
        loss = cross_entropy(model(images[done % BATCHES]), labels[done % BATCHES])
        loss.backward()
        optimizer.step()
        done += 1
        return loss

    losses = [step().item() for _ in range(PROOF_STEPS)]
    print(f"ready PyTorch-{torch.__version__} {losses[0]:.4f} {losses[-1]:.4f} {runs_on()}", flush=True)
    for line in sys.stdin:
        times = []
        end = time.perf_counter() + float(line)
        while len(times) < 5 or time.perf_counter() < end:
            begin = time.perf_counter()
            step()
            times.append(time.perf_counter() - begin)
        print(f"{statistics.median(times):.9f}", flush=True)


main()
