"""The folders of a user's images and of the raw data."""

import pytest


@pytest.fixture
def raw(tmp_path):
    return tmp_path / "raw" / "lesions"


@pytest.fixture
def mine(tmp_path):
    return tmp_path / "mine"
