// The order of the stages.
#include "Pipeline/Session.h"
#include "Dialect/NN/IR/NN.h"
#include "Frontend/AST/Printer.h"
#include "Frontend/Emit/Emit.h"
#include "Frontend/Parse/Parser.h"
#include "Frontend/Sema/Sema.h"
#include "Kernels/Passes.h"
#include "Link/Link.h"
#include "Pipeline/ClaimReport.h"
#include "Pipeline/ConservedReport.h"
#include "Pipeline/CrashReport.h"
#include "Pipeline/DataReport.h"
#include "Pipeline/Examples.h"
#include "Pipeline/Locations.h"
#include "Pipeline/Lowering.h"
#include "Pipeline/Modules.h"
#include "Pipeline/OptimizerReport.h"
#include "Pipeline/RunPasses.h"
#include "Pipeline/ShapeReport.h"
#include "Pipeline/StartReport.h"
#include "Pipeline/Stdlib.h"
#include "Pipeline/Targets.h"
#include "Pipeline/Version.h"
#include "Pipeline/Weights.h"
#include "Symmetry/Certificate/Certificate.h"
#include "Symmetry/Prover/ClaimTables.h"
#include "Target/CPU/CPU.h"
#include "Target/GPU/Assemble.h"
#include "Target/GPU/GPU.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SaveAndRestore.h"
#include "llvm/Support/raw_ostream.h"

namespace nn {

Session::Session(CompileOptions options) : options(std::move(options)) {}
Session::~Session() = default;

/// The system's reason as part of a sentence.
static std::string reasonOf(std::error_code error) {
  std::string text = error.message();
  text.front() = llvm::toLower(text.front());
  return text;
}

/// The folder a file lies in, as an absolute path.
static std::string directoryOf(llvm::StringRef path) {
  llvm::SmallString<128> folder(path);
  if (llvm::sys::fs::make_absolute(folder))
    folder = path; // No current folder: what is beside a relative path is found relative, too.
  llvm::sys::path::remove_filename(folder);
  return folder.str().str();
}

mlir::MLIRContext &Session::mlirContext() {
  if (!context) {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context = std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
    context->loadAllAvailableDialects();
  }
  return *context;
}

std::optional<uint32_t> Session::load(llvm::StringRef path) {
  llvm::ErrorOr<uint32_t> file = sources.load(path);
  if (file)
    return *file;
  diagnostics.report(diag::CannotRead, {}, path, reasonOf(file.getError()));
  return std::nullopt;
}

std::unique_ptr<ast::File> Session::parse(llvm::StringRef path) {
  Activity activity("parsing", path.str());
  std::optional<uint32_t> file = load(path);
  return file ? parse::parseFile(sources, *file, diagnostics) : nullptr;
}

mlir::OwningOpRef<mlir::ModuleOp> Session::translate(llvm::StringRef path) {
  IRReports reports(mlirContext(), diagnostics);
  if (path.ends_with(".mlir")) {
    std::optional<uint32_t> file = load(path);
    return file ? mlir::parseSourceString<mlir::ModuleOp>(sources.text(*file), &mlirContext(), path) : nullptr;
  }
  std::unique_ptr<ast::File> program = parse(path);
  Modules modules;
  if (!program || diagnostics.hasErrors() || !loadModules(*program, sources, diagnostics, modules))
    return nullptr;
  Activity activity("checking", path.str());
  std::vector<std::unique_ptr<ast::File>> library = parseStdlib(sources, diagnostics);
  std::vector<const ast::File *> prelude;
  for (const std::unique_ptr<ast::File> &file : library)
    prelude.push_back(file.get());
  sema::Options meaning;
  meaning.sourceDirectory = directoryOf(path);
  meaning.dataDirectory = options.dataDirectory;
  meaning.programName = llvm::sys::path::stem(path).str();
  meaning.measureData = dataReport != nullptr;
  meaning.uses = std::move(modules.uses);
  meaning.settings = options.settings;
  std::unique_ptr<checked::Program> checked = sema::check(*program, prelude, diagnostics, meaning);
  if (!checked)
    return nullptr;
  sizes = checked->sizes;
  // Only an executable can be asked for values.
  checked->traced = !dataReport && options.emit >= Stage::Nvvm; // what an executable holds
  mlir::OwningOpRef<mlir::ModuleOp> module = emit::emit(*checked, mlirContext(), sources, diagnostics);
  if (!module || mlir::failed(mlir::verify(*module)))
    return nullptr;
  if (dataReport) {
    measureExamples(*checked, *module);
    printDataReport(*checked, *dataReport);
    printSymmetricParameters(*checked, *dataReport);
    printRoles(*checked, *dataReport);
    OptimizerReport(sources, mlirContext(), prelude, meaning).print(*program, *checked, *dataReport);
    if (options.conserved)
      printConserved(*checked, *module, *dataReport);
  }
  warnOfEqualUnits(*module, diagnostics);
  if (!checkClaims(*program, prelude, meaning))
    return nullptr;
  if (checked->traced && !sema::symmetryClaimsOf(*program).empty())
    return withClaims(*program, prelude, meaning, std::move(module));
  return module;
}

mlir::OwningOpRef<mlir::ModuleOp> Session::withClaims(const ast::File &program,
                                                      const std::vector<const ast::File *> &prelude,
                                                      const sema::Options &meaning,
                                                      mlir::OwningOpRef<mlir::ModuleOp> without) {
  std::unique_ptr<checked::Program> checked = sema::checkWithClaims(program, prelude, sources, meaning);
  if (!checked)
    return without;
  checked->traced = true;
  DiagnosticEngine silent(sources);
  mlir::OwningOpRef<mlir::ModuleOp> module = emit::emit(*checked, mlirContext(), sources, silent);
  if (!module || mlir::failed(mlir::verify(*module)))
    return without;
  prover::tabulateClaims(*module);
  return module;
}

namespace {

/// A claim of the program, at its choices of sizes.
struct Claimed {
  const ast::Item *written;
  sema::ClaimPrograms programs;
  std::vector<ClaimModule> choices;
};

} // namespace

bool Session::checkClaims(const ast::File &program, const std::vector<const ast::File *> &prelude,
                          const sema::Options &meaning) {
  std::vector<Claimed> claims;
  for (const ast::Item *written : sema::claimsOf(program)) {
    sema::ClaimPrograms programs = sema::checkClaim(written, program, prelude, diagnostics, meaning);
    auto choices = emitClaim(programs, mlirContext(), sources, diagnostics);
    if (!choices)
      return false;
    if (!choices->empty())
      claims.push_back({written, std::move(programs), std::move(*choices)});
  }
  bool holds = !diagnostics.hasErrors();
  std::string witness;
  FixSearch search(sources, mlirContext(), prelude, meaning);
  auto suggest = [&](const UnprovedClaim &unproved) {
    auto found = search.find(program, unproved);
    if (found && !fix)
      fix = found;
    return found;
  };
  CertificateWriter certificates;
  ClaimOptions how{options.testSymmetry,
                   options.explainSymmetry,
                   suggest,
                   &witness,
                   options.certificate.empty() ? nullptr : &certificates,
                   [&](const ast::Item *written) {
                     DiagnosticEngine silent(sources);
                     auto larger = sema::checkLargerClaim(written, program, prelude, sources, meaning);
                     return emitClaim(larger, mlirContext(), sources, silent).value_or(std::vector<ClaimModule>());
                   },
                   [&](const ast::Item *written) {
                     DiagnosticEngine silent(sources);
                     auto drawn = sema::checkDrawnClaim(written, program, prelude, sources, meaning);
                     return emitClaim(drawn, mlirContext(), sources, silent).value_or(std::vector<ClaimModule>());
                   }};
  for (const Claimed &claim : claims) {
    auto *symmetry = llvm::dyn_cast<ast::SymmetryClaim>(claim.written);
    holds &= symmetry ? reportClaim(symmetry, claim.choices, diagnostics, how, dataReport)
                      : reportShape(claim.choices, claim.programs[0]->claims[0], diagnostics, how, dataReport);
  }
  if (!witness.empty() && !options.witness.empty())
    holds &= write(options.witness, [&](llvm::raw_ostream &out) { out << witness; });
  else if (!options.witness.empty() && dataReport)
    *dataReport << "no case was found in which a claim fails, so " << options.witness << " is not written\n";
  return holds && (options.certificate.empty() || writeCertificates(certificates));
}

bool Session::writeCertificates(const CertificateWriter &certificates) {
  llvm::SmallString<128> forms(options.certificate);
  llvm::sys::path::replace_extension(forms, ".mlir");
  return write(options.certificate, [&](llvm::raw_ostream &out) { certificates.printClaims(out); }) &&
         write(forms, [&](llvm::raw_ostream &out) { certificates.printForms(out); });
}

bool Session::rewrite(llvm::StringRef path) {
  return write(path, [&](llvm::raw_ostream &out) { out << fix->text; });
}

bool Session::check(llvm::StringRef path, llvm::raw_ostream &out) {
  std::string report;
  llvm::raw_string_ostream stream(report);
  llvm::SaveAndRestore reporting(dataReport, static_cast<llvm::raw_ostream *>(&stream));
  mlir::OwningOpRef<mlir::ModuleOp> module = translate(path);
  if (!module || diagnostics.hasErrors())
    return false;
  std::optional<Targets> targets = parseTargets(options.target, diagnostics);
  if (!targets || (targets->cuda && !reportGPU(*module, stream)))
    return false;
  out << report;
  return true;
}

/// A number as text in the type of a setting; null if it is not one.
static mlir::TypedAttr parseSetting(llvm::StringRef text, mlir::Type type) {
  if (auto floating = llvm::dyn_cast<mlir::FloatType>(type)) {
    double value;
    return text.getAsDouble(value) ? nullptr : mlir::TypedAttr(mlir::FloatAttr::get(floating, value));
  }
  int64_t value;
  if (text == "true" || text == "false")
    value = text == "true";
  else if (text.getAsInteger(10, value))
    return nullptr;
  return mlir::IntegerAttr::get(type, value);
}

bool Session::applySettings(mlir::ModuleOp module) {
  for (const auto &[name, text] : options.settings) {
    if (sizes.count(name))
      continue;
    auto setting = module.lookupSymbol<SettingOp>(name);
    if (!setting) {
      std::vector<std::string> known;
      for (SettingOp each : module.getOps<SettingOp>())
        known.push_back(each.getSymName().str());
      Diagnostic &report = diagnostics.report(diag::UnknownSetting, {}, name);
      if (std::optional<llvm::StringRef> best = closest(name, known))
        report.help("did you mean `" + *best + "`?");
      else if (!known.empty())
        report.help("its settings are " + llvm::join(known, ", "));
      continue;
    }
    if (mlir::TypedAttr value = parseSetting(text, setting.getValue().getType()))
      setting.setValueAttr(value);
    else
      diagnostics.report(diag::BadSetting, {}, name, text);
  }
  return !diagnostics.hasErrors();
}

bool Session::lower(mlir::ModuleOp module) {
  PassPrinting printing{options.printAfter};
  return runPasses(module, diagnostics, printing, buildTensorPipeline) &&
         runPasses(module, diagnostics, printing, buildKernelPipeline);
}

bool Session::fail(llvm::Error error) {
  std::string text = llvm::toString(std::move(error));
  llvm::StringRef rest = text;
  if (rest.consume_front("internal error: "))
    diagnostics.report(diag::InternalError, {}, rest);
  else if (rest.consume_front("cannot write `" + options.output + "`: "))
    diagnostics.report(diag::CannotWrite, {}, options.output, rest);
  else
    diagnostics.report(diag::CannotLower, {}, rest);
  return false;
}

/// "net.nn:7: `log(p)`": the first line of what is written there, shortened.
static std::string placeText(SourceRange range, const SourceManager &sources) {
  if (!range.valid())
    return "the program";
  constexpr size_t most = 60;
  llvm::StringRef text = sources.text(range).split('\n').first.trim();
  std::string shown = text.size() <= most ? text.str() : (text.take_front(most).rtrim() + " ..").str();
  return (sources.path(range.file) + ":" + llvm::Twine(sources.lineColumn(range.file, range.begin).line) + ": `" +
          shown + "`")
      .str();
}

bool Session::chooseInstructionSets(mlir::ModuleOp module, TargetOptions &target) {
  if (options.isa.empty()) {
    // What is compiled here runs here.
    if (hostISA() == ISA::Baseline)
      target.isas.insert(target.isas.begin(), ISA::Baseline);
    if (dotsPairs(module))
      target.isas.push_back(ISA::AVX512BF16);
    return true;
  }
  target.isas.clear();
  for (llvm::StringRef name : llvm::split(options.isa, ',')) {
    std::optional<ISA> isa = parseISA(name.trim());
    if (!isa) {
      diagnostics.report(diag::UnknownInstructionSet, {}, name)
          .help("known are baseline, avx2, avx512, avx512bf16, neon, and native: that of this machine");
      return false;
    }
    if (!llvm::is_contained(target.isas, *isa))
      target.isas.push_back(*isa);
  }
  llvm::sort(target.isas);
  auto foreign = llvm::find_if(target.isas, [](ISA isa) { return !isLinkable(isa); });
  if (foreign == target.isas.end() || (target.isas.size() == 1 && options.emit != Stage::Exe))
    return true;
  diagnostics.report(diag::ForeignInstructionSet, {}, stringifyISA(*foreign))
      .help("`--isa neon --emit obj` writes its object file, `--emit asm` the assembly");
  return false;
}

bool Session::reportGPU(mlir::ModuleOp module, llvm::raw_ostream &out) {
  if (!lower(module))
    return false;
  auto draft = draftGPU(module);
  if (!draft)
    return fail(draft.takeError());
  if (draft->program.slow.empty()) {
    out << "everything runs on a GPU\n";
    return true;
  }
  out << "everything runs on a GPU; these take a slow way there:\n";
  for (const auto &[location, reason] : draft->program.slow)
    out << "  " << whereText(location) << ": " << reason << '\n';
  return true;
}

std::string Session::whereText(mlir::Location location) {
  SourceRange library = libraryRangeOf(location, sources);
  std::string place = placeText(rangeOf(location, sources), sources);
  return library.valid() ? place + " (" + placeText(library, sources) + ")" : place;
}

bool Session::finish(mlir::ModuleOp module, llvm::StringRef path) {
  Activity activity("compiling to machine code", path.str());
  TargetOptions target;
  std::optional<Targets> targets = parseTargets(options.target, diagnostics);
  if (!targets || !chooseInstructionSets(module, target))
    return false;
  auto writeText = [&](llvm::Expected<std::string> text) {
    return text ? write(options.output, [&](llvm::raw_ostream &out) { out << *text; }) : fail(text.takeError());
  };
  if (options.emit == Stage::Nvvm)
    return writeText(emitNVVM(module));
  if (options.emit == Stage::Ptx || options.emit == Stage::HopperPtx) {
    auto program = emitGPU(module);
    if (!program)
      return fail(program.takeError());
    auto wanted = llvm::find_if(program->codes,
                                [&](const GPUCode &code) { return code.special == (options.emit != Stage::Ptx); });
    return writeText(wanted == program->codes.end() ? "" : wanted->bytes.c_str());
  }
  if (targets->cuda)
    target.gpu = [&](mlir::ModuleOp planned) -> llvm::Expected<GPURest> {
      auto draft = draftGPU(planned);
      if (!draft)
        return draft.takeError();
      return [&, draft = std::move(*draft)]() -> llvm::Expected<GPUProgram> {
        auto program = finishGPU(draft);
        if (!program)
          return program;
        if (auto error = addBinaries(*program, targets->binaries))
          return std::move(error);
        return program;
      };
    };
  target.program.name = llvm::sys::path::stem(path).str();
  target.program.sourceDirectory = directoryOf(path);
  target.program.compiler = versionLine();
  target.placeText = [&](mlir::Location location) { return whereText(location); };
  if (weights)
    target.program.weights = {weights->getBufferStart(), weights->getBufferSize()};
  if (options.emit == Stage::Llvm || options.emit == Stage::Asm)
    return writeText(options.emit == Stage::Llvm ? emitLLVM(module, target) : emitAssembly(module, target));
  if (options.emit == Stage::Obj) {
    auto object = emitObject(module, target);
    return object ? write(options.output, [&](llvm::raw_ostream &out) { out.write(object->data(), object->size()); })
                  : fail(object.takeError());
  }
  auto objects = emitObjects(module, target);
  if (!objects)
    return fail(objects.takeError());
  LinkInputs inputs;
  inputs.objects.append(objects->begin(), objects->end());
  inputs.output = options.output;
  llvm::Error error = linkExecutable(inputs);
  return error ? fail(std::move(error)) : true;
}

bool Session::checkPassNames() {
  auto all = [](mlir::OpPassManager &passes) {
    buildTensorPipeline(passes);
    buildKernelPipeline(passes);
  };
  if (options.printAfter.empty())
    return true;
  std::vector<std::string> known = passNames(mlirContext(), all);
  for (llvm::StringRef name : options.printAfter) {
    llvm::StringRef bare = name;
    bare.consume_front("nn-");
    if (llvm::is_contained(known, bare))
      continue;
    Diagnostic &report = diagnostics.report(diag::UnknownPass, {}, name);
    if (std::optional<llvm::StringRef> best = closest(bare, known))
      report.help("did you mean `" + *best + "`?");
    report.help("the passes are, in order: " + llvm::join(known, ", "));
  }
  return !diagnostics.hasErrors();
}

bool Session::checkOutput(llvm::StringRef path) {
  if (options.output.empty())
    options.output = options.emit == Stage::Exe   ? llvm::sys::path::stem(path).str()
                     : options.emit == Stage::Obj ? llvm::sys::path::stem(path).str() + ".o"
                                                  : "-";
  if (options.output == "-" && options.emit != Stage::Exe)
    return true;
  llvm::StringRef folder = llvm::sys::path::parent_path(options.output);
  std::error_code error = llvm::sys::fs::access(folder.empty() ? "." : folder, llvm::sys::fs::AccessMode::Write);
  if (!error && llvm::sys::fs::is_directory(options.output))
    error = std::make_error_code(std::errc::is_a_directory);
  if (!error)
    return true;
  diagnostics.report(diag::CannotWrite, {}, options.output, reasonOf(error));
  return false;
}

bool Session::write(llvm::StringRef path, llvm::function_ref<void(llvm::raw_ostream &)> print) {
  std::error_code error;
  llvm::raw_fd_ostream stream(path, error);
  if (!error)
    print(stream);
  if (!error && path != "-") {
    stream.close();
    error = stream.error();
    stream.clear_error();
  }
  if (!error)
    return true;
  diagnostics.report(diag::CannotWrite, {}, path, reasonOf(error));
  return false;
}

bool Session::build(llvm::StringRef path) {
  Activity activity("building", path.str());
  if (!checkOutput(path) || !checkPassNames())
    return false;
  if (options.emit == Stage::Ast) {
    std::unique_ptr<ast::File> program = parse(path);
    return program && write(options.output, [&](llvm::raw_ostream &out) { ast::print(out, sources, *program); });
  }
  mlir::OwningOpRef<mlir::ModuleOp> module = translate(path);
  if (!module || !applySettings(*module))
    return false;
  if (!options.weights.empty()) {
    weights = readWeights(options.weights, *module, diagnostics);
    if (!weights)
      return false;
  }
  auto print = [&](llvm::raw_ostream &out) {
    module->print(out);
    out << '\n';
  };
  if (options.emit == Stage::Nn)
    return write(options.output, print);
  if (!lower(*module))
    return false;
  return options.emit == Stage::Kernels ? write(options.output, print) : finish(*module, path);
}

} // namespace nn
