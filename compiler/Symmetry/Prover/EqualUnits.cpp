// Free classes of axes among the trained parameters.
#include "Symmetry/Prover/EqualUnits.h"
#include "Symmetry/Prover/AxisClasses.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace nn::prover {

namespace {

/// A parameter with an axis of some class.
struct Member {
  std::string parameter;
  ArrayRef<int64_t> shape;
  unsigned axis;
  bool isTrained, isWeight;
};

} // namespace

/// Whether the units are more than entries of one parameter: something tells their inputs apart, or their outputs.
static bool isLayer(ArrayRef<Member> members, function_ref<bool(const Member &, unsigned)> isFree) {
  SmallVector<StringRef> trained;
  for (const Member &member : members) {
    if (!member.isTrained)
      continue;
    for (auto [axis, extent] : llvm::enumerate(member.shape))
      if (extent > 1 && !isFree(member, axis))
        return true;
    if (!llvm::is_contained(trained, member.parameter))
      trained.push_back(member.parameter);
  }
  return trained.size() > 1;
}

/// The trained parameter that a reader would have drawn: matrices before vectors, weights before biases.
static const Member &toBeDrawn(ArrayRef<Member> members) {
  auto rank = [](const Member &member) {
    return std::tuple(member.isTrained, member.shape.size() > 1, member.isWeight);
  };
  return *llvm::max_element(members, [&](const Member &a, const Member &b) { return rank(a) < rank(b); });
}

std::vector<EqualUnits> findEqualUnits(ModuleOp flat) {
  AxisClasses classes;
  llvm::StringSet<> trained;
  if (auto init = flat.lookupSymbol<func::FuncOp>("init"))
    classes.visit(init);
  for (auto recipe : flat.getOps<RecipeOp>()) {
    auto step = flat.lookupSymbol<func::FuncOp>(recipe.getStep());
    classes.visit(step);
    for (unsigned k = 0; k < step.getNumResults(); ++k)
      if (auto binding = step.getResultAttrOfType<BindAttr>(k, bindingAttrName);
          binding && binding.getKind() == Binding::param)
        trained.insert(binding.getName());
  }
  llvm::MapVector<unsigned, SmallVector<Member>> members;
  for (auto parameter : flat.getOps<ParameterOp>()) {
    StringRef path = parameter.getSymName();
    ArrayRef<int64_t> shape = cast<RankedTensorType>(parameter.getType()).getShape();
    for (auto [axis, extent] : llvm::enumerate(shape))
      if (auto own = classes.classOf(path, axis); own && extent > 1 && classes.isFree(*own))
        members[*own].push_back(
            {path.str(), shape, unsigned(axis), trained.contains(path), parameter.getKind() == "weight"});
  }
  std::vector<EqualUnits> found;
  for (auto &[axes, group] : members) {
    auto isFree = [&](const Member &member, unsigned axis) {
      return classes.isFree(*classes.classOf(member.parameter, axis));
    };
    if (!isLayer(group, isFree))
      continue;
    const Member &drawn = toBeDrawn(group);
    EqualUnits units{drawn.shape[drawn.axis], drawn.parameter, drawn.axis, {}};
    for (const Member &member : group)
      if (member.parameter != drawn.parameter && !llvm::is_contained(units.others, member.parameter))
        units.others.push_back(member.parameter);
    found.push_back(std::move(units));
  }
  return found;
}

} // namespace nn::prover
