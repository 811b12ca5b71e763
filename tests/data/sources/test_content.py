"""The kind of a file by its first bytes."""

import pytest
from own_images import fetch, grow, rows
from toys import film

from cnnbench.data import images
from cnnbench.data.sources import content, walking

KINDS = {"BMP": "BMP", "GIF": "GIF", "JPEG": "JPEG", "JPEG2000": "JPEG2000", "PNG": "PNG", "PPM": "PPM",
         "TIFF": "TIFF", "WEBP": "WEBP", "AVIF": "AVIF"}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_pillow_writes_is_known(kind):
    assert content.image_kind(film(1, kind=kind)[: content.HEAD]) == KINDS[kind]


def test_every_format_that_is_decoded_is_known():
    assert set(images.FORMATS) <= set(KINDS)


def test_dicom_and_nifti_are_known():
    assert content.image_kind(bytes(128) + b"DICM") == "DICOM"
    assert content.image_kind(bytes(344) + b"n+1\0" + bytes(4)) == "NIfTI"


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"", "a.png", "empty"),
        (b"file,label\n", "a.csv", ".csv text"),
        (b"BMW, Audi\n", "cars", "text"),
        (b"P1 patient one\n", "notes.txt", ".txt text"),
        (b"%PDF-1.7\n\0", "a.pdf", "PDF"),
        (b"PK\3\4\0", "a.zip", "zip"),
        (b"\0\0\0\x18ftypheic\0", "a.heic", "HEIC"),
        (b"\0\0\0\x18ftypmp42\0", "a.mp4", "video"),
        (b"<!DOCTYPE html><html>", "a", "HTML"),
        (b"\1\2\0\3", "a.bin", ".bin"),
        (b"\1\2\0\3", "a", "unknown"),
        (b"II*\0", "a.nef", "raw camera"),
    ],
)
def test_other_files_are_called_what_they_are(head, name, kind):
    assert content.other_kind(head, "." + name.partition(".")[2] if "." in name else "") == kind


def test_images_of_any_name_are_listed_and_others_counted(mine, raw):
    names = ["a/1.jfif", "a/2.jpe", "a/3", "b/4.txt", "b/5.JPG", "b/6.jpg.bak"]
    grow(mine, *names)
    (mine / "a/7.nef").write_bytes(film(1, kind="TIFF"))
    (mine / "a/8.heic").write_bytes(b"\0\0\0\x18ftypheic\0")
    (mine / "b/9.avif").write_bytes(film(1, kind="AVIF"))
    known = fetch(mine, raw)
    assert [row[0] for row in rows(raw)] == [*names, "b/9.avif"]
    assert known.notes[:2] == (
        "left out: 1 HEIC files, such as 'a/8.heic'",
        "left out: 1 raw camera files, such as 'a/7.nef'",
    )


@pytest.mark.parametrize(
    "name",
    ["@eaDir/a.png/SYNOPHOTO_THUMB_M.jpg", ".ipynb_checkpoints/1-checkpoint.png", "__MACOSX/a/._1.png",
     "lost+found/1.png", "$RECYCLE.BIN/1.png", "#recycle/1.png", "System Volume Information/1.png"],
)  # fmt: skip
@pytest.mark.parametrize("inside", ["", "a/"])
def test_folders_of_the_system_are_left_out(name, inside, mine, raw):
    grow(mine, "a/1.png", "b/1.png", inside + name)
    known = fetch(mine, raw)
    assert known.classes == ("a", "b")
    assert [row[0] for row in rows(raw)] == ["a/1.png", "b/1.png"]
    top = inside + (name.split("/")[0])
    assert known.notes[0] == f"left out: 1 hidden or system files or folders, such as {top!r}"


def test_a_pipe_is_not_waited_for(tmp_path):
    import os

    os.mkfifo(tmp_path / "x")
    assert [one.why for one in walking.walk(tmp_path)] == ["empty"]
