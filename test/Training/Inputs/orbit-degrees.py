"""grad of the mean loss over an orbit, at g W and at W, for losses that are polynomials of a degree: orbit-degrees.py NNC FOLDER"""
import math
import pathlib
import struct
import subprocess
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Stdlib" / "Inputs"))
import weights

nnc, folder = sys.argv[1], pathlib.Path(sys.argv[2])

# Both W and V = g W are trained by one step of the same recipe, and meet only in the sum that it minimizes.
PROGRAM = """
W0 = {W}
V0 = {V}
data points = npz("points.npz")
model Net(x: f64[{d}]) -> f64 {{
  param W: f64[2, {d}] = W0
  param V: f64[2, {d}] = V0
  sum((1 + W @ x) ^ {power}) + sum((1 + V @ x) ^ {power})
}}
train Net on points {{
  minimize Net(x)
  using    gd(1.0)
  for      1 steps
  {augment}
}}
"""
POINTS = {2: [0.9, 0.4, -0.3, 0.8], 3: [0.9, 0.4, -0.2, -0.3, 0.8, 0.5]}
START = {2: [[0.5, -0.2], [0.1, 0.7]], 3: [[0.5, -0.2, 0.3], [0.1, 0.7, -0.4]]}


def product(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]


def turn(d, i, j, angle):
    matrix = [[float(r == c) for c in range(d)] for r in range(d)]
    matrix[i][i] = matrix[j][j] = math.cos(angle)
    matrix[i][j], matrix[j][i] = -math.sin(angle), math.sin(angle)
    return matrix


def moved(g, rows):
    return [[sum(g[i][j] * row[j] for j in range(len(row))) for i in range(len(row))] for row in rows]


def gradients(d, g, power, augment):
    """Of W and of g W, one row of numbers each."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': (2, {d}), }}".ljust(117) + "\n"
    data = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{2 * d}d", *POINTS[d])
    with zipfile.ZipFile(folder / "points.npz", "w") as archive:
        archive.writestr("x.npy", data)
    W, V = START[d], moved(g, START[d])
    (folder / "net.nn").write_text(PROGRAM.format(W=W, V=V, d=d, power=power, augment=augment))
    subprocess.run([nnc, "build", "net.nn", "-o", "net"], cwd=folder, check=True)
    subprocess.run(["./net", "train", "-q"], cwd=folder, check=True, capture_output=True)
    trained = {path: numbers for path, (_, _, numbers) in weights.read(folder / "net.safetensors")[0].items()}
    rows = lambda name, start: [[start[r][c] - trained[name][d * r + c] for c in range(d)] for r in range(2)]
    return rows("Net.W", W), rows("Net.V", V)


def verdict(d, g, power, augment):
    """Whether grad L(g W) = g grad L(W); far from it if not, so that neither is a matter of rounding."""
    ofStart, ofMoved = gradients(d, g, power, augment)
    expected = moved(g, ofStart)
    apart = max(abs(x - y) for one, other in zip(ofMoved, expected) for x, y in zip(one, other))
    size = max(abs(x) for row in expected for x in row)
    return "equivariant" if apart < 1e-13 * size else "not" if apart > 1e-4 * size else apart / size


FLIP = [[1.0, 0.0], [0.0, -1.0]]
SPACE = product(turn(3, 0, 1, 0.7), product(turn(3, 1, 2, 1.1), turn(3, 0, 1, -0.4)))

for group, g, powers in (("SO(2)", turn(2, 0, 1, 0.7), (2, 3, 4, 5)), ("O(2)", product(FLIP, turn(2, 0, 1, 0.7)), (3, 4)),
                         ("SO(3)", SPACE, (2, 3, 4))):
    for power in powers:
        for degree in (power, power - 1):
            clause = f"augment all {group} on x.0, degree: {degree}"
            print(f"{group}, loss of degree {power}, quadrature of degree {degree}: {verdict(len(g), g, power, clause)}")

# Of a finite group the mean is one over all elements: exact for them, whatever the loss, and for other turns only where
# the elements are a quadrature of the circle.
for group, element, powers in (("C(4)", turn(2, 0, 1, math.pi / 2), (3, 4, 7)), ("D(3)", product(FLIP, turn(2, 0, 1, 2 * math.pi / 3)), (2, 3, 7))):
    for power in powers:
        for which, g in (("an element", element), ("a turn by 0.7", turn(2, 0, 1, 0.7))):
            print(f"{group}, loss of degree {power}, {which}: {verdict(2, g, power, f'augment all {group} on x.0')}")
