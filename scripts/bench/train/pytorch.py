"""Tokens per second of CPU of PyTorch training low-rank changes of a llama of random weights, on one thread.

    python3 pytorch.py '{"layers": 8, "width": 384, ...}' tokens rank steps

Writes one line of JSON. Needs Debian's python3-torch with libopenblas0: with the reference BLAS, PyTorch is 15 to 20 times
slower, so the library that multiplied is told as well.
"""

import json
import math
import sys
import time

import torch

shape = json.loads(sys.argv[1])
tokens, rank, steps = (int(word) for word in sys.argv[2:5])
torch.set_num_threads(1)
torch.manual_seed(0)

width, heads, keys = shape["width"], shape["heads"], shape["keyHeads"]
size = width // heads
STRENGTH = 2.0
trained = []


class Linear:
    """A frozen matrix and its low-rank change."""

    def __init__(self, outputs, inputs):
        self.weight = torch.randn(outputs, inputs) / math.sqrt(inputs)
        self.down = ((torch.rand(rank, inputs) * 2 - 1) / math.sqrt(inputs)).requires_grad_()
        self.up = torch.zeros(outputs, rank, requires_grad=True)
        trained.extend([self.down, self.up])

    def __call__(self, x):
        return x @ self.weight.t() + STRENGTH * ((x @ self.down.t()) @ self.up.t())


def layer():
    shared, inner = keys * size, shape["feedForward"]
    return {
        "q": Linear(width, width),
        "k": Linear(shared, width),
        "v": Linear(shared, width),
        "o": Linear(width, width),
        "gate": Linear(inner, width),
        "up": Linear(inner, width),
        "down": Linear(width, inner),
    }


layers = [layer() for _ in range(shape["layers"])]
embeddings = torch.randn(shape["vocabulary"], width) * 0.02
norm = torch.ones(width)
angles = torch.arange(tokens).float()[:, None] * 10000 ** (-torch.arange(0, size, 2).float() / size)
cos, sin = angles.cos()[:, None], angles.sin()[:, None]
mask = torch.full((tokens, tokens), -math.inf).triu(1)


def normed(x):
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5) * norm


def rotated(x):
    a, b = x[..., : size // 2], x[..., size // 2 :]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


def by_head(x):
    return x.repeat_interleave(heads // keys, 1).transpose(0, 1)


def loss_of(ids):
    h = embeddings[ids]
    for each in layers:
        x = normed(h)
        q = rotated(each["q"](x).view(tokens, heads, size)).transpose(0, 1)
        k = by_head(rotated(each["k"](x).view(tokens, keys, size)))
        v = by_head(each["v"](x).view(tokens, keys, size))
        mixed = ((q @ k.transpose(1, 2)) / math.sqrt(size) + mask).softmax(-1) @ v
        h = h + each["o"](mixed.transpose(0, 1).reshape(tokens, width))
        x = normed(h)
        h = h + each["down"](torch.nn.functional.silu(each["gate"](x)) * each["up"](x))
    logits = normed(h) @ embeddings.t()
    return torch.nn.functional.cross_entropy(logits[:-1], ids[1:])


optimizer = torch.optim.AdamW(trained, lr=1e-4)


def step():
    ids = torch.randint(0, shape["vocabulary"], (tokens,))
    optimizer.zero_grad()
    loss_of(ids).backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()


step()
started = time.process_time()
for _ in range(steps):
    step()
spent = time.process_time() - started
with open("/proc/self/maps") as maps:
    has_openblas = "openblas" in maps.read()
print(json.dumps({"tokensPerCpuSecond": steps * tokens / spent, "hasOpenBlas": has_openblas}))
