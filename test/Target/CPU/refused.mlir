// What code cannot be emitted from is refused by name.
// RUN: %nn-opt %s --nn-emit-cpu --split-input-file --verify-diagnostics

nn.kernel @k frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<16xf32>, %y: memref<f32>):
  // expected-error @below {{logsumexp is split into max, exp and sum by pull-form before code is emitted}}
  nn.equation logsumexp [16] reads(%x) [affine_map<(i) -> (i)>] writes(%y) affine_map<(i) -> ()> attributes {nn.form = "owner"} {
  ^bb0(%v: f32):
    nn.yield %v : f32
  } : (memref<16xf32>, memref<f32>) -> ()
}

// -----

nn.kernel @k frame 4 grain 4 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<4xf32>):
  // expected-error @below {{this buffer has no place in the workspace yet; plan-step gives it one}}
  %h = nn.scratch axis 0 : memref<4xf32>
}
