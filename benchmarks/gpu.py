"""How fast do the networks train on this machine's GPU, or processor, with the backends that are here?

    python benchmarks/gpu.py                                   # every backend that is installed; prints Markdown
    python benchmarks/gpu.py --backends jax --networks chest_cnn mnist_cnn --seconds 1
    python benchmarks/gpu.py --kept build/gpu                  # what is measured is kept there, and not measured again
    python benchmarks/gpu.py --full                            # chest, brain and PCam phantoms, by the stages

No network is needed. Each network trains at its published input, with random images from memory: as `cnnbench` feeds
it, and as a bare `fit` on the arrays does, one after the other in one process. "Held" says how many times as fast it
is as with each batch sent to the GPU; the input's share is what a training saves that takes one batch, on the GPU
already, again and again. The share of the peak is three times the operations of a forward pass, over those of a large
matrix product in the same precision. The weights after the same steps in another process are compared bit by bit.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import gpu_full
import gpu_torch
import numpy as np

from cnnbench import networks
from cnnbench.backend import feeding, runtime
from cnnbench.core import markdown
from cnnbench.data.records.batching import Batches
from cnnbench.evaluation import flops

STEPS = 5  # whose weights are compared


class Case(NamedTuple):
    """A network at its published input and batch size; `classes` 0 is a regression."""

    name: str
    shape: tuple[int, ...]
    batch: int
    classes: int


CASES = (
    Case("conv1d", (13, 1), 16, 0),
    Case("mnist_cnn", (28, 28, 1), 128, 10),
    Case("cifar_cnn", (32, 32, 3), 32, 10),
    Case("wrn_10_2", (32, 32, 3), 64, 10),
    Case("breast_cnn", (50, 50, 3), 32, 2),
    Case("skin_cnn", (240, 240, 3), 32, 2),
    Case("chest_cnn", (180, 180, 3), 32, 2),
    Case("efficientnet_lite0", (128, 128, 3), 32, 4),
    Case("plain_cnn", (224, 224, 3), 32, 4),
    Case("vgg16", (224, 224, 3), 32, 4),
    Case("pcam_cnn", (96, 96, 3), 128, 2),
)
FIRST, AGAIN = "first", "again"  # the second process compares bits alone
PRECISIONS = ("float32", "tf32", "bfloat16")


def main() -> int:
    """Runs a process for each backend and precision, twice, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    backends = ("tensorflow", "jax", "torch")
    found = [backend for backend in backends if importlib.util.find_spec(backend)]
    parser.add_argument("--backends", nargs="+", choices=backends, default=found)
    parser.add_argument("--networks", nargs="+", choices=[case.name for case in CASES], default=None)
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=None, help="on a CPU: float32 alone")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--threads", type=int, default=2, help="of the processor, for one operation")
    parser.add_argument("--full", action="store_true", help="trains phantoms at full size by the stages, twice")
    parser.add_argument("--kept", metavar="FOLDER", type=Path, help="of what is measured already")
    parser.add_argument("--child", nargs=3, metavar=("BACKEND", "PRECISION", "WHICH"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    wanted = [case for case in CASES if arguments.networks is None or case.name in arguments.networks]
    if arguments.child:
        backend, precision, which = arguments.child
        measure(backend, precision, wanted, 0 if which == AGAIN else arguments.seconds, arguments.threads)
    elif arguments.full:
        print(gpu_full.table(arguments.backends))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            print("\n".join(compare(arguments, wanted, arguments.kept or Path(temporary))))
    return 0


def compare(arguments: argparse.Namespace, wanted: list[Case], kept: Path) -> list[str]:
    """The table of all backends and precisions, whose measurements are kept in a folder."""
    kept.mkdir(parents=True, exist_ok=True)
    measured: dict[tuple[str, str], dict[str, Any]] = {}
    device = ""
    for backend in arguments.backends:
        for precision in arguments.precisions or PRECISIONS:
            if arguments.precisions is None and precision != "float32" and device == "cpu":
                continue
            measured[backend, precision] = _run(backend, precision, FIRST, arguments, wanted, kept)
            device = measured[backend, precision].get("device", device)
    with ThreadPoolExecutor(3) as pool:  # no time is taken any more
        again = list(pool.map(lambda pair: _run(*pair, AGAIN, arguments, wanted, kept), measured))
    rows = []
    for ((backend, precision), found), other in zip(measured.items(), again, strict=True):
        for case in wanted:
            what = [backend, precision, f"{case.name}, {'x'.join(map(str, case.shape))}, batch {case.batch}"]
            rows.append([*what, *_cells(found, case, other)])
    header = ["backend", "precision", "network", ">images/s", ">of a bare fit", ">of plain PyTorch", ">held"]
    return [f"Device: {device}\n", *markdown.table([*header, ">input's share", ">of the peak", "same bits"], rows)]


def _cells(found: dict[str, Any], case: Case, other: dict[str, Any]) -> list[str]:
    if case.name not in found:
        return ["failed", *[""] * 6]
    one = found[case.name]
    rate, plain = one["ours"], one["plain_torch"]
    same = "yes" if one["bits"] == other.get(case.name, {}).get("bits") else "NO"
    return [
        f"{rate:,.0f}",
        f"{rate / one['bare']:.2f}",
        f"{rate / plain:.2f}" if plain else "–",
        f"{rate / one['streamed']:.2f}" if one["streamed"] else "–",
        f"{100 * max(0, 1 - rate / one['same_batch']):.0f} %",
        f"{100 * 3 * one['flops'] * rate / found['peak']:.0f} %",
        same if case.name in other else "not compared",
    ]


def _run(
    backend: str, precision: str, which: str, arguments: argparse.Namespace, wanted: list[Case], kept: Path
) -> dict[str, Any]:
    """What a process measures; it runs if one of the networks is missing in its file."""
    file = kept / f"{backend}-{precision}-{which}.jsonl"
    found = _read(file)
    missing = [case.name for case in wanted if case.name not in found]
    if missing:
        command = [sys.executable, __file__, "--child", backend, precision, which, "--networks", *missing]
        command += ["--seconds", str(arguments.seconds), "--threads", str(arguments.threads)]
        with file.open("a") as output:
            subprocess.run(command, stdout=output, env=os.environ | {"PYTHONHASHSEED": "0"})
        found = _read(file)
    return found


def _read(file: Path) -> dict[str, Any]:
    lines = file.read_text().splitlines() if file.exists() else []
    return {key: value for line in lines if line.startswith("{") for key, value in json.loads(line).items()}


def measure(backend: str, precision: str, wanted: list[Case], seconds: float, threads: int) -> None:
    """Prints a JSON line for the device and its peak, and one for each network; without seconds for bits alone."""
    settings = runtime.configure("auto", threads, seed=0, backend=backend)  # type: ignore[arg-type]
    import keras

    _round_as(backend, precision)
    on_gpu = settings["device"] != "cpu"
    peak = _peak(precision, on_gpu, seconds) if seconds else None
    print(json.dumps({"device": settings["device"], "peak": peak}), flush=True)
    with tempfile.TemporaryDirectory() as compiled:
        if backend == "jax":
            _keep_compiled(compiled)
        for case in wanted:
            keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
            print(json.dumps({case.name: _measure_case(case, backend, precision, seconds)}), flush=True)
            keras.backend.clear_session()
            gc.collect()


def _keep_compiled(folder: str) -> None:
    """Lets JAX compile the same network once in this process: half a minute each on a GPU."""
    import jax

    jax.config.update("jax_compilation_cache_dir", folder)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)


def _measure_case(case: Case, backend: str, precision: str, seconds: float) -> dict[str, Any]:
    import keras

    rng = np.random.default_rng(0)
    examples = max(2 * case.batch, min(64 * case.batch, 2**27 // int(np.prod(case.shape))))
    if case.classes:
        inputs = rng.integers(0, 256, (examples, *case.shape), np.uint8)
        labels: Any = rng.integers(0, case.classes, examples)
    else:
        inputs, labels = rng.random((examples, *case.shape), np.float32), rng.random(examples, np.float32)

    def built(*, bare: bool) -> keras.Model:
        keras.utils.set_random_seed(0)
        units, activation = (case.classes, "softmax") if case.classes else (1, "linear")
        network = networks.build(case.name, case.shape, units, activation)
        loss = "sparse_categorical_crossentropy" if case.classes else "mse"
        more = (
            {}
            if bare
            else {
                "jit_compile": runtime.engine().COMPILES,
                "steps_per_execution": feeding.steps_per_execution(batches),
            }
        )
        network.compile("adam", loss, **more)
        return network

    batches = Batches(inputs, labels, size=case.batch, seed=0)

    def trained(network: keras.Model, feed: Any) -> Callable[[int], Any]:
        more = {"verbose": 0, "shuffle": False}
        return lambda epochs: network.fit(feed, steps_per_epoch=batches.steps, epochs=epochs, **more)

    found: dict[str, Any] = {}
    if seconds:
        ours, bare = built(bare=False), built(bare=True)
        same = _rate(trained(ours, _again_and_again(backend, next(iter(batches)))), examples, seconds)
        streamed = _rate(trained(ours, feeding.feed(batches)), examples, seconds)
        (feed,) = feeding.feed_training(ours, batches)
        if backend == "tensorflow":
            ours.make_train_function(force=True)  # of steps that gather what is held
        found = {
            "ours": _rate(trained(ours, feed), examples, seconds),
            "bare": _rate(lambda n: bare.fit(inputs, labels, case.batch, n, verbose=0), examples, seconds),
            "same_batch": same,
            "streamed": streamed if runtime.engine().has_gpu() else None,
            "plain_torch": None,
            "flops": flops.count(ours),
        }
        if backend == "torch" and case.name in gpu_torch.NETWORKS:
            step = gpu_torch.step(case.name, case.shape, case.batch, max(case.classes, 1), precision)
            found["plain_torch"] = _rate(lambda n: [step() for _ in range(n)], case.batch, seconds)
    compared = built(bare=False)
    few = Batches(inputs[: STEPS * case.batch], labels[: STEPS * case.batch], size=case.batch, seed=0)
    (small,) = feeding.feed_training(compared, few)
    compared.fit(small, steps_per_epoch=few.steps, epochs=1, verbose=0, shuffle=False)
    weights = b"".join(np.ascontiguousarray(weight).tobytes() for weight in compared.get_weights())
    return found | {"bits": hashlib.sha256(weights).hexdigest()}


def _again_and_again(backend: str, batch: tuple[Any, ...]) -> Any:
    """A batch without end that is on the device already."""
    import keras

    tensors = tuple(keras.ops.convert_to_tensor(array) for array in batch)
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.data.Dataset.from_tensors(tensors).repeat()

    class Same(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
        num_batches = None

        def __getitem__(self, index: int) -> Any:
            return tensors

    return Same()


def _rate(run: Callable[[int], Any], examples: int, seconds: float) -> float:
    """Examples per second, once what is compiled is compiled."""
    run(1)
    started = time.perf_counter()
    run(1)
    rounds = max(1, round(seconds / max(time.perf_counter() - started, 1e-9)))
    started = time.perf_counter()
    run(min(rounds, 10_000))
    return examples * min(rounds, 10_000) / (time.perf_counter() - started)


def _peak(precision: str, on_gpu: bool, seconds: float) -> float:
    """Operations per second of a large matrix product."""
    from keras import ops

    side = 8192 if on_gpu else 2048
    kind = "bfloat16" if precision == "bfloat16" else "float32"
    one = ops.cast(ops.convert_to_tensor(np.random.default_rng(0).random((side, side), np.float32)), kind)

    def multiply(times: int) -> None:
        product = one
        for _ in range(times):
            product = ops.matmul(one, product)
            product = product / side  # or it would soon be infinite
        ops.convert_to_numpy(ops.cast(product[0, 0], "float32"))  # waits

    return _rate(multiply, 2 * side**3, seconds)


def _round_as(backend: str, precision: str) -> None:
    """Lets float32 be rounded to TF32 on a GPU, or not."""
    rounded = precision == "tf32"
    if backend == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_tensor_float_32_execution(rounded)
    elif backend == "jax":
        import jax

        jax.config.update("jax_default_matmul_precision", "tensorfloat32" if rounded else "highest")
    else:
        import torch

        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = rounded


if __name__ == "__main__":
    raise SystemExit(main())
