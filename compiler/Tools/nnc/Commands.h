/// What the subcommands of `nnc` do; each returns the exit status.
#ifndef NOETHER_TOOLS_NNC_COMMANDS_H
#define NOETHER_TOOLS_NNC_COMMANDS_H

#include "CommandLine.h"

namespace nn {

int build(const Invocation &invocation);
int run(const Invocation &invocation);
int check(const Invocation &invocation);
int show(const Invocation &invocation);
int doc(const Invocation &invocation);
int explain(const Invocation &invocation);

} // namespace nn

#endif
