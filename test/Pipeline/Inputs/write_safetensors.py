"""Writes a checkpoint with one tensor of zeros: write_safetensors.py FILE NAME EXTENT..."""
import json
import math
import struct
import sys

path, name, shape = sys.argv[1], sys.argv[2], [int(extent) for extent in sys.argv[3:]]
size = 4 * math.prod(shape)
header = json.dumps({name: {"dtype": "F32", "shape": shape, "data_offsets": [0, size]}}).encode()
header += b" " * (-len(header) % 8)
with open(path, "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + bytes(size))
