"""Linear algebra against numpy: linear.py NNC FOLDER. Random matrices of several sizes, in f64 and f32."""
import json
import pathlib
import subprocess
import sys

import numpy as np

PROGRAM = """
command solved(A: {t}[{n}, {n}], b: {t}[{n}, 3]) = solve(A, b)
command values(A: {t}[{n}, {n}]) = eigenvalues(A)
command vectors(A: {t}[{n}, {n}]) = eigenvectors(A)
command lower(A: {t}[{n}, {n}]) = cholesky(A)
command singular(A: {t}[{n}, 4]) = singular_values(A)
command spectrum(x: {t}[{n}, 2]) = fft(x)
command half(x: {t}[{n}]) = rfft(x)
command picture(x: {t}[{n}, 4]) = fft2(x)
command order(x: {t}[{n}]) = argsort(x)
command power(A: {t}[{n}, {n}]) = matrix_power(A, 11)
command exponential(A: {t}[{n}, {n}]) = expm(A)
"""


def run(model, command, *arrays):
    folder = pathlib.Path(model).parent
    files = []
    for k, array in enumerate(arrays):
        files.append(str(folder / f"argument{k}.npy"))
        np.save(files[-1], array)
    done = subprocess.run([model, command, *files, "--json"], capture_output=True, text=True, check=True)
    return np.array(json.loads(done.stdout)["result"])


def pairs(z):
    return np.stack([z.real, z.imag], axis=-1)


def check(what, ours, theirs, tolerance):
    apart = np.max(np.abs(ours - theirs)) / max(1, np.max(np.abs(theirs)))
    assert apart <= tolerance, f"{what}: {apart} apart"


def expm(a):
    """By the eigenvectors of a symmetric matrix."""
    w, v = np.linalg.eigh(a)
    return (v * np.exp(w)) @ v.T


def compare(model, n, dtype, tolerance):
    chance = np.random.default_rng(n)
    a = chance.normal(size=(n, n)).astype(dtype)
    s, gram = (a + a.T) / 2, (a @ a.T + np.eye(n)).astype(dtype)
    b, tall = chance.normal(size=(n, 3)).astype(dtype), chance.normal(size=(n, 4)).astype(dtype)
    z, x = chance.normal(size=(n, 2)).astype(dtype), chance.normal(size=n).astype(dtype)
    name = f"{n} {dtype}"
    check(name + " solve", run(model, "solved", gram, b), np.linalg.solve(gram, b), tolerance * n)
    check(name + " eigenvalues", run(model, "values", s), np.linalg.eigvalsh(s), tolerance)
    v, theirs = run(model, "vectors", s), np.linalg.eigh(s)[1]
    check(name + " eigenvectors", np.abs(np.sum(v * theirs, axis=0)), np.ones(n), tolerance * 100)
    check(name + " cholesky", run(model, "lower", gram), np.linalg.cholesky(gram), tolerance)
    check(name + " singular values", run(model, "singular", tall), np.linalg.svd(tall)[1], tolerance)
    check(name + " fft", run(model, "spectrum", z), pairs(np.fft.fft(z[:, 0] + 1j * z[:, 1])), tolerance)
    check(name + " rfft", run(model, "half", x), pairs(np.fft.rfft(x)), tolerance)
    check(name + " fft2", run(model, "picture", tall), pairs(np.fft.fft2(tall)), tolerance)
    assert np.array_equal(run(model, "order", x), np.argsort(x, kind="stable"))
    small = s / np.sqrt(n)
    check(name + " power", run(model, "power", small), np.linalg.matrix_power(small.astype("f8"), 11), tolerance * 10)
    check(name + " exponential", run(model, "exponential", s), expm(s.astype("f8")), tolerance * 100)


def main(nnc, folder):
    for n in (1, 2, 5, 12, 33):
        for kind, dtype, tolerance in (("f64", "f8", 1e-13), ("f32", "f4", 1e-5)):
            model = str(pathlib.Path(folder, f"linear{n}{kind}"))
            pathlib.Path(model + ".nn").write_text(PROGRAM.format(n=n, t=kind))
            subprocess.run([nnc, "build", model + ".nn", "-o", model], check=True)
            compare(model, n, dtype, tolerance)
    print("agree")


main(*sys.argv[1:])
