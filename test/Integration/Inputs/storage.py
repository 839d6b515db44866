"""Data, weights, arguments and results of 16 and 64 bits, held against numpy.

storage.py write FOLDER            makes the data
storage.py check FOLDER PROGRAM    compares what the trained program computes
"""
import json
import struct
import subprocess
import sys

import numpy as np


def write(folder):
    draw = np.random.default_rng(0)
    x = draw.normal(size=(64, 4)).astype(np.float16)
    y = np.tanh(x.astype(np.float32) @ np.array([1, -1, 0.5, 0.25], np.float32))
    open(f"{folder}/storage.csv", "w").write("low,count\n0.1,7\n0.2,-5\n")
    np.savez(f"{folder}/storage.npz", x=x, y=y.astype(np.float32), k=np.arange(128, dtype=np.int64).reshape(64, 2))


def bfloat(x):
    """The nearest bf16, ties to even, as f32."""
    bits = np.asarray(x, np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16).astype(np.uint32).view(np.float32)


def tensors(path):
    raw = open(path, "rb").read()
    (size,) = struct.unpack("<Q", raw[:8])
    for name, entry in json.loads(raw[8 : 8 + size]).items():
        if name != "__metadata__":
            yield name, entry, raw[8 + size :][slice(*entry["data_offsets"])]


def weights(path):
    held = {name: (entry, raw) for name, entry, raw in tensors(path)}
    kinds = {name: entry["dtype"] for name, (entry, _) in held.items()}
    assert (kinds["Net.W"], kinds["Net.v"], kinds["Net.steps"]) == ("BF16", "F16", "I64"), kinds
    assert kinds["adam_1.m.Net.W"] == kinds["adam_1.v.Net.v"] == "F32", kinds
    assert np.frombuffer(held["Net.steps"][1], np.int64)[0] == 80
    W = (np.frombuffer(held["Net.W"][1], np.uint16).astype(np.uint32) << 16).view(np.float32).reshape(8, 4)
    return W, np.frombuffer(held["Net.v"][1], np.float16).astype(np.float32)


def same(what, is_now, expected, tolerance=0.0):
    assert np.allclose(is_now, expected, rtol=tolerance, atol=tolerance, equal_nan=True), (what, is_now, expected)


def check(folder, program):
    def run(*args):
        out = subprocess.run([program, *args, "--json"], cwd=folder, capture_output=True, text=True, check=True).stdout
        return np.array(json.loads(out)["result"], np.float32).astype(np.float64)  # printed with the digits of an f32

    def text(values):
        return ",".join(repr(float(v)) for v in values)

    for isa in (["--isa", "avx2"], []):
        given = np.array([0.1, 1.0, 20000.0, 6e-8, 5.9e-5, 2049.0, -0.3, 0.0, 1e-3])
        stored = given.astype(np.float16).astype(np.float32)
        twice = (np.float32(2.5) * stored).astype(np.float16)
        same("half", run("half", text(given), *isa), twice.astype(np.float64))
        floats = np.array([1.0, 2.0, 0.1, 1e38, 3e-39, -7.0, 1 / 3, 257.0, 511.0], np.float32)
        same("brain", run("brain", text(floats), *isa), bfloat(floats / np.float32(3)).astype(np.float64))
        ties = np.array([257.0, 259.0, 513.0, -257.0, 1.00390625], np.float32)
        same("wide", run("wide", text(ties), *isa), bfloat(ties).astype(np.float64))
        same("called", run("called", "0.1,2,3", *isa), 0.5 * bfloat([0.1, 2, 3]).astype(float))
        same("counted", run("counted", "5,-7", *isa), [9, -15])
        table = np.arange(12, dtype=np.float32).reshape(3, 4) + np.float32(0.1)
        same("padded", run("padded", json.dumps(table.tolist()), *isa), np.pad(bfloat(table), 1))
        same("gathered", run("gathered", "1,2,3,4,5,6", "7,-1", *isa), [2, 6])
        same("slope", run("slope", "0.1,1,2,3", *isa), 2 / 3 * np.float16([0.1, 1, 2, 3]).astype(float), 1e-6)
    W, v = weights(f"{folder}/storage.safetensors")
    x = np.array([0.1, -0.7, 1.5, 0.3]).astype(np.float16).astype(np.float32)
    same("predict", run("predict", text([0.1, -0.7, 1.5, 0.3])), v @ np.tanh(W @ x), 1e-5)
    subprocess.run([program, "half", "0.1,3", "--out", "half.npy"], cwd=folder, check=True)
    half = np.load(f"{folder}/half.npy")
    assert half.dtype == np.float16 and (half == np.float16([0.25, 7.5])).all(), half
    subprocess.run([program, "counted", "5,-7", "--out", "counted.npy"], cwd=folder, check=True)
    assert np.load(f"{folder}/counted.npy").dtype == np.int64


if sys.argv[1] == "write":
    write(sys.argv[2])
else:
    check(*sys.argv[2:])
