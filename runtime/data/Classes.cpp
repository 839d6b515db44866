/// Binary search over names.
#include "data/Classes.h"
#include "core/Text.h"

#include <algorithm>

namespace nnrt {

Classes::Classes(std::vector<std::string> names) : all(std::move(names)), byName(all.size()) {
  for (size_t i = 0; i < byName.size(); ++i)
    byName[i] = uint32_t(i);
  std::sort(byName.begin(), byName.end(), [&](uint32_t a, uint32_t b) { return all[a] < all[b]; });
}

int64_t Classes::find(std::string_view name) const {
  auto at = std::lower_bound(byName.begin(), byName.end(), name,
                             [&](uint32_t index, std::string_view wanted) { return all[index] < wanted; });
  return at != byName.end() && all[*at] == name ? int64_t(*at) : -1;
}

std::vector<std::string> distinct(std::vector<std::string_view> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  std::vector<std::string> names(texts.begin(), texts.end());
  int64_t value;
  if (!std::all_of(names.begin(), names.end(), [&](const std::string &name) { return parseInteger(name, value); }))
    return names;
  std::sort(names.begin(), names.end(), [](const std::string &a, const std::string &b) {
    int64_t left = 0, right = 0;
    parseInteger(a, left);
    parseInteger(b, right);
    return left < right;
  });
  return names;
}

} // namespace nnrt
