"""Nobody gets anything who may not: pages of other sites, other machines' names, requests without the token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from camera_estimation.web import is_same_token
from tests.support.serving import Client, Serving, serve_pretended

TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> Iterator[Serving]:
    with serve_pretended(tmp_path_factory.mktemp("local") / "own") as serving:
        yield serving


@pytest.fixture(scope="module")
def remote(tmp_path_factory) -> Iterator[Serving]:
    with serve_pretended(tmp_path_factory.mktemp("remote") / "own", token=TOKEN) as serving:
        yield serving


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost:1"])
def test_other_names_of_this_machine_are_refused_without_a_token(local, host):
    answer = local.client.ask("GET", "/metrics", Host=host)
    assert (answer.status, answer.error) == (
        403,
        f"this server is for this machine: ask http://localhost:{local.client.port}/",
    )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_its_own_names_are_taken(local, host):
    assert local.client.ask("GET", "/metrics", Host=f"{host}:{local.client.port}").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors"},
        {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "no-cors"},
    ],
)
def test_pages_of_other_sites_are_refused(local, headers):
    answer = local.client.post("/estimates", {"name": "x"}, **headers)
    assert (answer.status, answer.error) == (
        403,
        "this request came from a page of another site, which may not ask for it",
    )


def test_links_from_elsewhere_show_the_page(local):
    answer = local.client.ask("GET", "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
    assert answer.status == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "given", ["", TOKEN, "Basic " + TOKEN, "Bearer", "Bearer wrong", "Bearer é", f"Bearer {TOKEN}x"]
)
def test_without_the_token_nothing_is_told(remote, given):
    client = Client(remote.client.port)
    for method, path in (("GET", "/metrics"), ("GET", "/jobs/x"), ("POST", "/estimates"), ("DELETE", "/meshes/x")):
        answer = client.ask(method, path, Authorization=given.encode().decode("latin-1"))
        assert answer.status == 401
        assert answer.error == "send the server's token as the header 'Authorization: Bearer TOKEN'"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_health_and_the_page_need_no_token(remote):
    client = Client(remote.client.port)
    assert [client.ask("GET", path).status for path in ("/healthz", "/readyz", "/", "/openapi.json")] == [200] * 4


def test_with_the_token_any_name_will_do(remote):
    assert remote.client.ask("GET", "/metrics", Host="estimates.example").status == 200
    assert remote.client.ask("GET", "/metrics", Authorization=f"bearer {TOKEN}").status == 200


def test_what_is_refused_is_received_so_that_clients_read_why(remote):
    """Many clients read no answer before they have sent all, and lose it when the connection ends before."""
    for _ in range(5):
        answer = Client(remote.client.port).post("/estimates", {"mesh": ("a.glb", bytes(5_000_000))})
        assert answer.status == 401


def test_tokens_are_compared_whole():
    assert is_same_token("abc", "abc")
    assert not is_same_token("ab", "abc")
    assert not is_same_token("é", "abc")
