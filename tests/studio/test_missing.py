"""Without the extra the command says how to install it."""

from __future__ import annotations

from click.testing import CliRunner

from camera_estimation.cli.studio import main
from camera_estimation.studio import server


def test_what_is_missing_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr(server, "find_spec", lambda name: None)
    ended = CliRunner().invoke(main, ["--no_browser"])
    assert ended.exit_code == 2
    assert 'camera-studio needs starlette, uvicorn, tomli_w: pip install "camera-estimation[studio]"' in ended.output
    assert ended.output.count("\n") == 1
