/// Both sides of a claim of symmetry, f(g x) and g f(x), with the weights that the model has.
#pragma once

#include "cli/Session.h"

namespace nnrt {

/// The elements of a tensor, row-major; indices are whole numbers.
using Numbers = std::vector<double>;

/// A product of powers of generators and of exp(amount X) of directions; the first step acts first.
struct Step {
  int64_t generator;
  double amount;
};
using Word = std::vector<Step>;
Word wordOf(const nn_element &element);

/// Where two sides differ most.
struct Difference {
  double error = 0;   ///< relative to the largest entry of either side
  double largest = 0; ///< that entry
  size_t result = 0;
  int64_t entry = 0; ///< row-major
  double moved = 0, wanted = 0;
};
Difference differenceOf(const Numbers &moved, const Numbers &wanted);

class ClaimRun {
public:
  ClaimRun(Session &session, const nn_claim &claim) : session(session), claim(claim) {}

  /// Normal numbers, or indices; others for another round. In the order of the claim's inputs.
  std::vector<Numbers> drawInputs(uint32_t round) const;
  /// The outputs, in the order of the function's results.
  std::vector<Numbers> evaluate(const nn_function &function, const std::vector<Numbers> &inputs);
  void moveInputs(std::vector<Numbers> &inputs, const Word &word) const;
  void moveOutputs(std::vector<Numbers> &outputs, const Word &word) const;
  /// The output for which both sides differ most.
  Difference compare(const nn_function &function, const std::vector<Numbers> &inputs, const Word &word);

  const nn_type &inputType(size_t input) const;
  /// Whether values are equal of which the first is chosen.
  bool hasTies(const std::vector<Numbers> &inputs);
  /// The outputs of a function, in order, but for the number of ties.
  static std::vector<const nn_binding *> outputsOf(const nn_function &function);

  Session &session;
  const nn_claim &claim;

private:
  void run(const nn_function &function, const std::vector<Numbers> &inputs);
  const nn_binding *argument(const nn_function &function, const char *name) const;
};

/// Moves a tensor along one of its spaces.
void moveTensor(const nn_claim &claim, const nn_space &space, const nn_type &type, const Word &word, Numbers &values);

} // namespace nnrt
