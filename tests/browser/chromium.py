"""Headless Chromium, with everything that a page asks for and every complaint it causes.

Debian's Chromium, driven by Playwright; the axe rules come with axe-playwright-python.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")

EXECUTABLE = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": RULES},
    "resultTypes": ["violations", "incomplete"],  # what passes isn't written out
}
"""what axe is to look at and to tell"""
LISTEN = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""


@contextmanager
def launched() -> Iterator[Any]:
    """A browser; the test is skipped where there is none."""
    if EXECUTABLE is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Window:
    """An open page, what it asked for, and what went wrong in it."""

    page: Any
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def complaints(self) -> list[str]:
        """Errors, warnings and broken policies; none for a page that is well."""
        return self.problems + list(self.page.evaluate("window.violations"))

    def violations(self, *, unmeasured: bool = False) -> list[str]:
        """The rules of accessibility that the page breaks, each with where.

        Args:
            unmeasured: also the texts whose contrast could not be measured, but for signs such as
                a tick.
        """
        self.page.evaluate(axe.AXE_SCRIPT)
        found = self.page.evaluate("(options) => axe.run(document, options)", OPTIONS)
        broken = [(rule, node) for rule in found["violations"] for node in rule["nodes"]]
        broken += [
            (rule, node)
            for rule in found["incomplete"] if unmeasured and rule["id"] == "color-contrast"
            for node in rule["nodes"] if "non-text" not in node["any"][0]["message"]
        ]  # fmt: skip
        return [
            f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
            for rule, node in broken
        ]

    def until(self, true: str, *, within_s: float = 30.0) -> None:
        """Wait until a script gives what is true.

        Playwright's own wait asks within the page once it has to ask again, which the page's
        policy forbids.
        """
        latest = time.monotonic() + within_s
        while not self.page.evaluate(true):
            assert time.monotonic() < latest, f"not within {within_s:g} s: {true}"
            self.page.wait_for_timeout(20)

    def playing(self) -> bool:
        return bool(self.page.evaluate("!document.querySelector('audio').paused"))

    def now_ms(self) -> float:
        """Where the sound is."""
        return float(self.page.evaluate("document.querySelector('audio').currentTime * 1000"))


@contextmanager
def opened(
    browser: Any, file: Path, *, dark: bool = False, width: int = 1280, height: int = 900,
    script: bool = True,
) -> Iterator[Window]:  # fmt: skip
    """A file in a fresh browser window of this size."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        java_script_enabled=script,
    )
    window = Window(context.new_page())
    context.on("request", lambda request: window.requests.append(request.url))
    window.page.on("pageerror", lambda error: window.problems.append(str(error)))
    window.page.on("console", lambda line: window.problems.append(f"{line.type}: {line.text}"))
    window.page.add_init_script(LISTEN)
    try:
        window.page.goto(file.as_uri())
        yield window
    finally:
        context.close()
