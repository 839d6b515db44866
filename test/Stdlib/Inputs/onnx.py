"""Holds optimizers against the test vectors of ONNX's training operators: onnx.py NNC FOLDER VECTORS

A vector is one step from given states: weights, states and step are written into a weights file, from which training goes on.
ONNX adds norm_coefficient / 2 * sum(X^2) to the objective, and corrects no bias in step 0, as nobody does after many steps.
"""
import pathlib
import struct
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).parents[2] / "Oracle" / "Inputs"))

import weights
from onnx_format import fields


def tensor(path):
    """The numbers of a TensorProto; its second field says whether they are floats or 64-bit integers."""
    message = list(fields(path.read_bytes()))
    code, size = ("f", 4) if (2, 1) in message else ("q", 8)
    for number, value in message:
        if number == 9:
            return list(struct.unpack(f"<{len(value) // size}{code}", value))
        if number == 4:
            return list(struct.unpack(f"<{len(value) // 4}f", value))
    raise ValueError(f"{path} holds no numbers")


def attributes(path):
    """The float attributes of the only node of a model."""
    graph = next(value for number, value in fields(path.read_bytes()) if number == 7)
    node = next(value for number, value in fields(graph) if number == 1)
    found = {}
    for number, value in fields(node):
        if number == 5:
            attribute = dict(fields(value))
            if 2 in attribute:
                found[attribute[1].decode()] = attribute[2]
    return found


# Vector: the optimizer in terms of the node's attributes, the states in the order of the inputs, and the step that was done before.
CASES = {
    "test_momentum": ("sgd(RATE, momentum: {alpha})", ["sgd_1.v"], 0),
    "test_nesterov_momentum": ("nesterov(RATE, momentum: {alpha})", ["nesterov_1.v"], 0),
    "test_adagrad": ("adagrad(RATE, eps: {epsilon})", ["adagrad_1.s"], 0),
    "test_adam": ("adam(RATE, beta1: {alpha}, beta2: {beta}, eps: {epsilon})", ["adam_1.m", "adam_1.v"], 10**6),
}


def check(nnc, folder, vectors, name):
    optimizer, states, step = CASES[name]
    known = attributes(vectors / name / "model.onnx")
    data = vectors / name / "test_data_set_0"
    (rate,), _, x, g, *before = [tensor(data / f"input_{k}.pb") for k in range(4 + len(states))]
    after = [tensor(data / f"output_{k}.pb") for k in range(1 + len(states))]
    optimizer = optimizer.replace("RATE", repr(rate)).format(**{key: f"{value:.9f}" for key, value in known.items()})
    (folder / f"{name}.nn").write_text(
        f"g = {g}\nmodel M() -> f32 {{\n  param a: f32[{len(x)}] = {x}\n"
        f"  sum(g * a) + {known['norm_coefficient'] / 2:.9f} * sum(a ^ 2)\n}}\n"
        f"train M {{\n  minimize M()\n  using {optimizer}\n  for 1 steps\n}}\n"
    )
    subprocess.run([nnc, "build", f"{name}.nn", "-o", name], cwd=folder, check=True)
    names = ["M.a"] + [f"{state}.M.a" for state in states]
    file = folder / f"{name}.safetensors"
    weights.write(
        file,
        {key: ("F32", [len(x)], numbers) for key, numbers in zip(names, [x] + before)},
        {"program": name, "step": str(step), "seed": "0"},
    )
    subprocess.run([f"./{name}", "train", "-q", "--resume", "--steps", str(step + 1)], cwd=folder, check=True)
    tensors, _ = weights.read(file)
    wrong = 0
    for key, expected in zip(names, after):
        apart = max(abs(p - q) / (1 + abs(q)) for p, q in zip(tensors[key][2], expected))
        if not apart < 1e-6:
            print(f"{name}, {key}: {tensors[key][2]} instead of {expected}")
            wrong += 1
    return wrong


nnc, folder, vectors = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
wrong = sum(check(nnc, folder, vectors, name) for name in CASES)
print(f"{len(CASES)} vectors, {wrong} tensors wrong")
