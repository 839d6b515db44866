/// Which axis of each tensor or buffer is innermost in memory, chosen for the whole module.
#pragma once

#include "Kernels/Equations.h"

#include <map>
#include <vector>

namespace nn {

/// Chooses, for every value of a module (tensors, or buffers once kernels are formed), the order in which its axes are
/// stored. Values that maps join index by index (a parameter, its gradient, its optimizer states) share one choice; so
/// do all uses of one parameter. Fields, arguments, results and views keep their order.
class Layouts {
public:
  explicit Layouts(mlir::ModuleOp module);
  /// Stored axis k is logical axis `[k]`; the last one is innermost.
  llvm::SmallVector<int64_t> orderOf(mlir::Value value) const;
  bool isInnermost(mlir::Value value, int axis) const;

private:
  struct Access {
    unsigned node;
    mlir::AffineMap map;
    /// For each index of the box: the axis along which it moves by one element, or two, if that is innermost, `still`
    /// if the access does not move with it, `jumps` if it moves in another way.
    llvm::SmallVector<int> axes = {};
    /// For each index: whether it moves along that axis by two.
    llvm::SmallVector<bool> doubled = {};
    /// For each index: whether the place along that axis also depends on other indices, as in a window.
    llvm::SmallVector<bool> windows = {};
  };
  static constexpr int still = -1, jumps = -2;
  struct Use {
    llvm::SmallVector<int64_t> extents;
    int64_t points; ///< that satisfy the conditions
    double weight;  ///< how often it runs, relative to others
    std::optional<Segments> segments;
    llvm::SmallVector<mlir::AffineMap> tableMaps;
    llvm::SmallVector<bool> conditions; ///< for each index: whether a condition depends on it
    bool pairs = false;                 ///< puts neighbours into words, which it reads with vectors that lie together
    bool dotsPairs = false;             ///< sums products of such words
    bool isMap = false;
    bool cutsFirstAxis = false; ///< its stripes have to run along the first axis of its result
    llvm::SmallVector<Access> reads;
    Access write;
    /// What was computed before, by the innermost axes of reads and result.
    mutable std::map<llvm::SmallVector<unsigned>, double> costs;
  };
  struct Class {
    llvm::SmallVector<int64_t> shape;
    unsigned rank = 0, inner = 0;
    bool pinned = false, persistent = false;
    bool cut = false; ///< stripes run along the first axis in any case
    llvm::SmallVector<unsigned> uses;
  };

  unsigned nodeOf(mlir::Value value);
  unsigned find(unsigned node) const;
  void unite(unsigned a, unsigned b);
  void uniteBound(mlir::Value value, mlir::Attribute binding);
  void collectFunction(mlir::func::FuncOp function);
  void collectEquation(EquationOp equation, double weight);
  void pinOuterProducts(mlir::ModuleOp module);
  void joinMaps();
  void freeWords();
  void followCuts();
  bool mayChoose(const Class &cls, unsigned axis) const;
  void choose();
  bool improve(unsigned root);
  /// Another innermost axis for each of some classes, and how much lower the cost is then; 0: not worth it.
  struct Move {
    llvm::SmallVector<unsigned> roots, inner;
    double gain = 0;
  };
  Move moveAlong(const Use &use, unsigned index);
  bool improveTogether(const Use &use);
  /// Classes that `roots` meet in equations of about as many points as `use` or more, and that may still be chosen.
  llvm::SmallVector<unsigned> neighboursOf(llvm::ArrayRef<unsigned> roots, const Use &use) const;
  static int axisOf(const Use &use, mlir::AffineMap map, unsigned index, int64_t &step);
  /// Of each use of these classes.
  llvm::SmallVector<double> costs(llvm::ArrayRef<unsigned> roots) const;
  double cost(const Use &use) const;
  double computeCost(const Use &use) const;
  /// Elements between neighbours along an axis, as stored.
  int64_t strideOf(const Class &cls, unsigned axis) const;
  /// The rows of a register tile, which run along another index than its vectors, all lie in the same set of a cache.
  bool rowsCollide(const Use &use, const Access &read, unsigned vectorIndex) const;
  /// The access moves with the index, and not by one element.
  bool hasStride(const Access &access, unsigned index) const;

  llvm::DenseMap<mlir::Value, unsigned> nodes;
  llvm::SmallVector<unsigned> parents;
  llvm::SmallVector<Class> classes; ///< by node; what counts is the entry of a class's root
  std::vector<Use> uses;
  llvm::DenseMap<mlir::Attribute, unsigned> bound;
  /// Points of boxes that satisfy conditions, by the conditions and the extents.
  std::map<std::pair<const void *, std::vector<int64_t>>, int64_t> holding;
};

} // namespace nn
