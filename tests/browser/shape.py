"""A page without a browser: its elements, their attributes and its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input"}


@dataclass
class Element:
    """One element with its place in the tree."""

    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    own: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything written in it, in order of elements."""
        return "".join(self.own)

    def all(self, tag: str = "", **wanted: str) -> list[Element]:
        """The elements inside with this tag and these attributes; ``class_`` is one of several."""
        found = []
        for child in self.children:
            if (not tag or child.tag == tag) and child.has(**wanted):
                found.append(child)
            found += child.all(tag, **wanted)
        return found

    def has(self, **wanted: str) -> bool:
        kinds = self.attributes.get("class", "").split()
        return all(
            value in kinds if name == "class_" else self.attributes.get(name) == value
            for name, value in wanted.items()
        )


class Reader(HTMLParser):
    """Reads a page; every element that is opened is closed, and in order."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.path = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"{tag} repeats an attribute"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.path[-1].children.append(element)
        if tag not in VOID:
            self.path.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.path[-1].tag == tag, f"</{tag}> closes <{self.path[-1].tag}>"
        self.path.pop()

    def handle_data(self, data: str) -> None:
        for element in self.path:
            element.own.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def read(page: str) -> Element:
    """The tree of a page."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert [element.tag for element in reader.path] == [""], "an element stays open"
    return reader.root


def shape(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """The tags of a page with the names of their attributes, without what is written."""
    return [(each.tag, tuple(each.attributes)) for each in read(page).all()]
