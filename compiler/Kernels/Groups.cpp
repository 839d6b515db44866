// Grouping: a seed equation, one of its indices as the frame, and everything that can share it.
#include "Kernels/Groups.h"
#include "Kernels/Kernels.h"

#include <set>

using namespace mlir;
using namespace nn;

/// Equations of one kernel at most: its code has to stay small enough to compile fast.
static constexpr unsigned mostMembers = 64;

namespace {

/// A value that an equation reads, and how.
struct Flow {
  EquationOp producer; ///< null for arguments, constants and results of loops, routines and barriers
  Operation *alone;    ///< the loop, routine or barrier that gave the value, or null
  AffineMap read;
  bool viaView = false;
};

/// A group that is being formed; later members can be taken back.
struct Trial {
  int64_t frame = 0;
  SmallVector<EquationOp> order;
  llvm::DenseMap<Operation *, unsigned> indices;

  bool contains(Operation *op) const { return indices.count(op); }
  void add(EquationOp equation, unsigned index) {
    order.push_back(equation);
    indices[equation] = index;
  }
  void shrink(unsigned size) {
    while (order.size() > size)
      indices.erase(order.pop_back_val());
  }
};

class Grouper {
public:
  Grouper(Block &block, const Layouts &layouts) : layouts(layouts) {
    for (Operation &op : block) {
      if (isa<LoopOp, RoutineOp, BarrierOp>(op))
        alone.push_back({&op, equations.size()});
      auto equation = dyn_cast<EquationOp>(op);
      if (!equation)
        continue;
      positions[equation] = equations.size();
      equations.push_back(equation);
      flows.push_back(flowsOf(equation));
      if (candidates(equation).empty())
        scalars.push_back(equation);
    }
  }

  SmallVector<Group> run() {
    takeScalars();
    for (unsigned next = 0; next < equations.size();) {
      if (scheduled.contains(equations[next])) {
        ++next;
        continue;
      }
      takeAlone(next);
      takeStripes(equations[next]);
      takeScalars();
    }
    takeAlone(equations.size());
    return std::move(groups);
  }

private:
  static SmallVector<Flow> flowsOf(EquationOp equation) {
    SmallVector<Flow> flows;
    auto add = [&](Value value, AffineMap read) {
      Flow flow{{}, nullptr, read};
      while (auto reshape = value.getDefiningOp<ReshapeOp>()) {
        flow.viaView = true;
        value = reshape.getInput();
      }
      flow.producer = value.getDefiningOp<EquationOp>();
      if (Operation *op = value.getDefiningOp(); isa_and_nonnull<LoopOp, RoutineOp, BarrierOp>(op))
        flow.alone = op;
      flows.push_back(flow);
    };
    for (unsigned k = 0; k < equation.getInputs().size(); ++k)
      add(equation.getInputs()[k], equation.getRead(k));
    for (unsigned k = 0; k < equation.getTables().size(); ++k)
      add(equation.getTables()[k], equation.getTableMap(k));
    return flows;
  }

  /// True if an index stands alone on an axis of the result and runs over all of it: rows that it does not reach would
  /// belong to no stripe.
  static bool framesResult(EquationOp equation, unsigned index) {
    int axis = bareAxis(equation.getWrite(), index);
    return axis >= 0 && equation.getResultType().getDimSize(axis) == equation.getExtents()[index];
  }

  /// The indices that could be an equation's frame; those that waste memory only if all do, and one that vectors run
  /// along, which stripes would cut, only if there is no other.
  SmallVector<unsigned> candidates(EquationOp equation) const {
    SmallVector<unsigned> all, good, best;
    for (unsigned d = 0; d < equation.getNumDims(); ++d)
      if (equation.getExtents()[d] > 1 && framesResult(equation, d)) {
        all.push_back(d);
        if (readsTooMuch(equation, d))
          continue;
        good.push_back(d);
        if (!layouts.isInnermost(equation.getResult(), bareAxis(equation.getWrite(), d)))
          best.push_back(d);
      }
    return !best.empty() ? best : !good.empty() ? good : all;
  }

  /// True if the stripes of a frame would read more of the operands that each of them reads whole than they compute
  /// with them. A stripe is as tall as its part of the result fits a cache.
  static bool readsTooMuch(EquationOp equation, unsigned index) {
    constexpr int64_t stripeBytes = 256 << 10, pointsPerByte = 8;
    int64_t frame = equation.getExtents()[index], bytes = bytesReadWhole(equation, index);
    if (equation.getCombine() == Combine::map || bytes <= cacheBytes)
      return false;
    int64_t rowBytes = std::max<int64_t>(1, byteSize(equation.getResultType()) / frame);
    int64_t rows = std::clamp<int64_t>(stripeBytes / rowBytes, 1, std::max<int64_t>(frame / 8, 1));
    return countPoints(equation) / frame * rows < bytes * pointsPerByte;
  }

  bool isReady(EquationOp equation) {
    return llvm::all_of(flows[positions.lookup(equation)], [&](const Flow &flow) {
      return (!flow.producer || scheduled.contains(flow.producer)) && !waitsForAlone(flow);
    });
  }

  bool waitsForAlone(const Flow &flow) const { return flow.alone && !scheduled.contains(flow.alone); }

  /// Schedules the loops, routines and barriers that stand before an equation: all they read stands before them, and is
  /// scheduled.
  void takeAlone(size_t position) {
    for (; nextAlone < alone.size() && alone[nextAlone].second <= position; ++nextAlone) {
      takeScalars();
      groups.push_back({0, {}, alone[nextAlone].first});
      scheduled.insert(alone[nextAlone].first);
    }
    takeScalars();
  }

  /// Schedules every equation that has no frame and waits for nothing, as one group.
  void takeScalars() {
    Group group;
    SmallVector<EquationOp> waiting;
    for (EquationOp equation : scalars) {
      if (!isReady(equation)) {
        waiting.push_back(equation);
        continue;
      }
      group.members.push_back({equation, -1});
      scheduled.insert(equation);
    }
    scalars = std::move(waiting);
    if (!group.members.empty())
      groups.push_back(std::move(group));
  }

  /// Schedules the largest group that grows from a seed, over the choices of its frame.
  void takeStripes(EquationOp seed) {
    Trial best;
    std::pair<int64_t, bool> bestScore{-1, false};
    for (unsigned index : candidates(seed)) {
      Trial trial;
      trial.frame = seed.getExtents()[index];
      trial.add(seed, index);
      grow(trial);
      std::pair<int64_t, bool> score{0, isOutermost(seed, index)};
      for (EquationOp member : trial.order)
        score.first += countPoints(member);
      if (score > bestScore) {
        best = std::move(trial);
        bestScore = score;
      }
    }
    Group group{best.frame, {}};
    for (EquationOp member : best.order) {
      group.members.push_back({member, static_cast<int>(best.indices.lookup(member))});
      scheduled.insert(member);
    }
    groups.push_back(std::move(group));
  }

  bool isOutermost(EquationOp equation, unsigned index) {
    return layouts.orderOf(equation.getResult()).front() == bareAxis(equation.getWrite(), index);
  }

  /// Joins whatever reads a value of the group, in program order, until nothing more fits.
  void grow(Trial &trial) {
    std::set<unsigned> open;
    for (unsigned seen = 0;;) {
      for (; seen < trial.order.size(); ++seen)
        for (Operation *user : trial.order[seen]->getUsers())
          if (isa<EquationOp>(user) && !trial.contains(user) && !scheduled.contains(user))
            open.insert(positions.lookup(user));
      if (open.empty() || trial.order.size() >= mostMembers)
        return;
      EquationOp next = equations[*open.begin()];
      open.erase(open.begin());
      if (!trial.contains(next))
        join(trial, next, -1);
    }
  }

  /// Adds an equation and what it still waits for. `index` is its frame index, -1 if that follows from what it reads of
  /// the group. On failure the group is as before.
  bool join(Trial &trial, EquationOp equation, int index) {
    unsigned size = trial.order.size();
    ArrayRef<Flow> reads = flows[positions.lookup(equation)];
    if (llvm::any_of(reads, [&](const Flow &flow) { return waitsForAlone(flow); }) ||
        !agree(trial, equation, reads, index) || !joinProducers(trial, reads, index) ||
        !agree(trial, equation, reads, index)) {
      trial.shrink(size);
      return false;
    }
    if (!trial.contains(equation))
      trial.add(equation, index);
    return true;
  }

  /// Finds the frame index that every read of the group's values asks for, and whether the equation can have it.
  bool agree(Trial &trial, EquationOp equation, ArrayRef<Flow> reads, int &index) const {
    for (const Flow &flow : reads) {
      EquationOp producer = flow.producer;
      if (!producer || !trial.contains(producer))
        continue;
      int axis = bareAxis(producer.getWrite(), trial.indices.lookup(producer));
      auto dim = dyn_cast_or_null<AffineDimExpr>(flow.viaView ? AffineExpr() : flow.read.getResult(axis));
      if (!dim || (index >= 0 && dim.getPosition() != static_cast<unsigned>(index)))
        return false;
      index = dim.getPosition();
    }
    return index >= 0 && equation.getExtents()[index] == trial.frame &&
           llvm::is_contained(candidates(equation), unsigned(index));
  }

  bool joinProducers(Trial &trial, ArrayRef<Flow> reads, unsigned index) {
    for (const Flow &flow : reads) {
      EquationOp producer = flow.producer;
      if (!producer || scheduled.contains(producer) || trial.contains(producer))
        continue;
      if (flow.viaView || !joinAlong(trial, flow, index))
        return false;
    }
    return true;
  }

  /// Joins a producer so that its frame runs along an axis that the reader reads with `index`.
  bool joinAlong(Trial &trial, const Flow &flow, unsigned index) {
    EquationOp producer = flow.producer;
    for (auto [axis, expr] : llvm::enumerate(flow.read.getResults())) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      auto own = dyn_cast<AffineDimExpr>(producer.getWrite().getResult(axis));
      if (dim && own && dim.getPosition() == index && trial.order.size() < mostMembers &&
          join(trial, producer, own.getPosition()))
        return true;
    }
    return false;
  }

  const Layouts &layouts;
  SmallVector<EquationOp> equations, scalars; ///< in program order; those without a frame that wait
  SmallVector<SmallVector<Flow>> flows;       ///< of each equation
  /// Loops, routines and barriers, each with the number of equations before it; those from `nextAlone` on are not
  /// scheduled.
  SmallVector<std::pair<Operation *, size_t>> alone;
  size_t nextAlone = 0;
  llvm::DenseMap<Operation *, unsigned> positions;
  llvm::DenseSet<Operation *> scheduled;
  SmallVector<Group> groups;
};

} // namespace

SmallVector<Group> nn::formGroups(Block &block, const Layouts &layouts) { return Grouper(block, layouts).run(); }
