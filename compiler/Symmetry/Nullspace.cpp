// Null spaces: components, ranks modulo primes, orthonormal bases.
#include "Symmetry/Nullspace.h"

#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <cmath>
#include <numeric>

using namespace nn::symmetry;

/// More unknowns than this, connected, take too long by dense elimination.
static constexpr size_t largestComponent = 1500;

namespace {
/// Unknowns that equations connect, and those equations over local numbers.
struct Component {
  std::vector<int> unknowns;
  std::vector<LinearEquation> equations;
};

/// Reduced echelon form modulo a prime: pivots are chosen at the first column that is not zero, so that over any field
/// the columns without one are the free ones.
class Echelon {
public:
  Echelon(size_t columns, const PrimeField &field) : columns(columns), field(field), pivotRow(columns, -1) {}

  bool isFull() const { return rows.size() == columns; }
  size_t rank() const { return rows.size(); }
  bool hasPivot(size_t column) const { return pivotRow[column] >= 0; }
  void insert(std::vector<uint64_t> row);
  void reduce(); ///< clears the pivots' columns above
  /// Entry of the null vector of a free column at a pivot's column; after `reduce`.
  uint64_t nullEntry(size_t pivot, size_t free) const { return field.subtract(0, rows[pivotRow[pivot]][free]); }

private:
  void subtract(std::vector<uint64_t> &row, const std::vector<uint64_t> &pivot, size_t from) const {
    uint64_t factor = row[from];
    for (size_t k = from; k < columns; ++k)
      if (pivot[k])
        row[k] = field.subtract(row[k], field.multiply(factor, pivot[k]));
  }

  size_t columns;
  const PrimeField &field;
  std::vector<int> pivotRow;
  std::vector<std::vector<uint64_t>> rows;
};
} // namespace

void Echelon::insert(std::vector<uint64_t> row) {
  for (size_t column = 0; column < columns; ++column) {
    if (row[column] == 0)
      continue;
    if (hasPivot(column)) {
      subtract(row, rows[pivotRow[column]], column);
      continue;
    }
    uint64_t scale = field.inverse(row[column]);
    for (uint64_t &value : row)
      value = field.multiply(value, scale);
    pivotRow[column] = int(rows.size());
    rows.push_back(std::move(row));
    return;
  }
}

void Echelon::reduce() {
  for (size_t column = columns; column-- > 0;)
    for (size_t above = 0; hasPivot(column) && above < column; ++above)
      if (hasPivot(above) && rows[pivotRow[above]][column])
        subtract(rows[pivotRow[above]], rows[pivotRow[column]], column);
}

static llvm::Expected<Echelon> eliminate(const Component &component, const PrimeField &field) {
  Echelon echelon(component.unknowns.size(), field);
  for (const LinearEquation &equation : component.equations) {
    if (echelon.isFull())
      break;
    std::vector<uint64_t> row(component.unknowns.size());
    for (const LinearEquation::Term &term : equation.terms) {
      std::optional<uint64_t> value = term.coefficient.modulo(field);
      if (!value)
        return llvm::createStringError(llvm::inconvertibleErrorCode(), "a number is too large to decide exactly");
      row[term.unknown] = field.add(row[term.unknown], *value);
    }
    echelon.insert(std::move(row));
  }
  echelon.reduce();
  return echelon;
}

static std::vector<Component> components(int unknowns, const std::vector<LinearEquation> &equations) {
  llvm::EquivalenceClasses<int> classes;
  for (int k = 0; k < unknowns; ++k)
    classes.insert(k);
  for (const LinearEquation &equation : equations)
    for (const LinearEquation::Term &term : equation.terms)
      classes.unionSets(equation.terms.front().unknown, term.unknown);
  std::vector<int> componentOf(unknowns, -1), local(unknowns);
  std::vector<Component> result;
  for (int k = 0; k < unknowns; ++k) {
    int &component = componentOf[classes.getLeaderValue(k)];
    if (component < 0) {
      component = int(result.size());
      result.emplace_back();
    }
    local[k] = int(result[component].unknowns.size());
    result[component].unknowns.push_back(k);
  }
  for (const LinearEquation &equation : equations) {
    if (equation.terms.empty())
      continue;
    LinearEquation renamed = equation;
    for (LinearEquation::Term &term : renamed.terms)
      term.unknown = local[term.unknown];
    int leader = classes.getLeaderValue(equation.terms.front().unknown);
    result[componentOf[leader]].equations.push_back(std::move(renamed));
  }
  return result;
}

static double dot(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

static void addScaled(llvm::MutableArrayRef<double> a, double scale, llvm::ArrayRef<double> b) {
  for (auto [x, y] : llvm::zip(a, b))
    x += scale * y;
}

/// The null space in f64: the orthogonal complement of the rows. Modified Gram and Schmidt, done twice, on the row
/// space until its known rank is reached, largest remainder first, and then on unit vectors projected off it.
class Complement {
public:
  Complement(const std::vector<std::vector<double>> &rows, size_t size, size_t rank) : size(size) {
    std::vector<std::vector<double>> left = rows;
    take(left, rank);
  }

  /// `count` orthonormal vectors off the rows.
  std::vector<std::vector<double>> basis(size_t count) {
    std::vector<std::vector<double>> units(size, std::vector<double>(size));
    for (size_t k = 0; k < size; ++k)
      units[k][k] = 1;
    for (std::vector<double> &unit : units)
      for (int pass = 0; pass < 2; ++pass)
        for (const std::vector<double> &direction : directions)
          addScaled(unit, -dot(unit, direction), direction);
    size_t before = directions.size();
    take(units, count);
    return {directions.begin() + before, directions.end()};
  }

private:
  void take(std::vector<std::vector<double>> &candidates, size_t count) {
    for (size_t k = 0; k < count; ++k) {
      auto largest = std::max_element(candidates.begin(), candidates.end(),
                                      [](auto &a, auto &b) { return dot(a, a) < dot(b, b); });
      std::vector<double> direction = *largest;
      for (const std::vector<double> &earlier : directions)
        addScaled(direction, -dot(direction, earlier), earlier);
      double norm = std::sqrt(dot(direction, direction));
      for (double &value : direction)
        value /= norm;
      for (std::vector<double> &candidate : candidates)
        addScaled(candidate, -dot(candidate, direction), direction);
      directions.push_back(std::move(direction));
    }
  }

  size_t size;
  std::vector<std::vector<double>> directions;
};

/// Whether each null vector of the echelon form has entries 1 and -1 only and shares no unknown; then fills in which.
static bool readSharing(const Echelon &echelon, const PrimeField &field, const Component &component, int first,
                        Nullspace &result) {
  std::vector<size_t> free;
  for (size_t column = 0; column < component.unknowns.size(); ++column)
    if (!echelon.hasPivot(column))
      free.push_back(column);
  for (auto [k, column] : llvm::enumerate(free)) {
    result.vectorOf[component.unknowns[column]] = first + int(k);
    for (size_t pivot = 0; pivot < component.unknowns.size(); ++pivot) {
      uint64_t entry = echelon.hasPivot(pivot) ? echelon.nullEntry(pivot, column) : 0;
      if (entry == 0)
        continue;
      int &vector = result.vectorOf[component.unknowns[pivot]];
      if (vector >= 0 || (entry != 1 && entry != field.prime() - 1))
        return false;
      vector = first + int(k);
      result.signOf[component.unknowns[pivot]] = entry == 1 ? 1 : -1;
    }
  }
  return true;
}

/// The rows of the equations over sqrt(weight) * unknown, in which the weighted inner product is the plain one.
static std::vector<std::vector<double>> weightedRows(const Component &component, const std::vector<double> &weights) {
  std::vector<std::vector<double>> rows;
  for (const LinearEquation &equation : component.equations) {
    std::vector<double> &row = rows.emplace_back(component.unknowns.size());
    for (const LinearEquation::Term &term : equation.terms)
      row[term.unknown] += term.coefficient.toDouble() / std::sqrt(weights[component.unknowns[term.unknown]]);
  }
  return rows;
}

/// Scaled so that the first entry that counts is positive: the same basis on every machine.
static void appendVector(const Component &component, const std::vector<double> &local,
                         const std::vector<double> &weights, Nullspace &result) {
  size_t unknowns = result.vectorOf.size();
  result.vectors.resize(result.vectors.size() + unknowns);
  double *vector = &result.vectors[result.vectors.size() - unknowns];
  auto lead = llvm::find_if(local, [](double value) { return std::abs(value) > 1e-9; });
  double sign = lead != local.end() && *lead < 0 ? -1 : 1;
  for (auto [k, unknown] : llvm::enumerate(component.unknowns))
    vector[unknown] = std::abs(local[k]) < 1e-14 ? 0 : sign * local[k] / std::sqrt(weights[unknown]);
}

static llvm::Error internalError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "internal error of the symmetry solver: " + message);
}

/// Adds the null vectors of one component.
static llvm::Error solveComponent(const Component &component, const std::vector<double> &weights,
                                  const PrimeField &first, const PrimeField &second, Nullspace &result) {
  size_t size = component.unknowns.size();
  if (size > largestComponent)
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "the symmetry connects " + llvm::Twine(size) +
                                                                       " cells by equations, more than the " +
                                                                       llvm::Twine(largestComponent) +
                                                                       " that can be solved exactly");
  llvm::Expected<Echelon> echelon = eliminate(component, first);
  if (!echelon)
    return echelon.takeError();
  llvm::Expected<Echelon> check = eliminate(component, second);
  if (!check)
    return check.takeError();
  if (echelon->rank() != check->rank())
    return internalError("the rank is " + llvm::Twine(echelon->rank()) + " modulo one prime and " +
                         llvm::Twine(check->rank()) + " modulo another");
  size_t count = size - echelon->rank();
  result.isSharing &= readSharing(*echelon, first, component, int(result.dimension), result);
  result.dimension += int64_t(count);
  if (count == 0)
    return llvm::Error::success();
  std::vector<std::vector<double>> rows = weightedRows(component, weights);
  for (const std::vector<double> &vector : Complement(rows, size, echelon->rank()).basis(count)) {
    for (const std::vector<double> &row : rows)
      if (std::abs(dot(row, vector)) > 1e-9 * (1 + std::sqrt(dot(row, row))))
        return internalError("a basis vector misses an equation by " + std::to_string(std::abs(dot(row, vector))));
    appendVector(component, vector, weights, result);
  }
  return llvm::Error::success();
}

llvm::Expected<Nullspace> nn::symmetry::solveNullspace(int unknowns, const std::vector<LinearEquation> &equations,
                                                       const std::vector<double> &weights) {
  int64_t order = 1;
  for (const LinearEquation &equation : equations)
    for (const LinearEquation::Term &term : equation.terms)
      order = std::lcm(order, term.coefficient.field());
  PrimeField first(order, 0), second(order, 1);
  Nullspace result;
  result.vectorOf.assign(unknowns, -1);
  result.signOf.assign(unknowns, 1);
  for (const Component &component : components(unknowns, equations))
    if (llvm::Error error = solveComponent(component, weights, first, second, result))
      return error;
  return result;
}
