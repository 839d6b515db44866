/// Arithmetic of extents.
#include "Frontend/Sema/Dim.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace nn::sema {

Dim Dim::atom(Atom atom) {
  Dim dim;
  dim.terms[{std::move(atom)}] = 1;
  return dim;
}

Dim Dim::variable(llvm::StringRef name) {
  Atom open;
  open.key = open.name = name.str();
  return atom(std::move(open));
}

Dim Dim::bounded(llvm::StringRef name, int64_t bound) {
  Atom length;
  length.name = name.str();
  length.key = length.name + "<=" + std::to_string(bound);
  length.bound = bound;
  return atom(std::move(length));
}

std::optional<int64_t> Dim::constant() const {
  if (terms.empty())
    return 0;
  if (terms.size() == 1 && terms.begin()->first.empty())
    return terms.begin()->second;
  return std::nullopt;
}

void Dim::add(const Monomial &monomial, int64_t coefficient) {
  int64_t &value = terms[monomial];
  value += coefficient;
  if (value == 0)
    terms.erase(monomial);
}

Dim Dim::operator+(const Dim &other) const {
  Dim sum = *this;
  for (auto &[monomial, coefficient] : other.terms)
    sum.add(monomial, coefficient);
  return sum;
}

Dim Dim::operator-(const Dim &other) const {
  Dim difference = *this;
  for (auto &[monomial, coefficient] : other.terms)
    difference.add(monomial, -coefficient);
  return difference;
}

Dim Dim::operator*(const Dim &other) const {
  Dim product;
  for (auto &[left, a] : terms)
    for (auto &[right, b] : other.terms) {
      Monomial both = left;
      both.insert(both.end(), right.begin(), right.end());
      std::sort(both.begin(), both.end());
      product.add(both, a * b);
    }
  return product;
}

std::optional<Dim> Dim::dividedBy(const Dim &other) const {
  if (other.terms.size() != 1)
    return *this == other && !terms.empty() ? std::optional<Dim>(1) : std::nullopt;
  auto &[divisor, coefficient] = *other.terms.begin();
  Dim quotient;
  for (auto &[monomial, value] : terms) {
    if (value % coefficient != 0)
      return std::nullopt;
    Monomial rest = monomial;
    for (auto &atom : divisor) {
      auto at = std::find(rest.begin(), rest.end(), atom);
      if (at == rest.end())
        return std::nullopt;
      rest.erase(at);
    }
    quotient.add(rest, value / coefficient);
  }
  return quotient;
}

static int64_t power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  for (int64_t i = 0; i < exponent && i < 63; ++i)
    result *= base;
  return result;
}

/// What `div`, `%` and `^` make of numbers.
static int64_t applied(char op, int64_t a, int64_t b) {
  if (op == '^')
    return power(a, b);
  if (b == 0)
    return 0;
  int64_t quotient = llvm::divideFloorSigned(a, b);
  return op == 'd' ? quotient : a - b * quotient;
}

Dim Dim::opaque(char op, const Dim &a, const Dim &b) {
  const char *word = op == 'd' ? " div " : op == '%' ? " % " : " ^ ";
  Atom result;
  result.name = "(" + a.str() + word + b.str() + ")";
  result.key = "(" + a.key() + word + b.key() + ")";
  result.of = std::make_shared<const Quotient>(Quotient{op, a, b});
  return atom(std::move(result));
}

Dim Dim::floorDiv(const Dim &other) const {
  if (auto exact = dividedBy(other))
    return *exact;
  auto a = constant(), b = other.constant();
  if (!a || !b || *b == 0)
    return opaque('d', *this, other);
  return applied('d', *a, *b);
}

Dim Dim::modulo(const Dim &other) const {
  if (dividedBy(other))
    return 0;
  auto a = constant(), b = other.constant();
  if (!a || !b || *b == 0)
    return opaque('%', *this, other);
  return applied('%', *a, *b);
}

Dim Dim::power(const Dim &other) const {
  auto exponent = other.constant();
  if (!exponent || *exponent < 0 || *exponent > 62)
    return opaque('^', *this, other);
  Dim result(1);
  for (int64_t i = 0; i < *exponent; ++i)
    result = result * *this;
  return result;
}

bool Dim::differs(const Dim &other) const {
  Dim difference = *this - other;
  if (auto number = difference.constant())
    return *number != 0;
  return difference.isBounded();
}

std::optional<bool> Dim::atMost(const Dim &other) const {
  Dim room = other - *this;
  if (auto number = room.constant())
    return *number >= 0;
  return room.isBounded() ? std::optional(room.range().first >= 0) : std::nullopt;
}

Dim Dim::mapAtoms(llvm::function_ref<Dim(const Atom &)> map) const {
  Dim result;
  for (auto &[monomial, coefficient] : terms) {
    Dim product(coefficient);
    for (const Atom &part : monomial) {
      if (!part.of) {
        product = product * map(part);
        continue;
      }
      Dim a = part.of->a.mapAtoms(map), b = part.of->b.mapAtoms(map);
      product = product * (part.of->op == 'd' ? a.floorDiv(b) : part.of->op == '%' ? a.modulo(b) : a.power(b));
    }
    result = result + product;
  }
  return result;
}

std::optional<Dim::Atom> Dim::asVariable() const {
  if (terms.size() == 1 && terms.begin()->second == 1 && terms.begin()->first.size() == 1 &&
      !terms.begin()->first[0].of)
    return terms.begin()->first[0];
  return std::nullopt;
}

std::string Dim::print(bool keys) const {
  if (terms.empty())
    return "0";
  std::string text;
  // Products of variables first, the number last, as one would write it.
  for (auto it = terms.rbegin(); it != terms.rend(); ++it) {
    auto &[monomial, coefficient] = *it;
    int64_t magnitude = coefficient < 0 ? -coefficient : coefficient;
    if (!text.empty())
      text += coefficient < 0 ? " - " : " + ";
    else if (coefficient < 0)
      text += "-";
    if (monomial.empty() || magnitude != 1)
      text += std::to_string(magnitude) + (monomial.empty() ? "" : "*");
    for (size_t i = 0; i < monomial.size(); ++i)
      text += (i ? "*" : "") + (keys ? monomial[i].key : monomial[i].name);
  }
  return text;
}

std::string Dim::str() const { return print(false); }
std::string Dim::key() const { return print(true); }

// ---- bounded variables

static void collectVariables(const Dim &dim, std::vector<Dim::Atom> &variables) {
  for (auto &[monomial, coefficient] : dim.sum())
    for (const Dim::Atom &part : monomial) {
      if (part.of) {
        collectVariables(part.of->a, variables);
        collectVariables(part.of->b, variables);
      } else if (!llvm::is_contained(variables, part)) {
        variables.push_back(part);
      }
    }
}

std::vector<Dim::Atom> Dim::lengths() const {
  std::vector<Atom> variables;
  collectVariables(*this, variables);
  llvm::erase_if(variables, [](const Atom &variable) { return variable.bound < 0; });
  llvm::sort(variables);
  return variables;
}

bool Dim::isBounded() const {
  std::vector<Atom> variables;
  collectVariables(*this, variables);
  return !variables.empty() && llvm::all_of(variables, [](const Atom &variable) { return variable.bound >= 0; });
}

Dim Dim::with(const Lengths &values) const {
  return mapAtoms([&](const Atom &variable) {
    auto found = values.find(variable.key);
    return found == values.end() ? atom(variable) : Dim(found->second);
  });
}

Dim Dim::ofRow(int64_t rows) const {
  return mapAtoms([&](const Atom &variable) {
    Atom other = variable;
    if (other.bound >= 0) {
      other.rows = rows;
      other.key = other.name + "<=" + std::to_string(other.bound) + (rows ? "@" + std::to_string(rows) : "");
    }
    return atom(other);
  });
}

Dim Dim::within(llvm::StringRef scope) const {
  return mapAtoms([&](const Atom &variable) {
    std::string name = scope.str() + "." + variable.name;
    return variable.bound < 0 ? atom(variable) : bounded(name, variable.bound).ofRow(variable.rows);
  });
}

bool Dim::isOfRow() const {
  return llvm::any_of(lengths(), [](const Atom &variable) { return variable.rows > 0; });
}

/// The smallest value of a variable.
static int64_t leastOf(const Dim::Atom &variable, const Lengths &least) {
  auto found = least.find(variable.key);
  return found == least.end() ? 0 : std::min(found->second, variable.bound);
}

std::optional<bool> forLengths(const std::vector<Dim::Atom> &variables, const Lengths &least, int64_t most,
                               llvm::function_ref<bool(const Lengths &)> visit) {
  int64_t count = 1;
  Lengths at;
  for (const Dim::Atom &variable : variables) {
    count *= variable.bound - leastOf(variable, least) + 1;
    if (count > most)
      return std::nullopt;
    at[variable.key] = leastOf(variable, least);
  }
  for (;;) {
    if (visit(at))
      return true;
    size_t digit = variables.size();
    while (digit > 0 && at[variables[digit - 1].key] == variables[digit - 1].bound)
      --digit;
    if (digit == 0)
      return false;
    for (size_t behind = digit; behind < variables.size(); ++behind)
      at[variables[behind].key] = leastOf(variables[behind], least);
    ++at[variables[digit - 1].key];
  }
}

/// Trying all values of the variables out takes no more than this many.
static constexpr int64_t mostTried = 1 << 16;

/// Every variable at most once in each product: then the extremes lie where each is at one of its ends.
bool Dim::isMultiAffine() const {
  return llvm::all_of(terms, [](auto &term) {
    const Monomial &monomial = term.first;
    return llvm::none_of(monomial, [](const Atom &part) { return part.of != nullptr; }) &&
           std::adjacent_find(monomial.begin(), monomial.end()) == monomial.end();
  });
}

static std::pair<int64_t, int64_t> product(std::pair<int64_t, int64_t> a, std::pair<int64_t, int64_t> b) {
  int64_t corners[] = {a.first * b.first, a.first * b.second, a.second * b.first, a.second * b.second};
  return {*std::min_element(corners, corners + 4), *std::max_element(corners, corners + 4)};
}

/// An interval that holds all values.
static std::pair<int64_t, int64_t> interval(const Dim &dim, const Lengths &least) {
  std::pair<int64_t, int64_t> total{0, 0};
  for (auto &[monomial, coefficient] : dim.sum()) {
    std::pair<int64_t, int64_t> part{coefficient, coefficient};
    for (const Dim::Atom &atom : monomial) {
      std::pair<int64_t, int64_t> own{leastOf(atom, least), atom.bound};
      if (atom.of) {
        auto a = interval(atom.of->a, least), b = interval(atom.of->b, least);
        int64_t corners[] = {applied(atom.of->op, a.first, b.first), applied(atom.of->op, a.first, b.second),
                             applied(atom.of->op, a.second, b.first), applied(atom.of->op, a.second, b.second)};
        own = {*std::min_element(corners, corners + 4), *std::max_element(corners, corners + 4)};
        if (atom.of->op == '%')
          own = {0, std::max<int64_t>(b.second - 1, 0)};
      }
      part = product(part, own);
    }
    total = {total.first + part.first, total.second + part.second};
  }
  return total;
}

std::pair<int64_t, int64_t> Dim::range(const Lengths &least) const {
  if (auto number = constant())
    return {*number, *number};
  std::vector<Atom> variables = lengths();
  bool started = false;
  std::pair<int64_t, int64_t> found{0, 0};
  auto take = [&](const Lengths &values) {
    int64_t value = with(values).constant().value_or(0);
    found = started ? std::pair(std::min(found.first, value), std::max(found.second, value)) : std::pair(value, value);
    started = true;
    return false;
  };
  constexpr size_t mostCorners = 12;
  if (isMultiAffine() && variables.size() <= mostCorners) {
    for (uint64_t corner = 0; corner < uint64_t(1) << variables.size(); ++corner) {
      Lengths at;
      for (auto [i, variable] : llvm::enumerate(variables))
        at[variable.key] = corner >> i & 1 ? variable.bound : leastOf(variable, least);
      take(at);
    }
    return found;
  }
  return forLengths(variables, least, mostTried, take) ? found : interval(*this, least);
}

std::optional<Lengths> Dim::firstNegative(const Lengths &least) const {
  if (range(least).first >= 0)
    return std::nullopt;
  std::vector<Atom> variables = lengths();
  Lengths witness;
  auto visit = [&](const Lengths &at) {
    if (with(at).constant().value_or(0) >= 0)
      return false;
    witness = at;
    return true;
  };
  auto found = forLengths(variables, least, mostTried, visit);
  if (found)
    return *found ? std::optional(witness) : std::nullopt;
  for (const Atom &variable : variables) // too many to try: the ends
    witness[variable.key] = variable.bound;
  return witness;
}

std::optional<Lengths> Dim::firstDifference(const Dim &other) const {
  Dim difference = *this - other;
  std::vector<Atom> variables = difference.lengths();
  Lengths least, witness;
  for (const Atom &variable : variables)
    least[variable.key] = 1;
  auto visit = [&](const Lengths &at) {
    if (difference.with(at).constant().value_or(0) == 0)
      return false;
    witness = at;
    return true;
  };
  auto found = variables.empty() ? std::nullopt : forLengths(variables, least, mostTried, visit);
  return found && *found ? std::optional(witness) : std::nullopt;
}

std::string describe(const Lengths &lengths, const std::vector<Dim::Atom> &variables) {
  std::string text;
  for (const Dim::Atom &variable : variables)
    if (auto found = lengths.find(variable.key); found != lengths.end())
      text += (text.empty() ? "" : ", ") + variable.name + " = " + std::to_string(found->second);
  return text;
}

} // namespace nn::sema
