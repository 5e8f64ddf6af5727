"""The plan of the house holds: doors, what is public, shape strings. Layers and circles are import-linter's."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import camera_estimation

PACKAGE = Path(camera_estimation.__file__).parent
REPOSITORY = PACKAGE.parent
MODULES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
DOORS = sorted(PACKAGE.rglob("__init__.pyi"))
ARRAYS = {"Float", "Int", "Bool", "UInt8", "Shaped"}
# A name, with its modifiers; a number; an expression of both.
DIMENSION = r"(?:\.\.\.|[#*?_]*[A-Za-z_]\w*|(?:\d+|[A-Za-z_]\w*)(?:[-+*/]{1,2}(?:\d+|[A-Za-z_]\w*))*)"
# Packages whose modules register themselves, and scripts that are written beside results.
PLUGIN_HOMES = (
    *(
        "export/exporters",
        "lighting/methods",
        "losses/objectives",
        "losses/terms",
        "mesh/readers",
        "rendering/backends",
        "search/methods",
    ),
    *("commands/estimate/executors", "results/pose_readers", "segmentation/segmenters"),
)
STARTED = {"blender_scene.py", "compare_results.py"}
PUBLIC = {
    *("Camera", "CameraEstimate", "CameraEstimator", "Configuration", "Evidence", "InputError", "Keypoint2DLoss"),
    *("Keypoint3DLoss", "LossConfig", "LossObjective", "Renderer", "create_loss_objective", "estimate_camera"),
    *("load_category_masks", "load_depth", "load_keypoints", "load_mesh", "load_preset", "load_source_image"),
    *("load_unmasked_image", "register_loss", "__version__"),
}


def package_of(door: Path) -> str:
    return ".".join(door.parent.relative_to(REPOSITORY).parts)


def imports_of(door: Path) -> list[ast.ImportFrom]:
    return [node for node in ast.parse(door.read_text("utf-8")).body if isinstance(node, ast.ImportFrom)]


def exports_of(door: Path) -> list[str]:
    return [alias.name for node in imports_of(door) for alias in node.names]


def test_the_public_surface_is_what_users_know():
    assert set(camera_estimation.__all__) == PUBLIC
    assert set(exports_of(PACKAGE / "__init__.pyi")) == PUBLIC - {"__version__"}
    assert (PACKAGE / "py.typed").is_file()


@pytest.mark.parametrize("door", DOORS, ids=package_of)
def test_every_door_opens(door):
    package = importlib.import_module(package_of(door))
    assert package.__doc__
    for name in exports_of(door):
        assert getattr(package, name) is not None
        # The import of a module of that name would put the module in the place of what the door offers.
        assert not (door.parent / f"{name}.py").exists(), f"{package_of(door)}: {name} is a module too"


def test_rooms_are_entered_by_their_doors():
    """Code imports from another room's packages, never from modules behind their doors."""
    behind = []
    for path, tree in MODULES.items():
        room = path.relative_to(PACKAGE).parts[0]
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("camera_estimation."):
                continue
            target = Path(*node.module.split(".")[1:])
            other = len(target.parts) > 1 and target.parts[0] != room
            if other and (PACKAGE / target).with_suffix(".py").exists():
                behind.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.module}")
    assert not behind


def test_modules_without_an_underscore_offer_something():
    """By the door of their package; plug-ins offer themselves, and the command line's modules are started."""
    offered = {door.parent / f"{node.module}.py" for door in DOORS for node in imports_of(door)}
    plugins = {PACKAGE / home for home in PLUGIN_HOMES}
    idle = [
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if path.parent not in {PACKAGE, PACKAGE / "cli", *plugins}
        and not path.name.startswith("_")
        and path.name not in STARTED
        and path not in offered
    ]
    assert not idle


def test_shape_strings_are_jaxtypings():
    """Dimensions apart by spaces; a single one begins with a space, so that linters do not take it for a name."""
    wrong = []
    for path, tree in MODULES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Subscript) or getattr(node.value, "id", None) not in ARRAYS:
                continue
            shape = node.slice.elts[-1].value if isinstance(node.slice, ast.Tuple) else None
            if not isinstance(shape, str) or not re.fullmatch(rf"\s?{DIMENSION}(?: {DIMENSION})*|", shape):
                wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {shape!r}")
    assert not wrong


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from click.testing import CliRunner; from camera_estimation.cli.estimate import main;"
        "assert CliRunner().invoke(main, ['-h']).exit_code == 0;"
        "print([name for name in ('torch', 'warp', 'trimesh', 'cv2', 'scipy', 'PIL', 'jinja2') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_modules_that_comments_name_are_there():
    """References such as "see losses/appearance.py" or "(agreement.py)" in the sources lead somewhere."""
    files = {path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.rglob("*.py") if ".venv" not in path.parts}
    lost = []
    for path in MODULES:
        for place in re.findall(r"(?<![\w/.])(?:\w+/)*\w+\.py\b", path.read_text("utf-8")):
            if "FILE" not in place and not any(file == place or file.endswith(f"/{place}") for file in files):
                lost.append(f"{path.relative_to(PACKAGE)}: {place}")
    assert not lost
