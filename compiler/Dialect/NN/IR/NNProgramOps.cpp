// Verifiers of the operations around equations: what a program holds, and kernels on buffers.
#include "Dialect/NN/IR/Frames.h"

#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace nn;

//===-- What a program holds
//-------------------------------------------------------------------------------------------===//

/// A tensor that lives across calls: its type has a static shape, and its word (kind or role) is one of two.
static LogicalResult verifyPersistent(Operation *op, StringRef constraint, Type type, StringRef word, StringRef first,
                                      StringRef second) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return op->emitOpError(constraint) << ": " << type << " is not a tensor of static shape";
  if (word != first && word != second)
    return op->emitOpError(constraint) << ": \"" << word << "\" is neither \"" << first << "\" nor \"" << second
                                       << "\"";
  return success();
}

LogicalResult ParameterOp::verify() {
  return verifyPersistent(*this, "parameter_c1", getType(), getKind(), "weight", "bias");
}

LogicalResult StateVarOp::verify() {
  return verifyPersistent(*this, "state_var_c1", getType(), getRole(), "model", "optimizer");
}

LogicalResult DatasetOp::verify() {
  for (Attribute field : getFields()) {
    auto entries = dyn_cast<DictionaryAttr>(field);
    auto type = entries ? entries.getAs<TypeAttr>("type") : TypeAttr();
    if (!type || !entries.getAs<StringAttr>("name") || !isa<RankedTensorType>(type.getValue()))
      return emitOpError("dataset_c1: the field ") << field << " lacks a name or a tensor type";
  }
  for (Attribute transform : getTransformsAttr() ? getTransformsAttr().getValue() : ArrayRef<Attribute>()) {
    auto entries = dyn_cast<DictionaryAttr>(transform);
    if (!entries || !entries.getAs<StringAttr>("name") || !entries.getAs<DictionaryAttr>("options"))
      return emitOpError("dataset_c2: the transform ") << transform << " lacks a name or options";
  }
  return success();
}

LogicalResult DatasetOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (getGeneratorAttr() && !tables.lookupNearestSymbolFrom<func::FuncOp>(*this, getGeneratorAttr()))
    return emitOpError("dataset_c3: no function ") << getGeneratorAttr();
  return success();
}

LogicalResult LoadedOp::verify() {
  auto tensor = dyn_cast<RankedTensorType>(getType());
  if (!tensor || !tensor.hasStaticShape())
    return emitOpError("loaded_c2: ") << getType() << " is not a tensor of static shape";
  return success();
}

LogicalResult LoadedOp::verifySymbolUses(SymbolTableCollection &tables) {
  Operation *source = tables.lookupNearestSymbolFrom(*this, getSourceAttr());
  if (!isa_and_nonnull<DatasetOp, RecipeOp>(source))
    return emitOpError("loaded_c1: neither a data set nor a recipe is called ") << getSourceAttr();
  return success();
}

LogicalResult RecipeOp::verify() {
  if (getUnit() != "epochs" && getUnit() != "steps")
    return emitOpError("recipe_c2: \"") << getUnit() << "\" is neither \"epochs\" nor \"steps\"";
  size_t sets = getDatasetsAttr() ? getDatasetsAttr().size() : 0;
  if (getAliasesAttr() && getAliasesAttr().size() != sets)
    return emitOpError("recipe_c3: ") << getAliasesAttr().size() << " aliases for " << sets << " data sets";
  return success();
}

LogicalResult RecipeOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (getDatasetsAttr())
    for (auto name : getDatasetsAttr().getAsRange<FlatSymbolRefAttr>())
      if (!tables.lookupNearestSymbolFrom<DatasetOp>(*this, name))
        return emitOpError("recipe_c1: no data set ") << name;
  for (FlatSymbolRefAttr name : {getStepAttr(), getEvalAttr()})
    if (!tables.lookupNearestSymbolFrom<func::FuncOp>(*this, name))
      return emitOpError("recipe_c1: no function ") << name;
  return success();
}

LogicalResult CommandOp::verify() {
  if (getShow() != "tensor" && getShow() != "ranking")
    return emitOpError("command_c2: \"") << getShow() << "\" is neither \"tensor\" nor \"ranking\"";
  return success();
}

LogicalResult CommandOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (!tables.lookupNearestSymbolFrom<func::FuncOp>(*this, getFunctionAttr()))
    return emitOpError("command_c1: no function ") << getFunctionAttr();
  return success();
}

LogicalResult ReportOp::verify() {
  if (getShow() != "tensor" && getShow() != "ranking")
    return emitOpError("report_c2: \"") << getShow() << "\" is neither \"tensor\" nor \"ranking\"";
  return success();
}

LogicalResult ReportOp::verifySymbolUses(SymbolTableCollection &tables) {
  if (!tables.lookupNearestSymbolFrom<func::FuncOp>(*this, getFunctionAttr()))
    return emitOpError("report_c1: no function ") << getFunctionAttr();
  return success();
}

LogicalResult ExperimentOp::verify() {
  for (Attribute point : getPoints()) {
    auto positions = dyn_cast<ArrayAttr>(point);
    if (!positions || positions.size() != getSweeps().size())
      return emitOpError("experiment_c1: ") << point << " is not one position a sweep";
  }
  return success();
}

//===-- Kernels on buffers
//---------------------------------------------------------------------------------------------===//

RoutineOp KernelOp::getRoutine() {
  Block &block = getBody().front();
  return llvm::hasSingleElement(block) ? dyn_cast<RoutineOp>(block.front()) : RoutineOp();
}

/// See Frames.h.
static LogicalResult verifyOuter(KernelOp kernel) {
  ArrayRef<int64_t> places = outerOf(kernel);
  if (llvm::any_of(places, [](int64_t extent) { return extent <= 0; }))
    return kernel.emitOpError("kernel_c3: outer extents are not positive: [") << places << "]";
  if (!places.empty() && kernel.getFrame() == 0)
    return kernel.emitOpError("kernel_c3: outer extents without a frame");
  for (Operation &op : kernel.getBody().front()) {
    auto equation = dyn_cast<EquationOp>(op);
    ArrayRef<int64_t> along = outerOf(&op);
    int64_t count = equation ? equation.getNumDims() : cast<MemRefType>(op.getResult(0).getType()).getRank();
    llvm::SmallDenseSet<int64_t> different(along.begin(), along.end());
    if (along.size() != places.size() || different.size() != along.size() ||
        llvm::any_of(along, [&](int64_t index) { return index < 0 || index >= count; }))
      return op.emitOpError("kernel_c4: ") << places.size() << " different " << (equation ? "indices" : "axes")
                                           << " run along outer extents, not [" << along << "]";
    for (auto [index, extent] : llvm::zip(along, places))
      if (equation && equation.getExtents()[index] != extent)
        return op.emitOpError("kernel_c4: index ") << index << " has the extent " << equation.getExtents()[index]
                                                   << ", the kernel's outer one is " << extent;
  }
  return success();
}

LogicalResult KernelOp::verify() {
  if (int64_t frame = getFrame(); frame < 0)
    return emitOpError("kernel_c1: a frame of ") << frame;
  if (getRoutine())
    return success();
  for (Operation &op : getBody().front())
    if (!isa<EquationOp, ScratchOp>(op))
      return op.emitOpError("kernel_c2: a kernel holds scratch and equations, or one routine");
  return verifyOuter(*this);
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto kernel = tables.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel)
    return emitOpError("launch_c1: no kernel ") << getKernelAttr();
  TypeRange expected = kernel.getBody().front().getArgumentTypes();
  if (TypeRange(getBuffers().getTypes()) != expected)
    return emitOpError("launch_c2: the buffers do not have the types of ") << getKernelAttr() << "'s arguments";
  return success();
}

void LoopOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  if (getInto().empty())
    return;
  for (OpOperand &operand : getOperation()->getOpOperands())
    effects.emplace_back(MemoryEffects::Read::get(), &operand);
  for (OpOperand &operand : getIntoMutable())
    effects.emplace_back(MemoryEffects::Write::get(), &operand);
}

LogicalResult LoopOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto callee = tables.lookupNearestSymbolFrom<func::FuncOp>(*this, getBodyAttr());
  if (!callee)
    return emitOpError("loop_c1: no function ") << getBodyAttr();
  unsigned states = getInits().size(), given = states + (getUntil() ? 1 : 0);
  bool planned = callee.getNumArguments() == 0 && getScratch();
  unsigned taken = 1 + states + getXs().size() + getCaptures().size() + (getInto().empty() ? 0 : given);
  if (!planned && callee.getNumArguments() != taken)
    return emitOpError("loop_c1: ") << getBodyAttr() << " takes " << callee.getNumArguments() << " values, not "
                                    << taken;
  if (!planned && callee.getNumResults() != (getInto().empty() ? given : 0))
    return emitOpError("loop_c2: ") << getBodyAttr() << " gives " << callee.getNumResults() << " values, not " << given;
  return success();
}

LogicalResult ViewOp::verify() {
  if (cast<ShapedType>(getInput().getType()).getNumElements() !=
      cast<ShapedType>(getResult().getType()).getNumElements())
    return emitOpError("view_c1: the number of elements stays");
  return success();
}
