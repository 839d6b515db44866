#!/usr/bin/python3
"""Edits certificates of symmetry, and holds `nn-replay` to rejecting every edit that changes what a certificate says.

    certificates.py NNC REPLAY OPT FOLDER PROGRAM... [--edits N] [--forged N] [--seed S]

The certificates of the programs have to replay. Edits that change nothing do, too: other white space, another order of members, and an nn
form with other names of values, white space and comments.

What a certificate says is its tree of members: so each edit of a text, a number or a flag, and each member or entry that is dropped, added,
exchanged or taken from elsewhere changes it, except one that gives an equal tree. None of these is another valid certificate, because all of
it follows from the form. An edit of the nn form is one of its text outside of names and white space.

Forged certificates name the digest of the edited form, so that only what is computed can reject them. Whether an edit breaks the symmetry is
what the interpreter says, of random inputs and of the same ones moved as the certificate writes. One that does has to be rejected.
"""
import argparse
import collections
import copy
import hashlib
import json
import pathlib
import random
import re
import subprocess
import sys

import numpy


def leaves(tree, path=()):
    """The paths of all members and entries."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield path + (key,)
        yield from leaves(value, path + (key,))


def at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


def change(rng, value, others):
    """Another leaf of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return rng.choice([value + 1, value - 1, -value, 0, 7])
    if rng.random() < 0.2:
        return value + " "
    return rng.choice(others)


def editLeaf(rng, tree):
    path = rng.choice([each for each in leaves(tree) if not isinstance(at(tree, each), (dict, list))])
    others = [at(tree, each) for each in leaves(tree) if each[-1] == path[-1] or isinstance(each[-1], int)]
    others = [each for each in others if isinstance(each, str)] or ["stays"]
    at(tree, path[:-1])[path[-1]] = change(rng, at(tree, path), others)


def dropMember(rng, tree):
    path = rng.choice(list(leaves(tree)))
    del at(tree, path[:-1])[path[-1]]


def addMember(rng, tree):
    """A member or an entry from elsewhere in the certificate."""
    every = list(leaves(tree))
    source, into = rng.choice(every), rng.choice(every)
    value, place = copy.deepcopy(at(tree, source)), at(tree, into)
    if isinstance(place, list):
        place.insert(rng.randrange(len(place) + 1), value)
    elif isinstance(place, dict):
        place[source[-1] if isinstance(source[-1], str) else str(source[-1])] = value


def exchange(rng, tree):
    """Two members of the same name change places."""
    paths = collections.defaultdict(list)
    for path in leaves(tree):
        paths[path[-1] if isinstance(path[-1], str) else "entry"].append(path)
    name = rng.choice([each for each in paths if len(paths[each]) > 1])
    one, other = rng.sample(paths[name], 2)
    if one[:len(other)] == other or other[:len(one)] == one:
        return
    a, b = at(tree, one), at(tree, other)
    at(tree, one[:-1])[one[-1]], at(tree, other[:-1])[other[-1]] = b, a


def editMove(rng, tree):
    """An input or output moves in another way, or along another axis."""
    if not tree[0]["moves"]:
        return
    space = rng.choice(tree[0]["moves"])
    if rng.random() < 0.5 and space["axes"]:
        space["axes"][rng.randrange(len(space["axes"]))] += rng.choice([-1, 1])
        return
    which = rng.randrange(len(space["by"]))
    places = list(re.finditer(r"\d+", space["by"][which]))
    if places:
        place = rng.choice(places)
        space["by"][which] = space["by"][which][:place.start()] + str(rng.randrange(7)) + space["by"][which][place.end():]


CHANGES = [editLeaf, dropMember, addMember, exchange, editMove]

FORM_EDITS = [(r"\bd(\d)\b(?=[^)]*\)>)", lambda rng, m: f"d{rng.randrange(4)}"), (r"arith\.addf", lambda rng, m: "arith.subf"),
              (r"arith\.mulf", lambda rng, m: "arith.addf"), (r"nn\.equation sum", lambda rng, m: "nn.equation max"),
              (r"nn\.equation max", lambda rng, m: "nn.equation sum"), (r"\d\.\d{6}e[+-]\d\d", lambda rng, m: "3.250000e+00"),
              (r"math\.tanh", lambda rng, m: "math.cos"), (r'group = "', lambda rng, m: 'group = "Z(5) * '),
              (r"axes = array<i64: (\d)", lambda rng, m: f"axes = array<i64: {1 - min(1, int(m.group(1)))}"),
              (r"affine_map<\((d0[^)]*)\) -> \((d\d), (d\d)", lambda rng, m: f"affine_map<({m.group(1)}) -> ({m.group(3)}, {m.group(2)}"),
              (r"n = (\d) : i64", lambda rng, m: f"n = {int(m.group(1)) + 1} : i64"), ("arith.cmpf ole", lambda rng, m: "arith.cmpf ogt"),
              (r"reads\((%\w+), (%\w+)", lambda rng, m: f"reads({m.group(2)}, {m.group(1)}"), ("\"invariant\"", lambda rng, m: '"equivariant"')]


def editForm(rng, text):
    """One place of the nn form."""
    pattern, replace = rng.choice(FORM_EDITS)
    found = list(re.finditer(pattern, text))
    if not found:
        return text
    place = rng.choice(found)
    return text[:place.start()] + replace(rng, place) + text[place.end():]


def weighByPlace(rng, text):
    """What the body of one equation yields is multiplied by the first index of the point, which few symmetries survive."""
    place = rng.choice(list(re.finditer(r"nn\.yield (%\w+) : f32\n", text)))
    return (text[:place.start()] + "%place = nn.index 0 : i32\n%number = arith.sitofp %place : i32 to f32\n"
            f"%weighed = arith.mulf {place.group(1)}, %number : f32\nnn.yield %weighed : f32\n" + text[place.end():])


def plain(text):
    return re.sub(r"\s+", " ", text)


class Checker:
    def __init__(self, replay, folder):
        self.replay, self.certificate, self.form = replay, folder / "edited.json", folder / "edited.mlir"

    def accepts(self, certificate, form):
        self.certificate.write_text(certificate)
        self.form.write_text(form)
        run = subprocess.run([self.replay, str(self.certificate), str(self.form)], capture_output=True, text=True)
        if run.returncode not in (0, 1):
            sys.exit(f"FAIL: nn-replay ends with {run.returncode}\n{certificate}\n{run.stderr}")
        self.said = run.stdout + run.stderr
        return run.returncode == 0


def shuffled(rng, tree):
    """The same members in another order."""
    if isinstance(tree, dict):
        items = [(key, shuffled(rng, value)) for key, value in tree.items()]
        rng.shuffle(items)
        return dict(items)
    return [shuffled(rng, each) for each in tree] if isinstance(tree, list) else tree


def renamed(form):
    """Other names, white space and comments."""
    form = re.sub(r"%(\w+)", r"%v_\1", form)
    return "// The same.\n" + re.sub(r"\n +", "\n\t", form)


def changesNothing(rng, checker, tree, form):
    return [name for name, text, module in (
        ("written compactly", json.dumps(tree, separators=(",", ":")), form),
        ("in another order", json.dumps(shuffled(rng, tree), indent=3), form),
        ("of a form with other names", json.dumps(tree), renamed(form))) if not checker.accepts(text, module)]


def gather(nnc, folder, programs):
    """Single certificates with their forms."""
    found = []
    for number, program in enumerate(programs):
        path = folder / f"program{number}.json"
        subprocess.run([nnc, "check", program, "--certificate", str(path)], check=True, capture_output=True)
        forms = path.with_suffix(".mlir").read_text().split("// -----\n")
        for each in json.loads(path.read_text()):
            found.append(([each], forms))
    return found


def edit(rng, tree, form):
    """Something else; how it was changed."""
    while True:
        if rng.random() < 0.2:
            other = editForm(rng, form)
            if plain(other) != plain(form):
                return "editForm", tree, other
        else:
            how, other = rng.choice(CHANGES), copy.deepcopy(tree)
            how(rng, other)
            if other != tree and other:
                return how.__name__, other, form


# ---- forged certificates

def argumentsOf(form):
    """Name, kind, shape, type and bound of each argument of the function of the claim; None if one has no name."""
    function = re.search(r"nn\.claim .* of @([\w.]+)", form).group(1)
    head = re.search(rf"func\.func @{re.escape(function)}\((.*?)\) -> ", form).group(1)
    found = []
    for each in re.split(r", (?=%)", head):
        match = re.search(r"tensor<((?:\d+x)*)(\w+)> \{(.*)\}", each)
        bind = match and re.search(r"#nn\.bind<(\w+), \"([^\"]*)\">", match.group(3))
        if not bind or bind.group(1) not in ("arg", "param", "state"):
            return function, None
        below = re.search(r"nn\.below = (\d+)", match.group(3))
        shape = [int(extent) for extent in match.group(1).split("x") if extent]
        found.append((bind.group(2), bind.group(1), shape, match.group(2), int(below.group(1)) if below else 2))
    return function, found


def moved(tensor, space, generator):
    """A tensor whose cells along axes move as `to 1 -2 0` says; behind its axes lie its values."""
    image = [(abs(int(cell)), -1 if cell[0] == "-" else 1) for cell in space["by"][generator].split()[1:]]
    if space["axes"] == [tensor.ndim]:
        return numpy.array([image[value][0] for value in tensor.flat], int).reshape(tensor.shape)
    front = numpy.moveaxis(tensor, space["axes"], range(len(space["axes"])))
    cells = front.reshape((len(image), -1))
    result = numpy.empty_like(cells)
    for cell, (to, sign) in enumerate(image):
        result[to] = sign * cells[cell]
    return numpy.moveaxis(result.reshape(front.shape), range(len(space["axes"])), space["axes"])


def dense(tensor, element):
    text = ", ".join(repr(float(x)) if element[0] in "fb" else str(int(x)) for x in tensor.flat)
    return f"dense<[{text}]> : tensor<{tensor.size}x{element}>" if tensor.ndim == 1 else (
        f"dense<{json.dumps(tensor.tolist())}> : tensor<{''.join(f'{extent}x' for extent in tensor.shape)}{element}>")


def runs(opt, path, form, function, arguments, inputs):
    """The results of the function on each of the inputs, by the interpreter; None if it is none."""
    cases = []
    for case in inputs:
        kinds = collections.defaultdict(list)
        for (name, kind, _, element, _), value in zip(arguments, case):
            kinds[{"arg": "arguments", "param": "parameters", "state": "states"}[kind]].append(
                f'"{name}" = {dense(value, element)}')
        cases.append("{" + ", ".join(f"{kind} = {{{', '.join(each)}}}" for kind, each in kinds.items()) + "}")
    head = re.search(rf"func\.func @{re.escape(function)}\(.*?\) -> .*?(?= attributes \{{| \{{$)", form, re.M)
    begin, end = head.start(), form.index("{\n", head.end())
    attributes = form[head.end():end].strip().removeprefix("attributes").strip().strip("{}").strip()
    attributes = (attributes + ", " if attributes else "") + f"nn.run = [{', '.join(cases)}]"
    path.write_text(form[:begin] + form[begin:head.end()] + f" attributes {{{attributes}}} " + form[end:])
    run = subprocess.run([opt, "--nn-interpret", str(path), "-o", "/dev/null"], capture_output=True, text=True)
    if run.returncode:
        return None
    results = re.findall(rf"^{re.escape(function)}#(\d+) = \[([^\]]*)\](.*)$", run.stdout, re.M)
    each = len(results) // len(inputs)
    tensors = [numpy.array([float(x) for x in values.split()]).reshape([int(n) for n in shape.split(",") if n.strip()])
               for _, shape, values in results]
    return [tensors[k * each:(k + 1) * each] for k in range(len(inputs))]


def breaks(rng, opt, path, certificate, form):
    """Whether moved inputs do not give moved outputs; None if that cannot be told."""
    function, arguments = argumentsOf(form)
    permutes = all(by.startswith("to") and "+" not in by for space in certificate["moves"] for by in space["by"])
    if arguments is None or not permutes or certificate["states"]:
        return None
    draw = numpy.random.default_rng(rng.randrange(1 << 30))
    base = [draw.normal(size=shape) if element[0] in "fb" else draw.integers(0, below, size=shape)
            for _, _, shape, element, below in arguments]
    inputs = [base]
    for generator in range(len(certificate["generators"])):
        case = []
        for (name, kind, _, _, _), value in zip(arguments, base):
            for space in certificate["moves"]:
                if kind == "arg" and space.get("input") == name:
                    value = moved(value, space, generator)
            case.append(value)
        inputs.append(case)
    results = runs(opt, path, form, function, arguments, inputs)
    names = re.findall(r"#nn\.bind<(\w+), \"([^\"]*)\">", re.search(rf"func\.func @{re.escape(function)}\(.*", form).group(0).split(" -> ")[1])
    if results is None or not all(numpy.isfinite(each).all() for result in results for each in result):
        return None
    worst = 0
    for generator, found in enumerate(results[1:]):
        for (kind, name), before, after in zip(names, results[0], found):
            wanted = before
            for space in certificate["moves"] if kind == "output" else []:
                if space.get("output") == name:
                    wanted = moved(wanted.astype(int) if space["axes"] == [wanted.ndim] else wanted, space, generator)
            if kind == "output":
                worst = max(worst, numpy.abs(wanted - after).max(initial=0) / (1e-9 + numpy.abs(wanted).max(initial=0)))
    return worst > 1e-4


def forge(rng, options, checker, originals, count):
    """Certificates of edited forms that name these: what was broken and rejected, what holds, and what was accepted."""
    counts, fails = collections.Counter(), []
    for _ in range(10 * count):
        if counts["broken"] == count:
            break
        tree, form = rng.choice(originals)
        edited = rng.choice([weighByPlace, editForm])(rng, form)
        path = options.folder / "forged.mlir"
        path.write_text(edited)
        printed = subprocess.run([options.opt, "--mlir-print-local-scope", str(path)], capture_output=True, text=True)
        if printed.returncode or plain(printed.stdout) == plain(form):
            continue
        edited = printed.stdout.rstrip("\n")
        certificate = dict(tree[0], form=hashlib.sha256(edited.encode()).hexdigest())
        broken = breaks(rng, options.opt, path, certificate, edited)
        if broken is None:
            continue
        accepted = checker.accepts(json.dumps([certificate]), edited)
        if "another one" in checker.said or "that of the form" in checker.said:
            counts["other claims"] += 1 # the edit is one of what is claimed
        elif broken:
            counts["broken"] += 1
            if accepted:
                fails.append(f"accepted a forged certificate: {certificate['claim']}")
                (options.folder / f"forged{len(fails)}.json").write_text(json.dumps([certificate]))
                (options.folder / f"forged{len(fails)}.mlir").write_text(edited)
        else:
            counts["kept and accepted" if accepted else "kept and rejected"] += 1
    return counts, fails


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("nnc")
    parser.add_argument("replay")
    parser.add_argument("opt")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--edits", type=int, default=500)
    parser.add_argument("--forged", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    rng, checker = random.Random(options.seed), Checker(options.replay, options.folder)
    fails, originals, counts = [], [], collections.Counter()
    for tree, forms in gather(options.nnc, options.folder, options.programs):
        form = next((each for each in forms if checker.accepts(json.dumps(tree), each)), None)
        if form is None:
            fails.append(f"rejected {tree[0]['claim']}: {checker.said}")
            continue
        originals.append((tree, form))
        fails += [f"rejected {what}: {tree[0]['claim']}: {checker.said}" for what in changesNothing(rng, checker, tree, form)]
    for _ in range(options.edits):
        tree, form = rng.choice(originals)
        how, edited, other = edit(rng, tree, form)
        counts[how] += 1
        if checker.accepts(json.dumps(edited), other):
            fails.append(f"accepted {how}: {tree[0]['claim']}")
            (options.folder / f"accepted{len(fails)}.json").write_text(json.dumps(edited))
            (options.folder / f"original{len(fails)}.json").write_text(json.dumps(tree))
    print(f"{len(originals)} certificates replayed, {sum(counts.values())} edits:",
          ", ".join(f"{count} {how}" for how, count in sorted(counts.items())), f"- {len(fails)} wrong")
    forged, accepted = forge(rng, options, checker, originals, options.forged)
    print("forged:", ", ".join(f"{count} {how}" for how, count in sorted(forged.items())), f"- {len(accepted)} wrong")
    for text in fails + accepted:
        print("FAIL:", text)
    return 1 if fails + accepted else 0


if __name__ == "__main__":
    sys.exit(main())
