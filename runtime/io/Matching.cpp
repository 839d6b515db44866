/// Matching in steps, from what is certain to what is likely.
#include "io/Matching.h"
#include "core/Text.h"

#include <algorithm>

namespace nnrt {
namespace {

/// A path without the numbers of its layers, and these numbers.
struct Name {
  std::vector<std::string> parts; ///< "Net", "dense_", "W"
  std::vector<int64_t> numbers;   ///< 1
  std::string plain;              ///< "Net.dense_.W"
};

Name nameOf(const std::string &path) {
  Name name;
  for (std::string part : split(path, '.')) {
    size_t digits = part.size();
    while (digits > 0 && part[digits - 1] >= '0' && part[digits - 1] <= '9')
      --digits;
    int64_t number;
    if (digits > 1 && part[digits - 1] == '_' && parseInteger(part.substr(digits), number)) {
      name.numbers.push_back(number);
      part.resize(digits);
    }
    name.parts.push_back(part);
  }
  name.plain = join(name.parts, ".");
  return name;
}

/// The last `length` parts of a path; nothing if it has fewer.
std::string endOf(const Name &name, size_t length) {
  if (name.parts.size() < length)
    return {};
  return join({name.parts.end() - std::ptrdiff_t(length), name.parts.end()}, ".");
}

const std::string &pathOf(const WantedTensor &tensor) { return tensor.path; }
const std::string &pathOf(const StoredTensor &tensor) { return tensor.name; }

/// For each tensor the one that it is an optimizer's state of, or -1: `train.adam.m.Net.W` is one of `Net.W`.
template <class T> std::vector<int64_t> ownersOf(const std::vector<T> &tensors) {
  std::vector<int64_t> owners;
  for (const T &tensor : tensors) {
    int64_t owner = -1;
    for (size_t i = 0; i < tensors.size(); ++i)
      if (endsWith(pathOf(tensor), ("." + pathOf(tensors[i])).c_str()) &&
          (owner < 0 || pathOf(tensors[i]).size() > pathOf(tensors[size_t(owner)]).size()))
        owner = int64_t(i);
    owners.push_back(owner);
  }
  return owners;
}

class Matcher {
public:
  Matcher(const std::vector<WantedTensor> &wanted, const Safetensors &file, bool passOver)
      : wanted(wanted), file(file), passOver(passOver), taken(file.tensors.size()), ownersHere(ownersOf(wanted)),
        ownersThere(ownersOf(file.tensors)) {
    match.sources.resize(wanted.size());
    for (const WantedTensor &tensor : wanted)
      here.push_back(nameOf(tensor.path));
    for (const StoredTensor &tensor : file.tensors)
      there.push_back(nameOf(tensor.name));
  }

  WeightMatch run() {
    if (!matchAsTheyAre()) {
      matchNumbered();
      size_t longest = 0;
      for (const Name &name : here)
        longest = std::max(longest, name.parts.size());
      for (size_t length = longest; length > 0; --length)
        matchEnds(length);
      matchStates();
    }
    for (size_t i = 0; i < wanted.size(); ++i)
      if (match.sources[i] && match.sources[i]->name != wanted[i].path)
        match.renamed.push_back(i);
    collectProblems();
    return std::move(match);
  }

private:
  /// States of optimizers follow what they are states of.
  bool isFreeHere(size_t i) const { return !match.sources[i] && ownersHere[i] < 0; }
  bool isFreeThere(size_t k) const { return !taken[k] && ownersThere[k] < 0; }
  bool sameType(size_t i, size_t k) const {
    return wanted[i].dtype == file.tensors[k].dtype && wanted[i].shape == file.tensors[k].shape;
  }
  void pair(size_t i, size_t k) {
    match.sources[i] = &file.tensors[k];
    taken[k] = true;
  }

  /// Every tensor under its own path; false if one is elsewhere.
  bool matchAsTheyAre() {
    bool whole = true;
    for (size_t i = 0; i < wanted.size(); ++i) {
      bool found = false;
      for (size_t k = 0; k < file.tensors.size() && !found; ++k)
        if (file.tensors[k].name == wanted[i].path && sameType(i, k)) {
          pair(i, k);
          found = true;
        }
      whole = whole && (found || !wanted[i].needed);
    }
    if (whole)
      return true;
    // Numbers mean something only among all layers of a kind; whatever has none keeps its path.
    for (size_t i = 0; i < wanted.size(); ++i)
      if (match.sources[i] && (!here[i].numbers.empty() || ownersHere[i] >= 0)) {
        taken[size_t(match.sources[i] - file.tensors.data())] = false;
        match.sources[i] = nullptr;
      }
    return false;
  }

  /// The tensors that are like a wanted one but for numbers: on this side and in the file.
  void likeIt(size_t i, std::vector<size_t> &mine, std::vector<size_t> &theirs) const {
    for (size_t j = 0; j < wanted.size(); ++j)
      if (isFreeHere(j) && here[j].plain == here[i].plain && wanted[j].dtype == wanted[i].dtype &&
          wanted[j].shape == wanted[i].shape)
        mine.push_back(j);
    for (size_t k = 0; k < file.tensors.size(); ++k)
      if (isFreeThere(k) && there[k].plain == here[i].plain && sameType(i, k))
        theirs.push_back(k);
    sortByNumbers(mine, theirs);
  }

  void sortByNumbers(std::vector<size_t> &mine, std::vector<size_t> &theirs) const {
    auto before = [](const std::vector<Name> &names) {
      return [&names](size_t a, size_t b) {
        return names[a].numbers != names[b].numbers ? names[a].numbers < names[b].numbers : a < b;
      };
    };
    std::sort(mine.begin(), mine.end(), before(here));
    std::sort(theirs.begin(), theirs.end(), before(there));
  }

  void matchNumbered() {
    for (size_t i = 0; i < wanted.size(); ++i) {
      std::vector<size_t> mine, theirs;
      if (isFreeHere(i))
        likeIt(i, mine, theirs);
      for (size_t n = 0; mine.size() == theirs.size() && n < mine.size(); ++n)
        pair(mine[n], theirs[n]);
    }
  }

  void matchEnds(size_t length) {
    for (size_t i = 0; i < wanted.size(); ++i) {
      std::string end = isFreeHere(i) ? endOf(here[i], length) : std::string();
      if (end.empty())
        continue;
      std::vector<size_t> mine, theirs;
      for (size_t j = 0; j < wanted.size(); ++j)
        if (isFreeHere(j) && endOf(here[j], length) == end && wanted[j].dtype == wanted[i].dtype &&
            wanted[j].shape == wanted[i].shape)
          mine.push_back(j);
      for (size_t k = 0; k < file.tensors.size(); ++k)
        if (isFreeThere(k) && endOf(there[k], length) == end && sameType(i, k))
          theirs.push_back(k);
      pairInOrder(mine, theirs);
    }
  }

  /// Equally many on both sides: one each, or all of them in the order of their numbers.
  void pairInOrder(std::vector<size_t> &mine, std::vector<size_t> &theirs) {
    auto isNumbered = [](const std::vector<Name> &names) {
      return [&names](size_t i) { return !names[i].numbers.empty(); };
    };
    bool numbered = std::all_of(mine.begin(), mine.end(), isNumbered(here)) &&
                    std::all_of(theirs.begin(), theirs.end(), isNumbered(there));
    if (mine.size() != theirs.size() || (mine.size() > 1 && !numbered))
      return;
    sortByNumbers(mine, theirs);
    for (size_t n = 0; n < mine.size(); ++n)
      pair(mine[n], theirs[n]);
  }

  void matchStates() {
    for (size_t i = 0; i < wanted.size(); ++i) {
      const StoredTensor *owner = ownersHere[i] < 0 ? nullptr : match.sources[size_t(ownersHere[i])];
      if (!owner)
        continue;
      std::string start = wanted[i].path;
      start.resize(start.size() - wanted[size_t(ownersHere[i])].path.size());
      for (size_t k = 0; k < file.tensors.size(); ++k)
        if (!taken[k] && file.tensors[k].name == start + owner->name && sameType(i, k))
          pair(i, k);
    }
  }

  /// Whether a file has a tensor of another type under the path of a wanted one.
  const StoredTensor *misshapen(size_t i) const {
    const StoredTensor *same = match.sources[i] ? nullptr : file.find(wanted[i].path);
    return same && !taken[size_t(same - &file.tensors[0])] ? same : nullptr;
  }

  void collectProblems() {
    std::vector<const StoredTensor *> told;
    // What is wrong with a parameter is not said again of its states.
    for (size_t i = 0; i < wanted.size(); ++i)
      if (ownersHere[i] >= 0 && misshapen(size_t(ownersHere[i])))
        if (const StoredTensor *state = file.find(wanted[i].path))
          told.push_back(state);
    for (size_t i = 0; i < wanted.size(); ++i) {
      bool isTold = ownersHere[i] >= 0 && misshapen(size_t(ownersHere[i]));
      if (match.sources[i] || !wanted[i].needed || isTold)
        continue;
      WeightProblem problem;
      problem.wanted = &wanted[i];
      std::vector<size_t> mine, theirs;
      if (isFreeHere(i))
        likeIt(i, mine, theirs);
      if (!theirs.empty()) {
        problem.kind = WeightProblem::Kind::Ambiguous;
        problem.here = mine.size();
        problem.there = theirs.size();
        for (size_t k : theirs)
          told.push_back(&file.tensors[k]);
      } else if (const StoredTensor *same = misshapen(i)) {
        problem.kind = WeightProblem::Kind::Differs;
        problem.stored = same;
        told.push_back(same);
      }
      match.problems.push_back(problem);
    }
    for (size_t k = 0; k < file.tensors.size(); ++k) {
      const StoredTensor &tensor = file.tensors[k];
      if (taken[k] || std::find(told.begin(), told.end(), &tensor) != told.end() ||
          (passOver && (ownersThere[k] >= 0 || tensor.name.compare(0, 8, "history/") == 0)))
        continue;
      WeightProblem problem;
      problem.kind = WeightProblem::Kind::Unknown;
      problem.stored = &tensor;
      match.problems.push_back(problem);
    }
  }

  const std::vector<WantedTensor> &wanted;
  const Safetensors &file;
  bool passOver;
  std::vector<Name> here, there;
  std::vector<bool> taken;
  std::vector<int64_t> ownersHere, ownersThere;
  WeightMatch match;
};

} // namespace

WeightMatch matchWeights(const std::vector<WantedTensor> &wanted, const Safetensors &file, bool passOver) {
  return Matcher(wanted, file, passOver).run();
}

std::string problemText(const WeightProblem &problem, const std::string &program) {
  const WantedTensor *wanted = problem.wanted;
  const StoredTensor *stored = problem.stored;
  std::string type = wanted ? typeText(wanted->dtype, wanted->shape) : typeText(stored->dtype, stored->shape);
  switch (problem.kind) {
  case WeightProblem::Kind::Missing:
    return format("`%s` is missing; the program has %s there", wanted->path.c_str(), type.c_str());
  case WeightProblem::Kind::Differs:
    return format("`%s` is %s, but the program has %s", wanted->path.c_str(),
                  typeText(stored->dtype, stored->shape).c_str(), type.c_str());
  case WeightProblem::Kind::Ambiguous:
    return format("`%s` (%s): the program has %zu such tensors and the file %zu, so which is which cannot be told",
                  wanted->path.c_str(), type.c_str(), problem.here, problem.there);
  case WeightProblem::Kind::Unknown:
    break;
  }
  return format("`%s` (%s) is not a tensor of %s", stored->name.c_str(), type.c_str(), program.c_str());
}

} // namespace nnrt
