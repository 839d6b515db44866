// inline-specialize: makes each root one flat function whose arguments are everything it reads.
#include "Dialect/NN/IR/Batching.h"
#include "Dialect/NN/IR/Claims.h"
#include "Dialect/NN/IR/EquationUtils.h"
#include "Dialect/NN/IR/Storage.h"
#include "Dialect/NN/IR/Trace.h"
#include "Dialect/NN/Transforms/Passes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/SaveAndRestore.h"

namespace nn {
#define GEN_PASS_DEF_INLINESPECIALIZE
#include "Dialect/NN/Transforms/Passes.h.inc"
} // namespace nn

using namespace mlir;
using namespace nn;

namespace {

/// What a root reads besides its own arguments: the kind, the path or name, the type.
using BindKey = std::pair<Binding, StringAttr>;

/// Code that operations are being written into: the root's block, the body of one of its loops, or a function's body
/// that is about to be applied along an axis.
struct Scope {
  Scope *parent = nullptr;
  OpBuilder builder;
  Block *block;
  /// In a loop's body: what it takes from outside, by the outside value, and the turn.
  llvm::MapVector<Value, Value> captures = {};
  Value turn = {};
  Value key = {};
};

class RootInliner {
public:
  RootInliner(ModuleOp module, SymbolTable &symbols, func::FuncOp root)
      : module(module), symbols(symbols), root(root) {}

  /// Rewrites the root in place.
  LogicalResult run();

private:
  LogicalResult writeBlock(Block &block, IRMapping &values, Scope &scope, SmallVectorImpl<Value> &yielded);
  LogicalResult write(Operation &op, IRMapping &values, Scope &scope);
  LogicalResult writeCall(CallOp call, IRMapping &values, Scope &scope);
  LogicalResult writeCallAt(CallOp call, func::FuncOp callee, IRMapping &values, Scope &scope);
  LogicalResult writeMappedCall(CallOp call, func::FuncOp callee, IRMapping &values, Scope &scope);
  LogicalResult writeLoop(Operation &op, IRMapping &values, Scope &scope);
  LogicalResult writeUpdate(UpdateOp update, IRMapping &values, Scope &scope);

  void keepNamed(Operation &op, ValueRange written, Scope &scope);
  void keepNamed(std::string name, Value value, Scope &scope);
  Type storedType(const BindKey &key, Type type) const;
  Value readBound(Binding kind, StringAttr name, Type type, Location loc, Scope &scope);
  Value readKey(Location loc, Scope &scope);
  Value readBatchSize(Type type, Location loc, Scope &scope);
  /// A value of the root's block as seen inside `scope`.
  Value capture(Value value, Scope &scope);
  void finish(Block &block, ArrayRef<Value> returned, Location loc);
  void markRemat(Operation *before, Scope &scope);
  bool isTraining() { return root->hasAttr(trainingAttrName); }
  bool writesBack() { return isTraining() || root.getName() == "init"; }

  ModuleOp module;
  SymbolTable &symbols;
  func::FuncOp root;
  Block *rootBlock = nullptr;
  /// The arguments that stand for what the root reads, and what each path is now.
  llvm::MapVector<BindKey, Value> bound;
  llvm::MapVector<BindKey, Value> current;
  SmallVector<BindKey> updated;
  SmallVector<func::FuncOp> callStack;
  int32_t nextSite = 0;
  int64_t nextRemat = 0;
  /// The first sample of the first call of a function: a call at other parameters has the same draws.
  llvm::DenseMap<Operation *, int32_t> firstSites;
  /// Where a call at other parameters is being written: its draws have the key of the root.
  Scope *callAt = nullptr;
  /// Where the program calls what is being written: operations of the library are also at that place.
  SmallVector<Location> placeInProgram;
  std::string prefix;
  /// Of a trace: every named value outside of loops; a name that comes again gets a number, `Net.h#2`.
  SmallVector<std::pair<std::string, Value>> named;
  llvm::StringMap<unsigned> nameCounts;
};

/// Whether something is written in a file of the standard library.
bool isInLibrary(Location loc) {
  if (auto named = dyn_cast<NameLoc>(loc))
    return isInLibrary(named.getChildLoc());
  auto place = dyn_cast<FileLineColRange>(loc);
  return place && place.getFilename().getValue().starts_with("stdlib/");
}

LogicalResult RootInliner::run() {
  Block *old = &root.getBody().front();
  Block *block = new Block;
  root.getBody().push_back(block);
  IRMapping values;
  for (BlockArgument argument : old->getArguments())
    values.map(argument, block->addArgument(argument.getType(), argument.getLoc()));
  rootBlock = block;
  Scope scope{nullptr, OpBuilder::atBlockEnd(block), block};
  SmallVector<Value> returned;
  callStack.push_back(root);
  if (failed(writeBlock(*old, values, scope, returned)))
    return failure();
  Location loc = old->getTerminator()->getLoc();
  // Backwards, so that no operation goes before its uses.
  old->dropAllReferences();
  old->erase();
  finish(*block, returned, loc);
  return success();
}

LogicalResult RootInliner::writeBlock(Block &block, IRMapping &values, Scope &scope, SmallVectorImpl<Value> &yielded) {
  for (Operation &op : block.without_terminator())
    if (failed(write(op, values, scope)))
      return failure();
  for (Value value : block.getTerminator()->getOperands())
    yielded.push_back(values.lookup(value));
  for (auto set : block.getOps<SetLengthOp>())
    current.erase({Binding::length, set.getNameAttr()});
  return success();
}

LogicalResult RootInliner::write(Operation &op, IRMapping &values, Scope &scope) {
  OpBuilder &builder = scope.builder;
  Location loc = op.getLoc();
  auto replace = [&](Value now) {
    values.map(op.getResult(0), now);
    return success(static_cast<bool>(now));
  };
  auto read = [&](Binding kind, StringAttr name) {
    return replace(readBound(kind, name, op.getResult(0).getType(), loc, scope));
  };
  StringAttr none = builder.getStringAttr("");
  if (auto call = dyn_cast<CallOp>(op))
    return writeCall(call, values, scope);
  if (isa<ScanOp, IterateOp>(op))
    return writeLoop(op, values, scope);
  if (auto param = dyn_cast<ParamOp>(op))
    return read(Binding::param, param.getPath().getLeafReference());
  if (auto state = dyn_cast<StateOp>(op))
    return read(Binding::state, state.getPath().getLeafReference());
  if (auto load = dyn_cast<LoadOp>(op))
    return read(Binding::loaded, load.getPath().getLeafReference());
  if (auto setting = dyn_cast<SettingValueOp>(op))
    return read(Binding::setting, setting.getName().getLeafReference());
  if (auto step = dyn_cast<StepOp>(op))
    return read(step.getTotal() ? Binding::total_steps : Binding::step, none);
  if (auto length = dyn_cast<LengthOp>(op))
    return read(Binding::length, length.getNameAttr());
  if (auto set = dyn_cast<SetLengthOp>(op)) {
    current[{Binding::length, set.getNameAttr()}] = values.lookup(set.getValue());
    return success();
  }
  if (isa<BatchSizeOp>(op))
    return replace(readBatchSize(op.getResult(0).getType(), loc, scope));
  if (isa<KeyOp>(op))
    return replace(readKey(loc, scope));
  if (auto update = dyn_cast<UpdateOp>(op))
    return writeUpdate(update, values, scope);
  if (isa<TrainingOp>(op))
    return replace(createSplat(builder, loc, cast<RankedTensorType>(op.getResult(0).getType()), isTraining()));
  Operation *copy = builder.clone(op, values);
  if (!placeInProgram.empty() && isInLibrary(loc))
    copy->setLoc(CallSiteLoc::get(loc, placeInProgram.back()));
  copy->removeAttr(namesAttrName);
  keepNamed(op, copy->getResults(), scope);
  if (auto sample = dyn_cast<SampleOp>(copy))
    sample.setSite(nextSite++);
  return success();
}

/// Numbers what a call that is computed again has become: all operations behind `before`. An outer call takes over
/// those of inner ones.
void RootInliner::markRemat(Operation *before, Scope &scope) {
  Attribute number = scope.builder.getI64IntegerAttr(nextRemat++);
  for (Operation *op = before ? before->getNextNode() : &scope.block->front(); op; op = op->getNextNode())
    op->setAttr(rematAttrName, number);
}

Value RootInliner::capture(Value value, Scope &scope) {
  // A value of an enclosing block reaches a loop's body only as one of the loop's captures.
  if (!scope.parent || value.getParentBlock() == scope.block)
    return value;
  Value outside = capture(value, *scope.parent);
  if (!scope.turn)
    return outside;
  Value &inside = scope.captures[outside];
  if (!inside)
    inside = scope.block->addArgument(outside.getType(), outside.getLoc());
  return inside;
}

/// What a parameter or a state is stored in; what it is computed with may differ.
Type RootInliner::storedType(const BindKey &key, Type type) const {
  Operation *symbol = key.first == Binding::param || key.first == Binding::state ? symbols.lookup(key.second) : nullptr;
  if (auto parameter = dyn_cast_or_null<ParameterOp>(symbol))
    return parameter.getType();
  auto state = dyn_cast_or_null<StateVarOp>(symbol);
  return state ? state.getType() : type;
}

Value RootInliner::readBound(Binding kind, StringAttr name, Type type, Location loc, Scope &scope) {
  BindKey key{kind, name};
  auto known = current.find(key);
  if (known == current.end()) {
    Value argument = rootBlock->addArgument(storedType(key, type), loc);
    bound[key] = argument;
    // One value for all reads, so that what is derived by it is all of them.
    OpBuilder start = OpBuilder::atBlockBegin(rootBlock);
    known = current.insert({key, withElement(start, argument, getElementTypeOrSelf(type))}).first;
  }
  if (known->second.getType() != type) {
    emitError(loc) << "`" << name.getValue() << "` is read with another type than before: " << type << " and "
                   << known->second.getType();
    return {};
  }
  return capture(known->second, scope);
}

Value RootInliner::readKey(Location loc, Scope &scope) {
  OpBuilder &builder = scope.builder;
  auto type = RankedTensorType::get({4}, builder.getI32Type());
  if (!scope.turn || &scope == callAt)
    return scope.parent && &scope != callAt ? readKey(loc, *scope.parent)
                                            : readBound(Binding::key, builder.getStringAttr(""), type, loc, scope);
  if (!scope.key) {
    // At the start of the body: the key must dominate all its uses there.
    OpBuilder::InsertionGuard guard(builder);
    Value outside = capture(readKey(loc, *scope.parent), scope);
    builder.setInsertionPointToStart(scope.block);
    scope.key = FoldKeyOp::create(builder, loc, type, outside, scope.turn);
  }
  return scope.key;
}

Value RootInliner::readBatchSize(Type type, Location loc, Scope &scope) {
  if (root->hasAttr(batchAttrName))
    return readBound(Binding::batch_size, StringAttr::get(type.getContext(), ""), type, loc, scope);
  return createSplat(scope.builder, loc, cast<RankedTensorType>(type), 1);
}

LogicalResult RootInliner::writeUpdate(UpdateOp update, IRMapping &values, Scope &scope) {
  if (scope.turn && !callAt)
    return update.emitError("a state cannot be updated inside a loop: its value would differ from turn to turn");
  StringAttr name = update.getPath().getLeafReference();
  Operation *declaration = symbols.lookup(name);
  if (!isa_and_nonnull<ParameterOp, StateVarOp>(declaration))
    return update.emitError() << "nothing named `" << name.getValue() << "` can be updated";
  BindKey key{isa<ParameterOp>(declaration) ? Binding::param : Binding::state, name};
  Value value = values.lookup(update.getValue());
  if (!current.contains(key) && !writesBack())
    readBound(key.first, name, value.getType(), update.getLoc(), scope);
  // What is read later is a constant to derivatives: the step of one player, a running mean.
  current[key] = StopOp::create(scope.builder, update.getLoc(), value);
  if (!llvm::is_contained(updated, key))
    updated.push_back(key);
  return success();
}

LogicalResult RootInliner::writeCall(CallOp call, IRMapping &values, Scope &scope) {
  auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
  if (!callee || callee.isExternal())
    return call.emitError() << "there is no function `" << call.getCallee() << "` to call";
  if (llvm::is_contained(callStack, callee))
    return call.emitError() << "`" << call.getCallee() << "` calls itself; models and functions cannot be recursive";
  callStack.push_back(callee);
  // Models have the path of their parameters; a function stands behind whoever calls it.
  llvm::StringRef symbol = callee.getName();
  symbol.consume_front(tracedPrefix);
  symbol.consume_front(widePrefix);
  std::string name = symbol.split('$').first.str(), outer = prefix;
  bool isTraced = root->hasAttr(traceAttrName);
  bool isModel = isTraced && llvm::any_of(module.getOps<ParameterOp>(), [&](ParameterOp parameter) {
                   return parameter.getSymName().starts_with(name + ".");
                 });
  prefix = (isModel ? name : prefix + name) + ".";
  bool fromProgram = !isInLibrary(call.getLoc());
  if (fromProgram)
    placeInProgram.push_back(call.getLoc());
  Operation *before = scope.block->empty() ? nullptr : &scope.block->back();
  LogicalResult result = success();
  bool mapped = call.getMapped() && llvm::is_contained(*call.getMapped(), true);
  if (!call.getAt())
    firstSites.insert({callee, nextSite});
  if (call.getAt()) {
    result = writeCallAt(call, callee, values, scope);
  } else if (mapped || call.getExtent()) {
    result = writeMappedCall(call, callee, values, scope);
  } else {
    Block &body = callee.getBody().front();
    IRMapping inner;
    for (auto [argument, value] : llvm::zip(body.getArguments(), call.getArgs()))
      inner.map(argument, values.lookup(value));
    SmallVector<Value> yielded;
    result = writeBlock(body, inner, scope, yielded);
    if (succeeded(result))
      values.map(call.getResults(), yielded);
  }
  if (fromProgram)
    placeInProgram.pop_back();
  prefix = outer;
  if (succeeded(result)) {
    SmallVector<Value> written =
        llvm::map_to_vector(call.getResults(), [&](Value value) { return values.lookup(value); });
    if (isModel && written.size() == 1)
      keepNamed(name, written[0], scope);
    keepNamed(*call, written, scope);
  }
  callStack.pop_back();
  if (call->hasAttr(rematAttrName))
    markRemat(before, scope);
  return result;
}

LogicalResult RootInliner::writeCallAt(CallOp call, func::FuncOp callee, IRMapping &values, Scope &scope) {
  auto before = current;
  auto updatedBefore = updated;
  int32_t site = nextSite;
  nextSite = firstSites.insert({callee, nextSite}).first->second;
  llvm::SaveAndRestore<Scope *> at(callAt, &scope);
  size_t own = call.getArgs().size() - call.getAt()->size();
  for (auto [path, value] : llvm::zip(*call.getAt(), call.getArgs().drop_front(own)))
    current[{Binding::param, cast<FlatSymbolRefAttr>(path).getAttr()}] = values.lookup(value);
  Block &body = callee.getBody().front();
  IRMapping inner;
  for (auto [argument, value] : llvm::zip(body.getArguments(), call.getArgs()))
    inner.map(argument, values.lookup(value));
  SmallVector<Value> yielded;
  if (failed(writeBlock(body, inner, scope, yielded)))
    return failure();
  values.map(call.getResults(), yielded);
  // What the call has changed is forgotten; what it was the first to read stays.
  for (auto &[key, argument] : bound)
    if (!before.contains(key))
      before[key] = argument;
  current = std::move(before);
  updated = std::move(updatedBefore);
  nextSite = site;
  return success();
}

void RootInliner::keepNamed(Operation &op, ValueRange written, Scope &scope) {
  if (auto names = op.getAttrOfType<ArrayAttr>(namesAttrName))
    for (auto [name, value] : llvm::zip(names.getAsValueRange<StringAttr>(), written))
      if (!name.empty())
        keepNamed(prefix + name.str(), value, scope);
}

void RootInliner::keepNamed(std::string name, Value value, Scope &scope) {
  // What is computed again and again in a loop is no one value.
  if (!root->hasAttr(traceAttrName) || scope.parent || !isa<RankedTensorType>(value.getType()))
    return;
  unsigned count = ++nameCounts[name];
  if (count > 1)
    name += "#" + std::to_string(count);
  named.push_back({std::move(name), value});
}

LogicalResult RootInliner::writeMappedCall(CallOp call, func::FuncOp callee, IRMapping &values, Scope &scope) {
  // The callee is first written for one slice into a block of its own, then applied along the axis.
  Block slice;
  OpBuilder builder(call.getContext());
  builder.setInsertionPointToEnd(&slice);
  Block &body = callee.getBody().front();
  Batching batching(*call.getExtent(), /*drawsDiffer=*/true);
  IRMapping inner;
  for (auto [k, argument] : llvm::enumerate(body.getArguments())) {
    bool mapped = call.getMapped() && (*call.getMapped())[k];
    Value stand = slice.addArgument(argument.getType(), argument.getLoc());
    inner.map(argument, stand);
    batching.set(stand, values.lookup(call.getArgs()[k]), mapped);
  }
  // Reads of parameters inside see the enclosing scope, through captures if that is a loop's body.
  Scope sliceScope{&scope, builder, &slice, {}, {}, {}};
  SmallVector<Value> yielded;
  if (failed(writeBlock(body, inner, sliceScope, yielded)))
    return failure();
  auto erase = llvm::make_scope_exit([&] { slice.dropAllReferences(); });
  for (Operation &op : slice)
    if (failed(batchOperation(scope.builder, op, batching)))
      return failure();
  for (auto &[key, value] : current) {
    if (value.getParentBlock() != &slice)
      continue;
    if (batching.isMapped(value))
      return call.emitError() << "`" << key.second.getValue()
                              << "` is updated inside a function applied along an axis: "
                              << "its value would differ from slice to slice";
    value = batching.lookup(value);
  }
  for (auto [result, value] : llvm::zip(call.getResults(), yielded))
    values.map(result, batching.lookupMapped(scope.builder, call.getLoc(), value));
  return success();
}

LogicalResult RootInliner::writeLoop(Operation &op, IRMapping &values, Scope &scope) {
  Block &body = op.getRegion(0).front();
  auto block = std::make_unique<Block>();
  Scope inner{&scope, OpBuilder(op.getContext()), block.get()};
  inner.builder.setInsertionPointToEnd(block.get());
  IRMapping mapping;
  for (BlockArgument argument : body.getArguments())
    mapping.map(argument, block->addArgument(argument.getType(), argument.getLoc()));
  inner.turn = block->getArgument(0);
  SmallVector<Value> yielded;
  if (failed(writeBlock(body, mapping, inner, yielded)))
    return failure();
  YieldOp::create(inner.builder, op.getLoc(), yielded);
  auto lookup = [&](ValueRange range) {
    return llvm::map_to_vector(range, [&](Value value) { return values.lookup(value); });
  };
  SmallVector<Value> more = llvm::to_vector(llvm::make_first_range(inner.captures));
  Operation *loop;
  if (auto scan = dyn_cast<ScanOp>(op)) {
    SmallVector<Value> captures = lookup(scan.getCaptures());
    llvm::append_range(captures, more);
    loop = ScanOp::create(scope.builder, op.getLoc(), op.getResultTypes(), scan.getLength(), lookup(scan.getInits()),
                          lookup(scan.getXs()), captures);
  } else {
    auto iterate = cast<IterateOp>(op);
    SmallVector<Value> captures = lookup(iterate.getCaptures());
    llvm::append_range(captures, more);
    loop = IterateOp::create(scope.builder, op.getLoc(), op.getResultTypes(), iterate.getAtMost(), iterate.getUntil(),
                             lookup(iterate.getInits()), captures);
  }
  loop->getRegion(0).push_back(block.release());
  values.map(op.getResults(), loop->getResults());
  return success();
}

/// Sorts by kind, then in the order the program declares, then by name.
static SmallVector<BindKey> inProgramOrder(ModuleOp module, ArrayRef<BindKey> keys) {
  llvm::DenseMap<StringAttr, unsigned> places;
  for (auto [place, op] : llvm::enumerate(module.getOps()))
    if (auto name = op.getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName()))
      places[name] = place;
  SmallVector<BindKey> sorted(keys);
  llvm::sort(sorted, [&](const BindKey &a, const BindKey &b) {
    if (a.first != b.first)
      return a.first < b.first;
    auto place = [&](StringAttr name) { return places.contains(name) ? places[name] : ~0u; };
    return std::pair(place(a.second), a.second.getValue()) < std::pair(place(b.second), b.second.getValue());
  });
  return sorted;
}

void RootInliner::finish(Block &block, ArrayRef<Value> returned, Location loc) {
  MLIRContext *context = module.getContext();
  unsigned own = root.getNumArguments();
  SmallVector<DictionaryAttr> argumentAttrs, resultAttrs;
  for (unsigned k = 0; k < own; ++k)
    argumentAttrs.push_back(root.getArgAttrDict(k));
  for (unsigned k = 0; k < root.getNumResults(); ++k)
    resultAttrs.push_back(root.getResultAttrDict(k));

  auto tag = [&](const BindKey &key, bool perExample) {
    NamedAttrList attrs;
    attrs.set(bindingAttrName, BindAttr::get(context, key.first, key.second.getValue()));
    if (perExample)
      attrs.set(perExampleAttrName, UnitAttr::get(context));
    return attrs.getDictionary(context);
  };
  // The new arguments in program order, whatever order they were first read in.
  SmallVector<BindKey> read = inProgramOrder(module, llvm::to_vector(llvm::make_first_range(bound)));
  for (const BindKey &key : read) {
    Value old = bound[key];
    old.replaceAllUsesWith(block.addArgument(old.getType(), old.getLoc()));
    for (auto &[path, value] : current)
      if (value == old)
        value = block.getArguments().back();
    bool differs = key.first == Binding::key || key.first == Binding::length;
    argumentAttrs.push_back(tag(key, differs && root->hasAttr(batchAttrName)));
  }
  SmallVector<Value> results(returned);
  for (auto &[name, value] : named) {
    results.push_back(value);
    NamedAttrList attrs;
    attrs.set(bindingAttrName, BindAttr::get(context, Binding::output, name));
    resultAttrs.push_back(attrs.getDictionary(context));
  }
  for (Value &result : results)
    for (auto [place, key] : llvm::enumerate(read))
      if (result == bound[key])
        result = block.getArgument(own + read.size() + place);
  block.eraseArguments(own, read.size());
  OpBuilder builder = OpBuilder::atBlockEnd(&block);
  if (writesBack())
    for (const BindKey &key : inProgramOrder(module, updated)) {
      Type stored = storedType(key, current[key].getType());
      results.push_back(withElement(builder, current[key], getElementTypeOrSelf(stored)));
      resultAttrs.push_back(tag(key, false));
    }
  func::ReturnOp::create(builder, loc, results);
  root.setFunctionType(builder.getFunctionType(block.getArgumentTypes(), ValueRange(results).getTypes()));
  root.setAllArgAttrs(argumentAttrs);
  root.setAllResultAttrs(resultAttrs);
}

struct InlineSpecializePass : nn::impl::InlineSpecializeBase<InlineSpecializePass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    llvm::SetVector<func::FuncOp> roots;
    auto add = [&](StringRef name) {
      if (auto function = symbols.lookup<func::FuncOp>(name))
        roots.insert(function);
    };
    for (Operation &op : getOperation().getOps()) {
      if (auto recipe = dyn_cast<RecipeOp>(op)) {
        add(recipe.getStep());
        add(recipe.getEval());
        if (auto trace = op.getAttrOfType<FlatSymbolRefAttr>(traceAttrName))
          add(trace.getValue());
      } else if (auto dataset = dyn_cast<DatasetOp>(op)) {
        if (dataset.getGenerator())
          add(*dataset.getGenerator());
      } else if (auto command = dyn_cast<CommandOp>(op)) {
        add(command.getFunction());
      } else if (auto report = dyn_cast<ReportOp>(op)) {
        add(report.getFunction());
      } else if (auto claim = dyn_cast<ClaimOp>(op)) {
        add(claim.getFunction());
        if (auto wide = op.getAttrOfType<FlatSymbolRefAttr>(wideAttrName))
          add(wide.getValue());
      } else if (auto function = dyn_cast<func::FuncOp>(op); function && function.getName() == "init") {
        roots.insert(function);
      }
    }
    // A root may call another one, so all are read before any is rewritten: each is inlined in a copy.
    SmallVector<func::FuncOp> copies;
    for (func::FuncOp root : roots) {
      func::FuncOp copy = root.clone();
      getOperation().insert(root, copy);
      copies.push_back(copy);
      if (failed(RootInliner(getOperation(), symbols, copy).run()))
        return signalPassFailure();
    }
    for (func::FuncOp function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (!llvm::is_contained(copies, function))
        function.erase();
  }
};

} // namespace
