"""Compares what a command gives on the processor and on the emulated GPU.

Usage: same_values.py MODEL KERNELS.so EMULATOR COMMAND ARGUMENT TOLERANCE; prints whether the results agree, relatively to each number.
"""

import json
import os
import subprocess
import sys

model, kernels, emulator, command, argument, tolerance = sys.argv[1:]


def numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    return [n for each in value for n in numbers(each)] if isinstance(value, list) else [float(value)]


def run(device, **extra):
    words = [model, command, argument, "--json", "--quiet", "--device", device]
    return numbers(json.loads(subprocess.run(words, check=True, capture_output=True, env={**os.environ, **extra}).stdout))


processor = run("cpu")
device = run("cuda", LD_LIBRARY_PATH=emulator, NOETHER_EMULATED_KERNELS=kernels)
worst = max(abs(a - b) / max(abs(a), 1e-30) for a, b in zip(processor, device))
same = len(processor) == len(device) and worst <= float(tolerance)
print(f"{command}: {len(processor)} numbers, {'the same' if same else f'{worst:.1e} apart: {processor} {device}'}")
