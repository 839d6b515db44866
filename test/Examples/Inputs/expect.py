"""Reads JSON, one object a line, and fails unless the last value of a key lies where it should: expect.py KEY (at-least | at-most) BOUND"""
import json
import sys


def values(node, key):
    """Every number below a key of this name, however deep."""
    if isinstance(node, dict):
        for name, child in node.items():
            if name == key and isinstance(child, (int, float)):
                yield child
            yield from values(child, key)
    elif isinstance(node, list):
        for child in node:
            yield from values(child, key)


key, relation, bound = sys.argv[1], sys.argv[2], float(sys.argv[3])
holds = {"at-least": lambda value: value >= bound, "at-most": lambda value: value <= bound}[relation]
found = [value for line in sys.stdin if line.strip() for value in values(json.loads(line), key)]
print(f"{key}: {found}")
sys.exit(not (found and holds(found[-1])))
