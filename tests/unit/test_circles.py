"""No module imports itself by way of others, inside a part of the package or across parts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import samebytes

PACKAGE = Path(samebytes.__file__).parent


def name_of(path: Path, root: Path) -> str:
    parts = [root.name, *path.relative_to(root).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """What runs when the module is imported: neither functions nor what only a type checker reads."""
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from statements(node.orelse)
        elif isinstance(node, ast.If | ast.Try | ast.With):
            for part in ("body", "orelse", "finalbody"):
                yield from statements(getattr(node, part, []))
        elif not isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node


def imports_of(path: Path, known: set[str]) -> Iterator[str]:
    for node in statements(ast.parse(path.read_text("utf-8")).body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in known else node.module


def circle(root: Path) -> list[str]:
    """The modules of a circle of imports, in order; none if there is none."""
    paths = {name_of(path, root): path for path in root.rglob("*.py") if "_data" not in path.parts}
    graph = {
        name: {other for other in imports_of(path, set(paths)) if other in paths and other != name}
        for name, path in paths.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_there_is_no_circle():
    assert circle(PACKAGE) == []


@pytest.mark.parametrize(
    "words", ["from toy.two import x", "import toy.two", "try:\n    from toy import two\nexcept OSError:\n    pass"]
)
def test_a_circle_is_seen(tmp_path, words):
    root = tmp_path / "toy"
    root.mkdir()
    (root / "one.py").write_text(words + "\n", "utf-8")
    (root / "two.py").write_text("from toy.one import y\n", "utf-8")
    (root / "three.py").write_text("from toy.one import y\n", "utf-8")
    assert {"toy.one", "toy.two"} == set(circle(root))


def test_what_only_a_type_checker_reads_makes_no_circle(tmp_path):
    root = tmp_path / "toy"
    root.mkdir()
    (root / "one.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import toy.two\n", "utf-8")
    (root / "two.py").write_text("from toy.one import y\n", "utf-8")
    assert circle(root) == []
