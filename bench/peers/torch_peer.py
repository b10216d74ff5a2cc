"""PyTorch side of bench/tensor.ts: reads `<work> <repeats>` lines, answers with milliseconds per repeat."""

import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(2)
torch.manual_seed(0)


def mlp():
    net = nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    x = torch.randn(128, 784)
    y = torch.randint(0, 10, (128,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()
        optimizer.step()

    return step


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.heads = heads

    def forward(self, x, mask):
        b, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / (d // self.heads) ** 0.5 + mask
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d)
        x = x + self.out(mixed)
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, vocabulary, d, heads, layers, length):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, d)
        self.places = nn.Parameter(0.02 * torch.randn(length, d))
        self.blocks = nn.ModuleList([Block(d, heads) for _ in range(layers)])
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, vocabulary)
        self.register_buffer("mask", torch.full((length, length), -1e30).triu(1))

    def forward(self, ids):
        x = self.embed(ids) + self.places
        for block in self.blocks:
            x = block(x, self.mask)
        return self.head(self.norm(x))


def transformer():
    net = Transformer(96, 256, 8, 4, 128)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.01)
    ids = torch.randint(0, 96, (16, 128))
    targets = torch.randint(0, 96, (16, 128))

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(ids).flatten(0, 1), targets.flatten()).backward()
        optimizer.step()

    return step


def convnet():
    net = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128 * 49, 10),
    )
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    x = torch.randn(64, 1, 28, 28)
    y = torch.randint(0, 10, (64,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()
        optimizer.step()

    return step


def messages():
    source = torch.randint(0, 50000, (500000,))
    target = torch.randint(0, 50000, (500000,))
    x = torch.randn(50000, 32, requires_grad=True)

    def step():
        x.grad = None
        y = torch.zeros(50000, 32).index_add(0, target, x.index_select(0, source))
        (y * y).sum().backward()

    return step


def recurrence():
    a = torch.rand(1000, 64).mul(0.5).add(0.5).requires_grad_()
    b = torch.randn(1000, 64, requires_grad=True)

    def step():
        a.grad = b.grad = None
        h = torch.zeros(64)
        states = []
        for t in range(1000):
            h = a[t] * h + b[t]
            states.append(h)
        y = torch.stack(states)
        (y * y).sum().backward()

    return step


works = {f.__name__: f for f in (mlp, transformer, convnet, messages, recurrence)}
ready = {}
print("torch", torch.__version__, flush=True)
for line in sys.stdin:
    name, repeats = line.split()
    if name not in ready:
        ready[name] = works[name]()
        ready[name]()
        ready[name]()
    times = []
    for _ in range(int(repeats)):
        start = time.perf_counter()
        ready[name]()
        times.append(1e3 * (time.perf_counter() - start))
    print(" ".join(f"{t:.4f}" for t in times), flush=True)
