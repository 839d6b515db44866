// Groups and representations of claims, from exact numbers to doubles.
#include "Symmetry/Prover/ClaimTables.h"
#include "Symmetry/Prover/Elements.h"
#include "Symmetry/Prover/NumericCheck.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace nn::prover {

static DictionaryAttr moveTable(Builder &builder, const Move &move) {
  NamedAttrList entries;
  if (move.isPermutation()) {
    std::vector<int64_t> image(move.image().begin(), move.image().end()), signs;
    for (int cell = 0; move.hasSigns() && cell < move.size(); ++cell)
      signs.push_back(move.sign(cell));
    entries.set("image", builder.getDenseI64ArrayAttr(image));
    if (!signs.empty())
      entries.set("signs", builder.getDenseI64ArrayAttr(signs));
  } else {
    std::vector<double> matrix(size_t(move.size()) * move.size(), 0);
    Matrix exact = move.asMatrix();
    for (const Matrix::Entry &entry : exact.entries())
      matrix[size_t(entry.row) * move.size() + entry.column] = entry.value.toDouble();
    entries.set("matrix", builder.getDenseF64ArrayAttr(matrix));
  }
  std::vector<double> offset;
  for (const Exact &value : move.offset)
    offset.push_back(value.toDouble());
  if (!offset.empty())
    entries.set("offset", builder.getDenseF64ArrayAttr(offset));
  return entries.getDictionary(builder.getContext());
}

/// How one tensor moves along one of its spaces.
static FailureOr<DictionaryAttr> spaceTable(Builder &builder, func::FuncOp function, const GroupRef &group,
                                            const SpaceSpec &space) {
  Type type = space.result ? function.getResultTypes()[space.leaf] : function.getArgumentTypes()[space.leaf];
  auto bind = space.result ? function.getResultAttrOfType<BindAttr>(space.leaf, bindingAttrName)
                           : function.getArgAttrOfType<BindAttr>(space.leaf, bindingAttrName);
  ArrayRef<int64_t> shape = cast<ShapedType>(type).getShape();
  auto whole = space.values ? llvm::Expected<SpaceSpec>(space) : withAxes(*group, shape, space);
  auto representation = !whole         ? whole.takeError()
                        : space.values ? represent(group, {int64_t(group->degree())}, space.by)
                                       : representSpace(group, shape, *whole);
  if (!representation) {
    llvm::consumeError(representation.takeError());
    return failure();
  }
  SmallVector<Attribute> moves;
  for (const Move &move : representation->moves())
    moves.push_back(moveTable(builder, move));
  NamedAttrList entries;
  entries.set("name", builder.getStringAttr(bind.getName()));
  if (space.result)
    entries.set("result", builder.getUnitAttr());
  if (space.values)
    entries.set("values", builder.getUnitAttr());
  entries.set("axes", builder.getDenseI64ArrayAttr(whole->axes));
  entries.set("cells", builder.getI64IntegerAttr(representation->cells()));
  entries.set("moves", builder.getArrayAttr(moves));
  return entries.getDictionary(builder.getContext());
}

static ArrayAttr inputTables(Builder &builder, func::FuncOp function) {
  SmallVector<Attribute> inputs;
  for (unsigned k = 0; k < function.getNumArguments(); ++k) {
    auto below = function.getArgAttrOfType<IntegerAttr>(k, belowAttrName);
    bool isFloat = isa<FloatType>(getElementTypeOrSelf(function.getArgumentTypes()[k]));
    int64_t least = isFloat ? 0 : below ? below.getInt() : 2;
    auto bind = function.getArgAttrOfType<BindAttr>(k, bindingAttrName);
    inputs.push_back(builder.getDictionaryAttr({builder.getNamedAttr("name", builder.getStringAttr(bind.getName())),
                                                builder.getNamedAttr("below", builder.getI64IntegerAttr(least))}));
  }
  return builder.getArrayAttr(inputs);
}

static ArrayAttr elementTables(Builder &builder, const Group &group) {
  SmallVector<Attribute> elements;
  for (const auto &[name, word] : elementsToTest(group, /*seed=*/1)) {
    std::vector<int64_t> generators;
    std::vector<double> amounts;
    for (const Step &step : word) {
      generators.push_back(step.generator);
      amounts.push_back(step.amount);
    }
    elements.push_back(
        builder.getDictionaryAttr({builder.getNamedAttr("name", builder.getStringAttr(name)),
                                   builder.getNamedAttr("generators", builder.getDenseI64ArrayAttr(generators)),
                                   builder.getNamedAttr("amounts", builder.getDenseF64ArrayAttr(amounts))}));
  }
  return builder.getArrayAttr(elements);
}

static ArrayAttr generatorTables(Builder &builder, const Group &group) {
  SmallVector<Attribute> generators;
  for (const Generator &generator : group.generators()) {
    NamedAttrList entries;
    entries.set("name", builder.getStringAttr(generator.name));
    entries.set("unit", builder.getF64FloatAttr(unitOf(generator)));
    if (generator.kind == Generator::Kind::Lie)
      entries.set("direction", builder.getUnitAttr());
    generators.push_back(entries.getDictionary(builder.getContext()));
  }
  return builder.getArrayAttr(generators);
}

static FailureOr<DictionaryAttr> actionTable(Builder &builder, ClaimOp claim, func::FuncOp function,
                                             const ActionSpec &action) {
  auto group = parseGroup(action.group);
  if (!group) {
    llvm::consumeError(group.takeError());
    return failure();
  }
  SmallVector<Attribute> spaces;
  for (const SpaceSpec &space : action.spaces) {
    auto table = spaceTable(builder, function, *group, space);
    if (failed(table))
      return failure();
    spaces.push_back(*table);
  }
  std::string text = claimText(claim, action);
  return builder.getDictionaryAttr({builder.getNamedAttr("text", builder.getStringAttr(text)),
                                    builder.getNamedAttr("generators", generatorTables(builder, **group)),
                                    builder.getNamedAttr("inputs", inputTables(builder, function)),
                                    builder.getNamedAttr("spaces", builder.getArrayAttr(spaces)),
                                    builder.getNamedAttr("elements", elementTables(builder, **group))});
}

void tabulateClaims(ModuleOp module) {
  Builder builder(module.getContext());
  for (ClaimOp claim : module.getOps<ClaimOp>()) {
    if (!claim->hasAttr(wideAttrName))
      continue;
    auto function = module.lookupSymbol<func::FuncOp>(claim.getFunction());
    SmallVector<Attribute> tables;
    for (Attribute attr : claim.getActions())
      if (auto action = ActionSpec::of(attr))
        if (auto table = actionTable(builder, claim, function, *action); succeeded(table))
          tables.push_back(*table);
    claim->setAttr(tablesAttrName, builder.getArrayAttr(tables));
  }
}

} // namespace nn::prover
