"""Which mistakes are kept, and the sheet of their images."""

import numpy as np
import pytest
from PIL import Image

from cnnbench.data.records.reader import Part
from cnnbench.evaluation import mistakes


def part(labels, shape=(8, 8, 3)):
    n = len(labels)
    inputs = np.random.default_rng(1).integers(0, 256, (n, *shape), np.uint8)
    ids = np.array([f"id{i:03}" for i in range(n)])
    return Part(ids, ids, np.asarray(labels), inputs)


def test_mistakes_are_the_surest_first_and_hits_are_none_of_them():
    labels = np.array([0, 1, 0, 1, 0, 1])
    tops = np.array([0.9, 0.7, 0.8, 0.9, 0.6, np.nan])
    guesses = np.array([1, 0, 0, 0, 1, 0])
    scores = np.stack([np.where(guesses == 0, tops, 1 - tops), np.where(guesses == 1, tops, 1 - tops)], axis=1)
    found = mistakes.table(part(labels), scores, ["a", "b"], mistakes.choose(part(labels), scores))
    assert list(found) == ["id", "actual", "predicted", "score_actual", "score_predicted"]
    # of equals the first id; none that is no number
    assert found["id"].tolist() == ["id000", "id003", "id001", "id004"]
    assert found["actual"].tolist() == ["a", "b", "b", "a"]
    assert found["predicted"].tolist() == ["b", "a", "a", "b"]
    assert found["score_predicted"].tolist() == pytest.approx([0.9, 0.9, 0.7, 0.6])
    assert (found["score_actual"] + found["score_predicted"]).tolist() == pytest.approx([1] * 4)


def test_of_many_the_surest_are_kept_and_some_of_every_pair_of_classes():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 5000)
    tops = np.where(labels == 0, 0.9, 0.6) + rng.random(5000) / 100
    predicted = np.where(labels == 0, 1, rng.integers(0, 10, 5000))
    scores = np.repeat(((1 - tops) / 9)[:, None], 10, axis=1)
    scores[np.arange(5000), predicted] = tops
    rows = part(labels, (1, 1, 1))
    kept = mistakes.choose(rows, scores)
    wrong = np.flatnonzero(predicted != labels)
    surest = wrong[np.argsort(-tops[wrong])]
    assert len(kept) == mistakes.LISTED == len(set(kept.tolist())) < len(wrong)
    assert (np.diff(tops[kept]) <= 0).all()
    assert kept[:100].tolist() == surest[:100].tolist()
    pairs = {(a, b) for a, b in zip(labels[wrong], predicted[wrong], strict=True)}
    assert {(a, b) for a, b in zip(labels[kept], predicted[kept], strict=True)} == pairs
    assert len(pairs) > 70


@pytest.mark.parametrize("channels", [1, 3])
def test_a_sheet_holds_the_images_in_order_twenty_to_a_row(channels, tmp_path):
    rows = part(np.zeros(50, int), (10, 6, channels))
    chosen = np.random.default_rng(0).permutation(50)[:43]
    mistakes.write_sheet(tmp_path / "mistakes.webp", rows.inputs, chosen)
    with Image.open(tmp_path / "mistakes.webp") as image:
        assert (image.format, image.size) == ("WEBP", (120, 30))
        assert not image.getexif()
        pixels = np.asarray(image.convert("RGB"))
    for place, index in enumerate(chosen):
        y, x = 10 * (place // 20), 6 * (place % 20)
        assert (pixels[y : y + 10, x : x + 6] == rows.inputs[index]).all(), "small images keep every pixel"
    assert not pixels[20:, 18:].any()
    mistakes.write_sheet(tmp_path / "again.webp", rows.inputs, chosen)
    assert (tmp_path / "again.webp").read_bytes() == (tmp_path / "mistakes.webp").read_bytes()


@pytest.mark.parametrize(("shape", "size"), [((300, 600), (224, 112)), ((64, 48), (48, 64)), ((224, 224), (224, 224))])
def test_large_images_are_shrunk_and_stay_what_they_were(shape, size, tmp_path):
    ramp = np.broadcast_to(np.linspace(0, 255, shape[1])[None, None, :, None], (3, *shape, 1)).astype(np.uint8)
    mistakes.write_sheet(tmp_path / "mistakes.webp", ramp, np.array([2, 0]))
    with Image.open(tmp_path / "mistakes.webp") as image:
        assert image.size == (2 * size[0], size[1])
        row = np.asarray(image.convert("L"))[size[1] // 2, : size[0]].astype(float)
    assert row == pytest.approx(np.linspace(0, 255, size[0]), abs=12)


def test_without_a_mistake_an_earlier_sheet_goes(tmp_path):
    path = tmp_path / "mistakes.webp"
    path.write_bytes(b"old")
    mistakes.write_sheet(path, part([0]).inputs, np.array([], int))
    assert not path.exists()
