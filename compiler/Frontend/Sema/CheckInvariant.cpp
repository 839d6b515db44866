/// Parameters with a symmetry: solved for, and made of their coefficients wherever a model reads them.
#include "Frontend/Sema/Invariant.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace nn::checked;

namespace nn::sema {

using Form = symmetry::InvariantForm;

// ---- solving

/// A group as the solver sees it, with what it moves of a tensor.
static llvm::Expected<symmetry::TensorSymmetry> symmetryOf(const ClaimedAction &action, const TensorType &type) {
  llvm::Expected<symmetry::GroupRef> group = symmetry::parseGroup(action.group);
  if (!group)
    return group.takeError();
  symmetry::TensorSymmetry made{*group, {}};
  for (const MovedSpace &space : action.spaces) {
    symmetry::AxesAction moved{{space.axes.begin(), space.axes.end()}, {}};
    std::vector<int64_t> extents;
    for (unsigned axis : space.axes)
      extents.push_back(type.axes[axis].extent.constant().value_or(0));
    llvm::Expected<symmetry::Representation> representation = symmetry::represent(*group, extents, space.by);
    if (!representation)
      return representation.takeError();
    moved.representation = std::move(*representation);
    made.actions.push_back(std::move(moved));
  }
  return made;
}

/// The type of the coefficients: their number, then the axes that no group moves.
static TensorType coefficientType(const Form &form, const TensorType &full, SourceRange range) {
  TensorType type = full.withAxes({Axis{Dim(form.basis.dimension), "", range, false}});
  for (auto [number, axis] : llvm::enumerate(full.axes))
    if (!llvm::is_contained(form.basis.axes, int(number)))
      type.axes.push_back(axis);
  return type;
}

const SolvedParameter *Checker::solveParameter(const ast::ParamDecl *decl, const std::string &path,
                                               const TensorType &type, const std::vector<ClaimedAction> &invariances) {
  std::shared_ptr<const SolvedParameter> &known = solvedParameters[path];
  if (known && sameShape(known->full.axes, type.axes))
    return known.get();
  auto no = [&](SourceRange at, llvm::StringRef group, llvm::Error why) -> const SolvedParameter * {
    diags.report(diag::NoRepresentation, at, group, decl->name.text, llvm::toString(std::move(why)));
    return nullptr;
  };
  std::vector<symmetry::TensorSymmetry> symmetries;
  std::vector<std::string> groups;
  for (const ClaimedAction &action : invariances) {
    llvm::Expected<symmetry::TensorSymmetry> made = symmetryOf(action, type);
    if (!made)
      return no(action.range, action.group, made.takeError());
    symmetries.push_back(std::move(*made));
    groups.push_back(action.group);
  }
  std::vector<int64_t> extents;
  for (const Axis &axis : type.axes)
    extents.push_back(axis.extent.constant().value_or(0));
  llvm::Expected<Form> form = symmetry::solveForm(extents, symmetries);
  if (!form)
    return no(invariances.front().range, llvm::join(groups, ", "), form.takeError());
  if (form->basis.dimension == 0) {
    diags.report(diag::InvariantZero, decl->name.range, decl->name.text, llvm::join(groups, ", "))
        .note(form->basis.reason)
        .help("leave `" + decl->name.text + "` out, or let it have other axes");
    return nullptr;
  }
  auto solved = std::make_shared<SolvedParameter>();
  solved->path = path;
  solved->full = type;
  for (Axis &axis : solved->full.axes)
    axis.batch = false;
  solved->coefficients = coefficientType(*form, solved->full, decl->name.range);
  solved->form = std::move(*form);
  solved->invariances = invariances;
  known = solved;
  return known.get();
}

Expr *Checker::expanded(const SolvedParameter &solved, Expr *coefficients) {
  Equation *made = InvariantTensor(*this, solved, coefficients->range).fromCoefficients(coefficients);
  made->owner = nullptr; // what it is made of is the same everywhere
  made->name = coefficients->name;
  made->invariances = solved.invariances;
  expansions[made] = solved.path;
  return made;
}

// ---- from coefficients to the tensor

void Checker::InvariantTensor::openAxes() {
  vars.clear();
  at.clear();
  for (const Axis &axis : solved.full.axes) {
    vars.push_back(
        checker.newIndex(axis.label.empty() ? "i" + std::to_string(vars.size()) : axis.label, axis.extent, range));
    vars.back()->extentOrigin = axis.origin;
    at.push_back(checker.indexValue(vars.back()));
  }
}

llvm::SmallVector<Expr *> Checker::InvariantTensor::actedPlaces() {
  llvm::SmallVector<Expr *> places;
  for (int axis : form.basis.axes)
    places.push_back(at[axis]);
  return places;
}

llvm::SmallVector<IndexVar *> Checker::InvariantTensor::pick(bool acted) {
  llvm::SmallVector<IndexVar *> picked;
  for (auto [axis, var] : llvm::enumerate(vars))
    if (solved.isActed(unsigned(axis)) == acted)
      picked.push_back(var);
  return picked;
}

Constant *Checker::InvariantTensor::table(Elem elem, llvm::ArrayRef<int64_t> extents, std::vector<double> values) {
  Shape shape;
  for (int64_t extent : extents)
    shape.push_back(Axis{Dim(extent), "", range, false});
  auto *made = checker.make<Constant>({elem, std::nullopt, std::move(shape)}, range);
  made->owner = nullptr;
  made->values = std::move(values);
  return made;
}

Expr *Checker::InvariantTensor::coefficient(Expr *coefficients, Expr *number) {
  llvm::SmallVector<Expr *> places{number};
  for (auto [axis, place] : llvm::enumerate(at))
    if (!solved.isActed(unsigned(axis)))
      places.push_back(place);
  return checker.at(coefficients, places);
}

/// sum[t] coefficient[t] * [the indices within each block are equal], as selections, so that no product with 0 is made.
Expr *Checker::InvariantTensor::byEqualities(Expr *coefficients) {
  Expr *sum = nullptr;
  for (auto [number, term] : llvm::enumerate(form.terms)) {
    Expr *value = coefficient(coefficients, integer(int64_t(number))), *equal = nullptr;
    for (auto [place, first] : llvm::enumerate(term)) {
      if (first == int(place))
        continue;
      Expr *same = op(ScalarOp::Eq, {at[form.basis.axes[first]], at[form.basis.axes[place]]});
      equal = equal ? op(ScalarOp::And, {equal, same}) : same;
    }
    if (equal)
      value = op(ScalarOp::Select, {equal, value, real(0)});
    sum = sum ? op(ScalarOp::Add, {sum, value}) : value;
  }
  return sum;
}

/// The number of the coefficient from the differences to the first space, row-major.
Expr *Checker::InvariantTensor::byDifferences(Expr *coefficients) {
  Shape shape;
  llvm::SmallVector<Expr *> places;
  for (auto [place, like] : llvm::enumerate(form.movesLike)) {
    if (llvm::is_contained(form.origin, int(place)))
      continue;
    const Axis &axis = solved.full.axes[form.basis.axes[place]];
    Expr *difference = op(ScalarOp::Sub, {at[form.basis.axes[place]], at[form.basis.axes[like]]});
    places.push_back(op(ScalarOp::Mod, {difference, checker.dimNumber(axis.extent, range)}));
    places.back()->type.indexBound = axis.extent;
    shape.push_back(Axis{axis.extent, "", range, false});
  }
  if (shape.empty())
    return coefficient(coefficients, integer(0));
  for (auto [axis, place] : llvm::enumerate(at))
    if (!solved.isActed(unsigned(axis))) {
      places.push_back(place);
      shape.push_back(solved.full.axes[axis]);
    }
  bool alike = shape.size() == coefficients->type.rank();
  return checker.at(alike ? coefficients : checker.reshape(coefficients, shape, range), places);
}

/// sign[cell] * coefficient[sharing[cell]], with sign 0 in cells that always hold 0.
Expr *Checker::InvariantTensor::bySharing(Expr *coefficients) {
  std::vector<double> numbers, signs;
  for (auto [shared, sign] : llvm::zip(form.basis.sharing, form.basis.signs)) {
    numbers.push_back(std::max(shared, 0));
    signs.push_back(shared < 0 ? 0 : sign);
  }
  Constant *sharing = table(Elem::I32, form.basis.extents, std::move(numbers));
  sharing->type.indexBound = Dim(form.basis.dimension);
  Expr *value = coefficient(coefficients, checker.at(sharing, actedPlaces()));
  if (llvm::all_of(signs, [](double sign) { return sign == 1; }))
    return value;
  Expr *sign = checker.at(table(solved.full.elem, form.basis.extents, std::move(signs)), actedPlaces());
  return op(ScalarOp::Mul, {sign, value});
}

Expr *Checker::InvariantTensor::byVectors(Expr *coefficients) {
  llvm::SmallVector<int64_t> extents{form.basis.dimension};
  llvm::append_range(extents, form.basis.extents);
  IndexVar *b = checker.newIndex("b", Dim(form.basis.dimension), range);
  llvm::SmallVector<Expr *> places{checker.indexValue(b)};
  llvm::append_range(places, actedPlaces());
  Expr *vector = checker.at(table(solved.full.elem, extents, form.basis.vectors), places);
  Expr *product = op(ScalarOp::Mul, {vector, coefficient(coefficients, checker.indexValue(b))});
  return checker.reduceOver(ast::Reducer::Sum, b, product, range);
}

Equation *Checker::InvariantTensor::fromCoefficients(Expr *coefficients) {
  openAxes();
  Expr *value = nullptr;
  switch (form.kind) {
  case Form::Kind::Equalities:
    value = byEqualities(coefficients);
    break;
  case Form::Kind::Differences:
    value = byDifferences(coefficients);
    break;
  case Form::Kind::Sharing:
    value = bySharing(coefficients);
    break;
  case Form::Kind::Dense:
    value = byVectors(coefficients);
    break;
  }
  return llvm::cast<Equation>(checker.equation(vars, value, range));
}

} // namespace nn::sema
