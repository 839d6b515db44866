/// Subscripts as linear forms over indices: where ranges come from, and whether an access stays inside its axis.
#ifndef NOETHER_FRONTEND_SEMA_AFFINE_H
#define NOETHER_FRONTEND_SEMA_AFFINE_H

#include "Frontend/Sema/Checked.h"

#include <map>

namespace nn::sema {

/// `constant + sum coefficient * index`.
struct LinearForm {
  std::map<checked::IndexVar *, Dim> coefficients;
  Dim constant;

  /// The one index whose range is not known; null if there are none or several.
  checked::IndexVar *onlyOpenVariable() const;
  /// The largest extent of `var` that keeps the form below `extent` (and not below 0), all other indices running free.
  std::optional<Dim> largestExtent(checked::IndexVar *var, const Dim &extent) const;
  /// The least and the greatest value; nothing if a coefficient's sign is open.
  std::optional<std::pair<Dim, Dim>> range(const checked::IndexVar *except = nullptr) const;
};

/// The form of an integer expression; nothing if it is not linear in indices.
std::optional<LinearForm> linearForm(const checked::Expr *expr);

/// Whether an integer expression is computed from an index.
bool dependsOnIndex(const checked::Expr *expr, const checked::IndexVar *var);

/// The smallest n for which an integer expression is known to be of type `index(n)`, if there is one.
std::optional<Dim> smallestBound(const checked::Expr *expr);

struct BoundCheck {
  /// Unknown: depends on open dimension variables. Unbounded: an integer whose type promises nothing.
  enum class Verdict : uint8_t { Inside, Outside, Unbounded, Unknown } verdict = Verdict::Unknown;
  int64_t value = 0;           ///< Outside: the first value outside
  std::string where;           ///< Outside: "i = 8, u = 2", the smallest such point
  Lengths lengths = {};        ///< Outside, Unbounded: the smallest lengths for which it is so
  std::string forLengths = {}; ///< the same in words: "n = 3"
};

/// Whether `index` stays in 0 .. extent-1 for all points of its indices' ranges that satisfy the conditions (of which
/// those on data are taken as true) and all lengths from `least` on.
BoundCheck checkSubscript(const checked::Expr *index, const std::vector<const checked::Expr *> &conditions,
                          const Dim &extent, const Lengths &least = {});

} // namespace nn::sema

#endif
