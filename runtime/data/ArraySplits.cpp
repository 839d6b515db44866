/// Sorts arrays into splits.
#include "data/ArraySplits.h"
#include "core/Text.h"

#include <algorithm>

namespace nnrt {
namespace {

struct Spelling {
  const char *word, *split;
};

constexpr Spelling spellings[] = {
    {"train", "train"}, {"validation", "validation"}, {"valid", "validation"}, {"val", "validation"}, {"test", "test"}};

/// A name without the word for its split, and that split; "" where it has none.
struct Place {
  std::string split, name;
};

Place placeOf(const std::string &name) {
  for (const Spelling &spelling : spellings) {
    std::string prefix = std::string(spelling.word) + "_", suffix = "_" + std::string(spelling.word);
    if (name.size() > prefix.size() && name.compare(0, prefix.size(), prefix) == 0)
      return {spelling.split, name.substr(prefix.size())};
    if (name.size() > suffix.size() && endsWith(name, suffix.c_str()))
      return {spelling.split, name.substr(0, name.size() - suffix.size())};
  }
  return {"", name};
}

/// Whether the places make sense as splits.
bool areSplits(const std::vector<Place> &places, bool shared) {
  auto has = [&](const std::string &split, const std::string &name) {
    return std::any_of(places.begin(), places.end(),
                       [&](const Place &other) { return other.split == split && other.name == name; });
  };
  bool several = false;
  for (const Place &place : places) {
    if (place.split.empty() && (!shared || has("train", place.name)))
      return false;
    if (place.split.empty() || place.split == "train")
      continue;
    if (!has("train", place.name) && !has("", place.name))
      return false;
    several = true;
  }
  return several;
}

} // namespace

bool namesSplit(const std::string &name) { return !placeOf(name).split.empty(); }

std::vector<ArraySplit> splitArrays(std::vector<NamedArray> arrays, bool shared) {
  std::vector<Place> places;
  for (const NamedArray &each : arrays)
    places.push_back(placeOf(each.name));
  std::vector<ArraySplit> splits;
  if (!areSplits(places, shared)) {
    splits.push_back({"train", std::move(arrays)});
    return splits;
  }
  for (const char *name : {"train", "validation", "test"}) {
    ArraySplit split = {name, {}};
    for (size_t k = 0; k < arrays.size(); ++k)
      if (places[k].split == name || (places[k].split.empty() && split.name == "train"))
        split.arrays.push_back({places[k].name, std::move(arrays[k].array)});
    if (!split.arrays.empty())
      splits.push_back(std::move(split));
  }
  return splits;
}

} // namespace nnrt
