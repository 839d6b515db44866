"""Trains a program on the processor and on the emulated GPU and compares the losses of all steps.

Usage: same_losses.py NNC COMPILE PROGRAM STEPS [build options ...]; COMPILE IN.ll OUT.so compiles kernels for the
emulator. Works in the current folder. Prints whether the losses agree, how much was launched, and what the device did.
"""

import collections
import json
import pathlib
import shlex
import subprocess
import sys

from emulated import difference, environment, numbers

TOLERANCE = 1e-4  # sums in another order, carried through the steps


def run(*words, env=None):
    done = subprocess.run(words, capture_output=True, text=True, env=env)
    if done.returncode:
        sys.exit(f"{shlex.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def losses(model, steps, device, env=None):
    out = run(model, "train", "--steps", str(steps), "--json", "--quiet", "--device", device, env=env)
    return numbers(json.loads(out)["history"])


def main():
    nnc, compile_kernels, program, steps, *options = sys.argv[1:]
    stem = pathlib.Path(program).stem
    model = f"./{stem}"
    run(nnc, "build", program, *options, "--target", "cpu,cuda", "-o", model)
    run(nnc, "build", program, *options, "--emit", "nvvm", "-o", f"{stem}.ll")
    *words, build = shlex.split(compile_kernels)
    run(*words, build, f"{stem}.ll", f"{stem}.so")
    log = pathlib.Path(f"{stem}.log")
    log.unlink(missing_ok=True)
    processor = losses(model, steps, "cpu")
    device = losses(model, steps, "cuda",
                    environment(f"{build}/test/GPU/emulator", f"{stem}.so", NOETHER_EMULATED_LOG=str(log)))
    worst = difference(processor, device)
    same = len(set(processor)) > 1 and worst < TOLERANCE
    print(f"{stem}: {'same losses' if same else f'losses differ by {worst:.1e}: {processor} {device}'}")
    calls = collections.Counter(line.split()[0] + " " + line.split()[1][:1] for line in log.read_text().splitlines())
    print(f"allocations: {sum(n for call, n in calls.items() if call.startswith('allocate'))}")
    print(f"graphs launched: {calls['launch a']}")


main()
