// Groups: products, words, and what holds of every kind.
#include "Symmetry/GroupBuilder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <numbers>
#include <numeric>

using namespace nn::symmetry;

llvm::Error nn::symmetry::refusal(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

std::string nn::symmetry::multiplyDecimals(llvm::StringRef a, llvm::StringRef b) {
  std::vector<int> digits(a.size() + b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) {
      digits[i + j] += (a[a.size() - 1 - i] - '0') * (b[b.size() - 1 - j] - '0');
      digits[i + j + 1] += digits[i + j] / 10;
      digits[i + j] %= 10;
    }
  }
  while (digits.size() > 1 && digits.back() == 0)
    digits.pop_back();
  std::string text;
  for (int digit : llvm::reverse(digits))
    text += char('0' + digit);
  return text;
}

GroupRef Group::trivial() {
  GroupBuilder builder(Kind::Trivial, "trivial");
  builder.order("1");
  return builder.finish();
}

GroupRef Group::sign() {
  GroupBuilder builder(Kind::Sign, "sign");
  builder.order("2");
  builder.dimension(1);
  builder.add("the change of sign").matrix = Matrix::diagonal({Exact(-1)});
  return builder.finish();
}

/// What the sizes of a family have to be.
static std::optional<std::string> wrongSizes(llvm::StringRef name, llvm::ArrayRef<int64_t> sizes) {
  bool metric = name == "SO" || name == "O";
  bool known =
      metric || llvm::is_contained({"S", "Z", "shifts", "C", "D", "SE", "E", "GL", "SL", "Sp", "U", "SU"}, name);
  if (!known)
    return ("there is no group `" + name +
            "`; there are S, Z, shifts, C, D, SO, O, SE, E, GL, SL, Sp, U, SU, sign, products with `*`, semidirect, "
            "wreath and generated")
        .str();
  size_t most = name == "shifts" ? 8 : metric ? 2 : 1;
  if (sizes.empty() || sizes.size() > most)
    return (name + " takes " +
            (most == 1   ? "one size"
             : most == 2 ? "one or two sizes"
                         : "the sizes of a grid") +
            ", and " + llvm::Twine(sizes.size()) + " are given")
        .str();
  int64_t product = 1;
  for (int64_t size : sizes) {
    if (size < 1)
      return (name + "(" + llvm::Twine(size) + "): a size is at least 1").str();
    product *= size > (1 << 24) ? (1 << 24) + 1 : size;
    if (product > (1 << 24))
      return (name + " of this size permutes more than 2^24 points: too large").str();
  }
  bool finite = llvm::is_contained({"S", "Z", "shifts", "C", "D"}, name);
  if (!finite && llvm::any_of(sizes, [](int64_t size) { return size > 32; }))
    return (name + " is known up to 32 dimensions").str();
  if ((name == "C" || name == "D") && sizes[0] > 360)
    return (name + " is known up to 360 turns, and this one has " + llvm::Twine(sizes[0])).str();
  if (name == "Sp" && sizes[0] % 2)
    return ("Sp(" + llvm::Twine(sizes[0]) + "): a symplectic group acts on an even number of components").str();
  return std::nullopt;
}

llvm::Expected<GroupRef> Group::named(llvm::StringRef name, llvm::ArrayRef<int64_t> sizes) {
  if (std::optional<std::string> wrong = wrongSizes(name, sizes))
    return refusal(*wrong);
  bool finite = llvm::is_contained({"S", "Z", "shifts", "C", "D"}, name);
  return finite ? finiteGroup(name, sizes) : classicalGroup(name, sizes);
}

/// Adds the generators of all parts, which it gives.
static llvm::MutableArrayRef<Generator> addParts(GroupBuilder &builder, llvm::ArrayRef<GroupRef> parts) {
  builder.parts(parts);
  for (auto [p, part] : llvm::enumerate(parts))
    for (auto [k, generator] : llvm::enumerate(part->generators())) {
      std::string name = parts.size() > 1 ? (generator.name + " of " + part->text()).str() : generator.name;
      Generator &added = builder.add(std::move(name), generator.kind);
      added.implied = generator.implied;
      added.part = int(p);
      added.partIndex = int(k);
    }
  return builder.generators();
}

static std::optional<std::string> productOfOrders(llvm::ArrayRef<GroupRef> parts) {
  std::string product = "1";
  for (const GroupRef &part : parts) {
    if (!part->order())
      return std::nullopt;
    product = multiplyDecimals(product, *part->order());
  }
  return product;
}

GroupRef Group::product(llvm::ArrayRef<GroupRef> factors) {
  std::vector<GroupRef> flat;
  for (const GroupRef &factor : factors) {
    if (factor->kind() == Kind::Product)
      llvm::append_range(flat, factor->parts());
    else
      flat.push_back(factor);
  }
  if (flat.size() == 1)
    return flat[0];
  std::string text;
  for (const GroupRef &factor : flat)
    text += (text.empty() ? "" : " * ") + factor->text().str();
  GroupBuilder builder(Kind::Product, text);
  (void)addParts(builder, flat);
  builder.order(productOfOrders(flat));
  return builder.finish();
}

llvm::Expected<GroupRef> Group::semidirect(const GroupRef &shifts, const GroupRef &turns) {
  bool turning = turns->kind() == Kind::Turns || turns->kind() == Kind::Dihedral;
  bool grid = shifts->kind() == Kind::Shifts && shifts->sizes().size() == 2;
  if (!grid || !turning)
    return refusal("semidirect takes shifts of a grid and its turns, as in `semidirect(shifts(8, 8), C(4))`, not " +
                   shifts->text() + " and " + turns->text());
  int64_t k = turns->sizes()[0];
  if (k != 1 && k != 2 && k != 4)
    return refusal(turns->text() + " has no exact action on a grid: only C(2), C(4), D(1), D(2) and D(4) have");
  if (k == 4 && shifts->sizes()[0] != shifts->sizes()[1])
    return refusal(turns->text() + " needs a square grid, and this one is " + llvm::Twine(shifts->sizes()[0]) + " x " +
                   llvm::Twine(shifts->sizes()[1]));
  GroupBuilder builder(Kind::Semidirect, ("semidirect(" + shifts->text() + ", " + turns->text() + ")").str());
  builder.degree(int(shifts->sizes()[0] * shifts->sizes()[1]));
  for (Generator &added : addParts(builder, {shifts, turns})) {
    const Generator &source = builder.finish()->parts()[added.part]->generators()[added.partIndex];
    // The grid alone may not tell elements apart (2 x 2 cells), so the turn of directions stands beside it.
    added.permutation = added.part == 0 ? source.permutation : gridMove(*turns, added.partIndex, shifts->sizes());
    added.matrix = added.part == 0 ? Matrix::identity(2) : source.matrix;
  }
  builder.order(productOfOrders({shifts, turns}));
  return builder.finish();
}

llvm::Expected<GroupRef> Group::wreath(const GroupRef &inner, const GroupRef &outer) {
  for (const GroupRef &part : {inner, outer})
    if (part->degree() == 0)
      return refusal("wreath takes groups that permute points, and " + part->text() + " does not");
  int size = inner->degree(), blocks = outer->degree();
  GroupBuilder builder(Kind::Wreath, ("wreath(" + inner->text() + ", " + outer->text() + ")").str());
  builder.parts({inner, outer});
  builder.degree(size * blocks);
  std::vector<int> identity(size_t(size) * blocks);
  std::iota(identity.begin(), identity.end(), 0);
  for (int block = 0; block < blocks; ++block)
    for (const Generator &generator : inner->generators()) {
      Generator &added = builder.add(generator.name + " within block " + std::to_string(block));
      added.permutation = identity;
      for (int i = 0; i < size; ++i)
        added.permutation[block * size + i] = block * size + generator.permutation[i];
    }
  for (const Generator &generator : outer->generators()) {
    Generator &added = builder.add(generator.name + " of blocks");
    added.permutation = identity;
    for (int i = 0; i < size * blocks; ++i)
      added.permutation[i] = generator.permutation[i / size] * size + i % size;
  }
  std::vector<GroupRef> copies(blocks, inner);
  copies.push_back(outer);
  builder.order(productOfOrders(copies));
  return builder.finish();
}

bool Group::isContinuous() const {
  return llvm::any_of(generatorList, [](const Generator &g) { return g.kind == Generator::Kind::Lie; });
}

const Generator &Group::origin(int generator) const {
  const Generator &own = generatorList[generator];
  return own.part < 0 ? own : groupParts[own.part]->origin(own.partIndex);
}

/// A generator of random bits (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
static uint64_t splitMix(uint64_t &state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::vector<Word> Group::sample(int count, uint64_t seed) const {
  std::vector<Word> words(generatorList.empty() ? 0 : count);
  for (Word &word : words) {
    // Long enough that every generator comes up several times; discrete ones by a power that is not 0.
    size_t length = 2 * generatorList.size() + splitMix(seed) % (2 * generatorList.size() + 3);
    for (size_t k = 0; k < length; ++k) {
      int g = int(splitMix(seed) % generatorList.size());
      double uniform = double(splitMix(seed) >> 11) * 0x1p-53 * 2 - 1;
      bool lie = generatorList[g].kind == Generator::Kind::Lie;
      // Turns go all the way round; what stretches stays near the identity, so that f64 keeps its digits.
      bool compact = lie && Move::derivative(origin(g).matrix).moveClass() == MoveClass::Orthogonal;
      word.push_back({g, lie ? uniform * (compact ? std::numbers::pi : 0.25) : double(1 + splitMix(seed) % 7)});
    }
  }
  return words;
}
