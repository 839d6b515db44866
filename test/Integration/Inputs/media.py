"""Writes and reads the files of command-files.nn: media.py write | media.py read FILE ..."""
import json
import struct
import sys
import wave
import zlib


def npy(path):
    data = open(path, "rb").read()
    assert data[:8] == b"\x93NUMPY\x01\x00", data[:8]
    length = struct.unpack("<H", data[8:10])[0]
    header = eval(data[10:10 + length])
    code = {"<f4": "f", "<f8": "d", "<i4": "i"}[header["descr"]]
    body = data[10 + length:]
    count = len(body) // struct.calcsize(code)
    return header["shape"], list(struct.unpack(f"<{count}{code}", body)), (10 + length) % 64


def png(path):
    data, at, packed = open(path, "rb").read(), 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0]
        if kind == b"IHDR":
            width, height, bits, colours = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    rows = zlib.decompress(packed)
    row = 1 + width * (3 if colours == 2 else 1)
    return width, height, colours, [list(rows[y * row + 1:(y + 1) * row]) for y in range(height)]


def wav(path):
    with wave.open(path) as sound:
        frames = sound.readframes(sound.getnframes())
        return sound.getnchannels(), sound.getframerate(), list(struct.unpack(f"<{len(frames) // 2}h", frames))


def write():
    header = str({"descr": "<f8", "fortran_order": False, "shape": (2, 3)}).ljust(118 - 1) + "\n"
    with open("x.npy", "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack("<6d", *range(6)))
    open("x.csv", "w").write("a,b,c\n0,1,2\n3,4,5\n")
    open("x.json", "w").write("[[0, 1, 2], [3, 4, 5]]\n")
    open("x.txt", "w").write("0 1 2\n3 4 5\n")
    with wave.open("x.wav", "w") as sound:
        sound.setparams((2, 2, 8000, 3, "NONE", ""))
        sound.writeframes(struct.pack("<6h", 0, 16384, -16384, 0, 32767, -32768))


if sys.argv[1] == "write":
    write()
for path in sys.argv[2:]:
    print({"npy": npy, "png": png, "wav": wav}.get(path.split(".")[-1], lambda p: open(p).read().strip())(path))
