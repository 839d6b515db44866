"""Holds the labels of the reference's rules against the tests that carry them: rules.py PAGE TEST_FOLDER

A rule ends with its label in code and brackets, `[eq.range]`. A test of the rule says so in a comment, `rule: eq.range`, with
commas between several. Every label has a test, and every test's label is in the reference. A paragraph, a bullet or a table without
a label is listed as well, outside of the parts that are explanations.
"""
import pathlib
import re
import sys

LABEL = r"[a-z]+\.[a-z0-9-]+"
EXPLANATIONS = {"The Noether language", "The standard library", "Corner cases", "What this version refuses"}


def unlabelled(text):
    """The first words of each rule without a label."""
    section = ""
    for block in re.split(r"\n\s*\n", re.sub(r"^```.*?^```\n?", "\n", text, flags=re.M | re.S)):
        heading = re.match(r"(#+) (.*)", block.strip())
        if heading and len(heading.group(1)) <= 2:
            section = heading.group(2)
        if heading or section in EXPLANATIONS or block.strip().startswith("|"):
            continue
        for rule in re.split(r"\n(?=- )", block.strip()):
            if rule and not rule.endswith(":") and not re.search(rf"`\[{LABEL}\]`", rule):
                yield rule[:70].replace("\n", " ")


def main(page, folder):
    text = pathlib.Path(page).read_text()
    rules = set(re.findall(rf"`\[({LABEL})\]`", text))
    carried = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.suffix not in {".nn", ".mlir", ".test", ".cpp"}:
            continue
        for line in re.findall(rf"^(?://+ |# )?rule: ({LABEL}(?:, {LABEL})*)$", path.read_text(errors="replace"), re.M):
            for label in line.split(", "):
                carried.setdefault(label, path)
    problems = [f"the rule {label} has no test" for label in sorted(rules - set(carried))]
    problems += [f"{carried[label]}: the reference has no rule {label}" for label in sorted(set(carried) - rules)]
    problems += [f"a rule without a label: {words}.." for words in unlabelled(text)]
    print(*problems, sep="\n")
    print(f"{len(rules)} rules, {len(problems)} problems")
    return 1 if problems or not rules else 0


sys.exit(main(*sys.argv[1:]))
