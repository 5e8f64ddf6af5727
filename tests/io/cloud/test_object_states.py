"""What is known of objects: asked once, of many at once, and told in a line where it cannot be asked."""

from __future__ import annotations

import builtins
from datetime import datetime, timezone

import pytest

from camera_estimation.errors import InputError
from camera_estimation.images import read_upright
from camera_estimation.io import check_file_size, input_path, look_up_objects, read_content
from camera_estimation.io.cloud import _stores, object_states
from camera_estimation.io.cloud._trouble import DeniedError
from camera_estimation.io.cloud.object_states import forget_states, list_folder, object_state, require_object


class LibraryError(Exception):
    """As libraries have their own."""


@pytest.fixture
def asked(memory_store, monkeypatch):
    """The places that storage is asked about, as they are."""
    found = []
    info = type(memory_store).info

    def note(self, place, **options):
        found.append(place)
        return info(self, place, **options)

    monkeypatch.setattr(type(memory_store), "info", note)
    return found


@pytest.fixture
def failing(memory_store, monkeypatch):
    """A function that makes requests fail; it gives the list of them."""

    def fail_with(error):
        calls = []

        def fail(self, *arguments, **options):
            calls.append(arguments)
            raise error

        monkeypatch.setattr(type(memory_store), "info", fail)
        return calls

    return fail_with


def test_an_answer_holds_for_a_while(memory_store, asked, monkeypatch):
    memory_store.pipe("bucket/a.png", b"1")
    for _ in range(3):
        assert object_state("memory://bucket/a.png").kind == "object"
        assert object_state("memory://bucket/b.png").kind == "nothing"
    assert asked == ["bucket/a.png", "bucket/b.png"]
    monkeypatch.setattr(object_states, "STATE_SECONDS", 0.0)
    object_state("memory://bucket/a.png")
    assert len(asked) == 3


def test_of_a_folder_that_was_listed_all_is_known(memory_store, asked):
    for name in ("a.png", "inner/b.png"):
        memory_store.pipe(f"bucket/f/{name}", b"12")
    assert list_folder("memory://bucket/f") == ["a.png", "inner"]
    assert object_state("memory://bucket/f/a.png").size == 2
    assert object_state("memory://bucket/f/inner").kind == "folder"
    assert object_state("memory://bucket/f/none.png").kind == "nothing"
    assert not asked


def test_a_listing_and_a_request_say_the_same(memory_store):
    memory_store.pipe("bucket/f/a.png", b"12")
    single = object_state("memory://bucket/f/a.png")
    forget_states()
    list_folder("memory://bucket/f")
    assert object_state("memory://bucket/f/a.png") == single


def test_many_are_asked_at_once(memory_store, asked):
    memory_store.pipe("bucket/3.png", b"1")
    paths = [input_path(f"memory://bucket/{number}.png") for number in range(40)]
    look_up_objects([*paths, input_path("a.png")])
    assert len(asked) == 40
    assert [path.name for path in paths if path.is_file()] == ["3.png"]
    assert len(asked) == 40


def test_no_more_is_kept_than_fits(memory_store, monkeypatch):
    monkeypatch.setattr(object_states, "STATES_KEPT", 3)
    for number in range(5):
        object_state(f"memory://bucket/{number}")
    assert len(object_states._known) == 3


def test_what_is_momentary_is_tried_again(memory_store, monkeypatch):
    answers = iter([ConnectionResetError("reset by peer"), TimeoutError(), {"type": "file", "size": 3, "ETag": '"e"'}])

    def answer(self, place, **options):
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(type(memory_store), "info", answer)
    assert object_state("memory://bucket/a.png") == object_states.ObjectState("object", 3, 0, "e")


def test_a_network_that_is_away_is_told(failing):
    calls = failing(ConnectionRefusedError("Connection refused"))
    with pytest.raises(InputError, match=r"^memory://bucket/a: storage cannot be reached \(Connection refused\); "):
        object_state("memory://bucket/a")
    assert len(calls) == 3


def test_what_may_not_be_read_is_there_and_told_by_who_reads_it(failing):
    calls = failing(PermissionError("Forbidden"))
    path = input_path("memory://bucket/a.png")
    assert [path.exists(), path.is_file(), path.is_dir()] == [True, False, False]
    for read in (path.stat, path.read_bytes):
        with pytest.raises(DeniedError, match=r"^memory://bucket/a\.png: access is denied, or there is no such object"):
            read()
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("NoCredentialsError", "there are no credentials for this storage"),
        ("DefaultCredentialsError", "there are no credentials for this storage"),
        ("ClientConnectorError", r"cannot be read \(odd\)"),
    ],
)
def test_errors_of_libraries_are_told_by_their_names(failing, name, line):
    failing(type(name, (LibraryError,), {})("odd") if "Client" not in name else LibraryError("odd"))
    with pytest.raises(InputError, match=line) as told:
        require_object("memory://bucket/a.png")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("error", "line"),
    [(PermissionError("Forbidden"), "access is denied"), (ConnectionResetError("reset"), "storage cannot be reached")],
)
def test_whoever_looks_before_reading_tells_the_same(failing, error, line):
    failing(error)
    path = input_path("memory://bucket/a.png")
    for read in (read_upright, check_file_size, read_content):
        with pytest.raises(InputError, match=line):
            read(path)


def test_codes_of_http(failing):
    error = LibraryError("Anonymous caller does not have storage.objects.get access, 401")
    error.code = 401
    failing(error)
    with pytest.raises(DeniedError, match="access is denied"):
        require_object("memory://bucket/a.png")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://example.org/a.png",
        "file:///etc/passwd",
        "ssh://host/a",
        "github://org:repo@main/a.png",
        "ftp://host/a",
        "simplecache::s3://bucket/a",
        "reference://bucket/a",
        "local:///etc/passwd",
    ],
)
def test_other_urls_are_never_opened(own_copies, url, monkeypatch):
    monkeypatch.setattr(_stores, "_open_store", lambda *arguments: pytest.fail("it was opened"))
    path = input_path(url)
    with pytest.raises((InputError, FileNotFoundError)):
        path.read_bytes()
    assert not path.is_file()


def test_the_line_says_which_are_read(own_copies):
    with pytest.raises(InputError, match=r"^http://h/a: inputs are files, or in cloud storage \(s3://, gs://, az://\)"):
        input_path("http://h/a").stat()


def test_the_list_is_a_setting(own_copies, own_limits):
    own_limits(storage=("gs",))
    with pytest.raises(InputError, match=r"^s3://bucket/a: s3 is not among limits\.storage; add it there"):
        input_path("s3://bucket/a").stat()


def test_a_library_that_is_missing_is_told(own_copies, monkeypatch):
    load = builtins.__import__

    def fail(name, *arguments, **options):
        if name.partition(".")[0] in ("s3fs", "fsspec"):
            raise ImportError(f"No module named {name}")
        return load(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", fail)
    with pytest.raises(InputError, match=r's3:// is read by s3fs, which is not installed: pip install "camera-estima'):
        input_path("s3://bucket/a").stat()


@pytest.mark.parametrize(
    "value", [datetime(2024, 1, 2, 3, 4, 5, 600, timezone.utc), "2024-01-02T03:04:05.000600Z", 1704164645.6]
)
def test_times_are_in_whole_seconds(value):
    info = {"type": "file", "LastModified": value}
    assert object_states._parse_info(info).modified_ns == 1704164645 * 10**9


def test_a_version_is_that_of_the_content():
    assert object_states._parse_info({"type": "file", "size": 1, "ETag": '"abc"'}).version == "abc"
    assert object_states._parse_info({"type": "file", "size": 1, "md5Hash": "m", "etag": "x"}).version == "m"
