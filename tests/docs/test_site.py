"""The README, the site, and what is said in one place only."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import camera_estimation
from camera_estimation.results.entries import RESULT_KEYS

ROOT = Path(__file__).parents[2]
LARGEST_README = 12_000  # bytes: more belongs on the site
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def relative_links(page: Path) -> list[str]:
    return [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not re.match(r"[a-z]+:|#", link)]


def heading_slugs(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_readme_is_short():
    assert (ROOT / "README.md").stat().st_size < LARGEST_README


def test_the_table_of_rooms_is_what_the_package_says():
    script = ROOT / "docs" / "_generate" / "architecture_tables.py"
    table = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout
    assert table in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_readme_has_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "bash scripts/demo.sh" in text
    assert "bash scripts/test.sh" in text


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name):
    for link in relative_links(ROOT / name):
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        assert not anchor or anchor in heading_slugs(ROOT / path), link


def test_version_stands_once():
    version = re.escape(camera_estimation.__version__)
    files = ["pyproject.toml", "CITATION.cff", "mkdocs.yml", "README.md", *(ROOT / "camera_estimation").glob("**/*.py")]
    assigned = [
        Path(file).name
        for file in files
        if re.search(rf"version\S*\s*[:=]\s*[\"']?{version}\b", (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert assigned == ["__init__.py"]


def test_every_field_of_poses_json_is_explained():
    text = (ROOT / "docs" / "file-formats.md").read_text(encoding="utf-8")
    assert [key for key in RESULT_KEYS if f"`{key}`" not in text] == []


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mkdocs") is None, reason="the extra docs is not installed")
def test_site_builds_strictly_and_asks_nobody(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=300,
    )
    pages = list(tmp_path.glob("**/*.html"))
    assert len(pages) > 40
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<!-- generated:" not in text, page
        loaded = re.findall(r"<(?:script|img|iframe)[^>]* src=\"?([^\s\">]+)", text)
        loaded += re.findall(r"<link[^>]* rel=\"?(?:stylesheet|preconnect|icon)[^>]* href=\"?([^\s\">]+)", text)
        assert 'data-md-component="source"' not in text, page  # would ask a host of repositories when it is shown
        assert [address for address in loaded if re.match(r"(https?:)?//", address)] == [], page
