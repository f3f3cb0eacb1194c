"""Toolchains by apt, for machines that come with little: compilers, mono, Wine, and Python's venv."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence

__all__ = ["PACKAGES", "TEST_PACKAGES", "SetupError", "install", "install_venv", "manages_packages", "say"]

PACKAGES = (
    "gcc", "libc6-dev", "gcc-mingw-w64-x86-64", "nim", "mono-mcs", "wine", "wine64", "python3-venv",
    "g++", "g++-mingw-w64-x86-64", "rustc", "libstd-rust-dev-windows", "fpc", "fpc-source", "golang-go",
    "qemu-user-static", "gcc-i686-linux-gnu", "libc6-dev-i386-cross", "gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross",
    "gcc-s390x-linux-gnu", "libc6-dev-s390x-cross",  # C for other processors
)  # fmt: skip

TEST_PACKAGES = (
    *PACKAGES,
    "npm",  # brings the compiler of today's C#
    "binutils", "mono-runtime",  # emitted declarations are compiled in every language
    "gcc-mingw-w64-i686", "gcc-arm-linux-gnueabihf", "gcc-riscv64-linux-gnu", "gcc-powerpc64-linux-gnu",
    "gcc-powerpc64le-linux-gnu",  # the layout rules against compilers
    "chromium",  # the HTML report in a browser
    "cmake",  # the CMake module
)  # fmt: skip

# What another package may have brought, as NodeSource's nodejs brings npm: the program is enough, and Debian's package conflicts.
_PROGRAMS = {"npm": "npm"}

# A slow mirror and 400 MB of packages; another apt may hold the lock meanwhile.
_APT_SECONDS = 1800
_APT_LOCK_SECONDS = 600
_ANSWER_SECONDS = 60


class SetupError(Exception):
    """Something that this machine lacks; the message says what to do."""


def say(line: str) -> None:
    """One line for whoever watches; standard output belongs to what is run."""
    print(f"ci: {line}", file=sys.stderr, flush=True)


def install(packages: Sequence[str] = PACKAGES) -> None:
    """Install what is missing of `packages`; without apt being asked when nothing is. Raises SetupError.

    A package that this version of the distribution does not have is named and passed over. One that cannot be installed
    costs no other: then each is tried by itself.
    """
    missing = _missing(packages)
    if not missing:
        return
    if not manages_packages():
        raise SetupError(f"toolchains are installed as root on Debian and Ubuntu; here, run: {_command(missing)}")
    begin = time.monotonic()
    say(f"installing {' '.join(missing)} …")
    _apt("update")
    known = [package for package in missing if _known(package)]
    for package in sorted(set(missing) - set(known)):
        say(f"{package} is not in this distribution")
    if known:
        _install(known)
    say(f"done in {time.monotonic() - begin:.1f} s")


def _install(packages: Sequence[str]) -> None:
    try:
        _apt("install", "--yes", "--no-install-recommends", *packages)
    except SetupError:
        if len(packages) == 1:
            raise
        failed = []
        for package in packages:
            try:
                _install([package])
            except SetupError as reason:
                failed.append(f"{package}: {reason}")
        if failed:
            raise SetupError("; ".join(failed)) from None


def install_venv() -> None:
    """Install what Debian keeps apart from its Python: ensurepip, without which an environment has no pip."""
    package = f"python3.{sys.version_info.minor}-venv"
    if manages_packages():
        install([package])
        return
    advice = f"run: {_command([package])}" if shutil.which("apt-get") else "use one that is installed completely"
    raise SetupError(f"{sys.executable} has no ensurepip, so it cannot make an environment; {advice}")


def manages_packages() -> bool:
    """Whether we may install: root, on a system with apt and dpkg."""
    root = sys.platform == "linux" and os.geteuid() == 0
    return root and all(shutil.which(program) for program in ("apt-get", "apt-cache", "dpkg-query"))


def _command(packages: Sequence[str]) -> str:
    return f"sudo apt-get install --no-install-recommends {' '.join(packages)}"


def _missing(packages: Sequence[str]) -> list[str]:
    """Those that dpkg does not know as installed, nor whose program is there; all of them where there is no dpkg."""
    if shutil.which("dpkg-query") is None:
        return list(packages)
    query = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *packages]
    lines = _answer(query).splitlines()
    installed = {line.split()[0] for line in lines if line.endswith(" installed")}
    installed |= {package for package, program in _PROGRAMS.items() if shutil.which(program)}
    return [package for package in packages if package not in installed]


def _known(package: str) -> bool:
    """Whether the package lists have it, by itself and not merely as somebody's dependency."""
    policy = _answer(["apt-cache", "policy", package])
    return "Candidate: " in policy and "Candidate: (none)" not in policy


def _answer(command: Sequence[str]) -> str:
    """Return what a question to the package system prints; its status only says that some package is unknown."""
    return subprocess.run(
        command, timeout=_ANSWER_SECONDS, check=False, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ).stdout  # fmt: skip


def _apt(*arguments: str) -> None:
    command = ["apt-get", "--quiet", "--quiet", f"--option=DPkg::Lock::Timeout={_APT_LOCK_SECONDS}", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command, env=environment, timeout=_APT_SECONDS, check=False, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SetupError(f"no end after {_APT_SECONDS} s: {' '.join(command)}") from None
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()] or ["apt-get printed nothing"]
        errors = [line for line in lines if line.startswith("E:")]
        raise SetupError(f"apt-get {arguments[0]} failed: {(errors or lines)[-1]}")
