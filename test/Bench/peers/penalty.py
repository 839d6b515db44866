"""W7 in PyTorch."""
import torch
from mlp import net
from torch.nn import functional

__all__ = ["net", "loss", "optimizer"]


def loss(net, batch):
    image = batch["image"].requires_grad_()
    told = functional.cross_entropy(net(image), batch["label"], reduction="none")
    (slope,) = torch.autograd.grad(told.sum(), image, create_graph=True)
    return told.mean() + 0.1 * (slope ** 2).sum(1).mean()


def optimizer(net):
    return torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9)
