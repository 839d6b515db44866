// Random planned programs of one equation.
#include "Generator.h"

#include <algorithm>

using namespace nn::test;

static std::string join(const std::vector<std::string> &parts) {
  std::string text;
  for (const std::string &part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text;
}

void Generator::chooseBox() {
  static const int64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 10, 13, 16, 17, 20, 33, 40};
  int64_t dims = 1 + pick(4), points = 1;
  for (int64_t d = 0; d < dims; ++d) {
    int64_t extent = sizes[pick(14)];
    while (points * extent > 20000)
      extent = (extent + 1) / 2;
    points *= extent;
    extents.push_back(extent);
  }
  turns = dims < 4 && points <= 10000 && oneIn(6);
  if (turns)
    extents.push_back(2);
  static const char *elements[] = {"f64", "f64", "f64", "f32", "f32", "i32", "i1"};
  element = elements[pick(7)];
  static const char *kinds[] = {"map", "sum", "sum", "sum", "max", "min", "prod", "argmax", "argmin"};
  combine = kinds[pick(9)];
  if (combine == "prod" && element == "f32")
    element = "f64"; // products of many numbers leave the range of f32
  if (combine == "prod" && element == "i32")
    combine = "sum";
  if (element == "i1" && (combine == "sum" || combine == "prod"))
    combine = "max";
}

void Generator::chooseTables() {
  int64_t count = oneIn(2) ? 0 : 1 + pick(2);
  for (int64_t j = 0; j < count; ++j) {
    Buffer table = {{}, "i32", 1 + pick(20)};
    std::vector<std::string> results;
    for (size_t d = 0; d < extents.size(); ++d)
      if (oneIn(2)) {
        table.shape.push_back(extents[d]);
        results.push_back("d" + std::to_string(d));
      }
    if (j == 1 && oneIn(3)) {
      table.shape.push_back(tables[0].bound);
      results.push_back("s0");
    }
    tables.push_back(table);
    tableMaps.push_back(join(results));
  }
}

/// An index expression with its exact or a wider range.
Generator::Expr Generator::expression() {
  Expr d = dimension(pick(extents.size()));
  switch (pick(9)) {
  case 0: {
    int64_t factor = 1 + pick(3), offset = pick(4);
    return {d.text + " * " + std::to_string(factor) + " + " + std::to_string(offset),
            {offset, d.range.high * factor + offset}};
  }
  case 1: {
    Expr e = dimension(pick(extents.size()));
    return {d.text + " + " + e.text, {0, d.range.high + e.range.high}};
  }
  case 2: {
    int64_t by = 2 + pick(3);
    return {"(" + d.text + " + 1) floordiv " + std::to_string(by), {0, (d.range.high + 1) / by}};
  }
  case 3: {
    int64_t by = 2 + pick(5);
    return {"(" + d.text + " - 2) mod " + std::to_string(by), {0, by - 1}};
  }
  case 4:
    return {"-" + d.text + " + " + std::to_string(d.range.high), {0, d.range.high}};
  case 5:
    if (!tables.empty()) {
      int64_t j = pick(tables.size());
      return {"s" + std::to_string(j), {0, tables[j].bound - 1}};
    }
    return d;
  default:
    return d;
  }
}

void Generator::chooseWrite() {
  bool arg = combine.substr(0, 3) == "arg";
  dest.element = arg ? "i32" : element;
  std::vector<int64_t> order;
  for (size_t d = 0; d < extents.size() - (turns ? 1 : 0); ++d)
    if (combine == "map" || !oneIn(3))
      order.push_back(int64_t(d));
  std::shuffle(order.begin(), order.end(), chance);
  if (oneIn(2))
    std::sort(order.begin(), order.end());
  written = order;
  form = "owner";
  for (int64_t d : order) {
    int64_t offset = oneIn(6) ? pick(3) : 0, factor = oneIn(8) ? 2 : 1;
    init |= offset || factor > 1;
    write.push_back("d" + std::to_string(d) + " * " + std::to_string(factor) + " + " + std::to_string(offset));
    if (!offset && factor == 1)
      write.back() = "d" + std::to_string(d);
    dest.shape.push_back((extents[d] - 1) * factor + 1 + offset);
  }
  if (turns && !write.empty()) {
    // Cells of the last index have those of another one between them.
    std::string offset = oneIn(4) ? " + 1" : "";
    init |= !offset.empty();
    write.back() = "d" + std::to_string(order.back()) + " * 2 + d" + std::to_string(extents.size() - 1) + offset;
    dest.shape.back() = 2 * extents[order.back()] + (offset.empty() ? 0 : 1);
  } else if (turns) {
    write.push_back("d" + std::to_string(extents.size() - 1));
    dest.shape.push_back(2);
  }
  if (!arg && oneIn(5)) {
    Expr e = expression();
    write.push_back(e.text);
    dest.shape.push_back(e.range.high + 1);
    form = "scatter";
    init = true;
    if (oneIn(2) && dest.shape.back() > 1) {
      dest.shape.back() = (dest.shape.back() + 1) / 2;
      drop = true;
    }
  } else if (!write.empty() && oneIn(6)) {
    int64_t r = pick(write.size());
    write[r] += " - 1";
    drop = init = true;
  }
  if (combine != "map" && !arg && oneIn(6)) {
    accumulate = true;
    init = false;
  }
}

void Generator::chooseReads() {
  int64_t count = 1 + pick(3);
  for (int64_t k = 0; k < count; ++k) {
    Buffer buffer = {{}, element, 0};
    std::vector<std::string> results;
    std::string fill = "unit";
    int64_t rank = pick(4);
    for (int64_t r = 0; r < rank; ++r) {
      Expr e = oneIn(2) ? expression()
                        : dimension(int64_t(extents.size()) - 1 - std::min<int64_t>(pick(2), extents.size() - 1));
      int64_t size = e.range.high + 1;
      if (oneIn(6)) {
        e.text += " - 1";
        fill = element == "i1" ? "true" : element == "i32" ? "3 : i32" : "-0.5 : " + element;
        size = std::max<int64_t>(1, size - 2);
      }
      results.push_back(e.text);
      buffer.shape.push_back(size);
    }
    inputs.push_back(buffer);
    reads.push_back(join(results));
    fills.push_back(fill);
  }
}

void Generator::chooseDomain() {
  if (!oneIn(3))
    return;
  Expr d = dimension(pick(extents.size())), e = dimension(pick(extents.size()));
  switch (pick(5)) {
  case 0:
    domain = d.text + " - " + e.text + " >= 0";
    break;
  case 1:
    domain = d.text + " - " + e.text + " == 0";
    break;
  case 2:
    domain = d.text + " + " + e.text + " - 3 >= 0";
    break;
  case 3:
    domain = "-" + d.text + " * 2 + " + e.text + " + 5 >= 0, " + d.text + " mod 3 - 1 >= 0";
    break;
  default:
    if (!tables.empty())
      domain = "s0 - " + d.text + " - 1 >= 0";
  }
}

/// A frame is possible along a result axis that is a bare index which no other result uses.
void Generator::chooseFrame() {
  if (oneIn(3))
    return;
  std::vector<int64_t> candidates;
  for (int64_t d : written) {
    std::string name = "d" + std::to_string(d);
    int64_t uses = 0, bare = 0;
    for (const std::string &text : write) {
      uses += text.find(name) != std::string::npos;
      bare += text == name;
    }
    bool throughSymbol = false;
    for (const std::string &text : write)
      throughSymbol |= text.find('s') != std::string::npos;
    if (uses == 1 && bare == 1 && (!throughSymbol || form == "scatter"))
      candidates.push_back(d);
  }
  if (candidates.empty())
    return;
  frame = candidates[pick(candidates.size())];
  static const int64_t grains[] = {1, 2, 3, 4, 8, 16};
  grain = grains[pick(6)];
}

std::string Generator::body() {
  std::string text, value = "%a0";
  bool real = element[0] == 'f';
  auto line = [&](const std::string &name, const std::string &code) { text += "  " + name + " = " + code + "\n"; };
  for (size_t k = 1; k < inputs.size(); ++k) {
    std::string next = "%v" + std::to_string(k), other = "%a" + std::to_string(k);
    if (real && oneIn(5)) {
      line("%c" + std::to_string(k), "arith.cmpf ogt, " + value + ", " + other + " : " + element);
      line(next, "arith.select %c" + std::to_string(k) + ", " + value + ", " + other + " : " + element);
    } else if (element == "i1") {
      line(next, "arith.andi " + value + ", " + other + " : i1");
    } else {
      static const char *operations[] = {"mul", "mul", "add", "sub"};
      line(next,
           std::string("arith.") + operations[pick(4)] + element[0] + " " + value + ", " + other + " : " + element);
    }
    value = next;
  }
  bool exact = combine == "max" || combine == "min" || combine.substr(0, 3) == "arg" || combine == "prod";
  if (real && oneIn(4)) {
    line("%i", "nn.index " + std::to_string(pick(extents.size())) + " : i32");
    line("%f", "arith.sitofp %i : i32 to " + element);
    line("%w", "arith.addf " + value + ", %f : " + element);
    value = "%w";
  }
  if (real && !exact && oneIn(3)) {
    static const char *functions[] = {"tanh", "sin", "cos", "erf", "exp", "absf"};
    line("%t", std::string("math.") + functions[pick(6)] + " " + value + " : " + element);
    value = "%t";
    if (text.find("math.exp") != std::string::npos) {
      text.replace(text.find("math.exp"), 8, "math.tanh");
    }
  }
  if (real && oneIn(8) && !exact) {
    line("%k", "arith.constant 7 : i32");
    line("%n", "nn.index " + std::to_string(pick(extents.size())) + " : i32");
    line("%r", std::string("nn.random ") + (oneIn(2) ? "uniform" : "normal") +
                   " key(%k, %n, %k, %k) site 3 element %n : " + element);
    line("%z", "arith.mulf " + value + ", %r : " + element);
    value = "%z";
  }
  return text + "  nn.yield " + value + " : " + element + "\n";
}

std::string Generator::parameters() const {
  std::string text = "(";
  for (size_t d = 0; d < extents.size(); ++d)
    text += (d ? ", d" : "d") + std::to_string(d);
  text += ")";
  for (size_t j = 0; j < tables.size(); ++j)
    text += (j ? ", s" : "[s") + std::to_string(j);
  return text + (tables.empty() ? "" : "]");
}

std::string Generator::map(const std::vector<std::string> &results) const {
  return "affine_map<" + parameters() + " -> (" + join(results) + ")>";
}

std::string Generator::memref(const Buffer &buffer) const {
  std::string text = "memref<";
  for (int64_t size : buffer.shape)
    text += std::to_string(size) + "x";
  return text + buffer.element + ">";
}

std::string Generator::render() {
  std::vector<std::string> names, types, arguments, buffers, readMaps, symbolMaps, operandTypes, results, inputNames,
      tableNames, parts;
  std::string declarations;
  int64_t offset = 0;
  auto add = [&](const std::string &name, const Buffer &buffer, bool isResult) {
    std::string type = memref(buffer), tensor = "tensor" + type.substr(6);
    int64_t bytes = 8;
    for (int64_t size : buffer.shape)
      bytes *= size;
    declarations += "    %b" + name + " = nn.buffer io offset " + std::to_string(offset) + " : " + type + "\n";
    std::string entry = "{bind = #nn.bind<" + std::string(isResult ? "output" : "arg") + ", \"" + name +
                        "\">, type = " + tensor + ", offset = " + std::to_string(offset) + " : i64" +
                        (buffer.bound ? ", bound = " + std::to_string(buffer.bound) + " : i64}" : "}");
    arguments.push_back(entry);
    if (isResult)
      results.push_back(entry);
    names.push_back("%" + name + ": " + type);
    buffers.push_back("%b" + name);
    types.push_back(type);
    offset += (bytes + 63) / 64 * 64;
  };
  for (size_t k = 0; k < inputs.size(); ++k) {
    add("x" + std::to_string(k), inputs[k], false);
    inputNames.push_back("%x" + std::to_string(k));
    readMaps.push_back(map({reads[k]}));
    parts.push_back("%a" + std::to_string(k) + ": " + element);
  }
  for (size_t j = 0; j < tables.size(); ++j) {
    add("t" + std::to_string(j), tables[j], false);
    tableNames.push_back("%t" + std::to_string(j));
    symbolMaps.push_back(map({tableMaps[j]}));
  }
  add("y", dest, true);
  std::string box;
  for (int64_t extent : extents)
    box += (box.empty() ? "" : ", ") + std::to_string(extent);
  std::string text = "module {\n nn.command @c calls @f arguments [] show \"tensor\"\n nn.kernel @k frame " +
                     std::to_string(frame < 0 ? 0 : extents[frame]) +
                     (frame < 0 ? "" : " grain " + std::to_string(grain)) +
                     " attributes {nn.workspace_bytes = 0 : i64} {\n ^bb0(" + join(names) + "):\n";
  text += "  nn.equation " + combine + " [" + box + "] reads(" + join(inputNames) + ") [" + join(readMaps) + "]";
  if (!tables.empty())
    text += " tables(" + join(tableNames) + ") [" + join(symbolMaps) + "]";
  text += " writes(%y) " + map(write);
  if (!domain.empty())
    text += " where affine_set<" + parameters() + " : (" + domain + ")>";
  text += " fill [" + join(fills) + "]";
  text += std::string(drop ? " drop" : "") + (accumulate ? " accumulate" : "");
  text += " attributes {nn.form = \"" + form + "\"" + (init ? ", nn.init" : "") +
          (frame < 0 ? "" : ", nn.frame = " + std::to_string(frame) + " : i64") + "} {\n ^bb0(" + join(parts) + "):\n" +
          body() + "  } : (" + join(types) + ") -> ()\n }\n";
  text += " func.func @f() attributes {nn.io_bytes = " + std::to_string(offset) + " : i64, nn.arguments = [" +
          join(arguments) + "], nn.results = [" + join(results) + "]} {\n" + declarations + "    nn.launch @k(" +
          join(buffers) + ") : " + join(types) + "\n    return\n }\n}\n";
  return text;
}

std::string Generator::program() {
  chooseBox();
  chooseTables();
  chooseWrite();
  chooseReads();
  chooseDomain();
  chooseFrame();
  return render();
}
