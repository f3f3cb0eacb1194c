"""The kinds of check of the matrix, one module each, found by file: `NAME.py` is what `--check NAME` chooses (requests/kind.py)."""
