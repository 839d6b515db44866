"""W6 in PyTorch: the adjacency as a sparse matrix, normalized once before the training."""
import torch
from torch import nn
from torch.nn import functional


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.ParameterList([torch.zeros(16, 1433), torch.zeros(16)]), nn.ParameterList(
            [torch.zeros(7, 16), torch.zeros(7)])

    def forward(self, x, adjacency):
        hidden = functional.relu(torch.sparse.mm(adjacency, x @ self.first[0].T) + self.first[1])
        return torch.sparse.mm(adjacency, hidden @ self.second[0].T) + self.second[1]


net = Convolutions


def ready(batch):
    """D^(-1/2) (A + I) D^(-1/2), once."""
    nodes = batch["x"].shape[0]
    loops = torch.arange(nodes)
    ends = torch.stack([torch.cat([batch["target"], loops]), torch.cat([batch["source"], loops])])
    scale = torch.bincount(ends[0], minlength=nodes).float().rsqrt()
    batch["adjacency"] = torch.sparse_coo_tensor(ends, scale[ends[0]] * scale[ends[1]], (nodes, nodes)).coalesce()
    return batch


def loss(net, batch):
    losses = functional.cross_entropy(net(batch["x"], batch["adjacency"]), batch["label"], reduction="none")
    return (losses * batch["told"]).sum() / batch["told"].sum()


def optimizer(net):
    return torch.optim.Adam(net.parameters(), lr=1e-2)
