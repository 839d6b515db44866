"""Writes the data of the programs on reports and experiments into a folder: make_fields.py FOLDER."""
import math
import pathlib
import struct
import sys
import zipfile
import zlib


def chance(*key):
    """A number in [0, 1) that looks random."""
    return zlib.crc32(repr(key).encode()) / 2**32


def npy(shape, numbers):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(numbers)}d", *numbers)


def burgers(x, t, viscosity):
    """A solution of u_t + u u_x = viscosity u_xx by Cole and Hopf: three waves that meet."""
    rates = [speed / (2 * viscosity) for speed in (0.0, 1.0, -0.7)]
    parts = [math.exp(-rate * x + viscosity * rate * rate * t) for rate in rates]
    return 2 * viscosity * sum(rate * part for rate, part in zip(rates, parts)) / sum(parts)


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

# u[i, j] at x = 16 i / 256 - 8, t = j / 10.
with zipfile.ZipFile(folder / "burgers.npz", "w") as archive:
    numbers = [burgers(16 * i / 256 - 8, j / 10, 0.5) for i in range(256) for j in range(101)]
    archive.writestr("u.npy", npy((256, 101), numbers))

# Eight points of eight numbers, and a smooth function of them.
rows = []
for row in range(8):
    x = [round(2 * chance("x", row, k) - 1, 6) for k in range(8)]
    rows.append(",".join(map(str, x + [round(math.sin(2 * x[0]) + 0.5 * x[1], 6)])))
(folder / "toy.csv").write_text("\n".join(rows) + "\n")

# Entries of a matrix of rank 2.
lines = ["i,j,value"]
for k in range(1000):
    i, j = int(20 * chance("i", k)), int(20 * chance("j", k))
    value = sum((2 * chance("u", r, i) - 1) * (2 * chance("v", r, j) - 1) for r in range(2))
    lines.append(f"{i},{j},{value:.6f}")
(folder / "entries.csv").write_text("\n".join(lines) + "\n")

# Two rings of points on the plane.
lines = ["x,y,ring"]
for k in range(200):
    radius, angle = (0.4 if k % 2 else 1.0) + 0.2 * chance("r", k), 2 * math.pi * chance("a", k)
    lines.append(f"{radius * math.cos(angle):.4f},{radius * math.sin(angle):.4f},{'inner' if k % 2 else 'outer'}")
(folder / "rings.csv").write_text("\n".join(lines) + "\n")
