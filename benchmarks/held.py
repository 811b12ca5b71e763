"""What does a training gain whose examples the device holds? CPU seconds, against one that is fed batch by batch.

    python benchmarks/held.py
    python benchmarks/held.py --backend jax --networks conv1d

Both ways in turn in one process, with the compilation of the network; the least of each counts. Networks and sets are
as small as in the quick profile. On a machine with a GPU it is used, and the seconds are those of the clock.
"""

from __future__ import annotations

import argparse
import time
from typing import Any, NamedTuple

import numpy as np

from cnnbench import networks
from cnnbench.backend import feeding, runtime
from cnnbench.core import markdown
from cnnbench.data.records.batching import Batches

_PIECE = 2**26  # bytes that are copied at once


class Case(NamedTuple):
    """Inputs, batch size, classes (0: a regression), examples and epochs of a training; a ninth more is validated."""

    shape: tuple[int, ...]
    batch: int
    classes: int
    examples: int
    epochs: int


CASES = {
    "conv1d": Case((13, 1), 16, 0, 405, 100),
    "mnist_cnn": Case((28, 28, 1), 128, 10, 4000, 4),
    "breast_cnn": Case((50, 50, 3), 32, 2, 1600, 4),
}


def train(name: str, *, held: bool) -> tuple[float, list[Any]]:
    """Seconds of a training, and the weights."""
    import keras

    case, rng = CASES[name], np.random.default_rng(0)
    number = case.examples + case.examples // 9
    inputs: Any = rng.integers(0, 256, (number, *case.shape), np.uint8)
    inputs, labels = (
        inputs if case.classes else inputs.astype(np.float32),
        rng.integers(0, max(2, case.classes), number),
    )
    keras.utils.set_random_seed(0)
    network = networks.build(name, case.shape, case.classes or 1, "softmax" if case.classes else "linear")
    train, val = (
        Batches(inputs[part], labels[part], size=case.batch, seed=seed)
        for part, seed in ((slice(case.examples), 0), (slice(case.examples, None), None))
    )
    # a GPU's work does not count as the process' own time
    clock = time.perf_counter if runtime.engine().has_gpu() else time.process_time
    started = clock()
    network.compile(
        "adam",
        "sparse_categorical_crossentropy" if case.classes else "mse",
        jit_compile=runtime.engine().COMPILES,
        steps_per_execution=feeding.steps_per_execution(train),
    )
    if held:
        fed = runtime.engine().feed_held(network, train, val, piece=_PIECE)
    else:
        fed = (feeding.feed(train), feeding.feed(val))
    more = {"steps_per_epoch": train.steps, "epochs": case.epochs, "callbacks": runtime.engine().callbacks(0)}
    network.fit(fed[0], validation_data=fed[1], verbose=0, shuffle=False, **more)
    weights = network.get_weights()  # waits
    return clock() - started, weights


def main() -> None:
    """Prints a table of one row a network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", choices=("tensorflow", "jax", "torch"), default="tensorflow")
    parser.add_argument("--networks", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    device = runtime.configure("auto", 1, seed=0, backend=arguments.backend)["device"]
    rows = []
    for name in arguments.networks:
        taken: dict[bool, list[float]] = {False: [], True: []}
        learnt = []
        for _ in range(arguments.rounds):
            for held, seconds in taken.items():
                used, weights = train(name, held=held)
                seconds.append(used)
                learnt.append(weights)
        same = all(all(map(np.array_equal, weights, learnt[0])) for weights in learnt)
        streamed, kept = min(taken[False]), min(taken[True])
        ratio = f"{kept / streamed:.2f}"
        rows.append([name, f"{CASES[name].epochs}", f"{streamed:.2f}", f"{kept:.2f}", ratio, "yes" if same else "NO"])
    header = ["network", ">epochs", ">streamed, s", ">held, s", ">ratio", "same bits"]
    print(f"{arguments.backend}, {device}:\n")
    print("\n".join(markdown.table(header, rows)))


if __name__ == "__main__":
    main()
