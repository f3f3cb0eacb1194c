"""The legs of a run over several machines: reports that there must be. One that is missing, cut off, empty or old is named.

[legs]
max_age = "24h"                 # of each; 24 hours, if nothing is said

[leg.linux-x64]
report = "reports/linux-x64.jsonl"      # relative to this file
machine = "x86_64"                      # optional: words of the host's machine and system
system = "Linux"
realms = ["linux", "windows"]           # optional: realms of which it must have cells
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from samebytes import __version__
from samebytes.errors import ReportError, ReportNotFoundError, UsageError
from samebytes.report.content import Report
from samebytes.report.lines import Host
from samebytes.report.merging import merge_reports
from samebytes.report.reading import read_what_is_there
from samebytes.suggesting import there_are
from samebytes.toml import TomlError, read_toml

__all__ = ["Leg", "merge_legs", "read_legs"]

KEYS = ("report", "machine", "system", "realms", "max_age")
UNITS = {"m": 60, "h": 3600, "d": 86400}
DAY = 86400.0
EXAMPLE = '[leg.linux] report = "reports/linux.jsonl"'


@dataclass(frozen=True)
class Leg:
    """One report that there must be."""

    name: str
    report: Path
    max_age: float
    """Seconds since it was begun, at most."""
    machine: str = ""
    system: str = ""
    realms: tuple[str, ...] = ()


def read_legs(path: Path) -> list[Leg]:
    """Return the legs that a file names. UsageError, with the key, for what is not as it must be."""
    try:
        tree = read_toml(path)
    except TomlError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            hint = f"it names the legs there must be: {EXAMPLE}"
            raise UsageError(f"--expect {path}: there is no such file", hint=hint) from error
        raise UsageError(f"--expect {path}: {error}", hint=f"it must be TOML: {EXAMPLE}") from error
    _only(path, "", tree, ("legs", "leg"))
    every = _table(path, "legs", tree.get("legs", {}))
    _only(path, "legs.", every, ("max_age",))
    legs = _table(path, "leg", tree.get("leg", {}))
    if not legs:
        raise UsageError(f"{path} names no leg", hint=f"such as {EXAMPLE}")
    age = _age(path, "legs.max_age", every.get("max_age", DAY))
    return [_leg(path, name, _table(path, f"leg.{name}", table), age) for name, table in legs.items()]


def merge_legs(legs: list[Leg], others: Mapping[str, Report]) -> Report:
    """Return one report of the legs and of other reports, with what is wrong with a leg in `incomplete`."""
    reports, problems = dict(others), list[str]()
    for leg in legs:
        try:
            report = read_what_is_there(leg.report)
        except ReportNotFoundError:
            problems.append(f"leg {leg.name} is missing: there is no {leg.report}")
            continue
        except ReportError as error:
            problems.append(f"leg {leg.name} cannot be used: {error.message}")
            continue
        problems += [f"leg {leg.name} {words}" for words in _problems(leg, report)]
        reports[str(leg.report)] = replace(report, incomplete=())
    merged = merge_reports(reports) if reports else Report([_nowhere()], [])
    return replace(merged, incomplete=(*merged.incomplete, *problems))


def _problems(leg: Leg, report: Report) -> Iterator[str]:
    """Yield what is wrong with a leg that could be read."""
    yield from (
        f"is {words}" if words.startswith("cut off") else f"is not whole: {words}" for words in report.incomplete
    )
    if not report.cells:
        yield f"is empty: {leg.report} has no cell"
    for realm in leg.realms:
        if realm not in report.realms:
            yield f"has no cell in the realm {realm}"
    for host in report.hosts:
        age = time.time() - calendar.timegm(time.strptime(host.started, "%Y-%m-%dT%H:%M:%SZ"))
        if age > leg.max_age:
            yield f"is old: it was begun {host.started}, {_told(age)} ago; at most {_told(leg.max_age)} are allowed"
        for what, wanted in (("machine", leg.machine), ("system", leg.system)):
            found = getattr(host, what)
            if wanted.casefold() not in found.casefold():
                yield f"is of another {what}: {found}, not {wanted}"


def _leg(path: Path, name: str, table: Mapping[str, Any], age: float) -> Leg:
    _only(path, f"leg.{name}.", table, KEYS)
    texts = {key: table.get(key, "") for key in ("report", "machine", "system")}
    for key, value in texts.items():
        if not isinstance(value, str) or (key == "report" and not value):
            raise UsageError(f"{path}: leg.{name}.{key} is {value!r}", hint=f"it must be a text: {EXAMPLE}")
    realms = table.get("realms", [])
    if not isinstance(realms, list) or not all(isinstance(realm, str) for realm in realms):
        raise UsageError(f"{path}: leg.{name}.realms is {realms!r}", hint='it must be a list of texts: ["linux"]')
    own = _age(path, f"leg.{name}.max_age", table.get("max_age", age))
    return Leg(name, path.parent / texts["report"], own, texts["machine"], texts["system"], tuple(realms))


def _table(path: Path, name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UsageError(f"{path}: {name} is no table", hint=f"such as {EXAMPLE}")
    return value


def _only(path: Path, above: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise UsageError(f"{path}: {above}{key} is an unknown key", hint=there_are(key, known, "keys here"))


def _age(path: Path, name: str, value: Any) -> float:
    """Return seconds, of `90m`, `24h` or `7d`."""
    if isinstance(value, float):
        return value
    found = re.fullmatch(r"(\d{1,6})([mhd])", value) if isinstance(value, str) else None
    if found is None:
        raise UsageError(f"{path}: {name} is {value!r}", hint='it must be a time such as "90m", "24h" or "7d"')
    return float(found[1]) * UNITS[found[2]]


def _told(seconds: float) -> str:
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit or unit == 60:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} seconds"


def _nowhere() -> Host:
    """Return the host of a report of nothing."""
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return Host(__version__, started, "", "", "", 0.0)
