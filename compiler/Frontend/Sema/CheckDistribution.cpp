/// Distributions: values with a law and parameters, what is drawn from them, and what is computed of them.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"

using namespace nn::checked;

namespace nn::sema {

static Value distribution(const char *law, const std::vector<Checker::ArgValue> &parameters) {
  Value value;
  value.kind = Value::Kind::Distribution;
  value.text = law;
  for (const Checker::ArgValue &parameter : parameters)
    value.fields.push_back({std::string(1, char('a' + value.fields.size())), parameter.value});
  return value;
}

Value Checker::biNormal(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("normal", args, 2, 2, range) ? distribution("normal", args) : error();
}

Value Checker::biUniform(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("uniform", args, 2, 2, range) ? distribution("uniform", args) : error();
}

Value Checker::biBernoulli(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("bernoulli", args, 1, 1, range) ? distribution("bernoulli", args) : error();
}

Value Checker::biCategorical(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("categorical", args, 1, 1, range) ? distribution("categorical", args) : error();
}

Value Checker::biBeta(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return arity("beta", args, 2, 2, range) ? distribution("beta", args) : error();
}

// ---- what the library computes

/// A function of the standard library, applied to the parts of a distribution or to values.
Value Checker::callLibrary(llvm::StringRef name, llvm::ArrayRef<Value> values, SourceRange range) {
  std::vector<ArgValue> args;
  for (Value value : values) {
    SourceRange at = value.range.valid() ? value.range : range;
    if (value.kind == Value::Kind::List) {
      Expr *tensor = toTensor(value, std::nullopt, at);
      if (!tensor)
        return error();
      value = Value::ofTensor(tensor);
    }
    args.push_back({"", {}, value, at});
  }
  return call(*lookupTop(name, prelude), std::move(args), nullptr, range);
}

/// `log_prob(q, x)`: the logarithm of q's density (or probability) at x, summed over all axes.
Value Checker::biLogProb(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("log_prob", args, 2, 2, range))
    return error();
  const Value &law = args[0].value;
  if (law.kind != Value::Kind::Distribution) {
    diags.report(diag::NotADistribution, args[0].range, law.describe()).help("write `log_prob(normal(0, 1), x)`");
    return error();
  }
  if (law.text == "beta") {
    refuse("`log_prob` of `beta`", range);
    return error();
  }
  std::vector<Value> values;
  for (const auto &[name, parameter] : law.fields)
    values.push_back(parameter);
  values.push_back(args[1].value);
  Value density = callLibrary(law.text + "_log_density", values, range);
  return density.isError() ? density : callReducer(ast::Reducer::Sum, {{"", {}, density, range}}, range);
}

/// `kl(p, q)`: the Kullback-Leibler divergence of p from q, summed over all axes.
Value Checker::biKl(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("kl", args, 2, 2, range))
    return error();
  for (const ArgValue &arg : args)
    if (arg.value.kind != Value::Kind::Distribution) {
      diags.report(diag::NotADistribution, arg.range, arg.value.describe())
          .help(
              "write `kl(normal(mu, sigma), normal(0, 1))`; of probability vectors there is `kullback_leibler(p, q)`");
      return error();
    }
  const std::string &law = args[0].value.text;
  bool known = law == "normal" || law == "bernoulli" || law == "categorical";
  if (law != args[1].value.text || !known) {
    refuse("the divergence of `" + law + "` from `" + args[1].value.text + "`", range);
    return error();
  }
  std::vector<Value> values;
  for (const ArgValue &arg : args)
    for (const auto &[name, parameter] : arg.value.fields)
      values.push_back(parameter);
  Value divergence = callLibrary(law == "categorical" ? "kullback_leibler" : law + "_divergence", values, range);
  return divergence.isError() ? divergence : callReducer(ast::Reducer::Sum, {{"", {}, divergence, range}}, range);
}

/// Draws that are not differentiable in the parameters: an index, or what was accepted of several tries.
Value Checker::drawnByLibrary(const Value &law, const std::optional<TypeSpec> &spec, SourceRange range) {
  std::vector<Value> values;
  for (const auto &[name, parameter] : law.fields)
    values.push_back(parameter);
  bool shaped = law.text == "beta" && spec && spec->kind == TypeSpec::Kind::Tensor;
  if (shaped)
    for (Value &value : values) {
      // One draw an element of the declared shape.
      Expr *parameter = toTensor(value, spec->tensor.elem, range);
      value = parameter ? pointwise(ScalarOp::Add, {zerosLike(*spec), Value::ofTensor(parameter)}, range) : error();
      if (value.isError())
        return error();
    }
  Value drawn = callLibrary(law.text + "_draw", values, range);
  return drawn.isError() ? drawn : biStop({{"", {}, drawn, range}}, nullptr, range);
}

// ---- draws

Value Checker::drawn(const Value &law, const std::optional<TypeSpec> &spec, SourceRange range) {
  if (frame->indices) {
    refuse("a draw inside an equation", range,
           "draw all of them on a line before: `z: f32[n] ~ ...`, or draw in a function that the equation calls");
    return error();
  }
  if (law.kind == Value::Kind::Callable) {
    if (!spec) {
      diags.report(diag::DrawWithoutType, range).help("write the type: `z: f32[n] ~ ...`");
      return error();
    }
    return call(dropHyper(law, nullptr, range), {{"", {}, zerosLike(*spec), range}}, nullptr, range);
  }
  if (law.kind != Value::Kind::Distribution) {
    diags.report(diag::NotADistribution, range, law.describe())
        .help("`normal(0, 1)`, `uniform(0, 1)` and `bernoulli(0.5)` are distributions");
    return error();
  }
  if (spec && spec->kind == TypeSpec::Kind::Record) {
    Value record;
    record.kind = Value::Kind::Record;
    for (auto &[name, field] : spec->fields)
      record.fields.push_back({name, drawn(law, field, range)});
    return record;
  }
  if (law.text == "categorical" || law.text == "beta")
    return drawnByLibrary(law, spec, range);
  TensorType type{realHere(), std::nullopt, {}};
  if (spec && spec->kind == TypeSpec::Kind::Tensor)
    type = spec->tensor;
  else
    for (auto &[name, parameter] : law.fields)
      if (parameter.isTensor() && (parameter.expr->type.rank() > 0 || isFloat(parameter.expr->type.elem)))
        type = parameter.expr->type;
  if (!isFloat(type.elem))
    type.elem = realHere();
  type.indexBound.reset();
  auto *sample = make<Sample>(type, range);
  sample->normal = law.text == "normal";
  Value z = Value::ofTensor(sample);
  z.range = range;
  const Value &a = law.fields[0].second;
  if (law.text == "bernoulli") {
    Value hit = pointwise(ScalarOp::Lt, {z, a}, range);
    if (hit.isError())
      return error();
    return Value::ofTensor(
        scalarOp(ScalarOp::Select, {hit.expr, number(1, type.elem, range), number(0, type.elem, range)}, range));
  }
  const Value &b = law.fields[1].second;
  if (law.text == "normal")
    return pointwise(ScalarOp::Add, {a, pointwise(ScalarOp::Mul, {b, z}, range)}, range);
  Value width = pointwise(ScalarOp::Sub, {b, a}, range);
  return pointwise(ScalarOp::Add, {a, pointwise(ScalarOp::Mul, {width, z}, range)}, range);
}

} // namespace nn::sema
