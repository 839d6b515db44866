// Certificates: what is proved of a program, so that it can be proved again without the prover.
#pragma once

#include "Dialect/NN/IR/Claims.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/JSON.h"

#include <set>

namespace nn {

/// The nn form of a claim, with everything inlined and derivatives as equations.
class ClaimForm {
public:
  /// `sizes` are those of the claim's dimension variables.
  ClaimForm(mlir::ModuleOp flat, llvm::ArrayRef<std::pair<std::string, int64_t>> sizes);
  mlir::ModuleOp get() const { return mlir::ModuleOp(module.get()); }

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// All that is proved of one program, and the forms that it is proved of.
class CertificateWriter {
public:
  /// Action `number` of the form's claim is proved. `moving` are the states of an optimizer that move like its weights.
  void add(const ClaimForm &form, int64_t number, llvm::ArrayRef<std::string> moving);
  void printClaims(llvm::raw_ostream &out) const;
  /// The forms, one behind the other as MLIR splits files.
  void printForms(llvm::raw_ostream &out) const;

private:
  llvm::json::Array claims;
  std::set<std::pair<std::string, int64_t>> certified;    ///< digests and actions
  std::vector<std::pair<std::string, std::string>> forms; ///< digest and text
};

} // namespace nn
