"""No module runs what a file says: no pickles, no code from data, no shells, no archives unpacked blindly."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "camera_estimation"
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_ATTRIBUTES = {
    *("os.system", "os.popen", "pickle.load", "pickle.loads", "marshal.load", "marshal.loads", "shelve.open"),
    *("yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "torch.jit.load", "pandas.read_pickle", "joblib.load"),
}
FORBIDDEN_METHODS = {"extractall"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "urllib.request"}
# What stands in single modules, with its reason: errors of torch.load are named after the module.
EXCEPTIONS = {("weights/lpips_trunks.py", "import pickle")}
SAFE_LOADERS = ("CBaseLoader", "BaseLoader", "SafeLoader")


def unsafe_calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"import {name}" for name in names if name in FORBIDDEN_MODULES)
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        arguments = {word.arg: ast.unparse(word.value) for word in node.keywords}
        if called in FORBIDDEN_CALLS | FORBIDDEN_ATTRIBUTES or called.rpartition(".")[2] in FORBIDDEN_METHODS:
            yield called
        if arguments.get("shell", "False") != "False":
            yield f"{called} with a shell"
        if called in ("np.load", "numpy.load") and arguments.get("allow_pickle") != "False":
            yield f"{called} without allow_pickle=False"
        if called == "torch.load" and arguments.get("weights_only") != "True":
            yield "torch.load without weights_only=True"
        if called == "yaml.load" and not any(name in arguments.get("Loader", "") for name in SAFE_LOADERS):
            yield "yaml.load without a safe loader"


def test_no_module_runs_what_a_file_says():
    found = {
        (path.relative_to(PACKAGE).as_posix(), call)
        for path in PACKAGE.rglob("*.py")
        for call in unsafe_calls(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == EXCEPTIONS


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "eval(text)",
        "archive.extractall(folder)",
        "subprocess.run(line, shell=True)",
        "np.load(path)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "yaml.load(text, Loader=yaml.Loader)",
        "os.system(line)",
    ],
)
def test_what_is_planted_is_found(line):
    assert list(unsafe_calls(ast.parse(line)))


@pytest.mark.parametrize("line", ["network.eval()", "np.load(path, allow_pickle=False)", "re.compile(text)"])
def test_what_is_harmless_is_not(line):
    assert not list(unsafe_calls(ast.parse(line)))
