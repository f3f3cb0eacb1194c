"""A record drawn as SVG: its bytes in rows of 8, each field in a colour of its own, holes hatched, ABIs side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from samebytes.errors import LayoutError
from samebytes.layout.laid_out import Layout
from samebytes.layout.outline import Line, outline

__all__ = ["MOST_ROWS", "as_html", "as_svg"]

MOST_ROWS = 2000
"""Rows of one record's picture; long fields take three of them, whatever their length."""
_ROW, _CELL, _HEIGHT, _GAP, _LEFT, _TOP = 8, 44, 26, 60, 64, 64
_COLOURS = (
    "#8ecae6",
    "#ffb703",
    "#95d5b2",
    "#ffafcc",
    "#cdb4db",
    "#f4a261",
    "#a3cef1",
    "#e9c46a",
    "#b5e48c",
    "#dda15e",
)
_STYLE = (
    "text{font:12px ui-monospace,Consolas,monospace;fill:#1b1b1b}.head{font-weight:bold;font-size:14px}.at{fill:#666}"
    "rect{stroke:#333;stroke-width:.7}"
)
_HATCH = (
    '<defs><pattern id="hole" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#fff" stroke="none"/><line x1="0" y1="0" x2="0" y2="6" stroke="#b00" stroke-width="1.5"/>'
    "</pattern></defs>"
)


def as_svg(layouts: Sequence[Layout]) -> str:
    """Return one picture of a record's layouts. LayoutError for a record of more than MOST_ROWS rows."""
    columns = [list(_column(layout)) for layout in layouts]
    width = _LEFT + len(columns) * (_ROW * _CELL + _GAP)
    height = _TOP + _HEIGHT * (1 + max(rows for _, rows in (_drawn(column) for column in columns)))
    body = [
        part
        for number, (layout, column) in enumerate(zip(layouts, columns, strict=True))
        for part in _draw(layout, column, _LEFT + number * (_ROW * _CELL + _GAP))
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return "\n".join([head, f"<style>{_STYLE}</style>", _HATCH, *body, "</svg>", ""])


def as_html(pictures: Sequence[tuple[str, str]], title: str) -> str:
    """Return a page of pictures, each with its heading; it needs no other file."""
    parts = [f"<h2>{escape(name)}</h2>\n<div style='overflow-x:auto'>{svg}</div>" for name, svg in pictures]
    return (
        f"<!doctype html>\n<html lang='en'><meta charset='utf-8'><title>{escape(title)}</title>\n"
        f"<body style='font-family:system-ui;margin:2em'><h1>{escape(title)}</h1>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


class _Cell:
    """A stretch of one field in one row: `row` and `column` in the picture, `at` the byte it begins with."""

    def __init__(self, row: int, column: int, length: int, line: Line, at: int, words: str) -> None:
        self.row, self.column, self.length, self.line, self.at, self.words = row, column, length, line, at, words


def _column(layout: Layout) -> Iterator[_Cell]:
    """Yield the record's bytes in order of offset; whole rows in the middle of a long field stand as one."""
    row, at = 0, 0
    for line, start, end in _stretches(outline(layout)):
        while at < end:
            row_end = at - at % _ROW + _ROW
            skipped = (end - at) // _ROW
            if at % _ROW == 0 and skipped > 3:
                yield _Cell(row, 0, _ROW, line, at, f"… {line.path or 'padding'}: {skipped * _ROW} bytes …")
                at, row = at + skipped * _ROW, row + 1
                continue
            upto = min(end, row_end)
            yield _Cell(row, at % _ROW, upto - at, line, at, line.path.rpartition(".")[2] if at == start else "")
            row += upto == row_end
            at = upto
        if row > MOST_ROWS:
            raise LayoutError(
                f"{layout.record.name} has more than {MOST_ROWS} rows to draw", hint="draw a record inside it"
            )


def _stretches(lines: Sequence[Line]) -> Iterator[tuple[Line, int, int]]:
    """Yield stretches without overlaps: of fields that share bytes, what begins first is drawn, of those the first declared."""
    end = 0
    for number in sorted(range(len(lines)), key=lambda one: (lines[one].offset, one)):
        line = lines[number]
        if line.end > end:
            yield line, max(line.offset, end), line.end
            end = line.end


def _drawn(cells: Sequence[_Cell]) -> tuple[int, int]:
    return len(cells), max((cell.row + 1 for cell in cells), default=1)


def _draw(layout: Layout, cells: Sequence[_Cell], left: int) -> Iterator[str]:
    record = layout.record
    yield f'<text class="head" x="{left}" y="22">{escape(record.name)} on {layout.abi.name}</text>'
    yield f'<text x="{left}" y="42">{layout.size} bytes, aligned to {layout.align}</text>'
    colours: dict[str, str] = {}
    for cell in cells:
        line = cell.line
        x, y = left + cell.column * _CELL, _TOP + cell.row * _HEIGHT
        hole = line.what == "padding"
        colour = "url(#hole)" if hole else colours.setdefault(line.path, _COLOURS[len(colours) % len(_COLOURS)])
        if cell.column == 0:
            yield f'<text class="at" x="{left - 52}" y="{y + 17}">{cell.at:04x}</text>'
        yield f'<rect x="{x}" y="{y}" width="{cell.length * _CELL}" height="{_HEIGHT}" fill="{colour}"><title>{_title(line)}</title></rect>'
        words = cell.words[: max(1, cell.length * _CELL // 8)]
        if words and not hole:
            yield f'<text x="{x + 4}" y="{y + 17}">{escape(words)}</text>'


def _title(line: Line) -> str:
    if line.what == "padding":
        return f"padding at {line.offset}, {line.size} bytes"
    size = f"{line.bits} bits from bit {line.bit}" if line.what == "bits" else f"{line.size} bytes"
    return escape(f"{line.path}: {line.type} at {line.offset}, {size}")
