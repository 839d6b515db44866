"""Holds the course of a training against what its tangent kernel says: kernel.py OUTPUT."""
import json
import sys

values = {}
for line in open(sys.argv[1]):
    values.update(json.loads(line))
K, begun, targets, left = values["kernel"], values["begun"], values["targets"], values["left"]
n = len(K)
assert all(abs(K[a][b] - K[b][a]) < 1e-12 for a in range(n) for b in range(n)), "a kernel is symmetric"
assert all(K[a][a] > 0 for a in range(n))
rest = [f - y for f, y in zip(begun, targets)]
for step in range(10):
    rest = [rest[a] - 1e-3 / n * sum(K[a][b] * rest[b] for b in range(n)) for a in range(n)]
    moved = max(abs(a - b) for a, b in zip(left[step], rest))
    way = max(abs(f - y - r) for f, y, r in zip(begun, targets, rest))
    assert moved < 0.02 * way, (step, moved, way)
assert 0 < values["change"] < 0.1
assert len(values["first"]) == 8
