// A grammar of equations, walked at random; every subscript is made to fit its axis.
#include "RandomText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <vector>

using namespace nn::test;

namespace {

using Shape = std::vector<int64_t>;

/// A tensor that has a name.
struct Tensor {
  std::string name;
  Shape shape;
  int64_t bound = 0; ///< of an index; 0 for reals
};

/// An index in scope, which runs from 0 to its extent.
struct Index {
  std::string name;
  int64_t extent;
};

class Writer {
public:
  Writer(unsigned seed, bool derivatives) : chance(seed), derivatives(derivatives) {}
  std::string command(const std::string &name);

private:
  int64_t below(int64_t n) { return int64_t(chance() % uint64_t(n)); }
  bool oneIn(int64_t n) { return below(n) == 0; }
  std::string fresh(const char *prefix) { return prefix + std::to_string(names++); }
  int64_t extent() {
    static const int64_t sizes[] = {1, 2, 3, 3, 4, 5, 5, 7, 8, 9};
    return sizes[below(10)];
  }
  Shape shape(int64_t rank) {
    Shape result;
    for (int64_t axis = 0; axis < rank; ++axis)
      result.push_back(extent());
    return result;
  }
  const Tensor &anyReal() { return reals[below(int64_t(reals.size()))]; }
  std::string number() {
    static const char *const numbers[] = {"0.5", "2", "1.25", "-0.75", "0.1", "3"};
    return numbers[below(6)];
  }

  // Parts of expressions; each is an operand of anything.
  std::string real(int depth);
  std::string leaf();
  std::string access(const Tensor &tensor, size_t kept = 0);
  std::string reduction(int depth);
  std::string condition(int depth);
  std::string affineCondition();
  std::string unary(const std::string &x);
  std::string subscript(int64_t axis);
  std::string affineSubscript(int64_t axis);
  std::string gather(int64_t axis);
  std::string integer();
  std::string bind(int64_t most, std::string &name);
  std::string mappedCall();

  // Statements.
  void statement();
  void equation(int64_t rank);
  void grouped();
  void partial();
  void whole();
  void matmul();
  void integers();
  void positions();
  std::string leftHandSide(const std::string &name, int64_t rank, Shape &own);
  void line(const std::string &text);
  /// True if the value called `name` is computed from `x`, as far as names tell.
  bool computedFrom(const std::string &name, const std::string &x) const;

  std::mt19937 chance;
  bool derivatives;
  int names = 0;
  int64_t points = 1; ///< of the box around
  std::vector<Tensor> reals, tables, results, integerResults;
  std::vector<Index> indices;
  std::string body;
  std::map<std::string, std::set<std::string>> operands; ///< of each value that a line names
};

constexpr int64_t mostPoints = 3000;

} // namespace

// ---- subscripts

std::string Writer::affineSubscript(int64_t axis) {
  for (int attempt = 0; attempt < 8; ++attempt) {
    static const int64_t factors[] = {1, 1, 1, 2, -1, 3};
    int64_t low = 0, high = 0;
    std::string text;
    for (int64_t terms = 1 + below(2); terms > 0; --terms) {
      const Index &index = indices[below(int64_t(indices.size()))];
      int64_t factor = factors[below(6)], reach = factor * (index.extent - 1);
      (reach < 0 ? low : high) += reach;
      std::string sign = factor < 0 ? "-" : text.empty() ? "" : "+ ", size = std::to_string(std::abs(factor));
      text += (text.empty() ? "" : " ") + sign + (std::abs(factor) == 1 ? "" : size + " * ") + index.name;
    }
    int64_t room = axis - 1 - (high - low);
    if (room < 0)
      continue;
    int64_t start = below(room + 1) - low;
    if (start == 0)
      return text;
    return start > 0 ? std::to_string(start) + " + " + text : text + " - " + std::to_string(-start);
  }
  return std::to_string(below(axis));
}

std::string Writer::gather(int64_t axis) {
  std::vector<const Tensor *> fitting;
  for (const Tensor &table : tables)
    if (table.bound <= axis)
      fitting.push_back(&table);
  if (fitting.empty()) {
    const Tensor &table = tables[below(int64_t(tables.size()))];
    return access(table) + " % " + std::to_string(axis);
  }
  const Tensor &table = *fitting[below(int64_t(fitting.size()))];
  std::string read = access(table);
  int64_t room = axis - table.bound;
  if (room > 0 && oneIn(3))
    return read + " + " + std::to_string(1 + below(room));
  if (oneIn(4))
    return "(" + read + " + " + std::to_string(1 + below(3)) + ") % " + std::to_string(axis);
  return read;
}

/// An index expression whose values lie in [0, axis).
std::string Writer::subscript(int64_t axis) {
  if (indices.empty())
    return std::to_string(below(axis));
  const Index &index = indices[below(int64_t(indices.size()))];
  std::string last = std::to_string(axis - 1), shift = std::to_string(below(4));
  switch (below(9)) {
  case 0:
    return "(" + index.name + " + " + shift + ") % " + std::to_string(axis);
  case 1:
    if (int64_t divisor = (index.extent + axis - 1) / axis; divisor > 1 || axis > 1)
      return "div(" + index.name + ", " + std::to_string(std::max<int64_t>(divisor, 2)) + ")";
    return "0";
  case 2:
    return "min(" + index.name + " + " + shift + ", " + last + ")";
  case 3:
    return "min(max(" + index.name + " - " + shift + ", 0), " + last + ")";
  case 4:
    if (!tables.empty())
      return gather(axis);
    [[fallthrough]];
  case 5:
    return affineSubscript(axis);
  default:
    // Bare, as most are.
    for (const Index &other : llvm::reverse(indices))
      if (other.extent <= axis && !oneIn(4))
        return other.name;
    return affineSubscript(axis);
  }
}

/// The element of a tensor, or with `kept` > 0 a part of it with that many trailing axes.
std::string Writer::access(const Tensor &tensor, size_t kept) {
  std::vector<std::string> subscripts;
  for (size_t axis = 0; axis + kept < tensor.shape.size(); ++axis)
    subscripts.push_back(subscript(tensor.shape[axis]));
  return subscripts.empty() ? tensor.name : tensor.name + "[" + llvm::join(subscripts, ", ") + "]";
}

// ---- expressions

std::string Writer::unary(const std::string &x) {
  switch (below(12)) {
  case 0:
    return "tanh(" + x + ")";
  case 1:
    return "exp(-abs(" + x + "))";
  case 2:
    return "sin(" + x + ")";
  case 3:
    return "cos(" + x + ")";
  case 4:
    return "sqrt(1.5 + " + x + " ^ 2)";
  case 5:
    return "log(1.25 + abs(" + x + "))";
  case 6:
    return "erf(" + x + ")";
  case 7:
    return "relu(" + x + ")";
  case 8:
    return "sigmoid(" + x + ")";
  case 9:
    return "log1p(" + x + " ^ 2)";
  case 10:
    return "expm1(tanh(" + x + "))";
  default:
    return "atan2(" + x + ", 1.5)";
  }
}

std::string Writer::integer() {
  if (indices.empty() || (!tables.empty() && oneIn(2)))
    return tables.empty() ? "2" : access(tables[below(int64_t(tables.size()))]);
  return indices[below(int64_t(indices.size()))].name;
}

std::string Writer::leaf() {
  if (oneIn(12))
    return number();
  if (oneIn(12))
    return "0.25 * (" + integer() + " - 1)";
  return access(anyReal());
}

std::string Writer::affineCondition() {
  if (indices.empty())
    return "true";
  const Index &a = indices[below(int64_t(indices.size()))], &b = indices[below(int64_t(indices.size()))];
  static const char *const tests[] = {"<", "<=", ">", ">=", "==", "!="};
  std::string shift = std::to_string(below(3));
  std::string left = oneIn(3) ? a.name + " + " + b.name : a.name;
  if (oneIn(4))
    return a.name + " % 2 == " + std::to_string(below(2));
  return left + " " + tests[below(6)] + " " + (oneIn(2) ? b.name + " + " + shift : shift);
}

std::string Writer::condition(int depth) {
  switch (below(6)) {
  case 0:
  case 1:
    return affineCondition();
  case 2:
    return affineCondition() + (oneIn(2) ? " and " : " or ") + access(anyReal()) + " > 0.25";
  case 3:
    return "not (" + access(anyReal()) + " < " + access(anyReal()) + ")";
  case 4:
    if (depth > 0 && points < mostPoints / 4) {
      std::string name, binder = bind(4, name);
      std::string text =
          std::string(oneIn(2) ? "(any" : "(all") + "[" + binder + "] (" + access(anyReal()) + " > 0.1))";
      points /= indices.back().extent;
      indices.pop_back();
      return text;
    }
    [[fallthrough]];
  default:
    return access(anyReal()) + " > 0.25";
  }
}

/// A new innermost index with its range.
std::string Writer::bind(int64_t most, std::string &name) {
  name = fresh("i");
  Index index{name, std::min(extent(), std::max<int64_t>(most, 1))};
  indices.push_back(index);
  points *= index.extent;
  return name + " < " + std::to_string(index.extent);
}

std::string Writer::reduction(int depth) {
  static const char *const reducers[] = {"sum", "sum", "sum", "mean", "max", "min", "prod", "logsumexp"};
  std::string reducer = reducers[below(8)], name, binders = bind(mostPoints / points, name);
  size_t bound = 1;
  if (oneIn(3) && points < mostPoints / 4) {
    binders += ", " + bind(5, name);
    bound = 2;
  }
  std::string where;
  if (oneIn(3))
    where = " where " + condition(depth - 1);
  // Products of many terms leave the range that a tolerance can speak of; empty maxima are infinite.
  std::string inner = real(depth - 1);
  if (reducer == "prod")
    inner = "(1 + 0.25 * tanh(" + inner + "))";
  std::string text = "(" + reducer + "[" + binders + where + "] " + inner + ")";
  if (!where.empty() && (reducer == "max" || reducer == "min" || reducer == "logsumexp"))
    text = std::string(reducer == "min" ? "min(" : "max(") + text + (reducer == "min" ? ", 50)" : ", -50)");
  for (; bound > 0; --bound) {
    points /= indices.back().extent;
    indices.pop_back();
  }
  return text;
}

/// A function of a row, called inside an equation.
std::string Writer::mappedCall() {
  for (const Tensor &tensor : reals)
    if (!tensor.shape.empty() && oneIn(2))
      return "spread_of(" + access(tensor, 1) + ")";
  return "blend(" + leaf() + ", " + leaf() + ")";
}

std::string Writer::real(int depth) {
  if (depth <= 0)
    return leaf();
  switch (below(12)) {
  case 0:
  case 1:
    return "(" + real(depth - 1) + " + " + real(depth - 1) + ")";
  case 2:
    return "(" + real(depth - 1) + " - " + real(depth - 1) + ")";
  case 3:
  case 4:
    return real(depth - 1) + " * " + real(depth - 1);
  case 5:
    return "(" + real(depth - 1) + " / (1 + " + leaf() + " ^ 2))";
  case 6:
    return std::string(oneIn(2) ? "max(" : "min(") + real(depth - 1) + ", " + leaf() + ")";
  case 7:
    return unary(real(depth - 1));
  case 8:
    return "(if " + condition(depth - 1) + " then " + real(depth - 1) + " else " + real(depth - 1) + ")";
  case 9:
    return mappedCall();
  default:
    return points < mostPoints / 2 ? reduction(depth) : leaf();
  }
}

// ---- statements

static bool inName(char c) { return llvm::isAlnum(c) || c == '_'; }

void Writer::line(const std::string &text) {
  body += "  " + text + "\n";
  auto [left, right] = llvm::StringRef(text).split(" = ");
  std::set<std::string> &names = operands[left.take_while(inName).str()];
  for (right = right.drop_until(inName); !right.empty(); right = right.drop_while(inName).drop_until(inName))
    names.insert(right.take_while(inName).str());
}

bool Writer::computedFrom(const std::string &name, const std::string &x) const {
  if (name == x)
    return true;
  auto line = operands.find(name);
  return line != operands.end() &&
         llvm::any_of(line->second, [&](const std::string &part) { return computedFrom(part, x); });
}

std::string Writer::leftHandSide(const std::string &name, int64_t rank, Shape &own) {
  indices.clear();
  points = 1;
  std::vector<std::string> binders;
  for (int64_t axis = 0; axis < rank; ++axis) {
    std::string index;
    binders.push_back(bind(mostPoints / points, index));
    own.push_back(indices.back().extent);
  }
  return binders.empty() ? name : name + "[" + llvm::join(binders, ", ") + "]";
}

void Writer::equation(int64_t rank) {
  Tensor result{fresh("y"), {}};
  std::string left = leftHandSide(result.name, rank, result.shape);
  line(left + " = " + real(3));
  indices.clear();
  reals.push_back(result);
  results.push_back(result);
}

/// A sum, maximum or product of the rows that a table sends to each cell.
void Writer::grouped() {
  std::vector<const Tensor *> lists;
  for (const Tensor &table : tables)
    if (table.shape.size() == 1)
      lists.push_back(&table);
  if (lists.empty())
    return equation(1);
  const Tensor &table = *lists[below(int64_t(lists.size()))];
  Tensor result{fresh("y"), {table.bound}};
  std::string group = fresh("i"), member = fresh("i");
  static const char *const reducers[] = {"sum", "sum", "mean", "max", "min", "prod"};
  // Products over groups have no derivative.
  std::string reducer = reducers[below(derivatives ? 5 : 6)];
  indices = {{group, table.bound}, {member, table.shape[0]}};
  points = table.bound * table.shape[0];
  std::string extra = oneIn(3) ? " and " + condition(0) : "";
  // In groups the members may be read bare.
  std::string inner = "(" + (oneIn(2) ? real(1) : access(anyReal())) + ")";
  std::string value = "(" + reducer + "[" + member + " < " + std::to_string(table.shape[0]) + " where " + table.name +
                      "[" + member + "] == " + group + extra + "] " + inner + ")";
  if (reducer == "max" || reducer == "min")
    value = reducer == "min" ? "min(" + value + ", 50)" : "max(" + value + ", -50)";
  line(result.name + "[" + group + " < " + std::to_string(table.bound) + "] = " + value);
  indices.clear();
  reals.push_back(result);
  results.push_back(result);
}

/// An equation that leaves trailing axes.
void Writer::partial() {
  std::vector<Tensor> wide;
  for (const Tensor &tensor : reals)
    if (tensor.shape.size() > 1)
      wide.push_back(tensor);
  if (wide.empty())
    return equation(2);
  const Tensor &tensor = wide[below(int64_t(wide.size()))];
  Tensor result{fresh("y"), {}};
  std::string left = leftHandSide(result.name, 1, result.shape);
  std::string row = access(tensor, 1), other = access(tensor, 1), value;
  switch (below(4)) {
  case 0:
    value = row + " * " + leaf() + " + tanh(" + other + ")";
    break;
  case 1:
    value = "softmax(" + row + ") - " + other;
    break;
  case 2: {
    std::string name, binder = bind(6, name);
    value = "sum[" + binder + "] " + access(tensor, 1);
    break;
  }
  default:
    value = "(if " + access(anyReal()) + " > 0.25 then " + row + " else " + other + ")";
  }
  line(left + " = " + value);
  result.shape.push_back(tensor.shape.back());
  indices.clear();
  reals.push_back(result);
  results.push_back(result);
}

/// Tensors as wholes.
void Writer::whole() {
  const Tensor source = anyReal();
  Tensor result{fresh("y"), source.shape};
  std::string x = source.name;
  int64_t rows = source.shape.empty() ? 0 : source.shape[0];
  switch (below(5)) {
  case 0:
    line(result.name + " = tanh(" + x + ") * 0.5 + " + x + " / 3");
    break;
  case 1:
    line(result.name + " = " + x + " * sum(" + x + " ^ 2)");
    break;
  case 2:
    if (rows > 1) {
      int64_t begin = below(rows), end = begin + 1 + below(rows - begin);
      result.shape[0] = end - begin;
      line(result.name + " = " + x + "[" + std::to_string(begin) + ".." + std::to_string(end) + "]");
      break;
    }
    [[fallthrough]];
  case 3:
    if (rows > 0) {
      result.shape[0] = 2 * rows;
      line(result.name + " = concat(" + x + ", sin(" + x + "))");
      break;
    }
    [[fallthrough]];
  default: {
    int64_t count = 1;
    for (int64_t size : source.shape)
      count *= size;
    result.shape = {count};
    line(result.name + " = relu(reshape(" + x + ", [" + std::to_string(count) + "]))");
  }
  }
  reals.push_back(result);
  results.push_back(result);
}

void Writer::matmul() {
  std::vector<Tensor> matrices;
  for (const Tensor &tensor : reals)
    if (tensor.shape.size() == 2)
      matrices.push_back(tensor);
  if (matrices.empty())
    return equation(2);
  const Tensor &w = matrices[below(int64_t(matrices.size()))];
  Tensor flipped{fresh("y"), {w.shape[1], w.shape[0]}}, result{fresh("y"), {w.shape[0], w.shape[0]}};
  std::string a = fresh("i"), b = fresh("i");
  line(flipped.name + "[" + a + ", " + b + "] = " + w.name + "[" + b + ", " + a + "]");
  line(result.name + " = " + w.name + " @ " + flipped.name);
  reals.push_back(result);
  results.push_back(result);
}

void Writer::integers() {
  Tensor result{fresh("n"), {}};
  std::string left = leftHandSide(result.name, 1 + below(2), result.shape);
  std::string a = integer(), b = integer();
  switch (below(4)) {
  case 0:
    line(left + " = " + a + " * 2 - " + b + " % 3");
    break;
  case 1:
    line(left + " = max(" + a + ", " + b + ") - div(" + a + " - 5, 2)");
    break;
  case 2: {
    std::string name, binder = bind(8, name);
    line(left + " = sum[" + binder + " where " + condition(0) + "] (" + integer() + " + 1)");
    break;
  }
  default:
    line(left + " = if " + condition(0) + " then " + a + " else -" + b);
  }
  indices.clear();
  integerResults.push_back(result);
}

/// Positions of extremes; some become subscripts.
void Writer::positions() {
  Tensor result{fresh("n"), {}};
  std::string left = leftHandSide(result.name, 1, result.shape);
  std::string name, binder = bind(9, name);
  int64_t bound = indices.back().extent;
  // Of what is read, not of what is computed: rounding decides nothing.
  std::string where = oneIn(4) ? " where " + affineCondition() : "";
  line(left + " = " + (oneIn(2) ? "argmax" : "argmin") + "[" + binder + where + "] " + access(anyReal()));
  indices.clear();
  result.bound = bound;
  integerResults.push_back(result);
}

void Writer::statement() {
  switch (below(10)) {
  case 0:
    return grouped();
  case 1:
    return partial();
  case 2:
    return whole();
  case 3:
    return matmul();
  case 4:
    return integers();
  case 5:
    return positions();
  default:
    return equation(below(4));
  }
}

// ---- the command

static std::string spell(const std::string &element, const Shape &shape) {
  std::vector<std::string> extents;
  for (int64_t size : shape)
    extents.push_back(std::to_string(size));
  return extents.empty() ? element : element + "[" + llvm::join(extents, ", ") + "]";
}

std::string Writer::command(const std::string &name) {
  std::vector<std::string> arguments;
  std::vector<Tensor> variables;
  for (int64_t k = 2 + below(2); k > 0; --k) {
    Tensor x{fresh(oneIn(4) ? "shared_x" : "x"), shape(below(4))};
    arguments.push_back(x.name + ": " + spell("f64", x.shape));
    reals.push_back(x);
    variables.push_back(x);
  }
  for (int64_t k = below(3); k > 0; --k) {
    Tensor t{fresh("t"), shape(1 + below(2)), extent()};
    arguments.push_back(t.name + ": " + spell("index(" + std::to_string(t.bound) + ")", t.shape));
    tables.push_back(t);
  }
  for (int64_t k = 2 + below(3); k > 0; --k)
    statement();
  std::vector<std::string> parts;
  auto add = [&](const std::string &value) { parts.push_back("r" + std::to_string(parts.size()) + ": " + value); };
  for (const Tensor &result : results)
    add(result.name);
  for (const Tensor &result : integerResults)
    add(result.name);
  if (derivatives && !results.empty()) {
    std::vector<std::string> terms;
    for (const Tensor &result : results) {
      std::string q = fresh("shared_q");
      arguments.push_back(q + ": " + spell("f64", result.shape));
      terms.push_back("sum(" + q + " * " + result.name + ")");
    }
    line("total = " + llvm::join(terms, " + "));
    for (const Tensor &x : variables)
      if (computedFrom("total", x.name))
        add("grad(total, " + x.name + ")");
  }
  if (parts.empty())
    add(variables[0].name);
  return "command " + name + "(" + llvm::join(arguments, ", ") + ") {\n" + body + "  (" + llvm::join(parts, ", ") +
         ")\n}\n";
}

std::string nn::test::randomCommand(const std::string &name, unsigned seed, bool derivatives) {
  return Writer(seed, derivatives).command(name);
}

std::string nn::test::randomPrelude() {
  return R"(fn blend(a: real, b: real) -> real = tanh(a) * b + 0.5
fn spread_of(v: real[n]) -> real {
  top = max[j] v[j]
  w[j] = exp(v[j] - top)
  (sum[j] w[j] * v[j]) / sum[j] w[j]
}
)";
}
