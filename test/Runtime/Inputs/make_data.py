# Writes a small data set of 4 x 4 images with a bright stripe (class = its place) and some pictures: make_data.py DIR.
import gzip, os, random, struct, sys, zlib

folder = sys.argv[1]
os.makedirs(os.path.join(folder, "stripes"), exist_ok=True)
random.seed(1)


def image(label, height=4, width=4):
    rows = []
    for y in range(height):
        bright = min(2, y * 4 // height * 3 // 4) == label
        rows.append(bytes(random.randrange(160, 256) if bright else random.randrange(0, 90) for _ in range(width)))
    return b"".join(rows)


def split(prefix, count, packed):
    labels = [i % 3 for i in range(count)]
    files = {
        prefix + "-images-idx3-ubyte": struct.pack(">IIII", 0x803, count, 4, 4) + b"".join(map(image, labels)),
        prefix + "-labels-idx1-ubyte": struct.pack(">II", 0x801, count) + bytes(labels),
    }
    for name, contents in files.items():
        path = os.path.join(folder, "stripes", name)
        with (gzip.open(path + ".gz", "wb") if packed else open(path, "wb")) as file:
            file.write(contents)


def png(path, width, height, channels, pixels):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    stride = width * channels
    raw = b"".join(b"\0" + pixels[y * stride : (y + 1) * stride] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


split("train", 203, packed=True)
split("t10k", 50, packed=False)
bottom = image(2)
png(os.path.join(folder, "bottom.png"), 4, 4, 1, bottom)
png(os.path.join(folder, "bottom_rgb.png"), 4, 4, 3, b"".join(bytes([v, v, v]) for v in bottom))
png(os.path.join(folder, "large.png"), 8, 8, 1, image(2, 8, 8))
with open(os.path.join(folder, "bottom.npy"), "wb") as file:
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4, 4), }".ljust(117) + "\n"
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
    file.write(struct.pack("<16f", *(v / 255 for v in bottom)))
