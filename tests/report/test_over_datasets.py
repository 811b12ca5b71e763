from types import SimpleNamespace

import pytest

from cnnbench.report import over_datasets


def sets(datasets, networks, *, synthetic=False, undefined=False):
    """Sets of entries that may be compared, one per data set; the first network is the best."""

    def entry(dataset, network):
        record = SimpleNamespace(
            dataset=f"set{dataset}", architecture=f"net{network}", recipe_name="published",
            classes=("a", "b"), synthetic=synthetic, kind="network", start=None,
        )  # fmt: skip
        score = float("nan") if undefined and network == 0 else 0.9 - 0.1 * network - 0.01 * dataset
        return SimpleNamespace(
            name=f"set{dataset}-net{network}", record=record, draws=lambda _: SimpleNamespace(mean=score)
        )

    return [[entry(dataset, network) for network in range(networks)] for dataset in range(datasets)]


def test_the_most_networks_that_share_data_sets_enough_are_compared():
    general = over_datasets.compare([*sets(7, 3), *[entries[3:] for entries in sets(2, 4)]])
    assert general.overall.networks == ("net0", "net1", "net2")
    assert general.words.startswith("Average rank over 7 data sets (set0, set1,")


def test_real_and_synthetic_data_sets_are_not_put_together():
    assert over_datasets.compare(sets(4, 3) + sets(4, 3, synthetic=True)) is None
    general = over_datasets.compare(sets(2, 3) + sets(5, 3, synthetic=True))
    assert "over 5 SYNTHETIC data sets" in general.words


def test_baselines_and_ensembles_are_no_networks_and_what_one_starts_from_is_in_its_name():
    with_others = sets(5, 5)
    for baseline, ensemble, *networks in with_others:
        baseline.record.kind, ensemble.record.kind = "baseline", "ensemble"
        networks[0].record.start = SimpleNamespace(trained_on="ImageNet-1k")
    assert over_datasets.compare(with_others).overall.networks == ("net2 (from ImageNet-1k)", "net3", "net4")


@pytest.mark.parametrize("few", [sets(4, 3), sets(5, 2), sets(5, 3, undefined=True), []])
def test_too_few_or_undefined_scores_give_nothing(few):
    assert over_datasets.compare(few) is None
