/// Names of classes and their indices.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nnrt {

class Classes {
public:
  Classes() = default;
  /// Classes in this order.
  explicit Classes(std::vector<std::string> names);

  const std::vector<std::string> &names() const { return all; }
  int64_t size() const { return int64_t(all.size()); }
  /// The index of a name, or -1.
  int64_t find(std::string_view name) const;

private:
  std::vector<std::string> all;
  std::vector<uint32_t> byName;
};

/// Each of these texts once: whole numbers by value, all else by its bytes.
std::vector<std::string> distinct(std::vector<std::string_view> texts);

} // namespace nnrt
