// Maps go on with the cells of an equation in its grid: what nobody else reads is not stored.
// RUN: %nn-opt %s --nn-emit-gpu --canonicalize --cse | FileCheck %s

#left = affine_map<(b, o, i) -> (b, i)>
#right = affine_map<(b, o, i) -> (i, o)>
#result = affine_map<(b, o, i) -> (b, o)>
#cell = affine_map<(b, o) -> (b, o)>
#turned = affine_map<(o, b) -> (b, o)>
#across = affine_map<(b, o) -> (o, b)>
#column = affine_map<(b, o) -> (o)>
#row = affine_map<(b, i) -> (b)>
#one = affine_map<(b) -> (b)>

// A dense layer: the bias and the activation are taken of the sums in registers, whatever the order of their box is. Of the sum and
// the bias nothing is stored; all loads of some cells come before their stores.
// CHECK-LABEL: func.func @dense$0(
// CHECK-SAME: %[[X:.*]]: memref<50x37xf32>, %[[W:.*]]: memref<37x40xf32>, %[[B:.*]]: memref<40xf32>, %[[Y:.*]]: memref<50x40xf32>) attributes
// CHECK: math.fma
// CHECK: scf.yield
// CHECK: memref.load %[[B]]
// CHECK: math.tanh
// CHECK: memref.load %[[B]]
// CHECK: math.tanh
// CHECK: memref.store %{{.*}}, %[[Y]]
// CHECK-NOT: func.func @dense$1
nn.kernel @dense frame 50 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<50x37xf32>, %w: memref<37x40xf32>, %bias: memref<40xf32>, %y: memref<50x40xf32>):
  %h = nn.scratch axis 0 offset 0 : memref<50x40xf32>
  %g = nn.scratch axis 0 offset 1280 : memref<50x40xf32>
  nn.equation sum [50, 40, 37] reads(%x, %w) [#left, #right] writes(%h) #result attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    nn.yield %p : f32
  } : (memref<50x37xf32>, memref<37x40xf32>, memref<50x40xf32>) -> ()
  nn.equation map [50, 40] reads(%h, %bias) [#cell, #column] writes(%g) #cell attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    nn.yield %s : f32
  } : (memref<50x40xf32>, memref<40xf32>, memref<50x40xf32>) -> ()
  nn.equation map [40, 50] reads(%g) [#turned] writes(%y) #turned attributes {nn.form = "owner", nn.frame = 1 : i64} {
  ^bb0(%a: f32):
    %t = math.tanh %a : f32
    nn.yield %t : f32
  } : (memref<50x40xf32>, memref<50x40xf32>) -> ()
}

// What is read at other cells, or written where neighbours are far apart, is a grid of its own.
// CHECK-LABEL: func.func @apart$0(
// CHECK-LABEL: func.func @apart$1(
// CHECK-LABEL: func.func @apart$2(
nn.kernel @apart frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<8x8xf32>, %y: memref<8x8xf32>, %z: memref<8x8xf32>):
  %h = nn.scratch axis -1 offset 0 : memref<8x8xf32>
  %g = nn.scratch axis -1 offset 256 : memref<8x8xf32>
  nn.equation map [8, 8] reads(%x) [#cell] writes(%h) #cell attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    %t = math.tanh %a : f32
    nn.yield %t : f32
  } : (memref<8x8xf32>, memref<8x8xf32>) -> ()
  nn.equation map [8, 8] reads(%h, %h) [#cell, #across] writes(%g) #cell attributes {nn.form = "owner"} {
  ^bb0(%a: f32, %b: f32):
    %t = arith.addf %a, %b : f32
    nn.yield %t : f32
  } : (memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>) -> ()
  nn.equation map [8, 8] reads(%g) [#cell] writes(%y) #across attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    %t = math.tanh %a : f32
    nn.yield %t : f32
  } : (memref<8x8xf32>, memref<8x8xf32>) -> ()
}

// A successor may lie where the state did: another thread would have read it. Launches tell that here they do not meet.
// CHECK-LABEL: func.func @state$0({{.*}}memref<8x8xf32>, {{.*}}memref<8x8xf32>, {{.*}}memref<8x8xf32>)
// CHECK-NOT: func.func @state$1
// CHECK-LABEL: func.func @replaced$0(
// CHECK-LABEL: func.func @replaced$1(
nn.kernel @state frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<8x8xf32>, %y: memref<8x8xf32>, %z: memref<8x8xf32>):
  nn.equation map [8, 8] reads(%x) [#across] writes(%y) #cell attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    %t = math.tanh %a : f32
    nn.yield %t : f32
  } : (memref<8x8xf32>, memref<8x8xf32>) -> ()
  nn.equation map [8, 8] reads(%y) [#cell] writes(%z) #cell attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    %t = math.tanh %a : f32
    nn.yield %t : f32
  } : (memref<8x8xf32>, memref<8x8xf32>) -> ()
}
nn.kernel @replaced frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<8x8xf32>, %y: memref<8x8xf32>, %z: memref<8x8xf32>):
  nn.equation map [8, 8] reads(%x) [#across] writes(%y) #cell attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    %t = math.tanh %a : f32
    nn.yield %t : f32
  } : (memref<8x8xf32>, memref<8x8xf32>) -> ()
  nn.equation map [8, 8] reads(%y) [#cell] writes(%z) #cell attributes {nn.form = "owner"} {
  ^bb0(%a: f32):
    %t = math.tanh %a : f32
    nn.yield %t : f32
  } : (memref<8x8xf32>, memref<8x8xf32>) -> ()
}
func.func @root() attributes {nn.io_bytes = 768 : i64} {
  %x = nn.buffer io offset 0 : memref<8x8xf32>
  %y = nn.buffer io offset 256 : memref<8x8xf32>
  %z = nn.buffer io offset 512 : memref<8x8xf32>
  nn.launch @state(%x, %y, %z) : memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>
  nn.launch @replaced(%x, %y, %x) : memref<8x8xf32>, memref<8x8xf32>, memref<8x8xf32>
  return
}

// Behind a sum that several threads share one of them goes on, with all of the chain.
// CHECK-LABEL: func.func @norms$0(
// CHECK: shfl.sync
// CHECK: scf.if
// CHECK: math.sqrt
// CHECK: memref.store
// CHECK: memref.store
// CHECK-NOT: func.func @norms$1
nn.kernel @norms frame 100 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<100x300xf32>, %y: memref<100xf32>, %z: memref<100xf32>):
  %h = nn.scratch axis 0 offset 0 : memref<100xf32>
  nn.equation sum [100, 300] reads(%x) [#cell] writes(%h) #row attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32):
    %p = arith.mulf %a, %a : f32
    nn.yield %p : f32
  } : (memref<100x300xf32>, memref<100xf32>) -> ()
  nn.equation map [100] reads(%h) [#one] writes(%y) #one attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32):
    %t = math.sqrt %a : f32
    nn.yield %t : f32
  } : (memref<100xf32>, memref<100xf32>) -> ()
  nn.equation map [100] reads(%y) [#one] writes(%z) #one attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32):
    %t = arith.negf %a : f32
    nn.yield %t : f32
  } : (memref<100xf32>, memref<100xf32>) -> ()
}

// Subscripts come from memory: a map whose table is written by the map before it has a piece of its own.
// CHECK-LABEL: func.func @subscripts$0
// CHECK-LABEL: func.func @subscripts$1
nn.kernel @subscripts frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%order: memref<10xi32>, %best: memref<3xi32>, %x: memref<10xf32>, %y: memref<3xf32>):
  nn.equation map [3] reads(%order) [affine_map<(i) -> (i)>] writes(%best) affine_map<(i) -> (i)> attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: i32):
    nn.yield %a : i32
  } : (memref<10xi32>, memref<3xi32>) -> ()
  nn.equation map [3] reads(%x) [affine_map<(i)[s0] -> (s0)>] tables(%best) [affine_map<(i)[s0] -> (i)>] below [10] writes(%y) affine_map<(i)[s0] -> (i)> attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32):
    nn.yield %a : f32
  } : (memref<10xf32>, memref<3xi32>, memref<3xf32>) -> ()
}
