// Point-by-point evaluation of kernels; written for clarity, shares nothing with emission.
#include "Reference.h"

#include "noether/philox.h"

#include <cmath>
#include <cstring>
#include <numbers>

using namespace mlir;
using namespace nn;
using namespace nn::test;

std::vector<double> nn::test::readElements(const char *data, ShapedType type) {
  std::vector<double> result;
  Type element = type.getElementType();
  for (int64_t k = 0; k < type.getNumElements(); ++k) {
    if (element.isF64())
      result.push_back(reinterpret_cast<const double *>(data)[k]);
    else if (element.isF32())
      result.push_back(reinterpret_cast<const float *>(data)[k]);
    else if (element.isInteger(1))
      result.push_back(data[k]);
    else
      result.push_back(reinterpret_cast<const int32_t *>(data)[k]);
  }
  return result;
}

void nn::test::writeElements(char *data, ShapedType type, llvm::ArrayRef<double> values) {
  Type element = type.getElementType();
  for (auto [k, value] : llvm::enumerate(values)) {
    if (element.isF64())
      reinterpret_cast<double *>(data)[k] = value;
    else if (element.isF32())
      reinterpret_cast<float *>(data)[k] = float(value);
    else if (element.isInteger(1))
      data[k] = char(value);
    else
      reinterpret_cast<int32_t *>(data)[k] = int32_t(value);
  }
}

namespace {

class Run {
public:
  explicit Run(const Blocks &blocks) : blocks(blocks) {}
  Numbers &numbers(Value buffer);
  void launch(LaunchOp op);
  std::map<std::pair<Space, int64_t>, Numbers> byPlace;

private:
  void equation(EquationOp op);
  bool point(EquationOp op, Numbers &dest, std::vector<double> &best);
  int64_t evaluate(AffineExpr expr);
  int64_t place(AffineMap map, ShapedType type, bool &inside);
  double body(EquationOp op);
  double scalar(Operation &op);
  double random(RandomOp op);

  const Blocks &blocks;
  llvm::DenseMap<Value, Value> bound;
  std::map<void *, Numbers> others;
  std::vector<int64_t> at, symbols;
  llvm::DenseMap<Value, double> scalars;
};

double identity(Combine combine, Type type) {
  bool truth = type.isInteger(1);
  const double infinity = std::numeric_limits<double>::infinity();
  double low = isa<FloatType>(type) ? -infinity : truth ? 0.0 : double(INT32_MIN);
  double high = isa<FloatType>(type) ? infinity : truth ? 1.0 : double(INT32_MAX);
  return combine == Combine::max ? low : combine == Combine::min ? high : combine == Combine::prod ? 1 : 0;
}

} // namespace

Numbers &Run::numbers(Value buffer) {
  while (true) {
    if (bound.count(buffer))
      buffer = bound[buffer];
    else if (auto view = buffer.getDefiningOp<ViewOp>())
      buffer = view.getInput();
    else
      break;
  }
  auto type = cast<ShapedType>(buffer.getType());
  auto op = buffer.getDefiningOp<BufferOp>();
  Numbers &result =
      op && op.getOffset() ? byPlace[{op.getSpace(), *op.getOffset()}] : others[buffer.getAsOpaquePointer()];
  if (!result.values.empty())
    return result;
  result.values.assign(type.getNumElements(), 0);
  result.terms.assign(type.getNumElements(), 0);
  const char *bytes = nullptr;
  if (op)
    bytes = op.getSpace() == Space::io           ? blocks.io
            : op.getSpace() == Space::settings   ? blocks.settings
            : op.getSpace() == Space::persistent ? blocks.persistent
                                                 : nullptr;
  if (bytes)
    result.values = readElements(bytes + *op.getOffset(), type);
  return result;
}

int64_t Run::evaluate(AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return at[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int64_t l = evaluate(binary.getLHS()), r = evaluate(binary.getRHS());
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return l + r;
  case AffineExprKind::Mul:
    return l * r;
  case AffineExprKind::Mod:
    return ((l % r) + r) % r;
  case AffineExprKind::FloorDiv:
    return int64_t(std::floor(double(l) / double(r)));
  default:
    return int64_t(std::ceil(double(l) / double(r)));
  }
}

int64_t Run::place(AffineMap map, ShapedType type, bool &inside) {
  int64_t offset = 0;
  inside = true;
  for (auto [expr, size] : llvm::zip(map.getResults(), type.getShape())) {
    int64_t i = evaluate(expr);
    inside &= i >= 0 && i < size;
    offset = offset * size + i;
  }
  return offset;
}

double Run::random(RandomOp op) {
  auto word = [&](Value v) { return uint32_t(int64_t(scalars[v])); };
  auto words = nnrt::philox({word(op.getElement()), uint32_t(op.getSite()), word(op.getStep()), word(op.getExample())},
                            {word(op.getSeedLow()), word(op.getSeedHigh())});
  bool wide = op.getType().isF64();
  if (op.getLaw() == Distribution::uniform)
    return wide ? nnrt::uniformF64(words) : nnrt::uniformF32(words);
  double u1 = wide ? nnrt::boxMullerF64(words).u1 : nnrt::boxMullerF32(words).u1;
  double u2 = wide ? nnrt::boxMullerF64(words).u2 : nnrt::boxMullerF32(words).u2;
  return std::sqrt(-2 * std::log(u1)) * std::cos(2 * std::numbers::pi * u2);
}

static bool compare(llvm::StringRef name, double a, double b) {
  return name.ends_with("eq") ? a == b : name.ends_with("gt") ? a > b : name.ends_with("lt") ? a < b : a >= b;
}

double Run::scalar(Operation &op) {
  if (auto r = dyn_cast<RandomOp>(op))
    return random(r);
  if (auto i = dyn_cast<IndexOp>(op))
    return double(at[i.getDim()]);
  if (auto s = dyn_cast<SymbolOp>(op))
    return double(symbols[s.getIndex()]);
  if (auto c = dyn_cast<arith::ConstantOp>(op)) {
    if (auto real = dyn_cast<FloatAttr>(c.getValue()))
      return real.getValueAsDouble();
    auto whole = cast<IntegerAttr>(c.getValue());
    return whole.getType().isInteger(1) ? double(whole.getValue().getZExtValue()) : double(whole.getInt());
  }
  double a = scalars[op.getOperand(0)], b = op.getNumOperands() > 1 ? scalars[op.getOperand(1)] : 0;
  if (auto c = dyn_cast<arith::CmpFOp>(op))
    return compare(arith::stringifyCmpFPredicate(c.getPredicate()), a, b);
  if (auto c = dyn_cast<arith::CmpIOp>(op))
    return compare(arith::stringifyCmpIPredicate(c.getPredicate()), a, b);
  llvm::StringRef name = op.getName().getStringRef();
  if (name == "arith.select")
    return a != 0 ? b : scalars[op.getOperand(2)];
  if (name == "arith.addf" || name == "arith.addi")
    return a + b;
  if (name == "arith.subf" || name == "arith.subi")
    return a - b;
  if (name == "arith.mulf" || name == "arith.muli")
    return a * b;
  if (name == "arith.divf")
    return a / b;
  if (name == "arith.maximumf")
    return std::max(a, b);
  if (name == "arith.sitofp" || name == "arith.extui" || name == "arith.uitofp" || name == "arith.extf")
    return a;
  if (name == "arith.andi")
    return double(int64_t(a) & int64_t(b));
  static const std::pair<const char *, double (*)(double)> functions[] = {
      {"math.exp", std::exp},     {"math.log", std::log},
      {"math.tanh", std::tanh},   {"math.sqrt", std::sqrt},
      {"math.sin", std::sin},     {"math.cos", std::cos},
      {"math.erf", std::erf},     {"math.absf", std::fabs},
      {"math.floor", std::floor}, {"math.log1p", std::log1p},
      {"math.expm1", std::expm1}, {"math.rsqrt", [](double x) { return 1 / std::sqrt(x); }}};
  for (auto [known, function] : functions)
    if (name == known)
      return function(a);
  llvm::report_fatal_error("the reference does not know " + name);
}

double Run::body(EquationOp op) {
  Block &block = op.getBodyBlock();
  for (unsigned k = 0; k < op.getInputs().size(); ++k) {
    bool inside;
    int64_t offset = place(op.getRead(k), cast<ShapedType>(op.getInputs()[k].getType()), inside);
    double value;
    if (inside) {
      value = numbers(op.getInputs()[k]).values[offset];
    } else if (auto real = dyn_cast_or_null<FloatAttr>(op.getFillValue(k))) {
      value = real.getValueAsDouble();
    } else {
      auto whole = cast<IntegerAttr>(op.getFillValue(k));
      value = whole.getType().isInteger(1) ? double(whole.getValue().getZExtValue()) : double(whole.getInt());
    }
    scalars[block.getArgument(k)] = value;
  }
  for (Operation &inner : block.without_terminator())
    scalars[inner.getResult(0)] = scalar(inner);
  return scalars[block.getTerminator()->getOperand(0)];
}

/// Returns false where the point does not take part.
bool Run::point(EquationOp op, Numbers &dest, std::vector<double> &best) {
  symbols.clear();
  for (unsigned j = 0; j < op.getNumSymbols(); ++j) {
    bool inside;
    int64_t offset = place(op.getTableMap(j), cast<ShapedType>(op.getTables()[j].getType()), inside);
    symbols.push_back(int64_t(numbers(op.getTables()[j]).values[offset]));
  }
  if (auto domain = op.getDomain())
    for (auto [expr, equality] : llvm::zip(domain->getConstraints(), domain->getEqFlags()))
      if (int64_t value = evaluate(expr); equality ? value != 0 : value < 0)
        return false;
  bool inside;
  int64_t cell = place(op.getWrite(), op.getResultType(), inside);
  if (!inside)
    return false;
  double value = body(op), &result = dest.values[cell];
  dest.terms[cell] += std::fabs(value);
  int64_t position = 0;
  for (unsigned d = 0; d < op.getNumDims(); ++d)
    if (op.isReduced(d))
      position = position * op.getExtents()[d] + at[d];
  switch (op.getCombine()) {
  case Combine::map:
    result = value;
    break;
  case Combine::sum:
    result = op.getResultType().getElementType().isInteger(1) ? double(result != value) : result + value;
    break;
  case Combine::prod:
    result *= value;
    dest.terms[cell] = std::fabs(result);
    break;
  case Combine::max:
    result = std::max(result, value);
    break;
  case Combine::min:
    result = std::min(result, value);
    break;
  default:
    bool better = op.getCombine() == Combine::argmax ? value > best[cell] : value < best[cell];
    if (std::isnan(best[cell]) || better) {
      best[cell] = value;
      result = double(position);
    }
  }
  return true;
}

void Run::equation(EquationOp op) {
  // Copies, so that reading what is being written sees old values.
  Numbers dest = numbers(op.getDest());
  if (!op.getAccumulate())
    llvm::fill(dest.values, identity(op.getCombine(), op.getResultType().getElementType()));
  for (size_t k = 0; k < dest.values.size(); ++k)
    dest.terms[k] = op.getAccumulate() ? std::fabs(dest.values[k]) : 0;
  std::vector<double> best(dest.values.size(), NAN);
  at.assign(op.getNumDims(), 0);
  for (int64_t extent : op.getExtents())
    if (extent == 0)
      return;
  for (bool more = true; more;) {
    point(op, dest, best);
    more = false;
    for (int64_t d = op.getNumDims() - 1; d >= 0 && !more; --d) {
      more = ++at[d] < op.getExtents()[d];
      if (!more)
        at[d] = 0;
    }
  }
  numbers(op.getDest()) = dest;
}

void Run::launch(LaunchOp op) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(op, op.getKernelAttr());
  bound.clear();
  for (auto [inner, outer] : llvm::zip(kernel.getBody().front().getArguments(), op.getBuffers()))
    bound[inner] = outer;
  for (EquationOp inner : kernel.getBody().getOps<EquationOp>())
    equation(inner);
}

std::map<std::pair<Space, int64_t>, Numbers> nn::test::runReference(func::FuncOp root, const Blocks &blocks) {
  Run run(blocks);
  for (LaunchOp op : root.getOps<LaunchOp>()) {
    for (Value buffer : op.getBuffers())
      run.numbers(buffer);
    run.launch(op);
  }
  return run.byPlace;
}
