"""Compares what trainings have reported with what the first one has: same_histories.py FIRST.json OTHER.json ..."""
import json
import sys

from emulated import difference, numbers

histories = {}
for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        histories[name] = numbers(json.load(file)["history"])
first, *others = histories
for name in others:
    worst = difference(histories[first], histories[name])
    print(f"{name}: {'the same' if worst < 1e-4 else f'{worst:.1e} apart'}")
