"""PyTorch side of bench/diffusion.ts: reads `<work> <repeats>` lines, answers with milliseconds per repeat.

The first argument is a safetensors file with the weights of the U-Net under `params` and start noise under `start`;
samples from that noise are written beside it, as float32 in `<file>.samples`.
"""

import json
import math
import struct
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(2)
torch.manual_seed(0)

STEPS = 5
FIT_STEPS = 200


def load(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    types = {"F32": np.float32, "F64": np.float64}
    return {
        name: torch.tensor(np.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]])).reshape(entry["shape"])
        for name, entry in header.items()
    }


arrays = load(sys.argv[1])


def ours(name):
    """The name in our tree of a parameter of the U-Net below; linear weights are transposed there."""
    for theirs, own in [
        ("classes.weight", "classes"),
        ("time.0", "timeIn"),
        ("time.2", "timeOut"),
        ("norm1", "firstNorm"),
        ("norm2", "secondNorm"),
        ("conv1", "first"),
        ("conv2", "second"),
        ("embed.", "embedding."),
    ]:
        name = name.replace(theirs, own)
    path = name.split(".")
    if path[0] == "norm":
        path[0] = "outputNorm"
    # Our up blocks are in the order of use, as here.
    if path[-1] == "weight":
        if path[-2].lower().endswith("norm"):
            path[-1] = "scale"
        elif path[-2] not in ("timeIn", "timeOut", "embedding"):
            path[-1] = "kernel"
    return "params." + ".".join(path)


class Block(nn.Module):
    def __init__(self, inputs, outputs, width=128):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(8, inputs), nn.GroupNorm(8, outputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.embed = nn.Linear(width, outputs)
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x, e):
        y = self.conv1(F.silu(self.norm1(x))) + self.embed(F.silu(e))[:, :, None, None]
        return self.shortcut(x) + self.conv2(F.silu(self.norm2(y)))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.classes = nn.Embedding(11, 128)
        self.time = nn.Sequential(nn.Linear(64, 128), nn.SiLU(), nn.Linear(128, 128))
        self.input = nn.Conv2d(1, 32, 3, padding=1)
        self.down = nn.ModuleList([Block(32, 32), Block(32, 64), Block(64, 64)])
        self.middle = Block(64, 64)
        self.up = nn.ModuleList([Block(128, 64), Block(128, 64), Block(96, 32)])
        self.norm, self.output = nn.GroupNorm(8, 32), nn.Conv2d(32, 1, 3, padding=1)
        self.register_buffer("rates", 1000 * 1e4 ** (-torch.arange(32) / 31))

    def forward(self, x, t, k):
        angles = t[:, None] * self.rates
        e = self.time(torch.cat([angles.sin(), angles.cos()], 1)) + self.classes(k)
        full = self.down[0](self.input(x), e)
        half = self.down[1](F.avg_pool2d(full, 2), e)
        low = self.down[2](F.avg_pool2d(half, 2), e)
        y = self.up[0](torch.cat([self.middle(low, e), low], 1), e)
        y = self.up[1](torch.cat([F.interpolate(y, scale_factor=2), half], 1), e)
        y = self.up[2](torch.cat([F.interpolate(y, scale_factor=2), full], 1), e)
        return self.output(F.silu(self.norm(y)))


def alpha(t):
    return math.exp(-4.975 * t * t - 0.05 * t)


def unet(batch):
    net = UNet().eval()
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            given = arrays[ours(name)]
            parameter.copy_(given.T if "timeIn" in ours(name) or "timeOut" in ours(name) or "embedding" in ours(name) else given)
    start = arrays["start"][:batch].float().reshape(batch, 1, 28, 28)
    label = torch.full((batch,), 10)
    times = [1 - 0.999 * i / STEPS for i in range(STEPS + 1)]

    @torch.inference_mode()
    def sample():
        x = start
        for s, t in zip(times, times[1:]):
            a, b = alpha(s), alpha(t)
            p, q = math.sqrt(1 - a * a), math.sqrt(1 - b * b)
            e = net(x, torch.full((batch,), s), label)
            x = b / a * (x - p * e) + q * e
        return x

    with open(sys.argv[1] + ".samples", "wb") as file:
        file.write(sample().numpy().astype(np.float32).tobytes())
    return sample


def lightsb(d, k, batch=128, epsilon=0.1):
    x0, x1 = torch.randn(20000, d), torch.randn(20000, d)
    a = torch.zeros(k, requires_grad=True)
    r = x1[:k].clone().requires_grad_()
    s = torch.full((k, d), math.log(0.1), requires_grad=True)
    optimizer = torch.optim.Adam([a, r, s], lr=1e-3)

    def step():
        x = x0[torch.randint(0, 20000, (batch,))]
        y = x1[torch.randint(0, 20000, (batch,))]
        optimizer.zero_grad(set_to_none=True)
        scale = s.exp()
        c = torch.logsumexp(a / epsilon + (x * x @ scale.T + 2 * x @ r.T) / (2 * epsilon), 1)
        gap = y[:, None, :] - r
        density = -(gap * gap / scale).sum(2) / (2 * epsilon) - 0.5 * (s + math.log(2 * math.pi * epsilon)).sum(1)
        (c.mean() - torch.logsumexp(a / epsilon + density, 1).mean()).backward()
        optimizer.step()

    def steps():
        for _ in range(FIT_STEPS):
            step()

    return steps


works = {"unet-16": lambda: unet(16), "unet-64": lambda: unet(64), "lightsb-2": lambda: lightsb(2, 30), "lightsb-50": lambda: lightsb(50, 100)}
made = {}
print(f"PyTorch {torch.__version__}", flush=True)
for line in sys.stdin:
    work, repeats = line.split()
    if work not in made:
        made[work] = works[work]()
        made[work]()
    times = []
    for _ in range(int(repeats)):
        started = time.perf_counter()
        made[work]()
        times.append((time.perf_counter() - started) * 1000)
    print(*times, flush=True)
