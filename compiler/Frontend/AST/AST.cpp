/// Spellings of the syntax tree's enumerations.
#include "Frontend/AST/AST.h"

#include <iterator>

namespace nn::ast {

std::string_view kindName(Kind kind) {
  static constexpr std::string_view names[] = {
      "IntLit",       "FloatLit",  "StringLit", "BoolLit",       "Inf",        "NameRef",   "ReducerRef",
      "Member",       "Call",      "Index",     "Unary",         "Binary",     "Pipe",      "If",
      "Lambda",       "Reduce",    "Paren",     "Record",        "List",       "NamedType", "RecordType",
      "FunctionType", "LikeType",  "Param",     "Binder",        "Block",      "Space",     "Action",
      "ParamDecl",    "StateDecl", "Update",    "Derivative",    "Bind",       "ExprStmt",  "Player",
      "Using",        "For",       "Augment",   "StopWhen",      "KeepBest",   "SubjectTo", "Compute",
      "Sweep",        "Plot",      "Report",    "SymmetryClaim", "ShapeClaim", "Use",       "Instance",
      "Function",     "TypeAlias", "Group",     "Data",          "Train",      "Experiment"};
  static_assert(std::size(names) == static_cast<size_t>(Kind::Experiment) + 1);
  return names[static_cast<size_t>(kind)];
}

std::string_view spelling(Reducer reducer) {
  static constexpr std::string_view words[] = {"sum",       "mean",   "max",    "min", "prod",
                                               "logsumexp", "argmax", "argmin", "any", "all"};
  return words[static_cast<size_t>(reducer)];
}

std::string_view spelling(UnaryOp op) { return op == UnaryOp::Neg ? "-" : "not"; }

std::string_view spelling(BinaryOp op) {
  static constexpr std::string_view words[] = {
      "+", "-", "*", "/", "%", "@", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or"};
  return words[static_cast<size_t>(op)];
}

std::string_view spelling(Role role) {
  static constexpr std::string_view words[] = {"model",     "fn",       "loss",   "regularizer",
                                               "optimizer", "schedule", "command"};
  return words[static_cast<size_t>(role)];
}

} // namespace nn::ast
