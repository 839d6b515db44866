"""A workload in PyTorch: writes what both sides start from, trains, or computes outputs, and prints times as JSON.

  run.py prepare WORKLOAD FOLDER BATCH           batch.npz, weights, inputs and outputs of the net, ONNX models
  run.py train   WORKLOAD FOLDER STEPS THREADS   losses and times of steps
  run.py infer   WORKLOAD FOLDER SIZE RUNS THREADS
"""
import importlib
import json
import os
import sys
import time

import numpy
import torch

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def made(workload):
    """The net with the weights that both sides start from: zero biases, and weights as glorot_uniform draws them."""
    torch.manual_seed(0)
    net = workload.net()
    for parameter in net.parameters():
        if hasattr(workload, "initialize"):
            break
        if parameter.dim() > 1:
            torch.nn.init.xavier_uniform_(parameter)
        else:
            torch.nn.init.zeros_(parameter)
    if hasattr(workload, "initialize"):
        workload.initialize(net)
    return net


def tensors(workload, net):
    """What our program holds, in the order of `info`."""
    return workload.tensors(net) if hasattr(workload, "tensors") else list(net.parameters())


def on_torch(fields):
    """Integers are classes, which PyTorch takes as 64 bits."""
    return {name: torch.from_numpy(array.astype(numpy.int64) if array.dtype.kind == "i" else array)
            for name, array in fields.items()}


def prepare(workload, folder, batch):
    random = numpy.random.default_rng(0)
    numpy.savez(f"{folder}/batch.npz", **workload.fields(batch, random))
    net = made(workload).eval()
    torch.save(net.state_dict(), f"{folder}/init.pt")
    arrays = [parameter.detach().numpy() for parameter in tensors(workload, net)]
    numpy.savez(f"{folder}/init.npz", **{f"{k:04}": array for k, array in enumerate(arrays)})
    for size in workload.inference:
        array = next(iter(workload.fields(size, random).values()))
        numpy.save(f"{folder}/x{size}.npy", array[0] if size == 1 else array)
        example = next(iter(on_torch({"x": array}).values()))
        with torch.no_grad():
            numpy.save(f"{folder}/y{size}.npy", net(example).numpy())
        torch.onnx.export(net, example, f"{folder}/net{size}.onnx", input_names=["x"], output_names=["y"],
                          opset_version=14)


def times(durations):
    """Milliseconds: the median and the quartiles, without the first tenth, as our executables leave it out."""
    kept = sorted(durations[(len(durations) + 9) // 10 if len(durations) > 1 else 0:])
    low, median, high = (kept[(len(kept) - 1) * quarter // 4] * 1e3 for quarter in (1, 2, 3))
    return {"median": median, "low": low, "high": high, "version": f"PyTorch {torch.__version__}"}


def measured(work, runs):
    durations = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        durations.append(time.perf_counter() - begun)
    return times(durations)


def loaded(workload, folder):
    net = workload.net()
    net.load_state_dict(torch.load(f"{folder}/init.pt"))
    return net


def train(workload, folder, steps):
    net = loaded(workload, folder).train()
    batch = on_torch(dict(numpy.load(f"{folder}/batch.npz")))
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


def main():
    task, name, folder, *numbers = sys.argv[1:]
    workload = importlib.import_module(name)
    numbers = [int(number) for number in numbers]
    if task == "prepare":
        prepare(workload, folder, *numbers)
        return
    torch.set_num_threads(numbers.pop())
    torch.set_num_interop_threads(1)
    print(json.dumps(train(workload, folder, *numbers) if task == "train" else infer(workload, folder, *numbers)))


main()
