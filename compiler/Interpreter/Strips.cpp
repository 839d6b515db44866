// Enumerates the points of a box and evaluates accesses there; compiles accesses for that.
#include "Interpreter/Strips.h"

#include "Dialect/NN/IR/EquationUtils.h"

using namespace mlir;

namespace nn::interpreter {

//===-- Plans
//----------------------------------------------------------------------------------------------------------===//

/// Adds `factor` times the expression to a linear form; false if it is not linear in the dimensions.
static bool addLinear(AffineExpr expr, int64_t factor, SmallVectorImpl<int64_t> &dims, int64_t &constant) {
  if (auto value = dyn_cast<AffineConstantExpr>(expr)) {
    constant += factor * value.getValue();
    return true;
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    dims[dim.getPosition()] += factor;
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (expr.getKind() == AffineExprKind::Add)
    return addLinear(binary.getLHS(), factor, dims, constant) && addLinear(binary.getRHS(), factor, dims, constant);
  auto scale = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return expr.getKind() == AffineExprKind::Mul && scale &&
         addLinear(binary.getLHS(), factor * scale.getValue(), dims, constant);
}

static Access makeAccess(AffineMap map, ShapedType type, bool proved) {
  Access access{map, Shape(type.getShape())};
  access.dimFactors.assign(map.getNumDims(), 0);
  access.linear = proved;
  int64_t stride = 1;
  for (int64_t axis = type.getRank(); access.linear && axis-- > 0; stride *= type.getDimSize(axis))
    access.linear = addLinear(map.getResult(axis), stride, access.dimFactors, access.constant);
  return access;
}

FailureOr<EquationPlan> planEquation(EquationOp op) {
  FailureOr<Bytecode> body = translateBody(op);
  if (failed(body))
    return failure();
  EquationPlan plan{op, std::move(*body)};
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    plan.reads.push_back(makeAccess(op.getRead(k), cast<ShapedType>(input.getType()), !op.getFillValue(k)));
  for (auto [j, table] : llvm::enumerate(op.getTables()))
    plan.tables.push_back(makeAccess(op.getTableMap(j), cast<ShapedType>(table.getType()), true));
  plan.write = makeAccess(op.getWrite(), op.getResultType(), !op.getDrop());
  if (op.getDomain())
    plan.domain = *op.getDomain();
  SmallVector<unsigned> reduced = reducedDims(op);
  int64_t factor = 1;
  for (unsigned d : llvm::reverse(reduced)) {
    plan.positionFactors.push_back({static_cast<int>(d), factor});
    factor *= op.getExtents()[d];
  }
  bool linear = plan.write.linear && llvm::all_of(plan.reads, [](const Access &read) { return read.linear; });
  if (linear && plan.tables.empty() && !plan.domain && op.getNumDims() > 0)
    plan.factors = factorsOf(plan.body);
  return plan;
}

//===-- Strips
//---------------------------------------------------------------------------------------------------------===//

void Strips::fillCoordinates() {
  count = std::min(left, stripSize);
  left -= count;
  size_t rank = extents.size();
  runs.clear();
  if (rank == 0)
    return;
  for (int64_t t = 0; t < count;) {
    int64_t run = std::min(count - t, extents[rank - 1] - position[rank - 1]);
    for (size_t d = 0; d + 1 < rank; ++d)
      std::fill_n(coordinates[d].begin() + t, run, position[d]);
    for (int64_t i = 0; i < run; ++i)
      coordinates[rank - 1][t + i] = position[rank - 1] + i;
    runs.push_back({t, run});
    t += run;
    position[rank - 1] += run;
    for (size_t d = rank - 1; d > 0 && position[d] == extents[d]; --d) {
      position[d] = 0;
      ++position[d - 1];
    }
  }
}

/// Drops the points at which a constraint fails, of those constraints that do (not) use symbols.
void Strips::keepWhere(llvm::function_ref<bool(AffineExpr)> chosen, bool withSymbols) {
  IntegerSet domain = plan.domain;
  if (!domain)
    return;
  for (auto [constraint, equality] : llvm::zip(domain.getConstraints(), domain.getEqFlags())) {
    if (!chosen(constraint))
      continue;
    Row values;
    evaluate(constraint, values);
    int64_t kept = 0;
    for (int64_t t = 0; t < count; ++t) {
      if (equality ? values[t] != 0 : values[t] < 0)
        continue;
      for (Row &row : coordinates)
        row[kept] = row[t];
      for (size_t j = 0; withSymbols && j < symbols.size(); ++j)
        symbols[j][kept] = symbols[j][t];
      ++kept;
    }
    if (kept < count)
      runs.clear();
    count = kept;
  }
}

bool Strips::readTable(unsigned j) {
  Row places;
  if (!offsets(plan.tables[j], tables[j].second, places)) {
    EquationOp op = plan.op;
    op.emitError("a read of table ") << j << " leaves its axis";
    return false;
  }
  for (int64_t t = 0; t < count; ++t)
    symbols[j][t] = (*tables[j].first)[places[t]];
  return true;
}

bool Strips::next() {
  if (left <= 0 || failed)
    return false;
  fillCoordinates();
  keepWhere([](AffineExpr expr) { return !usesSymbols(expr); }, /*withSymbols=*/false);
  for (unsigned j = 0; j < symbols.size(); ++j)
    if (!readTable(j)) {
      failed = true;
      return false;
    }
  keepWhere([](AffineExpr expr) { return usesSymbols(expr); }, /*withSymbols=*/true);
  return true;
}

void Strips::evaluate(AffineExpr expr, Row &out) const {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    std::fill_n(out.begin(), count, constant.getValue());
    return;
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    std::copy_n(coordinate(dim.getPosition()).begin(), count, out.begin());
    return;
  }
  if (auto symbolExpr = dyn_cast<AffineSymbolExpr>(expr)) {
    std::copy_n(symbol(symbolExpr.getPosition()).begin(), count, out.begin());
    return;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Row right;
  evaluate(binary.getLHS(), out);
  evaluate(binary.getRHS(), right);
  auto combine = [&](auto function) {
    for (int64_t t = 0; t < count; ++t)
      out[t] = function(out[t], right[t]);
  };
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return combine([](int64_t x, int64_t y) { return x + y; });
  case AffineExprKind::Mul:
    return combine([](int64_t x, int64_t y) { return x * y; });
  case AffineExprKind::FloorDiv:
    return combine([](int64_t x, int64_t y) { return llvm::divideFloorSigned(x, y); });
  case AffineExprKind::CeilDiv:
    return combine([](int64_t x, int64_t y) { return llvm::divideCeilSigned(x, y); });
  case AffineExprKind::Mod:
    return combine([](int64_t x, int64_t y) { return llvm::mod(x, y); });
  default:
    return;
  }
}

/// Adds the factors times the coordinates. Along a run only the last of these changes.
void Strips::addLinearForm(const Access &access, Row &out) const {
  ArrayRef<int64_t> factors = access.dimFactors;
  if (runs.empty() || factors.empty()) {
    for (size_t d = 0; d < factors.size(); ++d)
      if (int64_t factor = factors[d])
        for (int64_t t = 0; t < count; ++t)
          out[t] += factor * coordinates[numLanes + d][t];
    return;
  }
  int64_t last = factors.back();
  for (auto [begin, length] : runs) {
    int64_t offset = 0;
    for (size_t d = 0; d < factors.size(); ++d)
      offset += factors[d] * coordinates[numLanes + d][begin];
    for (int64_t t = begin; t < begin + length; ++t, offset += last)
      out[t] += offset;
  }
}

bool Strips::offsets(const Access &access, ArrayRef<int64_t> lanes, Row &out) const {
  std::fill_n(out.begin(), count, access.linear ? access.constant : 0);
  bool inside = true;
  if (access.linear) {
    addLinearForm(access, out);
  } else {
    Row values;
    for (auto [axis, size] : llvm::enumerate(access.shape)) {
      evaluate(access.map.getResult(axis), values);
      for (int64_t t = 0; t < count; ++t)
        out[t] = out[t] < 0 || values[t] < 0 || values[t] >= size ? -1 : out[t] * size + values[t];
    }
    for (int64_t t = 0; t < count; ++t)
      inside &= out[t] >= 0;
  }
  for (size_t k = 0; k < lanes.size(); ++k)
    if (lanes[k])
      for (int64_t t = 0; t < count; ++t)
        if (out[t] >= 0)
          out[t] += lanes[k] * coordinates[k][t];
  return inside;
}

} // namespace nn::interpreter
