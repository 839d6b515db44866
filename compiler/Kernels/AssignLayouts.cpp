// assign-layouts: stores each buffer with the axis innermost that the equations' vectors run along.
#include "Kernels/Kernels.h"
#include "Kernels/Layouts.h"
#include "Kernels/Passes.h"

#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace nn;

namespace {
struct AssignLayouts : PassWrapper<AssignLayouts, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(AssignLayouts)
  StringRef getArgument() const final { return "nn-assign-layouts"; }
  StringRef getDescription() const final {
    return "order the axes of buffers so that contractions read with unit stride";
  }

  void runOnOperation() final {
    ModuleOp module = getOperation();
    Layouts layouts(module);
    for (auto function : module.getOps<func::FuncOp>())
      if (!function.isExternal())
        changeFunction(function, layouts);
    for (auto kernel : module.getOps<KernelOp>())
      changeKernel(kernel, layouts);
  }

  static bool isIdentity(ArrayRef<int64_t> order) {
    return llvm::all_of(llvm::enumerate(order), [](auto entry) { return int64_t(entry.index()) == entry.value(); });
  }

  static void changeType(Value value, ArrayRef<int64_t> order) {
    auto type = cast<MemRefType>(value.getType());
    SmallVector<int64_t> shape;
    for (int64_t axis : order)
      shape.push_back(type.getDimSize(axis));
    value.setType(MemRefType::get(shape, type.getElementType()));
  }

  /// Leaves the order on the symbol that the argument stands for, if it is not the logical one.
  static void record(func::FuncOp function, BlockArgument argument, ArrayRef<int64_t> order) {
    auto bind = dyn_cast_or_null<BindAttr>(function.getArgAttr(argument.getArgNumber(), bindingAttrName));
    Operation *symbol = bind ? SymbolTable::lookupSymbolIn(function->getParentOp(), bind.getName()) : nullptr;
    if (symbol)
      symbol->setAttr(layoutAttrName, DenseI64ArrayAttr::get(function.getContext(), order));
  }

  static void changeFunction(func::FuncOp function, const Layouts &layouts) {
    for (BlockArgument argument : function.getArguments()) {
      SmallVector<int64_t> order = layouts.orderOf(argument);
      if (isIdentity(order))
        continue;
      changeType(argument, order);
      record(function, argument, order);
    }
    for (auto buffer : function.getBody().front().getOps<BufferOp>())
      changeType(buffer.getResult(), layouts.orderOf(buffer.getResult()));
    function.setFunctionType(
        FunctionType::get(function.getContext(), function.getBody().front().getArgumentTypes(), {}));
  }

  static AffineMap reorder(AffineMap map, ArrayRef<int64_t> order) {
    SmallVector<AffineExpr> results;
    for (int64_t axis : order)
      results.push_back(map.getResult(axis));
    return AffineMap::get(map.getNumDims(), map.getNumSymbols(), results, map.getContext());
  }

  static void changeEquation(EquationOp equation, const Layouts &layouts) {
    SmallVector<Attribute> reads;
    for (auto [k, input] : llvm::enumerate(equation.getInputs()))
      reads.push_back(AffineMapAttr::get(reorder(equation.getRead(k), layouts.orderOf(input))));
    equation.setReadsAttr(ArrayAttr::get(equation.getContext(), reads));
    equation.setWrite(reorder(equation.getWrite(), layouts.orderOf(equation.getDest())));
  }

  static void changeKernel(KernelOp kernel, const Layouts &layouts) {
    for (auto equation : kernel.getBody().getOps<EquationOp>())
      changeEquation(equation, layouts);
    for (BlockArgument argument : kernel.getBody().getArguments())
      changeType(argument, layouts.orderOf(argument));
    for (auto scratch : kernel.getBody().getOps<ScratchOp>()) {
      SmallVector<int64_t> order = layouts.orderOf(scratch.getResult());
      changeType(scratch.getResult(), order);
      auto moved = [&](int64_t axis) -> int64_t { return llvm::find(order, axis) - order.begin(); };
      if (scratch.getAxis() >= 0)
        scratch.setFrameAxis(moved(scratch.getAxis()));
      if (ArrayRef<int64_t> outer = outerOf(scratch); !outer.empty())
        scratch->setAttr(outerAttrName,
                         Builder(scratch.getContext()).getDenseI64ArrayAttr(llvm::map_to_vector(outer, moved)));
    }
  }
};
} // namespace

std::unique_ptr<Pass> nn::createAssignLayoutsPass() { return std::make_unique<AssignLayouts>(); }
