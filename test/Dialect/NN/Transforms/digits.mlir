// What Emit makes of the first file of the language reference: a two-layer classifier of images, for one example.
// RUN: %nn-opt %s | FileCheck %s
// CHECK: func.func @train.step
module {
  nn.setting @lr = 1.0e-3 : f32
  nn.parameter @"Classifier.dense_1.W" : tensor<256x784xf32> kind "weight"
  nn.parameter @"Classifier.dense_1.b" : tensor<256xf32> kind "bias"
  nn.parameter @"Classifier.dense_2.W" : tensor<10x256xf32> kind "weight"
  nn.parameter @"Classifier.dense_2.b" : tensor<10xf32> kind "bias"
  nn.state_var @"train.adam.m.Classifier.dense_1.W" : tensor<256x784xf32> role "optimizer"
  nn.state_var @"train.adam.m.Classifier.dense_1.b" : tensor<256xf32> role "optimizer"
  nn.state_var @"train.adam.m.Classifier.dense_2.W" : tensor<10x256xf32> role "optimizer"
  nn.state_var @"train.adam.m.Classifier.dense_2.b" : tensor<10xf32> role "optimizer"
  nn.state_var @"train.adam.v.Classifier.dense_1.W" : tensor<256x784xf32> role "optimizer"
  nn.state_var @"train.adam.v.Classifier.dense_1.b" : tensor<256xf32> role "optimizer"
  nn.state_var @"train.adam.v.Classifier.dense_2.W" : tensor<10x256xf32> role "optimizer"
  nn.state_var @"train.adam.v.Classifier.dense_2.b" : tensor<10xf32> role "optimizer"
  nn.dataset @digits reader "idx" path "fashion-mnist" options {names = "classes.txt"}
      fields [{name = "image", type = tensor<1x28x28xf32>}, {name = "label", type = tensor<i32>, classes = 10 : i64}]
  nn.recipe @train on [@digits] step @train.step eval @train.eval for 10 "epochs" batch 64 metrics ["accuracy"]
  nn.command @predict calls @command.predict arguments [{name = "image", type = tensor<1x28x28xf32>}] show "ranking"

  // model dense(out)(x) = W @ x + b

  func.func private @Classifier.dense_1(%x: tensor<784xf32>) -> tensor<256xf32> {
    %W = nn.param @"Classifier.dense_1.W" : tensor<256x784xf32>
    %b = nn.param @"Classifier.dense_1.b" : tensor<256xf32>
    %s = nn.equation sum [256, 784] reads(%W, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>]
        writes affine_map<(i, j) -> (i)> {
    ^bb0(%w: f32, %v: f32):
      %p = arith.mulf %w, %v : f32
      nn.yield %p : f32
    } : (tensor<256x784xf32>, tensor<784xf32>) -> tensor<256xf32>
    %y = nn.equation map [256] reads(%s, %b) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%u: f32, %v: f32):
      %a = arith.addf %u, %v : f32
      nn.yield %a : f32
    } : (tensor<256xf32>, tensor<256xf32>) -> tensor<256xf32>
    return %y : tensor<256xf32>
  }

  func.func private @Classifier.dense_2(%x: tensor<256xf32>) -> tensor<10xf32> {
    %W = nn.param @"Classifier.dense_2.W" : tensor<10x256xf32>
    %b = nn.param @"Classifier.dense_2.b" : tensor<10xf32>
    %s = nn.equation sum [10, 256] reads(%W, %x) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>]
        writes affine_map<(i, j) -> (i)> {
    ^bb0(%w: f32, %v: f32):
      %p = arith.mulf %w, %v : f32
      nn.yield %p : f32
    } : (tensor<10x256xf32>, tensor<256xf32>) -> tensor<10xf32>
    %y = nn.equation map [10] reads(%s, %b) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%u: f32, %v: f32):
      %a = arith.addf %u, %v : f32
      nn.yield %a : f32
    } : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xf32>
    return %y : tensor<10xf32>
  }

  // fn relu(x) = max(x, 0)
  func.func private @relu(%x: tensor<256xf32>) -> tensor<256xf32> {
    %y = nn.equation map [256] reads(%x) [affine_map<(i) -> (i)>] writes affine_map<(i) -> (i)> {
    ^bb0(%v: f32):
      %zero = arith.constant 0.0 : f32
      %m = arith.maximumf %v, %zero : f32
      nn.yield %m : f32
    } : (tensor<256xf32>) -> tensor<256xf32>
    return %y : tensor<256xf32>
  }

  // fn dropout(rate)(x): under training, keep what a uniform draw lets through, scaled so that the mean stays
  func.func private @dropout(%x: tensor<256xf32>) -> tensor<256xf32> {
    %training = nn.training : tensor<i1>
    %key = nn.key : tensor<4xi32>
    %u = nn.sample uniform %key site 0 : tensor<4xi32> -> tensor<256xf32>
    %y = nn.equation map [256] reads(%x, %u, %training)
        [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
    ^bb0(%v: f32, %r: f32, %t: i1):
      %rate = arith.constant 0.2 : f32
      %scale = arith.constant 1.25 : f32
      %zero = arith.constant 0.0 : f32
      %keep = arith.cmpf oge, %r, %rate : f32
      %scaled = arith.mulf %v, %scale : f32
      %kept = arith.select %keep, %scaled, %zero : f32
      %s = arith.select %t, %kept, %v : f32
      nn.yield %s : f32
    } : (tensor<256xf32>, tensor<256xf32>, tensor<i1>) -> tensor<256xf32>
    return %y : tensor<256xf32>
  }

  func.func private @Classifier(%image: tensor<1x28x28xf32>) -> tensor<10xf32> {
    %x = nn.reshape %image : tensor<1x28x28xf32> -> tensor<784xf32>
    %h = nn.call @Classifier.dense_1(%x) : (tensor<784xf32>) -> tensor<256xf32>
    %r = nn.call @relu(%h) : (tensor<256xf32>) -> tensor<256xf32>
    %d = nn.call @dropout(%r) : (tensor<256xf32>) -> tensor<256xf32>
    %z = nn.call @Classifier.dense_2(%d) : (tensor<256xf32>) -> tensor<10xf32>
    return %z : tensor<10xf32>
  }

  // loss cross_entropy(z, label) = logsumexp[i] z[i] - z[label]
  func.func private @cross_entropy(%z: tensor<10xf32>, %label: tensor<i32>) -> tensor<f32> {
    %l = nn.equation logsumexp [10] reads(%z) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
    ^bb0(%v: f32):
      nn.yield %v : f32
    } : (tensor<10xf32>) -> tensor<f32>
    %c = nn.equation map [] reads(%l, %z) [affine_map<()[s] -> ()>, affine_map<()[s] -> (s)>]
        tables(%label) [affine_map<()[s] -> ()>]
        writes affine_map<()[s] -> ()> {
    ^bb0(%a: f32, %b: f32):
      %d = arith.subf %a, %b : f32
      nn.yield %d : f32
    } : (tensor<f32>, tensor<10xf32>, tensor<i32>) -> tensor<f32>
    return %c : tensor<f32>
  }

  // fn accuracy(z, label) = if argmax[i] z[i] == label then 1 else 0
  func.func private @accuracy(%z: tensor<10xf32>, %label: tensor<i32>) -> tensor<f32> {
    %k = nn.equation argmax [10] reads(%z) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
    ^bb0(%v: f32):
      nn.yield %v : f32
    } : (tensor<10xf32>) -> tensor<i32>
    %a = nn.equation map [] reads(%k, %label) [affine_map<() -> ()>, affine_map<() -> ()>] writes affine_map<() -> ()> {
    ^bb0(%p: i32, %q: i32):
      %one = arith.constant 1.0 : f32
      %zero = arith.constant 0.0 : f32
      %e = arith.cmpi eq, %p, %q : i32
      %s = arith.select %e, %one, %zero : f32
      nn.yield %s : f32
    } : (tensor<i32>, tensor<i32>) -> tensor<f32>
    return %a : tensor<f32>
  }

  // cross_entropy(Classifier(image), label) + 1e-5 * l2(weights(Classifier)), for one example
  func.func private @train.loss(%z: tensor<10xf32>, %label: tensor<i32>) -> tensor<f32> {
    %W1 = nn.param @"Classifier.dense_1.W" : tensor<256x784xf32>
    %W2 = nn.param @"Classifier.dense_2.W" : tensor<10x256xf32>
    %ce = nn.call @cross_entropy(%z, %label) : (tensor<10xf32>, tensor<i32>) -> tensor<f32>
    %s1 = nn.equation sum [256, 784] reads(%W1) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> ()> {
    ^bb0(%v: f32):
      %q = arith.mulf %v, %v : f32
      nn.yield %q : f32
    } : (tensor<256x784xf32>) -> tensor<f32>
    %s2 = nn.equation sum [10, 256] reads(%W2) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> ()> {
    ^bb0(%v: f32):
      %q = arith.mulf %v, %v : f32
      nn.yield %q : f32
    } : (tensor<10x256xf32>) -> tensor<f32>
    %l = nn.equation map [] reads(%ce, %s1, %s2) [affine_map<() -> ()>, affine_map<() -> ()>, affine_map<() -> ()>]
        writes affine_map<() -> ()> {
    ^bb0(%c: f32, %a: f32, %b: f32):
      %w = arith.constant 1.0e-5 : f32
      %s = arith.addf %a, %b : f32
      %p = arith.mulf %s, %w : f32
      %t = arith.addf %c, %p : f32
      nn.yield %t : f32
    } : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<f32>
    return %l : tensor<f32>
  }

  // optimizer adam on a tensor of 256x784: the new value, first and second moment
  func.func private @adam.W1(%w: tensor<256x784xf32>, %g: tensor<256x784xf32>, %m: tensor<256x784xf32>, %v: tensor<256x784xf32>, %t: tensor<i32>) -> (tensor<256x784xf32>, tensor<256x784xf32>, tensor<256x784xf32>) {
    %lr = nn.setting_value @lr : tensor<f32>
    %m1 = nn.equation map [256, 784] reads(%m, %g) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%a: f32, %b: f32):
      %beta = arith.constant 0.9 : f32
      %rest = arith.constant 0.1 : f32
      %p = arith.mulf %a, %beta : f32
      %q = arith.mulf %b, %rest : f32
      %s = arith.addf %p, %q : f32
      nn.yield %s : f32
    } : (tensor<256x784xf32>, tensor<256x784xf32>) -> tensor<256x784xf32>
    %v1 = nn.equation map [256, 784] reads(%v, %g) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%a: f32, %b: f32):
      %beta = arith.constant 0.999 : f32
      %rest = arith.constant 0.001 : f32
      %p = arith.mulf %a, %beta : f32
      %b2 = arith.mulf %b, %b : f32
      %q = arith.mulf %b2, %rest : f32
      %s = arith.addf %p, %q : f32
      nn.yield %s : f32
    } : (tensor<256x784xf32>, tensor<256x784xf32>) -> tensor<256x784xf32>
    %w1 = nn.equation map [256, 784] reads(%w, %m1, %v1, %lr, %t) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>, affine_map<(i, j) -> ()>] writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%x: f32, %a: f32, %b: f32, %rate: f32, %n: i32):
      %one = arith.constant 1.0 : f32
      %beta1 = arith.constant 0.9 : f32
      %beta2 = arith.constant 0.999 : f32
      %eps = arith.constant 1.0e-8 : f32
      %p1 = math.fpowi %beta1, %n : f32, i32
      %p2 = math.fpowi %beta2, %n : f32, i32
      %c1 = arith.subf %one, %p1 : f32
      %c2 = arith.subf %one, %p2 : f32
      %mh = arith.divf %a, %c1 : f32
      %vh = arith.divf %b, %c2 : f32
      %r = math.sqrt %vh : f32
      %d = arith.addf %r, %eps : f32
      %u = arith.divf %mh, %d : f32
      %lu = arith.mulf %rate, %u : f32
      %y = arith.subf %x, %lu : f32
      nn.yield %y : f32
    } : (tensor<256x784xf32>, tensor<256x784xf32>, tensor<256x784xf32>, tensor<f32>, tensor<i32>) -> tensor<256x784xf32>
    return %w1, %m1, %v1 : tensor<256x784xf32>, tensor<256x784xf32>, tensor<256x784xf32>
  }

  // optimizer adam on a tensor of 256: the new value, first and second moment
  func.func private @adam.b1(%w: tensor<256xf32>, %g: tensor<256xf32>, %m: tensor<256xf32>, %v: tensor<256xf32>, %t: tensor<i32>) -> (tensor<256xf32>, tensor<256xf32>, tensor<256xf32>) {
    %lr = nn.setting_value @lr : tensor<f32>
    %m1 = nn.equation map [256] reads(%m, %g) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%a: f32, %b: f32):
      %beta = arith.constant 0.9 : f32
      %rest = arith.constant 0.1 : f32
      %p = arith.mulf %a, %beta : f32
      %q = arith.mulf %b, %rest : f32
      %s = arith.addf %p, %q : f32
      nn.yield %s : f32
    } : (tensor<256xf32>, tensor<256xf32>) -> tensor<256xf32>
    %v1 = nn.equation map [256] reads(%v, %g) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%a: f32, %b: f32):
      %beta = arith.constant 0.999 : f32
      %rest = arith.constant 0.001 : f32
      %p = arith.mulf %a, %beta : f32
      %b2 = arith.mulf %b, %b : f32
      %q = arith.mulf %b2, %rest : f32
      %s = arith.addf %p, %q : f32
      nn.yield %s : f32
    } : (tensor<256xf32>, tensor<256xf32>) -> tensor<256xf32>
    %w1 = nn.equation map [256] reads(%w, %m1, %v1, %lr, %t) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
    ^bb0(%x: f32, %a: f32, %b: f32, %rate: f32, %n: i32):
      %one = arith.constant 1.0 : f32
      %beta1 = arith.constant 0.9 : f32
      %beta2 = arith.constant 0.999 : f32
      %eps = arith.constant 1.0e-8 : f32
      %p1 = math.fpowi %beta1, %n : f32, i32
      %p2 = math.fpowi %beta2, %n : f32, i32
      %c1 = arith.subf %one, %p1 : f32
      %c2 = arith.subf %one, %p2 : f32
      %mh = arith.divf %a, %c1 : f32
      %vh = arith.divf %b, %c2 : f32
      %r = math.sqrt %vh : f32
      %d = arith.addf %r, %eps : f32
      %u = arith.divf %mh, %d : f32
      %lu = arith.mulf %rate, %u : f32
      %y = arith.subf %x, %lu : f32
      nn.yield %y : f32
    } : (tensor<256xf32>, tensor<256xf32>, tensor<256xf32>, tensor<f32>, tensor<i32>) -> tensor<256xf32>
    return %w1, %m1, %v1 : tensor<256xf32>, tensor<256xf32>, tensor<256xf32>
  }

  // optimizer adam on a tensor of 10x256: the new value, first and second moment
  func.func private @adam.W2(%w: tensor<10x256xf32>, %g: tensor<10x256xf32>, %m: tensor<10x256xf32>, %v: tensor<10x256xf32>, %t: tensor<i32>) -> (tensor<10x256xf32>, tensor<10x256xf32>, tensor<10x256xf32>) {
    %lr = nn.setting_value @lr : tensor<f32>
    %m1 = nn.equation map [10, 256] reads(%m, %g) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%a: f32, %b: f32):
      %beta = arith.constant 0.9 : f32
      %rest = arith.constant 0.1 : f32
      %p = arith.mulf %a, %beta : f32
      %q = arith.mulf %b, %rest : f32
      %s = arith.addf %p, %q : f32
      nn.yield %s : f32
    } : (tensor<10x256xf32>, tensor<10x256xf32>) -> tensor<10x256xf32>
    %v1 = nn.equation map [10, 256] reads(%v, %g) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%a: f32, %b: f32):
      %beta = arith.constant 0.999 : f32
      %rest = arith.constant 0.001 : f32
      %p = arith.mulf %a, %beta : f32
      %b2 = arith.mulf %b, %b : f32
      %q = arith.mulf %b2, %rest : f32
      %s = arith.addf %p, %q : f32
      nn.yield %s : f32
    } : (tensor<10x256xf32>, tensor<10x256xf32>) -> tensor<10x256xf32>
    %w1 = nn.equation map [10, 256] reads(%w, %m1, %v1, %lr, %t) [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>, affine_map<(i, j) -> ()>] writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%x: f32, %a: f32, %b: f32, %rate: f32, %n: i32):
      %one = arith.constant 1.0 : f32
      %beta1 = arith.constant 0.9 : f32
      %beta2 = arith.constant 0.999 : f32
      %eps = arith.constant 1.0e-8 : f32
      %p1 = math.fpowi %beta1, %n : f32, i32
      %p2 = math.fpowi %beta2, %n : f32, i32
      %c1 = arith.subf %one, %p1 : f32
      %c2 = arith.subf %one, %p2 : f32
      %mh = arith.divf %a, %c1 : f32
      %vh = arith.divf %b, %c2 : f32
      %r = math.sqrt %vh : f32
      %d = arith.addf %r, %eps : f32
      %u = arith.divf %mh, %d : f32
      %lu = arith.mulf %rate, %u : f32
      %y = arith.subf %x, %lu : f32
      nn.yield %y : f32
    } : (tensor<10x256xf32>, tensor<10x256xf32>, tensor<10x256xf32>, tensor<f32>, tensor<i32>) -> tensor<10x256xf32>
    return %w1, %m1, %v1 : tensor<10x256xf32>, tensor<10x256xf32>, tensor<10x256xf32>
  }

  // optimizer adam on a tensor of 10: the new value, first and second moment
  func.func private @adam.b2(%w: tensor<10xf32>, %g: tensor<10xf32>, %m: tensor<10xf32>, %v: tensor<10xf32>, %t: tensor<i32>) -> (tensor<10xf32>, tensor<10xf32>, tensor<10xf32>) {
    %lr = nn.setting_value @lr : tensor<f32>
    %m1 = nn.equation map [10] reads(%m, %g) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%a: f32, %b: f32):
      %beta = arith.constant 0.9 : f32
      %rest = arith.constant 0.1 : f32
      %p = arith.mulf %a, %beta : f32
      %q = arith.mulf %b, %rest : f32
      %s = arith.addf %p, %q : f32
      nn.yield %s : f32
    } : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xf32>
    %v1 = nn.equation map [10] reads(%v, %g) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%a: f32, %b: f32):
      %beta = arith.constant 0.999 : f32
      %rest = arith.constant 0.001 : f32
      %p = arith.mulf %a, %beta : f32
      %b2 = arith.mulf %b, %b : f32
      %q = arith.mulf %b2, %rest : f32
      %s = arith.addf %p, %q : f32
      nn.yield %s : f32
    } : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xf32>
    %w1 = nn.equation map [10] reads(%w, %m1, %v1, %lr, %t) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
    ^bb0(%x: f32, %a: f32, %b: f32, %rate: f32, %n: i32):
      %one = arith.constant 1.0 : f32
      %beta1 = arith.constant 0.9 : f32
      %beta2 = arith.constant 0.999 : f32
      %eps = arith.constant 1.0e-8 : f32
      %p1 = math.fpowi %beta1, %n : f32, i32
      %p2 = math.fpowi %beta2, %n : f32, i32
      %c1 = arith.subf %one, %p1 : f32
      %c2 = arith.subf %one, %p2 : f32
      %mh = arith.divf %a, %c1 : f32
      %vh = arith.divf %b, %c2 : f32
      %r = math.sqrt %vh : f32
      %d = arith.addf %r, %eps : f32
      %u = arith.divf %mh, %d : f32
      %lu = arith.mulf %rate, %u : f32
      %y = arith.subf %x, %lu : f32
      nn.yield %y : f32
    } : (tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<f32>, tensor<i32>) -> tensor<10xf32>
    return %w1, %m1, %v1 : tensor<10xf32>, tensor<10xf32>, tensor<10xf32>
  }

  func.func @train.step(%image: tensor<1x28x28xf32> {nn.binding = #nn.bind<field, "image">, nn.per_example},
                        %label: tensor<i32> {nn.binding = #nn.bind<field, "label">, nn.per_example})
      -> (tensor<f32> {nn.binding = #nn.bind<metric, "loss">}) attributes {nn.batch = 64 : i64, nn.training} {
    %z = nn.call @Classifier(%image) : (tensor<1x28x28xf32>) -> tensor<10xf32>
    %l = nn.call @train.loss(%z, %label) : (tensor<10xf32>, tensor<i32>) -> tensor<f32>
    %total = nn.batch_sum %l : tensor<f32>
    %n = nn.batch_size : tensor<i32>
    %objective = nn.equation map [] reads(%total, %n) [affine_map<() -> ()>, affine_map<() -> ()>]
        writes affine_map<() -> ()> {
    ^bb0(%a: f32, %k: i32):
      %f = arith.sitofp %k : i32 to f32
      %q = arith.divf %a, %f : f32
      nn.yield %q : f32
    } : (tensor<f32>, tensor<i32>) -> tensor<f32>
    %W1 = nn.param @"Classifier.dense_1.W" : tensor<256x784xf32>
    %b1 = nn.param @"Classifier.dense_1.b" : tensor<256xf32>
    %W2 = nn.param @"Classifier.dense_2.W" : tensor<10x256xf32>
    %b2 = nn.param @"Classifier.dense_2.b" : tensor<10xf32>
    %g:4 = nn.grad %objective wrt (%W1, %b1, %W2, %b2) : tensor<f32>, tensor<256x784xf32>, tensor<256xf32>, tensor<10x256xf32>, tensor<10xf32>
        -> tensor<256x784xf32>, tensor<256xf32>, tensor<10x256xf32>, tensor<10xf32>
    %t = nn.step : tensor<i32>
    %m0 = nn.state @"train.adam.m.Classifier.dense_1.W" : tensor<256x784xf32>
    %v0 = nn.state @"train.adam.v.Classifier.dense_1.W" : tensor<256x784xf32>
    %u0:3 = nn.call @adam.W1(%W1, %g#0, %m0, %v0, %t) : (tensor<256x784xf32>, tensor<256x784xf32>, tensor<256x784xf32>, tensor<256x784xf32>, tensor<i32>) -> (tensor<256x784xf32>, tensor<256x784xf32>, tensor<256x784xf32>)
    nn.update @"Classifier.dense_1.W", %u0#0 : tensor<256x784xf32>
    nn.update @"train.adam.m.Classifier.dense_1.W", %u0#1 : tensor<256x784xf32>
    nn.update @"train.adam.v.Classifier.dense_1.W", %u0#2 : tensor<256x784xf32>
    %m1 = nn.state @"train.adam.m.Classifier.dense_1.b" : tensor<256xf32>
    %v1 = nn.state @"train.adam.v.Classifier.dense_1.b" : tensor<256xf32>
    %u1:3 = nn.call @adam.b1(%b1, %g#1, %m1, %v1, %t) : (tensor<256xf32>, tensor<256xf32>, tensor<256xf32>, tensor<256xf32>, tensor<i32>) -> (tensor<256xf32>, tensor<256xf32>, tensor<256xf32>)
    nn.update @"Classifier.dense_1.b", %u1#0 : tensor<256xf32>
    nn.update @"train.adam.m.Classifier.dense_1.b", %u1#1 : tensor<256xf32>
    nn.update @"train.adam.v.Classifier.dense_1.b", %u1#2 : tensor<256xf32>
    %m2 = nn.state @"train.adam.m.Classifier.dense_2.W" : tensor<10x256xf32>
    %v2 = nn.state @"train.adam.v.Classifier.dense_2.W" : tensor<10x256xf32>
    %u2:3 = nn.call @adam.W2(%W2, %g#2, %m2, %v2, %t) : (tensor<10x256xf32>, tensor<10x256xf32>, tensor<10x256xf32>, tensor<10x256xf32>, tensor<i32>) -> (tensor<10x256xf32>, tensor<10x256xf32>, tensor<10x256xf32>)
    nn.update @"Classifier.dense_2.W", %u2#0 : tensor<10x256xf32>
    nn.update @"train.adam.m.Classifier.dense_2.W", %u2#1 : tensor<10x256xf32>
    nn.update @"train.adam.v.Classifier.dense_2.W", %u2#2 : tensor<10x256xf32>
    %m3 = nn.state @"train.adam.m.Classifier.dense_2.b" : tensor<10xf32>
    %v3 = nn.state @"train.adam.v.Classifier.dense_2.b" : tensor<10xf32>
    %u3:3 = nn.call @adam.b2(%b2, %g#3, %m3, %v3, %t) : (tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<i32>) -> (tensor<10xf32>, tensor<10xf32>, tensor<10xf32>)
    nn.update @"Classifier.dense_2.b", %u3#0 : tensor<10xf32>
    nn.update @"train.adam.m.Classifier.dense_2.b", %u3#1 : tensor<10xf32>
    nn.update @"train.adam.v.Classifier.dense_2.b", %u3#2 : tensor<10xf32>
    return %total : tensor<f32>
  }

  func.func @train.eval(%image: tensor<1x28x28xf32> {nn.binding = #nn.bind<field, "image">, nn.per_example},
                        %label: tensor<i32> {nn.binding = #nn.bind<field, "label">, nn.per_example})
      -> (tensor<f32> {nn.binding = #nn.bind<metric, "loss">}, tensor<f32> {nn.binding = #nn.bind<metric, "accuracy">})
      attributes {nn.batch = 64 : i64} {
    %z = nn.call @Classifier(%image) : (tensor<1x28x28xf32>) -> tensor<10xf32>
    %l = nn.call @train.loss(%z, %label) : (tensor<10xf32>, tensor<i32>) -> tensor<f32>
    %a = nn.call @accuracy(%z, %label) : (tensor<10xf32>, tensor<i32>) -> tensor<f32>
    %loss = nn.batch_sum %l : tensor<f32>
    %accuracy = nn.batch_sum %a : tensor<f32>
    return %loss, %accuracy : tensor<f32>, tensor<f32>
  }

  // Initial values: glorot uniform for the weights, zeros for everything else.
  func.func @init() {
    %key = nn.key : tensor<4xi32>
    %u0 = nn.sample uniform %key site 0 : tensor<4xi32> -> tensor<256x784xf32>
    %w0 = nn.equation map [256, 784] reads(%u0) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%u: f32):
      %scale = arith.constant 0.151910905 : f32
      %low = arith.constant 0.075955453 : f32
      %p = arith.mulf %u, %scale : f32
      %s = arith.subf %p, %low : f32
      nn.yield %s : f32
    } : (tensor<256x784xf32>) -> tensor<256x784xf32>
    nn.update @"Classifier.dense_1.W", %w0 : tensor<256x784xf32>
    %z1 = nn.constant dense<0.0> : tensor<256xf32>
    nn.update @"Classifier.dense_1.b", %z1 : tensor<256xf32>
    %u2 = nn.sample uniform %key site 2 : tensor<4xi32> -> tensor<10x256xf32>
    %w2 = nn.equation map [10, 256] reads(%u2) [affine_map<(i, j) -> (i, j)>] writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%u: f32):
      %scale = arith.constant 0.300375705 : f32
      %low = arith.constant 0.150187852 : f32
      %p = arith.mulf %u, %scale : f32
      %s = arith.subf %p, %low : f32
      nn.yield %s : f32
    } : (tensor<10x256xf32>) -> tensor<10x256xf32>
    nn.update @"Classifier.dense_2.W", %w2 : tensor<10x256xf32>
    %z3 = nn.constant dense<0.0> : tensor<10xf32>
    nn.update @"Classifier.dense_2.b", %z3 : tensor<10xf32>
    %s0 = nn.constant dense<0.0> : tensor<256x784xf32>
    nn.update @"train.adam.m.Classifier.dense_1.W", %s0 : tensor<256x784xf32>
    nn.update @"train.adam.v.Classifier.dense_1.W", %s0 : tensor<256x784xf32>
    %s1 = nn.constant dense<0.0> : tensor<256xf32>
    nn.update @"train.adam.m.Classifier.dense_1.b", %s1 : tensor<256xf32>
    nn.update @"train.adam.v.Classifier.dense_1.b", %s1 : tensor<256xf32>
    %s2 = nn.constant dense<0.0> : tensor<10x256xf32>
    nn.update @"train.adam.m.Classifier.dense_2.W", %s2 : tensor<10x256xf32>
    nn.update @"train.adam.v.Classifier.dense_2.W", %s2 : tensor<10x256xf32>
    %s3 = nn.constant dense<0.0> : tensor<10xf32>
    nn.update @"train.adam.m.Classifier.dense_2.b", %s3 : tensor<10xf32>
    nn.update @"train.adam.v.Classifier.dense_2.b", %s3 : tensor<10xf32>
    return
  }

  // top(3, softmax(Classifier(image))): place r holds the class that r classes beat
  func.func @command.predict(%image: tensor<1x28x28xf32> {nn.binding = #nn.bind<arg, "image">})
      -> (tensor<3xi32> {nn.binding = #nn.bind<output, "index">}, tensor<3xf32> {nn.binding = #nn.bind<output, "value">}) {
    %z = nn.call @Classifier(%image) : (tensor<1x28x28xf32>) -> tensor<10xf32>
    %m = nn.equation max [10] reads(%z) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
    ^bb0(%v: f32):
      nn.yield %v : f32
    } : (tensor<10xf32>) -> tensor<f32>
    %e = nn.equation map [10] reads(%z, %m) [affine_map<(i) -> (i)>, affine_map<(i) -> ()>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%v: f32, %k: f32):
      %d = arith.subf %v, %k : f32
      %x = math.exp %d : f32
      nn.yield %x : f32
    } : (tensor<10xf32>, tensor<f32>) -> tensor<10xf32>
    %s = nn.equation sum [10] reads(%e) [affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
    ^bb0(%v: f32):
      nn.yield %v : f32
    } : (tensor<10xf32>) -> tensor<f32>
    %p = nn.equation map [10] reads(%e, %s) [affine_map<(i) -> (i)>, affine_map<(i) -> ()>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%v: f32, %k: f32):
      %q = arith.divf %v, %k : f32
      nn.yield %q : f32
    } : (tensor<10xf32>, tensor<f32>) -> tensor<10xf32>
    %rank = nn.equation sum [10, 10] reads(%p, %p) [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>]
        writes affine_map<(i, j) -> (i)> {
    ^bb0(%a: f32, %b: f32):
      %i = nn.index 0 : i32
      %j = nn.index 1 : i32
      %greater = arith.cmpf ogt, %b, %a : f32
      %equal = arith.cmpf oeq, %b, %a : f32
      %before = arith.cmpi slt, %j, %i : i32
      %tie = arith.andi %equal, %before : i1
      %beats = arith.ori %greater, %tie : i1
      %n = arith.extui %beats : i1 to i32
      nn.yield %n : i32
    } : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xi32>
    %index = nn.equation map [10] reads() [] tables(%rank) [affine_map<(i)[s] -> (i)>]
        writes affine_map<(i)[s] -> (s)> drop {
      %i = nn.index 0 : i32
      nn.yield %i : i32
    } : (tensor<10xi32>) -> tensor<3xi32>
    %value = nn.equation map [10] reads(%p) [affine_map<(i)[s] -> (i)>] tables(%rank) [affine_map<(i)[s] -> (i)>]
        writes affine_map<(i)[s] -> (s)> drop {
    ^bb0(%v: f32):
      nn.yield %v : f32
    } : (tensor<10xf32>, tensor<10xi32>) -> tensor<3xf32>
    return %index, %value : tensor<3xi32>, tensor<3xf32>
  }
}
