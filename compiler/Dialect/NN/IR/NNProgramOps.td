// The operations that say what a program holds: parameters, states, settings, data sets, recipes, commands.
#ifndef NN_PROGRAM_OPS_TD
#define NN_PROGRAM_OPS_TD

include "NNKernelOps.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"

class NN_ProgramOp<string mnemonic> : NN_Op<mnemonic, [Symbol]>;

def NN_ParameterOp : NN_ProgramOp<"parameter"> {
  let summary = "a trained tensor: its path, type and kind (`weight`, or `bias` when it starts at zeros or ones)";
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type, StrAttr:$kind);
  let assemblyFormat = "$sym_name `:` $type `kind` $kind attr-dict";
}

def NN_StateVarOp : NN_ProgramOp<"state_var"> {
  let summary = "a tensor that lives across steps; role `model` or `optimizer`";
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type, StrAttr:$role);
  let assemblyFormat = "$sym_name `:` $type `role` $role attr-dict";
}

def NN_SettingOp : NN_ProgramOp<"setting"> {
  let summary = "a scalar with a default that the command line can replace";
  let arguments = (ins SymbolNameAttr:$sym_name, TypedAttrInterface:$value);
  let assemblyFormat = "$sym_name `=` $value attr-dict";
}

def NN_DatasetOp : NN_ProgramOp<"dataset"> {
  let summary = "a data set: reader, path, options, and its fields in order";
  let description = [{
    Each field is a dictionary: `name` (string), `type` (the per-example tensor type), and where known `classes` (i64) and `names` (array of strings).
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$reader, StrAttr:$path, DictionaryAttr:$options, ArrayAttr:$fields);
  let assemblyFormat = "$sym_name `reader` $reader `path` $path `options` $options `fields` $fields attr-dict";
}

def NN_RecipeOp : NN_ProgramOp<"recipe"> {
  let summary = "how something is trained: data set, step and evaluation functions, length";
  let description = "`count` epochs or steps (`unit`) in batches of `batch`; `metrics` names the sums that `eval` returns after the loss.";
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<FlatSymbolRefAttr>:$dataset, FlatSymbolRefAttr:$step, FlatSymbolRefAttr:$eval,
      I64Attr:$count, StrAttr:$unit, I64Attr:$batch, ArrayAttr:$metrics);
  let assemblyFormat = [{
    $sym_name (`on` $dataset^)? `step` $step `eval` $eval `for` $count $unit `batch` $batch `metrics` $metrics attr-dict
  }];
}

def NN_CommandOp : NN_ProgramOp<"command"> {
  let summary = "a subcommand of the executable: a function, its arguments' names, how its result is shown";
  let description = [{
    Each argument is a dictionary: `name`, `type` (tensor type) and where given `default`. `show` is `tensor`, or `ranking` (results: index and value, largest first, with `names`).
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$function, ArrayAttr:$arguments, StrAttr:$show,
      OptionalAttr<ArrayAttr>:$names, OptionalAttr<StrAttr>:$doc);
  let assemblyFormat = "$sym_name `calls` $function `arguments` $arguments `show` $show (`names` $names^)? (`doc` $doc^)? attr-dict";
}

#endif
