// From proofs to JSON; compiler/Symmetry/Replay/README.md describes what is written.
#include "Symmetry/Certificate/Certificate.h"
#include "Dialect/NN/IR/Form.h"
#include "Symmetry/Prover/BoxSolver.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
namespace json = llvm::json;

namespace nn {

using namespace prover;
using Index = BoxMove::Index;

namespace {

/// The proof of one claim for one element.
class ElementWriter {
public:
  ElementWriter(const ClaimForm &form, func::FuncOp function, const ActionSpec &action, const Derivation &proof)
      : form(form), function(function), action(action), proof(proof), actions(proof.values) {}

  json::Object write();

private:
  void need(Value value);
  json::Object moverOf(unsigned number) const;
  int64_t extentOf(unsigned mover) const;
  json::Value moveOf(unsigned mover, bool dual) const;
  json::Object actionOf(const Action &action) const;
  json::Object record(Value value, StringRef rule);
  std::vector<std::pair<unsigned, Action>> takenAs(EquationOp op, Actions taken) const;
  void addEquation(json::Object &record, EquationOp op);
  Action actionOn(const BoxMove &box) const;
  EquationWitness solved(EquationOp op);
  int64_t copiesBehind(EquationOp op, unsigned k) const;

  const ClaimForm &form;
  func::FuncOp function;
  const ActionSpec &action;
  const Derivation &proof;
  llvm::DenseMap<Value, Action> actions; ///< with what solved parameters are the same along
  llvm::DenseSet<Operation *> needed;
};

} // namespace

// ---- how things move

int64_t ElementWriter::extentOf(unsigned mover) const {
  for (const auto &[value, own] : proof.values)
    for (auto [axis, move] : llvm::enumerate(own.axes))
      if (move.kind == AxisMove::Kind::Moved && move.mover == mover)
        return cast<ShapedType>(value.getType()).getDimSize(axis);
  return 0;
}

json::Object ElementWriter::moverOf(unsigned number) const {
  const Mover &mover = proof.movers[number];
  if (!mover.extents.empty())
    return json::Object{{"merged", json::Array(mover.extents)}, {"factors", actionOf(mover.factors)}};
  if (mover.kind == Mover::Kind::Permutation)
    return json::Object{{"permutation", mover.image.empty() ? json::Value("any") : json::Array(mover.image)}};
  StringRef by = mover.name;
  by.consume_front(action.written);
  by.consume_front(" by ");
  return json::Object{{"matrix", by}, {"extent", extentOf(number)}, {"orthogonal", mover.preservesDot}};
}

json::Value ElementWriter::moveOf(unsigned mover, bool dual) const {
  // A form moves as a vector does where matrices are orthogonal.
  return ("moves " + Twine(mover) + (dual && !proof.movers[mover].preservesDot ? " dual" : "")).str();
}

/// Grids and their axes in ascending order.
static SmallVector<GridMove> inOrder(ArrayRef<GridMove> grids) {
  SmallVector<GridMove> sorted(grids);
  for (GridMove &grid : sorted) {
    GridMove given = grid;
    auto order = llvm::to_vector(llvm::seq<size_t>(0, grid.axes.size()));
    llvm::sort(order, [&](size_t a, size_t b) { return given.axes[a] < given.axes[b]; });
    for (auto [to, from] : llvm::enumerate(order)) {
      grid.axes[to] = given.axes[from];
      grid.shift[to] = given.shift[from];
      for (auto [column, source] : llvm::enumerate(order))
        grid.turn[to][column] = given.turn[from][source];
    }
  }
  llvm::sort(sorted, [](const GridMove &a, const GridMove &b) { return a.axes[0] < b.axes[0]; });
  return sorted;
}

json::Object ElementWriter::actionOf(const Action &action) const {
  json::Object written;
  json::Array axes, grids;
  for (const AxisMove &axis : action.axes)
    switch (axis.kind) {
    case AxisMove::Kind::Fixed:
      axes.push_back("stays");
      break;
    case AxisMove::Kind::Uniform:
      axes.push_back("same");
      break;
    case AxisMove::Kind::Moved:
      axes.push_back(moveOf(axis.mover, axis.dual));
      break;
    case AxisMove::Kind::Grid:
      axes.push_back("grid");
      break;
    }
  for (const GridMove &grid : inOrder(action.grids)) {
    json::Array turn;
    for (const auto &row : grid.turn)
      turn.push_back(json::Array(row));
    grids.push_back(json::Object{{"axes", json::Array(grid.axes)},
                                 {"turn", std::move(turn)},
                                 {"shift", json::Array(grid.shift)},
                                 {"torus", grid.torus}});
  }
  written["axes"] = std::move(axes);
  if (!grids.empty())
    written["grids"] = std::move(grids);
  if (action.values)
    written["values"] = *action.values;
  if (action.odd)
    written["odd"] = true;
  if (action.weight != 0) {
    written["weight"] = action.weight;
    written["point"] = action.pointAxis;
  }
  return written;
}

// ---- equations

/// The move of a box in the words for tensors.
Action ElementWriter::actionOn(const BoxMove &box) const {
  Action action = Action::fixed(box.indices.size());
  GridMove grid;
  for (auto [d, index] : llvm::enumerate(box.indices)) {
    if (index.kind == Index::Kind::Unbound)
      action.axes[d].kind = AxisMove::Kind::Uniform;
    if (index.kind == Index::Kind::Moved)
      action.axes[d] = {AxisMove::Kind::Moved, index.mover, false};
    if (index.kind == Index::Kind::Grid)
      grid.axes.push_back(d);
  }
  for (unsigned d : grid.axes) {
    action.axes[d].kind = AxisMove::Kind::Grid;
    grid.shift.push_back(box.shift[d]);
    SmallVector<int64_t, 2> &row = grid.turn.emplace_back();
    for (unsigned from : grid.axes)
      row.push_back(box.turn[d][from]);
  }
  if (!grid.axes.empty())
    action.grids = simplest(grid);
  for (GridMove &part : action.grids)
    part.torus = llvm::any_of(part.axes, [&](unsigned d) { return bool(box.wraps[d]); });
  return action;
}

/// Of a parameter that was solved for: its indices move as it does, and the constants that it is made of along with
/// them.
EquationWitness ElementWriter::solved(EquationOp op) {
  const Action &result = proof.values.find(op.getResult())->second;
  EquationWitness witness;
  unsigned numDims = op.getNumDims();
  BoxMove &box = witness.box;
  box.indices.assign(numDims, Index{Index::Kind::Fixed, 0, false});
  box.turn.assign(numDims, SmallVector<int64_t>(numDims, 0));
  box.shift.assign(numDims, 0);
  box.wraps.assign(numDims, false);
  auto dimOf = [](AffineMap map, unsigned axis) {
    auto dim = dyn_cast<AffineDimExpr>(map.getResult(axis));
    return dim ? int(dim.getPosition()) : -1;
  };
  AffineMap write = op.getWrite();
  for (auto [axis, move] : llvm::enumerate(result.axes))
    if (int d = dimOf(write, axis); d >= 0 && move.kind == AxisMove::Kind::Moved)
      box.indices[d] = {Index::Kind::Moved, move.mover, move.dual};
  for (const GridMove &grid : result.grids)
    for (auto [a, axis] : llvm::enumerate(grid.axes))
      if (int d = dimOf(write, axis); d >= 0) {
        box.indices[d].kind = Index::Kind::Grid;
        box.shift[d] = grid.shift[a];
        box.wraps[d] = grid.torus && grid.shift[a] != 0;
        for (auto [b, from] : llvm::enumerate(grid.axes))
          box.turn[d][dimOf(write, from)] = grid.turn[a][b];
      }
  auto follow = [&](Value value, AffineMap map) {
    Action moved = actions.find(value)->second;
    for (unsigned axis = 0; axis < moved.axes.size(); ++axis) {
      int d = moved.axes[axis].kind == AxisMove::Kind::Uniform ? -1 : dimOf(map, axis);
      if (d >= 0 && box.indices[d].kind == Index::Kind::Moved)
        moved.axes[axis] = {AxisMove::Kind::Moved, box.indices[d].mover, box.indices[d].dual};
    }
    for (const GridMove &grid : result.grids) {
      GridMove own = grid;
      bool all = true;
      for (unsigned &axis : own.axes) {
        unsigned written = axis;
        auto read = llvm::find(map.getResults(), write.getResult(written));
        all &= read != map.getResults().end();
        axis = read - map.getResults().begin();
      }
      if (!all)
        continue;
      for (unsigned axis : own.axes)
        moved.axes[axis].kind = AxisMove::Kind::Grid;
      moved.grids.push_back(own);
    }
    witness.operands.push_back(moved);
  };
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    follow(input, op.getRead(k));
  for (auto [k, table] : llvm::enumerate(op.getTables()))
    follow(table, op.getTableMap(k));
  // Indices that only constants without differences are read by are free.
  llvm::SmallBitVector bound(numDims);
  for (auto own : op.getBodyBlock().getOps<IndexOp>())
    bound.set(own.getDim());
  auto bind = [&](const Action &moved, AffineMap map) {
    for (auto [axis, expr] : llvm::enumerate(map.getResults()))
      for (unsigned d = 0; d < numDims; ++d)
        if (moved.axes[axis].kind != AxisMove::Kind::Uniform && expr.isFunctionOfDim(d))
          bound.set(d);
  };
  for (unsigned k = 0; k < witness.operands.size(); ++k)
    bind(witness.operands[k], k < op.getInputs().size() ? op.getRead(k) : op.getTableMap(k - op.getInputs().size()));
  for (auto [axis, move] : llvm::enumerate(actions[op.getResult()].axes))
    if (int d = dimOf(write, axis); d >= 0 && !bound[d]) {
      move.kind = AxisMove::Kind::Uniform;
      box.indices[d].kind = Index::Kind::Unbound;
    }
  return witness;
}

/// How many copies input `k` is read through.
int64_t ElementWriter::copiesBehind(EquationOp op, unsigned k) const {
  Value wanted = form.origin(op.getInputs()[k]);
  Value value = cast<EquationOp>(form.origin(op.getOperation())).getInputs()[k];
  int64_t count = 0;
  for (; value != wanted; ++count)
    value = value.getDefiningOp<EquationOp>().getInputs()[0];
  return count;
}

static bool isUniform(const AxisMove &move) { return move.kind == AxisMove::Kind::Uniform; }

/// The operands that move in another way than is recorded of them. One that is the same along an axis is said to move
/// along it only if nothing else says how its index moves.
std::vector<std::pair<unsigned, Action>> ElementWriter::takenAs(EquationOp op, Actions taken) const {
  std::vector<std::pair<unsigned, Action>> result;
  SmallVector<unsigned> implied;
  llvm::SmallBitVector bound(op.getNumDims());
  EquationParts parts = EquationParts::of(op);
  auto bind = [&](AffineExpr expr) {
    for (unsigned d = 0; d < bound.size(); ++d)
      if (expr.isFunctionOfDim(d))
        bound.set(d);
  };
  auto bindOperand = [&](unsigned k) {
    AffineMap map = k < parts.inputs.size() ? parts.reads[k] : parts.tableMaps[k - parts.inputs.size()];
    for (auto [move, expr] : llvm::zip(taken[k].axes, map.getResults()))
      if (!isUniform(move))
        bind(expr);
  };
  for (auto own : op.getBodyBlock().getOps<IndexOp>())
    bound.set(own.getDim());
  if (parts.domain)
    llvm::for_each(parts.domain.getConstraints(), bind);
  for (auto [k, operand] : llvm::enumerate(llvm::concat<Value>(parts.inputs, parts.tables))) {
    const Action &recorded = actions.find(operand)->second;
    bool others = false, along = false;
    for (auto [own, move] : llvm::zip(recorded.axes, taken[k].axes)) {
      others |= !isUniform(own) && !(own == move);
      along |= isUniform(own) && !isUniform(move) && move.kind != AxisMove::Kind::Fixed;
    }
    for (auto [own, move] : llvm::zip(recorded.axes, taken[k].axes))
      if (isUniform(own) && (others || !along))
        move = own;
    bool differs = actionOf(taken[k]) != actionOf(recorded);
    if (differs && along && !others) {
      implied.push_back(k);
      continue;
    }
    if (differs)
      result.emplace_back(k, taken[k]);
    bindOperand(k);
  }
  for (unsigned k : implied) {
    auto before = bound.count();
    bindOperand(k);
    if (bound.count() != before)
      result.emplace_back(k, taken[k]);
  }
  return result;
}

void ElementWriter::addEquation(json::Object &record, EquationOp op) {
  auto found = proof.equations.find(op);
  EquationWitness witness = found == proof.equations.end() ? solved(op) : found->second;
  record["box"] = actionOf(actionOn(witness.box));
  json::Object as, through;
  for (unsigned k = 0; k < op.getInputs().size(); ++k)
    if (int64_t count = copiesBehind(op, k))
      through[std::to_string(k)] = count;
  for (auto &[k, taken] : takenAs(op, witness.operands))
    as[std::to_string(k)] = actionOf(taken);
  if (!through.empty())
    record["through"] = std::move(through);
  if (!as.empty())
    record["as"] = std::move(as);
}

// ---- records

/// What the results are computed from.
void ElementWriter::need(Value value) {
  SmallVector<Value> pending{value};
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val().getDefiningOp();
    if (!op || !needed.insert(op).second)
      continue;
    llvm::append_range(pending, op->getOperands());
    for (Region &region : op->getRegions())
      if (!isa<EquationOp>(op))
        region.walk([&](YieldOp yield) {
          if (!isa<EquationOp>(yield->getParentOp()))
            llvm::append_range(pending, yield.getOperands());
        });
  }
}

json::Object ElementWriter::record(Value value, StringRef rule) {
  json::Object record{{"value", form.name(value)}, {"rule", rule}};
  if (auto op = value.getDefiningOp<EquationOp>())
    addEquation(record, op);
  record["action"] = actionOf(actions.find(value)->second);
  return record;
}

json::Object ElementWriter::write() {
  for (Value result : function.getBody().front().getTerminator()->getOperands())
    need(result);
  json::Array movers, outputs, records;
  for (unsigned k = 0; k < proof.movers.size(); ++k)
    movers.push_back(moverOf(k));
  for (Value argument : function.getArguments())
    records.push_back(record(argument, "input"));
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!needed.contains(op))
      return;
    for (Value result : op->getResults())
      records.push_back(record(result, op->getName().stripDialect()));
    if (!isa<EquationOp>(op))
      for (Region &region : op->getRegions())
        for (Value argument : region.getArguments())
          records.push_back(record(argument, "turn"));
  });
  for (const Action &claimed : proof.claimed)
    outputs.push_back(actionOf(claimed));
  json::Object element{{"element", proof.element},
                       {"movers", std::move(movers)},
                       {"outputs", std::move(outputs)},
                       {"records", std::move(records)}};
  if (proof.generator)
    element["generator"] = *proof.generator;
  return element;
}

void CertificateWriter::add(const ClaimForm &form, ModuleOp flat, unsigned number, ArrayRef<Derivation> proof) {
  auto claim = *flat.getOps<ClaimOp>().begin();
  auto function = flat.lookupSymbol<func::FuncOp>(claim.getFunction());
  ActionSpec action = *ActionSpec::of(claim.getActions()[number]);
  json::Array elements;
  for (const Derivation &each : proof)
    elements.push_back(ElementWriter(form, function, action, each).write());
  json::Object sizes;
  if (auto chosen = claim->getAttrOfType<DictionaryAttr>(sizesAttrName))
    for (NamedAttribute size : chosen)
      sizes[size.getName().str()] = cast<IntegerAttr>(size.getValue()).getInt();
  if (!certified.insert({form.digest(), number}).second)
    return; // a claim without sizes is checked twice
  claims.push_back(
      json::Object{{"claim", (claim.getKind() + " " + claim.getSubject() + " under " + action.written).str()},
                   {"group", action.group},
                   {"action", number},
                   {"sizes", std::move(sizes)},
                   {"form", form.digest()},
                   {"elements", std::move(elements)}});
  if (llvm::none_of(forms, [&](const auto &known) { return known.first == form.digest(); }))
    forms.emplace_back(form.digest(), form.text());
}

/// Records and movers take a line each.
static void print(llvm::raw_ostream &out, const json::Value &value, unsigned depth, unsigned indent) {
  std::string space(indent + 2, ' ');
  auto separated = [&, first = true]() mutable {
    out << (first ? "\n" : ",\n") << space;
    first = false;
  };
  const json::Object *object = value.getAsObject();
  const json::Array *array = value.getAsArray();
  if (object && !object->get("elements") && !object->get("records"))
    object = nullptr;
  if (depth == 0 || (!object && !array)) {
    out << value;
  } else if (object) {
    out << '{';
    for (const char *key : {"claim", "group", "action", "sizes", "form", "element", "generator", "movers", "outputs",
                            "elements", "records"})
      if (const json::Value *own = object->get(key)) {
        separated();
        out << '"' << key << "\": ";
        print(out, *own, depth - 1, indent + 2);
      }
    out << '\n' << std::string(indent, ' ') << '}';
  } else {
    out << '[';
    for (const json::Value &each : *array) {
      separated();
      print(out, each, depth - 1, indent + 2);
    }
    out << '\n' << std::string(indent, ' ') << ']';
  }
}

void CertificateWriter::printClaims(llvm::raw_ostream &out) const {
  print(out, json::Array(claims), 5, 0);
  out << '\n';
}

void CertificateWriter::printForms(llvm::raw_ostream &out) const {
  for (const auto &[digest, text] : forms)
    out << (&text == &forms.front().second ? "" : "// -----\n") << text;
}

} // namespace nn
