// What plan-step leaves and a target reads: one dense layer with ReLU, its weight's gradient, a step of plain SGD.
module attributes {nn.persistent_bytes = 832 : i64, nn.settings_bytes = 64 : i64} {
  nn.parameter @"net.W" : tensor<10x20xf32> kind "weight" {nn.offset = 0 : i64, nn.layout = array<i64: 1, 0>}
  nn.setting @lr = 1.000000e-01 : f32 {nn.offset = 0 : i64}

  // h[b, o] = sum[i] W[o, i] x[b, i];  y = max(h, 0);  loss rows l[b] = sum[o] y;  dh[b, o] = h > 0 ? 1 : 0
  nn.kernel @k0 frame 64 grain 16 attributes {nn.workspace_bytes = 640 : i64} {
  ^bb0(%W: memref<20x10xf32>, %x: memref<64x20xf32>, %n: memref<i32>, %l: memref<64xf32>, %dh: memref<64x10xf32>):
    %h = nn.scratch axis 0 offset 0 : memref<64x10xf32>
    nn.equation sum [64, 10, 20] reads(%W, %x) [affine_map<(b, o, i) -> (i, o)>, affine_map<(b, o, i) -> (b, i)>]
        writes(%h) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
    ^bb0(%w: f32, %v: f32):
      %p = arith.mulf %w, %v : f32
      nn.yield %p : f32
    } : (memref<20x10xf32>, memref<64x20xf32>, memref<64x10xf32>) -> ()
    nn.equation sum [64, 10] reads(%h) [affine_map<(b, o) -> (b, o)>] tables(%n) [affine_map<(b, o) -> ()>]
        writes(%l) affine_map<(b, o) -> (b)> where affine_set<(b, o)[s] : (s - b - 1 >= 0)>
        attributes {nn.frame = 0 : i64, nn.form = "owner"} {
    ^bb0(%v: f32):
      %z = arith.constant 0.0 : f32
      %r = arith.maximumf %v, %z : f32
      nn.yield %r : f32
    } : (memref<64x10xf32>, memref<i32>, memref<64xf32>) -> ()
    nn.equation map [64, 10] reads(%h) [affine_map<(b, o) -> (b, o)>] tables(%n) [affine_map<(b, o) -> ()>]
        writes(%dh) affine_map<(b, o) -> (b, o)> where affine_set<(b, o)[s] : (s - b - 1 >= 0)>
        attributes {nn.frame = 0 : i64, nn.form = "owner"} {
    ^bb0(%v: f32):
      %z = arith.constant 0.0 : f32
      %one = arith.constant 1.0 : f32
      %c = arith.cmpf ogt, %v, %z : f32
      %r = arith.select %c, %one, %z : f32
      nn.yield %r : f32
    } : (memref<64x10xf32>, memref<i32>, memref<64x10xf32>) -> ()
  }

  // dW[o, i] = sum[b] dh[b, o] x[b, i];  W[o, i] -= lr dW[o, i], stored [i][o], in place
  nn.kernel @k1 frame 20 grain 8 attributes {nn.workspace_bytes = 320 : i64} {
  ^bb0(%dh: memref<64x10xf32>, %x: memref<64x20xf32>, %lr: memref<f32>, %W: memref<20x10xf32>, %W1: memref<20x10xf32>):
    %dW = nn.scratch axis 0 offset 0 : memref<20x10xf32>
    nn.equation sum [10, 20, 64] reads(%dh, %x) [affine_map<(o, i, b) -> (b, o)>, affine_map<(o, i, b) -> (b, i)>]
        writes(%dW) affine_map<(o, i, b) -> (i, o)> attributes {nn.frame = 1 : i64, nn.form = "owner"} {
    ^bb0(%d: f32, %v: f32):
      %p = arith.mulf %d, %v : f32
      nn.yield %p : f32
    } : (memref<64x10xf32>, memref<64x20xf32>, memref<20x10xf32>) -> ()
    nn.equation map [10, 20] reads(%W, %dW, %lr)
        [affine_map<(o, i) -> (i, o)>, affine_map<(o, i) -> (i, o)>, affine_map<(o, i) -> ()>]
        writes(%W1) affine_map<(o, i) -> (i, o)> attributes {nn.frame = 1 : i64, nn.form = "owner"} {
    ^bb0(%w: f32, %g: f32, %r: f32):
      %s = arith.mulf %r, %g : f32
      %u = arith.subf %w, %s : f32
      nn.yield %u : f32
    } : (memref<20x10xf32>, memref<20x10xf32>, memref<f32>, memref<20x10xf32>) -> ()
  }

  nn.kernel @k2 frame 0 attributes {nn.workspace_bytes = 0 : i64} {
  ^bb0(%l: memref<64xf32>, %n: memref<i32>, %loss: memref<f32>):
    nn.equation sum [64] reads(%l) [affine_map<(b) -> (b)>] tables(%n) [affine_map<(b) -> ()>]
        writes(%loss) affine_map<(b) -> ()> where affine_set<(b)[s] : (s - b - 1 >= 0)> attributes {nn.form = "owner"} {
    ^bb0(%v: f32):
      nn.yield %v : f32
    } : (memref<64xf32>, memref<i32>, memref<f32>) -> ()
  }

  func.func @train.step() attributes {
      nn.batch = 64 : i64, nn.training, nn.io_bytes = 5248 : i64, nn.scratch_bytes = 2816 : i64, nn.workspace_bytes = 640 : i64,
      nn.arguments = [{bind = #nn.bind<field, "x">, type = tensor<64x20xf32>, offset = 0 : i64},
                      {bind = #nn.bind<batch_size>, type = tensor<i32>, offset = 5120 : i64}],
      nn.results = [{bind = #nn.bind<metric, "loss">, type = tensor<f32>, offset = 5184 : i64}]} {
    %W = nn.buffer persistent offset 0 : memref<20x10xf32>
    %lr = nn.buffer settings offset 0 : memref<f32>
    %x = nn.buffer io offset 0 : memref<64x20xf32>
    %n = nn.buffer io offset 5120 : memref<i32>
    %loss = nn.buffer io offset 5184 : memref<f32>
    %l = nn.buffer scratch offset 0 : memref<64xf32>
    %dh = nn.buffer scratch offset 256 : memref<64x10xf32>
    nn.launch @k0(%W, %x, %n, %l, %dh) : memref<20x10xf32>, memref<64x20xf32>, memref<i32>, memref<64xf32>, memref<64x10xf32>
    nn.launch @k1(%dh, %x, %lr, %W, %W) : memref<64x10xf32>, memref<64x20xf32>, memref<f32>, memref<20x10xf32>, memref<20x10xf32>
    nn.launch @k2(%l, %n, %loss) : memref<64xf32>, memref<i32>, memref<f32>
    return
  }
}
