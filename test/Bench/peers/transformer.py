"""W4 in PyTorch: query, key and value in one product, as its users write it."""
import math

import torch
from torch import nn
from torch.nn import functional


class Block(nn.Module):
    def __init__(self, width, heads, places):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.register_buffer("later", torch.ones(places, places).triu(1).bool(), persistent=False)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (part.view(b, t, self.heads, -1).transpose(1, 2) for part in self.qkv(self.norm1(x)).split(d, 2))
        s = (q @ k.transpose(2, 3)) / math.sqrt(d // self.heads)
        p = s.masked_fill(self.later, -math.inf).softmax(3)
        x = x + self.out((p @ v).transpose(1, 2).reshape(b, t, d))
        return x + self.down(functional.gelu(self.up(self.norm2(x))))


class Decoder(nn.Module):
    def __init__(self, vocabulary=65, width=384, heads=6, places=256, layers=6):
        super().__init__()
        self.places = nn.Parameter(torch.zeros(places, width))
        self.words = nn.Embedding(vocabulary, width)
        self.blocks = nn.Sequential(*(Block(width, heads, places) for _ in range(layers)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary)

    def forward(self, token):
        return self.head(self.norm(self.blocks(self.words(token) + self.places)))


net = Decoder


def tensors(net):
    yield net.places
    yield net.words.weight
    for block in net.blocks:
        yield from block.norm1.parameters()
        yield from block.qkv.weight.chunk(3)
        yield block.out.weight
        for layer in (block.norm2, block.up, block.down):
            yield from layer.parameters()
    yield from net.norm.parameters()
    yield from net.head.parameters()


def loss(net, batch):
    return functional.cross_entropy(net(batch["token"]).flatten(0, 1), batch["next"].flatten())


def optimizer(net):
    return torch.optim.AdamW(net.parameters(), lr=1e-4, weight_decay=0.01)
