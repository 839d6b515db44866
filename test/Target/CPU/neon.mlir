// Kernels compile to an object for AArch64: floats of 32 and 64 bits, integers, conditions, tails.
// RUN: %nnc build %s --isa neon --emit asm -o - | FileCheck %s
// RUN: %nnc build %s --isa neon --emit obj -o %t.o && llvm-readelf -h -s %t.o | FileCheck %s --check-prefix=OBJECT
// OBJECT: Type: REL (Relocatable file)
// OBJECT: Machine: AArch64
// OBJECT: GLOBAL DEFAULT {{.*}} noether_program

// The runtime of executables is for x86-64.
// RUN: not %nnc build %s --isa neon -o %t 2>&1 | FileCheck %s --check-prefix=EXE
// EXE: error[NN0913]: an executable cannot hold code for `neon`
// EXE: = help: `--isa neon --emit obj` writes its object file, `--emit asm` the assembly
// RUN: not %nnc build %s --isa avx2,neon --emit obj -o %t.o 2>&1 | FileCheck %s --check-prefix=EXE

// CHECK-LABEL: single.neon:
// CHECK-COUNT-8: fmla v{{[0-9]+}}.4s, v{{[0-9]+}}.4s, v{{[0-9]+}}.s
nn.kernel @single frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%W: memref<100x48xf32>, %x: memref<64x100xf32>, %y: memref<64x48xf32>):
  nn.equation sum [64, 48, 100] reads(%W, %x) [affine_map<(b, o, i) -> (i, o)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%w: f32, %v: f32):
    %p = arith.mulf %w, %v : f32
    nn.yield %p : f32
  } : (memref<100x48xf32>, memref<64x100xf32>, memref<64x48xf32>) -> ()
}

// CHECK-LABEL: double.neon:
// CHECK: fmla v{{[0-9]+}}.2d
nn.kernel @double frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%W: memref<100x48xf64>, %x: memref<64x100xf64>, %y: memref<64x48xf64>):
  nn.equation sum [64, 48, 100] reads(%W, %x) [affine_map<(b, o, i) -> (i, o)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%w: f64, %v: f64):
    %p = arith.mulf %w, %v : f64
    nn.yield %p : f64
  } : (memref<100x48xf64>, memref<64x100xf64>, memref<64x48xf64>) -> ()
}

// CHECK-LABEL: whole.neon:
// CHECK: mla v{{[0-9]+}}.4s
nn.kernel @whole frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%W: memref<100x48xi32>, %x: memref<64x100xi32>, %y: memref<64x48xi32>):
  nn.equation sum [64, 48, 100] reads(%W, %x) [affine_map<(b, o, i) -> (i, o)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%w: i32, %v: i32):
    %p = arith.muli %w, %v : i32
    nn.yield %p : i32
  } : (memref<100x48xi32>, memref<64x100xi32>, memref<64x48xi32>) -> ()
}

// CHECK-LABEL: rectified.neon:
// CHECK: fcmle v{{[0-9]+}}.4s
// CHECK: ret
nn.kernel @rectified frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%x: memref<61xf32>, %y: memref<61xf32>):
  nn.equation map [61] reads(%x) [affine_map<(i) -> (i)>] writes(%y) affine_map<(i) -> (i)> attributes {nn.form = "owner"} {
  ^bb0(%v: f32):
    %zero = arith.constant 0.0 : f32
    %m = arith.maximumf %v, %zero : f32
    nn.yield %m : f32
  } : (memref<61xf32>, memref<61xf32>) -> ()
}
