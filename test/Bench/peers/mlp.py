"""W1 in PyTorch."""
import torch
from torch import nn
from torch.nn import functional


def net():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


def loss(net, batch):
    return functional.cross_entropy(net(batch["image"]), batch["label"])


def optimizer(net):
    return torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
