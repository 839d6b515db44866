// Rewrites of planned kernels that fit them to a GPU before they are cut into pieces. For use within this room.
//
// Note [Parts of sums]
// The gradient of a weight is a sum over a batch in few cells: a handful of tiles, and a GPU has a hundred places for
// them. So a long sum with few tiles becomes sums of parts of it, each of them one matrix of the result in scratch, and
// a sum of these, in their order: results do not depend on what runs when. `partsOf` says how many, see Note [Tiles].
//
// Note [Places in turns]
// What a kernel with outer places (nn.outer) computes for each pair of positions is scratch: on a processor a stripe at
// a time, here, where a block can do no stripe (see Note [Stripes]), stored whole between pieces, places times length
// squared. Places do not touch each other, so a launch is replaced by several, each of as many places as have scratch
// of `mostScratch` bytes: the scores of one launch stay in the second cache of a GPU, and the workspace does not grow
// with the batch. That is done where buffers have places as their first axis, so that those of a launch are a range of
// their bytes, and where nothing but addresses depends on a place's number.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace nn {

/// Cuts long sums with few tiles into parts; see Note [Parts of sums].
void splitSums(mlir::ModuleOp planned);

/// Launches kernels with much scratch for some of their places at a time; see Note [Places in turns].
void splitPlaces(mlir::ModuleOp planned);
/// Lets kernels whose stripes do not fit a block's memory go through them in chunks; see Note [Streams].
void streamStripes(mlir::ModuleOp planned);

/// True if a piece is one of a kernel that `splitPlaces` has made.
bool isPartOfPlaces(llvm::StringRef piece);

std::unique_ptr<mlir::Pass> createSplitSumsPass();
std::unique_ptr<mlir::Pass> createSplitPlacesPass();
std::unique_ptr<mlir::Pass> createStreamStripesPass();

} // namespace nn
