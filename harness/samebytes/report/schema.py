"""The JSON schema of a report's lines, made from their types, and the shipped copy of it: `schema.json`.

python -m samebytes.report.schema > schema.json
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.json import schema_components

from samebytes.report.lines import FORMAT, TYPES

__all__ = ["generated", "schema"]

DESCRIPTION = (
    "A report is UTF-8 text, one JSON object per line: a header, the cells and what was skipped in any order, a footer. Every line ends "
    "with a newline. Members that are not listed here may be present; a reader ignores them."
)


@cache
def schema() -> dict[str, Any]:
    """Return the schema as shipped, for one line of a report (JSON Schema 2020-12)."""
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "schema.json").read_text("utf-8"))
    return loaded


def generated() -> dict[str, Any]:
    """Return the schema that the types give."""
    lines, parts = schema_components(TYPES.values(), ref_template="#/$defs/{name}")
    # Which words may be keys is what the types say, and msgspec does not.
    parts["Footer"]["properties"]["verdicts"]["propertyNames"] = {"$ref": "#/$defs/Verdict"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A line of a samebytes report, format {FORMAT}",
        "description": DESCRIPTION,
        "oneOf": list(lines),
        "$defs": dict(sorted(parts.items())),
    }


if __name__ == "__main__":
    json.dump(generated(), sys.stdout, ensure_ascii=False, indent=2)
    print()
