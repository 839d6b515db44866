/// Elements of groups, applied to tensors: each letter is an equation that reads the tensor at other places, or
/// multiplies it by a matrix.
#include "Frontend/Sema/GroupAction.h"

#include "llvm/ADT/STLExtras.h"

#include <numbers>

using namespace nn::checked;

namespace nn::sema {

using symmetry::Letter;
using symmetry::LetterMove;

// ---- what is drawn

Expr *Checker::GroupAction::uniform(Shape axes) {
  return checker.make<Sample>({checker.realHere(), std::nullopt, std::move(axes)}, range);
}

/// A number below n.
Expr *Checker::GroupAction::below(int64_t n) {
  Expr *u = uniform({});
  Expr *scaled = op(ScalarOp::Mul, {u, checker.number(double(n), u->type.elem, range)});
  // Rounding may take it up to n.
  Expr *place = op(ScalarOp::Min, {checker.cast(op(ScalarOp::Floor, {scaled}), Elem::I32), integer(n - 1)});
  place->type.indexBound = Dim(n);
  return place;
}

/// The angle of a turn: any, or with a density proportional to sin(t)^power that between an axis and a uniform
/// direction of R^(power + 2).
Expr *Checker::GroupAction::angle(int power) {
  if (power == 0) {
    Expr *u = uniform({});
    return op(ScalarOp::Mul, {u, checker.number(2 * std::numbers::pi, u->type.elem, range)});
  }
  auto *direction = llvm::cast<Sample>(uniform({Axis{Dim(power + 2), "", range, false}}));
  direction->normal = true;
  IndexVar *i = checker.newIndex("i", Dim(power + 1), range);
  Expr *other = checker.at(direction, op(ScalarOp::Add, {checker.indexValue(i), integer(1)}));
  Expr *square = checker.reduceOver(ast::Reducer::Sum, i, op(ScalarOp::Mul, {other, other}), range);
  return op(ScalarOp::Atan2, {op(ScalarOp::Sqrt, {square}), checker.at(direction, integer(0))});
}

/// What stands at each of n places after a uniform permutation: the ranks of random numbers, which are in any order
/// with the same probability.
Expr *Checker::GroupAction::order(int64_t n) {
  Expr *u = uniform({Axis{Dim(n), "", range, false}});
  IndexVar *i = checker.newIndex("i", Dim(n), range), *j = checker.newIndex("j", Dim(n), range);
  Expr *mine = checker.at(u, checker.indexValue(i)), *other = checker.at(u, checker.indexValue(j));
  Expr *tie = op(ScalarOp::And,
                 {op(ScalarOp::Eq, {other, mine}), op(ScalarOp::Lt, {checker.indexValue(j), checker.indexValue(i)})});
  Expr *before = op(ScalarOp::Or, {op(ScalarOp::Lt, {other, mine}), tie});
  Expr *counted = op(ScalarOp::Select, {before, integer(1), integer(0)});
  Expr *ranks = checker.equation(i, checker.reduceOver(ast::Reducer::Sum, j, counted, range), range);
  ranks->type.indexBound = Dim(n);
  return ranks;
}

llvm::Error Checker::GroupAction::draw() {
  auto drawn = symmetry::uniformLetters(*group, /*shuffles=*/true);
  if (!drawn)
    return drawn.takeError();
  for (Letter &letter : *drawn) {
    Drawn &own = letters.emplace_back();
    own.value = letter.kind == Letter::Kind::Shuffle ? order(letter.points)
                : letter.kind == Letter::Kind::Angle ? angle(letter.power)
                : letter.choices.size() > 1          ? below(int64_t(letter.choices.size()))
                                                     : nullptr;
    own.letter = std::move(letter);
  }
  return llvm::Error::success();
}

void Checker::GroupAction::choose(std::vector<symmetry::Word> words, Expr *number) {
  Drawn &own = letters.emplace_back();
  own.letter.choices = std::move(words);
  own.value = number;
}

// ---- what letters do

Checker::GroupAction::Cells Checker::GroupAction::cellsOf(const TensorType &type) {
  Cells cells;
  for (const Axis &axis : type.axes) {
    cells.vars.push_back(checker.newIndex("i" + std::to_string(cells.vars.size()), axis.extent, range));
    cells.vars.back()->extentOrigin = axis.origin;
    cells.at.push_back(checker.indexValue(cells.vars.back()));
  }
  return cells;
}

Expr *Checker::GroupAction::read(Expr *tensor, llvm::ArrayRef<Expr *> places) {
  llvm::SmallVector<Expr *> all;
  if (auto *inner = llvm::dyn_cast<Access>(tensor);
      inner && llvm::all_of(inner->subs, [](const Sub &sub) { return sub.index != nullptr; })) {
    tensor = inner->base;
    for (const Sub &sub : inner->subs)
      all.push_back(sub.index);
  }
  llvm::append_range(all, places);
  return all.empty() ? tensor : checker.at(tensor, all);
}

Expr *Checker::GroupAction::entry(const Drawn &drawn, TensorType type, const std::vector<std::vector<double>> &rows,
                                  llvm::ArrayRef<Expr *> places) {
  llvm::SmallVector<Expr *> at(places);
  if (drawn.value) {
    type.axes.insert(type.axes.begin(), Axis{Dim(int64_t(rows.size())), "", range, false});
    at.insert(at.begin(), drawn.value);
  }
  auto *table = checker.make<Constant>(std::move(type), range);
  table->owner = nullptr;
  for (const std::vector<double> &row : rows)
    table->values.insert(table->values.end(), row.begin(), row.end());
  Expr *read = checker.at(table, at);
  read->type.indexBound = table->type.indexBound;
  return read;
}

Expr *Checker::GroupAction::stepped(const Drawn &drawn, const LetterMove &move, Expr *tensor,
                                    llvm::ArrayRef<unsigned> axes) {
  Cells cells = cellsOf(tensor->type);
  unsigned axis = axes[move.axis];
  Expr *extent = checker.dimNumber(tensor->type.axes[axis].extent, range);
  Expr *far = op(ScalarOp::Mul, {drawn.value, integer(move.step)});
  Expr *&place = cells.at[axis];
  place = op(ScalarOp::Mod, {op(ScalarOp::Sub, {place, move.step == 1 ? drawn.value : far}), extent});
  place->type.indexBound = tensor->type.axes[axis].extent;
  return checker.equation(cells.vars, read(tensor, cells.at), range);
}

Expr *Checker::GroupAction::turned(const Drawn &drawn, const LetterMove &move, Expr *tensor,
                                   llvm::ArrayRef<unsigned> axes) {
  auto at = [&](const LetterMove::Grid &grid) {
    Cells cells = cellsOf(tensor->type);
    llvm::SmallVector<Expr *> own;
    for (unsigned axis : axes)
      own.push_back(cells.at[axis]);
    for (auto [to, axis] : llvm::enumerate(axes)) {
      Expr *place = nullptr;
      for (auto [from, factor] : llvm::enumerate(grid.turn[to])) {
        if (factor == 0)
          continue;
        // p, or shift - p: the only maps of a grid onto itself.
        place = factor > 0 ? own[from] : op(ScalarOp::Sub, {integer(grid.shift[to]), own[from]});
      }
      cells.at[axis] = place ? place : integer(grid.shift[to]);
    }
    return checker.equation(cells.vars, read(tensor, cells.at), range);
  };
  Expr *result = at(move.grids.back());
  for (size_t number = move.grids.size() - 1; number-- > 0;)
    result = op(ScalarOp::Select,
                {op(ScalarOp::Eq, {drawn.value, integer(int64_t(number))}), at(move.grids[number]), result});
  return result;
}

/// Places, and signs, from tables.
Expr *Checker::GroupAction::looked(const Drawn &drawn, const LetterMove &move, Expr *tensor,
                                   llvm::ArrayRef<unsigned> axes) {
  Cells cells = cellsOf(tensor->type);
  Shape shape;
  llvm::SmallVector<Expr *> own;
  for (unsigned axis : axes) {
    shape.push_back(Axis{tensor->type.axes[axis].extent, "", range, false});
    own.push_back(cells.at[axis]);
  }
  int64_t stride = 1;
  for (size_t k = axes.size(); k-- > 0;) {
    const Dim &extent = tensor->type.axes[axes[k]].extent;
    std::vector<std::vector<double>> rows;
    for (const std::vector<int> &sources : move.sources) {
      std::vector<double> &row = rows.emplace_back();
      for (int source : sources)
        row.push_back(double(source / stride % *extent.constant()));
    }
    cells.at[axes[k]] = entry(drawn, {Elem::I32, extent, shape}, rows, own);
    stride *= *extent.constant();
  }
  Expr *value = read(tensor, cells.at);
  if (!move.signs.empty()) {
    std::vector<std::vector<double>> rows;
    for (const std::vector<int> &signs : move.signs)
      rows.emplace_back(signs.begin(), signs.end());
    value = op(ScalarOp::Mul, {entry(drawn, {tensor->type.elem, std::nullopt, shape}, rows, own), value});
  }
  return cells.vars.empty() ? value : checker.equation(cells.vars, value, range);
}

Expr *Checker::GroupAction::shuffled(const Drawn &drawn, const LetterMove &move, Expr *tensor,
                                     llvm::ArrayRef<unsigned> axes) {
  Cells cells = cellsOf(tensor->type);
  int64_t before = 1;
  for (unsigned axis : axes) {
    // The axis on which `before` cells lie in front.
    if (before == move.runs[0] && tensor->type.axes[axis].extent.constant() == move.runs[1]) {
      cells.at[axis] = checker.at(drawn.value, cells.at[axis]);
      cells.at[axis]->type.indexBound = tensor->type.axes[axis].extent;
      break;
    }
    before *= tensor->type.axes[axis].extent.constant().value_or(1);
  }
  return checker.equation(cells.vars, read(tensor, cells.at), range);
}

/// y[r] = sum[c] M[r, c] x[c] over all acted axes; `entry` gives M at places of rows, then columns.
Expr *Checker::GroupAction::multiplied(Expr *tensor, llvm::ArrayRef<unsigned> axes,
                                       llvm::function_ref<Expr *(llvm::ArrayRef<Expr *>)> entry) {
  Cells cells = cellsOf(tensor->type);
  llvm::SmallVector<Expr *> places;
  llvm::SmallVector<IndexVar *> columns;
  for (unsigned axis : axes)
    places.push_back(cells.at[axis]);
  for (unsigned axis : axes) {
    columns.push_back(checker.newIndex("j" + std::to_string(columns.size()), tensor->type.axes[axis].extent, range));
    cells.at[axis] = checker.indexValue(columns.back());
    places.push_back(cells.at[axis]);
  }
  Expr *product = op(ScalarOp::Mul, {entry(places), read(tensor, cells.at)});
  Expr *sum = columns.empty() ? product : checker.reduceOver(ast::Reducer::Sum, columns, product, range);
  return cells.vars.empty() ? sum : checker.equation(cells.vars, sum, range);
}

/// The type of a matrix over the acted axes: rows, then columns.
static TensorType matrixType(const TensorType &type, llvm::ArrayRef<unsigned> axes, SourceRange range) {
  TensorType matrix{type.elem, std::nullopt, {}};
  for (int side = 0; side < 2; ++side)
    for (unsigned axis : axes)
      matrix.axes.push_back(Axis{type.axes[axis].extent, "", range, false});
  return matrix;
}

Expr *Checker::GroupAction::byMatrices(const Drawn &drawn, const LetterMove &move, Expr *tensor,
                                       llvm::ArrayRef<unsigned> axes) {
  TensorType type = matrixType(tensor->type, axes, range);
  return multiplied(tensor, axes,
                    [&](llvm::ArrayRef<Expr *> places) { return entry(drawn, type, move.matrices, places); });
}

/// The matrix sum_k cos(k t) C_k + sin(k t) S_k, made once, then the product with it.
Expr *Checker::GroupAction::flowed(const Drawn &drawn, const LetterMove &move, Expr *tensor,
                                   llvm::ArrayRef<unsigned> axes) {
  TensorType type = matrixType(tensor->type, axes, range);
  Cells cells = cellsOf(type);
  Expr *t = checker.cast(drawn.value, type.elem), *sum = nullptr;
  auto add = [&](ScalarOp wave, size_t k, const std::vector<double> &values) {
    if (values.empty())
      return;
    Expr *term = entry({}, type, {values}, cells.at);
    if (k > 0) {
      Expr *turns = op(ScalarOp::Mul, {t, checker.number(double(k), type.elem, range)});
      term = op(ScalarOp::Mul, {op(wave, {turns}), term});
    }
    sum = sum ? op(ScalarOp::Add, {sum, term}) : term;
  };
  for (size_t k = 0; k < move.cosines.size(); ++k) {
    add(ScalarOp::Cos, k, move.cosines[k]);
    if (k > 0)
      add(ScalarOp::Sin, k, move.sines[k]);
  }
  Expr *matrix = checker.equation(cells.vars, sum, range);
  return multiplied(tensor, axes, [&](llvm::ArrayRef<Expr *> places) { return checker.at(matrix, places); });
}

Expr *Checker::GroupAction::apply(const Drawn &drawn, const LetterMove &move, Expr *tensor,
                                  llvm::ArrayRef<unsigned> axes) {
  switch (move.kind) {
  case Kind::Still:
    return tensor;
  case Kind::Steps:
    return stepped(drawn, move, tensor, axes);
  case Kind::Grids:
    return turned(drawn, move, tensor, axes);
  case Kind::Table:
    return looked(drawn, move, tensor, axes);
  case Kind::Shuffle:
    return shuffled(drawn, move, tensor, axes);
  case Kind::Matrices:
    return byMatrices(drawn, move, tensor, axes);
  case Kind::Flow:
    return flowed(drawn, move, tensor, axes);
  }
  llvm_unreachable("a move of a letter");
}

// ---- what an element does

llvm::Expected<Expr *> Checker::GroupAction::moved(Expr *tensor, llvm::ArrayRef<unsigned> axes, llvm::StringRef by) {
  std::vector<int64_t> extents;
  for (unsigned axis : axes) {
    std::optional<int64_t> extent = tensor->type.axes[axis].extent.constant();
    if (!extent)
      return symmetry::refusal("the axis of `" + tensor->type.axes[axis].extent.str() +
                               "` entries has another length in every example");
    extents.push_back(*extent);
  }
  auto representation = symmetry::represent(group, extents, by);
  if (!representation)
    return representation.takeError();
  for (const Drawn &drawn : letters) {
    auto move = LetterMove::of(drawn.letter, *representation);
    if (!move)
      return move.takeError();
    bool needsFloats = move->kind == Kind::Matrices || move->kind == Kind::Flow || !move->signs.empty();
    if (needsFloats && !isFloat(tensor->type.elem))
      return symmetry::refusal("what it moves holds no floats");
    std::optional<Dim> bound = tensor->type.indexBound;
    tensor = apply(drawn, *move, tensor, axes);
    tensor->type.indexBound = bound;
  }
  return tensor;
}

/// The point v goes to the place that takes its value from v.
llvm::Expected<Expr *> Checker::GroupAction::movedValues(Expr *tensor, llvm::StringRef by) {
  int64_t points = group->degree();
  if (!tensor->type.indexBound || tensor->type.indexBound->constant() != points)
    return symmetry::refusal(llvm::Twine(group->text()) + " permutes " + llvm::Twine(points) +
                             " things, and the values are `" + tensor->type.str() + "`");
  auto representation = symmetry::represent(group, {points}, by);
  if (!representation)
    return representation.takeError();
  // The numbers of all points, moved, say where each value comes from; that is undone by looking for the value.
  IndexVar *i = checker.newIndex("i", Dim(points), range);
  Expr *sources = checker.equation(i, checker.indexValue(i), range);
  sources->type.indexBound = Dim(points);
  auto moved = this->moved(sources, {0}, by);
  if (!moved)
    return moved.takeError();
  Cells cells = cellsOf(tensor->type);
  IndexVar *place = checker.newIndex("p", Dim(points), range);
  Expr *value = read(tensor, cells.at);
  Expr *found = op(ScalarOp::Eq, {checker.at(*moved, checker.indexValue(place)), value});
  Expr *goes = op(ScalarOp::Select, {found, checker.indexValue(place), integer(0)});
  Expr *result = checker.reduceOver(ast::Reducer::Sum, place, goes, range);
  if (!cells.vars.empty())
    result = checker.equation(cells.vars, result, range);
  result->type.indexBound = Dim(points);
  return result;
}

} // namespace nn::sema
