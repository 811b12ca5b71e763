"""A params.yaml that is no YAML, no text, or no file: one line, which names the line of the file where there is one."""

import os

import pytest
from toys import SHIPPED, refused

from cnnbench import config

TEXT = SHIPPED.read_text()
LINE = TEXT[: TEXT.index("\nlr:")].count("\n") + 2  # of `lr:`
LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))

WHOLE = {
    "a list": ("- a\n- b", r"to be a mapping, received \['a', 'b'\]"),
    "a text": ("some words", "to be a mapping, received 'some words'"),
    "a number": ("5", "to be a mapping, received 5"),
    "a date": ("2024-01-02", "to be a mapping, received datetime.date"),
    "data sets without a value": ("datasets:", "Expected datasets in .* to be a mapping, received None: write {}"),
    "runs without a value": ("runs:", "Expected runs in .* to be a mapping, received None: write {}"),
    "a run and no knobs": ("runs: {a: {}}", r"Expected a key profile in .*, received none \(\d+ more like it\)"),
    "latin-1": ("# caf\xe9\n".encode("latin-1"), "Expected text in UTF-8 in .*, line 1, received the byte 0xe9"),
    "latin-1 further down": (b"a: 1\nb: 2\nc: \xe9", "line 3, received the byte 0xe9: save it as UTF-8"),
    "a sequence of UTF-8 that is cut": (b"a: \xe2\x82", "line 1, received the byte 0xe2"),
    "UTF-16": (TEXT.encode("utf-16"), "Expected text in UTF-8 in .*, line 1, received the byte 0xff"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "line 1, received the byte 0x89"),
    "NUL": ("a: 1\n\0", r"Expected text in .*, line 2, received the control character '\\x00'"),
    "ESC": ("a: \x1b[31m", r"line 1, received the control character '\\x1b'"),
    "DEL": ("a: \x7f", r"line 1, received the control character '\\x7f'"),
    "C1": ("a: 1\nb: \x9b", r"line 2, received the control character '\\x9b'"),
    "a bell": ("\a", r"line 1, received the control character '\\x07'"),
    "a noncharacter": ("a: \ufffe", "Expected valid YAML in .*, received: unacceptable character"),
    "5,000 open brackets": ("[" * 5000, "values nested too deeply"),
    "5,000 nested lists": ("[" * 5000 + "]" * 5000, "values nested too deeply"),
    "5,000 nested mappings": ("{a: " * 5000 + "}" * 5000, "values nested too deeply"),
    "indented 1,000 times": ("".join(f"{' ' * n}a:\n" for n in range(1000)), "values nested too deeply"),
    "a billion laughs": (LAUGHS, r"Expected at most 100,000 values in .*, received more: an alias \(`\*name`\)"),
    "an alias of itself": ("a: &a [*a]", "Expected at most 100,000 values"),
    "a mapping in itself": ("&a {b: *a}", "Expected at most 100,000 values"),
    "too large": (b"a" * (10**7 + 1), "Expected YAML of at most 10,000,000 bytes in .*, received 10,000,001"),
    "an unknown alias": ("a: 1\nb: *c", "line 2, received: found undefined alias 'c'"),
    "two documents": ("a: 1\n---\nb: 2", "line 2, received: but found another document"),
    "a tab": ("a:\n\tb: 1", r"line 2, received: found character '\\t'"),
    "an open quote": ("a: 'b", "line 1, received: found unexpected end of stream"),
    "an open bracket": ("a: [1, 2\nb: 3", "Expected valid YAML in .*, line"),
    "a reserved sign": ("a: @b", "line 1, received: found character '@'"),
    "a backtick": ("a: `b`", "line 1, received: found character '`'"),
    "a colon too many": ("a: b: c", "line 1, received: mapping values are not allowed here"),
    "a wrong indent": ("a:\n  b: 1\n c: 2", "Expected valid YAML in .*, line 3"),
    "an unknown escape": ('a: "\\q"', "line 1, received: found unknown escape character 'q'"),
    "no code point": ('a: "\\U00110000"', "Expected valid YAML in .*, received"),
    "another version": ("%YAML 9.9\n---\na: 1", "Expected valid YAML in .*, line 1, received: found incompatible"),
    "a key twice": ("lr: 1\nlr: 2", 'line 2, received: found duplicate key "lr"'),
    "a list as a key": ("[a, b]: 1", "Expected"),
    "a mapping as a key": ("{a: b}: 1", "line 1, received: found unhashable key"),
    "a merge of a number": ("a: {<<: 5}", "line 1, received: expected a mapping or list of mappings"),
    "a merge of numbers": ("a: {<<: [1]}", "line 1, received: expected a mapping for merging"),
    "a diff": ("<<<<<<< HEAD\nlr: 1\n=======\nlr: 2\n>>>>>>> x\n", "Expected valid YAML in .*, line 2"),
    "Python": ("a: !!python/object/apply:os.system ['touch x']", "line 1, received: could not determine a constructor"),
    "JSON cut short": ('{"lr": 1,', "Expected valid YAML in .*, line 1"),
}  # fmt: skip

VALUES = {
    "!!int x": rf"Expected valid YAML in .*, line {LINE}, received: 'x', which is no int",
    "!!float x": f"line {LINE}, received: 'x', which is no float",
    "!!bool x": f"line {LINE}, received: 'x', which is no bool",
    "!!timestamp x": f"line {LINE}, received: failed to construct timestamp",
    "!!str [a]": f"line {LINE}, received: expected a scalar node",
    "!!map x": f"line {LINE}, received: expected a mapping node",
    "!!seq x": f"line {LINE}, received: expected a sequence node",
    "!!set x": f"line {LINE}, received: expected a mapping node",
    "!!omap x": f"line {LINE}, received: expected a sequence",
    "!!pairs x": f"line {LINE}, received: expected a sequence",
    "!!omap [a: 1]": "Expected lr in .* to be a number, received ",
    "!!set {a}": "Expected lr in .* to be a number, received {'a'}",
    "!!binary aGk=": "Expected lr in .* to be a number, received b'hi'",
    "!secret x": f"line {LINE}, received: could not determine a constructor for the tag '!secret'",
    "2024-13-45": f"line {LINE}, received: '2024-13-45', which is no timestamp",
    "2001-12-15T99:99:99Z": f"line {LINE}, received: .*, which is no timestamp",
    "2024-12-05": r"Expected lr in .* to be a number, received datetime.date\(2024, 12, 5\)",
    "9" * 5000: f"line {LINE}, received: '9{{40}}', which is no int",
    "-" + "9" * 4000: "Expected numbers of up to 300 digits in ",
    "0x" + "f" * 5000: "Expected numbers of up to 300 digits in ",
    "'" + "x" * 10**6 + "'": "Expected lr in .* to be a number, received 'xxx",
    "1e400": "Expected lr in .* to be a finite number, received inf",
    "1e-400": "Expected lr in .* to be greater than 0, received 0.0",
    "-.inf": "Expected lr in .* to be ",
    ".nan": "Expected lr in .* to be a finite number, received nan",
    "1:30": "Expected lr in .* to be a number, received '1:30'",
    "1,5": "Expected lr in .* to be a number, received '1,5'",
    "1e-4 1e-5": "Expected lr in .* to be a number, received '1e-4 1e-5'",
    "[1e-4]": r"Expected lr in .* to be a number, received \[0.0001\]",
    "on": "Expected lr in .* to be a number, received 'on'",
    '"\\0"': r"Expected text in .*, received the control character '\\x00' in '\\x00'",
    '"\\e[31m"': r"Expected text in .*, received the control character '\\x1b' in '\\x1b\[31m'",
    '"\\ud800"': r"Expected text in .*, received the control character '\\ud800'",
    "{}": "Expected lr in .* to be a number, received {}",
}  # fmt: skip

KEYS = ["1", "null", "true", "2024-01-02", "[a]", "''", '"a b"', "\u202e", '"\\n"', "é" * 300, "!!binary aGk=", ".nan"]


def load(folder, content):
    path = folder / "params.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return config.load(path)


@pytest.mark.parametrize("case", WHOLE)
def test_what_is_no_params(tmp_path, case):
    content, message = WHOLE[case]
    with refused(message):
        load(tmp_path, content)


@pytest.mark.parametrize(("value", "message"), VALUES.items(), ids=[value[:20] for value in VALUES])
def test_values_that_are_none(tmp_path, value, message):
    with refused(message):
        load(tmp_path, TEXT.replace("\nlr:", f"\nlr: {value}", 1))


@pytest.mark.parametrize("key", KEYS)
def test_keys_that_are_none(tmp_path, key):
    with refused("Expected (only known keys|text) in "):
        load(tmp_path, f"{TEXT}\n{key}: 1\n")


@pytest.mark.parametrize("value", ["08", "1_000", "0o17", "+3", "0x1F"])
def test_numbers_in_other_forms_are_those_of_yaml(tmp_path, value):
    assert load(tmp_path, TEXT.replace("\nepochs:", f"\nepochs: {value}", 1)).epochs == {
        "08": 8, "1_000": 1000, "0o17": 15, "+3": 3, "0x1F": 31
    }[value]  # fmt: skip


@pytest.mark.parametrize("content", ["\ufeff" + TEXT, TEXT.replace("\n", "\r\n"), TEXT + "...\n", "---\n" + TEXT])
def test_other_ways_to_write_the_same_file(tmp_path, content):
    assert load(tmp_path, content) == config.load(SHIPPED)


@pytest.mark.parametrize("section", ["runs", "datasets"])
@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "Expected {section} in .* to be a mapping, received None"),
        ("[]", r"Expected {section} in .* to be a mapping, received \[\]"),
        ("a", "Expected {section} in .* to be a mapping, received 'a'"),
        ("{a: }", r"Expected {section}\.a in .* to be a mapping, received None"),
    ],
)
def test_sections_without_an_entry(tmp_path, section, written, message):
    start = TEXT.index(f"\n{section}:\n")
    end = TEXT.index("\nruns:\n" if section == "datasets" else "\nthresholds:\n")
    with refused(message.format(section=section)):
        load(tmp_path, f"{TEXT[:start]}\n{section}: {written}{TEXT[end:]}")


def test_places_without_a_file(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for name, message in {
        "": "Expected a file .*, received a folder or a device",
        "pipe": "Expected a file .*, received a folder or a device",
        "dangling": "Expected a file .* received none",
        "loop": "Expected a file .* that can be read, received",
        "file/params.yaml": "Expected a file .*",
        "x" * 300: "Expected a file .* that can be read, received: .*File name too long",
        "a\0b": "Expected a file .* that can be read, received: .*embedded null",
    }.items():
        with refused(message):
            config.load(tmp_path / name)


@pytest.mark.parametrize("text", ["", "# nothing", "---\n...\n", "~", "{}", "runs: {}", "datasets: {}\nlr: 0.1"])
def test_an_empty_file_has_the_shipped_knobs(text, tmp_path):
    knobs, shipped = load(tmp_path, text), config.load(SHIPPED)
    assert (knobs.datasets, knobs.runs, knobs.thresholds) == ({}, {}, {})
    none = {"datasets": {}, "weights": {}, "features": {}, "runs": {}, "thresholds": {}, "lr": knobs.lr}
    assert knobs == shipped.model_copy(update=none)


def test_no_data_set_and_no_run_are_settings(tmp_path):
    start = TEXT.index("\ndatasets:\n")
    knobs = load(tmp_path, f"{TEXT[:start]}\ndatasets: {{}}\nruns: {{}}\nthresholds: {{}}\n")
    assert (knobs.datasets, knobs.runs) == ({}, {})
