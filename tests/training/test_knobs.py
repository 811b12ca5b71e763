"""Each knob of a recipe changes the training as its description says."""

import numpy as np
import pytest
from toys import refused

from cnnbench.backend import feeding
from cnnbench.config import Recipe
from cnnbench.data.records import reader, schema
from cnnbench.evaluation import scoring
from cnnbench.training import labels, mixing, optimizers, phases, precision, saving, stopping, trainer

FOLDS = {"train": [2, 3, 4, 5, 6, 7, 8, 9], "val": [1]}


def train(run, digits, start=None):
    import keras

    keras.utils.set_random_seed(run.seed)
    return trainer.train(run, digits.records, schema.read(digits.records), FOLDS, lambda _: None, None, start)


def optimizer(steps=10, **recipe):
    """The optimiser of a model with a dense layer and a normalisation, and that model."""
    import keras

    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, name="dense"), keras.layers.BatchNormalization()]
    )
    chosen = Recipe(**{"epochs": 1} | recipe)
    built = optimizers.build(chosen, phases.plan(chosen)[-1], steps, model)
    built.build(model.trainable_variables)
    return built, model


def apply(built, model, gradient):
    built.apply([np.full(variable.shape, gradient, np.float32) for variable in model.trainable_variables])
    return [np.asarray(variable) for variable in model.trainable_variables]


def test_sgd_has_momentum():
    for nesterov, second in ((False, 1.9), (True, 2.71)):
        built, model = optimizer(optimizer="sgd", lr=0.1, momentum=0.9, nesterov=nesterov)
        start = [np.asarray(variable) for variable in model.trainable_variables]
        first = apply(built, model, 1.0)
        after = apply(built, model, 1.0)
        assert start[0] - first[0] == pytest.approx(0.19 if nesterov else 0.1, rel=1e-4)
        assert first[0] - after[0] == pytest.approx(second * 0.1, rel=1e-4)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_weight_decay_spares_biases_and_normalisation(name):
    built, model = optimizer(optimizer=name, lr=0.1, weight_decay=0.5)
    before = [np.asarray(variable) + 1 for variable in model.trainable_variables]
    for variable, value in zip(model.trainable_variables, before, strict=True):
        variable.assign(value)
    kernel, *others = apply(built, model, 0.0)
    assert kernel == pytest.approx(before[0] * 0.95)
    for other, value in zip(others, before[1:], strict=True):
        assert np.array_equal(other, value)


def test_adamw_without_a_decay_decays_nothing():
    built, model = optimizer(optimizer="adamw", lr=0.1)
    before = np.asarray(model.trainable_variables[0])
    assert np.array_equal(apply(built, model, 0.0)[0], before)


def test_the_norm_of_the_whole_gradient_is_clipped():
    built, model = optimizer(optimizer="sgd", lr=1.0, clip_norm=0.5)
    before = [np.asarray(variable) for variable in model.trainable_variables]
    after = apply(built, model, 100.0)
    moved = np.concatenate([(old - new).ravel() for old, new in zip(before, after, strict=True)])
    assert np.linalg.norm(moved) == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize(("schedule", "end"), [("constant", 1.0), ("cosine", 0.0)])
def test_the_rate_rises_first(schedule, end):
    built, model = optimizer(steps=10, epochs=2, lr=1.0, warm_up=0.2, schedule={"name": schedule})
    rates = []
    for _ in range(21):
        rates.append(float(built.learning_rate))
        apply(built, model, 0.0)
    assert rates[:5] == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])
    assert rates[12] == pytest.approx((1 + end) / 2)
    assert rates[20] == pytest.approx(end, abs=1e-6)


def test_the_mean_of_the_weights_is_measured_kept_and_saved(digits, tiny, tiny_run, tmp_path):
    import keras

    steps = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            steps.append([np.asarray(variable) for variable in self.model.trainable_variables])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "progress_callback", lambda *_: Watch())
        patch.setattr(feeding, "steps_per_execution", lambda _: 1)  # to see each
        trained = train(tiny_run(freeze="all", ema=0.8, epochs=3), digits, tiny)
    mean = steps[0]
    for step in steps[1:]:
        mean = [0.8 * old + 0.2 * new for old, new in zip(mean, step, strict=True)]
    head = trained.model.get_layer("output").get_weights()
    assert head[0] == pytest.approx(mean[0], abs=1e-5)
    assert np.abs(head[0] - steps[-1][0]).max() > 1e-3
    saving.save(trained.model, tmp_path / "model.keras")
    known = schema.read(digits.records)
    val = reader.load(digits.records, known, FOLDS["val"])
    scores = scoring.predict_scores(scoring.load(tmp_path / "model.keras"), val.inputs)
    loss = -np.log(scores[np.arange(len(val.labels)), val.labels]).mean()
    assert loss == pytest.approx(trained.history[-1]["val_loss"], rel=1e-4)


def test_early_stopping_keeps_the_best_mean(digits, tiny, tiny_run):
    stop = {"monitor": "val_loss", "patience": 2, "restore_best": True}
    trained = train(tiny_run("none", ema=0.5, lr=0.1, epochs=20, early_stopping=stop), digits)
    losses = [row["val_loss"] for row in trained.history]
    assert trained.best_epoch == 1 + int(np.argmin(losses)) < len(losses)
    val = reader.load(digits.records, schema.read(digits.records), FOLDS["val"])
    scores = scoring.predict_scores(trained.model, val.inputs)
    loss = -np.log(np.clip(scores[np.arange(len(val.labels)), val.labels], 1e-7, 1)).mean()
    assert loss == pytest.approx(min(losses), rel=1e-4)


def test_the_best_epoch_is_none_of_the_heads():
    recipe = Recipe(
        epochs=4, head_epochs=2, early_stopping={"monitor": "val_loss", "patience": 1, "restore_best": True}
    )
    rows = [{"epoch": n, "val_loss": loss} for n, loss in enumerate([0.1, 0.2, 0.4, 0.3], start=1)]
    assert stopping.best_epoch(recipe, rows) == 4


def soften(recipe, indices, classes=2, weights=None, inputs=None):
    inputs = np.zeros((len(indices), 4, 4, 1), np.uint8) if inputs is None else inputs
    return labels.soften(recipe, classes, weights, 7)(3, (inputs, np.asarray(indices)))


def test_labels_are_smoothed():
    _, shares, weights = soften(Recipe(epochs=1, label_smoothing=0.1), [0, 2], classes=4)
    assert shares == pytest.approx(np.array([[0.925, 0.025, 0.025, 0.025], [0.025, 0.025, 0.925, 0.025]]))
    assert weights == pytest.approx(1)
    binary = Recipe(epochs=1, label_smoothing=0.1, loss="binary_crossentropy")
    assert soften(binary, [0, 1])[1] == pytest.approx(np.array([[0.05], [0.95]]))


def test_smoothing_is_that_of_keras_and_validation_has_none(digits, tiny, tiny_run):
    """With a rate that changes nothing, and for the sparse loss too, which has none in Keras."""
    import keras

    recipe = {"freeze": "all", "lr": 1e-30, "epochs": 1}
    known = schema.read(digits.records)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.layers.Dropout, "call", lambda self, inputs, training=False: inputs)
        trained = train(tiny_run(**recipe, label_smoothing=0.2), digits, tiny)
    plain = train(tiny_run(**recipe), digits, tiny)
    part = reader.load(digits.records, known, FOLDS["train"])
    scores = scoring.predict_scores(trained.model, part.inputs)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)
    assert trained.history[0]["loss"] == pytest.approx(float(loss(np.eye(10)[part.labels], scores)), rel=1e-3)
    assert trained.history[0]["val_loss"] == pytest.approx(plain.history[0]["val_loss"], rel=1e-6)


def test_the_accuracy_of_one_output_counts_the_greater_share():
    for smoothing in (0.1, 0.0):
        recipe = Recipe(epochs=1, loss="binary_crossentropy", label_smoothing=smoothing, mixup=0.2)
        metric = labels.metric(recipe)
        metric.update_state(np.array([[0.95], [0.05], [0.6], [0.4]]), np.array([[0.9], [0.1], [0.2], [0.3]]))
        metric.update_state(np.array([1, 0, 0, 1]), np.array([[0.9], [0.1], [0.2], [0.3]]))
        assert float(metric.result()) == pytest.approx(6 / 8)


def test_class_weights_weigh_each_part_of_a_mixture():
    indices = np.array([0, 1] * 8)
    plain, weighted = (
        soften(Recipe(epochs=1, mixup=1.0), indices, weights=weights) for weights in (None, {0: 3.0, 1: 0.5})
    )
    # the loss of an example is its weight times the sum of shares times losses of the classes
    assert weighted[1] * weighted[2][:, None] == pytest.approx(plain[1] * [3.0, 0.5], rel=1e-5)
    assert weighted[1].sum(axis=1) == pytest.approx(1)


@pytest.fixture(scope="module")
def batch():
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (64, 12, 16, 3), np.uint8), np.eye(5, dtype=np.float32)[
        generator.integers(0, 5, 64)
    ]


def mix(batch, step=0, seed=0, **recipe):
    return mixing.mix(Recipe(epochs=1, **recipe), *batch, seed, step)


def test_mixup_mixes_images_as_it_mixes_labels(batch):
    inputs, shares = mix(batch, mixup=0.4)
    assert inputs.dtype == np.uint8
    assert shares.sum(axis=1) == pytest.approx(1)
    mixed = 0
    for image, label, share, own in zip(inputs, batch[1], shares, batch[0], strict=True):
        weight = share[label.argmax()]
        if not 0.05 < weight < 0.95:
            continue
        others = batch[0][batch[1].argmax(axis=1) == np.where(label, 0, share).argmax()]
        expected = np.round(weight * own.astype(np.float32) + (1 - weight) * others.astype(np.float32))
        assert (np.abs(expected - image).max(axis=(1, 2, 3)) <= 1).sum() == 1, "with one image of that class"
        mixed += 1
    assert mixed > 20


def test_cutmix_pastes_a_patch_as_large_as_the_share(batch):
    inputs, shares = mix(batch, cutmix=1.0)
    own = (inputs == batch[0]).all(axis=-1)
    assert 0.2 < own.mean() < 0.8
    mixed = shares.max(axis=1) < 1
    assert mixed.sum() > 20
    for kept, share, label in zip(own[mixed], shares[mixed], batch[1][mixed], strict=True):
        assert kept.mean() == pytest.approx(share[label.argmax()], abs=0.02)
        rows, columns = np.where(~kept)
        assert (~kept)[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all(), "one rectangle"


def test_mixing_follows_from_seed_and_step_alone(batch):
    first = mix(batch, step=4, mixup=0.4, cutmix=1.0)
    assert all(map(np.array_equal, first, mix(batch, step=4, mixup=0.4, cutmix=1.0)))
    assert not np.array_equal(first[0], mix(batch, step=5, mixup=0.4, cutmix=1.0)[0])
    assert not np.array_equal(first[0], mix(batch, step=4, seed=1, mixup=0.4, cutmix=1.0)[0])


def test_with_both_a_batch_has_one(batch):
    patched = [(mix(batch, step=n, mixup=1.0, cutmix=1.0)[0] == batch[0]).mean() > 0.2 for n in range(20)]
    assert 3 < sum(patched) < 17


def test_tiny_parameters_of_mixing_give_numbers(batch):
    for name in ("mixup", "cutmix"):
        assert np.isfinite(mix(batch, **{name: 1e-6})[1]).all()


def test_cutmix_of_rows_is_refused(housing, tiny_run):
    run = tiny_run("none", cutmix=1.0).model_copy(update={"architecture": "conv1d", "dataset": "boston_housing"})
    known = schema.read(housing.records).model_copy(update={"classes": ("a", "b")})
    with refused(r"Expected cutmix: 0 for rows of a table, which have no patches, received 1"):
        trainer.train(run, housing.records, known, FOLDS, lambda _: None)


def test_mixed_precision_computes_in_another_type_and_predicts_as_measured(digits, tiny, tiny_run, tmp_path):
    import keras

    trained = train(tiny_run("none", mixed_precision="bfloat16"), digits)
    assert keras.config.dtype_policy().name == "float32", "what comes after is as before"
    types = {layer.name: layer.compute_dtype for layer in trained.model.layers}
    assert (types["first_conv"], types["output"]) == ("bfloat16", "float32")
    assert {str(value.dtype) for value in trained.model.trainable_variables} == {"float32"}
    saving.save(trained.model, tmp_path / "model.keras")
    val = reader.load(digits.records, schema.read(digits.records), FOLDS["val"])
    scores = scoring.predict_scores(scoring.load(tmp_path / "model.keras"), val.inputs)
    loss = -np.log(scores[np.arange(len(val.labels)), val.labels]).mean()
    assert loss == pytest.approx(trained.history[-1]["val_loss"], rel=1e-3)


def test_float16_is_refused_on_a_cpu(digits, tiny, tiny_run):
    with refused(r"Expected mixed_precision: bfloat16 or none on a CPU, .* five times slower .* received float16"):
        train(tiny_run("none", mixed_precision="float16"), digits)


def test_float16_scales_its_loss(monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "get_visible_devices", lambda _: ["a card"])
    with precision.computing_in("float16"):
        built, _ = optimizer(mixed_precision="float16", ema=0.9, lr=0.1)
    assert type(built).__name__ == "LossScaleOptimizer"
    assert float(built.learning_rate) == pytest.approx(0.1)
    assert built.inner_optimizer.use_ema
