"""Counts the results of one run: count.py LIT_RESULTS NAME=PASS|FAIL ...

LIT_RESULTS is what `lit --xunit-xml-output` wrote (what `lit --output` writes leaves out tests that GoogleTest skipped). Prints each
failure, then one line "N passed, N failed[, N skipped]"; fails if a test failed or none ran.
"""
import sys
import xml.etree.ElementTree


def outcome(case):
    code = "FAIL" if case.find("failure") is not None else "SKIP" if case.find("skipped") is not None else "PASS"
    return f"{case.get('classname')}.{case.get('name')}", code


def main(results, *checks):
    try:
        outcomes = [outcome(case) for case in xml.etree.ElementTree.parse(results).iter("testcase")]
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        outcomes = [(f"lit ({error})", "FAIL")]
    outcomes += [tuple(check.split("=")) for check in checks]
    passed, failed, skipped = ([name for name, code in outcomes if code == each] for each in ("PASS", "FAIL", "SKIP"))
    for name in failed:
        print(f"failed: {name}")
    print(f"{len(passed)} passed, {len(failed)} failed" + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


sys.exit(main(*sys.argv[1:]))
