"""A training step on the GPU in PyTorch, under torch.compile, or in JAX: prints its time as JSON.

  gpu.py PyTorch|torch.compile|JAX PROGRAM FOLDER HALF STEPS SIZE ...     HALF: 1 for bf16
"""
import functools
import importlib
import json
import pathlib
import sys
import time

import numpy

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]


def measured(step, wait, steps):
    """Milliseconds a step, in groups of as many as our trainings leave unread."""
    group, durations = 16, []
    for _ in range(3):
        step()
    wait()
    for first in range(0, steps, group):
        count = min(group, steps - first)
        begun = time.perf_counter()
        for _ in range(count):
            step()
        wait()
        durations.append((time.perf_counter() - begun) / count)
    return {"median": sorted(durations)[len(durations) // 2] * 1e3}


def shaped(program, sizes):
    """Parameters and the loss of what bench-gpu writes itself."""
    import torch
    n = sizes[0]
    shapes = {"product": [(n, n)] * 2, "attention": [tuple(sizes)] * 3, "copy": [(n,)]}[program]
    tensors = [torch.nn.Parameter(torch.randn(shape, device="cuda")) for shape in shapes]
    loss = {"product": lambda a, b: (a @ b).float().square().mean(),
            "attention": lambda q, k, v: torch.nn.functional.scaled_dot_product_attention(
                q[None], k[None], v[None]).float().square().mean(),
            "copy": lambda x: x.square().sum()}[program]
    return tensors, functools.partial(loss, *tensors), torch.optim.SGD(tensors, lr=1e-3)


def in_torch(compiled, program, folder, half, steps, sizes):
    import torch
    if not torch.cuda.is_available():
        sys.exit("this PyTorch finds no GPU")
    if program in ("product", "attention", "copy"):
        _, loss, optimizer = shaped(program, sizes)
        batches = None
    else:
        import run
        workload = importlib.import_module(program)
        net = workload.net().apply(run.initialize).cuda().train()
        batch = {key: tensor.pin_memory() for key, tensor in run.on_torch(dict(numpy.load(f"{folder}/batch.npz"))).items()}
        optimizer = workload.optimizer(net)
        batches = lambda: {key: tensor.cuda(non_blocking=True) for key, tensor in batch.items()}  # noqa: E731
        loss = functools.partial(workload.loss, net)
    if compiled:
        loss = torch.compile(loss)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", dtype=torch.bfloat16, enabled=half):
            value = loss(batches()) if batches else loss()
        value.backward()
        optimizer.step()

    return measured(step, torch.cuda.synchronize, steps)


def in_jax(program, half, steps, sizes):
    import jax
    import jax.numpy as jnp
    if jax.default_backend() != "gpu":
        sys.exit("this JAX finds no GPU")
    if program not in ("product", "copy"):
        sys.exit(f"{program} is not written in JAX")
    kind = jnp.bfloat16 if half else jnp.float32
    shape = (sizes[0],) * 2 if program == "product" else (sizes[0],)
    keys = jax.random.split(jax.random.key(0), 2 if program == "product" else 1)
    state = [[jax.random.normal(key, shape) for key in keys]]

    def loss(tensors):
        if program == "copy":
            return jnp.sum(tensors[0] ** 2)
        return jnp.mean(jnp.matmul(tensors[0].astype(kind), tensors[1].astype(kind)).astype(jnp.float32) ** 2)

    @functools.partial(jax.jit, donate_argnums=0)
    def update(tensors):
        return [x - 1e-3 * g for x, g in zip(tensors, jax.grad(loss)(tensors), strict=True)]

    def step():
        state[0] = update(state[0])

    return measured(step, lambda: jax.block_until_ready(state[0]), steps)


def main():
    how, program, folder, half, steps, *sizes = sys.argv[1:]
    half, steps, sizes = half == "1", int(steps), [int(size) for size in sizes]
    try:
        result = (in_jax(program, half, steps, sizes) if how == "JAX"
                  else in_torch(how == "torch.compile", program, folder, half, steps, sizes))
    except ImportError as missing:
        sys.exit(str(missing))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
