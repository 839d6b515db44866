// The choice of the innermost axis: a cost for every equation given its operands' layouts, minimized one class at a
// time.
#include "Kernels/Layouts.h"
#include "Kernels/Kernels.h"
#include "Kernels/OuterProducts.h"
#include "Kernels/StripeFrames.h"

#include "Dialect/NN/IR/Trace.h"

using namespace mlir;
using namespace nn;

/// Lanes of a vector; extents that do not fill them waste the rest.
static constexpr int64_t lanes = 16;
/// Relative to a vector over a free index: a reduction across lanes, and an access with a stride.
static constexpr double dotCost = 1.3, gatherCost = 4;
/// Added for each point: vectors that begin anywhere, as windows do, and conditions that differ from lane to lane.
static constexpr double windowCost = 0.3, laneConditionCost = 4;
/// Of every second element of a row: two loads, or stores, and a shuffle for one.
static constexpr double everySecondCost = 1;
/// Added for each point where rows of a register tile push each other out of the cache; so far apart are they, in
/// elements.
static constexpr double collisionCost = 1;
static constexpr int64_t collidingStride = 1024;
/// What the weight of a point is where it is only computed when somebody asks for named values.
static constexpr double traceWeight = 1e-3;

/// The functions that trace, and the kernels that they launch.
static llvm::SmallPtrSet<Operation *, 8> findTraces(ModuleOp module) {
  llvm::SmallPtrSet<Operation *, 8> traces;
  for (auto function : module.getOps<func::FuncOp>())
    if (function->hasAttr(traceAttrName)) {
      traces.insert(function);
      function.walk([&](LaunchOp launch) {
        traces.insert(SymbolTable::lookupNearestSymbolFrom(launch, launch.getKernelAttr()));
      });
    }
  return traces;
}

Layouts::Layouts(ModuleOp module) {
  auto traces = findTraces(module);
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isExternal())
      collectFunction(function);
  module.walk([&](EquationOp equation) {
    collectEquation(equation, traces.contains(equation->getParentOp()) ? traceWeight : 1);
  });
  module.walk([&](RoutineOp routine) {
    for (Value value : routine->getOperands())
      classes[find(nodeOf(value))].pinned = true;
  });
  module.walk([&](LaunchOp launch) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(launch, launch.getKernelAttr());
    for (auto [argument, buffer] : llvm::zip(kernel.getBody().getArguments(), launch.getBuffers()))
      unite(nodeOf(argument), nodeOf(buffer));
  });
  pinOuterProducts(module);
  joinMaps();
  freeWords();
  followCuts();
  for (auto [position, use] : llvm::enumerate(uses)) {
    llvm::SmallDenseSet<unsigned> roots{find(use.write.node)};
    for (const Access &read : use.reads)
      roots.insert(find(read.node));
    for (unsigned root : roots)
      classes[root].uses.push_back(position);
  }
  choose();
}

//===-- Nodes and classes
//-------------------------------------------------------------------------------------------===//

unsigned Layouts::nodeOf(Value value) {
  auto [it, isNew] = nodes.try_emplace(value, parents.size());
  if (isNew) {
    parents.push_back(parents.size());
    Class cls;
    cls.shape = llvm::to_vector(cast<ShapedType>(value.getType()).getShape());
    cls.rank = cls.shape.size();
    cls.inner = cls.rank ? cls.rank - 1 : 0;
    classes.push_back(cls);
  }
  return it->second;
}

unsigned Layouts::find(unsigned node) const {
  while (parents[node] != node)
    node = parents[node];
  return node;
}

void Layouts::unite(unsigned a, unsigned b) {
  a = find(a), b = find(b);
  if (a == b)
    return;
  parents[b] = a;
  classes[a].pinned |= classes[b].pinned;
  classes[a].persistent |= classes[b].persistent;
  classes[a].cut |= classes[b].cut;
}

/// Ties a function's argument or result to the parameter or state it stands for; everything else keeps its order.
void Layouts::uniteBound(Value value, Attribute binding) {
  unsigned node = nodeOf(value);
  auto bind = dyn_cast_or_null<BindAttr>(binding);
  if (!bind || (bind.getKind() != Binding::param && bind.getKind() != Binding::state)) {
    classes[find(node)].pinned = true;
    return;
  }
  classes[find(node)].persistent = true;
  auto [it, isNew] = bound.try_emplace(bind, node);
  if (!isNew)
    unite(it->second, node);
}

void Layouts::collectFunction(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments())
    uniteBound(argument, function.getArgAttr(argument.getArgNumber(), bindingAttrName));
  for (Operation &op : function.getBody().front()) {
    if (isa<func::ReturnOp>(op)) {
      for (OpOperand &operand : op.getOpOperands())
        uniteBound(operand.get(), function.getResultAttr(operand.getOperandNumber(), bindingAttrName));
    } else if (isa<ReshapeOp, BarrierOp, ViewOp>(op)) {
      classes[find(nodeOf(op.getOperand(0)))].pinned = true;
      classes[find(nodeOf(op.getResult(0)))].pinned = true;
    } else if (isa<LoopOp, RoutineOp>(op)) {
      // A loop's body takes its arguments row-major, a routine its matrices.
      for (Value value : op.getOperands())
        classes[find(nodeOf(value))].pinned = true;
      for (Value value : op.getResults())
        classes[find(nodeOf(value))].pinned = true;
    } else if (isa<ConstantOp>(op) || (isa<BufferOp>(op) && cast<BufferOp>(op).getSpace() == Space::constant)) {
      classes[find(nodeOf(op.getResult(0)))].pinned = true;
    }
  }
}

/// The points of a box that satisfy the conditions on its indices, those on symbols left aside. `known`: what was
/// counted before, as many equations have the same conditions.
static int64_t countHolding(EquationOp equation,
                            std::map<std::pair<const void *, std::vector<int64_t>>, int64_t> &known) {
  constexpr int64_t most = 1 << 16;
  ArrayRef<int64_t> extents = equation.getExtents();
  std::optional<IntegerSet> domain = equation.getDomain();
  if (!domain)
    return countPoints(equation);
  auto [found, isNew] = known.try_emplace({domain->getAsOpaquePointer(), extents.vec()}, 0);
  if (!isNew)
    return found->second;
  found->second = countPoints(equation);
  SmallVector<AffineExpr> conditions;
  llvm::SmallBitVector involved(extents.size());
  for (unsigned c = 0; c < domain->getNumConstraints(); ++c) {
    AffineExpr expr = domain->getConstraint(c);
    if (usesSymbols(expr) || domain->isEq(c))
      continue;
    conditions.push_back(expr);
    for (unsigned d = 0; d < extents.size(); ++d)
      if (expr.isFunctionOfDim(d))
        involved.set(d);
  }
  int64_t all = 1, holding = 0;
  for (unsigned d : involved.set_bits()) {
    all *= extents[d];
    if (all > most)
      return found->second;
  }
  SmallVector<int64_t> point(extents.size(), 0);
  for (int64_t position = 0; position < all; ++position) {
    int64_t rest = position;
    for (unsigned d : involved.set_bits()) {
      point[d] = rest % extents[d];
      rest /= extents[d];
    }
    holding += llvm::all_of(conditions, [&](AffineExpr expr) { return valueAt(expr, point, {}) >= 0; });
  }
  return found->second = found->second / all * holding;
}

void Layouts::collectEquation(EquationOp equation, double weight) {
  EquationParts parts = partsOf(equation);
  Use use;
  use.extents = parts.extents;
  use.points = countHolding(equation, holding);
  use.weight = weight;
  use.segments = segmentsOf(equation);
  use.isMap = equation.getCombine() == Combine::map;
  use.cutsFirstAxis = framesFirstAxisOnly(equation);
  use.tableMaps = parts.tableMaps;
  for (unsigned index = 0; index < use.extents.size(); ++index)
    use.conditions.push_back(isGuarded(equation, index));
  for (auto [input, map] : llvm::zip(parts.inputs, parts.reads))
    use.reads.push_back({nodeOf(input), map});
  for (Value table : parts.tables)
    classes[find(nodeOf(table))].pinned = true;
  Operation *yielded = equation.getBodyBlock().getTerminator()->getOperand(0).getDefiningOp();
  use.pairs = isa_and_nonnull<PairOp>(yielded);
  use.dotsPairs = isa_and_nonnull<DotPairsOp>(yielded);
  use.write = {nodeOf(parts.dest ? parts.dest : equation.getResult()), parts.write};
  auto findAxes = [&](Access &access) {
    for (unsigned index = 0; index < use.extents.size(); ++index) {
      int64_t step = 1;
      int axis = axisOf(use, access.map, index, step);
      access.axes.push_back(axis);
      access.doubled.push_back(axis >= 0 && step == 2);
      access.windows.push_back(axis >= 0 && !isa<AffineDimExpr>(access.map.getResult(axis)));
    }
  };
  llvm::for_each(use.reads, findAxes);
  findAxes(use.write);
  uses.push_back(use);
}

/// Outer products and the operands that are packed for them keep their order: vectors run along its last axis in every
/// kernel that computes them again.
void Layouts::pinOuterProducts(ModuleOp module) {
  auto pin = [&](EquationOp equation) {
    Value written = equation.getDest() ? Value(equation.getDest()) : Value(equation.getResult());
    classes[find(nodeOf(written))].pinned = true;
    for (auto [k, input] : llvm::enumerate(equation.getInputs()))
      if (equation.getCombine() == Combine::sum && equation.getRead(k).getNumResults() > 0 &&
          equation.getRead(k).getResults().back() == equation.getWrite().getResults().back())
        classes[find(nodeOf(input))].pinned = true;
  };
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isExternal())
      continue;
    Block &block = function.getBody().front();
    OuterProducts products(block);
    for (auto equation : block.getOps<EquationOp>())
      if (products.contains(equation))
        pin(equation);
  }
  for (auto kernel : module.getOps<KernelOp>())
    for (auto equation : kernel.getBody().getOps<EquationOp>())
      if (auto scratch = equation.getDest().getDefiningOp<ScratchOp>(); scratch && !outerOf(scratch).empty())
        pin(equation);
}

/// A map that reads where it writes joins the two: updates of parameters, sums of gradients.
void Layouts::joinMaps() {
  for (const Use &use : uses)
    for (const Access &read : use.reads) {
      bool sameCell = read.map == use.write.map && read.map.isProjectedPermutation() && read.map.getNumResults() >= 2 &&
                      read.map.getNumResults() == use.extents.size();
      if (sameCell && classes[find(read.node)].pinned == classes[find(use.write.node)].pinned)
        unite(read.node, use.write.node);
    }
}

/// Follows first axes that stripes cut in any case through maps.
void Layouts::followCuts() {
  auto firstIndex = [](const Access &access) {
    auto dim = dyn_cast_or_null<AffineDimExpr>(access.map.getNumResults() ? access.map.getResult(0) : AffineExpr());
    return dim ? int(dim.getPosition()) : -1;
  };
  auto isCut = [&](const Use &use) {
    int first = firstIndex(use.write);
    return use.cutsFirstAxis || (use.isMap && first >= 0 && llvm::any_of(use.reads, [&](const Access &read) {
                                   return classes[find(read.node)].cut && firstIndex(read) == first;
                                 }));
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (const Use &use : uses)
      if (Class &cls = classes[find(use.write.node)]; !cls.cut && isCut(use))
        changed = cls.cut = true;
  }
}

/// Words of a parameter lie in any order, as the parameter does.
void Layouts::freeWords() {
  for (const Use &use : uses)
    if (use.pairs && classes[find(use.reads.front().node)].persistent)
      classes[find(use.write.node)].persistent = true;
}

//===-- Costs
//-------------------------------------------------------------------------------------------------------===//

int Layouts::axisOf(const Use &use, AffineMap access, unsigned index, int64_t &step) {
  int found = still;
  for (auto [axis, expr] : llvm::enumerate(access.getResults())) {
    llvm::SmallBitVector computed(use.extents.size());
    for (unsigned symbol = 0; symbol < use.tableMaps.size(); ++symbol)
      if (expr.isFunctionOfSymbol(symbol))
        indicesOfSymbol(use.tableMaps, symbol, computed);
    if (computed[index])
      return jumps;
    if (!expr.isFunctionOfDim(index))
      continue;
    auto without = [&](int64_t factor) {
      return simplifyAffineExpr(expr - getAffineDimExpr(index, expr.getContext()) * factor, access.getNumDims(),
                                access.getNumSymbols());
    };
    step = 1;
    while (step <= 2 && without(step).isFunctionOfDim(index))
      ++step;
    if (found != still || step > 2)
      return jumps;
    found = int(axis);
  }
  return found;
}

bool Layouts::hasStride(const Access &access, unsigned index) const {
  int axis = access.axes[index];
  return axis == jumps || (axis >= 0 && unsigned(axis) != classes[find(access.node)].inner);
}

int64_t Layouts::strideOf(const Class &cls, unsigned axis) const {
  int64_t stride = axis == cls.inner ? 1 : cls.shape[cls.inner];
  for (unsigned after = axis + 1; after < cls.rank && axis != cls.inner; ++after)
    stride *= after == cls.inner ? 1 : cls.shape[after];
  return stride;
}

bool Layouts::rowsCollide(const Use &use, const Access &read, unsigned vectorIndex) const {
  const Class &cls = classes[find(read.node)];
  bool collide = false;
  for (auto [index, extent] : llvm::enumerate(use.extents)) {
    int axis = read.axes[index];
    if (index == vectorIndex || extent < 2 || axis < 0 || !use.write.map.isFunctionOfDim(index))
      continue;
    if (strideOf(cls, axis) * (read.doubled[index] ? 2 : 1) % collidingStride)
      return false;
    collide = true;
  }
  return collide;
}

double Layouts::cost(const Use &use) const {
  SmallVector<unsigned> inner;
  for (const Access &read : use.reads)
    inner.push_back(classes[find(read.node)].inner);
  inner.push_back(classes[find(use.write.node)].inner);
  auto [found, isNew] = use.costs.try_emplace(std::move(inner), 0);
  if (isNew)
    found->second = computeCost(use);
  return found->second;
}

double Layouts::computeCost(const Use &use) const {
  double points = use.points, best = points * gatherCost * 2;
  double cells = 1;
  for (auto [index, extent] : llvm::enumerate(use.extents))
    cells *= use.write.map.isFunctionOfDim(index) ? extent : 1;
  for (auto [index, extent] : llvm::enumerate(use.extents)) {
    if (extent < 2 || (use.segments && (index == use.segments->group || index == use.segments->place)))
      continue;
    int64_t full = (extent + lanes - 1) / lanes * lanes;
    double padded = static_cast<double>(full) / static_cast<double>(extent);
    bool reduced = !use.write.map.isFunctionOfDim(index);
    double total = points * padded * (reduced && !use.dotsPairs ? dotCost : 1) + (reduced ? cells * gatherCost : 0);
    total += use.conditions[index] ? points * laneConditionCost : 0;
    for (const Access &read : use.reads) {
      total += hasStride(read, index) ? points * gatherCost : read.windows[index] ? points * windowCost : 0;
      total += !hasStride(read, index) && read.doubled[index] && !use.pairs ? points * everySecondCost : 0;
      total += read.axes[index] == still && rowsCollide(use, read, index) ? points * collisionCost : 0;
    }
    // Lanes are stored side by side or not at all.
    total += !reduced && hasStride(use.write, index) ? points * gatherCost
             : !reduced && use.write.doubled[index]  ? points * everySecondCost
                                                     : 0;
    best = std::min(best, total);
  }
  return best;
}

SmallVector<double> Layouts::costs(ArrayRef<unsigned> roots) const {
  SmallVector<unsigned> affected;
  for (unsigned root : roots)
    llvm::append_range(affected, classes[root].uses);
  llvm::sort(affected);
  affected.erase(llvm::unique(affected), affected.end());
  return llvm::map_to_vector(affected, [&](unsigned use) { return cost(uses[use]) * uses[use].weight; });
}

/// By how much costs of the same uses went down; 0 where it is less than a fiftieth of those that changed: what many
/// points cost in either layout says nothing.
static double gainOf(ArrayRef<double> before, ArrayRef<double> now) {
  double changedBefore = 0, changedNow = 0;
  for (auto [a, b] : llvm::zip_equal(before, now))
    if (a != b) {
      changedBefore += a;
      changedNow += b;
    }
  double gain = changedBefore - changedNow;
  return gain > changedBefore * 0.02 ? gain : 0;
}

//===-- The choice
//--------------------------------------------------------------------------------------------------===//

/// Intermediates keep their leading axis, which stripes run along, outermost; where stripes cannot run along another
/// one, they may as well be blocks of vectors.
bool Layouts::mayChoose(const Class &cls, unsigned axis) const {
  if (cls.pinned || cls.rank < 2)
    return false;
  return cls.persistent || (cls.rank >= 3 && (axis > 0 || cls.cut));
}

bool Layouts::improve(unsigned root) {
  Class &cls = classes[root];
  unsigned before = cls.inner, best = before;
  SmallVector<double> least = costs(root);
  for (unsigned axis = 0; axis < cls.rank; ++axis) {
    if (axis == before || !mayChoose(cls, axis))
      continue;
    cls.inner = axis;
    SmallVector<double> now = costs(root);
    if (gainOf(least, now) > 0) {
      least = std::move(now);
      best = axis;
    }
  }
  cls.inner = best;
  return best != before;
}

SmallVector<unsigned> Layouts::neighboursOf(ArrayRef<unsigned> roots, const Use &use) const {
  constexpr unsigned most = 6;
  constexpr int64_t share = 8;
  SmallVector<unsigned> neighbours;
  auto add = [&](unsigned node) {
    unsigned root = find(node);
    if (!classes[root].pinned && classes[root].rank >= 2 && !llvm::is_contained(roots, root) &&
        !llvm::is_contained(neighbours, root) && neighbours.size() < most)
      neighbours.push_back(root);
  };
  for (unsigned root : roots)
    for (unsigned position : classes[root].uses) {
      const Use &other = uses[position];
      if (other.points < use.points / share)
        continue;
      add(other.write.node);
      for (const Access &read : other.reads)
        add(read.node);
    }
  return neighbours;
}

/// The choice that lets one equation have all its operands along `index` at once, and what is gained: one class alone
/// may gain nothing until the others follow. What they meet in other equations of the same size, such as those of its
/// gradients, may follow, too. Leaves all classes as they are.
Layouts::Move Layouts::moveAlong(const Use &use, unsigned index) {
  Move move;
  SmallVector<unsigned> &roots = move.roots, before;
  auto propose = [&](const Access &access) {
    unsigned root = find(access.node);
    int axis = access.axes[index];
    if (axis < 0 || unsigned(axis) == classes[root].inner || !mayChoose(classes[root], axis) ||
        llvm::is_contained(roots, root))
      return;
    roots.push_back(root);
    before.push_back(classes[root].inner);
  };
  llvm::for_each(use.reads, propose);
  propose(use.write);
  if (use.extents[index] < 2 || roots.empty())
    return move;
  auto adopt = [&](const Access &access) {
    if (auto at = llvm::find(roots, find(access.node)); at != roots.end() && access.axes[index] >= 0)
      classes[*at].inner = access.axes[index];
  };
  auto measure = [&](size_t operands) {
    SmallVector<double> least = costs(roots);
    llvm::for_each(use.reads, adopt);
    adopt(use.write);
    for (unsigned root : ArrayRef(roots).drop_front(operands))
      improve(root);
    move.gain = gainOf(least, costs(roots));
    move.inner.clear();
    for (auto [root, inner] : llvm::zip(roots, before)) {
      move.inner.push_back(classes[root].inner);
      classes[root].inner = inner;
    }
  };
  size_t operands = roots.size();
  if (operands > 1) // a class alone has been tried
    measure(operands);
  if (move.gain > 0)
    return move;
  for (unsigned root : neighboursOf(roots, use)) {
    roots.push_back(root);
    before.push_back(classes[root].inner);
  }
  measure(operands);
  return move;
}

/// Takes the index along which most is gained.
bool Layouts::improveTogether(const Use &use) {
  Move best;
  for (unsigned index = 0; index < use.extents.size(); ++index)
    if (Move move = moveAlong(use, index); move.gain > best.gain)
      best = std::move(move);
  for (auto [root, inner] : llvm::zip(best.roots, best.inner))
    classes[root].inner = inner;
  return best.gain > 0;
}

void Layouts::choose() {
  constexpr unsigned rounds = 4;
  constexpr size_t together = 300; // equations with the most points
  SmallVector<unsigned> heaviest = llvm::to_vector(llvm::seq<unsigned>(0, uses.size()));
  llvm::stable_sort(heaviest, [&](unsigned a, unsigned b) {
    return double(uses[a].points) * uses[a].weight > double(uses[b].points) * uses[b].weight;
  });
  heaviest.resize(std::min(heaviest.size(), together));
  bool changed = true;
  for (unsigned round = 0; round < rounds && changed; ++round) {
    changed = false;
    for (unsigned node = 0; node < parents.size(); ++node)
      if (find(node) == node && !classes[node].pinned && classes[node].rank >= 2)
        changed |= improve(node);
    for (unsigned use : heaviest)
      changed |= improveTogether(uses[use]);
  }
}

bool Layouts::isInnermost(Value value, int axis) const {
  return axis >= 0 && classes[find(nodes.lookup(value))].inner == unsigned(axis);
}

SmallVector<int64_t> Layouts::orderOf(Value value) const {
  const Class &cls = classes[find(nodes.lookup(value))];
  SmallVector<int64_t> order;
  for (unsigned axis = 0; axis < cls.rank; ++axis)
    if (axis != cls.inner)
      order.push_back(axis);
  if (cls.rank)
    order.push_back(cls.inner);
  return order;
}
