"""The plugin's options and ini keys, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = [
    "PROJECT", "add_options", "cell_named", "chosen", "deadline_of", "others_named", "peers_folders", "project_asked", "report_path",
    "usage",
]  # fmt: skip

PROJECT = "the project"
"""What --samebytes-check is without a word: the samebytes.toml."""

INI = {
    "peers": "peers that take part in --samebytes-matrix; all there are, if none is named",
    "realms": "realms in which they do: linux, windows",
    "layouts": "programs or layouts that they exchange",
}
REPEATED = (
    ("peer", "NAME", "only this peer: csharp, or csharp@3.1 for one of its runtimes, c@s390x for one of its ABIs"),
    ("runtime", "NAME", "peers that can run on several run on this one: 8, 3.1, gcc; all: on each"),
    ("abi", "NAME", "also the peers as they are for this ABI: s390x, aarch64, i686; all: for each"),
    ("realm", "NAME", "only this realm: linux or windows"),
    ("layout", "NAME", "only this program or layout"),
    ("scenario", "NAME", "only this scenario"),
    ("peers-folder", "DIR", "a folder with further peers, each in a folder of its own with a peer.toml (write =DIR)"),
)
"""`=`: pytest looks for its root folder and ini file at what stands alone and is a path, before it knows our options."""


def add_options(parser: pytest.Parser) -> None:
    """Add them to pytest."""
    group = parser.getgroup("samebytes", "samebytes: programs in different languages agree about shared memory")
    group.addoption(
        "--samebytes-matrix",
        action="store_true",
        help="Test every producer × consumer × program × realm there is, as items; -k and -m samebytes_matrix select",
    )
    for name, metavar, words in REPEATED:
        group.addoption(
            f"--samebytes-{name}", action="append", default=[], metavar=metavar, help=f"{words} (may be repeated)"
        )
    group.addoption("--samebytes-all", action="store_true", help="Each peer on every runtime and for every ABI")
    group.addoption(
        "--samebytes-check", metavar="CHECK", nargs="?", const=PROJECT, default=None,
        help="Test what samebytes.toml describes, as items. With --samebytes-matrix and a word: only this kind of check, "
        "data, contract, lifecycle, one of an extension; all, which is what is done without",
    )  # fmt: skip
    group.addoption(
        "--samebytes-project", metavar="FILE", default=None,
        help="The project file of --samebytes-check, instead of the samebytes.toml of the root folder or above it",
    )  # fmt: skip
    group.addoption(
        "--samebytes-full", action="store_true",
        help="Every value and every scenario between every pair of peers. Cells that are selected (-k, a node id) are run so anyway.",
    )  # fmt: skip
    group.addoption(
        "--samebytes-seed", metavar="NUMBER", type=int, default=None,
        help="Draw the values that are others in every run from this number.",
    )  # fmt: skip
    group.addoption(
        "--samebytes-deadline", metavar="SECONDS",
        help="How long a peer may take over a request that only touches memory (default: 15)",
    )  # fmt: skip
    group.addoption("--samebytes-report", metavar="FILE", help="Write the matrix's report, as JSON lines")
    group.addoption(
        "--samebytes-expectations", metavar="FILE",
        help="The expected deviations, instead of those that samebytes comes with",
    )  # fmt: skip
    group.addoption(
        "--samebytes-lock-update", action="store_true", help="samebytes_lock writes lock files instead of comparing"
    )
    group.addoption(
        "--samebytes-leftovers", action="store_true",
        help="Fail every test that leaves shared memory of any kind behind: POSIX, multiprocessing's, System V, ... (Linux)",
    )  # fmt: skip
    for name, words in INI.items():
        parser.addini(f"samebytes_{name}", words, type="args", default=[])
    parser.addini("samebytes_peers_folders", "folders with further peers", type="paths", default=[])


def chosen(config: pytest.Config, name: str) -> tuple[str, list[str]]:
    """Return what `--samebytes-NAME` says, or else the ini key `samebytes_NAMEs`, after the name of the one that said it."""
    option = f"--samebytes-{name}"
    typed: list[str] = config.getoption(option)
    key = f"{name}s"
    if typed or key not in INI:
        return option, typed
    return f"samebytes_{key}", config.getini(f"samebytes_{key}")


def peers_folders(config: pytest.Config) -> Sequence[Path]:
    """Return further folders of peers.

    Those of the ini file are relative to it, those of the command line to where it was typed.
    """
    typed = [config.invocation_params.dir / word for word in config.getoption("--samebytes-peers-folder")]
    return list(dict.fromkeys((*config.getini("samebytes_peers_folders"), *typed)))


def cell_named(argument: str) -> str | None:
    """Return the cell whose item an argument names, as pytest shows it: `samebytes::IDENTITY`, perhaps behind `../`; or None."""
    folder, found, identity = argument.partition("samebytes::")
    return identity if found and (not folder or folder[-1] in "/\\") else None


def project_asked(config: pytest.Config) -> bool:
    """Return whether the items of a samebytes.toml were asked for.

    A word behind the option that is no kind of check belongs to pytest: `pytest --samebytes-check tests`.
    """
    word = config.option.samebytes_check
    if word is None:
        return bool(config.option.samebytes_project)
    if word == PROJECT:
        config.option.samebytes_check = None
        return True
    if config.option.samebytes_matrix or any(cell_named(one) for one in config.args):
        return False
    if not (cell_named(word) or (config.invocation_params.dir / word.partition("::")[0]).exists()):
        raise pytest.UsageError(
            f"--samebytes-check {word}: there is no such file or folder (a kind of check is for --samebytes-matrix)"
        )
    config.option.samebytes_check = None
    config.args[:] = [word] if config.args_source is not config.ArgsSource.ARGS else [*config.args, word]
    return True


def others_named(config: pytest.Config) -> bool:
    """Return whether pytest's arguments name single tests that are none of ours: then nothing is run beside them."""
    return any("::" in word and cell_named(word) is None for word in config.args)


def deadline_of(config: pytest.Config, default: float) -> float:
    """Return the deadline in seconds. pytest.UsageError for what is not a number of seconds in range."""
    word = config.getoption("--samebytes-deadline")
    if word is None:
        return default
    try:
        seconds = float(word)
    except ValueError:
        raise pytest.UsageError(f"--samebytes-deadline {word}: not a number of seconds") from None
    if not 0 < seconds <= 3600:
        raise pytest.UsageError(f"--samebytes-deadline {word} is not between 0 and 3600 seconds")
    return seconds


def report_path(config: pytest.Config) -> Path | None:
    """Return where the report goes."""
    word = config.getoption("--samebytes-report")
    return None if word is None else config.invocation_params.dir / word


@contextmanager
def usage() -> Iterator[None]:
    """Turn what was asked wrongly into pytest's UsageError, in the words of the command line."""
    from samebytes.errors import SamebytesError

    try:
        yield
    except SamebytesError as error:
        raise pytest.UsageError(f"samebytes: {error}") from error
