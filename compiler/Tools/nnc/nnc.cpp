// nnc, the compiler: reads the command line and calls.
#include "CommandLine.h"
#include "Commands.h"
#include "Pipeline/CrashReport.h"

int main(int argc, char **argv) {
  nn::installCrashReport(argc, argv);
  auto parsed = nn::parseCommandLine(argc, argv);
  if (const int *status = std::get_if<int>(&parsed))
    return *status;
  const nn::Invocation &invocation = std::get<nn::Invocation>(parsed);
  switch (invocation.command) {
  case nn::Command::Build:
    return nn::build(invocation);
  case nn::Command::Run:
    return nn::run(invocation);
  case nn::Command::Check:
    return nn::check(invocation);
  case nn::Command::Show:
    return nn::show(invocation);
  case nn::Command::Doc:
    return nn::doc(invocation);
  case nn::Command::Explain:
    return nn::explain(invocation);
  }
}
