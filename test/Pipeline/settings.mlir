// `--set` replaces the default of a setting; an unknown name and a value of another type are refused.
// RUN: %nnc build %s --emit=nn --set lr=0.5 --set layers=3 | FileCheck %s
// CHECK: nn.setting @lr = 5.000000e-01 : f32
// CHECK: nn.setting @layers = 3 : i32

// RUN: not %nnc build %s --emit=nn --set lrr=1 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error[NN0903]: the program has no setting `lrr`
// UNKNOWN: = help: did you mean `lr`?

// RUN: not %nnc build %s --emit=nn --set layers=1.5 2>&1 | FileCheck %s --check-prefix=BAD
// BAD: error[NN0904]: the setting `layers` cannot be `1.5`
nn.setting @lr = 1.000000e-03 : f32
nn.setting @layers = 2 : i32

// rule: train.settings
