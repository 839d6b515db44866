"""Writes small data sets into a folder: make_tables.py FOLDER. Everything is a function of the row number."""
import gzip
import math
import pathlib
import struct
import sys
import wave
import zipfile
import zlib


def chance(*key):
    """A number in [0, 1) that looks random."""
    return zlib.crc32(repr(key).encode()) / 2**32


def npy(descr, shape, data):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def png(width, height, gray):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    raw = b"".join(b"\0" + bytes(gray(x, y) for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def flowers():
    names = ("rose", "tulip", "daisy")
    for row in range(150):
        kind = row % 3
        yield [round(5 + kind + 0.3 * chance(row, 0), 2), round(3 - kind + 0.3 * chance(row, 1), 2), names[kind]]


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

rows = "".join(f"{length},{width},{kind}\n" for length, width, kind in flowers())
(folder / "flowers.csv").write_text("length,width,kind\n" + rows)
with gzip.open(folder / "flowers.csv.gz", "wt") as file:
    file.write("length,width,kind\n" + rows)

xs = [[chance(row, axis) for axis in range(3)] for row in range(200)]
with zipfile.ZipFile(folder / "plane.npz", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("x.npy", npy("<f8", (200, 3), b"".join(struct.pack("<3d", *x) for x in xs)))
    archive.writestr("y.npy", npy(">f4", (200,), b"".join(struct.pack(">f", 2 * x[0] - x[1] + 0.5) for x in xs)))

(folder / "fox.txt").write_text("the quick brown fox jumps over the lazy dog.\n" * 40)

for split, count in (("train", 20), ("test", 4)):
    for kind, bright in (("day", 200), ("night", 20)):
        place = folder / "sky" / split / kind
        place.mkdir(parents=True, exist_ok=True)
        for i in range(count):
            (place / f"{i:02}.png").write_bytes(png(6, 4, lambda x, y: bright + int(30 * chance(split, kind, i, x, y))))

with wave.open(str(folder / "tone.wav"), "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(8000)
    file.writeframes(b"".join(struct.pack("<h", int(16000 * math.sin(i / 5))) for i in range(4000)))

(folder / "ring.txt").write_text("".join(f"{i} {(i + 1) % 8}\n" for i in range(8)))
