"""A headless browser for pages that the program writes; tests that need one are skipped where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# A sandbox needs rights that root in a container has not; SwiftShader draws WebGL without a GPU.
FLAGS = ("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PATIENCE = 20.0  # seconds


def find_browser() -> str:
    """The program of a Chromium. Skips the test where there is none, or no Playwright."""
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install playwright")
    found = os.environ.get("BROWSER_PROGRAM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.skip("no Chromium is installed (apt-get install chromium), or name one: BROWSER_PROGRAM=...")
    return found


class Visit:
    """A page of the browser, with what it complained of and what it asked for beside its file."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda line: line.type == "error" and self.complaints.append(line.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: Path) -> Visit:
        self.page.goto(path.as_uri())
        return self

    @property
    def asked(self) -> list[str]:
        """What went out of the file."""
        return [url[:80] for url in self.requests if not url.startswith(("data:", "blob:", "file:"))]

    def wait_for(self, expression: str) -> Any:
        """Asks until the expression is true; pages forbid what Playwright does that itself with."""
        for _ in range(int(10 * PATIENCE)):
            value = self.page.evaluate(expression)
            if value:
                return value
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never true: {expression}; complaints: {self.complaints}")


@contextmanager
def open_browser(**options: Any) -> Iterator[Visit]:
    """A visit in a new browser; options are those of Playwright's contexts."""
    program = find_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield Visit(browser.new_context(**options).new_page())
        finally:
            browser.close()
