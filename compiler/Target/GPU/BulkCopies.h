// Boxes of an operand that one instruction copies to shared memory (TMA), on GPUs of sm_90a. For use within this room.
//
// Note [Bulk copies]
// `cp.async.bulk.tensor` copies a box of a tensor in the memory of the device, whose sizes and strides a tensor map
// tells, to shared memory, and permutes groups of 16 bytes on the way: in the mode "64-byte swizzle" lines of 16 words
// come to lie as Note [Copies] has them. One thread names the map, the subscripts of the first point and where it
// goes; the others compute no addresses. What lies outside of the tensor is 0.
//
// The tensor is the operand as it lies in memory, axis by axis, so that the subscripts of a box are those of its first
// point: what a convolution reads beside its picture is outside of an axis. Axes that neighbours among the indices of a
// group (rows, columns, matrices, points of the sum) move along one by one are one axis, since tiles count through a
// group as one number. A factor that is copied by 16 bytes has its last axis along the sum; it is copied by boxes if
// - the 16 words of a part lie side by side wherever the part begins, or behind the end of the sum and of the tensor;
// - the lines of a tile are a box: each index of theirs moves along an axis of its own, in the order of the axes, by at
//   most `mostStep`; a tile has all values of the inner ones, a divisor of one, and one value of those before;
// - no condition leaves out points of the sum; those of cells hold at the end, whatever was multiplied;
// - there are at most `mostAxes` axes.
// Lines of the last tile that are behind the end may be anything: nobody stores their cells.
//
// A map holds the address, so it is made for a launch, by the driver: a kernel says which maps it wants as attributes
// of its function, and takes them as parameters behind its operands. Operands that a loop tells by number may begin
// anywhere, and are not copied by 16 bytes.
#pragma once

#include "Target/GPU/GPUProgram.h"
#include "Target/GPU/Tiles.h"

namespace nn {

/// An axis of a tensor, its box, and which subscript the first point of the box has, in indices of the equation.
struct BulkAxis {
  mlir::AffineExpr subscript;
  GPUTensor::Axis shape;
};

/// How a factor's parts are copied, the last axis first; nothing: not by boxes.
std::optional<llvm::SmallVector<BulkAxis>> bulkCopyOf(const EquationInfo &info, const Contraction &contraction,
                                                      const Factor &factor, llvm::ArrayRef<unsigned> lines,
                                                      int64_t edge);

/// Adds a parameter to the function of a piece: the map of a tensor.
mlir::Value addTensorMap(mlir::OpBuilder &b, mlir::Location loc, const GPUTensor &tensor);
/// Takes from a function what it says about its parameters: the maps behind its operands.
llvm::SmallVector<GPUTensor> takeTensorMaps(mlir::Operation *function);

/// Starts the copy of a box. `subscripts`: of its first point, the last axis first; `barrier` learns what has come.
void emitBulkCopy(mlir::OpBuilder &b, mlir::Location loc, mlir::Value map, mlir::ValueRange subscripts, mlir::Value to,
                  mlir::Value barrier);

} // namespace nn
