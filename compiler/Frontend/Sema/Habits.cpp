/// The table of names that people bring along. A name that is merely misspelled is not in it: edit distance finds
/// those.
#include "Frontend/Sema/Habits.h"

#include "llvm/ADT/StringSwitch.h"

namespace nn::sema {
namespace {

constexpr llvm::StringLiteral layerHelp =
    "a fully connected layer is `dense(out)`; the size of what comes in is known from there";
constexpr llvm::StringLiteral convolutionHelp =
    "a convolution is `conv(out, kernel)`; the channels of what comes in are known from there";
constexpr llvm::StringLiteral drawHelp = "chance is written `z: f32[8] ~ normal(0, 1)`, or `~ uniform(0, 1)`";
constexpr llvm::StringLiteral tensorHelp = "a tensor's type is its element type and its axes: `f32[3, 4]`";
constexpr llvm::StringLiteral nothingHelp = "every value has a type and a shape; there is no missing one";
constexpr llvm::StringLiteral axesHelp =
    "axes have names in the type: `x: f32[n, m]` makes `n` and `m` the extents of x";

Habit instead(llvm::StringRef name) { return {name, ""}; }
Habit said(llvm::StringRef help) { return {"", help}; }

Habit valueHabit(llvm::StringRef name) {
  return llvm::StringSwitch<Habit>(name)
      .Cases({"Linear", "linear_layer", "FullyConnected", "fully_connected"}, said(layerHelp))
      .Cases({"Conv2d", "Conv2D", "conv2d"}, said(convolutionHelp))
      .Cases({"Conv1d", "Conv1D"}, said(convolutionHelp))
      .Cases({"Conv3d", "Conv3D"}, said(convolutionHelp))
      .Cases({"MaxPool2d", "MaxPooling2D", "maxpool", "max_pool2d"}, instead("max_pool"))
      .Cases({"AvgPool2d", "AveragePooling2D", "avgpool", "avg_pool2d"}, instead("avg_pool"))
      .Cases({"BatchNorm1d", "BatchNorm2d", "BatchNormalization"}, instead("batch_norm"))
      .Cases({"LayerNorm", "LayerNormalization"}, instead("layer_norm"))
      .Cases({"MultiheadAttention", "MultiHeadAttention"}, instead("attention"))
      .Cases({"LeakyReLU", "leakyrelu"}, instead("leaky_relu"))
      .Cases({"swish", "SiLU"}, instead("silu"))
      .Case("Sequential", said("layers follow each other by `|>`: `x |> dense(16) |> relu |> dense(2)`"))
      .Cases({"mse", "MSE", "mse_loss", "MSELoss", "mean_squared_error"}, instead("squared"))
      .Cases({"mae", "MAE", "L1Loss", "mean_absolute_error"}, instead("l1_loss"))
      .Cases({"SmoothL1Loss", "smooth_l1_loss"}, instead("huber"))
      .Cases({"bce", "BCE", "BCELoss", "BCEWithLogitsLoss", "binary_crossentropy"}, instead("binary_cross_entropy"))
      .Cases({"CrossEntropyLoss", "nll_loss", "NLLLoss", "crossentropy", "categorical_crossentropy"},
             instead("cross_entropy"))
      .Case("sparse_categorical_crossentropy", instead("cross_entropy"))
      .Case("True", instead("true"))
      .Case("False", instead("false"))
      .Cases({"None", "null", "nil", "nullptr", "undefined"}, said(nothingHelp))
      .Cases({"len", "length", "numel", "ndim"},
             said("the length of an axis is its name in the type, `n` of `x: f32[n]`; "
                  "`size(x)` counts all elements"))
      .Cases({"pow", "power", "square", "sqr"}, said("a power is written `x ^ 2`"))
      .Case("fabs", instead("abs"))
      .Case("ln", instead("log"))
      .Cases({"concatenate", "cat", "hstack", "vstack"}, instead("concat"))
      .Cases({"arange", "linspace"}, instead("range"))
      .Cases({"matmul", "mm", "bmm"}, said("the product of matrices is written `A @ B`"))
      .Case("einsum", said("a sum over indices is an equation: `y[i] = sum[j] W[i, j] * x[j]`"))
      .Case("eye", instead("identity"))
      .Cases({"rand", "randn", "random"}, said(drawHelp))
      .Cases({"std", "var", "variance"}, said("write it: `mean((x - mean(x)) ^ 2)` is the variance"))
      .Cases({"clamp", "clip"}, said("write `min(max(x, low), high)`"))
      .Cases({"maximum", "maximum_of"}, instead("max"))
      .Case("minimum", instead("min"))
      .Cases({"gradient", "nabla"}, instead("grad"))
      .Cases({"detach", "no_grad"}, instead("stop_gradient"))
      .Case("round", said("write `floor(x + 0.5)`"))
      .Case("where", said("a choice is written `if c then a else b`, also for tensors"))
      .Cases({"Infinity", "infinity", "INFINITY"}, instead("inf"))
      .Cases({"\u03C0", "PI"}, instead("pi"))
      .Cases({"self", "this"}, said("a layer gets a name by `=` in the model's block, and is used by it"))
      .Default({});
}

Habit typeHabit(llvm::StringRef name) {
  return llvm::StringSwitch<Habit>(name)
      .Cases({"float", "float32", "number", "num", "scalar", "Float", "single"}, instead("f32"))
      .Cases({"double", "float64", "Float64"}, instead("f64"))
      .Cases({"half", "float16"}, instead("f16"))
      .Case("bfloat16", instead("bf16"))
      .Cases({"integer", "int32", "uint8", "byte", "Int", "Integer"}, instead("i32"))
      .Cases({"long", "int64"}, instead("i64"))
      .Cases({"boolean", "Bool", "Boolean"}, instead("bool"))
      .Cases({"str", "String", "text", "char"}, instead("string"))
      .Cases({"Tensor", "tensor", "array", "Array", "ndarray", "matrix", "Matrix", "vector", "Vector"},
             said(tensorHelp))
      .Cases({"list", "List", "tuple", "Tuple"},
             said("a hyperparameter that is a list has no type: write its name alone"))
      .Cases({"path", "Path", "file", "File", "image", "Image"},
             said("a file becomes a tensor of the declared shape: `image: f32[1, 28, 28]`"))
      .Cases({"function", "Function", "callable", "Callable"},
             said("a hyperparameter that is a function has no type: `act = relu`"))
      .Default({});
}

Habit hyperparameterHabit(llvm::StringRef name) {
  return llvm::StringSwitch<Habit>(name)
      .Cases({"learning_rate", "alpha", "eta", "step_size", "rate"}, instead("lr"))
      .Cases({"p", "prob", "probability"}, instead("rate"))
      .Cases({"units", "out_features", "output_dim", "out_channels", "filters", "features"}, instead("out"))
      .Cases({"hidden_size", "hidden", "d_model", "embedding_dim"}, instead("width"))
      .Cases({"kernel_size", "size"}, instead("kernel"))
      .Cases({"pool_size"}, instead("window"))
      .Case("weight_decay", instead("decay"))
      .Cases({"num_heads", "n_heads", "nhead"}, instead("heads"))
      .Cases({"num_embeddings", "vocab_size"}, instead("vocabulary"))
      .Cases({"epsilon", "e"}, instead("eps"))
      .Cases({"dim", "axis"}, said("for each row of a matrix write an equation: `y[i] = f(x[i])`"))
      .Default({});
}

Habit memberHabit(llvm::StringRef name) {
  return llvm::StringSwitch<Habit>(name)
      .Cases({"shape", "dims"}, said(axesHelp))
      .Cases({"T", "transpose"}, instead("transpose"))
      .Cases({"view", "reshape"},
             said("another shape is given by `reshape(x, [4, 7])`; `flatten` makes one axis of all"))
      .Cases({"mean", "sum", "max", "min", "prod", "argmax", "argmin", "any", "all"}, instead(name))
      .Cases({"size", "numel", "length", "len"}, instead("size"))
      .Case("detach", instead("stop_gradient"))
      .Cases({"pow", "square"}, said("a power is written `x ^ 2`"))
      .Cases({"backward", "grad"}, said("`grad(y, x)` is the derivative of y by x"))
      .Cases({"item", "numpy", "tolist", "cpu", "cuda", "to", "float", "double", "clone", "copy", "dtype", "device"},
             said("nothing of this kind is needed: values have one type, and live where the program runs"))
      .Default({});
}

} // namespace

Habit habitOf(llvm::StringRef name, HabitPlace place) {
  switch (place) {
  case HabitPlace::Value:
    return valueHabit(name);
  case HabitPlace::Type:
    return typeHabit(name);
  case HabitPlace::Hyperparameter:
    return hyperparameterHabit(name);
  case HabitPlace::Member:
    return memberHabit(name);
  }
  return {};
}

bool isForeignModule(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases({"np", "numpy", "torch", "nn", "F", "tf", "keras", "jnp", "jax", "optim"}, true)
      .Cases({"math", "Math", "layers", "random", "Flux", "losses", "tensorflow", "std"}, true)
      .Default(false);
}

} // namespace nn::sema
