"""Reads models and tensors of ONNX: as much of its protobuf messages as its test data needs."""
import math
import struct


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
        if byte < 128:
            return value, at


def signed(value):
    """Integers are stored in two's complement of 64 bits."""
    return value - (1 << 64) if value >= 1 << 63 else value


def fields(data):
    """The fields of a message, as (number, value): an integer, a float, or the bytes of a text, a message or a packed list."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        elif kind == 5:
            value, at = struct.unpack_from("<f", data, at)[0], at + 4
        else:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        yield key >> 3, value


def integers(value):
    """A repeated integer field, packed or one of several."""
    if isinstance(value, int):
        return [signed(value)]
    found, at = [], 0
    while at < len(value):
        number, at = varint(value, at)
        found.append(signed(number))
    return found


def floats(value):
    return [value] if isinstance(value, float) else list(struct.unpack(f"<{len(value) // 4}f", value))


# TensorProto.DataType: the name, the code of its elements in raw data, and the field that holds them otherwise.
TYPES = {
    1: ("f32", "f", 4), 2: ("u8", "B", 5), 3: ("i8", "b", 5), 4: ("u16", "H", 5), 5: ("i16", "h", 5), 6: ("i32", "i", 5),
    7: ("i64", "q", 7), 8: ("string", "", 6), 9: ("bool", "?", 5), 10: ("f16", "e", 5), 11: ("f64", "d", 10),
    12: ("u32", "I", 11), 13: ("u64", "Q", 11), 14: ("c64", "", 0), 15: ("c128", "", 0), 16: ("bf16", "", 5),
}  # fmt: skip


class Tensor:
    """A name, an element type, a shape, and the elements, row-major."""

    def __init__(self, kind, shape, values, name=""):
        self.kind, self.shape, self.values, self.name = kind, list(shape), list(values), name

    def __repr__(self):
        return f"{self.name}: {self.kind}{self.shape}"

    @staticmethod
    def parse(data):
        shape, code, name, raw, stored = [], 0, "", None, {}
        for number, value in fields(data):
            if number == 1:
                shape += integers(value)
            elif number == 2:
                code = value
            elif number == 8:
                name = value.decode()
            elif number == 9:
                raw = value
            elif number in (5, 7, 11):
                stored.setdefault(number, []).extend(integers(value))
            elif number == 4:
                stored.setdefault(4, []).extend(floats(value))
            elif number == 6:
                stored.setdefault(6, []).append(value.decode())
            elif number == 10:
                stored.setdefault(10, []).extend(struct.unpack(f"<{len(value) // 8}d", value))
        kind, letter, field = TYPES[code]
        if kind == "f32":
            field = 4
        if raw is not None and letter:
            values = list(struct.unpack(f"<{math.prod(shape)}{letter}", raw))
        else:
            values = stored.get(field, [])
            if kind == "f16":
                values = [struct.unpack("<e", struct.pack("<H", bits))[0] for bits in values]
            if kind == "bool":
                values = [bool(value) for value in values]
        return Tensor(kind, shape, values, name)


class Node:
    """An operator with the names of its inputs and outputs, and its attributes."""

    def __init__(self, data):
        self.inputs, self.outputs, self.op, self.attributes = [], [], "", {}
        for number, value in fields(data):
            if number == 1:
                self.inputs.append(value.decode())
            elif number == 2:
                self.outputs.append(value.decode())
            elif number == 4:
                self.op = value.decode()
            elif number == 5:
                name, attribute = self.attribute(value)
                self.attributes[name] = attribute

    @staticmethod
    def attribute(data):
        name, result, many = "", None, []
        for number, value in fields(data):
            if number == 1:
                name = value.decode()
            elif number == 2:
                result = value
            elif number == 3:
                result = signed(value)
            elif number == 4:
                result = value.decode(errors="replace")
            elif number == 5:
                result = Tensor.parse(value)
            elif number == 6:
                result = Graph(value)
            elif number == 7:
                many += floats(value)
            elif number == 8:
                many += integers(value)
            elif number == 9:
                many.append(value.decode())
        return name, many if result is None else result


class Graph:
    """Nodes, constants, the names of what goes in and comes out, and whether all of that are tensors."""

    def __init__(self, data):
        self.nodes, self.constants, self.inputs, self.outputs = [], {}, [], []
        self.all_tensors = True
        for number, value in fields(data):
            if number == 1:
                self.nodes.append(Node(value))
            elif number == 5:
                tensor = Tensor.parse(value)
                self.constants[tensor.name] = tensor
            elif number in (11, 12):
                name = next(part.decode() for field, part in fields(value) if field == 1)
                (self.inputs if number == 11 else self.outputs).append(name)
                kind = next((part for field, part in fields(value) if field == 2), b"")
                self.all_tensors &= all(field == 1 for field, _ in fields(kind))


def model(path):
    """The graph of a model, and the version of the operator set that it is written for."""
    graph, version = None, 1
    for number, value in fields(path.read_bytes()):
        if number == 7:
            graph = Graph(value)
        elif number == 8:
            entry = dict(fields(value))
            if not entry.get(1):
                version = entry.get(2, 1)
    return graph, version


def tensor(path):
    return Tensor.parse(path.read_bytes())
