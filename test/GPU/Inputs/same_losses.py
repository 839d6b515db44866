"""Trains a program on the processor and on the emulated GPU and compares the losses of all steps.

Usage: same_losses.py NNC COMPILE PROGRAM STEPS [build options ...]; COMPILE IN.ll OUT.so compiles kernels for the
emulator. Works in the current folder. Prints whether the losses agree, how much was launched, and what the device did.
"""

import collections
import json
import os
import pathlib
import shlex
import subprocess
import sys

TOLERANCE = 1e-4  # sums in another order, carried through the steps


def run(*words, **extra):
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, **extra})
    if done.returncode:
        sys.exit(f"{shlex.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def numbers(value):
    """All numbers of a report but the time that it took."""
    if isinstance(value, dict):
        return [n for key, each in value.items() if key not in ("step", "epoch", "seconds") for n in numbers(each)]
    return [value]


def losses(model, steps, device, **extra):
    out = run(model, "train", "--steps", str(steps), "--json", "--quiet", "--device", device, **extra)
    return [number for entry in json.loads(out)["history"] for number in numbers(entry)]


def main():
    nnc, compile_kernels, program, steps, *options = sys.argv[1:]
    stem = pathlib.Path(program).stem
    model = f"./{stem}"
    run(nnc, "build", program, *options, "--target", "cpu,cuda", "-o", model)
    run(nnc, "build", program, *options, "--emit", "nvvm", "-o", f"{stem}.ll")
    *words, emulator = shlex.split(compile_kernels)
    run(*words, emulator, f"{stem}.ll", f"{stem}.so")
    log = pathlib.Path(f"{stem}.log")
    log.unlink(missing_ok=True)
    processor = losses(model, steps, "cpu")
    device = losses(model, steps, "cuda", LD_LIBRARY_PATH=f"{emulator}/test/GPU/emulator",
                    NOETHER_EMULATED_KERNELS=os.path.abspath(f"{stem}.so"), NOETHER_EMULATED_LOG=str(log))
    worst = max(abs(a - b) / max(abs(a), 1e-30) for a, b in zip(processor, device))
    count = len(processor) == len(device) and len(set(processor)) > 1
    print(f"{stem}: {'same losses' if count and worst < TOLERANCE else f'losses differ by {worst:.1e}: {processor} {device}'}")
    calls = collections.Counter(line.split()[0] + " " + line.split()[1][:1] for line in log.read_text().splitlines())
    print(f"allocations: {sum(n for call, n in calls.items() if call.startswith('allocate'))}")
    print(f"graphs launched: {calls['launch a']}")


main()
