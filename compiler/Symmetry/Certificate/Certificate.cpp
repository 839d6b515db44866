// From proofs to JSON; compiler/Symmetry/Replay/README.md describes what is written.
#include "Symmetry/Certificate/Certificate.h"
#include "AutoDiff/Passes.h"
#include "Dialect/NN/Transforms/Passes.h"
#include "Symmetry/Prover/Elements.h"
#include "Symmetry/Replay/Statement.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
namespace json = llvm::json;

namespace nn {

/// Derivatives become equations; those that cannot are left, and the checker refuses them.
static OwningOpRef<ModuleOp> differentiated(ModuleOp module) {
  OwningOpRef<ModuleOp> copy(module.clone());
  auto isDerivative = [](Operation *op) { return isa<GradOp, JvpOp, JacobianOp>(op); };
  WalkResult found =
      copy->walk([&](Operation *op) { return isDerivative(op) ? WalkResult::interrupt() : WalkResult::advance(); });
  if (!found.wasInterrupted())
    return copy;
  ScopedDiagnosticHandler silent(module.getContext(), [](Diagnostic &) { return success(); });
  PassManager passes(module.getContext());
  passes.addNestedPass<func::FuncOp>(createNormalize());
  passes.addNestedPass<func::FuncOp>(createDifferentiate());
  return succeeded(passes.run(*copy)) ? std::move(copy) : OwningOpRef<ModuleOp>(module.clone());
}

/// The action with axes for all that it moves, also where the program leaves them out. What has none is refused when it
/// is checked.
static Attribute withAxes(Attribute attr, func::FuncOp function) {
  ActionSpec action = *ActionSpec::of(attr);
  auto group = symmetry::parseGroup(action.group);
  if (!group) {
    llvm::consumeError(group.takeError());
    return attr;
  }
  for (SpaceSpec &space : action.spaces) {
    Type type = space.result ? function.getResultTypes()[space.leaf] : function.getArgumentTypes()[space.leaf];
    auto whole = prover::withAxes(**group, cast<ShapedType>(type).getShape(), space);
    if (whole)
      space = *whole;
    else
      llvm::consumeError(whole.takeError());
  }
  Builder builder(attr.getContext());
  return action.toAttr(builder);
}

ClaimForm::ClaimForm(ModuleOp flat, llvm::ArrayRef<std::pair<std::string, int64_t>> sizes)
    : module(differentiated(flat)) {
  Builder builder(flat.getContext());
  NamedAttrList chosen;
  for (const auto &[name, size] : sizes)
    chosen.set(name, builder.getI64IntegerAttr(size));
  module->walk([&](ClaimOp claim) {
    claim->setAttr(sizesAttrName, chosen.getDictionary(flat.getContext()));
    auto function = module->lookupSymbol<func::FuncOp>(claim.getFunction());
    SmallVector<Attribute> actions;
    for (Attribute action : claim.getActions())
      actions.push_back(withAxes(action, function));
    claim.setActionsAttr(builder.getArrayAttr(actions));
  });
}

void CertificateWriter::add(const ClaimForm &form, int64_t number, llvm::ArrayRef<std::string> moving) {
  json::Object states;
  for (const std::string &state : moving)
    states[state] = "moves";
  replay::Statement statement;
  llvm::cantFail(statement.read(form.get(), number, states));
  std::string digest = statement.text.getString("form")->str();
  if (!certified.insert({digest, number}).second)
    return;
  claims.push_back(std::move(statement.text));
  if (llvm::any_of(forms, [&](const auto &each) { return each.first == digest; }))
    return;
  std::string text;
  llvm::raw_string_ostream(text) << form.get();
  forms.emplace_back(digest, text);
}

void CertificateWriter::printClaims(llvm::raw_ostream &out) const {
  out << llvm::formatv("{0:2}", json::Value(json::Array(claims))) << '\n';
}

void CertificateWriter::printForms(llvm::raw_ostream &out) const {
  for (const auto &[digest, text] : forms)
    out << (&text == &forms.front().second ? "" : "// -----\n") << text;
}

} // namespace nn
