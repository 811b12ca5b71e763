"""Are the data the same on every processor? The embedded data sets, made under pretended processors, hash by hash.

NumPy, OpenBLAS (of NumPy and of SciPy) and the C library each choose their instructions by processor, and take another
choice from the environment. Raw data, splits and records of the quick profile are made under each combination of
choices that this machine can execute, and compared with tests/data/expected_bytes.json:

    python benchmarks/processors.py            # a table; exit code 1 where a byte differs
    python benchmarks/processors.py --write    # new expected hashes, after a change that is meant to alter the data
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path

from cnnbench import config
from cnnbench.core import files
from cnnbench.data import download, leakage
from cnnbench.data.cache import writer
from cnnbench.data.provenance import FILE, read_provenance
from cnnbench.data.split import nearest_copies, split_file

ROOT = Path(__file__).parent.parent
EXPECTED = ROOT / "tests/data/expected_bytes.json"
SMALL = 120  # examples: quick enough for a test, and every class is in every part
# kernels of OpenBLAS, weakest first, and the feature without which one ends the process
KERNELS = {
    "Nehalem": "SSE42",
    "Haswell": "AVX2",
    "SkylakeX": "AVX512_SKX",
    "ARMV8": "ASIMD",
    "NEOVERSEN1": "ASIMDHP",
    "NEOVERSEV1": "SVE",
}
# glibc 2.33 renamed them, and ignores those that it does not know
PLAIN_LIBM = "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F,-AVX2_Usable,-FMA_Usable,-FMA4_Usable"


def pretended_processors() -> dict[str, dict[str, str]]:
    """Environment variables by name of a processor, weakest first, of all that this machine can pretend to be."""
    from numpy._core import _multiarray_umath as built

    has = built.__cpu_features__
    # a level includes those before it
    levels = [level for level in built.__cpu_dispatch__ if has.get(level)]
    kernels = [kernel for kernel, feature in KERNELS.items() if has.get(feature)]
    found = {}
    for count, kernel in product(range(len(levels) + 1), kernels):
        variables = {"NPY_DISABLE_CPU_FEATURES": " ".join(levels[count:]), "OPENBLAS_CORETYPE": kernel}
        if count == 0:
            variables["GLIBC_TUNABLES"] = PLAIN_LIBM
        found[f"{levels[count - 1] if count else 'baseline'}, {kernel}"] = variables
    return found


def corners(processors: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The weakest and the strongest level of NumPy's, each with the weakest and the strongest kernel."""
    names = list(processors)
    count = len({name.split(", ")[1] for name in names})
    return {name: processors[name] for name in (names[0], names[count - 1], names[-count], names[-1])}


def hash_data(folder: Path, examples: int | None = None) -> dict[str, str]:
    """Makes the quick data sets as the stages do and returns the SHA-256 of the files, shards by their `records.json`.

    Args:
        folder: To make them in.
        examples: At most, of each phantom, and no other set; None for all, as in params.yaml.
    """
    knobs = config.load(ROOT / "params.yaml")
    for name, profiles in knobs.datasets.items():
        data = profiles.quick
        if data.source.name != "phantom" and (examples or data.source.name != "packaged"):
            continue
        data = data.model_copy(update={"examples": examples or data.examples})
        raw, split = folder / "raw" / name, folder / "splits" / f"{name}.parquet"
        download.fetch(name, data, raw, definition=profiles.definition)
        frame = split_file.make(raw, knobs.split, data.split)
        split_file.write(split, frame)
        pairs = nearest_copies.find(frame, raw)
        audit = leakage.audit(frame, data.split.near_copies, read_provenance(raw).classes, pairs)
        files.write_json(split.with_suffix(".leakage.json"), audit.model_dump())
        writer.write(raw, frame, folder / "records" / name, data.size)
    # records.json names the shards with their SHA-256; source.json is text, such as the citation
    made = [path for path in sorted(folder.rglob("*.*")) if path.suffix != ".tfrecord" and path.name != FILE]
    return {path.relative_to(folder).as_posix(): files.sha256(path) for path in made}


def hash_elsewhere(variables: dict[str, str], *options: str) -> dict[str, str]:
    """`hash_data` in another process with these environment variables."""
    command = [sys.executable, __file__, "--print", *options]
    done = subprocess.run(command, env=os.environ | variables, stdout=subprocess.PIPE, check=True)
    hashes: dict[str, str] = json.loads(done.stdout)
    return hashes


def compare() -> int:
    """Prints a table of data sets and processors; 1 where a byte differs."""
    from rich.console import Console
    from rich.table import Table

    expected = files.read_json(EXPECTED)["quick"]
    sets = sorted({path.split("/")[1] for path in expected if path.startswith("raw/")})
    table = Table("processor", *sets)
    differ = False
    for name, variables in pretended_processors().items():
        received = hash_elsewhere(variables)
        odd = {path.split("/")[1].split(".")[0] for path, _ in expected.items() ^ received.items()}
        differ |= bool(odd)
        table.add_row(name, *("DIFFERENT" if one in odd else "equal" for one in sets))
    Console(width=180).print(table)
    return int(differ)


def main() -> int:
    """Compares, writes the expected hashes, or prints those of this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write {EXPECTED.relative_to(ROOT)}")
    parser.add_argument("--print", action="store_true", help="print the hashes as this processor makes them")
    parser.add_argument("--examples", type=int, help="of each phantom, with --print")
    arguments = parser.parse_args()
    if not (arguments.print or arguments.write):
        return compare()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        if arguments.write:
            files.write_json(EXPECTED, {"small": hash_data(Path(one), SMALL), "quick": hash_data(Path(other))})
        else:
            print(json.dumps(hash_data(Path(one), arguments.examples)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
