// Proposals that leave the model as it is: claims of subgroups of what is written.
#include "Pipeline/ClaimFix.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace nn {

/// The name of what is called; null for other expressions.
static const ast::NameRef *calleeOf(const ast::Call &call) {
  return llvm::dyn_cast_or_null<ast::NameRef>(ast::stripParens(call.callee));
}

/// Shifts by the divisors that all sizes have, as groups of smaller sizes: `Z(4)` moves an axis of 8 by 2.
static std::vector<std::string> stridesOf(const ast::Call &call, llvm::StringRef name) {
  std::vector<uint64_t> sizes;
  for (const ast::Arg &arg : call.args)
    if (auto *size = llvm::dyn_cast<ast::IntLit>(ast::stripParens(arg.value)))
      sizes.push_back(size->value);
  std::vector<std::string> groups;
  if (sizes.size() != call.args.size() || sizes.empty())
    return groups;
  for (uint64_t step = 2; step < *llvm::min_element(sizes); ++step) {
    if (llvm::any_of(sizes, [&](uint64_t size) { return size % step != 0; }))
      continue;
    std::vector<std::string> smaller;
    for (uint64_t size : sizes)
      smaller.push_back(std::to_string(size / step));
    groups.push_back(name.str() + "(" + llvm::join(smaller, ", ") + ")");
  }
  return groups;
}

/// Subgroups of what is written, in the same notation, the largest first.
static std::vector<std::string> subgroupsOf(const SourceManager &sources, const ast::Expr *expr) {
  expr = ast::stripParens(expr);
  std::vector<std::string> subgroups;
  if (auto *product = llvm::dyn_cast<ast::Binary>(expr)) {
    std::string left = sources.text(product->lhs->range).str(), right = sources.text(product->rhs->range).str();
    for (const std::string &smaller : subgroupsOf(sources, product->lhs))
      subgroups.push_back(smaller + " * " + right);
    for (const std::string &smaller : subgroupsOf(sources, product->rhs))
      subgroups.push_back(left + " * " + smaller);
    return subgroups;
  }
  auto *call = llvm::dyn_cast<ast::Call>(expr);
  const ast::NameRef *name = call ? calleeOf(*call) : nullptr;
  if (!name)
    return subgroups;
  llvm::StringRef own = name->name;
  std::string sizes = sources.text(call->parens).str();
  auto names = llvm::StringSwitch<std::vector<std::string>>(own)
                   .Case("S", {"Z"})
                   .Case("O", {"SO"})
                   .Case("E", {"SE", "O", "SO"})
                   .Case("SE", {"SO"})
                   .Case("D", {"C"})
                   .Case("GL", {"SL"})
                   .Case("U", {"SU"})
                   .Default({});
  for (const std::string &smaller : names)
    subgroups.push_back(smaller + sizes);
  auto *order = call->args.size() == 1 ? llvm::dyn_cast<ast::IntLit>(ast::stripParens(call->args[0].value)) : nullptr;
  for (uint64_t step = 2; order && (own == "C" || own == "D") && step < order->value; ++step)
    if (order->value % step == 0)
      subgroups.push_back(own.str() + "(" + std::to_string(order->value / step) + ")");
  if (own == "D")
    subgroups.push_back("D(1)");
  if (own == "Z" || own == "shifts")
    llvm::append_range(subgroups, stridesOf(*call, own));
  if (own == "semidirect")
    for (const ast::Arg &arg : call->args)
      subgroups.push_back(sources.text(arg.value->range).str());
  return subgroups;
}

std::vector<Proposal> weakerClaims(const SourceManager &sources, const UnprovedClaim &unproved) {
  const ast::Action &action = *unproved.claim->actions[unproved.action];
  std::vector<Proposal> proposals;
  for (const std::string &subgroup : subgroupsOf(sources, action.group))
    proposals.push_back({{{action.group->range, subgroup}}, "claim what holds: `" + subgroup + "`"});
  // Shifts along one axis of a grid: each is a group of one axis.
  auto *call = llvm::dyn_cast<ast::Call>(ast::stripParens(action.group));
  const ast::NameRef *name = call ? calleeOf(*call) : nullptr;
  auto oneAxis = [&](size_t axis) {
    std::vector<Proposal::Edit> edits{
        {action.group->range, ("Z(" + sources.text(call->args[axis].value->range) + ")").str()}};
    for (const auto *spaces : {&action.on, &action.output})
      for (const ast::Space *space : *spaces) {
        if (!space->isGrid || space->axes.size() != call->args.size() || space->path.empty())
          return std::vector<Proposal::Edit>();
        edits.push_back({space->range, space->path[0].text + "." + space->axes[axis].text.text});
      }
    return edits;
  };
  for (size_t axis = 0; name && name->name == "shifts" && action.hasOn && axis < call->args.size(); ++axis)
    if (std::vector<Proposal::Edit> edits = oneAxis(axis); !edits.empty())
      proposals.push_back({edits, "claim what holds: shifts along one axis"});
  return proposals;
}

} // namespace nn
