// Conserved quantities as equations of the language.
#include "Symmetry/Conserved/Conserved.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace nn::conserved {

using Kind = Quantity::Kind;

namespace {

/// The letters of indices, handed out in turn.
class Letters {
public:
  explicit Letters(char first) : next(first) {}
  std::string take() { return std::string(1, next++); }

private:
  char next;
};

/// The subscripts of a parameter, and the indices among them that are summed.
struct Subscripts {
  std::vector<std::string> places, summed;
};

} // namespace

/// What of index `i` stands at an axis that is one of several together.
static std::string partOf(const std::string &i, int64_t stride, int64_t extent, bool isFirst) {
  std::string front = stride == 1 ? i : "div(" + i + ", " + std::to_string(stride) + ")";
  return isFirst ? front : front + " % " + std::to_string(extent);
}

/// "i + 4"; "4" for no index.
static std::string behind(int64_t offset, const std::string &i) {
  std::string number = std::to_string(offset);
  return i.empty() ? number : offset == 0 ? i : i + " + " + number;
}

/// Subscripts where `i` stands for the index of the view, and letters from `from` on for all others.
static Subscripts subscriptsOf(const WeightView &view, const Objective::Parameter &parameter, const std::string &i,
                               char from) {
  Subscripts result;
  Letters letters(from);
  int64_t stride = view.extent;
  for (unsigned axis = 0; axis < parameter.shape.size(); ++axis) {
    int64_t extent = parameter.shape[axis];
    if (axis < view.first || axis >= view.last) {
      result.summed.push_back(letters.take());
      result.places.push_back(result.summed.back());
      continue;
    }
    if (view.isSplit()) {
      std::string rest = letters.take();
      int64_t count = (view.isRange() ? view.length : extent) / view.extent;
      result.summed.push_back(rest + " < " + std::to_string(count));
      std::string place = view.part == WeightView::Part::Front ? i + " * " + std::to_string(count) + " + " + rest
                                                               : rest + " * " + std::to_string(view.extent) + " + " + i;
      result.places.push_back(behind(view.offset, place));
      continue;
    }
    if (view.isRange()) {
      result.places.push_back(behind(view.offset, view.extent == 1 ? "" : i));
      continue;
    }
    stride /= extent;
    result.places.push_back(partOf(i, stride, extent, axis == view.first));
  }
  return result;
}

static std::string subscripted(const std::string &path, const Subscripts &at) {
  return at.places.empty() ? path : path + "[" + llvm::join(at.places, ", ") + "]";
}

static std::string summedOver(const std::vector<std::string> &indices, const std::string &what, bool isAlone) {
  if (indices.empty())
    return what;
  std::string sum = "sum[" + llvm::join(indices, ", ") + "] " + what;
  return isAlone ? sum : "(" + sum + ")";
}

static std::string describeSum(const Quantity &quantity, llvm::ArrayRef<Objective::Parameter> parameters) {
  const WeightView &view = quantity.terms[0].view;
  const Objective::Parameter &parameter = parameters[view.parameter];
  Letters free('i'), summed('u');
  Subscripts at;
  std::vector<std::string> ranges;
  for (unsigned axis = 0; axis < parameter.shape.size(); ++axis) {
    bool isSummed = axis >= view.first && axis < view.last;
    std::string letter = isSummed ? summed.take() : free.take();
    if (!isSummed)
      ranges.push_back(letter + " < " + std::to_string(parameter.shape[axis]));
    at.places.push_back(isSummed ? behind(view.offset, letter) : letter);
    if (isSummed)
      at.summed.push_back(view.isRange() ? letter + " < " + std::to_string(view.length) : letter);
  }
  std::string text = summedOver(at.summed, subscripted(parameter.path, at), true);
  return ranges.empty() ? text : text + " for each " + llvm::join(ranges, ", ");
}

std::string describe(const Quantity &quantity, llvm::ArrayRef<Objective::Parameter> parameters) {
  if (quantity.kind == Kind::Sums)
    return describeSum(quantity, parameters);
  std::string text;
  bool isAlone = quantity.terms.size() == 1, products = quantity.kind == Kind::Products;
  for (auto [coefficient, view] : quantity.terms) {
    const Objective::Parameter &parameter = parameters[view.parameter];
    Subscripts at = subscriptsOf(view, parameter, "i", 'k'), other = subscriptsOf(view, parameter, "j", 'k');
    std::string first = subscripted(parameter.path, at), second = subscripted(parameter.path, other);
    std::string what = products ? first + " * " + second : first + " ^ 2";
    if (!text.empty())
      text += coefficient < 0 ? " - " : " + ";
    if (std::abs(coefficient) != 1)
      text += std::to_string(std::abs(coefficient)) + " * ";
    text += summedOver(at.summed, what, isAlone);
  }
  int64_t extent = quantity.terms[0].view.extent;
  if (extent == 1)
    return text;
  text += (products ? " for each i, j < " : " for each i < ") + std::to_string(extent);
  int64_t blocks = products ? *llvm::max_element(quantity.blockOf) + 1 : 1;
  return blocks == 1 ? text : text + ", of one of " + std::to_string(blocks) + " blocks";
}

/// "a, b and c".
static std::string listed(llvm::ArrayRef<std::string> words) {
  if (words.size() < 2)
    return words.empty() ? "" : words[0];
  return llvm::join(words.drop_back(), ", ") + " and " + words.back();
}

std::string describeSymmetry(const Quantity &quantity, llvm::ArrayRef<Objective::Parameter> parameters) {
  if (quantity.kind == Kind::Sums)
    return "adding one number along an index of " + parameters[quantity.terms[0].view.parameter].path;
  std::map<int64_t, std::vector<std::string>> byPower;
  for (auto [coefficient, view] : quantity.terms)
    byPower[-coefficient].push_back(parameters[view.parameter].path);
  bool products = quantity.kind == Kind::Products;
  std::vector<std::string> parts;
  for (auto &[negative, paths] : byPower) {
    int64_t power = -negative;
    std::string factor = products ? (power > 0 ? "a matrix" : "its inverse") : (power > 0 ? "s" : "1 / s");
    if (std::abs(power) != 1)
      factor += " ^ " + std::to_string(std::abs(power));
    const WeightView &view = quantity.terms[0].view;
    std::string of = view.extent > 1 ? "index i of " : view.isRange() ? "these entries of " : "";
    parts.push_back((of.empty() || parts.empty() ? of : "of ") + listed(paths) + " by " + factor);
  }
  return (products ? "multiplying " : "scaling ") + llvm::join(parts, ", ");
}

} // namespace nn::conserved
