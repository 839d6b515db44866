// The tensor passes, in the order they run; differentiate lies in AutoDiff, between normalize and batch.
#ifndef NN_TRANSFORMS_PASSES_TD
#define NN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def InlineSpecialize : Pass<"nn-inline-specialize", "mlir::ModuleOp"> {
  let summary = "makes each root one flat function whose arguments are everything it reads";
  let description = [{
    Starts from the functions that recipes and commands name and from `@init`; every other function disappears. Calls become their callee's body;
    a mapped call becomes the body applied along the new axis. `nn.training` becomes the root's constant. Parameters, states,
    settings, the key, the batch size and the step become arguments tagged with `nn.binding`, one a path; what a training step or `@init`
    updates becomes tagged results, states and parameters threaded through calls in written order. In other roots updates are seen by
    later reads and then forgotten. Samples are numbered in written order, so that two calls of one function draw different numbers;
    in a loop the key takes the turn in.

    ```mlir
    func.func private @layer(%x: tensor<3xf32>) -> tensor<3xf32> {
      %b = nn.param @net.b : tensor<3xf32>
      ...
    }
    func.func @run(%x: tensor<3xf32>) -> tensor<3xf32> {
      %y = nn.call @layer(%x) : (tensor<3xf32>) -> tensor<3xf32>
      return %y : tensor<3xf32>
    }
    ```
    becomes
    ```mlir
    func.func @run(%x: tensor<3xf32>, %b: tensor<3xf32> {nn.binding = #nn.bind<param, "net.b">}) -> tensor<3xf32> {
      %y = nn.equation ... reads(%x, %b)
      return %y : tensor<3xf32>
    }
    ```
  }];
}

def CountTies : Pass<"nn-count-ties", "mlir::func::FuncOp"> {
  let summary = "adds an output that counts ties, to functions that say so";
  let description = [{
    Of equal values `argmax`, `argmin` and `order` choose the first, and a permutation changes which that is: tests of a symmetry ask for ties where
    both sides differ. A function with `nn.count_ties` loses the attribute and gets the output `nn.ties`, the number of entries that are equal to
    one that is chosen, and of pairs of equal ones that are sorted. What is chosen in loops is not counted.

    ```mlir
    func.func @largest(%x: tensor<5xf32>) -> tensor<i32> attributes {nn.count_ties} {
      %p = nn.equation argmax [5] reads(%x) [...] writes affine_map<(i) -> ()> { ... }
      return %p : tensor<i32>
    }
    ```
    becomes
    ```mlir
    func.func @largest(%x: tensor<5xf32>) -> (tensor<i32>, tensor<i32> {nn.binding = #nn.bind<output, "nn.ties">}) {
      %p = nn.equation argmax [5] reads(%x) [...] writes affine_map<(i) -> ()> { ... }
      %m = nn.equation max [5] reads(%x) [...] writes affine_map<(i) -> ()> { ... }
      %c = nn.equation sum [5] reads(%x, %m) [...] writes affine_map<(i) -> ()> { ... }
      %t = nn.equation sum [] reads(%c) [...] writes affine_map<() -> ()> { ... }
      return %p, %t : tensor<i32>, tensor<i32>
    }
    ```
  }];
}

def Normalize : Pass<"nn-normalize", "mlir::func::FuncOp"> {
  let summary = "brings equations into the one form that later passes look for";
  let description = [{
    Before differentiation, so that no derivative meets 0 times infinity. A reduction that selects between a value and the identity by an affine condition
    gets that condition as its `where`; conditions that hold everywhere go. The logarithm of a softmax becomes `x - logsumexp(x)`, the logarithm of a sum of
    exponentials becomes `logsumexp`. Constants move into bodies and fold there. Equal operations become one.

    ```mlir
    %m = nn.equation sum [4, 4] reads(%x) [...] writes affine_map<(i, j) -> (i)> {
    ^bb0(%v: f32):
      %i = nn.index 0 : i32
      %j = nn.index 1 : i32
      %zero = arith.constant 0.0 : f32
      %c = arith.cmpi sge, %i, %j : i32
      %s = arith.select %c, %v, %zero : f32
      nn.yield %s : f32
    }
    ```
    becomes
    ```mlir
    %m = nn.equation sum [4, 4] reads(%x) [...] writes affine_map<(i, j) -> (i)> where affine_set<(i, j) : (i - j >= 0)> {
    ^bb0(%v: f32):
      nn.yield %v : f32
    }
    ```
  }];
}

def Distribute : Pass<"nn-distribute", "mlir::func::FuncOp"> {
  let summary = "multiplies a sum of terms with equal indices into contractions, term by term";
  let description = [{
    A tensor that is a sum of terms, some of which are masked by equalities of its indices, such as a I + b 11^T, is not made: each contraction that it is a
    factor of becomes a sum of contractions, one for each term. An equality replaces one index by the other there, and an output index that no factor of a
    term uses is repeated by whoever reads the term. Before differentiation, so that gradients have the same structure.

    ```mlir
    // W[i, j] = (if i == j then a else 0) + b;  y[i] = sum[j] W[i, j] * x[j]
    ```
    becomes
    ```mlir
    // t[i] = a * x[i];  s = sum[j] b * x[j];  y[i] = t[i] + s
    ```
  }];
}

def UnwrapShifts : Pass<"nn-unwrap-shifts", "mlir::func::FuncOp"> {
  let summary = "sums over differences of indices instead of making a circulant tensor";
  let description = [{
    A factor of a contraction that is a tensor read at a difference modulo the extent of an index that is summed, `c[(j - i) mod n]`, is read at that index
    itself, and all else at the index plus i. So a circulant matrix becomes a circular convolution.

    ```mlir
    // y[i] = sum[j] c[(j - i) mod n] * x[j]
    ```
    becomes
    ```mlir
    // y[i] = sum[k] c[k] * x[(k + i) mod n]
    ```
  }];
}

def Batch : Pass<"nn-batch", "mlir::func::FuncOp"> {
  let summary = "adds the example index to every value that differs by example";
  let description = [{
    A value that depends on a per-example argument other than through `nn.batch_sum` or `nn.batch_stack` gets a leading axis of the function's batch bound
    (`nn.batch`). A batch sum becomes a reduction over that axis where `batch_size - 1 - b >= 0`, inside the equation that produces its operand:
    a weight's gradient is one contraction, never one outer product an example. Samples and folded keys become equations over `nn.random`. A function without
    `nn.batch` handles one example: nothing gets an axis, a batch sum is its operand.

    ```mlir
    %g = nn.equation map [2, 3] reads(%dy, %x) [affine_map<(o, i) -> (o)>, affine_map<(o, i) -> (i)>] ...
    %s = nn.batch_sum %g : tensor<2x3xf32>
    ```
    becomes
    ```mlir
    %s = nn.equation sum [8, 2, 3] reads(%dy, %x) [affine_map<(b, o, i)[s] -> (b, o)>, affine_map<(b, o, i)[s] -> (b, i)>]
         tables(%n) [affine_map<(b, o, i)[s] -> ()>] writes affine_map<(b, o, i)[s] -> (o, i)>
         where affine_set<(b, o, i)[s] : (s - b - 1 >= 0)> ...
    ```
  }];
}

def Simplify : Pass<"nn-simplify", "mlir::func::FuncOp"> {
  let summary = "does less work for the same values";
  let description = [{
    Copies and repetitions are read through. A sum of products is contracted in the order of fewest points, so an index that only one operand uses is summed first. An
    equality of two indices that masks a sum replaces one by the other. Of an output index that every reader reads at one place only that place is computed.
    Costly scalar work that is the same at every point is done once. Equal and unused operations go; results of the function stay.

    ```mlir
    // t[i, j] = x[i];  y[i] = sum[j] t[i, j] * w[j]
    ```
    becomes
    ```mlir
    // s = sum[j] w[j];  y[i] = x[i] * s
    ```
  }];
}

def RoundContractions : Pass<"nn-round-contractions", "mlir::func::FuncOp"> {
  let summary = "rounds the factors of contractions to the format that a root computes in";
  let description = [{
    In a root with `nn.compute`, "bf16" or "tf32", each factor of a sum of products of f32 is rounded to that format before it is multiplied; the sum
    stays f32. A sum of products is a contraction if two factors share an index that is summed and do not have all indices in common: a product
    of matrices, a convolution, a gradient of either, but no sum of squares and no mean. An index of which the write has a quotient and nothing
    else is summed, too, such as the entries that the heads of attention divide among them.

    ```mlir
    %y = nn.equation sum [4, 3] reads(%W, %x) ... {
    ^bb0(%w: f32, %v: f32):
      %p = arith.mulf %w, %v : f32
      nn.yield %p : f32
    }
    ```
    becomes
    ```mlir
    %y = nn.equation sum [4, 3] reads(%W, %x) ... {
    ^bb0(%w: f32, %v: f32):
      %a = nn.round %w mantissa 7 : f32
      %b = nn.round %v mantissa 7 : f32
      %p = arith.mulf %a, %b : f32
      nn.yield %p : f32
    }
    ```
  }];
}

#endif
