// Random planned programs of one equation, for comparing emitted code with the definition.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace nn::test {

/// Every seed is one program: affine, strided and quasi-affine reads, gathers, windows, cells in turns, scatters,
/// domains, fills, drops, all combine kinds, f32, f64, i32 and i1, with and without a frame.
class Generator {
public:
  explicit Generator(unsigned seed) : chance(seed) {}
  /// The text of a module with one root `f`.
  std::string program();

private:
  struct Range {
    int64_t low, high;
  };
  struct Expr {
    std::string text;
    Range range;
  };
  struct Buffer {
    std::vector<int64_t> shape;
    std::string element;
    int64_t bound = 0; ///< of a table's entries, or 0
  };

  int64_t pick(int64_t below) { return int64_t(chance() % uint64_t(below)); }
  bool oneIn(int64_t n) { return pick(n) == 0; }
  Expr dimension(int64_t d) { return {"d" + std::to_string(d), {0, extents[d] - 1}}; }
  Expr expression();
  void chooseBox();
  void chooseTables();
  void chooseWrite();
  void chooseReads();
  void chooseDomain();
  void chooseFrame();
  std::string body();
  std::string map(const std::vector<std::string> &results) const;
  std::string parameters() const;
  std::string memref(const Buffer &buffer) const;
  std::string render();

  std::mt19937 chance;
  std::string element, combine, domain, form, result;
  std::vector<int64_t> extents;
  std::vector<Buffer> inputs, tables;
  std::vector<std::string> reads, tableMaps, fills;
  Buffer dest;
  std::vector<std::string> write;
  std::vector<int64_t> written;
  bool turns = false; ///< the last index, of extent 2, is written between the cells of another one
  bool drop = false, init = false, accumulate = false;
  int64_t frame = -1, grain = 0;
};

} // namespace nn::test
