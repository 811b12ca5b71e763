"""Do the networks train as fast as plain PyTorch on the same cores?

    python benchmarks/peers.py --torch /path/to/a/python/that/has/pytorch
    python benchmarks/peers.py --torch ... --networks mnist_cnn chest_cnn --threads 1

The same four networks, on random images from memory: as `cnnbench` trains them with TensorFlow, and as a plain PyTorch
loop does, channels last. One after the other, `--rounds` times in turn, each in a process of its own; the fastest of
each counts. The share of the peak is three times the operations of a forward pass, over those of a large matrix
product of float32 (sgemm) by NumPy.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import gpu_torch

SIDES = ("cnnbench", "torch")
STEPS = 8  # of an epoch
CASES: dict[str, tuple[tuple[int, ...], int, int]] = {
    # input, images of a step, classes; small enough for a processor
    "mnist_cnn": ((28, 28, 1), 128, 10),
    "chest_cnn": ((180, 180, 3), 32, 2),
    "vgg16": ((64, 64, 3), 32, 4),
    "pcam_cnn": ((48, 48, 3), 32, 2),
}


def main() -> int:
    """Prints a table of one row a network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch", required=True, metavar="PYTHON", help="a Python that has PyTorch")
    parser.add_argument("--networks", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("SIDE", "NETWORK"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        side, network = arguments.child
        print(json.dumps(_cnnbench(network, arguments) if side == "cnnbench" else _torch(network, arguments)))
        return 0
    from cnnbench.core import markdown

    rows = (_row(network, arguments) for network in arguments.networks)
    header = ["network", ">cnnbench, images/s", ">PyTorch, images/s", ">time against PyTorch", ">GFLOP/s"]
    for line in markdown.table([*header, ">of sgemm", ">PyTorch of sgemm"], rows):
        print(line, flush=True)  # each row as soon as it is there: a large network takes minutes
    return 0


def _row(network: str, arguments: argparse.Namespace) -> list[str]:
    pythons = dict(zip(SIDES, (sys.executable, arguments.torch), strict=True))
    found: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for _ in range(arguments.rounds):
        for side, python in pythons.items():
            command = [python, __file__, "--torch", arguments.torch, "--threads", str(arguments.threads)]
            command += ["--seconds", str(arguments.seconds), "--child", side, network]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=_threads(arguments))
            found[side].append(json.loads(done.stdout.splitlines()[-1]))
    ours, plain = (max(round_["rate"] for round_ in found[side]) for side in SIDES)
    peak = max(round_["peak"] for round_ in found["cnnbench"])
    flops = 3 * found["cnnbench"][0]["flops"]
    shares = [f"{100 * rate * flops / peak:.0f} %" for rate in (ours, plain)]
    return [network, f"{ours:,.0f}", f"{plain:,.0f}", f"{plain / ours:.2f}", f"{ours * flops / 1e9:.0f}", *shares]


def _threads(arguments: argparse.Namespace) -> dict[str, str]:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return os.environ | dict.fromkeys(names, str(arguments.threads))


def _cnnbench(network: str, arguments: argparse.Namespace) -> dict[str, float]:
    import keras
    import numpy as np

    from cnnbench import networks
    from cnnbench.backend import feeding, runtime
    from cnnbench.data.records.batching import Batches
    from cnnbench.evaluation import flops

    runtime.configure("cpu", arguments.threads, seed=0)
    shape, batch, outputs = CASES[network]
    rng = np.random.default_rng(0)
    one = rng.random((2048, 2048), np.float32)
    peak = _rate(lambda: one @ one, arguments.seconds / 4) * 2 * len(one) ** 3
    images, labels = rng.integers(0, 256, (STEPS * batch, *shape), np.uint8), rng.integers(0, outputs, STEPS * batch)
    batches = Batches(images, labels, size=batch, seed=0)
    model = networks.build(network, shape, outputs, "softmax")
    model.compile(
        keras.optimizers.Adam(),
        "sparse_categorical_crossentropy",
        jit_compile=runtime.engine().COMPILES,
        steps_per_execution=feeding.steps_per_execution(batches),
    )
    (feed,) = feeding.feed_training(model, batches)
    rate = _rate(lambda: model.fit(feed, steps_per_epoch=batches.steps, verbose=0, shuffle=False), arguments.seconds)
    return {"rate": len(images) * rate, "flops": flops.count(model), "peak": peak}


def _torch(network: str, arguments: argparse.Namespace) -> dict[str, float]:
    import torch

    torch.set_num_threads(arguments.threads)
    shape, batch, outputs = CASES[network]
    step = gpu_torch.step(network, shape, batch, outputs, "float32")
    return {"rate": STEPS * batch * _rate(lambda: [step() for _ in range(STEPS)], arguments.seconds)}


def _rate(run: Callable[[], object], seconds: float) -> float:
    """Calls a second, once what is compiled is compiled."""
    run()
    calls, started = 0, time.perf_counter()
    while not calls or time.perf_counter() - started < seconds:
        run()
        calls += 1
    return calls / (time.perf_counter() - started)


if __name__ == "__main__":
    raise SystemExit(main())
