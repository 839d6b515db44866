// The statement of a claim, and both sides of it at random values.
#include "Symmetry/Replay/Replay.h"
#include "Dialect/NN/IR/Form.h"
#include "Symmetry/Replay/Element.h"
#include "Symmetry/Replay/Evaluate.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
namespace json = llvm::json;

namespace nn::replay {

using symmetry::refusal;

namespace {

/// A claim of a form, and how the tensors of its function move.
struct Statement {
  func::FuncOp function;
  symmetry::GroupRef group;
  std::vector<Spaces> spaces; ///< of arguments, then of results
  SmallVector<bool> claimed;  ///< results of which something is claimed
  json::Object text;

  llvm::Error read(ModuleOp form, int64_t number, const json::Object &states);
  llvm::Error readSpaces(const ActionSpec &action, const json::Object &states);
};

} // namespace

// ---- what is claimed

static bool isState(BindAttr binding) { return binding && binding.getKind() == Binding::state; }

/// Inputs and outputs move as the claim says. What an optimizer keeps, before the call and after it, moves like the
/// weights, its first input, or stays.
llvm::Error Statement::readSpaces(const ActionSpec &action, const json::Object &states) {
  bool training = function->hasAttr(trainingAttrName);
  json::Array moves;
  json::Object kept;
  for (bool result : {false, true})
    for (auto [k, type] : llvm::enumerate(result ? function.getResultTypes() : function.getArgumentTypes())) {
      auto binding = result ? function.getResultAttrOfType<BindAttr>(k, bindingAttrName)
                            : function.getArgAttrOfType<BindAttr>(k, bindingAttrName);
      bool state = isState(binding), named = binding && binding.getKind() == (result ? Binding::output : Binding::arg);
      bool follows = state && training && states.getString(binding.getName()) == "moves";
      auto own = named || follows ? spacesOf(group, action, follows ? 0 : k, result && !follows,
                                             cast<ShapedType>(type).getShape())
                                  : Spaces();
      if (!own)
        return own.takeError();
      if (follows && type != function.getArgumentTypes()[0])
        return refusal("a state that is no weight moves like one");
      if (result)
        claimed.push_back(named || (state && training));
      if (state && training)
        kept[binding.getName()] = follows ? "moves" : "stays";
      for (const Space &space : named ? *own : Spaces()) {
        json::Array images;
        for (size_t g = 0; g < group->generators().size(); ++g)
          images.push_back(written(space, g));
        moves.push_back(json::Object{{result ? "output" : "input", binding.getName()}, {"by", std::move(images)}});
      }
      spaces.push_back(std::move(*own));
    }
  text["moves"] = std::move(moves);
  if (!kept.empty())
    text["states"] = std::move(kept);
  return llvm::Error::success();
}

llvm::Error Statement::read(ModuleOp form, int64_t number, const json::Object &states) {
  auto claims = form.getOps<ClaimOp>();
  if (!llvm::hasSingleElement(claims))
    return refusal("the form has another number of claims than one");
  ClaimOp claim = *claims.begin();
  function = form.lookupSymbol<func::FuncOp>(claim.getFunction());
  auto known = number >= 0 && number < int64_t(claim.getActions().size()) ? ActionSpec::of(claim.getActions()[number])
                                                                         : std::nullopt;
  if (!known || !function)
    return refusal("the form does not claim this");
  auto parsed = symmetry::parseGroup(known->group);
  if (!parsed)
    return parsed.takeError();
  group = *parsed;
  json::Object sizes;
  json::Array generators;
  for (NamedAttribute size : claim->getAttrOfType<DictionaryAttr>(sizesAttrName))
    sizes[size.getName().str()] = cast<IntegerAttr>(size.getValue()).getInt();
  for (const symmetry::Generator &generator : group->generators())
    generators.push_back(generator.name);
  text = json::Object{{"claim", claimText(claim, *known)},
                      {"group", known->group},
                      {"action", number},
                      {"sizes", std::move(sizes)},
                      {"form", digestOf(form)},
                      {"generators", std::move(generators)}};
  return readSpaces(*known, states);
}

llvm::Expected<json::Object> statementOf(ModuleOp form, int64_t number, const json::Object &states) {
  Statement statement;
  if (llvm::Error error = statement.read(form, number, states))
    return std::move(error);
  return statement.text;
}

// ---- whether it holds

/// Variables; of an index one for each value, which sum to 1.
static TensorRef drawArgument(func::FuncOp function, unsigned k, Field &field) {
  auto tensor = std::make_shared<Tensor>();
  if (auto below = function.getArgAttrOfType<IntegerAttr>(k, belowAttrName))
    tensor->bound = below.getInt();
  for (int64_t count = cast<ShapedType>(function.getArgumentTypes()[k]).getNumElements(); count > 0; --count) {
    Number rest = field.ofInteger(1);
    for (int64_t value = 1; value < tensor->bound; ++value) {
      tensor->entries.push_back({field.variable()});
      rest = field.subtract(rest, tensor->entries.back().number);
    }
    tensor->entries.push_back({tensor->bound ? rest : field.variable()});
  }
  return tensor;
}

/// The tensor, moved: of several spaces each by itself.
static TensorRef moved(const Tensor &tensor, Type type, const Spaces &spaces, Element &element, Field &field,
                       std::string &why) {
  std::vector<Number> numbers;
  for (const Scalar &entry : tensor.entries)
    numbers.push_back(entry.in(field));
  SmallVector<int64_t> shape(cast<ShapedType>(type).getShape());
  if (tensor.bound)
    shape.push_back(tensor.bound);
  for (Space space : spaces) {
    // Truth values and indices have no negative, and nothing is added to them.
    const symmetry::Move &own = element.moveOf(space);
    bool plain = own.isPermutation() && !own.hasSigns() && own.offset.empty();
    if (space.values)
      space.axes = {int64_t(shape.size()) - 1};
    if ((space.values && own.size() != tensor.bound) || (!plain && !isa<FloatType>(getElementTypeOrSelf(type))) ||
        !element.move(space, shape, numbers))
      why = "how an element moves a tensor is not known";
  }
  auto result = std::make_shared<Tensor>();
  result->bound = tensor.bound;
  for (const Number &number : numbers)
    result->entries.push_back({number});
  return result;
}

/// One evaluation with primes and values of its own: the bits that it adds, or `why` the claim does not hold.
static double evaluateOnce(const Statement &claim, int64_t order, std::string &why) {
  Field field(order);
  func::FuncOp function = claim.function;
  Block &body = function.getBody().front();
  unsigned numArguments = function.getNumArguments();
  std::vector<TensorRef> base;
  for (unsigned k = 0; k < numArguments; ++k)
    base.push_back(drawArgument(function, k, field));
  std::vector<TensorRef> still = evaluate(body, base, field, why);
  double compared = 0;
  for (auto [g, generator] : llvm::enumerate(claim.group->generators())) {
    Element element(field, g);
    std::vector<TensorRef> arguments;
    for (unsigned k = 0; k < numArguments; ++k)
      arguments.push_back(moved(*base[k], function.getArgumentTypes()[k], claim.spaces[k], element, field, why));
    std::vector<TensorRef> found = evaluate(body, arguments, field, why);
    for (unsigned r = 0; r < found.size() && why.empty(); ++r) {
      Type type = function.getResultTypes()[r];
      TensorRef wanted = moved(*still[r], type, claim.spaces[numArguments + r], element, field, why);
      bool same = found[r]->bound == wanted->bound;
      for (auto [own, other] : llvm::zip(found[r]->entries, wanted->entries)) {
        same &= field.same(own.in(field), other.number);
        ++compared;
      }
      if (claim.claimed[r] && !same && why.empty())
        why = "result " + std::to_string(r) + " does not move as claimed by " + generator.name;
    }
    if (!why.empty())
      return 0;
  }
  return field.bits(compared);
}

/// What is written differs from what the form claims; empty if it does not.
static std::string difference(const json::Object &written, const json::Object &claimed) {
  for (const auto &[key, value] : claimed)
    if (const json::Value *own = written.get(key); !own || *own != value)
      return "its `" + key.str() + "` is not that of the form";
  for (const auto &[key, value] : written)
    if (!claimed.get(key))
      return "it has a member `" + key.str() + "`, which is not known";
  return "";
}

std::string replay(const json::Value &certificate, ModuleOp form) {
  // The chance of a mistake is at most 2^-60, of one trial alone 2^-16.
  constexpr double enough = 60, least = 16;
  const json::Object *written = certificate.getAsObject();
  const json::Object *states = written ? written->getObject("states") : nullptr;
  auto number = written ? written->getInteger("action") : std::nullopt;
  if (!number)
    return "it is no certificate";
  Statement statement;
  if (llvm::Error error = statement.read(form, *number, states ? *states : json::Object()))
    return llvm::toString(std::move(error));
  if (std::string other = difference(*written, statement.text); !other.empty())
    return other;
  int64_t order = orderOfRoots(statement.spaces);
  if (order == 0)
    return "how elements move tensors is not known";
  std::string why;
  for (double bits = 0, own = least; bits < enough && why.empty(); bits += own)
    if (own = evaluateOnce(statement, order, why); why.empty() && own < least)
      why = "the chance of a mistake is too large";
  return why;
}

} // namespace nn::replay
