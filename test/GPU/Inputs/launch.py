"""Launches kernels on the emulated GPU as a program does, each with one block of 64 threads and the floats 0 to 63.

Usage: launch.py [--threads N] [--show I,J,...] [--map SIZE:STRIDE:BOX:STEP,...] EMULATOR KERNELS.so KERNELS.ptx NAME ...; prints the error, or some results. With
a map a kernel takes that of these floats as a tensor of words, too, the last axis first.
"""

import argparse
import ctypes
import os

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=64)
parser.add_argument("--show", default="0,1,32")
parser.add_argument("--map")
parser.add_argument("files", nargs=3)
parser.add_argument("names", nargs="+")
options = parser.parse_args()
emulator, kernels, ptx = options.files
os.environ["NOETHER_EMULATED_KERNELS"] = os.path.abspath(kernels)
cuda = ctypes.CDLL(f"{emulator}/libcuda.so.1")
COUNT = 64


def call(name, *arguments):
    if error := getattr(cuda, name)(*arguments):
        text = ctypes.c_char_p()
        cuda.cuGetErrorString(error, ctypes.byref(text))
        raise RuntimeError(text.value.decode())


def encoded(memory):
    """A CUtensorMap: of UINT32, with a swizzle of 64 bytes."""
    axes = [tuple(map(int, axis.split(":"))) for axis in options.map.split(",")]
    sizes, strides, box, steps = zip(*axes)
    rank, tensor = len(axes), (ctypes.c_uint64 * 16)()
    call("cuTensorMapEncodeTiled", tensor, 2, rank, memory, (ctypes.c_uint64 * rank)(*sizes),
         (ctypes.c_uint64 * rank)(*strides[1:], 0), (ctypes.c_uint * rank)(*box), (ctypes.c_uint * rank)(*steps), 0, 2, 2, 0)
    return tensor


def results(module, stream, name):
    kernel, memory = ctypes.c_void_p(), ctypes.c_ulonglong()
    call("cuModuleGetFunction", ctypes.byref(kernel), module, name.encode())
    call("cuMemAlloc_v2", ctypes.byref(memory), ctypes.c_size_t(8 * COUNT))
    host = (ctypes.c_float * COUNT)(*range(COUNT))
    to = ctypes.c_ulonglong(memory.value + 4 * COUNT)
    call("cuMemcpyHtoDAsync_v2", memory, host, ctypes.c_size_t(4 * COUNT), stream)
    parameters = [memory, to] + ([encoded(memory)] if options.map else [])
    places = (ctypes.c_void_p * len(parameters))(*map(ctypes.addressof, parameters))
    call("cuLaunchKernel", kernel, 1, 1, 1, options.threads, 1, 1, 0, stream, places, None)
    call("cuMemcpyDtoHAsync_v2", host, to, ctypes.c_size_t(4 * COUNT), stream)
    call("cuStreamSynchronize", stream)
    return " ".join(f"{host[k]:g}" for k in map(int, options.show.split(",")))


def main():
    module, stream = ctypes.c_void_p(), ctypes.c_void_p()
    with open(ptx, "rb") as text:
        call("cuModuleLoadData", ctypes.byref(module), text.read())
    call("cuStreamCreate", ctypes.byref(stream), 0)
    for name in options.names:
        try:
            print(f"{name}: {results(module, stream, name)}", flush=True)
        except RuntimeError as error:
            print(f"{name}: {error}", flush=True)


main()
