"""Random predictions for property-based tests: few distinct scores, so that ties, constants, certainty are common."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

MOST = 16  # examples: a counterexample stays readable


@st.composite
def classified(draw, least=2, most=4, examples=1):
    """Labels (n,) and scores (n, k): also of one example, of one class alone, of equal and of certain scores."""
    k, n = draw(st.integers(least, most)), draw(st.integers(examples, MOST))
    labels = draw(arrays.arrays(np.int64, n, elements=st.integers(0, k - 1)))
    parts = draw(arrays.arrays(np.float64, (n, k), elements=st.integers(0, 4).map(float)))
    parts[parts.sum(axis=1) == 0] = 1
    return labels, parts / parts.sum(axis=1, keepdims=True)


@st.composite
def ranked(draw):
    """Which of n examples are positive, at least one of each kind, and their scores."""
    n = draw(st.integers(2, MOST))
    positive = draw(arrays.arrays(np.bool_, n))
    positive[:2] = True, False
    order = np.array(draw(st.permutations(range(n))))
    return positive[order], draw(arrays.arrays(np.float64, n, elements=st.integers(0, 8).map(lambda part: part / 8)))


@st.composite
def regressed(draw):
    """Targets and predictions (n,), whole numbers and halves, so that sums are exact and values often equal."""
    n = draw(st.integers(1, MOST))
    halves = st.integers(-40, 40).map(lambda half: half / 2)
    return tuple(draw(arrays.arrays(np.float64, n, elements=halves)) for _ in range(2))


def patients(n):
    """The group of each of n examples: from one for all to one for each."""
    return arrays.arrays(np.int64, n, elements=st.integers(0, max(0, n - 1)))
