"""What a user's shell and home can set: it changes no result, or is refused."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from cnnbench.backend import environment, on_tensorflow
from cnnbench.core.errors import UserError

TRAINING = textwrap.dedent("""
    import hashlib, json
    from cnnbench.backend import runtime
    settings = runtime.configure("cpu", 2, 0)
    import keras, numpy as np
    rng = np.random.default_rng(0)
    inputs, targets = rng.random((64, 16, 16, 3), np.float32), rng.integers(0, 2, 64)
    layers = [keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.BatchNormalization(), keras.layers.Flatten()]
    model = keras.Sequential([keras.Input((16, 16, 3)), *layers, keras.layers.Dense(2, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(inputs, targets, epochs=2, batch_size=16, verbose=0)
    bits = hashlib.sha256(b"".join(np.ascontiguousarray(weight).tobytes() for weight in model.get_weights()))
    print(json.dumps({"bits": bits.hexdigest(), **settings}))
""")
HOSTILE = {
    "TF_ENABLE_ONEDNN_OPTS": "0",  # TensorFlow's own start-up line suggests it
    "TF_SET_ONEDNN_FPMATH_MODE": "BF16",
    "ONEDNN_DEFAULT_FPMATH_MODE": "BF16",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
    "TF_NUM_INTRAOP_THREADS": "1",
    "KERAS_MAX_STEPS_PER_EPOCH": "1",
    "KERAS_BACKEND": "",
}


def train(home, **variables):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "KERAS_", "ONEDNN_"))}
    done = subprocess.run(
        [sys.executable, "-c", TRAINING],
        env=clean | {"HOME": str(home), "PYTHONPATH": "src"} | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout), done.stderr


def test_no_variable_and_no_keras_json_changes_a_result(tmp_path):
    plain, said = train(tmp_path)
    assert said == ""
    assert plain["precision"] == "float32"
    assert plain["backend"] == "tensorflow"
    (tmp_path / ".keras").mkdir()
    keras_json = tmp_path / ".keras/keras.json"
    keras_json.write_text(
        '{"floatx": "float16", "epsilon": 0.1, "backend": "jax", "image_data_format": "channels_first"}'
    )
    before = keras_json.read_bytes()
    hostile, said = train(tmp_path, **HOSTILE)
    assert hostile == plain
    assert keras_json.read_bytes() == before
    named = [name for name, value in HOSTILE.items() if value]
    assert said.count("\n") == 1
    assert all(name in said for name in named)


def test_another_instruction_set_is_recorded(tmp_path):
    settings, said = train(tmp_path, ONEDNN_MAX_CPU_ISA="SSE41")
    assert (settings["instruction_set"], said) == ("SSE41", "")


def test_another_backend_is_refused(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(UserError, match=r"Expected KERAS_BACKEND unset or tensorflow, .* received 'jax': unset it"):
        environment.pin("tensorflow", {})


def test_logging_memory_and_terraform_stay_the_users(monkeypatch, capsys):
    theirs = {
        "TF_CPP_MIN_LOG_LEVEL": "0",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "TF_VAR_x": "1",
    }
    for name, value in theirs.items():
        monkeypatch.setenv(name, value)
    pinned = on_tensorflow.variables(2)
    for name, value in pinned.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    environment.pin("tensorflow", pinned)
    assert {name: os.environ[name] for name in theirs} == theirs
    assert capsys.readouterr().err == ""
