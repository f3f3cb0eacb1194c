"""What a run would change in the file of expected deviations, as a unified diff. Nothing is written; new reasons are empty."""

from __future__ import annotations

import difflib
import json
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from samebytes.checks.expected.expectation import Expectation, Found, covers
from samebytes.checks.expected.expectations import Expectations
from samebytes.errors import UsageError

__all__ = ["proposal"]

_ENTRY = re.compile(r"^\s*\[\[\s*expect\s*\]\]")


def proposal(expectations: Expectations, universe: Collection[str]) -> str:
    """Return the diff, empty if nothing is to be changed. `universe`: the identity of every cell there is, selected or not.

    An entry keeps the cells that deviate as it says and those that did not run; what deviates otherwise goes into new entries.
    """
    path = expectations.path
    assert path is not None, "there is no file to change"
    before = path.read_text("utf-8")
    blocks = _blocks(path, before, len(expectations.entries))
    kept = [blocks[0], *(_kept(expectations, entry, blocks[entry.number], universe) for entry in expectations.entries)]
    after = "".join(kept).rstrip("\n")
    new = "\n\n".join(_new_entries(expectations))
    after = "\n\n".join(part for part in (after, new) if part)
    return _diff(path, before, after + "\n" if after else "")


def _blocks(path: Path, text: str, entries: int) -> list[str]:
    """Cut the file's text into what comes before the first entry, then each entry with the comments in front of it."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if _ENTRY.match(line):
            front = _comments(blocks[-1])
            cut = len(blocks[-1]) - front
            blocks[-1], mine = blocks[-1][:cut], blocks[-1][cut:]
            blocks.append(mine)
        blocks[-1].append(line)
    if len(blocks) != entries + 1:
        raise UsageError(
            f"{path}: {entries} entries, {len(blocks) - 1} of them begin with [[expect]]", hint="write all so"
        )
    return ["".join(block) for block in blocks]


def _comments(lines: list[str]) -> int:
    """Count the comment lines at the end, without a blank line between them."""
    number = 0
    while number < len(lines) and lines[-1 - number].lstrip().startswith("#"):
        number += 1
    return number


def _kept(expectations: Expectations, entry: Expectation, block: str, universe: Collection[str]) -> str:
    """Return the entry as it should stand: as it is, with fewer cells, or empty if it should go."""
    about = {judged.identity: judged for judged in expectations.judged if judged.entry is entry}
    wrong = {identity for identity, judged in about.items() if not judged.matched}
    unsaid = {words for other, words in expectations.unsaid(universe) if other is entry}
    cells: list[str] = []
    for pattern in entry.cells:
        inside = [identity for identity in universe if covers(pattern, identity)]
        left = [pattern] if not wrong.intersection(inside) else [one for one in inside if one not in wrong]
        cells += left if inside else []
    if not cells:
        return ""
    if tuple(cells) == entry.cells and not unsaid:
        return block
    found = replace(entry.found, messages=tuple(words for words in entry.found.messages if words not in unsaid))
    text = "".join(f"{line}\n" for line in _rendered(tuple(dict.fromkeys(cells)), found, entry))
    lines = block.splitlines(keepends=True)
    front = next(number for number, line in enumerate(lines) if _ENTRY.match(line))
    return "".join(lines[:front]) + text + "\n"


def _new_entries(expectations: Expectations) -> Iterator[str]:
    """Yield an entry for every kind of deviation that no entry expects, with the cells that have it."""
    cells: dict[Found, list[str]] = defaultdict(list)
    was: dict[Found, dict[int, str]] = defaultdict(dict)
    for judged in expectations.judged:
        if judged.found is None or judged.matched:
            continue
        cells[judged.found].append(judged.identity)
        for entry in expectations.entries:
            if entry is judged.entry:
                was[judged.found][entry.number] = f"# expected until now: {entry.found}, because {entry.reason}"
            elif entry.covers(judged.identity):
                was[judged.found][entry.number] = (
                    "# an entry with another condition is about it too: give this one a `when`"
                )
    for found, identities in cells.items():
        comments = [" ".join(line.splitlines()) for line in was[found].values()]
        yield "\n".join([*comments, *_rendered(tuple(sorted(identities)), found, None)])


def _rendered(cells: tuple[str, ...], found: Found, old: Expectation | None) -> Iterator[str]:
    """Yield an entry's lines. Without an old entry the reason is empty, and somebody must fill it in."""
    yield "[[expect]]"
    yield from _list("cells", cells)
    if any("*" in cell for cell in cells) and old is not None:
        yield f"at_most = {old.at_most}"
    if old is not None and old.when:
        yield f"when = {{ {', '.join(f'{key} = {_quoted(word)}' for key, word in old.when.items())} }}"
    yield f"verdict = {_quoted(found.verdict)}"
    yield f"stage = {_quoted(found.stage)}"
    yield from (
        _list("message", found.messages) if len(found.messages) > 1 else [f"message = {_quoted(found.messages[0])}"]
    )
    yield f"reason = {_quoted(old.reason if old else '')}"
    if old is not None and old.link:
        yield f"link = {_quoted(old.link)}"


def _list(key: str, texts: tuple[str, ...]) -> Iterator[str]:
    if len(texts) == 1:
        yield f"{key} = [{_quoted(texts[0])}]"
        return
    yield f"{key} = ["
    yield from (f"  {_quoted(text)}," for text in texts)
    yield "]"


def _quoted(text: str) -> str:
    """Quote a TOML basic string: JSON's escapes are TOML's, which also wants the delete character escaped."""
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007F")


def _diff(path: Path, before: str, after: str) -> str:
    """Return a unified diff that `git apply` and `patch -p1` take, from the folder the command was started in."""
    name = Path(os.path.relpath(path)).as_posix()
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
