from __future__ import annotations

import logging
import sys
import textwrap
from importlib.metadata import EntryPoint, entry_points as metadata_entry_points

import pytest

from camera_estimation import plugins
from camera_estimation.errors import InputError
from camera_estimation.plugins import Registry


class Tool:
    name = ""

    @classmethod
    def missing(cls, **options):
        return None


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of plug-ins: two public modules and a private one, which count how often they run."""
    home = tmp_path / "toolbox"
    home.mkdir()
    (home / "__init__.py").write_text("runs = []\nfrom tests.test_plugins import Tool\n")
    for module, name in (("hammer", "hammer"), ("axe", "axe"), ("_shared", "never")):
        (home / f"{module}.py").write_text(
            f"import toolbox\ntoolbox.runs.append({module!r})\n"
            f"from tests.test_plugins import made\n@made[-1].register({name!r})\nclass Found(toolbox.Tool): pass\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    yield "toolbox"
    for module in [module for module in sys.modules if module.partition(".")[0] == "toolbox"]:
        del sys.modules[module]


made: list[Registry] = []  # the modules of ``package`` register with the last


def make(home=None, **settings) -> Registry:
    made.append(Registry("tool", "test.tools", home, **settings))
    return made[-1]


@pytest.fixture
def announce(monkeypatch):
    def announce(**values):
        points = [EntryPoint(name, value, "test.tools") for name, value in values.items()]
        monkeypatch.setattr(plugins, "entry_points", lambda group: points if group == "test.tools" else [])

    return announce


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A function that writes a module where it can be imported."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        monkeypatch.delitem(sys.modules, name, raising=False)

    return write


def test_built_in_ones_are_the_modules_of_a_package_each_run_once(package):
    registry = make(package, order=("hammer",))
    assert "toolbox" not in sys.modules
    assert registry.names() == registry.names() == ["hammer", "axe"]
    import toolbox

    assert toolbox.runs == ["axe", "hammer"]
    assert registry.get("axe").name == "axe"


def test_what_is_registered_by_hand_comes_after_the_built_in_ones(package):
    registry = make(package)
    registry.register("awl")(type("Awl", (Tool,), {}))
    assert registry.names() == ["axe", "hammer", "awl"]
    with pytest.raises(ValueError, match=r"the tool name 'axe' is taken by toolbox\.axe\.Found"):
        registry.register("axe")(type("Axe", (Tool,), {}))


def test_a_class_can_be_registered_again():
    registry = make()
    first, again = (type("Awl", (Tool,), {}) for _ in range(2))
    registry.register("awl")(first)
    assert registry.register("awl")(again) is again
    assert registry.classes() == {"awl": again}
    assert registry.is_registered(again)
    assert not registry.is_registered(first)


@pytest.mark.parametrize("thing", [lambda: None, int])
def test_only_subclasses_of_the_base_can_be_registered(thing):
    with pytest.raises(TypeError, match=r"^tool 'thing': .* is not a subclass of Tool$"):
        make(base=Tool).register("thing")(thing)
    with pytest.raises(TypeError, match=r"^register_tool\('thing'\): .* is not a subclass of Tool$"):
        make(base=Tool, decorator="register_tool").register("thing")(thing)


def test_without_a_base_any_class_will_do():
    registry = make()
    registry.register("text")(type("Text", (str,), {}))
    with pytest.raises(TypeError, match="is not a class"):
        registry.register("thing")(3)


def test_unknown_names_are_answered_with_the_nearest():
    registry = make()
    registry.register("hammer")(type("Hammer", (Tool,), {}))
    with pytest.raises(InputError, match=r"^unknown tool 'Hamer'; did you mean 'hammer'\?; known: hammer$"):
        registry.get("Hamer")
    with pytest.raises(InputError, match=r"^--tool: unknown tool 'zzz'; known: hammer$"):
        registry.get("zzz", source="--tool")
    with pytest.raises(InputError, match=r"^unknown tool 'zzz'; known toolset: $"):
        make(plural="toolset").get("zzz")


def test_what_is_missing_to_run_one_is_told():
    registry = make()

    @registry.register("saw")
    class Saw(Tool):
        @classmethod
        def missing(cls, blade="", **options):
            return None if blade else "saw: no blade; give one"

    registry.register("bare")(type("Bare", (), {}))
    registry.check_runnable("saw", blade="fine")
    registry.check_runnable("bare")
    with pytest.raises(InputError, match="saw: no blade"):
        registry.check_runnable("saw")
    with pytest.raises(InputError, match="unknown tool"):
        registry.check_runnable("drill")


class TestInstalledPackages:
    def test_a_class_is_registered_under_the_entry_points_name(self, written, announce):
        written("plain", "from tests.test_plugins import Tool\nclass Awl(Tool): pass\n")
        announce(sharp="plain:Awl")
        assert make(base=Tool).names() == ["sharp"]

    def test_a_class_whose_module_registers_it_keeps_that_name(self, written, announce):
        written("own", "from tests.test_plugins import Tool, made\n@made[-1].register('awl')\nclass Awl(Tool): pass\n")
        announce(sharp="own:Awl")
        assert make().names() == ["awl"]

    def test_a_module_registers_its_own(self, written, announce):
        written("both", "from tests.test_plugins import Tool, made\nmade[-1].register('awl')(type('Awl', (Tool,), {}))")
        announce(anything="both")
        assert make().names() == ["awl"]

    def test_a_class_of_another_registry_is_left_to_that(self, written, announce):
        written(
            "other", "from tests.test_plugins import Tool, made\n@made[-2].register('awl')\nclass Awl(Tool): pass\n"
        )
        other, registry = make(), make()
        announce(sharp="other:Awl")
        assert registry.names() == []
        assert other.names() == ["awl"]

    def test_broken_ones_cost_a_line_each_and_nothing_else(self, written, announce, caplog):
        written("plain", "from tests.test_plugins import Tool\nclass Awl(Tool): pass\nnumber = 3\n")
        written("leaves", "raise SystemExit(2)")
        announce(gone="no_such_package:Awl", exits="leaves", number="plain:number", good="plain:Awl")
        registry = make(base=Tool)
        with caplog.at_level(logging.WARNING):
            assert registry.names() == registry.names() == ["good"]
        assert [record.getMessage() for record in caplog.records] == [
            "tool 'gone' is left out: ModuleNotFoundError: No module named 'no_such_package'",
            "tool 'exits' is left out: SystemExit: 2",
            "tool 'number' is left out: TypeError: tool 'number': 3 is not a subclass of Tool",
        ]

    def test_one_may_ask_for_the_others_while_it_loads(self, written, announce):
        written(
            "curious",
            """
            from tests.test_plugins import Tool, made
            seen = made[-1].names()
            class Awl(Tool): pass
            """,
        )
        announce(sharp="curious:Awl")
        assert make().names() == ["sharp"]


def test_an_error_takes_back_what_was_registered():
    registry = make()

    def fail():
        with registry.restore_on_error():
            registry.register("awl")(type("Awl", (Tool,), {}))
            raise RuntimeError("half done")

    with pytest.raises(RuntimeError, match="half done"):
        fail()
    assert registry.names() == []
    with registry.restore_on_error():
        registry.register("awl")(type("Awl", (Tool,), {}))
    assert registry.names() == ["awl"]


def test_isolation_forgets_what_was_registered_or_announced(written, announce):
    written("plain", "from tests.test_plugins import Tool\nclass Awl(Tool): pass\n")
    registry = make()
    assert registry.names() == []
    with registry.isolate():
        announce(sharp="plain:Awl")
        registry.register("hammer")(type("Hammer", (Tool,), {}))
        assert registry.names() == ["hammer", "sharp"]
    assert registry.names() == []


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Installs packages that only announce."""
    monkeypatch.syspath_prepend(tmp_path)
    plugins._read_announcements.cache_clear()

    def install(package, text):
        folder = tmp_path / f"{package}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(text)

    yield install
    plugins._read_announcements.cache_clear()


def test_what_installed_packages_announce_is_found_as_the_standard_library_finds_it(installed):
    installed("some-tools", "[console_scripts]\nrun = a:b\n\n[camera_estimation.test_tools]\nsaw = json:loads\n")
    installed("others", "[console_scripts]\nwalk = a:b\n")
    group = "camera_estimation.test_tools"
    found = plugins.entry_points(group=group)
    assert [(point.name, point.value, point.dist.name) for point in found] == [("saw", "json:loads", "some-tools")]
    assert set(found) == set(metadata_entry_points(group=group))
    assert list(plugins.entry_points(group="camera_estimation.nothing")) == []


def test_all_groups_are_among_those_that_are_looked_for():
    groups = {registry.group for registry in plugins._registries if registry.group.startswith("camera")}
    assert groups
    assert all(group.startswith(plugins.ENTRY_POINT_PREFIX) for group in groups)
