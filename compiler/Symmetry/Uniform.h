/// Elements of a group with equal probability, and whole orbits: all elements, or the nodes of a quadrature.
#pragma once

#include "Symmetry/Group.h"

namespace nn::symmetry {

/// Note [Letters]
///
/// An element with the uniform distribution (Haar's) is a product of letters that are drawn independently, the first
/// one acting first. Of a finite group a letter is one of several words, all equally likely: a power of the turn, a
/// shift along one axis. A rotation of R^d is a turn that takes the last axis to a uniform point of the sphere, behind
/// a uniform rotation of the other axes (Hurwitz, "Über die Erzeugung der Invarianten durch Integration", 1897):
/// letters exp(t X) of the planes of neighbouring axes, with the density of t proportional to sin(t)^power.
struct Letter {
  enum class Kind {
    Choice,  ///< one of `choices`
    Shuffle, ///< any permutation of the points of a factor S(n); `generator` is its transposition (0 1)
    Angle,   ///< exp(t X) of the Lie generator `generator`
  };
  Kind kind = Kind::Choice;
  std::vector<Word> choices;
  int generator = 0;
  int points = 0; ///< Shuffle: n
  int power = 0;  ///< Angle: t in [0, 2 pi) for 0, else in [0, pi]
};

/// The letters of a uniform element. Where `shuffles` is not set, S(n) is written out as a list of its elements.
/// Refused for groups that are not compact, as these have no uniform distribution, and for those too large to list.
llvm::Expected<std::vector<Letter>> uniformLetters(const Group &group, bool shuffles);

/// The inverse of a word.
Word inverse(const Group &group, const Word &word);

/// A point of an orbit. Weights add up to 1.
struct Node {
  Word word;
  double weight;
};

/// All elements of a finite group; of a compact one the nodes of a quadrature that gives the mean of every polynomial
/// of this degree in the entries of g exactly. Refused if there are more than `limit`.
llvm::Expected<std::vector<Node>> orbitNodes(const Group &group, int degree, int64_t limit);

/// n nodes in [-1, 1], ascending, and weights with sum 1, exact up to degree 2 n - 1 for the weight (1 - x^2)^((power -
/// 1) / 2): that of x = cos(t) for the density sin(t)^power (Gauss and Gegenbauer).
std::vector<std::pair<double, double>> gaussNodes(int n, int power);

} // namespace nn::symmetry
