"""Inputs of segments.nn, and its results against numpy's sums one after another: `segments.py make | check`."""
import sys

import numpy


def inputs():
    chance = numpy.random.default_rng(1)
    floats = lambda *shape: chance.standard_normal(shape).astype("f4")
    places = lambda least, end, *shape: chance.integers(least, end, shape).astype("i4")
    return {"h": floats(300, 64), "source": places(0, 300, 2000), "target": places(3, 52, 2000), "g": floats(3, 2000, 64),
            "targets": places(3, 50, 3, 2000), "W": floats(50, 64), "tokens": places(3, 50, 20, 100),
            "c": floats(20, 100, 64)}


def expected(x):
    total = numpy.zeros((52, 64), "f4")
    numpy.add.at(total, x["target"], x["h"][x["source"]])
    top = numpy.full((52, 64), -numpy.inf, "f4")
    numpy.maximum.at(top, x["target"], x["h"][x["source"]])
    graphs = numpy.zeros((3, 50, 64), "f4")
    for graph, target, g in zip(graphs, x["targets"], x["g"]):
        numpy.add.at(graph, target, g)
    embedding = numpy.zeros((50, 64), "f4")
    numpy.add.at(embedding, x["tokens"].reshape(-1), x["c"].reshape(-1, 64))
    return {"total": total[:50], "top": top[:50], "graphs": graphs, "embedding": embedding}


if sys.argv[1] == "make":
    for name, array in inputs().items():
        numpy.save(f"{name}.npy", array)
else:
    for name, array in expected(inputs()).items():
        result = numpy.load(f"{name}.npy")
        same = result.shape == array.shape and (result.astype("f4").view("i4") == array.view("i4")).all()
        print(name, "equal" if same else f"differs by {numpy.abs(result - array).max()}")
