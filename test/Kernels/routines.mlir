// A routine becomes a kernel of its own, whose frame are its slices, and whose workspace is what its code asks for.
// RUN: %nn-opt %s --nn-kernels | FileCheck %s

// CHECK: nn.kernel @k frame 2
// CHECK: nn.kernel @k_0 frame 6 grain 1 attributes {nn.workspace_bytes = 120 : i64} {
// CHECK: nn.routine eigh(%{{.*}}) into(%{{.*}}, %{{.*}}) at "routines.mlir:[[#]]:12" : (memref<2x3x3x3xf64>, memref<2x3x3xf64>, memref<2x3x3x3xf64>) -> ()
// CHECK-LABEL: func.func @f()
// CHECK: nn.launch @k(
// CHECK-NEXT: nn.launch @k_0(
// CHECK-NEXT: nn.launch @k_1(
func.func @f(%a: tensor<2x3x3x3xf64> {nn.binding = #nn.bind<arg, "a">}) -> (tensor<2x3x3xf64> {nn.binding = #nn.bind<output, "w">}) {
  %b = nn.equation map [2, 3, 3, 3] reads(%a) [affine_map<(i, j, k, l) -> (i, j, k, l)>] writes affine_map<(i, j, k, l) -> (i, j, k, l)> {
  ^bb0(%x: f64):
    %y = arith.addf %x, %x : f64
    nn.yield %y : f64
  } : (tensor<2x3x3x3xf64>) -> tensor<2x3x3x3xf64>
  %w, %v = nn.routine eigh(%b) : (tensor<2x3x3x3xf64>) -> (tensor<2x3x3xf64>, tensor<2x3x3x3xf64>)
  return %w : tensor<2x3x3xf64>
}
