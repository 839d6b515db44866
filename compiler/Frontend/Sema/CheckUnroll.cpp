/// Generation: a model is asked for what follows a sequence, and what is made of its answer is put behind the sequence.
#include "Frontend/Sema/Checker.h"

#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

/// Note [Unrolling]
///
/// `unroll(model, prompt, tokens, next)` is a loop over (entries, count): room for the prompt and all that follows it,
/// and how many of them there are. A turn shows the model the last `window` of them,
///
///     x[i < t] = entries[i + max(count - window, 0)],   t = min(count, window),
///
/// takes what it says at position t - 1, and writes what `next` makes of that to entries[count]. The length t is a
/// bounded variable that no example gives: the body of the loop computes it, for the model that it calls. A model that
/// declares exactly how many entries it reads has no such variable, and the prompt has to be long enough.
struct Checker::Unrolled {
  ArgValue model, prompt, tokens, next;
  SourceRange range;
  Expr *start = nullptr; ///< the prompt
  Dim given, made;       ///< how many entries the prompt has, and how many are made
  Dim room, window;      ///< entries that are kept, and that the model sees at most
  Dim length;            ///< what the model sees in a turn: a variable, or the window
  bool isExact = false;  ///< the model sees the whole window, always
};

/// The most that a dimension can be, for storage; open variables stay.
static Dim most(const Dim &dim) { return dim.isBounded() ? Dim(dim.storage()) : dim; }

// ---- arguments

bool Checker::notUnrolled(SourceRange at, const std::string &why) {
  auto &report = diags.report(diag::LoopArguments, at, "unroll");
  report.label(at, why).help("write `unroll(model, prompt, 200, result => next)`");
  return false;
}

bool Checker::unrollArguments(const std::vector<ArgValue> &args, SourceRange range, Unrolled &unrolled) {
  std::vector<ArgValue *> places = {&unrolled.model, &unrolled.prompt, &unrolled.tokens, &unrolled.next};
  size_t position = 0;
  const ArgValue *window = nullptr;
  for (const ArgValue &arg : args) {
    if (arg.label == "window")
      window = &arg;
    else if (!arg.label.empty() || position == places.size())
      return notUnrolled(arg.range, "one too many");
    else
      *places[position++] = arg;
  }
  if (position != places.size())
    return notUnrolled(range, std::to_string(position) + " of 4 arguments");
  unrolled.range = range;
  for (ArgValue *function : {&unrolled.model, &unrolled.next}) {
    if (function->value.kind != Value::Kind::Callable)
      return notUnrolled(function->range, "not a function");
    function->value = dropHyper(function->value, function->value.callable->site, function->range);
    if (function->value.isError())
      return false;
  }
  for (const ArgValue *number : {static_cast<const ArgValue *>(&unrolled.tokens), window}) {
    auto integer = number && number->value.kind == Value::Kind::Int ? integerOf(number->value) : std::nullopt;
    if (number && (!integer || integer->constant().value_or(1) < int64_t(number == window)))
      return notUnrolled(number->range, "an `int` of at least " + std::to_string(number == window) + " is needed here");
    if (number)
      (number == window ? unrolled.window : unrolled.made) = *integer;
  }
  return unrollPrompt(unrolled, window != nullptr);
}

/// The input of a model that the sequence is for, as it is declared; null where nothing is.
const ast::NamedType *Checker::sequenceType(const Callable &model) {
  if (model.kind != Callable::Kind::Declared || model.decl->inputs.empty() || !model.decl->inputs[0]->type)
    return nullptr;
  auto *type = llvm::dyn_cast_or_null<ast::NamedType>(writtenOut(model.decl->inputs[0]->type));
  return type && !type->dims.empty() && !type->dims[0].isRest ? type : nullptr;
}

/// Makes a tensor of the prompt, and looks how much of the sequence the model takes.
bool Checker::unrollPrompt(Unrolled &unrolled, bool hasWindow) {
  const Callable &model = *unrolled.model.value.callable;
  const ast::NamedType *type = sequenceType(model);
  auto env = type ? envFor(model) : nullptr;
  bool isIndex = type && type->name.text == "index";
  Expr *prompt = toTensor(unrolled.prompt.value,
                          isIndex ? Elem::I32
                          : type  ? elemNamed(type->name.text)
                                  : std::nullopt,
                          unrolled.prompt.range);
  if (!prompt)
    return false;
  if (prompt->type.rank() == 0)
    return notUnrolled(unrolled.prompt.range, "no sequence, but one `" + prompt->type.str() + "`");
  auto *classes = isIndex ? llvm::dyn_cast_or_null<ast::NameRef>(type->arg) : nullptr;
  if (isIndex && type->arg && !prompt->type.indexBound && !(classes && !env->find(classes->name)))
    if (auto bound = evalDim(type->arg, *env); bound && bound->constant())
      if (Expr *index = knownIndex(prompt, *bound))
        prompt = index;
  unrolled.start = capture(prompt);
  unrolled.given = prompt->type.axes[0].extent;
  unrolled.room = most(unrolled.given) + most(unrolled.made);
  std::optional<Dim> declared;
  if (type && type->dims[0].bound) {
    declared = boundOf(type->dims[0], *env);
  } else if (auto *name = type ? llvm::dyn_cast<ast::NameRef>(type->dims[0].extent) : nullptr;
             type && (!name || env->find(name->name))) {
    declared = evalDim(type->dims[0].extent, *env);
    unrolled.isExact = true;
  }
  std::string name = type ? diags.sources.text(type->dims[0].extent->range).str() : "t";
  return seesEnough(unrolled, hasWindow ? std::optional(unrolled.window) : std::nullopt, declared, name);
}

/// Decides what the model sees of the sequence.
bool Checker::seesEnough(Unrolled &unrolled, const std::optional<Dim> &wanted, const std::optional<Dim> &declared,
                         const std::string &name) {
  unrolled.window = unrolled.room;
  for (const std::optional<Dim> &limit : {wanted, declared})
    if (limit && limit->atMost(unrolled.window).value_or(true))
      unrolled.window = *limit;
  if (unrolled.isExact)
    unrolled.window = *declared;
  Dim least = unrolled.isExact ? unrolled.window : Dim(1);
  Dim more = unrolled.given - least;
  if (more.constant().value_or(0) < 0 || !neverNegative(more)) {
    auto &report = diags.report(diag::PromptTooShort, unrolled.prompt.range, least.str(), unrolled.given.str());
    report.label(unrolled.prompt.range, unrolled.start->type.str());
    if (unrolled.given.isBounded())
      report.help("give the prompt a length that is known: `[" + least.str() + "]`");
    return false;
  }
  unrolled.length = unrolled.window;
  if (unrolled.isExact)
    return true;
  std::string own = name + "'";
  if (unsigned known = symbolNames[own]++)
    own += std::to_string(known + 1);
  auto bound = unrolled.window.constant();
  unrolled.length = bound ? Dim::bounded(own, *bound) : Dim::variable(own);
  if (bound) // what the prompt has the model always sees
    shortest[unrolled.length.lengths()[0].key] = std::clamp<int64_t>(unrolled.given.range(shortest).first, 1, *bound);
  return true;
}

// ---- a turn

/// The prompt with room behind it.
Expr *Checker::unrollStart(const Unrolled &unrolled) {
  IndexVar *var = newIndex("i", unrolled.room, unrolled.prompt.range);
  auto *entry = llvm::cast<Access>(at(unrolled.start, {indexValue(var)}));
  entry->padded = true;
  return equation({var}, entry, unrolled.prompt.range);
}

/// What the model says at the last position, where it says something at each.
Value Checker::lastPosition(const Unrolled &unrolled, const Value &given) {
  unsigned rank = unrolled.start->type.rank();
  return mapLeaves(given, [&](Expr *leaf) -> Expr * {
    const Shape &axes = leaf->type.axes;
    // Where the window has a fixed length, scores of as many classes look like positions.
    bool isScores = unrolled.isExact && unrolled.start->type.indexBound && axes.size() == rank;
    if (axes.empty() || axes[0].extent != unrolled.length || isScores)
      return leaf;
    return at(leaf, {dimNumber(unrolled.length - Dim(1), unrolled.range)});
  });
}

/// The state after a turn.
Value Checker::unrollTurn(const Unrolled &unrolled, Expr *entries, Expr *count) {
  SourceRange range = unrolled.range;
  count->type.indexBound = unrolled.room + Dim(1);
  Expr *window = dimNumber(unrolled.window, range);
  if (unrolled.length.isBounded())
    frame->function->lengths.push_back({unrolled.length, scalarOp(ScalarOp::Min, {count, window}, range)});
  IndexVar *var = newIndex("i", unrolled.length, range);
  Expr *place = indexValue(var), *zero = number(0, Elem::I32, range);
  if (unrolled.window != unrolled.room) {
    Expr *gone = scalarOp(ScalarOp::Sub, {count, window}, range);
    place = scalarOp(ScalarOp::Add, {place, scalarOp(ScalarOp::Max, {gone, zero}, range)}, range);
  }
  Expr *seen = equation({var}, at(entries, {place}), unrolled.prompt.range);
  seen->type.axes[0] = {unrolled.length, unrolled.start->type.axes[0].label, unrolled.prompt.range, false};
  Value given = call(unrolled.model.value, {{"", {}, Value::ofTensor(seen), unrolled.prompt.range}},
                     unrolled.model.value.callable->site, unrolled.model.range);
  if (given.isError())
    return error();
  Value next = call(unrolled.next.value, {{"", {}, lastPosition(unrolled, given), unrolled.model.range}},
                    unrolled.next.value.callable->site, unrolled.next.range);
  TypeSpec entry;
  entry.kind = TypeSpec::Kind::Tensor;
  entry.range = unrolled.prompt.range;
  entry.tensor = entries->type;
  entry.tensor.axes.erase(entry.tensor.axes.begin());
  if (!conform(entry, next, unrolled.next.range, "the next entry"))
    return error();
  IndexVar *own = newIndex("i", unrolled.room, range);
  Expr *isNew = scalarOp(ScalarOp::Eq, {indexValue(own), count}, range);
  Expr *kept = scalarOp(ScalarOp::Select, {isNew, next.expr, at(entries, {indexValue(own)})}, range);
  Expr *all = equation({own}, kept, range);
  all->type = entries->type;
  Value result;
  result.kind = Value::Kind::Record;
  result.fields = {{"entries", Value::ofTensor(all)},
                   {"count", Value::ofTensor(scalarOp(ScalarOp::Add, {count, number(1, Elem::I32, range)}, range))}};
  return result;
}

// ---- the loop

Value Checker::biUnroll(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  Unrolled unrolled;
  if (!unrollArguments(args, range, unrolled))
    return error();
  Value start;
  start.kind = Value::Kind::Record;
  start.fields = {{"entries", Value::ofTensor(unrollStart(unrolled))},
                  {"count", Value::ofTensor(dimNumber(unrolled.given, range))}};
  auto *loop = program->make<Loop>();
  loop->scan = false;
  loop->range = range;
  loop->owner = frame->function;
  loop->length = most(unrolled.made);
  Value next, done;
  auto turn = [&](llvm::ArrayRef<Value> state) {
    return unrollTurn(unrolled, state[0].fields[0].second.expr, state[0].fields[1].second.expr);
  };
  loop->body = withoutEffects(bodyOf(turn, start, {}, next, range), range);
  if (!loop->body)
    return error();
  if (unrolled.made.isBounded()) {
    auto ends = [&](llvm::ArrayRef<Value> state) {
      Expr *last = dimNumber(unrolled.given + unrolled.made, range);
      return Value::ofTensor(scalarOp(ScalarOp::Ge, {state[0].fields[1].second.expr, last}, range));
    };
    loop->until = bodyOf(ends, start, {}, done, range);
    loop->until->results = {done.expr};
    loop->untilCaptured = loop->until->captured;
  }
  Value end = finishLoop(loop, start, Value(), next, range);
  if (end.isError())
    return error();
  Expr *entries = end.fields[0].second.expr;
  TensorType type = entries->type;
  type.axes[0] = {unrolled.made, "", unrolled.tokens.range, false};
  auto *made = make<Access>(std::move(type), range);
  made->base = entries;
  made->subs.push_back({nullptr, unrolled.given, range});
  return Value::ofTensor(made);
}

} // namespace nn::sema
