"""Writes Zachary's karate club, as networkx holds it in its source, as arrays for `graph`: every friendship in both directions,
the side that each member took, and the members whose side is told to the network: the two leaders."""
import re
import struct
import sys
import zipfile


def npy(kind: str, shape: tuple, values: list) -> bytes:
    """A file of numpy's format, version 1."""
    header = repr({"descr": kind, "fortran_order": False, "shape": shape})
    header += " " * (-(len(header) + 11) % 64) + "\n"
    letter = {"<i8": "q", "<f4": "f"}[kind]
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}{letter}", *values)


def main() -> None:
    source = open(sys.argv[1], encoding="utf-8").read()
    rows = re.search(r'zacharydat = """\\?\n(.*?)"""', source, re.S).group(1).strip().split("\n")
    instructor = set(map(int, re.search(r"club1 = \{(.*?)\}", source).group(1).split(",")))
    found = [(u, v) for u, row in enumerate(rows) for v, weight in enumerate(row.split()) if weight != "0"]
    edges = sorted({edge for u, v in found for edge in ((u, v), (v, u))})
    members = len(rows)
    arrays = {
        "source": ("<i8", (len(edges),), [u for u, _ in edges]),
        "target": ("<i8", (len(edges),), [v for _, v in edges]),
        "side": ("<i8", (members,), [0 if u in instructor else 1 for u in range(members)]),
        "told": ("<f4", (members,), [1.0 if u in (0, members - 1) else 0.0 for u in range(members)]),
    }
    with zipfile.ZipFile(sys.argv[2], "w") as archive:
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", npy(*array))


main()
