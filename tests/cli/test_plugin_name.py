from __future__ import annotations

import click
import pytest

from camera_estimation.cli.estimate import main
from camera_estimation.cli.options.plugin_name import PluginName
from camera_estimation.plugins import Registry
from camera_estimation.rendering import renderer_registry
from camera_estimation.search import Search, search_registry
from camera_estimation.segmentation import segmenter_registry


@pytest.fixture
def package(tmp_path, monkeypatch) -> str:
    """One with the plug-ins "a", which no one can load, and "b"."""
    (tmp_path / "some_plugins").mkdir()
    (tmp_path / "some_plugins" / "__init__.py").touch()
    (tmp_path / "some_plugins" / "a.py").write_text("raise AssertionError('loaded')")
    (tmp_path / "some_plugins" / "b.py").touch()
    (tmp_path / "some_plugins" / "_shared.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    return "some_plugins"


def test_names_at_hand_load_nothing(package):
    registry: Registry = Registry("thing", group="nowhere", home=package, order=("b",))
    assert registry.names_at_hand() == ["b", "a"]
    assert PluginName(registry).convert("a", None, None) == "a"


def test_others_are_looked_up():
    registry: Registry = Registry("thing", group="nowhere")
    registry.register("mine")(type("Mine", (), {}))
    assert PluginName(registry).convert("mine", None, None) == "mine"
    with pytest.raises(click.BadParameter, match=r"'c' is not 'mine'\."):
        PluginName(registry).convert("c", None, None)


@pytest.mark.parametrize("registry", [search_registry, renderer_registry, segmenter_registry])
def test_modules_are_called_as_what_they_register(registry):
    assert registry.names_at_hand() == registry.names()


def test_a_search_of_another_package_has_its_flag():
    with search_registry.isolate():
        search_registry.register("nowhere")(type("Nowhere", (Search,), {}))
        context = main.make_context("camera-estimate", ["--search", "nowhere"])
    assert context.params["search"] == "nowhere"
