"""The works of bench/sequence.ts in PyTorch and numpy, on one thread: answers "<work> <repeats>" with milliseconds."""
import os
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import torch

torch.set_num_threads(1)
torch.manual_seed(0)


def convolution(batch, channels, length):
    x = torch.randn(batch, channels, length, requires_grad=True)
    kernel = torch.randn(channels, length, requires_grad=True)

    def run():
        x.grad = kernel.grad = None
        n = 2 * length
        y = torch.fft.irfft(torch.fft.rfft(x, n=n) * torch.fft.rfft(kernel, n=n), n=n)[..., :length]
        y.square().sum().backward()

    return run


def state_space(batch, channels, order, length):
    modes = order // 2
    log_decay = torch.randn(channels, modes, requires_grad=True)
    frequency = torch.randn(channels, modes, requires_grad=True)
    weights = torch.randn(channels, modes, dtype=torch.cfloat, requires_grad=True)
    inputs = torch.randn(channels, modes, dtype=torch.cfloat, requires_grad=True)
    log_step = torch.full((channels,), -4.0, requires_grad=True)
    skip = torch.randn(channels, requires_grad=True)
    mix = torch.nn.Linear(channels, 2 * channels)
    u = torch.randn(batch, length, channels)
    leaves = [log_decay, frequency, weights, inputs, log_step, skip, *mix.parameters()]
    places = torch.arange(length)

    def run():
        for leaf in leaves:
            leaf.grad = None
        eigenvalues = torch.complex(-torch.exp(log_decay), frequency)
        step = torch.exp(log_step)[:, None]
        scaled = eigenvalues * step
        gains = weights * inputs * (torch.exp(scaled) - 1) / eigenvalues
        kernel = 2 * torch.einsum("hm,hml->hl", gains, torch.exp(scaled[..., None] * places)).real
        x = u.transpose(1, 2)
        n = 2 * length
        y = torch.fft.irfft(torch.fft.rfft(x, n=n) * torch.fft.rfft(kernel, n=n), n=n)[..., :length]
        y = torch.nn.functional.gelu(y + x * skip[:, None]).transpose(1, 2)
        torch.nn.functional.glu(mix(y), dim=-1).square().sum().backward()

    return run


def eigenvalues(order, count):
    rng = np.random.default_rng(0)
    i = np.sqrt(2 * np.arange(order) + 1)
    a = -np.tril(np.outer(i, i), -1) - np.diag(np.arange(order) + 1.0)

    def run():
        for _ in range(count):
            _, vectors = np.linalg.eig(a + rng.standard_normal((order, order)))
            np.linalg.inv(vectors)
            np.linalg.svd(vectors, compute_uv=False)

    return run


kinds = {"convolution": convolution, "state-space": state_space, "eigenvalues": eigenvalues}
made = {}
print(f"PyTorch {torch.__version__}, numpy {np.__version__}", flush=True)
for line in sys.stdin:
    work, repeats = line.split()
    if work not in made:
        kind, *sizes = work.split(":")
        made[work] = kinds[kind](*map(int, sizes))
        if kind != "eigenvalues":
            made[work]()
    found = []
    for _ in range(int(repeats)):
        started = time.perf_counter()
        made[work]()
        found.append((time.perf_counter() - started) * 1e3)
    print(" ".join(map(str, found)), flush=True)
