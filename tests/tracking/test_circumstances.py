from cnnbench.tracking import circumstances


def test_commit_versions_and_processor_in_words():
    params = {"versions.python": "3.11", "versions.keras": "3.15", "processor": "AMD EPYC", "instruction_set": "AVX2"}
    tags = {"mlflow.source.git.commit": "0123456789abcdef", "git.changed": "no"}
    assert circumstances.describe(params, tags) == {
        "commit": "0123456789ab",
        "versions": "keras 3.15, python 3.11",
        "processor": "AMD EPYC, AVX2",
    }


def test_changes_are_said_and_what_is_not_known_is_left_out():
    tags = {"mlflow.source.git.commit": "0123456789abcdef", "git.changed": "yes"}
    assert circumstances.describe({}, tags) == {"commit": "0123456789ab with changes"}
    assert circumstances.describe({"lr": "0.1"}, {}) == {}
