#!/usr/bin/python3
"""Draws models and claims of symmetry about them, and holds the verdicts against running the models.

    claims.py NNC FOLDER [--draws N] [--seed S] [--show VERDICT]

Each model is a chain of operations on one kind of value (things of a set, vectors, pictures, numbers with a sign). Some operations
keep the symmetry, some break it; what a chain does is not known to this script. `nnc check --numeric` runs the model for every verdict, so

- a proof that a test contradicts is an internal error of the compiler, and fails,
- a refutation comes with a witness: an entry of the output that becomes another number than it would have to be,
- what is undecided although tests find no difference counts against the prover: nine of ten claims that hold have to be proved. The others
  hold by what functions are that the prover knows no more of than that they are functions.
"""
import argparse
import collections
import concurrent.futures
import json
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
    ("{y}[i, c] = sum[j where div(j, 3) == div(i, 3)] {x}[j, c]", 2), ("{y}[i, c] = {x}[i, c] * {x}[(i + 3) % 6, c]", 2),
]
SET_PARAMETERS = {"W": "param W{k}: f32[3, 3] ~ glorot_uniform", "b": "param b{k}: f32[3] ~ normal(0, 1)",
                  "P": "param P{k}: f32[6, 3] ~ normal(0, 1)", "M": "param M{k}: f32[6, 6] ~ glorot_uniform"}
SET_INPUTS = "x: f32[6, 3], a: f32[6, 6], source: index(6)[9], target: index(6)[9]"

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

PLANES = [
    ("{y}[i, a] = {x}[i, a] - {x}[(i + 1) % 4, a]", 2), ("{y}[i, a] = sum[j] W{k}[i, j] * {x}[j, a]", 2),
    ("{y}[i, a] = {x}[i, a] * tanh(sum[b] {x}[i, b] ^ 2)", 2), ("{y}[i, a] = {x}[i, a] + max[j] sum[b] {x}[j, b] * {x}[i, b] * {x}[i, a]", 1),
    ("q{k}[i] = {x}[i, 0] ^ 2 + {x}[i, 1] ^ 2\n  {y}[i, a] = {x}[i, a] / (1 + q{k}[i])", 2),
    ("{y}[i, a] = if a == 0 then -{x}[i, 1] else {x}[i, 0]", 2), ("{y}[i, a] = {x}[i, 1 - a]", 1),
    ("{y}[i, a] = if a == 0 then {x}[i, 0] ^ 2 - {x}[i, 1] ^ 2 else -2 * {x}[i, 0] * {x}[i, 1]", 2),
    ("{y} = sin({x})", 1), ("{y}[i, a] = {x}[i, a] + b{k}[a]", 1), ("{y} = relu({x})", 1), ("{y}[i, a] = {x}[i, a] ^ 3", 1),
    ("{y}[i, a] = {x}[i, a] * {x}[i, 0]", 1),
]
PLANE_PARAMETERS = {"W": "param W{k}: f32[4, 4] ~ glorot_uniform", "b": "param b{k}: f32[2] ~ normal(0, 1)"}

PICTURES = [
    ("{y} = tanh({x})", 2), ("{y} = {x} ^ 2", 1), ("{y}[i, j] = {x}[i, j] - mean[u, v] {x}[u, v]", 2),
    ("{y}[i, j] = sum[u < 3, v < 3] {x}[(i + u + 5) % 6, (j + v + 5) % 6]", 2),
    ("{y}[i, j] = {x}[(i + 1) % 6, j] + {x}[(i + 5) % 6, j] + {x}[i, (j + 1) % 6] + {x}[i, (j + 5) % 6] - 4 * {x}[i, j]", 2),
    ("{y}[i, j] = sum[u, v] K{k}[u, v] * {x}[(i + u + 5) % 6, (j + v + 5) % 6]", 3),
    ("{y}[i, j] = {x}[i, j] * {x}[(i + 1) % 6, j]", 1), ("{y}[i, j] = {x}[j, i]", 1), ("{y}[i, j] = {x}[5 - i, j]", 1),
    ("{y}[i, j] = max[u < 3, v < 3] {x}[(i + u + 5) % 6, (j + v + 5) % 6]", 2),
    ("{y}[i, j] = {x}[i, j] + B{k}[i, j]", 1), ("{y}[i, j] = if i == j then 0 else {x}[i, j]", 1),
    ("{y}[i, j] = {x}[2 * div(i, 2), j]", 1),
    ("p{k} = [{x}] |> same(2) |> same(2)\n  {y}[i, j] = sum[u < 3, v < 3] p{k}[0, i + u, j + v]", 2),
    ("p{k} = [{x}] |> reflect(2) |> reflect(2)\n  {y}[i, j] = max[u < 3, v < 3] p{k}[0, i + u, j + v]", 1),
    ("p{k} = [{x}] |> edge(2) |> edge(2)\n  {y}[i, j] = sum[u < 3, v < 3] K{k}[u, v] * p{k}[0, i + u, j + v]", 1),
    ("p{k}[i < 3, j < 3] = max[u < 2, v < 2] {x}[2 * i + u, 2 * j + v]\n  {y}[i, j] = p{k}[div(i, 2), div(j, 2)]", 2),
]
PICTURE_PARAMETERS = {"K": "param K{k}: f32[3, 3] ~ normal(0, 1)", "B": "param B{k}: f32[6, 6] ~ normal(0, 1)"}

SIGNS = [
    ("{y} = tanh({x})", 2), ("{y} = sin({x})", 1), ("{y} = {x} ^ 3", 1), ("{y} = abs({x})", 1), ("{y} = cos({x})", 1),
    ("{y}[i] = sum[j] W{k}[i, j] * {x}[j]", 2), ("{y}[i] = {x}[i] + b{k}[i]", 1), ("{y}[i] = {x}[i] * tanh(sum[j] {x}[j] ^ 2)", 2),
    ("{y}[i] = {x}[i] / (1 + {x}[i] ^ 2)", 2), ("{y} = relu({x})", 1), ("{y}[i] = {x}[i] * abs({x}[i])", 2),
    ("{y}[i] = {x}[i] - mean[j] {x}[j]", 1), ("{y}[i] = {x}[i] + max[j] {x}[j]", 1), ("{y}[i] = {x}[i] / (1 + max[j] abs({x}[j]))", 2),
    ("{y}[i] = if {x}[i] > 1 then {x}[i] - 1 else if {x}[i] < -1 then {x}[i] + 1 else 0", 1), ("{y}[i] = {x}[i] - {x}[(i + 1) % 6]", 1),
]
SIGN_PARAMETERS = {"W": "param W{k}: f32[6, 6] ~ glorot_uniform", "b": "param b{k}: f32[6] ~ normal(0, 1)"}

# All signs of the entries, with the cyclic shift of them.
SIGNED = ("generated([[[-1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1]], "
          "[[0, 0, 0, 0, 0, 1], [1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0]]])")

# Of each kind: operations, parameters, inputs, the result, and claims as (group, what it moves, how the output moves).
KINDS = [
    (SETS, SET_PARAMETERS, SET_INPUTS, "f32[6, 3]",
     [("S(6)", "on x.0 and a.0 and a.1 and source and target", "output.0"),
      ("Z(6)", "on x.0 and a.0 and a.1 and source and target", "output.0"), ("Z(6)", "on x.0 and a.0 and a.1", "output.0"),
      ("generated([[1, 2, 0, 4, 5, 3]])", "on x.0 and a.0 and a.1 and source and target", "output.0"),
      ("wreath(S(3), S(2))", "on x.0 and a.0 and a.1 and source and target", "output.0"),
      ("wreath(S(2), Z(3))", "on x.0 and a.0 and a.1", "output.0")]),
    (VECTORS, VECTOR_PARAMETERS, "x: f32[6, 3]", "f32[6, 3]",
     [("SO(3)", "on x.1", "output.1"), ("O(3)", "on x.1", "output.1"), ("E(3)", "on x.1", "output.1 by vector"),
      ("SE(3)", "on x.1", "output.1"), ("S(6)", "on x.0", "output.0"), ("GL(3)", "on x.1", "output.1")]),
    (PLANES, PLANE_PARAMETERS, "x: f32[4, 2]", "f32[4, 2]",
     [("SO(2)", "on x.1", "output.1"), ("O(2)", "on x.1", "output.1"), ("D(3)", "on x.1", "output.1"), ("C(4)", "on x.1", "output.1"),
      ("C(5)", "on x.1", "output.1"), ("Z(4)", "on x.0", "output.0")]),
    (PICTURES, PICTURE_PARAMETERS, "x: f32[6, 6]", "f32[6, 6]",
     [("C(4)", "on x.(0, 1)", "output.(0, 1)"), ("D(4)", "on x.(0, 1)", "output.(0, 1)"), ("C(2)", "on x.(0, 1)", "output.(0, 1)"),
      ("D(1)", "on x.(0, 1)", "output.(0, 1)"), ("shifts(6, 6)", "on x.(0, 1)", "output.(0, 1)"),
      ("semidirect(shifts(6, 6), C(4))", "on x.(0, 1)", "output.(0, 1)")]),
    (SIGNS, SIGN_PARAMETERS, "x: f32[6]", "f32[6]",
     [("sign", "on x", "output"), (SIGNED, "on x.0", "output.0"), ("S(6)", "on x.0", "output.0")]),
]
EPSILON = "epsilon = [[[0, 0, 0], [0, 0, 1], [0, -1, 0]], [[0, 0, -1], [0, 0, 0], [1, 0, 0]], [[0, 1, 0], [-1, 0, 0], [0, 0, 0]]]"
RANGES = (("[i, c]", "[i < 6, c < 3]"), ("[v, c]", "[v < 6, c < 3]"), ("[i, a]", "[i < 6, a < 3]"), ("[i, j]", "[i < 6, j < 6]"),
          ("[i]", "[i < 6]"))
PER_FILE = 8  # fewer than the errors that are shown of one file
FILES_PER_RUN = 25

Draw = collections.namedtuple("Draw", "name group text")


def draw(rng, name):
    """A model of depth 4 to 6, and a claim about it."""
    operations, parameters, inputs, result, claims = rng.choice(KINDS)
    group, moved, output = rng.choice(claims)
    lines, declared, value = [], [], "x"
    for k in range(rng.randint(4, 6)):
        line = rng.choices([each[0] for each in operations], [each[1] ** 2 for each in operations])[0]
        following = f"h{k}"
        for letter, text in parameters.items():
            if f"{letter}{{k}}" in line:
                declared.append("  " + text.format(k=k))
        for axes, ranges in RANGES if operations is not PLANES else (("[i, a]", "[i < 4, a < 2]"),):
            line = line.replace("{y}" + axes, "{y}" + ranges)
        lines.append("  " + line.format(x=value, y=following, k=k))
        value = following
    invariant = rng.random() < 0.3
    if invariant:
        axes = "[m, l]" if "," in result else "[m]"
        lines.append(f"  out = sum{axes} {value}{axes} * {value}{axes}")
        value, result = "out", "f32"
    body = "\n".join(declared + lines + [f"  {value}"])
    claim = f"invariant {name} under {group} {moved}" if invariant else f"equivariant {name} under {group} {moved} -> {output}"
    return Draw(name, group, f"model {name}({inputs}) -> {result} {{\n{body}\n}}\n{claim}\n")


def has_witness(report):
    """Whether an entry of the output is named that differs from what it would have to be."""
    for note in report["notes"]:
        found = re.search(r"becomes (\S+) and would have to be (\S+)$", note)
        if found:
            return "nan" in note or float(found[1]) != float(found[2])
    return False


def word_of(reports):
    """The verdict that the reports about one claim say."""
    if not reports:
        return "proved"
    code = reports[0]["code"]
    if len(reports) > 1 or code not in ("NN0820", "NN0821", "NN0823"):
        return "wrong"
    if code == "NN0820":
        return "refuted" if has_witness(reports[0]) else "wrong"
    return "undecided" if code == "NN0821" else "vacuous"


def judge(nnc, batches):
    """The verdicts of (path, draws) pairs, with what was said."""
    command = [nnc, "check", "--numeric", "--error-format=json", *(str(path) for path, _ in batches)]
    run = subprocess.run(command, capture_output=True, text=True)
    said = collections.defaultdict(list)
    for line in run.stderr.splitlines():
        report = json.loads(line)
        about = re.match(r"(?:that |nothing can be said of )?`(\w+)`", report["message"])
        said[about[1] if about else f"line {report.get('at')}"].append(report)
    draws = [each for _, own in batches for each in own]
    unknown = [each for name, each in said.items() if name not in {own.name for own in draws}]
    if run.returncode not in (0, 1) or unknown:
        return [(each, "wrong", f"status {run.returncode}: {unknown}") for each in draws]
    return [(each, word_of(said[each.name]), said[each.name]) for each in draws]


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
    batches = []
    for start in range(0, options.draws, PER_FILE):
        draws = [draw(rng, f"Net{number}") for number in range(start, min(start + PER_FILE, options.draws))]
        path = options.folder / f"claims{start}.nn"
        path.write_text("\n".join([EPSILON] + [each.text for each in draws]))
        batches.append((path, draws))
    runs = [batches[k : k + FILES_PER_RUN] for k in range(0, len(batches), FILES_PER_RUN)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        verdicts = [each for own in pool.map(lambda run: judge(options.nnc, run), runs) for each in own]
    counts = collections.Counter(word for _, word, _ in verdicts)
    groups = {each.group for each, _, _ in verdicts}
    for each, word, said in verdicts:
        if word == "wrong" or word == options.show:
            print(each.text, said, sep="\n")
    words = ("proved", "refuted", "undecided", "vacuous", "wrong")
    print(f"{len(groups)} groups:", ", ".join(f"{counts[word]} {word}" for word in words))
    fails = [text for wrong, text in (
        (counts["wrong"], "a verdict is wrong"),
        (counts["proved"] < 0.9 * (counts["proved"] + counts["undecided"]), "fewer than nine of ten claims that hold are proved"),
        (min(counts["proved"], counts["refuted"]) < 0.2 * options.draws, "the draws are one-sided"),
        (len(groups) < 8, "fewer than eight groups are drawn")) if wrong]
    for text in fails:
        print("FAIL:", text)
    return 1 if fails else 0


if __name__ == "__main__":
    sys.exit(main())
