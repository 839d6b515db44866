// Formulas by their values: what is known of functions, and elements of groups with a variable in them.
#include "Symmetry/Prover/Identity/FormalElement.h"

#include "gtest/gtest.h"

using namespace nn::prover;
using namespace nn::symmetry;

namespace {

constexpr uint64_t someFunction = 7;

class FormalField61 : public testing::Test {
protected:
  FormalField field{4, 0};
  Number x = field.variable(), y = field.variable();
};

TEST_F(FormalField61, NumbersAreExact) {
  EXPECT_EQ(field.add(field.ofDouble(0.5), field.ofDouble(0.25)), field.ofDouble(0.75));
  EXPECT_EQ(field.multiply(field.ofDouble(-1e300), field.ofDouble(0.0)), 0u);
  EXPECT_EQ(field.multiply(field.ofDouble(0x1p-1070), field.ofDouble(0x1p1000)), field.ofDouble(0x1p-70));
  // 0.1 is no tenth.
  EXPECT_NE(field.multiply(field.ofDouble(0.1), field.ofInteger(10)), 1u);
}

TEST_F(FormalField61, FunctionsAreToldApartByTheirArguments) {
  EXPECT_EQ(field.apply(someFunction, {x, y}), field.apply(someFunction, {x, y}));
  EXPECT_NE(field.apply(someFunction, {x, y}), field.apply(someFunction, {y, x}));
  EXPECT_NE(field.apply(someFunction, {x}), field.apply(someFunction + 1, {x}));
  EXPECT_EQ(field.odd(someFunction, field.negate(x)), field.negate(field.odd(someFunction, x)));
  EXPECT_EQ(field.odd(someFunction, 0), 0u);
  EXPECT_EQ(field.even(someFunction, field.negate(x)), field.even(someFunction, x));
}

TEST_F(FormalField61, ANumberIsPositiveOrItsNegativeIsOrItIsZero) {
  for (Number each : {x, y, Number(0), Number(1)}) {
    Number all = field.add(field.isZero(each), field.add(field.isPositive(each), field.isPositive(field.negate(each))));
    EXPECT_EQ(all, 1u);
    EXPECT_EQ(field.subtract(field.positivePart(each), field.positivePart(field.negate(each))), each);
  }
  EXPECT_EQ(field.isZero(0), 1u);
  EXPECT_NE(field.isPositive(x), field.isPositive(field.add(x, x)));
}

TEST_F(FormalField61, TheGreatestForgetsOrderAndMovesAlong) {
  llvm::SmallVector<Number> a{x, y, 3}, b{y, 3, x, x}, c{field.add(x, 5), field.add(y, 5), 8}, d{x, y};
  Number greatest = field.greatest(a);
  EXPECT_EQ(field.greatest(b), greatest);
  EXPECT_EQ(field.greatest(c), field.add(greatest, 5));
  EXPECT_NE(field.greatest(d), greatest);
}

/// The element on an axis of `extent`.
FormalMove elementOn(FormalElement &element, llvm::StringRef group, int64_t extent, int generator,
                     llvm::StringRef by = "") {
  GroupRef own = llvm::cantFail(parseGroup(group));
  auto move = element.on(llvm::cantFail(represent(own, {extent}, by)), generator);
  EXPECT_TRUE(move.has_value());
  return move.value_or(FormalMove());
}

/// sum[k] of the products of entries k of the moved x and of the moved y, with signs.
Number product(const FormalMove &a, const FormalMove &b, llvm::ArrayRef<Number> x, llvm::ArrayRef<Number> y,
               llvm::ArrayRef<int> signs, FormalField &field) {
  int64_t n = int64_t(x.size());
  std::vector<Number> u = moveAxes(x.vec(), {n}, {0}, a, field), v = moveAxes(y.vec(), {n}, {0}, b, field);
  Number sum = 0;
  for (int64_t k = 0; k < n; ++k)
    sum = field.add(sum, field.multiply(field.ofInteger(signs[k]), field.multiply(u[k], v[k])));
  return sum;
}

TEST_F(FormalField61, RotationsKeepLengthsBoostsTheInterval) {
  std::vector<Number> a, b;
  for (int k = 0; k < 5; ++k) {
    a.push_back(field.variable());
    b.push_back(field.variable());
  }
  auto keeps = [&](llvm::StringRef group, int64_t extent, int generator, llvm::StringRef by,
                   llvm::ArrayRef<int> signs) {
    FormalElement element(field);
    FormalMove move = elementOn(element, group, extent, generator, by), one = move;
    one.matrix.assign(size_t(extent * extent), 0);
    for (int64_t k = 0; k < extent; ++k)
      one.matrix[k * extent + k] = 1;
    auto x = llvm::ArrayRef(a).take_front(extent), y = llvm::ArrayRef(b).take_front(extent);
    EXPECT_NE(moveAxes(x.vec(), {extent}, {0}, move, field), x.vec());
    return product(move, move, x, y, signs, field) == product(one, one, x, y, signs, field);
  };
  EXPECT_TRUE(keeps("SO(3)", 3, 0, "", {1, 1, 1}));
  EXPECT_FALSE(keeps("SO(3)", 3, 0, "", {1, 2, 1}));
  EXPECT_TRUE(keeps("SO(3)", 5, 0, "irrep(2)", {1, 1, 1, 1, 1}));
  // Generators of SO(1, 3) are turns and boosts; only the interval is kept by all.
  for (int generator = 0; generator < 3; ++generator)
    EXPECT_TRUE(keeps("SO(1, 3)", 4, generator, "", {1, -1, -1, -1}));
}

TEST_F(FormalField61, DualsKeepPairings) {
  for (int generator = 0; generator < 2; ++generator) {
    FormalElement element(field);
    FormalMove move = elementOn(element, "SL(2)", 2, generator),
               dual = elementOn(element, "SL(2)", 2, generator, "dual");
    std::vector<Number> a{x, y}, b{field.variable(), field.variable()};
    Number sum = field.add(field.multiply(a[0], b[0]), field.multiply(a[1], b[1]));
    EXPECT_EQ(product(move, dual, a, b, {1, 1}, field), sum);
    EXPECT_NE(product(move, move, a, b, {1, 1}, field), sum);
  }
}

} // namespace
