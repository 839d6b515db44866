// The nn dialect: index equations on tensors, then on buffers, and the program around them.
#ifndef NN_DIALECT_TD
#define NN_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/AttrTypeBase.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::nn";
  let summary = "Index equations: the one operation neural networks are made of";
  let description = [{
    A program is a set of functions over tensors, written for one example, whose core operation is `nn.equation`:
    `result[write(p)] (+)= body(inputs[read_k(p)])` for every point p of a box. Parameters, state, chance, derivatives and the
    coupling of examples are operations of their own; each goes away at a pass of its name.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::func::FuncDialect"];
}

class NN_Attr<string name, string attrMnemonic, list<Trait> traits = []> : AttrDef<NN_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def NN_Combine : I32EnumAttr<"Combine", "how values that land on one cell combine", [
    I32EnumAttrCase<"map", 0>, I32EnumAttrCase<"sum", 1>, I32EnumAttrCase<"prod", 2>, I32EnumAttrCase<"max", 3>,
    I32EnumAttrCase<"min", 4>, I32EnumAttrCase<"logsumexp", 5>, I32EnumAttrCase<"argmax", 6>, I32EnumAttrCase<"argmin", 7>]> {
  let cppNamespace = "::nn";
}

def NN_Distribution : I32EnumAttr<"Distribution", "the law of a sample's elements", [
    I32EnumAttrCase<"uniform", 0>, I32EnumAttrCase<"normal", 1>, I32EnumAttrCase<"bits", 2>]> {
  let cppNamespace = "::nn";
}

def NN_RoutineKind : I32EnumAttr<"RoutineKind", "an algorithm on vectors and matrices", [
    I32EnumAttrCase<"solve", 0>, I32EnumAttrCase<"cholesky", 1>, I32EnumAttrCase<"eigh", 2>, I32EnumAttrCase<"svd", 3>,
    I32EnumAttrCase<"fft", 4>, I32EnumAttrCase<"fft_inverse", 5>, I32EnumAttrCase<"order", 6>,
    I32EnumAttrCase<"group", 7>]> {
  let cppNamespace = "::nn";
}

def NN_Binding : I32EnumAttr<"Binding", "what a root function's argument or result stands for", [
    I32EnumAttrCase<"param", 0>, I32EnumAttrCase<"state", 1>, I32EnumAttrCase<"setting", 2>, I32EnumAttrCase<"field", 3>,
    I32EnumAttrCase<"arg", 4>, I32EnumAttrCase<"key", 5>, I32EnumAttrCase<"batch_size", 6>, I32EnumAttrCase<"step", 7>,
    I32EnumAttrCase<"total_steps", 8>, I32EnumAttrCase<"metric", 9>, I32EnumAttrCase<"output", 10>,
    I32EnumAttrCase<"loaded", 11>, I32EnumAttrCase<"length", 12>, I32EnumAttrCase<"extent", 13>]> {
  let cppNamespace = "::nn";
}

def NN_BindAttr : NN_Attr<"Bind", "bind"> {
  let summary = "ties an argument or a result of a root function to what it stands for";
  let description = [{
    `#nn.bind<param, "net.W">` on an argument is the parameter's value, on a result its new value; `field` is a field of the
    data set, `arg` a command's argument, `loaded` a tensor that the executable loads, `metric` a sum over the valid rows of the
    batch, `output` a command's result.
  }];
  let parameters = (ins EnumParameter<NN_Binding>:$kind, StringRefParameter<"path or name", "\"\"">:$name);
  let assemblyFormat = "`<` $kind (`,` $name^)? `>`";
}

#endif
