// Programs that call a function of the standard library, made from its declaration alone.
#pragma once

#include "Frontend/AST/AST.h"

#include <string>
#include <vector>

namespace nn::test {

/// One way to call a function.
struct Call {
  /// Declarations that stand before the command: `model net = dense(3)`.
  std::string top;
  /// `x0: f64[5]`.
  struct Argument {
    std::string name, type;
    bool isFloat;
  };
  std::vector<Argument> arguments;
  /// `net(x0)`.
  std::string expression;
  /// The instance whose parameters the call reads; empty if there is none.
  std::string instance;
};

/// Calls of a declaration: with its defaults and with other hyperparameters, for several sizes (1 and odd ones among
/// them), with rests of rank 0 to 3. `number` makes names of instances distinct. Empty if the declaration asks for
/// something that cannot be made up; `problem` says what.
std::vector<Call> callsOf(const ast::Function &declaration, std::string &problem);

/// False for functions whose results are constants to derivatives.
bool isDifferentiable(const ast::Function &declaration);

/// Hyperparameter lists of a declaration, `(lr: 0.1)`: the defaults, then others. Empty as above.
std::vector<std::string> hyperparametersOf(const ast::Function &declaration, std::string &problem);

/// A command whose body is the call; its result may be a record.
std::string commandOf(const Call &call, const std::string &name);
/// The arguments as a list of declarations.
std::string argumentList(const Call &call);

} // namespace nn::test
