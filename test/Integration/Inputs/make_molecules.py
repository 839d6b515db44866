"""Writes molecules of 2 to 9 points with the energy of a pair potential: as an .xyz file, and as .npz archives of both kinds of rows."""

import sys

import numpy

folder = sys.argv[1]
random = numpy.random.default_rng(5)
lengths, all_pos, all_kind, energies, all_force = [], [], [], [], []
with open(folder + "/molecules.xyz", "w") as file:
    for row in range(60):
        n = int(random.integers(2, 10))
        pos = random.normal(size=(n, 3)) * 2
        kind = random.integers(0, 3, size=n)
        charge = numpy.array([0.5, 1.0, -0.5])[kind]
        apart = pos[:, None] - pos[None]
        square = (apart**2).sum(-1)
        pair = charge[:, None] * charge[None] * numpy.exp(-0.2 * square)
        numpy.fill_diagonal(pair, 0)
        energy = pair.sum() / 2
        force = (0.4 * pair[:, :, None] * apart).sum(1)
        file.write(f'{n}\nProperties=species:S:1:pos:R:3:forces:R:3 energy={energy:.8f} set="a b"\n')
        for k in range(n):
            numbers = " ".join(f"{x:.8f}" for x in [*pos[k], *force[k]])
            file.write(f"{'CHO'[kind[k]]} {numbers}\n")
        lengths.append(n)
        all_pos.append(pos)
        all_kind.append(kind)
        all_force.append(force)
        energies.append(energy)
count, longest = len(lengths), max(lengths)
pos, kind = numpy.zeros((count, longest, 3)), numpy.zeros((count, longest), dtype=int)
pos[:] = numpy.nan  # what lies behind a length is never read
for row in range(count):
    pos[row, : lengths[row]] = all_pos[row]
    kind[row, : lengths[row]] = all_kind[row]
numpy.savez(folder + "/padded.npz", pos=pos, kind=kind, energy=numpy.array(energies), n=lengths)
numpy.savez(
    folder + "/joined.npz",
    pos=numpy.concatenate(all_pos),
    kind=numpy.concatenate(all_kind),
    energy=numpy.array(energies),
    n=lengths,
)
numpy.save(folder + "/one.npy", all_pos[0])
numpy.save(folder + "/none.npy", numpy.zeros((0, 3)))
numpy.save(folder + "/nobody.npy", numpy.zeros(0, dtype=int))
