"""What a backend makes of a network with given weights: python parity.py jax prints JSON. Run by test_backends.py."""

import json
import sys

from cnnbench.backend import runtime

backend = sys.argv[1]
settings = runtime.configure("cpu", 2, seed=0, backend=backend)

import numpy as np  # noqa: E402

from cnnbench import networks  # noqa: E402
from cnnbench.evaluation import explain, flops  # noqa: E402
from cnnbench.tracking import costs  # noqa: E402


def _draw(shape):
    """Kernels as He's; else positive, as variances have to be."""
    size = np.prod(shape[:-1])
    return (rng.normal(size=shape) * (2 / size) ** 0.5 if len(shape) > 1 else 0.5 + rng.random(shape)).astype("float32")


rng = np.random.default_rng(0)
images = rng.integers(0, 256, (6, 28, 28, 1), np.uint8)
found = {"backend": settings["backend"], "device": settings["device"]}
for name in ("mnist_cnn", "wrn_10_2"):
    network = networks.build(name, (28, 28, 1), 10, "softmax")
    network.set_weights([_draw(weight.shape) for weight in network.get_weights()])
    scores = network.predict(images, batch_size=4, verbose=0)
    heats = explain.grad_cam(network, images[:3], np.array([1, 2, 9]))
    found[name] = {
        "scores": scores.tolist(),
        "heats": heats.mean(axis=(1, 2)).tolist(),
        "flops": flops.count(network),
        "waits": costs.latency_ms(network, images[:1]) > 0,
    }
found["others"] = sorted({"tensorflow", "jax", "torch"} & set(sys.modules))
print(json.dumps(found))
