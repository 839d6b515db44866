/// The programs that the tests of the parser read.
#ifndef NOETHER_TEST_UNIT_PARSE_PROGRAMS_H
#define NOETHER_TEST_UNIT_PARSE_PROGRAMS_H

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace nn {

/// Every program below test/Frontend/Parse/programs: its text by its name.
inline std::map<std::string, std::string> allPrograms() {
  std::map<std::string, std::string> result;
  std::filesystem::path folder = std::filesystem::path(NOETHER_SOURCE_DIR) / "test/Frontend/Parse/programs";
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".nn")
      continue;
    std::ifstream stream(entry.path());
    std::stringstream text;
    text << stream.rdbuf();
    result[entry.path().filename()] = text.str();
  }
  return result;
}

/// The code blocks of the reference, by their number; those that begin with `$` show a terminal.
inline std::map<std::string, std::string> referenceBlocks() {
  std::map<std::string, std::string> result;
  std::ifstream stream(std::filesystem::path(NOETHER_SOURCE_DIR) / "grammar/README.md");
  std::string line, block;
  bool inside = false;
  while (std::getline(stream, line)) {
    if (line.rfind("```", 0) != 0) {
      block += inside ? line + "\n" : "";
      continue;
    }
    if (inside && block.rfind("$", 0) != 0)
      result["block " + std::to_string(result.size() + 1)] = block;
    inside = !inside;
    block.clear();
  }
  return result;
}

} // namespace nn

#endif // NOETHER_TEST_UNIT_PARSE_PROGRAMS_H
