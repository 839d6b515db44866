// Natural subgroups, largest first: what may survive when a whole group does not.
#include "Symmetry/GroupBuilder.h"

#include "llvm/ADT/STLExtras.h"

using namespace nn::symmetry;
using Element = Subgroup::Element;

/// The generators for which `keep` holds, whole: all powers, all exp(t X).
template <typename Keep> static Subgroup generatedBySome(const Group &group, std::string text, Keep keep) {
  Subgroup result{std::move(text), {}};
  for (auto [k, generator] : llvm::enumerate(group.generators()))
    if (keep(generator))
      result.generators.push_back({generator.name, {{int(k), 1}}, generator.kind == Generator::Kind::Lie});
  return result;
}

static std::vector<int64_t> divisors(int64_t n) {
  std::vector<int64_t> found;
  for (int64_t d = 1; d <= n; ++d)
    if (n % d == 0)
      found.push_back(d);
  return found;
}

/// Z(n) and C(k): the subgroup of each order.
static void addCyclic(const Group &group, std::vector<Subgroup> &result) {
  int64_t n = group.sizes()[0];
  bool turns = group.kind() == Group::Kind::Turns;
  for (int64_t step : divisors(n)) {
    if (step == 1 || step == n)
      continue;
    std::string order = std::to_string(n / step);
    std::string name = turns ? "the turn by " + std::to_string(step) + "/" + std::to_string(n) + " of a circle"
                             : "the shift by " + std::to_string(step);
    std::string text = turns ? "C(" + order + ")" : "Z(" + order + "), the shifts by " + std::to_string(step);
    result.push_back({text, {{name, {{0, double(step)}}}}});
  }
}

/// The shifts of a grid by multiples of a common step, and those along one axis.
static void addShifts(const Group &group, std::vector<Subgroup> &result) {
  int64_t least = *std::min_element(group.sizes().begin(), group.sizes().end());
  for (size_t axis = 0; axis < group.generators().size() && group.generators().size() > 1; ++axis) {
    const std::string &name = group.generators()[axis].name;
    result.push_back({"the shifts" + name.substr(name.find(" along")), {{name, {{int(axis), 1}}}}});
  }
  for (int64_t step : divisors(least)) {
    bool fits = llvm::all_of(group.sizes(), [&](int64_t size) { return size % step == 0; });
    if (step == 1 || step == least || !fits)
      continue;
    const std::string shifts = "the shifts by " + std::to_string(step);
    std::string sizes;
    for (int64_t size : group.sizes())
      sizes += (sizes.empty() ? "" : ", ") + std::to_string(size / step);
    Subgroup sub{"shifts(" + sizes + "), " + shifts, {}};
    for (auto [k, generator] : llvm::enumerate(group.generators())) {
      std::string along = generator.name.substr(generator.name.find(" along"));
      sub.generators.push_back({shifts + along, {{int(k), double(step)}}});
    }
    result.push_back(std::move(sub));
  }
}

/// D(k): its turns, its smaller dihedral groups, fewer turns, one reflection.
static void addDihedral(const Group &group, std::vector<Subgroup> &result) {
  int64_t k = group.sizes()[0];
  if (k == 1)
    return;
  const std::string &turn = group.generators()[0].name;
  const std::string &reflection = group.generators()[1].name;
  result.push_back({"C(" + std::to_string(k) + ")", {{turn, {{0, 1}}}}});
  for (int64_t step : divisors(k)) {
    if (step == 1 || step == k)
      continue;
    std::string order = std::to_string(k / step);
    Element turns{"the turn by " + std::to_string(step) + "/" + std::to_string(k) + " of a circle",
                  {{0, double(step)}}};
    result.push_back({"D(" + order + ")", {turns, {reflection, {{1, 1}}}}});
    result.push_back({"D(" + order + ") turned", {turns, {"the turned reflection", {{1, 1}, {0, 1}}}}});
    result.push_back({"C(" + order + ")", {turns}});
  }
  result.push_back({reflection, {{reflection, {{1, 1}}}}});
  int64_t half = k / 2;
  if (2 * half == k) // the other class of reflections; all are alike if k is odd
    result.push_back({"the reflection of axis 0", {{"the reflection of axis 0", {{1, 1}, {0, double(half)}}}}});
}

/// SO(d), O(d), SE(d), E(d) and with a metric: rotations without reflections, without translations, about one axis.
static void addEuclidean(const Group &group, std::vector<Subgroup> &result) {
  bool moves = group.kind() == Group::Kind::Euclidean || group.kind() == Group::Kind::SpecialEuclidean;
  bool reflects = llvm::any_of(group.generators(), [](auto &g) { return g.kind == Generator::Kind::Component; });
  llvm::StringRef sizes = group.text().drop_front(group.text().find('('));
  auto lie = [](const Generator &g) { return g.kind == Generator::Kind::Lie; };
  if (moves && reflects)
    result.push_back(generatedBySome(group, "SE" + sizes.str(), lie));
  if (moves && reflects)
    result.push_back(generatedBySome(group, "O" + sizes.str(), [](auto &g) { return g.translation.empty(); }));
  if (group.sizes()[0] + (group.sizes().size() > 1 ? group.sizes()[1] : 0) > 1 && (moves || reflects))
    result.push_back(
        generatedBySome(group, "SO" + sizes.str(), [&](auto &g) { return lie(g) && g.translation.empty(); }));
  if (moves)
    result.push_back(generatedBySome(group, "the translations", [](auto &g) { return !g.translation.empty(); }));
  for (const Generator &generator : group.generators())
    if (generator.translation.empty() && group.generators().size() > 1)
      result.push_back(generatedBySome(group, generator.name, [&](auto &g) { return &g == &generator; }));
}

/// A product without one factor, and with one factor replaced by a subgroup of it.
static void addParts(const Group &group, std::vector<Subgroup> &result) {
  for (size_t p = 0; p < group.parts().size(); ++p) {
    std::vector<GroupRef> others = group.parts().vec();
    others.erase(others.begin() + p);
    std::string text = Group::product(others)->text().str();
    result.push_back(generatedBySome(group, text, [&](auto &g) { return g.part != int(p); }));
  }
  for (size_t p = 0; p < group.parts().size(); ++p)
    for (const Subgroup &sub : group.parts()[p]->subgroups()) {
      if (sub.generators.empty())
        continue;
      Subgroup whole{"", {}};
      for (size_t q = 0; q < group.parts().size(); ++q)
        whole.text += (q ? " * " : "") + (q == p ? sub.text : group.parts()[q]->text().str());
      int offset = 0;
      for (auto [k, generator] : llvm::enumerate(group.generators())) {
        if (generator.part != int(p))
          whole.generators.push_back({generator.name, {{int(k), 1}}, generator.kind == Generator::Kind::Lie});
        else if (generator.partIndex == 0)
          offset = int(k);
      }
      for (Element element : sub.generators) {
        for (Step &step : element.word)
          step.generator += offset;
        whole.generators.push_back(std::move(element));
      }
      result.push_back(std::move(whole));
    }
}

std::vector<Subgroup> Group::subgroups() const {
  std::vector<Subgroup> result;
  switch (groupKind) {
  case Kind::Cyclic:
  case Kind::Turns:
    addCyclic(*this, result);
    break;
  case Kind::Shifts:
    addShifts(*this, result);
    break;
  case Kind::Dihedral:
    addDihedral(*this, result);
    break;
  case Kind::SpecialOrthogonal:
  case Kind::Orthogonal:
  case Kind::SpecialEuclidean:
  case Kind::Euclidean:
    addEuclidean(*this, result);
    break;
  case Kind::Product:
    addParts(*this, result);
    break;
  case Kind::Semidirect:
    result.push_back(generatedBySome(*this, groupParts[0]->text().str(), [](auto &g) { return g.part == 0; }));
    result.push_back(generatedBySome(*this, groupParts[1]->text().str(), [](auto &g) { return g.part == 1; }));
    break;
  case Kind::Symmetric:
    if (groupSizes[0] > 2)
      result.push_back(
          {"the cyclic shifts Z(" + std::to_string(groupSizes[0]) + ")", {{generatorList[1].name, {{1, 1}}}}});
    break;
  case Kind::GeneralLinear:
    result.push_back(generatedBySome(*this, "SL(" + std::to_string(groupSizes[0]) + ")", [](auto &g) {
      return g.kind == Generator::Kind::Lie && g.matrix.at(0, 0).isZero();
    }));
    break;
  case Kind::Unitary:
    result.push_back(generatedBySome(*this, "SU(" + std::to_string(groupSizes[0]) + ")",
                                     [](auto &g) { return g.name.find("the phase of") != 0; }));
    break;
  case Kind::Wreath:
  case Kind::Permutations:
  case Kind::Matrices:
    // One generator at a time: what the group is made of has no other names.
    for (const Generator &generator : generatorList)
      if (generatorList.size() > 1)
        result.push_back(
            generatedBySome(*this, "the powers of " + generator.name, [&](auto &g) { return &g == &generator; }));
    break;
  default:
    break;
  }
  result.push_back({"trivial", {}});
  return result;
}
