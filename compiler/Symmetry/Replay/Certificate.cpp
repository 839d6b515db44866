// Reading certificates, strictly.
#include "Symmetry/Replay/Certificate.h"

#include "llvm/Support/JSON.h"

namespace json = llvm::json;

namespace nn::replay {

namespace {

/// The members of an object, each of which has to be asked for.
class Members {
public:
  Members(const json::Value &value, json::Path path) : object(value.getAsObject()), path(path) {}
  bool has(llvm::StringRef key) const { return object && object->get(key); }
  template <typename T> Members &read(const char *key, T &into) {
    fine &= has(key) && fromJSON(*object->get(key), into, path.field(key));
    ++taken;
    return *this;
  }
  template <typename T> Members &readIfThere(const char *key, T &into) { return has(key) ? read(key, into) : *this; }
  /// All are read, and there are no others.
  bool done() {
    bool all = fine && object && taken == object->size();
    if (!all)
      path.report("a member is missing, or not known");
    return all;
  }

private:
  const json::Object *object;
  json::Path path;
  size_t taken = 0;
  bool fine = true;
};

} // namespace

/// "stays", "same", "grid", "moves 2", or "moves 2 dual".
bool fromJSON(const json::Value &value, AxisMove &into, json::Path path) {
  using Kind = AxisMove::Kind;
  llvm::StringRef text = value.getAsString().value_or("");
  into.kind = text == "stays" ? Kind::Stays : text == "same" ? Kind::Same : text == "grid" ? Kind::Grid : Kind::Moves;
  into.dual = text.consume_back(" dual");
  return into.kind != Kind::Moves || (text.consume_front("moves ") && !text.getAsInteger(10, into.mover));
}

bool fromJSON(const json::Value &value, Grid &into, json::Path path) {
  Members members(value, path);
  return members.read("axes", into.axes)
      .read("turn", into.turn)
      .read("shift", into.shift)
      .read("torus", into.torus)
      .done();
}

bool fromJSON(const json::Value &value, Action &into, json::Path path) {
  Members members(value, path);
  members.read("axes", into.axes).readIfThere("grids", into.grids).readIfThere("values", into.values);
  return members.readIfThere("odd", into.odd)
      .readIfThere("weight", into.weight)
      .readIfThere("point", into.point)
      .done();
}

bool fromJSON(const json::Value &value, Mover &into, json::Path path) {
  Members members(value, path);
  using Kind = Mover::Kind;
  const json::Object *object = value.getAsObject();
  bool any = object && object->getString("permutation") == "any";
  into.kind = members.has("merged")   ? Kind::Merged
              : members.has("matrix") ? Kind::Matrix
              : any                   ? Kind::Any
                                      : Kind::Table;
  if (into.kind == Kind::Merged)
    return members.read("merged", into.extents).read("factors", into.factors).done();
  if (into.kind == Kind::Matrix)
    return members.read("matrix", into.by).read("extent", into.extent).read("orthogonal", into.orthogonal).done();
  return any ? members.read("permutation", into.by).done() : members.read("permutation", into.image).done();
}

bool fromJSON(const json::Value &value, Record &into, json::Path path) {
  Members members(value, path);
  members.read("value", into.value).read("rule", into.rule).read("action", into.action);
  if (into.rule == "equation")
    members.read("box", into.box).readIfThere("as", into.as).readIfThere("through", into.through);
  return members.done();
}

bool fromJSON(const json::Value &value, Element &into, json::Path path) {
  Members members(value, path);
  members.read("element", into.name).readIfThere("generator", into.generator).read("movers", into.movers);
  return members.read("outputs", into.outputs).read("records", into.records).done();
}

bool fromJSON(const json::Value &value, Certificate &into, json::Path path) {
  Members members(value, path);
  members.read("claim", into.claim).read("group", into.group).read("form", into.form).read("action", into.action);
  return members.read("sizes", into.sizes).read("elements", into.elements).done();
}

llvm::Expected<std::vector<Certificate>> readCertificates(llvm::StringRef text) {
  return json::parse<std::vector<Certificate>>(text, "certificates");
}

} // namespace nn::replay
