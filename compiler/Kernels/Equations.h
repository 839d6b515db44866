/// What the kernel passes ask of an equation's maps and body, and rebuilding equations in place.
#pragma once

#include "Dialect/NN/IR/EquationUtils.h"

#include "llvm/ADT/SmallBitVector.h"

namespace nn {

/// The parts of an equation with one fill entry an input (unit where the read stays inside) and one bound a table, and
/// all maps over as many symbols as there are tables.
EquationParts partsOf(EquationOp equation);

/// Gives all maps and the domain the number of symbols and dims that `parts` has now.
void renumber(EquationParts &parts);

/// A map over the dims and symbols of `parts`.
mlir::AffineMap mapOver(const EquationParts &parts, llvm::ArrayRef<mlir::AffineExpr> results);

/// Adds `expr >= 0`, or `expr == 0`, to the domain.
void addConstraint(EquationParts &parts, mlir::AffineExpr expr, bool equality);

/// Puts an equation of `parts` in the place of `old`, with its discardable attributes, and erases `old`. The inputs'
/// scalars are handed to `body`, which may copy from the old one.
EquationOp replaceEquation(EquationOp old, const EquationParts &parts, BodyBuilder body);

/// Computes whether the current point lies in a domain, as an i1 in an equation's body.
mlir::Value buildMembership(mlir::OpBuilder &builder, mlir::Location loc, mlir::IntegerSet domain);

/// The box indices that a symbol's value depends on, through earlier tables as well.
void indicesOfSymbol(llvm::ArrayRef<mlir::AffineMap> tableMaps, unsigned symbol, llvm::SmallBitVector &indices);

/// What a write does to the cells of a result.
struct WriteFacts {
  bool owned = false;  ///< the indices in the write decide the cell, and no two of their points share one
  bool covers = false; ///< every cell belongs to some point
};
WriteFacts analyzeWrite(EquationOp equation);

/// The position at which `map` has the bare index `dim`, if no other result uses it; -1 otherwise.
int bareAxis(mlir::AffineMap map, unsigned dim);

/// If the write puts each index of the box on an axis of its own and reaches every cell: for each index, its axis.
std::optional<llvm::SmallVector<unsigned>> permutationWrite(EquationOp equation);

/// Bytes of the second cache that a kernel can count on.
constexpr int64_t cacheBytes = 512 << 10;
/// Bytes of the inputs that do not move with `frame`: what every stripe of this frame reads whole. A stripe of groups
/// reads no more than its places.
int64_t bytesReadWhole(EquationOp equation, unsigned frame);

/// True if a condition differs among the points of an index.
bool isGuarded(EquationOp equation, unsigned dim);

/// Arithmetic in a body, roughly in flops: an exponential is 12, a random number 40.
int64_t bodyCost(mlir::Block &body);

} // namespace nn
