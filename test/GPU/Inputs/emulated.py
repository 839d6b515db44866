"""What tests share that hold an emulated GPU against the processor."""

import os


def environment(emulator, kernels, **extra):
    """Of a process that finds the emulated driver in the folder `emulator`, with kernels that were compiled for it."""
    return {**os.environ, "LD_LIBRARY_PATH": emulator, "NOETHER_EMULATED_KERNELS": os.path.abspath(kernels), **extra}


def numbers(value):
    """All numbers in a result in JSON but the steps, and the time that they took."""
    if isinstance(value, dict):
        value = [each for key, each in value.items() if key not in ("step", "epoch", "seconds")]
    return [n for each in value for n in numbers(each)] if isinstance(value, list) else [float(value)]


def difference(processor, device):
    """The largest, relatively to each number; infinite where there are not as many."""
    if len(processor) != len(device):
        return float("inf")
    return max(abs(a - b) / max(abs(a), 1e-30) for a, b in zip(processor, device))
