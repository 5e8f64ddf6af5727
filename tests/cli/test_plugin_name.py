from __future__ import annotations

import click
import pytest

from camera_estimation.cli.estimate import main
from camera_estimation.cli.plugin_name import PluginName
from camera_estimation.search import Search, searches


def refuse():
    raise AssertionError("loaded")


def test_known_names_load_nothing():
    assert PluginName(("a", "b"), refuse).convert("b", None, None) == "b"


def test_others_are_looked_up():
    kind = PluginName(("a",), lambda: ("a", "mine"))
    assert kind.convert("mine", None, None) == "mine"
    with pytest.raises(click.BadParameter, match=r"'c' is not one of 'a', 'mine'\."):
        kind.convert("c", None, None)


def test_a_search_of_another_package_has_its_flag():
    with searches.isolate():
        searches.register("nowhere")(type("Nowhere", (Search,), {}))
        context = main.make_context("camera-estimate", ["--search", "nowhere"])
    assert context.params["search"] == "nowhere"
