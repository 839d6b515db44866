"""Molecules and digits of the shape of the examples' data: stand_ins.py FOLDER"""
import gzip
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
kinds = "HCNO"
with open(folder / "molecules.xyz", "w", encoding="utf-8") as out:
    for k in range(10):
        atoms = 3 + k % 8
        out.write(f"{atoms}\nmolecule {k}\n")
        for a in range(atoms):
            out.write(f"{kinds[(a + k) % 4]} {1.1 * a:.3f} {0.3 * (a * a % 5):.3f} {0.2 * k:.3f}\n")
with gzip.open(folder / "digits.csv.gz", "wt", encoding="utf-8") as out:
    for k in range(40):
        out.write(",".join(str((3 * k + 7 * p) % 17) for p in range(64)) + f",{k % 10}\n")
