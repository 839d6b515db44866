"""Writes stand-ins for data sets that no package ships: make_stand_ins.py FOLDER. Types are the originals'."""
import pathlib
import string
import sys

import numpy

folder = pathlib.Path(sys.argv[1])
draw = numpy.random.default_rng(1)

# A graph of 120 nodes in two communities, and pairs of nodes of which half are linked.
nodes, edges = 120, 400
community = draw.integers(0, 2, nodes)
ends = [numpy.flatnonzero(community == side) for side in (0, 1)]
side = draw.integers(0, 2, edges)
source, target = (numpy.array([draw.choice(ends[s]) for s in side]) for _ in range(2))
pairs = numpy.concatenate([numpy.stack([source, target], 1), draw.integers(0, nodes, (edges, 2))])
linked = numpy.repeat([1, 0], edges).astype("f4")
numpy.savez(
    folder / "cora.npz",
    x=(numpy.eye(2)[community] + 0.5 * draw.normal(size=(nodes, 2))).astype("f4"),
    source=source[::2],
    target=target[::2],
    pairs=pairs[::2],
    linked=linked[::2],
    validation_pairs=pairs[1::2],
    validation_linked=linked[1::2],
)

# Molecules of 21 atoms with pairwise energies exp(-r^2 / 4).
pos = 1.5 * draw.normal(size=(64, 21, 3))
apart = pos[:, :, None] - pos[:, None]
pair = numpy.exp(-(apart**2).sum(-1) / 4) * (1 - numpy.eye(21))
numpy.savez(
    folder / "aspirin.npz",
    pos=pos.astype("f4"),
    kind=numpy.tile(numpy.array([0] * 8 + [1] * 9 + [2] * 4), (64, 1)),
    energy=(pair.sum((1, 2)) / 2).astype("f4"),
    force=(pair[..., None] * apart / 2).sum(2).astype("f4"),
)

# Clouds of points, a folder a class: ellipsoids of 40 forms.
for shape in range(40):
    place = folder / "modelnet" / f"shape{shape:02}"
    place.mkdir(parents=True)
    for example in range(2):
        cloud = draw.normal(size=(30 + shape, 3)) * [1, 1 + shape % 8, 1 + shape // 8]
        (place / f"{example}.xyz").write_text("".join(f"{x:.4f} {y:.4f} {z:.4f}\n" for x, y, z in cloud))

(folder / "shakespeare.txt").write_text((string.ascii_letters + "0123456789 .-")[:64] * 30)
