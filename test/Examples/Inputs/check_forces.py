"""Holds two results of the potential against their promises: check_forces.py TRAINING.json FLIGHT.json. The error of the forces, a mean
square, is at most 0.7^2 of that of a model of distances; the energy drifts by less than 1e-4 of what it is."""
import json
import sys

trained = [json.loads(line) for line in open(sys.argv[1])][-1]
flown = json.load(open(sys.argv[2]))
print(trained, flown)


def find(node, key):
    if isinstance(node, dict):
        return node[key] if key in node else next((found for child in node.values() if (found := find(child, key)) is not None), None)
    return None


error, plain = find(trained, "error"), find(trained, "plain_error")
assert error <= 0.49 * plain, (error, plain)
assert abs(flown["after"] - flown["before"]) < 1e-4 * abs(flown["before"])
assert flown["moving"] > 1e-3  # it did move
