// Symmetry by running the model: with random inputs, parameters and elements.
#pragma once

#include "Symmetry/Prover/ClaimRun.h"

namespace nn::prover {

/// Where the error is the largest so far.
struct WorstCase {
  std::vector<Tensor> x;
  Word word;
  interpreter::Inputs model; ///< parameters and states
};

/// The worst that was found.
struct Measured {
  double error = 0;    ///< the largest difference of f(g x) and g f(x), relative to the largest entry of either
  WorstCase worst;     ///< that has it, if it is not 0
  int64_t trials = 0;  ///< pairs that were compared and say something
  std::string vacuous; ///< without trials: why none says anything
  /// Of a continuous group: the largest derivative of f(exp(t X) x) - exp(t X) f(x) at t = 0 over the directions X of
  /// its algebra, relative to the largest entry of either term. Nothing where the model has no derivative.
  std::optional<double> lieError;
  /// The error of the model computed in single precision; where it is asked for.
  std::optional<double> singleError;
  /// Where the output is not finite, the operation that first is not, then the calls around it.
  std::vector<mlir::Location> notFinite;
};

/// Rounds of tests on which a verdict rests, each with another model and other inputs; and those before a proof is
/// tried that is dear, and says more.
inline constexpr int allRounds = 3, fewRounds = 1;

struct Effort {
  int rounds = allRounds;
  bool single = false; ///< also in single precision
};

/// Compares f(g x) with g f(x) for the generators of the group, their products, and several inputs. Where the claim has
/// a bound, the worst inputs, and how far the element goes along directions, are made worse from there. `only`, if not
/// empty, are elements to take instead.
llvm::Expected<Measured> measure(mlir::ModuleOp module, ClaimOp claim, const ActionSpec &action,
                                 llvm::ArrayRef<Word> only, uint64_t seed, Effort effort = {});

/// The amount of a generator that is the simplest: 1, or of rotations a quarter turn.
double unitOf(const Generator &generator);

/// Generators, products of them, and x -> -x if the group has it, with their names: the simplest first.
std::vector<std::pair<std::string, Word>> elementsToTest(const Group &group, uint64_t seed);

} // namespace nn::prover
