// Functions that a keyed hash draws.
#include "Symmetry/Replay/Field.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/SipHash.h"

namespace nn::replay {

/// Each prime is one of so many.
static constexpr unsigned manyPrimes = 256;

Field::Field(int64_t order) : one(order, 2 * (random() % manyPrimes)), two(order, 2 * (random() % manyPrimes) + 1) {
  for (uint8_t &byte : key)
    byte = uint8_t(random());
  for (int64_t k = 1; order > 4 && k < order; ++k)
    for (double rounded = std::cos(2 * M_PI * double(k) / double(order));
         double each : {rounded, double(float(rounded))})
      if (4 * k != order && 4 * k != 3 * order)
        cosines.try_emplace(llvm::bit_cast<uint64_t>(each), Number{one.cosine(k), two.cosine(k)});
}

Number Field::apply(Function function, llvm::ArrayRef<Number> arguments, uint64_t which) {
  llvm::SmallVector<uint64_t> words{uint64_t(function), which};
  for (const Number &argument : arguments) {
    largest = std::max(largest, argument.degree);
    words.append({argument.first, argument.second});
  }
  ++applications;
  uint64_t halves[2];
  llvm::getSipHash_2_4_128({reinterpret_cast<const uint8_t *>(words.data()), words.size_in_bytes()}, key,
                           reinterpret_cast<uint8_t (&)[16]>(halves));
  return {halves[0] % one.prime(), halves[1] % two.prime(), 1};
}

} // namespace nn::replay
