// Composition of equations: maps, tables and domains of the producer are carried through the consumer's read.
#include "Kernels/Compose.h"

using namespace mlir;
using namespace nn;

bool nn::canCompose(EquationOp producer, EquationOp consumer, unsigned k) {
  return producer.getCombine() == Combine::map && !consumer.getFillValue(k) && permutationWrite(producer);
}

namespace {
/// The equation under construction, and where the two old ones' inputs and symbols went.
struct Composition {
  EquationParts consumer, producer, result;
  SmallVector<AffineExpr> indices;                 ///< the producer's indices at the consumer's point
  SmallVector<AffineExpr> symbols;                 ///< the producer's symbols in the result
  SmallVector<int> consumerInputs, producerInputs; ///< positions in the result; -1 for the input that goes away

  Composition(EquationOp producerOp, EquationOp consumerOp)
      : consumer(partsOf(consumerOp)), producer(partsOf(producerOp)), result(consumer) {
    result.inputs.clear();
    result.reads.clear();
    result.fill.clear();
  }

  AffineExpr carry(AffineExpr expr) const {
    return simplifyAffineExpr(expr.replaceDimsAndSymbols(indices, symbols), result.extents.size(),
                              result.tables.size());
  }

  AffineMap carry(AffineMap map) const {
    SmallVector<AffineExpr> results;
    for (AffineExpr expr : map.getResults())
      results.push_back(carry(expr));
    return mapOver(result, results);
  }

  /// Adds the producer's tables, or finds them among those that are there.
  void addTables() {
    for (auto [table, map, bound] : llvm::zip(producer.tables, producer.tableMaps, producer.tableBounds)) {
      AffineMap carried = carry(map);
      unsigned position = 0;
      while (position < result.tables.size() &&
             (result.tables[position] != table || result.tableMaps[position].getResults() != carried.getResults()))
        ++position;
      if (position == result.tables.size()) {
        result.tables.push_back(table);
        result.tableMaps.push_back(carried);
        result.tableBounds.push_back(bound);
      }
      symbols.push_back(getAffineSymbolExpr(position, carried.getContext()));
    }
    renumber(result);
  }

  int addInput(Value value, AffineMap read, Attribute fill) {
    for (unsigned k = 0; k < result.inputs.size(); ++k)
      if (result.inputs[k] == value && result.reads[k] == read && result.fill[k] == fill)
        return k;
    result.inputs.push_back(value);
    result.reads.push_back(read);
    result.fill.push_back(fill);
    return result.inputs.size() - 1;
  }

  void addInputs(unsigned skipped) {
    for (unsigned k = 0; k < consumer.inputs.size(); ++k)
      consumerInputs.push_back(
          k == skipped
              ? -1
              : addInput(consumer.inputs[k], mapOver(result, consumer.reads[k].getResults()), consumer.fill[k]));
    for (unsigned k = 0; k < producer.inputs.size(); ++k)
      producerInputs.push_back(addInput(producer.inputs[k], carry(producer.reads[k]), producer.fill[k]));
  }

  /// The producer's value at the current point: its body, or zero outside its domain.
  Value emitProducer(OpBuilder &builder, EquationOp from, ValueRange scalars) const {
    SmallVector<Value> arguments;
    for (int position : producerInputs)
      arguments.push_back(scalars[position]);
    Value value = copyBody(builder, from, arguments, indices, symbols);
    IntegerSet domain = producer.domain;
    if (!domain)
      return value;
    SmallVector<AffineExpr> constraints;
    for (AffineExpr expr : domain.getConstraints())
      constraints.push_back(carry(expr));
    domain = IntegerSet::get(result.extents.size(), result.tables.size(), constraints, domain.getEqFlags());
    Value inside = buildMembership(builder, from.getLoc(), domain);
    Value zero = identityOf(builder, from.getLoc(), Combine::map, value.getType());
    return arith::SelectOp::create(builder, from.getLoc(), inside, value, zero);
  }
};
} // namespace

EquationOp nn::compose(EquationOp producer, EquationOp consumer, unsigned k) {
  Composition parts(producer, consumer);
  SmallVector<unsigned> axes = *permutationWrite(producer);
  for (unsigned axis : axes)
    parts.indices.push_back(parts.consumer.reads[k].getResult(axis));
  parts.addTables();
  parts.addInputs(k);
  return replaceEquation(consumer, parts.result, [&](OpBuilder &builder, Location, ValueRange scalars) {
    Value value = parts.emitProducer(builder, producer, scalars);
    SmallVector<Value> arguments;
    for (int position : parts.consumerInputs)
      arguments.push_back(position < 0 ? value : scalars[position]);
    return copyBody(builder, consumer, arguments);
  });
}

void nn::eraseUnused(Block &body) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    if (op.use_empty() && !isa<YieldOp>(op))
      op.erase();
}

/// True if two scalars, in the bodies of equations over the same box, are the same expression of the same reads.
static bool sameScalar(EquationOp a, Value left, EquationOp b, Value right) {
  auto leftArgument = dyn_cast<BlockArgument>(left), rightArgument = dyn_cast<BlockArgument>(right);
  if (leftArgument && rightArgument) {
    unsigned j = leftArgument.getArgNumber(), k = rightArgument.getArgNumber();
    return a.getInputs()[j] == b.getInputs()[k] && a.getRead(j).getResults() == b.getRead(k).getResults() &&
           a.getFillValue(j) == b.getFillValue(k);
  }
  Operation *x = left.getDefiningOp(), *y = right.getDefiningOp();
  if (!x || !y || isa<SymbolOp>(x) || x->getName() != y->getName() || x->getNumOperands() != y->getNumOperands() ||
      x->getAttrDictionary() != y->getAttrDictionary() || left.getType() != right.getType())
    return false;
  return llvm::all_of(llvm::zip(x->getOperands(), y->getOperands()),
                      [&](auto pair) { return sameScalar(a, std::get<0>(pair), b, std::get<1>(pair)); });
}

EquationOp nn::reuse(EquationOp stored, EquationOp reader) {
  if (stored.getCombine() != Combine::map || stored.getExtents() != reader.getExtents() || stored.getDomain() ||
      !stored.getTables().empty() || !permutationWrite(stored))
    return reader;
  Value wanted = stored.getBodyBlock().getTerminator()->getOperand(0);
  Block &body = reader.getBodyBlock();
  auto found = llvm::find_if(body.without_terminator(), [&](Operation &op) {
    return op.getNumResults() == 1 && op.getNumOperands() > 0 && sameScalar(stored, wanted, reader, op.getResult(0));
  });
  if (found == body.without_terminator().end())
    return reader;
  EquationParts parts = partsOf(reader);
  parts.addInput(stored.getResult(), mapOver(parts, stored.getWrite().getResults()),
                 UnitAttr::get(reader.getContext()));
  Value scalar = found->getResult(0);
  scalar.replaceAllUsesWith(body.addArgument(scalar.getType(), scalar.getLoc()));
  EquationOp result = replaceEquation(reader, parts, [&](OpBuilder &builder, Location, ValueRange scalars) {
    return copyBody(builder, reader, scalars);
  });
  eraseUnused(result.getBodyBlock());
  return dropUnusedInputs(result);
}

/// Builds `equation` again without the inputs in `bound`; their scalars become the constants there.
static EquationOp withoutInputs(EquationOp equation, const llvm::DenseMap<unsigned, TypedAttr> &bound) {
  EquationParts old = partsOf(equation), parts = old;
  parts.inputs.clear();
  parts.reads.clear();
  parts.fill.clear();
  for (unsigned k = 0; k < old.inputs.size(); ++k)
    if (!bound.count(k)) {
      parts.inputs.push_back(old.inputs[k]);
      parts.reads.push_back(old.reads[k]);
      parts.fill.push_back(old.fill[k]);
    }
  return replaceEquation(equation, parts, [&](OpBuilder &builder, Location loc, ValueRange scalars) {
    SmallVector<Value> arguments;
    unsigned next = 0;
    for (unsigned k = 0; k < old.inputs.size(); ++k) {
      auto found = bound.find(k);
      arguments.push_back(found == bound.end() ? scalars[next++]
                                               : arith::ConstantOp::create(builder, loc, found->second).getResult());
    }
    return copyBody(builder, equation, arguments);
  });
}

EquationOp nn::bindInput(EquationOp equation, unsigned k, TypedAttr value) {
  llvm::DenseMap<unsigned, TypedAttr> bound;
  bound[k] = value;
  return withoutInputs(equation, bound);
}

EquationOp nn::dropUnusedInputs(EquationOp equation) {
  llvm::DenseMap<unsigned, TypedAttr> bound;
  for (BlockArgument argument : equation.getBodyBlock().getArguments())
    if (argument.use_empty())
      bound[argument.getArgNumber()] = identityAttr(Combine::map, argument.getType());
  return bound.empty() ? equation : withoutInputs(equation, bound);
}
