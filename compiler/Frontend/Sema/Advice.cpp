/// What is meant by mistakes that are common: sentences for `help`, and warnings about what is allowed but seldom
/// meant.
#include "Frontend/Sema/Checker.h"
#include "Frontend/Sema/Habits.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace nn::checked;

namespace nn::sema {

// ---- names

const Dataset *Checker::dataWithField(llvm::StringRef name) const {
  for (const Dataset *dataset : program->datasets)
    if (llvm::any_of(dataset->fields, [&](const Field &field) { return field.name == name; }))
      return dataset;
  return nullptr;
}

bool Checker::adviseName(Diagnostic &report, llvm::StringRef name, SourceRange range) {
  if (auto closed = closedIndices.find(name.str()); closed != closedIndices.end()) {
    SourceRange reduction = closed->second->range;
    report.label(reduction, "`" + name + "` runs in here only")
        .help("a reduction binds one product; parentheses hold a longer body together: `" +
              std::string(ast::spelling(closed->second->reducer)) + "[" + name + "] (...)`");
    return true;
  }
  if (const Dataset *dataset = withoutData ? dataWithField(name) : nullptr) {
    report.help("`" + name + "` is a field of `" + dataset->title + "`: `train ... on " + dataset->title + "`");
    return true;
  }
  if (inSubscript && name.size() == 1 && llvm::isLower(name.front())) {
    report.help("an index is bound on the left-hand side or by a reducer: `sum[" + name + "] ...`");
    return true;
  }
  Habit habit = habitOf(name, HabitPlace::Value);
  if (!habit)
    return false;
  if (habit.instead.empty())
    report.help(habit.help);
  else
    report.fix(range, habit.instead,
               habit.help.empty() ? "it is called `" + habit.instead.str() + "` here" : habit.help.str());
  return true;
}

/// `np.exp(x)`, `nn.Linear`: functions stand alone.
bool Checker::foreignModule(const ast::Member *expr, const Env &env) {
  auto *module = llvm::dyn_cast<ast::NameRef>(expr->base);
  if (!module || !isForeignModule(module->name) || env.find(module->name) ||
      findTop(module->name, moduleAt(module->range)) || moduleNamed(module->name, module->range, env))
    return false;
  Habit habit = habitOf(expr->field.text, HabitPlace::Value);
  std::string ours = habit.instead.empty() ? expr->field.text : habit.instead.str();
  auto &report = diags.report(diag::UnknownName, module->range, module->name).oncePerFile();
  if (habit && habit.instead.empty())
    report.help(habit.help);
  else
    report.fix(expr->range, ours, habit.help.empty() ? "functions stand alone, without a module" : habit.help.str());
  return true;
}

/// Something behind a dot that other languages have there. True if it was reported.
bool Checker::adviseMember(const ast::Member *expr, const Value &base) {
  llvm::StringRef field = expr->field.text;
  if (base.kind == Value::Kind::Dataset) {
    bool isField = inRecipe && frame->function->isRoot && base.dataset->info &&
                   llvm::any_of(base.dataset->fields, [&](const Field &each) { return each.name == field; });
    if (isField)
      diags.report(diag::FieldByPath, expr->base->range, diags.sources.text(expr->base->range))
          .fix(expr->range, field, "write the field's name")
          .oncePerFile();
    return isField;
  }
  Habit habit = base.isTensor() ? habitOf(field, HabitPlace::Member) : Habit();
  if (!habit)
    return false;
  auto &report = diags.report(diag::NoFields, expr->field.range, base.describe(), field);
  std::string of = diags.sources.text(expr->base->range).str();
  if (habit.instead == "transpose")
    report.fix(expr->range, "transpose(" + of + ")", "functions are called");
  else if (!habit.instead.empty())
    report.help("functions are called: `" + habit.instead + "(" + of + ")`");
  else
    report.help(habit.help);
  return true;
}

void Checker::adviseValue(Diagnostic &report, const Value &value) {
  std::string call = callOf(value);
  if (value.kind == Value::Kind::Distribution)
    report.help("`~` draws from it: `z: f32[8] ~ normal(0, 1)`");
  else if (!call.empty() && value.callable->decl->role == ast::Role::Model)
    report.help("`weights(" + value.callable->decl->name.text + ")` are its parameters, `" + call + "` is its value");
  else if (!call.empty())
    report.help("a value comes of a call: `" + call + "`");
}

std::string callOf(const Value &value) {
  if (value.kind != Value::Kind::Callable || value.callable->kind != Callable::Kind::Declared)
    return "";
  const Callable &callable = *value.callable;
  std::string call = callable.decl->name.text;
  if (callable.decl->hasHyper)
    call += "(...)";
  std::vector<std::string> inputs;
  for (const ast::Param *input : callable.decl->inputs)
    inputs.push_back(input->name.text);
  return call + "(" + llvm::join(inputs, ", ") + ")";
}

// ---- shapes

/// Letters for the axes of a tensor: "i, j, k".
static std::string lettersFor(unsigned rank, unsigned from = 0) {
  std::vector<std::string> letters;
  for (unsigned i = 0; i < rank; ++i)
    letters.emplace_back(1, "ijklmnpq"[(from + i) % 8]);
  return llvm::join(letters, ", ");
}

/// Two tensors of different rank, as numpy would broadcast them: the equation that says which axes meet.
void Checker::adviseBroadcast(Diagnostic &report, ScalarOp op, const Value &a, const Value &b) {
  llvm::StringRef sign;
  if (op == ScalarOp::Add || op == ScalarOp::Sub)
    sign = op == ScalarOp::Add ? " + " : " - ";
  if (op == ScalarOp::Mul || op == ScalarOp::Div)
    sign = op == ScalarOp::Mul ? " * " : " / ";
  if (sign.empty() || !a.isTensor() || !b.isTensor())
    return;
  const Shape &left = a.expr->type.axes, &right = b.expr->type.axes;
  const Shape &large = left.size() > right.size() ? left : right, &small = left.size() > right.size() ? right : left;
  auto meetsAt = [&](size_t shift) {
    return llvm::none_of(llvm::seq(small.size()),
                         [&](size_t i) { return large[shift + i].extent.differs(small[i].extent); });
  };
  size_t behind = large.size() - small.size();
  if (!meetsAt(behind) && !meetsAt(0))
    return;
  auto side = [&](const Value &value) {
    bool isLarge = &value.expr->type.axes == &large;
    std::string name = diags.sources.text(value.range).str();
    unsigned from = isLarge || !meetsAt(behind) ? 0 : unsigned(behind);
    return name + "[" + lettersFor(value.expr->type.rank(), from) + "]";
  };
  bool plain = llvm::all_of(llvm::ArrayRef{a, b}, [&](const Value &value) {
    return llvm::all_of(diags.sources.text(value.range), [](char c) { return llvm::isAlnum(c) || c == '_'; });
  });
  report.help("an equation says which axes meet" +
              (plain ? ": `y[" + lettersFor(unsigned(large.size())) + "] = " + side(a) + sign.str() + side(b) + "`"
                     : std::string()));
}

void Checker::adviseRank(Diagnostic &report, const ast::NamedType *type, unsigned wanted, unsigned given,
                         SourceRange at) const {
  llvm::StringRef text = inLibrary(at) ? "x" : diags.sources.text(at);
  if (text.contains('\n') || text.contains(' '))
    text = "x";
  bool isModel = frame->decl && frame->decl->role == ast::Role::Model;
  if (given < wanted && given == 1) {
    SourceRange axes = SourceRange::join(type->dims.front().range, type->dims.back().range);
    report.help("`reshape` gives it " + llvm::Twine(wanted) + " axes: `reshape(" + text + ", [" +
                diags.sources.text(axes) + "])` with numbers for these");
    return;
  }
  if (given <= wanted)
    return;
  if (wanted == 1 && isModel && given > 2)
    report.help("`flatten` makes one axis of all: `" + text + " |> flatten`");
  else if (wanted == 1 && isModel)
    report.help("a model takes one example, without an axis for the batch; for each row of a matrix write `y[i] = f(" +
                text + "[i])`, and `flatten` makes one axis of all");
  else if (frame->decl)
    report.help("for each of its parts write an equation: `y[" + lettersFor(given - wanted) +
                "] = " + frame->decl->name.text + "(" + text + "[" + lettersFor(given - wanted) + "])`");
}

/// Whether a value could be what an input is declared as, as far as its rank and being an index say.
static bool couldBe(const Value &value, const ast::Param *param) {
  auto *type = llvm::dyn_cast_or_null<ast::NamedType>(param->type);
  if (!type || !value.isTensor() || llvm::any_of(type->dims, [](const ast::Dim &dim) { return dim.isRest; }))
    return false;
  const TensorType &own = value.expr->type;
  return own.rank() == type->dims.size() && (type->name.text == "index") == own.indexBound.has_value();
}

/// The first of the errors since `before` gets the advice to exchange two arguments, if they fit then.
void Checker::adviseSwap(size_t before, const ast::Function *decl, llvm::ArrayRef<Value> args) {
  auto &reports = diags.unrendered();
  if (before >= reports.size() || args.size() != 2 || decl->inputs.size() != 2 || inLibrary(args[0].range))
    return;
  const ast::Param *first = decl->inputs[0], *second = decl->inputs[1];
  bool fits = couldBe(args[0], first) && couldBe(args[1], second);
  if (fits || !couldBe(args[0], second) || !couldBe(args[1], first) || args[1].range.begin < args[0].range.end)
    return;
  auto text = [&](const Value &arg) { return diags.sources.text(arg.range).str(); };
  reports[before].helps.clear();
  reports[before].fix(SourceRange::join(args[0].range, args[1].range), text(args[1]) + ", " + text(args[0]),
                      "the two arguments are exchanged");
}

// ---- hyperparameters

bool Checker::shareOutside(const ast::Function *decl, const ast::Param &param, const Value &value, SourceRange at) {
  bool isShare = inLibrary(decl->range) && param.name.text == "rate";
  auto share = value.asReal();
  if (!isShare || !share || (*share >= 0 && *share < 1))
    return false;
  auto &report = diags.report(diag::ShareOutside, at, param.name.text, value.describe());
  if (*share > 1 && *share < 100 && value.kind == Value::Kind::Int) {
    int64_t percent = int64_t(*share);
    report.fix(at, "0." + std::string(percent < 10 ? "0" : "") + std::to_string(percent), "is a percentage meant?");
  }
  return true;
}

bool Checker::isTypeName(const ast::NamedType &type) {
  return llvm::StringSwitch<bool>(type.name.text)
             .Cases({"int", "string", "schedule", "index", "real", "category"}, true)
             .Default(false) ||
         elemNamed(type.name.text) || llvm::isa_and_nonnull<ast::TypeAlias>(findType(type.name, moduleAt(type.range)));
}

// ---- warnings

/// The call of softmax or sigmoid that a value is the result of, through models that end with it.
static const Call *squashing(const Expr *value) {
  while (auto *result = llvm::dyn_cast<CallResult>(value)) {
    llvm::StringRef name = llvm::StringRef(result->call->callee->name).split('$').first;
    if (name == "softmax" || name == "sigmoid")
      return result->call;
    if (result->result >= result->call->callee->results.size())
      return nullptr;
    value = result->call->callee->results[result->result];
  }
  return nullptr;
}

void Checker::warnAboutLogits(const ast::Function *loss, llvm::ArrayRef<Value> args) {
  bool takesLogits = inLibrary(loss->range) && llvm::StringSwitch<bool>(loss->name.text)
                                                   .Cases({"cross_entropy", "label_smoothing", "focal"}, true)
                                                   .Cases({"soft_cross_entropy", "binary_cross_entropy"}, true)
                                                   .Default(false);
  if (!takesLogits || args.empty() || !args[0].isTensor() || inLibrary(args[0].range))
    return;
  const Call *call = squashing(args[0].expr);
  if (!call)
    return;
  llvm::StringRef function = llvm::StringRef(call->callee->name).split('$').first;
  auto &report = diags.report(diag::LogitsExpected, args[0].range, loss->name.text, function).oncePerFile();
  if (!inLibrary(call->range) && !(call->range == args[0].range))
    report.label(call->range, "applied here");
  report.help("leave `" + function +
              "` out before the loss, which contains it; a `command` can apply it to what it shows");
}

/// How often a word stands in a text.
static unsigned wordCount(llvm::StringRef text, llvm::StringRef word) {
  auto isLetter = [](char c) { return llvm::isAlnum(c) || c == '_' || (static_cast<unsigned char>(c) & 0x80); };
  unsigned count = 0;
  for (size_t at = text.find(word); at != llvm::StringRef::npos; at = text.find(word, at + 1)) {
    bool begins = at == 0 || !isLetter(text[at - 1]);
    bool ends = at + word.size() == text.size() || !isLetter(text[at + word.size()]);
    count += begins && ends;
  }
  return count;
}

/// Parameters and lines of a block that no other place in the file names.
void Checker::warnAboutUnused(const ast::Function *function) {
  if (!function->block)
    return;
  llvm::StringRef inside = diags.sources.text(function->block->range), whole = diags.sources.text(function->range.file);
  for (const ast::Stmt *stmt : function->block->statements) {
    if (auto *param = llvm::dyn_cast<ast::ParamDecl>(stmt)) {
      if (wordCount(inside, param->name.text) == 1)
        diags.report(diag::UnusedParameter, param->name.range, param->name.text)
            .help("use it in the equations below, or leave it out");
      continue;
    }
    auto *bind = llvm::dyn_cast<ast::Bind>(stmt);
    if (!bind || bind->lhs.isTuple())
      continue;
    const ast::Name &name = bind->lhs.names.front();
    bool isRead = wordCount(inside, name.text) > 1 || whole.contains("." + name.text);
    if (!isRead && !llvm::StringRef(name.text).starts_with("_"))
      diags.report(diag::UnusedName, name.range, name.text)
          .help("go on with it in the lines below, or leave the line out");
  }
}

} // namespace nn::sema
