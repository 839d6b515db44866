// Small changes to one equation that several passes make.
#pragma once

#include "Dialect/NN/IR/EquationUtils.h"

namespace nn {

/// Removes what the body does not use: operations, inputs and tables. Returns the equation, which is a new one if
/// inputs or tables went away.
EquationOp dropUnused(EquationOp op);

/// The sum of tensors of one type, by one equation; the only one itself.
mlir::Value addAll(mlir::OpBuilder &builder, mlir::Location loc, llvm::ArrayRef<mlir::Value> values);

/// Moves inputs that are constants into the body, and folds the body. Returns the equation as it is now; an equation of
/// one known value becomes a constant, and then null is returned.
EquationOp foldConstants(EquationOp op);

/// True if a derivative is taken by the value: whatever computes with it has to go on reading it.
bool isVariable(mlir::Value value);

/// True if each element of the result is the body at one point and each point has one: kind map without condition,
/// written by a permutation of the box.
bool isPlainMap(EquationOp op);

/// True if an equation only moves or repeats what it reads.
bool isMovement(EquationOp op);

/// Reads through producers that only move or repeat: broadcasts, transposes, slices; gathers into maps. Returns the
/// equation as it is now.
EquationOp readThroughMovements(EquationOp op);

/// Replaces a copy of a whole tensor by that tensor; true if it was one.
bool replaceIdentityCopy(EquationOp op);

/// A copy that is all that reads a result, and each of its cells at most once, goes: the result is written where the
/// copy would put it. So a gradient of what was padded is not computed for the padding. True if it was one.
bool writeWhereRead(EquationOp op);

/// Reads input k of an equation from what its producer, a plain map, reads: the producer's body becomes part of the
/// consumer's. Returns the new consumer; the producer stays for its other readers.
EquationOp inlineProducer(EquationOp consumer, unsigned k);
/// True if `inlineProducer` applies to input k: the producer is a plain map, or one whose domain the consumer's
/// implies.
bool canInlineProducer(EquationOp consumer, unsigned k);

/// Replaces tables that hold an index in order by the index. Returns the equation as it is now.
EquationOp readIndexTables(EquationOp op);

/// Moves affine conditions under which a reduction's body yields the identity into its `where`. Returns the equation as
/// it is now.
EquationOp liftConditions(EquationOp op);

/// Replaces `if c then x[..] else f` by `x[..]` where x is read with fill f, and outside wherever c fails, in place.
void dropFilledSelects(EquationOp op);

/// Replaces indices that an equation in `where` fixes by what they equal. Returns the equation as it is now.
EquationOp eliminateEqualities(EquationOp op);

/// Removes from `where` what holds at every point of the box. Returns the equation as it is now.
EquationOp dropImplied(EquationOp op);

/// Replaces quotients and rests in subscripts and conditions that are the same at every point of the box, in place.
void foldQuotients(EquationOp op);

/// The factors of a product in a body.
void collectFactors(mlir::Value value, llvm::SmallVectorImpl<mlir::Value> &factors);

/// Splits a sum of products: some factors are multiplied and summed first, over the indices that only they use. Returns
/// the equation as it is now.
EquationOp orderContraction(EquationOp op);

/// An index that only counts repetitions: sum[b] x becomes a multiplication by its extent. Returns the equation as it
/// is now.
EquationOp countRepetitions(EquationOp op);

/// Rewrites each equation that something uses, in order, loops inside; what comes in its place belongs to the same call
/// of a recomputed function.
void rewriteEquations(mlir::Block &block, llvm::function_ref<void(EquationOp)> rewrite);

/// Removes equal and unused operations of a function.
void cleanUp(mlir::func::FuncOp function);

} // namespace nn
