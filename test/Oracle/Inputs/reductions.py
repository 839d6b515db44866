"""Reductions along axes, and what normalizes along them."""
from cases import LeftOut, at, names, ranged, says

BODIES = {
    "ReduceL1": "sum[{}] abs({})", "ReduceL2": "sqrt(sum[{}] {} ^ 2)", "ReduceLogSum": "log(sum[{}] {})",
    "ReduceLogSumExp": "logsumexp[{}] {}", "ReduceMax": "max[{}] {}", "ReduceMean": "mean[{}] {}", "ReduceMin": "min[{}] {}",
    "ReduceProd": "prod[{}] {}", "ReduceSum": "sum[{}] {}", "ReduceSumSquare": "sum[{}] {} ^ 2",
}  # fmt: skip


@says(*BODIES)
def reduction(case):
    x, shape = case.argument(), case.shape()
    axes = case["axes"] if case["axes"] is not None else case.constant(1)
    if not axes:
        if case.attribute("noop_with_empty_axes", 0):
            return x
        axes = range(len(shape))
    axes = sorted(axis % len(shape) for axis in axes)
    index = names(shape)
    text = BODIES[case.node.op].format(", ".join(index[axis] for axis in axes), at(x, index))
    if case.attribute("keepdims", 1):
        left = [f"one{k} < 1" if k in axes else index[k] for k in range(len(shape))]
    else:
        left = [index[k] for k in range(len(shape)) if k not in axes]
    return case.equation(left, text)


@says("ArgMax", "ArgMin")
def place(case):
    x, shape = case.argument(), case.shape()
    axis = case.attribute("axis", 0) % len(shape)
    word, index = case.node.op.lower(), names(shape)
    inside = list(index)
    last = case.attribute("select_last_index", 0)
    if last:
        inside[axis] = f"{shape[axis] - 1} - {index[axis]}"
    left = [f"one < 1" if k == axis else index[k] for k in range(len(shape))]
    if not case.attribute("keepdims", 1):
        left.pop(axis)
    found = f"({word}[{index[axis]} < {shape[axis]}] {at(x, inside)})"
    return case.equation(left, f"{shape[axis] - 1} - {found}" if last else found)


def rows(case, axis, function):
    """A function of vectors applied along an axis; a row is a slice of what has the axis last."""
    x, shape = case.argument(), case.shape()
    index = names(shape)
    others = [index[k] for k in range(len(shape)) if k != axis]
    turned = case.equation(others + [index[axis]], at(x, index)) if axis != len(shape) - 1 else x
    done = case.equation(others, f"{function}({at(turned, others)})")
    if axis == len(shape) - 1:
        return done
    return case.equation(index, at(done, others + [index[axis]]))


@says("Softmax", "LogSoftmax", "Hardmax")
def along_axis(case):
    shape = case.shape()
    function = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Hardmax": "hardmax"}[case.node.op]
    axis = case.attribute("axis", -1 if case.version >= 13 else 1) % len(shape)
    if case.version < 13 and axis != len(shape) - 1:
        raise LeftOut("normalizes over several axes at once, as old versions did")
    if len(shape) == 1:
        return f"{function}({case.argument()})"
    return rows(case, axis, function)


@says("CumSum")
def cumulative(case):
    x, shape = case.argument(), case.shape()
    axis = case.constant(1)[0] % len(shape)
    index = names(shape)
    swapped = [index[axis]] + [index[k] for k in range(len(shape)) if k != axis]
    turned = x if axis == 0 else case.equation(swapped, at(x, index))
    reverse = case.attribute("reverse", 0)
    function = "x => x |> reversed |> cumulative_sum |> reversed" if reverse else "cumulative_sum"
    sums = case.let(f"{turned} |> reversed |> cumulative_sum |> reversed" if reverse else f"cumulative_sum({turned})")
    if case.attribute("exclusive", 0):
        sums = case.let(f"{sums} - {turned}")
    return sums if axis == 0 else case.equation(index, at(sums, swapped))


@says("TopK")
def largest(case):
    x, shape = case.argument(), case.shape()
    k, axis = case.constant(1)[0], case.attribute("axis", -1) % len(shape)
    sign = "" if case.attribute("largest", 1) else "-"
    index = names(shape)
    others = [index[n] for n in range(len(shape)) if n != axis]
    turned = case.equation(others + [index[axis]], sign + at(x, index))
    best = case.equation(others, f"ranking({k})({at(turned, others)})")
    value = case.equation(index, f"{sign}{best}.value[{', '.join(others + [index[axis]])}]")
    place = case.equation(index, f"{best}.index[{', '.join(others + [index[axis]])}]")
    return [value, place]


@says("MeanVarianceNormalization")
def standardized(case):
    x, shape = case.argument(), case.shape()
    axes = case.attribute("axes", [0, 2, 3])
    if axes != [0, 2, 3]:
        raise LeftOut("normalizes other axes than all but the second")
    turned = case.equation(["c", "n", "i", "j"], f"{x}[n, c, i, j]")
    done = case.equation(["c"], f"standardized()({turned}[c])")
    return case.equation(["n", "c", "i", "j"], f"{done}[c, n, i, j]")


# ---- norms with scale and shift


@says("BatchNormalization")
def batch_norm(case):
    if case.attribute("training_mode", 0):
        raise LeftOut("in training, where `batch_norm` takes the mean of the batch of a recipe, not of an axis")
    x = case.argument()
    _, gamma, beta, mean, variance = case.inputs
    net = case.model(f"batch_norm(eps: {case.attribute('epsilon', 1e-5)!r})", gamma=gamma, beta=beta, mu0=mean, s20=variance)
    # A model with running statistics is called for one example after another.
    return "[" + ", ".join(f"{net}({x}[{b}])" for b in range(case.shape()[0])) + "]"


@says("InstanceNormalization")
def instance_norm(case):
    x = case.argument()
    net = case.model(f"instance_norm(eps: {case.attribute('epsilon', 1e-5)!r})", gamma=case.inputs[1], beta=case.inputs[2])
    return case.equation(["b"], f"{net}({x}[b])")


@says("LayerNormalization")
def layer_norm(case):
    case.only_output()
    shape = case.shape()
    axis = case.attribute("axis", -1) % len(shape)
    x, count = case.argument(), 1
    for extent in shape[axis:]:
        count *= extent
    flat = x if axis == len(shape) - 1 else case.let(f"reshape({x}, {shape[:axis] + [count]})")
    gamma, beta = (type(t)(t.kind, [count], t.values) for t in case.inputs[1:3])
    net = case.model(f"layer_norm(eps: {case.attribute('epsilon', 1e-5)!r})", gamma=gamma, beta=beta)
    return f"{net}({flat})" if flat == x else f"reshape({net}({flat}), {shape})"


@says("LRN")
def local_response_norm(case):
    x = case.argument()
    alpha, beta, bias = (case.attribute(*pair) for pair in (("alpha", 1e-4), ("beta", 0.75), ("bias", 1.0)))
    return case.equation(["b"], f"local_response_norm({case['size']}, alpha: {alpha!r}, beta: {beta!r}, k: {bias!r})({x}[b])")
