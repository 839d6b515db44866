"""Checks every program with the data that it is measured with: check_programs.py NNC PROGRAMS FOLDER"""
import pathlib
import subprocess
import sys

import numpy

from data import FIELDS, fields

nnc, programs, folder = sys.argv[1:]
checked = sorted(pathlib.Path(programs).glob("*.nn"))
for program in checked:
    if program.stem in FIELDS:
        numpy.savez(f"{folder}/batch.npz", **fields(program.stem, 1 if program.stem == "gcn" else 64))
    done = subprocess.run([nnc, "check", program, "--data", folder], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"error: {program.name}\n{done.stderr}{done.stdout}")
print(f"{len(checked)} programs")
