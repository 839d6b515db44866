// Both sides of a claim, at random values.
#include "Symmetry/Replay/Replay.h"
#include "Symmetry/Replay/Element.h"
#include "Symmetry/Replay/Evaluate.h"
#include "Symmetry/Replay/Statement.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace mlir;
namespace json = llvm::json;

namespace nn::replay {

/// Variables; of an index one for each value, which sum to 1.
static TensorRef drawArgument(func::FuncOp function, unsigned k, Field &field) {
  auto below = function.getArgAttrOfType<IntegerAttr>(k, belowAttrName);
  std::vector<Scalar> entries;
  int64_t bound = below ? below.getInt() : 0;
  for (int64_t count = cast<ShapedType>(function.getArgumentTypes()[k]).getNumElements(); count > 0; --count) {
    Number rest = field.ofInteger(1);
    for (int64_t value = 1; value < bound; ++value) {
      entries.push_back({field.variable()});
      rest = field.subtract(rest, entries.back().number);
    }
    entries.push_back({bound ? rest : field.variable()});
  }
  return tensorOf(std::move(entries), bound);
}

static TensorRef moved(const Tensor &tensor, const Part &part, size_t generator, Element &element, Field &field,
                       std::string &why) {
  std::vector<Number> numbers;
  for (const Scalar &entry : tensor.entries)
    numbers.push_back(entry.in(field));
  SmallVector<int64_t> shape(cast<ShapedType>(part.type).getShape());
  if (tensor.bound)
    shape.push_back(tensor.bound);
  for (const Space &space : part.spaces) {
    // Truth values and indices have no negative, and nothing is added to them, nor to linear forms.
    const symmetry::Move &move = space.representation.moves()[generator];
    bool isNumber = isa<FloatType>(getElementTypeOrSelf(part.type)), isLinear = move.offset.empty();
    bool fits = llvm::all_of(space.axes, [&](int axis) { return axis < int(shape.size()); });
    auto copies = symmetry::copiesOf(fits ? space.axes : std::vector<int>(), shape);
    fits &= copies.empty() || int64_t(copies[0].size()) == move.size();
    fits &=
        isNumber ? isLinear || !space.representation.isDual() : move.isPermutation() && !move.hasSigns() && isLinear;
    if (!fits || !element.move(move, copies, numbers))
      why = "how an element moves a tensor is not known";
  }
  return tensorOf(std::vector<Scalar>(numbers.begin(), numbers.end()), tensor.bound);
}

/// One evaluation with primes and values of its own: the bits that it adds, or `why` the claim does not hold.
static double evaluateOnce(const Statement &claim, int64_t order, std::string &why) {
  Field field(order);
  func::FuncOp function = claim.function;
  Tensors base;
  for (unsigned k = 0; k < claim.arguments.size(); ++k)
    base.push_back(drawArgument(function, k, field));
  Tensors still = evaluate(function.getBody().front(), base, field, why);
  for (auto [g, generator] : llvm::enumerate(claim.group->generators())) {
    Element element(field);
    Tensors arguments;
    for (auto [own, part] : llvm::zip_equal(base, claim.arguments))
      arguments.push_back(moved(*own, part, g, element, field, why));
    Tensors found = evaluate(function.getBody().front(), arguments, field, why);
    for (auto [own, before, part] : llvm::zip_equal(found, still, claim.results)) {
      TensorRef wanted = why.empty() && part.isClaimed ? moved(*before, part, g, element, field, why) : own;
      bool same = own->bound == wanted->bound;
      for (auto [one, other] : llvm::zip(own->entries, wanted->entries))
        same &= field.same(one.in(field), other.in(field));
      if (!same && why.empty())
        why = "a result does not move as claimed by " + generator.name;
    }
  }
  return field.bits();
}

std::string replay(const json::Object &certificate, ModuleOp form) {
  constexpr double enough = 60, least = 16; // the chance of a mistake is at most 2^-60, of one evaluation alone 2^-16
  const json::Object *states = certificate.getObject("states");
  Statement claim;
  if (llvm::Error error =
          claim.read(form, certificate.getInteger("action").value_or(-1), states ? *states : json::Object()))
    return llvm::toString(std::move(error));
  for (const auto &[key, value] : claim.text)
    if (const json::Value *own = certificate.get(key); !own || *own != value)
      return "its `" + key.str() + "` is not that of the form";
  if (certificate.size() != claim.text.size())
    return "it has a member that is not known";
  int64_t order = 4, most = 1 << 20;
  for (const Part &part : llvm::concat<const Part>(claim.arguments, claim.results))
    for (const Space &space : part.spaces)
      for (const symmetry::Move &move : space.representation.moves())
        order = order > most ? 0 : std::lcm(order, move.orderOfRoots());
  std::string why = order == 0 || order > most ? "how an element moves a tensor is not known" : "";
  double bits = 0, own = 0;
  while (bits < enough && why.empty())
    if (bits += own = evaluateOnce(claim, order, why); why.empty() && own < least)
      why = "the chance of a mistake is too large";
  return why;
}

} // namespace nn::replay
