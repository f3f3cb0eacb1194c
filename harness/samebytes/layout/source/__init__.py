"""Sources as their authors wrote them: where a record and each of its fields stand in a file, so that a line can be named or changed."""

from samebytes.layout.source.found import language_for, record_in, record_of
from samebytes.layout.source.parts import Item, Language, SourceMember, SourceRecord, Span, line_of, plain

__all__ = [
    "Item",
    "Language",
    "SourceMember",
    "SourceRecord",
    "Span",
    "language_for",
    "line_of",
    "plain",
    "record_in",
    "record_of",
]
