/// The program around the functions: symbols, roots, recipes, commands.
#include "Dialect/NN/IR/Claims.h"
#include "Dialect/NN/IR/Trace.h"
#include "Frontend/Emit/Emitter.h"

#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace nn::checked;

namespace nn::emit {

namespace {

class ProgramEmitter {
public:
  ProgramEmitter(const Program &program, MLIRContext &context, const SourceManager &sources, DiagnosticEngine &diags)
      : program(program), translation(context, sources), diags(diags), builder(&context) {}

  OwningOpRef<ModuleOp> run();

private:
  void emitSymbols();
  void addLengths(SmallVectorImpl<NamedAttribute> &entries, const checked::TensorType &type);
  DictionaryAttr optionsOf(const DataStage &stage);
  void emitDataset(const Dataset &dataset);
  void emitFunction(const Function &function, size_t numGuards, Variants &variants, bool traced = false);
  void emitWanted(Variants &variants);
  void emitWide(const Claim &claim);
  void emitTrace(const Recipe &recipe);
  void emitInit();
  void emitRecipe(const Recipe &recipe);
  DictionaryAttr watch(const Watch &watch);
  void emitCommand(const Command &command);
  void emitClaim(const Claim &claim);
  void tagClaim(const Root &root);
  void emitLoaded(const Loaded &loaded);
  void emitReport(const Report &report);
  void emitExperiment(const Experiment &experiment);
  DictionaryAttr plane(const Plane &plane);
  void addTexts(Operation *op, const std::vector<const Dataset *> &texts);
  void belong(Operation *op, const PointOf &of);
  void tagRoot(const Root &root);
  DictionaryAttr bound(Binding kind, llvm::StringRef name, bool perExample);

  const Program &program;
  Translation translation;
  DiagnosticEngine &diags;
  OpBuilder builder;
  Variants variants, wide{widePrefix};
  ModuleOp module;
};

} // namespace

OwningOpRef<ModuleOp> ProgramEmitter::run() {
  OwningOpRef<ModuleOp> owned = ModuleOp::create(UnknownLoc::get(&translation.context), program.name);
  module = *owned;
  builder.setInsertionPointToStart(module.getBody());
  if (!program.notEmpty.empty()) {
    SmallVector<StringRef> names(program.notEmpty.begin(), program.notEmpty.end());
    module->setAttr("nn.not_empty", builder.getStrArrayAttr(names));
  }
  emitSymbols();
  for (const Recipe &recipe : program.recipes)
    emitRecipe(recipe);
  for (const Command &command : program.commands)
    emitCommand(command);
  for (const Claim &claim : program.claims)
    emitClaim(claim);
  for (const Loaded *loaded : program.loaded)
    emitLoaded(*loaded);
  for (const Experiment &experiment : program.experiments)
    emitExperiment(experiment);
  for (const Report &report : program.reports)
    emitReport(report);
  for (auto &function : program.functions)
    if (function.get() != program.init)
      emitFunction(*function, 0, variants);
  if (program.traced)
    for (auto &function : program.functions)
      if (function.get() != program.init)
        emitFunction(*function, 0, variants, /*traced=*/true);
  emitInit();
  emitWanted(variants);
  for (const Recipe &recipe : program.recipes) {
    tagRoot(recipe.step);
    tagRoot(recipe.eval);
    if (program.traced)
      emitTrace(recipe);
  }
  for (const Command &command : program.commands)
    tagRoot(command.root);
  for (const Claim &claim : program.claims)
    tagClaim(claim.root);
  if (program.runsClaims)
    for (const Claim &claim : program.claims)
      emitWide(claim);
  for (const Report &report : program.reports)
    tagRoot(report.root);
  for (const Dataset *dataset : program.datasets)
    if (dataset->generator.function)
      tagRoot(dataset->generator);
  return diags.hasErrors() ? nullptr : std::move(owned);
}

void ProgramEmitter::emitSymbols() {
  for (const SettingVar &setting : program.settings) {
    auto type = cast<FloatType>(translation.elementOf(setting.elem));
    if (setting.pinned)
      translation.pinned[setting.name] = setting.value;
    else
      SettingOp::create(builder, module.getLoc(), setting.name, FloatAttr::get(type, setting.value));
  }
  auto note = [&](llvm::StringRef path, const checked::TensorType &type) {
    if (type.stored && sema::isFloat(type.elem))
      translation.mantissa[path] = cast<FloatType>(translation.elementOf(*type.stored)).getFPMantissaWidth() - 1;
  };
  for (const Parameter &parameter : program.parameters) {
    note(parameter.path, parameter.type);
    translation.parameters.insert(parameter.path);
    auto op = ParameterOp::create(builder, translation.locOf(parameter.range), parameter.path,
                                  translation.storedAs(parameter.type), parameter.isBias ? "bias" : "weight");
    if (parameter.ofExperiment)
      op->setAttr("nn.experiment", builder.getUnitAttr());
  }
  for (const StateVar &state : program.states) {
    note(state.path, state.type);
    auto op = StateVarOp::create(builder, module.getLoc(), state.path, translation.storedAs(state.type),
                                 state.ofOptimizer ? "optimizer" : "model");
    if (state.ofExperiment)
      op->setAttr("nn.experiment", builder.getUnitAttr());
  }
  for (const Dataset *dataset : program.datasets)
    emitDataset(*dataset);
}

/// Says which axes are how long: by the name of a length, or "".
void ProgramEmitter::addLengths(SmallVectorImpl<NamedAttribute> &entries, const checked::TensorType &type) {
  auto nameOf = [](const Dim &dim) { return dim.isBounded() ? dim.key() : ""; };
  std::vector<std::string> names;
  for (const Axis &axis : type.axes)
    names.push_back(nameOf(axis.extent));
  SmallVector<StringRef> texts(names.begin(), names.end());
  if (sema::hasLengths(type.axes))
    entries.push_back(builder.getNamedAttr("lengths", builder.getStrArrayAttr(texts)));
  if (type.indexBound && type.indexBound->isBounded())
    entries.push_back(builder.getNamedAttr("below", builder.getStringAttr(type.indexBound->key())));
}

DictionaryAttr ProgramEmitter::optionsOf(const DataStage &stage) {
  NamedAttrList options;
  for (auto &[key, value] : stage.what.options)
    options.set(key, builder.getStringAttr(value));
  return options.getDictionary(builder.getContext());
}

void ProgramEmitter::emitDataset(const Dataset &dataset) {
  SmallVector<Attribute> fields, transforms;
  for (const DataStage &stage : llvm::drop_begin(dataset.stages))
    transforms.push_back(
        builder.getDictionaryAttr({builder.getNamedAttr("name", builder.getStringAttr(stage.what.name)),
                                   builder.getNamedAttr("options", optionsOf(stage))}));
  for (const Field &field : dataset.fields) {
    SmallVector<NamedAttribute> entries = {
        builder.getNamedAttr("name", builder.getStringAttr(field.name)),
        builder.getNamedAttr("type", TypeAttr::get(translation.storedAs(field.type)))};
    if (field.type.indexBound)
      entries.push_back(builder.getNamedAttr("classes", builder.getI64IntegerAttr(field.type.indexBound->storage())));
    addLengths(entries, field.type);
    if (!field.classNames.empty()) {
      SmallVector<StringRef> names(field.classNames.begin(), field.classNames.end());
      entries.push_back(builder.getNamedAttr("names", builder.getStrArrayAttr(names)));
    }
    fields.push_back(builder.getDictionaryAttr(entries));
  }
  const DataStage &reader = dataset.stages[0];
  FlatSymbolRefAttr generator;
  if (const Function *function = dataset.generator.function)
    generator = FlatSymbolRefAttr::get(&translation.context, function->name);
  DatasetOp::create(builder, translation.locOf(dataset.range), dataset.name, reader.what.name, reader.what.path,
                    optionsOf(reader), generator, transforms.empty() ? ArrayAttr() : builder.getArrayAttr(transforms),
                    builder.getArrayAttr(fields));
}

std::string Variants::nameOf(const Function *function, size_t guards) {
  bool isCopy = guards > 0 || !prefix.empty();
  if (isCopy && known.insert({function, guards}).second)
    wanted.push_back({function, guards});
  return prefix + function->name + (guards ? "$guarded" + std::to_string(guards) : "");
}

void ProgramEmitter::emitWanted(Variants &variants) {
  while (!variants.wanted.empty()) {
    auto [function, guards] = variants.wanted.front();
    variants.wanted.pop_front();
    emitFunction(*function, guards, variants);
  }
}

/// A recipe's evaluation of one example, with all named values.
void ProgramEmitter::emitTrace(const Recipe &recipe) {
  Function named = *recipe.eval.function;
  named.name = tracedPrefix.str() + named.name;
  Root root = recipe.eval;
  root.function = &named;
  root.batch = 0; // one example, which has no axis
  tagRoot(root);
  auto symbol = FlatSymbolRefAttr::get(&translation.context, named.name);
  module.lookupSymbol(named.name)->setAttr(traceAttrName, builder.getUnitAttr());
  module.lookupSymbol(recipe.name)->setAttr(traceAttrName, symbol);
}

void ProgramEmitter::emitFunction(const Function &function, size_t numGuards, Variants &variants, bool traced) {
  SmallVector<Type> inputs, results;
  for (const Input *input : function.inputs)
    inputs.push_back(function.isRoot ? translation.storedAs(input->type) : translation.typeOf(input->type));
  for (const Expr *result : function.results)
    results.push_back(translation.typeOf(result->type));
  for (auto [type, stored] : llvm::zip(results, function.storage))
    type = cast<RankedTensorType>(type).clone(translation.elementOf(stored));
  auto integer = RankedTensorType::get({}, builder.getI32Type());
  inputs.append(2 * numGuards, integer);
  for (const Expr *result : function.results)
    if (function.isRoot)
      results.append(llvm::count_if(result->type.axes, [](const Axis &axis) { return axis.extent.isBounded(); }),
                     integer);
  OpBuilder::InsertionGuard guard(builder);
  std::string name = (traced ? tracedPrefix : llvm::StringLiteral("")).str() + variants.nameOf(&function, numGuards);
  auto op =
      func::FuncOp::create(builder, translation.locOf(function.range), name, builder.getFunctionType(inputs, results));
  op.setPrivate();
  FunctionEmitter(translation, diags, builder, variants, traced).emitBody(function, op, numGuards);
}

void ProgramEmitter::emitInit() {
  OpBuilder::InsertionGuard guard(builder);
  auto op = func::FuncOp::create(builder, module.getLoc(), "init", builder.getFunctionType({}, {}));
  builder.setInsertionPointToStart(op.addEntryBlock());
  FunctionEmitter emitter(translation, diags, builder, variants);
  emitter.emitEffects(*program.init);
  for (size_t i = 0; i < program.init->results.size(); ++i) {
    size_t firstState = program.parameters.size();
    llvm::StringRef path = i < firstState ? program.parameters[i].path : program.states[i - firstState].path;
    Value value = emitter.tensor(program.init->results[i]);
    if (!value)
      return;
    emitter.write(path, value, value.getLoc());
  }
  func::ReturnOp::create(builder, op.getLoc());
}

DictionaryAttr ProgramEmitter::bound(Binding kind, llvm::StringRef name, bool perExample) {
  SmallVector<NamedAttribute> entries = {
      builder.getNamedAttr(bindingAttrName, BindAttr::get(&translation.context, kind, name))};
  if (perExample)
    entries.push_back(builder.getNamedAttr(perExampleAttrName, builder.getUnitAttr()));
  return builder.getDictionaryAttr(entries);
}

/// Says on a root's arguments and results what they stand for.
void ProgramEmitter::tagRoot(const Root &root) {
  auto op = module.lookupSymbol<func::FuncOp>(root.function->name);
  op.setPublic();
  for (auto [i, name] : llvm::enumerate(root.inputs))
    op.setArgAttrs(i, bound(root.isCommand ? Binding::arg : Binding::field, name, !root.isCommand));
  for (auto [i, name] : llvm::enumerate(root.results))
    op.setResultAttrs(i, bound(root.isCommand || root.makesData ? Binding::output : Binding::metric, name, false));
  if (!root.compute.empty())
    op->setAttr(computeAttrName, builder.getStringAttr(root.compute));
  size_t next = root.results.size();
  for (auto [result, name] : llvm::zip(root.function->results, root.results))
    for (auto [axis, own] : llvm::enumerate(result->type.axes))
      if (own.extent.isBounded())
        op.setResultAttrs(next++, bound(Binding::extent, name + "#" + std::to_string(axis), false));
  if (root.training)
    op->setAttr(trainingAttrName, builder.getUnitAttr());
  if (root.batch > 0)
    op->setAttr(batchAttrName, builder.getI64IntegerAttr(root.batch));
}

DictionaryAttr ProgramEmitter::watch(const Watch &watch) {
  return builder.getDictionaryAttr({builder.getNamedAttr("split", builder.getStringAttr(watch.split)),
                                    builder.getNamedAttr("metric", builder.getStringAttr(watch.metric)),
                                    builder.getNamedAttr("larger", builder.getBoolAttr(watch.larger))});
}

void ProgramEmitter::emitRecipe(const Recipe &recipe) {
  SmallVector<StringRef> metrics(recipe.metrics.begin(), recipe.metrics.end());
  SmallVector<Attribute> datasets;
  SmallVector<StringRef> aliases;
  for (const RecipeData &data : recipe.data) {
    datasets.push_back(FlatSymbolRefAttr::get(&translation.context, data.dataset->name));
    if (!data.alias.empty())
      aliases.push_back(data.alias);
  }
  auto op = RecipeOp::create(builder, translation.locOf(recipe.range), recipe.name,
                             datasets.empty() ? ArrayAttr() : builder.getArrayAttr(datasets),
                             aliases.empty() ? ArrayAttr() : builder.getStrArrayAttr(aliases),
                             recipe.step.function->name, recipe.eval.function->name, recipe.count,
                             recipe.epochs ? "epochs" : "steps", recipe.batch, builder.getStrArrayAttr(metrics));
  op->setAttr("objective", builder.getStringAttr(recipe.objective));
  op->setAttr("optimizer", builder.getStringAttr(recipe.optimizer));
  belong(op, recipe.of);
  if (recipe.reportSteps)
    op->setAttr("report_steps", builder.getI64IntegerAttr(recipe.reportSteps));
  if (recipe.keep)
    op->setAttr("keep", watch(*recipe.keep));
  if (recipe.stop) {
    op->setAttr("stop", watch(*recipe.stop));
    op->setAttr("patience", builder.getI64IntegerAttr(recipe.patience));
  }
}

void ProgramEmitter::emitCommand(const Command &command) {
  SmallVector<Attribute> arguments;
  for (const Argument &argument : command.arguments) {
    SmallVector<NamedAttribute> entries = {
        builder.getNamedAttr("name", builder.getStringAttr(argument.name)),
        builder.getNamedAttr("type", TypeAttr::get(translation.storedAs(argument.type)))};
    const std::vector<double> &numbers = argument.defaultValue;
    bool isWord = argument.fixed && numbers.empty();
    if (isWord)
      entries.push_back(builder.getNamedAttr("default", builder.getStringAttr(argument.word)));
    else if (numbers.size() == 1)
      entries.push_back(builder.getNamedAttr("default", builder.getF64FloatAttr(numbers[0])));
    else if (!numbers.empty())
      entries.push_back(builder.getNamedAttr(
          "default", DenseElementsAttr::get(RankedTensorType::get({int64_t(numbers.size())}, builder.getF64Type()),
                                            llvm::ArrayRef(numbers))));
    bool isSetting = llvm::any_of(program.settings, [&](auto &setting) { return setting.name == argument.size; });
    if (argument.fixed)
      entries.push_back(builder.getNamedAttr("fixed", builder.getUnitAttr()));
    else if (isSetting)
      entries.push_back(builder.getNamedAttr("setting", builder.getStringAttr(argument.size)));
    if (argument.type.indexBound)
      entries.push_back(
          builder.getNamedAttr("classes", builder.getI64IntegerAttr(argument.type.indexBound->storage())));
    addLengths(entries, argument.type);
    if (argument.length) {
      entries.push_back(builder.getNamedAttr("length", builder.getStringAttr(argument.length->key())));
      entries.push_back(builder.getNamedAttr("most", builder.getI64IntegerAttr(argument.length->storage())));
    }
    if (argument.text)
      entries.push_back(
          builder.getNamedAttr("text", FlatSymbolRefAttr::get(builder.getContext(), argument.text->name)));
    arguments.push_back(builder.getDictionaryAttr(entries));
  }
  SmallVector<StringRef> names(command.classNames.begin(), command.classNames.end());
  auto op = CommandOp::create(builder, translation.locOf(command.range), command.symbol, command.root.function->name,
                              builder.getArrayAttr(arguments), command.ranking ? "ranking" : "tensor",
                              names.empty() ? ArrayAttr() : builder.getStrArrayAttr(names),
                              command.doc.empty() ? StringAttr() : builder.getStringAttr(command.doc));
  if (command.symbol != command.name)
    op->setAttr("called", builder.getStringAttr(command.name));
  addTexts(op, command.texts);
}

// ---- symmetry

ArrayAttr actionsAttr(Builder &builder, llvm::ArrayRef<ClaimedAction> actions) {
  SmallVector<Attribute> all;
  for (const ClaimedAction &action : actions) {
    ActionSpec spec{action.group, action.written, {}};
    for (const MovedSpace &space : action.spaces)
      spec.spaces.push_back(
          {space.leaf, space.ofResult, llvm::to_vector_of<int64_t>(space.axes), space.values, space.by});
    all.push_back(spec.toAttr(builder));
  }
  return builder.getArrayAttr(all);
}

void ProgramEmitter::emitClaim(const Claim &claim) {
  StringRef kind = claim.form == Claim::Form::Convex   ? "convex"
                   : claim.form == Claim::Form::Linear ? "linear"
                   : claim.equivariant                 ? "equivariant"
                                                       : "invariant";
  ClaimOp::create(builder, translation.locOf(claim.range), kind, claim.subject, claim.root.function->name,
                  actionsAttr(builder, claim.actions),
                  claim.within ? builder.getF64FloatAttr(*claim.within) : FloatAttr());
}

/// The claim once more, in double precision: it tells what rounding makes of a symmetry from what breaks it.
void ProgramEmitter::emitWide(const Claim &claim) {
  Function function = *claim.root.function;
  Root root = claim.root;
  root.function = &function;
  llvm::SaveAndRestore wider(translation.wide, true);
  std::string name = wide.nameOf(claim.root.function, 0);
  emitWanted(wide);
  function.name = name;
  tagClaim(root);
  for (ClaimOp op : module.getOps<ClaimOp>())
    if (op.getFunction() == claim.root.function->name)
      op->setAttr(wideAttrName, FlatSymbolRefAttr::get(&translation.context, name));
}

void ProgramEmitter::tagClaim(const Root &root) {
  tagRoot(root);
  auto op = module.lookupSymbol<func::FuncOp>(root.function->name);
  for (auto [k, input] : llvm::enumerate(root.function->inputs))
    if (input->type.indexBound)
      op.setArgAttr(k, belowAttrName, builder.getI64IntegerAttr(input->type.indexBound->storage()));
}

// ---- reports and experiments

void ProgramEmitter::emitLoaded(const Loaded &loaded) {
  LoadedOp::create(builder, translation.locOf(loaded.range), loaded.path, translation.storedAs(loaded.type),
                   loaded.dataset ? loaded.dataset->name : loaded.recipe, loaded.split, loaded.field);
}

/// Says which results are text, by the data sets that have their tokens.
void ProgramEmitter::addTexts(Operation *op, const std::vector<const Dataset *> &texts) {
  SmallVector<Attribute> all;
  for (const Dataset *text : texts)
    all.push_back(text ? Attribute(FlatSymbolRefAttr::get(builder.getContext(), text->name)) : builder.getUnitAttr());
  if (llvm::any_of(texts, [](const Dataset *text) { return text != nullptr; }))
    op->setAttr("texts", builder.getArrayAttr(all));
}

/// Says which point of which experiment a recipe or a report belongs to.
void ProgramEmitter::belong(Operation *op, const PointOf &of) {
  if (of.experiment.empty())
    return;
  op->setAttr("nn.experiment", builder.getStringAttr(of.experiment));
  op->setAttr("nn.point", builder.getI64IntegerAttr(of.point));
}

DictionaryAttr ProgramEmitter::plane(const Plane &plane) {
  NamedAttrList entries;
  entries.set("left", builder.getF64FloatAttr(plane.left));
  entries.set("right", builder.getF64FloatAttr(plane.right));
  entries.set("bottom", builder.getF64FloatAttr(plane.bottom));
  entries.set("top", builder.getF64FloatAttr(plane.top));
  if (plane.dataset)
    entries.set("dataset", FlatSymbolRefAttr::get(&translation.context, plane.dataset->name));
  const std::pair<const char *, const std::string *> texts[] = {{"x_name", &plane.xName},
                                                                {"y_name", &plane.yName},
                                                                {"x_field", &plane.xField},
                                                                {"y_field", &plane.yField},
                                                                {"label", &plane.label}};
  for (auto [name, text] : texts)
    if (!text->empty())
      entries.set(name, builder.getStringAttr(*text));
  return entries.getDictionary(&translation.context);
}

static llvm::StringRef formWord(ast::Report::Form form) {
  switch (form) {
  case ast::Report::Form::Default:
    return "default";
  case ast::Report::Form::Image:
    return "image";
  case ast::Report::Form::Curve:
    return "curve";
  case ast::Report::Form::Histogram:
    return "histogram";
  case ast::Report::Form::Boundary:
    return "boundary";
  }
  return "";
}

void ProgramEmitter::emitReport(const Report &report) {
  SmallVector<StringRef> names(report.classNames.begin(), report.classNames.end());
  SmallVector<StringRef> curves(report.curves.begin(), report.curves.end());
  bool anyCurve = llvm::any_of(curves, [](StringRef curve) { return !curve.empty(); });
  auto op = ReportOp::create(
      builder, translation.locOf(report.range), report.name, report.root.function->name, formWord(report.form),
      report.ranking ? "ranking" : "tensor", report.text, names.empty() ? ArrayAttr() : builder.getStrArrayAttr(names),
      anyCurve ? builder.getStrArrayAttr(curves) : ArrayAttr(), report.plane ? plane(*report.plane) : DictionaryAttr());
  belong(op, report.of);
  addTexts(op, report.texts);
}

void ProgramEmitter::emitExperiment(const Experiment &experiment) {
  SmallVector<Attribute> sweeps, points, plots;
  auto texts = [&](const std::vector<std::string> &strings) {
    return builder.getStrArrayAttr(SmallVector<StringRef>(strings.begin(), strings.end()));
  };
  for (const Experiment::Sweep &sweep : experiment.sweeps)
    sweeps.push_back(builder.getDictionaryAttr({builder.getNamedAttr("name", builder.getStringAttr(sweep.name)),
                                                builder.getNamedAttr("values", texts(sweep.values))}));
  for (const std::vector<int64_t> &point : experiment.points)
    points.push_back(builder.getI64ArrayAttr(point));
  for (const Experiment::Plot &plot : experiment.plots)
    plots.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("against", texts(plot.against)), builder.getNamedAttr("curves", texts(plot.curves))}));
  ExperimentOp::create(builder, translation.locOf(experiment.range), builder.getStringAttr(experiment.name),
                       builder.getArrayAttr(sweeps), builder.getArrayAttr(points), builder.getArrayAttr(plots),
                       experiment.doc.empty() ? StringAttr() : builder.getStringAttr(experiment.doc));
}

OwningOpRef<ModuleOp> emit(const Program &program, MLIRContext &context, const SourceManager &sources,
                           DiagnosticEngine &diags) {
  return ProgramEmitter(program, context, sources, diags).run();
}

} // namespace nn::emit
