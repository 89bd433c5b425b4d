"""What is cut off or lies over something else on a screen, found by where its letters are drawn."""

from __future__ import annotations

from typing import Any

from qa_review.widgets.words import ENGLISH, HERE

MISPLACED = """
(root) => {
  const found = [];
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const told = (element) => element.textContent.trim().slice(0, 60);
  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    const of = text.parentElement;
    if (!text.data.trim() || !seen(of) || of.closest("svg, option, textarea")) continue;
    if (getComputedStyle(of).clipPath !== "none") continue; // heard, not seen
    const range = document.createRange();
    range.selectNodeContents(text);
    const drawn = [...range.getClientRects()];
    for (let box = of; box && box !== root.parentNode; box = box.parentElement) {
      const control = box.matches("button, summary, legend, th, td");
      if (getComputedStyle(box).display.startsWith("inline") && !control) continue;
      if (scrolls(box)) break; // what it cuts off can be scrolled to
      const place = box.getBoundingClientRect();
      const beside = drawn.some((one) => one.left < place.left - 1 || one.right > place.right + 1);
      const beyond = box.matches("button") &&
        drawn.some((one) => one.top < place.top - 1 || one.bottom > place.bottom + 1);
      if (!beside && !beyond) continue;
      found.push(`"${told(of)}" leaves its ${box.localName}.${box.className}`);
      break;
    }
  }
  const group = (one) => one.parentElement.closest(".row, form, fieldset");
  const controls = [...root.querySelectorAll("button, select, input, textarea")]
    .filter((one) => seen(one) && !one.closest(".wave"));
  for (const [at, one] of controls.entries()) {
    const a = one.getBoundingClientRect();
    for (const other of controls.slice(at + 1)) {
      if (group(one) !== group(other)) continue;
      const b = other.getBoundingClientRect();
      const over = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
      if (over) found.push(`"${told(one)}" lies over "${told(other)}"`);
    }
  }
  if (root.scrollWidth > root.clientWidth + 1) found.push(`${root.scrollWidth} px wide`);
  return found;
}
"""


def misplaced(page: Any) -> list[str]:
    """Texts that leave their box or their button, and controls that lie over each other."""
    return list(page.locator(".qar").evaluate(MISPLACED))


def longer(phrase: str) -> str:
    """The phrase two fifths longer, in letters that run from the right; its gaps stay.

    >>> longer("Hand in {n} now")
    'Hand in {n} now عبارات'
    """
    more = len(phrase) * 2 // 5
    return f"{phrase} {('عبارات أطول ' * more)[:more].strip()}"


def write_longer(folder: Any) -> None:
    """A catalogue in ``folder`` with every English phrase made longer."""
    folder.mkdir()
    for path in (HERE / ENGLISH).glob("*.toml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        (folder / path.name).write_text("\n".join(map(_line, lines)), encoding="utf-8")


def _line(line: str) -> str:
    if line.startswith("#") or ' = "' not in line:
        return line
    key, _, phrase = line.partition(' = "')
    return f'{key} = "{longer(phrase[:-1])}"' if phrase[:-1] else line
