"""The kinds of check for what a user brings, a samebytes.toml or an image: one module each, found by file (requests/kind.py)."""
