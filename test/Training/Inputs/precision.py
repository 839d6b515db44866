"""Holds `compute bf16` and `compute tf32` against a model of their rounding: precision.py NNC FOLDER

One step of gradient descent on a network of two layers, by hand: the factors of products of matrices are rounded, in the gradients, too;
nothing else is.
"""
import math
import pathlib
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Stdlib" / "Inputs"))
import weights

nnc, folder = sys.argv[1], pathlib.Path(sys.argv[2])
ROWS, INPUTS, HIDDEN, OUT = 4, 5, 6, 3


def f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def rounded(x, mantissa):
    """To the nearest number with so many bits behind the leading one, ties to even."""
    if mantissa is None or x == 0:
        return x
    scale = 2.0 ** (math.frexp(x)[1] - 1 - mantissa)
    return round(x / scale) * scale


A = [[f32(math.sin(3 * i + j)) for j in range(INPUTS)] for i in range(HIDDEN)]
B = [[f32(math.cos(2 * i - j)) for j in range(HIDDEN)] for i in range(OUT)]
X = [[f32(math.sin(b + 0.7 * j)) for j in range(INPUTS)] for b in range(ROWS)]
Y = [[f32(math.cos(b * k)) for k in range(OUT)] for b in range(ROWS)]


def product(a, b, r):
    """[n, k] by [k, m], of rounded factors."""
    return [[math.fsum(r(a[i][k]) * r(b[k][j]) for k in range(len(b))) for j in range(len(b[0]))] for i in range(len(a))]


def turned(a):
    return [list(column) for column in zip(*a)]


def step(mantissa):
    r = lambda x: rounded(f32(x), mantissa)
    z = product(X, turned(A), r)
    h = [[math.tanh(x) for x in row] for row in z]
    o = product(h, turned(B), r)
    do = [[2 * (o[b][k] - Y[b][k]) / ROWS for k in range(OUT)] for b in range(ROWS)]
    dB = product(turned(do), h, r)
    dh = product(do, B, r)
    dz = [[dh[b][i] * (1 - h[b][i] ** 2) for i in range(HIDDEN)] for b in range(ROWS)]
    dA = product(turned(dz), X, r)
    return ([A[i][j] - dA[i][j] for i in range(HIDDEN) for j in range(INPUTS)],
            [B[k][i] - dB[k][i] for k in range(OUT) for i in range(HIDDEN)])


def program(clause):
    return f"""
xs = {X}
ys = {Y}
model Net(x: f32[{INPUTS}]) -> f32[{OUT}] {{
  param A: f32[{HIDDEN}, {INPUTS}] = {A}
  param B: f32[{OUT}, {HIDDEN}] = {B}
  B @ tanh(A @ x)
}}
train Net {{
  minimize squared(Net(xs[example]), ys[example])
  using    gd(1.0)
  for      1 steps in batches of {ROWS}
  report   squared(Net(xs[example]), ys[example])
  {clause}
}}
"""


def distance(a, b):
    return max(abs(x - y) / (1 + abs(y)) for x, y in zip(a, b))


exact = step(None)
for clause, mantissa in (("", None), ("compute f32", None), ("compute bf16", 7), ("compute tf32", 10)):
    name = "net_" + (clause.split()[-1] if clause else "plain")
    (folder / f"{name}.nn").write_text(program(clause))
    subprocess.run([nnc, "build", f"{name}.nn", "-o", name], cwd=folder, check=True)
    subprocess.run([f"./{name}", "train", "-q"], cwd=folder, check=True, capture_output=True)
    trained, _ = weights.read(folder / f"{name}.safetensors")
    by_hand = step(mantissa)
    near = max(distance(trained[f"Net.{p}"][2], w) for p, w in zip("AB", by_hand))
    far = max(distance(trained[f"Net.{p}"][2], w) for p, w in zip("AB", exact))
    print(clause or "default", "as by hand" if near < 2e-6 else near, "and f32" if far < 2e-6 else "and not f32")
