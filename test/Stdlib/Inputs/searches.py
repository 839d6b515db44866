"""Holds optimizers that ask for the objective against their papers, written here by hand: searches.py NNC FOLDER

All models have an objective in f64; by hand it is a function of a list of numbers that gives a value and a gradient.
"""
import math
import pathlib
import subprocess
import sys

import weights

STEPS = 10


def dot(a, b):
    return math.fsum(x * y for x, y in zip(a, b))


def along(w, a, p):
    return [x - a * y for x, y in zip(w, p)]


def quartic(a):
    value = sum(x**4 for x in a) / 4 + 0.5 * a[0] * a[1] - a[2]
    return value, [a[0] ** 3 + 0.5 * a[1], a[1] ** 3 + 0.5 * a[0], a[2] ** 3 - 1]


def curvature(a, p):
    return sum(3 * x * x * y * y for x, y in zip(a, p)) + p[0] * p[1]


# ---- searches: a step a for w - a p


def backtracking(f, w, g, p):
    start, a = f(w)[0], 1.0
    for _ in range(30):
        a *= 0.5
        if f(along(w, a, p))[0] <= start - 1e-4 * a * dot(g, p):
            break
    return a


def strong_wolfe(f, w, g, p):
    start, slope = f(w)[0], -dot(g, p)
    a, low, high = 1.0, 0.0, None
    for _ in range(25):
        value, gradient = f(along(w, a, p))
        now = -dot(gradient, p)
        if value > start + 1e-4 * a * slope or now > -0.9 * slope:
            high = a
        elif now < 0.9 * slope:
            low = a
        else:
            break
        a = 2 * a if high is None else 0.5 * (low + high)
    return a


def exact(f, w, g, p):
    a = 0.0
    for _ in range(8):
        slope = -dot(f(along(w, a, p))[1], p)
        bend = curvature(along(w, a, p), p)
        a = a - slope / bend if bend > 0 else 2 * a + 1e-3
        if abs(slope) <= 1e-12 * dot(g, p):
            break
    return a


# ---- optimizers: the weights after some steps


def descent(search):
    def run(f, w):
        for _ in range(STEPS):
            g = f(w)[1]
            w = along(w, search(f, w, g, g), g)
        return w
    return run


def lbfgs(search, history=10):
    def run(f, w):
        pairs, before = [], None
        for _ in range(STEPS):
            g = f(w)[1]
            if before:
                s, y = along(w, 1, before[0]), along(g, 1, before[1])
                if dot(s, y) > 1e-10 * dot(y, y):
                    pairs = (pairs + [(s, y)])[-history:]
            # Nocedal and Wright, algorithm 7.4
            q, steps = list(g), []
            for s, y in reversed(pairs):
                steps.append(dot(s, q) / dot(s, y))
                q = along(q, steps[-1], y)
            if pairs:
                s, y = pairs[-1]
                q = [dot(s, y) / dot(y, y) * x for x in q]
            for (s, y), a in zip(pairs, reversed(steps)):
                q = along(q, dot(y, q) / dot(s, y) - a, s)
            before = (w, g)
            w = along(w, search(f, w, g, q), q)
        return w
    return run


def substeps(f, w):
    for _ in range(5 * STEPS):
        w = along(w, 0.1 / 5, f(w)[1])
    return w


def flow(f, w):
    h = 0.1 / 2
    for _ in range(2 * STEPS):
        k1 = f(w)[1]
        k2 = f(along(w, h / 2, k1))[1]
        k3 = f(along(w, h / 2, k2))[1]
        k4 = f(along(w, h, k3))[1]
        w = [x - h / 6 * (a + 2 * b + 2 * c + d) for x, a, b, c, d in zip(w, k1, k2, k3, k4)]
    return w


OPTIMIZERS = {
    "steepest_descent": descent(backtracking),
    "steepest_descent(search: strong_wolfe)": descent(strong_wolfe),
    "steepest_descent(search: exact)": descent(exact),
    "lbfgs": lbfgs(strong_wolfe),
    "lbfgs(2)": lbfgs(strong_wolfe, 2),
    "lbfgs(search: backtracking)": lbfgs(backtracking),
    "substeps(0.1, count: 5)": substeps,
    "gradient_flow(0.1, count: 2)": flow,
}
START = [1.2, -0.7, 0.4]


def build(folder, name, text):
    (folder / f"{name}.nn").write_text(text)
    subprocess.run([nnc, "build", f"{name}.nn", "-o", name], cwd=folder, check=True)
    subprocess.run([f"./{name}", "train", "-q"], cwd=folder, check=True)
    return {path: numbers for path, (_, _, numbers) in weights.read(folder / f"{name}.safetensors")[0].items()}


nnc, folder = sys.argv[1], pathlib.Path(sys.argv[2])
models = "".join(
    f"model M{k}() -> f64 {{\n  param a: f64[3] = {START}\n  sum(a ^ 4) / 4 + 0.5 * a[0] * a[1] - a[2]\n}}\n"
    for k in range(len(OPTIMIZERS))
)
players = "".join(f"  minimize M{k}() over M{k} using {optimizer}\n" for k, optimizer in enumerate(OPTIMIZERS))
trained = build(folder, "searches", f"{models}train M0 {{\n{players}  for {STEPS} steps\n}}\n")
wrong = 0
for k, (optimizer, by_hand) in enumerate(OPTIMIZERS.items()):
    actual, expected = trained[f"M{k}.a"], by_hand(quartic, START)
    if not max(abs(x - y) / (1 + abs(y)) for x, y in zip(actual, expected)) < 1e-9:
        print(f"{optimizer}: {actual} instead of {expected}")
        wrong += 1
print(f"{len(OPTIMIZERS)} optimizers, {wrong} wrong")

# On a quadratic of n variables exact steps of L-BFGS reach the minimum in n steps, and steepest descent does not.
quadratic = """
target = [1.0, -2.0, 0.5, 3.0]
model {0}() -> f64 {{
  param a: f64[4] = [4.0, 1.0, -3.0, 2.0]
  d[i] = a[i] - target[i]
  sum[i] (i + 1) ^ 2 * d[i] ^ 2 + 0.5 * d[0] * d[3]
}}
train {0} {{
  minimize {0}()
  using    {1}(search: exact)
  for      4 steps
}}
"""
target = [1.0, -2.0, 0.5, 3.0]
for name, optimizer in (("L", "lbfgs"), ("D", "steepest_descent")):
    end = build(folder, name, quadratic.format(name, optimizer))[f"{name}.a"]
    print(optimizer, "is at the minimum" if max(abs(x - y) for x, y in zip(end, target)) < 1e-9 else "is on its way")

# Rosenbrock's valley, whose lowest point is (1, 1).
end = build(folder, "R", """
model R() -> f64 {
  param x: f64 = -1.2
  param y: f64 = 1.0
  100 * (y - x ^ 2) ^ 2 + (1 - x) ^ 2
}
train R {
  minimize R()
  using    lbfgs
  for      60 steps
}
""")
print("Rosenbrock", "found" if abs(end["R.x"][0] - 1) + abs(end["R.y"][0] - 1) < 1e-8 else end)
