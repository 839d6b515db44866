"""The data that each program reads and its peer, too: a batch of random examples."""
import numpy


def pictures(*shape):
    return lambda random, rows: {"image": random.random((rows, *shape), dtype=numpy.float32),
                                 "label": random.integers(0, 10, rows, dtype=numpy.int32)}


def text(random, rows):
    token = random.integers(0, 65, (rows, 257), dtype=numpy.int32)
    token[0, :65] = range(65)  # so that every class occurs
    return {"token": token[:, :-1], "next": token[:, 1:]}


def measurements(random, rows):
    return {"x": random.standard_normal((rows, 16), dtype=numpy.float32), "label": random.integers(0, 3, rows, dtype=numpy.int32)}


def sets(random, rows):
    return {"points": random.standard_normal((rows, 100, 3), dtype=numpy.float32),
            "label": random.integers(0, 10, rows, dtype=numpy.int32)}


def papers(random, rows):
    """One graph of the size of Cora: words that 1 in 80 papers has, 5429 citations, both ways, 140 labels."""
    assert rows == 1
    x = (random.random((2708, 1433)) < 1 / 80).astype(numpy.float32)
    ends = random.integers(0, 2708, (2, 5429), dtype=numpy.int32)
    told = numpy.zeros(2708, dtype=numpy.float32)
    told[:140] = 1
    return {"x": x, "source": ends.reshape(-1), "target": ends[::-1].reshape(-1),
            "label": random.integers(0, 7, 2708, dtype=numpy.int32), "told": told}


FIELDS = {"mlp": pictures(784), "penalty": pictures(784), "lenet": pictures(1, 28, 28), "resnet": pictures(3, 32, 32),
          "transformer": text, "deepsets": sets, "small": measurements, "gcn": papers}


def fields(program, rows, seed=0):
    return FIELDS[program](numpy.random.default_rng(seed), rows)
