// Linear equations for the move of a box, over the rationals; then what a move of a box of integers has to be.
#include "Symmetry/Prover/BoxSolver.h"
#include "Dialect/NN/IR/EquationUtils.h"
#include "Symmetry/Rational.h"

#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/STLExtras.h"

#include <map>
#include <set>

using namespace mlir;

namespace nn::prover {

using symmetry::Rational;

static int64_t positiveModulo(int64_t value, int64_t modulus) { return ((value % modulus) + modulus) % modulus; }

// ---- what is asked for

/// `expr` as a linear function of the box, perhaps modulo something as a whole. Symbols stay and count as constants.
std::optional<BoxSolver::Linear> BoxSolver::linear(AffineExpr expr) const {
  Linear result;
  result.coefficients.assign(numDims, 0);
  if (auto binary = dyn_cast<AffineBinaryOpExpr>(expr); binary && binary.getKind() == AffineExprKind::Mod) {
    auto modulus = dyn_cast<AffineConstantExpr>(binary.getRHS());
    auto inner = modulus ? linear(binary.getLHS()) : std::nullopt;
    if (!inner || inner->modulus)
      return std::nullopt;
    inner->modulus = modulus.getValue();
    return inner;
  }
  std::function<bool(AffineExpr, int64_t)> add = [&](AffineExpr part, int64_t factor) {
    if (auto dim = dyn_cast<AffineDimExpr>(part)) {
      result.coefficients[dim.getPosition()] += factor;
      return true;
    }
    if (auto constant = dyn_cast<AffineConstantExpr>(part)) {
      result.constant += factor * constant.getValue();
      return true;
    }
    if (isa<AffineSymbolExpr>(part))
      return true;
    auto binary = cast<AffineBinaryOpExpr>(part);
    if (binary.getKind() == AffineExprKind::Add)
      return add(binary.getLHS(), factor) && add(binary.getRHS(), factor);
    auto scale = dyn_cast<AffineConstantExpr>(binary.getRHS());
    return binary.getKind() == AffineExprKind::Mul && scale && add(binary.getLHS(), factor * scale.getValue());
  };
  return add(expr, 1) ? std::optional(result) : std::nullopt;
}

bool BoxSolver::addGrid(AffineMap map, const GridMove &grid, ArrayRef<int64_t> shape, unsigned k) {
  SmallVector<Linear> reads;
  for (unsigned axis : grid.axes) {
    auto read = linear(map.getResult(axis));
    if (!read)
      return false;
    reads.push_back(*read);
  }
  bool filled = k < op.getInputs().size() && op.getFillValue(k);
  SmallVector<unsigned> own;
  for (size_t a = 0; a < reads.size(); ++a) {
    Row row;
    row.from = row.to = reads[a];
    row.to.coefficients.assign(numDims, 0);
    row.to.constant = grid.shift[a];
    for (size_t b = 0; b < reads.size(); ++b) {
      for (unsigned d = 0; d < numDims; ++d)
        row.to.coefficients[d] += grid.turn[a][b] * reads[b].coefficients[d];
      row.to.constant += grid.turn[a][b] * reads[b].constant;
    }
    int64_t extent = shape[grid.axes[a]];
    row.isPeriodic = reads[a].modulus == extent || !filled;
    if (reads[a].modulus && reads[a].modulus != extent)
      return false;
    row.from.modulus = row.to.modulus = grid.torus || reads[a].modulus ? extent : 0;
    row.operand = k;
    row.isMoved = true;
    own.push_back(rows.size());
    gridExtents.resize(rows.size() + 1);
    gridExtents.back() = extent;
    rows.push_back(row);
  }
  blocks.push_back(grid);
  rowsOf.push_back(own);
  return true;
}

bool BoxSolver::addFixed(AffineExpr expr, unsigned k) {
  auto read = linear(expr);
  if (!read)
    return false;
  if (llvm::any_of(read->coefficients, [](int64_t c) { return c != 0; }))
    rows.push_back({*read, *read, k, false, read->modulus != 0});
  return true;
}

// ---- the solution

/// Solves the rows for the turn and the shift of the indices that they read; false if they do not decide, or
/// contradict.
bool BoxSolver::solveRows(ArrayRef<Row> all, BoxMove &box) const {
  // Per row: coefficients of the unknown rows of the turn, then the right-hand sides of its columns and of the shift.
  using Equation = std::vector<Rational>;
  std::map<unsigned, Equation> pivots;
  std::set<unsigned> involved;
  for (const Row &row : all) {
    Equation equation(2 * numDims + 1);
    for (unsigned d = 0; d < numDims; ++d) {
      equation[d] = row.from.coefficients[d];
      equation[numDims + d] = row.to.coefficients[d];
      if (row.from.coefficients[d])
        involved.insert(d);
    }
    equation[2 * numDims] = row.to.constant - row.from.constant;
    auto eliminate = [](Equation &from, const Equation &by, unsigned d) {
      Rational factor = from[d];
      for (size_t c = 0; !factor.isZero() && c < from.size(); ++c)
        from[c] = from[c] - factor * by[c];
    };
    for (auto &[d, pivot] : pivots)
      eliminate(equation, pivot, d);
    auto *begin = equation.data();
    auto *first = std::find_if(begin, begin + numDims, [](const Rational &c) { return !c.isZero(); });
    if (first == begin + numDims)
      continue; // follows from the rows before, or contradicts them: `holds` tells
    unsigned lead = first - begin;
    Rational scale = *first;
    for (Rational &c : equation)
      c = c / scale;
    for (auto &[d, pivot] : pivots)
      eliminate(pivot, equation, lead);
    pivots[lead] = equation;
  }
  if (pivots.size() != involved.size())
    return false;
  for (auto &[d, pivot] : pivots) {
    for (unsigned c = 0; c <= numDims; ++c) {
      const Rational &value = pivot[numDims + c];
      if (value.isTooLarge() || !value.isInteger())
        return false;
      (c < numDims ? box.turn[d][c] : box.shift[d]) = value.numerator();
    }
    bool stays = box.shift[d] == 0;
    for (unsigned c = 0; c < numDims; ++c)
      stays &= box.turn[d][c] == (c == d);
    if (!stays)
      box.indices[d].kind = BoxMove::Index::Kind::Grid;
    else if (box.indices[d].kind == BoxMove::Index::Kind::Unbound)
      box.indices[d].kind = BoxMove::Index::Kind::Fixed;
  }
  return true;
}

bool BoxSolver::holds(const Row &row, const BoxMove &box) const {
  int64_t difference = row.from.constant - row.to.constant;
  SmallVector<int64_t> coefficients(numDims, 0);
  for (unsigned d = 0; d < numDims; ++d) {
    difference += row.from.coefficients[d] * box.shift[d];
    for (unsigned c = 0; c < numDims; ++c)
      coefficients[c] += row.from.coefficients[d] * box.turn[d][c];
  }
  return ArrayRef(coefficients) == ArrayRef(row.to.coefficients) &&
         (row.from.modulus ? difference % row.from.modulus == 0 : difference == 0);
}

/// Whether the box goes onto itself: a signed permutation of indices of equal extents, reflected about their middles.
/// An index may wrap around where every read is periodic in it.
bool BoxSolver::mapsBox(ArrayRef<Row> all, BoxMove &box) const {
  ArrayRef<int64_t> extents = op.getExtents();
  std::set<unsigned> images;
  for (unsigned d = 0; d < numDims; ++d) {
    int source = -1;
    for (unsigned c = 0; c < numDims; ++c)
      if (box.turn[d][c] != 0) {
        if (source >= 0 || std::abs(box.turn[d][c]) != 1)
          return false;
        source = c;
      }
    if (source < 0 || extents[source] != extents[d] || !images.insert(source).second)
      return false;
    int64_t straight = box.turn[d][source] == 1 ? 0 : extents[d] - 1;
    box.wraps[d] = box.shift[d] != straight;
    if (!box.wraps[d])
      continue;
    for (const Row &row : all) {
      int64_t step = row.from.coefficients[d];
      if (step && (!row.from.modulus || !row.isPeriodic || step * extents[d] % row.from.modulus))
        return false;
    }
    box.shift[d] = positiveModulo(box.shift[d], extents[d]);
    box.wraps[d] = box.shift[d] != straight;
  }
  return true;
}

bool BoxSolver::attempt(ArrayRef<Row> all, const BoxMove &start, BoxMove &box) const {
  box = start;
  box.turn.assign(numDims, SmallVector<int64_t>(numDims, 0));
  for (unsigned d = 0; d < numDims; ++d)
    box.turn[d][d] = 1;
  box.shift.assign(numDims, 0);
  box.wraps.assign(numDims, false);
  return solveRows(all, box) && llvm::all_of(all, [&](const Row &row) { return holds(row, box); }) && mapsBox(all, box);
}

/// What windows without a kernel leave open: their indices stay, or turn as the grid does.
void BoxSolver::addGuesses(SmallVectorImpl<Row> &all, bool turned) const {
  ArrayRef<int64_t> extents = op.getExtents();
  auto unit = [&](unsigned d) {
    Linear result;
    result.coefficients.assign(numDims, 0);
    result.coefficients[d] = 1;
    return result;
  };
  std::set<unsigned> guessed;
  for (auto [grid, own] : llvm::zip(blocks, rowsOf)) {
    SmallVector<unsigned> window;
    for (unsigned r : own)
      for (unsigned d = 0; d < numDims; ++d)
        if (rows[r].from.coefficients[d] && op.isReduced(d))
          window.push_back(d);
    if (turned && window.size() != own.size())
      continue;
    for (size_t a = 0; a < window.size(); ++a) {
      Row row{unit(window[a]), unit(window[a]), 0, false, false};
      if (turned) {
        row.to.coefficients.assign(numDims, 0);
        for (size_t b = 0; b < window.size(); ++b) {
          row.to.coefficients[window[b]] += grid.turn[a][b];
          row.to.constant += grid.turn[a][b] < 0 ? extents[window[b]] - 1 : 0;
        }
      }
      guessed.insert(window[a]);
      all.push_back(row);
    }
  }
  for (unsigned d = 0; d < numDims; ++d)
    if (op.isReduced(d) && !guessed.count(d) &&
        llvm::any_of(rows, [&](const Row &row) { return row.from.coefficients[d] != 0; }))
      all.push_back({unit(d), unit(d), 0, false, false});
}

bool BoxSolver::withGuesses(ArrayRef<Row> all, const BoxMove &start, BoxMove &box) const {
  if (attempt(all, start, box))
    return true;
  for (bool turned : {false, true}) {
    SmallVector<Row> more(all);
    addGuesses(more, turned);
    if (attempt(more, start, box))
      return true;
  }
  return false;
}

bool BoxSolver::solve(BoxMove &box, std::string &why, std::string &help, int &culprit) {
  BoxMove start = box;
  if (withGuesses(rows, start, box))
    return true;
  std::set<unsigned> moved, still;
  for (const Row &row : rows)
    (row.isMoved ? moved : still).insert(row.operand);
  for (unsigned operand : still) {
    if (moved.count(operand))
      continue;
    SmallVector<Row> fewer;
    llvm::copy_if(rows, std::back_inserter(fewer), [&](const Row &row) { return row.operand != operand; });
    if (withGuesses(fewer, start, box)) {
      culprit = operand;
      return false;
    }
  }
  box = start;
  explain(why, help);
  return false;
}

bool BoxSolver::reads(unsigned d, unsigned k) const {
  return llvm::any_of(rows,
                      [&](const Row &row) { return row.operand != k && row.isMoved && row.from.coefficients[d]; });
}

/// A read with a stride along an axis that is turned around: it has to start as far from one end as it ends from the
/// other.
static std::string strideHelp(int64_t extent, int64_t covered, int64_t step) {
  int64_t longer = extent + (step - (extent - covered) % step) % step, shorter = covered;
  std::string text = "an extent of " + std::to_string(longer);
  if (longer == extent)
    return "read as far from one end as from the other, or pool over the whole grid";
  return text + (shorter > 0 ? " or " + std::to_string(shorter) : "") +
         " works, where the windows fit both ends; or pool over the whole grid";
}

/// Why no move of the box follows the reads.
void BoxSolver::explain(std::string &why, std::string &help) const {
  why = "the grid is read in a way that does not move along with it";
  ArrayRef<int64_t> extents = op.getExtents();
  for (auto [grid, own] : llvm::zip_equal(blocks, rowsOf))
    for (auto [k, r] : llvm::enumerate(own)) {
      const Row &row = rows[r];
      int64_t step = 1, last = row.from.constant;
      for (unsigned d = 0; d < numDims; ++d) {
        step = std::max(step, std::abs(row.from.coefficients[d]));
        last += std::max<int64_t>(0, row.from.coefficients[d]) * (extents[d] - 1);
      }
      int64_t extent = gridExtents[r];
      if (step > 1 && grid.torus) {
        why = "the grid is read with a stride of " + std::to_string(step) + ", which only shifts by multiples of " +
              std::to_string(step) + " keep";
        help = "pool over the whole grid, or claim shifts by " + std::to_string(step);
        return;
      }
      if (step > 1) {
        why = "windows with a stride of " + std::to_string(step) + " cover the first " + std::to_string(last + 1) +
              " of " + std::to_string(extent) + " places, and the other end after a turn or a flip";
        help = strideHelp(extent, last + 1, step);
        return;
      }
      if (!row.isPeriodic && row.from.modulus) {
        why = "what lies outside of the grid is filled in, and a cyclic shift brings the border into the middle";
        help = "`padding: wrap` continues the grid on its other side";
        return;
      }
      if (grid.torus && last + 1 != extent) {
        why = "the grid is read with an end, and a cyclic shift brings what is there into the middle";
        help = "`padding: wrap` continues the grid on its other side";
      }
    }
}

// ---- conditions and results

bool BoxSolver::keepsDomain(IntegerSet domain, const BoxMove &box, std::string &why) const {
  using Key = std::tuple<bool, std::vector<int64_t>, int64_t>;
  std::set<Key> known;
  std::vector<Key> moved;
  for (unsigned i = 0; i < domain.getNumConstraints(); ++i) {
    auto own = linear(domain.getConstraint(i));
    auto touches = [&](AffineExpr expr) {
      for (unsigned d = 0; d < numDims; ++d)
        if (expr.isFunctionOfDim(d) && box.indices[d].kind == BoxMove::Index::Kind::Grid)
          return true;
      return false;
    };
    if (!touches(domain.getConstraint(i)))
      continue;
    why = "the condition is about places on the grid, which move";
    if (!own || own->modulus || usesSymbols(domain.getConstraint(i)))
      return false;
    Key key{domain.isEq(i), {}, own->constant}, image{domain.isEq(i), std::vector<int64_t>(numDims, 0), own->constant};
    bool wraps = false;
    for (unsigned d = 0; d < numDims; ++d) {
      std::get<1>(key).push_back(own->coefficients[d]);
      std::get<2>(image) += own->coefficients[d] * box.shift[d];
      wraps |= own->coefficients[d] && box.wraps[d];
      for (unsigned c = 0; c < numDims; ++c)
        std::get<1>(image)[c] += own->coefficients[d] * box.turn[d][c];
    }
    if (wraps && !(domain.isEq(i) && std::get<2>(image) == 0))
      return false;
    known.insert(key);
    if (domain.isEq(i)) { // e = 0 is -e = 0
      for (int64_t &c : std::get<1>(key))
        c = -c;
      std::get<2>(key) = -std::get<2>(key);
      known.insert(key);
    }
    moved.push_back(image);
  }
  return llvm::all_of(moved, [&](const Key &key) { return known.count(key) != 0; });
}

SmallVector<GridMove, 1> simplest(const GridMove &grid) {
  llvm::EquivalenceClasses<unsigned> classes;
  for (unsigned a = 0; a < grid.axes.size(); ++a) {
    classes.insert(a);
    for (unsigned b = 0; b < grid.axes.size(); ++b)
      if (grid.turn[a][b])
        classes.unionSets(a, b);
  }
  SmallVector<GridMove, 1> parts;
  for (unsigned lead = 0; lead < grid.axes.size(); ++lead) {
    if (classes.getLeaderValue(lead) != lead &&
        llvm::any_of(llvm::seq(lead), [&](unsigned a) { return classes.isEquivalent(a, lead); }))
      continue;
    SmallVector<unsigned> members;
    for (unsigned a = lead; a < grid.axes.size(); ++a)
      if (classes.isEquivalent(a, lead))
        members.push_back(a);
    GridMove part;
    part.torus = grid.torus;
    bool stays = true;
    for (unsigned a : members) {
      part.axes.push_back(grid.axes[a]);
      part.shift.push_back(grid.shift[a]);
      SmallVector<int64_t, 2> row;
      for (unsigned b : members) {
        row.push_back(grid.turn[a][b]);
        stays &= grid.turn[a][b] == (a == b);
      }
      stays &= grid.shift[a] == 0;
      part.turn.push_back(row);
    }
    if (!stays)
      parts.push_back(part);
  }
  return parts;
}

bool BoxSolver::writeGrids(AffineMap write, const BoxMove &box, Action &result) const {
  GridMove grid;
  SmallVector<unsigned> indices;
  for (auto [axis, expr] : llvm::enumerate(write.getResults()))
    if (auto dim = dyn_cast<AffineDimExpr>(expr);
        dim && box.indices[dim.getPosition()].kind == BoxMove::Index::Kind::Grid) {
      grid.axes.push_back(axis);
      indices.push_back(dim.getPosition());
    }
  for (unsigned d : indices) {
    SmallVector<int64_t, 2> row;
    for (unsigned c : indices)
      row.push_back(box.turn[d][c]);
    if (llvm::all_of(row, [](int64_t entry) { return entry == 0; }))
      return false; // it moves with an index that is not written
    grid.turn.push_back(row);
    grid.shift.push_back(box.shift[d]);
  }
  result.grids = simplest(grid);
  for (GridMove &part : result.grids)
    for (unsigned axis : part.axes) {
      result.axes[axis].kind = AxisMove::Kind::Grid;
      part.torus |= box.wraps[cast<AffineDimExpr>(write.getResult(axis)).getPosition()];
    }
  return true;
}

} // namespace nn::prover
