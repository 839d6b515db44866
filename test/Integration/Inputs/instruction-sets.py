"""Runs every command of a program, and its training, with each instruction set of this machine: instruction-sets.py PROGRAM"""
import json
import math
import re
import subprocess
import sys

program = sys.argv[1]
flags = set(re.search(r"flags\s*:(.*)", open("/proc/cpuinfo").read()).group(1).split())
sets = ["baseline"] + ["avx2"] * ({"avx2", "fma"} <= flags) + ["avx512"] * ({"avx512f", "avx512vl"} <= flags)
FLOATS = "0.3,-0.7,1.25,2.5,-3"
COMMANDS = [("norm", FLOATS), ("functions", FLOATS), ("wide", FLOATS), ("halves", FLOATS), ("brain", FLOATS),
            ("whole", "1,-2,30,3000000000,-7"), ("solved", FLOATS), ("drawn",), ("largest", FLOATS)]
EXACT = {"halves", "brain", "whole", "largest"}


def run(*words):
    return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout


def numbers(value):
    parts = value.values() if isinstance(value, dict) else value
    return [x for part in parts for x in numbers(part)] if isinstance(value, (list, dict)) else [value]


for command, *arguments in COMMANDS:
    results = [numbers(json.loads(run(command, "--isa", isa, "--json", "--", *arguments))) for isa in sets]
    for isa, result in zip(sets, results):
        bound = 0 if command in EXACT else 1e-13 if command in ("wide", "solved") else 2e-6
        worst = max(abs(a - b) / (1 + abs(b)) for a, b in zip(result, results[0], strict=True))
        assert math.isfinite(worst) and worst <= bound, (command, isa, worst)

losses = []
for isa in sets:
    text = run("train", "-q", "--isa", isa, "-o", isa + ".safetensors", "--seed", "3")
    losses.append(float(re.search(r"loss (\S+)", text).group(1)))
assert max(losses) - min(losses) < 1e-4 * max(losses), losses
