"""i64 in programs, held against the whole numbers of Python.

wide-integers.py write FOLDER            makes the data
wide-integers.py check FOLDER PROGRAM NNC NN-OPT    compares what the trained program and the interpreter compute
"""
import json
import re
import struct
import subprocess
import sys

import numpy as np


def wrapped(value):
    return (value + 2**63) % 2**64 - 2**63


def write(folder):
    stamp = np.array([[10**12 + 5 * k, 10**12 + 5 * k + 3 * 10**9 + k] for k in range(14)], np.int64)
    np.savez(f"{folder}/wide.npz", stamp=stamp, x=np.linspace(1, 2, 14))
    open(f"{folder}/wide.csv", "w").write("stamp,part\n3000000000,1\n-9007199254740991,2\n")


def floor_div(a, b):
    return 0 if b == 0 else wrapped(a // b)


def sign(a):
    return (a > 0) - (a < 0)


def saved(path, name):
    raw = open(path, "rb").read()
    (size,) = struct.unpack("<Q", raw[:8])
    entry = json.loads(raw[8 : 8 + size])[name]
    assert entry["dtype"] == "I64", entry
    return [int(v) for v in np.frombuffer(raw[8 + size :][slice(*entry["data_offsets"])], np.int64)]


def interpreter(nnc, nn_opt, folder):
    """A function that runs a command of the program as nn operations; the result is a list a tensor."""
    module = subprocess.run([nnc, "build", "wide.nn", "--emit=nn", "-o", "-"], cwd=folder, capture_output=True, text=True, check=True).stdout

    def run(name, **arguments):
        dense = ", ".join(f"{key} = dense<{list(a)}> : tensor<{len(a)}xi64>" for key, a in arguments.items())
        head = re.compile(rf"^(  func.func @command.{name}\(.*) {{$", re.MULTILINE)
        asked = head.sub(rf"\1 attributes {{nn.run = {{arguments = {{{dense}}}}}}} {{", module)
        assert asked != module, name
        out = subprocess.run([nn_opt, "--nn-interpret", "-o", "/dev/null"], input=asked, capture_output=True, text=True, check=True).stdout
        return [[int(v) for v in line.split("]")[-1].split()] for line in out.splitlines()]

    return run


def check(folder, program, nnc, nn_opt):
    isa = []

    def run(name, *args):
        out = subprocess.run([program, name, *isa, "--json", "--", *args], cwd=folder, capture_output=True, text=True, check=True).stdout
        return {key: value for line in out.splitlines() for key, value in json.loads(line).items()}

    def text(values):
        return ",".join(map(str, values))

    def same(what, found, expected):
        assert found == expected, (what, found, expected)

    draw = np.random.default_rng(1)
    for isa in (["--isa", "avx2"], []):
        for n in (1, 5, 9):
            stamp = [int(v) for v in draw.integers(-(2**62), 2**62, n)]
            same("seconds", run("seconds", text(stamp))["result"], [wrapped(10**9 * s - 3000000001) for s in stamp])
            same("total", run("total", text(stamp))["result"], wrapped(sum(stamp)))
        a = [int(v) for v in draw.integers(-(2**63), 2**63, 8)]
        b = [int(v) for v in draw.integers(-(2**33), 2**33, 8)]
        a[0], b[0] = -(2**63), -1
        b[1], a[2], b[2] = 0, 5 * 10**9, 5 * 10**9
        same("product", run("product", text(a[:3]))["result"], wrapped(a[0] * a[1] * a[2]))
        nine = a + [2**63 - 1]
        expected = {"least": min(nine), "most": max(nine), "first": 8, "last": 0}
        same("extremes", run("extremes", text(nine)), expected)
        quotient = [floor_div(x, y) for x, y in zip(a, b)]
        expected_rest = [wrapped(x - y * q) for x, y, q in zip(a, b, quotient)]
        expected = {"quotient": quotient, "rest": expected_rest}
        same("quotients", run("quotients", text(a), text(b)), expected | {"bucket": [x % 1000003 for x in a]})
        same("powers", run("powers", text(a))["result"], [wrapped(x**3) for x in a])
        expected = {"below": [int(x < y) for x, y in zip(a, b)], "same": [int(x == y) for x, y in zip(a, b)]}
        expected |= {"larger": [max(x, y) for x, y in zip(a, b)], "sign": [sign(x) for x in a]}
        size = [wrapped(abs(wrapped(x - y))) for x, y in zip(a, b)]
        found = run("order", text(a), text(b))
        same("order", {key: [int(v) for v in values] for key, values in found.items()}, expected | {"size": size})
        same("chosen", run("chosen", text(a))["result"], wrapped(sum(x for x in a if x >= 3 * 10**9)))
        key = [7 * 10**9, 7 * 10**9 - 2**32, 7 * 10**9, 1, 2, 3, 4, 5]  # the first two are equal in 32 bits
        sums = [wrapped(a[0] + a[2]), a[1]]
        same("counted", run("counted", text(key), text(a), text(key[:2]))["result"], sums)
        np.save(f"{folder}/table.npy", np.arange(1009) / 8)
        found = run("gathered", "table.npy", text(a))["result"]
        same("gathered", found, [x % 1009 / 8 for x in a])
        placed = [wrapped(2**32 * i + a[i] + (9007199254740993 if i > 1 else 0)) for i in range(4)]
        same("placed", run("placed", text(a[:4]))["result"], placed)
        small = [3, -4, 2**31 - 1]
        same("widened", run("widened", text(small))["result"], [2 * 10**9 * s for s in small])
        walked = [wrapped(4 * 10**9 + sum(a[: k + 1])) for k in range(5)]
        same("walked", run("walked", text(a[:5]))["result"], walked)
    found = run("mixed", str(2**40 + 1), "-5", "0.5")
    same("mixed", {key: np.float64(np.float32(v)) for key, v in found.items()}, {"wide": 2.0**40, "real": 2.0**39, "half": 2.0**39})
    same("mixed", found["wide"], 2**40 - 4)
    # Every bit of what an array holds comes through.
    np.save(f"{folder}/a.npy", np.array(a[:3], np.int64))
    subprocess.run([program, "product", "a.npy", "--out", "p.npy"], cwd=folder, check=True)
    assert np.load(f"{folder}/p.npy") == wrapped(a[0] * a[1] * a[2])
    # Text that is no sequence of numbers is read by way of doubles, which would round.
    refused = subprocess.run([program, "product", f"[{2**60 + 1}, 1, 1]"], cwd=folder, capture_output=True, text=True)
    assert refused.returncode != 0 and "as text an i64 lies between -2^53 and 2^53" in refused.stderr, refused.stderr
    same("state", saved(f"{folder}/wide.safetensors", "Clock.seen"), [2147483640 + 4 * 3000000000])
    means = interpreter(nnc, nn_opt, folder)
    same("interpreted quotients", means("quotients", a=a, b=b), [quotient, expected_rest, [x % 1000003 for x in a]])
    same("interpreted counts", means("counted", key=key, value=a, wanted=key[:2]), [sums])
    same("interpreted powers", means("powers", a=a), [[wrapped(x**3) for x in a]])
    same("interpreted sums", means("placed", a=a[:4]), [placed])
    reports = run("report")
    same("column", reports["stamps"], [3000000000, -9007199254740991])
    same("row", reports["kept"], [10**12, 10**12 + 3 * 10**9])


if __name__ == "__main__":
    write(*sys.argv[2:]) if sys.argv[1] == "write" else check(*sys.argv[2:])
