#!/usr/bin/python3
"""Edits certificates of symmetry, and holds `nn-replay` to rejecting every edit that changes what a certificate says.

    certificates.py NNC REPLAY FOLDER PROGRAM... [--edits N] [--seed S]

The certificates of the programs have to replay. Edits that change nothing do, too: other white space, another order of members and of
records, and an nn form with other names of values, white space and comments.

What a certificate says is its tree of members, where records are a set: so each edit of a text, a number or a flag, and each member or
entry that is dropped, added, exchanged or taken from elsewhere changes it, except one that gives an equal tree. None of these is another
valid certificate of the same claim, because nothing in a certificate is free: the claim, its group, sizes and generators are compared with
the form; movers and the actions of inputs and outputs with the representations that the claim names; the action of every other value
is determined by those that it is computed from; an index is `free` exactly if nothing depends on it and else moves as what is read by it; every
record is needed; and an operand is given a second action only where the first does not do.

An edit of the nn form is one of its text outside of names and white space.
"""
import argparse
import collections
import copy
import json
import pathlib
import random
import re
import subprocess
import sys


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


def meaning(tree):
    """A form that is equal for certificates that say the same: records are a set."""
    if isinstance(tree, dict):
        return tuple(sorted((key, meaning(sorted(value, key=repr)) if key == "records" else meaning(value))
                            for key, value in tree.items()))
    return tuple(meaning(each) for each in tree) if isinstance(tree, list) else (type(tree).__name__, tree)


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


def editRecord(rng, tree):
    """A record of one value becomes that of another, or moves like it."""
    records = rng.choice(tree[0]["elements"])["records"]
    one, other = rng.choice(records), rng.choice(records)
    key = rng.choice(["action", "value", "rule", "box"])
    if key in other:
        one[key] = copy.deepcopy(other[key])


def editMoves(rng, tree):
    """An axis or an index moves in another way."""
    paths = [path for path in leaves(tree) if len(path) > 1 and path[-2] == "axes" and isinstance(at(tree, path), str)]
    path = rng.choice(paths)
    at(tree, path[:-1])[path[-1]] = rng.choice(["stays", "same", "grid", "moves 0", "moves 1", "moves 0 dual"])


CHANGES = [editLeaf, dropMember, addMember, exchange, editRecord, editMoves]

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
    """The same members and records in another order."""
    if isinstance(tree, dict):
        items = [(key, shuffled(rng, value)) for key, value in tree.items()]
        rng.shuffle(items)
        for _, value in [each for each in items if each[0] == "records"]:
            rng.shuffle(value)
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
            if meaning(other) != meaning(tree) and other:
                return how.__name__, other, form


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("nnc")
    parser.add_argument("replay")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--edits", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    rng, checker = random.Random(options.seed), Checker(options.replay, options.folder)
    fails, originals, counts = [], [], collections.Counter()
    for tree, forms in gather(options.nnc, options.folder, options.programs):
        form = next(each for each in forms if checker.accepts(json.dumps(tree), each))
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
    for text in fails:
        print("FAIL:", text)
    return 1 if fails else 0


if __name__ == "__main__":
    sys.exit(main())
