"""A workload in PyTorch: writes what both sides start from, trains, or computes outputs, and prints times as JSON.

  run.py prepare WORKLOAD FOLDER ROWS [SIZE ...]   batch.npz, weights; for each SIZE an input, its output, an ONNX model
  run.py train   WORKLOAD FOLDER STEPS THREADS     losses, and how long a step takes
  run.py infer   WORKLOAD FOLDER SIZE RUNS THREADS
  run.py commands WORKLOAD FOLDER                  arguments of commands, and their results
  run.py command WORKLOAD FOLDER NAME RUNS THREADS
"""
import importlib
import json
import pathlib
import sys
import time

import numpy
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
from data import fields  # noqa: E402


def initialize(module):
    """As our layers begin: glorot_uniform and zeros; the transformer's tables as in its program."""
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    for parameter in module.parameters(recurse=False):
        if isinstance(module, nn.ParameterList) and parameter.dim() > 1:
            nn.init.xavier_uniform_(parameter)


def on_torch(arrays):
    """Integers are classes, which PyTorch takes as 64 bits."""
    return {name: torch.from_numpy(array.astype(numpy.int64) if array.dtype.kind == "i" else array)
            for name, array in arrays.items()}


def prepare(workload, name, folder, rows, *sizes):
    torch.manual_seed(0)
    net = workload.net().apply(initialize).eval()
    numpy.savez(f"{folder}/batch.npz", **fields(name, rows))
    torch.save(net.state_dict(), f"{folder}/init.pt")
    parameters = workload.tensors(net) if hasattr(workload, "tensors") else net.parameters()
    states = (buffer for path, buffer in net.named_buffers() if path.endswith(("running_mean", "running_var")))
    numpy.savez(f"{folder}/init.npz", **{f"{kind}{k:04}": tensor.detach().numpy() for kind, tensors in
                                         (("p", parameters), ("s", states)) for k, tensor in enumerate(tensors)})
    for size in sizes:
        array = next(iter(fields(name, size, seed=1).values()))
        numpy.save(f"{folder}/x{size}.npy", array[0] if size == 1 else array)
        example = on_torch({"x": array})["x"]
        with torch.no_grad():
            numpy.save(f"{folder}/y{size}.npy", net(example).numpy())
        torch.onnx.export(net, example, f"{folder}/net{size}.onnx", input_names=["x"], output_names=["y"],
                          opset_version=14)


def measured(work, runs):
    """Milliseconds: the median and the quartiles, without the first tenth, as our executables leave it out."""
    durations = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        durations.append(time.perf_counter() - begun)
    kept = sorted(durations[(runs + 9) // 10 if runs > 1 else 0:])
    low, median, high = (kept[(len(kept) - 1) * quarter // 4] * 1e3 for quarter in (1, 2, 3))
    return {"median": median, "low": low, "high": high, "version": f"PyTorch {torch.__version__}"}


def loaded(workload, folder):
    net = workload.net()
    net.load_state_dict(torch.load(f"{folder}/init.pt"))
    return net


def train(workload, folder, steps):
    net = loaded(workload, folder).train()
    batch = on_torch(dict(numpy.load(f"{folder}/batch.npz")))
    if hasattr(workload, "ready"):
        batch = workload.ready(batch)
    optimizer = workload.optimizer(net)
    losses = []

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = workload.loss(net, batch)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    return {**measured(step, steps), "losses": losses}


def infer(workload, folder, size, runs):
    net = loaded(workload, folder).eval()
    array = numpy.load(f"{folder}/x{size}.npy")
    x = on_torch({"x": array[None] if size == 1 else array})["x"]
    with torch.inference_mode():
        return measured(lambda: net(x), runs)


def prepare_commands(workload, folder):
    for name, (function, arguments) in workload.commands(numpy.random.default_rng(0)).items():
        numpy.savez(f"{folder}/{name}.npz", *arguments)
        for k, argument in enumerate(arguments):
            if isinstance(argument, numpy.ndarray):
                numpy.save(f"{folder}/{name}-{k}.npy", argument)
        numpy.save(f"{folder}/{name}-result.npy", function(*taken(folder, name)).numpy())


def taken(folder, name):
    """The arguments of a command: tensors and numbers."""
    arrays = numpy.load(f"{folder}/{name}.npz")
    return [torch.from_numpy(arrays[key]) if arrays[key].ndim else float(arrays[key]) for key in arrays.files]


def command(workload, folder, name, runs):
    function, _ = workload.commands(numpy.random.default_rng(0))[name]
    arguments = taken(folder, name)
    return measured(lambda: function(*arguments), int(runs))


def main():
    task, name, folder, *rest = sys.argv[1:]
    workload = importlib.import_module(name)
    if task == "commands":
        prepare_commands(workload, folder)
    elif task == "prepare":
        prepare(workload, name, folder, *map(int, rest))
    else:
        torch.set_num_threads(int(rest.pop()))
        work = {"train": train, "infer": infer, "command": command}[task]
        print(json.dumps(work(workload, folder, *(int(word) if word.isdigit() else word for word in rest))))


if __name__ == "__main__":
    main()
