/// The order of a root function's launches and loops, and which results take the place of what they replace.
#pragma once

#include "Kernels/Kernels.h"

#include "llvm/ADT/MapVector.h"

namespace nn {

/// Launches and loops, what must come before what, and an order. Later edges (anti-dependences) are added where they
/// close no cycle.
class LaunchOrder {
public:
  explicit LaunchOrder(mlir::Block &block);

  /// If `result` can be written over `old`: asks that every reader of `old` comes before the writer of `result`, and
  /// returns true.
  bool overwrite(mlir::Value old, mlir::Value result);
  /// All of them in an order that keeps all that was asked for; the original one where nothing else was.
  llvm::SmallVector<mlir::Operation *> order() const;

private:
  struct Access {
    unsigned launch;
    bool reads = false, writes = false;
  };
  bool reaches(unsigned from, unsigned to) const;
  void use(mlir::Value buffer, unsigned launch, bool reads, bool writes);

  llvm::SmallVector<mlir::Operation *> launches;
  llvm::SmallVector<llvm::SmallVector<unsigned>> after; ///< after[i]: launches that must follow i
  llvm::MapVector<mlir::Value, llvm::SmallVector<Access>> users;
};

} // namespace nn
