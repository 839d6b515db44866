"""Scalar functions, comparisons, and what combines tensors element by element."""
from cases import ELEMENTS, LeftOut, broadcast, number, ranged, says

UNARY = {
    "Abs": "abs({})", "Acos": "acos({})", "Acosh": "acosh({})", "Asin": "asin({})", "Asinh": "asinh({})", "Atan": "atan({})",
    "Atanh": "atanh({})", "Ceil": "ceil({})", "Cos": "cos({})", "Cosh": "cosh({})", "Erf": "erf({})", "Exp": "exp({})",
    "Floor": "floor({})", "HardSwish": "hardswish({})", "IsNaN": "{0} != {0}", "Log": "log({})", "Neg": "-{}", "Not": "not {}",
    "Reciprocal": "1 / {}", "Relu": "relu({})", "Round": "round({})", "Sigmoid": "sigmoid({})", "Sign": "sign({})",
    "Sin": "sin({})", "Sinh": "sinh({})", "Softplus": "softplus({})", "Softsign": "softsign({})", "Sqrt": "sqrt({})",
    "Tan": "tan({})", "Tanh": "tanh({})",
}  # fmt: skip


@says(*UNARY)
def unary(case):
    return UNARY[case.node.op].format(case.argument())


@says("IsInf")
def is_inf(case):
    x = case.argument()
    if not case.attribute("detect_negative", 1):
        return f"{x} == inf"
    if not case.attribute("detect_positive", 1):
        return f"{x} == -inf"
    return f"abs({x}) == inf"


# ---- with parameters


@says("Elu", "Celu", "LeakyRelu", "ThresholdedRelu")
def shaped(case):
    library, name, default = {
        "Elu": ("elu", "a", 1.0), "Celu": ("celu", "a", 1.0), "LeakyRelu": ("leaky_relu", "slope", 0.01),
        "ThresholdedRelu": ("thresholded_relu", "threshold", 1.0),
    }[case.node.op]  # fmt: skip
    return f"{case.argument()} |> {library}({name}: {number(case.attribute('alpha', default))})"


@says("Selu")
def selu(case):
    x = case.argument()
    if not case.attributes:
        return f"selu({x})"
    alpha, gamma = case.attribute("alpha", 1.6732632423543772), case.attribute("gamma", 1.0507009873554805)
    return f"{number(gamma)} * elu({number(alpha)})({x})"


@says("HardSigmoid")
def hard_sigmoid(case):
    slope, offset = case.attribute("alpha", 0.2), case.attribute("beta", 0.5)
    return f"{case.argument()} |> hardsigmoid({number(slope)}, offset: {number(offset)})"


@says("Shrink")
def shrink(case):
    bound, bias, x = case.attribute("lambd", 0.5), case.attribute("bias", 0.0), case.argument()
    if bias == 0:
        return f"{x} |> hard_threshold({number(bound)})"
    if bias == bound:
        return f"{x} |> soft_threshold({number(bound)})"
    return f"if {x} > {number(bound)} then {x} - {number(bias)} else if {x} < {number(-bound)} then {x} + {number(bias)} else 0"


@says("PRelu")
def prelu(case):
    x, slope = case.argument(), case.inputs[1]
    shape = case.shape()
    channels = [shape[1]] + [1] * (len(shape) - 2), [shape[1]] if case.version < 7 else None, [1]
    if len(shape) > 1 and slope.shape in channels:
        # Rows of a batch, with a slope for each channel, or one for all.
        values = slope.values * (shape[1] if slope.shape == [1] else 1)
        net = case.model("prelu()", a=type(slope)("f32", [shape[1]], values))
        return case.equation(["b"], f"{net}({x}[b])")
    a = case.argument(1)
    cell, factor = broadcast(x, shape, shape), broadcast(a, slope.shape, shape)
    return case.equation(ranged(shape), f"if {cell} > 0 then {cell} else {factor} * {cell}")


@says("Clip")
def clip(case):
    x = case.argument()
    low = case.inputs[1].values[0] if case.has(1) else case["min"]
    high = case.inputs[2].values[0] if case.has(2) else case["max"]
    if low is not None:
        x = f"max({x}, {number(low)})"
    return x if high is None else f"min({x}, {number(high)})"


# ---- of several tensors


def combined(case, form, kinds=None):
    """An operation on tensors that are repeated along axes where they have one entry."""
    target = case.outputs[0].shape
    arguments = [case.argument(k) for k in range(len(case.inputs))]
    if all(tensor.shape == target for tensor in case.inputs):
        return form(*arguments)
    cells = [broadcast(name, tensor.shape, target) for name, tensor in zip(arguments, case.inputs)]
    return case.equation(ranged(target), form(*cells))


BINARY = {
    "Add": "{} + {}", "And": "{} and {}", "Equal": "{} == {}", "Greater": "{} > {}", "GreaterOrEqual": "{} >= {}",
    "Less": "{} < {}", "LessOrEqual": "{} <= {}", "Mul": "{} * {}", "Or": "{} or {}", "Sub": "{} - {}", "Xor": "{} != {}",
    "Where": "if {} then {} else {}",
}  # fmt: skip


@says(*BINARY)
def binary(case):
    if case["axis"] is not None or case["broadcast"] is not None:
        raise LeftOut("broadcasts along an axis that an attribute names, as old versions did")
    if case.outputs[0].kind in ("u8", "i8", "u16", "u32", "u64") and case.node.op in ("Add", "Sub", "Mul"):
        raise LeftOut("integers of fewer bits, which overflow")
    return combined(case, BINARY[case.node.op].format)


def is_integer(tensor):
    return ELEMENTS.get(tensor.kind) == "i32"


@says("Div")
def division(case):
    return combined(case, "div({}, {})".format if is_integer(case.outputs[0]) else "{} / {}".format)


@says("Mod")
def modulo(case):
    if not case.attribute("fmod", 0):
        return combined(case, "{} % {}".format)
    return combined(case, "remainder({}, {})".format)


@says("Pow")
def power(case):
    base, exponent = case.inputs
    if is_integer(base) and not is_integer(exponent):
        return combined(case, "floor({} ^ {} + 0.5)".format)
    return combined(case, "{} ^ {}".format)


@says("Max", "Min")
def extremum(case):
    word = case.node.op.lower()
    return combined(case, lambda *cells: cells[0] if len(cells) == 1 else f"{word}({', '.join(cells)})")


@says("Sum", "Mean")
def total(case):
    whole = combined(case, lambda *cells: "(" + " + ".join(cells) + ")")
    return whole if case.node.op == "Sum" else f"{whole} / {len(case.inputs)}"


# ---- numbers of few bits


@says("QuantizeLinear", "DequantizeLinear")
def quantized(case):
    x, scale = case.argument(0), case.argument(1)
    zero = case.argument(2) if case.has(2) else "0"
    shape, axis = case.shape(), case.attribute("axis", 1)
    index = [f"i{k}" for k in range(len(shape))]
    own = f"[{index[axis % len(shape)]}]" if case.shape(1) else ""
    offset = zero + own if case.has(2) and case.shape(2) else zero
    cell = broadcast(x, shape, shape)
    if case.node.op == "DequantizeLinear":
        return case.equation(ranged(shape), f"({cell} - {offset}) * {scale}{own}")
    low, high = (-128, 127) if case.outputs[0].kind == "i8" else (0, 255)
    return case.equation(ranged(shape), f"min(max(round({cell} / {scale}{own}) + {offset}, {low}), {high})")


@says("DynamicQuantizeLinear")
def quantized_by_range(case):
    x = case.argument()
    low, high = case.let(f"min(min({x}), 0)"), case.let(f"max(max({x}), 0)")
    scale = case.let(f"({high} - {low}) / 255")
    zero = case.let(f"min(max(round(-{low} / {scale}), 0), 255)")
    return [f"min(max(round({x} / {scale}) + {zero}, 0), 255)", scale, zero]


@says("QLinearMatMul")
def quantized_matmul(case):
    if any(case.shape(k) not in ([], [1]) for k in (1, 2, 4, 5, 6, 7)):
        raise LeftOut("a scale for each row or column")
    a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero = (
        case.argument(k) + ("[0]" if case.shape(k) == [1] else "") for k in range(8)
    )
    places = [f"i{k}" for k in range(len(case.shape(0)) - 2)]
    left, right = (f"({x}[{', '.join(places)}] - {zero})" if places else f"({x} - {zero})" for x, zero in ((a, a_zero), (b, b_zero)))
    product = case.equation(places, f"{left} @ {right}")
    return f"min(max(round({a_scale} * {b_scale} / {y_scale} * {product}) + {y_zero}, 0), 255)"


@says("QLinearConv")
def quantized_conv(case):
    x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero = (case.argument(k) for k in range(8))
    scales = f"{w_scale}[o]" if case.shape(4) else w_scale
    zeros = f"{w_zero}[o]" if case.shape(5) else w_zero
    whole = case.equation(
        ["b", "o", "i", "j"], f"sum[c, u, v] ({w}[o, c, u, v] - {zeros}) * ({x}[b, c, i + u, j + v] - {x_zero})"
    )
    return case.equation(
        ["b", "o", "i", "j"],
        f"min(max(round({x_scale} * {scales} / {y_scale} * {whole}[b, o, i, j]) + {y_zero}, 0), 255)",
    )
