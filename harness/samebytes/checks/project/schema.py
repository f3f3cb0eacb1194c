"""The shipped JSON schema of `samebytes.toml`, for editors. `reading` accepts what it accepts, and knows the files besides."""

from __future__ import annotations

from pathlib import Path

__all__ = ["schema_text"]


def schema_text() -> str:
    """Return the schema, as JSON."""
    return Path(__file__).with_name("schema.json").read_text("utf-8")
