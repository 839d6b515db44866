"""Our side: the files that all sides of a program read, and the executable."""
import json
import re
import time

import numpy

from processes import HERE, PYTHON, Unavailable, execute


class Files:
    """What both sides of a program read, in a folder of the build: data, weights, inputs, the executable."""

    def __init__(self, build, program, data, inputs):
        self.nnc = build / "bin" / "nnc"
        self.program, self.data, self.inputs = program, data, inputs
        self.folder = build / "bench" / f"{program}-{data}"
        self.executable = self.folder / program
        self.weights = self.folder / "init.safetensors"

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.data:
            execute([PYTHON, HERE / "peers" / "run.py", "commands", self.program, self.folder])
            self.compile()
            return
        execute([PYTHON, HERE / "peers" / "run.py", "prepare", self.program, self.folder, self.data,
                 *self.inputs])
        self.compile()
        tensors = json.loads(execute([self.executable, "info", "--json"])[0])["tensors"]
        write_safetensors(self.weights, named(tensors, numpy.load(self.folder / "init.npz")))

    def compile(self):
        """Seconds that it takes."""
        begun = time.perf_counter()
        execute([self.nnc, "build", HERE / "programs" / f"{self.program}.nn", "--data", self.folder, "-o",
                 self.executable])
        return time.perf_counter() - begun


def named(tensors, arrays):
    """Our paths with the peer's arrays: parameters, then states, each in the order of the program."""
    model = [tensor for tensor in tensors if tensor["role"] in ("weight", "bias")]
    model += [tensor for tensor in tensors if tensor["role"] == "state"]
    names = sorted(arrays.files)
    if len(model) != len(names):
        raise Unavailable(f"the program has {len(model)} tensors, the peer {len(names)}")
    for tensor, name in zip(model, names):
        if list(arrays[name].shape) != tensor["shape"]:
            raise Unavailable(f"{tensor['path']} is {tensor['shape']}, the peer's {list(arrays[name].shape)}")
    return [(tensor["path"], arrays[name]) for tensor, name in zip(model, names)]


def write_safetensors(path, tensors):
    header, blobs, offset = {}, [], 0
    for name, array in tensors:
        blob = numpy.ascontiguousarray(array, dtype=numpy.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def arguments_of(files, command):
    """Arrays as files, numbers as they are."""
    arrays = numpy.load(files.folder / f"{command}.npz")
    return [files.folder / f"{command}-{k}.npy" if arrays[key].ndim else float(arrays[key])
            for k, key in enumerate(arrays.files)]


class Ours:
    name = "ours"

    def run(self, case, files, runs, threads):
        common = ["--weights", files.weights, "--threads", threads]
        if case.task == "train":
            out, log = execute([files.executable, "train", "--data", files.folder, "--steps", runs, "--time", "--json",
                                "-o", files.folder / "trained.safetensors", *common])
            return {**self.times(log), "losses": [point["loss"] for point in json.loads(out)["history"]]}
        out = files.folder / "ours.npy"
        if case.task == "command":
            arguments, expected = [case.what, *arguments_of(files, case.what)], files.folder / f"{case.what}-result.npy"
            common = common[2:]
        else:
            arguments = ["one" if case.what == 1 else "many", files.folder / f"x{case.what}.npy"]
            expected = files.folder / f"y{case.what}.npy"
        _, log = execute([files.executable, *arguments, "--time", runs, "--out",
                          f"{case.result}={out}" if case.result else out, *common])
        expected, got = numpy.load(expected), numpy.load(out)
        error = numpy.abs(expected.reshape(got.shape) - got).max() / numpy.abs(expected).max()
        return {**self.times(log), "error": float(error)}

    @staticmethod
    def times(log):
        found = re.search(r"takes ([\d.]+) ms .* between ([\d.]+) and ([\d.]+) ms", log)
        median, low, high = (float(number) for number in found.groups())
        return {"median": median, "low": low, "high": high}
