"""Reads what the reports of rings.nn have left, and holds it against what it has to be."""
import ast
import json
import pathlib
import struct
import xml.dom.minidom


def load(path):
    data = pathlib.Path(path).read_bytes()
    assert data[:6] == b"\x93NUMPY", path
    length = struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:10 + length].decode())
    code = {"<f4": "f", "<f8": "d"}[header["descr"]]
    return header["shape"], [number for number, in struct.iter_unpack("<" + code, data[10 + length:])]


shape, loss = load("rings.course.loss.npy")
assert shape == (20,) and loss[-1] < 0.5 * loss[0], loss
shape, _ = load("rings.plane.npy")
assert shape == (30, 40), shape
shape, points = load("rings.points.npy")
rows = [line.split(",") for line in pathlib.Path("rings.csv").read_text().split()[1:]]
assert len(points) == 200 and all(abs(float(row[0]) - x) < 1e-6 for row, x in zip(rows, points)), "the training split"
shape, _ = load("rings.last.npy")
assert shape == (20, 2, 16), shape
_, before = load("rings.both.before.npy")
_, after = load("rings.both.after.npy")
assert before != after
assert json.loads(pathlib.Path("rings.likely.json").read_text())["likely"], "a ranking"
for name in ("accuracy", "course", "plane", "points", "regions"):
    xml.dom.minidom.parse(f"rings.{name}.svg")
