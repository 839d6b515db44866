"""same_weights.py A B TOLERANCE: two safetensors files hold the same f32 tensors, relative to the largest entry of each."""
import json
import struct
import sys

import numpy


def tensors(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    places = {name: entry["data_offsets"] for name, entry in header.items() if name != "__metadata__"}
    return {name: numpy.frombuffer(data[8 + length + begin:8 + length + end], "<f4")
            for name, (begin, end) in places.items()}


a, b, tolerance = tensors(sys.argv[1]), tensors(sys.argv[2]), float(sys.argv[3])
assert a and len(a) == len(b)
for (name, x), y in zip(a.items(), b.values()):
    difference = numpy.abs(x - y).max() / numpy.abs(x).max()
    assert difference <= tolerance, f"{name} differs by {difference}"
