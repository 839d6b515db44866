// Counts operations and bytes of one equation.
#include "Target/CPU/Work.h"
#include "Target/CPU/EquationInfo.h"
#include "Target/CPU/ISA.h"

#include "Dialect/NN/IR/EquationUtils.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nn;

static double operationsOf(Operation &op) {
  bool real = op.getNumResults() && isa<FloatType>(op.getResult(0).getType());
  bool free = isa<arith::ConstantOp, arith::SelectOp, arith::SIToFPOp, arith::ExtFOp, arith::TruncFOp>(op);
  if (isa<math::FmaOp>(op))
    return 2;
  if (isa<DotPairsOp>(op))
    return 3;
  return (real && !free && op.getNumOperands()) || isa<arith::CmpFOp>(op) ? 1 : 0;
}

/// The bytes of a buffer that an equation touches: no more than its points have addresses for.
static double bytesOf(Value buffer, AffineMap map, const EquationInfo &info) {
  if (buffer.getDefiningOp<ScratchOp>())
    return 0;
  auto type = cast<MemRefType>(buffer.getType());
  double size = std::max<unsigned>(1, type.getElementTypeBitWidth() / 8);
  return size * double(std::min(info.countPoints(info.dimListOf(map)), type.getNumElements()));
}

Work nn::workOf(EquationOp op) {
  EquationInfo info(op);
  Work work;
  double points = double(countPoints(op));
  for (Operation &inner : op.getBodyBlock().without_terminator())
    work.operations += operationsOf(inner);
  bool combines = llvm::any_of(info.reduced, [&](unsigned d) { return info.extents[d] > 1; }) || op.getAccumulate();
  work.operations = points * (work.operations + (combines ? 1 : 0));
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    if (!op.getBodyBlock().getArgument(k).use_empty())
      work.bytesRead += bytesOf(input, op.getRead(k), info);
  for (auto [j, table] : llvm::enumerate(op.getTables()))
    work.bytesRead += bytesOf(table, op.getTableMap(j), info);
  work.bytesWritten = bytesOf(op.getDest(), op.getWrite(), info);
  if (op.getAccumulate())
    work.bytesRead += work.bytesWritten;
  return work;
}

double nn::nanosecondsOf(EquationOp op, ISA isa) {
  Work work = workOf(op);
  auto form = op->getAttrOfType<StringAttr>("nn.form");
  bool scatters = form && form.getValue() == "scatter";
  bool contracts = op.getCombine() == Combine::sum && op.getInputs().size() > 1;
  // Operations in a nanosecond for each lane of a vector; bytes in a nanosecond.
  double perLane = contracts ? 4 : 1, bytes = 20;
  double operations = scatters ? 1 : perLane * describe(isa).vectorBits / 32;
  return std::max(work.operations / operations, (work.bytesRead + work.bytesWritten) / bytes);
}
