// Grouping: a seed equation, one of its indices as the frame, and everything that can share it.
#include "Kernels/Groups.h"
#include "Kernels/Kernels.h"
#include "Kernels/SharedFunctions.h"
#include "Kernels/StripeFrames.h"

#include <map>

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
  SmallVector<int64_t> extents; ///< of the frame, outermost first
  SmallVector<EquationOp> order;
  llvm::DenseMap<Operation *, Frame> indices;

  bool contains(Operation *op) const { return indices.count(op); }
  bool isProduct() const { return extents.size() > 1; }
  void add(EquationOp equation, const Frame &frame) {
    order.push_back(equation);
    indices[equation] = frame;
  }
  void shrink(unsigned size) {
    while (order.size() > size)
      indices.erase(order.pop_back_val());
  }
};

class Grouper {
public:
  Grouper(Block &block, const Layouts &layouts) : layouts(layouts), products(block) {
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
    while (nextAlone < alone.size()) {
      takeEquations(alone[nextAlone].second);
      takeAlone();
    }
    takeEquations(equations.size());
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

  /// The frames that an equation could have: those of the outer products that it touches, or else one index.
  SmallVector<Frame> candidates(EquationOp equation) const {
    if (products.touches(equation))
      if (SmallVector<Frame> frames = products.framesOf(equation); !frames.empty())
        return frames;
    return llvm::map_to_vector(singleIndices(equation), [](unsigned index) { return Frame{index}; });
  }

  /// The indices that could be an equation's frame; those that waste memory only if all do, and one that vectors run
  /// along, which stripes would cut, only if there is no other.
  SmallVector<unsigned> singleIndices(EquationOp equation) const {
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

  bool isReady(EquationOp equation) {
    return llvm::all_of(flows[positions.lookup(equation)], [&](const Flow &flow) {
      return (!flow.producer || scheduled.contains(flow.producer)) && !waitsForAlone(flow);
    });
  }

  bool waitsForAlone(const Flow &flow) const { return flow.alone && !scheduled.contains(flow.alone); }

  /// Schedules the next loop, routine or barrier: all they read stands before them, and is scheduled.
  void takeAlone() {
    groups.push_back({0, {}, {}, alone[nextAlone].first});
    scheduled.insert(alone[nextAlone++].first);
    takeScalars();
  }

  /// Schedules the equations before a position. Outer products wait until nothing else is ready, so that their kernels
  /// find all that sums over them read besides.
  void takeEquations(size_t end) {
    while (true) {
      EquationOp seed;
      for (EquationOp equation : ArrayRef(equations).take_front(end)) {
        if (scheduled.contains(equation) || llvm::is_contained(scalars, equation) || !isReady(equation))
          continue;
        bool waits = products.touches(equation);
        if (!seed || !waits)
          seed = equation;
        if (!waits)
          break;
      }
      if (!seed)
        return;
      takeStripes(seed);
      takeScalars();
    }
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
    for (const Frame &frame : candidates(seed)) {
      Trial trial;
      for (unsigned index : frame)
        trial.extents.push_back(seed.getExtents()[index]);
      if (!trial.isProduct())
        trial.add(seed, frame);
      else if (!join(trial, seed, frame))
        continue;
      grow(trial);
      std::pair<int64_t, bool> score{0, isOutermost(seed, frame.front())};
      for (EquationOp member : trial.order)
        if (!scheduled.contains(member))
          score.first += countPoints(member);
      if (score > bestScore) {
        best = std::move(trial);
        bestScore = score;
      }
    }
    if (best.order.empty()) { // no kernel can compute again what this one reads: it is stored
      Frame frame{singleIndices(seed).front()};
      best.extents = {seed.getExtents()[frame.front()]};
      best.add(seed, frame);
    }
    push(best);
  }

  void push(const Trial &trial) {
    Group group;
    group.frame = trial.extents.back();
    group.outer.assign(trial.extents.begin(), trial.extents.end() - 1);
    for (EquationOp member : trial.order) {
      const Frame &frame = trial.indices.find(member)->second;
      group.members.push_back({member, int(frame.back()), SmallVector<int64_t>(frame.begin(), frame.end() - 1)});
      scheduled.insert(member);
    }
    groups.push_back(std::move(group));
  }

  bool isOutermost(EquationOp equation, unsigned index) {
    return layouts.orderOf(equation.getResult()).front() == bareAxis(equation.getWrite(), index);
  }

  /// True if an equation could still join a group, or is an outer product that leads to one that could.
  bool isOpen(const Trial &trial, Operation *op) const {
    if (!isa<EquationOp>(op) || trial.contains(op))
      return false;
    return !scheduled.contains(op) ||
           (trial.isProduct() && products.contains(op) &&
            llvm::any_of(op->getUsers(), [&](Operation *user) { return isOpen(trial, user); }));
  }

  /// True if a map's result takes more room than all that it reads.
  static bool makesMore(EquationOp equation) {
    int64_t read = 0;
    llvm::SmallDenseSet<Value> inputs;
    for (Value input : equation.getInputs())
      read += inputs.insert(input).second ? byteSize(cast<ShapedType>(input.getType())) : 0;
    return equation.getCombine() == Combine::map && byteSize(equation.getResultType()) > read;
  }

  /// True if an equation is scheduled, or could be after the trial and at most `steps` others one after another.
  bool isNear(const Trial &trial, EquationOp equation, unsigned steps) const {
    return !equation || scheduled.contains(equation) || trial.contains(equation) ||
           llvm::all_of(flows[positions.lookup(equation)], [&](const Flow &flow) {
             return !waitsForAlone(flow) &&
                    (!flow.producer || scheduled.contains(flow.producer) || trial.contains(flow.producer) ||
                     (steps > 0 && isNear(trial, flow.producer, steps - 1)));
           });
  }

  /// True if somebody can read a value soon, and not only to make more of it for those who cannot.
  bool isReadSoon(const Trial &trial, EquationOp equation) const {
    constexpr unsigned fewSteps = 2;
    return llvm::any_of(equation->getUsers(), [&](Operation *user) {
      auto reader = dyn_cast<EquationOp>(user);
      return !reader || (isNear(trial, reader, fewSteps) && (!makesMore(reader) || isReadSoon(trial, reader)));
    });
  }

  /// Removes what would be computed again for nobody, and leaves what takes more room than it is made of, such as the
  /// transforms of a window that a gradient reads, to when somebody reads it.
  void prune(Trial &trial) const {
    for (EquationOp member : llvm::to_vector(llvm::reverse(trial.order)))
      if (trial.order.size() > 1 && !trial.isProduct() && !scheduled.contains(member) && makesMore(member) &&
          llvm::none_of(member->getUsers(), [&](Operation *user) { return trial.contains(user); }) &&
          !isReadSoon(trial, member)) {
        trial.indices.erase(member);
        llvm::erase(trial.order, member);
      }
    for (EquationOp member : llvm::to_vector(llvm::reverse(trial.order)))
      if (scheduled.contains(member) &&
          llvm::none_of(member->getUsers(), [&](Operation *user) { return trial.contains(user); })) {
        trial.indices.erase(member);
        llvm::erase(trial.order, member);
      }
  }

  /// Joins whatever reads a value of the group, in program order, and the siblings of its maps, until nothing more
  /// fits.
  void grow(Trial &trial) {
    std::map<unsigned, Frame> open; ///< by position; the frame where it does not follow from what is read
    for (unsigned seen = 0;;) {
      for (; seen < trial.order.size(); ++seen) {
        EquationOp member = trial.order[seen];
        for (Operation *user : member->getUsers())
          if (isOpen(trial, user))
            open.insert({positions.lookup(user), {}});
        for (EquationOp sibling : trial.isProduct() ? SmallVector<EquationOp>() : siblingsOf(member))
          if (isOpen(trial, sibling) && isReady(sibling))
            open.insert({positions.lookup(sibling), trial.indices.find(member)->second});
      }
      if (open.empty() || trial.order.size() >= mostMembers)
        return prune(trial);
      auto [position, frame] = *open.begin();
      open.erase(open.begin());
      if (!trial.contains(equations[position]))
        join(trial, equations[position], frame);
    }
  }

  /// The maps that compute functions of a tensor where a map over the same box computes them, too, such as a function
  /// and its derivative: in one kernel what they share is computed once. Only results of the root: what is read later
  /// would have to be kept until then, which costs more than the functions.
  static SmallVector<EquationOp> siblingsOf(EquationOp equation) {
    SmallVector<EquationOp> siblings;
    if (equation.getCombine() != Combine::map)
      return siblings;
    for (auto [k, input] : llvm::enumerate(equation.getInputs())) {
      AffineMap map = equation.getRead(k);
      auto readsThere = [&, input = input](EquationOp other) {
        return llvm::any_of(llvm::seq<unsigned>(0, other.getInputs().size()), [&](unsigned j) {
          return other.getInputs()[j] == input && other.getRead(j).getResults() == map.getResults();
        });
      };
      if (!map.isPermutation() || cast<ShapedType>(input.getType()).getNumElements() != countPoints(equation))
        continue;
      for (Operation *user : input.getUsers()) {
        auto other = dyn_cast<EquationOp>(user);
        if (other && other != equation && other.getCombine() == Combine::map &&
            other.getExtents() == equation.getExtents() && readsThere(other) && shareFunctions(equation, other) &&
            llvm::all_of(other->getUsers(), [](Operation *reader) { return isa<func::ReturnOp>(reader); }))
          siblings.push_back(other);
      }
    }
    return siblings;
  }

  /// Adds an equation and what it still waits for. `frame` are its frame indices, empty if they follow from what it
  /// reads of the group. On failure the group is as before.
  bool join(Trial &trial, EquationOp equation, Frame frame) {
    unsigned size = trial.order.size();
    ArrayRef<Flow> reads = flows[positions.lookup(equation)];
    if (llvm::any_of(reads, [&](const Flow &flow) { return waitsForAlone(flow); }) ||
        !agree(trial, equation, reads, frame) || !joinProducers(trial, reads, frame) ||
        !agree(trial, equation, reads, frame)) {
      trial.shrink(size);
      return false;
    }
    if (!trial.contains(equation))
      trial.add(equation, frame);
    return true;
  }

  /// Finds the frame indices that every read of the group's values asks for, and whether the equation can have them.
  bool agree(Trial &trial, EquationOp equation, ArrayRef<Flow> reads, Frame &frame) const {
    for (const Flow &flow : reads) {
      EquationOp producer = flow.producer;
      if (!producer || !trial.contains(producer))
        continue;
      Frame asked;
      for (unsigned index : trial.indices.find(producer)->second) {
        int axis = bareAxis(producer.getWrite(), index);
        auto dim = dyn_cast_or_null<AffineDimExpr>(flow.viaView || axis < 0 ? AffineExpr() : flow.read.getResult(axis));
        if (!dim)
          return false;
        asked.push_back(dim.getPosition());
      }
      if (!frame.empty() && frame != asked)
        return false;
      frame = asked;
    }
    if (frame.empty())
      return false;
    for (auto [index, extent] : llvm::zip(frame, trial.extents))
      if (equation.getExtents()[index] != extent)
        return false;
    return trial.isProduct() ? mayJoinProduct(equation, frame) : llvm::is_contained(candidates(equation), frame);
  }

  /// Whether an equation can run at each place of several indices, without reading more there than a cache holds.
  bool mayJoinProduct(EquationOp equation, const Frame &frame) const {
    if (products.touches(equation))
      return llvm::any_of(products.framesOf(equation), [&](const Frame &candidate) {
        return std::is_permutation(candidate.begin(), candidate.end(), frame.begin(), frame.end());
      });
    return mayFrame(equation, frame) && bytesReadWhole(equation, frame.back()) <= cacheBytes;
  }

  /// True if a value is at hand when the group runs, in memory.
  bool isAtHand(const Trial &trial, EquationOp producer) const {
    return scheduled.contains(producer) && !(trial.isProduct() && products.contains(producer));
  }

  bool joinProducers(Trial &trial, ArrayRef<Flow> reads, const Frame &frame) {
    for (const Flow &flow : reads) {
      EquationOp producer = flow.producer;
      if (!producer || isAtHand(trial, producer) || trial.contains(producer))
        continue;
      if (flow.viaView || !joinAlong(trial, flow, frame))
        return false;
    }
    return true;
  }

  /// Joins a producer so that its frame runs along the axes that the reader reads with `frame`.
  bool joinAlong(Trial &trial, const Flow &flow, const Frame &frame) {
    EquationOp producer = flow.producer;
    Frame own;
    for (unsigned index : frame)
      for (auto [axis, expr] : llvm::enumerate(flow.read.getResults())) {
        auto dim = dyn_cast<AffineDimExpr>(expr);
        auto other = dyn_cast<AffineDimExpr>(producer.getWrite().getResult(axis));
        if (dim && other && dim.getPosition() == index) {
          own.push_back(other.getPosition());
          break;
        }
      }
    return own.size() == frame.size() && trial.order.size() < mostMembers && join(trial, producer, own);
  }

  const Layouts &layouts;
  OuterProducts products;
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
