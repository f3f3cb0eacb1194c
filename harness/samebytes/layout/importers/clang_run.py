"""Runs `clang_worker` on a header for one ABI: arguments, deadline, and clang's diagnostics as a LayoutError."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samebytes.errors import LayoutError, MissingError
from samebytes.layout.abi import Abi
from samebytes.layout.importers import headers
from samebytes.layout.importers.clang_worker import MISSING

__all__ = ["Source", "read_with_clang"]

DEADLINE = 18.0
"""Seconds a header may take, in all. 10,000 fields take one; more is a header made to take long."""
MEMORY = 400 << 20
"""Bytes of memory for clang."""
LARGEST = 32 << 20
"""Bytes a header may have."""
_STANDARDS = {"c": ("-xc", "-std=gnu17"), "c++": ("-xc++", "-std=gnu++20", "-fno-access-control")}
_CPP_WORDS = re.compile(
    r"^\s*(class|namespace|template|using|constexpr|enum class|public|private|virtual)\b|\w::\w", re.M
)
"""What only C++ has: tells which language's complaints are worth showing when a header is neither."""
_CPP_ENDINGS = (".hpp", ".hh", ".hxx", ".h++", ".H", ".cpp", ".cc", ".cxx", ".ipp", ".tpp", ".inl")


@dataclass(frozen=True)
class Source:
    """A header and how it is to be read."""

    path: str
    """Its file, or the name that a text without a file goes by."""
    text: str
    abi: Abi
    defines: Mapping[str, str | int | None] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    asked: str = ""
    """The record asked for, which may be in a header that it includes; empty for all of its own."""
    language: str = ""
    """`c`, `c++`, or empty: by the file's ending; a `.h` is read as C, and as C++ when it is not C."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages to try, in order."""
        if self.language:
            return (self.language,)
        return ("c++",) if self.path.endswith(_CPP_ENDINGS) else ("c", "c++")


def read_with_clang(source: Source) -> dict[str, Any]:
    """Return what clang says about the header.

    LayoutError for whatever clang calls an error, MissingError without libclang-ng.
    """
    if not source.abi.triple:
        raise LayoutError(f"clang has no target for {source.abi.name}")
    until = time.monotonic() + DEADLINE
    answer = _ask(source, until, own=True)
    if "failed" in answer and (system := headers.of_this_machine(source.abi)):
        again = _ask(source, until, own=False, system=system)
        answer = again if "failed" not in again else answer
    if "failed" in answer:
        raise _refusal(source, answer["failed"])
    if "scalar_storage_order" in source.text:
        raise LayoutError(
            f"{source.path} uses scalar_storage_order, which only GCC knows",
            hint="read it from a program built with -g",
        )
    return answer


def _ask(source: Source, until: float, own: bool, system: Iterable[Path] = ()) -> dict[str, Any]:
    attempts = [
        {"language": language, "prelude": prelude, "arguments": _arguments(source, language, own, system, prelude)}
        for prelude in (False, True)
        for language in source.languages
    ]
    request = {
        "memory": MEMORY,
        "path": source.path,
        "text": source.text,
        "asked": source.asked,
        "files": headers.other_spellings(),
        "attempts": attempts,
    }
    answer = _run(json.dumps(request), source, until)
    answer["system"] = not own
    return answer


def _arguments(source: Source, language: str, own: bool, system: Iterable[Path], prelude: bool) -> list[str]:
    words = ["-target", source.abi.triple, *_STANDARDS[language], "-nostdinc", "-fdeclspec", "-ferror-limit=20"]
    words += [f"-D{name}" if value is None else f"-D{name}={value}" for name, value in source.defines.items()]
    words += [f"-I{folder}" for folder in source.include]
    folders = headers.of_ours(language) if own else headers.with_windows([*system])
    cpp = [str(folder) for folder in folders if "c++" in str(folder)]
    other = [str(folder) for folder in folders if "c++" not in str(folder)]
    for folder in (*cpp, "@builtin", *other):
        words += ["-isystem", folder]
    return [*words, "-include", str(headers.PRELUDE)] if prelude else words


def _run(request: str, source: Source, until: float) -> dict[str, Any]:
    worker = Path(__file__).with_name("clang_worker.py")
    command = [sys.executable, "-P", str(worker)]  # -P: modules of this folder must not hide others
    try:
        left = max(0.0, until - time.monotonic())
        done = subprocess.run(command, input=request.encode(), capture_output=True, timeout=left, check=False)
    except subprocess.TimeoutExpired as error:
        raise LayoutError(f"{source.path}: clang has not read it within {DEADLINE:.0f} s") from error
    if done.returncode == MISSING:
        raise MissingError(
            "reading a header takes libclang with its own headers, which the package libclang-ng (21 or newer) has",
            hint="pip install 'samebytes[clang]' (and pip uninstall libclang, which has none)",
            add="pip install 'samebytes[clang]'",
        )
    if done.returncode != 0:
        raise _crash(source, done)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _crash(source: Source, done: subprocess.CompletedProcess[bytes]) -> LayoutError:
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    why = f"signal {-done.returncode}" if done.returncode < 0 else (last or ["no reason given"])[0]
    return LayoutError(
        f"{source.path}: libclang gave up on it ({why})", hint="it nests or expands too far, or is no header"
    )


def _refusal(source: Source, failed: list[dict[str, Any]]) -> LayoutError:
    """Return the error of the attempt that got furthest: it tells more about the header than one that failed in its first line."""
    failed = [one for one in failed if not one["prelude"]]
    best = max(failed, key=lambda one: _reach(source, one))
    first, others = best["errors"][0], best["errors"][1:]
    place = f"{first['file']}:{first['line']}" if first["file"] else source.path
    more = f" (and {len(others)} more)" if others else ""
    language = {"c": "C", "c++": "C++"}[best["language"]]
    return LayoutError(
        f"{place}: {first['message']}{more}, reading {source.path} as {language} for {source.abi.name}",
        hint=_way_out(source, first["message"]) or _advice(first["message"], source.abi),
    )


_ARCHITECTURES = ("_AMD64_", "_M_X64", "_M_AMD64", "_WIN64", "_X86_", "_M_IX86", "_ARM64_", "_M_ARM64")
"""Macros of Microsoft's compiler and <windows.h>, which are defined for the machine they name alone."""


def _way_out(source: Source, message: str) -> str:
    """Return what a header that refuses an ABI asks for, where that is the architecture in Windows' words; empty otherwise."""
    if not re.search(rf"#\s*error\s.*{re.escape(message[:40])}", source.text):
        return ""
    asked = [name for name in _ARCHITECTURES if re.search(rf"\b{name}\b", source.text) and name not in source.defines]
    if not asked:
        return ""
    names = ", ".join(asked)
    return f"it asks for {names}: what of them is not defined for {source.abi.name} can be, with -D (defines={{…}})"


def _reach(source: Source, one: dict[str, Any]) -> tuple[bool, bool, int, int]:
    first = one["errors"][0]
    missing = "file not found" in first["message"]
    likely = (one["language"] == "c++") == bool(_CPP_WORDS.search(source.text))
    return missing, likely, -len(one["errors"]), first["line"] if first["file"] == source.path else 0


def _advice(message: str, abi: Abi) -> str:
    if re.match(r"'\w+' file not found", message):
        return f"a C++ standard header: this machine has none for {abi.name}; pass the folder it is in as include=[…]"
    if "file not found" in message:
        return "pass the folder it is in as include=[…], on the command line -I DIR"
    if "unknown type name" in message or "undeclared identifier" in message:
        return "include the header that declares it, or pass include=[…] or defines={…}, on the command line -I and -D"
    if message.startswith("variable has incomplete type 'std::") or (
        "no member named" in message and "'std'" in message
    ):
        return "what a standard container holds stands in its process's own memory: share numbers and arrays"
    return "correct the header, or pass what it needs as defines={…}, include=[…], language=…, on the command line -D, -I, --language"
