"""Holds the programs of the reference's corner cases against those that are run: corner-cases.py PAGE FOLDER"""
import pathlib
import sys

page = pathlib.Path(sys.argv[1]).read_text()
programs = sorted(pathlib.Path(sys.argv[2]).glob("*.nn"))
missing = 0
for program in programs:
    code = "\n".join(line for line in program.read_text().splitlines() if not line.startswith("//"))
    if f"```noether\n{code.strip()}\n```" not in page:
        print(f"{program.name} does not stand in {sys.argv[1]}")
        missing += 1
print(f"{len(programs)} programs, {missing} missing")
sys.exit(bool(missing) or not programs)
