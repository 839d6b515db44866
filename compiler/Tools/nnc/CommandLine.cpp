// The command line of `nnc`, declared to CLI11; what it says about mistakes is our own.
#include "CommandLine.h"
#include "Pipeline/Version.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/raw_ostream.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace nn {
namespace {

constexpr int usageExit = 2;

/// The options as strings; `finish` gives them their types.
class CommandLine {
public:
  CommandLine();
  std::variant<Invocation, int> parse(int argc, char **argv);

private:
  void addBuild();
  void addRun();
  void addCheck();
  void addShow();
  void addDoc();
  void addExplain();
  CLI::App *add(Command command, const std::string &name, const std::string &description);
  void addFile(CLI::App *app);
  void addCompileOptions(CLI::App *app);
  void addErrorFormat(CLI::App *app);

  const CLI::App *chosen() const;
  int unexpected(const CLI::App &app);
  int finish();
  int usage(const llvm::Twine &message, const llvm::Twine &help = "");

  CLI::App app{
      "nnc compiles a Noether program, a description of a neural network and its training, to one executable."};
  std::vector<std::pair<Command, CLI::App *>> commands;
  Invocation invocation;
  std::string file, emit = "exe", errorFormat = "human";
  std::vector<std::string> settings;
};

CommandLine::CommandLine() {
  app.name("nnc");
  app.set_version_flag("--version", versionText(), "Print version, commit, LLVM and targets");
  app.set_help_flag("-h,--help", "Print this help");
  app.get_formatter()->column_width(34);
  addBuild();
  addRun();
  addCheck();
  addShow();
  addDoc();
  addExplain();
}

CLI::App *CommandLine::add(Command command, const std::string &name, const std::string &description) {
  CLI::App *sub = app.add_subcommand(name, description);
  commands.emplace_back(command, sub);
  sub->set_help_flag("-h,--help", "Print this help");
  return sub;
}

void CommandLine::addFile(CLI::App *sub) {
  sub->add_option("FILE", file, "The program, a .nn file")->required()->type_name("");
}

void CommandLine::addErrorFormat(CLI::App *sub) {
  sub->add_option("--error-format", errorFormat, "How errors are printed: human, or json (one object a line)")
      ->type_name("FORMAT");
}

void CommandLine::addCompileOptions(CLI::App *sub) {
  CompileOptions &compile = invocation.compile;
  sub->add_option("--data", compile.dataDirectory, "Another folder to look for data sets in")->type_name("DIR");
  sub->add_option("--weights", compile.weights, "A checkpoint to put inside the executable")->type_name("FILE");
  sub->add_option("--set", settings, "Another value for one of the program's settings")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->take_all();
  sub->add_option("--target", compile.target,
                  "What to compile for: cpu,cuda (default, or $NNC_TARGET); cpu; sm_90, .. (cuda, with binary code)")
      ->type_name("LIST");
  sub->add_option("--isa", compile.isa, "Instruction sets: baseline,avx2,avx512,avx512bf16; native; neon")
      ->type_name("LIST");
  addErrorFormat(sub);
}

void CommandLine::addBuild() {
  CLI::App *sub = add(Command::Build, "build", "Compile a program to an executable");
  addFile(sub);
  CompileOptions &compile = invocation.compile;
  sub->add_option("-o,--output", compile.output, "Where the result goes (-: standard output)")->type_name("OUT");
  sub->add_option("--emit", emit, "Stop after a stage: " + llvm::join(stageNames(), ", "))->type_name("STAGE");
  sub->add_option("--print-after", compile.printAfter, "Print the IR after a pass (repeatable)")
      ->type_name("PASS")
      ->expected(1)
      ->take_all();
  addCompileOptions(sub);
}

void CommandLine::addRun() {
  CLI::App *sub = add(Command::Run, "run", "Compile a program and run it: nnc run FILE -- ARGS");
  addFile(sub);
  sub->add_option("ARGS", invocation.arguments, "Arguments of the program, after --")->type_name("");
  addCompileOptions(sub);
}

void CommandLine::addCheck() {
  CLI::App *sub = add(Command::Check, "check", "Find what is wrong with programs without compiling them");
  sub->add_option("FILES", invocation.files, "The programs, .nn files")->required()->type_name("");
  sub->add_flag("--numeric", invocation.compile.testSymmetry, "Run the model to test proved symmetries, too");
  sub->add_flag("--explain", invocation.compile.explainSymmetry, "Print how symmetries are proved");
  sub->add_flag("--conserved", invocation.compile.conserved, "Print the numbers that gradient flow keeps");
  sub->add_flag("--fix", invocation.compile.fixClaims, "Mend claims of symmetry that are wrong, in the file");
  sub->add_option("--witness", invocation.compile.witness, "Write the first case in which a claim of symmetry fails")
      ->type_name("FILE");
  sub->add_option("--certificate", invocation.compile.certificate,
                  "Write proofs to replay: FILE, and beside it their nn form")
      ->type_name("FILE");
  addCompileOptions(sub);
}

void CommandLine::addShow() {
  CLI::App *sub = add(Command::Show, "show", "Print a definition of the standard library, or list its names");
  sub->add_option("NAME", invocation.subject, "`dense`, `softmax`, ...")->type_name("");
}

void CommandLine::addDoc() {
  CLI::App *sub = add(Command::Doc, "doc", "Document the standard library, a function of it, or a program");
  sub->add_option("NAME", invocation.subject, "`dense`, `softmax`, ..., a file of the library, or a .nn file")
      ->type_name("");
  sub->add_flag("--markdown", invocation.markdown, "Print a whole page, as Markdown");
}

void CommandLine::addExplain() {
  CLI::App *sub = add(Command::Explain, "explain", "Explain a diagnostic by its code, or list them all");
  sub->add_option("CODE", invocation.subject, "As printed: NN0201")->type_name("");
}

const CLI::App *CommandLine::chosen() const {
  for (auto [command, sub] : commands)
    if (*sub)
      return sub;
  return &app;
}

int CommandLine::usage(const llvm::Twine &message, const llvm::Twine &help) {
  llvm::errs() << "error: " << message << '\n';
  if (!help.isTriviallyEmpty())
    llvm::errs() << "  = help: " << help << '\n';
  const CLI::App *sub = chosen();
  llvm::errs() << "  = help: `nnc " << (sub == &app ? "" : sub->get_name() + " ") << "--help` lists what there is\n";
  return usageExit;
}

/// Words that nothing takes: a misspelled subcommand or option.
int CommandLine::unexpected(const CLI::App &sub) {
  std::vector<std::string> extras = app.remaining(/*recurse=*/true);
  std::string word = extras.empty() ? "" : extras.front();
  std::string what = llvm::StringRef(word).starts_with("-") ? "option" : &sub == &app ? "command" : "argument";
  std::vector<std::string> known;
  if (what == "command")
    for (auto [command, each] : commands)
      known.push_back(each->get_name());
  else
    for (const CLI::Option *option : sub.get_options())
      known.push_back(option->get_name());
  std::string bare = word.substr(0, word.find('='));
  std::optional<llvm::StringRef> best = closest(bare, known);
  std::string whose = &sub == &app ? "nnc" : "nnc " + sub.get_name();
  return usage(whose + " has no " + what + " `" + bare + "`", best ? "did you mean `" + best->str() + "`?" : "");
}

/// What an executable is for if nobody says it; what runs here, and is gone then, needs nothing for another machine.
static std::string defaultTarget(Command command) {
  const char *wanted = std::getenv("NNC_TARGET");
  if (wanted && *wanted)
    return wanted;
  bool useful = command == Command::Build || llvm::sys::DynamicLibrary::getPermanentLibrary("libcuda.so.1").isValid();
  return useful ? "cpu,cuda" : "cpu";
}

/// Gives the options their types; 0 if all is well.
int CommandLine::finish() {
  for (auto [command, sub] : commands)
    if (*sub)
      invocation.command = command;
  if (!file.empty())
    invocation.files = {file};
  std::optional<Stage> stage = parseStage(emit);
  if (!stage) {
    std::optional<llvm::StringRef> best = closest(emit, stageNames());
    return usage("`--emit` takes " + llvm::join(stageNames(), ", ") + ", not `" + emit + "`",
                 best ? "did you mean `" + best->str() + "`?" : "");
  }
  invocation.compile.emit = *stage;
  if (!invocation.compile.certificate.empty() && invocation.files.size() > 1)
    return usage("`--certificate` takes the proofs of one program, not of " + llvm::Twine(invocation.files.size()));
  if (errorFormat != "human" && errorFormat != "json")
    return usage("`--error-format` takes human or json, not `" + errorFormat + "`");
  invocation.errorFormat = errorFormat == "json" ? ErrorFormat::Json : ErrorFormat::Human;
  for (llvm::StringRef setting : settings) {
    auto [name, value] = setting.split('=');
    if (name.empty() || value.empty())
      return usage("`--set` takes NAME=VALUE, not `" + setting + "`");
    invocation.compile.settings.emplace_back(name.str(), value.str());
  }
  bool makesExecutable = invocation.command != Command::Check && *stage == Stage::Exe;
  if (makesExecutable && invocation.compile.target.empty())
    invocation.compile.target = defaultTarget(invocation.command);
  return 0;
}

std::variant<Invocation, int> CommandLine::parse(int argc, char **argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp &) {
    llvm::outs() << chosen()->help(chosen() == &app ? "" : "nnc");
    return 0;
  } catch (const CLI::CallForVersion &) {
    llvm::outs() << versionText();
    return 0;
  } catch (const CLI::ExtrasError &) {
    return unexpected(*chosen());
  } catch (const CLI::RequiredError &error) {
    return usage("nnc " + chosen()->get_name() + ": " + error.what());
  } catch (const CLI::ParseError &error) {
    return usage(error.what());
  }
  if (chosen() == &app) {
    llvm::errs() << app.help();
    return usageExit;
  }
  if (int status = finish())
    return status;
  return std::move(invocation);
}

} // namespace

std::variant<Invocation, int> parseCommandLine(int argc, char **argv) { return CommandLine().parse(argc, argv); }

} // namespace nn
