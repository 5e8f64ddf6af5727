"""Settings of requests over those that the server was started with."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from camera_estimation.configuration import Configuration, LossConfig
from camera_estimation.serve.web._request_settings import request_configuration

BASE = replace(Configuration(), loss=LossConfig(name="l1l2", options={"l1_weight": 0.3}))


@pytest.mark.parametrize("name", ["ssim", "silhouette_color"])
def test_options_of_the_servers_objective_are_not_for_another_one(name):
    config = request_configuration(BASE, "", ["fast"], json.dumps({"loss": {"name": name}}))
    assert (config.loss.name, config.loss.options) == (name, {})


@pytest.mark.parametrize("settings", [{}, {"seed": 3}, {"loss": {"name": "l1l2"}}])
def test_options_of_the_servers_objective_stay_with_it(settings):
    config = request_configuration(BASE, "", [], json.dumps(settings))
    assert config.loss == BASE.loss
