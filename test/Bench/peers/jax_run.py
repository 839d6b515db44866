"""Workloads in JAX, each step one compiled function: called like run.py, with a Python that has JAX.

  jax_run.py train WORKLOAD FOLDER STEPS THREADS
  jax_run.py infer WORKLOAD FOLDER SIZE RUNS THREADS
  jax_run.py command elementwise FOLDER NAME RUNS THREADS
"""
import json
import os
import statistics
import sys
import time

threads = int(sys.argv[-1])
if hasattr(os, "sched_setaffinity"):  # XLA takes as many threads as there are cores
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy  # noqa: E402


def dense(w, k, x):
    return x @ w[k].T + w[k + 1]


def mlp(w, x):
    return dense(w, 4, jax.nn.relu(dense(w, 2, jax.nn.relu(dense(w, 0, x)))))


def deepsets(w, points):
    return dense(w, 6, mlp(w, points).max(axis=1))


def cross_entropy(logits, label):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), label[:, None], 1)[:, 0]


def penalized(w, image, label):
    slope = jax.grad(lambda x: cross_entropy(mlp(w, x), label).sum())(image)
    return jnp.mean(cross_entropy(mlp(w, image), label) + 0.1 * (slope ** 2).sum(1))


def momentum(decay):
    def update(w, v, g, t):
        v = [0.9 * a + b + decay * c for a, b, c in zip(v, g, w)]
        return [a - 1e-3 * b for a, b in zip(w, v)], v
    return update, lambda w: [jnp.zeros_like(a) for a in w]


def adam():
    def update(w, state, g, t):
        m = [0.9 * a + 0.1 * b for a, b in zip(state[0], g)]
        v = [0.999 * a + 0.001 * b ** 2 for a, b in zip(state[1], g)]
        step = [1e-3 * (a / (1 - 0.9 ** t)) / (jnp.sqrt(b / (1 - 0.999 ** t)) + 1e-8) for a, b in zip(m, v)]
        return [a - b for a, b in zip(w, step)], (m, v)
    return update, lambda w: ([jnp.zeros_like(a) for a in w], [jnp.zeros_like(a) for a in w])


NETS = {"mlp": (mlp, momentum(1e-4)), "penalty": (mlp, momentum(0)), "deepsets": (deepsets, adam())}


def measured(work, runs):
    durations = []
    for _ in range(runs + 1):  # one more, which compiles
        begun = time.perf_counter()
        jax.block_until_ready(work())
        durations.append((time.perf_counter() - begun) * 1e3)
    kept = durations[1 + (runs + 9) // 10 if runs > 1 else 1:]
    low, median, high = statistics.quantiles(kept, n=4) if len(kept) > 1 else kept * 3
    return {"median": median, "low": low, "high": high, "version": f"JAX {jax.__version__}"}


def weights(folder):
    arrays = numpy.load(f"{folder}/init.npz")
    return [jnp.asarray(arrays[name]) for name in sorted(arrays.files)]


def train(name, folder, steps):
    net, (update, begin) = NETS[name]
    batch = numpy.load(f"{folder}/batch.npz")
    x, label = (jnp.asarray(batch[field]) for field in batch.files)
    objective = penalized if name == "penalty" else lambda w, x, label: cross_entropy(net(w, x), label).mean()

    @jax.jit
    def step(w, state, t):
        loss, g = jax.value_and_grad(objective)(w, x, label)
        return *update(w, state, g, t), loss

    w = weights(folder)
    state, losses, t = begin(w), [], 0

    def work():
        nonlocal w, state, t
        t += 1
        w, state, loss = step(w, state, jnp.float32(t))
        losses.append(loss)
        return w

    result = measured(work, steps)
    return {**result, "losses": [float(loss) for loss in losses[:steps]]}


def infer(name, folder, size, runs):
    array = numpy.load(f"{folder}/x{size}.npy")
    w, x = weights(folder), jnp.asarray(array[None] if size == 1 else array)
    net = jax.jit(NETS[name][0])
    return measured(lambda: net(w, x), runs)


def chain(x, a, b):
    return jax.nn.gelu(x * a + b, approximate=False) * jax.nn.sigmoid(x) + x


def command(_, folder, name, runs):
    arrays = numpy.load(f"{folder}/{name}.npz")
    arguments = [jnp.asarray(arrays[key], dtype=jnp.float32) for key in arrays.files]
    function = jax.jit(chain if name == "forward" else jax.grad(lambda x, a, b: chain(x, a, b).sum()))
    return measured(lambda: function(*arguments), runs)


task, workload, where, *rest = sys.argv[1:-1]
does = {"train": train, "infer": infer, "command": command}[task]
print(json.dumps(does(workload, where, *(int(word) if word.isdigit() else word for word in rest))))
