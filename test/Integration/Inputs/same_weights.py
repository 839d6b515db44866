"""same_weights.py A B TOLERANCE: two safetensors files hold the same tensors, relative to the largest entry of each."""
import json
import struct
import sys

import numpy


def tensors(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    result = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            result[name] = numpy.frombuffer(data[8 + length + begin:8 + length + end], {"F32": "<f4", "F64": "<f8"}[entry["dtype"]])
    return result


a, b, tolerance = tensors(sys.argv[1]), tensors(sys.argv[2]), float(sys.argv[3])
assert a and len(a) == len(b)
for (name, x), y in zip(a.items(), b.values()):
    difference = numpy.abs(x - y).max() / numpy.abs(x).max()
    assert difference <= tolerance, f"{name} differs by {difference}"
