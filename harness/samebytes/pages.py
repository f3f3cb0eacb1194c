"""The page: in what steps the systems here size and place shared memory."""

from __future__ import annotations

__all__ = ["PAGE"]

PAGE = 4096
"""Bytes."""
