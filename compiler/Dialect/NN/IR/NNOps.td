// The operations of the nn dialect on tensors and buffers; the program around them is in NNProgramOps.td.
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

def NN_Element : AnyTypeOf<[AnyFloat, I1, I32, I64]>;
def NN_Tensor : TensorOf<[NN_Element]>;
def NN_TensorOrBuffer : AnyTypeOf<[NN_Tensor, MemRefOf<[NN_Element]>]>;
def NN_Table : AnyTypeOf<[TensorOf<[I32]>, MemRefOf<[I32]>]>;
def NN_Key : TensorOf<[I32]>;

//===-- Equations -----------------------------------------------------------------------------------------------------===//

def NN_EquationOp : NN_Op<"equation", [AttrSizedOperandSegments, SingleBlock, IsolatedFromAbove, RecursiveMemoryEffects, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "an index equation over a box of points";
  let description = [{
    `result[write(p)] combine= body(inputs[reads_k(p)])` for every point p of the box `extents` that satisfies `where`.
    Cells that no point reaches hold the identity of the combine kind. An index absent from `write` is reduced.

    Symbol j of every map and of the domain is `tables[j][table_maps[j](p)]`; a table's map may use the symbols of earlier tables. A
    gather is a symbol in a read, a grouped reduction a symbol in the write, a length known at run time a symbol in `where`.
    `fill` holds, for each input, either `unit` (the read is proved to stay inside) or the value of a read that leaves its axis.
    `drop` lets writes that leave the result vanish. On buffers the result is written into `dest` and the operation has no result;
    with `accumulate` the destination's old value takes part instead of the identity.

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
      Variadic<NN_Table>:$tables, Optional<MemRefOf<[NN_Element]>>:$dest, AffineMapArrayAttr:$reads,
      OptionalAttr<AffineMapArrayAttr>:$table_maps, OptionalAttr<DenseI64ArrayAttr>:$table_bounds, AffineMapAttr:$write, OptionalAttr<IntegerSetAttr>:$domain,
      OptionalAttr<ArrayAttr>:$fill, UnitAttr:$drop, UnitAttr:$accumulate);
  let results = (outs Optional<NN_Tensor>:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $combine $extents `reads` `(` $inputs `)` $reads (`tables` `(` $tables^ `)` $table_maps (`below` $table_bounds^)?)? `writes` (`(` $dest^ `)`)? $write
    (`where` $domain^)? (`fill` $fill^)? (`drop` $drop^)? (`accumulate` $accumulate^)? attr-dict-with-keyword $body
    `:` functional-type(operands, results)
  }];
  let builders = [OpBuilder<(ins "const ::nn::EquationParts &":$parts, "::mlir::Type":$resultType, "::nn::BodyBuilder":$body)>];
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
  let description = "`nn.index 1 : i32` is p[1] in the body of an equation.";
  let arguments = (ins I64Attr:$dim);
  let results = (outs I32:$result);
  let assemblyFormat = "$dim attr-dict `:` type($result)";
}

def NN_SymbolOp : NN_Op<"symbol", [Pure, HasParent<"EquationOp">]> {
  let summary = "the value of a table at the current point, as an integer";
  let arguments = (ins I64Attr:$index);
  let results = (outs I32:$result);
  let assemblyFormat = "$index attr-dict `:` type($result)";
}

def NN_RandomOp : NN_Op<"random", [Pure]> {
  let summary = "one element of a sample: Philox4x32-10 of its key, site and place";
  let description = [{
    Counter (element, site, step, example), key (seed low, seed high). Uniform in [0, 1): f32 `(w0 >> 8) 2^-24`,
    f64 `((w0 << 32 | w1) >> 11) 2^-53`. Normal by Box-Muller, `sqrt(-2 ln u1) cos(2 pi u2)`: f32 u1 = `((w0 >> 8) + 1) 2^-24`,
    u2 = `(w1 >> 8) 2^-24`; f64 u1 = `(((w0 << 32 | w1) >> 11) + 1) 2^-53`, u2 = `((w2 << 32 | w3) >> 11) 2^-53`.
    (J. Salmon et al., Parallel random numbers: as easy as 1, 2, 3. SC 2011.)
  }];
  let arguments = (ins NN_Distribution:$law, I32:$seed_low, I32:$seed_high, I32:$step, I32:$example, I32:$element, I32Attr:$site);
  let results = (outs AnyFloat:$result);
  let assemblyFormat = [{
    $law `key` `(` $seed_low `,` $seed_high `,` $step `,` $example `)` `site` $site `element` $element attr-dict `:` type($result)
  }];
}

def NN_YieldOp : NN_Op<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "ends the body of an equation or of a loop";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

def NN_ConstantOp : NN_Op<"constant", [Pure, ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "a tensor known at compile time";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def NN_ReshapeOp : NN_Op<"reshape", [Pure, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the same elements in row-major order under another shape";
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===-- Parameters, state, chance: gone after inline-specialize -------------------------------------------------------===//

def NN_ParamOp : NN_Op<"param", [Pure]> {
  let summary = "reads a parameter";
  let arguments = (ins SymbolRefAttr:$path);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$path attr-dict `:` type($result)";
}

def NN_StateOp : NN_Op<"state", [MemoryEffects<[MemRead]>]> {
  let summary = "reads a state: the value that the last update before it in written order left";
  let arguments = (ins SymbolRefAttr:$path);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$path attr-dict `:` type($result)";
}

def NN_UpdateOp : NN_Op<"update", [MemoryEffects<[MemWrite]>]> {
  let summary = "sets what a state or a parameter is from here on";
  let arguments = (ins SymbolRefAttr:$path, NN_Tensor:$value);
  let assemblyFormat = "$path `,` $value attr-dict `:` type($value)";
}

def NN_SettingValueOp : NN_Op<"setting_value", [Pure]> {
  let summary = "reads a setting: a scalar that the command line can replace";
  let arguments = (ins SymbolRefAttr:$name);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def NN_TrainingOp : NN_Op<"training", [Pure]> {
  let summary = "true inside a training step";
  let results = (outs TensorOf<[I1]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def NN_KeyOp : NN_Op<"key", [Pure]> {
  let summary = "the key of chance of the current example: seed low, seed high, step, example";
  let results = (outs NN_Key:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def NN_FoldKeyOp : NN_Op<"fold_key", [Pure, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the key of one turn of a loop: mixes the turn's counter into the example's word";
  let arguments = (ins NN_Key:$key, TensorOf<[I32]>:$counter);
  let results = (outs NN_Key:$result);
  let assemblyFormat = "$key `,` $counter attr-dict `:` type($key) `,` type($counter) `->` type($result)";
}

def NN_SampleOp : NN_Op<"sample", [Pure, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "a tensor of independent draws; element e (row-major) is nn.random of the key, the site and e";
  let arguments = (ins NN_Distribution:$law, NN_Key:$key, I32Attr:$site);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$law $key `site` $site attr-dict `:` type($key) `->` type($result)";
}

def NN_BatchSizeOp : NN_Op<"batch_size", [Pure]> {
  let summary = "the number of valid rows of the current batch";
  let results = (outs TensorOf<[I32]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def NN_ExampleOp : NN_Op<"example", [Pure]> {
  let summary = "the row of the current example in its batch";
  let results = (outs TensorOf<[I32]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def NN_StepOp : NN_Op<"step", [Pure]> {
  let summary = "the number of the current training step, from 1; with `total` the number of steps of the recipe";
  let arguments = (ins UnitAttr:$total);
  let results = (outs TensorOf<[I32]>:$result);
  let assemblyFormat = "(`total` $total^)? attr-dict `:` type($result)";
}

//===-- The coupling of examples: gone after batch ---------------------------------------------------------------------===//

def NN_BatchSumOp : NN_Op<"batch_sum", [Pure, SameOperandsAndResultType, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the sum over the batch's valid rows of a per-example value; its own adjoint";
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def NN_BatchStackOp : NN_Op<"batch_stack", [Pure, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "a per-example value of all rows, stacked along a leading axis of the batch's bound";
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

//===-- Derivatives: gone after differentiate --------------------------------------------------------------------------===//

def NN_GradOp : NN_Op<"grad", [Pure, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the gradient of a scalar by values it depends on";
  let description = [{
    `y` is differentiated with each of `wrt` held as an independent variable; a value that `y` does not reach gets zeros. If `y` is shared
    and a path to a shared variable runs through per-example values, the contributions are summed over the batch.
  }];
  let arguments = (ins NN_Tensor:$y, Variadic<NN_Tensor>:$wrt);
  let results = (outs Variadic<NN_Tensor>:$grads);
  let assemblyFormat = "$y `wrt` `(` $wrt `)` attr-dict `:` type($y) `,` type($wrt) `->` type($grads)";
}

def NN_JvpOp : NN_Op<"jvp", [Pure, AllTypesMatch<["y", "result"]>, AllTypesMatch<["x", "tangent"]>, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the derivative of y by x along a tangent, of y's shape";
  let arguments = (ins NN_Tensor:$y, NN_Tensor:$x, NN_Tensor:$tangent);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$y `wrt` $x `along` $tangent attr-dict `:` type($y) `,` type($x)";
}

def NN_JacobianOp : NN_Op<"jacobian", [Pure]> {
  let summary = "all partial derivatives, shape of y followed by shape of x";
  let arguments = (ins NN_Tensor:$y, NN_Tensor:$x);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$y `wrt` $x attr-dict `:` type($y) `,` type($x) `->` type($result)";
  let hasVerifier = 1;
}

def NN_StopOp : NN_Op<"stop", [Pure, SameOperandsAndResultType, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the same value, constant to derivatives";
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

//===-- Calls and loops ------------------------------------------------------------------------------------------------===//

def NN_CallOp : NN_Op<"call"> {
  let summary = "calls a function, or maps it over a leading axis of some arguments";
  let description = [{
    With `mapped = [true, false]`, argument 0 has one axis of extent `extent` more than the callee's argument; the callee is applied to each of its
    slices and every result gains that leading axis.
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<NN_Tensor>:$args, OptionalAttr<DenseBoolArrayAttr>:$mapped,
      OptionalAttr<I64Attr>:$extent);
  let results = (outs Variadic<NN_Tensor>:$results);
  let assemblyFormat = [{
    $callee `(` $args `)` (`mapped` $mapped^ `extent` $extent)? attr-dict `:` functional-type($args, $results)
  }];
}

def NN_ScanOp : NN_Op<"scan", [AttrSizedOperandSegments, SingleBlock, IsolatedFromAbove, RecursiveMemoryEffects, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "all states of a loop, stacked";
  let description = [{
    `s_0 = inits`, `s_{t+1} = body(t, s_t, xs[t], captures)`; result k stacks `s_1 .. s_length` of state k along a leading axis.
    Block arguments: the turn (tensor<i32>), the states, a slice of each of xs, the captures.
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

def NN_IterateOp : NN_Op<"iterate", [AttrSizedOperandSegments, SingleBlock, IsolatedFromAbove, RecursiveMemoryEffects, DeclareOpInterfaceMethods<NN_BatchOpInterface>]> {
  let summary = "the last state of a loop of at most so many turns";
  let description = [{
    `s_{t+1} = body(t, s_t, captures)`; the body yields the next states and, with `until`, a last i1 that ends the loop after this turn. Block arguments: the turn
    (tensor<i32>), the states, the captures.
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
