"""What is written is true: code blocks run, commands parse, notebooks run, maps fit."""

from __future__ import annotations

import ast
import re
import shlex
import traceback
from pathlib import Path

import pytest
from sample_reviews import copied, reviewed

import qa_review
from qa_review.__main__ import parser
from qa_review.base import errors

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")]
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(path.read_text()) if kind == language]


def test_there_are_documents() -> None:
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= {path.name for path in DOCUMENTS}
    assert len(DOCUMENTS) > 10


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [p for p in DOCUMENTS if blocks(p, "python")], ids=lambda p: p.name
)
def test_python_blocks_run(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    if "review_folder" in path.read_text():
        copied(reviewed(tmp_path_factory), tmp_path)  # so that no call is heard twice
    (tmp_path / "sample_calls").symlink_to(ROOT / "sample_calls")
    assert first_problem(blocks(path, "python"), str(path)) == ""


def first_problem(bodies: list[str], where: str) -> str:
    """What goes wrong in blocks that are run one after the other; ``""`` when nothing does."""
    names: dict[str, object] = {"__name__": "document"}
    for number, body in enumerate(bodies, 1):
        try:
            exec(compile(body, where, "exec"), names)
        except Exception:
            return f"{where}, block {number}:\n{body}\n{traceback.format_exc()}"
    return ""


def test_a_block_that_does_not_run_is_named() -> None:
    assert first_problem(["one = 1", "one + 1"], "a.md") == ""
    found = first_problem(["one = 1", "two + 1"], "a.md")
    assert found.startswith("a.md, block 2:") and "name 'two' is not defined" in found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for line in "\n".join(blocks(path, "console")).splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["make"]:
            assert words[1] in targets, line
        if words[:1] == ["qa-review"]:
            parser().parse_args(words[1:])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        elsewhere = target.startswith("https://")
        assert elsewhere or (path.parent / target).exists(), f"{path.name} links to {target}"


def test_the_folders_of_the_package_are_those_that_contributors_are_told() -> None:
    told = re.search(r"order the work happens: (.*?)\.", (ROOT / "CONTRIBUTING.md").read_text())
    assert told
    names = re.findall(r"`(\w+)`", told[1])
    folders = sorted(p.parent.name for p in (ROOT / "qa_review").glob("*/__init__.py"))
    assert names == folders


def test_every_error_in_the_tree_exists_and_none_is_missing() -> None:
    told = set(re.findall(r"[-*+] (\w+)", errors.__doc__ or ""))
    tree = ast.parse(Path(errors.__file__).read_text())
    defined = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert told == defined - {"ListedProblems"}


def test_the_newest_entry_of_the_changelog_is_this_version() -> None:
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest and newest[1] == qa_review.__version__
