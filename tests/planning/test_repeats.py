"""Repeats of runs in params.yaml."""

import pytest
from ruamel.yaml import YAML
from toys import SHIPPED, refused

from cnnbench import config
from cnnbench.planning import params_file, repeats

HOUSES, DIGITS, PATCHES = "boston_housing-conv1d", "mnist-mnist_cnn", "patch_camelyon-pcam_cnn"


def add(path, *arguments):
    """Adds what is missing and returns its names."""
    planned = repeats.plan(config.load(path), *arguments)
    params_file.add(path, planned, merge=True)
    return [repeat.name for repeat in planned]


def edit(path, **sections):
    yaml = YAML()
    content = yaml.load(path)
    for name, value in sections.items():
        content[name] = value
    yaml.dump(content, path)


def full(path):
    path.write_text(path.read_text().replace("profile: quick ", "profile: full ", 1))
    return config.load(path)


def test_repeats_equal_their_run_but_for_seed_and_fold(path):
    names = add(path, [HOUSES], [0, 1], [0, 3])
    assert names == [f"{HOUSES}-s0-f3", f"{HOUSES}-s1-f0", f"{HOUSES}-s1-f3"]
    runs = config.load(path).runs
    first = runs[HOUSES]
    for name in names:
        run = runs[name]
        assert name == f"{HOUSES}-s{run.seed}-f{run.fold}"
        assert run.model_copy(update={"seed": first.seed, "fold": first.fold}) == first


def test_repeats_stand_right_after_their_run(path):
    add(path, [HOUSES], [1])
    add(path, [HOUSES], [2])
    names = list(config.load(path).runs)
    at = names.index(HOUSES)
    assert names[at : at + 4] == [HOUSES, f"{HOUSES}-s1-f0", f"{HOUSES}-s2-f0", "skin_cancer-skin_cnn"]


def test_asking_again_adds_nothing_and_asking_for_more_adds_that(path):
    assert len(add(path, [], [0, 1])) == len(config.load(SHIPPED).runs)
    once = path.read_bytes()
    assert add(path, [], [0, 1]) == []
    assert add(path, [f"{DIGITS}-s1-f0"], [0, 1]) == [], "a repeat of a repeat is a repeat of the run"
    assert path.read_bytes() == once
    assert add(path, [f"{DIGITS}-s1-f0"], [1, 2, 3, 3]) == [f"{DIGITS}-s2-f0", f"{DIGITS}-s3-f0"]


def test_all_folds_are_ten_of_which_one_is_there(path):
    assert add(path, [HOUSES], None, "all") == [f"{HOUSES}-s0-f{fold}" for fold in range(1, 10)]


def test_test_parts_of_all_folds_do_not_overlap(path):
    text = path.read_text().replace("train: 0.8 ", "train: 0.7 ").replace("test: 0.1 ", "test: 0.2 ")
    path.write_text(text)
    knobs = config.load(path)
    folds = [0, *(repeat.run.fold for repeat in repeats.plan(knobs, [HOUSES], None, "all"))]
    assert folds == [0, 2, 4, 6, 8]
    path.write_text(text.replace("train: 0.7 ", "train: 0.6 ").replace("test: 0.2 ", "test: 0.3 "))
    with refused(r"Expected split\.test .* to divide 1 .*, received 0\.3"):
        repeats.plan(config.load(path), [HOUSES], None, "all")


def test_small_sets_are_cross_validated_in_the_full_profile_only(path):
    assert {repeat.origin for repeat in repeats.plan(config.load(path))} == set()
    folds = [repeat.run.fold for repeat in repeats.plan(full(path))]
    assert folds == list(range(1, 10))
    assert {repeat.origin for repeat in repeats.plan(full(path))} == {HOUSES}
    assert repeats.plan(full(path), [HOUSES], None, [0]) == []


def test_a_cap_makes_a_set_small(path):
    path.write_text(path.read_text().replace("kaggle, examples: null, size: 180", "kaggle, examples: 900, size: 180"))
    assert {repeat.origin for repeat in repeats.plan(full(path))} == {
        HOUSES,
        "chest_xray-chest_cnn",
        "chest_xray-efficientnet_lite0",
    }


def test_a_given_test_part_has_one_fold(path):
    knobs = full(path)
    assert [repeat.run.fold for repeat in repeats.plan(knobs, [PATCHES], [1, 2], "all")] == [0, 0]
    assert len(repeats.plan(knobs, [PATCHES], [1], [0])) == 1
    with refused(f"Expected fold 0 of {PATCHES}, whose test part is official .*received 2; ask"):
        repeats.plan(knobs, [PATCHES], [0], [0, 2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["nosuch"], [1]), "Expected a run among patch_camelyon.*, received 'nosuch'"),
        (([], [-1]), "Expected seeds from 0 to 4294967295, received -1; name others"),
        (([], [2**32]), "received 4294967296"),
        (([], None, [10]), "Expected folds from 0 to 9, received 10; name others, or all"),
    ],
)
def test_bad_requests_are_one_line(path, arguments, message):
    with refused(message):
        repeats.plan(config.load(path), *arguments)


def test_a_seed_for_all_runs_leaves_no_room_for_repeats(path):
    path.write_text(path.read_text().replace("\nseed:", "\nseed: 3", 1))
    with refused(r"Expected `seed: null` in params\.yaml, received 3"):
        repeats.plan(config.load(path), [], [0, 1])


def test_a_name_that_is_taken_is_said(path):
    runs = YAML().load(path)["runs"]
    runs[f"{HOUSES}-s1-f0"] = runs[DIGITS]
    edit(path, runs=runs)
    with refused(f"Expected {HOUSES}-s1-f0 in .* received another run; rename it"):
        repeats.plan(config.load(path), [HOUSES], [1])


def test_dvc_resolves_the_merge(path):
    from dvc.utils.serialize import load_yaml

    add(path, [DIGITS], [4])
    runs = load_yaml(str(path))["runs"]
    assert runs[f"{DIGITS}-s4-f0"] == runs[DIGITS] | {"seed": 4}


def test_dvc_writes_what_was_added_back_unchanged(path):
    from dvc.utils.serialize import modify_yaml

    add(path, [DIGITS, HOUSES], [4])
    before = path.read_text()
    with modify_yaml(path) as content:
        content["recipe"] = "tuned"
    assert path.read_text() == before.replace("recipe: published   ", "recipe: tuned       ", 1)
