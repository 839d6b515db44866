// The operations that say what a program holds: parameters, states, settings, data sets, recipes, commands.
#ifndef NN_PROGRAM_OPS_TD
#define NN_PROGRAM_OPS_TD

include "NNKernelOps.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"

class NN_ProgramOp<string mnemonic, list<Trait> traits = []> : NN_Op<mnemonic, !listconcat([Symbol], traits)>;

def NN_ParameterOp : NN_ProgramOp<"parameter"> {
  let summary = "a trained tensor";
  let description = [{
    Its path, type and kind: `weight`, or `bias` when it starts at zeros or ones (regularizers pass over biases).

    Constraints:
    - `parameter_c1` the type is a tensor of static shape, the kind `weight` or `bias`

    ```mlir
    nn.parameter @"net.W" : tensor<10x784xf32> kind "weight"
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type, StrAttr:$kind);
  let assemblyFormat = "$sym_name `:` $type `kind` $kind attr-dict";
  let hasVerifier = 1;
}

def NN_StateVarOp : NN_ProgramOp<"state_var"> {
  let summary = "a tensor that lives across steps";
  let description = [{
    Its path, type and role: `model` (saved with the parameters, used in evaluation) or `optimizer`.

    Constraints:
    - `state_var_c1` the type is a tensor of static shape, the role `model` or `optimizer`

    ```mlir
    nn.state_var @"net.mean" : tensor<8xf32> role "model"
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type, StrAttr:$role);
  let assemblyFormat = "$sym_name `:` $type `role` $role attr-dict";
  let hasVerifier = 1;
}

def NN_SettingOp : NN_ProgramOp<"setting"> {
  let summary = "a scalar with a default that the command line can replace";
  let description = [{
    ```mlir
    nn.setting @lr = 1.000000e-03 : f32
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypedAttrInterface:$value);
  let assemblyFormat = "$sym_name `=` $value attr-dict";
}

def NN_DatasetOp : NN_ProgramOp<"dataset", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a data set: reader, path, options, transforms, and its fields in order";
  let description = [{
    Each field is a dictionary: `name` (string), `type` (the per-example tensor type), and where known `classes` (i64) and `names` (array of strings).
    Each transform is a dictionary: `name` (string) and `options` (dictionary), in the order in which they are applied.
    Examples that the program computes have a function, `made by`: from the position `k` to the fields.

    Constraints:
    - `dataset_c1` every field has a name and a tensor type
    - `dataset_c2` every transform has a name and options
    - `dataset_c3` the function that makes the examples exists

    ```mlir
    nn.dataset @digits reader "idx" path "fashion-mnist" options {names = "classes.txt"}
        fields [{name = "image", type = tensor<1x28x28xf32>}, {classes = 10 : i64, name = "label", type = tensor<i32>} ]
    nn.dataset @few reader "npy" path "x.npy" options {} then [{name = "take", options = {rows = "10"}} ]
        fields [{name = "x", type = tensor<3xf32>} ]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$reader, StrAttr:$path, DictionaryAttr:$options,
      OptionalAttr<FlatSymbolRefAttr>:$generator, OptionalAttr<ArrayAttr>:$transforms, ArrayAttr:$fields);
  let assemblyFormat = [{
    $sym_name `reader` $reader `path` $path `options` $options (`made` `by` $generator^)? (`then` $transforms^)? `fields` $fields attr-dict
  }];
  let hasVerifier = 1;
}

def NN_LoadedOp : NN_ProgramOp<"loaded", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a tensor that the executable loads before it runs what reads it";
  let description = [{
    A field of a whole split of a data set, or a curve that a training has left: of a recipe, `split` and `name` say which. It is
    never part of the executable.

    Constraints:
    - `loaded_c1` the data set or the recipe exists
    - `loaded_c2` the type is a tensor of static shape

    ```mlir
    nn.loaded @"digits.test.label" : tensor<10000xi32> from @digits split "test" name "label"
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type, FlatSymbolRefAttr:$source, StrAttr:$split, StrAttr:$name);
  let assemblyFormat = "$sym_name `:` $type `from` $source `split` $split `name` $name attr-dict";
  let hasVerifier = 1;
}

def NN_RecipeOp : NN_ProgramOp<"recipe", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "how something is trained: data sets, step and evaluation functions, length";
  let description = [{
    `count` epochs or steps (`unit`) in batches of `batch`; `metrics` names what `eval` returns after the loss. The first data set counts
    the epochs; others are read in turns of their own. Fields of a data set with an alias are called `alias.field`.

    Constraints:
    - `recipe_c1` the data sets, the step and the evaluation exist
    - `recipe_c2` the unit is `epochs` or `steps`
    - `recipe_c3` there are aliases for all data sets or for none

    ```mlir
    nn.recipe @train on [@digits] step @train.step eval @train.eval for 10 "epochs" batch 64 metrics ["accuracy"]
    nn.recipe @train on [@inside, @start] as ["a", "b"] step @train.step eval @train.eval for 100 "steps" batch 64 metrics []
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<FlatSymbolRefArrayAttr>:$datasets, OptionalAttr<StrArrayAttr>:$aliases,
      FlatSymbolRefAttr:$step, FlatSymbolRefAttr:$eval, I64Attr:$count, StrAttr:$unit, I64Attr:$batch, ArrayAttr:$metrics);
  let assemblyFormat = [{
    $sym_name (`on` $datasets^)? (`as` $aliases^)? `step` $step `eval` $eval `for` $count $unit `batch` $batch `metrics` $metrics attr-dict
  }];
  let hasVerifier = 1;
}

def NN_CommandOp : NN_ProgramOp<"command", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a subcommand of the executable: a function, its arguments' names, how its result is shown";
  let description = [{
    Each argument is a dictionary: `name`, `type` (tensor type) and where given `default`. One that is no tensor of the
    function has the flag `fixed` (its default is its only value) or `setting` (the name of the setting that it is). `called`
    is the name of a command that is compiled for several such values, each with a symbol of its own. `show` is `tensor`, or `ranking` (results: index and value, largest first, with `names`).

    Constraints:
    - `command_c1` the function exists
    - `command_c2` results are shown as `tensor` or `ranking`

    ```mlir
    nn.command @predict calls @command.predict arguments [{name = "image", type = tensor<1x28x28xf32>} ] show "ranking"
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$function, ArrayAttr:$arguments, StrAttr:$show,
      OptionalAttr<ArrayAttr>:$names, OptionalAttr<StrAttr>:$doc);
  let assemblyFormat = "$sym_name `calls` $function `arguments` $arguments `show` $show (`names` $names^)? (`doc` $doc^)? attr-dict";
  let hasVerifier = 1;
}

def NN_ClaimOp : NN_Op<"claim", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a symmetry, or a shape, that a function is claimed to have";
  let description = [{
    When a group moves the arguments of the function, the results stay (`invariant`) or move along (`equivariant`). Each action is a
    dictionary: `group` (with numbers for sizes), `written` (as the user has it) and `spaces`, which one element moves together.
    Each space is a dictionary: `leaf`, the number of an argument, with the flag `result` of a result; `axes`, one axis, several as
    a grid, or none for all of the tensor; the flag `values` where its values are indices of what is permuted; and where it is
    not the default the representation, `by`. A claim with `within` is content with that relative error.
    A claim that the function is `convex` or `linear` has no actions; who checks it knows in what.

    Constraints:
    - `claim_c1` the function exists
    - `claim_c2` the kind is `invariant`, `equivariant`, `convex` or `linear`, and an invariant claim moves no result
    - `claim_c3` every space has a leaf of the function and axes that it has

    ```mlir
    nn.claim "equivariant" "Net" of @claim actions [{group = "S(5)", written = "S(n)",
        spaces = [{axes = array<i64: 0>, leaf = 0 : i64}, {axes = array<i64: 0>, leaf = 0 : i64, result} ]} ]
    ```
  }];
  let arguments = (ins StrAttr:$kind, StrAttr:$subject, FlatSymbolRefAttr:$function, ArrayAttr:$actions, OptionalAttr<F64Attr>:$within);
  let assemblyFormat = "$kind $subject `of` $function `actions` $actions (`within` $within^)? attr-dict";
}

def NN_ReportOp : NN_Op<"report", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a value that the executable computes, shows, saves and plots";
  let description = [{
    `form` says how it is plotted: `default`, `image`, `curve`, `histogram` or `boundary`; `show` is as in `nn.command`. `curves` names
    for each result the `nn.loaded` curve that it is, or is empty. A boundary over the inputs of a model has a `plane`.

    Constraints:
    - `report_c1` the function exists
    - `report_c2` results are shown as `tensor` or `ranking`

    ```mlir
    nn.report "kernel" calls @report.kernel form "image" show "tensor" text "K"
    ```
  }];
  let arguments = (ins StrAttr:$name, FlatSymbolRefAttr:$function, StrAttr:$form, StrAttr:$show, StrAttr:$text,
      OptionalAttr<ArrayAttr>:$names, OptionalAttr<ArrayAttr>:$curves, OptionalAttr<DictionaryAttr>:$plane);
  let assemblyFormat = [{
    $name `calls` $function `form` $form `show` $show `text` $text (`names` $names^)? (`curves` $curves^)? (`plane` $plane^)? attr-dict
  }];
  let hasVerifier = 1;
}

def NN_ExperimentOp : NN_Op<"experiment"> {
  let summary = "what is declared once for each choice of swept values";
  let description = [{
    Each sweep is a dictionary: `name` and `values` (array of strings); each point the positions of its values. Recipes and reports of a
    point carry `nn.experiment` (the name) and `nn.point` (its number). Each plot is a dictionary: `curves` and `against`, arrays of strings.

    Constraints:
    - `experiment_c1` every point has a position for every sweep

    ```mlir
    nn.experiment "width" sweeps [{name = "n", values = ["1", "2"]} ] points [[0], [1]] plots []
    ```
  }];
  let arguments = (ins StrAttr:$name, ArrayAttr:$sweeps, ArrayAttr:$points, ArrayAttr:$plots, OptionalAttr<StrAttr>:$doc);
  let assemblyFormat = "$name `sweeps` $sweeps `points` $points `plots` $plots (`doc` $doc^)? attr-dict";
  let hasVerifier = 1;
}

#endif
