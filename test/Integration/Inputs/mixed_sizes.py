"""Clouds of 1 to 11 points with NaN behind each, and a batch of all of them against one by one.

mixed_sizes.py write FOLDER
mixed_sizes.py check FOLDER PROGRAM TOLERANCE
"""
import json
import subprocess
import sys

import numpy as np

COUNT, MOST = 23, 11
NAMES = ["y", "slope", "steep", "force", "n"]


def write(folder):
    draw = np.random.default_rng(3)
    n = 1 + np.arange(COUNT) % MOST
    pos = draw.normal(size=(COUNT, MOST, 3)).astype(np.float32)
    kind = draw.integers(0, 4, (COUNT, MOST))
    for row, length in enumerate(n):
        pos[row, length:] = np.nan
        kind[row, length:] = 3
    np.savez(f"{folder}/mixed.npz", n=n, pos=pos, kind=kind)


def check(folder, program, tolerance):
    def run(*args):
        out = subprocess.run([program, *args, "--json"], cwd=folder, capture_output=True, text=True, check=True).stdout
        return json.loads(out.splitlines()[-1])

    run("train")
    data = np.load(f"{folder}/mixed.npz")
    values = []
    for row, length in enumerate(data["n"]):
        np.save(f"{folder}/pos.npy", data["pos"][row, :length])
        np.save(f"{folder}/kind.npy", data["kind"][row, :length].astype(np.int32))
        found = run("alone", "pos.npy", "kind.npy")
        values.append(np.concatenate([np.ravel(found[name]) for name in NAMES]))
    batch = run("report", "together")["together"]
    means = np.mean(np.array(values, np.float64), axis=0)
    together = np.concatenate([np.ravel(batch[name]) for name in NAMES])
    largest = np.max(np.abs(values), axis=0)
    wrong = ~(np.abs(together - means) <= float(tolerance) * largest)
    print(f"{len(values)} examples, {len(means)} values each, {np.sum(wrong)} wrong", together[wrong], means[wrong])


if __name__ == "__main__":
    write(*sys.argv[2:]) if sys.argv[1] == "write" else check(*sys.argv[2:])
