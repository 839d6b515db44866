// Lines of `nnc check --conserved`.
#include "Pipeline/ConservedReport.h"
#include "Symmetry/Conserved/Conserved.h"
#include "core/Text.h"

namespace nn {

using conserved::Conservation;
using conserved::Objective;
using conserved::Quantity;

static void printQuantities(llvm::ArrayRef<Quantity> quantities, const Objective &objective, bool nearly,
                            llvm::raw_ostream &out) {
  for (const Quantity &quantity : quantities) {
    out << "  " << nnrt::withThousands(quantity.count) << (quantity.count == 1 ? " number" : " numbers")
        << (nearly ? ", nearly: " : ": ") << conserved::describe(quantity, objective.parameters()) << '\n'
        << "    " << conserved::describeSymmetry(quantity, objective.parameters()) << ": Lie derivative "
        << nnrt::format("%.1g", quantity.error) << '\n';
  }
}

/// `title`: "objective 2 of train".
static void printObjective(const Objective &objective, const std::string &title, llvm::raw_ostream &out) {
  std::optional<Conservation> found = conserved::findConserved(objective);
  if (!found) {
    out << title << ": what it conserves is not known, since its gradient at random examples cannot be computed\n";
    return;
  }
  for (unsigned parameter : found->unreached)
    out << title << " does not depend on " << objective.parameters()[parameter].path << '\n';
  if (found->exact.empty() && found->nearly.empty()) {
    out << title
        << ": gradient flow conserves nothing, since no scaling of units and no shift of weights leaves it as it is\n";
    return;
  }
  out << title << ": gradient flow conserves\n";
  printQuantities(found->exact, objective, /*nearly=*/false, out);
  printQuantities(found->nearly, objective, /*nearly=*/true, out);
}

void printConserved(const checked::Program &program, mlir::ModuleOp module, llvm::raw_ostream &out) {
  for (RecipeOp recipe : module.getOps<RecipeOp>()) {
    std::vector<Objective> objectives = Objective::of(module, recipe);
    std::string name = recipe.getSymName().str();
    if (objectives.empty())
      out << name << ": what it conserves is not known, since its step follows no gradient by parameters\n";
    for (size_t k = 0; k < objectives.size(); ++k)
      printObjective(objectives[k],
                     (objectives.size() == 1 ? "objective of " : "objective " + std::to_string(k + 1) + " of ") + name,
                     out);
  }
  for (const checked::Parameter &parameter : program.parameters)
    if (!parameter.invariances.empty())
      out << "  " << parameter.path << " stands for its coefficients there, which are what is trained\n";
}

} // namespace nn
