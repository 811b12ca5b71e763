"""A params.yaml to add runs to."""

import pytest
from toys import SHIPPED


@pytest.fixture
def path(tmp_path):
    """A copy of the shipped params.yaml."""
    copy = tmp_path / "params.yaml"
    copy.write_bytes(SHIPPED.read_bytes())
    return copy
