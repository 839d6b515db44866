/// Scans of whole tensors, which only a failed training pays for.
#include "core/Watch.h"
#include "core/Text.h"

#include <algorithm>
#include <cmath>

namespace nnrt {

template <class T> static void scan(const void *elements, int64_t count, Contents &contents) {
  const T *numbers = static_cast<const T *>(elements);
  for (int64_t i = 0; i < count; ++i) {
    double value = double(numbers[i]);
    if (std::isnan(value)) {
      ++contents.nans;
    } else if (std::isinf(value)) {
      ++contents.infinities;
    } else {
      contents.least = contents.finite ? std::min(contents.least, value) : value;
      contents.most = contents.finite ? std::max(contents.most, value) : value;
      ++contents.finite;
    }
  }
}

Contents contentsOf(const void *elements, int64_t dtype, int64_t count) {
  Contents contents;
  switch (dtype) {
  case NN_F32:
    scan<float>(elements, count, contents);
    break;
  case NN_F64:
    scan<double>(elements, count, contents);
    break;
  case NN_I32:
    scan<int32_t>(elements, count, contents);
    break;
  case NN_I64:
    scan<int64_t>(elements, count, contents);
    break;
  default:
    scan<uint8_t>(elements, count, contents);
  }
  return contents;
}

std::string contentsText(const Contents &contents) {
  std::string text;
  if (contents.finite > 0)
    text = contents.least == contents.most ? shortest(contents.least)
                                           : shortest(contents.least) + " to " + shortest(contents.most);
  auto also = [&](int64_t count, const char *what) {
    if (count == 0)
      return;
    bool all = contents.finite == 0 && count == contents.nans + contents.infinities;
    text += (text.empty() ? "" : ", ") + (all ? std::string("all ") : withThousands(count) + " ") + what;
  };
  also(contents.infinities, "infinite");
  also(contents.nans, "nan");
  return text;
}

void NumberWatch::before(const nn_site *site, void *const *buffers) {
  read.clear();
  for (int64_t k = 0; site && k < site->operand_count; ++k)
    read.push_back(contentsOf(buffers[k], site->operands[k].dtype, site->operands[k].count));
}

void NumberWatch::after(const nn_site *site, void *const *buffers) {
  bool hadNan = false, hadInfinity = false;
  for (int64_t k = 0; site && k < site->operand_count; ++k)
    if (!site->operands[k].written) {
      hadNan = hadNan || read[size_t(k)].nans > 0;
      hadInfinity = hadInfinity || read[size_t(k)].infinities > 0;
    }
  for (int64_t k = 0; site && k < site->operand_count; ++k) {
    const nn_operand &operand = site->operands[k];
    if (!operand.written)
      continue;
    Contents now = contentsOf(buffers[k], operand.dtype, operand.count);
    if (now.nans > 0 && !hadNan && !firstNan.site)
      firstNan = {site, k, now, read};
    if (now.infinities > 0 && !hadInfinity && !firstInfinity.site)
      firstInfinity = {site, k, now, read};
  }
}

} // namespace nnrt
