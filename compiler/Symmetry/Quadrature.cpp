// Whole orbits: the elements of finite groups, and product quadratures of rotations.
#include "Symmetry/Uniform.h"

#include "llvm/ADT/Twine.h"
#include <cmath>
#include <numbers>

using namespace nn::symmetry;

/// Note [Quadrature of rotations]
///
/// A polynomial of degree L in the entries of a rotation is one of degree L in the point that the last axis goes to,
/// after its mean over the other axes is taken, which the nodes for these do exactly. On the sphere of R^d a monomial
/// is cos(t)^a sin(t)^b times one of degree b on the sphere of R^(d-1), with the density sin(t)^(d-2). The mean of the
/// latter is 0 for odd b, exactly; for even b a polynomial of degree at most L in cos(t) is left. So ceil((L + 1) / 2)
/// nodes of Gauss do for t, and L + 1 equal steps for the innermost angle. In R^3 these are (L + 1)^2 ceil((L + 1) / 2)
/// nodes: 4 for L = 1, 18 for L = 2, 32 for L = 3.

/// The value of the orthonormal polynomials of degree 0 .. n at x, by their recurrence x p_k = b_(k+1) p_(k+1) + b_k
/// p_(k-1).
static std::vector<double> orthonormal(int n, int power, double x) {
  double lambda = power / 2.0;
  auto squared = [&](int k) { return k * (k + 2 * lambda - 1) / (4 * (k + lambda) * (k + lambda - 1)); };
  std::vector<double> p{1};
  for (int k = 1; k <= n; ++k) {
    double before = k > 1 ? std::sqrt(squared(k - 1)) * p[k - 2] : 0;
    p.push_back((x * p[k - 1] - before) / std::sqrt(squared(k)));
  }
  return p;
}

std::vector<std::pair<double, double>> nn::symmetry::gaussNodes(int n, int power) {
  // The zeros of each polynomial lie between those of the next: every interval is bisected.
  std::vector<double> zeros;
  for (int degree = 1; degree <= n; ++degree) {
    std::vector<double> next;
    for (int k = 0; k < degree; ++k) {
      double low = k ? zeros[k - 1] : -1, high = k + 1 < degree ? zeros[k] : 1;
      double sign = orthonormal(degree, power, low).back() < 0 ? -1 : 1;
      for (int step = 0; step < 60; ++step) {
        double middle = (low + high) / 2;
        (sign * orthonormal(degree, power, middle).back() > 0 ? low : high) = middle;
      }
      next.push_back((low + high) / 2);
    }
    zeros = std::move(next);
  }
  std::vector<std::pair<double, double>> nodes;
  for (double zero : zeros) {
    double sum = 0;
    for (double value : orthonormal(n - 1, power, zero))
      sum += value * value;
    nodes.push_back({zero, 1 / sum});
  }
  return nodes;
}

/// The words of one letter with their weights.
static std::vector<Node> nodesOf(const Letter &letter, int degree) {
  std::vector<Node> nodes;
  if (letter.kind == Letter::Kind::Choice)
    for (const Word &word : letter.choices)
      nodes.push_back({word, 1.0 / double(letter.choices.size())});
  else if (letter.power == 0)
    for (int k = 0; k <= degree; ++k)
      nodes.push_back({{{letter.generator, 2 * std::numbers::pi * k / (degree + 1)}}, 1.0 / (degree + 1)});
  else
    for (auto [x, weight] : gaussNodes(degree / 2 + 1, letter.power))
      nodes.push_back({{{letter.generator, std::acos(x)}}, weight});
  return nodes;
}

llvm::Expected<std::vector<Node>> nn::symmetry::orbitNodes(const Group &group, int degree, int64_t limit) {
  // What is too large is not listed first.
  std::optional<std::string> order = group.order();
  if (order && (order->size() > 9 || std::stoll(*order) > limit))
    return refusal(group.text() + " has " + *order + " elements, and at most " + llvm::Twine(limit) + " are taken");
  llvm::Expected<std::vector<Letter>> letters = uniformLetters(group, /*shuffles=*/false);
  if (!letters)
    return letters.takeError();
  std::vector<Node> all{{{}, 1}};
  for (const Letter &letter : *letters) {
    std::vector<Node> next;
    for (const Node &first : all)
      for (const Node &second : nodesOf(letter, degree)) {
        Node &both = next.emplace_back(first);
        both.word.insert(both.word.end(), second.word.begin(), second.word.end());
        both.weight *= second.weight;
        if (int64_t(next.size()) > limit)
          return refusal("the quadrature of degree " + llvm::Twine(degree) + " of " + group.text() + " has more than " +
                         llvm::Twine(limit) + " nodes");
      }
    all = std::move(next);
  }
  return all;
}
