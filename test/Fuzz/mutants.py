"""Edits programs in one place each and holds what `nnc check` says against three promises.

    mutants.py --nnc NNC [--count N] [--least N] [--seed S] [--show] PROGRAM...

No mutant crashes the compiler; none gets more than two errors; in 95 % of those that are refused the first error, or a
place that it labels, stands within one line of the edit. An edit is a typo in a name, two swapped indices, a lost axis, a wrong type or number, or a
deleted token. Files beside a program are copied along, so that its data is found.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

TOKEN = re.compile(
    r"(?P<comment>//[^\n]*)|(?P<string>\"(?:\\.|[^\"\\\n])*\")|(?P<name>[^\W\d]\w*)"
    r"|(?P<number>\d+\.\d+(?:[eE][-+]?\d+)?|\d+[eE][-+]?\d+|\d+)"
    r"|(?P<operator>\|>|=>|->|==|!=|<=|>=|\.\.|[-+*/%@^<>=~,:;.(){}\[\]])"
)
TYPES = ["f32", "f64", "i32", "bool", "int", "real", "string"]
MAX_ERRORS = 2
NEAR = 0.95
BATCH = 20
MISSING_DATA = "NN0701"

Mutant = collections.namedtuple("Mutant", "program edit line text")
Token = collections.namedtuple("Token", "kind text begin end")


def tokens_of(text):
    found = (Token(m.lastgroup, m.group(), m.start(), m.end()) for m in TOKEN.finditer(text))
    return [token for token in found if token.kind != "comment"]


def misspelled(rng, name):
    """One slip of the hand: a letter swapped, dropped, doubled or another."""
    at = rng.randrange(len(name))
    slips = [name[:at] + name[at] + name[at:], name[:at] + rng.choice("abcdeghklmnoprstuwxyz") + name[at + 1 :]]
    if len(name) > 1:
        slips.append(name[:at] + name[at + 1 :])
        at = rng.randrange(len(name) - 1)
        slips.append(name[:at] + name[at + 1] + name[at] + name[at + 2 :])
    return rng.choice([slip for slip in slips if slip != name] or [name + "x"])


def bracket_entries(tokens, opening):
    """The entries of the brackets that open at a token, as (begin, end) pairs of offsets; empty if they never close."""
    depth, begin, entries = 0, tokens[opening].end, []
    for token in tokens[opening:]:
        if token.text in "([{":
            depth += 1
        elif token.text in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and token.text == ","):
            entries.append((begin, token.begin))
            begin = token.end
        if depth == 0:
            return entries
    return []


def edits_of(rng, text):
    """Every edit the program offers: (kind, begin, end, replacement)."""
    tokens = tokens_of(text)
    for index, token in enumerate(tokens):
        yield "delete", token.begin, token.end, ""
        if token.kind == "name":
            yield "typo", token.begin, token.end, misspelled(rng, token.text)
            yield "typo", token.begin, token.end, misspelled(rng, token.text)
        if token.text in TYPES:
            yield "type", token.begin, token.end, rng.choice([t for t in TYPES if t != token.text])
        if token.kind == "number":
            yield "number", token.begin, token.end, rng.choice(["0", "7", "1.5", "\"a\"", token.text + "0"])
        if token.text != "[":
            continue
        entries = bracket_entries(tokens, index)
        for begin, end in entries:
            # The axis goes with one of its commas.
            if len(entries) > 1 and (begin, end) != entries[-1]:
                yield "axis", begin, end + 1, ""
            elif len(entries) > 1:
                yield "axis", begin - 1, end, ""
        for (b1, e1), (b2, e2) in zip(entries, entries[1:]):
            first, second = text[b1:e1].strip(), text[b2:e2].strip()
            if first != second:
                yield "swap", b1, e2, f"{second}, {first}"


def mutants_of(rng, program, count):
    text = program.read_text()
    edits = list(edits_of(rng, text))
    rng.shuffle(edits)
    seen = {text}
    for kind, begin, end, replacement in edits:
        mutated = text[:begin] + replacement + text[end:]
        if mutated in seen:
            continue
        seen.add(mutated)
        line = text.count("\n", 0, begin) + 1
        yield Mutant(program, f"{kind} line {line}: `{text[begin:end]}` -> `{replacement}`", line, mutated)
        count -= 1
        if count == 0:
            return


def run(nnc, files):
    """The diagnostics by file, and the exit status."""
    command = [nnc, "check", "--error-format=json", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20 * len(files) + 60)
    reports = collections.defaultdict(list)
    for line in done.stderr.splitlines():
        if line.startswith("{"):
            report = json.loads(line)
            reports[report.get("at", {}).get("file", "")].append(report)
    return reports, done.returncode


def crashed(status):
    return status not in (0, 1)


def judge(nnc, folder, mutants):
    """Each mutant with its errors and whether the compiler crashed on it."""
    names = []
    for number, mutant in enumerate(mutants):
        path = folder / f"mutant-{number}.nn"
        path.write_text(mutant.text)
        names.append(str(path))
    verdicts = []
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        reports, status = run(nnc, batch)
        alone = crashed(status) or "" in reports
        for name, mutant in zip(batch, mutants[start : start + BATCH]):
            if alone:
                reports, status = run(nnc, [name])
            everything = reports[name] + (reports[""] if alone else [])
            verdicts.append((mutant, [r for r in everything if r["severity"] == "error"], alone and crashed(status)))
    return verdicts


def judge_program(options, program, seed):
    """The verdicts about one program's mutants, in a folder of their own beside the program's data; None without its data."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for companion in program.parent.iterdir():
            if companion.is_file() and (companion.suffix != ".nn" or companion == program):
                shutil.copy(companion, folder)
        reports, status = run(options.nnc, [str(folder / program.name)])
        said = [report["code"] for of_file in reports.values() for report in of_file]
        if said and set(said) == {MISSING_DATA}:
            return None
        if status != 0:
            return f"{program} itself is refused: {dict(reports)}"
        mutants = list(mutants_of(random.Random(seed), program, options.count))
        return judge(options.nnc, folder, mutants)


def shown(error):
    """The lines that an error points at."""
    return [place.get("line") or -9 for place in [error.get("at", {}), *(label["at"] for label in error.get("labels", []))]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nnc", required=True)
    parser.add_argument("--count", type=int, default=1000, help="mutants of each program at most")
    parser.add_argument("--least", type=int, default=0, help="fails if there are fewer mutants in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="print every mutant that breaks a promise")
    parser.add_argument("programs", nargs="+", type=pathlib.Path)
    options = parser.parse_args()

    counts, crashes, chatty, far = collections.Counter(), [], [], []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(judge_program, options, each, options.seed + i) for i, each in enumerate(options.programs)]
    for job in jobs:
        verdicts = job.result()
        counts["left out"] += verdicts is None
        if isinstance(verdicts, str):
            sys.exit(verdicts)
        for mutant, errors, crash in verdicts or []:
            counts["mutants"] += 1
            counts["refused"] += bool(errors)
            messages = [(e.get("at", {}).get("line"), e["message"]) for e in errors]
            if crash:
                crashes.append(mutant)
            if len(errors) > MAX_ERRORS:
                chatty.append((mutant, messages))
            if errors and not any(abs(line - mutant.line) <= 1 for line in shown(errors[0])):
                far.append((mutant, messages))
    near = 1 - len(far) / max(1, counts["refused"])
    if options.show or crashes or chatty or near < NEAR:
        for mutant in crashes:
            print(f"CRASH {mutant.program.name} {mutant.edit}")
        for word, group in (("MANY", chatty), ("FAR", far)):
            for mutant, messages in group:
                print(word, mutant.program.name, mutant.edit, *messages, sep="\n    ")
    print(
        f"{counts['mutants']} mutants, {counts['refused']} refused, {len(crashes)} crashes,"
        f" {len(chatty)} with more than {MAX_ERRORS} errors, {100 * near:.1f} % within one line;"
        f" {counts['left out']} programs left out for want of data"
    )
    enough = counts["refused"] and counts["mutants"] >= options.least
    return 1 if crashes or chatty or near < NEAR or not enough else 0


sys.exit(main())
