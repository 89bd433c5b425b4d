"""Files that come with the package: rubrics and sample calls.

In a wheel they lie inside the package, in a checkout beside it.
"""

from __future__ import annotations

from pathlib import Path

from qa_review.base.errors import UnknownName

PACKAGE = Path(__file__).resolve().parent.parent


def folder(name: str) -> Path:
    """The shipped folder ``name``, such as ``rubrics`` or ``sample_calls``."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def rubric_path(name: str) -> Path:
    """The file of a rubric given by path, or by the name of one that is shipped.

    Raises:
        UnknownName: there is neither such a file nor such a shipped rubric.
    """
    given = Path(name)
    if given.suffix == ".toml" and given.is_file():
        return given
    shipped = {path.stem: path for path in sorted(folder("rubrics").glob("*.toml"))}
    if name not in shipped:
        raise UnknownName("rubric", name, [*shipped, "the path of a .toml file"])
    return shipped[name]
