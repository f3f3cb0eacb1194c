"""The import rule: errors ← mapping | layout ← diagnosis ← peers ← checks ← report ← cli | pytest_plugin. Imports go left only."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import samebytes

PACKAGE = Path(samebytes.__file__).parent
LEVEL = {
    "errors": 0,
    "mapping": 1,
    "layout": 1,
    "diagnosis": 2,
    "peers": 3,
    "checks": 4,
    "report": 5,
    "cli": 6,
    "pytest_plugin": 6,
}
STANDARD_LIBRARY_ONLY = ("errors", "mapping", "layout")
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


def part_of(path: Path) -> str:
    """The top-level part a module belongs to: `layout` for `layout/rules.py`."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path, source: str) -> Iterator[str]:
    """Absolute names of the modules a module imports, relative ones resolved."""
    package = ("samebytes", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            stem = ".".join((*base, *([node.module] if node.module else [])))
            yield stem
            yield from (f"{stem}.{alias.name}" for alias in node.names if stem == "samebytes")


def violations(path: Path, source: str) -> list[str]:
    own = part_of(path)
    found = []
    for name in imports_of(path, source):
        parts = name.split(".")
        known = parts[0] == "samebytes" and len(parts) > 1 and parts[1] in LEVEL and parts[1] != own
        if known and LEVEL[parts[1]] >= LEVEL[own]:
            found.append(name)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_left_only(path):
    if part_of(path) in LEVEL:
        assert violations(path, path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from samebytes.peers.peer import Peer",
        "import samebytes.checks",
        "from samebytes import layout",
        "from ..layout import abi",
    ],
)
def test_the_rule_sees_a_wrong_import(source):
    assert violations(PACKAGE / "mapping" / "x.py", source) != []


def import_time(source: str) -> str:
    """The module without its functions: extras are imported inside those, when they are called."""
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return ast.unparse(tree)


def test_mapping_and_layout_need_nothing_outside_the_standard_library():
    known = set(sys.stdlib_module_names) | {"samebytes"}
    for path in MODULES:
        if part_of(path) in STANDARD_LIBRARY_ONLY:
            outside = {name.split(".")[0] for name in imports_of(path, import_time(path.read_text("utf-8")))} - known
            assert outside == set(), path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for_and_exports_what_it_names(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)
    exported = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    defined = {name for node in ast.walk(tree) for name in _defined(node)}
    for names in exported:
        assert set(names) <= defined
        assert len(names) == len(set(names))


def _defined(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.ImportFrom | ast.Import):
        yield from (alias.asname or alias.name for alias in node.names)
