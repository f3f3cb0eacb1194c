"""`samebytes image`: golden images shown, compared, replayed into a live segment, read by every consumer at hand."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from samebytes.checks.attach.page import Look
from samebytes.checks.attach.place import looking
from samebytes.checks.attach.snapshot import Snapshot
from samebytes.checks.data.subjects import read_records
from samebytes.checks.images.differing import differences
from samebytes.checks.images.file import Image, read_image
from samebytes.checks.images.replay import replayed
from samebytes.checks.requests import run as checks
from samebytes.checks.requests.kind import user_kinds
from samebytes.checks.requests.request import Request
from samebytes.checks.requests.run import Findings
from samebytes.cli.exit_codes import exit_code
from samebytes.cli.looking import add_view_options, note, print_look
from samebytes.cli.report_files import check_files
from samebytes.cli.screen import Screen, add_run_options, ended, show
from samebytes.cli.selection import add_options, chosen_peers, chosen_realms, known_manifests
from samebytes.diagnosis.sizes import SizeCheck
from samebytes.errors import MissingError, UsageError
from samebytes.peers.lab import Lab
from samebytes.peers.paths import fixtures_folder

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "image",
        help="golden images of segments: show, compare, replay, read through every consumer",
        description="An image is what a segment held, kept with its layout by `samebytes attach --save`. See docs/images.md.",
        epilog="example:\n  samebytes image show car.image\n",
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    _add_show(actions)
    _add_diff(actions)
    _add_replay(actions)
    _add_check(actions)


def _add(actions: Any, name: str, help_: str, epilog: str) -> argparse.ArgumentParser:
    description = help_[0].upper() + help_[1:] + "."
    parser: argparse.ArgumentParser = actions.add_parser(name, help=help_, description=description, epilog=epilog)
    return parser


def _add_show(actions: Any) -> None:
    parser = _add(
        actions, "show", "an image's fields and hexdump, as attach shows a live segment", "exit codes: 0, 2 usage"
    )
    parser.add_argument("image", type=Path, metavar="IMAGE")
    add_view_options(parser)
    parser.set_defaults(run=_show)


def _add_diff(actions: Any) -> None:
    parser = _add(
        actions, "diff", "where two images do not say the same, field by field, whatever ABI each is of",
        "exit codes: 0 the same, 1 not the same, 2 usage",
    )  # fmt: skip
    parser.add_argument("one", type=Path, metavar="A")
    parser.add_argument("other", type=Path, metavar="B")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=_diff)


def _add_replay(actions: Any) -> None:
    parser = _add(
        actions, "replay", "hold an image in a live segment of its size, for any consumer to open",
        "example:\n  samebytes image replay car.image --segment CarState --seconds 30\n\nexit codes: 0 held, 2 usage",
    )  # fmt: skip
    parser.add_argument("image", type=Path, metavar="IMAGE")
    parser.add_argument(
        "--segment", metavar="NAME", help="the name to hold it under; the one it was captured from, if left out"
    )
    parser.add_argument("--realm", default="", help="linux or windows; this system's own, if left out")
    until = parser.add_mutually_exclusive_group()
    until.add_argument("--seconds", type=float, metavar="N", help="hold it so long")
    until.add_argument(
        "--until-enter", action="store_true", help="hold it until a line, or the end, comes on standard input"
    )
    parser.set_defaults(run=_replay)


def _add_check(actions: Any) -> None:
    parser = _add(
        actions, "check", "let every consumer at hand that declares the record read an image, and compare with its layout",
        "exit codes: 0 every consumer that could read it agreed, 1 one did not, 2 usage, 3 none could",
    )  # fmt: skip
    parser.add_argument("image", type=Path, metavar="IMAGE")
    add_options(parser)
    add_run_options(parser)
    parser.set_defaults(run=_check)


def _show(options: argparse.Namespace) -> int:
    image = read_image(options.image)
    fields = [name for name in options.fields.split(",") if name]
    host = f"{image.host.get('system', '?')} {image.host.get('machine', '?')}"
    notes = [f"captured {image.captured} on {host}"]
    shot = Snapshot(image.name, image.realm, image.layout.abi.name, image.size, image.exact, image.data, image.producer)
    look = Look(shot, image.layout, image.offset, SizeCheck(True, notes), fields, options.hexdump)
    print_look(look, options.json)
    return exit_code(True)


def _diff(options: argparse.Namespace) -> int:
    one, other = read_image(options.one), read_image(options.other)
    found = differences(one, other)
    if options.json:
        print(json.dumps({"same": not found, "differences": [item._asdict() for item in found]}, ensure_ascii=False))
    else:
        print("\n".join(_diff_lines(one, other, list(map(str, found)))))
    return exit_code(not found)


def _diff_lines(one: Image, other: Image, found: list[str]) -> Iterable[str]:
    for image in (one, other):
        yield f"{image.layout.record.name} on {image.layout.abi.name}, {image.name}, {image.captured}"
    yield from found
    yield (
        f"{len(found)} field{'s' * (len(found) != 1)} differ{'s' * (len(found) == 1)}"
        if found
        else "every field is the same"
    )


def _replay(options: argparse.Namespace) -> int:
    image = read_image(options.image)
    if options.seconds is not None and options.seconds < 0:
        raise UsageError("--seconds is not negative")
    name = options.segment or image.name
    with looking(name, options.realm, note, begin=True) as place, replayed(image, place):
        until = (
            f"for {options.seconds:g} s"
            if options.seconds is not None
            else "until Enter"
            if options.until_enter
            else "until Ctrl-C"
        )
        print(f"{place.name}: {image.size} bytes in {place.realm.name}, held {until}", flush=True)
        _wait(options)
    return exit_code(True)


def _wait(options: argparse.Namespace) -> None:
    """Wait for Enter, for the end of the time, or for Ctrl-C, which is an end like another."""
    try:
        if options.until_enter:
            sys.stdin.readline()
        else:
            deadline = time.monotonic() + options.seconds if options.seconds is not None else None
            while deadline is None or time.monotonic() < deadline:
                time.sleep(0.2 if deadline is None else max(0.0, min(0.2, deadline - time.monotonic())))
    except KeyboardInterrupt:
        print("interrupted: let go", file=sys.stderr)


def _check(options: argparse.Namespace) -> int:
    check_files(options)
    image = read_image(options.image)
    request = _request(options, image)
    with Screen(options, [image.layout.record.name]) as screen:
        findings = Findings(progress=screen)
        with Lab(request.records, screen.say) as lab:
            checks.run(request, lab, findings)
        report = screen.finish(findings, {})
    if not options.json:
        record, abi = image.layout.record.name, image.layout.abi.name
        print(f"{record} on {abi}, captured {image.captured} from {image.name} in {image.realm}\n")
    show(report, options)
    return ended(findings, nothing=_nobody(image, options.image, findings))


def _request(options: argparse.Namespace, image: Image) -> Request:
    known = known_manifests(options)
    chosen = chosen_peers(options, known)
    return Request(
        realms=chosen_realms(options),
        checks=user_kinds(),
        manifests=known | chosen,
        peers=list(chosen),
        records={image.layout.record.name: image.layout.record} | read_records(fixtures_folder()),
        image=image,
    )


def _nobody(image: Image, path: Path, findings: Findings) -> MissingError:
    """Return the error that no consumer read the image, with the first reason."""
    reasons = [skip.reason for skip in findings.skips]
    declare = f"no peer declares {image.layout.record.name}; --peers-folder brings your own"
    return MissingError(f"{path}: no consumer here could read it", hint=reasons[0] if reasons else declare)
