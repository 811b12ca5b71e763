"""Text that a terminal, a log or a page would obey."""

import pytest

from cnnbench.core.printable import printable, printable_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),  # C1: the same as ESC [
        ("a\nb\r\nc\td\x00\x7f\x85", r"a\nb\r\nc\td\x00\x7f\x85"),
        ("invoice\u202egpj.exe", r"invoice\u202egpj.exe"),
        ("\u2066a\u2069\u200f\u061c", r"\u2066a\u2069\u200f\u061c"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("a\u200bb\ufeffc\u00add", r"a\u200bb\ufeffc\xadd"),  # of no width
        ("\udcff", r"\udcff"),  # a file name that is no UTF-8
        ("\ufffe\ue000\U000e0041", r"\ufffe\ue000\U000e0041"),
        ("::error file=x::y", r"\x3a:error file=x\x3a:y"),
        ("::::", r"\x3a\x3a\x3a:"),
        ("a ##[error]b", r"a \x23#[error]b"),
    ],
)
def test_what_is_not_shown_as_it_stands_is_escaped(text, shown):
    assert printable(text) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain text",
        "Übergröße 病理 हिन्दी می\u200cخواهم 👩\u200d⚕️",
        "p\N{NO-BREAK SPACE}= 0.031",
        "C:\\new",
        "# a: b",
    ],
)
def test_what_is_shown_as_it_stands_is_unchanged(text):
    assert printable(text) == text


def test_a_very_long_line_keeps_its_start_and_its_end():
    line = printable_line("Expected " + "x" * 10**6 + ": do this.")
    assert len(line) < 2100
    assert line.startswith("Expected x")
    assert line.endswith("x: do this.")
