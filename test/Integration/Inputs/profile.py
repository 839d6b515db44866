"""Checks what `profile` says of profile.nn."""
import json
import sys


def close(a, b, tolerance):
    assert abs(a - b) <= tolerance * max(abs(a), abs(b)), (a, b)


def rows_of(report):
    spent = sum(row["seconds"] for row in report["equations"])
    # The equations and what lies between them are the whole step.
    close(spent + report["between"], report["clocked"], 1e-6)
    assert report["between"] >= 0 and report["limits"]["operations"] > 1e9 and report["limits"]["bytes"] > 1e8
    assert all(row["seconds"] >= 0 and "profile.nn" in row["place"] or "stdlib" in row["place"] for row in report["equations"])
    return [row for row in report["equations"] if "`dense(64)`" in row["place"] and "`W @ x`" in row["place"]]


kind = sys.argv[1]
if kind == "trace":
    events = json.load(open(sys.argv[2]))["traceEvents"]
    assert events and all(event["ph"] == "X" and event["dur"] >= 0 for event in events)
    # A thread does one thing at a time.
    for thread in {event["tid"] for event in events}:
        own = sorted((event["ts"], event["ts"] + event["dur"]) for event in events if event["tid"] == thread)
        assert all(a[1] <= b[0] + 1e-3 for a, b in zip(own, own[1:])), own
elif kind == "step":
    report = json.load(sys.stdin)
    assert report["threads"] == 2 and report["steps"] == 5
    # Forward and the gradient of W, each a product and a sum for each of 32 x 64 x 3 points; x takes no gradient.
    operations = sum(row["operations"] for row in rows_of(report))
    assert operations == 2 * 2 * 32 * 64 * 3, operations
else:
    operations = sum(row["operations"] for row in rows_of(json.load(sys.stdin)))
    assert operations == 2 * 64 * 3, operations
