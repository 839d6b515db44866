"""W8 in PyTorch."""
import numpy
import torch
from torch.nn import functional


def chain(x, a, b):
    return functional.gelu(x * a + b) * torch.sigmoid(x) + x


def both(x, a, b):
    x = x.detach().requires_grad_()
    chain(x, a, b).sum().backward()
    return x.grad


def commands(random):
    x = random.standard_normal(1 << 24, dtype=numpy.float32)
    return {"forward": (chain, [x, 1.25, 0.5]), "both": (both, [x, 1.25, 0.5])}
