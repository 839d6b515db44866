#!/usr/bin/python3
"""Changes one equation of programs whose claims are proved, and holds the new verdicts against running the models.

    equations.py NNC FOLDER [--count N] [--seed S] [--show] PROGRAM...

A change is an operation, a function, a reduction, a number or an index of an equation for another one. A claim about the changed model may
be refuted, with a witness; if it is still proved, `nnc check --numeric` runs the model, and a proof that running contradicts is an internal
error. So no change makes a false proof.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys

FUNCTIONS = ["tanh", "sin", "abs", "relu", "cos", "exp"]
REDUCTIONS = ["sum", "max", "mean", "min"]
OPERATORS = {"+": "-*", "-": "+*", "*": "+-", "/": "*+"}
DEFINITION = re.compile(r"(?:model|fn) (\w+)")
CLAIM = re.compile(r"(?:invariant|equivariant) +(\w+)")
FILES_PER_RUN = 8


def edits_of(line):
    """Every change the line offers, as (begin, end, replacement)."""
    body = max(line.find(" = "), 0)
    for token in re.finditer(r"\b[a-z]\w*\b|\b\d+\b| [-+*/] ", line):
        text, begin, end = token.group(), token.start(), token.end()
        if begin < body:
            continue
        if text in FUNCTIONS:
            yield from ((begin, end, other) for other in FUNCTIONS if other != text)
        elif text in REDUCTIONS:
            yield from ((begin, end, other) for other in REDUCTIONS if other != text)
        elif text.strip() in OPERATORS:
            yield from ((begin, end, f" {other} ") for other in OPERATORS[text.strip()])
        elif text.isdigit():
            yield begin, end, str(int(text) + 1)
    for access in re.finditer(r"\w\[([^\[\]]*)\]", line[body:]):
        begin, end = body + access.start(1), body + access.end(1)
        entries = access[1].split(", ")
        if len(entries) > 1:
            yield begin, end, ", ".join(entries[1:] + entries[:1])
        for number, entry in enumerate(entries):
            if re.fullmatch(r"[a-z]", entry):
                indices = {each for entries in re.findall(r"\[([^\[\]]*)\]", line) for each in entries.split(", ")}
                others = sorted(each for each in indices - {entry} if re.fullmatch(r"[a-z]", each))
                for other in others + ["0"]:
                    yield begin, end, ", ".join(entries[:number] + [other] + entries[number + 1 :])


def definitions_of(lines):
    """The numbers of the lines of each model and function, by its name."""
    found, name = {}, None
    for number, line in enumerate(lines):
        start = DEFINITION.match(line)
        name = start[1] if start else name if line.startswith((" ", "}")) else None
        if name:
            found.setdefault(name, []).append(number)
    return found


def equations_of(lines):
    """The lines of what the claims are about, and of what that uses."""
    definitions = definitions_of(lines)
    wanted, reached = [match[1] for match in map(CLAIM.match, lines) if match], set()
    while wanted:
        name = wanted.pop()
        if name in definitions and name not in reached:
            reached.add(name)
            wanted += re.findall(r"\w+", " ".join(lines[n] for n in definitions[name]))
    return sorted(n for name in reached for n in definitions[name] if " ~ " not in lines[n] and "param " not in lines[n])


def mutants_of(rng, program, count):
    """Texts of the program with one change each."""
    lines = [line for line in program.read_text().splitlines() if not line.startswith("//")]
    changes = [(n, *edit) for n in equations_of(lines) for edit in edits_of(lines[n])]
    rng.shuffle(changes)
    for n, begin, end, replacement in changes[:count]:
        changed = lines[n][:begin] + replacement + lines[n][end:]
        yield f"{program.name}: {lines[n].strip()}  =>  {changed.strip()}", "\n".join(lines[:n] + [changed] + lines[n + 1 :]) + "\n"


def judge(nnc, batch):
    """For each (path, change) of the batch the codes of what is said."""
    run = subprocess.run([nnc, "check", "--numeric", "--error-format=json", *(str(path) for path, _ in batch)],
                         capture_output=True, text=True)
    said = collections.defaultdict(list)
    for line in run.stderr.splitlines():
        report = json.loads(line)
        said[report.get("at", {}).get("file", "")].append(report)
    crashed = run.returncode not in (0, 1) or said[""]
    return [(change, "wrong" if crashed else word_of(said[str(path)]), said[str(path)]) for path, change in batch]


def word_of(reports):
    """What became of the claims of a program: the first that holds of these."""
    codes = {report["code"] for report in reports}
    if any(code.startswith("NN10") for code in codes):
        return "wrong"
    if codes - {"NN0820", "NN0821", "NN0823"}:
        return "refused"
    return "refuted" if codes & {"NN0820", "NN0823"} else "undecided" if codes else "proved"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("nnc")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("programs", nargs="+", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=40, help="changes of each program at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print every change with its verdict")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    rng = random.Random(options.seed)
    mutants = []
    for program in options.programs:
        for change, text in mutants_of(rng, program, options.count):
            path = options.folder / f"mutant{len(mutants)}.nn"
            path.write_text(text)
            mutants.append((path, change))
    batches = [mutants[k : k + FILES_PER_RUN] for k in range(0, len(mutants), FILES_PER_RUN)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        verdicts = [each for own in pool.map(lambda batch: judge(options.nnc, batch), batches) for each in own]
    for change, word, said in verdicts:
        if options.show or word == "wrong":
            print(word, change, *([report["message"] for report in said] if word in ("wrong", "undecided") else []), sep="\n    ")
    counts = collections.Counter(word for _, word, _ in verdicts)
    words = ("proved", "refuted", "undecided", "refused", "wrong")
    print(f"{len(verdicts)} changes:", ", ".join(f"{counts[word]} {word}" for word in words))
    judged = counts["proved"] + counts["refuted"] + counts["undecided"]
    fails = [text for wrong, text in (
        (counts["wrong"], "a verdict is wrong"),
        (counts["undecided"] > 0.05 * judged, "more than one of twenty changed programs has an undecided claim"),
        (min(counts["refuted"], counts["proved"]) < 0.1 * judged, "the changes are one-sided")) if wrong]
    for text in fails:
        print("FAIL:", text)
    return 1 if fails else 0


if __name__ == "__main__":
    sys.exit(main())
