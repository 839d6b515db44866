"""Fails for an example without a row of numbers in the table, without words at its head, or that no test runs: every_example.py SOURCE"""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
table = (source / "examples" / "README.md").read_text()
tests = [*(source / "test" / "Examples").glob("*.test"), *(source / "test" / "Integration").glob("*.test")]
runs = ["\n".join(line for line in test.read_text().splitlines() if line.startswith("RUN:")) for test in tests]
examples = sorted((source / "examples").glob("*.nn"))
incomplete = 0
for example in examples:
    missing = []
    row = re.search(rf"^\| \[{example.name}\]\({example.name}\) \|(.*)\|$", table, re.MULTILINE)
    if not row or not all(cell.strip() for cell in row[1].split("|")) or row[1].count("|") != 3:
        missing.append("a row of the table: what, parameters, time, quality")
    head = [line for line in example.read_text().splitlines() if line.strip()]
    if not head or not head[0].startswith("//"):
        missing.append("words at its head")
    own = [run for run in runs if re.search(rf"\b{example.name}\b", run)]
    if not any("%nnc build" in run and " train" in run for run in own):
        missing.append("a test that builds and trains it")
    for what in missing:
        print(f"{example.name}: no {what[2:] if what.startswith('a ') else what}")
    incomplete += bool(missing)
print(f"{len(examples)} examples, {incomplete} incomplete")
