"""The server as users start it: estimates, stops, deaths and starts anew."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from camera_estimation.cli.serve import TOKEN_VARIABLE, main
from camera_estimation.serve import server
from tests.support.orbits import SETTINGS
from tests.support.serving import ServingProcess, run_server

TOKEN = "a-token-of-some-length"
NO_TOKEN = {TOKEN_VARIABLE: ""}


@pytest.fixture
def flags(tmp_path) -> tuple[str, ...]:
    """Settings of an estimate that takes little time."""
    (tmp_path / "quick.toml").write_text(SETTINGS)
    return ("--no_warm_up", "--device", "cpu", "--config", str(tmp_path / "quick.toml"))


def worker_of(served: ServingProcess) -> psutil.Process:
    (worker,) = psutil.Process(served.process.pid).children()
    return worker


def requests_of(folder: Path) -> list[Path]:
    return list((folder / "own" / "requests").rglob("*"))


@pytest.mark.slow
def test_it_estimates_and_stops_when_it_is_told_to(tmp_path, files, flags):
    with run_server(tmp_path, *flags, environment={TOKEN_VARIABLE: TOKEN}) as served:
        answer = served.client.post("/estimates", {**files, "render": "base64"})
        assert answer.status == 200, answer.content
        assert answer.values["pose"]["status"] == "ok"
        assert answer.values["render"].startswith("iVBOR")
        broken = served.client.post("/estimates", {**files, "mesh": ("b.ply", b"ply\nend_header\n")})
        assert broken.status == 422
        assert broken.error.startswith("b.ply: ")
        assert str(tmp_path) not in broken.content.decode()
        worker = worker_of(served)
        assert served.stop() == 0
    assert not worker.is_running()
    assert not (tmp_path / "own" / "requests").exists()
    printed = served.log.read_text()
    assert "Traceback" not in printed
    assert TOKEN not in printed
    assert "stopping: what runs is finished, what waits is refused" in printed


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_it_goes_on_after_its_worker_was_killed(tmp_path, files, flags):
    with run_server(tmp_path, *flags, environment=NO_TOKEN) as served:
        assert served.client.post("/estimates", files).status == 200
        worker = worker_of(served)
        worker.suspend()
        with ThreadPoolExecutor(1) as clients:
            answer = clients.submit(served.client.post, "/estimates", files)
            served.client.wait_until("/metrics", lambda text: b"camera_serve_running 1.0" in text.content)
            worker.kill()
            assert answer.result().status == 500
        assert "it was ended by signal 9" in answer.result().error
        assert served.client.post("/estimates", files).status == 200
        assert b"camera_serve_worker_starts 2.0" in served.client.ask("GET", "/metrics").content


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_killed_and_started_again_it_knows_meshes_but_no_jobs(tmp_path, files, flags):
    with run_server(tmp_path, *flags, environment=NO_TOKEN) as served:
        mesh = served.client.post("/meshes", {"mesh": files["mesh"]}).values["mesh_id"]
        worker = worker_of(served)
        worker.suspend()
        job = served.client.post("/jobs", {"mesh_id": mesh, "picture": files["picture"]}).values["id"]
        served.client.wait_for_state(job, "running")
        assert requests_of(tmp_path)
        served.process.kill()
        served.process.wait()
        worker.resume()
        with pytest.raises(OSError, match=r"refused|reset|closed"):
            served.client.ask("GET", "/healthz")
        worker.wait(10)  # nobody is left who waits for what it estimates
    assert requests_of(tmp_path)
    with run_server(tmp_path, *flags, environment=NO_TOKEN) as again:
        assert requests_of(tmp_path) == []
        gone = again.client.ask("GET", f"/jobs/{job}")
        assert (gone.status, "jobs are kept in memory" in gone.error) == (404, True)
        assert again.client.post("/estimates", {"mesh_id": mesh, "picture": files["picture"]}).status == 200


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_told_twice_it_stops_at_once(tmp_path, files, flags):
    with run_server(tmp_path, *flags, environment=NO_TOKEN) as served:
        worker = worker_of(served)
        worker.suspend()
        served.client.post("/jobs", files)
        served.client.wait_until("/metrics", lambda text: b"camera_serve_running 1.0" in text.content)
        served.process.send_signal(signal.SIGINT)
        served.client.wait_until("/readyz", lambda answer: answer.status == 503)
        start = time.monotonic()
        assert served.stop(signal.SIGINT) == 130
        assert time.monotonic() - start < 15
        assert not worker.is_running()
    assert "Traceback" not in served.log.read_text()


@pytest.mark.slow
def test_elsewhere_than_on_this_machine_a_token_is_made(tmp_path, flags):
    with run_server(tmp_path, *flags, "--host", "0.0.0.0", environment=NO_TOKEN) as served:
        assert served.client.ask("GET", "/metrics").status == 401
        token = served.log.read_text().partition("Authorization: Bearer ")[2].split()[0]
        assert served.client.ask("GET", "/metrics", Authorization=f"Bearer {token}").status == 200


@pytest.mark.slow
def test_settings_that_cannot_be_used_end_it_with_their_line(tmp_path):
    (tmp_path / "wrong.toml").write_text('[loss]\nname = "nothing"\n')
    ended = CliRunner().invoke(
        main,
        ["--port", "0", "--no_warm_up", "--folder", str(tmp_path / "own"), "--config", str(tmp_path / "wrong.toml")],
    )
    assert ended.exit_code == 2, (ended.output, ended.exc_info)
    assert "nothing" in ended.output.splitlines()[-1]
    assert ended.output.splitlines()[-1].startswith("Error: ")


def test_what_is_missing_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr(server, "find_spec", lambda name: None)
    ended = CliRunner().invoke(main, [])
    assert ended.exit_code == 2
    assert ended.output == (
        "Error: camera-serve needs fastapi, filelock, prometheus_client, python_multipart, uvicorn: "
        'pip install "camera-estimation[serve]"\n'
    )


@pytest.mark.parametrize(
    ("text", "sentence"), [("short", "is no token"), ("", "is no token"), ("ä" * 20, "is no token")]
)
def test_tokens_that_can_be_guessed_are_refused(tmp_path, text, sentence):
    (tmp_path / "token").write_text(text)
    ended = CliRunner().invoke(main, ["--token_file", str(tmp_path / "token")])
    assert (ended.exit_code, sentence in ended.output) == (2, True)


def test_flags_become_limits(monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr("camera_estimation.serve.serve_estimates", lambda options, tell: given.append(options) or True)
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    words = [
        "--queue",
        "3",
        "--mesh_mb",
        "5",
        "--megapixels",
        "2",
        "--keep",
        "7",
        "--host",
        "0.0.0.0",
        "--config",
        "fast",
    ]
    assert CliRunner().invoke(main, words).exit_code == 0
    (options,) = given
    limits = options.limits
    assert (limits.waiting, limits.mesh_bytes, limits.pixels, limits.jobs_kept) == (3, 5_000_000, 2_000_000, 7)
    assert (options.token, options.address.host, options.address.port) == (TOKEN, "0.0.0.0", None)
    assert options.config.to_dict() != type(options.config)().to_dict()


def test_a_port_that_is_taken_is_told(tmp_path):
    from camera_estimation.web import ServerAddress, bind

    with bind(ServerAddress(port=0)) as taken:
        port = taken.getsockname()[1]
        ended = CliRunner().invoke(main, ["--port", str(port), "--folder", str(tmp_path / "own")])
    assert (ended.exit_code, f"--port {port}: cannot be listened at" in ended.output) == (2, True)
    assert not os.path.exists(tmp_path / "own")
