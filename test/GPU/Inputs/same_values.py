"""Compares what a command gives on the processor and on the emulated GPU.

Usage: same_values.py MODEL KERNELS.so EMULATOR COMMAND ARGUMENT TOLERANCE; prints whether the results agree, relatively to each number.
"""

import json
import subprocess
import sys

from emulated import difference, environment, numbers

model, kernels, emulator, command, argument, tolerance = sys.argv[1:]


def run(device, **options):
    words = [model, command, argument, "--json", "--quiet", "--device", device]
    return numbers(json.loads(subprocess.run(words, check=True, capture_output=True, **options).stdout))


processor = run("cpu")
device = run("cuda", env=environment(emulator, kernels))
worst = difference(processor, device)
print(f"{command}: {len(processor)} numbers, {'the same' if worst <= float(tolerance) else f'{worst:.1e} apart: {processor} {device}'}")
