// The operations of the nn dialect on tensors; kernels on buffers are in NNKernelOps.td, the program around them in
// NNProgramOps.td. Each constraint has a label (`equation_c3`) that its verifier's message and its test carry, too.
#ifndef NN_OPS_TD
#define NN_OPS_TD

include "NNDialect.td"
include "NNInterfaces.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/CallInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

class NN_Op<string mnemonic, list<Trait> traits = []> : Op<NN_Dialect, mnemonic, traits>;

/// An operation that names another one; that it exists and fits is checked with the symbol table at hand.
class NN_SymbolUser<string mnemonic, list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat(traits, [DeclareOpInterfaceMethods<SymbolUserOpInterface>])>;

def NN_Element : AnyTypeOf<[AnyFloat, I1, I32, I64]>;
def NN_Tensor : StaticShapeTensorOf<[NN_Element]>;
def NN_TensorOrBuffer : AnyTypeOf<[NN_Tensor, StaticShapeMemRefOf<[NN_Element]>]>;
def NN_Table : AnyTypeOf<[StaticShapeTensorOf<[I32]>, StaticShapeMemRefOf<[I32]>]>;
def NN_Key : StaticShapeTensorOf<[I32]>;
def NN_Scalar : AnyTypeOf<[AnyFloat, AnySignlessInteger]>;

//===-- Equations -----------------------------------------------------------------------------------------------------===//

def NN_EquationOp : NN_Op<"equation", [AttrSizedOperandSegments, SingleBlock, IsolatedFromAbove,
                                       DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
                                       DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "an index equation over a box of points";
  let description = [{
    For every point p of the box `extents` that satisfies `where`:

        result[write(p)] = combine(result[write(p)], body(inputs[reads_0(p)], inputs[reads_1(p)], ..))

    A cell that no point reaches holds the identity of `combine`: map 0, sum 0, prod 1, max -inf, min +inf, logsumexp -inf, argmax and
    argmin 0; for integers the type's least and greatest values, for i1 false and true. An index absent from `write` is reduced.
    argmax and argmin give, as i32, the row-major position within the reduced indices of the greatest (least) value, the first of several.
    NaN is greater and less than everything: a max or min that meets one is NaN, and its position is the first NaN's.

    Symbol j of every map and of the domain is `tables[j][table_maps[j](p)]`; a table's map may use the symbols of earlier tables. So a
    gather is a symbol in a read, a grouped reduction a symbol in the write, a length known at run time a symbol in `where`. `below`
    gives, per table, an exclusive bound of its values (which are at least 0), or 0 where none is known.

    `fill` holds, per input, either `unit` (the read stays inside) or the value of a read that leaves its axis. `drop` lets writes
    that leave the result vanish. On buffers the result goes into `dest`; with `accumulate` the destination's old value takes part
    instead of the identity.

    Constraints:
    - `equation_c1` one read map per input, one table map (and bound) per table, no negative extent
    - `equation_c2` tensors with a result, or buffers with a destination
    - `equation_c3` maps and domain are affine, over the box's indices and the symbols defined so far, with a result per axis
    - `equation_c4` fill values have their input's element type
    - `equation_c5` the body takes a scalar per input, computes on scalars (arith, math, nn.index, nn.symbol, nn.random), yields one
    - `equation_c6` what it yields has the result's element type (argmax, argmin: i32); logsumexp is of floats, sum and prod not of i1
    - `equation_c7` reads, table reads and writes stay inside their axes, for all points; a bare symbol of unknown bound is run-time data
    - `equation_c8` a map writes no cell twice (not checked where symbols decide)

    ```mlir
    // y[i] = sum[j] W[i, j] * x[j]
    %y = nn.equation sum [10, 784] reads(%W, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>]
         writes affine_map<(i, j) -> (i)> {
    ^bb0(%w: f32, %v: f32):
      %p = arith.mulf %w, %v : f32
      nn.yield %p : f32
    } : (tensor<10x784xf32>, tensor<784xf32>) -> tensor<10xf32>
    ```
  }];
  let arguments = (ins NN_Combine:$combine, DenseI64ArrayAttr:$extents, Variadic<NN_TensorOrBuffer>:$inputs,
      Variadic<NN_Table>:$tables, Optional<StaticShapeMemRefOf<[NN_Element]>>:$dest, AffineMapArrayAttr:$reads,
      OptionalAttr<AffineMapArrayAttr>:$table_maps, OptionalAttr<DenseI64ArrayAttr>:$table_bounds, AffineMapAttr:$write,
      OptionalAttr<IntegerSetAttr>:$domain, OptionalAttr<ArrayAttr>:$fill, UnitAttr:$drop, UnitAttr:$accumulate);
  let results = (outs Optional<NN_Tensor>:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $combine $extents `reads` `(` $inputs `)` $reads (`tables` `(` $tables^ `)` $table_maps (`below` $table_bounds^)?)?
    `writes` (`(` $dest^ `)`)? $write (`where` $domain^)? (`fill` $fill^)? (`drop` $drop^)? (`accumulate` $accumulate^)?
    attr-dict-with-keyword $body `:` functional-type(operands, results)
  }];
  let builders = [
    OpBuilder<(ins "const ::nn::EquationParts &":$parts, "::mlir::Type":$resultType, "::nn::BodyBuilder":$body)>
  ];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The number of box indices and of symbols that every map of this equation takes.
    unsigned getNumDims() { return getExtents().size(); }
    unsigned getNumSymbols() { return getTables().size(); }
    ::mlir::AffineMap getRead(unsigned k) { return ::mlir::cast<::mlir::AffineMapAttr>(getReads()[k]).getValue(); }
    ::mlir::AffineMap getTableMap(unsigned k) { return ::mlir::cast<::mlir::AffineMapAttr>((*getTableMaps())[k]).getValue(); }
    /// The value of input k where its read leaves the axis, or null where the read is proved to stay inside.
    ::mlir::TypedAttr getFillValue(unsigned k);
    /// The tensor or buffer type that the equation defines.
    ::mlir::ShapedType getResultType();
    /// True if index `d` of the box does not appear in the write map.
    bool isReduced(unsigned d) { return !getWrite().isFunctionOfDim(d); }
    ::mlir::Block &getBodyBlock() { return getBody().front(); }
  }];
}

def NN_IndexOp : NN_Op<"index", [Pure, HasParent<"EquationOp">]> {
  let summary = "a coordinate of the current point, as an integer";
  let description = [{
    p[dim], in the body of an equation.

    ```mlir
    %i = nn.index 1 : i32
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$dim);
  let results = (outs I32:$result);
  let assemblyFormat = "$dim attr-dict `:` type($result)";
}

def NN_SymbolOp : NN_Op<"symbol", [Pure, HasParent<"EquationOp">]> {
  let summary = "the value of a table at the current point, as an integer";
  let description = [{
    `tables[index][table_maps[index](p)]`, in the body of an equation.

    ```mlir
    %s = nn.symbol 0 : i32
    ```
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$index);
  let results = (outs I32:$result);
  let assemblyFormat = "$index attr-dict `:` type($result)";
}

def NN_RandomOp : NN_Op<"random", [Pure]> {
  let summary = "one element of a sample: Philox4x32-10 of its key, site and place";
  let description = [{
    The words w0..w3 of counter (element, site, step, example) under key (seed low, seed high), made into

    - `uniform`, in [0, 1): f32 `(w0 >> 8) 2^-24`, f64 `((w0 << 32 | w1) >> 11) 2^-53`;
    - `normal`, by Box-Muller, `sqrt(-2 ln u1) cos(2 pi u2)`: f32 u1 = `((w0 >> 8) + 1) 2^-24`, u2 = `(w1 >> 8) 2^-24`;
      f64 u1 = `(((w0 << 32 | w1) >> 11) + 1) 2^-53`, u2 = `((w2 << 32 | w3) >> 11) 2^-53`;
    - `bits`, i32: w0.

    (J. Salmon et al., Parallel random numbers: as easy as 1, 2, 3. SC 2011.)

    Constraints:
    - `random_c1` uniform and normal give f32 or f64, bits give i32

    ```mlir
    %u = nn.random uniform key(%k0, %k1, %k2, %k3) site 3 element %e : f32
    ```
  }];
  let arguments = (ins NN_Distribution:$law, I32:$seed_low, I32:$seed_high, I32:$step, I32:$example, I32:$element, I32Attr:$site);
  let results = (outs AnyTypeOf<[F32, F64, I32]>:$result);
  let assemblyFormat = [{
    $law `key` `(` $seed_low `,` $seed_high `,` $step `,` $example `)` `site` $site `element` $element attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def NN_WithSlopesOp : NN_Op<"with_slopes", [Pure, SameVariadicOperandSize, SameOperandsAndResultType]> {
  let summary = "a scalar of a body whose derivatives are given";
  let description = [{
    `value`, with `slopes[k]` as its derivative by `along[k]`, whatever it was computed from. Slopes may be differentiated in turn. Once
    derivatives have been taken it is `value`.

    ```mlir
    %y = nn.with_slopes %v along(%x) by(%s) : f32
    ```
  }];
  let arguments = (ins AnyFloat:$value, Variadic<AnyFloat>:$along, Variadic<AnyFloat>:$slopes);
  let results = (outs AnyFloat:$result);
  let assemblyFormat = "$value `along` `(` $along `)` `by` `(` $slopes `)` attr-dict `:` type($result)";
}

def NN_RoundOp : NN_Op<"round", [Pure, SameOperandsAndResultType]> {
  let summary = "a scalar of a body, rounded to fewer bits";
  let description = [{
    The nearest number with `mantissa` bits behind the leading one and the exponents of f32, of two the one whose last bit is 0: 7 bits are
    bf16, 10 are tf32. NaN stays NaN.

    Constraints:
    - `round_c1` between 1 and 22 bits

    ```mlir
    %y = nn.round %x mantissa 7 : f32
    ```
  }];
  let arguments = (ins F32:$value, ConfinedAttr<I32Attr, [IntMinValue<1>, IntMaxValue<22>]>:$mantissa);
  let results = (outs F32:$result);
  let assemblyFormat = "$value `mantissa` $mantissa attr-dict `:` type($result)";
}

def NN_PairOp : NN_Op<"pair", [Pure]> {
  let summary = "two scalars of a body, rounded to bf16 and put into one word";
  let description = [{
    The lower half of the result holds the bits of `first`, the upper half those of `second`, each rounded to bf16 as by `nn.round mantissa 7`.
    NaN stays NaN.

    ```mlir
    %p = nn.pair %a, %b : i32
    ```
  }];
  let arguments = (ins F32:$first, F32:$second);
  let results = (outs I32:$result);
  let assemblyFormat = "$first `,` $second attr-dict `:` type($result)";
}

def NN_DotPairsOp : NN_Op<"dot_pairs", [Pure]> {
  let summary = "the sum of the products of two pairs of bf16";
  let description = [{
    For words of `nn.pair`: lower half times lower half plus upper half times upper half. Products are those of f32, their sum is rounded in any
    way; what lies below the normal numbers of bf16 may count as 0, as processors have it that do this at once.

    ```mlir
    %y = nn.dot_pairs %p, %q : f32
    ```
  }];
  let arguments = (ins I32:$lhs, I32:$rhs);
  let results = (outs F32:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
}

def NN_YieldOp : NN_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["EquationOp", "ScanOp", "IterateOp"]>]> {
  let summary = "ends the body of an equation or of a loop";
  let description = [{
    ```mlir
    nn.yield %p : f32
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

def NN_ConstantOp : NN_Op<"constant", [Pure, ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "a tensor known at compile time";
  let description = [{
    ```mlir
    %c = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def NN_ReshapeOp : NN_Op<"reshape", [Pure, SameOperandsAndResultElementType,
    DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the same elements in row-major order under another shape";
  let description = [{
    Constraints:
    - `reshape_c1` the number of elements stays

    ```mlir
    %y = nn.reshape %x : tensor<1x28x28xf32> -> tensor<784xf32>
    ```
  }];
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_RoutineOp : NN_Op<"routine", [AttrSizedOperandSegments, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
                                     DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "an algorithm on vectors and matrices that no equation is";
  let description = [{
    Applied to every slice along the leading axes, which all operands and results share:

    | kind | operands | results | law |
    |---|---|---|---|
    | `solve` | a `[n, n]`, b `[n, k]` | x `[n, k]` | `a x = b` |
    | `cholesky` | a `[n, n]` | l `[n, n]` | lower triangular, positive diagonal, `l l^T = sym(a)` |
    | `eigh` | a `[n, n]` | w `[n]`, v `[n, n]` | w ascends, columns of v are orthonormal, `sym(a) v = v diag(w)` |
    | `svd` | a `[m, n]` | u `[m, k]`, s `[k]`, v `[n, k]` | k = min(m, n), s descends, not negative; orthonormal columns; `a = u diag(s) v^T` |
    | `fft` | x `[n, 2]` | y `[n, 2]` | `y_k = sum[j] x_j exp(-2 pi i j k / n)`, real and imaginary parts behind each other |
    | `fft_inverse` | x `[n, 2]` | y `[n, 2]` | the same with `+`, without a factor 1 / n: the transpose of `fft` |
    | `order` | x `[n]` | p `[n]`, i32 | `x[p]` ascends; equal values keep their order, NaN comes last |
    | `group` | t `[e]`, i32 | first `[n + 1]`, p `[e]`, both i32 | `p[first[v] .. first[v + 1])` are the places of v in t, ascending; values outside `[0, n)` have none, and behind `first[n]` p is 0 |

    `sym(a) = (a + a^T) / 2`. In each column of v (for `svd` of u) the first entry of more than 0.3 of the column's largest magnitude is
    positive. A slice to which the law cannot be applied (a singular matrix, one that is not positive definite or far from symmetric) gives NaN; at run
    time it is remembered, and where NaN then reaches a loss or a result, the slice and `where` are part of the message.

    On buffers the results go into `into`, in a kernel of its own whose frame are the slices.

    Constraints:
    - `routine_c1` the kind's numbers of operands and results
    - `routine_c2` the same leading axes everywhere
    - `routine_c3` the other axes as the law has them
    - `routine_c4` operands of one type, f32 or f64, and results of it, too, but i32 for `order`; all i32 for `group`

    ```mlir
    %w, %v = nn.routine eigh(%a) : (tensor<8x3x3xf64>) -> (tensor<8x3xf64>, tensor<8x3x3xf64>)
    ```
  }];
  let arguments = (ins NN_RoutineKind:$kind, Variadic<NN_TensorOrBuffer>:$inputs,
      Variadic<StaticShapeMemRefOf<[NN_Element]>>:$into, OptionalAttr<StrAttr>:$where);
  let results = (outs Variadic<NN_Tensor>:$outputs);
  let assemblyFormat = [{
    $kind `(` $inputs `)` (`into` `(` $into^ `)`)? (`at` $where^)? attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The axes of input `k`, and of result `k`, behind the leading ones.
    static unsigned inputRank(::nn::RoutineKind kind, unsigned k);
    static unsigned resultRank(::nn::RoutineKind kind, unsigned k);
    static unsigned numInputs(::nn::RoutineKind kind);
    static unsigned numResults(::nn::RoutineKind kind);
    /// The types of the results, given those of the inputs, which fit.
    static ::llvm::SmallVector<::mlir::Type> inferTypes(::nn::RoutineKind kind, ::mlir::TypeRange inputs);
    /// The `group` of a table into `groups` groups.
    static ::nn::RoutineOp createGroup(::mlir::OpBuilder &builder, ::mlir::Location loc, ::mlir::Value table, int64_t groups);
    /// The leading axes, and the other axes of input `k`.
    ::llvm::ArrayRef<int64_t> getLeading();
    ::llvm::ArrayRef<int64_t> getCore(unsigned k);
  }];
  let builders = [OpBuilder<(ins "::nn::RoutineKind":$kind, "::mlir::ValueRange":$inputs)>];
}

def NN_BarrierOp : NN_Op<"barrier", [Pure, AllTypesMatch<["input", "result"]>,
    DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the same value, not before others are known";
  let description = [{
    What is computed from the result is computed after `after`, and is not merged with what is computed from the input. Reverse mode
    puts it in front of what `nn.recompute` asks to compute again.

    ```mlir
    %y = nn.barrier %x after(%g) : tensor<8xf32>, tensor<4xf32>
    ```
  }];
  let arguments = (ins NN_Tensor:$input, Variadic<NN_Tensor>:$after);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input `after` `(` $after `)` attr-dict `:` type($input) `,` type($after)";
}

//===-- Parameters, state, chance: gone after inline-specialize -------------------------------------------------------===//

def NN_ParamOp : NN_SymbolUser<"param", [MemoryEffects<[MemRead]>]> {
  let summary = "reads a parameter: the value that the last update before it in written order left";
  let description = [{
    Constraints:
    - `param_c1` `path` names an `nn.parameter` of the result's type, or one that is stored in another format:
      `f16` and `bf16` are computed with as `f32`

    ```mlir
    %W = nn.param @"net.W" : tensor<10x784xf32>
    ```
  }];
  let arguments = (ins SymbolRefAttr:$path);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$path attr-dict `:` type($result)";
}

def NN_StateOp : NN_SymbolUser<"state", [MemoryEffects<[MemRead]>]> {
  let summary = "reads a state: the value that the last update before it in written order left";
  let description = [{
    Constraints:
    - `state_c1` `path` names an `nn.state_var` of the result's type, or of one that stores it, as of `nn.param`

    ```mlir
    %m = nn.state @"net.mean" : tensor<8xf32>
    ```
  }];
  let arguments = (ins SymbolRefAttr:$path);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$path attr-dict `:` type($result)";
}

def NN_LoadOp : NN_SymbolUser<"load", [Pure]> {
  let summary = "reads a tensor that the executable loads";
  let description = [{
    Constraints:
    - `load_c1` `path` names an `nn.loaded` of the result's type

    ```mlir
    %x = nn.load @"toy.train.x" : tensor<8x3xf32>
    ```
  }];
  let arguments = (ins SymbolRefAttr:$path);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$path attr-dict `:` type($result)";
}

def NN_UpdateOp : NN_SymbolUser<"update", [MemoryEffects<[MemWrite]>]> {
  let summary = "sets what a state or a parameter is from here on";
  let description = [{
    Later reads in written order, also in functions called later, see the value; when the root ends, the last one is kept. The
    value is shared: it does not differ from example to example. What is read later is a constant to derivatives: no gradient runs back
    through a running mean or through the step of another player.

    Constraints:
    - `update_c1` `path` names an `nn.parameter` or an `nn.state_var` of the value's type

    ```mlir
    nn.update @"net.mean", %next : tensor<8xf32>
    ```
  }];
  let arguments = (ins SymbolRefAttr:$path, NN_Tensor:$value);
  let assemblyFormat = "$path `,` $value attr-dict `:` type($value)";
}

def NN_SettingValueOp : NN_SymbolUser<"setting_value", [Pure]> {
  let summary = "reads a setting: a scalar that the command line can replace";
  let description = [{
    Constraints:
    - `setting_value_c1` `name` names an `nn.setting` of the result's element type

    ```mlir
    %lr = nn.setting_value @lr : tensor<f32>
    ```
  }];
  let arguments = (ins SymbolRefAttr:$name);
  let results = (outs 0DTensorOf<[NN_Element]>:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def NN_TrainingOp : NN_Op<"training", [Pure]> {
  let summary = "true inside a training step";
  let description = [{
    ```mlir
    %t = nn.training : tensor<i1>
    ```
  }];
  let results = (outs 0DTensorOf<[I1]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def NN_KeyOp : NN_Op<"key", [Pure]> {
  let summary = "the key of chance of the current example: seed low, seed high, step, example";
  let description = [{
    In a function without a batch the example is 0. Inside the body of a loop, also in functions called there, it is folded (`nn.fold_key`) by the
    turns of the loops around, outermost first.

    Constraints:
    - `key_c1` the result has four elements

    ```mlir
    %k = nn.key : tensor<4xi32>
    ```
  }];
  let results = (outs NN_Key:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def NN_FoldKeyOp : NN_Op<"fold_key", [Pure, AllTypesMatch<["key", "result"]>,
    DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the key of one turn of a loop: mixes the turn's counter into the example's word";
  let description = [{
    The last word of the key becomes `nn.random bits` of the key at the reserved site -1 and element `counter`; the other words stay:

        fold(k, c) = (k[0], k[1], k[2], philox((c, -1, k[2], k[3]), (k[0], k[1]))[0])

    Keys with leading axes (one per example, one per slice) are folded one by one.

    Constraints:
    - `fold_key_c1` a key's last axis is 4; the counter is a scalar, or has the axes of the keys before it

    ```mlir
    %turn = nn.fold_key %key, %t : tensor<4xi32>, tensor<i32> -> tensor<4xi32>
    ```
  }];
  let arguments = (ins NN_Key:$key, StaticShapeTensorOf<[I32]>:$counter);
  let results = (outs NN_Key:$result);
  let assemblyFormat = "$key `,` $counter attr-dict `:` type($key) `,` type($counter) `->` type($result)";
  let hasVerifier = 1;
}

def NN_SampleOp : NN_Op<"sample", [Pure, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "a tensor of independent draws";
  let description = [{
    Element e (row-major) is `nn.random` of the key, the site and e. In functions that still read `nn.key`, samples are numbered anew, in the written order
    of the root's calls, so that two calls of one function draw different numbers; inline-specialize writes the numbers down as sites. Keys with leading axes have a sample each: the result has the same
    leading axes, and e counts within one sample. Inside a function that is mapped along an axis, slices that share a key are one
    sample, of the shape that the axis is in front of.

    Constraints:
    - `sample_c1` a key's last axis is 4, its other axes lead the result's
    - `sample_c2` uniform and normal give f32 or f64, bits give i32

    ```mlir
    %u = nn.sample uniform %key site 0 : tensor<4xi32> -> tensor<256xf32>
    ```
  }];
  let arguments = (ins NN_Distribution:$law, NN_Key:$key, I32Attr:$site);
  let results = (outs StaticShapeTensorOf<[F32, F64, I32]>:$result);
  let assemblyFormat = "$law $key `site` $site attr-dict `:` type($key) `->` type($result)";
  let hasVerifier = 1;
}

def NN_BatchSizeOp : NN_Op<"batch_size", [Pure]> {
  let summary = "the number of valid rows of the current batch";
  let description = [{
    ```mlir
    %n = nn.batch_size : tensor<i32>
    ```
  }];
  let results = (outs 0DTensorOf<[I32]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def NN_LengthOp : NN_Op<"length", [Pure]> {
  let summary = "the length of a bounded dimension in the current example";
  let description = [{
    Its name tells it from the other lengths of a root; it lies in 0 .. `bound`. Axes over it have the bound as their extent, and every equation over such
    an axis has a domain that ends at the length.

    ```mlir
    %n = nn.length "n<=64" at_most 64 : tensor<i32>
    ```
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$bound);
  let results = (outs 0DTensorOf<[I32]>:$result);
  let assemblyFormat = "$name `at_most` $bound attr-dict `:` type($result)";
}

def NN_SetLengthOp : NN_Op<"set_length", [MemoryEffects<[MemWrite]>]> {
  let summary = "says how long a bounded dimension is from here on, in this function and in what it calls";
  let description = [{
    The length is computed and not read with an example: a window that grows while a sequence is made. Reads of `nn.length` with this name give the
    value until the function or the loop's body ends. Gone after inline-specialize.

    ```mlir
    nn.set_length "t'1<=256" = %n : tensor<i32>
    ```
  }];
  let arguments = (ins StrAttr:$name, 0DTensorOf<[I32]>:$value);
  let assemblyFormat = "$name `=` $value attr-dict `:` type($value)";
}

def NN_ExampleOp : NN_Op<"example", [Pure, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the row of the current example in its batch";
  let description = [{
    ```mlir
    %b = nn.example : tensor<i32>
    ```
  }];
  let results = (outs 0DTensorOf<[I32]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def NN_StepOp : NN_Op<"step", [Pure]> {
  let summary = "the number of the current training step, from 1; with `total` the number of steps of the recipe";
  let description = [{
    ```mlir
    %t = nn.step : tensor<i32>
    %n = nn.step total : tensor<i32>
    ```
  }];
  let arguments = (ins UnitAttr:$total);
  let results = (outs 0DTensorOf<[I32]>:$result);
  let assemblyFormat = "(`total` $total^)? attr-dict `:` type($result)";
}

//===-- The coupling of examples: gone after batch ---------------------------------------------------------------------===//

def NN_BatchSumOp : NN_Op<"batch_sum", [Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the sum over the batch's valid rows of a per-example value; its own adjoint";
  let description = [{
    `y[..] = sum[b where b < batch_size] x_b[..]`; y is shared. A shared x counts once per valid row.

    ```mlir
    %y = nn.batch_sum %x : tensor<8xf32>
    ```
  }];
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def NN_BatchStackOp : NN_Op<"batch_stack", [Pure, SameOperandsAndResultElementType,
    DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "a per-example value of all rows, stacked along a leading axis of the batch's bound";
  let description = [{
    `y[b, ..] = x_b[..]`; y is shared. Rows from `batch_size` on are not valid: what reads them masks them.

    Constraints:
    - `batch_stack_c1` the result has one leading axis more

    ```mlir
    %y = nn.batch_stack %x : tensor<8xf32> -> tensor<64x8xf32>
    ```
  }];
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===-- Derivatives: gone after differentiate --------------------------------------------------------------------------===//

def NN_GradOp : NN_Op<"grad", [Pure,
    DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the gradient of a scalar by values it depends on";
  let description = [{
    `g_k = dy / dwrt_k`, where each of `wrt` is held as an independent variable; a value that `y` does not reach gets zeros. If `y` is
    shared and a path to a shared variable runs through per-example values, the contributions are summed over the batch; if `y` is per-example, so is the gradient.
    Where such a y went through the batch (`batch_sum`, `batch_stack`), the gradient by per-example variables is that of the sum of y over the batch; by a shared one it is refused.
    Ties of max and min split equally, but a constant leaves nothing to a variable that equals it; a cotangent that is exactly 0 contributes exactly 0, also where a derivative is infinite.

    Constraints:
    - `grad_c1` y is a float scalar
    - `grad_c2` a gradient per variable, of its type, which is a float type

    ```mlir
    %g = nn.grad %y wrt (%x) : tensor<f32>, tensor<8xf32> -> tensor<8xf32>
    ```
  }];
  let arguments = (ins NN_Tensor:$y, Variadic<NN_Tensor>:$wrt);
  let results = (outs Variadic<NN_Tensor>:$grads);
  let assemblyFormat = "$y `wrt` `(` $wrt `)` attr-dict `:` type($y) `,` type($wrt) `->` type($grads)";
  let hasVerifier = 1;
}

def NN_JvpOp : NN_Op<"jvp", [Pure, AllTypesMatch<["y", "result"]>, AllTypesMatch<["x", "tangent"]>,
    DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the derivative of y by x along a tangent, of y's shape";
  let description = [{
    `r[..] = sum[p] dy[..]/dx[p] tangent[p]`

    ```mlir
    %r = nn.jvp %y wrt %x along %v : tensor<3xf32>, tensor<8xf32>
    ```
  }];
  let arguments = (ins StaticShapeTensorOf<[AnyFloat]>:$y, StaticShapeTensorOf<[AnyFloat]>:$x,
      StaticShapeTensorOf<[AnyFloat]>:$tangent);
  let results = (outs StaticShapeTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = "$y `wrt` $x `along` $tangent attr-dict `:` type($y) `,` type($x)";
}

def NN_JacobianOp : NN_Op<"jacobian", [Pure]> {
  let summary = "all partial derivatives, shape of y followed by shape of x";
  let description = [{
    `j[q, p] = dy[q]/dx[p]`

    Constraints:
    - `jacobian_c1` the result has the shape of y followed by that of x, and y's element type

    ```mlir
    %j = nn.jacobian %y wrt %x : tensor<3xf32>, tensor<8xf32> -> tensor<3x8xf32>
    ```
  }];
  let arguments = (ins StaticShapeTensorOf<[AnyFloat]>:$y, StaticShapeTensorOf<[AnyFloat]>:$x);
  let results = (outs StaticShapeTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = "$y `wrt` $x attr-dict `:` type($y) `,` type($x) `->` type($result)";
  let hasVerifier = 1;
}

def NN_StopOp : NN_Op<"stop", [Pure, SameOperandsAndResultType,
    DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the same value, constant to derivatives";
  let description = [{
    ```mlir
    %c = nn.stop %x : tensor<8xf32>
    ```
  }];
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

//===-- Calls and loops ------------------------------------------------------------------------------------------------===//

def NN_CallOp : NN_SymbolUser<"call"> {
  let summary = "calls a function, or maps it over a leading axis of some arguments";
  let description = [{
    With `mapped [true, false] extent n`, argument 0 has one leading axis of extent n more than the callee's; the callee is applied to each of
    its slices, and every result gains that leading axis.

    With `at [@a, @b]` the last arguments are values of these parameters: inside of the call they are read instead. Such a call moves no
    state, and its draws are those of the first call of the same function: it says what the function would have been.

    Constraints:
    - `call_c1` `callee` names a function
    - `call_c2` a flag per argument, at least one of them true, and an extent, or neither
    - `call_c3` arguments and results have the callee's types, with the leading axis where mapped
    - `call_c4` `at` names parameters, each with an argument of its type behind the callee's, and the call is not mapped

    ```mlir
    %y = nn.call @dense(%x) : (tensor<784xf32>) -> tensor<10xf32>
    %z = nn.call @f(%xs, %w) mapped [true, false] extent 5 : (tensor<5x3xf32>, tensor<3xf32>) -> tensor<5xf32>
    %l = nn.call @loss(%x, %w) at [@Net.w] : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<NN_Tensor>:$args, OptionalAttr<DenseBoolArrayAttr>:$mapped,
      OptionalAttr<I64Attr>:$extent, OptionalAttr<FlatSymbolRefArrayAttr>:$at);
  let results = (outs Variadic<NN_Tensor>:$results);
  let assemblyFormat = [{
    $callee `(` $args `)` (`mapped` $mapped^ `extent` $extent)? (`at` $at^)? attr-dict `:` functional-type($args, $results)
  }];
}

def NN_ScanOp : NN_Op<"scan", [AttrSizedOperandSegments, SingleBlock, IsolatedFromAbove, RecursiveMemoryEffects,
    DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "all states of a loop, stacked";
  let description = [{
    `s_0 = inits`, `s_{t+1} = body(t, s_t, xs[t], captures)`; result k stacks `s_1 .. s_length` of state k along a leading axis.
    Block arguments: the turn (tensor<i32>), the states, a slice of each of xs, the captures.

    Constraints:
    - `scan_c1` the length is not negative, and each of xs has it as its leading axis
    - `scan_c2` the body's arguments are the turn, the states, the slices and the captures
    - `scan_c3` the body yields the next states, of the states' types
    - `scan_c4` result k is state k with a leading axis of the length

    ```mlir
    %s = nn.scan 5 inits(%s0) xs(%x) captures() {
    ^bb0(%t: tensor<i32>, %s_t: tensor<f32>, %x_t: tensor<f32>):
      %n = nn.call @add(%s_t, %x_t) : (tensor<f32>, tensor<f32>) -> tensor<f32>
      nn.yield %n : tensor<f32>
    } : (tensor<f32>, tensor<5xf32>) -> tensor<5xf32>
    ```
  }];
  let arguments = (ins I64Attr:$length, Variadic<NN_Tensor>:$inits, Variadic<NN_Tensor>:$xs, Variadic<NN_Tensor>:$captures);
  let results = (outs Variadic<NN_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $length `inits` `(` $inits `)` `xs` `(` $xs `)` `captures` `(` $captures `)` attr-dict-with-keyword $body
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def NN_IterateOp : NN_Op<"iterate", [AttrSizedOperandSegments, SingleBlock, IsolatedFromAbove, RecursiveMemoryEffects,
    DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the last state of a loop of at most so many turns";
  let description = [{
    `s_{t+1} = body(t, s_t, captures)`, for `at_most` turns; the results are the last states. With `until` the body yields a last i1: where it
    is true the loop ends with this turn's states, for each example by itself. Block arguments: the turn (tensor<i32>), the states, the captures.

    Constraints:
    - `iterate_c1` the number of turns is not negative
    - `iterate_c2` the body's arguments are the turn, the states and the captures
    - `iterate_c3` the body yields the next states, of the states' types, and with `until` a tensor<i1>
    - `iterate_c4` result k has the type of state k

    ```mlir
    %x = nn.iterate 50 until inits(%x0) captures(%a) {
    ^bb0(%t: tensor<i32>, %x_t: tensor<f32>, %c: tensor<f32>):
      %n, %done = nn.call @newton(%x_t, %c) : (tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<i1>)
      nn.yield %n, %done : tensor<f32>, tensor<i1>
    } : (tensor<f32>, tensor<f32>) -> tensor<f32>
    ```
  }];
  let arguments = (ins I64Attr:$at_most, UnitAttr:$until, Variadic<NN_Tensor>:$inits, Variadic<NN_Tensor>:$captures);
  let results = (outs Variadic<NN_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $at_most (`until` $until^)? `inits` `(` $inits `)` `captures` `(` $captures `)` attr-dict-with-keyword $body
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif
