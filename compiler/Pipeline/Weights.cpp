// Refusing a checkpoint that does not fit when the program is built, not when the executable starts.
#include "Pipeline/Weights.h"
#include "Dialect/NN/IR/NN.h"
#include "core/Text.h"
#include "io/Matching.h"
#include "noether/abi.h"

namespace nn {
namespace {

int64_t dtypeOf(mlir::Type type) {
  return type.isF64()         ? NN_F64
         : type.isF32()       ? NN_F32
         : type.isF16()       ? NN_F16
         : type.isBF16()      ? NN_BF16
         : type.isInteger(1)  ? NN_BOOL
         : type.isInteger(64) ? NN_I64
                              : NN_I32;
}

/// What an executable of this module loads: parameters and states of models; it may have states of optimizers, too.
std::vector<nnrt::WantedTensor> wantedTensors(mlir::ModuleOp module) {
  std::vector<nnrt::WantedTensor> wanted;
  auto add = [&](llvm::StringRef path, mlir::Type type, bool needed) {
    auto tensor = llvm::cast<mlir::RankedTensorType>(type);
    wanted.push_back({path.str(), dtypeOf(tensor.getElementType()), tensor.getShape().vec(), needed});
  };
  for (auto parameter : module.getOps<ParameterOp>())
    add(parameter.getSymName(), parameter.getType(), true);
  for (auto state : module.getOps<StateVarOp>())
    add(state.getSymName(), state.getType(), state.getRole() == "model");
  return wanted;
}

void report(const nnrt::WeightProblem &problem, llvm::StringRef path, DiagnosticEngine &diagnostics) {
  using Kind = nnrt::WeightProblem::Kind;
  const nnrt::WantedTensor *wanted = problem.wanted;
  const nnrt::StoredTensor *stored = problem.stored;
  std::string here = wanted ? nnrt::typeText(wanted->dtype, wanted->shape) : "";
  std::string there = stored ? nnrt::typeText(stored->dtype, stored->shape) : "";
  switch (problem.kind) {
  case Kind::Missing:
    diagnostics.report(diag::WeightsMissing, {}, path, wanted->path, here);
    return;
  case Kind::Differs:
    diagnostics.report(diag::WeightsDiffer, {}, wanted->path, here, path, there);
    return;
  case Kind::Ambiguous:
    diagnostics.report(diag::WeightsUnclear, {}, path, nnrt::problemText(problem, ""))
        .help("give layers names, `hidden = dense(64)`: these do not depend on what stands before");
    return;
  case Kind::Unknown:
    diagnostics.report(diag::WeightsUnknown, {}, stored->name, there, path);
    return;
  }
}

} // namespace

std::unique_ptr<llvm::MemoryBuffer> readWeights(llvm::StringRef path, mlir::ModuleOp module,
                                                DiagnosticEngine &diagnostics) {
  auto read = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!read) {
    std::string reason = read.getError().message();
    reason.front() = llvm::toLower(reason.front());
    diagnostics.report(diag::CannotRead, {}, path, reason);
    return nullptr;
  }
  auto bytes = reinterpret_cast<const uint8_t *>((*read)->getBufferStart());
  auto file = nnrt::parseSafetensors(bytes, (*read)->getBufferSize(), path.str());
  if (!file) {
    diagnostics.report(diag::WeightsMalformed, {}, file.text());
    return nullptr;
  }
  std::vector<nnrt::WantedTensor> wanted = wantedTensors(module);
  nnrt::WeightMatch match = nnrt::matchWeights(wanted, *file, /*passOver=*/true);
  for (const nnrt::WeightProblem &problem : match.problems)
    report(problem, path, diagnostics);
  for (size_t i : match.renamed)
    if (wanted[i].needed && match.problems.empty())
      diagnostics.report(diag::WeightsRenamed, {}, wanted[i].path, match.sources[i]->name, path);
  return match.problems.empty() ? std::move(*read) : nullptr;
}

} // namespace nn
