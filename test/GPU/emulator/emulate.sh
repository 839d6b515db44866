#!/bin/sh
# emulate.sh BUILD IN.ll OUT.so: the kernels that `nnc build --emit nvvm` printed, for the driver of BUILD/test/GPU/emulator.
set -e
"$1/test/GPU/emulator/nn-emulate" "$2" "$3.o"
ld.lld -shared -o "$3" "$3.o" "$1/test/GPU/emulator/libcuda.so.1"
rm "$3.o"
