"""The count of names that mislead finds what is planted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.script_files import load_script


@pytest.fixture(scope="module")
def check_names():
    return load_script("check_names")


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


@pytest.mark.parametrize("name", ["decided", "_moved", "chosen_objective", "found_symmetries", "resized"])
def test_participles(check_names, name):
    assert check_names.is_named_by_participle(name)


@pytest.mark.parametrize("name", ["decide", "is_registered", "embed", "seed_all", "need", "has_basin", "red"])
def test_verbs_nouns_and_predicates(check_names, name):
    assert not check_names.is_named_by_participle(name)


def test_properties_are_states(check_names, tmp_path, capsys):
    text = "class A:\n    @property\n    def converged(self): ...\n    def decide(self): ...\n"
    assert check_names.main(write(tmp_path, a=text)) == 0
    assert "0 of 2 functions" in capsys.readouterr().out


def test_too_many_participles_fail(check_names, tmp_path, capsys):
    assert check_names.main(write(tmp_path, a="def moved(): ...\ndef decide(): ...\n")) == 1
    assert "a.py:1 moved" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["class Comparison: ...\n", "def load(): ...\n"])
def test_one_name_for_two_things_fails(check_names, tmp_path, capsys, text):
    assert check_names.main(write(tmp_path, a=text, b=text)) == 1
    assert "a.py, b.py" in capsys.readouterr().out


def test_contracts_and_overloads_share_a_name(check_names, tmp_path):
    assert (
        check_names.main(write(tmp_path, a="def main(): ...\n", b="def main(): ...\ndef f(): ...\ndef f(): ...\n")) == 0
    )


def test_the_package_passes(check_names):
    assert check_names.main() == 0
