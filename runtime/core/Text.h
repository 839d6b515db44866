/// Text: formatting, numbers, types, and guesses at what a misspelled word meant.
#pragma once

#include "noether/abi.h"

#include <cstdint>
#include <string>
#include <vector>

namespace nnrt {

/// printf into a string.
[[gnu::format(printf, 1, 2)]] std::string format(const char *pattern, ...);

/// The whole text as a number; false when it is anything else. Integers take no fraction and no exponent.
bool parseInteger(const std::string &text, int64_t &value);
bool parseNumber(const std::string &text, double &value);
/// Of doubles the greatest below which every whole number is one.
constexpr double largestWhole = 9007199254740992;

/// The fewest digits that tell this number from its neighbours as a float, or as a double: 0.1, 1e-05, nan.
std::string shortest(double value, bool isDouble = false);

/// A name that a program can write: letters, digits and single `_`; "" when nothing of the text is left.
std::string identifier(const std::string &text);

/// "12,345".
std::string withThousands(int64_t value);

/// "1.4 MB".
std::string humanBytes(int64_t bytes);

/// "5.1 s", "2 min 05 s", "1 h 03 min".
std::string humanSeconds(double seconds);

/// "f32[1, 28, 28]", "i32"; "index(10)" when the type is one of classes.
std::string typeText(int64_t dtype, const std::vector<int64_t> &shape);
std::string typeText(const nn_type &type);

/// Bytes of one element, "f32", and its spelling in safetensors, "F32".
int64_t dtypeSize(int64_t dtype);
inline bool isFloat(int64_t dtype) { return dtype >= NN_F16; }
const char *dtypeName(int64_t dtype);
const char *dtypeTag(int64_t dtype);

int64_t elementCount(const std::vector<int64_t> &shape);
int64_t elementCount(const nn_type &type);
std::vector<int64_t> shapeOf(const nn_type &type);

/// The candidate nearest to a misspelled word, or "" when none is near.
std::string nearest(const std::string &word, const std::vector<std::string> &candidates);

std::string join(const std::vector<std::string> &parts, const char *separator);
std::vector<std::string> split(const std::string &text, char separator);
std::string trim(const std::string &text);
bool endsWith(const std::string &text, const char *suffix);

} // namespace nnrt
