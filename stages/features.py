"""Stage `features@<name>`: computes the outputs of frozen layers for a data set into data/weights/<name>/."""

from pathlib import Path

from cnnbench import config, features, networks
from cnnbench.backend import runtime
from cnnbench.core.errors import run_script
from cnnbench.data.records import schema
from cnnbench.features import layers
from cnnbench.weights import weight_files


def main(name: str) -> None:
    """Computes them, copies the weights beside them, and prints their number and shape."""
    knobs = config.load()
    wanted, out = knobs.features_named(name), Path("data/weights", name)
    folder = Path("data/records", wanted.dataset)
    records, start = schema.read(folder), weight_files.read(Path("data/weights", wanted.weights))
    runtime.configure(knobs.device, knobs.threads, seed=0, backend=knobs.backend)
    layer = layers.find_layer(wanted.architecture, wanted.layer)
    # a head that no feature depends on
    network = networks.build(wanted.architecture, records.shape, 1, "linear", pretrained=True)
    networks.set_weights(network, start.arrays)
    written = features.compute(network, layer, folder, records, out)
    weight_files.write(out, start.arrays, start.origin)
    print(f"{records.examples:,} features of {'x'.join(map(str, written.shape))}, the outputs of {layer}")


if __name__ == "__main__":
    run_script(main, "name")
