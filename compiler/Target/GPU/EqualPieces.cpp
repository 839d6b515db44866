// Equal pieces as one: heads of attention, layers of one shape are kernels that differ in a part, and most pieces of
// them do not. Each takes time to compile here, space in the executable, and time again when a driver loads it.
#include "Target/GPU/EqualPieces.h"
#include "Target/GPU/WarpGroups.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/OperationSupport.h"

using namespace mlir;
using namespace nn;

using Equivalence = OperationEquivalence;

/// Variables in shared memory are named after their piece.
static std::string variableName(StringRef piece, StringRef rest) { return (piece + "$" + rest).str(); }

static llvm::hash_code hashOf(func::FuncOp piece) {
  llvm::hash_code hash = hash_value(piece.getFunctionType());
  piece.walk([&](Operation *op) {
    if (op == piece || isa<memref::GetGlobalOp>(op))
      return;
    hash =
        llvm::hash_combine(hash, Equivalence::computeHash(op, Equivalence::ignoreHashValue,
                                                          Equivalence::ignoreHashValue, Equivalence::IgnoreLocations));
  });
  return hash;
}

/// Makes a piece use the variables of another one instead of its own.
static void useVariables(func::FuncOp piece, StringRef own, StringRef others) {
  piece.walk([&](memref::GetGlobalOp get) {
    StringRef name = get.getName();
    if (name.consume_front((own + "$").str()))
      get.setName(variableName(others, name));
  });
}

static bool areEqual(func::FuncOp a, func::FuncOp b) {
  if (!a || !b)
    return !a && !b;
  if (a.getFunctionType() != b.getFunctionType() || a.getArgAttrsAttr() != b.getArgAttrsAttr() ||
      a->getDiscardableAttrDictionary() != b->getDiscardableAttrDictionary())
    return false;
  std::string own = b.getSymName().str();
  useVariables(b, own, a.getSymName());
  bool equal = Equivalence::isRegionEquivalentTo(&a.getBody(), &b.getBody(), Equivalence::IgnoreLocations);
  useVariables(b, a.getSymName(), own);
  return equal;
}

/// Erases a piece and its variables.
static void erase(func::FuncOp piece, SymbolTable &symbols) {
  if (!piece)
    return;
  piece.walk([&](memref::GetGlobalOp get) {
    StringRef name = get.getName();
    if (name.consume_front((piece.getSymName() + "$").str()))
      if (Operation *variable = symbols.lookup(get.getName()))
        symbols.erase(variable);
  });
  symbols.erase(piece);
}

llvm::StringMap<std::string> nn::mergeEqualPieces(ModuleOp pieces) {
  SymbolTable symbols(pieces);
  auto onHopper = [&](func::FuncOp piece) {
    return symbols.lookup<func::FuncOp>((piece.getSymName() + warpgroupSuffix).str());
  };
  llvm::StringMap<std::string> merged;
  DenseMap<size_t, SmallVector<func::FuncOp>> known;
  SmallVector<func::FuncOp> gone;
  for (func::FuncOp piece : pieces.getOps<func::FuncOp>()) {
    if (piece.getSymName().ends_with(warpgroupSuffix))
      continue;
    SmallVector<func::FuncOp> &alike = known[hashOf(piece)];
    auto same = llvm::find_if(alike, [&](func::FuncOp other) {
      return areEqual(other, piece) && areEqual(onHopper(other), onHopper(piece));
    });
    if (same == alike.end()) {
      alike.push_back(piece);
      continue;
    }
    merged[piece.getSymName()] = same->getSymName().str();
    gone.push_back(piece);
  }
  for (func::FuncOp piece : gone) {
    erase(onHopper(piece), symbols);
    erase(piece, symbols);
  }
  return merged;
}

namespace {
struct MergeEqualPiecesPass : PassWrapper<MergeEqualPiecesPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(MergeEqualPiecesPass)
  StringRef getArgument() const override { return "nn-merge-equal-pieces"; }
  StringRef getDescription() const override { return "keep one of the functions of pieces that are equal"; }
  void runOnOperation() override { mergeEqualPieces(getOperation()); }
};
} // namespace

std::unique_ptr<Pass> nn::createMergeEqualPiecesPass() { return std::make_unique<MergeEqualPiecesPass>(); }
