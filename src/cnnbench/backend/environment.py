"""Settings outside params.yaml that could change a result: each is set here, whatever the user's shell says.

TensorFlow, oneDNN, XLA, JAX, PyTorch and Keras read dozens of environment variables, and TensorFlow's own start-up
lines suggest some of them. Nobody can say for each whether it moves a bit, so the rule is about names: a variable of
theirs is taken out, unless it is known to change no result. docs/guarantees.md has the rule for users.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cnnbench.core.errors import UserError

_PREFIXES = (
    *("KERAS_", "TF_", "XLA_", "ONEDNN_", "DNNL_", "NVIDIA_TF32_OVERRIDE", "CUBLAS_", "CUDNN_"),
    *("JAX_", "TORCH_", "PYTORCH_"),
)
_HARMLESS = {
    "KERAS_HOME",  # a folder; its keras.json is not read, see `no_keras_json`
    "TF_FORCE_GPU_ALLOW_GROWTH",
    "TF_GPU_ALLOCATOR",
    "CUDNN_PATH",
    "JAX_COMPILATION_CACHE_DIR",
    "PYTORCH_CUDA_ALLOC_CONF",
    "TORCH_HOME",
}
# Terraform's variables begin with TF_, too
_TERRAFORM = (
    *("TF_ACC", "TF_CLI_", "TF_CLOUD_", "TF_DATA_DIR", "TF_IGNORE", "TF_IN", "TF_LOG", "TF_PLUGIN_", "TF_REATTACH_"),
    *("TF_REGISTRY_", "TF_STATE_", "TF_TOKEN_", "TF_VAR_", "TF_WORKSPACE"),
)
_LOGGING = ("TF_CPP_", "ONEDNN_VERBOSE", "DNNL_VERBOSE", "CUDNN_LOG", "CUBLAS_LOG")
INSTRUCTION_SETS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
"""They pretend an older processor, so they count as one: results may differ as between two, and it is recorded."""


def pin(backend: str, pinned: Mapping[str, str]) -> None:
    """Sets the environment of Keras and its backend; to be called before they are imported.

    What is taken out or replaced is named in one line on stderr.

    Args:
        backend: Of params.yaml.
        pinned: Variables to set for it.

    Raises:
        UserError: KERAS_BACKEND asks for another backend.
    """
    wanted = {"KERAS_BACKEND": backend, **pinned}
    if (asked := os.environ.get("KERAS_BACKEND") or backend) != backend:
        raise UserError(
            f"Expected KERAS_BACKEND unset or {backend}, as backend: in params.yaml says, received {asked!r}: "
            f"unset it, or set backend: there."
        )
    found = sorted(name for name in os.environ if _may_change_results(name))
    ignored = [name for name in found if os.environ[name] not in ("", wanted.get(name))]
    for name in found:
        del os.environ[name]
    os.environ.update(wanted)
    if ignored:  # names alone: a value may be a secret
        print(f"ignored, since results could depend on it: {', '.join(ignored)} (docs/guarantees.md)", file=sys.stderr)


@contextmanager
def no_keras_json() -> Iterator[None]:
    """Lets Keras, imported within the block, find no `keras.json`: it may set another float type or image layout."""
    home = os.environ.get("KERAS_HOME")
    os.environ["KERAS_HOME"] = os.devnull  # no folder, so Keras neither reads the file there nor writes one
    try:
        yield
    finally:
        del os.environ["KERAS_HOME"]
        if home is not None:
            os.environ["KERAS_HOME"] = home


def _may_change_results(name: str) -> bool:
    return (
        name.startswith(_PREFIXES)
        and not name.startswith(_LOGGING + _TERRAFORM)
        and name not in _HARMLESS
        and name not in INSTRUCTION_SETS
    )
