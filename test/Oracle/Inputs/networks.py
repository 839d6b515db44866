"""Contractions, recurrent layers, loops, transforms and losses."""
import math

import onnx_format as onnx
from cases import LeftOut, at, broadcast, first, names, number, ranged, says, sliced


# ---- contractions


@says("MatMul", "MatMulInteger")
def matmul(case):
    a, b = case.argument(0), case.argument(1)
    left, right = case.shape(0), case.shape(1)
    if case.node.op == "MatMulInteger":
        a, b = (f"({name} - {case.inputs[k + 2].values[0]})" if case.has(k + 2) else name for k, name in enumerate((a, b)))
    if len(left) <= 2 and len(right) <= 2:
        return f"{a} @ {b}"
    target = case.outputs[0].shape
    index = ranged(target[:-2])
    own = [f"{broadcast(name, shape[:-2], target[:-2])}" for name, shape in ((a, left), (b, right))]
    return case.equation(index, f"{own[0]} @ {own[1]}")


@says("Gemm")
def gemm(case):
    a, b = case.argument(0), case.argument(1)
    a = f"transpose({a})" if case.attribute("transA", 0) else a
    b = f"transpose({b})" if case.attribute("transB", 0) else b
    alpha, beta = case.attribute("alpha", 1.0), case.attribute("beta", 1.0)
    if case["broadcast"] is not None:
        raise LeftOut("broadcasts along an axis that an attribute names, as old versions did")
    whole = f"{a} @ {b}" if alpha == 1 else f"{number(alpha)} * ({a} @ {b})"
    if not case.has(2):
        return whole
    product, c, target = case.let(whole), case.argument(2), case.outputs[0].shape
    cell = broadcast(c, case.shape(2), target)
    return case.equation(["i0", "i1"], f"{product}[i0, i1] + {number(beta)} * {cell}")


@says("Einsum")
def einsum(case):
    spec = case["equation"].replace(" ", "")
    inputs, _, output = spec.partition("->")
    terms = inputs.split(",")
    if "->" not in spec:
        letters = sorted(letter for letter in set(inputs) if inputs.count(letter) == 1 and letter.isalpha())
        output = ("..." if "..." in inputs else "") + "".join(letters)
    arguments = [case.argument(k) for k in range(len(terms))]

    def subscripts(term):
        return ["..r" if part == "." else part for part in term.replace("...", ".")]

    cells = " * ".join(at(name, subscripts(term)) for name, term in zip(arguments, terms))
    summed = sorted({letter for letter in inputs if letter.isalpha()} - set(output))
    reduced = f"sum[{', '.join(summed)}] {cells}" if summed else cells
    return case.equation(subscripts(output), reduced)


# ---- recurrent layers; a gate's rows lie one behind the other, as in ONNX


def recurrent(case, function, gates, signs, activations):
    """The gates that the library has, as rows of ONNX's order, and -1 where its gate is one minus the other's."""
    if any(case.has(k) for k in range(5, len(case.inputs))):
        raise LeftOut("starts from given states, or peeps into its cell")
    if case.has(4) and any(length != case.shape(0)[0] for length in case.inputs[4].values):
        raise LeftOut("sequences of several lengths")
    if case.attribute("direction", "forward") != "forward" or case["activations"] not in (None, [], activations):
        raise LeftOut("another direction or other activations")
    x, W, R = case.argument(), first(case.inputs[1]), first(case.inputs[2])
    width = case["hidden_size"]
    count = len(gates)

    def arranged(tensor):
        parts = [sliced(tensor, gate * width, gate * width + width) for gate in gates]
        values = [sign * value for part, sign in zip(parts, signs) for value in part.values]
        shape = parts[0].shape if count == 1 else [count] + parts[0].shape
        return onnx.Tensor("f32", shape, values)

    zeros = onnx.Tensor("f32", [2 * len(gates) * width], [0.0] * 2 * count * width)
    bias = first(case.inputs[3]) if case.has(3) else zeros
    half = count * width
    bias = onnx.Tensor("f32", [half], [p + q for p, q in zip(bias.values[:half], bias.values[half:])])
    net = case.model(f"{function}({width})", W=arranged(W), U=arranged(R), b=arranged(bias))
    batch_first = case.attribute("layout", 0)
    turned = x if batch_first else case.equation(["b", "t", "c"], f"{x}[t, b, c]")
    states = case.equation(["b"], f"{net}({turned}[b])")
    last = case.shape(0)[1 if batch_first else 0] - 1
    every, final = ("b, t, 0, k", "b, 0, k") if batch_first else ("t, 0, b, k", "0, b, k")
    results = []
    shapes = {output.name: output for output in case.outputs}
    wanted = [name for name in case.node.outputs if name]
    case.expected = [output for output, name in zip(case.outputs, wanted) if name in case.node.outputs[:2]]
    for position, name in enumerate(case.node.outputs[:2]):
        if name:
            left = every if position == 0 else final
            indices = [f"one < 1" if part == "0" else part for part in left.split(", ")]
            results.append(case.equation(indices, f"{states}[b, {'t' if position == 0 else last}, k]"))
    return results


@says("RNN")
def rnn(case):
    return recurrent(case, "rnn", [0], [1], ["Tanh"])


@says("GRU")
def gru(case):
    # ONNX's update gate keeps the old state, the library's takes the new one.
    if case.attribute("linear_before_reset", 0):
        raise LeftOut("resets behind the product")
    return recurrent(case, "gru", [0, 1, 2], [-1, 1, 1], ["Sigmoid", "Tanh"])


@says("LSTM")
def lstm(case):
    return recurrent(case, "lstm", [2, 0, 1, 3], [1, 1, 1, 1], ["Sigmoid", "Tanh", "Tanh"])


@says("Scan")
def scan(case):
    if case.name not in ("test_scan_sum", "test_scan9_sum"):
        raise LeftOut("another body")
    if len(case.inputs) == 3:  # with an axis for examples
        start, xs = case.argument(1), case.argument(2)
        turned = case.equation(["t", "b"], f"{xs}[b, t]")
        every = case.let(f"scan({start}, {turned}, (total, x) => total + x)")
        return [f"{every}[{case.shape(2)[1] - 1}]", case.equation(["b", "t"], f"{every}[t, b]")]
    start, xs = case.argument(0), case.argument(1)
    every = case.let(f"scan({start}, {xs}, (total, x) => total + x)")
    return [f"{every}[{case.shape(1)[0] - 1}]", every]


# ---- transforms


@says("DFT")
def dft(case):
    shape = case.shape()
    if case.has(1):
        raise LeftOut("a transform of another length")
    axis, inverse = case.attribute("axis", 1), case.attribute("inverse", 0)
    x, n = case.argument(), shape[axis]
    index = names(shape)
    inside, outside = list(index), list(index)
    inside[axis] = "m"
    angle = case.equation([f"k < {n}", f"m < {n}"], f"{'' if inverse else '-'}2 * pi * (k * m % {n}) / {n}")
    turn = f"{angle}[{index[axis]}, m]"
    real, imaginary = inside[:-1] + ["0"], inside[:-1] + ["1"]
    scale = f" / {n}" if inverse else ""
    if shape[-1] == 1:
        parts = (f"{at(x, real)} * cos({turn})", f"{at(x, real)} * sin({turn})")
    else:
        parts = (
            f"({at(x, real)} * cos({turn}) - {at(x, imaginary)} * sin({turn}))",
            f"({at(x, real)} * sin({turn}) + {at(x, imaginary)} * cos({turn}))",
        )
    re, im = (case.equation(outside[:-1], f"sum[m < {n}] {part}{scale}") for part in parts)
    return case.equation(outside[:-1], f"[{at(re, outside[:-1])}, {at(im, outside[:-1])}]")


# ---- losses


@says("SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss")
def class_loss(case):
    logits = case.node.op == "SoftmaxCrossEntropyLoss"
    shape, reduction = case.shape(), case.attribute("reduction", "mean")
    ignored = case["ignore_index"]
    places = names(shape[:1] + shape[2:])
    # A class that is left aside may lie outside of the classes.
    known = [0 if value == ignored else value for value in case.inputs[1].values]
    aside = [value == ignored for value in case.inputs[1].values]
    case.inputs[1] = onnx.Tensor("i64", case.shape(1), known)
    x, target = case.argument(0), case.argument(1, classes=shape[1])
    turned = case.equation(places + ["c"], at(x, [places[0], "c"] + places[1:]))
    here = at(target, places)
    value = f"cross_entropy({at(turned, places)}, {here})" if logits else f"-{at(turned, places)}[{here}]"
    weight = f"{case.argument(2)}[{here}]" if case.has(2) else "1.0"
    if any(aside):
        case.inputs.append(onnx.Tensor("bool", case.shape(1), aside))
        weight = f"(if {at(case.argument(len(case.inputs) - 1), places)} then 0 else {weight})"
    weights = case.equation(places, weight) if weight != "1.0" else ""
    each = case.equation(places, f"{at(weights, places)} * {value}" if weights else value)
    total = {"none": each, "sum": f"sum({each})"}.get(reduction) or (f"sum({each}) / sum({weights})" if weights else f"mean({each})")
    if len(case.outputs) == 1:
        return total
    log = case.equation(places, f"log_softmax({at(turned, places)})")
    return [total, case.equation([places[0], "c"] + places[1:], at(log, places + ["c"]))]


@says("If")
def choice(case):
    def value(branch):
        node = case[branch].nodes[0]
        return "[" + ", ".join(map(number, node.attributes["value"].values)) + "]"

    return f"if {case.argument()} then {value('then_branch')} else {value('else_branch')}"


@says("STFT")
def stft(case):
    if case.shape()[-1] != 1:
        raise LeftOut("of complex numbers")
    x, hop = case.argument(0), int(case.inputs[1].values[0])
    if case.has(2):
        n, weight = case.shape(2)[0], f" * {case.argument(2)}[m]"
    else:
        n, weight = int(case.inputs[3].values[0]), ""
    batch, frames, kept, _ = case.outputs[0].shape
    angle = case.equation([f"k < {n}", f"m < {n}"], f"2 * pi * (k * m % {n}) / {n}")
    left = [f"b < {batch}", f"t < {frames}", f"k < {kept}"]
    cell = f"{x}[b, {hop} * t + m, 0]{weight}"
    real, imaginary = (case.equation(left, f"sum[m < {n}] {cell} * {wave}({angle}[k, m])") for wave in ("cos", "sin"))
    return case.equation(left, f"[{real}[b, t, k], -{imaginary}[b, t, k]]")


@says("Loop")
def loop(case):
    if case.name != "test_loop11":
        raise LeftOut("lists of tensors are no values of the language")
    # The body adds the entries of a constant, one a turn.
    entries = next(node.attributes["value"] for node in case["body"].nodes if node.op == "Constant" and len(node.attributes["value"].shape) == 1)
    xs = case.let("[" + ", ".join(map(number, entries.values)) + "]")
    turns = int(case.inputs[0].values[0])
    every = case.let(f"scan({case.argument(2)}, {xs}[0..{turns}], (y, x) => y + x)")
    return [f"{every}[{turns - 1}]", every]
