// Building, copying and taking apart equations: what every pass over them needs.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "mlir/IR/IRMapping.h"

namespace nn {

/// The value that combining starts from, for one element: map 0, sum 0, prod 1, max -inf, min +inf, logsumexp -inf,
/// argmax and argmin 0; for integers the type's least and greatest values, for i1 false and true.
mlir::TypedAttr identityAttr(Combine combine, mlir::Type elementType);
/// The same as an arith.constant.
mlir::Value identityOf(mlir::OpBuilder &builder, mlir::Location loc, Combine combine, mlir::Type elementType);
/// A scalar arith.constant of a float or integer type with this value.
mlir::Value constantOf(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type elementType, double value);

/// An equation of kind map over `resultType`'s own box: result[p] = body(inputs[p]); inputs of rank 0 are read whole.
EquationOp createElementwise(mlir::OpBuilder &builder, mlir::Location loc, mlir::RankedTensorType resultType,
                             mlir::ValueRange inputs, BodyBuilder body);
/// A tensor of one value everywhere (an nn.constant).
mlir::Value createSplat(mlir::OpBuilder &builder, mlir::Location loc, mlir::RankedTensorType type, double value);

/// Writes the integer value of `expr` at the current point into a body, from nn.index, nn.symbol and arith (i32).
mlir::Value buildIndexExpr(mlir::OpBuilder &builder, mlir::Location loc, mlir::AffineExpr expr);

/// The coefficients of `expr`, of dims, then of symbols, then the constant; nothing if it is not linear in them.
std::optional<llvm::SmallVector<int64_t>> linearCoefficients(mlir::AffineExpr expr, unsigned numDims,
                                                             unsigned numSymbols);
/// True if a symbol takes part, so that the value is known only where tables are.
bool usesSymbols(mlir::AffineExpr expr);
bool usesSymbols(llvm::ArrayRef<mlir::AffineExpr> exprs);
/// The value of `expr` at a point of a box, for these values of symbols; the place that a map gives; whether a domain
/// (or none) holds the point. Quotients and rests by a symbol of value 0 are 0.
int64_t valueAt(mlir::AffineExpr expr, llvm::ArrayRef<int64_t> point, llvm::ArrayRef<int64_t> symbols);
llvm::SmallVector<int64_t> valueAt(mlir::AffineMap map, llvm::ArrayRef<int64_t> point, llvm::ArrayRef<int64_t> symbols);
bool containsPoint(mlir::IntegerSet domain, llvm::ArrayRef<int64_t> point, llvm::ArrayRef<int64_t> symbols);

/// Copies the body of `op` to the builder's place, with `arguments` for its block arguments, and returns the copies of
/// what it yields. `nn.index d` becomes dims[d] and `nn.symbol j` becomes symbols[j] of the new equation; empty lists
/// mean that they stay. `mapping`, where given, holds what each value became.
mlir::Value copyBody(mlir::OpBuilder &builder, EquationOp op, mlir::ValueRange arguments,
                     llvm::ArrayRef<mlir::AffineExpr> dims = {}, llvm::ArrayRef<mlir::AffineExpr> symbols = {},
                     mlir::IRMapping *mapping = nullptr);

/// The map with every symbol s_j renamed to s_{j+offset}, of `numSymbols` symbols in all.
mlir::AffineMap shiftSymbols(mlir::AffineMap map, unsigned offset, unsigned numSymbols);
mlir::IntegerSet shiftSymbols(mlir::IntegerSet set, unsigned offset, unsigned numSymbols);
/// The map with `count` new dimensions in front, which it does not use.
mlir::AffineMap addLeadingDims(mlir::AffineMap map, unsigned count);
mlir::IntegerSet addLeadingDims(mlir::IntegerSet set, unsigned count);
/// The map with `expr` as a new first result.
mlir::AffineMap addLeadingResult(mlir::AffineMap map, mlir::AffineExpr expr);
/// Two domains at once; either may be null.
mlir::IntegerSet intersect(mlir::IntegerSet a, mlir::IntegerSet b);

/// True if the equation is of kind map, has no domain, writes by the identity, and its reads are identities or scalars.
bool isElementwise(EquationOp op);
/// True if results are (d_0, .., d_n-1) of a box whose every index appears once, so that each cell is one point.
bool isPermutation(mlir::AffineMap map);
/// The indices of the box that `write` does not use, in order.
llvm::SmallVector<unsigned> reducedDims(EquationOp op);

/// Two indices of the box of a segmented reduction, where each value of `place` meets at most one value of `group`, and
/// those of one group are neighbours: first(group) <= place < first(group + 1).
struct Segments {
  unsigned group, place;
};
/// On such an equation: [group, place].
inline constexpr llvm::StringLiteral segmentsAttrName = "nn.segments";
std::optional<Segments> segmentsOf(EquationOp op);
/// The number of points in a box; along some of its indices.
int64_t countPoints(llvm::ArrayRef<int64_t> extents);
int64_t countPoints(llvm::ArrayRef<int64_t> extents, llvm::ArrayRef<unsigned> along);
/// The number of points that an equation visits: those of its box, but each place of a segment once.
int64_t countPoints(EquationOp op);

/// An integer of a body as an expression of indices and symbols, nothing if it is not affine. `inputs` says what an
/// input is; without it none is anything.
using InputExpr = llvm::function_ref<std::optional<mlir::AffineExpr>(mlir::BlockArgument)>;
std::optional<mlir::AffineExpr> affineExprOf(mlir::Value value, InputExpr inputs = {});

/// Where a comparison of integers holds: where `expr` is not negative, or 0.
struct AffineCondition {
  mlir::AffineExpr expr;
  bool equality;
};
/// The condition of a comparison of 32-bit integers, or of its negation; nothing if it is not affine, or an inequality.
std::optional<AffineCondition> affineConditionOf(mlir::Value comparison, bool negated, InputExpr inputs = {});

/// How far an expression lies behind an index; nothing unless it is that index and a constant.
std::optional<int64_t> shiftOf(mlir::AffineExpr expr, mlir::AffineExpr index);
/// True if `place` lies outside of 0 .. size-1 wherever `index`, which it is but for a constant, lies outside of
/// 0 .. extent-1.
bool leavesWith(mlir::AffineExpr place, int64_t size, mlir::AffineExpr index, int64_t extent);

/// True if the body only passes on its single argument.
bool isCopyBody(EquationOp op);
/// The smallest and the largest value of `expr` over the box (extents all positive; table bounds as in EquationParts),
/// or nothing where a symbol has no bound.
std::optional<std::pair<int64_t, int64_t>> rangeOf(mlir::AffineExpr expr, llvm::ArrayRef<int64_t> extents,
                                                   llvm::ArrayRef<int64_t> tableBounds);
/// True if some point of the box may write outside of a result of this shape.
bool mayWriteOutside(const EquationParts &parts, llvm::ArrayRef<int64_t> shape);

} // namespace nn
