// Index analysis of one equation: dependences, intervals, and how its write covers the result.
#include "Target/CPU/EquationInfo.h"

#include "Dialect/NN/IR/EquationUtils.h"

using namespace mlir;
using namespace nn;

EquationInfo::EquationInfo(EquationOp op) : op(op), dims(op.getNumDims()), extents(op.getExtents()) {
  for (unsigned j = 0; j < op.getNumSymbols(); ++j)
    symbolDims.push_back(dimsOf(op.getTableMap(j)));
  if (auto domain = op.getDomain())
    for (auto [expr, equality] : llvm::zip(domain->getConstraints(), domain->getEqFlags())) {
      AffineExpr simple = simplifyAffineExpr(expr, dims, op.getNumSymbols());
      auto bounds = range(simple);
      bool always = bounds && (equality ? bounds->low == 0 && bounds->high == 0 : bounds->low >= 0);
      if (!always)
        constraints.push_back({simple, equality});
    }
  llvm::SmallBitVector written = dimsOf(op.getWrite());
  for (unsigned d = 0; d < dims; ++d)
    (written.test(d) ? parallel : reduced).push_back(d);
  analyzeWrite();
  readsInside = op.getTables().empty();
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    for (auto [expr, size] : llvm::zip(op.getRead(k).getResults(), cast<MemRefType>(input.getType()).getShape()))
      readsInside &= staysInside(expr, size);
}

bool EquationInfo::mayBound(const Constraint &constraint) const {
  if (constraint.equality)
    return false;
  unsigned sums = 0;
  for (unsigned d : dimListOf(constraint.expr)) {
    auto factor = coefficient(constraint.expr, d);
    bool isReduced = llvm::is_contained(reduced, d);
    sums += isReduced;
    if (!factor || (isReduced && std::abs(*factor) != 1))
      return false;
  }
  return sums <= 1;
}

double EquationInfo::shareOfTurns(const Constraint &constraint, ArrayRef<int64_t> steps) const {
  llvm::SmallBitVector along = dimsOf(constraint.expr);
  auto sum = linearCoefficients(constraint.expr, dims, EquationOp(op).getNumSymbols());
  if (!sum || usesSymbols(constraint.expr) || constraint.equality || along.count() != 2)
    return 1;
  // Turn (i, j) has a point that satisfies it if most + factor * i + other * j >= 0.
  unsigned outer = along.find_first(), inner = along.find_last();
  int64_t most = sum->back();
  for (unsigned d : {outer, inner})
    most += std::max<int64_t>(0, (*sum)[d] * (steps[d] - 1));
  auto turns = [&](unsigned d) { return int64_t(llvm::divideCeil(extents[d], steps[d])); };
  int64_t factor = (*sum)[outer] * steps[outer], other = (*sum)[inner] * steps[inner], left = 0;
  for (int64_t i = 0; i < turns(outer); ++i) {
    int64_t value = most + factor * i;
    int64_t before = other > 0 ? llvm::divideCeilSigned(-value, other) : llvm::divideFloorSigned(value, -other) + 1;
    before = std::clamp<int64_t>(before, 0, turns(inner));
    left += other > 0 ? turns(inner) - before : before;
  }
  return double(left) / double(turns(outer) * turns(inner));
}

int64_t EquationInfo::countPoints(ArrayRef<unsigned> along) const { return nn::countPoints(extents, along); }

llvm::SmallBitVector EquationInfo::dimsOf(AffineExpr expr) const {
  llvm::SmallBitVector result(dims);
  expr.walk([&](AffineExpr e) {
    if (auto dim = dyn_cast<AffineDimExpr>(e))
      result.set(dim.getPosition());
    else if (auto symbol = dyn_cast<AffineSymbolExpr>(e))
      result |= symbolDims[symbol.getPosition()];
  });
  return result;
}

llvm::SmallBitVector EquationInfo::dimsOf(AffineMap map) const {
  llvm::SmallBitVector result(dims);
  for (AffineExpr e : map.getResults())
    result |= dimsOf(e);
  return result;
}

static SmallVector<unsigned> listOf(const llvm::SmallBitVector &dims) {
  return llvm::to_vector_of<unsigned>(dims.set_bits());
}

SmallVector<unsigned> EquationInfo::dimListOf(AffineExpr expr) const { return listOf(dimsOf(expr)); }

SmallVector<unsigned> EquationInfo::dimListOf(AffineMap map) const { return listOf(dimsOf(map)); }

std::optional<int64_t> EquationInfo::coefficient(AffineExpr expr, unsigned d) const {
  if (!dimsOf(expr).test(d))
    return 0;
  if (isa<AffineDimExpr>(expr))
    return 1;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  auto left = coefficient(binary.getLHS(), d), right = coefficient(binary.getRHS(), d);
  if (!left || !right)
    return std::nullopt;
  if (binary.getKind() == AffineExprKind::Add)
    return *left + *right;
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (binary.getKind() == AffineExprKind::Mul && factor)
    return *left * factor.getValue();
  return std::nullopt;
}

static IndexRange multiply(IndexRange a, int64_t c) {
  return c >= 0 ? IndexRange{a.low * c, a.high * c} : IndexRange{a.high * c, a.low * c};
}

std::optional<IndexRange> EquationInfo::range(AffineExpr expr) const {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return IndexRange{constant.getValue(), constant.getValue()};
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return IndexRange{0, std::max<int64_t>(extents[dim.getPosition()] - 1, 0)};
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  auto left = range(binary.getLHS());
  if (binary.getKind() == AffineExprKind::Add) {
    auto right = range(binary.getRHS());
    if (!left || !right)
      return std::nullopt;
    return IndexRange{left->low + right->low, left->high + right->high};
  }
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (!factor)
    return std::nullopt;
  int64_t c = factor.getValue();
  switch (binary.getKind()) {
  case AffineExprKind::Mul:
    return left ? std::optional(multiply(*left, c)) : std::nullopt;
  case AffineExprKind::Mod:
    return left && left->low >= 0 && left->high < c ? left : IndexRange{0, c - 1};
  case AffineExprKind::FloorDiv:
    return left ? std::optional(
                      IndexRange{llvm::divideFloorSigned(left->low, c), llvm::divideFloorSigned(left->high, c)})
                : std::nullopt;
  case AffineExprKind::CeilDiv:
    return left ? std::optional(IndexRange{llvm::divideCeilSigned(left->low, c), llvm::divideCeilSigned(left->high, c)})
                : std::nullopt;
  default:
    return std::nullopt;
  }
}

bool EquationInfo::staysInside(AffineExpr expr, int64_t size) const {
  auto bounds = range(expr);
  return bounds && bounds->low >= 0 && bounds->high < size;
}

int64_t EquationInfo::strideOf(AffineMap map, unsigned d) const {
  if (map.getNumResults() == 0)
    return 0;
  for (AffineExpr expr : map.getResults().drop_back())
    if (coefficient(expr, d) != 0)
      return 0;
  return coefficient(map.getResults().back(), d).value_or(0);
}

std::optional<int64_t> EquationInfo::strideOf(AffineMap map, ArrayRef<int64_t> shape, unsigned d) const {
  int64_t stride = 0, axisStride = 1;
  for (int64_t axis = int64_t(shape.size()) - 1; axis >= 0; axisStride *= shape[axis--]) {
    auto factor = coefficient(map.getResult(axis), d);
    if (!factor)
      return std::nullopt;
    stride += *factor * axisStride;
  }
  return stride;
}

bool EquationInfo::analyzeWriteAxis(AffineExpr expr, int64_t size, llvm::SmallBitVector &used) {
  SmallVector<std::pair<int64_t, int64_t>> digits; // factor, extent
  llvm::SmallBitVector here = dimsOf(expr);
  if (expr.isSymbolicOrConstant() && !isa<AffineConstantExpr>(expr))
    return false;
  if (used.anyCommon(here))
    return false;
  used |= here;
  for (unsigned d : here.set_bits()) {
    auto factor = coefficient(expr, d);
    if (!factor)
      return false;
    if (extents[d] != 1)
      digits.push_back({*factor, extents[d]});
  }
  llvm::sort(digits);
  int64_t reach = 0, next = 1;
  bool dense = true;
  for (auto [factor, extent] : digits) {
    if (factor <= reach)
      return false;
    dense &= factor == next;
    next = factor * extent;
    reach += factor * (extent - 1);
  }
  auto bounds = range(expr);
  covering &= dense && next == size && bounds && bounds->low == 0;
  return true;
}

void EquationInfo::analyzeWrite() {
  AffineMap write = op.getWrite();
  ArrayRef<int64_t> shape = op.getResultType().getShape();
  injective = covering = true;
  bool symbols = false;
  llvm::SmallBitVector used(dims);
  for (auto [r, expr] : llvm::enumerate(write.getResults())) {
    symbols |= usesSymbols(expr);
    injective &= !symbols && analyzeWriteAxis(expr, shape[r], used);
  }
  if (!injective || symbols)
    injective = covering = false;
}
