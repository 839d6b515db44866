// The points of an equation's box, some hundred at a time: coordinates, symbols, offsets of accesses.
#pragma once

#include "Interpreter/Equations.h"

#include <array>

namespace nn::interpreter {

using Row = std::array<int64_t, stripSize>;

/// Some points of the box (lanes in front), in row-major order, with the values of the symbols there.
class Strips {
public:
  /// `tables` are the integer tables and how their copies lie along the lanes.
  Strips(const EquationPlan &plan, llvm::ArrayRef<int64_t> laneExtents,
         llvm::ArrayRef<std::pair<const std::vector<int64_t> *, llvm::SmallVector<int64_t, 4>>> tables)
      : plan(plan), numLanes(laneExtents.size()), tables(tables.begin(), tables.end()), extents(laneExtents) {
    EquationOp op = plan.op;
    llvm::append_range(extents, op.getExtents());
    position.assign(extents.size(), 0);
    left = elementCount(extents);
    coordinates.resize(extents.size());
    symbols.resize(tables.size());
  }

  /// Moves on to the next points; false at the end or after an error. A strip may be empty.
  bool next();

  /// Element offsets of an access whose copies lie `lanes` apart; -1 where it leaves its axis. True if none does.
  bool offsets(const Access &access, llvm::ArrayRef<int64_t> lanes, Row &out) const;

  /// Values of a coordinate of the box (without lanes), or of a symbol.
  const Row &coordinate(int d) const { return coordinates[numLanes + d]; }
  const Row &symbol(int j) const { return symbols[j]; }

  int64_t count = 0;
  bool failed = false;

private:
  /// Points of a strip that follow each other along the last dimension.
  struct Run {
    int64_t begin, length;
  };
  void fillCoordinates();
  void addLinearForm(const Access &access, Row &out) const;
  void keepWhere(llvm::function_ref<bool(mlir::AffineExpr)> chosen, bool withSymbols);
  bool readTable(unsigned j);
  void evaluate(mlir::AffineExpr expr, Row &out) const;

  const EquationPlan &plan;
  size_t numLanes;
  llvm::SmallVector<std::pair<const std::vector<int64_t> *, llvm::SmallVector<int64_t, 4>>> tables;
  llvm::SmallVector<int64_t> extents, position;
  int64_t left = 0;
  std::vector<Row> coordinates, symbols;
  std::vector<Run> runs; ///< of all points, until a constraint drops some
};

} // namespace nn::interpreter
