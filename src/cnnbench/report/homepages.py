"""Links to what a record names in words: data sets, licences, publications."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from cnnbench.core.printable import printable

PAGES = {
    "Boston housing": "https://lib.stat.cmu.edu/datasets/boston",
    "Brain tumour MRI": "https://www.kaggle.com/datasets/masoudnickparvar/brain-tumor-mri-dataset",
    "Breast histopathology": "https://www.kaggle.com/datasets/paultimothymooney/breast-histopathology-images",
    "Chest X-ray": "https://data.mendeley.com/datasets/rscbjbr9sj/2",
    "CIFAR-10": "https://www.cs.toronto.edu/~kriz/cifar.html",
    "MNIST": "http://yann.lecun.com/exdb/mnist/",
    "PatchCamelyon": "https://github.com/basveeling/pcam",
    "Skin cancer": "https://www.kaggle.com/datasets/fanconic/skin-cancer-malignant-vs-benign",
}
"""Where each data set is published, by its title; others have no link."""

_LICENCES = {
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "Apache": "https://www.apache.org/licenses/LICENSE-2.0",
    "MIT": "https://opensource.org/license/mit",
}
_KNOWN = re.compile(
    r"(?P<url>https?://[^\s<>\"]*[^\s<>\".,;)])"
    r"|(?:doi: ?)(?P<doi>10\.\d{4,9}/[^\s<>\"]*[^\s<>\".,;)])"
    r"|arXiv:(?P<arxiv>\d{4}\.\d{4,5})"
    r"|Kaggle data set (?P<kaggle>[\w-]+/[\w-]+)"
    r"|\b(?P<tfds>[a-z0-9_]+)[\w./:]* of tensorflow-datasets"
    r"|CC (?P<by>BY(?:-(?:NC|SA|ND))*) (?P<version>\d\.\d)"
    r"|\b(?P<licence>CC0|Apache|MIT)\b(?:[ -]\d\.\d)?"
)


def find(title: str) -> str:
    """The page on which a data set is published; empty where none is known."""
    return PAGES.get(title, "")


def link(words: str) -> Markup:
    """The words, escaped, with links: addresses, DOIs, data sets of Kaggle and of TFDS, well-known licences."""
    parts, end, text = [], 0, printable(words)
    for match in _KNOWN.finditer(text):
        parts += [escape(text[end : match.start()]), Markup('<a href="{}">{}</a>').format(_address(match), match[0])]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def _address(match: re.Match[str]) -> str:
    found = {name: value for name, value in match.groupdict().items() if value}
    if "by" in found:
        return f"https://creativecommons.org/licenses/{found['by'].lower()}/{found['version']}/"
    kind, value = next(iter(found.items()))
    return {
        "url": value,
        "doi": f"https://doi.org/{value}",
        "arxiv": f"https://arxiv.org/abs/{value}",
        "kaggle": f"https://www.kaggle.com/datasets/{value}",
        "tfds": f"https://www.tensorflow.org/datasets/catalog/{value}",
        "licence": _LICENCES.get(value, ""),
    }[kind]
