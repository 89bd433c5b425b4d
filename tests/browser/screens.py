"""A screen of a notebook without the notebook: its script in a page, its driver in the test.

The page has a `model` that does what a widget's does: what is sent goes to the driver, in the
test's own thread while Playwright is being waited for, and the answer comes back as a message.
A policy forbids the page to fetch anything.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from browser.chromium import Window, opened
from qa_review.base.errors import QAReviewError
from qa_review.widgets.driver import Answer, Driver
from qa_review.widgets.words import Words
from qa_review.widgets.words import words as catalogue

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; media-src data: blob:; worker-src blob:"
)
PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A notebook</title>
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width">
<style>body {{ margin: 8px }} h1 {{ font: 1rem sans-serif }}
body[data-jp-theme-light="false"] {{ background: #111; color: #eee }}</style></head>
<body data-jp-theme-light="true"><main><h1>A notebook</h1><div id="cell"></div></main></body></html>
"""
START = """
async ({ esm, light }) => {
  document.body.dataset.jpThemeLight = light;
  const heard = new Set();
  const model = {
    on: (_, hear) => heard.add(hear),
    off: (_, hear) => heard.delete(hear),
    async send(message) {
      const { reply, buffers } = JSON.parse(await window.askKernel(JSON.stringify(message)));
      const bytes = buffers.map((each) => {
        const text = atob(each);
        return new DataView(Uint8Array.from(text, (sign) => sign.charCodeAt(0)).buffer);
      });
      for (const hear of [...heard]) hear(reply, bytes);
    },
  };
  window.model = model;
  const blob = new Blob([esm], { type: "text/javascript" });
  const { default: widget } = await import(URL.createObjectURL(blob));
  window.closeScreen = await widget.render({ model, el: document.getElementById("cell") });
}
"""
READY = """
() => document.getElementById("cell").shadowRoot?.querySelector(".qar[data-ready], .qar.failed")
"""


@dataclass
class ScreenWindow(Window):
    """An open screen. Playwright's locators see into it: ``window.page.get_by_role(...)``."""

    asks: list[str] = field(default_factory=list)
    """what the screen asked its driver, in order"""
    given: list[dict[str, Any]] = field(default_factory=list)
    """what was given with each"""
    refused: list[str] = field(default_factory=list)
    """what the driver refused, in the words that the person is shown"""

    def fetched(self) -> list[str]:
        """What the screen asked of the network or of the disk; nothing, if it is well."""
        own = ("blob:", "data:")
        return [url for url in self.requests[1:] if not url.startswith(own)]

    def focused(self) -> str:
        """The accessible name of the element that has the focus, else its text."""
        return str(
            self.page.evaluate(
                "() => { let on = document.activeElement;"
                " while (on?.shadowRoot?.activeElement) on = on.shadowRoot.activeElement;"
                " return on?.getAttribute('aria-label') ?? on?.textContent.trim() ?? ''; }"
            )
        )


@contextmanager
def opened_screen(
    browser: Any, driver: Driver, esm: str, *, dark: bool = False, width: int = 1280,
    height: int = 900, words: Words | None = None,
) -> Iterator[ScreenWindow]:  # fmt: skip
    """A screen in a fresh window, when its ``start()`` is done (or has failed)."""
    said = words or catalogue()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "notebook.html")
        file.write_text(PAGE, encoding="utf-8")
        with opened(browser, file, dark=dark, width=width, height=height) as plain:
            window = ScreenWindow(plain.page, plain.requests, plain.problems)
            window.page.expose_function("askKernel", _kernel(window, driver, said))
            window.page.evaluate(START, {"esm": esm, "light": str(not dark).lower()})
            window.page.wait_for_function(READY)
            yield window


def _kernel(window: ScreenWindow, driver: Driver, said: Words) -> Any:
    """What answers a message as :class:`qa_review.widgets.anywidget.Screen` does."""
    sent: dict[str, str] = {}

    def answered(text: str) -> str:
        message = _read(text)
        if message["id"] not in sent:
            window.asks.append(message["ask"])
            window.given.append(message["given"])
            sent[message["id"]] = _reply(window, driver, said, message)
        return sent[message["id"]]

    return answered


def _reply(window: ScreenWindow, driver: Driver, said: Words, message: dict[str, Any]) -> str:
    reply: dict[str, Any] = {"id": message["id"]}
    answer = Answer()
    try:
        if message["ask"] == "begin":
            begun = {"words": said.phrases, "language": said.language, "direction": said.direction}
            answer = Answer(begun)
        else:
            answer = driver.answer(message["ask"], message["given"])
        reply["content"] = answer.content
    except (QAReviewError, ValueError, OSError) as error:
        reply["problem"] = str(error)
        window.refused.append(str(error))
    except Exception as error:  # a fault of ours: the test must see it
        reply["problem"] = f"{message['ask']}: {error!r}"
        window.problems.append(f"{message['ask']}: {error!r}")
    buffers = [base64.b64encode(each).decode() for each in answer.buffers]
    return json.dumps({"reply": reply, "buffers": buffers}, allow_nan=False)


def _read(text: str) -> dict[str, Any]:
    message = json.loads(text)
    assert set(message) == {"id", "ask", "given", "oldest"}, message
    return dict(message)
