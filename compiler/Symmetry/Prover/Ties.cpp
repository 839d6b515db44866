// Which results a choice among equal values reaches: forward through the operations, but for reads of what was
// compared.
#include "Symmetry/Prover/Ties.h"
#include "Dialect/NN/IR/EquationUtils.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nn::prover {

llvm::SetVector<Operation *> movedChoices(ArrayRef<Derived> derivation) {
  llvm::SetVector<Operation *> choices;
  for (const Derived &line : derivation)
    if (line.action.values && choosesPlaces(line.op))
      choices.insert(line.op);
  return choices;
}

/// Whether a body gives its only argument, or the negative of it: results are equal where arguments are.
static bool keepsEquality(EquationOp op) {
  Operation *yielded = op.getBodyBlock().getTerminator()->getOperand(0).getDefiningOp();
  return isCopyBody(op) || (isa_and_nonnull<arith::NegFOp>(yielded) && isa<BlockArgument>(yielded->getOperand(0)) &&
                            op.getInputs().size() == 1);
}

namespace {

/// A tensor, read by a map.
struct Read {
  Value value;
  AffineMap map;
};

} // namespace

/// The same entries, or the negative ones, read of the tensor that the one given was copied from.
static Read followCopies(Read read) {
  auto op = read.value.getDefiningOp<EquationOp>();
  bool copies = op && op.getCombine() == Combine::map && op.getInputs().size() == 1 && op.getTables().empty() &&
                !op.getDomain() && !op.getFillValue(0) && op.getWrite().isIdentity() && keepsEquality(op);
  return copies ? followCopies({op.getInputs()[0], op.getRead(0).compose(read.map)}) : read;
}

namespace {

/// What a choice compares: entries that are read by indices, one of which is chosen. Each other is one of the axes of
/// the chosen places.
struct Comparison {
  Read key;
  SmallVector<std::optional<unsigned>> axisOf; ///< for each index that of the places; none: the index that is chosen
};

/// The choices that reach a value, and those that reach it or anything that it is computed from.
struct Reach {
  llvm::SetVector<Operation *> now, ever;

  bool add(const Reach &other) {
    size_t before = now.size() + ever.size();
    now.insert(other.now.begin(), other.now.end());
    ever.insert(other.ever.begin(), other.ever.end());
    return now.size() + ever.size() != before;
  }
};

class TieFlow {
public:
  explicit TieFlow(const llvm::SetVector<Operation *> &choices) : choices(choices) {}

  void visitBlock(Block &block) {
    for (Operation &op : block)
      visit(op);
  }
  const Reach &at(Value value) { return reach[value]; }

private:
  void visit(Operation &op);
  void visitLoop(Operation &op, Block &body, unsigned states);
  bool forgets(EquationOp op, Operation *choice) const;
  bool readsValueAt(EquationOp op, unsigned table, Operation *choice) const;

  const llvm::SetVector<Operation *> &choices;
  llvm::DenseMap<Value, Reach> reach;
};

} // namespace

/// Nothing if what is compared is computed on the way.
static std::optional<Comparison> comparisonOf(Operation *choice) {
  if (auto routine = dyn_cast<RoutineOp>(choice)) {
    auto lead = unsigned(routine.getLeading().size());
    Value x = routine.getInputs()[0];
    Comparison own{followCopies({x, AffineMap::getMultiDimIdentityMap(lead + 1, choice->getContext())}), {}};
    for (unsigned axis = 0; axis < lead; ++axis)
      own.axisOf.push_back(axis);
    own.axisOf.push_back(std::nullopt);
    return own;
  }
  auto op = cast<EquationOp>(choice);
  if (op.getInputs().size() != 1 || !op.getTables().empty() || op.getFillValue(0) || reducedDims(op).size() != 1 ||
      !keepsEquality(op))
    return std::nullopt;
  Comparison own{followCopies({op.getInputs()[0], op.getRead(0)}), {}};
  for (unsigned d = 0; d < op.getNumDims(); ++d) {
    auto written = llvm::find(op.getWrite().getResults(), getAffineDimExpr(d, op.getContext()));
    if (!op.isReduced(d) && written == op.getWrite().getResults().end())
      return std::nullopt;
    own.axisOf.push_back(op.isReduced(d) ? std::nullopt
                                         : std::optional(unsigned(written - op.getWrite().getResults().begin())));
  }
  return own;
}

/// Whether all that the equation does with a table of chosen places is to read there what was compared.
bool TieFlow::readsValueAt(EquationOp op, unsigned table, Operation *choice) const {
  AffineExpr chosen = getAffineSymbolExpr(table, op.getContext());
  auto uses = [&](AffineExpr expr) { return expr.isFunctionOfSymbol(table); };
  for (unsigned other = table + 1; other < op.getNumSymbols(); ++other)
    if (llvm::any_of(op.getTableMap(other).getResults(), uses))
      return false;
  auto isUsed = [&](SymbolOp symbol) { return symbol.getIndex() == table; };
  if (llvm::any_of(op.getWrite().getResults(), uses) || llvm::any_of(op.getBodyBlock().getOps<SymbolOp>(), isUsed) ||
      (op.getDomain() && llvm::any_of(op.getDomain()->getConstraints(), uses)))
    return false;
  auto compared = comparisonOf(choice);
  Read places = followCopies({op.getTables()[table], op.getTableMap(table)});
  if (!compared || places.value.getDefiningOp() != choice)
    return false;
  SmallVector<AffineExpr> indices;
  for (std::optional<unsigned> axis : compared->axisOf)
    indices.push_back(axis ? places.map.getResult(*axis) : chosen);
  AffineMap expected = compared->key.map.replaceDimsAndSymbols(indices, {}, op.getNumDims(), op.getNumSymbols());
  return llvm::all_of(llvm::enumerate(op.getInputs()), [&](auto numbered) {
    AffineMap read = op.getRead(numbered.index());
    Read own = followCopies({numbered.value(), read});
    return llvm::none_of(read.getResults(), uses) ||
           (own.value == compared->key.value && simplifyAffineMap(own.map) == simplifyAffineMap(expected));
  });
}

/// Whether a choice reaches the equation's operands only as places where the compared values are read.
bool TieFlow::forgets(EquationOp op, Operation *choice) const {
  for (Value input : op.getInputs())
    if (reach.lookup(input).now.contains(choice))
      return false;
  for (auto [table, value] : llvm::enumerate(op.getTables()))
    if (reach.lookup(value).now.contains(choice) && !readsValueAt(op, table, choice))
      return false;
  return true;
}

/// States gather what reaches them in any turn; that the loop ends is part of all of them.
void TieFlow::visitLoop(Operation &op, Block &body, unsigned states) {
  for (auto [argument, operand] : llvm::zip(body.getArguments().drop_front(), op.getOperands()))
    reach[argument] = reach[operand];
  for (bool changed = true; changed;) {
    visitBlock(body);
    changed = false;
    ValueRange yielded = body.getTerminator()->getOperands();
    for (unsigned k = 0; k < states; ++k) {
      changed |= reach[body.getArgument(1 + k)].add(Reach(reach[yielded[k]]));
      for (Value until : yielded.drop_front(states))
        changed |= reach[body.getArgument(1 + k)].add(Reach(reach[until]));
    }
  }
  for (unsigned k = 0; k < states; ++k)
    reach[op.getResult(k)] = reach[body.getArgument(1 + k)];
}

void TieFlow::visit(Operation &op) {
  if (auto scan = dyn_cast<ScanOp>(op))
    return visitLoop(op, scan.getBody().front(), scan.getInits().size());
  if (auto iterate = dyn_cast<IterateOp>(op))
    return visitLoop(op, iterate.getBody().front(), iterate.getInits().size());
  Reach all;
  for (Value operand : op.getOperands())
    all.add(reach.lookup(operand));
  if (isa<GradOp, JvpOp, JacobianOp>(op))
    all.now = all.ever; // the derivative of the value at a place is all there
  if (auto equation = dyn_cast<EquationOp>(op))
    all.now.remove_if([&](Operation *choice) { return forgets(equation, choice); });
  if (choices.contains(&op)) {
    all.now.insert(&op);
    all.ever.insert(&op);
  }
  for (Value result : op.getResults())
    reach[result] = all;
}

SmallVector<Operation *> tiesThatMatter(func::FuncOp function, const llvm::SetVector<Operation *> &choices) {
  if (choices.empty())
    return {};
  TieFlow flow(choices);
  Block &body = function.getBody().front();
  flow.visitBlock(body);
  Reach all;
  for (Value result : body.getTerminator()->getOperands())
    all.add(flow.at(result));
  auto matters = [&](Operation *choice) { return all.now.contains(choice); };
  return llvm::to_vector(llvm::make_filter_range(choices, matters));
}

} // namespace nn::prover
