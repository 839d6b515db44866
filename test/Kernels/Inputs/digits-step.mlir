// The flat training step of a two-layer classifier after the tensor passes: what kernels are formed from.
module {
  func.func @train.step(
      %image: tensor<64x1x28x28xf32> {nn.binding = #nn.bind<field, "image">, nn.per_example},
      %label: tensor<64xi32> {nn.binding = #nn.bind<field, "label">, nn.per_example},
      %p0: tensor<256x784xf32> {nn.binding = #nn.bind<param, "Classifier.dense_1.W">},
      %p1: tensor<256xf32> {nn.binding = #nn.bind<param, "Classifier.dense_1.b">},
      %p2: tensor<10x256xf32> {nn.binding = #nn.bind<param, "Classifier.dense_2.W">},
      %p3: tensor<10xf32> {nn.binding = #nn.bind<param, "Classifier.dense_2.b">},
      %m0: tensor<256x784xf32> {nn.binding = #nn.bind<state, "train.adam.m.Classifier.dense_1.W">},
      %m1: tensor<256xf32> {nn.binding = #nn.bind<state, "train.adam.m.Classifier.dense_1.b">},
      %m2: tensor<10x256xf32> {nn.binding = #nn.bind<state, "train.adam.m.Classifier.dense_2.W">},
      %m3: tensor<10xf32> {nn.binding = #nn.bind<state, "train.adam.m.Classifier.dense_2.b">},
      %v0: tensor<256x784xf32> {nn.binding = #nn.bind<state, "train.adam.v.Classifier.dense_1.W">},
      %v1: tensor<256xf32> {nn.binding = #nn.bind<state, "train.adam.v.Classifier.dense_1.b">},
      %v2: tensor<10x256xf32> {nn.binding = #nn.bind<state, "train.adam.v.Classifier.dense_2.W">},
      %v3: tensor<10xf32> {nn.binding = #nn.bind<state, "train.adam.v.Classifier.dense_2.b">},
      %lr: tensor<f32> {nn.binding = #nn.bind<setting, "lr">},
      %key: tensor<64x4xi32> {nn.binding = #nn.bind<key>, nn.per_example},
      %n: tensor<i32> {nn.binding = #nn.bind<batch_size>},
      %t: tensor<i32> {nn.binding = #nn.bind<step>})
      -> (
      tensor<f32> {nn.binding = #nn.bind<metric, "loss">},
      tensor<256x784xf32> {nn.binding = #nn.bind<param, "Classifier.dense_1.W">},
      tensor<256xf32> {nn.binding = #nn.bind<param, "Classifier.dense_1.b">},
      tensor<10x256xf32> {nn.binding = #nn.bind<param, "Classifier.dense_2.W">},
      tensor<10xf32> {nn.binding = #nn.bind<param, "Classifier.dense_2.b">},
      tensor<256x784xf32> {nn.binding = #nn.bind<state, "train.adam.m.Classifier.dense_1.W">},
      tensor<256xf32> {nn.binding = #nn.bind<state, "train.adam.m.Classifier.dense_1.b">},
      tensor<10x256xf32> {nn.binding = #nn.bind<state, "train.adam.m.Classifier.dense_2.W">},
      tensor<10xf32> {nn.binding = #nn.bind<state, "train.adam.m.Classifier.dense_2.b">},
      tensor<256x784xf32> {nn.binding = #nn.bind<state, "train.adam.v.Classifier.dense_1.W">},
      tensor<256xf32> {nn.binding = #nn.bind<state, "train.adam.v.Classifier.dense_1.b">},
      tensor<10x256xf32> {nn.binding = #nn.bind<state, "train.adam.v.Classifier.dense_2.W">},
      tensor<10xf32> {nn.binding = #nn.bind<state, "train.adam.v.Classifier.dense_2.b">})
      attributes {nn.batch = 64 : i64, nn.training} {
    %x = nn.reshape %image : tensor<64x1x28x28xf32> -> tensor<64x784xf32>
    %s1 = nn.equation sum [64, 256, 784] reads(%p0, %x)
        [affine_map<(b, o, i) -> (o, i)>, affine_map<(b, o, i) -> (b, i)>]
        writes affine_map<(b, o, i) -> (b, o)> {
    ^bb0(%w: f32, %v: f32):
      %q = arith.mulf %w, %v : f32
      nn.yield %q : f32
    } : (tensor<256x784xf32>, tensor<64x784xf32>) -> tensor<64x256xf32>
    %h1 = nn.equation map [64, 256] reads(%s1, %p1)
        [affine_map<(b, o) -> (b, o)>, affine_map<(b, o) -> (o)>]
        writes affine_map<(b, o) -> (b, o)> {
    ^bb0(%x0: f32, %v: f32):
      %a = arith.addf %x0, %v : f32
      nn.yield %a : f32
    } : (tensor<64x256xf32>, tensor<256xf32>) -> tensor<64x256xf32>
    %r = nn.equation map [64, 256] reads(%h1)
        [affine_map<(b, o) -> (b, o)>]
        writes affine_map<(b, o) -> (b, o)> {
    ^bb0(%v: f32):
      %zero = arith.constant 0.0 : f32
      %m = arith.maximumf %v, %zero : f32
      nn.yield %m : f32
    } : (tensor<64x256xf32>) -> tensor<64x256xf32>
    %u = nn.equation map [64, 256] reads(%key, %key, %key, %key)
        [affine_map<(b, o) -> (b, 0)>, affine_map<(b, o) -> (b, 1)>, affine_map<(b, o) -> (b, 2)>, affine_map<(b, o) -> (b, 3)>]
        writes affine_map<(b, o) -> (b, o)> {
    ^bb0(%k0: i32, %k1: i32, %k2: i32, %k3: i32):
      %e = nn.index 1 : i32
      %f = nn.random uniform key(%k0, %k1, %k2, %k3) site 0 element %e : f32
      nn.yield %f : f32
    } : (tensor<64x4xi32>, tensor<64x4xi32>, tensor<64x4xi32>, tensor<64x4xi32>) -> tensor<64x256xf32>
    %d = nn.equation map [64, 256] reads(%r, %u)
        [affine_map<(b, o) -> (b, o)>, affine_map<(b, o) -> (b, o)>]
        writes affine_map<(b, o) -> (b, o)> {
    ^bb0(%v: f32, %q: f32):
      %rate = arith.constant 0.2 : f32
      %scale = arith.constant 1.25 : f32
      %zero = arith.constant 0.0 : f32
      %keep = arith.cmpf oge, %q, %rate : f32
      %c = arith.mulf %v, %scale : f32
      %k = arith.select %keep, %c, %zero : f32
      nn.yield %k : f32
    } : (tensor<64x256xf32>, tensor<64x256xf32>) -> tensor<64x256xf32>
    %s2 = nn.equation sum [64, 10, 256] reads(%p2, %d)
        [affine_map<(b, o, i) -> (o, i)>, affine_map<(b, o, i) -> (b, i)>]
        writes affine_map<(b, o, i) -> (b, o)> {
    ^bb0(%w: f32, %v: f32):
      %q = arith.mulf %w, %v : f32
      nn.yield %q : f32
    } : (tensor<10x256xf32>, tensor<64x256xf32>) -> tensor<64x10xf32>
    %z = nn.equation map [64, 10] reads(%s2, %p3)
        [affine_map<(b, o) -> (b, o)>, affine_map<(b, o) -> (o)>]
        writes affine_map<(b, o) -> (b, o)> {
    ^bb0(%x0: f32, %v: f32):
      %a = arith.addf %x0, %v : f32
      nn.yield %a : f32
    } : (tensor<64x10xf32>, tensor<10xf32>) -> tensor<64x10xf32>
    %lse = nn.equation logsumexp [64, 10] reads(%z)
        [affine_map<(b, i) -> (b, i)>]
        writes affine_map<(b, i) -> (b)> {
    ^bb0(%v: f32):
      nn.yield %v : f32
    } : (tensor<64x10xf32>) -> tensor<64xf32>
    %ce = nn.equation map [64] reads(%lse, %z)
        [affine_map<(b)[s] -> (b)>, affine_map<(b)[s] -> (b, s)>]
        tables(%label) [affine_map<(b)[s] -> (b)>] writes affine_map<(b)[s] -> (b)> {
    ^bb0(%a: f32, %c: f32):
      %f = arith.subf %a, %c : f32
      nn.yield %f : f32
    } : (tensor<64xf32>, tensor<64x10xf32>, tensor<64xi32>) -> tensor<64xf32>
    %q0 = nn.equation sum [256, 784] reads(%p0)
        [affine_map<(i, j) -> (i, j)>]
        writes affine_map<(i, j) -> ()> {
    ^bb0(%v: f32):
      %q = arith.mulf %v, %v : f32
      nn.yield %q : f32
    } : (tensor<256x784xf32>) -> tensor<f32>
    %q1 = nn.equation sum [10, 256] reads(%p2)
        [affine_map<(i, j) -> (i, j)>]
        writes affine_map<(i, j) -> ()> {
    ^bb0(%v: f32):
      %q = arith.mulf %v, %v : f32
      nn.yield %q : f32
    } : (tensor<10x256xf32>) -> tensor<f32>
    %total = nn.equation sum [64] reads(%ce, %q0, %q1)
        [affine_map<(b)[s] -> (b)>, affine_map<(b)[s] -> ()>, affine_map<(b)[s] -> ()>]
        tables(%n) [affine_map<(b)[s] -> ()>] writes affine_map<(b)[s] -> ()> where affine_set<(b)[s] : (s - b - 1 >= 0)> {
    ^bb0(%c: f32, %a: f32, %e: f32):
      %k = arith.constant 1.0e-5 : f32
      %f = arith.addf %a, %e : f32
      %g = arith.mulf %f, %k : f32
      %h = arith.addf %c, %g : f32
      nn.yield %h : f32
    } : (tensor<64xf32>, tensor<f32>, tensor<f32>, tensor<i32>) -> tensor<f32>
    %dl = nn.equation map [] reads(%n)
        [affine_map<() -> ()>]
        writes affine_map<() -> ()> {
    ^bb0(%k: i32):
      %one = arith.constant 1.0 : f32
      %f = arith.sitofp %k : i32 to f32
      %q = arith.divf %one, %f : f32
      nn.yield %q : f32
    } : (tensor<i32>) -> tensor<f32>
    %dza = nn.equation map [64, 10] reads(%z, %lse, %dl)
        [affine_map<(b, i) -> (b, i)>, affine_map<(b, i) -> (b)>, affine_map<(b, i) -> ()>]
        writes affine_map<(b, i) -> (b, i)> {
    ^bb0(%v: f32, %l: f32, %g: f32):
      %a = arith.subf %v, %l : f32
      %e = math.exp %a : f32
      %q = arith.mulf %e, %g : f32
      nn.yield %q : f32
    } : (tensor<64x10xf32>, tensor<64xf32>, tensor<f32>) -> tensor<64x10xf32>
    %dzb = nn.equation sum [64] reads(%dl)
        [affine_map<(b)[s] -> ()>]
        tables(%label) [affine_map<(b)[s] -> (b)>] writes affine_map<(b)[s] -> (b, s)> {
    ^bb0(%g: f32):
      %m = arith.negf %g : f32
      nn.yield %m : f32
    } : (tensor<f32>, tensor<64xi32>) -> tensor<64x10xf32>
    %dz = nn.equation map [64, 10] reads(%dza, %dzb)
        [affine_map<(b, i) -> (b, i)>, affine_map<(b, i) -> (b, i)>]
        writes affine_map<(b, i) -> (b, i)> {
    ^bb0(%a: f32, %c: f32):
      %q = arith.addf %a, %c : f32
      nn.yield %q : f32
    } : (tensor<64x10xf32>, tensor<64x10xf32>) -> tensor<64x10xf32>
    %g3 = nn.equation sum [64, 10] reads(%dz)
        [affine_map<(b, o)[s] -> (b, o)>]
        tables(%n) [affine_map<(b, o)[s] -> ()>] writes affine_map<(b, o)[s] -> (o)> where affine_set<(b, o)[s] : (s - b - 1 >= 0)> {
    ^bb0(%g: f32):
      nn.yield %g : f32
    } : (tensor<64x10xf32>, tensor<i32>) -> tensor<10xf32>
    %gw2 = nn.equation sum [64, 10, 256] reads(%dz, %d)
        [affine_map<(b, o, i)[s] -> (b, o)>, affine_map<(b, o, i)[s] -> (b, i)>]
        tables(%n) [affine_map<(b, o, i)[s] -> ()>] writes affine_map<(b, o, i)[s] -> (o, i)> where affine_set<(b, o, i)[s] : (s - b - 1 >= 0)> {
    ^bb0(%g: f32, %v: f32):
      %q = arith.mulf %g, %v : f32
      nn.yield %q : f32
    } : (tensor<64x10xf32>, tensor<64x256xf32>, tensor<i32>) -> tensor<10x256xf32>
    %dd = nn.equation sum [64, 10, 256] reads(%p2, %dz)
        [affine_map<(b, o, i) -> (o, i)>, affine_map<(b, o, i) -> (b, o)>]
        writes affine_map<(b, o, i) -> (b, i)> {
    ^bb0(%v: f32, %g: f32):
      %q = arith.mulf %v, %g : f32
      nn.yield %q : f32
    } : (tensor<10x256xf32>, tensor<64x10xf32>) -> tensor<64x256xf32>
    %dr = nn.equation map [64, 256] reads(%u, %dd)
        [affine_map<(b, o) -> (b, o)>, affine_map<(b, o) -> (b, o)>]
        writes affine_map<(b, o) -> (b, o)> {
    ^bb0(%q: f32, %g: f32):
      %rate = arith.constant 0.2 : f32
      %scale = arith.constant 1.25 : f32
      %zero = arith.constant 0.0 : f32
      %keep = arith.cmpf oge, %q, %rate : f32
      %c = arith.mulf %g, %scale : f32
      %k = arith.select %keep, %c, %zero : f32
      nn.yield %k : f32
    } : (tensor<64x256xf32>, tensor<64x256xf32>) -> tensor<64x256xf32>
    %dh = nn.equation map [64, 256] reads(%h1, %dr)
        [affine_map<(b, o) -> (b, o)>, affine_map<(b, o) -> (b, o)>]
        writes affine_map<(b, o) -> (b, o)> {
    ^bb0(%v: f32, %g: f32):
      %zero = arith.constant 0.0 : f32
      %on = arith.cmpf ogt, %v, %zero : f32
      %k = arith.select %on, %g, %zero : f32
      nn.yield %k : f32
    } : (tensor<64x256xf32>, tensor<64x256xf32>) -> tensor<64x256xf32>
    %g1 = nn.equation sum [64, 256] reads(%dh)
        [affine_map<(b, o)[s] -> (b, o)>]
        tables(%n) [affine_map<(b, o)[s] -> ()>] writes affine_map<(b, o)[s] -> (o)> where affine_set<(b, o)[s] : (s - b - 1 >= 0)> {
    ^bb0(%g: f32):
      nn.yield %g : f32
    } : (tensor<64x256xf32>, tensor<i32>) -> tensor<256xf32>
    %gw1 = nn.equation sum [64, 256, 784] reads(%dh, %x)
        [affine_map<(b, o, i)[s] -> (b, o)>, affine_map<(b, o, i)[s] -> (b, i)>]
        tables(%n) [affine_map<(b, o, i)[s] -> ()>] writes affine_map<(b, o, i)[s] -> (o, i)> where affine_set<(b, o, i)[s] : (s - b - 1 >= 0)> {
    ^bb0(%g: f32, %v: f32):
      %q = arith.mulf %g, %v : f32
      nn.yield %q : f32
    } : (tensor<64x256xf32>, tensor<64x784xf32>, tensor<i32>) -> tensor<256x784xf32>
    %dq = nn.equation sum [64] reads(%dl)
        [affine_map<(b)[s] -> ()>]
        tables(%n) [affine_map<(b)[s] -> ()>] writes affine_map<(b)[s] -> ()> where affine_set<(b)[s] : (s - b - 1 >= 0)> {
    ^bb0(%g: f32):
      %k = arith.constant 1.0e-5 : f32
      %q = arith.mulf %g, %k : f32
      nn.yield %q : f32
    } : (tensor<f32>, tensor<i32>) -> tensor<f32>
    %g0 = nn.equation map [256, 784] reads(%gw1, %p0, %dq)
        [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%a: f32, %v: f32, %g: f32):
      %two = arith.constant 2.0 : f32
      %vv = arith.mulf %v, %two : f32
      %q = arith.mulf %vv, %g : f32
      %s = arith.addf %a, %q : f32
      nn.yield %s : f32
    } : (tensor<256x784xf32>, tensor<256x784xf32>, tensor<f32>) -> tensor<256x784xf32>
    %g2 = nn.equation map [10, 256] reads(%gw2, %p2, %dq)
        [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%a: f32, %v: f32, %g: f32):
      %two = arith.constant 2.0 : f32
      %vv = arith.mulf %v, %two : f32
      %q = arith.mulf %vv, %g : f32
      %s = arith.addf %a, %q : f32
      nn.yield %s : f32
    } : (tensor<10x256xf32>, tensor<10x256xf32>, tensor<f32>) -> tensor<10x256xf32>
    %m0n = nn.equation map [256, 784] reads(%m0, %g0)
        [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%a: f32, %c: f32):
      %beta = arith.constant 0.9 : f32
      %rest = arith.constant 0.1 : f32
      %q = arith.mulf %a, %beta : f32
      %f = arith.mulf %c, %rest : f32
      %h = arith.addf %q, %f : f32
      nn.yield %h : f32
    } : (tensor<256x784xf32>, tensor<256x784xf32>) -> tensor<256x784xf32>
    %v0n = nn.equation map [256, 784] reads(%v0, %g0)
        [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%a: f32, %c: f32):
      %beta = arith.constant 0.999 : f32
      %rest = arith.constant 0.001 : f32
      %q = arith.mulf %a, %beta : f32
      %c2 = arith.mulf %c, %c : f32
      %f = arith.mulf %c2, %rest : f32
      %h = arith.addf %q, %f : f32
      nn.yield %h : f32
    } : (tensor<256x784xf32>, tensor<256x784xf32>) -> tensor<256x784xf32>
    %p0n = nn.equation map [256, 784] reads(%p0, %m0n, %v0n, %lr, %t)
        [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>, affine_map<(i, j) -> ()>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%w: f32, %a: f32, %c: f32, %rate: f32, %k: i32):
      %one = arith.constant 1.0 : f32
      %beta1 = arith.constant 0.9 : f32
      %beta2 = arith.constant 0.999 : f32
      %eps = arith.constant 1.0e-8 : f32
      %e1 = math.fpowi %beta1, %k : f32, i32
      %e2 = math.fpowi %beta2, %k : f32, i32
      %c1 = arith.subf %one, %e1 : f32
      %c2 = arith.subf %one, %e2 : f32
      %mh = arith.divf %a, %c1 : f32
      %vh = arith.divf %c, %c2 : f32
      %root = math.sqrt %vh : f32
      %f = arith.addf %root, %eps : f32
      %q = arith.divf %mh, %f : f32
      %lq = arith.mulf %rate, %q : f32
      %y = arith.subf %w, %lq : f32
      nn.yield %y : f32
    } : (tensor<256x784xf32>, tensor<256x784xf32>, tensor<256x784xf32>, tensor<f32>, tensor<i32>) -> tensor<256x784xf32>
    %m1n = nn.equation map [256] reads(%m1, %g1)
        [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%a: f32, %c: f32):
      %beta = arith.constant 0.9 : f32
      %rest = arith.constant 0.1 : f32
      %q = arith.mulf %a, %beta : f32
      %f = arith.mulf %c, %rest : f32
      %h = arith.addf %q, %f : f32
      nn.yield %h : f32
    } : (tensor<256xf32>, tensor<256xf32>) -> tensor<256xf32>
    %v1n = nn.equation map [256] reads(%v1, %g1)
        [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%a: f32, %c: f32):
      %beta = arith.constant 0.999 : f32
      %rest = arith.constant 0.001 : f32
      %q = arith.mulf %a, %beta : f32
      %c2 = arith.mulf %c, %c : f32
      %f = arith.mulf %c2, %rest : f32
      %h = arith.addf %q, %f : f32
      nn.yield %h : f32
    } : (tensor<256xf32>, tensor<256xf32>) -> tensor<256xf32>
    %p1n = nn.equation map [256] reads(%p1, %m1n, %v1n, %lr, %t)
        [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> ()>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%w: f32, %a: f32, %c: f32, %rate: f32, %k: i32):
      %one = arith.constant 1.0 : f32
      %beta1 = arith.constant 0.9 : f32
      %beta2 = arith.constant 0.999 : f32
      %eps = arith.constant 1.0e-8 : f32
      %e1 = math.fpowi %beta1, %k : f32, i32
      %e2 = math.fpowi %beta2, %k : f32, i32
      %c1 = arith.subf %one, %e1 : f32
      %c2 = arith.subf %one, %e2 : f32
      %mh = arith.divf %a, %c1 : f32
      %vh = arith.divf %c, %c2 : f32
      %root = math.sqrt %vh : f32
      %f = arith.addf %root, %eps : f32
      %q = arith.divf %mh, %f : f32
      %lq = arith.mulf %rate, %q : f32
      %y = arith.subf %w, %lq : f32
      nn.yield %y : f32
    } : (tensor<256xf32>, tensor<256xf32>, tensor<256xf32>, tensor<f32>, tensor<i32>) -> tensor<256xf32>
    %m2n = nn.equation map [10, 256] reads(%m2, %g2)
        [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%a: f32, %c: f32):
      %beta = arith.constant 0.9 : f32
      %rest = arith.constant 0.1 : f32
      %q = arith.mulf %a, %beta : f32
      %f = arith.mulf %c, %rest : f32
      %h = arith.addf %q, %f : f32
      nn.yield %h : f32
    } : (tensor<10x256xf32>, tensor<10x256xf32>) -> tensor<10x256xf32>
    %v2n = nn.equation map [10, 256] reads(%v2, %g2)
        [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%a: f32, %c: f32):
      %beta = arith.constant 0.999 : f32
      %rest = arith.constant 0.001 : f32
      %q = arith.mulf %a, %beta : f32
      %c2 = arith.mulf %c, %c : f32
      %f = arith.mulf %c2, %rest : f32
      %h = arith.addf %q, %f : f32
      nn.yield %h : f32
    } : (tensor<10x256xf32>, tensor<10x256xf32>) -> tensor<10x256xf32>
    %p2n = nn.equation map [10, 256] reads(%p2, %m2n, %v2n, %lr, %t)
        [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>, affine_map<(i, j) -> ()>]
        writes affine_map<(i, j) -> (i, j)> {
    ^bb0(%w: f32, %a: f32, %c: f32, %rate: f32, %k: i32):
      %one = arith.constant 1.0 : f32
      %beta1 = arith.constant 0.9 : f32
      %beta2 = arith.constant 0.999 : f32
      %eps = arith.constant 1.0e-8 : f32
      %e1 = math.fpowi %beta1, %k : f32, i32
      %e2 = math.fpowi %beta2, %k : f32, i32
      %c1 = arith.subf %one, %e1 : f32
      %c2 = arith.subf %one, %e2 : f32
      %mh = arith.divf %a, %c1 : f32
      %vh = arith.divf %c, %c2 : f32
      %root = math.sqrt %vh : f32
      %f = arith.addf %root, %eps : f32
      %q = arith.divf %mh, %f : f32
      %lq = arith.mulf %rate, %q : f32
      %y = arith.subf %w, %lq : f32
      nn.yield %y : f32
    } : (tensor<10x256xf32>, tensor<10x256xf32>, tensor<10x256xf32>, tensor<f32>, tensor<i32>) -> tensor<10x256xf32>
    %m3n = nn.equation map [10] reads(%m3, %g3)
        [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%a: f32, %c: f32):
      %beta = arith.constant 0.9 : f32
      %rest = arith.constant 0.1 : f32
      %q = arith.mulf %a, %beta : f32
      %f = arith.mulf %c, %rest : f32
      %h = arith.addf %q, %f : f32
      nn.yield %h : f32
    } : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xf32>
    %v3n = nn.equation map [10] reads(%v3, %g3)
        [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%a: f32, %c: f32):
      %beta = arith.constant 0.999 : f32
      %rest = arith.constant 0.001 : f32
      %q = arith.mulf %a, %beta : f32
      %c2 = arith.mulf %c, %c : f32
      %f = arith.mulf %c2, %rest : f32
      %h = arith.addf %q, %f : f32
      nn.yield %h : f32
    } : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xf32>
    %p3n = nn.equation map [10] reads(%p3, %m3n, %v3n, %lr, %t)
        [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> ()>]
        writes affine_map<(i) -> (i)> {
    ^bb0(%w: f32, %a: f32, %c: f32, %rate: f32, %k: i32):
      %one = arith.constant 1.0 : f32
      %beta1 = arith.constant 0.9 : f32
      %beta2 = arith.constant 0.999 : f32
      %eps = arith.constant 1.0e-8 : f32
      %e1 = math.fpowi %beta1, %k : f32, i32
      %e2 = math.fpowi %beta2, %k : f32, i32
      %c1 = arith.subf %one, %e1 : f32
      %c2 = arith.subf %one, %e2 : f32
      %mh = arith.divf %a, %c1 : f32
      %vh = arith.divf %c, %c2 : f32
      %root = math.sqrt %vh : f32
      %f = arith.addf %root, %eps : f32
      %q = arith.divf %mh, %f : f32
      %lq = arith.mulf %rate, %q : f32
      %y = arith.subf %w, %lq : f32
      nn.yield %y : f32
    } : (tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<f32>, tensor<i32>) -> tensor<10xf32>
    return %total, %p0n, %p1n, %p2n, %p3n, %m0n, %m1n, %m2n, %m3n, %v0n, %v1n, %v2n, %v3n
        : tensor<f32>, tensor<256x784xf32>, tensor<256xf32>, tensor<10x256xf32>, tensor<10xf32>, tensor<256x784xf32>, tensor<256xf32>, tensor<10x256xf32>, tensor<10xf32>, tensor<256x784xf32>, tensor<256xf32>, tensor<10x256xf32>, tensor<10xf32>
  }
}
