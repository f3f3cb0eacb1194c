"""The formats a report is written in, one module each, found by file: `NAME.py` is the option `--NAME FILE` (report/rendering.py)."""
