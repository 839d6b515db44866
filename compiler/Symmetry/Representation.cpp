// Representations by name, and of products.
#include "Symmetry/RepresentationBuilder.h"

#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace nn::symmetry;
using Kind = Group::Kind;

std::string nn::symmetry::extentsText(llvm::ArrayRef<int64_t> extents) {
  std::string text;
  for (int64_t extent : extents)
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text;
}

Move nn::symmetry::identityMove(const Generator &generator, int cells) { return signMove(generator, cells, 1); }

Move nn::symmetry::signMove(const Generator &generator, int cells, int sign) {
  if (generator.kind == Generator::Kind::Lie)
    return Move::derivative(Matrix(cells));
  std::vector<int> image(cells);
  std::iota(image.begin(), image.end(), 0);
  return Move::permutation(std::move(image), std::vector<int8_t>(cells, int8_t(sign)));
}

Move nn::symmetry::matrixMove(const Generator &generator, Matrix matrix) {
  bool lie = generator.kind == Generator::Kind::Lie;
  return lie ? Move::derivative(std::move(matrix)) : Move::matrix(std::move(matrix));
}

/// How many elements of a group are listed for its regular representation.
static constexpr int64_t mostElements = 50000;

llvm::Expected<Action> nn::symmetry::throughTurns(const Group &group, int64_t cells, llvm::Expected<Action> turns) {
  if (!turns)
    return turns;
  Action action;
  for (const Generator &generator : group.generators())
    action.moves.push_back(generator.part == 1 ? turns->moves[generator.partIndex]
                                               : identityMove(generator, int(cells)));
  return action;
}

static int64_t cellsOf(llvm::ArrayRef<int64_t> extents) {
  int64_t cells = 1;
  for (int64_t extent : extents)
    cells *= extent;
  return cells;
}

Representation RepresentationBuilder::build(GroupRef group, llvm::ArrayRef<int64_t> extents, std::string name,
                                            Action action) {
  Representation result;
  result.actingGroup = std::move(group);
  result.axes = extents.vec();
  result.representationName = std::move(name);
  result.cellCount = int(cellsOf(extents));
  result.generatorMoves = std::move(action.moves);
  result.inversionSign = action.inversion;
  return result;
}

static Action trivialAction(const Group &group, int cells) {
  Action action;
  for (const Generator &generator : group.generators())
    action.moves.push_back(identityMove(generator, cells));
  action.inversion = 1;
  return action;
}

/// The sign of a permutation: even cycles change it.
static int parity(llvm::ArrayRef<int> permutation) {
  std::vector<bool> seen(permutation.size());
  int sign = 1;
  for (size_t start = 0; start < permutation.size(); ++start)
    for (size_t at = permutation[start]; !seen[start] && at != start; at = permutation[at]) {
      seen[at] = true;
      sign = -sign;
    }
  return sign;
}

/// The sign of a generator: of a permutation; the determinant of a (signed) permutation matrix or a diagonal one.
static std::optional<int> signOf(const Group &group, int index) {
  const Generator &generator = group.origin(index);
  if (generator.kind == Generator::Kind::Lie)
    return 1;
  if (generator.matrix.size() == 0)
    return parity(generator.permutation);
  Move move = Move::matrix(generator.matrix);
  if (!move.isPermutation()) // a turn by an angle, or a matrix whose determinant nobody named
    return group.kind() == Kind::Matrices ? std::nullopt : std::optional(1);
  int sign = parity(move.image());
  for (int cell = 0; cell < move.size(); ++cell)
    sign *= move.sign(cell);
  return sign;
}

static llvm::Expected<Action> signAction(const Group &group, int cells) {
  Action action;
  for (auto [k, generator] : llvm::enumerate(group.generators())) {
    std::optional<int> sign = signOf(group, int(k));
    if (!sign)
      return refusal("the sign of " + generator.name + " of " + group.text() + " is not known: give its matrices");
    action.moves.push_back(signMove(generator, cells, *sign));
  }
  return action;
}

static llvm::Expected<Action> regularAction(const GroupRef &group, int64_t cells) {
  if (group->kind() == Kind::Semidirect && group->order() != std::to_string(cells))
    return throughTurns(*group, cells, regularAction(group->parts()[1], cells));
  if (group->isContinuous() || !group->order())
    return refusal("the regular representation needs a finite group, and " + group->text() + " is not known to be one");
  if (*group->order() != std::to_string(cells))
    return refusal("the regular representation of " + group->text() + " has " + *group->order() +
                   " cells, one for each element, and here are " + llvm::Twine(cells));
  std::optional<std::vector<std::vector<int>>> left = group->multiplication(std::min(cells, mostElements));
  if (!left)
    return refusal(group->text() + " has too many elements to list");
  Action action;
  for (std::vector<int> &image : *left)
    action.moves.push_back(Move::permutation(std::move(image)));
  return action;
}

/// A -> S A S^-1: a vector by a linear form.
static llvm::Expected<Action> conjugationAction(const GroupRef &group, llvm::ArrayRef<int64_t> extents) {
  if (extents.size() != 2 || extents[0] != extents[1])
    return refusal("conjugation acts on the two axes of a square matrix, and here are " +
                   (extents.empty() ? "none" : extentsText(extents)));
  llvm::Expected<Action> action = definingAction(group, {extents[0]});
  if (!action)
    return action.takeError();
  for (Move &move : action->moves)
    move = tensorProduct(move, move.dual());
  if (action->inversion)
    action->inversion = 1;
  return action;
}

/// SE(d) and E(d) on differences of points; other groups act on vectors by default.
static llvm::Expected<Action> vectorAction(const GroupRef &group, llvm::ArrayRef<int64_t> extents) {
  if (extents.size() != 1 || extents[0] != group->dimension())
    return refusal(group->text() + " acts on vectors of " + llvm::Twine(group->dimension()) +
                   " components, and here are " + (extents.empty() ? "none" : extentsText(extents)));
  llvm::Expected<Action> action = definingAction(group, extents);
  if (!action)
    return action.takeError();
  for (Move &move : action->moves)
    move.offset.clear();
  return action;
}

static llvm::Expected<Action> productAction(const GroupRef &group, llvm::ArrayRef<int64_t> extents,
                                            llvm::StringRef name);

/// `quotient(H)`, `induced(H, irrep(1))`; nothing for other names.
static std::optional<llvm::Expected<Action>> actionOfSubgroup(const GroupRef &group, int64_t cells,
                                                              llvm::StringRef name) {
  bool quotient = name.consume_front("quotient(");
  if ((!quotient && !name.consume_front("induced(")) || !name.consume_back(")"))
    return std::nullopt;
  size_t comma = llvm::StringRef::npos;
  int open = 0;
  for (size_t at = 0; !quotient && at < name.size(); ++at) {
    open += name[at] == '(' || name[at] == '[' ? 1 : name[at] == ')' || name[at] == ']' ? -1 : 0;
    if (name[at] == ',' && open == 0)
      comma = at;
  }
  if (!quotient && comma == llvm::StringRef::npos)
    return refusal("an induced representation needs a subgroup and a representation of it: `induced(C(2), sign)`");
  llvm::Expected<GroupRef> part = parseGroup(name.take_front(comma));
  if (!part)
    return part.takeError();
  return inducedAction(group, *part, cells, quotient ? "trivial" : name.drop_front(comma + 1).trim());
}

static llvm::Expected<Action> namedAction(const GroupRef &group, llvm::ArrayRef<int64_t> extents,
                                          llvm::StringRef name) {
  int64_t cells = cellsOf(extents);
  if (cells > (1 << 24))
    return refusal("a space of " + extentsText(extents) + " cells is too large for a symmetry");
  if (name == "trivial")
    return trivialAction(*group, int(cells));
  if (name == "sign")
    return signAction(*group, int(cells));
  if (name == "regular")
    return regularAction(group, cells);
  if (auto ofSubgroup = actionOfSubgroup(group, cells, name))
    return std::move(*ofSubgroup);
  if (group->kind() == Kind::Product && name != "conjugation" && name != "dual")
    return productAction(group, extents, name);
  if (name.empty() || name == "defining")
    return definingAction(group, extents);
  if (name == "conjugation")
    return conjugationAction(group, extents);
  if (name == "vector")
    return vectorAction(group, extents);
  return irreducibleAction(group, cells, name);
}

/// Whether a name that is said of a product is meant for this factor.
static bool takesName(const Group &factor, llvm::StringRef name) {
  if (name.empty() || name == "defining")
    return false;
  bool motions = factor.kind() == Kind::SpecialEuclidean || factor.kind() == Kind::Euclidean;
  bool turns = factor.kind() == Kind::Turns || factor.kind() == Kind::Dihedral ||
               factor.kind() == Kind::SpecialOrthogonal || factor.kind() == Kind::Orthogonal ||
               factor.kind() == Kind::Semidirect;
  return motions || (turns && name != "vector");
}

/// Splits the axes into runs, one for each factor from `first` on. The error is of the factor that got furthest.
static llvm::Expected<std::vector<Action>> splitAxes(llvm::ArrayRef<GroupRef> factors, llvm::ArrayRef<int64_t> extents,
                                                     llvm::StringRef name, std::vector<int64_t> &runs) {
  if (factors.empty()) {
    if (!extents.empty())
      return refusal(llvm::Twine(extents.size()) + " more axes are there than its factors take");
    return std::vector<Action>();
  }
  std::string mistake; // the first of a later factor, else of this one
  size_t least = factors[0]->kind() == Kind::Sign || factors[0]->kind() == Kind::Trivial ? 0 : 1;
  bool fits = false;
  for (size_t run = least; run <= extents.size(); ++run) {
    llvm::ArrayRef<int64_t> own = extents.take_front(run);
    llvm::Expected<Action> action = namedAction(factors[0], own, takesName(*factors[0], name) ? name : "");
    if (!action) {
      std::string reason = llvm::toString(action.takeError());
      mistake = mistake.empty() ? reason : mistake;
      continue;
    }
    llvm::Expected<std::vector<Action>> others = splitAxes(factors.drop_front(), extents.drop_front(run), name, runs);
    if (!others) {
      std::string reason = llvm::toString(others.takeError());
      mistake = fits ? mistake : reason;
      fits = true;
      continue;
    }
    others->insert(others->begin(), std::move(*action));
    runs.insert(runs.begin(), cellsOf(own));
    return others;
  }
  if (mistake.empty())
    return refusal(factors[0]->text() + " finds no axis left to act on");
  return refusal(mistake);
}

/// Adds `count` copies of each entry side by side: what a translation does to several points.
static std::vector<Exact> repeated(llvm::ArrayRef<Exact> offset, int64_t before, int64_t after) {
  std::vector<Exact> result;
  for (int64_t i = 0; i < before; ++i)
    for (const Exact &value : offset)
      result.insert(result.end(), after, value);
  return result;
}

static llvm::Expected<Action> productAction(const GroupRef &group, llvm::ArrayRef<int64_t> extents,
                                            llvm::StringRef name) {
  std::vector<int64_t> runs;
  llvm::Expected<std::vector<Action>> actions = splitAxes(group->parts(), extents, name, runs);
  if (!actions)
    return refusal(group->text() + " acts on the axes of its factors in order: " + llvm::toString(actions.takeError()));
  Action result;
  for (const Generator &generator : group->generators()) {
    int64_t before = 1, after = 1;
    for (auto [p, cells] : llvm::enumerate(runs))
      (int(p) < generator.part ? before : after) *= int(p) == generator.part ? 1 : cells;
    const Move &own = (*actions)[generator.part].moves[generator.partIndex];
    Move move =
        tensorProduct(tensorProduct(identityMove(generator, int(before)), own), identityMove(generator, int(after)));
    move.offset = repeated(own.offset, before, after);
    result.moves.push_back(std::move(move));
  }
  return result;
}

llvm::Expected<Representation> nn::symmetry::represent(GroupRef group, llvm::ArrayRef<int64_t> extents,
                                                       llvm::StringRef name) {
  if (name == "dual") {
    llvm::Expected<Representation> defining = represent(group, extents);
    return defining ? llvm::Expected<Representation>(defining->dual()) : std::move(defining);
  }
  llvm::Expected<Action> action = namedAction(group, extents, name);
  if (!action)
    return action.takeError();
  return RepresentationBuilder::build(std::move(group), extents, name.empty() ? "defining" : name.str(),
                                      std::move(*action));
}

MoveClass Representation::moveClass() const {
  MoveClass largest = MoveClass::Permutation;
  for (const Move &move : generatorMoves)
    largest = std::max(largest, move.moveClass());
  // A positive scaling beside a change of sign is a matrix like any other.
  bool signs =
      llvm::any_of(generatorMoves, [](const Move &move) { return move.moveClass() == MoveClass::SignedPermutation; });
  bool mixed =
      llvm::any_of(generatorMoves, [](const Move &move) { return move.moveClass() == MoveClass::PositiveMonomial; });
  return mixed && (signs || largest == MoveClass::Orthogonal) ? MoveClass::General : largest;
}

bool Representation::isAffine() const {
  return llvm::any_of(generatorMoves, [](const Move &move) { return !move.offset.empty(); });
}

bool Representation::isTrivial() const {
  return llvm::all_of(generatorMoves, [](const Move &move) { return move.isIdentity(); });
}

Representation Representation::dual() const {
  Representation result = *this;
  for (Move &move : result.generatorMoves)
    move = move.dual();
  result.onForms = !onForms;
  llvm::StringRef form = representationName;
  if (!form.consume_front("dual of "))
    result.representationName = "dual of " + representationName;
  else
    result.representationName = form.str();
  return result;
}
