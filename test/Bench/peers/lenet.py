"""W2 in PyTorch."""
import torch
from torch import nn
from torch.nn import functional


def net():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


def loss(net, batch):
    return functional.cross_entropy(net(batch["image"]), batch["label"])


def optimizer(net):
    return torch.optim.Adam(net.parameters(), lr=1e-3)
