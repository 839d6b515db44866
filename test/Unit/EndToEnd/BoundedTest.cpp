// Bounded dimensions: one program for all lengths means, at every length, what the program for exactly that length
// means. What lies behind an example's length is NaN, and no result, no derivative and no other example sees it.
#include "Harness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <regex>

using namespace nn;
using namespace nn::test;
using interpreter::Tensor;

namespace {

/// One command of a program, and what it may call, for exactly these lengths: `f64[n <= 6]` with n = 4 is `f64[4]`.
std::string specialised(const std::string &text, const std::string &root,
                        const std::map<std::string, int64_t> &lengths) {
  std::string result, kept = "command " + root.substr(root.find('.') + 1) + "(";
  bool keep = true;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    std::string line = text.substr(begin, end - begin);
    for (const char *word : {"command ", "model ", "fn "})
      if (line.rfind(word, 0) == 0)
        keep = word[0] != 'c' || line.rfind(kept, 0) == 0;
    if (keep)
      result += line;
    begin = end;
  }
  for (auto &[key, length] : lengths) {
    std::string name = key.substr(0, key.find("<="));
    result = std::regex_replace(result, std::regex("\\b" + name + "( <= \\d+)?\\b"), std::to_string(length));
  }
  return result;
}

/// The block of a tensor that begins at 0 along every axis, of one row if it has rows.
Tensor cut(const Tensor &whole, bool hasRows, int64_t row, const std::vector<int64_t> &shape) {
  Tensor result;
  result.isFloat = whole.isFloat;
  result.shape = shape;
  std::vector<int64_t> outer(whole.shape.begin() + (hasRows ? 1 : 0), whole.shape.end());
  int64_t rowSize = 1, count = 1;
  for (int64_t extent : outer)
    rowSize *= extent;
  for (int64_t extent : shape)
    count *= extent;
  for (int64_t k = 0; k < count; ++k) {
    int64_t rest = k, place = 0, stride = 1;
    for (size_t axis = shape.size(); axis-- > 0;) {
      place += rest % shape[axis] * stride;
      rest /= shape[axis];
      stride *= outer[axis];
    }
    place += hasRows ? row * rowSize : 0;
    if (whole.isFloat)
      result.floats.push_back(whole.floats[size_t(place)]);
    else
      result.integers.push_back(whole.integers[size_t(place)]);
  }
  return result;
}

/// Runs the program for exactly these lengths on one row, and compares what it gives with the row's results.
class ExactProgram {
public:
  explicit ExactProgram(const std::string &text) : text(text) {}

  void compareRow(const std::string &root, const interpreter::Inputs &inputs, const std::vector<Tensor> &results,
                  int64_t row);
  int64_t compared = 0;

private:
  mlir::ModuleOp moduleFor(const std::string &root, const std::map<std::string, int64_t> &lengths);

  std::string text;
  std::map<std::string, mlir::OwningOpRef<mlir::ModuleOp>> modules;
};

mlir::ModuleOp ExactProgram::moduleFor(const std::string &root, const std::map<std::string, int64_t> &lengths) {
  std::string exact = specialised(text, root, lengths);
  auto &module = modules[exact];
  if (!module) {
    std::string failure;
    module = translate(exact, failure);
    EXPECT_TRUE(module) << failure << "in the program\n" << exact;
  }
  return module ? *module : mlir::ModuleOp();
}

void ExactProgram::compareRow(const std::string &root, const interpreter::Inputs &inputs,
                              const std::vector<Tensor> &results, int64_t row) {
  std::map<std::string, int64_t> lengths;
  for (auto &[name, value] : inputs.arguments)
    if (name.find("<=") != std::string::npos)
      lengths[name] = value.integers[value.shape.empty() ? 0 : size_t(row)];
  // There is no program whose shapes are written with a 0.
  if (llvm::any_of(lengths, [](const auto &length) { return length.second == 0; }))
    return;
  mlir::ModuleOp module = moduleFor(root, lengths);
  if (!module)
    return;
  auto function = module.lookupSymbol<mlir::func::FuncOp>(root);
  bool batched = inputs.batchSize >= 0;
  interpreter::Inputs own = inputs;
  own.batchSize = -1;
  own.examples.clear();
  for (unsigned k = 0; k < function.getNumArguments(); ++k) {
    std::string name = function.getArgAttrOfType<BindAttr>(k, bindingAttrName).getName().str();
    auto shape = llvm::to_vector(llvm::cast<mlir::ShapedType>(function.getArgumentTypes()[k]).getShape());
    bool hasRows = batched && name.rfind("shared", 0) != 0;
    own.arguments[name] = cut(inputs.arguments.at(name), hasRows, row, {shape.begin(), shape.end()});
  }
  auto truth = interpreter::interpret(module, root, own);
  ASSERT_TRUE(mlir::succeeded(truth));
  for (unsigned k = 0; k < function.getNumResults(); ++k) {
    const Tensor &expected = truth->results[k];
    bool hasRows = results[k].shape.size() > expected.shape.size();
    Tensor found = cut(results[k], hasRows, row, expected.shape);
    double largest = 1;
    for (double value : expected.floats)
      largest = std::isfinite(value) ? std::max(largest, std::fabs(value)) : largest;
    for (size_t e = 0; e < expected.floats.size(); ++e, ++compared) {
      double a = found.floats[e], b = expected.floats[e];
      EXPECT_TRUE(a == b || (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= 1e-12 * largest)
          << root << ", result " << k << "[" << e << "]: " << a << " instead of " << b << ", row " << row;
    }
    for (size_t e = 0; e < expected.integers.size(); ++e, ++compared)
      EXPECT_EQ(found.integers[e], expected.integers[e]) << root << ", result " << k << "[" << e << "], row " << row;
  }
}

/// All stages of the bounded program agree, in batches of mixed lengths, and with the programs of exact lengths.
void boundedAgrees(const std::string &text) {
  ExactProgram exact(text);
  Trial trial;
  trial.generic = true;
  trial.batches = {{0, 0}, {7, 5}};
  trial.watch = [&](const std::string &root, const interpreter::Inputs &inputs, const std::vector<Tensor> &results) {
    if (root == "init")
      return;
    int64_t rows = inputs.batchSize < 0 ? 1 : inputs.batchSize;
    for (int64_t row = 0; row < rows; ++row)
      exact.compareRow(root, inputs, results, row);
  };
  for (unsigned seed : {1u, 4u}) {
    trial.seed = seed;
    EXPECT_TRUE(agrees(text, trial));
  }
  EXPECT_GT(exact.compared, 0);
}

} // namespace

TEST(Bounded, ReductionsEndWithTheExample) {
  boundedAgrees(R"(
command total(x: f64[n <= 6]) = sum(x)
command average(x: f64[n <= 6]) = mean(x)
command rows(x: f64[n <= 6, 3]) {
  m[c] = mean[i] x[i, c]
  m
}
command largest(x: f64[n <= 6]) = max(x)
command smallest(x: f64[n <= 6]) = min(x)
command product(x: f64[n <= 6]) = prod(x)
command soft(x: f64[n <= 6]) = logsumexp(x)
command place(x: f64[n <= 6]) = argmax[i] x[i]
command anything(x: f64[n <= 6]) = any[i] (x[i] > 1)
command everything(x: f64[n <= 6]) = all[i] (x[i] > -1)
command length(x: f64[n <= 6]) = norm(x)
command counted(x: f64[n <= 6]) = n * sum(x) / (n + 1)
command pairs(x: f64[n <= 5]) = sum[i, j where j < i] x[i] * x[j]
)");
}

TEST(Bounded, MapsAndWindows) {
  boundedAgrees(R"(
command twice(x: f64[n <= 6]) = 2 * x + 1
command weights(x: f64[n <= 6]) = softmax(x)
command logs(x: f64[n <= 6]) = log_softmax(x)
command differences(x: f64[n <= 6]) {
  y[i < n - 1] = x[i + 1] - x[i]
  y
}
command padded(x: f64[n <= 6]) = pad(x, by: 1)
command edges(x: f64[n <= 6]) = pad(x, by: 1, mode: edge)
command wrapped(x: f64[n <= 6]) = pad(x, by: 1, mode: wrap)
command last(x: f64[n <= 6, 2]) = x[n - 1]
command backwards(x: f64[n <= 6]) {
  y[i] = x[n - 1 - i]
  y
}
command tail(x: f64[n <= 6]) = x[n - 1..n]
command front(x: f64[n <= 6]) = x[0..n - 1]
command joined(x: f64[n <= 4], y: f64[m <= 3]) = concat(x, [1.0, 2.0], y)
command flattened(x: f64[n <= 4, 3]) = flat(x)
command across(x: f64[3, n <= 4]) = flat(x)
command square(x: f64[n <= 4, n]) = flat(x)
command other(x: f64[2, n <= 4, 2]) = reshape(x, [4, n])
command numbers(x: f64[n <= 4]) = x + range(n)
command chosen(x: f64[n <= 4]) = if n > 2 then x else -x
)");
}

TEST(Bounded, PairsAndProducts) {
  boundedAgrees(R"(
command distances(pos: f64[n <= 5, 3]) {
  r2[i, j] = sum[a] (pos[i, a] - pos[j, a]) ^ 2
  r2
}
command product(a: f64[n <= 4, 3], b: f64[3, m <= 3]) = a @ b
command gram(a: f64[n <= 4, 3]) = a @ [[1.0, 2.0], [0.5, 1.0], [0.0, 1.0]]
command gathered(x: f64[n <= 5, 2], source: index(n)[e <= 4], target: index(n)[e]) {
  m[v] = sum[k where target[k] == v] x[source[k]]
  m
}
command chosen(table: f64[7], token: index(7)[t <= 5]) {
  y[i] = table[token[i]]
  y
}
)");
}

TEST(Bounded, FirstAndSecondDerivatives) {
  boundedAgrees(R"(
command slope(x: f64[n <= 5]) {
  y = sum(sqrt(x ^ 2)) + prod(x) + max(x) + logsumexp(x) + norm(x)
  grad(y, x)
}
command shared(x: f64[n <= 5, 2], shared_w: f64[3, 2]) {
  h[i, o] = tanh(sum[c] shared_w[o, c] * x[i, c])
  p[o] = max[i] h[i, o]
  y = sum(p ^ 2) + mean(h)
  (w: grad(y, shared_w), x: grad(y, x))
}
command roots(x: f64[n <= 5], shared_w: f64) {
  h[i] = sqrt(shared_w ^ 2 * x[i] ^ 2) / x[i] + log(shared_w ^ 2 * x[i] ^ 2)
  y = sum(h)
  grad(y, shared_w)
}
command forces(pos: f64[n <= 4, 3], shared_w: f64) {
  r2[i, j] = sum[a] (pos[i, a] - pos[j, a]) ^ 2
  energy = sum[i, j where j != i] shared_w / r2[i, j] + sum[i, j where j < i] exp(-shared_w * r2[i, j])
  force = -grad(energy, pos)
  loss = sum(force ^ 2)
  (force: force, w: grad(loss, shared_w))
}
command curved(x: f64[n <= 4]) {
  y = logsumexp(x) * sum(x ^ 3)
  hessian(y, x)
}
command along(x: f64[n <= 4], v: f64[n]) {
  y = softmax(x) * sum(x)
  jvp(y, x, v)
}
command jacobian_of(x: f64[n <= 4]) {
  y = softmax(x)
  jacobian(y, x)
}
)");
}

TEST(Bounded, FunctionsMappedOverAnIndex) {
  boundedAgrees(R"(
fn unit(x: real[d]) -> real[d] = x / norm(x)
command rows(x: f64[n <= 5, 3]) {
  y[i] = unit(x[i])
  y
}
command pairs(x: f64[n <= 4, 3]) {
  y[i, j] = sum(unit(x[i] - 2 * x[j]))
  y
}
command slopes(x: f64[n <= 4, 3], shared_w: f64[3]) {
  y[i] = unit(shared_w * x[i])
  z = sum(y ^ 3)
  (w: grad(z, shared_w), x: grad(z, x))
}
command grid(x: f64[n <= 4, 3], shared_w: f64) {
  y[i, j] = sum(unit(shared_w * x[i] - 2 * x[j]) ^ 3)
  grad(sum(y), shared_w)
}
command activated(x: f64[n <= 5, 2]) = softplus(x)
)");
}

TEST(Bounded, LoopsEndWithTheExample) {
  boundedAgrees(R"(
command sums(x: f64[n <= 5]) = scan(0, x, (s, v) => s + v)
command last(x: f64[n <= 5, 2], shared_w: f64[2, 2]) {
  h = scan(zeros(2), x, (h, v) => tanh(shared_w @ h + v))
  y = h[n - 1]
  z = sum(y ^ 2)
  (y: y, w: grad(z, shared_w), x: grad(z, x))
}
command singular(x: f64[n <= 5], shared_w: f64) {
  h = scan(1.0, x, (h, v) => sqrt(shared_w ^ 2 + v ^ 2) * h / v)
  y = sum(h)
  (x: grad(y, x), w: grad(y, shared_w))
}
command nested(x: f64[n <= 3, m <= 4]) = scan(0, x, (s, row) => s + sum(scan(0, row, (t, v) => t + v)))
)");
}

TEST(Bounded, SequencesMadeLonger) {
  boundedAgrees(R"(
fn smooth(x: real[t <= 3]) -> real[t] {
  y[i] = sin(sum[j < t where j <= i] x[j]) + 0.1 * t
  y
}
command longer(x: f64[n <= 4]) = unroll(smooth, x, 3, y => y)
command joined(x: f64[n <= 3]) = concat(x, unroll(smooth, x, 2, y => y))
)");
}

TEST(Bounded, StandardLayers) {
  boundedAgrees(R"(
model Blocks(x: f64[t <= 4, 4]) -> f64[t, 4] {
  x |> encoder_block(2)
}
command encoded(x: f64[t <= 4, 4]) = Blocks(x)
model Set(x: f64[n <= 5, 3]) -> f64[2] {
  phi = mlp([4, 4])
  h[i] = phi(x[i])
  pooled[c] = max[i] h[i, c]
  pooled |> mlp([4, 2])
}
command classified(x: f64[n <= 5, 3]) {
  y = Set(x)
  z = sum(y ^ 2)
  (y: y, x: grad(z, x))
}
model Normed(x: f64[n <= 5, 3]) -> f64[n, 3] {
  norm1 = layer_norm()
  y[i] = norm1(x[i])
  y
}
command normed(x: f64[n <= 5, 3]) {
  y = Normed(x)
  z = sum(y ^ 3)
  (y: y, x: grad(z, x))
}
)");
}
