#!/bin/sh
# warpgroup.sh PYTHON EMULATOR INPUTS COMPILE ... NAME EDIT: launches the product of warpgroup.ll as sed changes it.
python=$1 emulator=$2 inputs=$3 compile="$4 $5" name=$6
sed "$7" "$inputs/warpgroup.ll" | sed "s/@product/@$name/" > "$name.ll"
llc -mcpu=sm_90a -mattr=+ptx80 "$name.ll" -o "$name.ptx"
$compile "$name.ll" "$name.so"
"$python" "$inputs/launch.py" --threads 128 --show 0,1,2,4 "$emulator" "$name.so" "$name.ptx" "$name" 2>&1
