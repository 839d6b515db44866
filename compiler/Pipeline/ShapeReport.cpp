// Claims of convexity and linearity are checked on a copy of the module in which everything is inlined.
#include "Pipeline/ShapeReport.h"
#include "Convexity/ShapeCheck.h"
#include "Dialect/NN/Transforms/Passes.h"
#include "Pipeline/Locations.h"
#include "Pipeline/RunPasses.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace nn {

using convexity::Curvature;
using convexity::Verdict;

static std::string digits(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.4g", value);
  return text;
}

static std::string describe(llvm::ArrayRef<std::pair<std::string, int64_t>> sizes) {
  std::vector<std::string> parts;
  for (const auto &[name, size] : sizes)
    parts.push_back(name + " = " + std::to_string(size));
  return llvm::join(parts, ", ");
}

static llvm::StringRef nameOf(Curvature curvature) {
  constexpr llvm::StringRef names[] = {"constant", "linear", "affine", "convex", "concave", "neither"};
  return names[size_t(curvature)];
}

namespace {

class ShapeReport {
public:
  ShapeReport(const checked::Claim &claim, DiagnosticEngine &diagnostics) : claim(claim), diagnostics(diagnostics) {
    kind = claim.form == checked::Claim::Form::Convex ? "convex" : "linear";
  }

  std::optional<Verdict> check(const ClaimModule &choice);
  void refuse(const Verdict &verdict, const ClaimModule &choice);
  void warn(const Verdict &verdict);
  void explain(const Verdict &verdict, llvm::raw_ostream &out) const;
  std::string line() const { return kind + " " + claim.subject + " in " + claim.variable + ": "; }

private:
  std::string why(const Verdict &verdict) const;
  /// Where the proof ends, or the claim itself.
  SourceRange place(const Verdict &verdict) const {
    SourceRange range = verdict.bend.lost ? rangeOf(verdict.bend.lost->place, diagnostics.sources) : SourceRange();
    return range.valid() ? range : claim.range;
  }

  const checked::Claim &claim;
  DiagnosticEngine &diagnostics;
  std::string kind;
};

} // namespace

std::optional<Verdict> ShapeReport::check(const ClaimModule &choice) {
  mlir::OwningOpRef<mlir::ModuleOp> flat(choice.module.get().clone());
  if (!runPasses(*flat, diagnostics, {}, [](mlir::OpPassManager &p) { p.addPass(createInlineSpecialize()); }))
    return std::nullopt;
  convexity::ShapeClaim asked{claim.form == checked::Claim::Form::Convex, claim.root.function->name, claim.variables,
                              claim.root.results.size()};
  return convexity::checkShape(*choice.module, *flat, asked);
}

/// "line 3: softplus(z)".
static std::string placeOf(mlir::Location location, const SourceManager &sources) {
  SourceRange range = rangeOf(location, sources);
  if (!range.valid())
    return "the function";
  llvm::StringRef text = sources.text(range).split('\n').first;
  return "line " + std::to_string(sources.lineColumn(range.file, range.begin).line) + ": " + text.take_front(60).str();
}

void ShapeReport::explain(const Verdict &verdict, llvm::raw_ostream &out) const {
  for (const convexity::Derived &line : verdict.derivation)
    out << "  " << placeOf(line.place, diagnostics.sources) << ": " << nameOf(line.bend.curvature) << '\n';
}

std::string ShapeReport::why(const Verdict &verdict) const {
  if (verdict.bend.lost)
    return verdict.bend.lost->why;
  return "it is " + nameOf(verdict.bend.curvature).str();
}

void ShapeReport::refuse(const Verdict &verdict, const ClaimModule &choice) {
  const convexity::Witness &witness = *verdict.witness;
  auto &report =
      diagnostics.report(diag::ShapeRefuted, place(verdict), claim.subject, kind, claim.variable, why(verdict));
  if (place(verdict) != claim.range)
    report.label(claim.range, "claimed here");
  std::vector<std::string> entry;
  for (int64_t at : witness.entry)
    entry.push_back(std::to_string(at));
  std::string output = "the output" + (entry.empty() ? "" : "[" + llvm::join(entry, ", ") + "]");
  report.note(witness.first == 0 && witness.second == 0
                  ? output + " is " + digits(witness.between) + " where `" + claim.variable + "` is 0"
                  : output + " is " + digits(witness.first) + " and " + digits(witness.second) +
                        " at two random points, and " + digits(witness.between) + " halfway between them");
  if (!choice.sizes.empty())
    report.note("this was found with " + describe(choice.sizes));
}

void ShapeReport::warn(const Verdict &verdict) {
  auto &report =
      diagnostics.report(diag::ShapeUndecided, place(verdict), claim.subject, kind, claim.variable, why(verdict));
  if (place(verdict) != claim.range)
    report.label(claim.range, "claimed here");
  report.note(verdict.trials ? std::to_string(verdict.trials) + " pairs of points do not contradict it"
                             : "it could not be run at random points");
}

bool reportShape(llvm::ArrayRef<ClaimModule> choices, const checked::Claim &claim, DiagnosticEngine &diagnostics,
                 const ClaimOptions &options, llvm::raw_ostream *out) {
  ShapeReport report(claim, diagnostics);
  std::string scope;
  std::optional<Verdict> verdict;
  const ClaimModule *choice = nullptr;
  for (const ClaimModule &each : choices) {
    choice = &each;
    verdict = report.check(each);
    if (!verdict)
      return false;
    if (verdict->kind != Verdict::Kind::Proved)
      break;
    scope += each.sizes.empty() ? "" : (scope.empty() ? " for " : " and for ") + describe(each.sizes);
    if (each.sizes.empty())
      break;
  }
  if (verdict->kind == Verdict::Kind::Refuted) {
    report.refuse(*verdict, *choice);
    return false;
  }
  if (verdict->kind == Verdict::Kind::Undecided)
    report.warn(*verdict);
  if (!out)
    return true;
  bool proved = verdict->kind == Verdict::Kind::Proved;
  *out << report.line() << (proved ? "proved" + scope : "undecided")
       << (proved && options.certificates ? ", without a certificate" : "") << '\n';
  if (options.explain)
    report.explain(*verdict, *out);
  return true;
}

} // namespace nn
