"""Holds a training's result against its history: best_report.py RESULT METRIC

The result is the report with the smallest METRIC on the validation split, and the training went on for two more.
"""
import json
import sys

result = json.load(open(sys.argv[1]))
values = [report["validation"][sys.argv[2]] for report in result["history"]]
best = values.index(min(values))
assert result["validation"][sys.argv[2]] == values[best], (result, values)
assert len(values) == best + 3, (best, values)
