"""Four networks in plain PyTorch, channels last: what `gpu.py` holds Keras on PyTorch against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Layers = Sequence[int | str]
NETWORKS: dict[str, tuple[Layers, Sequence[int], float]] = {
    # filters of 3x3 convolutions and "pool", units of hidden dense layers, dropout
    "mnist_cnn": ((32, "pool", 64, "pool"), (128,), 0.25),
    "chest_cnn": ((32, "pool", 64, "pool", 128, "pool", 256, "pool"), (512,), 0.3),
    "vgg16": (
        (64, 64, "pool", 128, 128, "pool", *[256] * 3, "pool", *[512] * 3, "pool", *[512] * 3, "pool"),
        (256,),
        0.0,
    ),
    "pcam_cnn": ((256, "pool", 512, "pool", 1024, "pool"), (1024, 512, 128), 0.0),
}


def step(name: str, shape: tuple[int, ...], batch: int, outputs: int, precision: str) -> Callable[[], None]:
    """A training step on a batch that is on the device already.

    Args:
        name: One of `NETWORKS`.
        shape: (height, width, channels).
        batch: Images of a step.
        outputs: Classes.
        precision: float32, tf32 or bfloat16.
    """
    import torch
    from torch import nn

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(0)
    layers, hidden, dropout = NETWORKS[name]
    parts: list[Any] = []
    channels = shape[2]
    for layer in layers:
        if isinstance(layer, int):
            parts += [nn.Conv2d(channels, layer, 3, padding="same"), nn.ReLU()]
            channels = layer
        else:
            parts.append(nn.MaxPool2d(2, ceil_mode=True))
    parts += [nn.Flatten(), nn.Dropout(dropout)]
    for units in hidden:
        parts += [nn.LazyLinear(units), nn.ReLU()]
    network = nn.Sequential(*parts, nn.LazyLinear(outputs))
    network(torch.zeros((1, shape[2], *shape[:2])))  # the lazy layers see their inputs
    network = network.to(device, memory_format=torch.channels_last)
    images = torch.rand((batch, shape[2], *shape[:2]), device=device).to(memory_format=torch.channels_last)
    labels = torch.randint(outputs, (batch,), device=device)
    optimizer, loss = torch.optim.Adam(network.parameters()), nn.CrossEntropyLoss()

    def train() -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bfloat16"):
            value = loss(network(images), labels)
        value.backward()
        optimizer.step()
        value.item()  # waits

    return train
