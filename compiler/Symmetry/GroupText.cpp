// Reads groups and exact numbers from the text that users write.
#include "Symmetry/Group.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

using namespace nn::symmetry;

namespace {
/// a + b pi: what the argument of a cosine is made of.
struct Number {
  Exact value;
  Exact ofPi;
};

/// Recursive descent over the text. The first mistake is kept; what is parsed after it does not matter.
class Parser {
public:
  explicit Parser(llvm::StringRef text) : all(text), rest(text) {}

  GroupRef product();
  Exact number();
  /// The mistake, if there is one or something is left over.
  std::optional<std::string> finish();
  bool sawDecimals() const { return decimals; }

private:
  /// Brackets and minus signs within each other; too many are refused before the stack runs out.
  struct Nesting {
    explicit Nesting(Parser &parser) : parser(parser) {
      if (++parser.depth <= 200)
        return;
      parser.fail("`" + parser.all.take_front(40) + "` .. is nested too deeply");
      parser.rest = "";
    }
    ~Nesting() { --parser.depth; }
    Parser &parser;
  };
  GroupRef factor();
  GroupRef family(llvm::StringRef name);
  GroupRef pair(llvm::StringRef name);
  GroupRef generated();
  std::vector<std::vector<Exact>> rows();
  std::vector<Exact> row();
  Number sum();
  Number term();
  Number unary();
  Number power();
  Number primary();
  Number function(llvm::StringRef name);
  Number literal();

  void skip() { rest = rest.ltrim(); }
  bool next(llvm::StringRef token);
  bool take(llvm::StringRef token);
  void expect(llvm::StringRef token);
  llvm::StringRef word();
  int64_t integer();
  void fail(const llvm::Twine &message) {
    if (!mistake)
      mistake = message.str();
  }
  GroupRef keep(llvm::Expected<GroupRef> group);

  llvm::StringRef all;
  llvm::StringRef rest;
  std::optional<std::string> mistake;
  bool decimals = false;
  int depth = 0;
};
} // namespace

bool Parser::next(llvm::StringRef token) {
  skip();
  return rest.starts_with(token);
}

bool Parser::take(llvm::StringRef token) { return next(token) && (rest = rest.drop_front(token.size()), true); }

void Parser::expect(llvm::StringRef token) {
  if (take(token))
    return;
  llvm::StringRef found = rest.take_front(12);
  fail("`" + token + "` is expected in `" + all + "`" +
       (found.empty() ? " at its end" : " before `" + found.str() + "`"));
  rest = "";
}

llvm::StringRef Parser::word() {
  skip();
  llvm::StringRef found = rest.take_while([](char c) { return llvm::isAlpha(c); });
  rest = rest.drop_front(found.size());
  return found;
}

int64_t Parser::integer() {
  skip();
  int64_t value = 0;
  if (rest.consumeInteger(10, value)) {
    expect("a number");
    return 1;
  }
  return value;
}

GroupRef Parser::keep(llvm::Expected<GroupRef> group) {
  if (group)
    return *group;
  fail(llvm::toString(group.takeError()));
  return Group::trivial();
}

std::optional<std::string> Parser::finish() {
  skip();
  if (!mistake && !rest.empty())
    fail("`" + rest + "` is left over in `" + all + "`");
  return mistake;
}

GroupRef Parser::product() {
  std::vector<GroupRef> factors{factor()};
  while (take("*"))
    factors.push_back(factor());
  return Group::product(factors);
}

GroupRef Parser::factor() {
  Nesting nesting(*this);
  if (take("(")) {
    GroupRef inner = product();
    expect(")");
    return inner;
  }
  llvm::StringRef name = word();
  if (name == "sign")
    return Group::sign();
  if (name == "trivial")
    return Group::trivial();
  if (name == "semidirect" || name == "wreath")
    return pair(name);
  if (name == "generated")
    return generated();
  if (name.empty()) {
    expect("a group");
    return Group::trivial();
  }
  return family(name);
}

GroupRef Parser::family(llvm::StringRef name) {
  std::vector<int64_t> sizes;
  expect("(");
  do
    sizes.push_back(integer());
  while (take(","));
  expect(")");
  return mistake ? Group::trivial() : keep(Group::named(name, sizes));
}

GroupRef Parser::pair(llvm::StringRef name) {
  expect("(");
  GroupRef first = product();
  expect(",");
  GroupRef second = product();
  expect(")");
  if (mistake)
    return Group::trivial();
  return keep(name == "wreath" ? Group::wreath(first, second) : Group::semidirect(first, second));
}

std::vector<Exact> Parser::row() {
  std::vector<Exact> values;
  expect("[");
  do
    values.push_back(number());
  while (take(","));
  expect("]");
  return values;
}

/// `[[..], [..]]`: the rows of one matrix, or several permutations.
std::vector<std::vector<Exact>> Parser::rows() {
  std::vector<std::vector<Exact>> values;
  expect("[");
  do
    values.push_back(row());
  while (take(","));
  expect("]");
  return values;
}

GroupRef Parser::generated() {
  expect("(");
  llvm::StringRef start = rest;
  bool matrices = take("[") && take("[") && next("[");
  rest = start;
  GroupRef group = Group::trivial();
  if (matrices) {
    std::vector<Matrix> list;
    expect("[");
    do {
      std::vector<std::vector<Exact>> values = rows();
      for (const std::vector<Exact> &line : values)
        if (line.size() != values.size())
          fail("generator " + llvm::Twine(list.size()) + " is not square: it has " + llvm::Twine(values.size()) +
               " rows, and one of them has " + llvm::Twine(line.size()) + " entries");
      if (!mistake)
        list.push_back(Matrix::fromRows(values));
    } while (take(","));
    expect("]");
    if (!mistake)
      group = keep(Group::generatedBy(list, decimals));
  } else {
    std::vector<std::vector<int>> list;
    for (const std::vector<Exact> &line : rows()) {
      std::vector<int> &permutation = list.emplace_back();
      for (const Exact &value : line) {
        std::optional<Rational> image = value.asRational();
        if (!image || !image->isInteger())
          fail("a permutation lists the points that 0, 1, .. go to, and `" + value.text() + "` is not a point");
        permutation.push_back(image ? int(image->numerator()) : 0);
      }
    }
    if (!mistake)
      group = keep(Group::generatedBy(list));
  }
  expect(")");
  return group;
}

Exact Parser::number() {
  Number value = sum();
  if (!value.ofPi.isZero())
    fail("pi is known only in the argument of `cos` and `sin`");
  if (value.value.isTooLarge())
    fail("a number in `" + all + "` is too large to compute with exactly");
  return value.value;
}

Number Parser::sum() {
  Number value = term();
  while (next("+") || next("-")) {
    bool minus = take("-");
    if (!minus)
      take("+");
    Number other = term();
    Exact sign(minus ? -1 : 1);
    value = {value.value + sign * other.value, value.ofPi + sign * other.ofPi};
  }
  return value;
}

Number Parser::term() {
  Number value = unary();
  while (next("*") || next("/")) {
    bool divide = take("/");
    if (!divide)
      take("*");
    Number other = unary();
    if (divide && other.value.isZero())
      fail("a division by zero in `" + all + "`");
    if (!other.ofPi.isZero() && (divide || !value.ofPi.isZero()))
      fail("only multiples of pi by exact numbers are known");
    Exact scale = mistake ? Exact(1) : divide ? other.value.inverse() : other.value;
    value = {value.value * scale, value.ofPi * scale + (divide ? Exact(0) : value.value * other.ofPi)};
  }
  return value;
}

Number Parser::unary() {
  Nesting nesting(*this);
  if (!take("-"))
    return power();
  Number value = unary();
  return {-value.value, -value.ofPi};
}

Number Parser::power() {
  Number value = primary();
  if (!take("^"))
    return value;
  int64_t exponent = integer();
  if (!value.ofPi.isZero() || exponent < 0 || exponent > 64)
    fail("only powers from 0 to 64 of exact numbers are known");
  Exact product(1);
  for (int64_t k = 0; k < exponent && !mistake; ++k)
    product = product * value.value;
  return {product, Exact(0)};
}

Number Parser::primary() {
  if (take("(")) {
    Number value = sum();
    expect(")");
    return value;
  }
  skip();
  if (!rest.empty() && llvm::isDigit(rest[0]))
    return literal();
  llvm::StringRef name = word();
  if (name == "pi")
    return {Exact(0), Exact(1)};
  if (name == "sqrt" || name == "cos" || name == "sin")
    return function(name);
  if (name.empty())
    expect("a number");
  else
    fail("`" + name + "` is not known in an exact number: sqrt, cos, sin and pi are");
  rest = "";
  return {};
}

Number Parser::function(llvm::StringRef name) {
  expect("(");
  Number argument = sum();
  expect(")");
  std::optional<Rational> plain = argument.value.asRational(), turns = argument.ofPi.asRational();
  if (mistake)
    return {};
  if (name == "sqrt") {
    std::optional<Exact> root = plain && argument.ofPi.isZero() ? Exact::sqrt(*plain) : std::nullopt;
    if (!root)
      fail("`sqrt(" + argument.value.text() +
           ")`: the square root of a rational number, not negative and without large " + "prime factors, is exact");
    return {root.value_or(Exact(0)), Exact(0)};
  }
  if (!plain || !plain->isZero() || !turns || turns->denominator() > 360) {
    fail("`" + name +
         "` is exact at multiples of pi by fractions with a denominator up to 360, as in `cos(2 * pi / 5)`");
    return {};
  }
  // t = pi a / b = 2 pi a / (2 b).
  int64_t n = 2 * turns->denominator(), k = turns->numerator() % n;
  return {name == "cos" ? Exact::cosine(k, n) : Exact::sine(k, n), Exact(0)};
}

/// Digits, and perhaps a point and digits: exactly the fraction that they write.
Number Parser::literal() {
  llvm::StringRef whole = rest.take_while([](char c) { return llvm::isDigit(c); });
  rest = rest.drop_front(whole.size());
  std::string digits = whole.str();
  int64_t denominator = 1, numerator = 0;
  if (rest.size() > 1 && rest[0] == '.' && llvm::isDigit(rest[1])) {
    llvm::StringRef fraction = rest.drop_front().take_while([](char c) { return llvm::isDigit(c); });
    rest = rest.drop_front(fraction.size() + 1);
    decimals = true;
    fraction = fraction.take_front(17);
    digits += fraction;
    for (size_t k = 0; k < fraction.size(); ++k)
      denominator *= 10;
  }
  if (llvm::StringRef(digits).getAsInteger(10, numerator))
    return {Exact(Rational(0, 0)), Exact(0)};
  return {Exact(Rational(numerator, denominator)), Exact(0)};
}

llvm::Expected<GroupRef> nn::symmetry::parseGroup(llvm::StringRef text) {
  Parser parser(text);
  GroupRef group = parser.product();
  if (std::optional<std::string> mistake = parser.finish())
    return refusal(*mistake);
  return group;
}

llvm::Expected<Exact> nn::symmetry::parseExact(llvm::StringRef text) {
  Parser parser(text);
  Exact value = parser.number();
  if (std::optional<std::string> mistake = parser.finish())
    return refusal(*mistake);
  return value;
}
