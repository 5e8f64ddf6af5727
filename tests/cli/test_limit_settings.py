"""Limits of a TOML file hold for all that the command reads, and make no finished sample stale."""

from __future__ import annotations

from camera_estimation.batch.fingerprint import without_indifferent
from camera_estimation.cli.settings import build_configuration
from camera_estimation.io import current_limits


def test_limits_of_a_file_hold_for_the_process(tmp_path, own_limits):
    own_limits()  # those of before come back after the test
    path = tmp_path / "strangers.toml"
    path.write_text("[limits]\nfaces = 7\noutside_files = true\n")
    config = build_configuration(None, ["fast", str(path)], {})
    assert current_limits() == config.limits
    assert (config.limits.faces, config.limits.outside_files) == (7, True)
    assert without_indifferent(config.to_dict())["limits"] is None
    build_configuration(None, [], {})
    assert current_limits().faces == 16_000_000
