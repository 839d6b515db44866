#!/bin/sh
# An assembler for the emulated GPU: ptxas.sh -arch=sm_90 IN.ptx -o OUT
{ echo "EMULATED CUBIN ${1#-arch=sm_}"; cat "$2"; } > "$4"
