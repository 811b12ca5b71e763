"""Runs added to params.yaml: what is written is what was meant, and all else stays."""

import pytest
from toys import SHIPPED, refused

from cnnbench import config
from cnnbench.planning import params_file, repeats
from cnnbench.planning.params_file import NewRun

HOUSES, DIGITS = "boston_housing-conv1d", "mnist-mnist_cnn"
RECIPE, OTHER = "{lr: 1.0e-3, epochs: 2}", "{lr: 1.0e-3, epochs: 3}"


def rewrite(path, runs):
    """Leaves these lines as the runs of params.yaml, and nothing after them."""
    text = path.read_text()
    path.write_text(text[: text.index("\n# A run")] + "\nthresholds: {}\n" + runs, newline="")


def repeat(path, names, seeds):
    planned = repeats.plan(config.load(path), names, seeds)
    params_file.add(path, planned, merge=True)
    return [new.name for new in planned]


def pair(path, recipe=None):
    """A new network on the digits."""
    digits = config.load(path).runs[DIGITS]
    run = config.Run(dataset="mnist", architecture="tiny", recipe=recipe or digits.recipe, quick=digits.quick)
    return NewRun("mnist-tiny", run, DIGITS, DIGITS)


def test_the_whole_file_is_kept_but_for_an_anchor_and_the_added_lines(path):
    before = path.read_text().splitlines(keepends=True)
    repeat(path, [DIGITS, HOUSES], [0, 1, 2])
    after = path.read_text().splitlines(keepends=True)
    added = [line for line in after if "<<:" in line]
    assert added[0] == f"  {DIGITS}-s1-f0: {{<<: *{DIGITS}, seed: 1, fold: 0}}\n"
    assert len(added) == 4
    rest = [line for line in after if "<<:" not in line]
    for name in (DIGITS, HOUSES):
        rest[rest.index(f"  {name}: &{name}\n")] = f"  {name}:\n"
    assert rest == before


def test_a_new_pair_is_written_as_the_shipped_runs_are(path):
    params_file.add(path, [pair(path)])
    text = path.read_text()
    added = """\
  mnist-tiny:   # recipe of mnist-mnist_cnn
    dataset: mnist
    architecture: tiny
    weights: none
    seed: 0
    fold: 0
    recipe:
      optimizer: adadelta
      lr: 1.0
      schedule: {name: constant}
      loss: categorical_crossentropy
      batch_size: 128
      epochs: 10
      l2: 0.0
    quick: {lr: null, epochs: null, batch_size: null}
"""
    assert added in text
    assert text.replace(added, "") == SHIPPED.read_text()


def test_small_rates_are_numbers_in_yaml_1_1_too(path):
    recipe = config.load(path).runs[DIGITS].recipe.model_copy(update={"lr": 1e-5})
    params_file.add(path, [pair(path, recipe)])
    assert "      lr: 1.0e-05\n" in path.read_text()
    assert config.load(path).runs["mnist-tiny"].recipe.lr == 1e-5


@pytest.mark.parametrize("merge", [True, False])
def test_windows_line_ends_stay(path, merge):
    path.write_bytes(SHIPPED.read_bytes().replace(b"\n", b"\r\n"))
    new = repeats.plan(config.load(path), ["skin_cancer-skin_cnn"], [1]) if merge else [pair(path)]
    params_file.add(path, new, merge=merge)
    content = path.read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") > SHIPPED.read_bytes().count(b"\n")
    assert content.count(b"\r") == content.count(b"\n")


def test_comments_stay_with_their_runs_whatever_the_form(path):
    rewrite(
        path,
        "runs:\n"
        '  "odd-name":   # why: so\n'
        f"    dataset: mnist\n    architecture: mnist_cnn\n    recipe:   {RECIPE}\n"
        "    # its last word\n\n"
        "  # of the next\n"
        f"  flow: &mine {{dataset: mnist, architecture: mnist_cnn, recipe: {OTHER}, seed: 7}}   # tail\n"
        "  alias: *mine",
    )
    assert repeat(path, ["odd-name", "alias"], [1]) == ["odd-name-s1-f0", "flow-s1-f0"]
    text = path.read_text()
    assert text[text.index("runs:") :] == (
        "runs:\n"
        '  "odd-name": &odd-name   # why: so\n'
        f"    dataset: mnist\n    architecture: mnist_cnn\n    recipe:   {RECIPE}\n"
        "    # its last word\n"
        "  odd-name-s1-f0: {<<: *odd-name, seed: 1, fold: 0}\n\n"
        "  # of the next\n"
        f"  flow: &mine {{dataset: mnist, architecture: mnist_cnn, recipe: {OTHER}, seed: 7}}   # tail\n"
        "  alias: *mine\n"
        "  flow-s1-f0: {<<: *mine, seed: 1, fold: 0}\n"
    )


def test_a_file_that_dvc_has_folded_is_added_to_all_the_same(path):
    from dvc.utils.hydra import apply_overrides

    short, long = "64, split: grouped}", "64, split: {protocol: grouped, near_copies: report}}"
    path.write_text(path.read_text().replace(short, long))
    apply_overrides(path, ["lr=1e-4"])
    before = path.read_text().splitlines()
    assert "          near_copies: report}}" in before
    repeat(path, ["chest_xray-chest_cnn"], [1])
    lines = [line for line in path.read_text().splitlines() if "<<:" not in line]
    assert [line.replace(" &chest_xray-chest_cnn", "") for line in lines] == before


def test_wider_indents_are_kept(path):
    indented = [" " * (len(line) - len(line.lstrip())) + line for line in SHIPPED.read_text().splitlines(keepends=True)]
    path.write_text("".join(indented))
    repeat(path, [DIGITS], [1])
    assert f"\n    {DIGITS}-s1-f0: {{" in path.read_text()


def test_an_anchor_that_is_taken_is_not_taken_again(path):
    kept = "{dataset: mnist, architecture: mnist_cnn, recipe: "
    rewrite(path, f"runs:\r\n  one: &two {kept}{RECIPE}}}\r\n  two: {kept}{OTHER}}}\r\n")
    repeat(path, ["two"], [1])
    assert path.read_bytes().endswith(b"\r\n  two-s1-f0: {<<: *two-2, seed: 1, fold: 0}\r\n")
    assert config.load(path).runs["two-s1-f0"].recipe.epochs == 3


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        (
            f"runs: {{a: {{dataset: mnist, architecture: mnist_cnn, recipe: {RECIPE}}}}}\n",
            "Expected `runs:` with a run",
        ),
        (
            f"runs:\n  ? a\n  : {{dataset: mnist, architecture: mnist_cnn, recipe: {RECIPE}}}\n",
            "Expected (to add 1 runs to|valid YAML in) ",
        ),
    ],
)
def test_runs_in_a_form_that_cannot_be_added_to_are_refused_and_nothing_is_written(path, runs, message):
    rewrite(path, runs)
    before = path.read_bytes()
    with refused(message):
        repeat(path, [], [1])
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["params.yaml"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("written", ["runs: {}", "runs: { }"])
def test_the_first_run_is_added(path, end, written):
    rewrite(path, f"{written}\n# the end\n")
    path.write_text(path.read_text().replace("\n", end), newline="")
    run = config.load(SHIPPED).runs[DIGITS].model_copy(update={"published": None, "tuned": None})
    params_file.add(path, [NewRun("a", run, "", ""), NewRun("b", run, "", "")])
    assert config.load(path).runs == {"a": run, "b": run}
    assert path.read_bytes().endswith(f"{end}# the end{end}".encode())


@pytest.mark.parametrize(
    ("written", "received"), [("runs: {\n}\n", "'runs: {': write it so"), ("", "no such key: add")]
)
def test_no_run_in_another_form_is_refused(path, written, received):
    rewrite(path, written)
    run = config.load(SHIPPED).runs[DIGITS]
    with refused(f"Expected `runs: {{}}` on a line of params.yaml, received {received}"):
        params_file.add(path, [NewRun("a", run, "", "")])
