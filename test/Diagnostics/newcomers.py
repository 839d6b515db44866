"""Holds what `nnc check` says about wrong programs against the files beside them.

    newcomers.py NNC FOLDER [--update] [NAME...]

Each NAME.nn of the folder is wrong in one way that a newcomer is wrong; NAME.txt is everything that is said about it,
letter by letter. Where they differ the difference is printed. `--update` writes the files anew: read the difference
before committing it, for this believes the compiler. A program without a message has to be none of these, and two errors
about one mistake are one too many: a program that is allowed them says so in a line `// errors: 2`.
"""
import concurrent.futures
import difflib
import os
import pathlib
import re
import subprocess
import sys

LEAST = 80


def said_of(nnc, program):
    """What is printed about a program, without the folder that it lies in."""
    folder = program.parent.resolve()
    done = subprocess.run([nnc, "check", program.name], cwd=folder, capture_output=True, text=True, errors="replace")
    text = done.stderr.replace(f"{folder}/", "")
    return re.sub(r" in \S*, the current folder.*", " in the folders that are searched", text), done.returncode


def problems_of(program, said, status):
    """What is wrong with the answer whatever its words are."""
    errors = len(re.findall(r"^error", said, re.M))
    allowed = re.search(r"^// errors: (\d+)$", program.read_text(), re.M)
    if status not in (0, 1):
        yield f"status {status}"
    if not said:
        yield "nothing is said about it"
    if errors > (int(allowed.group(1)) if allowed else 1):
        yield f"{errors} errors about one mistake"
    if "NN1001" in said:
        yield "this is refused as unsupported, not explained"


def main(nnc, folder, *rest):
    update = "--update" in rest
    names = [word for word in rest if not word.startswith("--")]
    nnc = str(pathlib.Path(nnc).resolve())
    programs = sorted(pathlib.Path(folder).glob("*.nn"))
    if names:
        programs = [program for program in programs if program.stem in names]
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(lambda program: said_of(nnc, program), programs))
    for program, (said, status) in zip(programs, answers):
        beside = program.with_suffix(".txt")
        for problem in problems_of(program, said, status):
            print(f"{program.name}: {problem}")
            wrong += 1
        if update:
            beside.write_text(said)
        expected = beside.read_text() if beside.exists() else ""
        if said != expected:
            lines = expected.splitlines(), said.splitlines()
            print(*difflib.unified_diff(*lines, f"{beside.name}, expected", f"{program.name}, said", lineterm=""), sep="\n")
            wrong += 1
    print(f"{len(programs)} programs, {wrong} wrong")
    return 1 if wrong or (not names and len(programs) < LEAST) else 0


sys.exit(main(*sys.argv[1:]))
