/// What parameters with a symmetry start from: the projection of what is declared, or a draw that fits their use.
#include "Frontend/Sema/FanIn.h"
#include "Frontend/Sema/Invariant.h"
#include "Frontend/Sema/Noise.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

#include <cmath>

using namespace nn::checked;

namespace nn::sema {

using Form = symmetry::InvariantForm;

// ---- from a tensor to coefficients

/// The sum over the cells where the equalities of a term hold: one index for each of its blocks.
Expr *Checker::InvariantTensor::termSum(Expr *tensor, llvm::ArrayRef<int> term) {
  llvm::SmallVector<Expr *> places = at;
  llvm::SmallVector<IndexVar *> blocks;
  for (auto [place, first] : llvm::enumerate(term)) {
    int axis = form.basis.axes[place];
    if (first == int(place)) {
      blocks.push_back(checker.newIndex("k" + std::to_string(place), solved.full.axes[axis].extent, range));
      places[axis] = checker.indexValue(blocks.back());
    } else {
      places[axis] = places[form.basis.axes[first]];
    }
  }
  return checker.reduceOver(ast::Reducer::Sum, blocks, checker.at(tensor, places), range);
}

Expr *Checker::InvariantTensor::projectedOnTerms(Expr *tensor, Expr *number, double scale) {
  std::vector<double> factors = symmetry::projectionFromSums(form);
  int64_t count = form.basis.dimension;
  Expr *sum = nullptr;
  for (auto [t, term] : llvm::enumerate(form.terms)) {
    std::vector<double> column;
    for (int64_t b = 0; b < count; ++b)
      column.push_back(scale * factors[b * count + t]);
    Expr *factor = checker.at(table(solved.full.elem, count, std::move(column)), number);
    Expr *product = op(ScalarOp::Mul, {factor, termSum(tensor, term)});
    sum = sum ? op(ScalarOp::Add, {sum, product}) : product;
  }
  return sum;
}

/// Means over orbits, or products with the vectors of the basis.
Expr *Checker::InvariantTensor::projectedOnOrbits(Expr *tensor, Expr *number, double scale) {
  Expr *cell = checker.at(tensor, at), *where = nullptr;
  if (form.kind == Form::Kind::Dense) {
    llvm::SmallVector<int64_t> extents{form.basis.dimension};
    llvm::append_range(extents, form.basis.extents);
    llvm::SmallVector<Expr *> places{number};
    llvm::append_range(places, actedPlaces());
    cell = op(ScalarOp::Mul, {checker.at(table(solved.full.elem, extents, form.basis.vectors), places), cell});
  } else {
    std::vector<double> numbers(form.basis.sharing.begin(), form.basis.sharing.end());
    std::vector<double> signs(form.basis.signs.begin(), form.basis.signs.end());
    where =
        op(ScalarOp::Eq, {checker.at(table(Elem::I32, form.basis.extents, std::move(numbers)), actedPlaces()), number});
    if (llvm::is_contained(form.basis.signs, -1))
      cell = op(ScalarOp::Mul,
                {checker.at(table(solved.full.elem, form.basis.extents, std::move(signs)), actedPlaces()), cell});
  }
  auto *sum = llvm::cast<Reduce>(checker.reduceOver(ast::Reducer::Sum, pick(true), cell, range));
  sum->where = where;
  std::vector<double> factors;
  for (double size : form.orbitSizes)
    factors.push_back(scale / size);
  Expr *factor = checker.at(table(solved.full.elem, form.basis.dimension, std::move(factors)), number);
  return op(ScalarOp::Mul, {factor, sum});
}

Expr *Checker::InvariantTensor::projected(Expr *tensor, double scale) {
  openAxes();
  IndexVar *b = checker.newIndex("b", Dim(form.basis.dimension), range);
  Expr *number = checker.indexValue(b);
  Expr *value = form.kind == Form::Kind::Equalities ? projectedOnTerms(tensor, number, scale)
                                                    : projectedOnOrbits(tensor, number, scale);
  llvm::SmallVector<IndexVar *> all{b};
  llvm::append_range(all, pick(false));
  return checker.equation(all, value, range);
}

/// With N acted cells and d orthonormal vectors each component has the variance meanSquare N / d. On an orbit of s
/// cells a component z is the value z / sqrt(s).
Expr *Checker::InvariantTensor::drawn(double meanSquare) {
  openAxes();
  auto *sample = checker.make<Sample>(solved.coefficients, range);
  sample->normal = true;
  int64_t count = form.basis.dimension;
  std::vector<double> deviations;
  for (double size : form.orbitSizes)
    deviations.push_back(std::sqrt(meanSquare * double(form.basis.cells) / (double(count) * size)));
  IndexVar *b = checker.newIndex("b", Dim(count), range);
  llvm::SmallVector<IndexVar *> all{b};
  llvm::append_range(all, pick(false));
  if (form.kind != Form::Kind::Equalities) {
    Expr *deviation = checker.at(table(solved.full.elem, count, std::move(deviations)), checker.indexValue(b));
    return checker.equation(all, op(ScalarOp::Mul, {deviation, coefficient(sample, checker.indexValue(b))}), range);
  }
  std::vector<double> factors = form.fromOrbits;
  for (int64_t k = 0; k < count * count; ++k)
    factors[k] *= deviations[k % count];
  IndexVar *orbit = checker.newIndex("t", Dim(count), range);
  Expr *factor = checker.at(table(solved.full.elem, {count, count}, std::move(factors)),
                            {checker.indexValue(b), checker.indexValue(orbit)});
  Expr *product = op(ScalarOp::Mul, {factor, coefficient(sample, checker.indexValue(orbit))});
  return checker.equation(all, checker.reduceOver(ast::Reducer::Sum, orbit, product, range), range);
}

// ---- initial values

/// The entries of a tensor known at compile time, row-major; none of one that is computed.
static std::vector<double> knownEntries(const Expr *value) {
  if (auto *constant = llvm::dyn_cast<Constant>(value))
    return constant->values;
  int64_t count = 1;
  for (const Axis &axis : value->type.axes)
    count *= axis.extent.constant().value_or(0);
  auto *filled = llvm::dyn_cast<Equation>(value);
  auto *number = filled ? llvm::dyn_cast<Number>(filled->body) : nullptr;
  return number ? std::vector<double>(size_t(count), number->value) : std::vector<double>();
}

/// The acted cells of each multiplicity of a row-major tensor.
static std::vector<std::vector<double>> byMultiplicity(const SolvedParameter &solved, llvm::ArrayRef<double> entries) {
  std::map<int64_t, std::vector<double>> cells;
  for (size_t entry = 0; entry < entries.size(); ++entry) {
    int64_t rest = int64_t(entry), key = 0, stride = 1; // key: the place among the multiplicities
    for (size_t axis = solved.full.axes.size(); axis-- > 0;) {
      int64_t extent = *solved.full.axes[axis].extent.constant();
      if (!solved.isActed(unsigned(axis))) {
        key += rest % extent * stride;
        stride *= extent;
      }
      rest /= extent;
    }
    cells[key].push_back(entries[entry]);
  }
  std::vector<std::vector<double>> result;
  for (auto &[key, own] : cells)
    result.push_back(std::move(own));
  return result;
}

/// Whether a value that is known at compile time is invariant; a computed one is taken to be. Reports.
bool Checker::keepsConstant(const ast::ParamDecl *decl, const SolvedParameter &solved, const Expr *value) {
  std::vector<double> entries = knownEntries(value);
  auto isKept = [&](llvm::ArrayRef<double> cells) { return symmetry::isInvariant(solved.form, cells); };
  if (llvm::all_of(byMultiplicity(solved, entries), isKept))
    return true;
  diags.report(diag::StartNotInvariant, decl->init->range, decl->name.text, solved.invariances.front().group)
      .help("start from a draw, which is projected, or leave the initial value out");
  return false;
}

Expr *Checker::invariantStart(const ast::ParamDecl *decl, const SolvedParameter &solved, Env &env, bool &isBias) {
  TypeSpec spec;
  spec.kind = TypeSpec::Kind::Tensor;
  spec.tensor = solved.coefficients;
  spec.range = decl->range;
  if (!decl->init) {
    startsByUse.insert(solved.path);
    isBias = true;
    llvm::SaveAndRestore saved(frame, &initFrame);
    return zerosLike(spec).expr;
  }
  Expr *value = initialValue(decl, solved.full, env, isBias);
  if (!value || !keepsConstant(decl, solved, value))
    return nullptr;
  llvm::SaveAndRestore saved(frame, &initFrame);
  std::vector<double> entries = knownEntries(value);
  if (!entries.empty() && llvm::all_of(entries, [](double entry) { return entry == 0; }))
    return zerosLike(spec).expr;
  bool isRandom = decl->isDrawn && entries.empty();
  if (auto meanSquare = isRandom ? meanSquareOfNoise(value) : std::nullopt)
    return InvariantTensor(*this, solved, decl->init->range).drawn(*meanSquare);
  double scale = isRandom ? std::sqrt(double(solved.form.basis.cells) / double(solved.form.basis.dimension)) : 1;
  return InvariantTensor(*this, solved, decl->init->range).projected(value, scale);
}

void Checker::startByUse(size_t first, const Value &result) {
  if (frame->generic || startsByUse.empty())
    return;
  llvm::SmallVector<Expr *> roots;
  leaves(result, roots);
  for (const Effect &effect : frame->function->effects) {
    if (effect.value)
      roots.push_back(effect.value);
    if (effect.call)
      llvm::append_range(roots, effect.call->args);
  }
  for (size_t k = first; k < program->parameters.size(); ++k) {
    Parameter &parameter = program->parameters[k];
    if (llvm::StringRef(parameter.path).rsplit('.').first != frame->self->path || !startsByUse.erase(parameter.path))
      continue;
    auto isRead = [&](const Expr *expr) {
      auto found = expansions.find(expr);
      return found != expansions.end() && found->second == parameter.path;
    };
    std::optional<double> fan = fanIn(roots, isRead, unsigned(parameter.declared.rank()));
    if (!fan)
      continue; // only added: a bias, which starts from zeros
    llvm::SaveAndRestore saved(frame, &initFrame);
    const SolvedParameter &solved = *solvedParameters.at(parameter.path);
    parameterInits[k] = InvariantTensor(*this, solved, parameter.range).drawn(1 / *fan);
    parameter.isBias = false;
  }
}

} // namespace nn::sema
