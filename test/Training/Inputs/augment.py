"""Counts what augmentations make of one example, and compares whole orbits with data that holds them: augment.py NNC FOLDER"""
import pathlib
import struct
import subprocess
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Stdlib" / "Inputs"))
import weights

nnc, folder = sys.argv[1], pathlib.Path(sys.argv[2])


def npy(shape, numbers):
    code = "<i4" if all(isinstance(x, int) for x in numbers) else "<f8"
    header = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(numbers)}{'i' if code == '<i4' else 'd'}", *numbers)


def write(name, **arrays):
    with zipfile.ZipFile(folder / name, "w") as archive:
        for field, (shape, numbers) in arrays.items():
            archive.writestr(f"{field}.npy", npy(shape, numbers))


def train(name, text):
    (folder / f"{name}.nn").write_text(text)
    subprocess.run([nnc, "build", f"{name}.nn", "-o", name], cwd=folder, check=True)
    subprocess.run([f"./{name}", "train", "-q"], cwd=folder, check=True, capture_output=True)
    return {path: numbers for path, (_, _, numbers) in weights.read(folder / f"{name}.safetensors")[0].items()}


# ---- counts: the gradient by W is what the step sees, so W ends as the sum of all that was seen

ROWS, EPOCHS = 64, 100
ONES = ROWS * EPOCHS
spot = [0.0] * 9
spot[1] = 1.0  # at [0, 1] of a 3 x 3 grid, which D(4) takes to 4 places and C(2) to 2
corner = [0.0] * 16
corner[1] = 1.0  # at [0, 1] of a 4 x 4 grid, which D(4) takes to 8 places
write("spot.npz", x=((ROWS, 3, 3), spot * ROWS), big=((ROWS, 4, 4), corner * ROWS), v=((ROWS, 3), [0.0, 1.0, 2.0] * ROWS),
      kind=((ROWS, 2), [0, 2] * ROWS))


def seen(name, clause, value, shape):
    text = f"""
group halves = generated([[2, 3, 0, 1]])
data spot: (x: f64[3, w: 3], big: f64[4, 4], v: f64[n: 3], kind: index(3)[2]) = npz("spot.npz")
model W(x: f64[{shape}]) -> f64 {{
  param w: f64[{shape}] = 0
  sum(w * x)
}}
train W on spot {{
  value = {value}
  maximize {ROWS} * W(value)
  using    gd(1.0)
  for      {EPOCHS} epochs in batches of {ROWS}
  {clause}
}}
"""
    return train(name, text)["W.w"]


def uniform(name, clause, value, shape, places):
    counts = seen(name, clause, value, shape)
    expected = ONES / len(places)
    inside = all(abs(counts[k] - expected) < 5 * expected**0.5 for k in places)
    outside = sum(counts[k] for k in range(len(counts)) if k not in places)
    print(f"{name}: {len(places)} places,", "uniform" if inside and outside == 0 else counts)


uniform("turns", "augment C(4) on x.(0, 1)", "x", "3, 3", [1, 3, 5, 7])
uniform("half_turns", "augment C(2) on x.(0, w)", "x", "3, 3", [1, 7])
uniform("flips", "augment D(1) on big.(0, 1)", "big", "4, 4", [1, 2])
uniform("dihedral", "augment D(4) on big.(0, 1)", "big", "4, 4", [1, 2, 4, 7, 8, 11, 13, 14])
uniform("torus", "augment shifts(3, 3) on x.(0, 1)", "x", "3, 3", range(9))
uniform("cycle", "augment Z(3) on x.1", "x", "3, 3", range(3))
pairs = "[(if v[0] == 0 and v[1] == 1 then 1 else 0), (if v[0] == 0 and v[1] == 2 then 1 else 0), " \
    "(if v[0] == 1 and v[1] == 0 then 1 else 0), (if v[0] == 1 and v[1] == 2 then 1 else 0), " \
    "(if v[0] == 2 and v[1] == 0 then 1 else 0), (if v[0] == 2 and v[1] == 1 then 1 else 0)]"
uniform("permutations", "augment S(3) on v.n", pairs, "6", range(6))
uniform("signs", "augment sign on v", "[(if v[1] == 1 then 1 else 0), (if v[1] == -1 then 1 else 0)]", "2", range(2))
uniform("together", "augment S(3) on v.n and x.w", "[(if v[0] == 1 and x[0, 0] == 1 then 1 else 0), "
        "(if v[1] == 1 and x[0, 1] == 1 then 1 else 0), (if v[2] == 1 and x[0, 2] == 1 then 1 else 0)]", "3", range(3))
# A second augmentation sees what the first one left.
uniform("chained", "augment x = 2 * x\n  augment C(4) on x.(0, 1)\n  augment x = 0.5 * x", "x", "3, 3", [1, 3, 5, 7])

# Representations by name, products and lists: what stands at each place of an orbit, and nowhere else.
uniform("by regular", "augment C(4) on big.0 by regular", "big", "4, 4", [1, 5, 9, 13])
uniform("product", "augment Z(3) * S(3) on x.(0, 1)", "x", "3, 3", range(9))
uniform("semidirect", "augment semidirect(shifts(4, 4), C(2)) on big.(0, 1)", "big", "4, 4", range(16))
uniform("wreath", "augment wreath(S(2), S(2)) on big.1", "big", "4, 4", range(4))
uniform("generated", "augment generated([[2, 3, 0, 1]]) on big.1", "big", "4, 4", [1, 3])
uniform("declared", "augment halves on big.1", "big", "4, 4", [1, 3])
# What values are indices of moves with them: the kind at place 1 is always that of the largest entry.
uniform("indices", "augment S(3) on v.0 and kind", "[(if kind[1] == 0 and v[0] == 2 then 1 else 0), (if kind[1] == 1 and "
        "v[1] == 2 then 1 else 0), (if kind[1] == 2 and v[2] == 2 and v[kind[0]] == 0 then 1 else 0)]", "3", range(3))
uniform("polygon", "augment D(3) on v.0", pairs, "6", range(6))

# ---- moments of rotations: the first column is uniform on the sphere, the volume keeps or changes its sign
write("frame.npz", a=((ROWS, 3), [1.0, 0.0, 0.0] * ROWS), b=((ROWS, 3), [0.0, 1.0, 0.0] * ROWS), c=((ROWS, 3), [0.0, 0.0, 1.0] * ROWS))
for group in ("SO", "O"):
    text = f"""
data frame = npz("frame.npz")
model W(x: f64[9]) -> f64 {{
  param w: f64[9] = 0
  sum(w * x)
}}
train W on frame {{
  volume = a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
  maximize {ROWS} * W([a[0], a[1], a[2], a[0] ^ 2, a[0] * a[1], a[2] ^ 2, a[0] ^ 4, volume, sum(a ^ 2) + sum(a * b) ^ 2])
  using    gd(1.0)
  for      {EPOCHS} epochs in batches of {ROWS}
  augment  {group}(3) on a.0 and b.0 and c.0
}}
"""
    w = [x / ONES for x in train(f"frame_{group}", text)["W.w"]]
    expected = [0, 0, 0, 1 / 3, 0, 1 / 3, 1 / 5, 1 if group == "SO" else 0, 1]
    near = all(abs(x - y) < 0.05 for x, y in zip(w, expected))
    exact = abs(w[8] - 1) < 1e-9 and (group == "O" or abs(w[7] - 1) < 1e-9)
    print(f"{group}(3):", "uniform" if near and exact else w)

# ---- irreps: a drawn turn of the plane acts by its powers, a rotation of space on quadratic forms
write("irreps.npz", a=((ROWS, 2), [1.0, 0.0] * ROWS), q=((ROWS, 2), [1.0, 0.0] * ROWS),
      p=((ROWS, 3), [0.6, 0.0, 0.8] * ROWS), t=((ROWS, 3, 3), [0.36, 0.0, 0.48, 0.0, 0.0, 0.0, 0.48, 0.0, 0.64] * ROWS),
      c=((ROWS, 3, 3), [0.36, 0.0, 0.48, 0.0, 0.0, 0.0, 0.48, 0.0, 0.64] * ROWS))
text = f"""
data irreps = npz("irreps.npz")
model W(x: f64[5]) -> f64 {{
  param w: f64[5] = 0
  sum(w * x)
}}
train W on irreps {{
  square = (q[0] - a[0] ^ 2 + a[1] ^ 2) ^ 2 + (q[1] - 2 * a[0] * a[1]) ^ 2
  outer[i, j] = (t[i, j] - p[i] * p[j]) ^ 2 + (c[i, j] - p[i] * p[j]) ^ 2
  maximize {ROWS} * W([a[0], a[0] ^ 2, square, sum(outer), p[0] ^ 2])
  using    gd(1.0)
  for      {EPOCHS} epochs in batches of {ROWS}
  augment  SO(2) on a.0 by irrep(1) and q.0 by irrep(2)
  augment  O(3) on p.0 by irrep(1) and t.(0, 1) and c.(0, 1) by conjugation
}}
"""
w = [x / ONES for x in train("irreps", text)["W.w"]]
near = abs(w[0]) < 0.05 and abs(w[1] - 0.5) < 0.05 and abs(w[4] - 1 / 3) < 0.05
print("irreps:", "one element moves all" if near and w[2] < 1e-20 and w[3] < 1e-20 else w)

# ---- whole orbits: the same step as on data that holds every element


def turned(image, n, g):
    out = [[image[i * n + j] for j in range(n)] for i in range(n)]
    if g >= 4:
        out = [list(reversed(row)) for row in out]
    for _ in range(g % 4):
        out = [[out[j][n - 1 - i] for j in range(n)] for i in range(n)]
    return [x for row in out for x in row]


images = [[((7 * r + 3 * k * k) % 11) / 11 for k in range(9)] for r in range(5)]
orbits = [turned(image, 3, g) for image in images for g in range(8)]
write("few.npz", x=((5, 3, 3), sum(images, [])), y=((5,), [0.1 * r for r in range(5)]))
write("many.npz", x=((40, 3, 3), sum(orbits, [])), y=((40,), [0.1 * (r // 8) for r in range(40)]))
program = """
data d: (x: f64[3, 3], y: f64) = npz("{0}.npz")
model Net(x: f64[3, 3]) -> f64 {{
  param A: f64[4, 9] = 0.1
  param b: f64[4] = [0.1, -0.2, 0.3, 0.5]
  sum(b * tanh(b + A @ flatten(x)))
}}
train Net on d {{
  minimize (Net(x) - y) ^ 2
  using    gd(0.1)
  for      5 epochs
  {1}
}}
"""
few = train("few", program.format("few", "augment all D(4) on x.(0, 1)"))
many = train("many", program.format("many", ""))
apart = max(abs(x - y) for path in few for x, y in zip(few[path], many[path]))
print("augment all:", "the orbit's mean" if apart < 1e-13 else apart)

# ---- quadrature: moments of the group up to degree 3, exactly
text = f"""
data frame = npz("frame.npz")
model W(x: f64[12]) -> f64 {{
  param w: f64[12] = 0
  sum(w * x)
}}
train W on frame {{
  volume = a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
  maximize W([a[0], b[1], a[0] ^ 2, a[0] * b[0], a[0] * b[1], a[2] ^ 2, a[0] ^ 3, a[0] * a[1] * a[2], a[0] * b[1] * c[2],
              a[0] * b[2] * c[1], volume, sum(a ^ 2)])
  using    gd(1.0)
  for      1 epochs
  augment  all GROUP(3) on a.0 and b.0 and c.0
}}
"""
for group, odd in (("SO", 1), ("O", 0)):
    w = train(f"nodes_{group}", text.replace("GROUP", group))["W.w"]
    expected = [0, 0, 1 / 3, 0, 0, 1 / 3, 0, 0, odd / 6, -odd / 6, odd, 1]
    apart = max(abs(x - y) for x, y in zip(w, expected))
    print(f"augment all {group}(3):", "exact moments" if apart < 1e-13 else w)

# ---- the degree that is asked for, and no more: the mean of a fourth power over the circle is 3/8, over the sphere 1/5
power = """
data point = npz("point.npz")
model W() -> f64 {{
  param w: f64 = 0
  w
}}
train on point {{
  maximize W() * x[0] ^ 4
  using    gd(1.0)
  for      1 epochs
  augment  all {1}({0}) on x.0, degree: {2}
}}
"""
for size, group, degree in ((2, "SO", 3), (2, "SO", 4), (3, "SO", 4), (3, "O", 5)):
    write("point.npz", x=((1, size), [1.0] + [0.0] * (size - 1)))
    w = train("power", power.format(size, group, degree))["W.w"]
    print(f"augment all {group}({size}), degree {degree}: cos^4 has mean {round(w[0], 13)}")

# ---- a loss that does not see the group: the same steps with and without
invariant = program.replace("A @ flatten(x)", "A[0, 0] * sum(x ^ 3) + sum(A) * max(x)")
plain = train("plain", invariant.format("few", ""))
moved = train("moved", invariant.format("few", "augment D(4) on x.(0, 1)"))
apart = max(abs(x - y) for path in plain for x, y in zip(plain[path], moved[path]))
print("invariant:", "unchanged" if apart < 1e-13 else apart)

# ---- reports see the data as it is
reported = program.replace("for      5 epochs", "for      1 epochs\n  report   seen = sum(x)")
(folder / "reported.nn").write_text(reported.format("few", "augment x = 0 * x"))
subprocess.run([nnc, "build", "reported.nn", "-o", "reported"], cwd=folder, check=True)
log = subprocess.run(["./reported", "train"], cwd=folder, check=True, capture_output=True, text=True)
mean = sum(map(sum, images)) / 5
shown = float((log.stdout + log.stderr).split("seen")[1].split()[0])
print("reports:", "the fields" if abs(shown - mean) < 1e-3 else (shown, mean))
