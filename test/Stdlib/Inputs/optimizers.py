"""Holds every optimizer of the library against its paper's update, written here by hand: optimizers.py NNC FOLDER

One program trains a model by each optimizer for ten steps in f64; all have the objective sum(a^4) / 4 + 0.5 a[0] a[1] - a[2].
"""
import math
import pathlib
import subprocess
import sys

import weights

START = [1.2, -0.7, 0.4]
STEPS = 10


def gradient(a):
    return [a[0] ** 3 + 0.5 * a[1], a[1] ** 3 + 0.5 * a[0], a[2] ** 3 - 1]


def sign(x):
    return (x > 0) - (x < 0)


# Each takes (w, g, t, s): one weight, its gradient, the step from 1, and a dictionary of what it keeps, 0 at first.


def gd(w, g, t, s):
    return w - 0.1 * g


def polyak(w, g, t, s):
    s["v"] = 0.9 * s["v"] + g
    return w - 0.1 * s["v"]


def velocity(w, g, t, s):
    s["v"] = 0.8 * s["v"] - 0.1 * g
    return w + s["v"]


def nesterov(w, g, t, s):
    # Sutskever et al. keep theta, with the gradient at theta + momentum * velocity; w is that point.
    theta = w - 0.9 * s["v"]
    s["v"] = 0.9 * s["v"] - 0.1 * g
    return theta + s["v"] + 0.9 * s["v"]


def adagrad(w, g, t, s):
    s["sum"] += g * g
    return w - 0.1 * g / (math.sqrt(s["sum"]) + 1e-10)


def rmsprop(w, g, t, s):
    s["mean"] = 0.9 * s["mean"] + 0.1 * g * g
    return w - 0.01 * g / (math.sqrt(s["mean"]) + 1e-8)


def moments(g, t, s, b1, b2):
    s["m"] = b1 * s["m"] + (1 - b1) * g
    s["v"] = b2 * s["v"] + (1 - b2) * g * g
    return s["m"] / (1 - b1**t), s["v"] / (1 - b2**t)


def adam(w, g, t, s):
    m, v = moments(g, t, s, 0.9, 0.999)
    return w - 0.1 * m / (math.sqrt(v) + 1e-8)


def adam_other(w, g, t, s):
    m, v = moments(g, t, s, 0.5, 0.75)
    return w - 0.1 * m / (math.sqrt(v) + 1e-3)


def adamw(w, g, t, s):
    m, v = moments(g, t, s, 0.9, 0.999)
    return w - 0.1 * (m / (math.sqrt(v) + 1e-8) + 0.05 * w)


def adamax(w, g, t, s):
    s["m"] = 0.9 * s["m"] + (1 - 0.9) * g
    s["u"] = max(0.999 * s["u"], abs(g))
    return w - 0.1 / (1 - 0.9**t) * s["m"] / (s["u"] + 1e-8)


def nadam(w, g, t, s):
    _, v = moments(g, t, s, 0.9, 0.999)
    ahead = 0.9 * s["m"] / (1 - 0.9 ** (t + 1)) + (1 - 0.9) * g / (1 - 0.9**t)
    return w - 0.1 * ahead / (math.sqrt(v) + 1e-8)


def lion(w, g, t, s):
    c = 0.9 * s["m"] + (1 - 0.9) * g
    s["m"] = 0.99 * s["m"] + (1 - 0.99) * g
    return w - 0.01 * (sign(c) + 0.1 * w)


def ista(w, g, t, s):
    v = w - 0.1 * g
    return sign(v) * max(abs(v) - 0.1 * 0.5, 0)


def scheduled(w, g, t, s):
    return w - 0.1 * (1 - t / STEPS) * g


def clipped(w, g, t, s):
    return w - 0.1 * max(min(g, 0.25), -0.25)


UPDATES = {
    "gd(0.1)": gd,
    "sgd(0.1, momentum: 0.9)": polyak,
    "momentum(0.1, lambda: 0.8)": velocity,
    "nesterov(0.1)": nesterov,
    "adagrad(0.1)": adagrad,
    "rmsprop(0.01)": rmsprop,
    "adam(0.1)": adam,
    "adam(0.1, beta1: 0.5, beta2: 0.75, eps: 1e-3)": adam_other,
    "adamw(0.1, decay: 0.05)": adamw,
    "adamax(0.1)": adamax,
    "nadam(0.1)": nadam,
    "lion(0.01, decay: 0.1)": lion,
    "ista(0.1, l1: 0.5)": ista,
    "gd(linear(0.1))": scheduled,
    "clip_value(0.25) |> gd(0.1)": clipped,
}


def program():
    text, players = "", ""
    for k, optimizer in enumerate(UPDATES):
        text += f"model M{k}() -> f64 {{\n  param a: f64[3] = {START}\n  sum(a ^ 4) / 4 + 0.5 * a[0] * a[1] - a[2]\n}}\n"
        players += f"  minimize M{k}() over M{k} using {optimizer}\n"
    return f"{text}train M0 {{\n{players}  for {STEPS} steps\n}}\n"


def by_hand(update):
    a, kept = list(START), [dict.fromkeys("mvu", 0.0) | {"sum": 0.0, "mean": 0.0} for _ in START]
    for t in range(1, STEPS + 1):
        a = [update(w, g, t, s) for w, g, s in zip(a, gradient(a), kept)]
    return a


nnc, folder = sys.argv[1], pathlib.Path(sys.argv[2])
(folder / "optimizers.nn").write_text(program())
subprocess.run([nnc, "build", "optimizers.nn", "-o", "optimizers"], cwd=folder, check=True)
subprocess.run(["./optimizers", "train", "-q"], cwd=folder, check=True)
tensors, _ = weights.read(folder / "optimizers.safetensors")
wrong = 0
for k, (optimizer, update) in enumerate(UPDATES.items()):
    actual, expected = tensors[f"M{k}.a"][2], by_hand(update)
    apart = max(abs(x - y) / (1 + abs(y)) for x, y in zip(actual, expected))
    if not apart < 1e-13:
        print(f"{optimizer}: {actual} instead of {expected}")
        wrong += 1
print(f"{len(UPDATES)} optimizers, {wrong} wrong")
