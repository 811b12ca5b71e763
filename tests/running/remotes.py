"""DVC remotes for tests: a folder, and an S3-compatible server that is started here."""

import contextlib
import uuid

import pytest

KEY = "AKIAOFNOBODY", "hunter2-opens-no-door"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": KEY[0], "AWS_SECRET_ACCESS_KEY": KEY[1], "AWS_DEFAULT_REGION": "us-east-1"}


@contextlib.contextmanager
def s3_server():
    """Yields the address of one that holds what it is given in memory."""
    pytest.importorskip("dvc_s3", reason="the extra [s3] is not installed")
    moto = pytest.importorskip("moto.server", reason="moto is not installed")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


class Folder:
    """A folder as remote."""

    def __init__(self, folder):
        self.url, self._folder = str(folder), folder
        folder.mkdir()

    def add(self, toy):
        toy.dvc("remote", "add", "--default", "storage", self.url)

    def contents(self):
        return {
            path.relative_to(self._folder).as_posix(): path.read_bytes()
            for path in self._folder.rglob("*")
            if path.is_file()
        }


class Bucket:
    """A new bucket of a server as remote; the repository has the key in its config.local."""

    def __init__(self, address):
        import boto3

        self._address = address
        self._bucket = boto3.resource(
            "s3",
            endpoint_url=address,
            aws_access_key_id=KEY[0],
            aws_secret_access_key=KEY[1],
            region_name="us-east-1",
        ).Bucket(f"b{uuid.uuid4().hex}")
        self._bucket.create()
        self.url = f"s3://{self._bucket.name}/of/us"

    def add(self, toy):
        toy.dvc("remote", "add", "--default", "storage", self.url)
        toy.dvc("remote", "modify", "storage", "endpointurl", self._address)
        toy.dvc("remote", "modify", "--local", "storage", "access_key_id", KEY[0])
        toy.dvc("remote", "modify", "--local", "storage", "secret_access_key", KEY[1])

    def contents(self):
        return {entry.key.removeprefix("of/us/"): entry.get()["Body"].read() for entry in self._bucket.objects.all()}
