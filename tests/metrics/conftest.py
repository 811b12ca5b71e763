import numpy as np
import pytest


@pytest.fixture
def drawn():
    """Weights of five draws, labels and scores: a statistic must equal scikit-learn's at the same weights."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 4, size=60)
    scores = rng.dirichlet(np.ones(4), size=60).round(1)  # rounded, so that there are ties
    return rng.integers(0, 3, size=(5, 60)).astype(float), labels, scores
