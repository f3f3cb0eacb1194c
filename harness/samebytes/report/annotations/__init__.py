"""Findings as CI systems show them at lines of sources, one module each, found by file: `--annotations NAME` (report/rendering.py)."""
