"""What somebody may have meant by a name that there is not."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["meant", "there_are"]


def meant(word: str, known: Iterable[str]) -> str:
    """Return the known name that is nearest to a word, whatever its case; empty if none is near."""
    by_folded: dict[str, str] = {}
    for name in known:
        by_folded.setdefault(name.casefold(), name)
    found = get_close_matches(word.casefold(), by_folded, 1, 0.6)
    return by_folded[found[0]] if found else ""


def there_are(word: str, known: Iterable[str], title: str = "there are") -> str:
    """Return a hint: what somebody may have meant, and all there is."""
    names = list(dict.fromkeys(known))
    near = meant(word, names)
    return f"{f'did you mean {near}? ' if near else ''}{title}: {', '.join(names) or 'none'}"
