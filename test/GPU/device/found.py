"""The GPU of this machine."""
import ctypes


def why_not():
    """Why there is no GPU to run on; empty: there is one."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return "this machine has no NVIDIA driver (libcuda.so.1 was not found)"
    count = ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
        return "the NVIDIA driver does not start"
    return "" if count.value else "the NVIDIA driver finds no GPU"


def name():
    driver, text = ctypes.CDLL("libcuda.so.1"), ctypes.create_string_buffer(256)
    return text.value.decode() if driver.cuDeviceGetName(text, 255, 0) == 0 and text.value else "a GPU"
