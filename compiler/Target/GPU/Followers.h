// Maps that the threads of a piece go on with, cell by cell. For use within this room.
//
// Note [Followers]
// A piece begins with an equation that says which thread has which cell. A map that has one point for each of these
// cells may run there, too: a bias, an activation, a mask, the update of the weight whose gradient a cell is. It finds
// what the piece has computed in registers, and what nobody else reads is never stored. The same holds for a chain of
// maps, and for the maps behind a sum that several threads share.
//
// Point and cell are matched by the subscripts of what the map reads of the piece, or else, where a chain of maps may
// go on, by those of what it writes. A map may join if no member writes what another one touches at another cell: by
// then another thread may have come there or not. It may also join past pieces in between that it has nothing to do
// with.
#pragma once

#include "Target/CPU/EquationEmitter.h"
#include "Target/GPU/Overlaps.h"
#include "Target/GPU/Stripes.h"

namespace nn {

/// A map as a follower of a piece; nothing: it cannot be one.
std::optional<Follower> followerOf(const Piece &piece, EquationOp op);

/// A buffer and the subscripts at which an equation reads or writes it, in indices of its own box or of the leader's.
struct Access {
  mlir::Value buffer;
  mlir::AffineMap map;
  bool writes;
};

/// All of a piece's, in indices of the leader.
llvm::SmallVector<Access> accessesInCells(const Piece &piece);

/// True if two equations have to stay in their order.
bool dependOnEachOther(EquationOp a, EquationOp b);

/// Emits what followers do at a cell of `leader`, whose value is given, and stores all that has to be.
class FollowersEmitter {
public:
  FollowersEmitter(mlir::OpBuilder &b, const Piece &piece, const BlockStripe &stripe,
                   const llvm::DenseMap<mlir::Value, BufferRef> &buffers);
  /// `place`: the values of the leader's indices; those of reduced ones are not used. Results of all members, the
  /// leader's first.
  llvm::SmallVector<mlir::Value> compute(mlir::ValueRange place, mlir::Value value);
  /// Stores results of `compute`.
  void store(EquationEmitter &leader, mlir::ValueRange place, mlir::ValueRange results);

private:
  llvm::SmallVector<mlir::Value> placeOf(const Follower &follower, mlir::ValueRange place);

  mlir::OpBuilder &b;
  const Piece &piece;
  std::vector<std::unique_ptr<EquationInfo>> infos;
  std::vector<std::unique_ptr<Schedule>> schedules;
  std::vector<std::unique_ptr<EquationEmitter>> emitters;
};

} // namespace nn
