"""A case of ONNX's test data: one operator with its inputs, its constants and what comes out, and how it is said in the language."""
import math

import onnx_format as onnx

# Element types of ONNX that a tensor of the language holds, by the values that are there.
ELEMENTS = {"f32": "f32", "f64": "f64", "bool": "bool", "i32": "i32", "i64": "i32", "u8": "i32", "i8": "i32", "u16": "i32",
            "i16": "i32", "u32": "i32", "u64": "i32"}  # fmt: skip


class LeftOut(Exception):
    """This case is not said in the language; the text says why."""


def strides(shape):
    steps = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        steps[axis] = steps[axis + 1] * shape[axis + 1]
    return steps


def permuted(tensor, order):
    """The axes of a tensor in another order."""
    steps = strides(tensor.shape)
    shape = [tensor.shape[axis] for axis in order]
    values = []
    for flat in range(math.prod(shape)):
        at = 0
        for axis, step in zip(order, strides(shape)):
            at += flat // step % tensor.shape[axis] * steps[axis]
        values.append(tensor.values[at])
    return onnx.Tensor(tensor.kind, shape, values)


def sliced(tensor, begin, end):
    """Entries begin to end of the first axis."""
    step = math.prod(tensor.shape[1:])
    return onnx.Tensor(tensor.kind, [end - begin] + tensor.shape[1:], tensor.values[begin * step : end * step])


def first(tensor):
    """The only entry of the first axis."""
    return onnx.Tensor(tensor.kind, tensor.shape[1:], tensor.values[: math.prod(tensor.shape[1:])])


class Case:
    def __init__(self, folder, graph, version):
        self.name, self.version = folder.name, version
        self.node = node = graph.nodes[0]
        self.attributes = node.attributes
        data = folder / "test_data_set_0"
        given = {name: onnx.tensor(data / f"input_{k}.pb") for k, name in enumerate(graph.inputs)
                 if (data / f"input_{k}.pb").exists()}  # fmt: skip
        given.update(graph.constants)
        self.inputs = [given[name] if name else None for name in node.inputs]
        self.outputs = [onnx.tensor(data / f"output_{k}.pb") for k in range(len(graph.outputs))]
        self.expected = list(self.outputs)
        self.arguments, self.models, self.weights, self.lines = [], [], {}, []

    # ---- what the operator is given

    def __getitem__(self, attribute):
        return self.attributes.get(attribute)

    def attribute(self, name, default):
        value = self.attributes.get(name)
        return default if value is None else value

    def has(self, k):
        return k < len(self.inputs) and self.inputs[k] is not None

    def shape(self, k=0):
        return self.inputs[k].shape

    def constant(self, k, default=None):
        """The values of an input that the program is compiled for: axes, extents, steps."""
        return list(self.inputs[k].values) if self.has(k) else default

    # ---- how it is said

    def argument(self, k=0, classes=None):
        """Declares input k as an argument of the command; `classes` makes it an index."""
        tensor = self.inputs[k]
        name = f"x{k}"
        if any(name == known for known, _, _ in self.arguments):
            return name
        if tensor.kind not in ELEMENTS:
            raise LeftOut(f"tensors of {tensor.kind}")
        if 0 in tensor.shape:
            raise LeftOut("a tensor without elements")
        element = ELEMENTS[tensor.kind]
        if element == "i32" and any(abs(value) > 2**31 - 1 for value in tensor.values):
            raise LeftOut("integers beyond 32 bits")
        if classes is not None:
            element = f"index({classes})"
            tensor = onnx.Tensor(tensor.kind, tensor.shape, [value % classes for value in tensor.values])
        self.arguments.append((name, element, tensor))
        return name

    def model(self, text, **weights):
        """An instance of a model of the library with these parameters."""
        name = f"{self.name}_{len(self.models)}"
        self.models.append(f"model {name} = {text}")
        for path, tensor in weights.items():
            self.weights[f"{name}.{path.replace('__', '.')}"] = tensor
        return name

    def helper(self, text):
        """A declaration beside the command."""
        self.models.append(text)

    def let(self, text):
        """A line of its own for a value; its name."""
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name} = {text}")
        return name

    def equation(self, indices, text):
        """A tensor by an equation; its name. Without indices, a number."""
        name = f"v{len(self.lines)}"
        self.lines.append(f"{name}[{', '.join(indices)}] = {text}" if indices else f"{name} = {text}")
        return name

    def only_output(self):
        """The other outputs are not said; they are not compared."""
        self.expected = self.expected[:1]

    def text(self, results):
        """The command."""
        arguments = ", ".join(
            f"{name}: {element}{tensor.shape if tensor.shape else ''}" for name, element, tensor in self.arguments
        )
        value = results[0] if len(results) == 1 else "(" + ", ".join(f"r{k}: {r}" for k, r in enumerate(results)) + ")"
        body = "".join(f"  {line}\n" for line in self.lines + [value])
        return "".join(model + "\n" for model in self.models) + f"command {self.name}({arguments}) {{\n{body}}}\n"


# ---- operators and how they are said

EMITTERS = {}


def says(*ops):
    """Registers how operators are said: a function of a case that gives the text of its results."""

    def register(emitter):
        EMITTERS.update(dict.fromkeys(ops, emitter))
        return emitter

    return register


def names(shape, letter="i"):
    """An index for each axis."""
    return [f"{letter}{axis}" for axis in range(len(shape))]


def ranged(shape, letter="i"):
    """Indices with their ranges, where nothing else says them."""
    return [f"{letter}{axis} < {extent}" for axis, extent in enumerate(shape)]


def at(name, places):
    return f"{name}[{', '.join(map(str, places))}]" if places else name


def broadcast(name, shape, target, letter="i"):
    """A tensor at the place of a larger one: axes count from the last, and what has one entry is repeated."""
    skipped = len(target) - len(shape)
    return at(name, ["0" if extent == 1 else f"{letter}{axis + skipped}" for axis, extent in enumerate(shape)])


def number(value):
    """A literal with all digits; the language writes floats with digits on both sides of the point."""
    if isinstance(value, int):
        return str(value)
    text = repr(value)
    return text if "e" in text or "." in text else text + ".0"


def each(values):
    """A number if all are the same, else a list."""
    values = list(values)
    return str(values[0]) if len(set(map(str, values))) == 1 else str(values)
