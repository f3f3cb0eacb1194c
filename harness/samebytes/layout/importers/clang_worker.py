"""Reads one C or C++ header through libclang, in a process of its own, and prints what clang says about its records.

Started by `clang_run` with a request as JSON on standard input; answers with one JSON object on standard output. A process of
its own because a header can make libclang hang, crash or eat all memory. Imports nothing but the standard library and libclang.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

MISSING = 3
"""Exit status: libclang-ng is not installed."""
_ERROR = 3
"""Severity of clang's diagnostics from which on an import fails (CXDiagnostic_Error; 4 is fatal)."""
_KEPT = 10
"""Diagnostics that are passed on: the first ones are the ones that help."""
_SKIP_BODIES, _KEEP_GOING = 0x40, 0x200

Json = dict[str, Any]
SPELLED: dict[str, str] = {}
"""Files by their absolute path, as the request calls them."""
LINES = [0]
"""Lines of the header."""


def spelled(file: Any) -> str:
    """Return what the request calls a file of clang's; empty for none."""
    return SPELLED.get(file.name, file.name) if file else ""


def main() -> int:
    """Answer the request and return the exit status."""
    request = json.load(sys.stdin)
    limit_memory(request["memory"])
    resources = find_resources()
    if resources is None:
        return MISSING
    json.dump(answer(request, resources), sys.stdout, ensure_ascii=True)
    return 0


def limit_memory(limit: int) -> None:
    """Allow this process at most `limit` bytes of memory of its own, where the system knows such a limit."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit * 8, limit * 8))
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def find_resources() -> Path | None:
    """Return the folder of clang's own headers, None without them: then the plain `libclang` wheel reports wrong sizes, silently.

    None, too, for versions before 21, which do not tell where base classes are.
    """
    try:
        spec = find_spec("clang.native")
    except ImportError:
        return None
    if spec is None or not spec.origin:
        return None
    if not hasattr(import_module("clang.cindex").Cursor, "get_base_offsetof"):
        return None
    folder = Path(spec.origin).parent / "resource"
    return folder if (folder / "include" / "stddef.h").is_file() else None


def answer(request: Json, resources: Path) -> Json:
    """Return the first attempt that clang reads without an error, or every attempt's diagnostics.

    A failed assertion is told, not an error.
    """
    failed: list[Json] = []
    for attempt in request["attempts"]:
        unit = parse(request, attempt, resources, "")
        severe = [found for found in unit.diagnostics if found.severity >= _ERROR]
        asserts = [diagnostic(found) for found in severe if is_assertion(found, unit)]
        errors = [diagnostic(found) for found in severe if not is_assertion(found, unit)]
        if not errors:
            told = read_unit(request, attempt, resources, unit)
            return told | {"asserts": asserts[:_KEPT], "instead_of": [one for one in failed if not one["prelude"]][:1]}
        failed.append({"language": attempt["language"], "prelude": attempt["prelude"], "errors": errors[:_KEPT]})
    return {"failed": failed}


def parse(request: Json, attempt: Json, resources: Path, more: str) -> Any:
    """Parse the header, included as programs include it, so that `#pragma once` holds; `more` stands behind it."""
    cindex: Any = import_module("clang.cindex")
    include = str(resources / "include")
    arguments = [include if word == "@builtin" else word for word in attempt["arguments"]]
    path = str(Path(request["path"]).absolute())
    SPELLED[path] = SPELLED["samebytes_main"] = request["path"]
    LINES[0] = len(request["text"].splitlines())
    files = [(path, request["text"]), ("samebytes_main", more), *request["files"].items()]
    index = cindex.Index.create()
    return index.parse("samebytes_main", [*arguments, "-include", path], files, _SKIP_BODIES | _KEEP_GOING)


def is_assertion(found: Any, unit: Any) -> bool:
    """Return whether it is a static assertion, or, C's older way to say the same, an unused array type of negative length."""
    words = found.spelling
    if words.startswith(("static assertion failed", "static_assert failed")):
        return True
    name, negative, _ = words.partition("' declared as an array with a negative size")
    if not negative:
        return False
    wanted = name.lstrip("'")
    places = unit.cursor.get_children()
    return any(one.spelling == wanted and one.kind.name in ("TYPEDEF_DECL", "VAR_DECL") for one in places)


def diagnostic(found: Any) -> Json:
    """Return a diagnostic as JSON. What is missing at the end of the header is clang's complaint about the line behind it."""
    place = found.location
    behind = place.file and place.file.name == "samebytes_main"
    return {
        "file": spelled(place.file),
        "line": LINES[0] if behind else place.line,
        "column": place.column,
        "message": found.spelling[:500],
    }


def is_about_layout(found: Any) -> bool:
    """Return whether a warning says that clang did not heed an attribute or a pragma."""
    option = found.option or ""
    told = ("attributes", "pragma", "missing-declarations")
    return found.severity < _ERROR and any(word in option for word in told) and "once" not in option


def read_unit(request: Json, attempt: Json, resources: Path, unit: Any) -> Json:
    reading = sibling("clang_records")
    names, failures = reading.Names(request["path"], unit.cursor, spelled), [""]
    forced = [name for name, kind in names.aliases.items() if kind.get_size() < 0 and is_instance(kind)]
    if forced:
        again = parse(request, attempt, resources, instantiate(forced))
        failures = [found.spelling for found in again.diagnostics if found.severity >= _ERROR]
        if not failures:
            names = reading.Names(request["path"], again.cursor, spelled)
    texts = {str(Path(request["path"]).absolute()): request["text"].encode()}
    reader = reading.Reader(sibling("clang_alignments").Alignments(texts), spelled)
    for cursor in names.wanted(names.records, request["asked"]).values():
        reader.record(cursor)
    aliases = {name: reader.kind(kind) for name, kind in names.wanted(names.aliases, request["asked"]).items()}
    records = reader.done()
    return {
        "alignments": reader.alignments.answers(lambda more: parse(request, attempt, resources, more)),
        "language": attempt["language"],
        "prelude": attempt["prelude"],
        "version": version(),
        "triple": unit_triple(attempt),
        "records": records,
        "named": {
            name: reader.number(cursor) for name, cursor in names.wanted(names.records, request["asked"]).items()
        },
        "names": sorted(names.records),
        "aliases": aliases,
        "own": sorted(names.own),
        "templates": sorted(names.templates),
        "instances": failures[0] if failures else "",
        "warnings": [diagnostic(found) for found in unit.diagnostics if is_about_layout(found)][:_KEPT],
        "included": sorted({spelled(found.include) for found in unit.get_includes()}),
    }


def sibling(name: str) -> Any:
    """Load a module beside this one, which is not on the path: its neighbours' names must hide nobody's."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_instance(kind: Any) -> bool:
    return "<" in kind.get_canonical().spelling


def instantiate(names: list[str]) -> str:
    """Return fields of those types: what makes clang fill in a template that so far has only a name."""
    fields = "".join(f"{name} f{number};" for number, name in enumerate(names))
    return f"\n;struct samebytes_instances {{ {fields} }};\n"


def unit_triple(attempt: Json) -> str:
    words: list[str] = attempt["arguments"]
    return words[words.index("-target") + 1]


def version() -> str:
    from importlib import metadata

    try:
        return metadata.version("libclang-ng")
    except metadata.PackageNotFoundError:
        return "of unknown version"


if __name__ == "__main__":
    sys.exit(main())
