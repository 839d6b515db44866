// Which grids become one.
#include "Target/GPU/Merge.h"
#include "Kernels/Arena.h"

#include "noether/abi.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace nn;

/// A kernel takes 4096 bytes of parameters.
static constexpr size_t mostParameters = 500;

static bool isConstant(int64_t space) {
  return space == NN_GPU_CONSTANTS || space == NN_GPU_ZEROS || space == NN_GPU_SETTINGS;
}

/// True if two operands may share memory. An argument of a loop's body lies in any block that the body does not own.
static bool mayOverlap(const Grid::Operand &a, const Grid::Operand &b) {
  if (isConstant(a.place.space) || isConstant(b.place.space))
    return false;
  if (a.place.space == NN_GPU_WORKSPACE || b.place.space == NN_GPU_WORKSPACE)
    return a.place.space == b.place.space && a.place.offset == b.place.offset;
  if (a.place.space >= NN_GPU_ARGUMENT || b.place.space >= NN_GPU_ARGUMENT)
    return true;
  return a.place.space == b.place.space && a.place.offset < b.place.offset + b.bytes &&
         b.place.offset < a.place.offset + a.bytes;
}

static bool conflict(const Grid &a, const Grid &b) {
  return llvm::any_of(a.operands, [&](const Grid::Operand &x) {
    return llvm::any_of(b.operands,
                        [&](const Grid::Operand &y) { return (x.written || y.written) && mayOverlap(x, y); });
  });
}

GridGroups nn::mergeGrids(std::vector<Grid> grids) {
  GridGroups groups;
  std::vector<Grid> held; // those that wait for more to be merged with; none of them needs another one
  // Lets go those for which it is time, as one group.
  auto release = [&](llvm::function_ref<bool(const Grid &)> isTime) {
    auto first = std::stable_partition(held.begin(), held.end(), [&](const Grid &grid) { return !isTime(grid); });
    if (first == held.end())
      return;
    groups.emplace_back(std::make_move_iterator(first), std::make_move_iterator(held.end()));
    held.erase(first, held.end());
  };
  auto always = [](const Grid &) { return true; };
  for (Grid &grid : grids) {
    release([&](const Grid &other) { return conflict(grid, other); });
    if (!grid.mergeable) {
      groups.emplace_back();
      groups.back().push_back(std::move(grid));
      continue;
    }
    size_t parameters = grid.operands.size();
    for (const Grid &other : held)
      parameters += other.operands.size();
    if (parameters > mostParameters)
      release(always);
    held.push_back(std::move(grid));
  }
  release(always);
  return groups;
}

int64_t nn::placeWorkspace(GridGroups &groups) {
  struct Life {
    int64_t bytes, first, last;
  };
  llvm::MapVector<int64_t, Life> lives;
  auto forEach = [&](llvm::function_ref<void(Grid::Operand &, int64_t now)> what) {
    for (auto [now, group] : llvm::enumerate(groups))
      for (Grid &grid : group)
        for (Grid::Operand &operand : grid.operands)
          if (operand.place.space == NN_GPU_WORKSPACE)
            what(operand, int64_t(now));
  };
  forEach([&](Grid::Operand &operand, int64_t now) {
    lives.try_emplace(operand.place.offset, Life{operand.bytes, now, now}).first->second.last = now;
  });
  Arena arena;
  llvm::DenseMap<int64_t, int64_t> places;
  for (auto &[buffer, life] : lives)
    places[buffer] = arena.place(life.bytes, life.first, life.last);
  forEach([&](Grid::Operand &operand, int64_t) { operand.place.offset = places.lookup(operand.place.offset); });
  return arena.size();
}

MergedKernel nn::mergedKernelOf(const std::vector<Grid> &group, llvm::SmallVectorImpl<GPUOperand> &operands) {
  MergedKernel kernel;
  for (const Grid &grid : group) {
    MergedKernel::Member member{grid.piece, grid.blocks, {}};
    for (const Grid::Operand &operand : grid.operands) {
      const GPUOperand &place = operand.place;
      auto *found = llvm::find_if(operands, [&](const GPUOperand &other) {
        return other.space == place.space && other.offset == place.offset;
      });
      member.parameters.push_back(unsigned(found - operands.begin()));
      if (found == operands.end())
        operands.push_back(place);
    }
    kernel.members.push_back(std::move(member));
  }
  kernel.parameterCount = unsigned(operands.size());
  return kernel;
}

std::string MergedKernel::key() const {
  std::string text;
  for (const Member &member : members)
    text += member.piece + " " + llvm::itostr(member.blocks) + " " +
            llvm::join(llvm::map_range(member.parameters, [](unsigned k) { return llvm::utostr(k); }), " ") + "\n";
  return text;
}
