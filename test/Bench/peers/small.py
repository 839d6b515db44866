"""S in PyTorch."""
import torch
from torch import nn
from torch.nn import functional


def net():
    return nn.Sequential(nn.Linear(16, 64), nn.Tanh(), nn.Linear(64, 48), nn.Tanh(), nn.Linear(48, 3))


def loss(net, batch):
    return functional.cross_entropy(net(batch["x"]), batch["label"])


def optimizer(net):
    return torch.optim.Adam(net.parameters(), lr=1e-3)
