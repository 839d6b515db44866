"""What moves elements: shapes, orders, parts, gathers and scatters."""
import math

from cases import LeftOut, at, each, names, number, ranged, says


@says("Identity")
def identity(case):
    return case.argument()


@says("Dropout")
def dropout(case):
    # Outside of training it is the identity.
    if len(case.outputs) > 1:
        raise LeftOut("also gives its mask")
    if case.has(2) and case.inputs[2].values[0]:
        raise LeftOut("in training, where it draws random numbers")
    rate = case.inputs[1].values[0] if case.has(1) else case.attribute("ratio", 0.5)
    return f"{case.argument()} |> dropout({number(rate)})"


@says("Reshape", "Flatten", "Squeeze", "Unsqueeze")
def reshaped(case):
    if 0 in case.outputs[0].shape:
        raise LeftOut("a tensor without elements")
    if len(case.outputs[0].shape) == 1 and case.node.op == "Reshape":
        return f"flat({case.argument()})"
    return f"reshape({case.argument()}, {case.outputs[0].shape})"


@says("Shape")
def shape(case):
    name, extents = case.argument(), [f"d{k}" for k in range(len(case.shape()))]
    case.helper(f"fn shape_of_{case.name}(x: f32[{', '.join(extents)}]) = [{', '.join(extents)}]")
    begin, end = case.attribute("start", 0), case.attribute("end", len(extents))
    whole = f"shape_of_{case.name}({name})"
    kept = range(len(extents))[begin:end]
    return whole if len(kept) == len(extents) else f"{whole}[{kept.start}..{kept.stop}]"


@says("Size")
def size(case):
    return f"size({case.argument()})"


@says("Transpose")
def transpose(case):
    x, order = case.argument(), case.attribute("perm", list(range(len(case.shape())))[::-1])
    if order == [1, 0]:
        return f"transpose({x})"
    index = names(order)
    return case.equation([index[axis] for axis in order], at(x, index))


@says("Constant")
def constant(case):
    value = case["value"]

    def nested(shape, values):
        if not shape:
            return number(values[0])
        step = len(values) // shape[0]
        return "[" + ", ".join(nested(shape[1:], values[k * step : k * step + step]) for k in range(shape[0])) + "]"

    return nested(value.shape, value.values)


@says("ConstantOfShape")
def filled(case):
    extents = ", ".join(map(str, case.constant(0)))
    if not extents:
        raise LeftOut("a tensor without elements")
    value = case["value"].values[0] if case["value"] is not None else 0.0
    if 0 in case.outputs[0].shape:
        raise LeftOut("a tensor without elements")
    return {0: f"zeros({extents})", 1: f"ones({extents})"}[value]


@says("EyeLike")
def eye(case):
    n, m = case.shape()
    offset = case.attribute("k", 0)
    if n == m and offset == 0:
        return f"identity({n})"
    return case.equation([f"i < {n}", f"j < {m}"], f"if j == i + {offset} then 1 else 0")


@says("Range")
def steps(case):
    start, limit, step = (case.inputs[k].values[0] for k in range(3))
    return f"{number(start)} + {number(step)} * range({max(0, math.ceil((limit - start) / step))})"


@says("Expand", "Tile")
def repeated(case):
    x, own, target = case.argument(), case.shape(), case.outputs[0].shape
    skipped = len(target) - len(own)
    places = []
    for axis, extent in enumerate(own):
        index = f"i{axis + skipped}"
        places.append("0" if extent == 1 else index if extent == target[axis + skipped] else f"{index} % {extent}")
    return case.equation(ranged(target), at(x, places))


@says("Concat")
def concat(case):
    parts = [case.argument(k) for k in range(len(case.inputs))]
    rank = len(case.shape())
    axis = case.attribute("axis", 1) % rank
    if axis == 0:
        return f"concat({', '.join(parts)})"
    index = names(case.shape())
    swapped = [index[axis]] + [index[k] for k in range(rank) if k != axis]
    turned = [case.equation(swapped, at(part, index)) for part in parts]
    whole = case.let(f"concat({', '.join(turned)})")
    return case.equation(index, at(whole, swapped))


@says("Split")
def split(case):
    x, rank = case.argument(), len(case.shape())
    axis, results, begin = case.attribute("axis", 0) % rank, [], 0
    for output in case.outputs:
        if 0 in output.shape:
            raise LeftOut("a tensor without elements")
        parts = [".."] * rank
        end = begin + output.shape[axis]
        results.append(f"{x}[{', '.join(f'{begin}..{end}' if k == axis else f'0..{case.shape()[k]}' for k in range(axis + 1))}]")
        begin = end
    return results


@says("Slice")
def sliced(case):
    x, shape = case.argument(), case.shape()
    begins, ends = case.constant(1, case["starts"]), case.constant(2, case["ends"])
    axes = case.constant(3, case["axes"]) or list(range(len(begins)))
    hops = case.constant(4) or [1] * len(begins)
    if 0 in case.outputs[0].shape:
        raise LeftOut("a tensor without elements")
    places = names(shape)
    for begin, end, axis, hop in zip(begins, ends, axes, hops):
        axis %= len(shape)
        kept = range(shape[axis])[max(-(2**40), begin) : end : hop]
        if len(kept) != shape[axis] or hop != 1:
            places[axis] = f"{kept.start} + {hop} * i{axis}" if hop != 1 else f"i{axis} + {kept.start}"
    return case.equation(ranged(case.outputs[0].shape), at(x, places))


@says("Pad")
def pad(case):
    mode, rank = case.attribute("mode", "constant"), len(case.shape())
    pads = case.constant(1, case["pads"] or case["paddings"])
    value = case.inputs[2].values[0] if case.has(2) else case.attribute("value", 0.0)
    room = [[pads[axis], pads[axis + rank]] for axis in range(rank)]
    if any(count < 0 for count in pads):
        raise LeftOut("a negative room")
    x = case.argument()
    if mode != "constant":
        return f"pad({x}, by: {room}, mode: {mode})"
    return f"pad({x} - {number(value)}, by: {room}) + {number(value)}" if value else f"pad({x}, by: {room})"


@says("Trilu")
def triangle(case):
    x, shape = case.argument(), case.shape()
    offset = case.inputs[1].values[0] if case.has(1) else 0
    function = f"{'triu' if case.attribute('upper', 1) else 'tril'}({offset or ''})"
    if len(shape) == 2:
        return f"{function}({x})"
    return case.equation(["b"], f"{function}({x}[b])")


@says("DepthToSpace")
def depth_to_space(case):
    x, (_, c, h, w), block = case.argument(), case.shape(), case["blocksize"]
    if case.attribute("mode", "DCR") == "CRD":
        return case.equation(["b"], f"pixel_shuffle({block})({x}[b])")
    # Here the places come first among the channels.
    out = c // block**2
    turned = case.equation(["b", f"k < {c}", "i", "j"], f"{x}[b, k % {block**2} * {out} + div(k, {block**2}), i, j]")
    return case.equation(["b"], f"pixel_shuffle({block})({turned}[b])")


@says("SpaceToDepth")
def space_to_depth(case):
    x, (_, c, h, w), block = case.argument(), case.shape(), case["blocksize"]
    packed = case.equation(["b"], f"pixel_unshuffle({block})({x}[b])")
    return case.equation(["b", f"k < {c * block ** 2}", "i", "j"], f"{packed}[b, k % {c} * {block**2} + div(k, {c}), i, j]")


# ---- by tensors of places; a place from the end is `i % n`


@says("Gather")
def gather(case):
    shape, places = case.shape(), case.inputs[1]
    axis = case.attribute("axis", 0) % len(shape)
    x, i = case.argument(0), case.argument(1)
    before, after = names(shape[:axis], "a"), names(shape[axis + 1 :], "c")
    place = names(places.shape, "b")
    return case.equation(before + place + after, at(x, before + [f"{at(i, place)} % {shape[axis]}"] + after))


@says("GatherElements")
def gather_elements(case):
    shape = case.shape()
    axis, index = case.attribute("axis", 0) % len(shape), names(shape)
    x, i = case.argument(0), case.argument(1)
    places = list(index)
    places[axis] = f"{at(i, index)} % {shape[axis]}"
    return case.equation(ranged(case.outputs[0].shape), at(x, places))


def table_places(name, batch, depth, shape):
    """The subscripts that a row of a table of places says."""
    start = len(batch) if batch[:1] == ["a0"] else 0
    return [f"{name}[{', '.join(batch + [str(k)])}] % {shape[k + start]}" for k in range(depth)]


@says("GatherND")
def gather_nd(case):
    shape, table = case.shape(), case.inputs[1].shape
    shared = case.attribute("batch_dims", 0)
    x, i = case.argument(0), case.argument(1)
    place = names(table[:-1], "b")
    inside = place[:shared]
    inside += [f"{i}[{', '.join(place + [str(k)])}] % {shape[k + shared]}" for k in range(table[-1])]
    after = names(shape[shared + table[-1] :], "c")
    return case.equation(place + after, at(x, inside + after))


@says("Scatter", "ScatterElements")
def scatter_elements(case):
    shape, count = case.shape(), case.inputs[1].shape
    axis, index = case.attribute("axis", 0) % len(shape), names(shape)
    x, i, u = case.argument(0), case.argument(1), case.argument(2)
    reduction = case.attribute("reduction", "none")
    inside = list(index)
    inside[axis] = "e"
    # Along the other axes the table may be shorter than the tensor.
    short = [k for k in range(len(shape)) if k != axis and count[k] < shape[k]]
    bounds = "".join(f" and i{k} < {count[k]}" for k in short)
    places = [f"min(i{k}, {count[k] - 1})" if k in short else inside[k] for k in range(len(shape))]
    there = f"e < {count[axis]} where {at(i, places)} % {shape[axis]} == {index[axis]}{bounds}"
    cell = f"{at(u, places)}"
    if reduction == "add":
        return case.equation(ranged(shape), f"{at(x, index)} + sum[{there}] {cell}")
    if reduction == "mul":
        return case.equation(ranged(shape), f"{at(x, index)} * prod[{there}] {cell}")
    found = f"(sum[{there}] 1)"
    return case.equation(ranged(shape), f"if {found} > 0 then (sum[{there}] {cell}) else {at(x, index)}")


@says("ScatterND")
def scatter_nd(case):
    shape, table = case.shape(), case.inputs[1].shape
    x, i, u = case.argument(0), case.argument(1), case.argument(2)
    reduction, index = case.attribute("reduction", "none"), names(shape)
    rows, depth = names(table[:-1], "e"), table[-1]
    hits = " and ".join(f"{i}[{', '.join(rows + [str(k)])}] % {shape[k]} == {index[k]}" for k in range(depth))
    there = ", ".join(f"{row} < {extent}" for row, extent in zip(rows, table)) + f" where {hits}"
    cell = at(u, rows + index[depth:])
    if reduction != "none":
        word, sign = {"add": ("sum", "+"), "mul": ("prod", "*")}[reduction]
        return case.equation(ranged(shape), f"{at(x, index)} {sign} {word}[{there}] {cell}")
    found = f"(sum[{there}] 1)"
    return case.equation(ranged(shape), f"if {found} > 0 then (sum[{there}] {cell}) else {at(x, index)}")


@says("OneHot")
def one_hot(case):
    depth = int(case.inputs[1].values[0])
    off, on = case.inputs[2].values
    shape = case.shape()
    axis = case.attribute("axis", -1) % (len(shape) + 1)
    i, index = case.argument(0, classes=depth), names(shape)
    hot = case.equation(index, f"one_hot({depth})({at(i, index)})")
    moved = index[:axis] + ["k"] + index[axis:]
    return case.equation(moved, f"{number(off)} + {number(on - off)} * {hot}[{', '.join(index + ['k'])}]")


@says("ReverseSequence")
def reverse_sequence(case):
    batch, time = case.attribute("batch_axis", 1), case.attribute("time_axis", 0)
    x, shape = case.argument(0), case.shape()
    lengths, index = case.argument(1), names(shape)
    count = f"{lengths}[i{batch}]"
    inside = list(index)
    inside[time] = f"(if i{time} < {count} then {count} - 1 - i{time} else i{time}) % {shape[time]}"
    return case.equation(ranged(shape), at(x, inside))


@says("Upsample")
def upsample(case):
    if case.attribute("mode", "nearest") != "nearest":
        raise LeftOut("interpolates")
    scales = case.constant(1, case["scales"])
    x, shape = case.argument(), case.shape()
    return case.equation(
        ranged(case.outputs[0].shape), at(x, [f"div(i{k}, {int(scale)})" for k, scale in enumerate(scales)])
    )


@says("Det")
def determinant(case):
    shape, x = case.shape(), case.argument()
    index = ranged(shape[:-2])
    return case.equation(index, f"det({at(x, names(index))})") if index else f"det({x})"


# ---- between entries


@says("Resize")
def resize(case):
    mode, align = case.attribute("mode", "nearest"), case.attribute("coordinate_transformation_mode", "half_pixel")
    shape, target = case.shape(), case.outputs[0].shape
    if case["exclude_outside"]:
        raise LeftOut("leaves entries outside of the image aside and weighs the others more")
    if align == "pytorch_half_pixel" and 1 not in target[2:]:
        align = "half_pixel"
    words = {"half_pixel": "half", "align_corners": "corners", "asymmetric": "left"}
    if align not in words:
        raise LeftOut(f"places its results by {align}")
    scales = case.constant(2) or []
    exact = all(abs(scale * a - b) < 1e-5 for scale, a, b in zip(scales[2:], shape[2:], target[2:]))
    if scales and not exact:
        raise LeftOut("a scale that does not lead to whole entries")
    a = case.attribute("cubic_coeff_a", -0.75)
    rounding = case.attribute("nearest_mode", "round_prefer_floor")
    weight = {
        "linear": "",
        "cubic": f", weight: cubic({number(a)})",
        "nearest": {
            "round_prefer_floor": ", weight: nearest",
            "round_prefer_ceil": ", weight: d => if d >= -0.5 and d < 0.5 then 1.0 else 0.0",
            "floor": ", weight: d => if d >= 0 and d < 1 then 1.0 else 0.0",
            "ceil": ", weight: d => if d > -1 and d <= 0 then 1.0 else 0.0",
        }[rounding],
    }[mode]
    x, word = case.argument(), words[align]
    spelled = "" if word == "half" else f', align: "{word}"'
    return case.equation([f"b < {shape[0]}"], f"{x}[b] |> resample({target[2:]}{weight}{spelled})")


@says("GridSample")
def grid_sample(case):
    mode, outside = case.attribute("mode", "bilinear"), case.attribute("padding_mode", "zeros")
    if outside == "reflection":
        raise LeftOut("reflects places at the border")
    if mode == "bicubic":
        raise LeftOut("its stored outputs are rounded to four digits")
    if mode == "nearest":
        raise LeftOut("rounds places in the middle to even ones")
    (_, _, h, w), x, grid = case.shape(), case.argument(0), case.argument(1)

    def place(k, extent):
        if case.attribute("align_corners", 0):
            text = f"({grid}[b, i, j, {k}] + 1) / 2 * {extent - 1}"
        else:
            text = f"(({grid}[b, i, j, {k}] + 1) * {extent} - 1) / 2"
        return f"min(max({text}, 0), {extent - 1})" if outside == "border" else text

    row, column = case.equation(["b", "i", "j"], place(1, h)), case.equation(["b", "i", "j"], place(0, w))
    return case.equation(["b"], f"sample_at()({x}[b], {row}[b], {column}[b])")
