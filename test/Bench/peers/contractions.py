"""The contractions in PyTorch: its products are OpenBLAS's, its convolutions oneDNN's."""
import numpy
import torch
from torch.nn import functional


def grouped(a, b):
    return torch.matmul(a.transpose(0, 1), b.permute(1, 2, 0)).transpose(0, 1)


def windowed(x, w):
    """One product: rows of the windows overlap in memory."""
    u, c, o = w.shape
    return x.as_strided((x.shape[0] - u, u * c), (c, 1)) @ w.view(u * c, o)


def channels_last(x, w):
    y = functional.conv2d(x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1))
    return y.permute(0, 2, 3, 1)


def commands(random):
    def normal(*shape):
        return random.standard_normal(shape, dtype=numpy.float32)

    return {"product": (torch.matmul, [normal(1024, 1024), normal(1024, 1024)]),
            "permuted": (lambda a, b: b @ a, [normal(1024, 1024), normal(1024, 1024)]),
            "grouped": (grouped, [normal(256, 16, 256), normal(256, 16, 256)]),
            "windowed": (windowed, [normal(1032, 128), normal(8, 128, 256)]),
            "convolution": (functional.conv2d, [normal(32, 64, 34, 34), normal(64, 64, 3, 3)]),
            "channels_last": (channels_last, [normal(32, 34, 34, 64), normal(3, 3, 64, 64)])}
