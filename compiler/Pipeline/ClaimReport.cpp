// Claims of symmetry are checked on a copy of the module in which everything is inlined.
#include "Pipeline/ClaimReport.h"
#include "Dialect/NN/Transforms/Passes.h"
#include "Pipeline/Locations.h"
#include "Pipeline/RunPasses.h"
#include "Pipeline/WitnessFile.h"
#include "Symmetry/Certificate/Certificate.h"
#include "Symmetry/Prover/Border.h"
#include "Symmetry/Prover/ClaimCheck.h"
#include "Symmetry/Prover/ComposeCopies.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace nn {

using prover::Verdict;

/// "1.2e-07".
static std::string shortNumber(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.2g", value);
  return text;
}

/// What an error in single precision says beside that in double: rounding grows with the precision, a difference stays.
static std::string singleText(const prover::Measured &measured) {
  if (!measured.singleError)
    return "";
  constexpr double same = 10;
  std::string text = " (f32: " + shortNumber(*measured.singleError);
  if (measured.error == 0 || *measured.singleError == 0)
    return text + ")";
  double ratio = *measured.singleError / measured.error;
  return text + ", " + (ratio < same ? "about the same" : shortNumber(ratio) + " times as much") + ")";
}

/// "1.2e-07 in 24 tests", and how large the error is to first order.
static std::string testsText(const prover::Measured &measured) {
  std::string text =
      shortNumber(measured.error) + singleText(measured) + " in " + std::to_string(measured.trials) + " tests";
  return measured.lieError ? text + ", Lie derivative " + shortNumber(*measured.lieError) : text;
}

/// "n = 5, e = 7".
static std::string describe(llvm::ArrayRef<std::pair<std::string, int64_t>> sizes) {
  std::vector<std::string> parts;
  for (const auto &[name, size] : sizes)
    parts.push_back(name + " = " + std::to_string(size));
  return llvm::join(parts, ", ");
}

namespace {

/// A claim at one choice of sizes.
struct Choice {
  mlir::ModuleOp module;
  mlir::OwningOpRef<mlir::ModuleOp> flat;
  std::string sizes;
  std::optional<ClaimForm> form; ///< with certificates
};

class ClaimReport {
public:
  ClaimReport(const ast::SymmetryClaim *written, DiagnosticEngine &diagnostics, const ClaimOptions &options,
              llvm::raw_ostream *out)
      : written(written), diagnostics(diagnostics), options(options), out(out) {}

  bool report(llvm::ArrayRef<Choice> choices, size_t number, llvm::StringRef variables);

private:
  Verdict check(const Choice &choice, ClaimOp claim, const ActionSpec &action, prover::Testing testing);
  Verdict checkAgain(const Choice &choice, size_t number);
  const Choice *nextIfVacuous(llvm::ArrayRef<Choice> choices, const Choice *choice, const Verdict &verdict);
  void suggest(Diagnostic &report, const Choice &choice, size_t action, SourceRange place, const Verdict &verdict);
  void keepWitness(const Choice &choice, ClaimOp claim, const ActionSpec &action, const Verdict &verdict);
  bool refuse(const Choice &choice, ClaimOp claim, size_t number, const Verdict &verdict);
  void makeLarger();
  bool isLarger(const Choice &choice) const {
    return !larger.empty() && &choice >= &larger.front() && &choice <= &larger.back();
  }
  std::string borderText(const Choice &choice, size_t number);
  bool holdsForAll(size_t number, const Verdict &verdict);
  void certify(const Choice &choice, size_t number, const Verdict &verdict);
  bool refuseVacuous(ClaimOp claim, const ActionSpec &action, const Verdict &verdict);
  void warn(ClaimOp claim, const ActionSpec &action, const Verdict &verdict);
  std::string place(mlir::Location location) const;
  prover::Testing testing() const { return options.numeric ? prover::Testing::All : prover::Testing::Unproved; }
  SourceRange claimed(ClaimOp claim) const { return rangeOf(claim.getLoc(), diagnostics.sources); }
  /// Where a proof ends, or the claim itself.
  SourceRange broken(ClaimOp claim, const Verdict &verdict) const {
    SourceRange range = verdict.broken && verdict.broken->op
                            ? rangeOf(verdict.broken->op->getLoc(), diagnostics.sources)
                            : SourceRange();
    return range.valid() ? range : claimed(claim);
  }

  const ast::SymmetryClaim *written;
  DiagnosticEngine &diagnostics;
  const ClaimOptions &options;
  llvm::raw_ostream *out;
  std::vector<ClaimModule> largerModules;
  std::vector<Choice> larger; ///< made where the others say nothing
  std::optional<std::vector<ClaimModule>> drawnModules;
  std::vector<Choice> drawn;
};

} // namespace

/// The modules of a claim, each with a copy in which everything is inlined; none after an error.
static std::vector<Choice> choicesOf(llvm::ArrayRef<ClaimModule> modules, DiagnosticEngine &diagnostics,
                                     bool certified = false) {
  std::vector<Choice> choices;
  for (const ClaimModule &each : modules) {
    Choice choice{*each.module, mlir::OwningOpRef<mlir::ModuleOp>(each.module.get().clone()), describe(each.sizes),
                  std::nullopt};
    if (!runPasses(*choice.flat, diagnostics, {}, [](mlir::OpPassManager &p) { p.addPass(createInlineSpecialize()); }))
      return {};
    if (certified)
      choice.form.emplace(*choice.flat, each.sizes);
    for (mlir::func::FuncOp function : choice.flat->getOps<mlir::func::FuncOp>())
      prover::composeCopies(function);
    choices.push_back(std::move(choice));
  }
  return choices;
}

std::string ClaimReport::place(mlir::Location location) const {
  SourceRange range = rangeOf(location, diagnostics.sources);
  if (!range.valid())
    return "the model";
  llvm::StringRef text = diagnostics.sources.text(range).split('\n').first;
  return "line " + std::to_string(diagnostics.sources.lineColumn(range.file, range.begin).line) + ": " +
         text.take_front(60).str();
}

static ClaimOp claimOf(const Choice &choice) {
  return *mlir::ModuleOp(choice.module)->getRegion(0).getOps<ClaimOp>().begin();
}

static unsigned outputsOf(const Choice &choice, ClaimOp claim) {
  return mlir::ModuleOp(choice.module).lookupSymbol<mlir::func::FuncOp>(claim.getFunction()).getNumResults();
}

/// Remembers the first witness as what the executable can run again.
void ClaimReport::keepWitness(const Choice &choice, ClaimOp claim, const ActionSpec &action, const Verdict &verdict) {
  if (!options.witness || !options.witness->empty() || !verdict.witness)
    return;
  auto function = mlir::ModuleOp(choice.module).lookupSymbol<mlir::func::FuncOp>(claim.getFunction());
  auto output = function.getResultAttrOfType<BindAttr>(verdict.witness->difference.result, bindingAttrName);
  *options.witness = witnessJson(claimText(claim, action), *verdict.witness, output.getName());
}

/// The parameter that does not move along: where everything is inlined, an argument.
static std::string culpritOf(const prover::Broken &broken) {
  auto argument = llvm::dyn_cast_or_null<mlir::BlockArgument>(broken.culprit);
  auto function = argument ? llvm::dyn_cast<mlir::func::FuncOp>(argument.getOwner()->getParentOp()) : nullptr;
  auto bind = function ? function.getArgAttrOfType<BindAttr>(argument.getArgNumber(), bindingAttrName) : BindAttr();
  return bind && bind.getKind() == Binding::param ? bind.getName().rsplit('.').second.str() : "";
}

/// Adds the smallest fix that was found to work, as a change of a line or in words; else what may help.
void ClaimReport::suggest(Diagnostic &report, const Choice &choice, size_t action, SourceRange place,
                          const Verdict &verdict) {
  std::optional<ClaimFix> fix;
  if (options.suggest && !isLarger(choice)) // fixes are proved at the smaller sizes, which say nothing then
    fix = options.suggest({written, action, place, culpritOf(*verdict.broken)});
  if (!fix) {
    if (!verdict.broken->help.empty())
      report.help(verdict.broken->help);
    return;
  }
  const SourceManager &sources = diagnostics.sources;
  bool oneLine = sources.lineColumn(fix->range.file, fix->range.begin).line ==
                     sources.lineColumn(fix->range.file, fix->range.end).line &&
                 !llvm::StringRef(fix->replacement).contains('\n');
  if (oneLine)
    report.fix(fix->range, fix->replacement, fix->help);
  else
    report.help(fix->help);
}

bool ClaimReport::refuse(const Choice &choice, ClaimOp claim, size_t number, const Verdict &verdict) {
  ActionSpec action = *ActionSpec::of(claim.getActions()[number]);
  llvm::StringRef subject = claim.getSubject(), kind = claim.getKind();
  unsigned outputs = outputsOf(choice, claim);
  if (claim.getWithin()) {
    auto &report =
        diagnostics.report(diag::ClaimTooFar, claimed(claim), subject, kind, action.written,
                           shortNumber(verdict.measured->error), shortNumber(claim.getWithin()->convertToDouble()));
    if (verdict.witness)
      report.note(describe(*verdict.witness, outputs));
    return false;
  }
  auto &report = diagnostics.report(diag::ClaimRefuted, broken(claim, verdict), subject, kind, action.written,
                                    verdict.broken->why);
  if (broken(claim, verdict) != claimed(claim))
    report.label(claimed(claim), "claimed here");
  report.note(describe(*verdict.witness, outputs));
  if (!choice.sizes.empty())
    report.note("this was found with " + choice.sizes);
  if (verdict.broken->keeps)
    report.note(*verdict.broken->keeps == "trivial" ? "no permutation but the identity keeps it"
                                                    : "only " + *verdict.broken->keeps + " keeps it");
  if (verdict.survives)
    report.note("it holds under " + *verdict.survives);
  else if (std::string text = borderText(choice, number); !text.empty())
    report.note(text);
  suggest(report, choice, number, broken(claim, verdict), verdict);
  return false;
}

/// A claim of which tests say nothing; where its output is not finite, the place in the program where that begins.
bool ClaimReport::refuseVacuous(ClaimOp claim, const ActionSpec &action, const Verdict &verdict) {
  SourceRange place;
  for (mlir::Location location : verdict.measured ? verdict.measured->notFinite : std::vector<mlir::Location>())
    if (SourceRange range = rangeOf(location, diagnostics.sources);
        !place.valid() && range.valid() && range.file == claimed(claim).file)
      place = range;
  auto &report = diagnostics.report(diag::ClaimVacuous, place.valid() ? place : claimed(claim), claim.getSubject(),
                                    action.written, verdict.measured ? verdict.measured->vacuous : verdict.why);
  if (place.valid())
    report.label(claimed(claim), "claimed here");
  return false;
}

void ClaimReport::warn(ClaimOp claim, const ActionSpec &action, const Verdict &verdict) {
  std::string why = verdict.broken ? verdict.broken->why : verdict.why;
  auto &report = diagnostics.report(diag::ClaimUndecided, broken(claim, verdict), claim.getSubject(), claim.getKind(),
                                    action.written, why);
  if (broken(claim, verdict) != claimed(claim))
    report.label(claimed(claim), "claimed here");
  if (verdict.measured)
    report.note(llvm::formatv("{0} tests found no difference beyond {1}", verdict.measured->trials,
                              shortNumber(verdict.measured->error))
                    .str());
}

Verdict ClaimReport::check(const Choice &choice, ClaimOp claim, const ActionSpec &action, prover::Testing testing) {
  auto placeOf = [&](mlir::Location location) { return place(location); };
  return prover::checkClaim(choice.module, *choice.flat, claim, action, testing, placeOf);
}

/// What is proved at one choice of sizes, at another: there a proof is enough, and tests are for what has none.
Verdict ClaimReport::checkAgain(const Choice &choice, size_t number) {
  ClaimOp claim = claimOf(choice);
  ActionSpec action = *ActionSpec::of(claim.getActions()[number]);
  if (!options.numeric) {
    Verdict proved = check(choice, claim, action, prover::Testing::None);
    if (proved.kind == Verdict::Kind::Proved)
      return proved;
  }
  return check(choice, claim, action, testing());
}

/// Whether a proof that two choices of sizes share is one for all: see Note [For all sizes].
bool ClaimReport::holdsForAll(size_t number, const Verdict &verdict) {
  if (!drawnModules) {
    drawnModules = options.drawn ? options.drawn(written) : std::vector<ClaimModule>();
    DiagnosticEngine silent(diagnostics.sources); // other claims may be wrong already
    drawn = choicesOf(*drawnModules, silent);
  }
  if (drawn.empty())
    return false;
  ClaimOp claim = claimOf(drawn[0]);
  ActionSpec action = *ActionSpec::of(claim.getActions()[number]);
  return isSameProof(verdict, check(drawn[0], claim, action, prover::Testing::None));
}

void ClaimReport::certify(const Choice &choice, size_t number, const Verdict &verdict) {
  if (options.certificates && verdict.kind == Verdict::Kind::Proved)
    options.certificates->add(*choice.form, int64_t(number), verdict.moving);
}

void ClaimReport::makeLarger() {
  if (!options.larger || !larger.empty())
    return;
  largerModules = options.larger(written);
  DiagnosticEngine silent(diagnostics.sources); // other claims may be wrong already
  larger = choicesOf(largerModules, silent, options.certificates);
}

/// Of shifts that a border breaks: where they hold. Small grids are all border.
std::string ClaimReport::borderText(const Choice &choice, size_t number) {
  auto at = [&](const Choice &some) {
    ClaimOp claim = claimOf(some);
    return prover::findBorder(some.module, claim, *ActionSpec::of(claim.getActions()[number]), /*seed=*/3);
  };
  auto border = at(choice);
  if (!border && !choice.sizes.empty())
    makeLarger();
  for (size_t k = 0; k < larger.size() && !border; ++k)
    border = at(larger[k]);
  if (!border)
    return "";
  std::string places = std::to_string(border->margin) + (border->isGrid ? " pixel" : " place");
  places += border->margin == 1 ? "" : "s";
  return border->ofInput
             ? "in tests, it holds for inputs with an empty border of " + places + ", before and after the shift"
             : "in tests, it holds for the output but for a border of " + places + ", before and after the shift";
}

/// The next choice of sizes where tests say nothing at this one: windows and offsets may need more to look at.
const Choice *ClaimReport::nextIfVacuous(llvm::ArrayRef<Choice> choices, const Choice *choice, const Verdict &verdict) {
  bool isVacuous = verdict.kind == Verdict::Kind::Undecided && verdict.measured && verdict.measured->trials == 0 &&
                   verdict.measured->notFinite.empty();
  if (!isVacuous || choices[0].sizes.empty())
    return nullptr;
  if (isLarger(*choice))
    return choice == &larger.back() ? nullptr : choice + 1;
  if (choice + 1 != choices.end())
    return choice + 1;
  makeLarger();
  return larger.empty() ? nullptr : larger.data();
}

/// Reports action `number` of the claim.
bool ClaimReport::report(llvm::ArrayRef<Choice> choices, size_t number, llvm::StringRef variables) {
  ClaimOp claim = claimOf(choices[0]);
  ActionSpec action = *ActionSpec::of(claim.getActions()[number]);
  const Choice *choice = &choices[0];
  Verdict verdict = check(*choice, claim, action, testing());
  for (const Choice *other = nextIfVacuous(choices, choice, verdict); other;
       other = nextIfVacuous(choices, choice, verdict)) {
    choice = other, claim = claimOf(*choice);
    verdict = check(*choice, claim, *ActionSpec::of(claim.getActions()[number]), testing());
  }
  certify(*choice, number, verdict);
  std::string scope = choice->sizes.empty() ? "" : " for " + choice->sizes;
  if (verdict.kind == Verdict::Kind::Proved && choice == &choices[0] && choices.size() > 1) {
    Verdict again = checkAgain(choices[1], number);
    certify(choices[1], number, again);
    if (again.kind != Verdict::Kind::Proved) {
      choice = &choices[1], claim = claimOf(choices[1]), verdict = again;
      scope = " for " + choice->sizes;
    } else if (!variables.empty()) {
      bool any = isSameProof(verdict, again) && holdsForAll(number, verdict);
      scope = any ? (" for all " + variables).str() : scope + " and for " + choices[1].sizes;
    }
  }
  keepWitness(*choice, claim, action, verdict);
  bool tested = verdict.measured && verdict.measured->trials > 0;
  std::string line = claimText(claim, action) + ": ";
  std::string tests = tested ? testsText(*verdict.measured) : "";
  switch (verdict.kind) {
  case Verdict::Kind::Invalid:
    diagnostics.report(diag::GroupRefused, claimed(claim), verdict.why);
    return false;
  case Verdict::Kind::Refuted:
    return refuse(*choice, claim, number, verdict);
  case Verdict::Kind::Undecided:
    if (!tested)
      return refuseVacuous(claim, action, verdict);
    warn(claim, action, verdict);
    line += "undecided, no difference beyond " + tests;
    break;
  case Verdict::Kind::Measured:
    line += "measured, within " + tests;
    break;
  case Verdict::Kind::Proved:
    line += "proved" + scope + (tested ? ", and within " + tests : "");
    if (tested && verdict.measured->error > prover::largeError) {
      auto &report = diagnostics.report(diag::InternalError, claimed(claim), "a proof contradicts a test");
      if (verdict.witness)
        report.note(describe(*verdict.witness, outputsOf(*choice, claim)));
      return false;
    }
    break;
  }
  if (out) {
    *out << line << '\n';
    for (const std::string &step : options.explain ? verdict.derivation : std::vector<std::string>())
      *out << "  " << step << '\n';
  }
  return true;
}

std::optional<ProofEnd> proveClaim(llvm::ArrayRef<ClaimModule> modules, DiagnosticEngine &diagnostics, size_t action) {
  ProofEnd end{true, {}, "", ""};
  std::vector<Choice> choices = choicesOf(modules, diagnostics);
  if (choices.empty())
    return std::nullopt;
  for (const Choice &choice : choices) {
    ClaimOp claim = claimOf(choice);
    Verdict verdict =
        prover::checkClaim(choice.module, *choice.flat, claim, *ActionSpec::of(claim.getActions()[action]),
                           prover::Testing::None, [](mlir::Location) { return ""; });
    if (verdict.kind == Verdict::Kind::Invalid)
      return std::nullopt;
    if (verdict.kind == Verdict::Kind::Proved)
      continue;
    const prover::Broken &broken = *verdict.broken;
    SourceRange place = broken.op ? rangeOf(broken.op->getLoc(), diagnostics.sources) : SourceRange();
    return ProofEnd{false, place, culpritOf(broken), broken.why};
  }
  return end;
}

bool reportClaim(const ast::SymmetryClaim *written, llvm::ArrayRef<ClaimModule> modules, DiagnosticEngine &diagnostics,
                 const ClaimOptions &options, llvm::raw_ostream *out) {
  std::vector<Choice> choices = choicesOf(modules, diagnostics, options.certificates);
  if (choices.empty())
    return false;
  std::vector<std::string> variables;
  for (const auto &[name, size] : modules[0].sizes)
    variables.push_back(name);
  ClaimReport report(written, diagnostics, options, out);
  bool holds = true;
  for (size_t number = 0; number < claimOf(choices[0]).getActions().size(); ++number)
    holds &= report.report(choices, number, llvm::join(variables, ", "));
  return holds;
}

} // namespace nn
