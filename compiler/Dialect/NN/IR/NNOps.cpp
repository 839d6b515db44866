// Verifiers and folders of the nn operations on tensors, other than equations (EquationVerifier.cpp).
#include "Dialect/NN/IR/EquationUtils.h"
#include "Dialect/NN/IR/Storage.h"

using namespace mlir;
using namespace nn;

#include "Dialect/NN/IR/NNInterfaces.cpp.inc"
#define GET_OP_CLASSES
#include "Dialect/NN/IR/NNOps.cpp.inc"

static ArrayRef<int64_t> shapeOf(Value value) { return cast<ShapedType>(value.getType()).getShape(); }
static Type elementOf(Value value) { return cast<ShapedType>(value.getType()).getElementType(); }

/// The type with one more axis in front.
static Type withLeadingAxis(Type type, int64_t extent) {
  SmallVector<int64_t> shape{extent};
  llvm::append_range(shape, cast<ShapedType>(type).getShape());
  return cast<ShapedType>(type).clone(shape);
}

//===-- Equations
//------------------------------------------------------------------------------------------------------===//

TypedAttr EquationOp::getFillValue(unsigned k) {
  if (!getFill() || isa<UnitAttr>((*getFill())[k]))
    return {};
  return cast<TypedAttr>((*getFill())[k]);
}

ShapedType EquationOp::getResultType() {
  return cast<ShapedType>((getDest() ? Value(getDest()) : Value(getResult())).getType());
}

void EquationOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  if (!getDest())
    return;
  for (OpOperand &operand : getOperation()->getOpOperands())
    if (operand.get() != getDest() || getAccumulate())
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  effects.emplace_back(MemoryEffects::Write::get(), &getDestMutable()[0]);
}

static LogicalResult verifyLaw(Operation *op, StringRef constraint, Distribution law, Type element) {
  if ((law == Distribution::bits) == isa<FloatType>(element))
    return op->emitOpError(constraint) << ": " << stringifyDistribution(law) << " gives no " << element;
  return success();
}

LogicalResult RandomOp::verify() { return verifyLaw(*this, "random_c1", getLaw(), getType()); }

//===-- Tensors
//--------------------------------------------------------------------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult ReshapeOp::verify() {
  auto input = cast<ShapedType>(getInput().getType()), result = cast<ShapedType>(getType());
  if (input.getNumElements() != result.getNumElements())
    return emitOpError("reshape_c1: ") << input.getNumElements() << " elements become " << result.getNumElements();
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto first = getInput().getDefiningOp<ReshapeOp>(); first && first.getInput().getType() == getType())
    return first.getInput();
  return {};
}

//===-- Parameters, state, chance
//--------------------------------------------------------------------------------------===//

template <typename Target> static Target lookup(SymbolTableCollection &tables, Operation *user, SymbolRefAttr name) {
  return tables.lookupNearestSymbolFrom<Target>(user, name);
}

LogicalResult ParamOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto parameter = lookup<ParameterOp>(tables, *this, getPathAttr());
  if (!parameter)
    return emitOpError("param_c1: no parameter ") << getPath();
  if (!isStoredAs(getType(), parameter.getType()))
    return emitOpError("param_c1: parameter ") << getPath() << " is " << parameter.getType();
  return success();
}

LogicalResult StateOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto state = lookup<StateVarOp>(tables, *this, getPathAttr());
  if (!state)
    return emitOpError("state_c1: no state ") << getPath();
  if (!isStoredAs(getType(), state.getType()))
    return emitOpError("state_c1: state ") << getPath() << " is " << state.getType();
  return success();
}

LogicalResult LoadOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto loaded = lookup<LoadedOp>(tables, *this, getPathAttr());
  if (!loaded)
    return emitOpError("load_c1: nothing loaded is called ") << getPath();
  if (loaded.getType() != getType())
    return emitOpError("load_c1: ") << getPath() << " is " << loaded.getType();
  return success();
}

LogicalResult UpdateOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto parameter = lookup<ParameterOp>(tables, *this, getPathAttr());
  auto state = lookup<StateVarOp>(tables, *this, getPathAttr());
  if (!parameter && !state)
    return emitOpError("update_c1: no parameter or state ") << getPath();
  Type type = parameter ? parameter.getType() : state.getType();
  if (!isStoredAs(getValue().getType(), type))
    return emitOpError("update_c1: ") << getPath() << " is " << type;
  return success();
}

LogicalResult SettingValueOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto setting = lookup<SettingOp>(tables, *this, getNameAttr());
  if (!setting)
    return emitOpError("setting_value_c1: no setting ") << getName();
  Type type = cast<TypedAttr>(setting.getValue()).getType();
  if (type != elementOf(getResult()))
    return emitOpError("setting_value_c1: setting ") << getName() << " is " << type;
  return success();
}

LogicalResult KeyOp::verify() {
  if (shapeOf(getResult()) != ArrayRef<int64_t>{4})
    return emitOpError("key_c1: a key has four elements, not ") << getType();
  return success();
}

/// The axes in front of a key's own four elements, or nothing if it is no key.
static std::optional<ArrayRef<int64_t>> axesOfKeys(Value key) {
  ArrayRef<int64_t> shape = shapeOf(key);
  if (shape.empty() || shape.back() != 4)
    return std::nullopt;
  return shape.drop_back();
}

LogicalResult FoldKeyOp::verify() {
  auto axes = axesOfKeys(getKey());
  if (!axes)
    return emitOpError("fold_key_c1: a key's last axis is 4, not ") << getKey().getType();
  if (!shapeOf(getCounter()).empty() && shapeOf(getCounter()) != *axes)
    return emitOpError("fold_key_c1: counters ") << getCounter().getType() << " for keys " << getKey().getType();
  return success();
}

LogicalResult SampleOp::verify() {
  auto axes = axesOfKeys(getKey());
  if (!axes || shapeOf(getResult()).take_front(axes->size()) != *axes)
    return emitOpError("sample_c1: keys ") << getKey().getType() << " for a sample " << getType();
  return verifyLaw(*this, "sample_c2", getLaw(), elementOf(getResult()));
}

//===-- The coupling of examples, derivatives
//--------------------------------------------------------------------------===//

LogicalResult BatchStackOp::verify() {
  ArrayRef<int64_t> shape = shapeOf(getResult());
  if (shape.empty() || shape.drop_front() != shapeOf(getInput()))
    return emitOpError("batch_stack_c1: the result has one leading axis more than ") << getInput().getType();
  return success();
}

LogicalResult GradOp::verify() {
  if (!shapeOf(getY()).empty() || !isa<FloatType>(elementOf(getY())))
    return emitOpError("grad_c1: the gradient of ") << getY().getType() << ", not of a float scalar";
  if (getWrt().size() != getGrads().size())
    return emitOpError("grad_c2: ") << getGrads().size() << " gradients by " << getWrt().size() << " variables";
  for (auto [x, grad] : llvm::zip(getWrt(), getGrads()))
    if (x.getType() != grad.getType() || !isa<FloatType>(elementOf(x)))
      return emitOpError("grad_c2: the gradient by ") << x.getType() << " is " << grad.getType();
  return success();
}

LogicalResult JacobianOp::verify() {
  SmallVector<int64_t> shape(shapeOf(getY()));
  llvm::append_range(shape, shapeOf(getX()));
  if (shapeOf(getResult()) != ArrayRef<int64_t>(shape) || elementOf(getResult()) != elementOf(getY()))
    return emitOpError("jacobian_c1: the result has the shape of y followed by that of x, not ") << getType();
  return success();
}

//===-- Calls and loops
//------------------------------------------------------------------------------------------------===//

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto callee = tables.lookupNearestSymbolFrom<func::FuncOp>(*this, getCalleeAttr());
  if (!callee)
    return emitOpError("call_c1: no function @") << getCallee();
  std::optional<ArrayRef<bool>> mapped = getMapped();
  if (bool(mapped) != getExtent().has_value() ||
      (mapped && (mapped->size() != getArgs().size() || !llvm::is_contained(*mapped, true) ||
                  static_cast<int64_t>(*getExtent()) < 0)))
    return emitOpError("call_c2: a mapped call has a flag per argument, one of them true, and an extent");
  FunctionType type = callee.getFunctionType();
  ArrayRef<Attribute> at = getAt() ? getAt()->getValue() : ArrayRef<Attribute>();
  if (at.size() > getArgs().size() || (mapped && !at.empty()))
    return emitOpError("call_c4: a call at other parameters has an argument for each and is not mapped");
  OperandRange own = getArgs().drop_back(at.size()), values = getArgs().take_back(at.size());
  for (auto [path, value] : llvm::zip(at, values)) {
    auto parameter = tables.lookupNearestSymbolFrom<ParameterOp>(*this, cast<FlatSymbolRefAttr>(path));
    if (!parameter || parameter.getType() != value.getType())
      return emitOpError("call_c4: ") << path << " is no parameter of type " << value.getType();
  }
  if (type.getNumInputs() != own.size() || type.getNumResults() != getNumResults())
    return emitOpError("call_c3: @") << getCallee() << " is " << type;
  for (auto [k, argument] : llvm::enumerate(own)) {
    Type expected = type.getInput(k);
    if (mapped && (*mapped)[k])
      expected = withLeadingAxis(expected, *getExtent());
    if (argument.getType() != expected)
      return emitOpError("call_c3: argument ") << k << " is " << argument.getType() << ", not " << expected;
  }
  for (auto [k, result] : llvm::enumerate(getResults())) {
    Type expected = mapped ? withLeadingAxis(type.getResult(k), *getExtent()) : type.getResult(k);
    if (result.getType() != expected)
      return emitOpError("call_c3: result ") << k << " is " << result.getType() << ", not " << expected;
  }
  return success();
}

static LogicalResult verifyTypes(Operation *op, StringRef constraint, StringRef what, TypeRange found,
                                 TypeRange expected) {
  if (found == expected)
    return success();
  auto diagnostic = op->emitOpError(constraint) << ": " << what << " are (";
  llvm::interleaveComma(found, diagnostic);
  diagnostic << "), not (";
  llvm::interleaveComma(expected, diagnostic);
  return diagnostic << ")";
}

LogicalResult ScanOp::verify() {
  int64_t length = getLength();
  SmallVector<Type> arguments{RankedTensorType::get({}, IntegerType::get(getContext(), 32))}, results;
  llvm::append_range(arguments, getInits().getTypes());
  for (Value x : getXs()) {
    ArrayRef<int64_t> shape = shapeOf(x);
    if (length < 0 || shape.empty() || shape.front() != length)
      return emitOpError("scan_c1: ") << length << " turns over " << x.getType();
    arguments.push_back(RankedTensorType::get(shape.drop_front(), elementOf(x)));
  }
  if (length < 0)
    return emitOpError("scan_c1: ") << length << " turns";
  llvm::append_range(arguments, getCaptures().getTypes());
  for (Type type : getInits().getTypes())
    results.push_back(withLeadingAxis(type, length));
  Block &block = getBody().front();
  if (failed(verifyTypes(*this, "scan_c2", "the body's arguments", block.getArgumentTypes(), arguments)) ||
      failed(verifyTypes(*this, "scan_c3", "the next states", block.getTerminator()->getOperandTypes(),
                         getInits().getTypes())))
    return failure();
  return verifyTypes(*this, "scan_c4", "the results", getResultTypes(), results);
}

LogicalResult IterateOp::verify() {
  if (int64_t turns = getAtMost(); turns < 0)
    return emitOpError("iterate_c1: ") << turns << " turns";
  Type counter = RankedTensorType::get({}, IntegerType::get(getContext(), 32));
  Type flag = RankedTensorType::get({}, IntegerType::get(getContext(), 1));
  SmallVector<Type> arguments{counter}, yielded(getInits().getTypes());
  llvm::append_range(arguments, getInits().getTypes());
  llvm::append_range(arguments, getCaptures().getTypes());
  if (getUntil())
    yielded.push_back(flag);
  Block &block = getBody().front();
  if (failed(verifyTypes(*this, "iterate_c2", "the body's arguments", block.getArgumentTypes(), arguments)) ||
      failed(verifyTypes(*this, "iterate_c3", "the next states", block.getTerminator()->getOperandTypes(), yielded)))
    return failure();
  return verifyTypes(*this, "iterate_c4", "the results", getResultTypes(), getInits().getTypes());
}
