#!/usr/bin/python3
"""Draws models and claims of symmetry about them, and holds the verdicts against running the models.

    claims.py NNC FOLDER [--draws N] [--seed S] [--keep]

Each model is a chain of operations on one kind of value (things of a set, vectors, pictures, numbers with a sign). Some operations
keep the symmetry, some break it; what a chain does is not known to this script. `nnc check --numeric` runs the model for every verdict, so

- a proof that a test contradicts is an internal error of the compiler, and fails,
- a refutation comes with a witness, which has been run,
- what is undecided although tests find no difference counts against the prover: three of four claims that hold have to be proved. The
  others mostly hold by accident: a vector that is zero whatever the input, a window that happens to be symmetric, a sum over all of it.
"""
import argparse
import concurrent.futures
import pathlib
import random
import re
import subprocess
import sys

# Operations as (line, weight); {x} is the value so far, {y} the new one, {k} a number of its own.
SETS = [
    ("{y} = tanh({x})", 2), ("{y} = relu({x})", 2), ("{y} = {x} * {x}", 1), ("{y} = gelu({x})", 1),
    ("{y}[i, o] = sum[c] W{k}[o, c] * {x}[i, c]", 3), ("{y}[i, c] = {x}[i, c] + b{k}[c]", 2),
    ("{y}[i, c] = {x}[i, c] - mean[j] {x}[j, c]", 2), ("{y}[i, c] = {x}[i, c] + max[j] {x}[j, c]", 2),
    ("{y}[i, c] = sum[j] a[i, j] * {x}[j, c]", 2), ("{y}[i, c] = sum[j] a[j, i] * {x}[j, c]", 1),
    ("{y}[i, c] = sum[j where j != i] {x}[j, c] * tanh({x}[i, c])", 1),
    ("s{k}[i, j] = sum[c] {x}[i, c] * {x}[j, c]\n  p{k}[i] = softmax(s{k}[i])\n  {y}[i, c] = sum[j] p{k}[i, j] * {x}[j, c]", 2),
    ("{y}[v, c] = {x}[v, c] + sum[k where target[k] == v] {x}[source[k], c]", 2),
    ("{y} = {x} |> layer_norm", 1), ("{y}[i] = dense(3)({x}[i])", 2), ("{y} = attention(heads: 1)({x})", 1),
    ("{y}[i, c] = sort({x}[i])[c]", 1),
    # Some of these break every symmetry of a set, some only all but a few.
    ("{y}[i, c] = {x}[i, c] * (i + 1)", 1), ("{y}[i, c] = {x}[i, c] + P{k}[i, c]", 1),
    ("{y}[i, c] = sum[j where j <= i] {x}[j, c]", 1), ("{y}[i, c] = {x}[(i + 1) % 6, c]", 2),
    ("{y}[i, c] = {x}[5 - i, c]", 1), ("{y}[i, c] = {x}[i, c] + {x}[0, c]", 1), ("{y}[i, c] = sum[j] M{k}[i, j] * {x}[j, c]", 1),
]
SET_PARAMETERS = {"W": "param W{k}: f32[3, 3] ~ glorot_uniform", "b": "param b{k}: f32[3] ~ normal(0, 1)",
                  "P": "param P{k}: f32[6, 3] ~ normal(0, 1)", "M": "param M{k}: f32[6, 6] ~ glorot_uniform"}

VECTORS = [
    ("{y}[i, a] = {x}[i, a] - mean[j] {x}[j, a]", 3), ("{y}[i, a] = sum[j] W{k}[i, j] * {x}[j, a]", 2),
    ("r{k}[i] = sum[a] {x}[i, a] ^ 2\n  {y}[i, a] = {x}[i, a] * exp(-r{k}[i])", 2),
    ("r{k}[i] = sqrt(1 + sum[a] {x}[i, a] ^ 2)\n  {y}[i, a] = {x}[i, a] / r{k}[i]", 2),
    ("d{k}[i, j] = sum[a] ({x}[i, a] - {x}[j, a]) ^ 2\n  {y}[i, a] = {x}[i, a] + sum[j] tanh(d{k}[i, j]) * ({x}[i, a] - {x}[j, a])", 2),
    ("{y}[i, a] = 0.5 * ({x}[i, a] + {x}[5 - i, a])", 1), ("{y}[i, a] = 2 * {x}[i, a] - {x}[(i + 1) % 6, a]", 1),
    ("{y}[i, a] = sum[b, c] epsilon[a, b, c] * {x}[i, b] * {x}[(i + 1) % 6, c]", 2),
    ("{y}[i, a] = {x}[i, a] * sum[b] {x}[0, b] * {x}[i, b]", 1),
    ("g{k}[i, a] = grad(sum[j, b] tanh({x}[j, b] * {x}[j, b]), {x})[i, a]\n  {y} = g{k}", 1),
    ("e{k} = sum[i] tanh(sum[a] {x}[i, a] ^ 2)\n  {y} = grad(e{k}, {x})", 2),
    ("{y} = relu({x})", 1), ("{y}[i, a] = {x}[i, a] + b{k}[a]", 1), ("{y}[i, a] = {x}[i, a] ^ 3", 1),
    ("{y}[i, a] = {x}[i, (a + 1) % 3]", 1), ("{y}[i, a] = {x}[i, a] / (1 + abs({x}[i, 0]))", 1),
]
VECTOR_PARAMETERS = {"W": "param W{k}: f32[6, 6] ~ glorot_uniform", "b": "param b{k}: f32[3] ~ normal(0, 1)"}

PICTURES = [
    ("{y} = tanh({x})", 2), ("{y} = {x} ^ 2", 1), ("{y}[i, j] = {x}[i, j] - mean[u, v] {x}[u, v]", 2),
    ("{y}[i, j] = sum[u < 3, v < 3] {x}[(i + u + 5) % 6, (j + v + 5) % 6]", 2),
    ("{y}[i, j] = {x}[(i + 1) % 6, j] + {x}[(i + 5) % 6, j] + {x}[i, (j + 1) % 6] + {x}[i, (j + 5) % 6] - 4 * {x}[i, j]", 2),
    ("{y}[i, j] = sum[u, v] K{k}[u, v] * {x}[(i + u + 5) % 6, (j + v + 5) % 6]", 3),
    ("q{k} = pad({x}, by: 1, mode: wrap)\n  {y}[i, j] = max[u < 3, v < 3] q{k}[i + u, j + v]", 2),
    ("q{k} = pad({x}, by: 1)\n  {y}[i, j] = sum[u < 3, v < 3] q{k}[i + u, j + v]", 2),
    ("q{k} = pad({x}, by: 1, mode: reflect)\n  {y}[i, j] = sum[u < 3, v < 3] q{k}[i + u, j + v]", 1),
    ("{y}[i, j] = {x}[j, i]", 1), ("{y}[i, j] = {x}[5 - i, j] + {x}[i, j]", 1), ("{y}[i, j] = {x}[5 - i, 5 - j]", 1),
    ("{y}[i, j] = {x}[i, j] + {x}[j, 5 - i] + {x}[5 - i, 5 - j] + {x}[5 - j, i]", 1),
    ("{y}[i, j] = {x}[i, j] * i", 1), ("{y}[i, j] = {x}[i, j] + B{k}[i, j]", 1), ("{y}[i, j] = if i == j then 0 else {x}[i, j]", 1),
    ("{y}[i, j] = {x}[2 * div(i, 2), j]", 1),
]
PICTURE_PARAMETERS = {"K": "param K{k}: f32[3, 3] ~ normal(0, 1)", "B": "param B{k}: f32[6, 6] ~ normal(0, 1)"}

SIGNS = [
    ("{y} = tanh({x})", 2), ("{y} = sin({x})", 1), ("{y} = {x} ^ 3", 1), ("{y} = abs({x})", 1), ("{y} = cos({x})", 1),
    ("{y}[i] = sum[j] W{k}[i, j] * {x}[j]", 3), ("{y}[i] = {x}[i] + b{k}[i]", 1), ("{y}[i] = {x}[i] * sum[j] {x}[j]", 2),
    ("{y}[i] = {x}[i] / (1 + {x}[i] ^ 2)", 2), ("{y} = relu({x})", 1), ("{y}[i] = {x}[i] * abs({x}[i])", 1),
    ("{y}[i] = {x}[i] - mean[j] {x}[j]", 1), ("{y}[i] = {x}[i] + max[j] {x}[j]", 1),
]
SIGN_PARAMETERS = {"W": "param W{k}: f32[6, 6] ~ glorot_uniform", "b": "param b{k}: f32[6] ~ normal(0, 1)"}

KINDS = [
    (SETS, SET_PARAMETERS, "x: f32[6, 3], a: f32[6, 6], source: index(6)[9], target: index(6)[9]", "f32[6, 3]",
     [("S(6)", "on x.0 and a.0 and a.1 and source and target", "output.0"),
      ("Z(6)", "on x.0 and a.0 and a.1", "output.0")]),
    (VECTORS, VECTOR_PARAMETERS, "x: f32[6, 3]", "f32[6, 3]",
     [("SO(3)", "on x.1", "output.1"), ("O(3)", "on x.1", "output.1"), ("E(3)", "on x.1", "output.1 by vector"),
      ("SE(3)", "on x.1", "output.1"), ("S(6)", "on x.0", "output.0")]),
    (PICTURES, PICTURE_PARAMETERS, "x: f32[6, 6]", "f32[6, 6]",
     [("C(4)", "on x.(0, 1)", "output.(0, 1)"), ("D(4)", "on x.(0, 1)", "output.(0, 1)"), ("C(2)", "on x.(0, 1)", "output.(0, 1)"),
      ("shifts(6, 6)", "on x.(0, 1)", "output.(0, 1)"), ("semidirect(shifts(6, 6), C(4))", "on x.(0, 1)", "output.(0, 1)")]),
    (SIGNS, SIGN_PARAMETERS, "x: f32[6]", "f32[6]", [("sign", "on x", "output"), ("S(6)", "on x.0", "output.0")]),
]
EPSILON = "epsilon = [[[0, 0, 0], [0, 0, 1], [0, -1, 0]], [[0, 0, -1], [0, 0, 0], [1, 0, 0]], [[0, 1, 0], [-1, 0, 0], [0, 0, 0]]]"


def draw(rng):
    operations, parameters, inputs, result, claims = rng.choice(KINDS)
    group, moved, output = rng.choice(claims)
    lines, declared, value = [], [], "x"
    for k in range(rng.randint(4, 6)):
        line = rng.choices([each[0] for each in operations], [each[1] ** 2 for each in operations])[0]
        following = f"h{k}"
        for letter, text in parameters.items():
            if f"{letter}{{k}}" in line:
                declared.append("  " + text.format(k=k))
        for axes, ranges in (("[i, c]", "[i < 6, c < 3]"), ("[i, a]", "[i < 6, a < 3]"), ("[i, j]", "[i < 6, j < 6]")):
            line = line.replace("{y}" + axes, "{y}" + ranges)
        lines.append("  " + line.format(x=value, y=following, k=k))
        value = following
    invariant = rng.random() < 0.3
    if invariant:
        axes = "[m, l]" if "," in result else "[m]"
        lines.append(f"  out = sum{axes} {value}{axes} * {value}{axes}")
        value, result = "out", "f32"
    body = "\n".join(declared + lines + [f"  {value}"])
    claim = f"invariant Net under {group} {moved}" if invariant else f"equivariant Net under {group} {moved} -> {output}"
    return f"{EPSILON}\nmodel Net({inputs}) -> {result} {{\n{body}\n}}\n{claim}\n"


def verdict(nnc, path):
    run = subprocess.run([nnc, "check", "--numeric", str(path)], capture_output=True, text=True)
    said = run.stdout + run.stderr
    if "internal error" in said or run.returncode not in (0, 1):
        return "wrong", said
    for word, pattern in (("refuted", r"error\[NN0820\]"), ("vacuous", r"error\[NN0823\]"), ("undecided", r"warning\[NN0821\]"),
                          ("proved", r": proved")):
        if re.search(pattern, said):
            return word, said
    return "wrong", said


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("nnc")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", default="", help="print the programs with this verdict")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(options.seed)
    paths = []
    for number in range(options.draws):
        path = options.folder / f"claim{number}.nn"
        path.write_text(draw(rng))
        paths.append(path)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        verdicts = list(pool.map(lambda path: verdict(options.nnc, path), paths))
    counts = {word: sum(each[0] == word for each in verdicts)
              for word in ("proved", "refuted", "undecided", "vacuous", "wrong")}
    for path, (word, said) in zip(paths, verdicts):
        if word == "wrong" or word == options.show:
            print(path.read_text(), said, sep="\n")
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    holding = counts["proved"] + counts["undecided"]
    fails = [text for wrong, text in (
        (counts["wrong"], "a verdict is wrong"),
        (counts["proved"] < 0.75 * holding, "fewer than three of four claims that hold are proved"),
        (min(counts["proved"], counts["refuted"]) < 0.2 * options.draws, "the draws are one-sided")) if wrong]
    for text in fails:
        print("FAIL:", text)
    return 1 if fails else 0


if __name__ == "__main__":
    sys.exit(main())
