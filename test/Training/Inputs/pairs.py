"""Holds `compute bf16` against numpy in double precision, on every instruction set of this machine: pairs.py NNC FOLDER

Where all numbers are small integers, sums in any order are exact, and so must be the results: products of matrices in every layout, batched
ones, a convolution, their gradients, of odd lengths and sizes that fill no vector. Sums of other numbers differ by what rounding them in
another order may do, and no more.
"""
import pathlib
import re
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Stdlib" / "Inputs"))
import weights

nnc, folder = sys.argv[1], pathlib.Path(sys.argv[2])
flags = set(re.search(r"flags\s*:(.*)", open("/proc/cpuinfo").read()).group(1).split())
NEEDED = {"baseline": set(), "avx2": {"avx2", "fma"}, "avx512": {"avx512f", "avx512vl"}, "avx512bf16": {"avx512vl", "avx512_bf16"}}
SETS = [name for name, needed in NEEDED.items() if needed <= flags]
draw = np.random.default_rng(7)


def rounded(x):
    """To bf16: the nearest number with 8 significant bits, ties to even."""
    fraction, exponent = np.frexp(x)
    return np.ldexp(np.rint(fraction * 256) / 256, exponent)


def integers(*shape):
    return draw.integers(-3, 4, shape).astype(float)


def run(name, text, parameters):
    """Trains with each instruction set and two numbers of threads; yields the weights."""
    (folder / f"{name}.nn").write_text(text)
    subprocess.run([nnc, "build", f"{name}.nn", "-o", name, "--isa", ",".join(SETS)], cwd=folder, check=True)
    for isa in SETS:
        found = []
        for threads in ("1", "3"):
            subprocess.run([f"./{name}", "train", "-q", "--isa", isa, "--threads", threads], cwd=folder, check=True, capture_output=True)
            trained, _ = weights.read(folder / f"{name}.safetensors")
            found.append([np.array(trained[f"Net.{p}"][2]).reshape(trained[f"Net.{p}"][1]) for p in parameters])
        assert all(np.array_equal(a, b) for a, b in zip(*found)), (name, isa, "threads")
        yield isa, found[0]


def check_exact(name, text, expected):
    for isa, found in run(name, text, list(expected)):
        for (parameter, wanted), value in zip(expected.items(), found):
            assert np.array_equal(value, wanted), (name, isa, parameter, np.abs(value - wanted).max())
    print(name, "exact")


def train(objective, steps="1 steps in batches of 64", subject="Net"):
    return f"train {subject} {{\n  minimize {objective}\n  using    gd(1.0)\n  for      {steps}\n  compute  bf16\n}}\n"


def two_layers():
    """Forward, the gradients of both factors; the second layer sees what the first has summed, rounded."""
    rows, inputs, hidden, outputs = 64, 45, 67, 35
    A, B, X, C = integers(hidden, inputs), integers(outputs, hidden), integers(rows, inputs), integers(rows, outputs)
    H = X @ A.T
    dB = C.T @ rounded(H)
    dA = rounded(C @ B).T @ X
    text = f"""
xs = {X.tolist()}
cs = {C.tolist()}
model Net(x: f32[{inputs}]) -> f32[{outputs}] {{
  param A: f32[{hidden}, {inputs}] = {A.tolist()}
  param B: f32[{outputs}, {hidden}] = {B.tolist()}
  B @ (A @ x)
}}
"""
    # The mean over 64 examples is exact.
    check_exact("layers", text + train("sum(cs[example] * Net(xs[example]))"), {"A": A - dA / rows, "B": B - dB / rows})


def batched():
    """One product of matrices for each head, neither operand in the order of the other."""
    rows, heads, n, k, m = 64, 3, 19, 21, 23
    Q, R, X, C = integers(heads, k, n), integers(heads, m, k), integers(rows, heads, n), integers(rows, heads, m)
    H = np.einsum("hkn,bhn->bhk", Q, X)
    dR = np.einsum("bhm,bhk->hmk", C, rounded(H))
    dQ = np.einsum("bhk,bhn->hkn", rounded(np.einsum("bhm,hmk->bhk", C, R)), X)
    text = f"""
xs = {X.tolist()}
cs = {C.tolist()}
model Net(x: f32[{heads}, {n}]) -> f32[{heads}, {m}] {{
  param Q: f32[{heads}, {k}, {n}] = {Q.tolist()}
  param R: f32[{heads}, {m}, {k}] = {R.tolist()}
  y[h, i] = sum[j] Q[h, i, j] * x[h, j]
  z[h, i] = sum[j] R[h, i, j] * y[h, j]
  z
}}
"""
    check_exact("batched", text + train("sum(cs[example] * Net(xs[example]))"), {"Q": Q - dQ / rows, "R": R - dR / rows})


def convolution():
    """Two convolutions without padding, of odd numbers of channels."""
    rows, channels, hidden, outputs, side = 16, 5, 9, 7, 9
    K, L = integers(hidden, channels, 3, 3), integers(outputs, hidden, 2, 2)
    X, C = integers(rows, channels, side, side), integers(rows, outputs, side - 3, side - 3)
    windows = np.lib.stride_tricks.sliding_window_view
    H = np.einsum("bcijuv,ocuv->boij", windows(X, (3, 3), (2, 3)), K)
    dL = np.einsum("boij,bcijuv->ocuv", C, windows(rounded(H), (2, 2), (2, 3)))
    dH = np.einsum("boijuv,ocuv->bcij", windows(np.pad(C, ((0, 0), (0, 0), (1, 1), (1, 1))), (2, 2), (2, 3)), L[:, :, ::-1, ::-1])
    dK = np.einsum("boij,bcijuv->ocuv", rounded(dH), windows(X, (3, 3), (2, 3)))
    text = f"""
xs = {X.tolist()}
cs = {C.tolist()}
model Net(x: f32[{channels}, {side}, {side}]) -> f32[{outputs}, {side - 3}, {side - 3}] {{
  param K: f32[{hidden}, {channels}, 3, 3] = {K.tolist()}
  param L: f32[{outputs}, {hidden}, 2, 2] = {L.tolist()}
  y[o, i < {side - 2}, j < {side - 2}] = sum[c, u, v] K[o, c, u, v] * x[c, i + u, j + v]
  z[o, i < {side - 3}, j < {side - 3}] = sum[c, u, v] L[o, c, u, v] * y[c, i + u, j + v]
  z
}}
"""
    check_exact("convolution", text + train("sum(cs[example] * Net(xs[example]))", f"1 steps in batches of {rows}"),
                {"K": K - dK / rows, "L": L - dL / rows})


def short_batch():
    """65 examples in batches of 64: what another batch has left behind the only example of the second one counts as nothing."""
    rows, inputs, outputs = 65, 24, 40
    A, X, C = integers(outputs, inputs), integers(rows, inputs), integers(rows, outputs)
    np.savez(folder / "short.npz", x=X.astype(np.float32), c=C.astype(np.float32))
    text = f"""
data d = npz("short.npz")
model Net(x: f32[{inputs}]) -> f32[{outputs}] {{
  param A: f32[{outputs}, {inputs}] = {A.tolist()}
  A @ x
}}
"""
    # Any example may be the last one.
    choices = [A - (C.T @ X - np.outer(c, x)) / 64 - np.outer(c, x) for x, c in zip(X, C)]
    for isa, (found,) in run("short", text + train("sum(c * Net(x))", "1 epochs in batches of 64", "Net on d"), ["A"]):
        assert any(np.array_equal(found, choice) for choice in choices), ("short", isa)
    print("short exact")


def real_numbers():
    """Factors are what they are; their products are summed in f32 in some order."""
    rows, inputs, outputs = 64, 300, 70
    X, C = (draw.normal(size=(rows, n)).astype(np.float32).astype(float) for n in (inputs, outputs))
    text = f"""
xs = {X.tolist()}
cs = {C.tolist()}
model Net(x: f32[{inputs}]) -> f32[{outputs}] {{
  param A: f32[{outputs}, {inputs}] = {np.zeros((outputs, inputs)).tolist()}
  A @ x
}}
"""
    # A power of two changes no rounding.
    factors = rounded(C).T / rows, rounded(X)
    exact, bound = factors[0] @ factors[1], np.abs(factors[0]) @ np.abs(factors[1])
    for isa, (found,) in run("reals", text + train("sum(cs[example] * Net(xs[example]))"), ["A"]):
        worst = (np.abs(found + exact) / bound).max()
        assert worst <= rows * 2.0**-24, ("reals", isa, worst)
    print("reals within the bound of sums in f32")


two_layers()
batched()
convolution()
short_batch()
real_numbers()
print("sets", *SETS)
