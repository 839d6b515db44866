"""Holds the language and its library against ONNX's test data: oracle.py NNC FOLDER DATA [--only TEXT] [--list]

Every case of one operator becomes a command, written as a user would: by the library's function where there is one, else by
an equation. Many commands share a program, so that it is compiled once. What comes out agrees with the stored outputs within
1e-5 of each number plus 1e-6 (of doubles, 1e-9) of the output's largest, or of 1 if that is more.

`--only` takes cases whose names or operators contain a text, `--list` prints every case that is left out, and why.
"""
import argparse
import collections
import concurrent.futures
import json
import math
import pathlib
import re
import struct
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).parents[2] / "Stdlib" / "Inputs"))

import cases
import left_out
import onnx_format as onnx
import operators
import weights

PER_PROGRAM = 40


def collect(data, only):
    """The cases of one operator, and those that are left out with their reasons."""
    found, missing = [], []
    for group in ("node", "pytorch-converted", "pytorch-operator", "simple"):
        for folder in sorted((data / group).glob("*")):
            # What a function of ONNX expands to is the same case in smaller operators.
            if folder.name.endswith("_expanded"):
                continue
            graph, version = onnx.model(folder / "model.onnx")
            if len(graph.nodes) != 1:
                continue
            op = graph.nodes[0].op
            if only and only not in folder.name and only != op:
                continue
            if op not in operators.EMITTERS:
                missing.append((op, folder.name, left_out.OPERATORS.get(op, "")))
                continue
            try:
                if not graph.all_tensors:
                    raise cases.LeftOut("lists of tensors and optional values are no values of the language")
                case = cases.Case(folder, graph, version)
                results = operators.EMITTERS[op](case)
                results = [results] if isinstance(results, str) else list(results)
                if len(results) != len(case.expected):
                    raise ValueError(f"{folder.name}: {len(results)} results for {len(case.expected)} outputs")
                case.source = case.text(results)
                found.append(case)
            except cases.LeftOut as reason:
                missing.append((op, folder.name, str(reason)))
    return found, missing


# ---- programs


def build(nnc, folder, name, group):
    """Compiles the commands of a group; those that do not compile leave the group, with what the compiler says."""
    failures = {}
    while group:
        source, owner = "", []
        for case in group:
            source += case.source
            owner += [case] * case.source.count("\n")
        (folder / f"{name}.nn").write_text(source)
        run = subprocess.run([nnc, "build", f"{name}.nn", "-o", name], cwd=folder, capture_output=True, text=True)
        if run.returncode == 0:
            break
        lines = [int(line) for line in re.findall(rf"{name}\.nn:(\d+):", run.stderr)]
        wrong = {owner[line - 1].name for line in lines if line <= len(owner)} or {case.name for case in group}
        for case in group:
            if case.name in wrong:
                failures[case.name] = "does not compile\n" + run.stderr
        group = [case for case in group if case.name not in wrong]
    return group, failures


def write_npy(path, tensor):
    descr, code = {"f32": ("<f4", "f"), "f64": ("<f8", "d"), "bool": ("|b1", "?")}.get(tensor.kind, ("<i8", "q"))
    shape = "(" + "".join(f"{extent}, " for extent in tensor.shape) + ")"
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}"
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    body = struct.pack(f"<{len(tensor.values)}{code}", *tensor.values)
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + body)


def write_weights(folder, name, group):
    tensors = {}
    for case in group:
        for path, tensor in case.weights.items():
            tensors[path] = (tensor.kind.upper(), tensor.shape, tensor.values)
    if tensors:
        weights.write(folder / f"{name}.safetensors", tensors, {"program": name, "step": "0", "seed": "0"})
    return bool(tensors)


# ---- comparison


def flattened(value):
    """A nested list as its shape and its numbers."""
    if not isinstance(value, list):
        return [], [value]
    if not value:
        return [0], []
    parts = [flattened(part) for part in value]
    return [len(value)] + parts[0][0], [number for _, numbers in parts for number in numbers]


def differs(actual, expected, slack):
    # JSON has no number for what is not finite.
    if actual is None or not math.isfinite(expected):
        return actual is not None or math.isfinite(expected)
    return not abs(actual - expected) <= 1e-5 * abs(expected) + slack


def compare(output, expected):
    """What is wrong with an output, or nothing."""
    shape, numbers = flattened(output)
    if shape != expected.shape:
        return f"of shape {shape} instead of {expected.shape}"
    largest = max([1.0] + [abs(value) for value in expected.values if math.isfinite(value)])
    slack = (1e-9 if expected.kind == "f64" else 1e-6) * largest
    wrong = [k for k, (a, b) in enumerate(zip(numbers, expected.values)) if differs(a, b, slack)]
    if not wrong:
        return ""
    some = ", ".join(f"{numbers[k]} instead of {expected.values[k]} at {k}" for k in wrong[:3])
    return f"{len(wrong)} of {len(numbers)} numbers: {some}"


def run(folder, name, case, has_weights):
    command = [f"./{name}", case.name, "--json"]
    for argument, element, tensor in case.arguments:
        if tensor.shape:
            file = f"{case.name}.{argument}.npy"
            write_npy(folder / file, tensor)
            command += [f"--{argument}", file]
        else:
            value = tensor.values[0]
            command += [f"--{argument}", repr(int(value) if isinstance(value, bool) else value)]
    if has_weights:
        command += ["--weights", f"{name}.safetensors"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        return f"exit status {done.returncode}: {done.stderr.strip()}"
    outputs = list(json.loads(done.stdout).values())
    problems = [compare(output, expected) for output, expected in zip(outputs, case.expected)]
    return "; ".join(f"output {k}: {problem}" for k, problem in enumerate(problems) if problem)


def check(job):
    nnc, folder, name, group = job
    built, failures = build(nnc, folder, name, group)
    has_weights = write_weights(folder, name, built)
    for case in built:
        if problem := run(folder, name, case, has_weights):
            failures[case.name] = problem + "\n" + case.source
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nnc")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()

    found, missing = collect(options.data, options.only)
    names = [case.name for case in found]
    assert len(names) == len(set(names)), "two cases have one name"
    jobs = [
        (options.nnc, options.folder, f"program_{k // PER_PROGRAM}", found[k : k + PER_PROGRAM])
        for k in range(0, len(found), PER_PROGRAM)
    ]
    failures = {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for result in pool.map(check, jobs):
            failures.update(result)

    for case in found:
        if case.name in failures:
            print(f"FAILED {case.name} ({case.node.op}): {failures[case.name]}")
    agreeing = collections.Counter(case.node.op for case in found if case.name not in failures)
    reasons = collections.defaultdict(list)
    for op, name, reason in missing:
        reasons[op].append((name, reason))
    for op in sorted(reasons):
        if op not in agreeing:
            print(f"left out: {op} ({len(reasons[op])}): {reasons[op][0][1] or 'NOBODY SAYS WHY'}")
        for name, reason in reasons[op] if options.list else []:
            print(f"  {name}: {reason}")
        if op in agreeing and op in left_out.OPERATORS:
            print(f"UNTRUE: {op} is said to be left out")
    unexplained = [op for op in reasons if op not in agreeing and op not in left_out.OPERATORS]
    windows = sum(count for op, count in agreeing.items() if op in operators.WINDOWS)
    print(f"{sum(agreeing.values())} cases of {len(agreeing)} operators agree, {windows} of them convolutions and pools")
    print(f"{len(failures)} cases failed, {len(missing)} left out, {len(unexplained)} operators without a reason")
    return bool(failures or unexplained)


if __name__ == "__main__":
    sys.exit(main())
