// The operations that exist once equations work on buffers: kernels, their launches, and where buffers lie.
// compiler/Kernels/README.md says what each pass from form-kernels to plan-step promises about them.
#ifndef NN_KERNEL_OPS_TD
#define NN_KERNEL_OPS_TD

include "NNOps.td"

def NN_Buffer : MemRefOf<[NN_Element]>;

def NN_Space : I32EnumAttr<"Space", "the block of memory that a buffer lies in", [
    I32EnumAttrCase<"persistent", 0>, I32EnumAttrCase<"settings", 1>, I32EnumAttrCase<"scratch", 2>, I32EnumAttrCase<"io", 3>,
    I32EnumAttrCase<"constant", 4>, I32EnumAttrCase<"argument", 5>, I32EnumAttrCase<"loaded", 6>]> {
  let cppNamespace = "::nn";
}

def NN_KernelOp : NN_Op<"kernel", [Symbol, SingleBlock, NoTerminator, IsolatedFromAbove]> {
  let summary = "equations on buffers that run together, stripe by stripe of a shared index";
  let description = [{
    Block arguments are the buffers. The body is a list of `nn.scratch` and `nn.equation` operations, or one `nn.routine`, whose slices are the frame.

    With `frame` F > 0 the kernel runs for a range of [0, F), and ranges may run on different threads. Each equation names one index of
    its box, of extent F, as its frame index (`nn.frame`); the rows of a range are done in stripes of `grain` rows, and within a stripe
    the equations run in order. With `frame` 0 everything runs once, in order.

    ```mlir
    nn.kernel @dense frame 64 grain 8 {
    ^bb0(%W: memref<784x256xf32>, %x: memref<64x784xf32>, %y: memref<64x256xf32>):
      %z = nn.scratch axis 0 : memref<64x256xf32>
      nn.equation sum [64, 256, 784] ...
    }
    ```

    Constraints:
    - `kernel_c1` the frame is not negative
    - `kernel_c2` the body holds `nn.scratch` and `nn.equation` only, or one `nn.routine`
    - `kernel_c3` outer extents (`nn.outer`) are positive, and there is a frame
    - `kernel_c4` with outer extents, each equation names as many different indices of its box, of these extents; each
      scratch as many different axes
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$frame, OptionalAttr<I64Attr>:$grain);
  let regions = (region SizedRegion<1>:$body);
  let extraClassDeclaration = [{
    /// The routine that the kernel is, or null.
    ::nn::RoutineOp getRoutine();
  }];
  let assemblyFormat = "$sym_name `frame` $frame (`grain` $grain^)? attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

def NN_LaunchOp : NN_SymbolUser<"launch"> {
  let summary = "runs a kernel on buffers, over its whole frame";
  let description = [{
    Constraints:
    - `launch_c1` the kernel exists
    - `launch_c2` the buffers have the types of its arguments

    ```mlir
    nn.launch @dense(%W, %x, %y) : memref<784x256xf32>, memref<64x784xf32>, memref<64x256xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<NN_Buffer>:$buffers);
  let assemblyFormat = "$kernel `(` $buffers `)` attr-dict `:` type($buffers)";
}

def NN_LoopOp : NN_SymbolUser<"loop", [AttrSizedOperandSegments, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "turns of a function, each from the states that the one before left";
  let description = [{
    An `nn.scan` (`stacked`) or `nn.iterate` whose body is a function, so that the passes on functions see it. The body takes the turn, the
    states, a slice of each of `xs`, and the captures; it gives the next states and, with `until`, a last flag that ends the loop.
    Stacked results hold the states of all turns, others the last ones.

    On buffers it has no results. The body writes its results into further arguments, and `into` holds what the turns work on: per state its
    result; without `stacked`, per state a spare buffer of the same type, as two turns alternate; the turn (a scalar i32); with `until` the flag.
    After plan-step `scratch` is the place, in the root's scratch block, of what the body works on.

    Constraints:
    - `loop_c1` the body exists, and takes the turn, the states, the slices and the captures
    - `loop_c2` the body gives the states, and with `until` an i1

    ```mlir
    %s = nn.loop @train.step.loop length 128 stacked inits(%h) xs(%x) captures(%W)
         : (tensor<64x8xf32>, tensor<128x64x4xf32>, tensor<8x4xf32>) -> tensor<128x64x8xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$body, I64Attr:$length, UnitAttr:$stacked, UnitAttr:$until,
      Variadic<NN_TensorOrBuffer>:$inits, Variadic<NN_TensorOrBuffer>:$xs, Variadic<NN_TensorOrBuffer>:$captures,
      Variadic<NN_Buffer>:$into, OptionalAttr<I64Attr>:$scratch);
  let results = (outs Variadic<NN_Tensor>:$results);
  let assemblyFormat = [{
    $body `length` $length (`stacked` $stacked^)? (`until` $until^)? `inits` `(` $inits `)` `xs` `(` $xs `)` `captures` `(` $captures `)`
    (`into` `(` $into^ `)`)? (`scratch` $scratch^)? attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// Of the buffers in `into`: the result of state k, its spare, the turn, the flag.
    ::mlir::Value resultOf(unsigned k) { return getInto()[k]; }
    ::mlir::Value spareOf(unsigned k) { return getInto()[getInits().size() + k]; }
    ::mlir::Value turnBuffer() { return getInto()[getInits().size() * (getStacked() ? 1 : 2)]; }
    ::mlir::Value flagBuffer() { return getInto().back(); }
  }];
}

def NN_ScratchOp : NN_Op<"scratch", [HasParent<"KernelOp">]> {
  let summary = "a buffer of one stripe: each thread has its own";
  let description = [{
    Its type is the whole buffer's, so that maps speak of it like of any other; only the rows of the current stripe exist. `axis` is the one
    that the frame index runs along: with the stripe starting at row s, row r is stored at r - s, and the extent of that axis in memory is the kernel's grain. `axis` -1 (in a
    kernel without a frame): the whole buffer exists. `offset` is its place, in bytes, in the thread's workspace.
  }];
  let arguments = (ins I64Attr:$frame_axis, OptionalAttr<I64Attr>:$offset);
  let results = (outs NN_Buffer:$result);
  let extraClassDeclaration = "int64_t getAxis() { return static_cast<int64_t>(getFrameAxis()); }";
  let assemblyFormat = "`axis` $frame_axis (`offset` $offset^)? attr-dict `:` type($result)";
}

def NN_BufferOp : NN_Op<"buffer", [Pure]> {
  let summary = "a buffer of a root function: a place in a block of memory, or a constant";
  let description = [{
    Before plan-step only buffers of the spaces `scratch` and `constant` exist, without an `offset`; after it each has one, in bytes,
    except constants, which are read-only data with their `value`.

    ```mlir
    %w = nn.buffer persistent offset 4096 : memref<784x256xf32>
    ```
  }];
  let arguments = (ins NN_Space:$space, OptionalAttr<I64Attr>:$offset, OptionalAttr<ElementsAttr>:$value);
  let results = (outs NN_Buffer:$result);
  let assemblyFormat = "$space (`offset` $offset^)? (`value` $value^)? attr-dict `:` type($result)";
}

def NN_ViewOp : NN_Op<"view", [Pure]> {
  let summary = "the same memory, in row-major order, under another shape";
  let arguments = (ins NN_Buffer:$input);
  let results = (outs NN_Buffer:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

#endif
