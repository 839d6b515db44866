"""Convolutions and pools, on each example of a batch."""
import math

from cases import LeftOut, each, permuted, says

DIMENSIONS = {1: "1d", 2: "", 3: "3d"}


def padding(case, rank, kernel, strides, dilations):
    """The room before and behind each axis."""
    auto = case.attribute("auto_pad", "NOTSET")
    pads = case.attribute("pads", [0] * 2 * rank)
    if auto == "VALID":
        pads = [0] * 2 * rank
    if not auto.startswith("SAME"):
        return [[pads[axis], pads[axis + rank]] for axis in range(rank)]
    room = []
    for axis, extent in enumerate(case.shape()[2:]):
        whole = max(0, (math.ceil(extent / strides[axis]) - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1 - extent)
        small, large = whole // 2, whole - whole // 2
        room.append([small, large] if auto == "SAME_UPPER" else [large, small])
    return room


def steps(case, rank):
    return case.attribute("strides", [1] * rank), case.attribute("dilations", [1] * rank)


def named(**values):
    """Hyperparameters that are not what they are by themselves."""
    return "".join(f", {name}: {each(value)}" for name, value in values.items() if each(value) != "1")


@says("Conv")
def conv(case):
    x, kernel = case.argument(), case.inputs[1]
    rank, extents = len(kernel.shape) - 2, kernel.shape[2:]
    strides, dilations = steps(case, rank)
    room = padding(case, rank, extents, strides, dilations)
    text = f"conv{DIMENSIONS[rank]}({kernel.shape[0]}, {each(extents)}"
    text += named(stride=strides, dilation=dilations, groups=[case.attribute("group", 1)])
    row = f"{x}[b]"
    if all(pair == [d * (k - 1) // 2, d * (k - 1) - d * (k - 1) // 2] for pair, d, k in zip(room, dilations, extents)):
        text += "" if all(pair == [0, 0] for pair in room) else ", padding: same"
    else:
        row = f"pad({row}, by: {[0] + room})"
    if case.has(2):
        net = case.model(text + ")", K=kernel, b=case.inputs[2])
    else:
        net = case.model(text + ", bias: false)", K=kernel)
    return case.equation(["b"], f"{net}({row})")


@says("ConvTranspose")
def conv_transpose(case):
    x, kernel = case.argument(), case.inputs[1]
    rank, extents = len(kernel.shape) - 2, kernel.shape[2:]
    if case.attribute("group", 1) != 1:
        raise LeftOut("a transposed convolution in groups")
    strides, dilations = steps(case, rank)
    grown = case.attribute("output_padding", [0] * rank)
    auto = case.attribute("auto_pad", "NOTSET")
    pads = case.attribute("pads", [0] * 2 * rank)
    crop = [[pads[axis], pads[axis + rank] - grown[axis]] for axis in range(rank)]
    wanted = case["output_shape"]
    if auto.startswith("SAME"):
        wanted = [extent * stride for extent, stride in zip(case.shape()[2:], strides)]
    if wanted is not None:
        crop = []
        for axis, extent in enumerate(case.shape()[2:]):
            whole = strides[axis] * (extent - 1) + dilations[axis] * (extents[axis] - 1) + 1 + grown[axis] - wanted[axis]
            half = whole // 2
            front, back = (half, whole - half) if auto == "SAME_UPPER" else (whole - half, half)
            crop.append([front, back - grown[axis]])
    text = f"conv_transpose{DIMENSIONS[rank]}({kernel.shape[1]}, {each(extents)}" + named(stride=strides, dilation=dilations)
    if any(pair != [0, 0] for pair in crop):
        text += f", crop: {crop if rank > 1 else crop[0]}"
    weights = {"K": permuted(kernel, [1, 0] + list(range(2, rank + 2)))}
    if case.has(2):
        weights["b"] = case.inputs[2]
    else:
        text += ", bias: false"
    net = case.model(text + ")", **weights)
    return case.equation(["b"], f"{net}({x}[b])")


@says("MaxPool", "AveragePool")
def pool(case):
    if len(case.outputs) > 1:
        raise LeftOut("also gives the places of the largest entries")
    x, window = case.argument(), case["kernel_shape"]
    rank = len(window)
    strides, dilations = steps(case, rank)
    room = padding(case, rank, window, strides, dilations)
    function = ("max_pool" if case.node.op == "MaxPool" else "avg_pool") + DIMENSIONS[rank]
    text = f"{function}({each(window)}, stride: {each(strides)}" + named(dilation=dilations)
    row = f"{x}[b]"
    if any(pair != [0, 0] for pair in room):
        if case.attribute("count_include_pad", 0) and rank == 2:
            row += f" |> framed({room})"
        elif case.attribute("count_include_pad", 0):
            row = f"pad({row}, by: {[0] + room})"
        else:
            text += f", padding: {room if rank > 1 else room[0]}"
    if case.attribute("ceil_mode", 0):
        text += ", ceil: true"
    return case.equation(["b"], f"{row} |> {text})")


@says("GlobalAveragePool", "GlobalMaxPool")
def global_pool(case):
    x = case.argument()
    function = "global_mean" if case.node.op == "GlobalAveragePool" else "global_max"
    return case.equation(["b"], f"reshape({function}({x}[b]), {case.outputs[0].shape[1:]})")


@says("ConvInteger")
def integer_conv(case):
    x, kernel = case.argument(0), case.argument(1)
    zero = case.inputs[2].values[0] if case.has(2) else 0
    pads = case.attribute("pads", [0] * 4)
    room = [[0, 0], [0, 0], [pads[0], pads[2]], [pads[1], pads[3]]]
    moved = case.let(f"pad({x} - {zero}, by: {room})" if any(pads) else f"{x} - {zero}")
    return case.equation(["b", "o", "i", "j"], f"sum[c, u, v] {kernel}[o, c, u, v] * {moved}[b, c, i + u, j + v]")


@says("MaxUnpool")
def max_unpool(case):
    if case.has(2):
        raise LeftOut("places refer to a larger shape than the result's")
    x, places = case.argument(0), case.argument(1)
    shape = case.outputs[0].shape
    count = math.prod(shape)
    flat, at = case.let(f"flat({x})"), case.let(f"flat({places})")
    spread = case.equation([f"k < {count}"], f"sum[m where {at}[m] == k] {flat}[m]")
    return f"reshape({spread}, {shape})"
