"""Kaggle's own client against a stand-in for Kaggle's server, reached as a proxy; and archives downloaded by hand."""

import contextlib
import errno
import hashlib
import io
import json
import os
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from toys import refused

from cnnbench.config import Data
from cnnbench.core import files
from cnnbench.data import download
from cnnbench.data.raw import read_examples
from cnnbench.data.sets.brain_tumor import CLASSES
from cnnbench.data.sources import kaggle_client

DATA = Data(source="kaggle", examples=None, size=64)
NAME = "brain-tumor-mri-dataset.zip"
SECRET = "f00dfeedc0ffee"  # noqa: S105
FILES = ("Training/glioma/Tr-gl_0010.jpg", "Testing/notumor/Te-noTr_0001.jpg")
IMAGES = dict.fromkeys(FILES, bytes(range(256)) * 10_000)
SIZES = {"examples": None, "size": 64}


def archive():
    """A publisher's archive of five megabytes, as bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in IMAGES.items():
            packed.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Kaggle's server; the test says what it answers, and reads what it was asked."""
    state = SimpleNamespace(status=200, breaks=0, asked=[], content=archive(), length=None, credentials=None)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            """The interface: it sends the client on to where the archives are stored."""
            self.rfile.read(int(self.headers["Content-Length"]))
            state.credentials = self.headers.get("Authorization")
            if state.status == 200:
                self.answer(302, b"", Location="http://storage.example/archive.zip?signature=1")
            else:
                body = json.dumps({"code": state.status, "message": f"{SECRET} is no good"}).encode()
                self.answer(state.status, body, **{"Content-Type": "application/json"})

        def do_GET(self):
            start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
            state.asked.append(start)
            body = state.content[start:]
            size = state.length or len(body)
            if state.breaks:
                state.breaks -= 1
                body = body[: len(body) // 2]
            self.answer(206 if start else 200, body, size, **{"Accept-Ranges": "bytes", "ETag": '"one"'})

        def answer(self, status, body, size=None, **headers):
            self.close_connection = True
            self.send_response(status)
            for name, value in {"Content-Length": str(size or len(body)), "Connection": "close", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a client without room hangs up on reading the length
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    nobody(monkeypatch, tmp_path)
    monkeypatch.setenv("KAGGLE_USERNAME", "ada")
    monkeypatch.setenv("KAGGLE_KEY", SECRET)
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")  # http, which a proxy can answer
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{served.server_port}")
    monkeypatch.setenv("VERBOSE", "1")  # the client would print the key
    yield state
    served.shutdown()
    served.server_close()


def nobody(monkeypatch, tmp_path):
    """A home without credentials, and none in the environment."""
    for name in list(os.environ):
        if name.startswith("KAGGLE_") or name.lower() in ("no_proxy", "http_proxy", "all_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))


def refusal(raw, capfd):
    """The one line that a fetch which fails leaves, and nothing else."""
    with refused() as caught:
        download.fetch("brain_tumor", DATA, raw)
    message, printed = str(caught.value), capfd.readouterr()
    assert "\n" not in message
    assert SECRET not in message + printed.out + printed.err
    assert caught.value.__cause__ is None
    assert list(raw.iterdir()) == []
    return message


def test_the_client_downloads_the_archive_whole(server, tmp_path, capfd):
    raw = tmp_path / "raw"
    known = download.fetch("brain_tumor", DATA, raw)
    assert {example.id: example.data for example in read_examples(raw)} == IMAGES
    assert sorted(path.name for path in raw.iterdir()) == ["examples.csv", "images.zip", "source.json"]
    assert known.archives == {NAME: hashlib.sha256(server.content).hexdigest()}
    assert (known.examples, known.origin) == (2, "Kaggle data set masoudnickparvar/brain-tumor-mri-dataset")
    assert server.credentials.startswith("Basic ")  # the credentials went to the server
    printed = capfd.readouterr()
    assert SECRET not in (raw / "source.json").read_text() + printed.out + printed.err


def test_a_line_that_breaks_is_taken_up_where_it_broke(server, tmp_path):
    server.breaks = 1
    download.fetch("brain_tumor", DATA, tmp_path / "raw")
    assert {example.id: example.data for example in read_examples(tmp_path / "raw")} == IMAGES
    assert server.asked == [0, 2 * 2**20]  # the client writes a megabyte at a time


@pytest.mark.parametrize(
    ("status", "todo"),
    [(401, "make a new token"), (403, "accept its terms"), (404, "whether it has moved"), (500, "try again later")],
)
def test_a_refusal_is_one_line(status, todo, server, tmp_path, capfd):
    server.status = status
    message = refusal(tmp_path / "raw", capfd)
    assert f"received HTTP status {status}: " in message
    assert todo in message
    assert f"download {NAME} by hand" in message


def test_a_token_that_is_no_good_is_one_line(server, tmp_path, capfd, monkeypatch):
    monkeypatch.delenv("KAGGLE_KEY")
    monkeypatch.setenv("KAGGLE_API_TOKEN", SECRET)
    server.status = 403
    assert "credentials that Kaggle accepts, received others: make a new token" in refusal(tmp_path / "raw", capfd)


def test_no_network_is_one_line(server, tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    message = refusal(tmp_path / "raw", capfd)
    assert "received ProxyError: check the network, or download" in message


def test_what_is_no_archive_is_refused(server, tmp_path, capfd):
    server.content = b"<html>sign in</html>"
    assert f"Expected a whole zip file {NAME}, received 20 bytes" in refusal(tmp_path / "raw", capfd)


def test_room_is_looked_for_first(server, tmp_path, capfd):
    server.length = 2**60
    assert "Expected 1,073,741,824.0 GiB free" in refusal(tmp_path / "raw", capfd)


def test_a_hash_that_is_expected_is_compared(server, tmp_path):
    expected = "0" * 64
    data = Data(source={"name": "kaggle", "sha256": expected}, examples=None, size=64)
    raw = tmp_path / "raw"
    with refused(f"Expected {NAME} with SHA-256 {expected}, received [0-9a-f]{{64}}"):
        download.fetch("brain_tumor", data, raw)
    assert list(raw.iterdir()) == []
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / NAME).write_bytes(server.content)
    right = Data(source={"name": "kaggle", "sha256": files.sha256(tmp_path / "mine" / NAME).upper()}, **SIZES)
    assert download.fetch("brain_tumor", right, raw, tmp_path / "mine").examples == 2


@pytest.mark.parametrize("folder", ["", "kaggle"])
def test_the_users_archive_comes_before_kaggle(folder, server, tmp_path):
    place = tmp_path / "mine" / folder
    place.mkdir(parents=True)
    (place / NAME).write_bytes(server.content)
    (place / NAME).chmod(0o444)
    known = download.fetch("brain_tumor", DATA, tmp_path / "raw", tmp_path / "mine")
    assert server.asked == []
    assert known.origin == "Kaggle data set masoudnickparvar/brain-tumor-mri-dataset"  # wherever the archive came from
    assert str(tmp_path) not in (tmp_path / "raw" / "source.json").read_text()
    assert (place / NAME).read_bytes() == server.content
    assert (place / NAME).stat().st_nlink == 1


def by_image():
    """Another data set of the same archive."""
    return Data(source="kaggle", examples=None, size=64, split="image-level")


def test_a_download_stays_in_the_folder_of_archives_for_the_next_data_set(server, tmp_path, capsys):
    mine = tmp_path / "mine"
    mine.mkdir()
    download.fetch("brain_tumor", DATA, tmp_path / "raw/brain_tumor", mine)
    assert f"downloading {NAME} into {mine}, where it stays\n" in capsys.readouterr().out
    assert [path.name for path in mine.iterdir()] == [NAME]
    assert len(server.asked) == 1
    download.fetch("by_image", by_image(), tmp_path / "raw/by_image", mine, definition="brain_tumor")
    assert len(server.asked) == 1, "the second reads no network"
    assert capsys.readouterr().out == "images.zip is that of brain_tumor, byte for byte, and stored once\n"


def test_without_such_a_folder_the_line_says_that_it_keeps_a_download(server, tmp_path, capsys):
    download.fetch("brain_tumor", DATA, tmp_path / "raw")
    assert f"downloading {NAME} and not keeping it: in a folder named by `archives:`" in capsys.readouterr().out


def test_a_folder_of_archives_that_cannot_be_written_keeps_nothing(server, tmp_path, capsys, monkeypatch):
    def refuse(folder):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(folder))

    mine = tmp_path / "mine"
    mine.mkdir()
    monkeypatch.setattr(files, "check_folder", refuse)  # the superuser may write into every folder
    assert download.fetch("brain_tumor", DATA, tmp_path / "raw", mine).examples == 2
    assert f"not keeping it, for {mine} cannot be written: Read-only file system" in capsys.readouterr().out
    assert list(mine.iterdir()) == []


def test_what_is_not_the_archive_does_not_stay(server, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    other = Data(source={"name": "kaggle", "sha256": "0" * 64}, **SIZES)
    with refused("with SHA-256 0000"):
        download.fetch("brain_tumor", other, tmp_path / "raw", mine)
    server.content = b"<html>sign in</html>"
    with refused("a whole zip file"):
        download.fetch("brain_tumor", DATA, tmp_path / "raw", mine)
    assert list(mine.iterdir()) == []


def test_without_credentials_and_archive_one_line_says_where_to_get_it(tmp_path, capfd, monkeypatch):
    nobody(monkeypatch, tmp_path)
    monkeypatch.setattr(kaggle_client, "download", None)
    message = refusal(tmp_path / "raw", capfd)
    assert "received neither: download it from https://www.kaggle.com/datasets/masoudnickparvar/" in message
    assert "CNNBENCH_ARCHIVES" in message


@pytest.mark.parametrize(
    "where",
    [
        "home/.kaggle/kaggle.json",
        "home/.config/kaggle/kaggle.json",
        "home/.kaggle/access_token",
        "home/.kaggle/credentials.json",
    ],
)
def test_credentials_are_found_where_the_client_finds_them(where, tmp_path, monkeypatch):
    nobody(monkeypatch, tmp_path)
    assert not kaggle_client.has_credentials()
    (tmp_path / where).parent.mkdir(parents=True)
    (tmp_path / where).write_text(SECRET)
    assert kaggle_client.has_credentials()


def test_credentials_in_the_environment(tmp_path, monkeypatch):
    nobody(monkeypatch, tmp_path)
    monkeypatch.setenv("KAGGLE_USERNAME", "ada")
    assert not kaggle_client.has_credentials()
    monkeypatch.setenv("KAGGLE_KEY", SECRET)
    assert kaggle_client.has_credentials()
    monkeypatch.delenv("KAGGLE_KEY")
    monkeypatch.setenv("KAGGLE_API_TOKEN", SECRET)
    assert kaggle_client.has_credentials()


@pytest.mark.parametrize("name", ["archive.zip", "kaggle/archive (1).ZIP"])
def test_an_archive_of_another_name_is_found_by_its_content(name, tmp_path, capsys, monkeypatch):
    nobody(monkeypatch, tmp_path)
    mine = tmp_path / "mine"
    (mine / "kaggle").mkdir(parents=True)
    (mine / name).write_bytes(archive())
    (mine / "broken.zip").write_bytes(b"no zip")
    with zipfile.ZipFile(mine / "other.zip", "w") as other:
        other.writestr("train/NORMAL/IM-0115-0001.jpeg", b"film")
        other.writestr(FILES[0], b"one")
    known = download.fetch("brain_tumor", DATA, tmp_path / "raw", mine)
    assert {example.id: example.data for example in read_examples(tmp_path / "raw")} == IMAGES
    assert known.archives == {NAME: files.sha256(mine / name)}
    assert capsys.readouterr().out == f"{NAME} is read from {mine / name}, which has 2 of its paths\n"
    assert name not in (tmp_path / "raw/source.json").read_text(encoding="utf-8"), "the same on every machine"


@pytest.mark.parametrize("place", ["", "brain/", "downloads/brain-tumor-mri-dataset/"])
def test_an_archive_that_is_extracted_is_used(place, tmp_path, capsys, monkeypatch):
    nobody(monkeypatch, tmp_path)
    mine = tmp_path / "mine"
    for name, content in IMAGES.items():
        (mine / place / name).parent.mkdir(parents=True)
        (mine / place / name).write_bytes(content)
    known = download.fetch("brain_tumor", DATA, tmp_path / "raw", mine)
    assert {example.id: example.data for example in read_examples(tmp_path / "raw")} == IMAGES
    assert known.archives == {}
    assert "is read extracted from" in capsys.readouterr().out


def pack(tmp_path, *names):
    with zipfile.ZipFile(tmp_path / NAME, "w") as packed:
        for name in names:
            packed.writestr(name, b"slice")
    return download.fetch("brain_tumor", DATA, tmp_path / "raw", tmp_path)


def test_members_that_are_no_examples_are_counted_and_one_is_named(tmp_path):
    names = [f"{part}/{label}/1.jpg" for part in ("Training", "Testing") for label in CLASSES]
    known = pack(tmp_path, *names, "Training/glioma/2.jpeg", "Training/glioma/3.png", "Training/Glioma/4.jpg", "a.txt")
    assert known.notes == (
        "left out: 3 images of the archive that are no examples by their path, such as 'Training/Glioma/4.jpg', "
        "where 'Training/glioma/Tr-gl_0010.jpg' is one",
        "left out: 1 other files of the archive that are no examples by their path, such as 'a.txt', "
        "where 'Training/glioma/Tr-gl_0010.jpg' is one",
        "8 examples, where the publisher states 7,023",
    )


def test_capitals_of_the_extension_make_no_other_image(tmp_path, monkeypatch):
    monkeypatch.setattr(kaggle_client, "has_credentials", lambda: False)
    for name, content in IMAGES.items():
        path = tmp_path / "mine" / name.replace(".jpg", ".JPG")
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    known = download.fetch("brain_tumor", DATA, tmp_path / "raw", tmp_path / "mine")
    assert known.examples == 2
    assert sorted(example.id for example in read_examples(tmp_path / "raw")) == sorted(FILES)


def test_images_of_another_extension_are_named_where_no_archive_is(tmp_path, monkeypatch):
    monkeypatch.setattr(kaggle_client, "has_credentials", lambda: False)
    path = tmp_path / "mine/Training/glioma/1.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    with refused(r"received neither but 1 images, such as 'Training/glioma/1.png', none like '.*\.jpg'"):
        download.fetch("brain_tumor", DATA, tmp_path / "raw", tmp_path / "mine")


def test_a_class_that_was_renamed_is_one_line_at_once(tmp_path):
    names = [f"Training/{label}/1.jpg" for label in CLASSES[1:]]
    with refused(
        r"images of every class, like 'Training/glioma/.*', in brain.*zip, received none of 'glioma' and 1 in other "
        r"places, such as 'Training/glioma_tumor/1.jpg'"
    ):
        pack(tmp_path, *names, "Training/glioma_tumor/1.jpg")
    assert list((tmp_path / "raw").iterdir()) == []
