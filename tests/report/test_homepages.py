import pytest

from cnnbench.data import sets
from cnnbench.report import homepages


def test_every_data_set_that_is_published_has_a_page():
    titles = {sets.get(name).title for name in sets.names()} - {""}
    assert {title for title in titles if not homepages.find(title)} == set()
    assert homepages.find("my lesions") == ""


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("CC BY-NC-SA 3.0, images only", "https://creativecommons.org/licenses/by-nc-sa/3.0/"),
        ("CC0 1.0, as its Kaggle page states", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
        ("Kaggle data set some-one/a_set", "https://www.kaggle.com/datasets/some-one/a_set"),
        ("patch_camelyon/2.0.0 of tensorflow-datasets", "https://www.tensorflow.org/datasets/catalog/patch_camelyon"),
        ("A. Author, 2018, doi:10.1000/xyz-1.", "https://doi.org/10.1000/xyz-1"),
        ("A. Author, arXiv:1803.00982", "https://arxiv.org/abs/1803.00982"),
        ("see https://example.org/a?b=1&c=2.", "https://example.org/a?b=1&amp;c=2"),
    ],
)
def test_what_is_known_becomes_a_link_and_the_words_stay(words, address):
    link = homepages.link(words)
    assert f'<a href="{address}">' in link
    assert link.striptags() == words


@pytest.mark.parametrize(
    "words", ["", "drawn by cnnbench", "PERMIT", "10.5 of 20", "all 506 tracts in the package mlxtend"]
)
def test_other_words_stay_as_they_are(words):
    assert homepages.link(words) == words


@pytest.mark.parametrize("words", ["<b>CC0</b>", '"><script>', "javascript:alert(1)", 'https://a.b/"onclick="x'])
def test_names_from_the_data_stay_text(words):
    link = homepages.link(words)
    assert link.striptags() == words
    assert "<b>" not in link
    assert "<script" not in link
    assert "javascript:" not in link.partition("href")[2]
    assert '"onclick' not in link
