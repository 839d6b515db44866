#!/bin/sh
# box.sh PYTHON EMULATOR INPUTS COMPILE ... NAME EDIT [MAP]: launches the copy of box.ll as sed changes it.
python=$1 emulator=$2 inputs=$3 compile="$4 $5" name=$6
sed "$7" "$inputs/box.ll" | sed "s/@box/@$name/" > "$name.ll"
llc -mcpu=sm_90a -mattr=+ptx80 "$name.ll" -o "$name.ptx"
$compile "$name.ll" "$name.so"
"$python" "$inputs/launch.py" --show 0,32,36,48,52 --map "${8:-16:4:16:1,4:64:8:1}" "$emulator" "$name.so" "$name.ptx" "$name" 2>&1
