/// Loops, which are functions of the language: scan, iterate, repeat.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

Function *Checker::bodyOf(const Callable &callable, llvm::ArrayRef<Value> states, llvm::ArrayRef<Value> slices,
                          Value &result, SourceRange range) {
  auto apply = [&](llvm::ArrayRef<Value> inputs) {
    std::vector<ArgValue> args;
    for (const Value &input : inputs)
      args.push_back({"", {}, input, range});
    Value callee = Value::ofCallable(std::make_shared<Callable>(callable));
    return call(dropHyper(callee, callable.site, range), args, callable.site, range);
  };
  return bodyOf(apply, states, slices, result, range);
}

Function *Checker::bodyOf(llvm::function_ref<Value(llvm::ArrayRef<Value>)> apply, llvm::ArrayRef<Value> states,
                          llvm::ArrayRef<Value> slices, Value &result, SourceRange range) {
  auto owned = std::make_unique<Function>();
  Function *function = owned.get();
  function->name = "loop$" + std::to_string(symbolNames["loop"]++);
  function->range = range;
  function->parent = frame->function;
  Frame own;
  own.function = function;
  own.parent = frame;
  own.self = frame->self;
  own.generic = frame->generic;
  own.real = frame->real;
  llvm::SaveAndRestore saved(frame, &own);
  std::vector<Value> inputs;
  auto input = [&](const Value &value, bool slice) {
    return mapLeaves(value, [&](Expr *leaf) {
      TensorType type = leaf->type;
      if (slice)
        type.axes.erase(type.axes.begin());
      auto *own = make<Input>(std::move(type), leaf->range);
      own->position = function->inputs.size();
      function->inputs.push_back(own);
      return own;
    });
  };
  for (const Value &state : states)
    inputs.push_back(input(state, false));
  for (const Value &slice : slices)
    inputs.push_back(input(slice, true));
  result = apply(inputs);
  // Captures follow the declared inputs, in the order of their first use.
  for (Expr *outer : function->captured) {
    Input *inner = own.captures.at(outer);
    inner->position = function->inputs.size();
    function->inputs.push_back(inner);
  }
  program->functions.push_back(std::move(owned));
  return result.isError() ? nullptr : function;
}

Function *Checker::loopBody(const Callable &callable, llvm::ArrayRef<Value> states, llvm::ArrayRef<Value> slices,
                            Value &result, SourceRange range) {
  return withoutEffects(bodyOf(callable, states, slices, result, range), range);
}

Function *Checker::withoutEffects(Function *body, SourceRange range) {
  if (!body || body->effects.empty())
    return body;
  refuse("state that changes inside a loop", range);
  return nullptr;
}

/// Makes the tensors of a starting state of numbers.
static bool startState(Value &value, llvm::function_ref<Expr *(const Value &)> tensor) {
  if (value.kind == Value::Kind::Record) {
    for (auto &[name, field] : value.fields)
      if (!startState(field, tensor))
        return false;
    return true;
  }
  Expr *expr = tensor(value);
  if (!expr)
    return false;
  value = Value::ofTensor(expr);
  return true;
}

Value Checker::biScan(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("scan", args, 3, 3, range))
    return error();
  Value start = args[0].value;
  auto real = [&](const Value &value) {
    Expr *expr = toTensor(value, realHere(), args[0].range);
    return expr ? capture(expr) : nullptr;
  };
  Value xs = args[1].value;
  if (xs.kind == Value::Kind::List)
    if (Expr *tensor = toTensor(xs, std::nullopt, args[1].range))
      xs = Value::ofTensor(tensor);
  llvm::SmallVector<Expr *> sequences;
  leaves(xs, sequences);
  if (!startState(start, real) || sequences.empty() || args[2].value.kind != Value::Kind::Callable) {
    bool noFunction = args[2].value.kind != Value::Kind::Callable;
    SourceRange at = noFunction ? args[2].range : sequences.empty() ? args[1].range : args[0].range;
    diags.report(diag::LoopArguments, at, "scan")
        .label(at, noFunction          ? "not a function"
                   : sequences.empty() ? "not a sequence"
                                       : "not a state")
        .help("write `"
              "scan(start, xs, (state, x) => next)"
              "`");
    return error();
  }
  for (Expr *sequence : sequences)
    if (sequence->type.rank() == 0 || sequence->type.axes[0].extent.differs(sequences[0]->type.axes[0].extent)) {
      diags.report(diag::ScanSequence, args[1].range, sequence->type.str());
      return error();
    }
  if (sequences[0]->type.axes[0].batch && refuseBatch("a loop over a batch", sequences[0], range))
    return error();
  Value next;
  auto *loop = program->make<Loop>();
  loop->range = range;
  loop->owner = frame->function;
  loop->length = sequences[0]->type.axes[0].extent;
  loop->body = loopBody(*args[2].value.callable, start, xs, next, args[2].range);
  return loop->body ? finishLoop(loop, start, xs, next, args[2].range) : error();
}

Value Checker::finishLoop(Loop *loop, const Value &start, const Value &xs, Value next, SourceRange range) {
  if (!conform(specLike(start, range), next, range, "the next state"))
    return error();
  llvm::SmallVector<Expr *> inits, sequences, results;
  leaves(start, inits);
  leaves(xs, sequences);
  leaves(next, results);
  for (Expr *init : inits)
    loop->inits.push_back(capture(init));
  for (Expr *sequence : sequences)
    loop->xs.push_back(capture(sequence));
  loop->body->results.assign(results.begin(), results.end());
  loop->captured = loop->body->captured;
  unsigned position = 0;
  return mapLeaves(start, [&](Expr *state) {
    TensorType type = state->type;
    if (loop->scan)
      type.axes.insert(type.axes.begin(), Axis{loop->length, "", loop->range, false});
    auto *result = make<LoopResult>(std::move(type), loop->range);
    result->loop = loop;
    result->result = position++;
    return result;
  });
}

Value Checker::biIterate(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  const ArgValue *step = nullptr, *until = nullptr, *most = nullptr;
  std::vector<const ArgValue *> plain;
  for (auto &arg : args)
    (arg.label == "until" ? until : arg.label == "at_most" ? most : step) = &arg;
  for (auto &arg : args)
    if (arg.label.empty())
      plain.push_back(&arg);
  bool fine = plain.size() == 2 && most && most->value.kind == Value::Kind::Int &&
              plain[1]->value.kind == Value::Kind::Callable && (!until || until->value.kind == Value::Kind::Callable);
  Value start = fine ? plain[0]->value : error();
  auto real = [&](const Value &value) {
    Expr *expr = toTensor(value, realHere(), plain[0]->range);
    return expr ? capture(expr) : nullptr;
  };
  if (!fine || !startState(start, real)) {
    auto &report = diags.report(diag::LoopArguments, range, "iterate");
    if (!most)
      report.label(range, "`at_most` is missing");
    report.help("write `"
                "iterate(x0, x => step, at_most: 50, until: x => done)"
                "`");
    return error();
  }
  Value next, done;
  auto *loop = program->make<Loop>();
  loop->scan = false;
  loop->range = range;
  loop->owner = frame->function;
  loop->length = *integerOf(most->value);
  if (refuseLength("`at_most`", loop->length, most->range))
    return error();
  loop->body = loopBody(*plain[1]->value.callable, start, {}, next, plain[1]->range);
  if (!loop->body)
    return error();
  if (until) {
    loop->until = loopBody(*until->value.callable, start, {}, done, until->range);
    if (!loop->until)
      return error();
    if (!done.isTensor() || done.expr->type.elem != Elem::Bool || !done.expr->type.isScalar()) {
      diags.report(diag::NotACondition, until->range, done.describe());
      return error();
    }
    loop->until->results = {done.expr};
    loop->untilCaptured = loop->until->captured;
  }
  Value none;
  return finishLoop(loop, start, none, next, plain[1]->range);
}

/// The layer with parameters of its own, inside `parent` (null: where it was).
Value Checker::anew(const Value &layer, Instance *parent) {
  auto own = std::make_shared<Callable>(*layer.callable);
  for (Value &link : own->chain)
    if (link.kind == Value::Kind::Callable)
      link = anew(link, parent);
  if (own->decl && own->instance && own->site)
    own->instance = instanceAt(parent ? parent : own->instance->parent, own->site, own->decl);
  if (own->kind == Callable::Kind::Lambda && parent)
    own->self = parent;
  return Value::ofCallable(own);
}

/// Turns of one `repeat`: each is a layer of its own.
static constexpr int64_t mostTurns = 4096;

/// How often `repeat` and `copies` turn; nothing where the count is no integer. Where nobody calls the function
/// the number is open: once is as good as any.
std::optional<int64_t> Checker::turnsOf(const std::optional<Dim> &integer) {
  if (!integer)
    return std::nullopt;
  sizesDecide |= !integer->isConstant();
  return integer->isConstant() ? integer->constant() : 1;
}

Value Checker::biRepeat(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (args.size() == 2 && args[0].value.kind == Value::Kind::Int &&
      refuseLength("the number of layers", args[0].value.integer, args[0].range))
    return error();
  std::optional<int64_t> count = args.size() == 2 ? turnsOf(integerOf(args[0].value)) : std::nullopt;
  if (!count || *count < 0 || args[1].value.kind != Value::Kind::Callable) {
    diags.report(diag::LoopArguments, range, "repeat")
        .help("write `"
              "repeat(n, layer) or repeat(n, k => layer)"
              "`");
    return error();
  }
  if (*count > mostTurns) {
    refuse("a `repeat` of more than " + std::to_string(mostTurns) + " layers", args[0].range);
    return error();
  }
  auto chain = std::make_shared<Callable>();
  chain->kind = Callable::Kind::Chain;
  const Callable &layer = *args[1].value.callable;
  for (int64_t k = 0; k < *count; ++k) {
    llvm::SaveAndRestore turn(copy, copy * mostTurns + k);
    Value link = args[1].value;
    if (layer.kind == Callable::Kind::Lambda && layer.lambda->params.size() == 1) {
      // `k => layer`: the lambda gives the layer of turn k, or is itself the layer.
      link = callLambda(layer, {{"", {}, Value::ofInt(k), range}}, range);
      if (link.isError())
        return error();
      if (link.kind != Value::Kind::Callable) {
        diags.report(diag::LoopArguments, args[1].range, "repeat")
            .help("write `"
                  "repeat(n, layer) or repeat(n, k => layer)"
                  "`");
        return error();
      }
    } else {
      link = anew(link, nullptr);
    }
    chain->chain.push_back(link);
  }
  return Value::ofCallable(chain);
}

// ---- copies side by side

Value Checker::biCopies(const std::vector<ArgValue> &args, const ast::Node *site, SourceRange range) {
  if (args.size() == 2 && args[0].value.kind == Value::Kind::Int &&
      refuseLength("the number of copies", args[0].value.integer, args[0].range))
    return error();
  std::optional<int64_t> count = args.size() == 2 ? turnsOf(integerOf(args[0].value)) : std::nullopt;
  if (!count || *count < 1 || args[1].value.kind != Value::Kind::Callable) {
    diags.report(diag::LoopArguments, range, "copies").help("write `copies(n, layer)` or `copies(n, k => layer)`");
    return error();
  }
  if (*count > mostTurns) {
    refuse("more than " + std::to_string(mostTurns) + " `copies`", args[0].range);
    return error();
  }
  auto copies = std::make_shared<Callable>();
  copies->kind = Callable::Kind::Copies;
  copies->site = site;
  copies->range = range;
  Instance *around = frame ? frame->self : &program_;
  std::string name = instanceSite == site ? instanceName : "copies_" + std::to_string(++around->counters["copies"]);
  copies->instance = instanceAt(around, site, nullptr, name);
  const Callable &layer = *args[1].value.callable;
  for (int64_t k = 0; k < *count; ++k) {
    llvm::SaveAndRestore turn(copy, copy * mostTurns + k);
    Value own = args[1].value;
    bool counts = layer.kind == Callable::Kind::Lambda && layer.lambda->params.size() == 1;
    if (counts) {
      Callable inside = layer;
      inside.self = copies->instance;
      own = callLambda(inside, {{"", {}, Value::ofInt(k), range}}, range);
    }
    if (own.kind != Value::Kind::Callable) {
      if (!own.isError())
        diags.report(diag::LoopArguments, args[1].range, "copies")
            .help("write `copies(n, layer)` or `copies(n, k => layer)`");
      return error();
    }
    copies->chain.push_back(counts ? own : anew(dropHyper(own, site, range), copies->instance));
  }
  return Value::ofCallable(copies);
}

/// The results of all copies, stacked.
Value Checker::callCopies(const Callable &callable, const std::vector<ArgValue> &args, SourceRange range) {
  std::vector<Value> results;
  for (auto [k, own] : llvm::enumerate(callable.chain)) {
    llvm::SaveAndRestore turn(copy, copy * mostTurns + int64_t(k));
    results.push_back(call(dropHyper(own, callable.site, range), args, callable.site, range));
    if (results.back().isError())
      return error();
  }
  llvm::SmallVector<llvm::SmallVector<Expr *>> all(results.size());
  for (auto [result, parts] : llvm::zip(results, all)) {
    if (result.kind != Value::Kind::Record)
      result = Value::ofTensor(toTensor(result, std::nullopt, range));
    leaves(result, parts);
  }
  unsigned leaf = 0;
  return mapLeaves(results[0], [&](Expr *) {
    Value list;
    list.kind = Value::Kind::List;
    for (auto &parts : all)
      list.fields.push_back({"", Value::ofTensor(parts[leaf])});
    ++leaf;
    return listToTensor(list, std::nullopt, range);
  });
}

} // namespace nn::sema
