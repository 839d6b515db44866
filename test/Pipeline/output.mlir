// Where a result cannot go is said before anything is computed; what can be asked for has a name.
// RUN: not %nnc build %s -o %t.missing/program 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: error[NN0902]: cannot write `{{.*}}.missing/program`: no such file or directory
// RUN: not %nnc build %s -o %S 2>&1 | FileCheck %s --check-prefix=DIRECTORY
// DIRECTORY: error[NN0902]: cannot write `{{.*}}`: is a directory

// RUN: not %nnc build %s --print-after=pull-from 2>&1 | FileCheck %s --check-prefix=PASS
// PASS: error[NN0905]: there is no pass `pull-from`
// PASS: = help: did you mean `pull-form`?
// PASS: = help: the passes are, in order: {{.*}}pull-form, choose-saved

// RUN: not %nnc build %s --isa=sse -o %t 2>&1 | FileCheck %s --check-prefix=ISA
// ISA: error[NN0906]: there is no instruction set `sse`

// RUN: not %nnc build %s --target=cpu,rocm -o %t 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: error[NN0914]: there is no target `rocm`
// TARGET: = help: known are cpu, cuda, and sm_80, sm_90, ...
// RUN: not %nnc build %s --target=sm_70 -o %t 2>&1 | FileCheck %s --check-prefix=OLD
// OLD: error[NN0914]: there is no target `sm_70`

// RUN: not %nnc build %s --weights=%t.missing -o %t 2>&1 | FileCheck %s --check-prefix=WEIGHTS
// WEIGHTS: error[NN0901]: cannot read `{{.*}}.missing`: no such file or directory
nn.setting @lr = 1.000000e-03 : f32
