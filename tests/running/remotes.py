"""DVC remotes for tests: a folder, and an S3-compatible server that is started here."""

import contextlib
import uuid

import pytest

SECRET = "hunter2-is-no-secret-of-anybody"
KEYS = {"AWS_ACCESS_KEY_ID": "someone", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}


@contextlib.contextmanager
def s3_server():
    """Yields the address of one that holds what it is given in memory."""
    pytest.importorskip("dvc_s3", reason="the extra [s3] is not installed")
    server = pytest.importorskip("moto.server", reason="moto is not installed").ThreadedMotoServer(
        ip_address="127.0.0.1", port=0, verbose=False
    )
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


def make_bucket(address):
    """A new bucket's name."""
    import boto3

    name = f"b{uuid.uuid4().hex}"
    boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    ).create_bucket(Bucket=name)
    return name


def add_bucket(toy, address):
    """Makes a bucket the remote of a repository, which alone has the key."""
    toy.dvc("remote", "add", "--default", "storage", f"s3://{make_bucket(address)}/of/us")
    toy.dvc("remote", "modify", "storage", "endpointurl", address)
    toy.dvc("remote", "modify", "--local", "storage", "access_key_id", KEYS["AWS_ACCESS_KEY_ID"])
    toy.dvc("remote", "modify", "--local", "storage", "secret_access_key", SECRET)
