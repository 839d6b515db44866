"""Compares what a training reports of all points of its batch with numpy."""

import json
import sys

import numpy

report = json.load(open(sys.argv[1]))
report = report.get("train", report)
data = numpy.load(sys.argv[2])
inside = numpy.arange(data["pos"].shape[1]) < data["n"][:, None]
points = data["pos"][inside]
for name, value in {"centre": points[:, 0].mean(), "furthest": points.max(), "longest": data["n"].mean()}.items():
    assert abs(report[name] - value) < 1e-5, (name, report[name], value)
