"""The page's colours, light and dark, against WCAG 2.2, level AA: text has a contrast of at least 4.5 to its ground."""

import re

import pytest

from cnnbench.report import page_parts

STYLE = page_parts.style()
BLOCKS = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
TEXTS = [
    *((ink, ground) for ink in ("ink", "soft", "accent") for ground in ("page", "paper", "mark")),
    *((f"{kind}-ink", kind) for kind in ("warn", "good", "bad")),
    ("ink", "track"),
]


def luminance(colour):
    """Relative luminance of #rgb or #rrggbb, as WCAG defines it."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    shares = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("block", BLOCKS, ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXTS)
def test_text_stands_out(block, ink, ground):
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", block))
    assert contrast(colours[ink], colours[ground]) >= 4.5
