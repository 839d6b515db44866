// From attributes of a claim to moves of the tensors of its function.
#include "Symmetry/Replay/Statement.h"
#include "Dialect/NN/IR/Form.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
namespace json = llvm::json;

namespace nn::replay {

using symmetry::refusal;

/// Inputs and outputs move as the claim says. What an optimizer keeps, before the call and after it, moves like the
/// weights, its first input, or stays.
llvm::Error Statement::readPart(const ActionSpec &action, unsigned number, bool result, const json::Object &states) {
  Type type = result ? function.getResultTypes()[number] : function.getArgumentTypes()[number];
  auto binding = result ? function.getResultAttrOfType<BindAttr>(number, bindingAttrName)
                        : function.getArgAttrOfType<BindAttr>(number, bindingAttrName);
  bool named = binding && binding.getKind() == (result ? Binding::output : Binding::arg);
  bool state = binding && binding.getKind() == Binding::state && function->hasAttr(trainingAttrName);
  bool follows = state && states.getString(binding.getName()) == "moves" && type == function.getArgumentTypes()[0];
  Part part{type, {}, named || state};
  for (const SpaceSpec &spec : action.spaces) {
    if (follows ? spec.leaf != 0 || spec.result : !named || spec.leaf != number || spec.result != result)
      continue;
    ArrayRef<int64_t> shape = cast<ShapedType>(type).getShape();
    std::vector<int> axes(spec.axes.begin(), spec.axes.end());
    if (spec.values)
      axes = {int(shape.size())};
    std::vector<int64_t> extents;
    for (int axis : axes)
      extents.push_back(spec.values ? int64_t(group->degree()) : shape[axis]);
    auto representation = symmetry::represent(group, extents, spec.by);
    if (!representation)
      return representation.takeError();
    json::Array by;
    for (const symmetry::Move &move : representation->moves())
      by.push_back(move.text());
    text.getArray("moves")->push_back(json::Object{
        {result ? "output" : "input", binding.getName()}, {"axes", json::Array(axes)}, {"by", std::move(by)}});
    part.spaces.push_back({axes, std::move(*representation)});
  }
  if (state)
    (*text.getObject("states"))[binding.getName()] = follows ? "moves" : "stays";
  (result ? results : arguments).push_back(std::move(part));
  return llvm::Error::success();
}

llvm::Error Statement::read(ModuleOp form, int64_t number, const json::Object &states) {
  auto claims = form.getOps<ClaimOp>();
  if (!llvm::hasSingleElement(claims))
    return refusal("the form has another number of claims than one");
  ClaimOp claim = *claims.begin();
  function = form.lookupSymbol<func::FuncOp>(claim.getFunction());
  ArrayAttr actions = claim.getActions();
  auto action = number >= 0 && number < int64_t(actions.size()) ? ActionSpec::of(actions[number]) : std::nullopt;
  auto parsed = symmetry::parseGroup(action ? action->group : "");
  if (!parsed)
    return parsed.takeError();
  group = *parsed;
  json::Object sizes;
  json::Array generators;
  for (NamedAttribute size : claim->getAttrOfType<DictionaryAttr>(sizesAttrName))
    sizes[size.getName().str()] = cast<IntegerAttr>(size.getValue()).getInt();
  for (const symmetry::Generator &generator : group->generators())
    generators.push_back(generator.name);
  text = json::Object{{"claim", claimText(claim, *action)},
                      {"group", action->group},
                      {"action", number},
                      {"sizes", std::move(sizes)},
                      {"form", digestOf(form)},
                      {"generators", std::move(generators)},
                      {"moves", json::Array()},
                      {"states", json::Object()}};
  for (bool result : {false, true})
    for (unsigned k = 0; k < (result ? function.getNumResults() : function.getNumArguments()); ++k)
      if (llvm::Error error = readPart(*action, k, result, states))
        return error;
  bool any = llvm::any_of(results, [](const Part &part) { return part.isClaimed; });
  return any ? llvm::Error::success() : refusal("the form claims nothing of any result");
}

} // namespace nn::replay
