"""Compiles declarations by their recipes, each in a private folder that is gone when the lab is closed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from samebytes.checks.project.project import Declaration, native_realm
from samebytes.checks.project.promised import realm_abi
from samebytes.checks.project.recipes import Command, Language, Recipe
from samebytes.errors import BuildError, MissingToolError
from samebytes.peers.lab import Lab
from samebytes.peers.paths import peers_folder

__all__ = ["Compilers"]

PROBE_SECONDS = 60.0
"""A compiler asked for its version answers at once; the first start of one from a cold disk may not."""
BUILD_SECONDS = 300.0
EVIDENCE = 8000
"""Characters of a compiler's output that are kept."""
NOT_HERE = 77
"""The exit status of a command that cannot run here and says why: a convention of automake's."""
LEFT_OUT = "left out: "
"""How a line begins that names a part of the source which was not compiled."""
SHOWN = 6
"""Parts of a source that are named."""


@dataclass
class Compilers:
    """Each declaration is built once for each ABI it needs, in a folder of the lab's."""

    lab: Lab
    _folder: Path | None = None
    _built: dict[tuple[str, str], Path | BuildError] = field(default_factory=dict)
    _there: dict[Command, bool] = field(default_factory=dict)

    def build(self, declaration: Declaration, language: Language, abi: str) -> Path:
        """Return the compiled file. MissingToolError without a compiler for the ABI; BuildError with the compiler's words."""
        native = realm_abi(native_realm())
        recipes = [one for one in language.recipes if one.serves(abi, native) and self._is_there(one.probe)]
        if not recipes:
            raise language.missing(abi, native)
        failures: dict[str, BuildError] = {}
        absent = {one.name: one.adding for one in language.recipes if one.decides and one not in recipes}
        for recipe in recipes:
            try:
                return self._made(declaration, recipe, abi, language)
            except BuildError as error:
                failures[recipe.name] = error
            except MissingToolError as error:
                absent[recipe.name] = error.message
        deciding = [failures[one.name] for one in recipes if one.decides and one.name in failures]
        raise _told((deciding or list(failures.values()))[0], absent)

    def _made(self, declaration: Declaration, recipe: Recipe, abi: str, language: Language) -> Path:
        key = (declaration.name, recipe.name if recipe.portable else f"{recipe.name} {abi}")
        if key not in self._built:
            self.lab.say(native_realm(), f"compiling {declaration.source.name} with {recipe.probed}")
            try:
                self._built[key] = self._make(declaration, recipe, abi, language)
            except BuildError as error:  # it fails again on every other ABI
                self._built[key] = error
        found = self._built[key]
        if isinstance(found, BuildError):
            raise found
        return found

    def _make(self, declaration: Declaration, recipe: Recipe, abi: str, language: Language) -> Path:
        self._folder = self._folder or self.lab.folder("check")
        out = Path(tempfile.mkdtemp(prefix=f"{declaration.name}-", dir=self._folder))
        for name, text in recipe.files.items():
            own = self._text(declaration, text)
            if "{bare}" in text:
                own, text = language.bare(own), text.replace("{bare}", "{text}")
            filled = next(_filled((text.lstrip("\n"),), declaration, out, own))
            (out / name.replace("{module}", declaration.source.stem)).write_text(filled, "utf-8", newline="\n")
        for command in recipe.build:
            self._run(tuple(_filled(command, declaration, out)), declaration, recipe, abi, out)
        if not (out / recipe.product).is_file():
            raise BuildError(
                f"{declaration.source.name} compiles for {abi} with {recipe.name}, but not to a whole program or library",
                peer=declaration.name,
            )
        return out / recipe.product

    def _text(self, declaration: Declaration, text: str) -> str:
        return declaration.source.read_text("utf-8-sig") if "{text}" in text or "{bare}" in text else ""

    def _run(self, command: Command, declaration: Declaration, recipe: Recipe, abi: str, out: Path) -> None:
        done = self.lab.run(command, folder=out, seconds=BUILD_SECONDS, environment=_environment(out))
        if done.status == 0:
            self._remark(declaration, done.output)
            return
        if done.status == NOT_HERE:
            raise MissingToolError(_complaint(done.output), peer=declaration.name)
        output = done.output.replace(f"{out}{os.sep}", "").replace(f"{declaration.source.parent}{os.sep}", "")
        how = f"took longer than {BUILD_SECONDS:g} s" if done.status is None else f"exited with {done.status}"
        raise BuildError(
            f"{declaration.source.name} does not compile for {abi} ({recipe.name} {how}): {_complaint(output)}",
            peer=declaration.name,
            evidence=output[-EVIDENCE:],
            command=command,
        )

    def _remark(self, declaration: Declaration, output: str) -> None:
        """Say what a compiler left out of a source, because what it names is not here."""
        left_out = [line.partition(LEFT_OUT)[2] for line in output.splitlines() if line.startswith(LEFT_OUT)]
        if left_out:
            self.lab.say(
                native_realm(),
                f"{declaration.source.name} is read without what is not here: {'; '.join(left_out[:SHOWN])}",
            )

    def _is_there(self, probe: Command) -> bool:
        own = {"{python}": sys.executable}
        command = tuple(own.get(word, word.replace("{peers}", str(peers_folder()))) for word in probe)
        if command not in self._there:
            found = shutil.which(command[0]) is not None
            self._there[command] = found and self.lab.run(command, seconds=PROBE_SECONDS).status == 0
        return self._there[command]


def _told(failure: BuildError, absent: Mapping[str, str]) -> BuildError:
    """Return a failure, with what might compile the source and is not here."""
    ways = "; ".join(f"{name} was not tried: {why or 'it is not here'}" for name, why in absent.items())
    if not ways:
        return failure
    message = f"{failure.message} ({ways}; or name the built file instead of the source)"
    return BuildError(message, peer=failure.peer, evidence=failure.evidence, command=failure.command)


def _environment(out: Path) -> dict[str, str]:
    """Return this machine's own environment, with the compilers' temporary files and settings in the build folder."""
    return {**os.environ, "TMPDIR": str(out), "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "DOTNET_NOLOGO": "1"}


def _filled(command: Command, declaration: Declaration, out: Path, text: str = "") -> Iterator[str]:
    """Yield a command or a file's text with its placeholders replaced."""
    source = declaration.source
    places = {
        "source": source.as_posix(), "module": source.stem, "folder": str(source.parent), "type": declaration.type,
        "out": str(out), "python": sys.executable, "peers": str(peers_folder()),
        "list": ";".join(map(str, declaration.sources)), "text": text,
    }  # fmt: skip
    for word in command:
        if word in ("{sources}", "{options}"):
            yield from map(str, declaration.sources) if word == "{sources}" else _options(declaration)
            continue
        for name, value in places.items():
            word = word.replace("{" + name + "}", value)
        yield word


def _options(declaration: Declaration) -> Iterator[str]:
    """Yield where a header looks for others, and its macros, as C compilers take them."""
    for folder in declaration.include:
        yield f"-I{folder}"
    for name, value in declaration.define.items():
        yield f"-D{name}" if value is None else f"-D{name}={value}"


def _complaint(output: str) -> str:
    """Return the first line that says what is wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()]
    return next(iter(errors or lines[-1:]), "it printed nothing")[:300]
