"""`samebytes image`: golden images shown, compared, replayed into a live segment, read by every consumer at hand."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from samebytes.checks.attach.page import Look
from samebytes.checks.attach.place import looking
from samebytes.checks.attach.sizes import SizeCheck
from samebytes.checks.attach.snapshot import Snapshot
from samebytes.checks.images.consumers import Reading, read_by_all
from samebytes.checks.images.differing import differences
from samebytes.checks.images.file import Image, read_image
from samebytes.checks.images.replay import replayed
from samebytes.checks.programs import read_records
from samebytes.cli.attach import add_view_options, print_look
from samebytes.cli.selection import add_options, chosen_peers, chosen_realms, known_manifests
from samebytes.errors import MissingError, UsageError
from samebytes.peers.build import Builder
from samebytes.peers.children import Children
from samebytes.peers.places import fixtures_folder
from samebytes.peers.warden import Warden

__all__ = ["add_to"]

DIFFERS = 1


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "image",
        help="golden images of segments: show, compare, replay, read through every consumer",
        description="An image is what a segment held, kept with its layout by `samebytes attach --save`. See docs/images.md.",
        epilog="example:\n  samebytes image show car.image\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    _add_show(actions)
    _add_diff(actions)
    _add_replay(actions)
    _add_check(actions)


def _add(actions: Any, name: str, help_: str, epilog: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name,
        help=help_,
        description=help_[0].upper() + help_[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=_check)


def _show(options: argparse.Namespace) -> int:
    image = read_image(options.image)
    fields = [name for name in options.fields.split(",") if name]
    host = f"{image.host.get('system', '?')} {image.host.get('machine', '?')}"
    notes = [f"captured {image.captured} on {host}"]
    shot = Snapshot(image.name, image.realm, image.layout.abi.name, image.size, image.exact, image.data, image.producer)
    look = Look(shot, image.layout, image.offset, SizeCheck(True, notes), fields, options.hexdump)
    print_look(look, options.json)
    return 0


def _diff(options: argparse.Namespace) -> int:
    one, other = read_image(options.one), read_image(options.other)
    found = differences(one, other)
    if options.json:
        print(json.dumps({"same": not found, "differences": [item._asdict() for item in found]}, ensure_ascii=False))
    else:
        print("\n".join(_diff_lines(one, other, list(map(str, found)))))
    return DIFFERS if found else 0


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
    with looking(name, options.realm, _say, begin=True) as place, replayed(image, place):
        until = (
            f"for {options.seconds:g} s"
            if options.seconds is not None
            else "until Enter"
            if options.until_enter
            else "until Ctrl-C"
        )
        print(f"{place.name}: {image.size} bytes in {place.realm.name}, held {until}", flush=True)
        _wait(options)
    return 0


def _wait(options: argparse.Namespace) -> None:
    """Ctrl-C is an end like another."""
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
    image = read_image(options.image)
    manifests = chosen_peers(options, known_manifests(options))
    readings = _readings(options, image, manifests)
    counts = Counter(reading.outcome for reading in readings)
    if options.json:
        print(
            json.dumps({"image": str(options.image), "readings": [asdict(one) for one in readings]}, ensure_ascii=False)
        )
    else:
        print("\n".join(_check_lines(image, readings, counts)))
    if counts["differs"]:
        return DIFFERS
    if not counts["agreed"]:
        raise MissingError(f"{options.image}: no consumer here could read it", hint=_why_none(image, readings))
    return 0


def _readings(options: argparse.Namespace, image: Image, manifests: Any) -> list[Reading]:
    realms = chosen_realms(options)
    records = read_records(fixtures_folder())
    declarable = {image.layout.record.name: image.layout.record} | records
    with Warden() as warden:
        children = Children(warden)
        try:
            found = read_by_all(
                image, realms, manifests, records,
                lambda own: Builder(own, (sys.executable,), declarable), children, _say,
            )  # fmt: skip
            return list(found)
        finally:
            children.kill_all()
            for realm in realms:
                realm.close()


def _check_lines(image: Image, readings: Iterable[Reading], counts: Counter[str]) -> Iterable[str]:
    yield f"{image.layout.record.name} on {image.layout.abi.name}, captured {image.captured} from {image.name} in {image.realm}"
    for one in readings:
        first, *more = [*one.words, ""] if one.words else [""]
        yield f"  {one.realm:<8} {one.consumer:<18} {one.outcome:<8} {first}".rstrip()
        yield from (f"  {'':<8} {'':<18} {'':<8} {words}" for words in more if words)
    yield ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "nobody declares it"


def _why_none(image: Image, readings: Iterable[Reading]) -> str:
    words = [word for one in readings for word in one.words]
    return words[0] if words else f"no peer declares {image.layout.record.name}; --peers-folder brings your own"


def _say(line: str) -> None:
    print(f"samebytes: {line}", file=sys.stderr)
