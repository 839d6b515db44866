"""W1 in PyTorch."""
import numpy
import torch
from torch import nn
from torch.nn import functional

inference = (1, 64)


def fields(batch, random):
    return {"image": random.random((batch, 784), dtype=numpy.float32),
            "label": random.integers(0, 10, batch).astype(numpy.int32)}


def net():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


def loss(net, batch):
    return functional.cross_entropy(net(batch["image"]), batch["label"])


def optimizer(net):
    return torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
