"""Presets that come over the network."""

from __future__ import annotations

from dataclasses import replace

import pytest

from camera_estimation.configuration import Configuration, LossConfig, load_preset
from camera_estimation.errors import InputError
from camera_estimation.web.foreign_settings import overlay_packaged


def test_presets_are_put_over_what_is_there_one_after_the_other():
    base = replace(Configuration(), seed=7, loss=LossConfig(name="ssim"))
    config = overlay_packaged(base, "TRELLIS", ["accurate", "fast"])
    assert (config.seed, config.loss.name) == (7, "ssim")
    assert config.model == load_preset("models/TRELLIS").model
    assert config.search.viewpoints == load_preset("fast").search.viewpoints
    assert overlay_packaged(base, "", []) == base


@pytest.mark.parametrize(("model", "presets"), [("../default", []), ("", ["models/../default"]), ("", ["/etc/passwd"])])
def test_paths_are_no_names_of_presets(model, presets):
    with pytest.raises(InputError, match="is not known; choose one of"):
        overlay_packaged(Configuration(), model, presets)
