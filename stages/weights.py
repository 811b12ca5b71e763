"""Stage `weights@<name>`: fetches weights that runs start from into data/weights/<name>/."""

from pathlib import Path

from cnnbench import config
from cnnbench.backend import runtime
from cnnbench.core.errors import run_script, unknown
from cnnbench.core.printable import printable
from cnnbench.networks._shapes import shapes
from cnnbench.weights.fetch import fetch


def main(name: str) -> None:
    """Fetches, and prints network, number of values, origin and licence."""
    knobs = config.load()
    if name not in knobs.weights:
        raise unknown("weights", name, knobs.weights)
    weights = knobs.weights[name]
    # only the shapes are wanted of the network: no GPU
    runtime.configure("cpu", threads=1, seed=0, backend=knobs.backend)
    origin = fetch(name, weights, shapes(weights.architecture), Path("data/weights", name))
    print(printable(f"{origin.parameters:,} weights of {origin.architecture}, trained on {origin.trained_on}"))
    print(printable(f"  {origin.origin}; {origin.licence}"))


if __name__ == "__main__":
    run_script(main, "name of weights")
