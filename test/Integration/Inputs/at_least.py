"""Reads JSON, one object a line, and fails unless the last value of a key is large enough: at_least.py KEY BOUND"""
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


key, bound = sys.argv[1], float(sys.argv[2])
found = [value for line in sys.stdin if line.strip() for value in values(json.loads(line), key)]
print(f"{key}: {found}")
sys.exit(not found or found[-1] < bound)
