// Claims of symmetry and the actions that they speak of.
#include "Dialect/NN/IR/Claims.h"

using namespace mlir;
using namespace nn;

DictionaryAttr SpaceSpec::toAttr(Builder &builder) const {
  NamedAttrList entries;
  entries.set("leaf", builder.getI64IntegerAttr(leaf));
  entries.set("axes", builder.getDenseI64ArrayAttr(axes));
  if (result)
    entries.set("result", builder.getUnitAttr());
  if (values)
    entries.set("values", builder.getUnitAttr());
  if (!by.empty())
    entries.set("by", builder.getStringAttr(by));
  return entries.getDictionary(builder.getContext());
}

DictionaryAttr ActionSpec::toAttr(Builder &builder) const {
  SmallVector<Attribute> all;
  for (const SpaceSpec &space : spaces)
    all.push_back(space.toAttr(builder));
  NamedAttrList entries;
  entries.set("group", builder.getStringAttr(group));
  entries.set("written", builder.getStringAttr(written));
  entries.set("spaces", builder.getArrayAttr(all));
  return entries.getDictionary(builder.getContext());
}

static std::optional<SpaceSpec> spaceOf(Attribute attr) {
  auto entries = dyn_cast<DictionaryAttr>(attr);
  auto leaf = entries ? entries.getAs<IntegerAttr>("leaf") : IntegerAttr();
  auto axes = entries ? entries.getAs<DenseI64ArrayAttr>("axes") : DenseI64ArrayAttr();
  if (!leaf || !axes || leaf.getInt() < 0)
    return std::nullopt;
  SpaceSpec space;
  space.leaf = leaf.getInt();
  space.axes = llvm::to_vector(axes.asArrayRef());
  space.result = entries.contains("result");
  space.values = entries.contains("values");
  if (auto by = entries.getAs<StringAttr>("by"))
    space.by = by.str();
  return space;
}

std::optional<ActionSpec> ActionSpec::of(Attribute attr) {
  auto entries = dyn_cast<DictionaryAttr>(attr);
  auto group = entries ? entries.getAs<StringAttr>("group") : StringAttr();
  auto written = entries ? entries.getAs<StringAttr>("written") : StringAttr();
  auto spaces = entries ? entries.getAs<ArrayAttr>("spaces") : ArrayAttr();
  if (!group || !written || !spaces)
    return std::nullopt;
  ActionSpec action{group.str(), written.str(), {}};
  for (Attribute each : spaces) {
    auto space = spaceOf(each);
    if (!space)
      return std::nullopt;
    action.spaces.push_back(*space);
  }
  return action;
}

std::string nn::claimText(ClaimOp claim, const ActionSpec &action) {
  return (claim.getKind() + " " + claim.getSubject() + " under " + action.written).str();
}

LogicalResult ClaimOp::verifySymbolUses(SymbolTableCollection &tables) {
  auto function = tables.lookupNearestSymbolFrom<func::FuncOp>(*this, getFunctionAttr());
  if (!function)
    return emitOpError("claim_c1: no function ") << getFunctionAttr();
  if (!llvm::is_contained({"invariant", "equivariant", "convex", "linear"}, getKind()))
    return emitOpError("claim_c2: the kind is `invariant`, `equivariant`, `convex` or `linear`, not ") << getKindAttr();
  // Below tensors, arguments and results are places in a buffer; the tables say by name what moves.
  bool onTensors = function.getNumResults() > 0;
  for (Attribute attr : getActions()) {
    auto action = ActionSpec::of(attr);
    if (!action)
      return emitOpError("claim_c3: ") << attr << " is no action";
    for (const SpaceSpec &space : action->spaces) {
      if (space.result && getKind() == "invariant")
        return emitOpError("claim_c2: an invariant claim moves no result");
      TypeRange leaves = space.result ? TypeRange(function.getResultTypes()) : TypeRange(function.getArgumentTypes());
      if (!onTensors)
        continue;
      auto type = space.leaf < leaves.size() ? dyn_cast<RankedTensorType>(leaves[space.leaf]) : RankedTensorType();
      if (!type || llvm::any_of(space.axes, [&](int64_t axis) { return axis < 0 || axis >= type.getRank(); }))
        return emitOpError("claim_c3: no such leaf or axis in ") << attr;
    }
  }
  return success();
}
