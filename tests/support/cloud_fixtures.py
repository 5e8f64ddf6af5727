"""Cloud storage for tests: one in the memory of the process, and one that speaks S3 over HTTP on this machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

BUCKET = "bucket"
REGION = "us-east-1"


@pytest.fixture
def own_copies(tmp_path, monkeypatch):
    """Copies of objects in a folder of the test's own, and nothing known of objects."""
    from camera_estimation.io.cloud.object_states import forget_states

    monkeypatch.setenv("CAMERA_ESTIMATION_CACHE", str(tmp_path / "cache"))
    forget_states()
    yield tmp_path / "cache" / "objects"
    forget_states()


@pytest.fixture
def memory_store(own_copies, monkeypatch) -> Iterator[Any]:
    """fsspec's storage in memory, as ``memory://``; it is empty."""
    fsspec = pytest.importorskip("fsspec")
    from camera_estimation.io.cloud import _stores

    monkeypatch.setitem(_stores.STORES, "memory", _stores.Store("memory", "fsspec", pauses=(0.0, 0.0)))
    # No setting can have that name.
    monkeypatch.setattr(_stores, "current_limits", lambda: SimpleNamespace(storage=("memory",)))
    store = fsspec.filesystem("memory")
    store.store.clear()
    store.pseudo_dirs[:] = [""]
    yield store
    store.store.clear()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server that speaks S3."""
    server_module = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def s3(s3_server, own_copies, monkeypatch) -> Iterator[Any]:
    """A client of that server, on which there is an empty bucket; programs that are started find it too."""
    import boto3
    import s3fs

    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    client = boto3.client("s3", region_name=REGION, endpoint_url=s3_server)
    client.create_bucket(Bucket=BUCKET)
    yield client
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)
    s3fs.S3FileSystem.clear_instance_cache()
