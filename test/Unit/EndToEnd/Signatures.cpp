// From declarations to calls: sizes for dimension variables, values for hyperparameters, tensors for inputs.
#include "Signatures.h"
#include "Harness.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Casting.h"

#include <map>
#include <optional>

using namespace nn;
using namespace nn::test;

/// What hyperparameters that have no default are given, and what others are given instead of their default.
static const std::map<std::string, std::string> hyperValues = {
    {"out", "3"},     {"k", "2"},      {"rate", "0.3"}, {"lr", "0.1"},       {"c", "0.7"},
    {"peak", "0.05"}, {"warmup", "2"}, {"width", "3"},  {"vocabulary", "5"}, {"kernel", "3"},
    {"by", "1"},      {"side", "2"},   {"count", "2"},
};

namespace {

using Sizes = std::vector<int64_t>;

/// The extents that dimension variables get, in the order in which they are met; the last one stands for all behind it.
/// Those met late are kernels and classes: they get small ones.
const std::vector<Sizes> sizeLists = {{5, 7, 6, 3, 2}, {1}, {9, 17, 8, 4, 3}};

/// Where a declaration does not say what suits it.
struct Special {
  /// Extents, where not all fit.
  std::vector<Sizes> sizes = sizeLists;
  /// Hyperparameter lists, where they are functions or lists, or have to fit the extents.
  std::vector<std::string> hyper = {};
  /// Makes an input of numbers: `softmax` where they are probabilities.
  std::string wrap = "";
  /// Rests have up to so many axes.
  int maxRank = 3;
  /// False for draws that are accepted or made again: they are constants to derivatives.
  bool differentiable = true;
  /// Whole calls of `x0`, `x1`, .. of these types, where the made-up ones would not do: matrices have to be symmetric.
  std::vector<std::pair<std::vector<std::string>, std::string>> calls = {};
};

const std::string symmetric = "x0 + transpose(x0)", definite = "x0 @ transpose(x0) + 2 * ";

const std::map<std::string, Special> specials = {
    {"acos", {.wrap = "tanh"}},
    {"acosh", {.wrap = "cosh"}},
    {"along", {.sizes = {{2}}, .hyper = {"axis: 1, axes: 2"}, .maxRank = 0}},
    {"asin", {.wrap = "tanh"}},
    {"atanh", {.wrap = "tanh"}},
    {"attention", {.sizes = {{3, 4, 2, 5}}, .hyper = {"heads: 2", "heads: 1, causal: true"}}},
    {"avg_pool",
     {.sizes = {{2, 5, 4}, {1, 4, 7}},
      .hyper = {"window: 2", "window: [2, 3], stride: [1, 2], padding: [[1, 0], [1, 2]]",
                "window: 2, padding: 1, dilation: 2, ceil: true"}}},
    {"avg_pool1d",
     {.sizes = {{2, 5}, {1, 3}},
      .hyper = {"window: 2", "window: 3, stride: 2, padding: [1, 2]", "window: 2, dilation: 2, ceil: true"}}},
    {"avg_pool3d",
     {.sizes = {{2, 3, 2, 4}},
      .hyper = {"window: 2", "window: [2, 1, 3], stride: [1, 2, 2], padding: [[1, 0], [0, 1], [1, 1]], ceil: true"}}},
    {"before", {.sizes = {{2}}, .maxRank = 0}},
    {"behind", {.sizes = {{2}}, .maxRank = 0}},
    {"bernoulli_divergence", {.wrap = "sigmoid"}},
    {"bernoulli_log_density", {.wrap = "sigmoid"}},
    {"beta_draw", {.sizes = {{2}}, .wrap = "exp", .maxRank = 1, .differentiable = false}},
    {"categorical_draw", {.wrap = "softmax", .differentiable = false}},
    {"categorical_log_density", {.wrap = "softmax"}},
    {"count_regions",
     {.differentiable = false,
      .calls = {{{"f64[2]"}, "count_regions(x => relu([x[0] - 0.3, x[1] + 0.4, x[0] - x[1]]), x0, 1 - 2 * x0)"}}}},
    {"shifted",
     {.calls = {{{"f64[4]", "f64"}, "shifted(x0, x1)"}, {{"f64[1, 3]", "f64[3]"}, "shifted(x0, first: x1)"}}}},
    {"jitter", {.sizes = {{2, 4, 3}}}},
    {"cutout", {.sizes = {{2, 4, 3}}}},
    {"rotation", {.sizes = {{3}, {1}, {2}}}},
    {"cauchy_schwarz", {.wrap = "softmax"}},
    {"along_both", {.sizes = {{3, 4}, {1}}, .hyper = {"kind: \"fft\""}}},
    {"cholesky",
     {.calls = {{{"f64[3, 3]"}, "cholesky(" + definite + "identity(3))"},
                {{"f64[1, 1]"}, "cholesky(" + definite + "identity(1))"}}}},
    {"conv",
     {.sizes = {{2, 5, 6}},
      .hyper = {"out: 2, kernel: 3", "out: 3, kernel: [3, 1], stride: [1, 2], dilation: [2, 1]",
                "out: 4, kernel: 2, stride: 2, padding: same, dilation: 2, groups: 2, bias: false"}}},
    {"conv1d", {.sizes = {{2, 7}}, .hyper = {"out: 3, kernel: 3", "out: 2, kernel: 4, padding: wrap"}}},
    {"conv3d",
     {.sizes = {{2, 3, 4, 3}},
      .hyper = {"out: 2, kernel: 2", "out: 1, kernel: 3, padding: edge",
                "out: 2, kernel: [1, 2, 2], stride: [1, 2, 1]"}}},
    {"conv_transpose",
     {.sizes = {{2, 3, 2}},
      .hyper = {"out: 3, kernel: 2", "out: 2, kernel: 4, stride: 2, crop: 1",
                "out: 1, kernel: [3, 2], stride: [1, 2], crop: [[1, 0], [0, -1]], dilation: [2, 1]"}}},
    {"conv_transpose1d",
     {.sizes = {{2, 4}}, .hyper = {"out: 3, kernel: 2", "out: 2, kernel: 3, stride: 2, crop: [1, -1], dilation: 2"}}},
    {"conv_transpose3d",
     {.sizes = {{2, 2, 3, 2}},
      .hyper = {"out: 2, kernel: 2", "out: 1, kernel: [1, 2, 3], stride: [2, 1, 2], crop: [[0, 0], [1, 0], [0, 1]]"}}},
    {"correlation", {.sizes = {{5, 4, 3, 2}, {1}, {4, 6, 4, 1}}}},
    {"decoder_block", {.sizes = {{2, 4, 3, 4}}, .hyper = {"heads: 2, widen: 1"}}},
    {"depthwise_conv", {.sizes = {{2, 4, 5}}, .hyper = {"kernel: 3", "kernel: [2, 1], stride: 2, padding: full"}}},
    {"encoder_block", {.sizes = {{3, 4}}, .hyper = {"heads: 2, widen: 1"}}},
    {"entropy", {.wrap = "softmax"}},
    {"feed_forward", {.sizes = {{3, 4}, {1}}}},
    {"framed", {.hyper = {"padding: 1", "padding: [[1, 0], [2, 1]]"}}},
    {"glu", {.sizes = {{6}, {2}}}},
    {"effective_rank", {.sizes = {{3, 4}, {1}, {4, 2}}}},
    {"eigenvalues", {.calls = {{{"f64[4, 4]"}, "eigenvalues(" + symmetric + ")"}, {{"f64[1, 1]"}, "eigenvalues(x0)"}}}},
    {"eigenvectors",
     {.calls = {{{"f64[4, 4]"}, "eigenvectors(" + symmetric + ")"}, {{"f64[1, 1]"}, "eigenvectors(x0)"}}}},
    {"expm", {.sizes = {{3}, {1}}}},
    {"fft", {.sizes = {{5, 2}, {8, 2}}, .maxRank = 1}},
    {"fft2", {.sizes = {{4, 2}, {3, 2}}, .maxRank = 1}},
    {"group_norm", {.sizes = {{4, 3}, {2, 1}}}},
    {"hidden", {.hyper = {"width: 3", "width: 2, act: tanh"}}},
    {"inverse", {.sizes = {{4}, {1}}}},
    {"irfft", {.sizes = {{4}}, .hyper = {"n: 6", "n: 7"}}},
    {"jensen_shannon", {.wrap = "softmax"}},
    {"kullback_leibler", {.wrap = "softmax"}},
    {"log_gamma_draw", {.sizes = {{2}}, .wrap = "exp", .maxRank = 1, .differentiable = false}},
    {"locally_connected",
     {.sizes = {{2, 4, 5}}, .hyper = {"out: 2, kernel: 3", "out: 2, kernel: [2, 3], stride: [2, 1]"}}},
    {"logdet", {.calls = {{{"f64[3, 3]"}, "logdet(" + definite + "identity(3))"}}}},
    {"matrix_power", {.sizes = {{3, 4}, {1}}}},
    {"max_pool",
     {.sizes = {{2, 5, 4}, {1, 4, 7}},
      .hyper = {"window: 2", "window: [2, 3], stride: [1, 2], padding: [[1, 0], [1, 2]]",
                "window: 2, padding: 1, dilation: 2, ceil: true"}}},
    {"max_pool1d",
     {.sizes = {{2, 5}, {1, 3}},
      .hyper = {"window: 2", "window: 3, stride: 2, padding: [1, 2]", "window: 2, dilation: 2, ceil: true"}}},
    {"max_pool3d",
     {.sizes = {{2, 3, 2, 4}},
      .hyper = {"window: 2", "window: [2, 1, 3], stride: [1, 2, 2], padding: [[1, 0], [0, 1], [1, 1]], ceil: true"}}},
    {"message_passing", {.hyper = {"width: 3, out: 2", "width: 1, out: 1, act: tanh"}}},
    {"mlp", {.sizes = {{5}, {1}}, .hyper = {"widths: [4, 2, 3]", "widths: [2], act: tanh"}}},
    {"negative_elbo", {.wrap = "exp"}},
    {"normal_divergence", {.wrap = "exp"}},
    {"normal_log_density", {.wrap = "exp"}},
    {"tiled", {.sizes = {{5, 2, 3}, {1}}, .hyper = {"rows: 2, columns: 3"}}},
    {"tiled_channels", {.sizes = {{3, 2, 2, 3}}, .hyper = {"rows: 2, columns: 2"}}},
    {"normalized", {.wrap = "sigmoid"}},
    {"ntk", {.calls = {{{"f64[3]", "f64[4, 3]"}, "ntk(v => tanh(dot(x0, v)) + sum(x0 ^ 2), x1, x0)"}}}},
    {"nuclear", {.sizes = {{3, 4}, {1}, {4, 2}}}},
    {"orthogonal", {.sizes = {{3, 2}}, .maxRank = 1}},
    {"pixel_shuffle", {.sizes = {{4, 2, 3}, {8, 1, 1}}, .hyper = {"block: 2"}}},
    {"pixel_unshuffle", {.sizes = {{2, 4, 2}, {1, 2, 6}}, .hyper = {"block: 2"}}},
    {"places",
     {.sizes = {{5}, {1}},
      .hyper = {"extent: 3", "extent: 1", "extent: 4, align: \"corners\"", "extent: 2, align: \"left\""}}},
    {"reflect", {.sizes = {{2, 5}, {1, 3}}}},
    {"remainder", {.wrap = "exp"}},
    {"resample",
     {.sizes = {{2, 3, 4}}, .hyper = {"size: [5, 3]", "size: [2, 6], weight: cubic(), align: \"corners\""}}},
    {"rotary", {.sizes = {{3, 4}, {1, 2}, {5, 6}}}},
    {"sample_at", {.sizes = {{2, 3, 4, 2}}, .hyper = {"", "weight: cubic()"}, .maxRank = 2}},
    {"spread", {.sizes = {{3, 4, 2, 1}}}},
    {"stretch",
     {.sizes = {{2, 3, 4}, {1, 1, 2}}, .hyper = {"extent: 4", "extent: 2, weight: cubic(-0.5), align: \"left\""}}},
    {"tan", {.wrap = "sigmoid"}},
    {"windows", {.sizes = {{9, 3, 2, 1}}}},
    {"steepest_descent", {.hyper = {"search: backtracking", "search: exact"}}},
    {"lbfgs", {.hyper = {"history: 3, search: backtracking", "history: 3, search: strong_wolfe"}}},
    {"ranking", {.sizes = {{5}, {2}, {9}}, .hyper = {"k: 2"}}},
    {"pca", {.sizes = {{5, 3}, {4, 4}}, .hyper = {"k: 2"}}},
    {"rfft", {.sizes = {{5}, {8}, {1}}}},
    {"singular_values", {.sizes = {{3, 4}, {1}, {4, 2}}}},
    {"solve", {.sizes = {{3, 2, 2}, {1}, {5, 1}}, .maxRank = 2}},
    {"spectral", {.sizes = {{3, 4}, {1}, {4, 2}}}},
    {"svd", {.sizes = {{3, 4}, {2, 2}, {4, 2}}}},
};

const Special &specialOf(const ast::Function &declaration) {
  static const Special none;
  auto found = specials.find(declaration.name.text);
  return found == specials.end() ? none : found->second;
}

class CallMaker {
public:
  CallMaker(const ast::Function &declaration, std::string hyper, std::map<std::string, int64_t> known, Sizes sizes,
            int rank)
      : declaration(declaration), hyper(std::move(hyper)), sizes(std::move(sizes)), rank(rank), dims(std::move(known)) {
  }

  std::optional<Call> make(std::string &problem);
  /// The declaration has a rest, or applies elementwise: its shape can have any rank.
  bool anyRank = false;

private:
  std::optional<int64_t> extent(const ast::Expr *expr);
  std::optional<std::string> dimsOf(const ast::NamedType &type);
  std::optional<std::string> typeText(const ast::NamedType &type);
  /// An expression for a parameter of this type; it declares the arguments that the expression reads.
  std::optional<std::string> value(const ast::Type *type);
  std::string add(const std::string &type, bool isFloat = true);
  std::string shapeOfRank() const;

  const ast::Function &declaration;
  std::string hyper;
  /// The extent of the dimension variable that is met as number `place`.
  int64_t sizeAt(size_t place) const { return sizes[std::min(place, sizes.size() - 1)]; }

  Sizes sizes;
  int rank, used = 0;
  bool scalars = true;
  std::map<std::string, int64_t> dims;
  Call call;
};

} // namespace

std::string CallMaker::shapeOfRank() const {
  std::string text;
  for (int axis = 0; axis < rank; ++axis)
    text += (axis ? ", " : "") + std::to_string(sizeAt(axis + 1));
  return text;
}

std::string CallMaker::add(const std::string &type, bool isFloat) {
  std::string name = "x" + std::to_string(call.arguments.size());
  call.arguments.push_back({name, type, isFloat});
  return name;
}

std::optional<int64_t> CallMaker::extent(const ast::Expr *expr) {
  expr = ast::stripParens(const_cast<ast::Expr *>(expr));
  if (auto *literal = llvm::dyn_cast<ast::IntLit>(expr))
    return int64_t(literal->value);
  if (auto *name = llvm::dyn_cast<ast::NameRef>(expr)) {
    if (!dims.count(name->name))
      dims[name->name] = sizeAt(used++);
    return dims[name->name];
  }
  auto *binary = llvm::dyn_cast<ast::Binary>(expr);
  auto a = binary ? extent(binary->lhs) : std::nullopt, b = binary ? extent(binary->rhs) : std::nullopt;
  if (!a || !b)
    return std::nullopt;
  switch (binary->op) {
  case ast::BinaryOp::Add:
    return *a + *b;
  case ast::BinaryOp::Sub:
    return *a - *b;
  case ast::BinaryOp::Mul:
    return *a * *b;
  default:
    return std::nullopt;
  }
}

std::optional<std::string> CallMaker::dimsOf(const ast::NamedType &type) {
  std::vector<std::string> all;
  for (const ast::Dim &dim : type.dims) {
    if (dim.isRest) {
      anyRank = true;
      if (rank > 0)
        all.push_back(shapeOfRank());
      continue;
    }
    auto size = extent(dim.extent);
    if (!size)
      return std::nullopt;
    all.push_back(std::to_string(*size));
  }
  return llvm::join(all, ", ");
}

std::optional<std::string> CallMaker::typeText(const ast::NamedType &type) {
  std::string name = type.name.text == "real" ? "f64" : type.name.text;
  if (name == "index") {
    auto bound = type.arg ? extent(type.arg) : std::nullopt;
    if (!bound)
      return std::nullopt;
    name += "(" + std::to_string(*bound) + ")";
  } else if (name != "f64" && name != "f32" && name != "i32" && name != "bool") {
    return std::nullopt;
  }
  auto shape = dimsOf(type);
  // Scalar functions apply to tensors of equal shape.
  if (shape && scalars && rank > 0)
    shape = shapeOfRank();
  if (!shape)
    return std::nullopt;
  return shape->empty() ? name : name + "[" + *shape + "]";
}

std::optional<std::string> CallMaker::value(const ast::Type *type) {
  if (!type) {
    if (declaration.role == ast::Role::Schedule)
      return add("f64");
    // Anything: a tensor, or a record of two.
    anyRank = true;
    if (rank < 2)
      return add(rank == 0 ? "f64[" + std::to_string(sizeAt(0)) + "]" : "f64[" + shapeOfRank() + ", 2]");
    std::string first = add("f64[" + shapeOfRank() + "]"), second = add("f64[" + std::to_string(sizeAt(0)) + "]");
    return "(a: " + first + ", b: " + second + ")";
  }
  if (auto *named = llvm::dyn_cast<ast::NamedType>(type)) {
    if (named->name.text == "int")
      return std::to_string(sizeAt(used++));
    auto text = typeText(*named);
    if (!text)
      return std::nullopt;
    std::string name = add(*text, text->starts_with("f")), wrap = specialOf(declaration).wrap;
    return wrap.empty() || !text->starts_with("f") ? name : wrap + "(" + name + ")";
  }
  auto *record = llvm::dyn_cast<ast::RecordType>(type);
  if (!record)
    return std::nullopt;
  std::vector<std::string> fields;
  for (const ast::TypeField &field : record->fields) {
    auto own = value(field.type);
    if (!own)
      return std::nullopt;
    fields.push_back((field.label ? field.label.text + ": " : "") + *own);
  }
  return "(" + llvm::join(fields, ", ") + ")";
}

std::optional<Call> CallMaker::make(std::string &problem) {
  for (const ast::Param *input : declaration.inputs) {
    auto *named = input->type ? llvm::dyn_cast<ast::NamedType>(input->type) : nullptr;
    scalars &= named && named->dims.empty() && named->name.text != "index" && named->name.text != "int";
  }
  anyRank |= scalars;
  std::vector<std::string> inputs;
  for (const ast::Param *input : declaration.inputs) {
    auto own = value(input->type);
    if (!own) {
      problem = "nothing can be made up for the input `" + sourceText(input->range).str() + "`";
      return std::nullopt;
    }
    inputs.push_back(*own);
  }
  std::string callee = declaration.name.text + hyper;
  if (declaration.role == ast::Role::Model) {
    call.instance = "net";
    call.top = "model net = " + callee + "\n";
    callee = "net";
  }
  call.expression = callee + "(" + llvm::join(inputs, ", ") + ")";
  return call;
}

// ---- hyperparameters

/// A value for a hyperparameter: the one of the table, or one that suits its type.
static std::optional<std::string> hyperValue(const ast::Param &param) {
  auto *named = param.type ? llvm::dyn_cast<ast::NamedType>(param.type) : nullptr;
  if (!named || named->hasDims)
    return std::nullopt;
  if (named->name.text == "bool") {
    auto *literal = param.defaultValue ? llvm::dyn_cast<ast::BoolLit>(param.defaultValue) : nullptr;
    return literal && literal->value ? "false" : "true";
  }
  auto found = hyperValues.find(param.name.text);
  if (found != hyperValues.end())
    return found->second;
  if (named->name.text == "int")
    return "2";
  if (named->name.text == "f32" || named->name.text == "f64" || named->name.text == "real")
    return "0.25";
  return std::nullopt;
}

/// `out: 3, bias: false`: names and values, with or without those that have a default.
static std::optional<std::string> hyperList(const ast::Function &declaration, bool defaultsToo, std::string &problem) {
  std::vector<std::string> parts;
  for (const ast::Param *param : declaration.hyper) {
    if (param->defaultValue && !defaultsToo)
      continue;
    auto value = hyperValue(*param);
    if (!value) {
      problem = "nothing can be made up for the hyperparameter `" + sourceText(param->range).str() + "`";
      return std::nullopt;
    }
    parts.push_back(param->name.text + ": " + *value);
  }
  return llvm::join(parts, ", ");
}

/// The integers of a hyperparameter list.
static std::map<std::string, int64_t> integersOf(llvm::StringRef list) {
  std::map<std::string, int64_t> known;
  llvm::SmallVector<llvm::StringRef> parts;
  list.split(parts, ", ");
  for (llvm::StringRef part : parts) {
    auto [name, value] = part.split(": ");
    if (int64_t number; !value.getAsInteger(10, number))
      known[name.str()] = number;
  }
  return known;
}

static bool hasDefaults(const ast::Function &declaration) {
  for (const ast::Param *param : declaration.hyper)
    if (param->defaultValue)
      return true;
  return false;
}

/// The lists that a declaration is tried with: the defaults, then others. Empty if nothing can be made up.
static std::vector<std::string> hyperLists(const ast::Function &declaration, std::string &problem) {
  if (!declaration.hasHyper)
    return {""};
  if (!specialOf(declaration).hyper.empty())
    return specialOf(declaration).hyper;
  std::vector<std::string> lists;
  for (bool defaultsToo : {false, true}) {
    if (defaultsToo && !hasDefaults(declaration))
      break;
    auto list = hyperList(declaration, defaultsToo, problem);
    if (!list)
      return {};
    lists.push_back(*list);
  }
  return lists;
}

std::vector<std::string> nn::test::hyperparametersOf(const ast::Function &declaration, std::string &problem) {
  std::vector<std::string> all = hyperLists(declaration, problem);
  if (declaration.hasHyper)
    for (std::string &list : all)
      list = "(" + list + ")";
  return all;
}

std::vector<Call> nn::test::callsOf(const ast::Function &declaration, std::string &problem) {
  std::vector<Call> calls;
  const Special &special = specialOf(declaration);
  for (const auto &[types, expression] : special.calls) {
    Call call;
    for (const std::string &type : types)
      call.arguments.push_back({"x" + std::to_string(call.arguments.size()), type, true});
    call.expression = expression;
    calls.push_back(call);
  }
  if (!calls.empty())
    return calls;
  for (const std::string &list : hyperLists(declaration, problem)) {
    std::string hyper = declaration.hasHyper ? "(" + list + ")" : "";
    bool anyRank = true;
    // Every rank for the first sizes, then the other sizes at rank 1.
    for (int rank = 0; rank <= special.maxRank && anyRank; ++rank) {
      CallMaker maker(declaration, hyper, integersOf(list), special.sizes[0], rank);
      auto call = maker.make(problem);
      if (!call)
        return {};
      anyRank = maker.anyRank;
      calls.push_back(*call);
    }
    for (size_t k = 1; k < special.sizes.size(); ++k)
      calls.push_back(*CallMaker(declaration, hyper, integersOf(list), special.sizes[k], 1).make(problem));
  }
  return calls;
}

// ---- text

std::string nn::test::argumentList(const Call &call) {
  std::vector<std::string> parts;
  for (const Call::Argument &argument : call.arguments)
    parts.push_back(argument.name + ": " + argument.type);
  return llvm::join(parts, ", ");
}

std::string nn::test::commandOf(const Call &call, const std::string &name) {
  return "command " + name + "(" + argumentList(call) + ") = " + call.expression + "\n";
}

bool nn::test::isDifferentiable(const ast::Function &declaration) { return specialOf(declaration).differentiable; }
