"""What no peer of a language tells of its declarations: nothing was found there because nobody could look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samebytes.report.content import Report

__all__ = ["CANNOT_TELL", "SEPARATOR", "in_words", "unseen_words"]

CANNOT_TELL = "cannot_tell"
"""The fact of a peer in a report's footer; several are in one text, with SEPARATOR between them."""
SEPARATOR = "; "
_FROM = " from "


def unseen_words(report: Report) -> Iterator[str]:
    """Yield a sentence for each peer; where it says the same in every realm, once. Nothing for a report without data cells."""
    took_part = {
        (cell.realm, name) for cell in report.cells if cell.check == "data" for name in (cell.producer, cell.consumer)
    }
    said: dict[tuple[str, str], list[str]] = {}
    for realm, name in sorted(took_part):
        words = report.peers.get(realm, {}).get(name, {}).get(CANNOT_TELL, "")
        if words:
            said.setdefault((name, in_words(words.split(SEPARATOR))), []).append(realm)
    for (name, sentence), realms in sorted(said.items()):
        everywhere = {realm for realm, other in took_part if other == name} == set(realms)
        yield f"{name}{'' if everywhere else f' in {realms[0]}'} {sentence}"


def in_words(cannot_tell: Iterable[str]) -> str:
    """Return `cannot tell char8 or enum from unsigned; does not tell kinds`: pairs that share their second part together."""
    pairs: dict[str, list[str]] = {}
    rest: list[str] = []
    for words in cannot_tell:
        first, found, second = words.partition(_FROM)
        if found:
            pairs.setdefault(second, []).append(first)
        else:
            rest.append(words)
    told = [f"cannot tell {_listed(firsts)} from {second}" for second, firsts in pairs.items()]
    return SEPARATOR.join([*told, *([f"does not tell {', '.join(rest)}"] if rest else [])])


def _listed(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
