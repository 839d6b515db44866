/// Bounded dimensions: variables whose value, a length, is known when an example is read. What is checked holds for all
/// lengths up to the bound; where it would not hold for an empty example alone, examples have at least one entry.
#include "Frontend/Sema/Affine.h"
#include "Frontend/Sema/Checker.h"

using namespace nn::checked;

namespace nn::sema {

std::optional<Dim> Checker::boundOf(const ast::Dim &dim, Env &env) {
  auto bound = evalDim(dim.bound, env);
  if (!bound)
    return std::nullopt;
  auto number = bound->constant();
  if (bound->isBounded() || (number && *number < 1)) {
    diags.report(diag::BoundNotPositive, dim.bound->range, diags.sources.text(dim.extent->range), bound->str());
    return std::nullopt;
  }
  return bound;
}

bool Checker::bindLength(const ast::Dim &dim, Env &env) {
  auto *ref = llvm::dyn_cast<ast::NameRef>(dim.extent);
  if (!ref || env.boundInFunction(ref->name))
    return true;
  auto bound = boundOf(dim, env);
  if (!bound)
    return false;
  auto number = bound->constant();
  Value length = Value::ofInt(number ? Dim::bounded(ref->name, *number) : Dim::variable(ref->name));
  length.range = dim.range;
  env.names[ref->name] = length;
  env.places[ref->name] = dim.range;
  return true;
}

bool Checker::keepsBound(const ast::Param &param, const ast::Dim &dim, const TensorType &actual, size_t axis, Env &env,
                         SourceRange at) {
  auto bound = boundOf(dim, env);
  if (!bound)
    return false;
  const Axis &own = actual.axes[axis];
  if (own.extent.atMost(*bound).value_or(true))
    return true;
  auto &report = diags.report(diag::LengthTooLarge, at, param.name.text, diags.sources.text(dim.range),
                              own.extent.storage(), actual.str(), int64_t(axis));
  report.label(dim.range, "at most " + bound->str() + " entries here");
  if (own.origin.valid() && !(own.origin == at))
    report.label(own.origin, own.extent.str() + " comes from here");
  return false;
}

/// Lengths of which the smallest allowed value decides are looked for one by one, then all together.
bool Checker::neverNegative(const Dim &dim, Lengths *witness) {
  auto found = dim.firstNegative(shortest);
  if (!found || !dim.isBounded())
    return true;
  std::vector<Dim::Atom> variables = dim.lengths();
  Lengths all = shortest;
  for (const Dim::Atom &variable : variables) {
    Lengths least = shortest;
    all[variable.key] = least[variable.key] = 1;
    if (!dim.firstNegative(least)) {
      shortest = least;
      return true;
    }
  }
  found = dim.firstNegative(all);
  if (!found) {
    shortest = all;
    return true;
  }
  if (witness)
    *witness = *found;
  return false;
}

/// Data sets know their lengths without the name that a recipe gives them, and of rows of a batch the same holds.
void Checker::noteShortest() {
  for (auto &[key, least] : shortest) {
    llvm::StringRef own = llvm::StringRef(key).split('@').first;
    program->notEmpty.insert(own.str());
    program->notEmpty.insert(own.substr(own.rfind('.') + 1).str());
  }
}

bool Checker::negativeLength(const Dim &dim, SourceRange range) {
  Lengths witness;
  if (neverNegative(dim, &witness))
    return false;
  diags.report(diag::NegativeDimension, range, dim.with(witness).constant().value_or(0))
      .label(range, dim.str() + " for " + sema::describe(witness, dim.lengths()));
  return true;
}

BoundCheck Checker::boundCheck(const Expr *index, const std::vector<const Expr *> &conditions, const Dim &extent) {
  Lengths least = shortest;
  for (;;) {
    BoundCheck result = checkSubscript(index, conditions, extent, least);
    bool longer = false;
    if (result.verdict == BoundCheck::Verdict::Outside || result.verdict == BoundCheck::Verdict::Unbounded)
      for (auto &[key, length] : result.lengths)
        if (length == 0) {
          least[key] = 1;
          longer = true;
        }
    if (longer)
      continue;
    if (result.verdict == BoundCheck::Verdict::Inside)
      shortest = least;
    return result;
  }
}

void Checker::noteDifference(Diagnostic &report, const Dim &a, const Dim &b) {
  auto found = a.firstDifference(b);
  if (!found)
    return;
  Dim difference = a - b;
  std::vector<Dim::Atom> variables = difference.lengths();
  std::string text = "for " + sema::describe(*found, variables) + " one has " +
                     std::to_string(a.with(*found).constant().value_or(0)) + ", the other " +
                     std::to_string(b.with(*found).constant().value_or(0));
  for (const Dim::Atom &variable : variables)
    text += "; `" + variable.name + "` is at most " + std::to_string(variable.bound);
  report.note(text);
}

void Checker::noteDifference(Diagnostic &report, const Shape &a, const Shape &b) {
  for (size_t i = 0; i < a.size() && a.size() == b.size(); ++i)
    if (a[i].extent.differs(b[i].extent))
      return noteDifference(report, a[i].extent, b[i].extent);
}

bool Checker::refuseLengths(llvm::StringRef what, llvm::StringRef name, const TensorType &type, SourceRange range) {
  for (const Axis &axis : type.axes)
    if (axis.extent.isBounded()) {
      auto &report = diags.report(diag::LengthInParameter, range, what, name, axis.extent.str());
      if (axis.origin.valid() && !(axis.origin == range))
        report.label(axis.origin, "`" + axis.extent.str() + "` comes from here");
      report.help("make it as long as the longest example, " + std::to_string(axis.extent.storage()) +
                  ", and read the part that an example has");
      return true;
    }
  return false;
}

bool Checker::refuseLength(llvm::StringRef what, const Dim &dim, SourceRange range) {
  if (!dim.isBounded())
    return false;
  diags.report(diag::LengthNotKnown, range, dim.str(), what);
  return true;
}

Expr *Checker::lengthNumber(const Dim &dim, SourceRange range) {
  auto *length = make<Length>({Elem::I32, std::nullopt, {}}, range);
  length->owner = nullptr;
  length->dim = dim;
  return length;
}

} // namespace nn::sema
