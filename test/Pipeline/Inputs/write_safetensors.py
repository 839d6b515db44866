"""Writes a checkpoint with tensors of zeros: write_safetensors.py FILE NAME EXTENT... NAME EXTENT..."""
import json
import math
import struct
import sys

path, words, shapes = sys.argv[1], sys.argv[2:], {}
for word in words:
    if word.isdigit():
        shapes[name].append(int(word))
    else:
        name = word
        shapes[name] = []
header, at = {}, 0
for name, shape in shapes.items():
    size = 4 * math.prod(shape)
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
    at += size
header = json.dumps(header).encode()
header += b" " * (-len(header) % 8)
with open(path, "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + bytes(at))
