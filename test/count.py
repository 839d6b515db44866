"""Counts the results of one run: count.py LIT_RESULTS NAME=PASS|FAIL ...

Prints each failure, then one line "N passed, N failed[, N skipped]"; fails if a test failed or none ran.
"""
import json
import sys

PASSED = {"PASS", "XFAIL", "FLAKYPASS"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def main(results, *checks):
    try:
        with open(results) as file:
            outcomes = [(test["name"], test["code"]) for test in json.load(file)["tests"]]
    except (OSError, ValueError) as error:
        outcomes = [(f"lit ({error})", "FAIL")]
    outcomes += [tuple(check.split("=")) for check in checks]
    passed = [name for name, code in outcomes if code in PASSED]
    skipped = [name for name, code in outcomes if code in SKIPPED]
    failed = [name for name, code in outcomes if code not in PASSED | SKIPPED]
    for name in failed:
        print(f"failed: {name}")
    print(f"{len(passed)} passed, {len(failed)} failed" + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


sys.exit(main(*sys.argv[1:]))
