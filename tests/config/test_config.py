import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML
from toys import SHIPPED, refused

from cnnbench import config


@pytest.fixture
def edited(tmp_path):
    """Loads the shipped params.yaml with one text replaced."""

    def load(old, new):
        text = SHIPPED.read_text()
        assert old in text
        path = tmp_path / "params.yaml"
        path.write_text(text.replace(old, new, 1))
        return config.load(path)

    return load


def test_shipped_file_names_the_nine_published_runs_and_two_of_our_own():
    assert list(config.load(SHIPPED).runs) == [
        "patch_camelyon-pcam_cnn",
        "breast_histopathology-breast_cnn",
        "chest_xray-chest_cnn",
        "chest_xray-efficientnet_lite0",
        "brain_tumor-plain_cnn",
        "brain_tumor-vgg16",
        "mnist-mnist_cnn",
        "cifar10-cifar_cnn",
        "cifar10-wrn_10_2",
        "boston_housing-conv1d",
        "skin_cancer-skin_cnn",
    ]


@pytest.mark.parametrize(
    ("written", "value"), [("1e-05", 1e-5), ("1e-4", 1e-4), ("5e-06", 5e-6), (".001", 1e-3), ("1", 1)]
)
def test_rates_as_dvc_writes_them_are_numbers(edited, written, value):
    assert edited("\nlr:", f"\nlr: {written}").lr == value


def test_top_level_knobs_override_the_profile_and_the_profile_the_recipe(edited):
    name = "chest_xray-chest_cnn"
    shipped = config.load(SHIPPED)
    assert shipped.run(name).recipe.epochs == shipped.runs[name].quick.epochs != shipped.runs[name].recipe.epochs
    full = edited("profile: quick", "profile: full")
    assert full.run(name).recipe == full.runs[name].recipe
    assert {run.recipe.epochs for run in map(edited("\nepochs:", "\nepochs: 3").run, shipped.runs)} == {3}
    assert {run.seed for run in map(edited("\nseed:", "\nseed: 7").run, shipped.runs)} == {7}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\nlr:", "\nlr: abc", "Expected lr in .* to be a number, received 'abc'"),
        ("\nlr:", "\nlr: '1e-3'", "Expected lr in .* to be a number, received '1e-3'"),
        ("\nlr:", "\nlr: -1", "to be greater than 0, received -1"),
        ("size: 64", "size: 100000", r"datasets\..*\.size.* in .* to be less than or equal to 16384, received 100000"),
        ("\nlr:", "\nlr: 0", "to be greater than 0, received 0"),
        ("\nlr:", "\nlr: .nan", "to be a finite number, received nan"),
        ("\nepochs:", "\nepochs: 2.5", "Expected epochs in .* to be an integer, received 2.5"),
        ("\nseed:", "\nseed: true", "Expected seed in .* to be an integer, received True"),
        ("train: 0.8", "train: 0.7", r"Expected shares that sum to 1, received 0.7 \+ 0.1 \+ 0.1 = 0.9 .* at split"),
        ("train: 0.8", "train: 0.85", "sum to 1"),
        ("profile: quick", "profile: slow", "Expected profile in .* to be 'quick' or 'full', received 'slow'"),
        (
            "optimizer: adadelta",
            "optimizer: adan",
            "to be 'adam', 'adamw', 'rmsprop', 'adadelta' or 'sgd', received 'adan'",
        ),
        (
            "dataset: mnist",
            "dataset: mnst",
            r"Expected a data set among .* as runs.mnist-mnist_cnn.dataset, received 'mnst' \(did you mean mnist\?\)",
        ),
        ("name: exponential", "name: step", "one of 'constant', 'exponential', 'plateau', 'cosine', received 'step'"),
        ("schedule: {name: exponential, ", "schedule: {name: cosine, ", "only known keys in .*schedule.decay_steps"),
        ("recipe: published", "recipe: best", "Expected recipe in .* to be 'published' or 'tuned', received 'best'"),
        (
            "split: grouped}",
            "split: random}",
            "Expected split as grouped, image-level, official or the path of a .* 'random'",
        ),
        ("split: grouped}", "split: {protocol: given}}", "Expected a file with protocol: given, and none without"),
        ("split: grouped}", "split: {file: a.csv}}", "Expected a file with protocol: given, and none without"),
        ("near_copies: join}", "near_copies: drop}", "to be 'join', 'report' or 'ignore', received 'drop'"),
        ("{source: phantom, ", "{source: {name: phantom, colour: red}, ", "only known keys in .*source.colour"),
        ("definition: mnist", "definitions: mnist", "Expected a key datasets.mnist.definition"),
        ("\nbaseline:", "\nbaseline: 5", "Expected baseline in .* to be a string, received 5"),
        ("\narchives:", "\narchives: 5", "Expected archives in .* to be a string, received 5"),
        ("threads: 1", "thread: 1", "Expected a key threads"),
        ("profile: quick", "profile: quick\nextra: 1", "Expected only known keys in .*, received extra"),
        ("accuracy: {min:", "accuracy: {floor:", "either {min: number} or {max: number}, .*, received {'floor'"),
        ("{min: 0.92}", "{of: low}", "either {min: number} or .*, received {'of': 'low'}"),
        ("{min: 0.92}", "{min: 0.9, max: 1}", "either {min: number} or .*, received {'min': 0.9, 'max': 1}"),
        ("{min: 0.92}", "{min: 0.9, tolerance: 0.1}", "either {min: number} or .*, received {'min': 0.9, 'tol"),
        ("{min: 0.92}", "{baseline: 0.9}", "or {baseline: number, tolerance: number}, received {'baseline': 0.9}"),
        ("{min: 0.92}", "{min: 0.9, of: mean}", r"accuracy\.of in .* to be 'value', 'low' or 'high', received 'mean'"),
        ("{min: 0.92}", "{min: .nan}", r"accuracy\.value in .* to be a finite number, received nan"),
        ("{min: 0.92}", "{baseline: 0.9, tolerance: -1}", r"tolerance in .* greater than or equal to 0, received -1"),
        (
            "architecture: mnist_cnn",
            "architecture: ../mnist_cnn",
            "Expected a name of letters.*'../mnist_cnn'.*tecture",
        ),
        ("\nsplit:", "\nsplit: [", "Expected valid YAML in .*, line"),
    ],
)
def test_bad_values_get_one_line_that_says_what_was_expected(edited, old, new, message):
    with refused(message):
        edited(old, new)


ODD = [
    "a b", "a.b", "..", ".", "a/b", "a\\b", "'a''b'", '"a\\"b"', "a$b", "$(touch x)", "'`touch x`'", '"x\'$(y)\'"',
    "a@b", '"a:b"', '"a,b"', "'{a}'", "'${key}'", "a;b", "a|b", "'*'", "'~'", "-a", "'-'", "''", "' a'", '"a\\n"',
    "2024", "1e5", "0x1F", "true", "null", "2024-01-02", "😀", "a\u202eb", "a\u200bb", "a\ufe0f", "\u0301", "a\u2044b",
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "message"),
    [
        *((name, "a name of letters, digits, _ and - .*received") for name in ODD),
        ("n" * 201, "a name of at most 200 bytes, since files bear it, received 'nnn"),
        ("é" * 101, "a name of at most 200 bytes"),
        ("con", "a name that no device of Windows has, received 'con'"),
        ("NUL", "a name that no device of Windows has"),
        ("Com1", "a name that no device of Windows has"),
        ("e\u0301te", r"a name in Unicode's composed form \(NFC\), received 'e\\u0301te'"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("section", "old"), [("runs", "mnist-mnist_cnn"), ("datasets", "mnist")])
def test_names_that_stages_folders_and_shells_would_read_as_something_else_are_refused(
    edited, section, old, name, message
):
    with refused(rf"Expected {message}.* in .*params.yaml at {section}\."):
        edited(f"\n  {old}:\n", f"\n  {name}:\n")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cifar10", "MNIST", "under datasets, received mnist and MNIST: rename one"),
        (
            "skin_cancer-skin_cnn",
            "Mnist-mnist_CNN",
            "under runs, received mnist-mnist_cnn and Mnist-mnist_CNN",
        ),
    ],
)
def test_names_that_differ_in_case_alone_would_share_their_files(edited, old, new, message):
    with refused(f"Expected names that differ in more than case {message}"):
        edited(f"\n  {old}:\n", f"\n  {new}:\n")


@pytest.mark.parametrize(
    "name",
    [
        "mnist-mnist_cnn-s1-f0",
        "_a",
        '"2024"',
        '"1e5"',
        "7a",
        "Übersicht",
        "病理",
        "हिन्दी",
        "ไทย",
        "n" * 200,
        "console",
        "on",
    ],
)
def test_other_names_are_taken(edited, name):
    assert name.strip('"') in edited("\n  mnist-mnist_cnn:\n", f"\n  {name}:\n").runs


@pytest.mark.parametrize(
    ("written", "bound"),
    [
        ("{min: 1}", config.Bound(kind="min", value=1)),
        ("{min: 0.9, of: low}", config.Bound(kind="min", value=0.9, of="low")),
        ("{max: 8.0, of: high}", config.Bound(kind="max", value=8.0, of="high")),
        ("{baseline: 0.95, tolerance: 0.01}", config.Bound(kind="baseline", value=0.95, of="value", tolerance=0.01)),
    ],
)
def test_the_forms_of_a_threshold(edited, written, bound):
    assert edited("{min: 0.92}", written).thresholds["mnist-mnist_cnn"]["accuracy"] == bound


def test_missing_file_says_where_to_run(tmp_path):
    with refused(r"Expected a file .*params.yaml .* received none: run this in the repository root"):
        config.load(tmp_path / "params.yaml")


def test_unknown_run_and_data_set_list_the_known():
    shipped = config.load(SHIPPED)
    with refused(r"Expected a run among patch_camelyon-pcam_cnn, .* received 'nosuch'"):
        shipped.run("nosuch")
    with refused(r"Expected a data set among patch_camelyon, .* received 'nosuch'"):
        shipped.data("nosuch")
    with refused(r"received 'brain_tumor-vgg' \(did you mean brain_tumor-vgg16\?\)\.$"):
        shipped.run("brain_tumor-vgg")


def test_sources_and_splits_in_short(edited):
    data = edited("64, split: grouped}", "64, split: ./mine.csv}").data("chest_xray")
    assert data.source == config.SourceChoice(name="phantom", seed=0, path=None, groups=None, sha256=None)
    assert data.split == config.Rule(protocol="given", near_copies="report", file="./mine.csv")
    assert edited("64, split: grouped}", "64, split: image-level}").data("chest_xray").split.protocol == "image-level"
    assert config.Data(source="kaggle", examples=None, size=64).split == config.Rule(protocol="grouped")
    long = "{source: {name: phantom, seed: 4, groups: g.csv}, split: {protocol: official, near_copies: join}, "
    long += "examples: 80, size: 64}"
    data = edited("{source: phantom, examples: 800, size: 64, split: grouped}", long).data("chest_xray")
    assert (data.source.seed, data.source.groups) == (4, "g.csv")
    assert (data.split.protocol, data.split.near_copies) == ("official", "join")


@pytest.mark.parametrize(
    ("split", "near_copies"),
    [
        ("grouped", "join"),
        ("image-level", "join"),
        ("./mine.csv", "join"),
        ("{protocol: official}", "join"),
        ("{near_copies: report}", "report"),
        ("{protocol: image-level, near_copies: ignore}", "ignore"),
    ],
)
def test_near_copies_of_ones_own_images_are_joined_where_nothing_is_said(edited, split, near_copies):
    shipped = "definition: chest_xray\n    quick: {source: phantom, examples: 800, size: 64, split: grouped}"
    own = f"definition: folder\n    quick: {{source: folder, examples: null, size: 64, split: {split}}}"
    knobs = edited(shipped, own)
    assert knobs.data("chest_xray").split.near_copies == near_copies
    assert knobs.data("cifar10").split.near_copies == "report"  # a shipped one, of which params.yaml says nothing


BOSTON = "boston_housing-conv1d"


@pytest.fixture
def with_tuned(tmp_path):
    """Loads a params.yaml in which one run alone has a tuned recipe."""

    def load(tuned, profile="full", recipe="tuned", quick=None, **knobs):
        content = YAML(typ="safe").load(SHIPPED) | {"profile": profile, "recipe": recipe} | knobs
        for run in content["runs"].values():
            run.pop("tuned", None)
        content["runs"][BOSTON] |= {"tuned": tuned, "quick": quick or {}}
        path = tmp_path / "params.yaml"
        YAML(typ="safe").dump(content, path)
        return config.load(path)

    return load


def test_tuned_changes_what_it_names_and_nothing_else(with_tuned):
    knobs = with_tuned({"lr": 0.002, "standardise": True, "schedule": {"name": "cosine"}})
    published, recipe = knobs.runs[BOSTON].recipe, knobs.run(BOSTON).recipe
    assert (recipe.lr, recipe.standardise, recipe.schedule.name) == (0.002, True, "cosine")
    changed = {"lr": 0.002, "standardise": True, "schedule": recipe.schedule}
    assert recipe == published.model_copy(update=changed)
    assert with_tuned({"lr": 0.002}, recipe="published").run(BOSTON).recipe == published


def test_a_run_without_a_tuned_recipe_is_trained_as_published(with_tuned):
    knobs = with_tuned({"lr": 0.002})
    assert all(knobs.run(name).recipe == run.recipe for name, run in knobs.runs.items() if name != BOSTON)


def test_the_profile_overrides_tuned_and_the_top_level_the_profile(with_tuned):
    tuned = {"lr": 0.002, "epochs": 300, "batch_size": 8}
    quick = with_tuned(tuned, profile="quick", quick={"lr": 0.03, "epochs": 7}).run(BOSTON).recipe
    assert (quick.lr, quick.epochs, quick.batch_size) == (0.03, 7, 8)
    top = with_tuned(tuned, profile="quick", quick={"lr": 0.03, "epochs": 7}, lr=0.4).run(BOSTON).recipe
    assert (top.lr, top.epochs, top.batch_size) == (0.4, 7, 8)
    assert with_tuned(tuned, quick={"epochs": 7}).run(BOSTON).recipe.epochs == 300


@pytest.mark.parametrize(
    ("tuned", "message"),
    [
        (
            {"learning_rate": 1},
            r"Expected only known keys in .*, received runs\.boston_housing-conv1d\.tuned\.learning_rate",
        ),
        ({"lr": "high"}, r"Expected runs\.boston_housing-conv1d\.tuned\.lr in .* to be a number, received 'high'"),
        (5, r"Expected runs\.boston_housing-conv1d\.tuned in .* received 5"),
    ],
)
def test_a_tuned_recipe_that_is_none_is_refused_by_name(with_tuned, tuned, message):
    with refused(message):
        with_tuned(tuned, recipe="published")


def test_the_shipped_tuned_recipes_are_not_the_published_ones():
    for name, run in config.load(SHIPPED).runs.items():
        assert run.tuned != run.recipe, name


def test_the_baseline_is_a_file_that_is_there(edited, tmp_path):
    assert config.load(SHIPPED).baseline_file() is None
    kept = tmp_path / "metrics.json"
    with refused(r"Expected a metrics.json or leaderboard.csv .* received none: correct baseline"):
        edited("\nbaseline:", f"\nbaseline: {kept}").baseline_file()
    kept.write_text("{}")
    assert edited("\nbaseline:", f"\nbaseline: {kept}").baseline_file() == kept


def test_archives_are_where_params_say_unless_the_environment_says_otherwise(edited, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "other").mkdir()
    monkeypatch.delenv(config.ARCHIVES, raising=False)
    assert config.load(SHIPPED).archives_folder() is None
    knobs = edited("\narchives:", f"\narchives: {tmp_path / 'mine'}")
    assert knobs.archives_folder() == tmp_path / "mine"
    monkeypatch.setenv(config.ARCHIVES, str(tmp_path / "other"))
    assert knobs.archives_folder() == config.load(SHIPPED).archives_folder() == tmp_path / "other"
    monkeypatch.setenv(config.ARCHIVES, str(tmp_path / "absent"))
    with refused(r"Expected a folder of downloaded archives at .*absent, received none: correct"):
        knobs.archives_folder()


def test_a_line_of_params_yaml_is_all_that_dvc_changes(tmp_path, monkeypatch):
    """`dvc exp run -S lr=1e-5` writes the whole file anew in its own form, which must be that of the shipped file."""
    from dvc.utils.hydra import apply_overrides

    monkeypatch.chdir(tmp_path)
    path = tmp_path / "params.yaml"
    path.write_bytes(SHIPPED.read_bytes())
    apply_overrides(path, ["lr=1e-5", "runs.mnist-mnist_cnn.recipe.epochs=3"])
    before, after = SHIPPED.read_text().splitlines(), path.read_text().splitlines()
    changed = [line for old, line in zip(before, after, strict=True) if old != line]
    assert [line.split("#")[0].split() for line in changed] == [["lr:", "1e-05"], ["epochs:", "3"]]
    assert config.load(path).lr == 1e-5


@pytest.mark.parametrize(
    ("override", "old", "new"),
    [
        ("lr=1e-4", "lr:       ", "lr: 0.0001"),
        ("seed=null", "", ""),
        ("profile=full", "profile: quick ", "profile: full  "),
        ("archives=downloads", "archives:          ", "archives: downloads"),
        ("split.seed=3", "seed: 0", "seed: 3"),
        ("datasets.mnist.quick.examples=100", "examples:    ", "examples: 100"),
        ("runs.mnist-mnist_cnn.quick.epochs=20", "{lr: null, epochs: null,", "{lr: null, epochs: 20,"),
        ("runs.chest_xray-chest_cnn.tuned.class_weights=false", "class_weights: true", "class_weights: false"),
        ("runs.chest_xray-chest_cnn.recipe.augmentation.flip=none", "flip: horizontal", "flip: none"),
        ("thresholds.mnist-mnist_cnn.accuracy.min=0.5", "{min: 0.92}", "{min: 0.5}"),
    ],
)  # fmt: skip
def test_each_kind_of_value_is_one_line(tmp_path, monkeypatch, override, old, new):
    from dvc.utils.hydra import apply_overrides

    monkeypatch.chdir(tmp_path)
    path = tmp_path / "params.yaml"
    path.write_bytes(SHIPPED.read_bytes())
    apply_overrides(path, [override])
    before, after = SHIPPED.read_text().splitlines(), path.read_text().splitlines()
    changed = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert [was.replace(old, new, 1) for was, _ in changed] == [now for _, now in changed]
    assert len(changed) == bool(old)


def test_no_line_of_params_yaml_is_so_long_that_another_value_breaks_it(tmp_path):
    """All values at once, to such as take more room."""
    from dvc.utils.serialize import modify_yaml

    def change(node):
        for key in node if isinstance(node, dict) else range(len(node)):
            value = node[key]
            if isinstance(value, dict | list):
                change(value)
            elif isinstance(value, bool):
                node[key] = not value
            elif value is None or isinstance(value, float):
                node[key] = 0.00012
            elif isinstance(value, int):
                node[key] = value + 1000

    path = tmp_path / "params.yaml"
    path.write_bytes(SHIPPED.read_bytes())
    with modify_yaml(path) as content:
        change(content)
    for old, new in zip(SHIPPED.read_text().splitlines(), path.read_text().splitlines(), strict=True):
        keys, comments = zip(*((line.partition(":")[0], line.partition("# ")[2]) for line in (old, new)), strict=True)
        assert len(set(keys)) == len(set(comments)) == 1, (old, new)


def test_labels_may_be_numbers():
    choice = config.SourceChoice(name="folder", labels={0: "benign", "1": 2}, positive=2)
    assert (choice.labels, choice.positive) == ({"0": "benign", "1": "2"}, "2")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"labels": {}}, "a new name per label, or no labels: at all, received none"),
        ({"labels": {True: "a"}}, 'a label as text, in quotes as the data have it, such as "True", received True'),
        ({"labels": {"a": None}}, "a label as text, in quotes .*, received None"),
        ({"positive": True}, "a label as text, in quotes .*, received True"),
        ({"attributes": ["sex", "sex"]}, "each attribute once, received 'sex' twice"),
        ({"attributes": ["group"]}, "attributes of other names than our own columns, received 'group'"),
        ({"attributes": ["score_0"]}, "attributes of other names than our own columns, received 'score_0'"),
        ({"attributes": "sex"}, "attributes"),
        ({"columns": {"image": "x"}}, "columns.image"),
    ],
)
def test_bad_settings_of_own_images(setting, message):
    with pytest.raises(ValidationError, match=message):
        config.SourceChoice(name="folder", **setting)
