"""Orbit theorems, by training: orbits.py NNC FOLDER"""
import math
import pathlib
import struct
import subprocess
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Stdlib" / "Inputs"))
import weights

nnc, folder = sys.argv[1], pathlib.Path(sys.argv[2])


def write(name, **arrays):
    with zipfile.ZipFile(folder / name, "w") as archive:
        for field, (shape, numbers) in arrays.items():
            header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
            data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
            archive.writestr(f"{field}.npy", data + struct.pack(f"<{len(numbers)}d", *numbers))


def train(name, text):
    (folder / f"{name}.nn").write_text(text)
    subprocess.run([nnc, "build", f"{name}.nn", "-o", name], cwd=folder, check=True)
    subprocess.run([f"./{name}", "train", "-q"], cwd=folder, check=True, capture_output=True)
    return {path: numbers for path, (_, _, numbers) in weights.read(folder / f"{name}.safetensors")[0].items()}


def rotated(vectors, angle):
    c, s = math.cos(angle), math.sin(angle)
    return [[c * x - s * y, s * x + c * y] for x, y in vectors]


def apart(a, b):
    return max(abs(x - y) for x, y in zip(a, b))


ROWS = 7
points = [[math.sin(1.3 * k + 0.2), math.cos(0.7 * k * k)] for k in range(ROWS)]
write("plane.npz", x=((ROWS, 2), sum(points, [])), y=((ROWS,), [0.1 * k - 0.2 for k in range(ROWS)]))

# One hidden unit for each row of W; the output sees all of them alike.
program = """
start = {start}
data plane = npz("plane.npz")
model Net(x: f64[2]) -> f64 {{
  param W: f64[{units}, 2] = start
  sum(tanh(W @ x + 0.3))
}}
train Net on plane {{
  minimize (Net(x) - y) ^ 2
  using    {optimizer}
  for      {epochs} epochs
  {augment}
}}
"""


def after(name, start, optimizer="gd(0.05)", epochs=1, augment=""):
    text = program.format(start=start, units=len(start), optimizer=optimizer, epochs=epochs, augment=augment)
    return train(name, text)["Net.W"]


# ---- grad L(g W) = g^-T grad L(W): a step from g W ends at g of where one from W ends, for orthogonal g

begin = [[0.5, -0.2], [0.1, 0.9], [-0.7, 0.3]]
for k in (3, 4):
    angle = 2 * math.pi / k
    for clause in (f"augment all C({k}) on x.0", ""):
        plain = after("plain", begin, augment=clause)
        moved = after("moved", rotated(begin, angle), augment=clause)
        expected = sum(rotated([plain[2 * i:2 * i + 2] for i in range(3)], angle), [])
        error = apart(moved, expected)
        verdict = "equivariant" if error < 1e-13 else "not" if error > 1e-3 else error
        print(f"gradient under C({k}), {'whole orbits' if clause else 'data as it is'}: {verdict}")

# ---- weights that an element only permutes: they stay so, or not

for k in (3, 4):
    angle = 2 * math.pi / k
    symmetric = [row for j in range(k) for row in rotated([[0.8, 0.35]], j * angle)]
    for optimizer in ("gd(0.05)", "momentum(0.05)", "adam(lr: 0.05)"):
        for clause in (f"augment all C({k}) on x.0", ""):
            trained = after("trained", symmetric, optimizer, 20, clause)
            rows = [trained[2 * i:2 * i + 2] for i in range(k)]
            error = apart(sum(rotated(rows, angle), []), sum(rows[1:] + rows[:1], []))
            verdict = "stay symmetric" if error < 1e-12 else "do not" if error > 1e-3 else error
            where = "whole orbits" if clause else "data as it is"
            print(f"weights under C({k}), {optimizer.split('(')[0]}, {where}: {verdict}")

# ---- rotations: a quadrature is exact where the loss is a polynomial of its degree

quadratic = program.replace("sum(tanh(W @ x + 0.3))", "sum(W @ x)")
text = quadratic.format(start=begin, units=3, optimizer="gd(0.05)", epochs=1, augment="augment all SO(2) on x.0")
plain = train("quadrature", text)["Net.W"]
text = quadratic.format(start=rotated(begin, 0.7), units=3, optimizer="gd(0.05)", epochs=1,
                        augment="augment all SO(2) on x.0")
moved = train("quadrature", text)["Net.W"]
error = apart(moved, sum(rotated([plain[2 * i:2 * i + 2] for i in range(3)], 0.7), []))
print("gradient under SO(2), quadrature:", "equivariant" if error < 1e-13 else error)

# ---- conserved quantities of the gradient flow: their drift under gradient descent halves with the step

deep = """
A0 = [[0.5, -0.2], [0.1, 0.9], [-0.7, 0.3]]
B0 = [0.4, -0.6, 0.8]
data plane = npz("plane.npz")
model Net(x: f64[2]) -> f64 {{
  param A: f64[3, 2] = A0
  param B: f64[3] = B0
  dot(B, {activation}(A @ x))
}}
train Net on plane {{
  minimize (Net(x) - y) ^ 2
  using    gd({rate})
  for      {steps} steps
}}
"""


def drift(activation, steps):
    trained = train("deep", deep.format(activation=activation, rate=4.0 / steps, steps=steps))
    a, b = trained["Net.A"], trained["Net.B"]
    start_a, start_b = [0.5, -0.2, 0.1, 0.9, -0.7, 0.3], [0.4, -0.6, 0.8]

    def quantities(a, b):
        # Scaling a unit, A_k -> c A_k, B_k -> B_k / c: |A_k|^2 - B_k^2. Rotating units of a linear net: A A^T - B B^T.
        pairs = [(i, i) for i in range(3)] if activation == "relu" else [(i, j) for i in range(3) for j in range(i, 3)]
        return [sum(a[2 * i + c] * a[2 * j + c] for c in range(2)) - b[i] * b[j] for i, j in pairs]

    return apart(quantities(a, b), quantities(start_a, start_b))


for activation in ("relu", "1.0 *"):
    coarse, fine = drift(activation, 400), drift(activation, 800)
    name = "scaling through relu" if activation == "relu" else "rotation of a linear net"
    print(f"drift under gradient descent, {name}:", "halves" if 1.8 < coarse / fine < 2.2 else (coarse, fine))
