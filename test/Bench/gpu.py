"""Runs workloads of GPU sizes against their peers on the GPU, interleaved, and prints ratios: the peer's time / ours.

Every row is a training step, as --time measures it: with the loss read and the next batch sent while it runs. Products, attention
and copies are trainings of parameters alone, so that nothing but the kernels is measured.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys

import numpy

from data import fields
from ours import Ours
from processes import HERE, PYTHON, ROOT, Unavailable, execute

sys.path.insert(0, str(ROOT / "test" / "GPU" / "device"))
import found  # noqa: E402

WORKLOADS = {"W1": ("mlp", 8192), "W2": ("lenet", 4096), "W3": ("resnet", 1024), "W4": ("transformer", 64),
             "W5": ("deepsets", 2048)}
# Written here as the peers have them in peers/gpu.py.
PRODUCT = """model Net(t: f32) -> f32 {{
  param a: f32[{0}, {0}] ~ normal(0, 1)
  param b: f32[{0}, {0}] ~ normal(0, 1)
  c = a @ b
  t * mean[i, j] c[i, j] ^ 2
}}
"""
ATTENTION = """model Net(t: f32) -> f32 {{
  param q: f32[{0}, {1}, {2}] ~ normal(0, 1)
  param k: f32[{0}, {1}, {2}] ~ normal(0, 1)
  param v: f32[{0}, {1}, {2}] ~ normal(0, 1)
  s[h, i, j] = sum[c] q[h, i, c] * k[h, j, c] / sqrt({2}.0)
  p[h, i, j] = softmax(s[h, i])[j]
  o[h, i, c] = sum[j] p[h, i, j] * v[h, j, c]
  t * mean[h, i, c] o[h, i, c] ^ 2
}}
"""
COPY = """model Net(t: f32) -> f32 {{
  param x: f32[{0}] ~ normal(0, 1)
  t * sum[i] x[i] ^ 2
}}
"""
RECIPE = """
train Net {
  t: f32 ~ uniform(1, 1)
  minimize Net(t)
  using    sgd(lr: 1e-3)
  for      10 steps in batches of 1
}
"""
SHAPES = {"product": (PRODUCT, [(4096,), (8192,)]), "attention": (ATTENTION, [(64, 1024, 64), (32, 4096, 128)]),
          "copy": (COPY, [(1 << 28,)])}


class Row:
    """One program in one precision, in a folder of its own."""

    def __init__(self, build, name, program, sizes, half):
        self.name = f"{name} {'x'.join(map(str, sizes))} {'bf16' if half else 'f32'}"
        self.nnc, self.program, self.sizes, self.half = build / "bin" / "nnc", program, sizes, half
        self.folder = build / "bench-gpu" / self.name.replace(" ", "-")
        self.source = self.folder / f"{program}.nn"
        self.executable = self.folder / program

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.program in SHAPES:
            text = SHAPES[self.program][0].format(*self.sizes) + RECIPE
        else:
            text = (HERE / "programs" / f"{self.program}.nn").read_text()
            numpy.savez(self.folder / "batch.npz", **fields(self.program, self.sizes[0]))
        if self.half:
            text = text.replace("  using ", "  compute bf16\n  using ")
        self.source.write_text(text)
        execute([self.nnc, "build", self.source, "--data", self.folder, "--target", "cpu,cuda", "-o", self.executable])

    def ours(self, steps, device="cuda"):
        _, log = execute([self.executable, "train", "--data", self.folder, "--steps", steps, "--time", "--device", device,
                          "-o", self.folder / "trained.safetensors"])
        return Ours.times(log)["median"]

    def peer(self, how, python, steps):
        out, _ = execute([python, HERE / "peers" / "gpu.py", how, self.program, self.folder, int(self.half), steps,
                          *self.sizes])
        return json.loads(out)["median"]


def rows(build, wanted):
    for half in (True, False):
        for name, (program, rows) in WORKLOADS.items():
            if not wanted or name in wanted:
                yield Row(build, name, program, (rows,), half)
        for name, (_, shapes) in SHAPES.items():
            if wanted and name not in wanted:
                continue
            for sizes in shapes:
                if name != "copy" or not half:
                    yield Row(build, name, name, sizes, half)


def measure(row, python, rounds, seconds):
    """A line for each peer: rounds of ours and the peer's in turn."""
    row.prepare()
    steps = max(4, min(400, int(seconds * 1e3 / row.ours(4))))
    for how in ("PyTorch", "torch.compile", "JAX"):
        try:
            row.peer(how, python, 2)
        except Unavailable as why:
            print(f"{row.name:<30} {how:<14} not run ({why})", flush=True)
            continue
        times = [(row.ours(steps), row.peer(how, python, steps)) for _ in range(rounds)]
        ratios = [theirs / ours for ours, theirs in times]
        ours, theirs = (statistics.median(column) for column in zip(*times))
        print(f"{row.name:<30} {how:<14} {theirs:9.3f} ms  ours {ours:9.3f} ms  ratio {statistics.median(ratios):.2f} "
              f"({min(ratios):.2f} to {max(ratios):.2f})", flush=True)
    if row.program in SHAPES:
        print(f"{row.name:<30} ours           {rate(row, row.ours(steps))}", flush=True)


def rate(row, milliseconds):
    if row.program == "copy":  # read once for the sum, read and written for the update
        return f"{12 * row.sizes[0] / milliseconds / 1e9:.2f} TB/s"
    products = {"product": lambda n: 3 * 2 * n ** 3, "attention": lambda h, n, c: 6 * 2 * h * n * n * c}
    return f"{products[row.program](*row.sizes) / milliseconds / 1e9:.0f} TFLOP/s"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-gpu", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="W1", help=f"rows: {', '.join([*WORKLOADS, *SHAPES])}")
    parser.add_argument("--python", default=PYTHON, help="a Python that has a PyTorch, or a JAX, with CUDA")
    parser.add_argument("--quick", action="store_true", help="two rounds of a third of a second instead of five of one")
    parser.add_argument("--list", action="store_true", help="only compile what would be measured, for the processor, too")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="the build folder")
    given = parser.parse_args()
    if unknown := set(given.names) - set(WORKLOADS) - set(SHAPES):
        parser.error(f"no row {', '.join(sorted(unknown))}; there are {', '.join([*WORKLOADS, *SHAPES])}")
    if given.list:
        for row in rows(given.build, given.names):
            row.prepare()
            print(row.name, flush=True)
        return 0
    if why := found.why_not():
        print(f"nothing was measured: {why}")
        return 0
    driver = subprocess.run(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"], capture_output=True,
                            text=True, check=False).stdout.strip() if shutil.which("nvidia-smi") else ""
    print(f"on {found.name()}{f', driver {driver}' if driver else ''}", flush=True)
    for row in rows(given.build, given.names):
        try:
            measure(row, given.python, 2 if given.quick else 5, 0.3 if given.quick else 1)
        except Unavailable as why:
            print(f"{row.name:<30} ours           not run ({why})", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
