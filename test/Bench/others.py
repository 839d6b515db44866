"""The other sides: PyTorch, torch.compile, JAX, ONNX Runtime, and the libraries below them."""
import functools
import json

from processes import HERE, PYTHON, NotThisCase, Unavailable, execute


@functools.cache
def lacks(python, needed):
    """Why this Python cannot do it, or nothing."""
    try:
        execute([python, "-c", needed])
        return ""
    except Unavailable as why:
        return str(why)


class Torch:
    """PyTorch as Debian has it."""

    name = "PyTorch"
    script, python, needed = "run.py", PYTHON, "import torch"

    def run(self, case, files, runs, threads):
        if why := lacks(self.python, self.needed):
            raise Unavailable(f"{self.name} is left out: {why}")
        numbers = [runs] if case.task == "train" else [case.what, runs]
        out, _ = execute([self.python, HERE / "peers" / self.script, case.task, files.program, files.folder, *numbers,
                          threads], threads)
        return json.loads(out)


class Compiled(Torch):
    """torch.compile, where the given Python has a PyTorch that knows it."""

    name, script = "torch.compile", "compiled.py"
    needed = "import torch; torch.compile"

    def __init__(self, python):
        self.python = python


class Jax(Torch):
    """JAX, where the given Python has it, for the workloads that are written in it."""

    name, script, needed = "JAX", "jax_run.py", "import jax"
    written = ("mlp", "penalty", "deepsets", "elementwise")

    def __init__(self, python):
        self.python = python

    def run(self, case, files, runs, threads):
        if case.program not in self.written:
            raise NotThisCase
        return super().run(case, files, runs, threads)


class Kernels:
    """OpenBLAS for products and oneDNN for convolutions, without PyTorch around them."""

    name = "kernel"

    def __init__(self, folder):
        self.program = folder / "kernels"

    def run(self, case, files, runs, threads):
        if case.program != "contractions":
            raise NotThisCase
        if not self.program.exists():
            self.program.parent.mkdir(parents=True, exist_ok=True)
            execute(["clang++-22", "-O2", HERE / "peers" / "kernels.cpp", "-o", self.program, "-lopenblas", "-ldnnl"])
        return json.loads(execute([self.program, case.what, runs], threads)[0])


class Onnx:
    name = "ONNX Runtime"

    def __init__(self, modules):
        self.modules = modules

    def run(self, case, files, runs, threads):
        if case.task != "infer":
            raise NotThisCase
        if not (self.modules / "node_modules" / "onnxruntime-node").is_dir():
            raise Unavailable("onnxruntime-node is not installed")
        out, _ = execute(["node", HERE / "peers" / "onnx.mjs", self.modules, files.folder / f"net{case.what}.onnx",
                          files.folder / f"x{case.what}.npy", runs, threads], threads)
        return json.loads(out)
