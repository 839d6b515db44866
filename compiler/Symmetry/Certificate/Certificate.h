// Certificates: proofs of symmetry, written down so that they can be replayed without the prover.
#pragma once

#include "Symmetry/Prover/ClaimCheck.h"

#include "llvm/Support/JSON.h"

#include <set>

namespace nn {

/// The nn form of a claim, before the prover composes copies in it. Operations of the flat function that the prover
/// works on are numbered, so that they are found here.
class ClaimForm {
public:
  /// `sizes` are those of the claim's dimension variables.
  ClaimForm(mlir::ModuleOp flat, llvm::ArrayRef<std::pair<std::string, int64_t>> sizes);

  std::string text() const;
  const std::string &digest() const { return hash; }
  /// The operation of this form that `op` of the flat function was.
  mlir::Operation *origin(mlir::Operation *op) const;
  mlir::Value origin(mlir::Value value) const;
  std::string name(mlir::Value value) const { return names.lookup(origin(value)); }

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::string hash;
  std::vector<mlir::Operation *> operations; ///< by number
  llvm::DenseMap<mlir::Value, std::string> names;
};

/// All that is proved of one program, and the forms that it is proved of.
class CertificateWriter {
public:
  /// Action `number` of the claim in the flat module has this proof.
  void add(const ClaimForm &form, mlir::ModuleOp flat, unsigned number, llvm::ArrayRef<prover::Derivation> proof);
  bool empty() const { return claims.empty(); }
  void printClaims(llvm::raw_ostream &out) const;
  /// The forms, one behind the other as MLIR splits files.
  void printForms(llvm::raw_ostream &out) const;

private:
  llvm::json::Array claims;
  std::set<std::pair<std::string, unsigned>> certified;   ///< digests and actions
  std::vector<std::pair<std::string, std::string>> forms; ///< digest and text
};

} // namespace nn
